"""Where Tab leads: through the parts of the window as they are read, and within a part line by line.

Qt's own chain is the order in which widgets were made, and what is made later (a finding's buttons) would
come after everything else. A long list of texts or links is one stop: Tab enters it, arrow keys move within.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget

_LINE = 14
"""Half a control: what stands less far apart is on one line."""


_GROUP = "isOneTabStop"


def make_one_stop(group: QWidget) -> None:
    """Let one Tab stop lead into a widget; from there the arrow keys lead on.

    The stops within it call `step_by_arrow` for their key presses.
    """
    group.setProperty(_GROUP, True)


def step_by_arrow(here: QWidget, event: QKeyEvent) -> bool:
    """Move the focus within the group around `here`, if there is one, by an arrow key: up or down, of buttons
    also left or right.

    At its first and last stop nothing moves. Returns whether the key press is handled.
    """
    back, forward = {Qt.Key.Key_Up}, {Qt.Key.Key_Down}
    if isinstance(here, QAbstractButton):
        back.add(Qt.Key.Key_Left)
        forward.add(Qt.Key.Key_Right)
    group = _group_of(here)
    is_arrow = event.key() in back | forward
    if group is None or not is_arrow or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    stops = _stops_in(group, ())
    place = stops.index(here) + (1 if event.key() in forward else -1)
    if 0 <= place < len(stops):
        stops[place].setFocus(Qt.FocusReason.TabFocusReason)
        _scroll_to(stops[place])
    return True


class TabOrder:
    """The stops of one window; its parts may stand within one another, then the inner one counts."""

    def __init__(self, window: QWidget, parts: Sequence[QWidget]) -> None:
        self._window = window
        self._parts = parts
        self._last: WeakKeyDictionary[QWidget, QWidget] = WeakKeyDictionary()
        """Where the focus was last, by group."""

    def stops(self) -> list[QWidget]:
        """The widgets that Tab can focus now, in order; of each group, the one focused last or its first."""
        stops: list[QWidget] = []
        groups: dict[QWidget, list[QWidget]] = {}
        for one in _stops_in(self._window, self._parts):
            group = _group_of(one)
            if group is None:
                stops.append(one)
                continue
            if group not in groups:
                stops.append(group)
            groups.setdefault(group, []).append(one)
        return [self._entry(one, groups[one]) if one in groups else one for one in stops]

    def step(self, is_forward: bool) -> bool:
        """Give the focus to the next stop, or the one before; false where there is none."""
        here = self._window.focusWidget()
        if here is not None and (group := _group_of(here)) is not None:
            self._last[group] = here
        stops = self.stops()
        if not stops:
            return False
        place = stops.index(here) if here in stops else -1 if is_forward else 0
        following = stops[(place + (1 if is_forward else -1)) % len(stops)]
        reason = Qt.FocusReason.TabFocusReason if is_forward else Qt.FocusReason.BacktabFocusReason
        following.setFocus(reason)
        _scroll_to(following)
        return True

    def _entry(self, group: QWidget, within: list[QWidget]) -> QWidget:
        last = self._last.get(group)
        return last if last is not None and last in within else within[0]


def _stops_in(top: QWidget, parts: Sequence[QWidget]) -> list[QWidget]:
    """Everything in `top` that can take the focus by Tab, in order."""
    found = [one for one in top.findChildren(QWidget) if _is_stop(one, top.window())]
    # An area around other stops scrolls as these take the focus.
    around = {above for one in found for above in _scroll_areas(one)}
    found = [one for one in found if one not in around]
    places = {one: _place(one, top, parts) for one in found}
    return _in_lines(sorted(found, key=lambda one: places[one]), places)


def _is_stop(one: QWidget, window: QWidget) -> bool:
    return (
        bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus & ~Qt.FocusPolicy.ClickFocus)
        and one.isVisible()
        and one.isEnabled()
        and one.focusProxy() is None
        and one.window() is window
    )


def _group_of(one: QWidget) -> QWidget | None:
    return next((above for above in _above(one) if above.property(_GROUP)), None)


def _scroll_areas(one: QWidget) -> Iterator[QScrollArea]:
    return (above for above in _above(one) if isinstance(above, QScrollArea))


def _above(one: QWidget) -> Iterator[QWidget]:
    """Yield the widgets around one, from its parent outwards."""
    around = one.parentWidget()
    while around is not None:
        yield around
        around = around.parentWidget()


def _place(one: QWidget, top: QWidget, parts: Sequence[QWidget]) -> tuple[int, int, int]:
    """Its part, and where its middle stands in `top`."""
    within = takewhile(lambda around: around is not top, (one, *_above(one)))
    part = next((parts.index(around) for around in within if around in parts), len(parts))
    middle = one.mapTo(top, QPoint(0, one.height() // 2))
    return part, middle.y(), middle.x()


def _scroll_to(one: QWidget) -> None:
    """Bring it into sight, as Qt does where it chooses the next stop itself."""
    for area in _scroll_areas(one):
        area.ensureWidgetVisible(one)


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
