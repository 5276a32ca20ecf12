"""Pictures of the Edit window: changed answers, sent, and JSON that is not valid; see pictures.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from inspector.gui.replay.editor.edit_dialog import EditDialog
from tests.pictures_of_check import receiver
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

_REFUSAL = b'{"error":"score 3 needs a comment"}'


def _answered(head: bytes, body: bytes) -> bytes | None:
    return b"422 Unprocessable Content\n" + _REFUSAL if b'"response":3' in body else b"200 OK"


async def edits(album: Album, body: bytes) -> None:
    """One completion: its options are changed, its score, its stars; then it is sent."""
    session, window = album.session, album.window
    event = json.loads(body)
    event["responses"].append(
        {
            "question_id": "q-6",
            "question_order": 6,
            "response": "",
            "question_text": "Your e-mail address, if we may write back",
            "question_type": "data_collection",
            "created_at": "2026-11-24T12:01:12.000Z",
        }
    )
    await album.post(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
    await album.settled()
    number = window.model.id_at(0)
    async with receiver(_answered) as url:
        dialog = EditDialog(session, album.theme, number, window)
        dialog.show()
        dialog.resize(1118, 811)
        dialog.target.line.setText(f"{url}hook")
        await until(lambda: dialog.verb.isEnabled() and len(dialog.form.shown_rows) == 5)
        await session.requests.send(number, dialog.target.text, dialog._options())
        rows = dialog.form.shown_rows
        rows[1].shown._press()  # type: ignore[union-attr]
        rows[2].shown.picked.emit(3)  # type: ignore[union-attr]
        rows[3].shown.picked.emit(2)  # type: ignore[union-attr]
        await until(lambda: "response" in dialog.wire.toPlainText())
        await album.save("edit", dialog)
        dialog.verb.click()
        await until(lambda: "422" in dialog.strip.text and dialog.strip.unfold.isVisible())
        await album.save("edit-sent", dialog)
        dialog.strip.unfold.click()
        dialog.resize(1000, 668)
        await album.save("edit-small", dialog)
        dialog.resize(1118, 811)
        field = dialog.fields.layout_field
        field.setPlainText(field.whole_text().replace('"user_id"', '"user_id', 1))
        await until(lambda: "not" in dialog.form.sentence.toPlainText() or dialog.form.sentence.isVisible())
        await album.save("edit-invalid", dialog)
        dialog.done(0)
