"""What a dropped or pasted thing is."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.request_text.recognise import NOT_A_CAPTURE, capture_of, recognise
from tests.builders import ANSWER, COMPLETION, a_capture, signature

SIGNED = b"POST /in HTTP/1.1\r\nHost: h\r\nX-Webhook-Signature: %b\r\nContent-Length: %d\r\n\r\n%b"


def signed(body: bytes) -> bytes:
    return SIGNED % (signature(body), len(body), body)


def test_an_export_is_recognised_by_any_of_its_first_lines() -> None:
    line = dump_line(1, ExportedCapture(capture=a_capture()))
    for text in (f"{head_line()}\n{line}\n", line, f"\n{line}", f"broken\n{line}"):
        assert recognise(text.encode()).kind == "export"


def test_several_requests_in_one_text_are_told_apart() -> None:
    found = recognise(signed(COMPLETION) + b"\n\n" + signed(ANSWER) + b"\r\n")

    assert (found.kind, found.title) == ("request", "2 HTTP requests")
    assert [one.body for one in found.requests] == [COMPLETION, ANSWER]


def test_requests_without_content_length_end_before_the_next_one() -> None:
    found = recognise(
        b'### first\nPOST /a HTTP/1.1\nA: b\n\n{"a":\n1}\n\n### second\nPOST /b HTTP/1.1\nA: c\n\n{}\n'
    )

    assert [(one.target, one.body) for one in found.requests] == [(b"/a", b'{"a":\n1}'), (b"/b", b"{}\n")]


def test_a_body_may_contain_a_request_line() -> None:
    body = b"POST /in HTTP/1.1\n\nGET / HTTP/1.1"
    (request,) = recognise(signed(body)).requests

    assert request.body == body


def test_a_text_that_ends_with_a_newline_suggests_to_remove_it() -> None:
    (request,) = recognise(b"POST / HTTP/1.1\nX-Webhook-Signature: 1\n\n{}\n").requests

    assert (request.body, request.cure and request.cure.request.body) == (b"{}\n", b"{}")


def test_a_log_of_curl_needs_the_body() -> None:
    log = b"*   Trying 127.0.0.1:8787...\n> POST /in HTTP/1.1\n> Host: h\n> Content-Length: 2\n>\n"

    assert recognise(log).reason.startswith("Cannot check the request: curl -v does not print the body.")
    (request,) = recognise(log + b"{}").requests
    assert (request.target, request.body) == (b"/in", b"{}")
    command = b"$ curl -v -d '{}' http://h/in\n"
    assert recognise(command + log).kind == "curl"
    assert recognise(command + log).requests[0].body == b"{}"
    for prompt in (b"me@laptop:~/in", b"[me@laptop in]", b"me@laptop in", b"root@box:~"):
        for sign in (b"$ ", b"# ", b" % "):
            (request,) = recognise(
                prompt + sign + command[2:] + log + b"< HTTP/1.1 200 OK\n" + prompt + sign
            ).requests
            assert (request.target, request.body) == (b"/in", b"{}")


def test_a_json_body_gets_a_content_type_and_a_path() -> None:
    found = recognise(COMPLETION)

    assert (found.kind, found.title) == ("json", "JSON body")
    assert found.notes == ("It has no headers: content-type becomes application/json, and the path is /.",)
    capture = capture_of(found.requests[0], 17)
    assert (capture.kind, capture.received_ms, capture.target) == ("imported", 17, b"/")
    assert capture.headers == ((b"Content-Type", b"application/json"),)
    assert capture.body == COMPLETION


def test_one_json_body_per_line_is_several() -> None:
    found = recognise(COMPLETION + b"\r\n" + ANSWER + b"\n")

    assert found.title == "2 JSON bodies"
    assert [one.body for one in found.requests] == [COMPLETION, ANSWER]


def test_a_har_file_has_the_requests_with_a_body() -> None:
    entry = {
        "startedDateTime": "2026-11-24T09:30:00.125+01:00",
        "request": {
            "method": "POST",
            "url": "https://h/in?x=1",
            "headers": [{"name": ":path", "value": "/"}, {"name": "A", "value": "é"}],
            "postData": {"text": ANSWER.decode()},
        },
    }
    har = {"log": {"entries": [entry, {"request": {"method": "GET", "url": "https://h/"}}, 1]}}
    found = recognise(json.dumps(har).encode())

    (request,) = found.requests
    assert (request.method, request.target, request.body) == ("POST", b"/in?x=1", ANSWER)
    assert request.headers == ((b"A", "é".encode()),)
    assert capture_of(request, 0).received_ms == 1_795_509_000_125
    assert found.notes[-1] == "2 requests without a body are skipped."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", "It is empty."),
        (b"\x1f\x8bxx", "It is compressed. Unpack it first."),
        (b"\xff\xfea\0", "It is UTF-16, as written by > in PowerShell. Save it as UTF-8."),
        (b"PK\x03\x04\x14\0\0", NOT_A_CAPTURE),
        (b"Dear team,\nsee you: soon", NOT_A_CAPTURE),
        (b'{"a": 1,}', "It starts like JSON, but "),
        (b'{"log": {"entries": []}}', "No request in this HAR file has a body."),
        (
            b'fetch("http://h/", {\n  "body": "{}"\n});',
            "It is a fetch call. In the browser, copy it as cURL (bash).",
        ),
        (
            b'$session = New-Object X\nInvoke-WebRequest -Uri "http://h/"',
            "It is a PowerShell command. In the",
        ),
        (
            b'curl ^"http://h/^" --data-raw ^"{}^"',
            "The command is quoted for cmd.exe. Copy it as cURL (bash).",
        ),
        (b"curl -d @body.json http://h/", "--data @body.json names a file"),
    ],
)
def test_what_is_not_a_capture_has_a_reason(data: bytes, reason: str) -> None:
    found = recognise(data)

    assert not found.requests
    assert found.reason.startswith(reason)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text("curl POST/HTP1.:>*$'\"{}[],\n\r-d@ \ud800é\0", max_size=200).map(
            lambda text: text.encode("utf-8", "surrogatepass")
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(("log", "entries", "request")), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_bytes_raise(data: bytes) -> None:
    found = recognise(data)

    assert bool(found.reason) == (not found.requests and found.kind != "export")
    for request in found.requests:
        capture_of(request, 0).as_sent()


@pytest.mark.parametrize(
    "data",
    [
        b" " * 2_000_000 + b"x",
        b"POST / HTTP/1.1\n" + b" \t" * 1_000_000 + b"x",
        b" curl" * 500_000,
        b"curl http://h/ " + b"-d '%b' " % (b"a" * 3_000) * 9_000,
        b"curl http://h/ -d " + b"$" * 8_000_000,
        b'curl http://h/ -d "' + b'\\"' * 8_000_000 + b'"',
        b"curl -d '" + b"a" * 8_000_000 + b"' " + b"http://h/ " * 19_000,
    ],
    ids=["spaces", "blanks", "curls", "parts", "dollars", "quotes", "urls"],
)
def test_a_hostile_text_is_read_in_bounded_time_and_memory(data: bytes) -> None:
    started = time.process_time()
    found = recognise(data)

    assert time.process_time() - started < 15  # otherwise minutes
    assert sum(len(one.body) + len(one.target) for one in found.requests) < 2**28


def test_the_beginning_of_a_short_text_is_examined_at_once() -> None:
    started = time.process_time()
    for text in (b" " * 4_096, b"\t$ " * 1_365, b"a=b " * 1_024, b"| " * 2_048):
        recognise(text)

    assert time.process_time() - started < 0.5  # it runs between two frames of the window


def test_headers_that_a_listener_would_refuse_are_refused() -> None:
    long = "a" * 300_000
    har = {
        "log": {"entries": [{"request": {"method": "POST", "url": "http://h/", "postData": {"text": "{}"}}}]}
    }
    har["log"]["entries"][0]["request"]["headers"] = [{"name": "a", "value": long}]  # type: ignore[assignment]
    for data in (f"curl http://h/{long} -d a", f"curl http://h/ -H a:{long} -d a", json.dumps(har)):
        assert recognise(data.encode()).reason == "The headers of the request have more than 262,144 bytes."


def test_reasons_and_remarks_are_short_and_visible() -> None:
    heredoc = recognise(b"curl http://h/ -d @- <<" + b"\xe2\x80\xaeE" * 9_999 + b"\nx")
    (request,) = recognise(b"curl http://h/ -d $" + b"a" * 9_999).requests

    assert len(heredoc.reason) < 120
    assert "\u202e" not in heredoc.reason
    assert [len(one) < 120 for one in request.remarks] == [True]
