"""The value after a field's colon, by how the field compares. Each raises ValueError with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from inspector.domain.query.mistake import listed
from inspector.domain.query.times import read_when
from inspector.domain.query.tree import Between, Comparing, Field, Header, Moment

Compares = Literal[
    "contained",
    "equal, * for any text",
    "one of the known words",
    "the beginning",
    "a header",
    "a status",
    "a size",
    "a number or a range",
    "a time",
]

MAX_ID = 2**63 - 1
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024 * 1024}
_SIZE = re.compile(r"(>=|<=|>|<|)([0-9]{1,12})(b|kb|mb|)", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,19})(?:\.\.([0-9]{1,19}))?", re.ASCII)
_STATUS = re.compile(r"([1-9][0-9]{2})|([1-9])xx", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:(=)(.*))?", re.DOTALL)


def read_contained(name: str, value: str) -> Field:
    """Any text."""
    return Field(name=name, op="contains", value=value)


def read_equal(name: str, value: str, *, is_quoted: bool) -> Field:
    """Any text; a `*` in quotes is a plain `*`."""
    return Field(name=name, op="wildcard" if "*" in value and not is_quoted else "equals", value=value)


def read_word(name: str, value: str, words: tuple[str, ...], synonyms: Mapping[str, str]) -> Field:
    """One of `words`, in any case."""
    word = synonyms.get(value.lower(), value.lower())
    if word not in words:
        raise ValueError(f"{name}: takes one of {listed(words)}.")
    return Field(name=name, op="is", value=word)


def read_special(name: str, compares: Compares, value: str, *, is_quoted: bool) -> Comparing:
    """What is neither a text nor a word."""
    if compares == "the beginning":
        return Field(name=name, op="prefix", value=value)
    if compares == "a header":
        return _header(name, value, is_quoted=is_quoted)
    if compares == "a status":
        return _status(name, value.lower())
    if compares == "a size":
        return _size(name, value.lower())
    if compares == "a time":
        when = read_when(value)
        if when is None:
            raise ValueError(
                f"{name}: takes a time such as 15m, 2h, 7d, today, 11:49, 2026-11-01, 2026-11-01T12:30"
                " or 2026-11-01T12:30:00Z."
            )
        return Moment(name=name, when=when)
    return _range(name, value)


def _header(name: str, value: str, *, is_quoted: bool) -> Header:
    header = _HEADER.fullmatch(value)
    if header is None:
        raise ValueError(f"{name}: takes a header's name, or name=value.")
    op: Literal["exists", "equals", "wildcard"] = "exists"
    if header[2]:
        op = "wildcard" if "*" in header[3] and not is_quoted else "equals"
    return Header(name=name, header=header[1].lower(), op=op, value=header[3] or "")


def _status(name: str, value: str) -> Comparing:
    if value == "none":
        return Field(name=name, op="is", value=value)
    status = _STATUS.fullmatch(value)
    if status is None:
        raise ValueError(f"{name}: takes a status such as 200, a class such as 4xx, or none.")
    low = int(status[1] or f"{status[2]}00")
    return Between(name=name, low=low, high=low if status[1] else low + 99)


def _size(name: str, value: str) -> Between:
    size = _SIZE.fullmatch(value)
    if size is None:
        raise ValueError(f"{name}: takes a size such as >10kb, <1mb or 512 (bytes).")
    sign, number = size[1], int(size[2]) * _UNITS[size[3]]
    low = {">": number + 1, ">=": number, "": number}.get(sign)
    high = {"<": number - 1, "<=": number, "": number}.get(sign)
    return Between(name=name, low=low, high=high)


def _range(name: str, value: str) -> Between:
    span = _RANGE.fullmatch(value)
    if span is None:
        raise ValueError(f"{name}: takes a number such as 17, or a range such as 17..99.")
    low = int(span[1])
    high = int(span[2]) if span[2] else low
    if not low <= high <= MAX_ID:
        raise ValueError(f"{name}: takes a range that ends after it begins, and below {MAX_ID + 1}.")
    return Between(name=name, low=low, high=high)
