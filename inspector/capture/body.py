"""Read a body as it comes, keep what came, and say why it ended early."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web
from aiohttp.streams import EMPTY_PAYLOAD

from inspector.capture.bounds import Bounds
from inspector.capture.refusal import TOO_MANY_BODIES, too_large_body

if TYPE_CHECKING:
    from inspector.capture.connection import Connection


CONNECTION_LOST = "The connection was lost before the body was complete."


class Cut(TimeoutError):
    """The rest of a body will not come; its sentence says why.

    A TimeoutError, since aiohttp takes that from a body it discards and any other for a bug.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came of a body, and what became of it."""

    data: bytes
    cut: str | None = None
    """Why it ended early."""
    refused: tuple[int, str] | None = None
    """The status and the reason it was not taken; `data` is empty then."""


class InFlight:
    """The bytes of all bodies that are held, so that senders cannot fill the memory together."""

    def __init__(self, bounds: Bounds) -> None:
        self.bytes = 0
        self._bounds = bounds

    def is_full(self) -> bool:
        """No further body is taken now."""
        return self.bytes >= self._bounds.in_flight_bytes


async def read_body(
    request: web.BaseRequest,
    connection: Connection,
    declared: int | None,
    in_flight: InFlight,
    bounds: Bounds,
) -> Body:
    """The body of `request`. Its bytes are added to `in_flight`: the caller takes off `len(data)` again."""
    content = request.content
    if declared is not None and declared > bounds.body_bytes:
        return Body(data=b"", refused=(413, too_large_body(bounds)))
    if in_flight.is_full():
        return Body(data=b"", refused=(503, TOO_MANY_BODIES))
    if content.is_eof() and content.total_bytes <= bounds.body_bytes:
        data = content.read_nowait()  # it came with the head, as nearly all do: no waiting, no timer
        in_flight.bytes += len(data)
        return Body(data=data)
    if request.headers.get("Expect", "").lower() == "100-continue" and not content.total_bytes:
        connection.invite_body(request)
    chunks: list[bytes] = []
    size = 0
    connection.begin_body(content)
    cut: str | None = None
    refused: tuple[int, str] | None = None
    try:
        while refused is None and not content.at_eof():
            chunk = await content.readany()
            connection.heard()
            chunks.append(chunk)
            size += len(chunk)
            in_flight.bytes += len(chunk)
            if size > bounds.body_bytes:
                refused = (413, too_large_body(bounds))
            elif in_flight.is_full() and not content.at_eof():
                refused = (503, TOO_MANY_BODIES)
    except Cut as error:
        cut = str(error)
    except (OSError, RuntimeError):  # what aiohttp raises once the connection is lost
        cut = CONNECTION_LOST
    except asyncio.CancelledError:
        in_flight.bytes -= size
        raise
    finally:
        connection.end_body()
    if refused is not None:
        in_flight.bytes -= size
        return Body(data=b"", refused=refused)
    if cut is not None:
        rest = unread(content)
        in_flight.bytes += len(rest)
        chunks.append(rest)
    return Body(data=b"".join(chunks), cut=cut)


def unread(content: StreamReader) -> bytes:
    """What had arrived when the body was cut."""
    # WORKAROUND(aiohttp 3.14): a stream with an exception hands out no more of what it holds.
    return b"" if content is EMPTY_PAYLOAD else content._read_nowait(-1)
