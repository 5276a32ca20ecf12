"""The client's address as proxies tell it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.visible import visible
from inspector.capture.request_handler import claimed_address


@pytest.mark.parametrize(
    ("headers", "claimed"),
    [
        ({}, None),
        ({"Forwarded": "for=192.0.2.60;proto=http;by=203.0.113.43"}, "192.0.2.60"),
        ({"Forwarded": 'proto=https; For="[2001:db8::17]:4711", for=10.0.0.1'}, "[2001:db8::17]:4711"),
        ({"Forwarded": "proto=https", "X-Forwarded-For": " 192.0.2.1 , 10.0.0.1"}, "192.0.2.1"),
        ({"X-Real-IP": "192.0.2.2"}, "192.0.2.2"),
        ({"CF-Connecting-IP": "192.0.2.3"}, "192.0.2.3"),
        ({"X-Forwarded-For": "192.0.2.1", "CF-Connecting-IP": "192.0.2.3"}, "192.0.2.1"),
        ({"X-Forwarded-For": "  ", "X-Real-IP": ""}, None),
        ({"X-Real-IP": "\udcff\x1b[2J"}, "\\xff\\x1b[2J"),
    ],
)
def test_the_first_claim_counts(headers: dict[str, str], claimed: str | None) -> None:
    assert claimed_address(headers) == claimed


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_becomes_a_short_one_that_can_be_stored(forwarded: str, real: str) -> None:
    surrogates_of_bytes = real.encode("utf-8", "replace").decode("ascii", "surrogateescape")
    claimed = claimed_address({"Forwarded": forwarded, "X-Real-IP": surrogates_of_bytes})
    assert claimed is None or (len(claimed) <= 64 and visible(claimed) == claimed)
    assert claimed is None or claimed.encode()
