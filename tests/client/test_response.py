"""The short way to read an answer comes to what h11 comes to, or steps aside."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.client.outcome import ResponseLimits
from inspector.client.response import SimpleResponse, simple_response

LIMITS = ResponseLimits(response_head=200, response_body=20)
PLAIN = b"HTTP/1.1 200 OK\r\nX-b: 1\r\nx-B:  two \r\nContent-Length: 2\r\n\r\nok"

_FIELDS = st.one_of(
    st.sampled_from(
        (
            b"Content-Length: 2", b"content-length:0", b"Content-Length: +2", b"Content-Length: 2, 2",
            b"Content-Length: " + b"9" * 5000, b"Transfer-Encoding: chunked", b"Connection: close",
            b"Connection: Keep-Alive", b"Connection: keep-alive, close", b"Upgrade: h2c", b"A : 1", b": 1",
            b"A:", b"A", b" folded", b"A: caf\xe9", b"A: 1\t", b"A: \x00", b"A: 1\rB: 2", b"A: 1\nB: 2",
        )
    ),
    st.binary(max_size=8),
)  # fmt: skip
_ANSWERS = st.builds(
    lambda version, status, reason, fields, end, body: b"".join(
        (version, b" ", status, reason, b"\r\n", *(field + b"\r\n" for field in fields), end, body)
    ),
    st.sampled_from((b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2", b"http/1.1")),
    st.sampled_from((b"200", b"404", b"100", b"101", b"204", b"304", b"099", b"600", b"20", b"2000")),
    st.sampled_from((b"", b" ", b" OK", b" caf\xe9", b"\tOK", b" \x01")),
    st.lists(_FIELDS, max_size=4),
    st.sampled_from((b"\r\n", b"\n", b"")),
    st.sampled_from((b"", b"ok", b"o", b"okk")),
)


def by_h11(data: bytes) -> SimpleResponse | None:
    """As h11 reads it; None unless it is whole and the connection may be used again."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "-")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    head, body = None, b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None
    if head is None or connection.their_state is not h11.DONE or connection.trailing_data[0]:
        return None
    return SimpleResponse(head.status_code, tuple(head.headers.raw_items()), body)


@given(data=_ANSWERS)
@example(data=PLAIN)
def test_what_is_read_the_short_way_is_what_h11_reads(data: bytes) -> None:
    plain = simple_response(data, LIMITS)
    assert plain is None or plain == by_h11(data)


def test_the_commonest_answer_goes_the_short_way() -> None:
    headers = ((b"X-b", b"1"), (b"x-B", b"two"), (b"Content-Length", b"2"))
    assert simple_response(PLAIN, LIMITS) == SimpleResponse(200, headers, b"ok")


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:-1],
        PLAIN + b"H",
        PLAIN.replace(b"200", b"204"),
        PLAIN.replace(b"X-b: 1", b"Content-Length: 2"),
        PLAIN.replace(b"X-b: 1", b"Connection: close"),
        PLAIN.replace(b"X-b: 1", b"Transfer-Encoding: chunked"),
        PLAIN.replace(b"X-b: 1", b"X-b: " + b"1" * 200),
        PLAIN.replace(b": 2\r\n\r\nok", b": 21\r\n\r\n" + b"-" * 21),
    ],
)
def test_any_other_answer_is_left_to_h11(data: bytes) -> None:
    assert simple_response(data, LIMITS) is None
