"""The figures at the top of a page: a number over what it is, five of them at most."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.visible import shortened
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.theme import Theme

_MOST = 36
"""Characters; more would leave the name beside it no room."""


class Headline(QWidget):
    """Pairs of a loud and a quiet text, side by side."""

    def __init__(self, theme: Theme, *, px: float = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._px = px
        self._pairs: list[tuple[Label, Label, QWidget]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(28))

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show these, in this order."""
        while len(self._pairs) < len(pairs):
            self._pairs.append(self._new())
        for number, (loud, quiet, whole) in enumerate(self._pairs):
            if number < len(pairs):
                said = " ".join(pairs[number])
                for label, text in zip((loud, quiet), pairs[number], strict=True):
                    label.setText(shortened(text, _MOST))
                whole.setToolTip(plain_tip(said) if max(map(len, pairs[number])) > _MOST else "")
                whole.setAccessibleName(said)
            whole.setVisible(number < len(pairs))

    def _new(self) -> tuple[Label, Label, QWidget]:
        whole = QWidget()
        loud = Label(self._theme, px=self._px, weight=600)
        quiet = Label(self._theme, px=11, tone="text2")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._theme.px(2))
        column.addWidget(loud)
        column.addWidget(quiet)
        self._row.addWidget(whole, 0, Qt.AlignmentFlag.AlignTop)
        return loud, quiet, whole
