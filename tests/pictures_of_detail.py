"""Pictures of one capture in its tabs, of two compared, and of the steps that connect; see pictures.py."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inspector.gui.compare.window import BY_PATH, CompareWindow
from inspector.gui.detail.body.tab import HEX, PRETTY, RAW, TREE
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

_SETTLED_S = 0.4


async def signatures(album: Album) -> None:
    """The Signature tab of the selected capture: an unexplained one, a proved cause, its cure, and hints."""
    window, secrets = album.window, album.session.secrets
    signature, capture_id = window.detail.signature, window.list.shown
    await until(lambda: signature.is_complete)
    await asyncio.sleep(_SETTLED_S)
    await album.save("invalid")
    await secrets.add("staging", "not the secret of these", save=False)
    await album.session.verification.wait()
    await album.post(b'{"user_id": "stranger"}', secret="unknown to this program")
    await album.settled()
    window.list.select_capture(window.model.id_at(0))
    await until(lambda: signature.is_complete)
    await asyncio.sleep(_SETTLED_S)
    await album.save("unexplained")
    window.list.select_capture(capture_id)
    await until(signature.buttons.cure.isVisible)
    signature.buttons.cure.click()
    await until(signature.note.undo.isVisible)
    await asyncio.sleep(_SETTLED_S)
    await album.save("cured")
    signature.note.undo.click()
    await until(signature.buttons.cure.isVisible)
    await album.post(b'{"user_id": "' + b"u" * 300 + b'", "question_id": "q"}', secret=None)
    await album.settled()
    window.list.select_capture(window.model.id_at(0))
    await until(window.detail.header.hints.isVisible)
    window.detail.header.hints.click()
    await album.save("hints")
    window.detail.header.hints.click()


async def the_detail(album: Album, changed: bytes) -> None:
    """`changed`: a completion that says otherwise than the one before it of its respondent."""
    window = album.window
    await album.post(changed)
    await album.settled()
    window.list.select_capture(window.model.id_at(0))
    await asyncio.sleep(_SETTLED_S)
    await album.save("conflict")
    window.detail.show_view("Headers")
    await album.save("headers")
    window.actions_table["note"].trigger()
    window.detail.notes.editor.insertPlainText(
        "The completion says 9 where the answer said 8. Asked the survey team on Tuesday: the slider sends"
        " its value before it is let go.\n\nRe-check once app 4.2 is out."
    )
    await album.save("notes-typed")
    window.list.setFocus()
    await asyncio.sleep(_SETTLED_S)
    await album.save("notes")
    window.detail.show_view("Body")
    body = window.detail.body
    body.open_find()
    body.find_bar.field.setText("image")
    for view, name in ((TREE, "tree"), (PRETTY, "pretty"), (RAW, "raw"), (HEX, "hex")):
        body.choice.button(view).click()
        await asyncio.sleep(_SETTLED_S)
        await album.save(f"body-{name}")
    body.find_bar.close_bar()
    window.detail.show_view("Answers")
    window.actions_table["compare"].trigger()
    await asyncio.sleep(2 * _SETTLED_S)
    compared = next(one for one in window.findChildren(CompareWindow) if one.isVisible())
    await album.save("compare", compared)
    compared.choice.button(BY_PATH).click()
    await album.save("compare-path", compared)
    compared.close()
    window.first_start.ask()
    await album.save("connected")
    window.first_start.leave()
