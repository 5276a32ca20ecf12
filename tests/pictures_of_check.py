"""Pictures of a receiver that is being checked; see pictures.py."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from inspector.gui.check.check_dialog import CheckDialog
from tests.builders import signature
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

_OK, _NO = b"200 OK", b"401 Unauthorized"
_EXPRESS = b"X-Powered-By: Express\r\nContent-Type: application/json; charset=utf-8\r\n"


@asynccontextmanager
async def receiver(answer: Callable[[bytes, bytes], bytes | None]) -> AsyncIterator[str]:
    """A server that answers what it is told to, of head and body: a status, and a body after a line feed.

    With None it never answers.
    """

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                if (answered := answer(head, body)) is None:
                    await reader.read()
                    return
                status, _, sent = answered.partition(b"\n")
                fields = _EXPRESS + b"Content-Length: %d" % len(sent)
                writer.write(b"HTTP/1.1 %b\r\n%b\r\n\r\n%b" % (status, fields, sent))
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


def lenient(head: bytes, body: bytes) -> bytes:
    """One that verifies the bytes, and does not mind a second signature or another method."""
    return _OK if signature(body) in head else _NO


def strict(head: bytes, body: bytes) -> bytes:
    """A good one."""
    is_one = head.lower().count(b"\r\nx-webhook-signature:") == 1
    return lenient(head, body) if is_one and head.startswith(b"POST ") else _NO


def unparsed(head: bytes, body: bytes) -> bytes:
    """One that verifies {}, because nothing parses the body before."""
    return _OK if signature(b"{}") in head else _NO + b'\n{"error":"invalid signature"}'


def careless(head: bytes, body: bytes) -> bytes:
    """One that looks for a signature and not at it, and knows no emoji."""
    if "🚀".encode() in body:
        return b"500 Internal Server Error"
    return _OK if b"x-webhook-signature" in head and body.startswith(b"{") else _NO


def closed(head: bytes, body: bytes) -> bytes:
    """One that rejects everything."""
    return _NO


async def check(album: Album) -> None:
    """Before it, under way, each verdict, nobody there, and a host that has to be allowed."""
    dialog = opened(album)
    await album.save("check-before", dialog)
    seen: list[bytes] = []

    def hangs(head: bytes, body: bytes) -> bytes | None:
        seen.append(body)
        return strict(head, body) if len(seen) < 12 else None

    async with receiver(hangs) as url:
        dialog.fields.target.line.setText(url)
        dialog.fields.verb.click()
        await until(lambda: len(seen) >= 12)
        await album.save("check-running", dialog)
        dialog.verdict.stop.click()
        await ended(dialog)
        await album.save("check-stopped", dialog)
    for name, answers in (
        ("check-cause", unparsed),
        ("check-forged", careless),
        ("check-unexplained", closed),
        ("check-warnings", lenient),
        ("check-fine", strict),
    ):
        async with receiver(answers) as url:
            dialog.fields.target.line.setText(url)
            dialog.fields.verb.click()
            await ended(dialog)
            await asyncio.sleep(0.2)
            await album.save(name, dialog)
            if name == "check-cause":
                await of_cause(album, dialog)
    dialog.fields.target.line.setText("http://127.0.0.1:9/hook")
    dialog.fields.verb.click()
    await ended(dialog)
    await album.save("check-nobody", dialog)
    dialog.fields.target.line.setText("https://staging.example/webhooks/blitz")
    dialog.fields.question.ask("staging.example")  # its name is not looked up for a picture
    await album.save("check-host", dialog)
    dialog.fields.question.hide()
    await comparison(album, dialog)
    await of_capture(album, dialog)
    dialog.close()


async def of_cause(album: Album, dialog: CheckDialog) -> None:
    """The same in a small window, the request that was accepted, what differs, and a replay."""
    exchange = dialog.exchange
    dialog.resize(1024, 668)
    await album.save("check-cause-small", dialog)
    dialog.resize(1158, 788)
    exchange.show_variant.click()
    await asyncio.sleep(0.2)
    await album.save("check-accepted", dialog)
    exchange.show_variant.click()
    exchange.variant_action.trigger()
    await until(exchange.sent_difference.isVisible)
    await album.save("check-difference", dialog)
    exchange.replay.click()
    await until(lambda: exchange.outcome.text().startswith("Replayed"))
    await album.save("check-replayed", dialog)


async def comparison(album: Album, dialog: CheckDialog) -> None:
    """Two receivers that differ."""
    async with receiver(strict) as old, receiver(careless) as new:
        dialog.fields.compare_action.trigger()
        dialog.fields.target.line.setText(old)
        dialog.fields.other.line.setText(new)
        dialog.fields.verb.click()
        await ended(dialog)
        await asyncio.sleep(0.2)
        await album.save("check-compared", dialog)
        dialog.resize(1024, 668)
        await album.save("check-compared-small", dialog)
        dialog.resize(1158, 788)
    dialog.fields.leave.click()


async def of_capture(album: Album, dialog: CheckDialog) -> None:
    """Why a capture was rejected: the search, what it found, and one that anyone may have sent."""
    rows = album.session.captures.rows(range(1, 60))
    unsigned = max(number for number, row in rows.items() if row.verdict.word == "unsigned")
    newest = max(number for number, row in rows.items() if row.verdict.word == "valid")
    async with receiver(unparsed) as url:
        dialog.explain(newest, url)
        await until(lambda: "Searching" in dialog.verdict.headline.toPlainText())
        await album.save("check-searching", dialog)
        await ended(dialog)
        await asyncio.sleep(0.2)
        await album.save("check-capture", dialog)
    async with receiver(strict) as url:
        dialog.explain(unsigned, url)
        await ended(dialog)
        await album.save("check-unsigned", dialog)


def opened(album: Album) -> CheckDialog:
    """The window, opened by its action."""
    album.window.actions_table["check-receiver"].trigger()
    dialog = next(one for one in album.window.findChildren(CheckDialog) if one.isVisible())
    dialog.resize(1158, 788)  # the screen of the offscreen platform is smaller
    return dialog


async def ended(dialog: CheckDialog) -> None:
    """Until it can be begun again."""
    await until(lambda: dialog.fields.verb.isEnabled())
