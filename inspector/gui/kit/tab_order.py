"""The order of Tab: through the parts of the window in reading order, and line by line within a part.

Qt's own chain is the order in which widgets were created, and later ones (such as a finding's buttons) would
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
"""Half the height of a control. Widgets with a smaller vertical distance are on one line."""


_GROUP = "isOneTabStop"


def make_one_stop(group: QWidget) -> None:
    """Make a widget one Tab stop. Arrow keys move within it.

    Its inner stops call `step_by_arrow` for their key presses.
    """
    group.setProperty(_GROUP, True)


def step_by_arrow(here: QWidget, event: QKeyEvent) -> bool:
    """Move the focus by an arrow key within the group of `here`, if any: Up or Down, for buttons also Left or
    Right.

    It does not move past the first and last stop. Returns whether the key press is handled.
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
        scroll_to(stops[place])
    return True


def scroll_to(one: QWidget) -> None:
    """Scroll a widget into view, as Qt does when it selects the next stop itself."""
    for area in _scroll_areas(one):
        area.ensureWidgetVisible(one)


class TabOrder:
    """The Tab stops of one window. If parts are nested, the inner one counts."""

    def __init__(self, window: QWidget, parts: Sequence[QWidget]) -> None:
        self._window = window
        self._parts = parts
        self._last: WeakKeyDictionary[QWidget, QWidget] = WeakKeyDictionary()
        """The widget that had the focus last, by group."""

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab can focus now, in order. For each group, that is the last focused one
        or the first."""
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
        """Move the focus to the next or previous stop. Return False if there is none."""
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
        scroll_to(following)
        return True

    def _entry(self, group: QWidget, within: list[QWidget]) -> QWidget:
        last = self._last.get(group)
        return last if last is not None and last in within else within[0]


def _stops_in(top: QWidget, parts: Sequence[QWidget]) -> list[QWidget]:
    """Return every widget in `top` that can get the focus by Tab, in order."""
    found = [one for one in top.findChildren(QWidget) if _is_stop(one, top.window())]
    # A scroll area around other stops scrolls when they get the focus, so it needs no stop.
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
    """Yield the ancestors of a widget, from its parent outwards."""
    around = one.parentWidget()
    while around is not None:
        yield around
        around = around.parentWidget()


def _place(one: QWidget, top: QWidget, parts: Sequence[QWidget]) -> tuple[int, int, int]:
    """Return the index of a widget's part, and y and x of its middle in `top`."""
    within = takewhile(lambda around: around is not top, (one, *_above(one)))
    part = next((parts.index(around) for around in within if around in parts), len(parts))
    middle = one.mapTo(top, QPoint(0, one.height() // 2))
    return part, middle.y(), middle.x()


def _in_lines(by_height: list[QWidget], places: dict[QWidget, tuple[int, int, int]]) -> list[QWidget]:
    """Sort the widgets on each line of a part from left to right."""
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
