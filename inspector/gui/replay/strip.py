"""The strip below the header of a capture: the last response at the target, or a question before sending."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.gui.detail.attempt_change import LOUD_SINCE, SINCE_TONES, paint_since
from inspector.gui.detail.attempt_text import result_text
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.key_hint import KeyCap
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.in_place import InPlaceReplay
from inspector.gui.replay.target_choice import MENU, TargetChoice
from inspector.session.session import Session

_HEIGHT = 40
_LONGEST = 80
_RESULT, _TARGET, _HOST = range(3)


class ReplayStrip(QStackedWidget):
    """A line of fixed height: a result, the field for a target, or the question about a remote host.

    It is higher only while the entered target has an error.
    """

    def __init__(
        self, theme: Theme, in_place: InPlaceReplay, result: QWidget, parent: QWidget | None = None
    ) -> None:
        """`result` is shown while nothing is asked."""
        super().__init__(parent)
        self._theme = theme
        self._in_place = in_place
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.field = LineField(theme, "Replay to", example="localhost:3000/hook")
        self.field.textEdited.connect(in_place.forget_problem)
        self.field.returnPressed.connect(self._enter)
        self.enter = Button(theme, "Replay", is_primary=True)
        self.enter.clicked.connect(self._enter)
        leave = IconButton(theme, "close", "Cancel", tip="Cancel (Esc)")
        leave.clicked.connect(in_place.dismiss)
        self.error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        caption = Label(theme, "Replay to", tone="text2")
        caption.setBuddy(self.field)
        line = row(theme, caption, grow(self.field), self.enter, leave, spacing=8)
        asking = box(column(theme, line, self.error, STRETCH, spacing=4, margins=(20, 6, 16, 6)))
        self.question = ElidedLabel(theme)
        self.allow = Button(theme, "Send", is_primary=True)
        self.allow.clicked.connect(in_place.allow)
        self.refuse = Button(theme, "Cancel")
        self.refuse.clicked.connect(in_place.dismiss)
        host = box(
            row(theme, self.question, self.allow, self.refuse, STRETCH, spacing=8, margins=(20, 0, 16, 0))
        )
        for page in (result, asking, host):
            self.addWidget(page)
        for part in (self.field, self.enter, leave, self.allow, self.refuse):
            part.installEventFilter(self)
        in_place.changed.connect(self.show_state)
        self.show_state()

    @Slot()
    def show_state(self) -> None:
        """Show the result, or what is asked now. A new question takes the focus."""
        state, before = self._in_place, self.currentIndex()
        question = state.question
        page = _TARGET if state.is_asking_target else _HOST if question is not None else _RESULT
        self.error.setText(state.problem)
        self.error.setVisible(bool(state.problem))
        if question is not None:
            host = shortened(visible(question.host), _LONGEST)
            what = f"Send {counted(len(question.ids), 'capture')} to" if question.ids else "Replay to"
            self.question.setText(f"{what} {host}?")
            self.question.setToolTip("Captures contain people’s answers and your app key.")
            self.allow.show_as("Send" if question.ids else "Allow", None)
        self.enter.show_as("Replay" if state.is_waiting_for_target else "Use", None)
        self.setCurrentIndex(page)
        self._fit()
        if page != before and self.isVisible():
            self._take_focus()

    def _take_focus(self) -> None:
        if self.currentIndex() == _TARGET:
            self.field.clear()
            self.field.setFocus()
        elif self.currentIndex() == _HOST:
            self.allow.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        height = self._theme.px(_HEIGHT)
        if self.currentIndex() == _TARGET and self._in_place.problem:
            room = self.width() - self._theme.px(20 + 16)
            height += self.error.heightForWidth(room) + self._theme.px(4)
        self.setFixedHeight(height)

    @Slot()
    def _enter(self) -> None:
        self._in_place.send_to(self.field.text())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._in_place.problem:
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cancel a question by Esc, wherever the focus is in it."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            self._in_place.dismiss()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("raised"))


class ResultLine(QWidget):
    """The last response to one capture at the target: `200 in 18 ms · Fixed`, and the menu of targets."""

    cancel_requested = Signal()
    response_toggled = Signal()
    """The user opens or folds the response."""

    def __init__(
        self, session: Session, theme: Theme, mask: Mask, key: str, parent: QWidget | None = None
    ) -> None:
        """`key`: the shortcut that sends the capture."""
        super().__init__(parent)
        self._theme = theme
        self._mask = mask
        self._is_open = False
        self.glyph = _Glyph(theme)
        self.result = ElidedLabel(theme, weight=600)
        self.since = Label(theme)
        self.key = KeyCap(theme, key, f"Press {key} to replay")
        self.cancel = Button(theme, "Cancel")
        self.cancel.clicked.connect(self.cancel_requested)
        self.choice = TargetChoice(session, theme, mask)
        self.targets = self.choice.targets
        self._line = Hairline(theme, is_upright=True)
        self._line.setFixedHeight(theme.px(16))
        self.toggle = Button(theme, "Response", icon="chevron-right", is_quiet=True)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggle.clicked.connect(self.response_toggled)
        result = row(theme, self.result, self.since, self.key, self.cancel, spacing=8)
        row(
            theme,
            *(self.glyph, result, STRETCH, self.choice, self._line, self.toggle),
            spacing=8,
            margins=(20, 0, 16, 0),
            on=self,
        )

    @property
    def _arrow(self) -> str:
        return "chevron-down" if self._is_open else "chevron-right"

    @property
    def text(self) -> str:
        """The result as shown: `200 in 18 ms · Fixed`."""
        return f"{self.result.text()} {self.since.text()}".strip()

    def show_target(self, to: str | None) -> None:
        """Show another target, by its URL or its name; None without one."""
        self.choice.show_target(to)
        self._fit()

    def show_open(self, is_open: bool) -> None:
        """Show whether the response is open."""
        self._is_open = is_open
        self.toggle.setToolTip(f"{'Hide' if is_open else 'Show'} the response (Alt+R)")
        self._fit()

    def show_attempt(self, attempt: AttemptRow, since: Since | None) -> None:
        """Show the result of an attempt, and how it compares with the previous one."""
        has_response = attempt.status is not None
        is_failed_first = since == "first" and not attempt.is_expected  # no other word says that it failed
        text = self._mask.sentence(result_text(attempt))
        self._show(
            text,
            since=since if has_response else None,
            glyph=since,
            weight=600 if has_response else 500,
            tone="text" if has_response and not is_failed_first else "invalid",
        )
        is_wrong = attempt.outcome == "ok" and not attempt.is_expected
        self.since.setToolTip("A correct receiver rejects this capture with 4xx." if is_wrong else "")
        if since is not None and not has_response:
            self.result.setAccessibleName(f"{text} {SINCE_TEXT[since]}")

    def show_not_sent(self) -> None:
        """Show that the capture was never sent to the target."""
        self._show("Not replayed yet", weight=400, tone="text2", has_key=True)

    def show_sending(self, seconds: float) -> None:
        """Show for how long the capture is in flight."""
        self._show(f"Sending… {seconds:.1f} s", weight=400, is_sending=True)

    def show_failure(self, sentence: str) -> None:
        """Show why the capture could not be sent."""
        self._show(sentence, weight=400, tone="invalid")

    def _show(
        self,
        text: str,
        *,
        since: Since | None = None,
        glyph: Since | None = None,
        weight: int = 600,
        tone: str = "text",
        has_key: bool = False,
        is_sending: bool = False,
    ) -> None:
        self.glyph.show_since(glyph)
        self.result.setFont(self._theme.font(13, weight))
        self.result.set_tone(tone)
        self.result.setText(text)
        self.result.setAccessibleName(text)
        self.since.setVisible(since is not None)
        if since is not None:
            self.since.setText(f"·  {'First attempt here' if since == 'first' else SINCE_TEXT[since]}")
            self.since.set_tone(SINCE_TONES[since])
            self.since.setFont(self._theme.font(13, 600 if since in LOUD_SINCE else 400))
        else:
            self.since.setText("")
        self.key.setVisible(has_key)
        self.cancel.setVisible(is_sending)
        self._fit()

    def _fit(self) -> None:
        """Give the result the space that it needs.

        The word next to the response's arrow is hidden first. Then the target shrinks, and at last only its
        menu stays.
        """
        px = self._theme.px
        parts = (self.glyph, self.since, self.key, self.cancel)
        widths = (max(part.sizeHint().width(), part.minimumWidth()) for part in parts if not part.isHidden())
        left = sum(width + px(8) for width in widths)
        wish = self.result.sizeHint().width() + px(8)
        room = self.width() - px(20 + 16) - left - px(8 + 8 + 1 + 8)
        self.toggle.show_as("Response", self._arrow)
        if room - wish - self.toggle.sizeHint().width() < self.choice.wish():
            self.toggle.show_as("", self._arrow)
        self.choice.fit(room - wish - self.toggle.sizeHint().width())
        self.toggle.setAccessibleName(f"{'Hide' if self._is_open else 'Show'} the response")
        self.result.setMinimumWidth(
            max(0, min(wish - px(8), room - self.toggle.sizeHint().width() - px(MENU)))
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class _Glyph(QWidget):
    """The shape of how an attempt compares with the previous one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._since: Since | None = None
        self.setFixedSize(theme.px(16), theme.px(16))
        theme.changed.connect(self.update)

    def show_since(self, since: Since | None) -> None:
        self._since = since
        self.setVisible(since is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._since is not None:
            paint_since(QPainter(self), QRectF(self.rect()), self._since, self._theme)
