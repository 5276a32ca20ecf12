"""A question as it stands before its user has pressed anything."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from tests.waiting import until


def drawn(widget: QWidget) -> QImage:
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(0)
    widget.render(image, QPoint())
    return image


async def test_the_button_that_return_presses_bears_the_sign_of_the_focus(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    question = ConfirmDialog(session, theme, "Discard?", "It is kept nowhere.", "Discard", plain_window)
    question.open()
    question.activateWindow()
    await until(question.cancel.hasFocus)
    focused = drawn(question.cancel)
    question.cancel.clearFocus()
    assert drawn(question.cancel) != focused
