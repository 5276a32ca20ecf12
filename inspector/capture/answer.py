"""What a request is answered with, and how that is written to the wire."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status with its fields and body; nothing in it comes from the request."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def problem(status: int, *headers: tuple[str, str]) -> Answer:
    """The answer to what was not captured: its status in words."""
    text = f"{status} {_phrase(status)}\n"
    return Answer(
        status=status, headers=(("Content-Type", "text/plain; charset=utf-8"), *headers), body=text.encode()
    )


class Reply(web.StreamResponse):
    """An `Answer` written in one piece; aiohttp's own response adds a Server field and costs far more."""

    def __init__(self, answer: Answer, *, is_kept: bool, lingers: bool = False) -> None:
        """With `lingers` the sender is told of the end, and what it still sends is taken and dropped.

        Closed with bytes unread, a connection is reset, and the sender never sees the answer.
        """
        super().__init__(status=answer.status)
        self._answer = answer
        self._is_kept = is_kept
        self._lingers = lingers

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open after this answer."""
        return self._is_kept or self._lingers

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write all of it; raises ConnectionResetError where nobody takes it."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        if request.protocol.writing_paused:
            transport.abort()  # 64 KiB of answers wait: this sender reads none, and would keep us for ever
            raise ConnectionResetError
        is_old = request.version < (1, 1)
        transport.write(wire(self._answer, self._is_kept, is_old, request.method == "HEAD", int(time.time())))
        if self._lingers and transport.can_write_eof():
            transport.write_eof()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write after `prepare`."""


@functools.lru_cache(maxsize=32)
def wire(answer: Answer, is_kept: bool, is_old: bool, is_head: bool, second: int) -> bytes:
    """The bytes of `answer` in this second; `is_old` is a sender of HTTP/1.0, which closes unless told."""
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", f"Date: {formatdate(second, usegmt=True)}"]
    lines += (f"{name}: {value}" for name, value in answer.headers)
    has_body = answer.status not in (204, 304)  # RFC 9110, 6.4.1
    if has_body:
        lines.append(f"Content-Length: {len(answer.body)}")
    if not is_kept:
        lines.append("Connection: close")
    elif is_old:
        lines.append("Connection: keep-alive")
    head = "\r\n".join((*lines, "", "")).encode("latin-1")
    return head + answer.body if has_body and not is_head else head


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
