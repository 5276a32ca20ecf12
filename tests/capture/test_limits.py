"""What a stranger may send: every bound of size, time and number, and what is kept of what crosses it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys

import pytest

from inspector.capture.limits import KIB, MIB, Limits
from inspector.domain.capture.capture import Capture
from tests.capture.wire import HOST, a_desk, a_request, statuses
from tests.waiting import PATIENCE_S, until

CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Gate:
    """A store that waits until it is opened."""

    def __init__(self) -> None:
        self.taken: list[Capture] = []
        self.opened = asyncio.Event()
        self.entered = asyncio.Semaphore(0)

    async def take(self, capture: Capture) -> None:
        """Keep `capture` once the gate is open."""
        self.entered.release()
        await self.opened.wait()
        self.taken.append(capture)


def test_the_bounds_are_those_of_the_design() -> None:
    limits = Limits()
    assert (limits.connections, limits.head_bytes, limits.head_fields) == (256, 64 * KIB, 100)
    assert (limits.body_bytes, limits.in_flight_bytes) == (50 * MIB, 256 * MIB)
    assert (limits.head_seconds, limits.idle_seconds, limits.whole_seconds) == (10, 10, 120)
    assert (limits.keep_alive_seconds, limits.refused_per_second, limits.refused_bytes) == (15, 10, 64 * KIB)


# ---- size


@pytest.mark.parametrize("pieces", [1, 20])
@pytest.mark.parametrize(
    "fields", [b"X: " + b"v" * 3000 + b"\r\n", b"".join(b"X%d: %s\r\n" % (i, b"v" * 90) for i in range(30))]
)
async def test_a_head_over_its_bound_is_refused_however_it_comes(fields: bytes, pieces: int) -> None:
    data = a_request(b"body", fields=fields)
    async with a_desk(head_bytes=2000) as desk:
        sender = await desk.sender()
        size = len(data) // pieces + 1
        for begin in range(0, len(data), size):
            await sender.send(data[begin : begin + size])
            await asyncio.sleep(0)
        assert statuses(await sender.all()) == [431]
        [refused] = desk.taken
        assert refused.kind == "refused"
        assert refused.trouble == "Its head is longer than the limit of 2,000 bytes."
        assert data.startswith(refused.body)
        assert len(refused.body) > 1500


async def test_a_target_over_the_bound_is_refused() -> None:
    async with a_desk() as desk:
        received = await desk.exchange(a_request(target=b"/" + b"a" * 70_000), ends=False)
        assert statuses(received) == [431]
        assert len(desk.taken[0].body) == 64 * KIB


async def test_a_head_just_under_its_bound_is_captured() -> None:
    fields = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 8000) for i in range(8))
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(b"x", fields=fields))) == [200]


async def test_good_requests_before_one_with_a_long_head_are_captured() -> None:
    long = a_request(b"long", fields=b"A: " + b"v" * 150 + b"\r\nB: " + b"v" * 150 + b"\r\n")
    async with a_desk(head_bytes=200) as desk:
        assert statuses(await desk.exchange(a_request(b"good") + long, ends=False)) == [200, 431]
        assert desk.kinds() == ["captured", "refused"]
        assert desk.taken[1].body == long


@pytest.mark.parametrize(("count", "status"), [(98, 200), (99, 431)])
async def test_a_hundred_fields_are_taken_and_no_more(count: int, status: int) -> None:
    fields = b"a: b\r\n" * count  # and Host, and Content-Length
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(b"x", fields=fields))) == [status]


async def test_a_body_announced_too_large_is_refused_before_it_is_read() -> None:
    head = b"POST /in HTTP/1.1\r\nHost: here\r\nContent-Length: 11\r\n\r\n"
    async with a_desk(body_bytes=10) as desk:
        sender = await desk.sender()
        await sender.send(head)
        assert (await sender.answer())[0] == 413
        [refused] = desk.taken
        assert (refused.kind, refused.declared, refused.answered) == ("refused", 11, 413)
        assert (refused.method, refused.target, refused.body) == ("POST", b"/in", head)
        assert refused.trouble == "Its body is larger than the limit of 10 bytes."


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_chunked_body_that_grows_too_large_is_refused(at_once: bool) -> None:
    parts = [a_request(fields=CHUNKED), b"c\r\n123456789012\r\n", b"c\r\n123456789012\r\n", b"0\r\n\r\n"]
    async with a_desk(body_bytes=20, in_flight_bytes=20) as desk:
        sender = await desk.sender()
        for part in [b"".join(parts)] if at_once else parts:
            await sender.send(part)
            await asyncio.sleep(0.01)
        assert (await sender.answer())[0] == 413
        [refused] = desk.taken
        assert (refused.kind, refused.declared) == ("refused", None)
        assert refused.body.startswith(parts[0])
        await desk.holds_nothing(20)


async def test_a_body_in_too_many_chunks_is_refused() -> None:
    async with a_desk(body_chunks=100) as desk:
        for count, status in ((99, 200), (101, 413)):  # and the last chunk, which is empty
            chunks = b"1\r\nx\r\n" * count + b"0\r\n\r\n"
            assert statuses(await desk.exchange(a_request(fields=CHUNKED) + chunks)) == [status]
        assert desk.taken[1].trouble == "Its body has more than 100 chunks."


async def test_one_byte_chunks_hold_up_no_other_sender() -> None:
    chunks = b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n"
    async with a_desk() as desk:
        with (
            socket.create_connection((HOST, desk.port)) as slow,
            socket.create_connection((HOST, desk.port)) as quick,
        ):
            # The listener finds both as soon as the loop runs again.
            slow.sendall(a_request(fields=CHUNKED) + chunks + a_request(b"next"))
            quick.sendall(a_request(b"quick"))
            await desk.first(3)
        assert [capture.body for capture in desk.taken] == [b"quick", b"x" * 10_000, b"next"]


async def test_a_sender_that_pours_on_still_reads_that_it_was_too_much() -> None:
    async with a_desk(body_bytes=1000) as desk:
        received = await desk.exchange(a_request(b"x" * 3_000_000))
        assert statuses(received) == [413]
        assert len(desk.taken[0].body) <= 64 * KIB


async def test_a_length_beyond_any_integer_of_a_database_is_still_told() -> None:
    async with a_desk() as desk:
        await desk.exchange(a_request(fields=b"Content-Length: 18446744073709551614\r\n"))
        assert desk.taken[0].declared == 2**63 - 1


async def test_bodies_in_flight_are_bounded_together() -> None:
    gate = Gate()
    async with a_desk(gate.take, in_flight_bytes=1000) as desk:
        first = await desk.sender()
        await first.send(a_request(b"a" * 1000))
        await gate.entered.acquire()
        received = await desk.exchange(a_request(b"b"), ends=False)
        assert statuses(received) == [503]
        assert b"Retry-After: 5" in received
        gate.opened.set()
        assert await first.answer() == (200, b"")
        await first.send(a_request(b"c"))
        assert await first.answer() == (200, b"")
        assert [c.body for c in gate.taken] == [b"a" * 1000, b"c"]
        assert desk.kinds() == ["refused"]


# ---- number


async def test_a_connection_that_brings_many_requests_as_a_tunnel_does_is_replaced_last() -> None:
    async with a_desk(connections=3) as desk:
        tunnel = await desk.begun(b"")
        for _ in range(3):
            await tunnel.send(a_request(b"x"))
            assert await tunnel.answer() == (200, b"")
        for _ in range(5):  # each is captured and then holds its connection, idle for a shorter time
            await desk.begun(b"")
        await tunnel.send(a_request(b"x"))
        assert await tunnel.answer() == (200, b"")
        assert desk.listener.connections.turned_away == 3


async def test_where_all_connections_have_a_request_one_more_is_turned_away_and_counted() -> None:
    async with a_desk(connections=3) as desk:
        busy = [await desk.begun(a_request(fields=b"Content-Length: 2\r\n")) for _ in range(3)]
        fourth = await desk.sender()
        assert (await fourth.answer())[0] == 503
        assert desk.listener.connections.turned_away == 1
        for sender in busy:
            await sender.send(b"ok")
            assert await sender.answer() == (200, b"")


async def test_one_connection_too_many_replaces_the_one_that_sent_the_least_for_the_longest() -> None:
    async with a_desk(connections=4) as desk:
        used = await desk.begun(b"")
        slow = await desk.begun(a_request(fields=b"Content-Length: 2\r\n"))
        drips = await desk.sender()
        await drips.send(b"POST / HT")
        silent = await desk.sender()
        delivery = await desk.sender()
        assert await silent.all() == b""
        for sender, data in ((delivery, a_request(b"x")), (slow, b"ok")):
            await sender.send(data)
            assert await sender.answer() == (200, b"")
        await desk.begun(b"")
        assert await drips.all() == b""
        await used.send(a_request(b"still open"))
        assert await used.answer() == (200, b"")
        assert desk.listener.connections.turned_away == 2
        assert "refused" not in desk.kinds()


HOLD = """
import asyncio, sys

async def hold():
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
            await reader.read()
            writer.transport.abort()
        except OSError:
            await asyncio.sleep(0.01)

async def main():
    await asyncio.gather(*(hold() for _ in range(int(sys.argv[2]))))

asyncio.run(main())
"""
"""Clients that send nothing, and connect again when they are closed."""


@pytest.mark.parametrize("holders", [600, pytest.param(3000, marks=pytest.mark.slow)])
async def test_deliveries_get_through_between_clients_that_hold_all_connections(holders: int) -> None:
    async with a_desk() as desk:
        holding = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLD, str(desk.port), str(holders)
        )
        try:
            await until(lambda: desk.listener.connections.turned_away, lambda count: count > 30)
            for number in range(20):
                assert statuses(await desk.exchange(a_request(b"%d" % number))) == [200]
            assert {capture.body for capture in desk.taken} == {b"%d" % number for number in range(20)}
        finally:
            holding.kill()
            await holding.wait()


# ---- time


async def test_a_head_that_drips_is_refused_after_its_time() -> None:
    async with a_desk(head_seconds=0.2) as desk:
        sender = await desk.sender()
        await sender.send(b"GET /")
        for _ in range(100):
            await sender.send(b"a")
            await asyncio.sleep(0.02)
            if desk.taken:
                break
        assert (await sender.answer())[0] == 408
        [refused] = desk.taken
        assert refused.trouble == "The head of the request was not complete after 0.2 seconds."
        assert refused.body.startswith(b"GET /a")
        assert await sender.all() == b""


async def test_the_head_of_a_second_request_has_its_own_time() -> None:
    async with a_desk(head_seconds=0.2) as desk:
        sender = await desk.sender()
        await sender.send(a_request(b"whole") + b"POST / HT")
        assert await sender.answer() == (200, b"")
        assert (await sender.answer())[0] == 408
        assert desk.kinds() == ["captured", "refused"]
        assert desk.taken[1].body == b"POST / HT"


@pytest.mark.parametrize(
    ("head", "declared"),
    [(a_request(fields=b"Content-Length: 100\r\n"), 100), (a_request(fields=CHUNKED) + b"4\r\n", None)],
)
async def test_a_body_that_falls_silent_is_cut_and_keeps_what_came(head: bytes, declared: int | None) -> None:
    async with a_desk(idle_seconds=0.2) as desk:
        sender = await desk.sender()
        await sender.send(head)
        await sender.send(b"some")
        assert (await sender.answer())[0] == 408
        [cut] = desk.taken
        assert (cut.kind, cut.body, cut.declared, cut.answered) == ("cut", b"some", declared, 408)
        assert cut.trouble == "No more of the body arrived for 0.2 seconds."


async def test_a_body_that_drips_is_cut_after_its_whole_time() -> None:
    async with a_desk(idle_seconds=5, whole_seconds=0.3) as desk:
        sender = await desk.sender()
        await sender.send(a_request(fields=b"Content-Length: 10000\r\n"))
        sent = 0
        while not desk.taken and sent < 1000:
            await sender.send(b"x")
            sent += 1
            await asyncio.sleep(0.02)
        [cut] = desk.taken
        assert (cut.kind, cut.trouble) == ("cut", "The body was not complete after 0.3 seconds.")
        assert set(cut.body) == {ord("x")}


async def test_a_slow_body_within_its_time_is_captured() -> None:
    async with a_desk(idle_seconds=2) as desk:
        sender = await desk.sender()
        await sender.send(a_request(fields=b"Content-Length: 10\r\n"))
        for _ in range(10):
            await sender.send(b"x")
            await asyncio.sleep(0.01)
        assert await sender.answer() == (200, b"")
        assert desk.taken[0].body == b"x" * 10


async def test_a_refused_connection_is_not_kept_for_ever() -> None:
    async with a_desk(keep_alive_seconds=60) as desk:
        sender = await desk.sender()
        await sender.send(b"nonsense\r\n\r\n")
        assert (await sender.answer())[0] == 400
        async with asyncio.timeout(20):
            while not sender.writer.is_closing():  # it takes no notice of the end, and is cut off
                await sender.send(b"more")
                await asyncio.sleep(0.02)


async def test_an_idle_connection_is_closed_after_a_while() -> None:
    async with a_desk(keep_alive_seconds=0.2) as desk:
        silent = await desk.sender()
        used = await desk.sender()
        await used.send(a_request(b"x"))
        assert await used.answer() == (200, b"")
        assert await used.all() == b""
        assert await silent.all() == b""
        assert desk.kinds() == ["captured"]


async def test_a_slow_store_is_not_taken_for_an_idle_sender() -> None:
    gate = Gate()
    async with a_desk(gate.take, keep_alive_seconds=0.1, idle_seconds=0.1, head_seconds=0.1) as desk:
        sender = await desk.sender()
        await sender.send(a_request(b"x"))
        await asyncio.sleep(0.4)
        gate.opened.set()
        assert await sender.answer() == (200, b"")


# ---- senders that go


@pytest.mark.parametrize("body", [b"", b"part of it"])
async def test_a_dropped_sender_leaves_what_it_sent(body: bytes) -> None:
    async with a_desk(in_flight_bytes=50) as desk:
        sender = await desk.begun(a_request(fields=b"Content-Length: 100\r\n") + body)
        sender.drop()
        cut = (await desk.first(2))[1]
        assert (cut.kind, cut.body, cut.declared, cut.answered) == ("cut", body, 100, None)
        assert cut.trouble == "The connection was lost before the body was complete."
        await desk.holds_nothing(50)
        assert desk.listener.handler.senders_gone == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\0garbage\r\n\r\n",
        b"POST / HT",
        a_request(b"x") * 3,
        a_request(fields=b"Content-Length: 9\r\n") + b"part",
        a_request(fields=b"Content-Length: 99999999999\r\n"),
        a_request(fields=CHUNKED) + b"no size\r\n",
    ],
)
@pytest.mark.parametrize("is_reset", [False, True])
async def test_senders_that_are_gone_at_once_leave_nothing_in_the_log(
    data: bytes, is_reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with a_desk() as desk:
        for _ in range(50):
            sender = socket.create_connection((HOST, desk.port))
            sender.sendall(data)
            if is_reset:
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sender.close()
            await asyncio.sleep(0)
        assert statuses(await desk.exchange(a_request(b"the next"))) == [200]
        await desk.restart()
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_sender_that_ends_too_early_and_still_listens_is_told() -> None:
    async with a_desk() as desk:
        received = await desk.exchange(a_request(fields=b"Content-Length: 100\r\n") + b"part")
        assert statuses(received) == [408]
        assert (desk.taken[0].kind, desk.taken[0].body, desk.taken[0].answered) == ("cut", b"part", 408)


async def test_a_body_framed_wrongly_is_cut_where_the_fault_is() -> None:
    for pause in (False, True):
        async with a_desk() as desk:
            sender = await desk.sender()
            await sender.send(a_request(fields=CHUNKED) + b"3\r\nabc\r\n")
            await asyncio.sleep(0.02 * pause)
            await sender.send(b"no size\r\n")
            assert statuses(await sender.all()) == [408]
            assert [(c.kind, c.body) for c in desk.taken] == [("cut", b"abc")]
            assert "does not have its announced form" in (desk.taken[0].trouble or "")


async def test_whole_requests_of_a_sender_that_has_gone_are_still_captured() -> None:
    gate = Gate()
    async with a_desk(gate.take) as desk:
        sender = await desk.sender()
        await sender.send(b"".join(a_request(b"%d" % i) for i in range(5)) + a_request())
        await gate.entered.acquire()
        sender.drop()
        await until(lambda: desk.listener.handler.senders_gone)
        gate.opened.set()
        for _ in range(5):
            await gate.entered.acquire()
        await desk.listener.stop()
        assert [capture.body for capture in gate.taken] == [b"0", b"1", b"2", b"3", b"4", b""]


async def test_a_sender_that_never_reads_its_answers_is_dropped() -> None:
    async with a_desk(in_flight_bytes=1000) as desk:
        sender = await desk.sender()
        sender.writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE_S):  # the system takes 100,000 answers before it is full
            while not sender.writer.is_closing():
                await sender.send(a_request(b"x") * 500)
        await desk.restart()
        await desk.holds_nothing(1000)
