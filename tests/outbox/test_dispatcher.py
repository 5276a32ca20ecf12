"""How deliveries leave: in order, so many at once, at most a window ahead of what is stored, each once."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from inspector.client.outcome import ResponseLimits
from inspector.client.target import Destination, Tls
from inspector.domain.replay.fault import Fault
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox import dispatcher
from inspector.outbox.run import MAX_WINDOW, WINDOW_PER_WORKER
from inspector.session.session import Session
from inspector.store.write import deliveries
from inspector.store.write.deliveries import DeliveryState, Queue
from tests.builders import an_answer
from tests.client.certificates import Authority
from tests.client.receivers import OK as PLAIN_OK
from tests.client.receivers import answers, receiving
from tests.session.conftest import Start
from tests.session.test_plans import number, put_numbered, stands
from tests.session.test_replays import OK, put, receiver
from tests.waiting import until


def started(session: Session, plan_id: int) -> int:
    """How many deliveries may have left, as far as the file knows."""
    count = partial(deliveries.count, queue=Queue(plan_id=plan_id), state=DeliveryState.STARTED)
    return session.store.read(count)


@pytest.mark.parametrize("at_once", [1, 8])
async def test_each_arrives_once_over_as_many_connections_as_are_used_at_once(
    start: Start, at_once: int
) -> None:
    session = await start(listening=False)
    await put_numbered(session, 100)
    arrived: list[bytes] = []
    async with receiving(answers(PLAIN_OK, arrived)) as target:
        plan = await session.replays.plan(target.target.url, course=PlanOptions(at_once=at_once))
        progress = await session.replays.start(plan).wait()
        assert 1 <= target.connections <= at_once
    numbers = list(map(number, arrived))
    assert (numbers if at_once == 1 else sorted(numbers)) == list(range(1, 101))
    assert (progress.state, progress.succeeded) == ("done", 100)


async def test_no_more_are_in_flight_than_were_asked_for(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 12)
    in_flight = most = 0
    are_three = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal in_flight, most
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                in_flight += 1
                most = max(most, in_flight)
                if most == 3:
                    are_three.set()
                await are_three.wait()
                await asyncio.sleep(0.02)  # for one more than may be in flight
                in_flight -= 1
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await session.replays.start(await session.replays.plan(url, course=PlanOptions(at_once=3))).wait()
    server.close()
    await server.wait_closed()
    assert most == 3


@pytest.mark.parametrize(("at_once", "window"), [(1, WINDOW_PER_WORKER), (64, MAX_WINDOW)])
async def test_at_most_a_window_is_claimed_beyond_what_has_ended(
    start: Start, at_once: int, window: int
) -> None:
    session = await start(listening=False)
    await put_numbered(session, 2 * MAX_WINDOW)
    gate, most = asyncio.Event(), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await gate.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    run = session.replays.start(await session.replays.plan(url, course=PlanOptions(at_once=at_once)))
    plan_id = await until(lambda: run.plan_id, lambda plan_id: plan_id is not None)
    for _ in range(20):
        most = max(most, started(session, plan_id))
        await asyncio.sleep(0.01)
    run.stop()
    await run.wait()
    gate.set()
    server.close()
    await server.wait_closed()
    assert 0 < most <= window + at_once
    assert started(session, plan_id) == 0
    assert stands(session, plan_id)[0] == "stopped"


async def test_a_pause_while_one_that_was_held_back_is_to_leave_sends_nothing_twice(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.client.schedule.DELAY_MS", (200, 200))
    session = await start(listening=False)
    await put_numbered(session, 120)
    may_write, has_answered = threading.Event(), asyncio.Event()
    blocked: list[asyncio.Future[bool]] = []
    received: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                received.append(number(await reader.readexactly(length)))
                if received[-1] == 40:
                    write = session.store.write(lambda connection: may_write.wait(10))
                    blocked.append(asyncio.ensure_future(write))
                    await asyncio.sleep(0.3)  # until the thirtieth, which was held back, comes next
                writer.write(OK)
                if received[-1] == 40:
                    has_answered.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    course = PlanOptions(faults=(Fault.parse("delayed:30"),))
    run = session.replays.start(await session.replays.plan(url, course=course))
    await has_answered.wait()
    await asyncio.sleep(0.1)  # now it waits to be claimed
    run.pause()
    may_write.set()
    assert run.plan_id is not None
    await until(lambda: stands(session, run.plan_id)[0] == "paused")
    assert started(session, run.plan_id) == 0
    run.attempted.connect(lambda row: run.stop() if run.progress.sent > 60 else None)
    run.resume()
    await run.wait()
    rest = await session.replays.resume(run.plan_id)
    await session.replays.start(rest).wait()
    server.close()
    await server.wait_closed()
    assert await blocked[0]
    assert max(Counter(received).values()) == 1
    assert set(received) | set(rest.unknown) == set(range(1, 121))


async def test_a_plan_whose_last_captures_are_skipped_is_done_in_the_file_too(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 1)
    await put(session, *[an_answer(f"<{n}>") for n in range(2, 161)], signed=False)  # several windows
    may_write = threading.Event()
    blocked: list[asyncio.Future[bool]] = []

    def answer(request: bytes) -> bytes:
        # The outcome of this one is being stored for as long as the others are skipped.
        blocked.append(asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(10))))
        return OK

    async with receiver(answer) as (url, _):
        manner = RequestOptions(sign_with="env:BLITZ_WEBHOOK_SECRET")
        run = session.replays.start(await session.replays.plan(url, manner=manner))
        await until(lambda: run.progress.skipped >= 159)
        may_write.set()
        progress = await run.wait()
    assert await blocked[0]
    assert (progress.state, progress.sent, progress.skipped) == ("done", 1, 159)
    assert run.plan_id is not None
    assert stands(session, run.plan_id) == ("done", 0)
    assert not session.replays.unfinished()


async def test_a_plan_without_deliveries_opens_no_connection_and_is_done(start: Start) -> None:
    session = await start(listening=False)
    async with receiving(answers(PLAIN_OK, [])) as target:
        plan = await session.replays.plan(target.target.url)
        assert (await session.replays.start(plan).wait()).state == "done"
        assert target.connections == 0


async def test_a_target_is_sent_to_with_its_own_certificates(start: Start, tmp_path: Path) -> None:
    session = await start(listening=False)
    await put_numbered(session, 4)
    authority = Authority(tmp_path / "ca")
    async with receiving(answers(PLAIN_OK), tls=authority.server_context()) as target:
        outcomes = []
        for tls in (Tls(), Tls(authority=authority.own.certificate)):
            destination = Destination(target=replace(target.target, tls=tls), limits=ResponseLimits())
            plan = await session.replays.plan(destination, course=PlanOptions(at_once=2))
            run = session.replays.start(plan)
            run.attempted.connect(lambda row: outcomes.append(row.outcome))
            await run.wait()
    assert outcomes == ["tls"] * 4 + ["ok"] * 4


async def test_large_bodies_are_not_read_far_ahead(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "READ_BYTES", 100_000)
    session = await start(listening=False)
    await put(session, *[an_answer(f"<{n}>" + "x" * 60_000) for n in range(1, 41)])
    gate, arrived = asyncio.Event(), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                arrived += 1
                await gate.wait()
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    run = session.replays.start(await session.replays.plan(url, course=PlanOptions(at_once=4)))
    await until(lambda: arrived, lambda count: count >= 4)
    assert run.plan_id is not None
    await asyncio.sleep(0.1)
    assert started(session, run.plan_id) <= 4 + 4, "those in flight, and two reads of two bodies each"
    gate.set()
    assert (await run.wait()).succeeded == 40
    server.close()
    await server.wait_closed()
