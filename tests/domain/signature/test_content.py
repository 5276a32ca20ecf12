"""Compressed bodies: what they hold for a receiver, and why they are used as transferred if they cannot be
decoded."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.signature.content import body_within, coding_of, content_of, decoded
from tests.builders import a_capture


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


PACK = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=4),
    "zstd": zstd.compress,
}


@given(st.binary(max_size=2_000), st.sampled_from(sorted(PACK)))
def test_each_coding_is_undone(body: bytes, coding: str) -> None:
    found = decoded(PACK[coding](body), coding)
    assert (found.body, found.problem, found.is_decoded) == (body, None, True)


@pytest.mark.parametrize("coding", sorted(PACK))
def test_a_large_body_is_decoded_whole(coding: str) -> None:
    body = b"".join(b"%d," % (number * 7919) for number in range(100_000))
    found = decoded(PACK[coding](body), coding)
    assert (found.body == body, found.problem) == (True, None)


def test_deflate_without_a_frame_is_undone_too() -> None:
    assert decoded(raw_deflate(b"hello" * 50), "deflate").body == b"hello" * 50


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_one_body(coding: str) -> None:
    parts = [b"%d" % number * 500 for number in range(40)]
    assert decoded(b"".join(map(PACK[coding], parts)), coding).body == b"".join(parts)


@pytest.mark.parametrize("coding", sorted(PACK))
def test_a_bomb_stops_at_the_limit_and_at_the_ratio(coding: str) -> None:
    bomb = PACK[coding](bytes(20_000_000))
    for found in (decoded(bomb, coding, limit=50_000), decoded(bomb, coding)):
        assert len(found.body) <= max(64 * 1024, 100 * len(bomb))
        assert "larger than 50 MiB or 100 times" in str(found.problem)
        assert not found.is_decoded
    assert decoded(PACK[coding](b"a" * 60_000), coding).body == b"a" * 60_000


def test_many_empty_members_are_no_way_around_the_limit() -> None:
    bomb = gzip.compress(b"") * 100_000
    assert "larger than 50 MiB" in str(decoded(bomb, "gzip").problem)
    capture = a_capture(bomb[:60_000], headers=((b"Content-Encoding", b"gzip"),))
    assert body_within(capture, 64 * 1024) is None


@pytest.mark.parametrize("coding", sorted(PACK))
@pytest.mark.parametrize("cut", [1, 10])
def test_a_body_that_ends_early_is_used_as_transferred(coding: str, cut: int) -> None:
    packed = PACK[coding](b"hello, hello, hello world" * 100)[:-cut]
    content = content_of(a_capture(packed, headers=((b"Content-Encoding", coding.encode()),)))
    assert content.body == packed
    assert content.problem == "It was not decoded, because the compressed data is incomplete."


def test_bytes_after_the_compressed_data_are_passed_over_as_receivers_do() -> None:
    found = decoded(gzip.compress(b"hello", mtime=0) + b"rest", "gzip")
    assert (found.body, found.problem, found.remark) == (
        b"hello",
        None,
        "4 bytes follow the compressed data.",
    )


@given(st.binary(max_size=200), st.sampled_from(sorted(PACK)))
def test_no_bytes_ever_raise(body: bytes, coding: str) -> None:
    decoded(body, coding)
    decoded(PACK[coding](b"hello")[:8] + body, coding)


def test_only_content_encoding_says_what_a_receiver_decodes() -> None:
    packed = gzip.compress(b"{}")
    assert content_of(a_capture(packed)).body == packed
    for name in (b"gzip", b" GZIP", b"x-gzip"):
        assert content_of(a_capture(packed, headers=((b"content-encoding", name),))).body == b"{}"
    for name in (b"identity", b"compress", b"gzip, br", b""):
        assert content_of(a_capture(packed, headers=((b"Content-Encoding", name),))).body == packed
    assert content_of(a_capture(b"", headers=((b"Content-Encoding", b"gzip"),))).problem is None


def test_the_coding_to_show_is_taken_from_the_header_or_the_first_bytes() -> None:
    assert coding_of(b"GZIP", b"x") == "gzip"
    assert coding_of(b"", gzip.compress(b"x")) == "gzip"
    assert coding_of(b"br", b"x") == "br"
    assert coding_of(b"compress", b"x") is None
