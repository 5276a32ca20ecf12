"""The time line: marks side by side, a click on one names its capture, and far lanes are both seen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.respondent.respondent_history import HistoryEntry
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.arrival_chart import ArrivalChart, arrival_scale


def an_arrival(capture_id: int, **changes: Any) -> HistoryEntry:
    values: dict[str, Any] = {
        "capture_id": capture_id,
        "received_ms": 1_795_000_000_000 + capture_id * 1_000,
        "answered_ms": 1_795_000_000_000 + capture_id * 1_000 - 300,
        "event_kind": "answer",
        "order": str(capture_id),
        "note": "",
    }
    return HistoryEntry(**{**values, **changes})


def shown(theme: Theme, *arrivals: HistoryEntry, width: int = 900) -> ArrivalChart:
    lanes = ArrivalChart(theme)
    lanes.resize(width, lanes.height())
    lanes.show_arrivals(arrivals)
    lanes.show()
    lanes.grab()
    return lanes


def test_captures_of_one_moment_stand_side_by_side_within_the_lane(theme: Theme) -> None:
    same = [an_arrival(number, received_ms=1_795_000_000_000) for number in range(1, 21)]
    lanes = shown(theme, *same, an_arrival(21, event_kind="completion"))
    areas = [area for area, _ in lanes.marks]
    assert all(one.right() <= other.left() + 1 for one, other in pairwise(areas))
    assert areas[0].left() >= 0
    assert areas[-1].right() <= lanes.width()


def test_a_click_names_the_capture(theme: Theme) -> None:
    lanes = shown(theme, an_arrival(1), an_arrival(2, note="late"))
    chosen: list[int] = []
    lanes.capture_selected.connect(chosen.append)
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=lanes.marks[1][0].center().toPoint())
    assert chosen == [2]


def test_answers_of_years_ago_are_drawn_above_their_arrival() -> None:
    old = [an_arrival(number, answered_ms=1_650_000_000_000 + number * 1_000) for number in (1, 2)]
    assert arrival_scale(old).shift_ms == old[0].received_ms - 1_650_000_001_000
    assert arrival_scale([an_arrival(1), an_arrival(2)]).shift_ms == 0


def test_the_axis_has_one_origin_where_both_lanes_have_their_own_beginning() -> None:
    old = [an_arrival(number, answered_ms=1_650_000_000_000 + number * 1_000) for number in range(1, 22)]
    began = old[0].received_ms
    assert dict(arrival_scale(old).ticks(10)) == {
        began: "0 s",
        began + 10_000: "+10 s",
        began + 20_000: "+20 s",
    }
    ticks = arrival_scale([an_arrival(1), an_arrival(2), an_arrival(20)]).ticks(5)
    assert all(text.count(":") == 2 for _, text in ticks), "times of the clock"


def test_it_says_what_it_shows(theme: Theme) -> None:
    lanes = shown(theme, an_arrival(1), an_arrival(2, event_kind="completion", note="again"))
    said = lanes.accessibleDescription()
    assert "Answer 1 arrived " in said
    assert said.endswith("again")


def test_any_number_at_any_time_can_be_drawn(theme: Theme) -> None:
    shown(theme)
    shown(theme, an_arrival(1, answered_ms=None))
    shown(theme, *[an_arrival(number, received_ms=number * 10**9) for number in range(1, 500)], width=300)
    shown(theme, an_arrival(1, received_ms=0), an_arrival(2, received_ms=250_000_000_000_000))
