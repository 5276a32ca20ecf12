"""The sheet of shortcuts: every key of the table of actions, and those that a list or a field knows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.command_table import COMMANDS
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import Scrolled, resize_within
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


class ShortcutsSheet(BaseDialog):
    """To be read; two columns, closed by Esc."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("Shortcuts", parent)
        px = theme.px
        columns = QHBoxLayout()
        columns.setSpacing(px(40))
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(px(18))
            columns.addLayout(column, 1)
        rows = {
            part: [
                (actions.caps(command.name), command.text.rstrip("…"))
                for command in COMMANDS
                if command.part == part and actions.caps(command.name)
            ]
            for part in _PARTS
        }
        left.addLayout(_block(theme, "This capture", rows["This capture"]))
        left.addLayout(_block(theme, "In a list, a tree or a field", list(_IN_PLACE)))
        right.addLayout(_block(theme, "Everything shown", rows["Everything shown"]))
        right.addLayout(_block(theme, "Application", rows["Application"]))
        left.addStretch(1)
        right.addStretch(1)
        self.done_button = Button(theme, "Close", key="Esc")
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(px(20), px(10), px(20), px(10))
        buttons.addWidget(
            Label(theme, "Single letters act in the list, the detail and the summary.", px=12, tone="text2")
        )
        buttons.addStretch(1)
        buttons.addWidget(self.done_button)
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(px(20), px(16), px(20), px(16))
        body.setSpacing(px(14))
        body.addWidget(Label(theme, "Shortcuts", px=16, weight=600))
        body.addLayout(columns)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Scrolled(theme, inner), 1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(buttons)
        hint = self.sizeHint()
        resize_within(self, theme, max(px(740), hint.width()), hint.height())


def _block(theme: Theme, caption: str, rows: list[tuple[tuple[str, ...], str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(12))
    grid.setVerticalSpacing(theme.px(4))
    grid.setColumnStretch(0, 1)
    grid.addWidget(Label(theme, caption, px=12, weight=600, tone="text2"), 0, 0, 1, 2)
    for row, (keys, text) in enumerate(rows, start=1):
        grid.addWidget(Label(theme, text), row, 0)
        grid.addWidget(KeyHint(theme, keys), row, 1, Qt.AlignmentFlag.AlignRight)
    return grid
