"""Compressed bodies for display: what is in them, and what is the matter where not all of it is."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.inflate import coding_of, inflate


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


@given(st.binary(max_size=2_000))
def test_gzip_and_both_kinds_of_deflate_are_undone(body: bytes) -> None:
    for coding, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
        assert (inflate(packed, coding).body, inflate(packed, coding).trouble) == (body, None)


def test_deflate_without_a_frame_is_undone_too() -> None:
    assert inflate(raw_deflate(b"hello" * 50), "deflate").body == b"hello" * 50


def test_several_members_are_one_body() -> None:
    assert inflate(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip").body == b"one two"


def test_a_bomb_stops_at_the_limit() -> None:
    found = inflate(gzip.compress(bytes(20_000_000)), "gzip", limit=1_000_000)
    assert len(found.body) == 1_000_000
    assert found.trouble is not None
    assert "more than" in found.trouble


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"hello" * 100, mtime=0)[:-20],
        gzip.compress(b"hello", mtime=0) + b"rest",
        b"no gzip at all",
        b"",
    ],
)
def test_what_is_not_whole_is_told(packed: bytes) -> None:
    assert packed == b"" or inflate(packed, "gzip").trouble


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_no_bytes_ever_raise(body: bytes, coding: str) -> None:
    inflate(body, coding)
    inflate(b"\x1f\x8b\x08" + body, coding)


def test_the_coding_is_taken_from_the_header_or_the_first_bytes() -> None:
    assert coding_of(b"GZIP", b"x") == "gzip"
    assert coding_of(b"", gzip.compress(b"x")) == "gzip"
    assert coding_of(b"deflate", b"x") == "deflate"
    assert coding_of(b"br", b"x") is None
