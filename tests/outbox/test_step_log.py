"""What of a plan is written down as started and as ended, when it pauses, stops, and passes captures over."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from functools import partial

import pytest

from inspector.base.errors import BusyError
from inspector.domain.replay.fault import Fault
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox.step_log import StepLedger
from inspector.store.write import plans
from inspector.store.write.deliveries import DeliveryState
from tests.builders import an_answer
from tests.outbox.test_attempt_writer import an_attempt
from tests.session.conftest import Start
from tests.session.test_plans import number, put_numbered, stands
from tests.session.test_replays import OK, fill_the_disk, put, receiver
from tests.waiting import until


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
    await asyncio.sleep(0.1)  # now it waits to be kept as started; where it does not, the rest holds too
    run.pause()
    may_write.set()
    assert run.plan_id is not None
    await until(lambda: stands(session, run.plan_id)[0] == "paused")
    run.attempted.connect(lambda row: run.stop() if run.progress.sent > 60 else None)
    run.go_on()
    await run.wait()
    rest = await session.replays.resume(run.plan_id)
    await session.replays.start(rest).wait()
    server.close()
    await server.wait_closed()
    assert await blocked[0]
    assert max(Counter(received).values()) == 1
    assert set(received) | set(rest.unknown) == set(range(1, 121))


async def test_a_plan_whose_last_captures_are_passed_over_is_done_in_the_file_too(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 1)
    await put(session, *[an_answer(f"<{n}>") for n in range(2, 161)], signed=False)  # read in three parts
    may_write = threading.Event()
    blocked: list[asyncio.Future[bool]] = []

    def answer(request: bytes) -> bytes:
        # The outcome of this one is being kept for as long as the others are passed over.
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


async def test_where_nothing_can_be_kept_nothing_is_started_and_the_end_alone_tries_again(
    start: Start,
) -> None:
    session = await start(listening=False)
    await put_numbered(session, 2)
    plan = await session.replays.plan("http://127.0.0.1:1/")
    made = partial(plans.insert, made_ms=0, url=plan.target.url, options=plan.options(), owner="nobody")
    steps = [(0, 1, None, None, DeliveryState.STARTED), (1, 2, None, None, DeliveryState.WAITING)]
    plan_id = await session.store.write(partial(made, state="running", total=2, steps=steps))
    kept: list[int] = []
    ledger = StepLedger(
        session.store,
        plan.schedule,
        plan_id,
        owner="nobody",
        started=range(1),
        at_once=1,
        kept=lambda rows: kept.extend(row.capture_id for row in rows),
        is_near=None,
    )
    ledger.leave(0)
    await session.store.write(fill_the_disk)
    await ledger.add(0, an_attempt(1, b"-" * 1_000_000))
    with pytest.raises(BusyError, match="make room"):
        await ledger.start(1)
    assert not kept
    assert not await ledger.finish()
    assert kept == [1]
    assert len((await session.captures.detail(1)).attempts) == 1
