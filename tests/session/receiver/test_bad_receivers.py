"""Receivers that hang, vanish, ask to wait or respond by chance: one sentence, no false cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from inspector.base.errors import UsageError
from inspector.domain.receiver import readings
from inspector.domain.receiver.events import EventRequest
from inspector.session.receiver import receiver_sender, run_tests
from inspector.session.receiver.check import CheckNotice, CheckReport, CheckResult, CheckStep, CheckStop
from inspector.session.receiver.receiver_sender import Exchange, ReceiverSender
from inspector.session.records.receiver import junit_text, report_json, report_text
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, signature
from tests.ports import free_port
from tests.session.conftest import Start
from tests.session.receiver.test_check import NO, verifying
from tests.session.test_replays import OK, receiver
from tests.waiting import until

BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"


async def steps_of(session: Session, to: str, **options: Any) -> list[CheckStep]:
    async with aclosing(session.receiver_check.run(to, **options)) as steps:
        return [step async for step in steps]


async def report_of(session: Session, to: str, **options: Any) -> CheckReport:
    *_, report = await steps_of(session, to, **options)
    assert isinstance(report, CheckReport)
    return report


@asynccontextmanager
async def raw_receiver(response: bytes, *, ends: bool = True) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads one request per connection, sends these bytes, and closes if it `ends`."""
    received: list[bytes] = []
    tasks: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(writer)
        received.append(await reader.read(65_536))
        writer.write(response)
        if ends:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/", received
    finally:
        server.close()
        for writer in tasks:
            writer.close()


async def test_an_unreachable_one_is_one_sentence_without_rows(start: Start) -> None:
    session = await start(listening=False)
    [report] = await steps_of(session, "http://127.0.0.1:9/")
    assert isinstance(report, CheckReport)
    says = "Nothing listens at 127.0.0.1:9. Start the receiver, or check the port."
    assert (report.verdict, report.sentence) == ("unreachable", says)
    assert (report.results, report.causes, report.counts) == ((), (), "")


async def test_one_that_is_slow_does_not_keep_the_check_for_hours(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(listening=False)
    monkeypatch.setattr(receiver_sender, "MOST_RESPONDING_S", 0.0)
    async with receiver(verifying) as (url, received):
        report = await report_of(session, url)
    assert len(received) == 1
    assert report.ended == "The receiver took 1 s for 1 request, so the check ended early."
    assert report.verdict != "correct"


async def test_one_that_becomes_too_slow_is_not_called_correct(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(listening=False)
    results = 0
    async with receiver(verifying) as (url, _), aclosing(session.receiver_check.run(url)) as steps:
        async for step in steps:
            results += isinstance(step, CheckResult)
            if results == 3:
                monkeypatch.setattr(receiver_sender, "MOST_RESPONDING_S", 0.0)
    assert isinstance(step, CheckReport)
    assert step.sentence.startswith("Stopped after 3 of ")
    assert step.verdict == "unreachable"


async def test_one_that_is_slow_is_called_slow_also_if_the_check_is_stopped(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, stop = await start(listening=False), CheckStop()
    for name in ("SLOW_MS", "TOO_SLOW_MS"):
        monkeypatch.setattr(readings, name, 0.0)
    monkeypatch.setattr(run_tests, "LONG_MS", 0.0)
    steps: list[CheckStep] = []
    async with receiver(verifying) as (url, _), aclosing(session.receiver_check.run(url, stop=stop)) as given:
        async for step in given:
            steps.append(step)
            if isinstance(step, CheckResult):
                stop.set()
    notice, valid, time, report = steps
    assert isinstance(notice, CheckNotice)
    assert notice.says.startswith("The receiver takes 0")
    assert notice.says.endswith(" s to respond. The check can take minutes.")
    assert isinstance(valid, CheckResult)
    assert isinstance(time, CheckResult)
    assert (valid.test, valid.result, time.test, time.result) == ("valid", "passed", "time", "failed")
    assert time.says.endswith("respond first and process the event later")
    assert isinstance(report, CheckReport)
    assert report.results == (valid, time)


async def test_no_secret_and_no_digest_that_it_repeats_is_in_a_report(start: Start) -> None:
    def repeats(request: bytes) -> bytes:
        digest = signature(request.partition(b"\r\n\r\n")[2])
        secret = SECRET_TEXT.encode()
        place = b"Location: https://me:%b@host.example/%b?key=%b" % (secret, digest, secret)
        body = b"key=%b" % secret
        return b"HTTP/1.1 302 No\r\n%b\r\nContent-Length: %d\r\n\r\n%b" % (place, len(body), body)

    session = await start(listening=False)
    async with receiver(repeats) as (url, _):
        report = await report_of(session, url)
        again = await session.receiver_check.repeat(report, report.results[0])
    assert {result.says for result in report.results if result.group == "accepts"} == {
        "fails on a valid event: redirects with 302 to https://host.example/••••••••",
        "redirects with 302 to https://host.example/••••••••, like every valid event",
    }
    leak = next(result for result in report.results if result.test == "leak")
    assert leak.says.startswith("its response contains the secret")
    for text in (repr(report), repr(again), report_json(report), report_text(report), junit_text(report)):
        assert SECRET_TEXT not in text
    [exchange] = again.exchanges
    assert exchange.response_body == "key=••••••••".encode()


async def test_one_that_hangs_costs_one_timeout(start: Start) -> None:
    session = await start(listening=False, settings=(("answer_seconds", "0.2"),))
    gate = asyncio.Event()
    async with receiver(gate=gate) as (url, received):
        report = await report_of(session, url)
        gate.set()
    assert len(received) == report.requests == 1
    assert report.verdict == "rejects-valid"
    assert report.sentence == "Your receiver fails on valid deliveries: it does not respond."
    assert [(cause.code, cause.is_proved) for cause in report.causes] == [("receiver-hangs", False)]
    assert len(report.results) == 1


async def test_one_whose_response_does_not_end_is_not_said_to_be_silent(start: Start) -> None:
    session = await start(listening=False, settings=(("answer_seconds", "0.2"),))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
    async with raw_receiver(head, ends=False) as (url, received):
        report = await report_of(session, url)
    assert len(received) == 1
    assert report.sentence == "Your receiver fails on valid deliveries: it does not end its response."


async def test_one_whose_response_is_endless_is_read_to_the_limit(start: Start) -> None:
    session = await start(listening=False)

    def endless(request: bytes) -> bytes:
        is_valid = verifying(request) == OK
        return (
            b"HTTP/1.1 %d X\r\nContent-Length: 1000000000\r\n\r\n" % (200 if is_valid else 401)
            + b"x" * 70_000
        )

    async with receiver(endless) as (url, _):
        report = await report_of(session, url)
    assert report.verdict == "correct"
    assert all(len(one.response_body) <= 65_536 for result in report.results for one in result.exchanges)


@pytest.mark.parametrize(
    "response", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
async def test_one_that_resets_or_talks_another_protocol_has_no_false_cause(
    start: Start, response: bytes
) -> None:
    session = await start(listening=False)
    async with raw_receiver(response) as (url, _):
        report = await report_of(session, url)
    assert report.verdict == "rejects-valid"
    assert report.sentence == ("Your receiver fails on valid deliveries: it sends no complete HTTP response.")
    assert [cause.code for cause in report.causes] == ["receiver-broken-response"]


async def test_one_that_responds_by_chance_to_valid_events_is_unsteady(start: Start) -> None:
    session = await start(listening=False)
    replies = iter((OK, NO, OK, *[NO] * 200))
    async with receiver(lambda _: next(replies)) as (url, received):
        report = await report_of(session, url)
    assert report.sentence == "Your receiver is unsteady: 3 events of the same kind got 200, 401 and 200."
    assert report.verdict == "rejects-valid"
    assert [cause.code for cause in report.causes] == ["receiver-unsteady"]
    assert len(received) == 3, "nothing else is sent, and nothing is searched"
    ids = {request.partition(b'"user_id":"')[2].partition(b'"')[0] for request in received}
    assert len(ids) == 3


async def test_a_forged_event_that_is_accepted_only_once_is_not_a_fault_but_chance(start: Start) -> None:
    session = await start(listening=False)
    accepted: list[bytes] = []

    def careless_once(request: bytes) -> bytes:
        if b"x-webhook-signature" not in request and not accepted:
            accepted.append(request)
            return OK
        return verifying(request)

    async with receiver(careless_once) as (url, _):
        report = await report_of(session, url)
    assert report.sentence == "Your receiver is unsteady: 2 events of the same kind got 200 and 401."


async def test_a_wait_that_the_receiver_asks_for_is_honoured_and_announced(start: Start) -> None:
    session = await start(listening=False)
    asked = iter((True, False, True))

    def limited(request: bytes) -> bytes:
        return BUSY % 0 if next(asked, False) else verifying(request)

    async with receiver(limited) as (url, _):
        steps = await steps_of(session, url)
    notices = [step.says for step in steps if isinstance(step, CheckNotice)]
    assert notices == ["The receiver responds with 429 and asks to wait. Trying again in 1 s…"] * 2
    report = steps[-1]
    assert isinstance(report, CheckReport)
    assert report.verdict == "correct"
    assert {exchange.row.status for result in report.results for exchange in result.exchanges} == {200, 401}


async def test_a_receiver_that_asks_for_a_long_wait_gets_nothing_more(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(lambda _: BUSY % 3_600) as (url, received):
        report = await report_of(session, url)
    assert len(received) == 1
    assert report.sentence == "Your receiver rejects valid deliveries: it limits the rate of requests."
    assert report.ended == "The receiver responds with 429 and asks to wait at least 15 min."
    assert report.counts.endswith(report.ended)


async def test_a_check_that_is_stopped_reports_what_it_found(start: Start) -> None:
    session = await start(listening=False)
    stop, results = CheckStop(), list[CheckResult]()
    gate = asyncio.Event()
    gate.set()
    async with receiver(verifying, gate) as (url, received):

        async def stop_at(count: int) -> None:
            await until(lambda: len(received) == count)
            stop.set()

        async with aclosing(session.receiver_check.run(url, stop=stop)) as steps:
            async for step in steps:
                if isinstance(step, CheckResult):
                    results.append(step)
                    if len(results) == 2:
                        gate.clear()
                        stopping = asyncio.create_task(stop_at(len(received) + 1))
                elif isinstance(step, CheckReport):
                    report = step
        await stopping
        gate.set()
    assert report.results == tuple(results)
    assert len(results) == 2
    assert report.sentence.startswith("Stopped after 2 of ")
    assert len(received) <= 5


async def test_a_receiver_that_goes_away_ends_the_check(start: Start) -> None:
    session = await start(listening=False)
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        request = await reader.readuntil(b"\r\n\r\n")
        length = int(request.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        request += await reader.readexactly(length)
        count += 1
        writer.write(verifying(request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        if count == 5:
            server.close()
        writer.close()

    host, port = "127.0.0.1", free_port()
    server = await asyncio.start_server(serve, host, port)
    *steps, report = await steps_of(session, f"http://{host}:{port}/")
    assert isinstance(report, CheckReport)
    assert count == 5
    assert report.ended == (
        f"Nothing listens at {host}:{port}. The receiver responded before, so it may have crashed."
    )
    assert [one for one in steps if isinstance(one, CheckResult)] == list(report.results)
    assert [one.result for one in report.results] == ["passed", "passed", "passed", "failed"]
    assert report.verdict == "unreachable", "not correct, because most tests did not run"
    [cause] = report.causes
    assert (cause.code, cause.is_proved) == ("receiver-broken-response", False)


async def test_an_event_that_crashes_a_receiver_is_a_rejected_delivery(start: Start) -> None:
    session = await start(listening=False)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        length = int(request.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        request += await reader.readexactly(length)
        if verifying(request) == OK and "日本語".encode() in request:
            server.close()
        else:
            writer.write(verifying(request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        writer.close()

    host, port = "127.0.0.1", free_port()
    server = await asyncio.start_server(serve, host, port)
    report = await report_of(session, f"http://{host}:{port}/")
    assert report.verdict == "rejects-valid"
    assert report.sentence == (
        "Your receiver fails on some valid deliveries: it could not be reached any more during the test"
        " “Emoji and other scripts”."
    )
    assert (report.results[-1].test, report.results[-1].result) == ("unicode", "failed")


async def test_one_that_asks_to_wait_too_long_in_the_middle_is_not_called_correct(start: Start) -> None:
    session = await start(listening=False)
    left = iter(range(6))
    async with receiver(lambda request: BUSY % 9999 if next(left, None) is None else verifying(request)) as (
        url,
        _,
    ):
        *steps, report = await steps_of(session, url)
        assert isinstance(report, CheckReport)
        assert report.verdict == "unreachable"
        assert report.sentence.startswith("Stopped after ")
        assert [one for one in steps if isinstance(one, CheckResult)] == list(report.results)
        again = await session.receiver_check.repeat(report, report.results[0])
    assert (again.result, again.status) == ("failed", 429), "a replay shows the response and does not wait"


@pytest.mark.parametrize("per_second", [0, -1, 100_000])
async def test_a_pace_out_of_range_is_refused(start: Start, per_second: float) -> None:
    session = await start(listening=False)
    with pytest.raises(UsageError, match="The pace is out of range"):
        await report_of(session, "http://127.0.0.1:9/", per_second=per_second)


async def test_every_part_of_a_request_is_sent_as_it_is(start: Start) -> None:
    session = await start(listening=False)
    event = EventRequest(
        body=b"{}",
        signature=b"right",
        headers=((b"X-Webhook-Signature", b"wrong"), (b"content-type", b"text/plain"), (b"X-A", b"1")),
        method=b"PUT",
        version="1.0",
    )
    async with receiver() as (url, received):
        destination = await session.targets.resolve(f"{url}hook?a=%20b")
        async with ReceiverSender(destination, session.hosts, run="r1") as sender:
            await sender.send(event)
            [first, second] = [
                one async for one in sender.deliver([event] * 2, is_at_once=True) if isinstance(one, Exchange)
            ]
    host = url.removeprefix("http://").removesuffix("/").encode()
    assert received[0] == (
        b"PUT /hook?a=%20b HTTP/1.0\r\nHost: " + host + b"\r\nContent-Length: 2\r\n"
        b"webhook-inspector-check: r1\r\nx-webhook-signature: right\r\nX-Webhook-Signature: wrong\r\n"
        b"content-type: text/plain\r\nX-A: 1\r\n\r\n{}"
    )
    assert received == [received[0]] * 3
    assert (first.reply.status, second.attempt.sent_head + b"{}") == (200, received[0])


async def test_events_at_once_are_not_sent_one_after_another(start: Start) -> None:
    session = await start(listening=False)
    gate, event = asyncio.Event(), EventRequest(body=b"{}", signature=None)

    def opens(request: bytes) -> bytes:
        return OK

    async with receiver(opens, gate) as (url, received):
        destination = await session.targets.resolve(url)
        async with ReceiverSender(destination, session.hosts, run="r1") as sender:

            async def deliver() -> int:
                return len([one async for one in sender.deliver([event] * 10, is_at_once=True)])

            task = asyncio.create_task(deliver())
            await until(lambda: len(received) == 10)
            gate.set()
            assert await task == 10


async def test_a_connection_that_is_closed_without_notice_is_not_a_failure_of_the_receiver(
    start: Start,
) -> None:
    session = await start(listening=False)
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Respond once per connection, and close it when the next request arrives."""
        nonlocal connections
        connections += 1
        request = await reader.readuntil(b"\r\n\r\n")
        length = int(request.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        writer.write(verifying(request + await reader.readexactly(length)))
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        report = await report_of(session, f"http://{host}:{port}/")
    assert (report.verdict, report.causes) == ("correct", ())
    assert not [one for one in report.results if "closed the connection" in one.says]
    assert connections > len(report.results)
