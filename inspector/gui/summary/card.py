"""A card of a survey's page: a title, what kind of question it is, what it shows, and a menu to save it."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.visible import visible
from inspector.domain.event.question import question_type
from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.scores import look
from inspector.domain.statistics.survey_counts import QuestionTally
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.labels import Label
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
        self.head = QHBoxLayout()
        self.head.setSpacing(px(8))
        self._order.setContentsMargins(0, px(5), 0, px(4))
        self._title.setContentsMargins(0, px(4), 0, px(4))
        self._kind.setContentsMargins(0, px(5), 0, px(4))
        self.head.addWidget(self._order, 0, Qt.AlignmentFlag.AlignTop)
        self.head.addWidget(self._title, 1, Qt.AlignmentFlag.AlignTop)
        self.head.addWidget(self._kind, 0, Qt.AlignmentFlag.AlignTop)
        self.head.addWidget(self.menu_button, 0, Qt.AlignmentFlag.AlignTop)
        self.tools: list[QWidget] = [self.menu_button]
        """What is of use on the screen alone: left out where the card is saved."""
        keeps = self.menu_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.menu_button.setSizePolicy(keeps)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(px(8))
        self.note = Label(theme, px=11, tone="text2", wraps=True)
        self.note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(16), px(10), px(12), px(14))
        layout.setSpacing(px(8))
        layout.addLayout(self.head)
        layout.addLayout(self.content)
        layout.addWidget(self.note)
        layout.addStretch(1)
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
        if look(tally) == "texts":
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
