from dataclasses import replace

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.client.target import Target
from inspector.client.wire import NotReplayable, compose, own_headers, reason_not_replayable
from inspector.domain.capture.capture import Capture
from tests.client.receivers import a_capture

LOCAL = Target.parse("http://127.0.0.1:3000")


def names(capture: Capture, target: Target = LOCAL) -> list[bytes]:
    return [name for name, _ in compose(capture, target).headers]


def test_nothing_but_host_and_length_changes() -> None:
    headers = (
        (b"x-B", b"1"),
        (b"hOsT", b"hooks.example"),
        (b"X-b", b"2"),
        (b"CONTENT-length", b"007"),
        (b"x-B", b"caf\xe9\x0b\x01"),
        (b"empty", b""),
        (b"Content-Encoding", b"gzip"),
    )
    request = compose(a_capture(headers=headers, body=b"\x1f\x8b\x00"), LOCAL)
    assert request.headers == (
        (b"x-B", b"1"),
        (b"hOsT", b"127.0.0.1:3000"),
        (b"X-b", b"2"),
        (b"CONTENT-length", b"3"),
        (b"x-B", b"caf\xe9\x0b\x01"),
        (b"empty", b""),
        (b"Content-Encoding", b"gzip"),
    )
    assert (request.method, request.target, request.body) == (b"POST", b"/hook", b"\x1f\x8b\x00")


def test_fields_of_one_connection_are_left_out() -> None:
    headers = (
        (b"Host", b"h"),
        (b"Connection", b"close, X-Private"),
        (b"connection", b" Other "),
        (b"x-private", b"1"),
        (b"OTHER", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Proxy-Authorization", b"Basic eA=="),
        (b"proxy-anything", b"1"),
        (b"TE", b"trailers"),
        (b"Trailer", b"X"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
        (b"Expect", b"100-continue"),
        (b"X-Proxy-Name", b"kept"),
        (b"Via", b"kept"),
    )
    assert names(a_capture(headers=headers)) == [b"Host", b"X-Proxy-Name", b"Via", b"Content-Length"]


def test_connection_cannot_take_host_or_length_away() -> None:
    headers = ((b"Connection", b"host, content-length"), (b"Host", b"h"), (b"Content-Length", b"2"))
    assert names(a_capture(headers=headers)) == [b"Host", b"Content-Length"]


def test_of_several_hosts_and_lengths_the_first_place_is_kept() -> None:
    headers = (
        (b"content-Length", b"2"),
        (b"host", b"a"),
        (b"Host", b"b"),
        (b"Content-Length", b"3"),
    )
    assert names(a_capture(headers=headers)) == [b"content-Length", b"host"]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (((b"Host", b"h"),), b"", [b"Host"]),
        (((b"Host", b"h"), (b"A", b"1")), b"x", [b"Host", b"A", b"Content-Length"]),
        (((b"Content-Length", b"9"), (b"Host", b"h")), b"", [b"Content-Length", b"Host"]),
        (((b"A", b"1"),), b"", [b"Host", b"A"]),
    ],
)
def test_a_length_is_added_last_only_for_a_body_and_a_host_only_where_it_must(
    headers: tuple[tuple[bytes, bytes], ...], body: bytes, expected: list[bytes]
) -> None:
    assert names(a_capture(headers=headers, body=body)) == expected


def test_http_1_0_stays_and_needs_no_host() -> None:
    request = compose(a_capture(version="1.0", headers=((b"A", b"1"),), body=b""), LOCAL)
    assert request.head == b"POST /hook HTTP/1.0\r\nA: 1\r\n\r\n"


def test_an_unknown_version_goes_out_as_http_1_1() -> None:
    assert compose(a_capture(version="HTTP/2"), LOCAL).version == b"1.1"


def test_headers_of_the_target_take_the_place_of_captured_ones_or_come_last() -> None:
    captured = ((b"X-Env", b"1"), (b"A", b"a"), (b"x-env", b"2"), (b"Host", b"h"))
    own = ((b"x-ENV", b"one"), (b"Authorization", b"Bearer caf\xe9"), (b"X-Env", b"two"))
    request = compose(a_capture(headers=captured), replace(LOCAL, headers=own))
    assert request.headers == (
        (b"x-ENV", b"one"),
        (b"X-Env", b"two"),
        (b"A", b"a"),
        (b"Host", b"127.0.0.1:3000"),
        (b"Authorization", b"Bearer caf\xe9"),
        (b"Content-Length", b"2"),
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (b"X Y", b"1", "not a valid header name"),
        (b"", b"1", "not a valid header name"),
        (b"X-A", b"1\r\nX-B: 2", "line break"),
        (b"HOST", b"other", "is set for each request"),
        (b"Content-Length", b"1", "is set for each request"),
        (b"transfer-encoding", b"chunked", "is set for each request"),
        (b"Proxy-Authorization", b"x", "is set for each request"),
        (b"X-Webhook-Signature", b"x", "re-signed with a secret"),
    ],
)
def test_what_cannot_be_a_targets_own_header_says_why(name: bytes, value: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        own_headers(((name, value),))


def test_the_path_of_the_target_replaces_the_captured_one() -> None:
    capture = a_capture(target=b"/a?b=c")
    assert compose(capture, Target.parse("http://h/in?x=1")).target == b"/in?x=1"
    assert compose(capture, Target.parse("http://h/")).target == b"/a?b=c"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "refused"}, "refused"),
        ({"kind": "cut"}, "the end of its body is missing"),
        ({"method": ""}, "method"),
        ({"method": "GE T"}, "method"),
        ({"method": "GÉT"}, "method"),
        ({"method": "G\ud800"}, "method"),
        ({"method": "GET\r\nX"}, "method"),
        ({"method": "CONNECT"}, "tunnel"),
        ({"target": b"*"}, "slash"),
        ({"target": b""}, "slash"),
        ({"target": b"http://h/"}, "slash"),
        ({"target": b"/a b"}, "space or a control"),
        ({"target": b"/a\x7f"}, "space or a control"),
        ({"target": b"/a\r\nX: y"}, "space or a control"),
        ({"headers": ((b"a b", b""),)}, "header name"),
        ({"headers": ((b"", b""),)}, "header name"),
        ({"headers": ((b"a\n", b""),)}, "header name"),
        ({"headers": ((b"caf\xe9", b""),)}, "header name"),
        ({"headers": ((b"a", b"\r"),)}, "line break"),
        ({"headers": ((b"a", b"\n"),)}, "line break"),
        ({"headers": ((b"a", b"\x00"),)}, "line break"),
    ],
)
def test_what_cannot_be_sent_says_why(changes: dict[str, object], says: str) -> None:
    capture = a_capture(**changes)
    reason = reason_not_replayable(capture)
    assert reason is not None
    assert says in reason
    assert visible(reason) == reason
    with pytest.raises(NotReplayable, match=says):
        compose(capture, Target.parse("http://h/path"))


def test_a_masked_capture_is_not_replayable() -> None:
    assert reason_not_replayable(a_capture()) is None
    with pytest.raises(NotReplayable, match="masked"):
        compose(a_capture(), LOCAL, is_masked=True)


# Mostly sane, so that enough of it gets past the checks.
def _mostly(sane: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(sane, sane, sane, st.binary(max_size=12))


_NAMES = st.sampled_from(
    [
        b"Host",
        b"host",
        b"Content-Length",
        b"Connection",
        b"TE",
        b"Transfer-Encoding",
        b"Expect",
        b"X-a",
        b"x-A",
    ]
)
_VALUES = st.binary(max_size=8).map(lambda v: v.translate(None, b"\r\n\x00\t\x0b\x0c ")) | _NAMES

CAPTURES = st.builds(
    a_capture,
    kind=st.sampled_from(["captured", "captured", "sample", "imported", "cut", "refused"]),
    method=st.sampled_from(["POST", "GET", "HEAD", "purge", "OPTIONS"]) | st.text(max_size=5),
    target=_mostly(st.sampled_from([b"/", b"/a%2Fb//c/../d?x=1&y=%20z", b"//h/x", b"/?#"])),
    version=st.sampled_from(["1.1", "1.0", "2", ""]),
    headers=st.lists(st.tuples(_mostly(_NAMES), _mostly(_VALUES)), max_size=6).map(tuple),
    body=st.binary(max_size=20),
)


@settings(max_examples=300)
@given(CAPTURES)
def test_any_capture_is_refused_or_read_back_by_a_server_as_it_was_meant(capture: Capture) -> None:
    try:
        request = compose(capture, LOCAL)
    except NotReplayable:
        reason = reason_not_replayable(capture)
        assert reason is not None
        assert visible(reason) == reason
        return
    lines = request.head.split(b"\r\n")
    assert lines[0] == b"%b %b HTTP/%b" % (request.method, capture.target, request.version)
    assert lines[-2:] == [b"", b""]
    assert len(lines) == len(request.headers) + 3
    # h11 reads less than HTTP allows: no byte above 0x7F in a target, no VT or FF in a value.
    strict = not any(byte > 0x7F for byte in request.target)
    strict = strict and not any(c in value for _, value in request.headers for c in (b"\x0b", b"\x0c"))
    if not strict or (request.version == b"1.0" and b"host" not in request.head.lower()):
        return
    server = h11.Connection(h11.SERVER)
    server.receive_data(request.head + request.body)
    seen = server.next_event()
    assert isinstance(seen, h11.Request)
    assert (seen.method, seen.target) == (request.method, capture.target)
    assert seen.headers.raw_items() == [(n, v.strip(b" \t")) for n, v in request.headers]
    body = b""
    while isinstance(event := server.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert body == capture.body
    assert server.trailing_data == (b"", False)
