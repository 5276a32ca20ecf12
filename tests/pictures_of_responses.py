"""Pictures of the dialog Responses: the rules, errors, a relay, and learning the sender's retries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.domain.response.retry_study import RetryStudy, StudiedDelivery
from inspector.gui.responses.responses_dialog import ResponsesDialog
from inspector.gui.responses.study_panel import StudyReport
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

_SIZES = (("", (1140, 724)), ("-small", (1024, 668)))
_GAPS_S = (0, 30, 60, 120)


async def responses(album: Album) -> None:
    """Each state of the dialog, of the menu, and of what a capture says about its rule."""
    window, session = album.window, album.session
    await album.save("responses-none", await opened(album))
    for text in (
        "503 for survey:nps first 3 header 'Retry-After: 30'",
        "200 after 31s for survey:checkout event:response_group",
        "close for platform:android every 10",
    ):
        await session.responses.add(text)
    await session.responses.switch(session.responses.rules[2].id, False)
    await session.responses.add("relay http://127.0.0.1:9/hook for survey:feature")
    dialog = await opened(album)
    first = session.responses.rules[0].id
    dialog.rules.select(first)
    await until(lambda: dialog.preview.rows and dialog.counts.rest is not None)
    for suffix, size in _SIZES:
        dialog.resize(*size)
        await asyncio.sleep(0.3)
        await album.save(f"responses{suffix}", dialog)
    dialog.rules.select(None)
    await asyncio.sleep(0.5)
    await album.save("responses-everything-else", dialog)
    dialog.rules.select(0)
    await asyncio.sleep(0.5)
    await album.save("responses-relay", dialog)
    dialog.rules.select(first)
    await _errors(album, dialog)
    await _learning(album, dialog)
    dialog.close()
    menu = window.response_commands.menu
    menu.aboutToShow.emit()
    menu.resize(menu.sizeHint())
    await album.save("responses-menu", menu)
    for rule in session.responses.rules:
        await session.responses.remove(rule.id)
    for forward in session.forwards.rows():
        await session.forwards.remove(forward.id)


async def opened(album: Album) -> ResponsesDialog:
    """The dialog, opened by its action."""
    for other in album.window.findChildren(ResponsesDialog):
        other.close()
    album.window.actions_table["responses"].trigger()
    dialog = next(one for one in album.window.findChildren(ResponsesDialog) if one.isVisible())
    dialog.resize(1140, 724)  # the screen of the offscreen platform is smaller
    await asyncio.sleep(0.5)
    return dialog


async def _errors(album: Album, dialog: ResponsesDialog) -> None:
    """Errors below their fields, and the suggestions of the query."""
    editor = dialog.editor
    before = editor.rule
    editor.number.setText("0")
    editor.query.setText("survey:nps colour:red")
    editor.headers.fields[0].setText("Retry-After 30")
    await until(editor.headers_row.error.isVisible)
    await album.save("responses-errors", dialog)
    editor.headers.fields[0].setText("Retry-After: 30")
    editor.number.setText("3")
    editor.query.setText("survey:")
    editor.query.setFocus()
    editor.query.setCursorPosition(7)
    dialog.suggestions.open()
    await until(dialog.suggestions.isVisible)
    await asyncio.sleep(0.3)
    await album.save("responses-suggestions", dialog)
    dialog.suggestions.close_again()
    editor.query.setText(before.query)
    await asyncio.sleep(0.5)


async def _learning(album: Album, dialog: ResponsesDialog) -> None:
    """A study that waits, one with retries, its end, and its report."""
    await album.session.responses.learn()
    await until(dialog.study.isVisible)
    await album.save("responses-learning", dialog)
    await album.session.responses.stop_learning()
    await asyncio.sleep(0.3)
    study = _retried()
    dialog.study.show_study(study)
    await album.save("responses-retries", dialog)
    dialog.resize(1024, 668)
    await asyncio.sleep(0.3)
    dialog.study.show_study(study)
    await album.save("responses-retries-small", dialog)
    dialog.resize(1140, 724)
    ended = replace(study, stopped_ms=now_ms())
    dialog.study.show_study(ended)
    await album.save("responses-retries-ended", dialog)
    report = StudyReport(album.theme, ended, dialog)
    report.open()
    await album.save("responses-report", report)
    report.close()


def _retried() -> RetryStudy:
    """Return a study with three retries, as a sender would make them in four minutes."""
    study = RetryStudy.parse("503", begun_ms=now_ms() - 300_000)
    received = now_ms() - 60_000 - sum(_GAPS_S) * 1000
    for place, gap in enumerate(_GAPS_S):
        received += gap * 1000
        made = StudiedDelivery(
            capture_id=place + 1, received_ms=received, response="503" if place < 3 else "200"
        )
        study = replace(study, deliveries=(*study.deliveries, made))
    return study
