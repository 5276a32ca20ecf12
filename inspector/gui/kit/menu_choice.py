"""Menu entries that exclude each other: radio buttons, of which one is on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction, QActionGroup


def make_exclusive(actions: Sequence[QAction]) -> None:
    """Turn the actions of a menu into radio buttons; a check box would say that several can be on."""
    if not actions:
        return
    group = QActionGroup(actions[0])  # as a menu that is filled again deletes it with its actions
    for action in actions:
        action.setCheckable(True)
        group.addAction(action)
