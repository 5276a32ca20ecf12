"""Bodies that came compressed, made readable; for display only, what is stored stays as it came."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

MAX_BYTES = 50 * 1024 * 1024
"""As much is shown of a compressed body as an uncompressed one may have; a bomb stops here."""

_STEP = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated:
    """What a compressed body holds."""

    coding: str
    """`gzip` or `deflate`."""
    body: bytes
    trouble: str | None = None
    """Why this is not all of it, as a sentence."""


def coding_of(content_encoding: bytes, body: bytes) -> str | None:
    """The coding that can be undone here: as Content-Encoding names it, or as gzip's first bytes tell."""
    name = content_encoding.strip().lower()
    if name in (b"gzip", b"x-gzip") or body.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    return "deflate" if name == b"deflate" else None


def inflate(body: bytes, coding: str, limit: int = MAX_BYTES) -> Inflated:
    """Undo one coding, up to `limit` bytes; never raises. zlib lets other threads run meanwhile."""
    if coding == "deflate" and not _is_zlib(body):
        return _inflate(body, coding, -zlib.MAX_WBITS, limit)  # many senders leave zlib's frame out
    return _inflate(body, coding, zlib.MAX_WBITS | 32, limit)


def _inflate(body: bytes, coding: str, bits: int, limit: int) -> Inflated:
    parts: list[bytes] = []
    room = limit
    rest = body
    trouble: str | None = None
    try:
        while rest:
            stream = zlib.decompressobj(bits)
            while not stream.eof and room > 0:
                part = stream.decompress(rest, min(room, _STEP))
                parts.append(part)
                room -= len(part)
                rest = stream.unconsumed_tail
                if not part and not rest:
                    break
            if not stream.eof:
                trouble = (
                    f"It holds more than {limit // 2**20:,} MiB; the beginning is shown."
                    if room <= 0
                    else "It ends before the compressed data do."
                )
                break
            rest = stream.unused_data  # gzip may have several members, one after another
            if bits < 0 or not rest.startswith(b"\x1f\x8b"):
                if rest:
                    trouble = f"{len(rest):,} bytes follow after the compressed data."
                break
    except zlib.error:
        trouble = "From some place on it is not what its coding says."
    return Inflated(coding=coding, body=b"".join(parts), trouble=trouble)


def _is_zlib(body: bytes) -> bool:
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
