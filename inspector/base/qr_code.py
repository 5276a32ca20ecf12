"""QR codes of short texts, such as the public address."""

from __future__ import annotations

from functools import lru_cache

Modules = tuple[tuple[bool, ...], ...]
"""The squares of a code, row by row, without the light margin around it. True is dark."""


@lru_cache(maxsize=8)
def qr_modules(text: str) -> Modules:
    """Return the QR code of a text, or no rows if the text is too long for one.

    Cameras need a light margin of four squares around it.
    """
    import segno  # takes 40 ms

    try:
        code = segno.make_qr(text, error="m", boost_error=False)
    except segno.DataOverflowError:
        return ()
    return tuple(tuple(bool(square) for square in line) for line in code.matrix)
