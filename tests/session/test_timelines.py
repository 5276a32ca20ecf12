"""The time strip's numbers: counted by verdict, whatever span is named, and kept in step with the file."""

from __future__ import annotations

import asyncio

import pytest

from inspector.domain.query.scope import EVERYTHING
from inspector.domain.statistics.timeline import Timeline
from inspector.session import timelines
from inspector.session.session import Session
from tests.builders import a_capture, an_answer, signature
from tests.session.conftest import Start
from tests.store.conftest import put as put_into

HOUR = 3_600_000
NOW = 1_790_000_000_000
"""A whole number of seconds."""


async def put(session: Session, *given: tuple[int, str]) -> None:
    """Store captures that came at these times with these verdicts."""
    body = an_answer()
    signatures = {"valid": signature(body), "rewritten": signature(body), "invalid": b"0" * 64}
    sent = []
    for received_ms, verdict in given:
        headers = ((b"x-webhook-signature", signatures[verdict]),) if verdict in signatures else ()
        rewritten = body.replace(b":", b": ", 1) if verdict == "rewritten" else body
        sent.append(a_capture(rewritten, signed=False, headers=headers, received_ms=received_ms))
    await put_into(session.store, *sent)


async def counted(session: Session, text: str = "", since_ms: int | None = None) -> Timeline:
    counting = session.timelines.of(EVERYTHING, text, since_ms)
    await counting.update()
    assert counting.is_whole
    return counting.timeline


async def test_each_verdict_is_counted_in_the_bucket_of_its_time(start: Start) -> None:
    session = await start(listening=False)
    await put(
        session, (NOW, "valid"), (NOW + 400, "rewritten"), (NOW + 999, "invalid"), (NOW + 9_000, "unsigned")
    )
    timeline = await counted(session)
    assert timeline.step_ms == 1000
    assert timeline.buckets == {NOW: (1, 1, 1, 0, 0), NOW + 9_000: (0, 0, 0, 1, 0)}


async def test_the_span_that_a_filter_names_does_not_narrow_what_is_counted(start: Start) -> None:
    session = await start(listening=False)
    await put(session, (NOW, "valid"), (NOW + HOUR, "invalid"))
    assert (await counted(session, "since:1m")).total == (1, 0, 1, 0, 0)
    assert (await counted(session, "verdict:invalid since:1m")).total == (0, 0, 1, 0, 0)


async def test_what_came_since_is_added_and_nothing_is_counted_twice(start: Start) -> None:
    session = await start(listening=False)
    await put(session, (NOW, "valid"))
    counting = session.timelines.of(EVERYTHING, "")
    await counting.update()
    await put(session, (NOW + 500, "invalid"), (NOW + HOUR, "valid"))
    await asyncio.gather(counting.update(), counting.update())
    assert counting.timeline.total == (2, 0, 1, 0, 0)
    assert session.timelines.of(EVERYTHING, "") is counting


async def test_captures_far_apart_are_in_long_buckets_and_a_filter_of_few_in_short_ones(start: Start) -> None:
    session = await start(listening=False)
    await put(
        session, (NOW, "valid"), (NOW + 3_000 * HOUR, "invalid"), (NOW + 3_000 * HOUR + 5_000, "invalid")
    )
    assert (await counted(session)).step_ms > HOUR
    few = await counted(session, "verdict:invalid")
    assert few.step_ms == 1000
    assert list(few.buckets) == [NOW + 3_000 * HOUR, NOW + 3_000 * HOUR + 5_000]


async def test_only_what_came_since_a_moment_can_be_counted(start: Start) -> None:
    session = await start(listening=False)
    await put(session, (NOW, "valid"), (NOW + HOUR, "invalid"))
    assert (await counted(session, since_ms=NOW + 1)).total == (0, 0, 1, 0, 0)


async def test_what_is_still_to_be_judged_is_counted_once_it_is(start: Start) -> None:
    session = await start(listening=False)
    await put(session, (NOW, "valid"), (NOW, "invalid"))
    write = session.store.write
    await write(lambda connection: connection.execute("UPDATE captures SET reason = 'pending' WHERE id = 2"))
    counting = session.timelines.of(EVERYTHING, "")
    await counting.update()
    assert counting.timeline.total == (1, 0, 0, 0, 0)
    await write(lambda connection: connection.execute("UPDATE captures SET reason = NULL WHERE id = 2"))
    await counting.update()
    assert counting.timeline.total == (1, 0, 1, 0, 0)


async def test_after_a_clearing_everything_is_counted_anew(start: Start) -> None:
    session = await start(listening=False)
    await put(session, (NOW, "valid"), (NOW, "invalid"))
    await counted(session)
    await session.captures.clear(text="verdict:valid")
    session.timelines.forget()
    assert (await counted(session)).total == (0, 0, 1, 0, 0)


async def test_many_are_counted_in_slices_and_a_count_that_is_stopped_ends(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(listening=False)
    monkeypatch.setattr(timelines, "FIRST_SLICE", 3)
    await put(session, *((NOW + number * 250, "valid") for number in range(40)))
    timeline = await counted(session)
    assert timeline.total == (40, 0, 0, 0, 0)
    assert len(timeline.buckets) == 10
    stopped = session.timelines.of(EVERYTHING, "verdict:valid")
    stopped.stop()
    await stopped.update()
    assert not stopped.is_whole
