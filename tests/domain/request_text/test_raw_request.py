from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.base.visible import visible
from inspector.domain.request_text.raw_request import (
    MAX_HEAD_BYTES,
    NotARequestError,
    RawRequest,
    read_request,
)
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


# As curl 8.14 prints it with `-v … > file 2>&1`, and with `Expect: 100-continue` and `-s`.
METER = b"  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
CURL_HEAD = (
    b"Note: Unnecessary use of -X or --request, POST is already inferred.\n"
    b"  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    b"                                 Dload  Upload   Total   Spent    Left  Speed\n"
    b"\r" + METER + b"\r" + METER + b"*   Trying 127.0.0.1:8787...\n"
    b"* Connected to 127.0.0.1 (127.0.0.1) port 8787\n"
    b"\r" + METER + b"> POST /hook HTTP/1.1\r\n> " + SIGNED + b"\r\n> Content-Length: 359\r\n> \r\n"
)
CURL_TAIL = (
    b"} [359 bytes data]\n* upload completely sent off: 359 bytes\n< HTTP/1.1 200 OK\r\n< Server: x\r\n"
    b"< \r\n{ [3 bytes data]\n\r100   362  100     3  100   359   2577   541k"
    b" --:--:-- --:--:-- --:--:--  632k\n* Connection #0 to host 127.0.0.1 left intact\nok\n"
)
CONTINUE = b"< HTTP/1.1 100 Continue\r\n< \r\n"


@pytest.mark.parametrize("head", [CURL_HEAD, CURL_HEAD.replace(b"> Content-Length: 359\r\n", b"")])
@pytest.mark.parametrize(
    "added",
    [
        ANSWER + b"\n" + CURL_TAIL,
        ANSWER + b"\r\n" + CURL_TAIL,
        ANSWER + b"\n" + CONTINUE + CURL_TAIL,
        CONTINUE + ANSWER + b"\n" + CURL_TAIL,
        b"} [359 bytes data]\n" + ANSWER + b"\n* upload completely sent off: 359 bytes\n",
        ANSWER,
    ],
)
def test_a_body_that_was_added_to_the_log_of_curl_is_read_without_its_lines(
    head: bytes, added: bytes
) -> None:
    request = read_request(head + added)
    assert (request.target, request.body, request.remarks) == (b"/hook", ANSWER, ())


def test_a_body_of_several_lines_in_the_log_of_curl_keeps_its_line_breaks() -> None:
    body = b'{\n  "a": [\n    1\n  ]\n}'
    head = CURL_HEAD.replace(b"359", b"%d" % len(body))
    assert read_request(head + body + b"\n" + CURL_TAIL).body == body
    assert read_request(head + body + b"\n").body == body
    without = CURL_HEAD.replace(b"> Content-Length: 359\r\n", b"")
    assert read_request(without + body + b"\n" + CURL_TAIL).body == body


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CURL_HEAD + CURL_TAIL, "curl -v does not print the body. Add the body"),
        (CURL_HEAD + CONTINUE + CURL_TAIL, "curl -v does not print the body. Add the body"),
        (CURL_HEAD, "curl -v does not print the body. Add the body"),
        (CURL_HEAD.replace(b"Content-Length: 359", b"Transfer-Encoding: chunked") + CURL_TAIL, "curl -v"),
        (b"Content-Length: 9\n\n", "not contain the body of the request. Add the body"),
        (b"Content-Length: 9", "not contain the body of the request. Add the body"),
        (b"transfer-encoding: chunked\n\n", "not contain the body of the request. Add the body"),
    ],
)
def test_without_the_body_there_is_nothing_to_check(text: bytes, says: str) -> None:
    with pytest.raises(NotARequestError, match="Cannot check the request: ") as told:
        read_request(text)
    assert says in str(told.value)


@pytest.mark.parametrize("length", [b"", b"Content-Length: 0\n"])
def test_an_empty_body_is_one_to_check(length: bytes) -> None:
    assert read_request(SIGNED + b"\n" + length + b"\n").body == b""


HEAD = SIGNED + b"\ncontent-length: 359\n\n"
RESPONSE = b"\n\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("after", [b"", b"\n", b"\r\n", b" \n\n"])
def test_the_body_has_as_many_bytes_as_the_request_says(after: bytes) -> None:
    request = read_request(HEAD + ANSWER + after)
    assert (request.body, request.remarks) == (ANSWER, ())


def test_a_response_is_no_part_of_a_body_whose_length_nothing_says() -> None:
    head = HEAD.replace(b"content-length: 359\n", b"")
    assert read_request(head + ANSWER + RESPONSE).body == ANSWER


@pytest.mark.parametrize("after", [RESPONSE, b"\n###\nPOST /next HTTP/1.1\n"])
def test_what_follows_the_body_is_not_checked_and_that_is_said(after: bytes) -> None:
    request = read_request(HEAD + ANSWER + after)
    ignored = len(after.strip())
    assert request.body == ANSWER
    assert request.remarks == (
        f"Only the 359 bytes of Content-Length are checked. The {ignored} after them are ignored.",
    )


@pytest.mark.parametrize("after", [b"", RESPONSE])
def test_a_body_that_was_edited_or_printed_again_is_not_cut_at_its_old_length(after: bytes) -> None:
    pretty = json.dumps(json.loads(ANSWER), indent=4).encode()
    request = read_request(HEAD + pretty + after)
    assert request.body == pretty
    assert request.remarks == (f"Content-Length is 359, but the body in this text has {len(pretty)} bytes.",)


def test_an_indented_head_is_read_and_the_body_stays_as_it_is() -> None:
    request = read_request(b"\n    POST / HTTP/1.1\n    Host: a\n      folded\n    \n    {}\n")
    assert request.headers == ((b"Host", b"a folded"),)
    assert request.body == b"    {}\n"


def test_a_body_that_is_shorter_than_announced_is_remarked() -> None:
    request = read_request(b"Content-Length: 3\n\n{}")
    assert (request.body, request.declared) == (b"{}", 3)
    assert request.remarks == ("Content-Length is 3, but the body in this text has 2 bytes.",)


def test_a_body_in_chunks_is_remarked() -> None:
    (remark,) = read_request(b"Transfer-Encoding: chunked\n\n2\r\n{}\r\n0\r\n\r\n").remarks
    assert "in chunks" in remark


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "The text is empty"),
        (b" \n\r\n", "The text is empty"),
        (b"* only curl's own words\n", "not a header"),
        (ANSWER, "starts with a body"),
        (b"hello world\n\n{}", "Line 1 of the request is not a header"),
        (b"Host: a\n" + ANSWER, "Line 2 looks like the body"),
        (b"Host: a\nnot a header\x1b\n\n", r"Line 2 of the request is not a header.*not a header\\x1b"),
        ("POST / HTTP/1.1\n".encode("utf-16"), "UTF-16"),
        (b"a: b\n" * MAX_HEAD_BYTES, "contain no blank line"),
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
        b"Content-Length: 3",
        b"{}",
        b"} [3 bytes data]",
        b"< HTTP/1.1 200 OK",
        METER,
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
        assert request.body in data
        said = request.remarks
    for sentence in said:
        assert visible(sentence) == sentence
        assert len(sentence) < 200


@given(st.binary())
def test_the_body_is_exact_whatever_it_holds(body: bytes) -> None:
    assert read_request(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n" + body).body == body


LOG = b"> POST / HTTP/1.1\n> \n"


@pytest.mark.parametrize("start", [b"", LOG, b"Content-Length: 3\n\n"])
@pytest.mark.parametrize("piece", [b" ", b"1 ", b"\r", b"\n ", b"\nHTTP/", b"% Total ", b"--:--:-- "])
def test_no_text_keeps_it_busy(start: bytes, piece: bytes) -> None:
    """A pattern that looked at each blank again took minutes; the limit of a test notices."""
    with suppress(NotARequestError):
        read_request(start + piece * 200_000 + b"x")
