"""`sample`: what it asks first, and what it says when it is stopped half-way."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.e2e.program import PATIENCE_S, finish, running


def test_a_host_beyond_this_machine_is_refused_with_the_option_that_allows_it(tmp_path: Path) -> None:
    done = finish("sample", "--to", "http://192.0.2.1/", "--database", str(tmp_path / "captures.db"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "192.0.2.1 is not this machine: give --allow-host 192.0.2.1 if samples may be sent there.\n"
    )


@pytest.mark.parametrize("style", ["text", "json"])
def test_one_that_is_interrupted_says_how_many_were_sent(tmp_path: Path, style: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(PATIENCE_S)
        target = f"http://127.0.0.1:{server.getsockname()[1]}/"
        arguments = ("sample", "--to", target, "--database", str(tmp_path / "captures.db"))
        with running(*arguments, "--format", style) as program:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE_S)
                _read_request(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                _read_request(connection)  # the second is never answered
                assert program.end() == (130, "")
            (line,) = program.rest()
    if style == "json":
        assert json.loads(line) == {"sent": 1, "failed": 0, "error": None}
    else:
        assert line.startswith("1 sample was sent and answered")
        assert "interrupted" in line


def _read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = (
        int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
