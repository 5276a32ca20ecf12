"""Probes over raw sockets: what the listener answers to its own nonces, and to all others."""

from __future__ import annotations

import pytest

from inspector.capture import probes
from inspector.capture.probes import ExpectedProbe
from tests.capture.wire import a_desk, a_request, statuses


def fields(probe: ExpectedProbe) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in probe.headers)


def reply_headers(received: bytes) -> tuple[tuple[bytes, bytes], ...]:
    lines = received.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))


async def test_a_probe_is_answered_204_with_the_reply_and_is_not_stored() -> None:
    async with a_desk() as desk:
        probe = desk.listener.probes.expect()
        sent = a_request(method=b"GET", target=b"/in/x?y=1", fields=fields(probe) + b"cf-RAY: 7\r\n")
        received = await desk.exchange(sent)
        assert statuses(received) == [204]
        assert probe.is_answered_by(reply_headers(received))
        arrived = probe.received.result()
        assert arrived.headers == ((b"Host", b"here"), *probe.headers, (b"cf-RAY", b"7"))
        assert (arrived.target, arrived.version) == (b"/in/x?y=1", "1.1")
        assert desk.taken == []


async def test_a_reply_cannot_be_made_by_whoever_sees_the_request() -> None:
    async with a_desk() as desk:
        probe, other = desk.listener.probes.expect(), desk.listener.probes.expect()
        (name, nonce), reply = probe.headers[0], probe.reply
        assert not probe.is_answered_by(((reply[0], nonce),))
        assert not probe.is_answered_by((other.reply,))
        assert not probe.is_answered_by((reply, reply))
        assert not probe.is_answered_by(((name, reply[1]),))
        assert probe.is_answered_by(((reply[0].lower(), reply[1]),))  # as HTTP/2 writes names


async def test_an_unknown_nonce_is_an_ordinary_request() -> None:
    async with a_desk() as desk:
        name = desk.listener.probes.expect().headers[0][0]
        received = await desk.exchange(a_request(b"{}", fields=name + b": 0123456789abcdef\r\n"))
        assert statuses(received) == [200]
        assert desk.kinds() == ["captured"]


async def test_a_forgotten_probe_that_arrives_late_is_not_stored() -> None:
    async with a_desk() as desk:
        probe = desk.listener.probes.expect()
        desk.listener.probes.forget(probe)
        assert probe.received.cancelled()
        assert statuses(await desk.exchange(a_request(fields=fields(probe)))) == [204]
        assert desk.taken == []


async def test_a_probe_is_known_for_a_limited_time_and_in_a_limited_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_desk() as desk:
        first = desk.listener.probes.expect()
        for _ in range(probes.MOST):
            last = desk.listener.probes.expect()
        assert first.received.cancelled()
        sent = a_request(fields=fields(first)), a_request(fields=fields(last))
        assert [statuses(await desk.exchange(data)) for data in sent] == [[200], [204]]
        monkeypatch.setattr(probes, "EXPIRES_S", -1.0)
        late = desk.listener.probes.expect()
        assert statuses(await desk.exchange(a_request(fields=fields(late)))) == [200]
        assert desk.kinds() == ["captured", "captured"]


async def test_a_probe_passes_a_full_listener_and_its_body_takes_no_room() -> None:
    async def busy(_: object) -> None:
        raise AssertionError("a probe is not stored")

    async with a_desk(busy, body_bytes=10, in_flight_bytes=10) as desk:
        probe = desk.listener.probes.expect()
        sent = a_request(b"x" * 10, fields=fields(probe))
        assert statuses(await desk.exchange(sent * 3)) == [204, 204, 204]
        too_large = a_request(b"x" * 11, fields=fields(probe))
        assert statuses(await desk.exchange(too_large)) == [204]
        assert desk.listener.handler.in_flight.bytes == 0
        assert desk.taken == []
