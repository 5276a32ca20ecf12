"""What strangers can do to a tunnel: its connections stay, and strays take neither room nor turns."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.capture.test_limits import HOLD
from tests.capture.wire import Desk, Sender, a_desk, a_request, statuses
from tests.waiting import until

PATH = "/in/8f3c0d1qv5k7m"
DELIVERY = a_request(b"x", target=PATH.encode())
PART = a_request(fields=b"Content-Length: 9\r\n")


async def delivers(sender: Sender) -> None:
    """Prove that a delivery on this open connection is captured."""
    await sender.send(DELIVERY)
    assert await sender.answer() == (200, b"")


async def strayed(desk: Desk, part: bytes = b"") -> Sender:
    """A connection that brought a stray request, and then `part`, which came with it."""
    sender = await desk.sender()
    await sender.send(a_request(b"y") + part)
    assert (await sender.answer())[0] == 404
    return sender


async def probed(desk: Desk) -> Sender:
    """A connection that brought a probe of ours."""
    sender = await desk.sender()
    fields = b"%s: %s\r\n" % desk.listener.probes.expect().headers[0]
    await sender.send(a_request(method=b"GET", fields=fields))
    assert (await sender.answer())[0] == 204
    return sender


@pytest.mark.parametrize("is_probed", [False, True])
async def test_the_connection_of_a_tunnel_is_never_closed_for_one_of_a_stranger(is_probed: bool) -> None:
    async with a_desk(path=PATH, connections=4) as desk:
        if is_probed:
            tunnel = await probed(desk)
        else:
            tunnel = await desk.sender()
            await delivers(tunnel)
        for data in (b"", PART, b"POST / HTTP/1.1\r\nHost: here\r\nX: " + b"z" * 1_000) * 3:
            await strayed(desk, a_request(b"y") * 5 + data)  # more than the tunnel, and later
        assert desk.listener.connections.turned_away == 6
        await delivers(tunnel)
        assert [stray.body for stray in desk.strays] == [b"y"] * 54


async def test_rather_than_the_connection_of_a_tunnel_a_new_one_is_closed() -> None:
    async with a_desk(connections=4) as desk:
        tunnel = await probed(desk)
        busy = [await desk.begun(PART) for _ in range(3)]
        late = await desk.sender()
        assert (await late.answer())[0] == 503
        await delivers(tunnel)
        for sender in busy:
            await sender.send(b"123456789")
            assert await sender.answer() == (200, b"")


async def test_the_body_that_arrives_the_most_slowly_gives_way_to_a_delivery_and_is_recorded() -> None:
    async with a_desk(connections=3) as desk:
        part = a_request(fields=b"Content-Length: 60000\r\n")
        # The slowest begins first: a body can be cut only after a second.
        slowest, slow, fast = [await desk.begun(part + data) for data in (b"s", b"slow", b"f" * 59_999)]

        async def delivered() -> list[int]:
            return statuses(await desk.exchange(a_request(b"one")))

        assert await until(delivered, lambda got: got == [200])
        assert (await slowest.answer())[0] == 408
        for sender, rest in ((slow, b"s" * 59_996), (fast, b"f")):
            await sender.send(rest)
            assert await sender.answer() == (200, b"")
        [cut] = [capture for capture in desk.taken if capture.kind == "cut"]
        assert (cut.body, cut.answered) == (b"s", 408)
        assert cut.trouble == "Too many connections were open, and this body arrived the most slowly."


async def test_the_connection_of_a_tunnel_stays_between_clients_that_hold_all_others() -> None:
    async with a_desk(path=PATH) as desk:
        tunnel = await desk.sender()
        await delivers(tunnel)
        holding = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, str(desk.port), "600")
        try:
            for seen in range(100, 1_100, 100):
                await until(lambda: desk.listener.connections.turned_away, lambda count, m=seen: count >= m)
                await delivers(tunnel)
        finally:
            holding.kill()
            await holding.wait()
        assert len(desk.taken) == 11


async def test_where_most_connections_are_the_tunnels_the_least_useful_of_them_makes_room() -> None:
    async with a_desk(path=PATH, connections=3) as desk:
        first, second = await desk.sender(), await desk.sender()
        for sender in (first, second, second):
            await delivers(sender)
        await strayed(desk)
        await delivers(await desk.sender())  # it takes the stranger's place
        await delivers(await desk.sender())
        assert await first.all() == b""
        await delivers(second)


async def test_a_stray_that_is_still_arriving_makes_room_for_a_delivery() -> None:
    async with a_desk(path=PATH, connections=3) as desk:
        for _ in range(3):
            await strayed(desk, PART)
        for _ in range(5):
            await delivers(await desk.sender())
        assert desk.kinds() == ["captured"] * 5


async def test_the_bodies_of_strays_take_no_room() -> None:
    async with a_desk(path=PATH, body_bytes=100_000, in_flight_bytes=20_000) as desk:
        large = a_request(fields=b"Content-Length: 99999\r\n") + b"s" * 99_998
        chunked = a_request(fields=b"Transfer-Encoding: chunked\r\n") + b"1869f\r\n" + b"s" * 99_998
        strangers = [await strayed(desk, data) for data in (large, chunked)]
        in_flight = desk.listener.handler.in_flight
        await until(lambda: in_flight.bytes == 2 * 4_096)
        assert statuses(await desk.exchange(a_request(b"x" * 11_000, target=PATH.encode()))) == [200]
        for stranger, rest in zip(strangers, (b"s", b"s\r\n0\r\n\r\n"), strict=True):
            await stranger.send(rest)
            assert (await stranger.answer())[0] == 404
        assert [(stray.body, stray.body_bytes) for stray in desk.strays[-2:]] == [(b"s" * 4_096, 99_999)] * 2
        assert in_flight.bytes == 0


async def test_a_request_that_is_refused_is_a_stray_unless_it_is_for_the_path_or_has_none() -> None:
    async with a_desk(path=PATH, head_fields=2) as desk:
        many = b"A: b\r\n" * 3
        sent = (
            (a_request(target=b"/\xff"), 404),
            (a_request(target=PATH.encode() + b"x", fields=many), 404),
            (a_request(target=PATH.encode(), fields=many), 431),
            (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        )
        for data, status in sent:
            assert statuses(await desk.exchange(data)) == [status]
        assert [stray.target for stray in desk.strays] == [b"/\xff", PATH.encode() + b"x"]
        assert desk.strays[0].body == sent[0][0]
        assert desk.kinds() == ["refused"] * 2
        assert [capture.target for capture in desk.taken] == [PATH.encode(), b""]


async def test_an_idle_connection_of_a_tunnel_outlives_that_of_a_stranger() -> None:
    async with a_desk(path=PATH, keep_alive_seconds=0.1, tunnel_keep_alive_seconds=600) as desk:
        tunnel = await desk.sender()
        await delivers(tunnel)
        stranger = await strayed(desk)
        assert await stranger.all() == b""
        await delivers(tunnel)
