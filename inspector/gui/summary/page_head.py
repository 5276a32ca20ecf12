"""The top of a survey's page: its name, facts, key numbers, and the progress of counting."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from inspector.base.visible import shortened
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label, plain_tip
from inspector.gui.kit.layout import STRETCH, column, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme

_MOST = 36
"""Characters; more would leave the name beside it no room."""


class KeyNumbers(QWidget):
    """Pairs of a loud and a quiet text, side by side."""

    def __init__(self, theme: Theme, *, px: float = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._px = px
        self._pairs: list[tuple[Label, Label, QWidget]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._row = row(theme, spacing=28, on=self)

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
        column(self._theme, loud, quiet, spacing=2, on=whole)
        self._row.addWidget(whole, 0, Qt.AlignmentFlag.AlignTop)
        return loud, quiet, whole


_NARROW = 820


class PageHead(QWidget):
    """What it says changes while it is counted; where it stands does not."""

    stop_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = ElidedLabel(theme, px=20, weight=600)
        self._facts = ElidedLabel(theme, px=12, tone="text2")
        self.figures = KeyNumbers(theme)
        self._notes = Label(theme, px=12, tone="text2", wraps=True)
        self._notes.hide()
        self._progress = QWidget()
        self._words = Label(theme, px=12, tone="text2")
        self._bar = ProgressBar(theme, self._progress)
        self._stop = Link(theme, "Stop")
        self._stop.setAccessibleName("Stop counting")
        self._stop.clicked.connect(self.stop_clicked)
        row(theme, *(self._words, self._bar, self._stop), STRETCH, spacing=8, on=self._progress)
        self._progress.hide()
        names = column(theme, self._title, self._facts, spacing=2)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(px(20))
        self._top.addLayout(names, 1)
        self._top.addWidget(self.figures)
        content = column(theme, self._top, self._progress, self._notes, spacing=6, margins=(24, 12, 24, 12))
        column(theme, content, Hairline(theme), on=self)

    @property
    def title(self) -> str:
        """What the page is called."""
        return self._title.text()

    def show_title(self, title: str, facts: str) -> None:
        """Whose page it is; both made visible already."""
        self._title.setText(title)
        self._facts.setText(facts)

    def show_progress(self, part: float | None, looked: int, total: int) -> None:
        """How much of the captures has been counted, from 0 to 1; null once it is all."""
        self._progress.setVisible(part is not None)
        self._bar.setVisible(True)
        self._stop.setVisible(True)
        if part is not None:
            self._words.setText(f"Counting, {looked:,} of {max(looked, total):,} captures")
            self._bar.show_part(min(part, 1.0))

    @Slot(str)
    def show_sentence(self, sentence: str) -> None:
        """What came in the way of counting."""
        self._words.setText(sentence)
        self._bar.hide()
        self._stop.hide()
        self._progress.show()

    def show_notes(self, notes: str) -> None:
        """What the figures leave out, or nothing."""
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < self._theme.px(_NARROW)
        direction = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        if self._top.direction() != direction:
            self._top.setDirection(direction)
