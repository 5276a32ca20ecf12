"""The find bar of a view: a field, the number of matches, and buttons for the next and previous one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme

MOST = 10_000
"""The maximum number of counted matches; above it, the count ends with +."""
MARKED = 300
"""Matches that are marked before and after the current one."""


class Searchable(Protocol):
    """A view that can be searched. Matches are opaque values of the view, in order."""

    @property
    def anchor(self) -> Any:
        """The earliest position of the first match."""

    def search(self, needle: str) -> Iterator[Sequence[Any]]:
        """Yield lists of matches, in steps of about a millisecond."""

    def show_match(self, match: Any, around: Sequence[Any]) -> None:
        """Scroll to a match and mark it more strongly than those `around` it."""

    def show_no_match(self) -> None:
        """Remove all marks."""


class FindBar(QWidget):
    """A bar that is hidden until opened. It searches one step per event loop iteration."""

    closed = Signal()
    """Emitted when the bar closes: the view must get the focus again."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, what: str = "Find in the body"
    ) -> None:
        """`what` is the name of the field."""
        super().__init__(parent)
        px = theme.px
        self._view: Searchable | None = None
        self._steps: Iterator[Sequence[Any]] | None = None
        self._anchor: Any = None
        self._is_part = False
        self.matches: list[Any] = []
        self.current = -1
        self.field = LineField(theme, what, example=what)
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.count = Label(theme, px=12, tone="text2")
        self.count.setMinimumWidth(px(88))
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._previous = IconButton(theme, "arrow-up", "Previous match", tip="Previous match  Shift+Enter")
        self._next = IconButton(theme, "arrow-down", "Next match", tip="Next match  Enter")
        self._close = IconButton(theme, "close", "Close find", tip="Close  Esc")
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._resume)
        self.field.textChanged.connect(self._typed)
        self._previous.clicked.connect(self.find_previous)
        self._next.clicked.connect(self.find_next)
        self._close.clicked.connect(self.close_bar)
        row(
            theme,
            grow(self.field),
            *(self.count, self._previous, self._next, self._close),
            spacing=4,
            on=self,
        )
        theme.changed.connect(self._mark_again)
        self._show_count()
        self.hide()

    def open(self, view: Searchable) -> None:
        """Show the bar for a view."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self.search_in(view)

    def search_in(self, view: Searchable) -> None:
        """Search another view, or the same one again if it shows more."""
        if self._view is not None and self._view is not view:
            self._view.show_no_match()
            self._anchor = None  # it is a position in the other view
        self._view = view
        if not self.isHidden():
            self._start()

    def set_partial(self, is_part: bool) -> None:
        """Set whether the view shows only the beginning, so that matches may follow later."""
        if is_part != self._is_part:
            self._is_part = is_part
            self._show_count()

    def forget(self) -> None:
        """Release the view, which no longer shows anything."""
        self._stop()
        self._view = self._anchor = None

    @Slot()
    def find_next(self) -> None:
        """Select the next match. The first follows the last."""
        self._step(1)

    @Slot()
    def find_previous(self) -> None:
        """Select the previous match."""
        self._step(-1)

    @Slot()
    def close_bar(self) -> None:
        """Close the bar and stop searching."""
        self._stop()
        if self._view is not None:
            self._view.show_no_match()
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._step(-1 if is_back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
        return super().eventFilter(watched, event)

    # ---- searching

    @Slot(str)
    def _typed(self, _: str) -> None:
        if self.matches and self.current >= 0:
            self._anchor = self.matches[self.current]
        self._start()

    def _start(self) -> None:
        self._stop()
        needle = self.field.text()
        if self._view is None:
            return
        if not needle:
            self._view.show_no_match()
            return
        if self._anchor is None:
            self._anchor = self._view.anchor
        self._steps = self._view.search(needle)
        self._timer.start()
        self._resume()

    def _stop(self) -> None:
        self._timer.stop()
        self._steps = None
        self.matches, self.current = [], -1
        self._show_count()

    @Slot()
    def _resume(self) -> None:
        part = next(self._steps, None) if self._steps is not None else None
        if part is not None:
            self.matches += part[: MOST - len(self.matches)]
        if part is None or len(self.matches) >= MOST:
            self._timer.stop()
            self._steps = None
        if self.current < 0 and self.matches:
            later = next(
                (place for place, one in enumerate(self.matches) if not _is_before(one, self._anchor)), -1
            )
            if later >= 0 or self._steps is None:
                self.current = max(later, 0)
                self._show()
        if self._steps is None and not self.matches and self._view is not None:
            self._view.show_no_match()
        self._show_count()

    def _step(self, by: int) -> None:
        if self.matches:
            self.current = (self.current + by) % len(self.matches)
            self._show()
            self._show_count()

    def _show(self) -> None:
        assert self._view is not None
        first = max(0, self.current - MARKED)
        self._view.show_match(self.matches[self.current], self.matches[first : self.current + MARKED])

    @Slot()
    def _mark_again(self) -> None:
        """Mark again with the colours of the new theme."""
        if self.current >= 0 and not self.isHidden():
            self._show()

    def _show_count(self) -> None:
        has_any, is_on = bool(self.matches), self._steps is not None
        for button in (self._previous, self._next):
            button.setEnabled(has_any)
        if not self.field.text() or self._view is None:
            text = ""
        elif has_any:
            more = "…" if is_on else "+" if self._is_part or len(self.matches) >= MOST else ""
            text = f"{max(self.current, 0) + 1:,} of {len(self.matches):,}{more}"
        else:
            text = "Searching…" if is_on else "Not found in this part" if self._is_part else "Not found"
        self.count.setText(text)


def _is_before(match: Any, anchor: Any) -> bool:
    """Return whether a match is before the position where the search began."""
    if anchor is None:
        return False
    first = match[0] if isinstance(match, tuple) else match
    return bool(first < (anchor[0] if isinstance(anchor, tuple) else anchor))
