"""Start and stop: addresses, taken ports, and requests in flight when it ends."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from inspector.base.errors import InspectorError, PortTaken
from inspector.base.quantity import host_and_port
from inspector.capture.address import (
    cannot_listen,
    free_port,
    network_warning,
    url,
    usable_url,
)
from inspector.capture.bound_port import BoundPort
from inspector.capture.limits import Limits
from inspector.capture.listener import Listener
from inspector.capture.response import Response
from tests import ports
from tests.capture.test_limits import Gate
from tests.capture.wire import HOST, Desk, a_desk, a_request, statuses


def a_listener(host: str = HOST, port: int = 0) -> Listener:
    desk = Desk()
    return Listener(port=BoundPort(host, port), limits=Limits(), take=desk.take, take_refused=desk.take)


# ---- where it listens


async def test_it_says_the_real_port_and_says_it_again() -> None:
    listener = a_listener()
    address = await listener.start()
    assert address == await listener.start()
    assert address.startswith("http://127.0.0.1:")
    assert not address.endswith(":0/")
    await listener.stop()


async def test_localhost_is_one_address() -> None:
    listener = a_listener("localhost")
    assert (await listener.start()).startswith("http://127.0.0.1:")
    await listener.stop()


async def test_an_ipv6_address_stands_in_brackets() -> None:
    listener = a_listener("::1")
    try:
        address = await listener.start()
    except InspectorError:
        pytest.skip("this machine has no IPv6")
    assert address.startswith("http://[::1]:")
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("::1", port)
    writer.write(a_request(b"x"))
    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    writer.close()
    await listener.stop()


async def test_a_taken_port_is_told_with_a_free_one_that_is_free() -> None:
    async with a_desk(port=ports.free_port()) as desk:  # the next one is not a port of clients either
        second = a_listener(port=desk.port)
        with pytest.raises(PortTaken) as raised:
            await second.start()
        offered = raised.value.free_port
        assert offered is not None
        assert str(raised.value) == f"Port {desk.port} is in use."
        await second.stop()
        third = a_listener(port=offered)
        assert await third.start() == f"http://127.0.0.1:{offered}/"
        await third.stop()


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("no-such-host.invalid", 0, "The host no-such-host.invalid"),
        ("203.0.113.1", 0, "203.0.113.1 is not an address of this machine"),
        (HOST, 70000, "70000 is not a valid port"),
    ],
)
async def test_what_cannot_be_listened_on_is_one_sentence(host: str, port: int, words: str) -> None:
    with pytest.raises(InspectorError, match=words) as raised:
        await a_listener(host, port).start()
    assert "\n" not in str(raised.value)


def test_a_port_that_this_user_may_not_have_is_told() -> None:
    told = str(cannot_listen(PermissionError(errno.EACCES, "no"), HOST, 80))
    assert told == "This user is not allowed to listen on 127.0.0.1:80. Use port 1024 or higher."


def test_addresses_are_written_as_urls_write_them() -> None:
    assert url("", 1) == "http://0.0.0.0:1/"
    assert host_and_port("fe80::1", 2) == "[fe80::1]:2"


@pytest.mark.parametrize(
    ("host", "usable", "is_open"),
    [
        ("127.0.0.1", "http://127.0.0.1:1/", False),
        ("::1", "http://[::1]:1/", False),
        ("localhost", "http://localhost:1/", False),
        ("", "http://127.0.0.1:1/", True),
        ("0.0.0.0", "http://127.0.0.1:1/", True),
        ("::", "http://[::1]:1/", True),
        ("192.0.2.7", "http://192.0.2.7:1/", True),
        ("fe80::1%eth0", "http://[fe80::1%eth0]:1/", True),
        ("box.example", "http://box.example:1/", True),
    ],
)
def test_an_address_that_works_is_shown_and_a_network_that_can_send_is_warned_about(
    host: str, usable: str, is_open: bool
) -> None:
    bound = url(host, 1)
    assert usable_url(bound) == usable
    assert (network_warning(bound) is not None) == is_open
    assert "0.0.0.0" not in str(network_warning(bound))


def test_the_offered_port_is_the_next_one_that_is_free() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        found = free_port(HOST, port)
        assert found is not None
        assert found != port


async def test_it_starts_again_after_a_stop() -> None:
    async with a_desk() as desk:
        await desk.restart()
        assert statuses(await desk.exchange(a_request(b"x"))) == [200]


# ---- what it answers


async def test_the_answer_can_be_changed_while_it_listens() -> None:
    async with a_desk() as desk:
        sender = await desk.sender()
        for answer in (Response(status=202, body=b"later"), Response(status=204), Response(status=418)):
            desk.listener.handler.response = answer
            await sender.send(a_request(b"x"))
            assert await sender.answer() == (answer.status, answer.body)
        assert [capture.answered for capture in desk.taken] == [202, 204, 418]


async def test_a_head_request_is_answered_without_a_body() -> None:
    async with a_desk() as desk:
        desk.listener.handler.response = Response(body=b"hello")
        received = await desk.exchange(a_request(method=b"HEAD", fields=b"Connection: close\r\n"))
        assert received.endswith(b"Content-Length: 5\r\nConnection: close\r\n\r\n")


# ---- the end


async def test_a_stop_is_harmless_twice_and_before_a_start() -> None:
    listener = a_listener()
    await listener.stop()
    host, _, port = (await listener.start()).removeprefix("http://").rstrip("/").rpartition(":")
    await listener.stop()
    await listener.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_nothing_is_accepted_after_a_stop_and_idle_senders_are_let_go() -> None:
    async with a_desk() as desk:
        idle = await desk.sender()
        await idle.send(a_request(b"x"))
        await idle.answer()
        await desk.listener.stop()
        assert await idle.all() == b""
        with pytest.raises(OSError, match="Connect"):
            await desk.sender()


async def test_a_request_in_flight_is_stored_and_answered_before_the_end() -> None:
    gate = Gate()
    async with a_desk(gate.take, stop_seconds=30) as desk:
        sender = await desk.sender()
        await sender.send(a_request(b"in flight"))
        await gate.entered.acquire()
        stopping = asyncio.create_task(desk.listener.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        gate.opened.set()
        assert await sender.answer() == (200, b"")
        await stopping
        assert [capture.body for capture in gate.taken] == [b"in flight"]


async def test_a_body_that_is_still_arriving_at_the_stop_may_arrive() -> None:
    async with a_desk(stop_seconds=30) as desk:
        sender = await desk.begun(a_request(fields=b"Content-Length: 8\r\n") + b"half")
        stopping = asyncio.create_task(desk.listener.stop())
        await asyncio.sleep(0.05)
        await sender.send(b"half")
        assert await sender.answer() == (200, b"")
        await stopping
        assert desk.taken[1].body == b"halfhalf"


async def test_a_body_that_does_not_come_to_its_end_is_cut_at_the_stop() -> None:
    async with a_desk(stop_seconds=0.1) as desk:
        sender = await desk.begun(a_request(fields=b"Content-Length: 8\r\n") + b"half")
        await desk.listener.stop()
        cut = desk.taken[1]
        assert (cut.kind, cut.body) == ("cut", b"half")
        assert cut.trouble == "The listener was stopped before the body was complete."
        assert (await sender.answer())[0] == 408


async def test_a_store_that_hangs_does_not_keep_it_from_ending() -> None:
    gate = Gate()
    async with a_desk(gate.take, stop_seconds=0.1) as desk:
        sender = await desk.sender()
        await sender.send(a_request(b"x") * 3)
        await gate.entered.acquire()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await desk.listener.stop()
        assert loop.time() - began < 10  # 0.5 s where nothing else runs
        assert await sender.all() == b""


async def test_a_half_head_at_the_stop_is_no_fault_of_its_sender() -> None:
    async with a_desk() as desk:
        sender = await desk.sender()
        await sender.send(b"POST / HTTP/1.1\r\n")
        await asyncio.sleep(0.05)
        await desk.listener.stop()
        assert desk.taken == []
