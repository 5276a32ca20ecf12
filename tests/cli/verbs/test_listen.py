"""What a listener only counts is told on standard error, and not as often as it happens."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

from tests.e2e.program import connect, listening, send_raw

BEGUN = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
REFUSED = b"no request\r\n\r\n"


def test_refused_requests_beyond_those_stored_are_told_while_it_happens_and_in_all(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db", "--set", "refused_per_second=0") as (program, url):
        send_raw(url, REFUSED)
        assert program.said() == "Refused requests that were only counted, not stored, so far: 1.\n"
        for _ in range(4):
            send_raw(url, REFUSED)
        status, said = program.end()
    assert status == 0
    assert said.splitlines()[1:] == ["Refused requests that were only counted, not stored, in all: 5."]


def test_connections_that_were_turned_away_are_told(tmp_path: Path) -> None:
    with (
        listening(tmp_path / "captures.db", "--set", "connections=1") as (program, url),
        connect(url) as first,
    ):
        first.sendall(BEGUN)
        assert first.recv(4096).startswith(b"HTTP/1.1 100")  # its head is complete, so it keeps its place
        with connect(url) as second, suppress(ConnectionResetError):
            while second.recv(4096):
                pass
        assert program.said() == "Connections closed because too many were open, so far: 1.\n"
        assert program.end()[0] == 0


def test_senders_that_disconnect_before_their_response_are_counted(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db") as (program, url):
        with connect(url) as sender:
            sender.sendall(BEGUN)
            assert sender.recv(4096).startswith(b"HTTP/1.1 100")
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert program.said() == "Senders that disconnected before their response, so far: 1.\n"
        assert program.end()[0] == 0


def test_a_quiet_end_says_nothing(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db") as (program, url):
        send_raw(url, REFUSED)
        program.record()
        assert program.end() == (0, "")
