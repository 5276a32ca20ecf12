"""A body as the receiving program gets it: decoded by Content-Encoding, within limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.domain.capture.capture import Capture

MAX_BYTES = 50 * 1024 * 1024
"""The largest decoded body: the limit for an uncompressed body."""
MAX_RATIO = 100
"""A body that grows more is not decoded. JSON grows 2 to 20 times."""
ALWAYS_BYTES = 64 * 1024
"""Up to this size, the ratio is ignored: a short, repetitive text may grow 1,000 times."""
CONTENT_ENCODING = b"content-encoding"

_FEED = 64 * 1024
_PIECE = 256 * 1024
_BYTES_A_PIECE = 1024
"""Pieces can be empty, so they are limited, too: one per KiB of the size limit."""
# The largest window that a sender may use (RFC 9659, section 3). More would only waste memory.
_ZSTD_WINDOW_LOG = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body as a receiver's program gets it."""

    body: bytes
    """The body as transferred if nothing was decoded. If there is a `problem`, only the part before it."""
    coding: str | None = None
    """`gzip`, `deflate`, `br` or `zstd`; None if the body is not compressed."""
    problem: str | None = None
    """Why this is only a part, as a sentence."""
    remark: str | None = None
    """A detail that a decoder ignores, as a sentence."""

    @property
    def is_decoded(self) -> bool:
        """Whether `body` was decoded completely."""
        return self.coding is not None and self.problem is None


def content_of(capture: Capture, limit: int = MAX_BYTES) -> Content:
    """Return the body that a receiver's program reads; as transferred if it cannot be decoded.

    `problem` is then the reason. A refused or cut request is never decoded.
    """
    encoding = capture.values(CONTENT_ENCODING)
    if not encoding or not capture.body or capture.kind in ("refused", "cut"):
        return Content(body=capture.body)
    coding = _named(b", ".join(encoding))
    if coding is None:
        return Content(body=capture.body)
    found = decoded(capture.body, coding, limit)
    if found.problem is None:
        return found
    return Content(body=capture.body, coding=coding, problem=found.problem)


def body_within(capture: Capture, limit: int) -> bytes | None:
    """Return the body of `content_of`, or None if it takes more work than `limit` bytes do."""
    if len(capture.body) > limit:
        return None
    content = content_of(capture, limit)
    return None if content.problem == _OVER else content.body


def as_read(body: bytes, encoding: str | None, limit: int = MAX_BYTES) -> bytes:
    """Return a stored body as it was read for its evaluation, with at most `limit` bytes of a decoded one."""
    return decoded(body, encoding, limit).body if encoding in _DECODERS else body


def coding_of(content_encoding: bytes, body: bytes) -> str | None:
    """Return the coding in which to show a body: from Content-Encoding, or gzip by its first bytes.

    A receiver uses only Content-Encoding, so verdicts do, too (`content_of`).
    """
    return _named(content_encoding) or ("gzip" if body.startswith(b"\x1f\x8b\x08") else None)


def decoded(body: bytes, coding: str, limit: int = MAX_BYTES) -> Content:
    """Undo one coding, up to `limit` bytes and `MAX_RATIO`; never raises.

    The libraries release the GIL meanwhile.
    """
    largest = min(limit, max(len(body) * MAX_RATIO, ALWAYS_BYTES))
    parts: list[bytes] = []
    room = largest
    steps = largest // _BYTES_A_PIECE + 64
    problem = remark = None
    try:
        for part in _DECODERS[coding](body, min(_PIECE, largest + 1)):
            parts.append(part[:room])
            room -= len(part)
            steps -= 1
            if room < 0 or steps < 0:
                problem = _OVER
                break
    except _BrokenError as error:
        problem = str(error)
    except _Trailing as trailing:
        remark = str(trailing)
    return Content(body=b"".join(parts), coding=coding, problem=problem, remark=remark)


_OVER = (
    f"It was not decoded. The decoded body is larger than {MAX_BYTES // 2**20} MiB or {MAX_RATIO} times its "
    "compressed size."
)
_ENDS = "It was not decoded, because the compressed data is incomplete."
_DAMAGED = "It was not decoded, because it is damaged or does not match its Content-Encoding."


class _BrokenError(Exception):
    """Raised if the data cannot be decoded further."""


class _Trailing(Exception):
    """Raised if bytes follow the compressed data."""


def _named(content_encoding: bytes) -> str | None:
    name = content_encoding.strip().lower()
    return {b"gzip": "gzip", b"x-gzip": "gzip", b"deflate": "deflate", b"br": "br", b"zstd": "zstd"}.get(name)


def _chunks(body: bytes) -> Iterator[memoryview]:
    """Yield small parts, because a decoder copies the unread remainder of each."""
    view = memoryview(body)
    for start in range(0, len(body), _FEED):
        yield view[start : start + _FEED]


def _inflated(body: bytes, bits: int, piece: int) -> Iterator[bytes]:
    """Decode zlib's formats. Gzip may have several consecutive members (RFC 1952, section 2.2)."""
    stream = zlib.decompressobj(bits)
    passed = 0
    for chunk in _chunks(body):
        passed += len(chunk)
        rest: bytes | memoryview = chunk
        while rest:
            if stream.eof:
                if bits < 0 or bits == zlib.MAX_WBITS or bytes(rest[:1]) != b"\x1f":
                    raise _Trailing(f"{len(body) - passed + len(rest):,} bytes follow the compressed data.")
                stream = zlib.decompressobj(bits)
            try:
                yield stream.decompress(rest, piece)
            except zlib.error as error:
                raise _BrokenError(_DAMAGED) from error
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    if not stream.eof:
        while part := stream.decompress(stream.unconsumed_tail, piece):
            yield part
        if not stream.eof:
            raise _BrokenError(_ENDS)


def _gzip(body: bytes, piece: int) -> Iterator[bytes]:
    return _inflated(body, zlib.MAX_WBITS | 16, piece)


def _deflate(body: bytes, piece: int) -> Iterator[bytes]:
    """Decode with or without zlib's frame: many senders omit it, and receivers accept both."""
    is_framed = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflated(body, zlib.MAX_WBITS if is_framed else -zlib.MAX_WBITS, piece)


def _brotli(body: bytes, piece: int) -> Iterator[bytes]:
    import brotli  # imported only for a body that needs it

    stream = brotli.Decompressor()
    try:
        for chunk in _chunks(body):
            yield stream.process(chunk, output_buffer_limit=piece)
            while not stream.can_accept_more_data():
                yield stream.process(b"", output_buffer_limit=piece)
        while not stream.is_finished() and (part := stream.process(b"", output_buffer_limit=piece)):
            yield part
    except brotli.error as error:
        raise _BrokenError(_DAMAGED) from error
    if not stream.is_finished():
        raise _BrokenError(_ENDS)


def _zstd(body: bytes, piece: int) -> Iterator[bytes]:
    """Decode one or several frames (RFC 8878, section 3)."""
    from backports import zstd

    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    stream = zstd.ZstdDecompressor(options=options)
    try:
        for chunk in _chunks(body):
            rest: bytes | memoryview = chunk
            while rest:
                if stream.eof:
                    stream = zstd.ZstdDecompressor(options=options)
                yield stream.decompress(rest, piece)
                while not stream.eof and not stream.needs_input:
                    yield stream.decompress(b"", piece)
                rest = stream.unused_data if stream.eof else b""
    except zstd.ZstdError as error:
        raise _BrokenError(_DAMAGED) from error
    if not stream.eof:
        raise _BrokenError(_ENDS)


_DECODERS: dict[str, Callable[[bytes, int], Iterator[bytes]]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
