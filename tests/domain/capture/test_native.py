"""What is exported comes in again byte for byte, and a hostile line is refused in words."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.native import (
    BadLine,
    ExportedCapture,
    ImportLimits,
    dump_line,
    head_line,
    load_line,
)
from tests.builders import a_capture

LIMITS = ImportLimits(body_bytes=100_000, head_bytes=20_000, head_fields=100)

heads = st.binary(max_size=40)


@given(
    target=heads,
    headers=st.lists(st.tuples(heads, heads), max_size=5),
    body=st.binary(max_size=200),
    received_ms=st.integers(0, 32_503_679_999_999),
    declared=st.none() | st.integers(0, 2**63 - 1),
    is_pinned=st.booleans(),
    note=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    kind=st.sampled_from(["imported", "sample", "cut", "refused"]),
)
def test_a_line_gives_back_what_went_out(
    target: bytes, headers: list[tuple[bytes, bytes]], is_pinned: bool, note: str, **given: Any
) -> None:
    capture = a_capture(target=target, claimed="10.0.0.1", trouble="It was cut.", **given)
    exported = ExportedCapture(capture=capture, is_pinned=is_pinned, note=note)
    line = dump_line(17, exported)
    assert line.isascii()
    assert "\n" not in line
    assert load_line(line.encode(), LIMITS) == exported


def test_what_was_captured_elsewhere_is_imported() -> None:
    found = load_line(dump_line(1, ExportedCapture(capture=a_capture())).encode(), LIMITS)
    assert found is not None
    assert found.capture.kind == "imported"


def test_a_literal_escape_is_not_taken_for_a_byte() -> None:
    capture = a_capture(target=rb"/\xff", headers=((b"X", b"\\x41 \xff"),), kind="imported")
    found = load_line(dump_line(1, ExportedCapture(capture=capture)).encode(), LIMITS)
    assert found is not None
    assert found.capture == capture


def test_heads_and_empty_lines_hold_nothing() -> None:
    assert load_line(head_line().encode(), LIMITS) is None
    assert load_line(b" \r\n", LIMITS) is None


GOOD = json.loads(dump_line(1, ExportedCapture(capture=a_capture())))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"body": "no base64!"}, "body is not base64"),
        ({"body": None}, "body is missing"),
        ({"body": "AAAA" * 40_000}, "setting body_bytes"),
        ({"kind": "hacked"}, "kind is not one of"),
        ({"headers": {"a": 1}}, "headers is not a list of pairs"),
        ({"headers": [["a", 1]]}, "not pairs of strings"),
        ({"headers": [["a", "b"]] * 101}, "setting head_fields"),
        ({"target": "/" + "x" * 30_000}, "setting head_bytes"),
        ({"target": "/\ud800"}, "lone surrogate"),
        ({"received_at": "yesterday"}, "not a time with a zone"),
        ({"received_at": "2026-01-01T00:00:00"}, "not a time with a zone"),
        ({"received_at": "0001-01-01T00:00:00+23:00"}, "between the years 1970 and 2999"),
        ({"received_at": "9999-12-31T23:59:59Z"}, "between the years 1970 and 2999"),
        ({"declared": -1}, "declared is not from 0"),
        ({"declared": True}, "declared is not a whole number"),
        ({"answered": 7}, "answered is not from 100"),
        ({"note": "x" * 20_000}, "note is longer"),
        ({"pinned": 1}, "pinned is not true or false"),
    ],
)
def test_a_bad_field_is_named(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadLine, match=says):
        load_line(json.dumps(GOOD | fields).encode(), LIMITS)


@pytest.mark.parametrize(
    "line",
    [b"[]", b"{}", b"nonsense", b"\xff\xfe", b'{"format":"har","version":1}', b"[" * 100_000, b"NaN",
     b'{"format":"webhook-inspector","version":2}', b'{"kind":"captured","declared":' + b"9" * 5_000 + b"}"],
)  # fmt: skip
def test_what_is_no_capture_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        load_line(line, LIMITS)


anything: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.lists(st.text()))
)


@given(st.dictionaries(st.sampled_from([*GOOD, "target_base64", "headers_base64", "format"]), anything))
def test_any_object_is_a_capture_or_refused(fields: dict[str, Any]) -> None:
    with contextlib.suppress(BadLine):
        load_line(json.dumps(GOOD | fields).encode(), LIMITS)
