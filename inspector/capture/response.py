"""The response to a request, and its bytes on the wire."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A status with headers and body. Nothing in it comes from the request."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def problem(status: int, *headers: tuple[str, str], hint: str = "") -> Response:
    """Return the response to a request that was not captured: its status and a hint as text."""
    text = f"{status} {_phrase(status)}\n"
    if hint:
        text += f"{hint}\n"
    return Response(
        status=status, headers=(("Content-Type", "text/plain; charset=utf-8"), *headers), body=text.encode()
    )


@functools.lru_cache(maxsize=32)
def wire(answer: Response, is_kept: bool, is_old: bool, is_head: bool, second: int) -> bytes:
    """Return the bytes of a response in this second.

    `is_old` means a sender with HTTP/1.0, which closes the connection by default.
    """
    from email.utils import formatdate  # 5 ms, and only a listener needs it

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
