"""Headers are edited as lines, and what was left alone keeps its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.domain.capture.headers import (
    KNOWN_HEADERS,
    carries_client_address,
    header_lines,
    meaning,
    read_header_lines,
)

HEADERS = ((b"Host", b"h"), (b"X-Latin", b"caf\xe9"), (b"x-dup", b"1"), (b"X-Dup", b""))

names = st.from_regex(rb"[A-Za-z-]{1,5}", fullmatch=True)
values = st.binary(max_size=12).map(lambda value: value.strip(b" \t"))


@given(st.lists(st.tuples(names, values), max_size=6).map(tuple))
def test_lines_that_are_left_alone_keep_every_byte(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert read_header_lines(header_lines(headers), headers) == headers


def test_a_changed_line_is_read_as_utf_8_and_the_others_stay() -> None:
    lines = header_lines(HEADERS).split("\n")
    lines[0] = "Host: bücher"
    assert read_header_lines("\n".join(lines), HEADERS) == ((b"Host", "bücher".encode()), *HEADERS[1:])


def test_lines_can_be_added_moved_and_left_out() -> None:
    assert header_lines(HEADERS) == "Host: h\nX-Latin: caf\\xe9\nx-dup: 1\nX-Dup: "
    text = "X-Latin: caf\\xe9\n\nHost: h\n  New :  a: b \n"
    assert read_header_lines(text, HEADERS) == (HEADERS[1], HEADERS[0], (b"New", b"a: b"))


def test_a_line_without_a_colon_is_told_with_its_number() -> None:
    with pytest.raises(UsageError, match=r"Line 2 .* no colon\.") as raised:
        read_header_lines("A: b\nAuthorization Bearer not-to-be-printed")
    assert "not-to-be-printed" not in str(raised.value)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Original-Forwarded-For",
            "x-vercel-forwarded-for",
        ),
        *(
            "X-Real-IP",
            "CF-Connecting-IP",
            "CF-Connecting-IPv6",
            "CF-Pseudo-IPv4",
            "True-Client-IP",
            "Client-IP",
        ),
        *("X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP", "X-AppEngine-User-IP", "X-Remote-Addr"),
        *("CloudFront-Viewer-Address", "X-Envoy-External-Address", "X-Azure-ClientIP", "X-Azure-SocketIP"),
        *("X-Originating-IP", "X-Nf-Client-Connection-IP", "DO-Connecting-IP", "WL-Proxy-Client-IP"),
    ],
)
def test_each_spelling_of_the_client_s_address_is_known(name: str) -> None:
    assert carries_client_address(name.encode())
    assert carries_client_address(name.lower().encode())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x-webhook-signature",
            "Content-Type",
            "Host",
            "User-Agent",
            "X-Request-Id",
            "CF-Ray",
            "CF-IPCountry",
        ),
        *("Via", "X-Tip", "X-Description", "X-Client-Version", "X-User-Id", "X-Source", "IP"),
    ],
)
def test_other_fields_are_not(name: str) -> None:
    assert not carries_client_address(name.encode())


def test_the_case_of_a_name_does_not_matter() -> None:
    assert "HMAC-SHA256" in meaning(b"X-Webhook-Signature") == meaning(b"x-webhook-signature")


def test_of_an_unknown_one_nothing_is_said() -> None:
    assert meaning(b"x-nobody-knows") == ""
    assert meaning(b"\xff\xfe") == ""


def test_each_is_a_short_sentence_under_a_name_in_lower_case() -> None:
    for name, sentence in KNOWN_HEADERS.items():
        assert name == name.lower().strip()
        assert sentence[:1].isupper() or sentence.startswith("ngrok"), name
        assert sentence.endswith("."), name
        assert len(sentence) <= 130, name


def test_what_a_delivery_through_a_tunnel_bears_is_known() -> None:
    for name in ("host", "content-type", "content-length", "user-agent", "x-forwarded-for", "cf-ray"):
        assert name in KNOWN_HEADERS
