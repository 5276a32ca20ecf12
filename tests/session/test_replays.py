"""Replaying from the store: what goes out, what is kept, what is skipped."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from inspector.base.errors import BusyError, NotFound, UsageError
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.domain.signature.evaluation import evaluate
from inspector.outbox.run import WINDOW_PER_WORKER
from inspector.session.session import Session
from inspector.store.write.columns import new_capture
from tests.builders import ANSWER, a_capture, a_secret, an_answer
from tests.session.conftest import Start
from tests.waiting import until

Answer = Callable[[bytes], bytes]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OK_AND_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"-" * 1_000_000


@asynccontextmanager
async def receiver(
    answer: Answer = lambda request: OK, gate: asyncio.Event | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that keeps what it received: its URL, and the requests. It responds while `gate` is set."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line[15:])
                request = head + await reader.readexactly(length)
                received.append(request)
                if gate is not None:
                    await gate.wait()
                writer.write(answer(request))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/", received
    finally:
        server.close()
        await server.wait_closed()


async def put(session: Session, *bodies: bytes, **changes: object) -> list[int]:
    ids = []
    for body in bodies:
        capture = a_capture(body, **changes)
        judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
        ids.append(await session.store.append(new_capture(capture, judgement)))
    return ids


async def test_a_capture_goes_out_with_its_signature_and_the_attempt_is_kept(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with receiver() as (url, received):
        run = session.replays.start(await session.replays.plan(url, ids=[first]))
        progress = await run.wait()
    assert (progress.sent, progress.succeeded, progress.failed, progress.skipped) == (1, 1, 0, 0)
    assert received[0].endswith(ANSWER)
    assert b"x-webhook-signature: 65bd3c41" in received[0]
    [attempt] = (await session.captures.detail(first)).attempts
    assert (attempt.status, attempt.outcome, attempt.signature) == (200, "ok", "original")
    assert (await session.captures.attempt(attempt.id)).response_body == b"ok"


async def test_one_at_a_time_keeps_the_order_of_arrival(start: Start) -> None:
    session = await start(listening=False)
    bodies = [an_answer(str(n)) for n in range(150)]
    await put(session, *bodies)
    async with receiver() as (url, received):
        await session.replays.start(await session.replays.plan(url)).wait()
    assert [request.partition(b"\r\n\r\n")[2] for request in received] == bodies


async def test_chosen_captures_go_out_oldest_first_however_they_were_chosen(start: Start) -> None:
    session = await start(listening=False)
    await put(session, *[an_answer(str(n)) for n in range(4)])
    plan = await session.replays.plan("http://127.0.0.1:1/", ids=[4, 1, 3])
    assert list(plan.ids) == [1, 3, 4]


async def test_what_cannot_be_replayed_is_skipped_with_its_reason_and_is_no_failure(start: Start) -> None:
    session = await start(listening=False)
    await put(session, ANSWER)
    await put(session, b"half", kind="cut")
    async with receiver() as (url, received):
        progress = await session.replays.start(await session.replays.plan(url)).wait()
    assert (progress.sent, progress.skipped, progress.failed) == (1, 1, 0)
    assert "the end of its body is missing" in progress.skipped_because[0][0]
    assert len(received) == 1


async def test_a_failure_is_kept_in_words_and_the_rest_goes_on(start: Start) -> None:
    session = await start(listening=False)
    await put(session, an_answer("bad"), an_answer("good"))

    def answer(request: bytes) -> bytes:
        return b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" if b'"bad"' in request else OK

    async with receiver(answer) as (url, _):
        progress = await session.replays.start(await session.replays.plan(url)).wait()
    assert (progress.succeeded, progress.failed) == (1, 1)
    assert session.captures.rows([1])[1].last_status == 500


async def test_a_filter_chooses_what_is_sent_and_a_limit_takes_the_newest(start: Start) -> None:
    session = await start(listening=False)
    await put(session, *[an_answer(str(n), user=f"u-{n % 2}") for n in range(10)])
    assert list((await session.replays.plan("http://127.0.0.1:1/", text="user:u-1")).ids) == [2, 4, 6, 8, 10]
    assert list((await session.replays.plan("http://127.0.0.1:1/", limit=3)).ids) == [8, 9, 10]


async def test_a_run_can_be_stopped_and_tells_what_was_sent(start: Start) -> None:
    session = await start(listening=False)
    await put(session, *[an_answer(str(n)) for n in range(10)])
    async with receiver(lambda request: b"" if b'"5"' in request else OK) as (url, received):
        run = session.replays.start(await session.replays.plan(url))
        run.attempted.connect(lambda attempt: run.stop() if attempt.capture_id == 5 else None)
        progress = await run.wait()
    assert progress.state == "stopped"
    assert progress.sent == len(received) == 6
    assert [attempt.outcome for attempt in (await session.captures.detail(6)).attempts] == ["unknown"]


async def test_each_attempt_is_kept_once_when_many_are_on_their_way_and_the_run_is_stopped(
    start: Start,
) -> None:
    session = await start(listening=False)
    ids = await put(session, *[an_answer(f"<{n}>") for n in range(1, 201)])
    told: list[tuple[int, int]] = []
    answered = 0

    def answer(request: bytes) -> bytes:
        nonlocal answered
        answered += 1
        if answered == 100:
            run.stop()
        return OK if answered < 100 else b""

    async with receiver(answer) as (url, received):
        run = session.replays.start(await session.replays.plan(url), at_once=16)
        run.attempted.connect(lambda attempt: told.append((attempt.id, attempt.capture_id)))
        progress = await run.wait()
    kept = {capture_id: (await session.captures.detail(capture_id)).attempts for capture_id in ids}
    assert max(len(attempts) for attempts in kept.values()) == 1
    by_id = sorted((attempt.id, attempt.capture_id) for [attempt] in filter(None, kept.values()))
    assert told == by_id
    assert progress.sent == len(told) <= 99 + 16
    sent = {int(request.partition(b"<")[2].partition(b">")[0]) for request in received}
    assert sent <= {capture_id for _, capture_id in told}
    outcomes = [attempt.outcome for [attempt] in filter(None, kept.values())]
    assert (outcomes.count("ok"), outcomes.count("unknown")) == (progress.succeeded, progress.failed)
    assert outcomes.count("unknown") > 0


def fill_the_disk(connection: sqlite3.Connection) -> None:
    """Until the file is opened anew."""
    connection.execute("PRAGMA max_page_count = 1")


async def test_a_run_ends_where_attempts_cannot_be_kept_and_keeps_them_once_there_is_room(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start(listening=False)
    await put(session, *[an_answer(str(n)) for n in range(40)])

    async with receiver(lambda request: OK_AND_LONG) as (url, received):
        plan = await session.replays.plan(url)
        await session.store.write(fill_the_disk)
        run = session.replays.start(plan)
        with pytest.raises(BusyError, match="Free some space"):
            await run.wait()
    assert 0 < run.progress.sent == len(received) < 40
    rows = session.captures.rows(list(plan.ids))
    assert [rows[id_].attempts for id_ in plan.ids] == [1] * len(received) + [0] * (40 - len(received))
    assert "full or failing" in caplog.text
    caplog.clear()


async def test_a_run_whose_plan_cannot_be_kept_has_ended_and_says_why(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start(listening=False)
    await put(session, ANSWER)
    told: list[str] = []
    async with receiver() as (url, received):
        large = RequestOptions(edit=Edit(body=b"-" * 1_000_000))
        plan = await session.replays.plan(url, manner=large)
        await session.store.write(fill_the_disk)
        run = session.replays.start(plan)
        run.progressed.connect(lambda progress: told.append(progress.state))
        with pytest.raises(BusyError, match="Free some space"):
            await run.wait()
    assert (run.progress.state, told) == ("stopped", ["stopped"])
    assert not received
    assert not session.replays.runs
    assert "full or failing" in caplog.text
    caplog.clear()


async def test_nothing_leaves_while_it_cannot_be_kept_that_it_was_started(start: Start) -> None:
    session = await start(listening=False)
    await put(session, *[an_answer(str(n)) for n in range(40)])
    may_write = threading.Event()
    blocked: list[asyncio.Future[bool]] = []
    too_early: list[int] = []

    def answer(request: bytes) -> bytes:
        if not blocked:
            blocked.append(asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(10))))
            asyncio.get_running_loop().call_later(0.1, may_write.set)
        if len(received) > WINDOW_PER_WORKER and not may_write.is_set():
            too_early.append(len(received))
        return OK

    async with receiver(answer) as (url, received):
        progress = await session.replays.start(await session.replays.plan(url)).wait()
    assert await blocked[0]
    assert not too_early
    assert progress.succeeded == 40


async def test_another_machine_has_to_be_allowed_first(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    plan = await session.replays.plan("http://192.0.2.1:9/", ids=[first])
    assert plan.asks_host == "192.0.2.1"
    with pytest.raises(UsageError, match="Allow the host first"):
        session.replays.start(plan)
    await session.hosts.allow("192.0.2.1")
    assert (await session.replays.plan("http://192.0.2.1:9/", ids=[first])).asks_host is None
    await session.hosts.revoke("192.0.2.1")
    assert session.hosts.names == ()


async def test_an_unknown_id_is_told_before_anything_is_sent(start: Start) -> None:
    session = await start(listening=False)
    with pytest.raises(NotFound, match="no capture 99"):
        await session.replays.plan("http://127.0.0.1:1/", ids=[99])


async def test_a_name_server_that_does_not_answer_keeps_nobody_from_reading(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))  # a window has four
    asked, answered = threading.Semaphore(0), threading.Event()
    answered.set()

    def slowly(*_: object, **__: object) -> None:
        asked.release()
        answered.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    session = await start(listening=False)
    await put(session, *[an_answer(str(number)) for number in range(3)])
    await session.hosts.allow("slow.example")
    plan = await session.replays.plan("http://slow.example/", course=PlanOptions(at_once=3))
    while asked.acquire(blocking=False):
        pass
    answered.clear()
    run = session.replays.start(plan)
    for _ in range(2):
        await until(lambda: asked.acquire(blocking=False))
    try:
        assert (await session.captures.detail(1)).capture.body == an_answer("0")
    finally:
        answered.set()
        await run.wait()
