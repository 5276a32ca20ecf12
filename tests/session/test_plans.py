"""Plans: paced, spoilt on purpose, paused, stopped, killed, and taken up again without a double or a gap."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.domain.replay.fault import Fault
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox.plan import Progress
from inspector.session.session import Session
from inspector.store.write import deliveries, plans
from inspector.store.write.deliveries import DeliveryState, Queue
from tests.builders import ANSWER, an_answer, signature
from tests.session.conftest import Start
from tests.session.test_replays import OK, put, receiver
from tests.waiting import evaluated, until

NOT_OK = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
BASE_MS = 1_700_000_000_000


def number(request: bytes) -> int:
    """Which of the captures of `put_numbered` it is."""
    return int(request.partition(b"<")[2].partition(b">")[0])


async def put_numbered(session: Session, count: int) -> None:
    await put(session, *[an_answer(f"<{n}>") for n in range(1, count + 1)])


def stands(session: Session, plan_id: int) -> tuple[str, int]:
    """The state of a plan on the file, and how many of its steps wait."""
    return session.store.read(
        lambda connection: (
            plans.read(connection, plan_id).state,
            deliveries.count(connection, Queue(plan_id=plan_id), DeliveryState.WAITING),
        )
    )


async def stopped_midway(session: Session, url: str, at: int, course: PlanOptions) -> int:
    """Start a plan, stop it once so many were attempted, and give its id."""
    run = session.replays.start(await session.replays.plan(url, course=course))
    run.attempted.connect(lambda attempt: run.stop() if run.progress.sent >= at else None)
    assert (await run.wait()).state == "stopped"
    assert run.plan_id is not None
    return run.plan_id


@pytest.mark.parametrize("count", [600, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_plan_that_is_stopped_again_and_again_sends_each_capture_once(
    start: Start, count: int
) -> None:
    session = await start(listening=False)
    await put_numbered(session, count)
    course = PlanOptions(at_once=16)
    async with receiver() as (url, received):
        plan_id = await stopped_midway(session, url, count // 6, course)
        for _ in range(3):
            plan = await session.replays.resume(plan_id)
            run = session.replays.start(plan)
            run.attempted.connect(
                lambda attempt, run=run: run.stop() if run.progress.sent >= count // 6 else None
            )
            await run.wait()
        progress = await session.replays.start(await session.replays.resume(plan_id)).wait()
        assert progress.state == "done"
        unknown = (await session.replays.resume(plan_id)).unknown
    assert max(Counter(map(number, received)).values()) == 1
    assert set(map(number, received)) | set(unknown) == set(range(1, count + 1))
    rows = session.captures.rows(list(range(1, min(count, 500) + 1)))
    assert {row.attempts for row in rows.values()} == {1}


async def test_what_was_given_up_is_unknown_and_goes_out_again_on_request_alone(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 6)
    is_silent = True

    def answer(request: bytes) -> bytes:
        return b"" if is_silent and number(request) == 3 else OK

    async with receiver(answer) as (url, received):
        run = session.replays.start(await session.replays.plan(url))
        run.attempted.connect(lambda row: run.stop() if row.capture_id == 2 else None)
        await run.wait()
        is_silent = False
        assert run.plan_id is not None
        rest = await session.replays.resume(run.plan_id)
        in_doubt = set(rest.unknown)
        await session.replays.start(rest).wait()
        assert sorted(map(number, received)) == [1, 2, 3, 4, 5, 6]
        again = await session.replays.resume(run.plan_id, is_retrying_unknown=True)
        assert (set(again.ids), again.unknown) == (in_doubt, ())
        await session.replays.start(again).wait()
    assert in_doubt <= {3}
    assert [number(request) for request in received[6:]] == sorted(in_doubt)
    assert (await session.replays.resume(run.plan_id)).unknown == ()


async def test_a_pause_lets_what_is_under_way_end_and_starts_nothing_more(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 60)
    seen: list[Progress] = []
    async with receiver() as (url, received):
        run = session.replays.start(await session.replays.plan(url, course=PlanOptions(rate=200, at_once=4)))
        run.progressed.connect(seen.append)
        run.attempted.connect(lambda row: run.pause() if row.capture_id == 10 else None)
        await until(lambda: run.plan_id and stands(session, run.plan_id)[0] == "paused")
        assert run.progress.state == "paused"
        await until(lambda: not (run.progress.sent < len(received)))
        at_rest = len(received)
        plan_id = run.plan_id
        assert stands(session, plan_id) == ("paused", 60 - at_rest)
        assert at_rest < 60
        with pytest.raises(UsageError, match="still running"):
            await session.replays.resume(plan_id)
        assert len(received) == at_rest, "a run that is paused sends nothing"
        run.resume()
        progress = await run.wait()
    assert sorted(map(number, received)) == list(range(1, 61))
    assert (progress.state, progress.succeeded) == ("done", 60)
    assert progress.latest_ms < 250, "what is left moves by as much as it rested"


async def test_the_first_failure_stops_a_plan_that_asks_for_it(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 9)
    async with receiver(lambda request: NOT_OK if number(request) == 4 else OK) as (url, received):
        course = PlanOptions(is_stopping_on_failure=True)
        run = session.replays.start(await session.replays.plan(url, course=course))
        progress = await run.wait()
        assert list(map(number, received)) == [1, 2, 3, 4]
        assert (progress.state, progress.succeeded, progress.failed, progress.left) == ("stopped", 3, 1, 5)
        assert run.plan_id is not None
        assert (await session.replays.start(await session.replays.resume(run.plan_id)).wait()).succeeded == 5
    assert list(map(number, received)) == list(range(1, 10))


async def test_original_timing_is_kept_without_drift(start: Start) -> None:
    session = await start(listening=False)
    offsets = [0, 120, 135, 600, 600, 960, 2400, 2430]
    for n, offset in enumerate(offsets, 1):
        await put(session, an_answer(f"<{n}>"), received_ms=BASE_MS + offset)
    arrived: dict[int, float] = {}

    def answer(request: bytes) -> bytes:
        arrived[number(request)] = time.monotonic()
        if number(request) == 1:
            time.sleep(2.1)  # the whole machine stops, and everything before the last two is late
        return OK

    async with receiver(answer) as (url, received):
        course = PlanOptions(scale=1.0, at_once=4)
        plan = await session.replays.plan(url, course=course)
        assert plan.lasts_ms == 2430
        began = time.monotonic()
        progress = await session.replays.start(plan).wait()
    assert sorted(map(number, received)) == list(range(1, 9))
    # Nothing leaves before its time, however busy the machine is.
    early = [began + offset / 1000 - arrived[n] for n, offset in enumerate(offsets, 1)]
    assert max(early) < 0.005
    # If each waited for its interval after the one before, the last would leave 4.5 s after the first.
    assert arrived[8] - arrived[1] < 4.4
    assert progress.latest_ms > 900


async def test_a_plan_goes_in_the_order_in_which_its_events_were_created(start: Start) -> None:
    session = await start(listening=False)
    for n, second in ((1, 30), (2, 10), (3, 20)):
        await put(session, an_answer(f"<{n}>", at=f"2026-01-01T10:00:{second}.000Z"))
    await put(session, b"<4> no event")
    async with receiver() as (url, received):
        plan = await session.replays.plan(url, course=PlanOptions(order="created"))
        await session.replays.start(plan).wait()
    assert list(map(number, received)) == [2, 3, 4, 1], "what has no time stays with the one before it"


async def test_a_malformed_request_keeps_nobody_from_replaying_by_creation(start: Start) -> None:
    session = await start()
    host, _, port = session.ingest.url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"no HTTP at all\r\n\r\n")
    assert b"400" in await reader.read()
    writer.close()
    await writer.wait_closed()
    await evaluated(session)
    await put_numbered(session, 2)
    async with receiver() as (url, received):
        plan = await session.replays.plan(url, course=PlanOptions(order="created"))
        progress = await session.replays.start(plan).wait()
    assert (progress.succeeded, progress.skipped) == (2, 1)
    assert list(map(number, received)) == [1, 2]


async def test_each_fault_is_seen_by_the_receiver_and_kept_with_its_attempt(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 12)
    course = PlanOptions(
        faults=tuple(map(Fault.parse, ("twice:6", "dropped:5", "broken-signature:4", "stale-secret:3"))),
        seed=7,
    )

    def answer(request: bytes) -> bytes:
        body = request.partition(b"\r\n\r\n")[2]
        is_valid = b"x-webhook-signature: " + signature(body) in request
        return OK if is_valid else b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"

    async with receiver(answer) as (url, received):
        run = session.replays.start(await session.replays.plan(url, course=course))
        progress = await run.wait()
    assert list(map(number, received)) == [1, 2, 3, 4, 6, 6, 7, 8, 9, 11, 12, 12]
    assert (progress.total, progress.sent, progress.skipped) == (14, 12, 2)
    assert (progress.dropped, progress.skipped_because) == (2, ())
    assert (progress.rejected, progress.unexpected) == (progress.failed, 0)
    found = {n: (await session.captures.detail(n)).attempts for n in range(1, 13)}
    told = {
        n: [(attempt.fault, attempt.signature, attempt.status) for attempt in reversed(attempts)]
        for n, attempts in found.items()
    }
    assert told[1] == [(None, "original", 200)]
    assert told[4] == [("broken-signature", "broken", 401)]
    assert told[3] == [("stale-secret", "stale", 401)]
    assert told[5] == []
    assert told[6] == [("stale-secret", "stale", 401), ("twice", "original", 200)]


async def test_the_same_seed_sends_the_same_bytes(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 20)
    course = PlanOptions(faults=(Fault.parse("shuffled:5"), Fault.parse("broken-signature:2")), seed=3)
    async with receiver() as (url, received):
        for seed in (3, 3, 4):
            plan = await session.replays.plan(
                url, course=course if seed == 3 else PlanOptions(faults=course.faults, seed=seed)
            )
            await session.replays.start(plan).wait()
    assert received[:20] == received[20:40] != received[40:]


async def test_two_that_leave_together_are_on_their_way_at_the_same_time_and_no_others_are(
    start: Start,
) -> None:
    session = await start(listening=False)
    await put_numbered(session, 9)
    under_way: set[int] = set()
    together: set[frozenset[int]] = set()
    partners = {3: 4, 4: 3, 6: 7, 7: 6}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                this = number(await reader.readexactly(length))
                under_way.add(this)
                together.add(frozenset(under_way))
                pair = {this, partners.get(this, this)}
                await until(lambda pair=pair: any(pair <= seen for seen in together))
                await asyncio.sleep(0.05)  # for others, which must not leave yet
                under_way.discard(this)
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    plan = await session.replays.plan(url, course=PlanOptions(faults=(Fault.parse("concurrent:3"),)))
    progress = await session.replays.start(plan).wait()
    server.close()
    await server.wait_closed()
    assert progress.succeeded == 9
    assert {pair for pair in together if len(pair) > 1} == {frozenset({3, 4}), frozenset({6, 7})}


async def test_one_that_breaks_off_ends_in_the_midst_of_its_body(start: Start) -> None:
    session = await start(listening=False)
    await put(session, ANSWER)
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    plan = await session.replays.plan(url, course=PlanOptions(faults=(Fault.parse("cut:1"),)))
    progress = await session.replays.start(plan).wait()
    server.close()
    await server.wait_closed()
    [request] = came
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"Content-Length: 359" in head
    assert len(body) < 359
    assert ANSWER.startswith(body)
    assert (progress.failed, progress.rejected, progress.unexpected) == (1, 1, 0)


async def test_delayed_ones_come_later_than_those_after_them(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.client.schedule.DELAY_MS", (100, 200))
    session = await start(listening=False)
    await put_numbered(session, 5)
    async with receiver() as (url, received):
        plan = await session.replays.plan(url, course=PlanOptions(faults=(Fault.parse("delayed:2"),)))
        await session.replays.start(plan).wait()
    assert list(map(number, received))[:3] == [1, 3, 5]
    assert sorted(map(number, received)) == [1, 2, 3, 4, 5]


async def test_a_plan_that_signs_again_leaves_out_what_is_not_valid_and_counts_it(start: Start) -> None:
    session = await start(listening=False)
    await put(session, ANSWER)
    await put(session, an_answer("forged"), signed=False)
    secret = "env:BLITZ_WEBHOOK_SECRET"
    async with receiver() as (url, received):
        for unverified, expected in ((False, (1, 1)), (True, (2, 0))):
            manner = RequestOptions(sign_with=secret, is_resigning_unverified=unverified)
            plan = await session.replays.plan(url, manner=manner)
            progress = await session.replays.start(plan).wait()
            assert (progress.sent, progress.skipped) == expected
    assert signature(an_answer("forged")) in received[-1]
    with pytest.raises(UsageError, match="The secret nobody is missing"):
        await session.replays.plan(url, manner=RequestOptions(sign_with="nobody"))


async def test_a_plan_that_does_not_exist_is_told(start: Start) -> None:
    session = await start(listening=False)
    with pytest.raises(NotFound, match="no plan 7"):
        await session.replays.resume(7)


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_after_a_kill_what_may_have_arrived_is_unknown_and_the_rest_goes_out_once(
    start: Start, tmp_path: Path, count: int
) -> None:
    session = await start(listening=False)
    await put_numbered(session, count)
    killed: list[int] = []

    def answer(request: bytes) -> bytes:
        if not killed and number(request) >= count // 3:
            killed.append(len(received))
            os.kill(process.pid, signal.SIGKILL)
        return OK

    async with receiver(answer) as (url, received):
        process = subprocess.Popen(  # noqa: ASYNC220 - it runs beside this loop, which answers it
            [
                *(sys.executable, "-m", "inspector", "replay", "--to", url, "--at-once", "8"),
                *("--database", str(session.store.path)),
            ],
            stdout=subprocess.DEVNULL,
        )
        await until(lambda: process.poll() is not None)
        assert process.returncode == -signal.SIGKILL
        [unfinished] = session.replays.unfinished()
        rest = await session.replays.resume(unfinished.id)
        assert rest.unknown
        assert len(rest.unknown) <= 8 + 256
        before = len(received)
        progress = await session.replays.start(rest).wait()
        assert (progress.state, progress.sent) == (
            "done",
            count - before_known(received, before, rest.unknown),
        )
        assert max(Counter(map(number, received)).values()) == 1
        assert set(map(number, received)) | set(rest.unknown) == set(range(1, count + 1))
        [unknown, *_] = (await session.captures.detail(rest.unknown[0])).attempts
        assert (unknown.outcome, unknown.plan_id) == ("unknown", unfinished.id)
        again = await session.replays.resume(unfinished.id, is_retrying_unknown=True)
        assert sorted(again.ids) == sorted(rest.unknown)
        await session.replays.start(again).wait()
    assert set(map(number, received)) == set(range(1, count + 1))


def before_known(received: list[bytes], before: int, unknown: tuple[int, ...]) -> int:
    """How many were settled before the plan went on: those with an outcome, and those in doubt."""
    return len(set(map(number, received[:before])) | set(unknown))
