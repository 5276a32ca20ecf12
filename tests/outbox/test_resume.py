"""A plan that is taken up again, perhaps twice: by one session, and once for each capture."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.client.faults import step_request
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox.resume import settle
from inspector.session.session import Session
from inspector.store.write import plans
from tests.builders import ANSWER
from tests.session.conftest import Start
from tests.session.test_plans import number, put_numbered, stands, stopped_midway
from tests.session.test_replays import OK, put, receiver
from tests.waiting import until, wait_until


def owner(session: Session, plan_id: int) -> str | None:
    return session.store.read(lambda connection: plans.read(connection, plan_id).owner)


async def in_doubt(session: Session, count: int) -> tuple[int, set[int]]:
    """A plan of so many captures, stopped when the second was still running, and the captures in doubt."""
    await put_numbered(session, count)
    async with receiver(lambda request: OK if number(request) == 1 else b"") as (url, received):
        run = session.replays.start(await session.replays.plan(url))
        await until(lambda: len(received) >= 2)
        run.stop()
        await run.wait()
    assert run.plan_id is not None
    return run.plan_id, set((await session.replays.resume(run.plan_id)).unknown)


async def test_of_two_that_take_up_a_plan_one_is_turned_away_and_each_capture_goes_out_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = await start(listening=False), await start(listening=False)
    await put_numbered(one, 40)
    gate = asyncio.Event()
    gate.set()
    async with receiver(gate=gate) as (url, received):
        plan_id = await stopped_midway(one, url, 5, PlanOptions())
        both = [await session.replays.resume(plan_id) for session in (one, other)]
        gate.clear()  # so that the first cannot be done before the second begins
        runs = [session.replays.start(plan) for session, plan in zip((one, other), both, strict=True)]
        waits = [asyncio.ensure_future(run.wait()) for run in runs]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        gate.set()
        ends = await asyncio.gather(*waits, return_exceptions=True)
    [refusal] = [end for end in ends if isinstance(end, UsageError)]
    assert "still running" in str(refusal)
    assert sorted(run.progress.state for run in runs) == ["done", "stopped"]
    sent = Counter(map(number, received))
    assert max(sent.values()) == 1
    # The one in flight while the plan was stopped is in doubt: its bytes may be lost with the connection.
    assert set(sent) | set(both[0].unknown) == set(range(1, 41))
    assert stands(one, plan_id) == ("done", 0)
    assert "failed" in caplog.text
    caplog.clear()


async def test_what_went_out_since_a_plan_was_read_does_not_go_out_again(start: Start) -> None:
    one, other = await start(listening=False), await start(listening=False)
    await put_numbered(one, 30)
    async with receiver() as (url, received):
        plan_id = await stopped_midway(one, url, 5, PlanOptions())
        read_early = await other.replays.resume(plan_id)
        run = one.replays.start(await one.replays.resume(plan_id))
        run.attempted.connect(lambda row: run.stop() if row.capture_id == 20 else None)
        await run.wait()
        progress = await other.replays.start(read_early).wait()
    assert max(Counter(map(number, received)).values()) == 1
    assert progress.state == "done"
    assert progress.total == progress.sent < read_early.deliveries
    assert stands(one, plan_id) == ("done", 0)


async def test_a_look_at_a_plan_that_another_session_works_on_changes_nothing_of_it(start: Start) -> None:
    one, other = await start(listening=False), await start(listening=False)
    await put_numbered(one, 6)
    async with receiver(lambda request: OK if number(request) < 3 else b"") as (url, received):
        plan_id = await stopped_midway(one, url, 1, PlanOptions())
        read_early = one.store.read(partial(plans.read, plan_id=plan_id))
        already = len(received)
        run = one.replays.start(await one.replays.resume(plan_id))
        await until(lambda: any(number(request) >= 3 for request in received[already:]))
        before = owner(one, plan_id), stands(one, plan_id)
        with pytest.raises(UsageError, match="still running"):
            await other.replays.resume(plan_id)
        target = run.plan.target
        sends = partial(step_request, target=target, manner=RequestOptions(), seed=0, key=None)
        with pytest.raises(UsageError, match="still running"):  # which had read it just before
            await other.store.write(partial(settle, plan=read_early, sends=sends, target=target))
        assert (owner(one, plan_id), stands(one, plan_id)) == before
        run.stop()
        await run.wait()


async def test_a_plan_is_on_its_way_as_soon_as_it_is_in_the_file(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 3)
    may_write = threading.Event()
    async with receiver() as (url, _):
        plan = await session.replays.plan(url)
        blocked = asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(10)))
        await asyncio.sleep(0)
        run = session.replays.start(plan)
        for _ in range(20):
            await asyncio.sleep(0)  # until the plan waits to be kept
        may_write.set()
        wait_until(lambda: session.store.read(plans.latest) is not None)
        assert run.plan_id is None
        assert session.replays.unfinished() == ()
        assert (await run.wait()).succeeded == 3
    assert await blocked


async def test_to_look_at_what_would_be_sent_again_does_not_have_it_sent(start: Start) -> None:
    session = await start(listening=False)
    plan_id, unknown = await in_doubt(session, 4)
    assert unknown == {2}
    for _ in range(2):  # a dry run, and a dialog that is cancelled
        again = await session.replays.resume(plan_id, is_retrying_unknown=True)
        assert (list(again.ids), again.unknown) == ([2, 3, 4], ())
    rest = await session.replays.resume(plan_id)
    assert (list(rest.ids), rest.unknown) == ([3, 4], (2,))


async def test_what_was_on_its_way_in_a_killed_process_is_kept_as_it_was_sent(
    start: Start, tmp_path: Path
) -> None:
    session = await start(listening=False)
    [capture_id] = await put(session, ANSWER)
    body = tmp_path / "body"
    body.write_bytes(b'{"edited":true}')

    def answer(request: bytes) -> bytes:
        process.kill()
        return b""

    async with receiver(answer) as (url, received):
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "inspector",
                "replay",
                "--to",
                url,
                "--database",
                str(session.store.path),
            ),
            *("--method", "PUT", "--header", "x-a: 1", "--body", str(body)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
        [unfinished] = session.replays.unfinished()
        await session.replays.resume(unfinished.id)
    [row] = (await session.captures.detail(capture_id)).attempts
    attempt = await session.captures.attempt(row.id)
    assert (row.outcome, row.edited, row.signature) == ("unknown", True, "stale")
    assert attempt.sent_head + (attempt.sent_body or b"") == received[0]


async def test_a_plan_that_signs_goes_on_with_the_secret_that_it_began_with_alone(start: Start) -> None:
    session = await start(listening=False)
    await session.secrets.add("staging", "the first", save=False)
    manner = RequestOptions(sign_with="staging", is_resigning_unverified=True)
    await put_numbered(session, 3)
    async with receiver(lambda request: b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") as (url, received):
        course = PlanOptions(is_stopping_on_failure=True)
        run = session.replays.start(await session.replays.plan(url, manner=manner, course=course))
        await run.wait()
        assert run.plan_id is not None
        await session.secrets.remove("staging")
        with pytest.raises(UsageError, match=r"secret staging is missing.*--secret-keyring staging"):
            await session.replays.resume(run.plan_id)
        await session.secrets.add("staging", "another", save=False)
        with pytest.raises(UsageError, match="that secret has changed"):
            await session.replays.resume(run.plan_id)
        await session.secrets.remove("staging")
        await session.secrets.add("staging", "the first", save=False)
        await session.replays.start(await session.replays.resume(run.plan_id)).wait()
    assert len(received) == 2


async def test_what_is_in_doubt_is_sent_again_by_the_first_alone_that_was_asked_to(start: Start) -> None:
    session = await start(listening=False)
    plan_id, unknown = await in_doubt(session, 4)
    one, other = [await session.replays.resume(plan_id, is_retrying_unknown=True) for _ in range(2)]
    [attempt] = (await session.captures.detail(2)).attempts
    assert (one.retried, other.retried) == ((attempt.id,), (attempt.id,))
    async with receiver() as (_, received):
        # Their receiver is gone, which is an outcome and no doubt.
        assert (await session.replays.start(one).wait()).sent == 3
        assert (await session.replays.start(other).wait()).sent == 0
    assert not received
    assert unknown == {2}
    assert len((await session.captures.detail(2)).attempts) == 2
