"""The cards of a survey's page in rows of two, or one below the other where there is little room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.scores import ChartKind, chart_kind
from inspector.domain.statistics.survey_counts import QuestionTally
from inspector.gui.kit.layout import column
from inspector.gui.kit.theme import SCROLL_BAR_GROUND, Theme
from inspector.session.summaries import Summary

_NARROW = 820
_WIDE: frozenset[ChartKind] = frozenset(("texts", "nps"))


class CardGrid(QScrollArea):
    """Makes a card a turn: a chart takes some milliseconds."""

    search_requested = Signal(object, str)
    """A question, and the text that its free texts are to contain."""
    save_requested = Signal(object, str)
    """A card, and the form it is to be saved in."""
    respondent_selected = Signal(object)
    capture_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._summary: Summary | None = None
        self._sought: Mapping[Question, str] = {}
        self._cards: dict[Question | str, tuple[str, Any]] = {}
        """By question, and by a word for the first two: how it looks, and the card."""
        self._placed: tuple[tuple[Question | str, str], ...] = ()
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
        self._turn.timeout.connect(self._make_next)

    @property
    def tools(self) -> list[QWidget]:
        """What is of use on the screen alone."""
        return [tool for _, card in self._cards.values() for tool in card.tools]

    def clear(self) -> None:
        """Show no cards."""
        self._summary = None
        self._turn.stop()
        self._unplace()
        for _, card in self._cards.values():
            card.hide()
            card.deleteLater()
        self._cards = {}
        self.verticalScrollBar().setValue(0)

    def show_summary(self, summary: Summary, sought: Mapping[Question, str]) -> None:
        """Show other figures, in the cards there are as far as they fit."""
        self._summary, self._sought = summary, sought
        self._make_next()

    @Slot()
    def _make_next(self) -> None:
        """Make the next card that lacks; once there is none, all show the figures of now."""
        assert self._summary is not None
        for key, form, tally in self._wanted():
            if self._cards.get(key, ("", None))[0] != form:
                self._remove(key)
                card = self._new(form)
                card.save_requested.connect(self.save_requested)
                self._fill(card, key, tally)
                self._cards[key] = (form, card)
                self._place()
                self._turn.start()
                return
        self._turn.stop()
        wanted = self._wanted()
        for key in self._cards.keys() - {key for key, _, _ in wanted}:
            self._remove(key)
        for key, _, tally in wanted:
            self._fill(self._cards[key][1], key, tally)
        self._place()

    def _remove(self, key: Question | str) -> None:
        """Take a card away, where there is one: its question has no answers any more, or other ones."""
        if key in self._cards:
            self._unplace()
            card = self._cards.pop(key)[1]
            card.hide()
            card.deleteLater()
            if not isinstance(key, str) and key in self._sought:
                self.search_requested.emit(key, "")  # the field with that text is gone

    def _wanted(self) -> list[tuple[Question | str, str, QuestionTally | None]]:
        assert self._summary is not None
        first: list[tuple[Question | str, str, QuestionTally | None]] = [
            ("time", "time", None),
            ("completion", "completion", None),
        ]
        return first + [(key, chart_kind(tally), tally) for key, tally in self._summary.tally.ordered()]

    def _new(self, form: str) -> Any:
        from inspector.gui.summary import chart_cards
        from inspector.gui.summary.cards import TextsCard

        kinds = {
            "time": chart_cards.TimeCard,
            "completion": chart_cards.CompletionCard,
            "nps": chart_cards.NpsCard,
            "rating": chart_cards.RatingCard,
            "options": chart_cards.OptionsCard,
            "clicks": chart_cards.ClicksCard,
            "texts": TextsCard,
        }
        card = kinds[form](self._theme, self.page)
        if isinstance(card, TextsCard):
            card.search_requested.connect(self.search_requested)
            card.respondent_selected.connect(self.respondent_selected)
            card.capture_selected.connect(self.capture_selected)
        return card

    def _fill(self, card: Any, key: Question | str, tally: QuestionTally | None) -> None:
        if tally is None or isinstance(key, str):
            card.show_summary(self._summary)
            return
        card.show_question(tally, key)
        if chart_kind(tally) == "texts":
            card.show_tally(tally, self._sought.get(key, ""))
        else:
            card.show_tally(tally)

    # ---- where the cards stand

    def _place(self) -> None:
        wanted = [(key, form) for key, form, _ in self._wanted() if key in self._cards]
        if tuple(wanted) == self._placed:
            return
        self._unplace()
        for start in range(0, len(wanted), 2):
            row = QBoxLayout(self._direction())
            row.setSpacing(self._theme.px(12))
            pair = wanted[start : start + 2]
            wide = [form in _WIDE or form == "time" for _, form in pair]
            for (key, _), is_wide in zip(pair, wide, strict=True):
                card = self._cards[key][1]
                row.addWidget(card, 7 if is_wide and not all(wide) else 4)
                card.show()
            if len(pair) == 1 and start:
                row.addStretch(4)
            self._column.addLayout(row)
            self._rows.append(row)
        self._column.addStretch(1)
        self._placed = tuple(wanted)

    def _unplace(self) -> None:
        for row in self._rows:
            while row.count():
                row.takeAt(0)
        while self._column.count():
            self._column.takeAt(0)
        self._rows = []
        self._placed = ()

    def _direction(self) -> QBoxLayout.Direction:
        is_narrow = self.width() < self._theme.px(_NARROW)
        return QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in self._rows:
            if row.direction() != self._direction():
                row.setDirection(self._direction())
