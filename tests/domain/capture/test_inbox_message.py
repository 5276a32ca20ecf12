"""Messages of a shared inbox: whatever a sender sent comes back byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import (
    MOST_PARTS,
    VERSION_HEADER,
    NewerMessage,
    NotOurs,
    dump_message,
    dump_part,
    load_message,
)
from inspector.domain.capture.native import BadLine, ImportLimits

LIMITS = ImportLimits(body_bytes=10_000, head_bytes=65_536, head_fields=100)
VALUES = st.binary(max_size=40).map(lambda value: value.replace(b"\n", b"").replace(b"\r", b""))


@given(
    target=VALUES,
    headers=st.lists(st.tuples(VALUES, VALUES), max_size=5).map(tuple),
    body=st.binary(max_size=200),
    answered=st.none() | st.just(200),
)
def test_a_capture_comes_back_as_it_was_published(
    target: bytes, headers: tuple[tuple[bytes, bytes], ...], body: bytes, answered: int | None
) -> None:
    capture = Capture(
        kind="captured", received_ms=1_764_000_000_123, method="POST", target=target, headers=headers,
        body=body, remote="10.0.0.9:51234", claimed="203.0.113.7", answered=answered,
    )  # fmt: skip
    found = load_message(*dump_message(capture, "eu-1", "eu-1-7"), LIMITS)
    assert found is not None
    assert (found.capture, found.edge, found.parts, found.size) == (capture, "eu-1", (), len(body))


def test_a_body_in_parts_is_listed_by_the_sequences_of_its_parts() -> None:
    capture = Capture(
        kind="captured", received_ms=0, method="POST", target=b"/", headers=(), body=b"x" * 5_000
    )
    headers, payload = dump_message(capture, "eu-1", "eu-1-7", parts=(3, 5))
    found = load_message(headers, payload, LIMITS)
    assert found is not None
    assert (found.parts, found.size, found.capture.body) == ((3, 5), 5_000, b"")
    assert len(payload) < 1_000
    assert load_message(dump_part("eu-1-7", 0), b"x" * 2_500, LIMITS) is None


@pytest.mark.parametrize(
    "headers", [None, {}, {"Other": "1"}, {VERSION_HEADER: "first"}, {VERSION_HEADER: "0"}]
)
def test_a_message_of_another_program_is_recognised(headers: dict[str, str] | None) -> None:
    with pytest.raises(NotOurs):
        load_message(headers, b"{}\n", LIMITS)


def test_a_newer_message_is_recognised() -> None:
    with pytest.raises(NewerMessage):
        load_message({VERSION_HEADER: "2"}, b"\x00", LIMITS)


@given(payload=st.binary(max_size=300))
def test_hostile_bytes_are_a_bad_line_and_nothing_worse(payload: bytes) -> None:
    with pytest.raises(BadLine):
        load_message({VERSION_HEADER: "1"}, payload, LIMITS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("edge", None), ("edge", "a b"), ("parts", 3), ("parts", [0]), ("parts", [True]),
        ("parts", list(range(9_999))), ("bytes", 4), ("bytes", -1), ("bytes", 10**9), ("kind", "other"),
        ("headers", [["a"]]), ("received_at", "now"),
    ],
)  # fmt: skip
def test_a_record_with_an_invalid_field_is_a_bad_line(key: str, value: object) -> None:
    capture = Capture(kind="captured", received_ms=0, method="POST", target=b"/", headers=(), body=b"abc")
    headers, payload = dump_message(capture, "eu-1", "eu-1-7")
    line, _, body = payload.partition(b"\n")
    changed = json.dumps({**json.loads(line), key: value}).encode()
    with pytest.raises(BadLine):
        load_message(headers, changed + b"\n" + body, LIMITS)


def test_the_largest_line_of_an_edge_is_read() -> None:
    filler = b"\x01" * (LIMITS.head_bytes - 20_004) + b"," * 20_000
    capture = Capture(
        kind="captured", received_ms=0, method="POST", target=b"/", headers=((b"x\xff", filler),), body=b""
    )
    parts = range(2**63 - MOST_PARTS, 2**63)
    headers, payload = dump_message(capture, "eu-1", "eu-1-7", parts)
    found = load_message(headers, payload, LIMITS)
    assert found is not None
    assert (found.capture, found.parts) == (capture, tuple(parts))


@pytest.mark.parametrize("values", [b"[" + b"[]," * 300_000 + b"1]", b"{" + b'"":1,' * 200_000 + b'"b":1}'])
def test_a_line_with_too_many_values_is_not_read(values: bytes) -> None:
    """Reading it would stall the window."""
    limits = replace(LIMITS, head_bytes=128 * 1024)
    with pytest.raises(BadLine, match="too many values"):
        load_message({VERSION_HEADER: "1"}, b'{"x": ' + values + b"}\n", limits)
