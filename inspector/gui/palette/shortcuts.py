"""The sheet of shortcuts: the keys of every command, and those of lists, trees and fields."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.command_table import COMMANDS
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.gui.palette.key_hint import KeyHint

_PARTS = ("This capture", "Everything shown", "Application")
_IN_PLACE = (
    (("↑", "↓"), "Go up or down in a list"),
    (("Home", "End"), "Go to the newest or the oldest"),
    (("Shift", "↓"), "Select several captures"),
    (("Tab",), "Go to the next control"),
    (("←", "→"), "Fold or unfold; the next tab"),
    (("Ctrl", "Space"), "Show filter suggestions"),
    (("Ctrl", "F"), "Find in the body; elsewhere, filter"),
    (("Esc",), "Empty a field; close a dialog"),
)
_LETTERS = "Single letters act in the list, the detail and the summary."


class ShortcutsSheet(BaseDialog):
    """Two columns, closed by Esc."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("Shortcuts", parent)
        capture, shown, application = (
            _block(
                theme,
                part,
                [
                    (caps, command.text.rstrip("…"))
                    for command in COMMANDS
                    if command.part == part and (caps := actions.caps(command.name))
                ],
            )
            for part in _PARTS
        )
        in_place = _block(theme, "In a list, a tree or a field", _IN_PLACE)
        left = column(theme, capture, in_place, STRETCH, spacing=18)
        right = column(theme, shown, application, STRETCH, spacing=18)
        self.done_button = Button(theme, "Close", key="Esc")
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        note = Label(theme, _LETTERS, px=12, tone="text2")
        columns = row(theme, grow(left), grow(right), spacing=40)
        title = Label(theme, "Shortcuts", px=16, weight=600)
        body = box(column(theme, title, columns, spacing=14, margins=(20, 16, 20, 16)))
        buttons = foot(theme, note, STRETCH, self.done_button)
        column(theme, grow(Scrolled(theme, body)), Hairline(theme), buttons, on=self)
        hint = self.sizeHint()
        resize_within(self, theme, max(theme.px(740), hint.width()), hint.height())


def _block(theme: Theme, caption: str, rows: Sequence[tuple[tuple[str, ...], str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(12))
    grid.setVerticalSpacing(theme.px(4))
    grid.setColumnStretch(0, 1)
    grid.addWidget(Label(theme, caption, px=12, weight=600, tone="text2"), 0, 0, 1, 2)
    for line, (keys, text) in enumerate(rows, start=1):
        grid.addWidget(Label(theme, text), line, 0)
        grid.addWidget(KeyHint(theme, keys), line, 1, Qt.AlignmentFlag.AlignRight)
    return grid
