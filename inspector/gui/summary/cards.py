"""The cards of a survey's page that need no chart library: what all cards share, and the free texts."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from inspector.base.clock import at_time, short_time
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.event.question import question_type
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.scores import chart_kind
from inspector.domain.statistics.survey_counts import FreeText, QuestionTally
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, LayoutCell, at, column, grow, row
from inspector.gui.kit.links import ElidedLink, Link
from inspector.gui.kit.query_field import SearchField
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme

_LONG_WORD = re.compile(r"(\S{20})(?=\S)")
"""Where a word may be broken: a label breaks lines at spaces only."""


class Card(QWidget):
    """An outlined ground with a header; the rest of its layout is the kind's own."""

    save_requested = Signal(object, str)
    """This card, and `png`, `svg` or `csv`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.question: Question | None = None
        """What it is about; null where that is no question."""
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._order = Label(theme, px=12, weight=600, tone="text3")
        self._title = Label(theme, weight=600, wraps=True)
        self._title.setMinimumWidth(px(40))
        self._title_text = ""
        self._kind = Label(theme, px=11, tone="text3")
        self.menu_button = IconButton(theme, "more", "Save this card")
        self.menu_button.clicked.connect(self._open_menu)
        self._order.setContentsMargins(0, px(5), 0, px(4))
        self._title.setContentsMargins(0, px(4), 0, px(4))
        self._kind.setContentsMargins(0, px(5), 0, px(4))
        self.head = row(
            theme,
            at(Qt.AlignmentFlag.AlignTop, self._order),
            LayoutCell(self._title, 1, Qt.AlignmentFlag.AlignTop),
            at(Qt.AlignmentFlag.AlignTop, self._kind),
            at(Qt.AlignmentFlag.AlignTop, self.menu_button),
            spacing=8,
        )
        self.tools: list[QWidget] = [self.menu_button]
        """What is of use on the screen alone: left out where the card is saved."""
        keeps = self.menu_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.menu_button.setSizePolicy(keeps)
        self.content = column(theme, spacing=8)
        self.note = Label(theme, px=11, tone="text2", wraps=True)
        self.note.hide()
        column(
            theme, self.head, self.content, self.note, STRETCH, spacing=8, margins=(16, 10, 12, 14), on=self
        )
        theme.changed.connect(self.update)

    @property
    def title(self) -> str:
        """What it is about, for a file's name too."""
        return self._title_text

    def show_head(self, title: str, *, order: str = "", kind: str = "") -> None:
        """Say what it is about."""
        self._order.setText(order)
        self._order.setVisible(bool(order))
        self._title_text = title
        self._title.setText(_LONG_WORD.sub("\\1\u200b", title))
        self._kind.setText(kind)
        self.setAccessibleName(" ".join(part for part in (order, title) if part))
        self.menu_button.setAccessibleName(f"Save “{title}”")

    def show_question(self, tally: QuestionTally, question: Question) -> None:
        """Say which question it is about."""
        self.question = question
        kind = question_type(tally.kind)
        words = kind.label if kind is not None else visible((tally.kind or "")[:40])
        if chart_kind(tally) == "texts":
            words += f", {tally.answered:,} answer{'' if tally.answered == 1 else 's'}"
        order = "" if tally.order is None else str(tally.order)
        self.show_head(tally.text or "The question has no text.", order=order, kind=words)

    def show_note(self, text: str) -> None:
        """A sentence below everything, or none."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.color("line"), 1))
        painter.setBrush(self.theme.color("base"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    @Slot()
    def _open_menu(self) -> None:
        menu = save_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.menu_button.mapToGlobal(QPoint(0, self.menu_button.height())))

    @Slot()
    def save_png(self) -> None:
        """Ask for it as pixels."""
        self.save_requested.emit(self, "png")

    @Slot()
    def save_svg(self) -> None:
        """Ask for it as a drawing."""
        self.save_requested.emit(self, "svg")

    @Slot()
    def save_csv(self) -> None:
        """Ask for its numbers."""
        self.save_requested.emit(self, "csv")


def save_menu(card: Card) -> QMenu:
    """The formats that a card, or what has the same slots, can be saved in."""
    menu = QMenu(card)
    menu.addAction("Save as PNG…").triggered.connect(card.save_png)
    menu.addAction("Save as SVG…").triggered.connect(card.save_svg)
    menu.addAction("Save as CSV…").triggered.connect(card.save_csv)
    return menu


AT_FIRST, A_TURN = 5, 20
_TYPING_MS = 250
_IN_A_LINE = 400
"""Characters; more are never seen on one line."""
_UNFOLD, _FOLD = "Show the whole text", "Show the text on one line"


class TextsCard(Card):
    """Shows five at first; what is searched for and not at hand is asked for."""

    search_requested = Signal(object, str)
    """The question, and a text that those listed are to contain, where not all of them are here."""
    respondent_selected = Signal(object)
    """A Scope without its part and survey: whose text was clicked."""
    capture_selected = Signal(object)
    """The id of the capture that a text came in."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._tally = QuestionTally()
        self._sought = ""
        """What all of `_tally`'s texts are known to contain."""
        self._limit = AT_FIRST
        self._rows: list[_Row] = []
        self._unfolded: set[int] = set()
        """Captures whose texts are shown whole."""
        self.field = SearchField(theme, "Search the texts", "Search the texts", self)
        self.field.setFixedWidth(theme.px(180))
        self.head.insertWidget(self.head.count() - 1, self.field, 0, Qt.AlignmentFlag.AlignTop)
        self.tools.append(self.field)
        keeps = self.field.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.field.setSizePolicy(keeps)
        rows = QWidget()
        make_one_stop(rows)
        self._list = column(theme, on=rows)
        self._nothing = Label(theme, px=12, tone="text2")
        self._more = Link(theme)
        self._more.clicked.connect(self._show_more)
        self.tools.append(self._more)
        self.content.addWidget(rows)
        self.content.addWidget(self._nothing)
        self.content.addWidget(self._more)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)

    def show_tally(self, tally: QuestionTally, sought: str) -> None:
        """Show texts; those of `tally` contain what is `sought` already."""
        self._tally, self._sought = tally, sought
        if self._lacks_some and not self._typing.isActive():
            self._typing.start()  # there was no need to ask before
        self._fill()

    @Slot(str)
    def _typed(self, text: str) -> None:
        self._typing.start()

    @Slot()
    def _search(self) -> None:
        self._limit = AT_FIRST
        if self._lacks_some:
            self.search_requested.emit(self.question, self.field.text().strip())
        self._fill()

    @property
    def _lacks_some(self) -> bool:
        """There may be texts with what is in the field that are not here, or not up to there."""
        texts = self._tally.texts
        is_all_here = len(texts) == self._tally.written and not any(text.more for text in texts)
        return self.field.text().strip() != self._sought and not is_all_here

    @Slot()
    def _show_more(self) -> None:
        self._limit += A_TURN
        self._fill()

    @Slot(object, bool)
    def _keep_unfolded(self, capture_id: int, is_unfolded: bool) -> None:
        """Keep a text unfolded while newer texts move the rows."""
        if is_unfolded:
            self._unfolded.add(capture_id)
        else:
            self._unfolded.discard(capture_id)

    def _fill(self) -> None:
        needle = self.field.text().strip()
        texts = self._tally.texts
        if needle != self._sought:
            texts = tuple(text for text in texts if needle.casefold() in text.text.casefold())
        for number, text in enumerate(texts[: self._limit]):
            if number == len(self._rows):
                row = _Row(self.theme)
                row.respondent_selected.connect(self.respondent_selected)
                row.capture_selected.connect(self.capture_selected)
                row.unfolded.connect(self._keep_unfolded)
                self._rows.append(row)
                self._list.addWidget(row)
            self._rows[number].show_text(text, is_unfolded=text.capture_id in self._unfolded)
            self._rows[number].show()
        for row in self._rows[len(texts[: self._limit]) :]:
            row.hide()
        self._nothing.setVisible(not texts)
        found_none = "Searching all of the texts …" if self._lacks_some else "No text contains this."
        self._nothing.setText(found_none if needle else "No text yet.")
        left = len(texts) - self._limit
        self._more.show_text(f"Show {min(left, A_TURN)} more")
        self._more.setVisible(left > 0)
        found = self._tally.found if len(texts) == len(self._tally.texts) else len(texts)
        beyond = found - len(texts)
        self.show_note(
            f"The newest {len(texts):,} of {found:,} are listed." if beyond > 0 and left <= 0 else ""
        )


class _Row(QWidget):
    """A text on one line that unfolds to the whole text, whose it is, and when it came."""

    respondent_selected = Signal(object)
    capture_selected = Signal(object)
    unfolded = Signal(object, bool)
    """The id of the capture whose text was unfolded, or folded again, by the user."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        px = theme.px
        self._theme = theme
        self._text: FreeText | None = None
        self._is_unfolded = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._arrow = IconButton(theme, "chevron-right", _UNFOLD)
        self._arrow.setFixedSize(px(20), px(16))
        keeps = self._arrow.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self._arrow.setSizePolicy(keeps)
        self._arrow.clicked.connect(self._toggle)
        self._line = _Line(theme)
        self._line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._line.clicked.connect(self._toggle)
        self._line.resized.connect(self._offer)
        self._whole: FlowText | None = None
        self._user = ElidedLink(theme)
        self._user.setFixedWidth(px(96))
        self._user.clicked.connect(self._go)
        self._time = Link(theme)
        self._time.setFixedWidth(px(88))
        self._time.clicked.connect(self._look)
        self._words = column(theme, at(Qt.AlignmentFlag.AlignTop, self._line), spacing=2)
        row_layout = row(
            theme,
            grow(row(theme, at(Qt.AlignmentFlag.AlignTop, self._arrow), grow(self._words), spacing=2)),
            at(Qt.AlignmentFlag.AlignTop, self._user),
            at(Qt.AlignmentFlag.AlignTop, self._time),
            spacing=12,
            margins=(0, 5, 0, 5),
        )
        column(theme, row_layout, Hairline(theme), on=self)

    def show_text(self, text: FreeText, *, is_unfolded: bool) -> None:
        self._text = text
        self._line.setText(visible(text.text[:_IN_A_LINE]))
        self._user.show_text(visible(text.user_id) if text.user_id else "Anonymous")
        self._time.show_text(short_time(text.received_ms))
        self._time.setAccessibleName(f"The capture that came {at_time(text.received_ms)}")
        self._unfold(is_unfolded)

    def _unfold(self, is_unfolded: bool) -> None:
        self._is_unfolded = is_unfolded
        if is_unfolded and self._text is not None:
            if self._whole is None:
                self._whole = FlowText(self._theme, font=self._theme.font(13))
                self._words.addWidget(self._whole)
            left = self._text.more
            beyond = f"… {counted(left, 'more character')} in the capture." if left else ""
            self._whole.show_text(self._text.text + beyond)
            self._whole.setAccessibleName("The whole text")
        if self._whole is not None:
            self._whole.setVisible(is_unfolded)
        self._line.setVisible(not is_unfolded)
        self._arrow.set_icon_name("chevron-down" if is_unfolded else "chevron-right")
        name = _FOLD if is_unfolded else _UNFOLD
        self._arrow.setAccessibleName(name)
        self._arrow.setToolTip(name)
        self._offer()

    @Slot()
    def _offer(self) -> None:
        """Offer to unfold a text that does not fit on its line."""
        is_long = self._text is not None and (self._line.is_elided or "\n" in self._text.text)
        self._line.can_unfold = is_long
        self._arrow.setVisible(is_long or self._is_unfolded)

    @Slot()
    def _toggle(self) -> None:
        if self._text is not None and (self._line.can_unfold or self._is_unfolded):
            self._unfold(not self._is_unfolded)
            self.unfolded.emit(self._text.capture_id, self._is_unfolded)

    @Slot()
    def _go(self) -> None:
        if self._text is not None:
            self.respondent_selected.emit(
                Scope(group_id=self._text.group_id, user_id=self._text.user_id or "")
            )

    @Slot()
    def _look(self) -> None:
        if self._text is not None:
            self.capture_selected.emit(self._text.capture_id)


class _Line(ElidedLabel):
    """The beginning of a text; a click asks for the whole."""

    clicked = Signal()
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.can_unfold = False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the release goes to the card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _tip(self) -> str:
        return _UNFOLD
