from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from inspector.session.options import Options
from inspector.session.session import Session
from inspector.settings import keyring as allowed
from inspector.store.file import database
from tests.builders import SECRET_TEXT
from tests.new_file import a_new_file
from tests.waiting import evaluated, until

Start = Callable[..., Awaitable[Session]]

_started: list[Session] = []
"""The sessions of the current test."""


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Start a session that listens on a free port, with the samples' secret unless told otherwise."""

    async def begin(
        *,
        secret: str | None = SECRET_TEXT,
        settings: tuple[tuple[str, str], ...] = (),
        database: str = "captures.db",
        listening: bool = True,
    ) -> Session:
        if secret is None:
            monkeypatch.delenv("BLITZ_WEBHOOK_SECRET", raising=False)
        else:
            monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", secret)
        # The internet is not asked for the addresses that tests set.
        chosen = (("test_address", "false"), *settings)
        session = Session(
            Options(database=a_new_file(tmp_path / database), settings=chosen, port=0, use_saved_secrets=True)
        )
        _started.append(session)
        await session.open()
        await session.load_secrets()
        if listening:
            await session.listen()
        return session

    yield begin
    for session in _started:
        await session.close()
    _started.clear()


class Wallet(KeyringBackend):
    """Stands for a system's keyring, which no test may touch."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch) -> Any:
    wallet = Wallet()
    name = f"{Wallet.__module__}.{Wallet.__qualname__}"
    monkeypatch.setitem(allowed.ALLOWED, name, "Test wallet")
    before = keyring.get_keyring()
    keyring.set_keyring(wallet)
    yield wallet
    keyring.set_keyring(before)


class OtherProgram:
    """Holds the file locked for longer than a writer waits: a back-up, or `sqlite3` in a terminal."""

    def __init__(self, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        self._path = path
        self._caplog = caplog
        self._connection: sqlite3.Connection | None = None

    def lock(self) -> None:
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self._connection.execute("BEGIN IMMEDIATE")

    def free(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def met(self) -> None:
        """Until background work has come across it."""
        await until(lambda: "background work waits" in self._caplog.text)


@pytest.fixture
def other_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[OtherProgram]:
    """One that can lock the file of a session that is started after this."""
    monkeypatch.setattr(database, "BUSY_MS", 50)
    caplog.set_level(logging.INFO)
    program = OtherProgram(tmp_path / "captures.db", caplog)
    yield program
    program.free()


class Seen:
    """Collects what is captured and judged."""

    def __init__(self, session: Session) -> None:
        self.captured: list[int] = []
        self.judged: list[int] = []
        session.captures.captured.connect(self._capture)
        session.captures.judged.connect(self._judge)

    def _capture(self, ids: tuple[int, ...]) -> None:
        self.captured += ids

    def _judge(self, ids: tuple[int, ...]) -> None:
        self.judged += ids


@contextmanager
def stopped_evaluator() -> Iterator[int]:
    """Stop the process that evaluates captures, of the only session that listens, and yield its id."""
    [evaluator] = [one for one in multiprocessing.active_children() if one.name == "evaluator"]
    assert evaluator.pid is not None
    os.kill(evaluator.pid, signal.SIGSTOP)
    try:
        yield evaluator.pid
    finally:
        with suppress(ProcessLookupError):  # its session was closed meanwhile
            os.kill(evaluator.pid, signal.SIGCONT)


async def post(url: str, body: bytes, *headers: tuple[bytes, bytes], target: bytes = b"/") -> int:
    """As `send`, and wait until the capture is a row, if a session of `start` listens there."""
    status = await send(url, body, *headers, target=target)
    for session in _started:
        if "ingest" in vars(session) and session.ingest.url == url:
            await evaluated(session)
    return status


async def send(url: str, body: bytes, *headers: tuple[bytes, bytes], target: bytes = b"/") -> int:
    """Send one POST over a raw socket, and return the status of the response."""
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [
        b"POST %b HTTP/1.1" % target,
        b"Host: test",
        b"Connection: close",
        b"Content-Length: %d" % len(body),
    ]
    lines += [name + b": " + value for name, value in headers]
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])
