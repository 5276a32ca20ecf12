"""Bytes as rows of hexadecimal digits beside their characters, each row made when it is shown."""

from __future__ import annotations

_DOTS = bytes(code if 0x20 <= code < 0x7F else 0x2E for code in range(256))


def rows(size: int, width: int) -> int:
    """How many rows of `width` bytes `size` bytes take."""
    return -(-size // width)


def row(body: bytes, number: int, width: int) -> str:
    """Row `number` from 0: offset, digits in two halves, ASCII with a dot for what is none."""
    start = number * width
    piece = body[start : start + width]
    half = width // 2
    digits = f"{piece[:half].hex(' ')}  {piece[half:].hex(' ')}".ljust(width * 3)
    return f"{start:0{digits_of_offset(len(body))}x}  {digits}  {piece.translate(_DOTS).decode('ascii')}"


def cells(size: int, width: int, place: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where byte `place` of a row stands in it: first character and length of its digits, and of its sign."""
    digits = digits_of_offset(size) + 2
    gap = 1 if place >= width // 2 else 0
    return (digits + 3 * place + gap, 2), (digits + 3 * width + 2 + place, 1)


def digits_of_offset(size: int) -> int:
    """How many digits the offsets of `size` bytes need: four, six or eight."""
    return 4 if size <= 0x10000 else 6 if size <= 0x1000000 else 8


def columns(size: int, width: int) -> int:
    """How many characters a full row of `width` bytes has."""
    return digits_of_offset(size) + 2 + width * 3 + 2 + width
