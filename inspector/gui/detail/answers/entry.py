"""A question with its answer, drawn by its type. The widget is reused for other questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from inspector.domain.event.answers import AnswerEntry
from inspector.gui.detail.answers.ratings import Rating
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Hairline, Label, draw_elided, plain_tip
from inspector.gui.kit.layout import STRETCH, at, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme

_HEIGHT, _GAP = 26, 8


def wrapped_chips(widths: Iterable[float], room: float, theme: Theme, gap: int = _GAP) -> list[QRectF]:
    """Return the places of chips that are wrapped to `room` pixels; none is wider than that.

    `gap` is the space between them, in pixels at 100 %.
    """
    places: list[QRectF] = []
    x = y = 0.0
    for wish in widths:
        width = min(room, wish)
        if x and x + width > room:
            x, y = 0.0, y + theme.px(_HEIGHT + gap)
        places.append(QRectF(x, y, width, theme.px(_HEIGHT)))
        x += width + theme.px(gap)
    return places


def chips_height(places: Sequence[QRectF], theme: Theme) -> int:
    """Return the height of wrapped chips, of one row if there are none."""
    return int(places[-1].y() if places else 0) + theme.px(_HEIGHT)


class Chips(QWidget):
    """Selected options as chips with a tick, in the order sent, wrapped to the width."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts: tuple[str, ...] = ()
        self._places: list[QRectF] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_texts(self, texts: tuple[str, ...]) -> None:
        """Show other options. The texts must already be made visible."""
        self._texts = texts
        self.setAccessibleName(", ".join(texts))
        self._place()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self.height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for text, place in zip(self._texts, self._places, strict=False):
                if place.contains(event.pos().toPointF()):
                    QToolTip.showText(event.globalPos(), plain_tip(text), self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:  # closes it even after an exception (see timeline/bars.py)
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(13))
        for text, place in zip(self._texts, self._places, strict=False):
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            tick = QRectF(place.left() + px(8), place.top(), px(12), place.height())
            paint_icon(painter, "tick", theme, tick, "accent", 13)
            painter.setPen(theme.color("text"))
            draw_elided(painter, place.adjusted(px(26), 0, 1 - px(10), 0), text)

    def _place(self) -> None:
        metrics, padding = QFontMetrics(self._theme.font(13), self), self._theme.px(37)
        widths = (metrics.horizontalAdvance(text[:500]) + padding for text in self._texts)
        self._places = wrapped_chips(widths, float(self.width()), self._theme)
        self.setFixedHeight(chips_height(self._places, self._theme))


View = TypeVar("View", bound=QWidget)


class EntryView(QWidget):
    """A row of the Answers page."""

    compare_clicked = Signal(int)
    """The id of the capture that the note refers to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.order = Label(theme, px=12, weight=600, tone="text3")
        self.order.setContentsMargins(0, 0, px(8), 0)
        self.question = FlowText(theme, font=theme.font(13), tone="text2")
        self.label = Label(theme, px=11, tone="text3")
        self._answer = column(theme)
        self.shown: QWidget | None = None
        self._made: dict[str, QWidget] = {}
        self.note = Note(theme)
        self.note.compare_clicked.connect(self.compare_clicked)
        grid = QGridLayout(self)
        grid.setContentsMargins(px(20), px(12), px(20), 0)
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, px(24))
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.order, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.question, 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.label, 0, 2, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        grid.addLayout(self._answer, 1, 1, 1, 2)
        grid.addWidget(self.note, 2, 1, 1, 2)
        grid.setRowMinimumHeight(3, px(14))
        self.line = Hairline(theme)
        grid.addWidget(self.line, 4, 1, 1, 2)

    def show_entry(self, entry: AnswerEntry, note: str = "", other: int | None = None) -> None:
        """Show a question and its answer, with a note and the id of the capture that it refers to."""
        px = self._theme.px
        is_gap = entry.form == "gap"
        is_named = is_gap and not entry.order.isdecimal()  # its sentence contains the numbers
        self.order.setText("" if is_named else entry.order)
        self.question.setVisible(True)
        self.question.show_text(entry.texts[0] if is_gap else entry.question or "The question has no text.")
        self.label.setText(entry.label)
        self.label.setContentsMargins(px(12) if entry.label else 0, px(1), 0, 0)
        before = self.shown
        self.shown = None if is_gap else self._view(entry)
        if before is not None and before is not self.shown:  # hiding would take the focus of a field
            before.hide()
        self._answer.setContentsMargins(0, 0 if is_gap else px(4), 0, 0)
        if self.shown is not None:
            self.shown.show()
        sentence = "  ".join(part for part in (entry.note, note) if part)
        self.note.show_sentence(sentence, other)
        self.setAccessibleName(" ".join((entry.order, entry.question)))

    def _view(self, entry: AnswerEntry) -> QWidget:
        if entry.form == "number" and entry.kind is not None and entry.number is not None:
            rating = self._one("number", Rating)
            rating.show_number(entry.kind, entry.number)
            return rating
        if entry.form == "options":
            chips = self._one("options", Chips)
            chips.show_texts(entry.texts + ((f"{entry.more:,} more",) if entry.more else ()))
            return chips
        if entry.form == "empty":
            empty = self._one("empty", _Empty)
            empty.setText(entry.texts[0])
            return empty
        quote = self._one("value" if entry.form == "value" else "text", _Quote)
        text = entry.texts[0]
        if entry.more:
            text += f"… {entry.more:,} more characters in Body."
        quote.show_text(text)
        return quote

    def _one(self, form: str, kind: Callable[[Theme], View]) -> View:
        view = self._made.get(form)
        if view is None:
            view = self._made[form] = kind(self._theme)
            self._answer.addWidget(view)
        return cast("View", view)


class Note(QWidget):
    """A sentence in amber with a warning icon. Hidden if the sentence is empty."""

    compare_clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text = FlowText(theme, font=theme.font(12, 500), tone="warning")
        self._other: int | None = None
        self.compare = Link(theme, "Compare")
        self.compare.setToolTip("Compare both captures")
        self.compare.clicked.connect(self._clicked)
        row(
            theme,
            grow(self.text, 1000),
            at(Qt.AlignmentFlag.AlignTop, self.compare),
            STRETCH,
            spacing=8,
            margins=(20, 8, 0, 0),
            on=self,
        )
        self.hide()

    def show_sentence(self, sentence: str, other: int | None = None) -> None:
        """Show a sentence, or hide the note if it is empty. `other` adds a link to compare that capture."""
        self._other = other
        self.compare.setVisible(other is not None)
        # Limited, so that the link follows a sentence of one line directly.
        self.text.setMaximumWidth(self.text.fontMetrics().horizontalAdvance(sentence) + self._theme.px(6))
        self.text.show_text(sentence)
        self.setVisible(bool(sentence))

    @Slot()
    def _clicked(self) -> None:
        if self._other is not None:
            self.compare_clicked.emit(self._other)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        paint_icon(QPainter(self), "warning", self._theme, QRectF(0, px(8), px(14), px(15)), "warning", 14)


class _Quote(QWidget):
    """Free text next to a vertical rule on the side where its lines begin."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = FlowText(theme, font=theme.font(14), line_px=20)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._text)

    def show_text(self, text: str) -> None:
        self._text.show_text(text)
        margin = self._theme.px(14)
        is_reversed = self._is_right_to_left
        self._column.setContentsMargins(0 if is_reversed else margin, 0, margin if is_reversed else 0, 0)
        self.update()

    @property
    def _is_right_to_left(self) -> bool:
        return self._text.document().firstBlock().textDirection() == Qt.LayoutDirection.RightToLeft

    @property
    def rule(self) -> QRect:
        """The rectangle of the rule."""
        width = self._theme.px(3)
        return QRect(self.width() - width if self._is_right_to_left else 0, 0, width, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rule, self._theme.color("outline"))


class _Empty(Label):
    """The word for an empty answer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tone="text2")
        font = theme.font(13)
        font.setItalic(True)
        self.setFont(font)
