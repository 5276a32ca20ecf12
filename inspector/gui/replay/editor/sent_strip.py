"""The strip at the bottom of the Edit window: the last response in one line, and below it when unfolded."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.base.visible import shortened, visible_bytes
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.gui.detail.attempt_change import LOUD_SINCE, SINCE_TONES, paint_since
from inspector.gui.detail.attempt_text import outcome_sentence, outcome_word, result_text
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_HEIGHT, _RESPONSE_HEIGHT, _LOW_RESPONSE_HEIGHT, _LOW = 40, 162, 94, 760
_EXCERPT = 300


class SentStrip(QWidget):
    """Whether something was sent from this window, and the response."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._mask = mask
        self._since: Since | None = None
        self.outcome = ElidedLabel(theme, px=13, weight=600)
        self.change = Label(theme, px=13, weight=600)
        self.excerpt = ElidedLabel(theme, px=12, tone="text2")
        self.excerpt.setFont(theme.fixed_font())
        self.unfold = Button(theme, "Response", icon="chevron-right", is_quiet=True)
        self.unfold.clicked.connect(self._toggle)
        self.response = ResponseView(session, theme, mask)
        line = box(
            row(
                theme,
                *(self.outcome, self.change, grow(self.excerpt, 1000), STRETCH, self.unfold),
                spacing=8,
                margins=(20, 0, 20, 0),
            )
        )
        line.setFixedHeight(theme.px(_HEIGHT))
        column(theme, line, self.response, on=self)
        self.response.hide()
        self.fit(theme.px(_LOW))
        self.show_note("Nothing sent yet.", tone="text2")

    def fit(self, height: int) -> None:
        """Make the response lower in a window of less than 760 px."""
        is_low = height < self._theme.px(_LOW)
        self.response.setFixedHeight(self._theme.px(_LOW_RESPONSE_HEIGHT if is_low else _RESPONSE_HEIGHT))

    @property
    def text(self) -> str:
        """The outcome and how it compares with the last attempt."""
        return f"{self.outcome.text()} {self.change.text()}".strip()

    def show_note(self, sentence: str, *, tone: str) -> None:
        """Show a sentence instead of an outcome."""
        self._since = None
        self.outcome.setText(sentence)
        self.outcome.setFont(self._theme.font(13, 400 if tone == "text2" else 600))
        self.outcome.set_tone(tone)
        for part in (self.change, self.excerpt, self.unfold, self.response):
            part.hide()
        self._fit()

    async def show_attempt(self, attempt: AttemptRow) -> None:
        """Show the outcome of an attempt, and its response if there is one."""
        compared = self._session.requests.since([attempt]).get(attempt.id)
        before = None if compared is None else compared.before
        has_response = attempt.status is not None
        is_explained = has_response and attempt.error is not None  # such as a redirect that was not followed
        text = self._mask.sentence(outcome_sentence(attempt) if is_explained else result_text(attempt))
        self.show_note(text, tone="text" if has_response else "invalid")
        if compared is not None and compared.since is not None:
            self._since = compared.since
            words = SINCE_TEXT[compared.since]
            if before is not None and compared.since in ("fixed", "regressed"):
                which = "last edit" if before.edited else "original"
                words += f", the {which} got {outcome_word(before)}"
            self.change.setText(f"·  {words}")
            self.change.set_tone(SINCE_TONES[compared.since])
            self.change.setFont(self._theme.font(13, 600 if compared.since in LOUD_SINCE else 400))
            self.change.show()
        self._fit()
        if not has_response:
            return
        self.response.show_attempt(attempt)
        detail = await self._mask.attempt(await self._session.captures.attempt(attempt.id))
        self.excerpt.setText(shortened(visible_bytes(detail.response_body[:_EXCERPT]), _EXCERPT))
        for part in (self.excerpt, self.unfold):
            part.show()
        self.response.setVisible(self._is_unfolded)

    @property
    def _is_unfolded(self) -> bool:
        return self.unfold.property("isUnfolded") is True

    @Slot()
    def _toggle(self) -> None:
        is_unfolded = not self._is_unfolded
        self.unfold.setProperty("isUnfolded", is_unfolded)
        self.unfold.show_as("Response", "chevron-down" if is_unfolded else "chevron-right")
        self.response.setVisible(is_unfolded)

    def _fit(self) -> None:
        left = self._theme.px(20) + (self._theme.px(22) if self._since is not None else 0)
        line = self.outcome.parentWidget()
        layout = None if line is None else line.layout()
        if layout is not None:
            layout.setContentsMargins(left, 0, self._theme.px(20), 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window"))
        if self._since is not None:
            px = self._theme.px
            area = QRectF(px(20), 0, px(16), px(_HEIGHT))
            paint_since(painter, area, self._since, self._theme)
