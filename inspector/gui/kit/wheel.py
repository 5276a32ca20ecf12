"""The mouse wheel: it scrolls a page and never changes a control that happens to be under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


def leave_wheel_to_page(control: QWidget) -> None:
    """Pass the wheel over a combo box, spin box, slider or tab bar on to the page around it.

    The wheel does not focus the control either. An open list of a combo box still scrolls.
    """
    if control.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_WheelFilter(control))


class _WheelFilter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel:
            return False
        event.ignore()  # Qt sends it to the parent next
        return True
