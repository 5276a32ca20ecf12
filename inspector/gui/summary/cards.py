"""The cards of a survey page that need no chart library: their base class, and the free texts."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.base.clock import at_time, short_time
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.event.question import question_type
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.scores import chart_kind
from inspector.domain.statistics.survey_counts import FreeText, QuestionTally
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.controls.search_field import SearchField
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, LayoutCell, Panel, at, box, column, grow, row
from inspector.gui.kit.links import ElidedLink, Link
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import WidgetPool, open_choices
from inspector.gui.summary.saving import FORMS
from inspector.session.summaries import Summary

AT_FIRST, A_TURN = 5, 20
"""Texts shown at first, and texts that each *Show more* adds."""
_TYPING_MS = 250
_MAX_LINE = 400
"""In characters; more never fit on one line."""
_UNFOLD, _FOLD = "Show the full text", "Show one line of the text"
_LONG_WORD = re.compile(r"(\S{20})(?=\S)")
"""Where a word may be broken, because a label breaks lines only at spaces."""
_TOP = Qt.AlignmentFlag.AlignTop


def keep_room_when_hidden(widget: QWidget) -> None:
    """Make layouts reserve the space of a hidden widget, so that nothing moves."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


class Card(Panel):
    """An outlined area with a title and a menu to save it. Subclasses fill `content`."""

    save_requested = Signal(object, str)
    """This card, and one of `FORMS`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, fill="base", line="line", parent=parent)
        self.theme = theme
        self.question: Question | None = None
        """The question of the card, if any."""
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._order = Label(theme, px=12, weight=600, tone="text3")
        self._title = Label(theme, weight=600, wraps=True)
        self._title.setMinimumWidth(px(40))
        self._title_text = ""
        self._kind = Label(theme, px=11, tone="text3")
        self.menu_button = IconButton(theme, "more", "Save this card")
        self.menu_button.clicked.connect(self._open_menu)
        keep_room_when_hidden(self.menu_button)
        self._order.setContentsMargins(0, px(5), 0, px(4))
        self._title.setContentsMargins(0, px(4), 0, px(4))
        self._kind.setContentsMargins(0, px(5), 0, px(4))
        order, kind, menu = (at(_TOP, part) for part in (self._order, self._kind, self.menu_button))
        self.head = row(theme, order, LayoutCell(self._title, 1, _TOP), kind, menu, spacing=8)
        self.tools: list[QWidget] = [self.menu_button]
        """Controls that are hidden if the card is saved as a picture."""
        self.content = column(theme, spacing=8)
        self._note = Label(theme, px=11, tone="text2", wraps=True)
        self._note.hide()
        parts = (self.head, self.content, self._note, STRETCH)
        column(theme, *parts, spacing=8, margins=(16, 10, 12, 14), on=self)
        theme.changed.connect(self.update)

    @property
    def title(self) -> str:
        """The title, also used for file names."""
        return self._title_text

    def show_head(self, title: str, *, order: str = "", kind: str = "") -> None:
        """Show a title, and the number and type of a question."""
        self._order.setText(order)
        self._order.setVisible(bool(order))
        self._title_text = title
        self._title.setText(_LONG_WORD.sub("\\1\u200b", title))
        self._kind.setText(kind)
        self.setAccessibleName(" ".join(part for part in (order, title) if part))
        self.menu_button.setAccessibleName(f"Save “{title}”")

    def show_note(self, text: str) -> None:
        """Show a sentence at the bottom, or hide it if `text` is empty."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def show_summary(self, summary: Summary) -> None:
        """Show the counts of a survey on a card without a question."""
        raise NotImplementedError

    def show_question(self, question: Question, tally: QuestionTally, searched: str) -> None:
        """Show the answers to a question. The free texts among them contain `searched`."""
        self.question = question
        kind = question_type(tally.kind)
        words = kind.label if kind is not None else visible((tally.kind or "")[:40])
        if chart_kind(tally) == "texts":
            words += f", {counted(tally.answered, 'answer')}"
        order = "" if tally.order is None else str(tally.order)
        self.show_head(tally.text or "The question has no text.", order=order, kind=words)
        self.show_answers(tally)

    def show_answers(self, tally: QuestionTally) -> None:
        """Show other answers to the same question."""
        raise NotImplementedError

    @Slot()
    def _open_menu(self) -> None:
        open_choices(self.menu_button, ((f"Save as {form.upper()}…", form) for form in FORMS), self._save)

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self.save(action.data())

    def save(self, form: str) -> None:
        """Request saving as one of `FORMS`."""
        self.save_requested.emit(self, form)


class TextsCard(Card):
    """The free texts for a question, newest first: five at first, with a search field."""

    search_requested = Signal(object, str)
    """The question, and a search text for which the loaded texts are not enough."""
    respondent_selected = Signal(object)
    """The scope of the respondent whose text was clicked, without part and survey."""
    capture_selected = Signal(object)
    """The id of a text's capture."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._tally = QuestionTally()
        self._searched = ""
        """The text that all texts of `_tally` are known to contain."""
        self._limit = AT_FIRST
        self._unfolded: set[int] = set()
        """The ids of captures whose texts stay expanded, even if newer texts move the rows."""
        self.field = SearchField(theme, "Search texts", "Search texts", self)
        self.field.setFixedWidth(theme.px(180))
        self.head.insertWidget(self.head.count() - 1, self.field, 0, _TOP)
        keep_room_when_hidden(self.field)
        lines = column(theme)
        self._lines = WidgetPool(lines, partial(_TextLine, theme, self))
        list_ = box(lines)
        make_one_stop(list_)
        self._nothing = Label(theme, px=12, tone="text2")
        self._more = Link(theme)
        self._more.clicked.connect(self._show_more)
        self.tools += [self.field, self._more]
        for part in (list_, self._nothing, self._more):
            self.content.addWidget(part)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)

    @property
    def texts(self) -> list[str]:
        """The shown texts, each as far as it fits on its line."""
        return [line.text for line in self._lines.shown]

    @property
    def nothing(self) -> str:
        """Why no texts are shown; empty if there are some."""
        return "" if self._nothing.isHidden() else self._nothing.text()

    def show_question(self, question: Question, tally: QuestionTally, searched: str) -> None:
        self._searched = searched
        super().show_question(question, tally, searched)

    def show_answers(self, tally: QuestionTally) -> None:
        self._tally = tally
        if self._lacks_some and not self._typing.isActive():
            self._typing.start()  # until now all texts were loaded
        self._fill()

    @Slot(str)
    def _typed(self, _: str) -> None:
        self._typing.start()

    @Slot()
    def _search(self) -> None:
        self._limit = AT_FIRST
        if self._lacks_some:
            self.search_requested.emit(self.question, self.field.text().strip())
        self._fill()

    @property
    def _lacks_some(self) -> bool:
        """Whether matching texts may exist that are not loaded, or not completely."""
        texts = self._tally.texts
        is_all_here = len(texts) == self._tally.written and not any(text.more for text in texts)
        return self.field.text().strip() != self._searched and not is_all_here

    @Slot()
    def _show_more(self) -> None:
        self._limit += A_TURN
        self._fill()

    def keep_unfolded(self, capture_id: int, is_unfolded: bool) -> None:
        """Remember whether a text is expanded."""
        if is_unfolded:
            self._unfolded.add(capture_id)
        else:
            self._unfolded.discard(capture_id)

    def _fill(self) -> None:
        needle = self.field.text().strip()
        texts = self._tally.texts
        if needle != self._searched:
            texts = tuple(text for text in texts if needle.casefold() in text.text.casefold())
        shown = texts[: self._limit]
        for line, text in zip(self._lines.take(len(shown)), shown, strict=True):
            line.show_text(text, is_unfolded=text.capture_id in self._unfolded)
        found_none = "Searching all texts…" if self._lacks_some else "No matching texts."
        self._nothing.setText(found_none if needle else "No texts yet.")
        self._nothing.setVisible(not texts)
        left = len(texts) - self._limit
        self._more.show_text(f"Show {min(left, A_TURN)} more")
        self._more.setVisible(left > 0)
        found = self._tally.found if len(texts) == len(self._tally.texts) else len(texts)
        is_cut = found > len(texts) and left <= 0
        self.show_note(f"Newest {len(texts):,} of {found:,}." if is_cut else "")


class _TextLine(QWidget):
    """A text on one line that expands to the whole text, its respondent, and when it was received."""

    def __init__(self, theme: Theme, card: TextsCard) -> None:
        super().__init__(card)
        self._theme = theme
        self._card = card
        self._text: FreeText | None = None
        self._is_unfolded = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._arrow = IconButton(theme, "chevron-right", _UNFOLD)
        self._arrow.setFixedSize(theme.px(20), theme.px(16))
        keep_room_when_hidden(self._arrow)
        self._arrow.clicked.connect(self._toggle)
        self._line = _ClickedLabel(theme)
        self._line.clicked.connect(self._toggle)
        self._line.resized.connect(self._allow)
        self._whole: FlowText | None = None
        self._user = ElidedLink(theme)
        self._user.elide_middle()
        self._user.setFixedWidth(theme.px(96))
        self._user.clicked.connect(self._select_respondent)
        self._time = Link(theme)
        self._time.setFixedWidth(theme.px(88))
        self._time.clicked.connect(self._select_capture)
        self._words = column(theme, at(_TOP, self._line), spacing=2)
        text = row(theme, at(_TOP, self._arrow), grow(self._words), spacing=2)
        parts = (grow(text), at(_TOP, self._user), at(_TOP, self._time))
        column(theme, row(theme, *parts, spacing=12, margins=(0, 5, 0, 5)), Hairline(theme), on=self)

    @property
    def text(self) -> str:
        """The text on the line, made visible."""
        return self._line.text()

    def show_text(self, text: FreeText, *, is_unfolded: bool) -> None:
        self._text = text
        self._line.setText(visible(text.text[:_MAX_LINE]))
        self._user.show_text(visible(text.user_id) if text.user_id else "Anonymous")
        self._time.show_text(short_time(text.received_ms))
        self._time.setAccessibleName(f"Capture received {at_time(text.received_ms)}")
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
            self._whole.setAccessibleName("Full text")
        if self._whole is not None:
            self._whole.setVisible(is_unfolded)
        self._line.setVisible(not is_unfolded)
        self._arrow.set_icon_name("chevron-down" if is_unfolded else "chevron-right")
        name = _FOLD if is_unfolded else _UNFOLD
        self._arrow.setAccessibleName(name)
        self._arrow.setToolTip(name)
        self._allow()

    @property
    def _can_unfold(self) -> bool:
        return self._text is not None and (self._line.is_elided or "\n" in self._text.text)

    @Slot()
    def _allow(self) -> None:
        """Show the arrow next to a text that does not fit on its line."""
        self._arrow.setVisible(self._can_unfold or self._is_unfolded)

    @Slot()
    def _toggle(self) -> None:
        if self._text is not None and (self._can_unfold or self._is_unfolded):
            self._unfold(not self._is_unfolded)
            self._card.keep_unfolded(self._text.capture_id, self._is_unfolded)

    @Slot()
    def _select_respondent(self) -> None:
        if self._text is not None:
            whose = Scope(group_id=self._text.group_id, user_id=self._text.user_id or "")
            self._card.respondent_selected.emit(whose)

    @Slot()
    def _select_capture(self) -> None:
        if self._text is not None:
            self._card.capture_selected.emit(self._text.capture_id)


class _ClickedLabel(ElidedLabel):
    """The beginning of a text. A click requests the whole text."""

    clicked = Signal()
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # otherwise the card gets the release

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _tip(self) -> str:
        return _UNFOLD
