"""Where Tab leads: through the parts of the window as they are read, and within a part line by line.

Qt's own chain is the order in which widgets were made, and what is made later (a finding's buttons) would
come after everything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

_LINE = 14
"""Half a control: what stands less far apart is on one line."""


class TabOrder:
    """The stops of one window; its parts may stand within one another, then the inner one counts."""

    def __init__(self, window: QWidget, parts: Sequence[QWidget]) -> None:
        self._window = window
        self._parts = parts

    def stops(self) -> list[QWidget]:
        """What takes the focus by Tab now, in order."""
        found = [one for one in self._window.findChildren(QWidget) if self._is_stop(one)]
        places = {one: self._place(one) for one in found}
        return _in_lines(sorted(found, key=lambda one: places[one]), places)

    def step(self, is_forward: bool) -> bool:
        """Give the focus to the next stop, or the one before; false where there is none."""
        stops = self.stops()
        if not stops:
            return False
        here = self._window.focusWidget()
        place = stops.index(here) if here in stops else -1 if is_forward else 0
        following = stops[(place + (1 if is_forward else -1)) % len(stops)]
        reason = Qt.FocusReason.TabFocusReason if is_forward else Qt.FocusReason.BacktabFocusReason
        following.setFocus(reason)
        _scroll_to(following)
        return True

    def _is_stop(self, one: QWidget) -> bool:
        return (
            bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus & ~Qt.FocusPolicy.ClickFocus)
            and one.isVisible()
            and one.isEnabled()
            and one.focusProxy() is None
            and one.window() is self._window
        )

    def _place(self, one: QWidget) -> tuple[int, int, int]:
        """Its part, and where its middle stands in the window."""
        part = len(self._parts)
        around: QWidget | None = one
        while around is not None and around is not self._window:
            if around in self._parts:
                part = self._parts.index(around)
                break
            around = around.parentWidget()
        middle = one.mapTo(self._window, QPoint(0, one.height() // 2))
        return part, middle.y(), middle.x()


def _scroll_to(one: QWidget) -> None:
    """Bring it into sight, as Qt does where it chooses the next stop itself."""
    around = one.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(one)
        around = around.parentWidget()


def _in_lines(by_height: list[QWidget], places: dict[QWidget, tuple[int, int, int]]) -> list[QWidget]:
    """From left to right what stands on one line of a part."""
    lines: list[list[QWidget]] = []
    for one in by_height:
        part, y, _ = places[one]
        if lines:
            first_part, first_y, _ = places[lines[-1][0]]
            if part == first_part and y - first_y < _LINE:
                lines[-1].append(one)
                continue
        lines.append([one])
    return [one for line in lines for one in sorted(line, key=lambda one: places[one][2])]
