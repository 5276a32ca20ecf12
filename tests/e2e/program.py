"""Start the program as a user does, and the others that it deals with: a sender and a receiver."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from tests.builders import SECRET_TEXT
from tests.e2e.fork_server import ForkedProgram, can_fork
from tests.waiting import PATIENCE_S, wait_until

PROGRAM = Path(sys.executable).with_name("webhook-inspector")


def start(
    *arguments: str,
    through: Sequence[str] = (),
    stdin: int = subprocess.DEVNULL,
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    """Start the program with the samples' secret in its environment, and pipes for what it prints."""
    variables = {**os.environ, "BLITZ_WEBHOOK_SECRET": SECRET_TEXT, **environment}
    popen = subprocess.Popen if through or not can_fork(variables) else ForkedProgram
    return popen(
        [*through, str(PROGRAM), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables,
        start_new_session=bool(through),
    )


class Program:
    """A running `webhook-inspector`; its lines can be waited for."""

    def __init__(self, *arguments: str, through: Sequence[str] = (), **environment: str) -> None:
        """`through` is a command that is to run the program."""
        self.process = start(*arguments, through=through, environment=environment)
        self._is_through = bool(through)
        self._lines: Queue[bytes | None] = Queue()
        """None at the end."""
        self._messages: Queue[bytes | None] = Queue()
        self._errors = b""
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def line(self) -> str:
        """The next line of standard output."""
        return self._next(self._lines)

    def said(self) -> str:
        """The next line of standard error."""
        return self._next(self._messages)

    def told(self, text: str) -> str:
        """The next line of standard error that has `text` in it."""
        while text not in (line := self.said()):
            pass
        return line

    def record(self) -> dict[str, Any]:
        """The next line, which is JSON."""
        record: dict[str, Any] = json.loads(self.line())
        return record

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal, and give the exit status and all of standard error."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait for its end, and give the exit status and all of standard error."""
        status = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        return status, self._errors.decode()

    def rest(self) -> list[str]:
        """The lines that nobody waited for; after the end."""
        lines = []
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            lines.append(line.decode())
        return lines

    def _next(self, lines: Queue[bytes | None]) -> str:
        try:
            line = lines.get(timeout=PATIENCE_S)
        except Empty:
            line = None
        assert line is not None, f"no line came; standard error has {self._errors!r}"
        return line.decode()

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._errors += line
            self._messages.put(line)
        self._messages.put(None)

    def kill_if_running(self) -> None:
        if self._is_through:  # what runs the program leaves it alive when it is killed itself
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        elif self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def running(*arguments: str, through: Sequence[str] = (), **environment: str) -> Iterator[Program]:
    """The program; killed at the end if a test left it alive."""
    program = Program(*arguments, through=through, **environment)
    try:
        yield program
    finally:
        program.kill_if_running()


@contextmanager
def listening(
    database: Path, *options: str, through: Sequence[str] = (), **environment: str
) -> Iterator[tuple[Program, str]]:
    """`listen --format json` on a free port, and where it listens."""
    arguments = ("listen", "--port", "0", "--format", "json", "--database", str(database), *options)
    with running(*arguments, through=through, **environment) as program:
        yield program, program.record()["listening"]


def finish(*arguments: str, body: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A verb that comes to its own end."""
    with start(*arguments, stdin=subprocess.PIPE, environment=environment) as process:
        try:
            out, errors = process.communicate(body, PATIENCE_S)
        finally:
            process.kill()
    return subprocess.CompletedProcess(arguments, process.returncode, out, errors)


def records(*arguments: str) -> list[dict[str, Any]]:
    """The JSON lines of a verb that has to succeed in silence."""
    done = finish(*arguments, "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def deliver(url: str, *bodies: bytes, secret: str = SECRET_TEXT) -> None:
    """Sign bodies as the sender's documents say, by the standard library alone, and send them in turn."""
    for body in bodies:
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "x-webhook-signature": signature}
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            assert response.status == 200


def a_post(body: bytes, *headers: bytes) -> bytes:
    """A POST with these header lines, after which the connection is closed."""
    lines = (b"POST / HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, *headers, b"", body))


def send_raw(url: str, request: bytes) -> bytes:
    """Send bytes over a socket, and give what is answered until the connection is closed."""
    with connect(url) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def connect(url: str) -> socket.socket:
    """A connection to a listener."""
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE_S)


def wait_for_listener(url: str) -> None:
    """Until something listens there."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            connect(url).close()
        except ConnectionRefusedError:
            assert time.monotonic() < give_up, f"nothing listens at {url}"
            time.sleep(0.05)
        else:
            return


def evaluator_of(listener: int, database: Path) -> int:
    """The process that evaluates what this listener captures: the other one that has the journal open."""
    path = f"{database}.journal"
    found = wait_until(lambda: [one for one in _users_of(path) if one != listener])
    assert len(found) == 1, found
    return found[0]


def _users_of(path: str) -> list[int]:
    users = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if any(os.readlink(one) == path for one in (process / "fd").iterdir()):
                users.append(int(process.name))
    return users


class Receiver:
    """A user's own back end: it verifies each delivery as the sender's documents say."""

    def __init__(self) -> None:
        self.refuses = False
        """Whether it rejects every delivery."""
        self.took: list[tuple[str, Mapping[str, str], bytes, bool]] = []
        """Target, headers, body, and whether the signature was right."""

    def take(self, target: str, headers: Mapping[str, str], body: bytes) -> int:
        """Verify one delivery, and say what to answer."""
        right = hmac.new(SECRET_TEXT.encode(), body, hashlib.sha256).hexdigest()
        is_genuine = hmac.compare_digest(headers.get("x-webhook-signature", ""), right)
        self.took.append((target, headers, body, is_genuine))
        return 200 if is_genuine and not self.refuses else 401


@contextmanager
def receiving(port: int = 0) -> Iterator[tuple[Receiver, str]]:
    """A receiver and its URL; with 0 on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(self.path, headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
