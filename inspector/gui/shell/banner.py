"""Bars under the connection bar, shown while captures cannot be received, stored or trusted."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme


class _AmberBar(QWidget):
    """A sentence, and a button if the user can solve the problem. Hidden without a sentence."""

    accepted = Signal()
    """The button was clicked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = Label(theme, weight=500, tone="warning", wraps=True, parent=self)
        self.button = Button(theme, "", parent=self)
        self.button.clicked.connect(self.accepted)
        self.button.hide()
        row(theme, grow(self._text), self.button, spacing=12, margins=(40, 8, 16, 8), on=self)
        self.hide()

    @property
    def sentence(self) -> str:
        """The sentences, as shown."""
        return self._text.text()

    def _show_text(self, text: str, *, has_button: bool) -> None:
        self.button.setVisible(has_button)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        area = QRectF(self._theme.px(16), 0, self._theme.px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning")


class Banner(_AmberBar):
    """One sentence per kind of problem with the listener."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._notices: list[str] = []
        self._problem = self._not_listening = ""
        self._has_suggestion = False
        self._is_suggesting = False

    def add_notice(self, sentence: str) -> None:
        """Show a notice about the start until the program ends."""
        self._notices.append(sentence)
        self._show()

    @Slot(object)
    def show_problem(self, sentence: str | None) -> None:
        """Show why captures cannot be stored or are not trusted; None if they are."""
        self._problem = sentence or ""
        self._show()

    @Slot(object)
    def show_not_listening(self, sentence: str | None) -> None:
        """Show why listening did not start; None if it did."""
        self._not_listening, self._has_suggestion = sentence or "", False
        self._show()

    @Slot(str, str)
    def suggest(self, sentence: str, verb: str) -> None:
        """Show why listening did not start, with a button that says `verb`."""
        self._not_listening, self._has_suggestion = sentence, True
        self.button.show_as(verb, None)
        self._show()

    def show_suggestions(self, is_suggesting: bool) -> None:
        """Show or hide the suggestion. The first start page has it, too."""
        self._is_suggesting = is_suggesting
        self._show()

    def _show(self) -> None:
        is_left_out = self._has_suggestion and not self._is_suggesting
        not_listening = "" if is_left_out else self._not_listening
        text = "\n".join(filter(None, (*self._notices, self._problem, not_listening)))
        self._show_text(text, has_button=self._has_suggestion and not is_left_out)


class InboxBanner(_AmberBar):
    """Why a shared inbox has stopped, or that it has a gap which the user has not looked at."""

    @Slot(object)
    def show_view(self, view: InboxView) -> None:
        """Show what the user must see about the inbox, or hide the bar."""
        sentence, verb = view.notice or ("", "")
        if verb:
            self.button.show_as(verb, None)
        self._show_text(sentence, has_button=bool(verb))
