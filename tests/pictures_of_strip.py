"""Pictures of replays by one key, of one capture and of several; see pictures.py."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

STORED = b'{"ok": true, "stored": "r-20414", "answers": 4}'
REJECTED = b'{"error": "unknown option", "option": "crash issues", "question": 2}'


class JsonReceiver:
    """It answers with JSON: first an error, then success, and for some captures an error again."""

    def __init__(self) -> None:
        self.url = ""
        self.is_broken = True
        self.is_silent = False
        self.most = 10_000
        self.requests = 0
        self.served = 0
        """Connections that are open."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                self.requests += 1
                self.most -= 1
                if self.is_silent or self.most < 0:
                    await reader.read()
                    break
                status, said = b"200 OK", STORED
                if b'["image upload","crash issues"]' in body and b"response_group" not in body:
                    status, said = b"422 Unprocessable Entity", REJECTED
                elif self.is_broken:
                    status, said = b"500 Internal Server Error", b'{"error": "database is locked"}'
                writer.write(
                    b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nX-Request-Id: 7\r\nServer: test\r\n"
                    b"Cache-Control: no-store\r\nContent-Length: %d\r\n\r\n%b" % (status, len(said), said)
                )
        writer.close()
        self.served -= 1


@asynccontextmanager
async def answering() -> AsyncIterator[JsonReceiver]:
    """A receiver of JSON at its URL."""
    receiver = JsonReceiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://localhost:{server.sockets[0].getsockname()[1]}/hook"
    yield receiver
    server.close()
    await until(lambda: not receiver.served)


async def in_place(album: Album) -> None:
    """From the question about a target to the response, walked along, in a small window, and without one."""
    window = album.window

    async def replayed() -> None:
        pane = window.detail
        before = len(pane.shown.exact.attempts) if pane.shown else 0
        QTest.keyClick(window.list, Qt.Key.Key_R)
        await until(lambda: pane.shown is not None and len(pane.shown.exact.attempts) > before)
        await asyncio.sleep(0.3)

    async with answering() as receiver:
        window.activateWindow()
        window.list.setFocus()
        window.list.select_capture(window.model.id_at(0))
        await asyncio.sleep(0.3)
        await album.save("strip-not-replayed")
        # As the first R does. An earlier picture has set a target already.
        window.replay_commands.in_place.ask_target((window.model.id_at(0),))
        await asyncio.sleep(0.2)
        panel = window.replay_commands.panel_of(window.detail)
        panel.strip.field.setText("no-such-target")
        QTest.keyClick(panel.strip.field, Qt.Key.Key_Return)
        await until(lambda: panel.strip.error.text())
        await album.save("strip-target")
        panel.strip.field.setText(receiver.url)
        QTest.keyClick(panel.strip.field, Qt.Key.Key_Return)
        await until(lambda: "500" in panel.line.text)
        await asyncio.sleep(0.3)
        await album.save("strip-first")
        receiver.is_broken = False
        await replayed()
        await album.save("strip-fixed")
        panel.response.compare.click()
        await asyncio.sleep(0.3)
        await album.save("strip-compared")
        panel.response.compare.click()
        window.resize(1024, 700)
        await asyncio.sleep(0.3)
        await album.save("strip-small")
        window.resize(2560, 1440)
        await asyncio.sleep(0.3)
        await album.save("strip-large")
        window.resize(1440, 900)
        QTest.keyClick(window.list, Qt.Key.Key_J)
        await asyncio.sleep(0.3)
        await album.save("strip-walked")
        receiver.is_silent = True
        QTest.keyClick(window.list, Qt.Key.Key_R)
        await asyncio.sleep(1.2)
        await album.save("strip-sending")
        panel.line.cancel.click()
        await asyncio.sleep(0.3)
        await album.save("strip-cancelled")
    QTest.keyClick(window.list, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("No response"))
    await asyncio.sleep(0.3)
    await album.save("strip-refused")
    window.replay_commands.in_place.send_to("http://192.0.2.7:3000/", (window.model.id_at(1),))
    await until(lambda: panel.strip.question.isVisible())
    await album.save("strip-host")
    panel.strip.refuse.click()


async def several(album: Album) -> None:
    """Eight captures before, while and after they are sent, stopped and resumed, and in a small window."""
    window, session = album.window, album.session
    async with answering() as receiver:
        await session.replays.remember_target(receiver.url)
        first = await session.replays.plan(receiver.url, ids=range(19, 25))
        await session.replays.start(first).wait()
        receiver.is_broken = False
        page = window.replay_commands.several_of(window.detail)
        window.list.setFocus()
        window.list.select_capture(26)
        for _ in range(7):
            QTest.keyClick(window.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        await until(lambda: page.model.rowCount() == 8)
        await asyncio.sleep(0.3)
        await album.save("several-before")
        receiver.most = 5
        QTest.keyClick(window.list, Qt.Key.Key_R)
        await until(lambda: page.line.title.text() == "5 of 8")
        await asyncio.sleep(0.3)
        await album.save("several-running")
        page.line.stop.click()
        await until(page.line.resume.isVisible)
        await asyncio.sleep(0.3)
        await album.save("several-stopped")
        window.resize(1024, 700)
        await asyncio.sleep(0.3)
        await album.save("several-stopped-small")
        window.resize(1440, 900)
        receiver.most = 10_000
        page.line.resume.click()
        await until(lambda: page.line.choice.isVisible())
        await asyncio.sleep(0.3)
        await album.save("several-done")
        window.resize(1024, 700)
        await asyncio.sleep(0.3)
        await album.save("several-small")
        window.resize(1440, 900)
        window.list.follow(True)
