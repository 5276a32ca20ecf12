"""The status bar: counts of captures, their rate, work in progress, and the latest message."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QEvent, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from inspector.base.quantity import counted, size_text
from inspector.domain.capture.retention import RetentionLimits
from inspector.domain.capture.rows import VerdictTotals
from inspector.domain.statistics.scores import percent_text
from inspector.gui.kit.controls.key_hint import KeyHint
from inspector.gui.kit.labels import ElidedLabel, Label, plain_tip
from inspector.gui.kit.layout import STRETCH, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView
from inspector.gui.shell.work_status import RunStatus
from inspector.session.tunnels import TEST_EVERY_S

_BETWEEN = "  ·  "
_RATE_S = 10.0
_MESSAGE_MS = 20_000
_PRIVATE = "nothing leaves this machine unless you send it"
_RETENTION = "Retention keeps {} and pinned captures. The rest is removed automatically."


class StatusBar(QWidget):
    """28 px high. A message is shown until the next one, or for 20 seconds."""

    undo_clicked = Signal()
    message_changed = Signal(str)
    """The message that is shown now; empty if there is none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._arrivals: deque[tuple[float, int]] = deque()
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.setFixedHeight(theme.px(28))
        self.counts = Label(theme, px=12, tone="text2", parent=self)
        self._listed = ""
        self._totals = VerdictTotals(), (0, 0)
        self._evaluation = ""
        """Why captures are not evaluated, shown instead of how many wait."""
        self._tested = ""
        """When the public address was tested, shown until the first capture arrives."""
        self.message_label = ElidedLabel(theme, px=12, tone="text", parent=self)
        self.run = RunStatus(theme, self)
        self.run.ended.connect(self.notify)
        self.retention = Link(theme, "Retention on", parent=self)
        self.retention.hide()
        self.undo = Link(theme, "Undo", parent=self)
        self.undo.setAccessibleName("Undo")
        self.undo.clicked.connect(self.undo_clicked)
        self.undo.hide()
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(_MESSAGE_MS)
        self._forget.timeout.connect(self.clear_message)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)
        self.hint: KeyHint | None = None
        """What a key does now; hidden while it does nothing, and behind a message."""
        self._work = row(theme, spacing=16)
        left, right = (self.counts, self.retention), (self._work, self.run, self.message_label, self.undo)
        self._row = row(theme, *left, STRETCH, *right, spacing=12, on=self)
        self._row.setContentsMargins(theme.px(16), 1, theme.px(16), 0)

    def add_work(self, widget: QWidget) -> None:
        """Add a widget that shows work in progress."""
        self._work.addWidget(widget)

    def add_last(self, *widgets: QWidget) -> None:
        """Add widgets at the right end."""
        for widget in widgets:
            self._row.addWidget(widget)

    def add_hint(self, hint: KeyHint) -> None:
        """Add a hint at the right end, shown while it has a text and there is no message."""
        self.hint = hint
        hint.hide()
        self._row.addWidget(hint)

    @Slot(str)
    def show_hint(self, text: str) -> None:
        """Show what the key of the hint does; an empty text hides it."""
        if self.hint is not None and text != self.hint.text:
            self.hint.show_text(text)
            self._fit()

    def count_arrivals(self, number: int) -> None:
        """Count captures that just arrived, for the rate."""
        self._arrivals.append((time.monotonic(), number))

    def show_totals(self, figures: VerdictTotals, backlog: tuple[int, int]) -> None:
        """Show `12,408 captures · 98.1 % valid · 3.2/s · 41 MB`.

        `backlog`: the number of captures that are not evaluated, and not grouped yet. It is shown if it has
        more than the captures of about one second.
        """
        self._totals = figures, backlog
        rate = self._rate()
        work = zip(("evaluating", "grouping"), backlog, strict=True)
        left = [f"{name} {number:,}" for name, number in work if number > rate]
        if self._evaluation:
            left = [self._evaluation]
        if not figures.total:
            self.counts.setText(_BETWEEN.join(["0 captures", *(left or [self._tested or _PRIVATE])]))
            return
        parts = [f"{figures.total:,} capture{'' if figures.total == 1 else 's'}"]
        checked = figures.valid + figures.rewritten
        real = checked + figures.invalid + figures.unsigned + figures.unchecked
        if self._listed:
            parts[0] = f"{self._listed} captures"
        if figures.samples:
            samples = f"including {counted(figures.samples, 'sample')}"
            parts[0] += f", {samples if real else 'all samples'}"
        if real:
            of = f" of {real:,}" if figures.samples else ""
            parts.append(f"{percent_text(checked, real)}{of} valid")
        if rate:
            parts.append(f"{rate:.1f}/s")
        parts.append(size_text(figures.body_bytes))
        self.counts.setText(_BETWEEN.join([*parts, *left]))

    def show_evaluation(self, problem: str) -> None:
        """Show why captures are not evaluated; an empty text shows that they are."""
        if problem != self._evaluation:
            self._evaluation = problem
            self.show_totals(*self._totals)

    @Slot(str)
    def show_listed(self, listed: str) -> None:
        """Show `207 of 12,408` as the number of captures; an empty text restores the number of all."""
        if listed != self._listed:
            self._listed = listed
            self.show_totals(*self._totals)

    @Slot(object)
    def show_view(self, view: AddressView) -> None:
        """Show when the public address was tested, while there are no captures."""
        tested = view.words
        if view.is_proved and view.ago:
            tested = f"tested every {TEST_EVERY_S:.0f} s, last {view.ago}"
        if tested:
            tested = f"{'tunnel' if view.has_program else 'public address'} {tested}"
        if tested != self._tested:
            self._tested = tested
            self.show_totals(*self._totals)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._fitting.start()  # hiding a part requests another layout, impossible within this one
        return super().event(event)

    @Slot()
    def _fit(self) -> None:
        """Hide the hint next to a message, and the counts if they do not fit."""
        layout = self.layout()
        assert layout is not None
        if self.hint is not None:
            self.hint.setVisible(bool(self.hint.text) and not self.message)
        least = layout.minimumSize().width() - self.message_label.minimumSizeHint().width()
        if self.counts.isHidden():
            least += self.counts.minimumSizeHint().width() + layout.spacing()
        self.counts.setVisible(least + self.message_label.sizeHint().width() <= self.width())

    def show_retention(self, keep: RetentionLimits) -> None:
        """Show that captures are removed automatically if there is a limit."""
        self.retention.setToolTip(plain_tip(_RETENTION.format(keep.in_words())))
        self.retention.setVisible(keep.is_limited)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QPainter(self).fillRect(0, 0, self.width(), 1, self._theme.color("line"))

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a message for some time."""
        self.undo.hide()
        self._show_message(sentence)

    @Slot(int, int)
    def show_undo(self, count: int, pinned: int = 0) -> None:
        """Report cleared captures, with a link that restores them while that is possible."""
        stays = f"{pinned:,} pinned capture{' stays' if pinned == 1 else 's stay'}."
        if not count:
            self.notify(f"No captures cleared. {stays}")
            return
        cleared = f"Cleared {count:,} capture{'' if count == 1 else 's'}"
        self.show_undoable(f"{cleared}. {stays}" if pinned else f"{cleared}.")

    @Slot(str)
    def show_undoable(self, sentence: str) -> None:
        """Show a message with the link *Undo*, until the next one."""
        self.notify(sentence)
        self._forget.stop()
        self.undo.show()

    @Slot(str)
    def hide_undo(self, sentence: str = "") -> None:
        """Hide the link, and show a message."""
        self.undo.hide()
        self._show_message(sentence)

    @property
    def message(self) -> str:
        """The current message, or an empty text."""
        return self.message_label.text()

    def _show_message(self, sentence: str) -> None:
        self.message_label.setText(sentence)
        self._fit()
        self._forget.start()
        self.message_changed.emit(self.message)

    @Slot()
    def clear_message(self) -> None:
        """Remove the message."""
        self.message_label.clear()
        self._fit()
        self.message_changed.emit(self.message)

    def _rate(self) -> float:
        now = time.monotonic()
        while self._arrivals and self._arrivals[0][0] < now - _RATE_S:
            self._arrivals.popleft()
        return sum(number for _, number in self._arrivals) / _RATE_S
