"""The replay of the capture in the pane: the strip, and below it the response, which stays while walking."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay.address_text import short_address
from inspector.gui.detail.detail_view import DetailView, ShownCapture
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import box, column, grow
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.in_place import InPlaceReplay
from inspector.gui.replay.strip import ReplayStrip, ResultLine

_HEIGHT, _LOW_HEIGHT = 162, 94
_LOW_WINDOW = 760
_TABS = 160
"""Design height that a response leaves at least for the tabs below it."""
_TICK_MS = 100
_STEP = 16


class ResponseFold(QObject):
    """Whether responses are open, and how high they are: the same for every pane."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_open = False
        self.height: int | None = None
        """The height in px of the drawing that the user dragged it to, or None."""

    @Slot()
    def open(self) -> None:
        """Open responses, and keep them open."""
        if not self.is_open:
            self.toggle()

    @Slot()
    def toggle(self) -> None:
        """Open or fold responses."""
        self.is_open = not self.is_open
        self.changed.emit()

    def resize(self, height: int) -> None:
        """Use another height in px of the drawing."""
        self.height = max(_LOW_HEIGHT, height)
        self.changed.emit()

    def restore(self, is_open: bool, height: int | None) -> None:
        """Use the state of an earlier window."""
        self.is_open, self.height = is_open, None if height is None else max(_LOW_HEIGHT, height)
        self.changed.emit()


class ReplayPanel(DetailView, QWidget):
    """The strip and the response of the capture in a pane."""

    label = "Replay"
    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""

    def __init__(
        self, window: Window, in_place: InPlaceReplay, fold: ResponseFold, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        session, theme, mask = window.session, window.theme, window.screen_mask
        self._session = session
        self._theme = theme
        self._in_place = in_place
        self._fold = fold
        self._shown: ShownCapture | None = None
        key = window.action("replay").shortcut().toString()
        self.line = ResultLine(session, theme, mask, key)
        self.line.cancel_requested.connect(self._cancel)
        self.line.response_toggled.connect(fold.toggle)
        self.line.targets.selected.connect(in_place.send_to)
        self.line.targets.another_requested.connect(self._ask_target)
        self.strip = ReplayStrip(theme, in_place, self.line)
        self.response = ResponseView(session, theme, mask, explains=True)
        self.response.reason_requested.connect(self.reason_requested)
        self.grip = _Grip(theme, self)
        self.grip.dragged.connect(self._drag)
        self._body = box(column(theme, grow(self.response), self.grip))
        column(theme, Hairline(theme), self.strip, Hairline(theme), self._body, on=self)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._show_state)
        in_place.changed.connect(self._show_state)
        fold.changed.connect(self._unfold)
        SignalBatcher(session.targets.changed, self).passed.connect(self._show_state)
        self._unfold()
        self._show_state()

    def show_capture(self, shown: ShownCapture) -> None:
        self._shown = shown
        self._show_state()

    def clear(self) -> None:
        self._shown = None
        self._clock.stop()
        self.response.forget()

    @property
    def attempt(self) -> AttemptRow | None:
        """The last attempt of the shown capture at the target, or None."""
        url = self._in_place.target_url
        rows = () if self._shown is None else self._shown.exact.attempts
        return next((row for row in rows if row.target == url), None)

    @Slot()
    def _show_state(self) -> None:
        """Show the capture's last attempt at the target, or the delivery in flight."""
        line, state, attempt = self.line, self._in_place, self.attempt
        capture_id = 0 if self._shown is None else self._shown.exact.row.id
        seconds = state.sending_for(capture_id)
        to = state.target
        line.show_target(to)
        if seconds is None:
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()
        if seconds is not None:
            line.show_sending(seconds)
            if attempt is None:
                self.response.show_sentence("")
            return  # a previous response stays until there is another one
        if failure := state.failure_of(capture_id):
            line.show_failure(failure)
        elif attempt is None:
            line.show_not_sent()
        else:
            compared = self._session.requests.since([attempt]).get(attempt.id)
            line.show_attempt(attempt, None if compared is None else compared.since)
        if not self._fold.is_open:
            return
        if attempt is not None:
            self.response.show_attempt(attempt)
        elif to is None:
            self.response.show_sentence("R replays this capture. The first time, it asks where to.")
        else:
            place = shortened(visible(short_address(to)), 80)
            self.response.show_sentence(f"This capture has not been sent to {place} yet. R sends it.")

    @Slot()
    def _unfold(self) -> None:
        self._body.setVisible(self._fold.is_open)
        self.line.show_open(self._fold.is_open)
        self._fit()
        self._show_state()

    def _fit(self) -> None:
        """Give the response its height: less in a low window, but the one that the user dragged it to."""
        px, window = self._theme.px, self.window()
        usual = _LOW_HEIGHT if window.height() < px(_LOW_WINDOW) else _HEIGHT
        height = px(self._fold.height or usual)
        parent = self.parentWidget()
        if parent is not None and parent.height() > px(_TABS):
            height = min(height, max(px(_LOW_HEIGHT), parent.height() - px(88 + 40 + 48 + _TABS)))
        self._body.setFixedHeight(height)
        self.response.set_one_line(height < px(_LOW_HEIGHT + 16))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if (parent := self.parentWidget()) is not None:
            parent.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of the pane."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    @Slot(int)
    def _drag(self, by: int) -> None:
        self._fold.resize(round((self._body.height() + by) / self._theme.scale))

    @Slot()
    def _cancel(self) -> None:
        if self._shown is not None:
            self._in_place.cancel(self._shown.exact.row.id)

    @Slot()
    def _ask_target(self) -> None:
        self._in_place.ask_target()


class _Grip(QWidget):
    """The lower edge of the response: dragging it, or Up and Down, change the height."""

    dragged = Signal(int)
    """By how many pixels."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._from: QPoint | None = None
        self.setFixedHeight(5)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Height of the response")
        self.setToolTip("Drag to change the height of the response, or press ↑ and ↓")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.globalPosition().toPoint()
        if self._from is not None and place.y() != self._from.y():
            by, self._from = place.y() - self._from.y(), place
            self.dragged.emit(by)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.dragged.emit(step * self._theme.px(_STEP))

    def paintEvent(self, event: QPaintEvent) -> None:
        height = self.height() if self.hasFocus() else 1
        tone = "accent" if self.hasFocus() else "line"
        QPainter(self).fillRect(0, self.height() - height, self.width(), height, self._theme.color(tone))
