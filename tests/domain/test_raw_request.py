from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.base.visible import visible
from inspector.domain.raw_request import MAX_HEAD_BYTES, NotARequestError, RawRequest, read_request
from tests.builders import ANSWER, signature

SIGNED = b"x-webhook-signature: " + signature(ANSWER)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_request_is_read_with_unix_and_windows_line_ends(end: bytes) -> None:
    lines = [b"POST /hook?x=1 HTTP/1.1", b"Host:  a ", b"X-Webhook-Signature: ab", b"", ANSWER]
    assert read_request(end.join(lines)) == RawRequest(
        target=b"/hook?x=1", headers=((b"Host", b"a"), (b"X-Webhook-Signature", b"ab")), body=ANSWER
    )


@pytest.mark.parametrize(
    ("line", "method", "target", "version"),
    [
        (b"PUT /a HTTP/2", "PUT", b"/a", "2"),
        (b"POST https://a.example/b HTTP/1.0", "POST", b"https://a.example/b", "1.0"),
        (b"POST /a", "POST", b"/a", "1.1"),
        (b":method: PATCH\n:path: /p\n:scheme: https", "PATCH", b"/p", "1.1"),
        (b"Accept: */*", "POST", b"/", "1.1"),
    ],
)
def test_the_request_line_may_have_any_form_or_be_missing(
    line: bytes, method: str, target: bytes, version: str
) -> None:
    request = read_request(line + b"\nHost: a\n\n{}")
    assert (request.method, request.target, request.version) == (method, target, version)
    assert request.headers[-1] == (b"Host", b"a")
    assert request.body == b"{}"


def test_what_curl_prints_is_read_without_its_marks() -> None:
    text = (
        b"*   Trying 127.0.0.1:8787...\n* Connected\n> POST /hook HTTP/1.1\r\n> " + SIGNED + b"\r\n"
        b"* We are sending\n> \r\n" + ANSWER
    )
    request = read_request(text)
    assert request.target == b"/hook"
    assert request.headers == ((b"x-webhook-signature", signature(ANSWER)),)
    assert request.body == ANSWER
    assert request.remarks == ()


def test_it_is_said_that_curl_prints_no_body() -> None:
    text = b"> POST / HTTP/1.1\n> Content-Length: 9\n>\n} [9 bytes data]\n< HTTP/1.1 200 OK\n"
    (remark,) = read_request(text).remarks
    assert "curl -v does not print the body" in remark


def test_an_indented_head_is_read_and_the_body_stays_as_it_is() -> None:
    request = read_request(b"\n    POST / HTTP/1.1\n    Host: a\n      folded\n    \n    {}\n")
    assert request.headers == ((b"Host", b"a folded"),)
    assert request.body == b"    {}\n"


def test_a_body_of_another_length_than_announced_is_remarked_and_kept() -> None:
    request = read_request(b"Content-Length: 2\n\n{}\n")
    assert (request.body, request.declared) == (b"{}\n", 2)
    assert request.remarks == ("The headers announce a body of 2 bytes, and 3 follow the blank line.",)


def test_a_body_in_chunks_is_remarked() -> None:
    (remark,) = read_request(b"Transfer-Encoding: chunked\n\n2\r\n{}\r\n0\r\n\r\n").remarks
    assert "in chunks" in remark


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "the text is empty"),
        (b" \n\r\n", "the text is empty"),
        (b"* only curl's own words\n", "no header"),
        (ANSWER, "begins with a body"),
        (b"hello world\n\n{}", "Line 1 of the request is no header"),
        (b"Host: a\n" + ANSWER, "Line 2 looks like the body"),
        (b"Host: a\nnot a header\x1b\n\n", r"Line 2 of the request is no header.*not a header\\x1b"),
        ("POST / HTTP/1.1\n".encode("utf-16"), "UTF-16"),
        (b"a: b\n" * MAX_HEAD_BYTES, "No blank line"),
        (b"a: b\n" * 1001 + b"\n", "more than 1,000 fields"),
    ],
)
def test_what_is_no_request_is_told_in_one_sentence(text: bytes, says: str) -> None:
    with pytest.raises(NotARequestError, match=says):
        read_request(text)


_PIECES = st.sampled_from(
    [
        b"POST / HTTP/1.1",
        b"> ",
        b">",
        b"* ",
        b"\n",
        b"\r\n",
        b"\r",
        b": ",
        b":path:",
        b"Host",
        b" ",
        b"{",
        b"\0",
    ]
)


@given(st.one_of(st.binary(), st.lists(st.one_of(_PIECES, st.binary(max_size=3))).map(b"".join)))
@example(b"Content-Length: 99999999999999999999\n\n")
def test_any_bytes_give_a_request_or_one_sentence(data: bytes) -> None:
    try:
        request = read_request(data)
    except NotARequestError as error:
        said: tuple[str, ...] = (str(error),)
    else:
        assert data.endswith(request.body)
        said = request.remarks
    for sentence in said:
        assert visible(sentence) == sentence
        assert len(sentence) < 200


@given(st.binary())
def test_the_body_is_exact_whatever_it_holds(body: bytes) -> None:
    assert read_request(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n" + body).body == body
