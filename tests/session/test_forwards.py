"""Forwarding: what goes where as it arrives, in which order, and what becomes of it when a target fails."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.client.edit import forwarded
from inspector.domain.capture.capture import Capture
from inspector.domain.query import QueryError
from inspector.domain.query.scope import EVERYTHING
from inspector.outbox import forwarder, loop_detector
from inspector.outbox.loop_detector import ROUNDS
from inspector.session.file import watcher
from inspector.session.forwards import ForwardRow
from inspector.session.session import Session
from tests.builders import ANSWER, SECRET_TEXT, an_answer, signature
from tests.ports import free_port
from tests.session import conftest
from tests.session.conftest import Seen, Start, post
from tests.session.test_replays import put
from tests.waiting import evaluated, until

FAST = (("forward_first_seconds", "0.05"), ("forward_longest_seconds", "0.2"))
LASTING = (*FAST, ("forward_tries", "100"))
"""Captures are not given up while a busy machine needs long for the next step of a test."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

Answer = Callable[[bytes], Awaitable[bytes | None]]


class Target:
    """A user's back end: keeps what it received, and answers as a test says."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.answer: Answer = _ok
        self.most_at_once = 0
        self.port = free_port()
        """It is closed and opened again, and clients never get it meanwhile."""
        self._at_once = 0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)

    async def stop(self) -> None:
        """Close the port, and what is open with it."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def got(self, number: int) -> None:
        await until(lambda: len(self.bodies), lambda count: count >= number)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with contextlib.suppress(asyncio.CancelledError):  # Python 3.11 tells of it as of a failure
            await self._answer_all(reader, writer)
        self._serving.discard(task)
        writer.transport.abort()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                self.heads.append(head)
                self.bodies.append(body)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                answer = await self.answer(body)
                self._at_once -= 1
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()


async def _ok(body: bytes) -> bytes:
    return OK


def held_back(target: Target) -> asyncio.Event:
    """Let a target respond only once the returned event is set."""
    gate = asyncio.Event()

    async def answer(body: bytes) -> bytes:
        await gate.wait()
        return OK

    target.answer = answer
    return gate


@asynccontextmanager
async def a_target(host: str = "127.0.0.1") -> AsyncIterator[Target]:
    target = Target(host)
    await target.start()
    try:
        yield target
    finally:
        await target.stop()


async def send(session: Session, *bodies: bytes, secret: str | None = SECRET_TEXT) -> list[int]:
    """Post bodies to the listener, signed unless `secret` is None; the statuses, once all are evaluated."""
    assert session.ingest.url is not None
    statuses = [
        await conftest.send(
            session.ingest.url,
            body,
            *([(b"x-webhook-signature", signature(body, secret))] if secret is not None else []),
        )
        for body in bodies
    ]
    await evaluated(session)
    return statuses


async def until_forward(session: Session, is_right: Callable[[ForwardRow], bool]) -> ForwardRow:
    """Wait until the one forward is so."""
    return await until(lambda: session.forwards.rows()[0], is_right)


def an_outer_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but its own")
        address: str = probe.getsockname()[0]
        return address


def said(session: Session) -> list[str]:
    sentences: list[str] = []
    session.forwards.message_posted.connect(sentences.append)
    return sentences


# ---- what goes out


async def test_an_import_does_not_overtake_captures_that_wait_for_their_evaluation(start: Start) -> None:
    """What remembers the last id that it saw, such as a forward, would never see them."""
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await evaluated(session)
        with conftest.stopped_evaluator():
            assert session.ingest.url is not None
            for body in (an_answer(f"U{place}") for place in range(3)):
                signed = (b"x-webhook-signature", signature(body))
                assert await conftest.send(session.ingest.url, body, signed) == 200
            [imported] = await put(session, ANSWER, kind="imported")
            rows = session.captures.rows(range(1, 10))
            assert {one: row.verdict.reason for one, row in rows.items()} == {
                1: "pending", 2: "pending", 3: "pending", imported: None,
            }  # fmt: skip
            seen = Seen(session)
        await until(lambda: {1, 2, 3} <= {*seen.captured} & {*seen.judged})
        rows = session.captures.rows([1, 2, 3])
        assert [rows[one].verdict.word for one in sorted(rows)] == ["valid"] * 3
        await target.got(3)
        assert sorted(target.bodies) == [an_answer(f"U{place}") for place in range(3)]
        await evaluated(session)
        assert session.captures.figures().valid == 4


async def test_each_new_capture_goes_to_every_target_as_it_arrived(start: Start) -> None:
    session = await start()
    async with a_target() as first, a_target() as second:
        await session.forwards.add(first.url)
        await session.forwards.add(second.url + "hook?x=1")
        assert session.ingest.url is not None
        status = await post(
            session.ingest.url,
            ANSWER,
            (b"x-webhook-signature", signature(ANSWER)),
            (b"Cookie", b"a=b"),
            (b"AUTHORIZATION", b"Basic x"),
            (b"X-Forwarded-For", b"1.2.3.4"),
            (b"Forwarded", b"for=1.2.3.4"),
            (b"X-Real-IP", b"1.2.3.4"),
            (b"CF-Connecting-IP", b"1.2.3.4"),
            (b"X-Other", b"stays"),
            target=b"/in?raw=%20",
        )
        assert status == 200
        await first.got(1)
        await second.got(1)
        await session.forwards.deliver_all(5)
        assert first.heads[0].startswith(b"POST /in?raw=%20 HTTP/1.1\r\n")
        assert second.heads[0].startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
        assert b"x-webhook-signature: 65bd3c41" in first.heads[0]
        assert b"\r\nX-Other: stays\r\n" in first.heads[0]
        for private in (b"cookie", b"authorization", b"forwarded", b"1.2.3.4"):
            assert private not in first.heads[0].lower()
        assert first.bodies == second.bodies == [ANSWER]
        detail = await session.captures.detail(1)
        assert {attempt.forward_id for attempt in detail.attempts} == {1, 2}
        assert session.captures.matching([1], EVERYTHING, "is:forwarded -is:replayed") == {1}


async def test_untrusted_samples_and_other_methods_stay_here_unless_the_rule_names_them(
    start: Start,
) -> None:
    session = await start()
    async with a_target() as usual, a_target() as invalid:
        await session.forwards.add(usual.url)
        await session.forwards.add(invalid.url, rule="verdict:invalid method:POST")
        await send(session, an_answer("unsigned"), secret=None)
        await send(session, an_answer("forged"), secret="another")
        await session.samples.send()
        await send(session, an_answer("good"))
        await invalid.got(1)
        await usual.got(1)
        await session.forwards.deliver_all(5)
        assert usual.bodies == [an_answer("good")]
        assert invalid.bodies == [an_answer("forged")]


async def test_a_rule_may_ask_for_samples(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url, rule="is:sample")
        await send(session, an_answer("real"))
        result = await session.samples.send()
        await target.got(result.sent)
        await session.forwards.deliver_all(5)
        assert len(target.bodies) == result.sent
        assert an_answer("real") not in target.bodies


async def test_a_large_capture_goes_once_it_is_judged_and_keeps_its_place(start: Start) -> None:
    session = await start()
    large = an_answer("x" * 100_000, user="u-1")
    async with a_target() as target:
        await session.forwards.add(target.url)
        await send(session, large, an_answer("after", user="u-1"))
        await target.got(2)
        assert target.bodies == [large, an_answer("after", user="u-1")]


async def test_what_arrived_before_it_was_made_is_of_no_concern_to_it(start: Start) -> None:
    session = await start()
    await send(session, an_answer("before"))
    async with a_target() as target:
        await session.forwards.add(target.url)
        await send(session, an_answer("after"))
        await target.got(1)
        await session.forwards.deliver_all(5)
        assert await session.forwards.catch_up(1) == 0
        assert target.bodies == [an_answer("after")]


async def test_a_mistaken_rule_or_url_is_refused_in_words(start: Start) -> None:
    session = await start()
    with pytest.raises(QueryError):
        await session.forwards.add("http://127.0.0.1:9/", rule="is:nothing")
    with pytest.raises(UsageError, match="http://"):
        await session.forwards.add("nowhere")
    assert session.forwards.rows() == ()


async def test_the_same_to_the_same_target_is_not_sent_twice(start: Start) -> None:
    session = await start(listening=False)
    async with a_target() as target:
        await session.forwards.add(target.url)
        with pytest.raises(UsageError, match="already"):
            await session.forwards.add(target.url)
        session.forwards.add_for_run(target.url)
        session.forwards.add_for_run(target.url + "run")
        session.forwards.add_for_run(target.url + "run")
        await session.listen()
        assert [row.is_for_run for row in session.forwards.rows()] == [False, True]
        await send(session, ANSWER)
        await session.forwards.deliver_all(5)
        assert len(target.bodies) == 2


# ---- order, retries


async def test_the_order_of_each_respondent_is_kept_while_others_go_on(start: Start) -> None:
    """One respondent's first answer fails three times; nobody else waits for it, its later ones do."""
    session = await start(settings=FAST)
    failures = 3
    first = [an_answer(str(n), user="slow") for n in range(4)]
    others = [an_answer(str(n), user=f"u-{n}") for n in range(12)]

    async def answer(body: bytes) -> bytes:
        nonlocal failures
        if body == first[0] and failures:
            failures -= 1
            if not failures:  # otherwise its retries can be over before the others are evaluated
                await until(lambda: any(one in others for one in target.bodies))
            return BAD
        return OK

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        await send(session, *first, *others)
        await target.got(len(first) + len(others) + 3)
        slow = [body for body in target.bodies if b'"slow"' in body]
        assert slow == [first[0]] * 3 + first
        last_failure = [i for i, body in enumerate(target.bodies) if body == first[0]][-1]
        assert any(body in others for body in target.bodies[:last_failure])
        row = await until_forward(session, lambda row: row.delivered == 16)
        assert (row.waiting, row.failed, row.state) == (0, 0, "on")
    attempts = (await session.captures.detail(1)).attempts
    assert [attempt.status for attempt in attempts] == [200, 500, 500, 500]


async def test_no_more_go_out_at_once_than_the_setting_says(start: Start) -> None:
    session = await start(settings=(("forward_at_once", "3"),))
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url)
        await send(session, *[an_answer("x", user=f"u-{n}") for n in range(20)])
        await target.got(3)
        await until_forward(session, lambda row: row.waiting == 20)
        await asyncio.sleep(0.02)  # for a fourth, which must not leave
        gate.set()
        await until_forward(session, lambda row: row.delivered == 20)
        assert target.most_at_once == 3


async def test_what_is_not_wanted_is_not_tried_again_and_is_told(start: Start) -> None:
    session = await start(settings=FAST)
    sentences = said(session)

    async def answer(body: bytes) -> bytes:
        return b"HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        await send(session, ANSWER)
        row = await until_forward(session, lambda row: row.failed == 1)
        assert row.waiting == 0
        assert len(target.bodies) == 1
        assert "it responded with 422" in sentences[-1]


async def test_a_capture_is_given_up_after_so_many_tries_and_the_next_of_its_respondent_goes(
    start: Start,
) -> None:
    session = await start(settings=(*FAST, ("forward_tries", "3")))

    async def answer(body: bytes) -> bytes:
        return BAD if b'"bad"' in body else OK

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        await send(session, an_answer("bad"), an_answer("good"))
        await until_forward(session, lambda row: (row.failed, row.delivered) == (1, 1))
        assert target.bodies == [an_answer("bad")] * 3 + [an_answer("good")]


async def test_a_capture_that_a_defect_of_ours_cannot_prepare_fails_alone(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start(settings=FAST)
    sentences = said(session)

    def defective(capture: Capture) -> Capture:
        return forwarded(capture) if b'"bad"' not in capture.body else 1 // 0  # type: ignore[return-value]

    monkeypatch.setattr("inspector.outbox.forwarder.forwarded", defective)
    async with a_target() as target:
        await session.forwards.add(target.url)
        await send(session, an_answer("bad"), an_answer("good"))
        await until_forward(session, lambda row: (row.failed, row.delivered) == (1, 1))
        assert target.bodies == [an_answer("good")]
    assert "Capture 1 was not delivered" in sentences[0]
    assert "Internal error" in sentences[0]
    assert "cannot prepare capture 1" in caplog.text
    caplog.clear()


async def test_retry_after_is_waited_out_by_everything_that_goes_there(start: Start) -> None:
    session = await start(settings=FAST)
    times: list[float] = []

    async def answer(body: bytes) -> bytes:
        times.append(time.monotonic())
        if len(times) == 1:
            return b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        return OK

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        await send(session, an_answer("1", user="a"))
        await until_forward(session, lambda row: row.state == "waiting")
        await send(session, an_answer("2", user="b"))
        await until_forward(session, lambda row: row.delivered == 2)
    assert times[1] - times[0] >= 0.99


async def test_a_target_that_is_away_gets_everything_once_it_is_back(start: Start) -> None:
    session = await start(settings=LASTING)
    sentences = said(session)
    async with a_target() as target:
        await target.stop()
        await session.forwards.add(target.url)
        bodies = [an_answer(str(n)) for n in range(5)]
        assert await send(session, *bodies) == [200] * 5
        row = await until_forward(session, lambda row: row.state == "waiting" and row.waiting == 5)
        assert row.trouble == f"Nothing listens at 127.0.0.1:{target.port}."
        await target.start()
        await until_forward(session, lambda row: row.delivered == 5)
        assert target.bodies == bodies
        assert "waits: Nothing listens" in sentences[0]
        assert "responds again" in sentences[-1]


async def test_a_target_that_stays_away_is_reported_once(start: Start) -> None:
    session = await start(settings=(*FAST, ("forward_tries", "1")))
    sentences = said(session)
    async with a_target() as target:
        await target.stop()
        await session.forwards.add(target.url)
        await send(session, *(an_answer(str(n), user=str(n)) for n in range(4)))
        await until_forward(session, lambda row: row.failed == 4)
        assert [one.partition(" waits: ")[1] for one in sentences] == [" waits: "]


async def test_each_reason_for_failures_is_reported_once(start: Start) -> None:
    session = await start(settings=FAST)
    sentences = said(session)

    async def reject(body: bytes) -> bytes:
        return b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % (404 if b'"gone"' in body else 422)

    async with a_target() as target:
        target.answer = reject
        await session.forwards.add(target.url)
        await send(session, *(an_answer(str(n)) for n in range(3)), an_answer("gone"), an_answer("4"))
        await until_forward(session, lambda row: row.failed == 5)
        assert [one.rpartition(": ")[2] for one in sentences] == [
            "it responded with 422.",
            "it responded with 404.",
        ]


async def test_more_than_the_queue_holds_waits_among_the_captures(start: Start) -> None:
    session = await start(settings=(*FAST, ("forward_queue", "3")))
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url)
        bodies = [an_answer(str(n)) for n in range(10)]
        await send(session, bodies[0])
        await target.got(1)
        for body in bodies[1:]:
            await send(session, body)
            await asyncio.sleep(0.01)
        row = session.forwards.rows()[0]
        assert row.waiting < 10
        gate.set()
        await until_forward(session, lambda row: row.delivered == 10)
        assert target.bodies == bodies


# ---- hostile targets


async def test_an_answer_of_a_gigabyte_and_one_that_never_ends_do_no_harm(start: Start) -> None:
    session = await start(
        settings=(*FAST, ("answer_seconds", "3"), ("answer_bytes", "1000"), ("forward_tries", "2"))
    )

    async def answer(body: bytes) -> bytes | None:
        if b'"huge"' in body:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 200_000
        if b'"hang"' in body:
            await asyncio.Event().wait()
        if b'"reset"' in body:
            return None
        if b'"garbage"' in body:
            return b"\x00\x01\x02 nonsense\r\n\r\n"
        return OK

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        words = ("huge", "hang", "reset", "garbage", "fine")
        await send(session, *[an_answer(word, user=word) for word in words])
        row = await until_forward(session, lambda row: row.delivered + row.failed == 5)
        assert (row.delivered, row.failed) == (2, 3)
        outcomes = {
            word: [attempt.outcome for attempt in (await session.captures.detail(n)).attempts]
            for n, word in enumerate(words, 1)
        }
    assert outcomes["hang"] == ["timeout"] * 2
    assert outcomes["reset"] == ["reset"] * 2
    assert outcomes["garbage"] == ["bad-answer"]
    assert outcomes["fine"] == ["ok"]
    assert len((await session.captures.attempt(1)).response_body) <= 1000


async def test_the_answer_to_the_sender_never_waits_for_a_target(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url)
        await send(session, an_answer("1", user="a"))
        await target.got(1)
        assert await send(session, *[an_answer("2", user=f"b{n}") for n in range(10)]) == [200] * 10
        assert session.forwards.rows()[0].delivered == 0
        gate.set()
        await until_forward(session, lambda row: row.delivered == 11)


# ---- pause, catching up, restart


async def test_what_arrived_while_it_was_paused_is_caught_up_with_in_order(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await send(session, an_answer("1"))
        await until_forward(session, lambda row: row.delivered == 1)
        await session.forwards.pause(1)
        assert session.forwards.rows()[0].state == "paused"
        await send(session, an_answer("2"), an_answer("3"))
        with pytest.raises(InspectorError, match="Resume the forward"):
            await session.forwards.catch_up(1)
        await session.forwards.resume(1)
        await send(session, an_answer("4"))
        await target.got(2)
        assert await session.forwards.catch_up(1) == 2
        await target.got(4)
        assert target.bodies == [an_answer(text) for text in ("1", "4", "2", "3")]
        await session.forwards.deliver_all(5)
        assert await session.forwards.catch_up(1) == 0


async def test_a_pause_does_not_wait_for_captures_that_keep_arriving(start: Start) -> None:
    session = await start()
    is_paused = False

    async def arrive() -> None:
        while not is_paused:
            await put(session, *[an_answer(f"{number}") for number in range(50)])

    async with a_target() as target:
        await session.forwards.add(target.url)
        senders = [asyncio.create_task(arrive()) for _ in range(4)]
        await until_forward(session, lambda row: row.delivered > 0)
        before = len(session.captures.newest(EVERYTHING, limit=100_000))
        await session.forwards.pause(1)
        is_paused = True
        arrived = len(session.captures.newest(EVERYTHING, limit=100_000)) - before
        assert arrived < 1_000, "it waited for all that arrived meanwhile: 5,752 once"
        await asyncio.gather(*senders)


async def test_captures_of_a_pause_are_counted_as_not_forwarded(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await send(session, an_answer("1"))
        await until_forward(session, lambda row: row.delivered == 1)
        await session.forwards.pause(1)
        await send(session, an_answer("2"), an_answer("3"))
        await send(session, an_answer("4"), secret="another")
        assert await session.forwards.left_out(1) == (("while paused", 2),)
        await session.forwards.resume(1)
        await send(session, an_answer("5"))
        await until_forward(session, lambda row: row.delivered == 1)  # counted from the resumption
        assert set(await session.forwards.left_out(1)) == {("while paused", 2), ("invalid", 1)}
        await session.forwards.catch_up(1)
        await target.got(4)
        await session.forwards.deliver_all(5)
        assert await session.forwards.left_out(1) == (("invalid", 1),)


async def test_a_forward_of_this_run_relays_before_one_of_the_file(start: Start) -> None:
    async with a_target() as target, a_target() as other:
        session = await start()
        await session.forwards.add(other.url, relays=True)
        await session.close()
        for_run = Session(replace(session.options, port=0))
        await for_run.open(listens=True)
        try:
            for_run.forwards.add_for_run(target.url, relays=True)
            await for_run.listen()
            target.answer = _teapot
            assert await send(for_run, an_answer("1")) == [418]
            await other.got(1)
            assert len(other.bodies) == len(target.bodies) == 1
        finally:
            await for_run.close()


async def _teapot(body: bytes) -> bytes:
    return b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n"


async def test_what_was_given_up_is_caught_up_with_once(start: Start) -> None:
    session = await start(settings=(*FAST, ("forward_tries", "1")))
    is_broken = True

    async def answer(body: bytes) -> bytes:
        return BAD if is_broken else OK

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url)
        await send(session, an_answer("1"), an_answer("2"))
        await until_forward(session, lambda row: row.failed == 2)
        is_broken = False
        assert await session.forwards.catch_up(1) == 2
        row = await until_forward(session, lambda row: row.delivered == 2)
        assert (row.failed, row.waiting) == (0, 0)
        assert target.bodies[2:] == [an_answer("1"), an_answer("2")]


async def test_a_forward_and_what_waits_for_it_survive_a_restart(start: Start) -> None:
    async with a_target() as target:
        await target.stop()
        session = await start(settings=LASTING)
        await session.forwards.add(target.url, rule="survey:s-1")
        bodies = [an_answer(str(n)) for n in range(3)]
        await send(session, *bodies)
        await until_forward(session, lambda row: row.waiting == 3 and row.state == "waiting")
        await session.close()
        await target.start()
        again = await start(settings=LASTING)
        await until_forward(again, lambda row: row.delivered == 3)
        assert again.forwards.rows()[0].rule == "survey:s-1"
        assert target.bodies == bodies


async def test_one_that_is_paused_or_was_removed_does_not_come_back(start: Start) -> None:
    async with a_target() as target:
        session = await start()
        await session.forwards.add(target.url)
        await session.forwards.add(target.url + "other")
        await session.forwards.pause(1)
        await session.forwards.remove(2)
        await session.close()
        again = await start()
        assert [(row.id, row.state) for row in again.forwards.rows()] == [(1, "paused")]
        await send(again, ANSWER)
        await again.forwards.deliver_all(1)
        assert target.bodies == []


async def test_a_capture_right_after_another_process_removed_a_forward_does_no_harm(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "POLL_INTERVAL_S", 1.0)  # the capture is to come first
    session, other = await start(), await start(listening=False)
    async with a_target() as target:
        await other.forwards.add(target.url)
        await until(lambda: session.forwards.is_any_running)
        await other.forwards.remove(1)
        await send(session, an_answer("1"))
        await until(lambda: not session.forwards.is_any_running)
        await other.forwards.add(target.url)
        await until(lambda: session.forwards.is_any_running)
        await send(session, an_answer("2"))
        await target.got(1)
        assert target.bodies == [an_answer("2")]


async def test_a_stop_gives_up_what_is_under_way_and_it_goes_out_again(start: Start) -> None:
    async with a_target() as target:
        gate = asyncio.Event()

        async def hang(body: bytes) -> None:
            await gate.wait()

        target.answer = hang
        session = await start()
        await session.forwards.add(target.url)
        await send(session, ANSWER)
        await target.got(1)
        await session.close()
        gate.set()
        target.answer = _ok
        again = await start()
        await until_forward(again, lambda row: row.delivered == 1)
        attempts = (await again.captures.detail(1)).attempts
        assert [attempt.outcome for attempt in attempts] == ["ok", "unknown"]


async def test_what_was_cleared_is_not_sent_any_more(start: Start) -> None:
    session = await start(settings=LASTING)
    async with a_target() as target:
        await target.stop()
        await session.forwards.add(target.url)
        await send(session, an_answer("1"), an_answer("2"))
        await until_forward(session, lambda row: row.state == "waiting" and row.waiting == 2)
        await session.captures.clear(text="id:2")
        await target.start()
        await until_forward(session, lambda row: row.waiting == 0)
        assert target.bodies == [an_answer("1")]


async def away(session: Session, target: Target, count: int) -> None:
    """So many captures wait for a target that is away."""
    await target.stop()
    await session.forwards.add(target.url)
    await send(session, *(an_answer(str(n), user=f"u-{n}") for n in range(count)))
    await until_forward(session, lambda row: row.waiting == count)


async def test_what_was_cleared_goes_out_once_it_is_given_back(start: Start) -> None:
    session = await start(settings=LASTING)
    async with a_target() as target:
        await away(session, target, 3)
        deletion = await session.captures.clear(text="id:2..3")
        await until_forward(session, lambda row: row.waiting == 1)
        await target.start()
        await until_forward(session, lambda row: row.delivered == 1)
        assert target.bodies == [an_answer("0", user="u-0")]
        await session.captures.undo(deletion)
        await until_forward(session, lambda row: row.delivered == 3)
        assert session.forwards.rows()[0].waiting == 0
        assert sorted(target.bodies) == [an_answer(str(n), user=f"u-{n}") for n in range(3)]


async def test_what_was_removed_waits_no_more_though_another_process_did_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder, "POLL_INTERVAL_S", 0.05)
    session = await start(settings=LASTING)
    other = await start(listening=False)
    async with a_target() as target:
        await away(session, target, 4)
        await session.maintenance.remove([1])
        await until_forward(session, lambda row: row.waiting == 3)
        await other.maintenance.remove([2])
        await until_forward(session, lambda row: row.waiting == 2)
        deletion = await other.captures.delete([3, 4])
        await until_forward(session, lambda row: row.waiting == 0)
        await other.captures.undo(deletion)
        await until_forward(session, lambda row: row.waiting == 2)


async def test_what_is_removed_or_cleared_while_it_is_under_way_is_counted_once(start: Start) -> None:
    session = await start(settings=FAST)
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url)
        await send(session, *(an_answer(str(n), user=f"u-{n}") for n in range(3)))
        await target.got(3)
        await session.maintenance.remove([1])
        await session.captures.delete([2])
        await until_forward(session, lambda row: row.waiting == 2)
        gate.set()
        await until_forward(session, lambda row: row.delivered == 3)
        row = session.forwards.rows()[0]
        assert (row.waiting, row.failed) == (0, 0)


async def test_unsigned_bodies_that_wait_for_evaluation_hold_up_nothing(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        large = b"[" + b"0," * 300_000 + b"0]"
        await send(session, *[large] * 5, secret=None)
        await send(session, ANSWER)
        await target.got(1)
        assert target.bodies == [ANSWER]
        assert session.captures.rows([5])[5].verdict.reason == "pending"


# ---- hosts and loops


async def test_a_host_beyond_this_machine_has_to_be_allowed_first(start: Start) -> None:
    session = await start()
    assert await session.forwards.permission.host_to_allow("http://192.0.2.1/") == "192.0.2.1"
    with pytest.raises(UsageError, match="Allow the host"):
        await session.forwards.add("http://192.0.2.1/")
    await session.hosts.allow("192.0.2.1")
    assert await session.forwards.permission.host_to_allow("http://192.0.2.1/") is None


async def test_a_host_that_is_withdrawn_gets_nothing_more(start: Start) -> None:
    host = an_outer_address()
    session = await start()
    sentences = said(session)
    async with a_target(host) as target:
        with pytest.raises(UsageError, match="Allow the host"):
            await session.forwards.add(target.url)
        await session.hosts.allow(host)
        await session.forwards.add(target.url)
        await send(session, an_answer("1"))
        await until_forward(session, lambda row: row.delivered == 1)
        await session.hosts.revoke(host)
        await send(session, an_answer("2"))
        row = await until_forward(session, lambda row: row.state == "paused")
        assert row.trouble is not None
        assert "Allow the host first" in row.trouble
        assert "is paused" in sentences[-1]
        assert target.bodies == [an_answer("1")]
        with pytest.raises(UsageError, match="Allow the host"):
            await session.forwards.resume(1)
        await session.hosts.allow(host)
        await session.forwards.resume(1)
        await target.got(2)
        await session.forwards.deliver_all(5)


async def test_a_host_that_was_allowed_on_another_machine_gets_nothing(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = an_outer_address()
    session = await start()
    async with a_target(host) as target:
        await session.hosts.allow(host)
        await session.forwards.add(target.url)
        await session.close()
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        other = await start()
        await send(other, an_answer("1"))
        row = await until_forward(other, lambda row: row.state == "paused")
        assert row.trouble is not None
        assert "Allow the host first" in row.trouble
        assert target.bodies == []
        await other.hosts.allow(host)
        await other.forwards.resume(1)
        await target.got(1)
        await other.forwards.deliver_all(5)


async def test_clicks_that_come_at_once_are_done_one_after_another(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await asyncio.gather(session.forwards.pause(1), session.forwards.resume(1))
        await session.forwards.resume(1)
        await session.forwards.resume(1)
        await asyncio.gather(
            session.forwards.catch_up(1), send(session, ANSWER), session.forwards.catch_up(1)
        )
        await until_forward(session, lambda row: row.delivered == 1)
        assert target.bodies == [ANSWER]
        await session.forwards.remove(1)
        with pytest.raises(NotFound):
            await session.forwards.resume(1)


async def test_its_own_address_and_its_public_host_are_refused(start: Start) -> None:
    session = await start()
    assert session.ingest.url is not None
    port = session.ingest.url.rstrip("/").rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"):
        with pytest.raises(UsageError, match="is this listener, so"):
            await session.forwards.add(f"http://{host}:{port}/hook")
    await session.address.set("https://Quiet-River.example.com/in/8f3c")
    with pytest.raises(UsageError, match="public address"):
        await session.forwards.add("http://quiet-river.example.com/other")


async def test_a_public_address_that_is_a_target_pauses_it(start: Start) -> None:
    session = await start()
    await session.hosts.allow("receiver.invalid")
    await session.forwards.add("http://receiver.invalid/")
    await session.address.set("https://receiver.invalid/in")
    row = await until_forward(session, lambda row: row.state == "paused")
    assert row.trouble is not None
    assert "public address" in row.trouble


async def test_one_repetition_while_the_target_responds_is_a_retry(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url)
        await send(session, ANSWER)
        await target.got(1)
        await send(session, ANSWER)
        await send(session, *(an_answer(str(n)) for n in range(3)))
        gate.set()
        await until_forward(session, lambda row: row.delivered == 5)
        assert session.forwards.rows()[0].state == "on"


def comes_back(session: Session, secret: str | None) -> Answer:
    """What a target answers that sends each request on to this listener while it responds."""

    async def answer(body: bytes) -> bytes:
        await send(session, body, secret=secret)
        return OK

    return answer


async def test_a_loop_pauses_the_forward_and_the_pause_ends_automatically(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through another tunnel, which no address shows."""
    monkeypatch.setattr(loop_detector, "LOOP_PAUSE_S", 0.2)
    session = await start()
    sentences = said(session)
    async with a_target() as target:
        target.answer = comes_back(session, SECRET_TEXT)
        await session.forwards.add(target.url)
        await send(session, ANSWER)
        row = await until_forward(session, lambda row: row.state == "paused")
        assert "returns to this listener" in (row.trouble or "")
        assert row.again_ms > 0
        assert "is paused" in sentences[-1]
        assert "resumes in" in sentences[-1]
        target.answer = _ok  # the other program is repaired
        await send(session, an_answer("meanwhile"))
        await until(lambda: an_answer("meanwhile") in target.bodies)  # nothing of the pause is left out
        assert sentences[-1] == f"Forwarding to {target.url.removeprefix('http://').rstrip('/')} resumes."


async def test_a_loop_that_goes_on_is_paused_for_twice_as_long(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_detector, "LOOP_PAUSE_S", 0.1)
    session = await start()
    sentences = said(session)
    async with a_target() as target:
        target.answer = comes_back(session, SECRET_TEXT)
        await session.forwards.add(target.url)
        await send(session, ANSWER)
        await until(
            lambda: [one.rpartition(" resumes in ")[2] for one in sentences if " is paused" in one],
            lambda pauses: pauses[:3] == ["0.1 s.", "0.2 s.", "0.4 s."],
        )
        target.answer = _ok
        await session.forwards.remove(1)


async def test_unsigned_copies_are_no_evidence_of_a_loop(start: Start) -> None:
    """Anyone who sees a delivery could stop forwarding with a copy of it."""
    session = await start()
    async with a_target() as target:
        target.answer = comes_back(session, None)
        await session.forwards.add(target.url)
        for number in range(ROUNDS + 2):
            await send(session, ANSWER)
            # The next signed one must not arrive during this delivery: that would be evidence.
            await until_forward(session, lambda row, number=number: row.delivered > number)  # type: ignore[misc]
        assert session.forwards.rows()[0].state == "on"


async def test_the_user_can_end_an_automatic_pause_or_make_it_last(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await session.forwards.pause(1, "it loops.", seconds=600)
        await send(session, ANSWER)
        await session.forwards.resume(1)
        await target.got(1)
        await session.forwards.pause(1, "it loops.", seconds=600)
        await session.forwards.pause(1)
        row = session.forwards.rows()[0]
        assert (row.state, row.again_ms, row.trouble) == ("paused", 0, None)


async def test_an_automatic_pause_ends_after_a_restart(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url)
        await session.forwards.pause(1, "it loops.", seconds=0.1)
        await session.close()
        session = await start()
        await send(session, ANSWER)
        await target.got(1)


# ---- relaying


async def test_the_targets_answer_is_relayed_for_valid_captures_alone(start: Start) -> None:
    session = await start()
    seen = Seen(session)

    async def answer(body: bytes) -> bytes:
        return b"HTTP/1.1 422 No\r\nContent-Type: text/x-own\r\nContent-Length: 3\r\n\r\nhey"

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url, rule="-verdict:unchecked", relays=True)
        assert await send(session, an_answer("valid")) == [422]
        assert await send(session, an_answer("forged"), secret="another") == [200]
        await until(lambda: 1 in seen.judged)
        rows = session.captures.rows([1, 2])
        assert [rows[1].answered, rows[2].answered] == [422, 200]
        assert session.ingest.responder.undecided == set()


async def test_a_sender_that_was_told_of_a_failure_is_left_to_deliver_again(start: Start) -> None:
    session = await start(settings=FAST)

    async def answer(body: bytes) -> bytes:
        return BAD

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url, relays=True)
        assert await send(session, ANSWER) == [500]
        await until_forward(session, lambda row: row.failed == 1)
        assert len(target.bodies) == 1


async def test_a_target_that_takes_too_long_leaves_the_sender_the_usual_answer(start: Start) -> None:
    session = await start(settings=(("relay_seconds", "0.2"), *FAST))
    async with a_target() as target:
        gate = held_back(target)
        await session.forwards.add(target.url, relays=True)
        assert await send(session, ANSWER) == [200]
        assert session.captures.rows([1])[1].answered == 200
        gate.set()
        await until_forward(session, lambda row: row.delivered == 1)


async def test_a_target_that_is_away_keeps_no_sender_waiting(start: Start) -> None:
    # Whoever waited would do so for longer than a test may take.
    session = await start(settings=(("forward_first_seconds", "30"), ("relay_seconds", "100")))
    async with a_target() as target:
        await target.stop()
        await session.forwards.add(target.url, relays=True)
        assert await send(session, an_answer("1"), an_answer("2")) == [200, 200]
        await until_forward(session, lambda row: row.state == "waiting" and row.waiting == 2)


async def test_one_forward_alone_relays(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        await session.forwards.add(target.url, relays=True)
        await session.forwards.add(target.url + "2", relays=True)
        assert [row.relays for row in session.forwards.rows()] == [False, True]
        await session.forwards.change(1, rule="survey:x", relays=True)
        assert [row.relays for row in session.forwards.rows()] == [True, False]
        assert session.forwards.rows()[0].takes == "trusted POSTs: survey:x"


async def test_a_relayed_body_that_is_too_long_is_left_out_whole(start: Start) -> None:
    session = await start()

    async def answer(body: bytes) -> bytes:
        return b"HTTP/1.1 201 Made\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000

    async with a_target() as target:
        target.answer = answer
        await session.forwards.add(target.url, relays=True)
        assert await send(session, ANSWER) == [201]
