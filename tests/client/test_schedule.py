"""A plan as a list: everything in it once but for the faults, in order, in time, and the same for a seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.client.schedule import Schedule, lasts_ms, schedule
from inspector.domain.replay.fault import FAULT_NAMES, Fault
from inspector.domain.replay.plan_options import PlanOptions

faults = st.lists(
    st.builds(
        lambda name, every: Fault(name=name, every=every), st.sampled_from(FAULT_NAMES), st.integers(2, 9)
    ),
    unique_by=lambda fault: fault.name,
    max_size=8,
).map(tuple)
paces = st.sampled_from(
    [{}, {"rate": 5.0}, {"rate": 300.0}, {"scale": 1.0}, {"scale": 0.1}, {"scale": 10.0, "max_gap_s": 2.0}]
)
times = st.lists(st.none() | st.integers(0, 10**12), max_size=60)


def listed(plan: Schedule) -> list[tuple[int, int | None, str | None]]:
    return [(step.capture_id, step.at_ms, step.fault) for step in plan]


@given(times, faults, paces, st.sampled_from(["arrival", "created"]), st.integers(0, 5))
def test_each_capture_is_there_once_and_its_double_where_it_goes_out_twice(
    times: list[int | None], chosen: tuple[Fault, ...], pace: dict[str, float], order: str, seed: int
) -> None:
    course = PlanOptions(order=order, faults=chosen, seed=seed, **pace)  # type: ignore[arg-type]
    captures = list(range(1, len(times) + 1))
    plan = schedule(captures, times, course)
    assert listed(plan) == listed(schedule(captures, times, course)), "the same for the same seed"
    steps = list(plan)
    assert Counter(step.capture_id for step in steps if step.fault != "twice") == Counter(captures)
    every = {fault.name: fault.every for fault in chosen}
    dropped = sum(step.fault == "dropped" for step in steps)
    assert dropped == (len(captures) // every["dropped"] if "dropped" in every else 0)
    if course.is_paced:
        at = [step.at_ms for step in steps]
        assert all(moment is not None for moment in at)
        assert at == sorted(at)  # type: ignore[type-var]
    if not chosen and order == "arrival":
        assert [step.capture_id for step in steps] == captures


@given(times, st.sampled_from([0.1, 0.5, 1.0, 7.0, 100.0]), st.none() | st.integers(0, 1000))
def test_gaps_are_scaled_then_clamped_and_never_negative(
    times: list[int | None], scale: float, max_gap_s: int | None
) -> None:
    course = PlanOptions(scale=scale, max_gap_s=max_gap_s)
    plan = schedule(range(len(times)), times, course)
    assert plan.at_ms is not None
    known = [time for time in times if time is not None]
    filled = []
    last = known[0] if known else 0
    for time in times:
        last = last if time is None else time
        filled.append(last)
    for before, after, came, comes in zip(plan.at_ms, plan.at_ms[1:], filled, filled[1:], strict=False):
        expected = max(0, comes - came) / scale
        expected = expected if max_gap_s is None else min(expected, max_gap_s * 1000)
        assert abs(after - before - expected) <= 1, "rounded to a millisecond, and no error adds up"
    assert lasts_ms(plan, course) == (plan.at_ms[-1] if times else 0)


def test_a_rate_is_kept_over_a_long_time() -> None:
    plan = schedule(range(1000), None, PlanOptions(rate=3))
    assert plan.at_ms is not None
    assert plan.at_ms[999] == 333_000


def test_without_a_pace_nothing_is_known_of_the_time() -> None:
    plan = schedule(range(5), None, PlanOptions())
    assert plan.at_ms is None
    assert lasts_ms(plan, PlanOptions()) is None


def test_shuffled_ones_stay_within_their_window() -> None:
    plan = schedule(range(100), None, PlanOptions(faults=(Fault.parse("shuffled:10"),), seed=1))
    ids = list(plan.captures)
    assert ids != sorted(ids)
    assert [{id_ // 10 for id_ in ids[start : start + 10]} for start in range(0, 100, 10)] == [
        {tens} for tens in range(10)
    ]
    moved = [index for index, id_ in enumerate(ids) if index != id_]
    assert sorted(plan.faults) == moved


def test_ones_that_leave_together_come_in_pairs() -> None:
    course = PlanOptions(rate=10, faults=(Fault.parse("concurrent:3"), Fault.parse("dropped:7")))
    steps = list(schedule(range(1, 12), None, course))
    pairs = [(step.capture_id, step.at_ms) for step in steps if step.fault == "concurrent"]
    assert pairs == [(3, 200), (4, 200), (9, 800), (10, 800)], "6 would have left with 7, which is left out"


@pytest.mark.parametrize(
    "text", ["twice", "twice:", "twice:0", "often:3", "twice:-1", "shuffled:1", "twice:1:2"]
)
def test_what_is_no_fault_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        Fault.parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.0},
        {"rate": float("nan")},
        {"scale": 0.05},
        {"scale": 101.0},
        {"rate": 1.0, "scale": 1.0},
        {"max_gap_s": 1.0},
        {"scale": 1.0, "max_gap_s": -1.0},
        {"at_once": 0},
        {"faults": (Fault(name="twice", every=2), Fault(name="twice", every=3))},
    ],
)
def test_a_course_that_makes_no_sense_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        PlanOptions(**wrong)  # type: ignore[arg-type]


@given(faults, paces, st.integers(0, 10**9), st.booleans())
def test_a_course_is_read_back_as_it_was_written(
    chosen: tuple[Fault, ...], pace: dict[str, float], seed: int, stops: bool
) -> None:
    course = PlanOptions(faults=chosen, seed=seed, is_stopping_on_failure=stops, **pace)  # type: ignore[arg-type]
    assert PlanOptions.from_options(course.as_options()) == course
