"""A replay is seen in the status line while it runs, and its outcome after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from inspector.gui.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, until


class Receiver:
    """Answers one request at a time, when it is told to."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(0)
        self.url = ""
        self.served = 0
        """Connections that are open."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):  # it was stopped
            await self._answer(reader, writer)
        writer.close()
        self.served -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            while line := (await reader.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            await self.turns.acquire()
            status = b"500 No" if b"/bad" in head else b"200 OK"
            writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Receiver]:
    """A receiver at its URL."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield receiver
    server.close()
    for _ in range(100):  # whatever is still on its way is answered
        receiver.turns.release()
    await until(lambda: not receiver.served)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with serving() as receiver:
        yield receiver


async def begun(window: MainWindow, session: Session, url: str) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"), an_answer(user="eve"))
    await until(lambda: window.model.rowCount() == 3)
    session.replays.start(await session.replays.plan(url))
    await until(window.status.run.isVisible)


async def test_a_replay_is_seen_until_it_has_ended(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await begun(window, session, receiver.url)
    assert window.status.run._text.text() == "Replay 0 of 3"
    for _ in range(3):
        receiver.turns.release()
    await until(lambda: not window.status.run.isVisible())
    assert window.status._message.text() == "Replayed 3 of 3: 3 answered 2xx."


async def test_a_replay_is_stopped_from_the_status_line(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await begun(window, session, f"{receiver.url}/bad")
    window.status.run._stop.click()
    receiver.turns.release()
    await until(lambda: not window.status.run.isVisible())
    assert window.status._message.text().startswith("Stopped after ")
