"""The log window: what came in the way, and no more of the file than its end."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from inspector.base.log import log_file
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.log import TAIL, LogDialog
from inspector.session.session import Session
from tests.waiting import until


def written(text: str) -> Path:
    file = log_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


async def test_with_nothing_to_tell_it_says_so(session: Session, theme: Theme, plain_window: QWidget) -> None:
    dialog = LogDialog(session, theme, [], plain_window)
    await until(lambda: dialog.text.toPlainText() == "No errors so far.")
    assert not dialog.copy.isEnabled()


async def test_it_shows_causes_and_the_end_of_the_file_and_follows_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    file = written("x" * TAIL + "\nlast but one\nlast \x1b[31m\n")
    dialog = LogDialog(session, theme, ["12:00:00 replay: refused (OSError)"], plain_window)
    await until(lambda: "last but one" in dialog.text.toPlainText())
    assert dialog.text.toPlainText() == "12:00:00 replay: refused (OSError)\n\nlast but one\nlast \\x1b[31m"
    with file.open("a") as stream:
        stream.write("newer\n")
    dialog.refresh()
    await until(lambda: dialog.text.toPlainText().endswith("newer"))
    dialog.copy.click()
    assert QGuiApplication.clipboard().text().endswith("newer")
