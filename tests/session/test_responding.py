"""What senders get by response rules, on raw sockets: every kind, what comes next, and what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from inspector.capture import deliberate
from inspector.domain.capture.capture import Capture
from inspector.domain.query.scope import EVERYTHING
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, an_answer, signature
from tests.capture.wire import Sender, a_request, statuses
from tests.session.conftest import Start
from tests.session.test_forwards import Target
from tests.waiting import until

REQUEST = a_request(b"{}")


MOST = 128
"""Senders that may wait, half of the connections by default."""
OPEN: list[Sender] = []


@pytest.fixture(autouse=True)
async def _close_connections() -> AsyncIterator[None]:
    yield
    for sender in OPEN:
        sender.drop()
    OPEN.clear()
    await asyncio.sleep(0)


async def connected(session: Session) -> Sender:
    """Connect, until the end of the test."""
    assert session.ingest.url is not None
    port = int(session.ingest.url.rstrip("/").rpartition(":")[2])
    sender = Sender(*await asyncio.open_connection("127.0.0.1", port))
    OPEN.append(sender)
    return sender


async def waiting(session: Session, count: int) -> None:
    """Wait until so many senders wait for a response."""
    await until(lambda: len(session.ingest.listener.handler.waiting), lambda found: found == count)


async def exchange(session: Session, data: bytes = REQUEST) -> bytes:
    """Send requests on one connection, and return all that comes until it is closed."""
    sender = await connected(session)
    await sender.send(data)
    sender.end()
    return await sender.all()


async def got(session: Session, count: int, request: bytes = REQUEST) -> list[int]:
    """Return the status of each of `count` deliveries, one after another."""
    return [statuses(await exchange(session, request))[0] for _ in range(count)]


async def with_rules(start: Start, *texts: str, settings: Sequence[tuple[str, str]] = ()) -> Session:
    session = await start(settings=tuple(settings))
    for text in texts:
        await session.responses.add(text)
    return session


async def stored(session: Session, count: int = 1) -> list[Capture]:
    """Return the captures, oldest first, once there are `count` of them."""
    ids = await until(lambda: session.captures.newest(EVERYTHING, limit=1_000), lambda ids: len(ids) == count)
    return [(await session.captures.detail(id_)).capture for id_ in sorted(ids)]


async def test_a_status_with_headers_and_body_and_who_decided_it(start: Start) -> None:
    session = await with_rules(
        start, "503 for path:/a header 'Retry-After: 30' header 'retry-after: 31' body 'Später'"
    )
    answer = await exchange(session, a_request(b"{}", target=b"/a"))
    head, body = answer.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 30\r\nretry-after: 31\r\nContent-Length: 7\r\n" in head + b"\r\n"
    assert body == "Später".encode()
    assert statuses(await exchange(session)) == [200]
    first, second = await stored(session, 2)
    assert (first.answered, first.answered_by) == (503, "rule 1: 503 Service Unavailable (path:/a)")
    assert (second.answered, second.answered_by) == (200, None)


async def test_connections_stay_open_as_before(start: Start) -> None:
    session = await with_rules(start, "429 body wait")
    sender = await connected(session)
    for _ in range(2):
        await sender.send(REQUEST)
        assert await sender.answer() == (429, b"wait")
    await sender.send(a_request(method=b"HEAD"))
    assert b"Content-Length: 4" in await sender.reader.readuntil(b"\r\n\r\n")
    await sender.send(a_request(b"{}", version=b"HTTP/1.0"))
    last = await sender.all()
    assert statuses(last) == [429]
    assert b"Connection: close" in last


async def test_pipelined_requests_get_their_responses_in_order(start: Start) -> None:
    session = await with_rules(start, "418 after 0.2s for path:/slow", "204 for path:/empty")
    requests = [a_request(b"{}", target=target) for target in (b"/slow", b"/empty", b"/other")]
    assert statuses(await exchange(session, b"".join(requests))) == [418, 204, 200]


async def test_who_ends_its_side_during_a_late_response_loses_no_request_behind_it(start: Start) -> None:
    session = await with_rules(start, "418 after 1s for path:/slow")
    sender = await connected(session)
    await sender.send(a_request(b"{}", target=b"/slow") + a_request(b"{}", target=b"/other"))
    await waiting(session, 1)
    sender.end()
    assert statuses(await sender.all()) == [418, 200]
    assert [one.answered for one in await stored(session, 2)] == [418, 200]


async def test_the_first_every_nth_and_a_probability_are_the_same_each_time(start: Start) -> None:
    session = await with_rules(start, "503 first 2", "429 every 3", "500 with 50% seed 7")
    runs = []
    for _ in range(2):
        runs.append(await got(session, 12))
        for rule in session.responses.rules:
            await session.responses.reset(rule.id)
    assert runs[0] == runs[1]
    assert runs[0][:2] == [503, 503]
    assert [runs[0][place] for place in (4, 7, 10)] == [429] * 3
    assert {*runs[0][2:]} == {200, 429, 500}


async def test_senders_that_wait_at_the_same_time_each_get_their_own_response(start: Start) -> None:
    session = await with_rules(start, "503 for path:/a first 3", "429 for path:/b", "204 for crash every 2")
    bodies = {b"/a": b"{}", b"/b": b"{}", b"/c": b'{"said":"crash"}', b"/500": b"{}", b"/d": b"{}"}
    requests = [a_request(body, target=target) for target, body in bodies.items() for _ in range(8)]
    answers = await asyncio.gather(*(exchange(session, request) for request in requests))
    got_by_path = [sorted(statuses(b"".join(answers[at : at + 8]))) for at in range(0, len(answers), 8)]
    assert got_by_path == [[200] * 5 + [503] * 3, [429] * 8, [200] * 4 + [204] * 4, [500] * 8, [200] * 8]
    by_path: dict[bytes, list[int]] = {}
    for one in await stored(session, len(requests)):
        assert one.answered is not None
        by_path.setdefault(one.target, []).append(one.answered)
    assert by_path[b"/a"] == [503] * 3 + [200] * 5, "in the order in which they were stored"
    assert by_path[b"/c"] == [200, 204] * 4
    assert [sorted(by_path[path]) for path in bodies] == got_by_path


async def test_the_count_of_a_rule_is_announced_and_reset(start: Start) -> None:
    session = await with_rules(start, "503 first 2")
    assert await got(session, 3) == [503, 503, 200]
    await until(lambda: session.responses.left(1), lambda left: left == 0)
    await session.responses.reset(1)
    assert session.responses.left(1) == 2
    assert await got(session, 1) == [503]


async def test_a_late_response_does_not_hold_up_others(start: Start) -> None:
    session = await with_rules(start, "202 after 0.5s for path:/late")
    late = await connected(session)
    await late.send(a_request(b"{}", target=b"/late"))
    (late_one,) = await stored(session)
    assert late_one.answered is None, "it has not got its response yet"
    assert await got(session, 1) == [200]
    assert not late.reader.at_eof()
    assert await late.answer() == (202, b"")
    by = "rule 1: Wait 0.5 s, then 202 (path:/late)"
    assert [(one.answered, one.answered_by) for one in await stored(session, 2)] == [(202, by), (200, None)]


async def test_a_response_can_come_in_small_parts(start: Start) -> None:
    session = await with_rules(start, f"200 drip 0.5s body {'x' * 400}.")
    sender = await connected(session)
    await sender.send(REQUEST)
    parts = [await sender.reader.read(65536)]
    while not parts[-1].endswith(b"."):
        parts.append(await sender.reader.read(65536))
    assert len(parts) > 1
    await sender.send(REQUEST)
    assert await sender.answer() == (200, b"x" * 400 + b"."), "the connection is open for the next request"


async def test_a_connection_is_closed_or_reset_without_a_response(start: Start) -> None:
    session = await with_rules(start, "close for path:/close", "reset for path:/reset")
    sender = await connected(session)
    await sender.send(a_request(b"{}", target=b"/close"))
    assert await sender.reader.read() == b"", "closed, not reset"
    sender = await connected(session)
    await sender.send(a_request(b"{}", target=b"/reset"))
    with pytest.raises(ConnectionResetError):
        await sender.reader.read()
    assert [(one.answered, one.answered_by) for one in await stored(session, 2)] == [
        (None, "rule 1: Close without a response (path:/close)"),
        (None, "rule 2: Reset the connection (path:/reset)"),
    ]


async def test_a_sender_that_never_gets_a_response_is_let_go_when_it_gives_up(start: Start) -> None:
    session = await with_rules(start, "never for path:/never", settings=[("connections", "2")])
    for _ in range(3):  # one at a time may wait
        sender = await connected(session)
        await sender.send(a_request(b"{}", target=b"/never"))
        await waiting(session, 1)
        sender.end()
        assert await sender.reader.read() == b""
    assert {one.answered for one in await stored(session, 3)} == {None}


async def test_a_sender_that_waits_too_long_for_nothing_is_let_go(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliberate, "LONGEST_S", 0.2)
    session = await with_rules(start, "never")
    sender = await connected(session)
    await sender.send(REQUEST)
    assert await sender.reader.read() == b""
    (one,) = await stored(session)
    assert (one.answered, one.answered_by) == (None, "rule 1: Never respond")


async def test_a_sender_that_leaves_before_a_late_response_is_noted(start: Start) -> None:
    session = await with_rules(start, "200 after 60s", settings=[("connections", "2")])
    for _ in range(2):
        sender = await connected(session)
        await sender.send(REQUEST)
        await waiting(session, 1)
        sender.drop()
        await waiting(session, 0)
    by = "rule 1: Wait 60 s, then 200. The sender left before."
    await until(
        lambda: session.captures.newest(EVERYTHING, limit=9),
        lambda ids: len(ids) == 2,
    )
    assert [(one.answered, one.answered_by) for one in await stored(session, 2)] == [(None, by)] * 2


async def test_at_most_half_of_the_connections_wait_and_the_rest_get_503(start: Start) -> None:
    session = await with_rules(start, "200 after 60s", settings=[("connections", "8")])
    held = [await connected(session) for _ in range(4)]
    for sender in held:
        await sender.send(REQUEST)
    await waiting(session, 4)
    for _ in range(50):
        answer = await exchange(session)
        assert statuses(answer) == [503]
        assert b"\r\nRetry-After: 5\r\n" in answer
    captures = await stored(session, 54)
    assert [one.answered for one in captures] == [None] * 4 + [503] * 50, "each was captured first"
    assert captures[-1].answered_by == "rule 1: Wait 60 s, then 200. Too many senders waited."
    await session.stop_listening()  # ends the waits at once
    assert [await sender.all() for sender in held] == [b""] * 4


@pytest.mark.slow
async def test_10_000_deliveries_with_a_delay_of_31_s_leave_room_for_others(start: Start) -> None:
    session = await with_rules(start, "200 after 31s for path:/slow")
    slow = a_request(b"{}", target=b"/slow")
    turn = asyncio.Semaphore(200)

    async def deliver() -> list[int]:
        async with turn:
            return statuses(await exchange_slowly(session, slow))

    deliveries = [asyncio.ensure_future(deliver()) for _ in range(10_000)]
    await waiting(session, MOST)
    assert await got(session, 20) == [200] * 20, "the other half of the connections serves"
    results = [one for statuses_ in await asyncio.gather(*deliveries) for one in statuses_]
    assert len(results) == 10_000
    assert {*results} == {200, 503}
    assert len(await stored_ids(session)) == 10_020


async def exchange_slowly(session: Session, data: bytes) -> bytes:
    """Send a request and wait for its response, however long that takes."""
    sender = await connected(session)
    await sender.send(data.replace(b"Host: here\r\n", b"Host: here\r\nConnection: close\r\n"))
    received = await sender.reader.read()
    sender.writer.close()
    return received


async def stored_ids(session: Session) -> Sequence[int]:
    return session.captures.newest(EVERYTHING, limit=20_000)


@pytest.mark.parametrize("target", [b"/503", b"/hook/503?a=b", b"http://here/in/k3v9q2m8/503"])
async def test_a_path_asks_for_a_status_before_any_rule(start: Start, target: bytes) -> None:
    session = await with_rules(start, "429")
    assert await got(session, 1, a_request(b"{}", target=target)) == [503]
    assert await got(session, 1, a_request(b"{}", target=b"/100")) == [429], "1xx is not a response"
    first, _ = await stored(session, 2)
    assert (first.answered, first.answered_by) == (503, "path: /503")


async def test_a_body_file_that_vanishes_is_500_for_its_rule_only(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(b'{"a":1}')
    session = await with_rules(start, f"200 for path:/f header 'Content-Type: application/json' body @{path}")
    request = a_request(b"{}", target=b"/f")
    assert (await exchange(session, request)).endswith(b'\r\n\r\n{"a":1}')
    path.write_bytes(b"changed")
    assert (await exchange(session, request)).endswith(b"\r\n\r\nchanged")
    path.unlink()
    assert await got(session, 1, request) == [500]
    assert await got(session, 1) == [200]
    captures = await stored(session, 4)
    assert [one.answered for one in captures] == [200, 200, 500, 200]
    by = f"rule 1: 200 OK (path:/f). Cannot read the body file {path}: No such file or directory."
    assert captures[2].answered_by == by


async def test_a_large_delivery_is_evaluated_before_a_rule_responds(start: Start) -> None:
    session = await with_rules(start, "503 for verdict:valid xxx", "429 for yyy", "204 for size:>64kb")
    body = an_answer(response="x" * 200_000)
    signed = b"x-webhook-signature: " + signature(body, SECRET_TEXT) + b"\r\n"
    assert await got(session, 1, a_request(body, fields=signed)) == [503]
    assert await got(session, 2, a_request(body)) == [204, 204]
    assert await got(session, 1, a_request(b"y" * 70_000)) == [429]


async def test_a_rule_precedes_the_relay_and_the_relay_the_usual_response(start: Start) -> None:
    target = Target()
    await target.start()
    session = await with_rules(start, "503 first 1", f"relay {target.url}")
    body = an_answer()
    signed = b"x-webhook-signature: " + signature(body, SECRET_TEXT) + b"\r\n"

    async def relayed(_: bytes) -> bytes:
        return b"HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\nmine"

    target.answer = relayed
    sent = a_request(body, fields=signed + b"Connection: close\r\n")
    answers = []
    for _ in range(2):
        sender = await connected(session)
        await sender.send(sent)
        answers.append(await sender.all())
    assert statuses(answers[0]) == [503]
    assert answers[1].endswith(b"mine")
    await target.got(2)
    by = f"relay: Relay the response of 127.0.0.1:{target.port}"
    assert [(one.answered, one.answered_by) for one in await stored(session, 2)] == [
        (503, "rule 1: 503 for the first one"),
        (202, by),
    ]
    await target.stop()


async def test_rules_of_one_run_come_first_and_count_anew(start: Start) -> None:
    session = await start(listening=False)
    await session.responses.add("503")
    session.responses.add_for_run(["429 first 1", "418 first 1"])
    await session.listen()
    assert await got(session, 3) == [429, 418, 503]
    assert [rule.number for rule in session.responses.rules] == [
        "rule 1 of this run",
        "rule 2 of this run",
        "rule 1",
    ]


async def test_another_process_switches_a_rule_of_the_listener(start: Start) -> None:
    session = await with_rules(start, "503")
    other = await start(listening=False)
    await other.responses.switch(1, False)
    await until(lambda: session.responses.rules[0].is_on, lambda is_on: not is_on)
    assert await got(session, 1) == [200]
