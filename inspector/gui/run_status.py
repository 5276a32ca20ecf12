"""A running replay in the status line: how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from inspector.gui.bridge import Relay
from inspector.gui.labels import Label
from inspector.gui.links import Link
from inspector.gui.theme import Theme
from inspector.session.plan import Progress
from inspector.session.run import Run


class Bar(QWidget):
    """A thin bar, filled as far as the work is done."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._part = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_part(self, part: float) -> None:
        """From 0 to 1."""
        self._part = part
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(96), self._theme.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.color("outline"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        done = QRectF(0, 0, self.width() * self._part, self.height())
        painter.setBrush(self._theme.color("accent_fill"))
        painter.drawRoundedRect(done, radius, radius)


class RunStatus(QWidget):
    """Shows the run that was started last, until it has ended."""

    ended = Signal(str)
    """A sentence on what became of it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = Bar(theme, self)
        self._stop = Link(theme, "Stop", parent=self)
        self._stop.setAccessibleName("Stop the replay")
        self._stop.clicked.connect(self._stop_run)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        for widget in (self._text, self._bar, self._stop):
            row.addWidget(widget)
        self.hide()

    @Slot(object)
    def watch(self, run: Run) -> None:
        """Show a run that was just started; it may have ended already."""
        self._run = run
        Relay(run.progressed, self).passed.connect(self._show)
        self._show(run.progress)

    @Slot(object)
    def _show(self, progress: Progress) -> None:
        done = progress.sent + progress.skipped
        paused = ", paused" if progress.state == "paused" else ""
        self._text.setText(f"Replay {done:,} of {progress.total:,}{paused}")
        self._bar.show_part(done / progress.total if progress.total else 1.0)
        if self._run is None or self._run.progress.is_done:
            self._run = None
            self.hide()
            self.ended.emit(outcome(progress))
        else:
            self.show()

    @Slot()
    def _stop_run(self) -> None:
        if self._run is not None:
            self._run.stop()


def outcome(progress: Progress) -> str:
    """`Replayed 30 of 30: 29 answered 2xx, 1 failed.`"""
    parts = [f"{progress.succeeded:,} answered 2xx"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.skipped:
        parts.append(f"{progress.skipped:,} skipped")
    verb = "Stopped after" if progress.state == "stopped" else "Replayed"
    return f"{verb} {progress.sent:,} of {progress.total:,}: {', '.join(parts)}."
