"""The cards of a survey page in rows of two, or below each other in a narrow window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.scores import chart_kind
from inspector.domain.statistics.survey_counts import QuestionTally
from inspector.gui.kit.layout import column
from inspector.gui.kit.theme import SCROLL_BAR_GROUND, Theme
from inspector.gui.summary.cards import Card, TextsCard
from inspector.gui.summary.page import NARROW, stack_if
from inspector.session.summaries import Summary

_WIDE = frozenset(("time", "texts", "nps"))


class _Slot(NamedTuple):
    """A position in the grid."""

    key: Question | str
    """The question of the card, or the kind of a card without a question."""
    kind: str
    """The key of the card class in `CARDS`."""
    tally: QuestionTally | None


class CardGrid(QScrollArea):
    """The cards of a summary. One is created per event loop iteration, because a chart takes milliseconds."""

    search_requested = Signal(object, str)
    """A question, and the text that its listed texts must contain."""
    save_requested = Signal(object, str)
    """A card, and the format to save it in."""
    respondent_selected = Signal(object)
    """The scope of a respondent, without part and survey."""
    capture_selected = Signal(object)
    """The id of a capture."""
    span_selected = Signal(object)
    """The Span of time that the user selected in a chart."""
    times_selected = Signal(bool)
    """Whether times are those of the answers, not of their arrival."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._summary: Summary | None = None
        self._searches: Mapping[Question, str] = {}
        self._cards: dict[tuple[Question | str, str], Card] = {}
        """The cards by the key and kind of their slots."""
        self._placed: list[Card] = []
        self._rows: list[QBoxLayout] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty(SCROLL_BAR_GROUND, "window")
        self.page = QWidget()
        self.page.setAutoFillBackground(True)
        self.page.setBackgroundRole(QPalette.ColorRole.Window)
        self._column = column(theme, spacing=12, margins=(16, 16, 16, 16), on=self.page)
        self.setWidget(self.page)
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._fill)

    @property
    def tools(self) -> list[QWidget]:
        """The controls on the cards, which are hidden in a picture."""
        return [tool for card in self._cards.values() for tool in card.tools]

    def clear(self) -> None:
        self._turn.stop()
        self._summary, self._searches = None, {}
        self._remove(set(self._cards))
        self.verticalScrollBar().setValue(0)

    def show_summary(self, summary: Summary, searches: Mapping[Question, str]) -> None:
        """Show other counts. `searches` are the texts that the listed free texts contain, by question."""
        self._summary, self._searches = summary, searches
        self._fill()

    @Slot()
    def _fill(self) -> None:
        """Create the first missing card. If none is missing, update all cards."""
        slots = self._slots()
        for slot in slots:
            if slot[:2] not in self._cards:
                self._remove({one for one in self._cards if one[0] == slot.key})
                self._cards[slot[:2]] = self._new(slot.kind)
                self._show(slot)
                self._place(slots)
                self._turn.start()
                return
        self._turn.stop()
        self._remove(self._cards.keys() - {slot[:2] for slot in slots})
        for slot in slots:
            self._show(slot)
        self._place(slots)

    def _slots(self) -> list[_Slot]:
        assert self._summary is not None
        questions = [_Slot(key, chart_kind(tally), tally) for key, tally in self._summary.tally.ordered()]
        return [_Slot("time", "time", None), _Slot("completion", "completion", None), *questions]

    def _new(self, kind: str) -> Card:
        from inspector.gui.summary.chart_cards import CARDS, TimeCard  # imported by load_charts()

        card = CARDS[kind](self._theme, self.page)
        card.save_requested.connect(self.save_requested)
        if isinstance(card, TimeCard):
            card.span_selected.connect(self.span_selected)
            card.times_selected.connect(self.times_selected)
        if isinstance(card, TextsCard):
            card.search_requested.connect(self.search_requested)
            card.respondent_selected.connect(self.respondent_selected)
            card.capture_selected.connect(self.capture_selected)
        return card

    def _show(self, slot: _Slot) -> None:
        card = self._cards[slot[:2]]
        if slot.tally is not None and not isinstance(slot.key, str):
            card.show_question(slot.key, slot.tally, self._searches.get(slot.key, ""))
        elif self._summary is not None:
            card.show_summary(self._summary)

    def _remove(self, keys: set[tuple[Question | str, str]]) -> None:
        """Remove cards whose question no longer has answers, or has answers of another kind."""
        if keys:
            self._unplace()
        for key in keys:
            card = self._cards.pop(key)
            card.hide()
            card.deleteLater()
            if card.question is not None and card.question in self._searches:
                self.search_requested.emit(card.question, "")  # the field with that text is gone

    # ---- layout

    def _place(self, slots: list[_Slot]) -> None:
        slots = [slot for slot in slots if slot[:2] in self._cards]
        cards = [self._cards[slot[:2]] for slot in slots]
        if cards == self._placed:
            return
        self._unplace()
        for start in range(0, len(cards), 2):
            row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
            row.setSpacing(self._theme.px(12))
            stack_if(self._is_narrow, row)
            wide = [slot.kind in _WIDE for slot in slots[start : start + 2]]
            for card, is_wide in zip(cards[start : start + 2], wide, strict=True):
                row.addWidget(card, 7 if is_wide and not all(wide) else 4)
                card.show()
            if len(wide) == 1 and start:
                row.addStretch(4)
            self._column.addLayout(row)
            self._rows.append(row)
        self._column.addStretch(1)
        self._placed = cards

    def _unplace(self) -> None:
        for layout in (*self._rows, self._column):
            while layout.count():
                layout.takeAt(0)
        self._rows, self._placed = [], []

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self._theme.px(NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in self._rows:
            stack_if(self._is_narrow, row)
