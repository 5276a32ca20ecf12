"""Where a Location leads, by RFC 3986, and what is made of a request that is sent on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.client.outcome import Outcome
from inspector.client.redirection import NotFollowed, leads_to, location_of, sent_on
from inspector.client.target import Target, Tls
from inspector.domain.capture.capture import HeaderPairs
from tests.client.receivers import a_request

TARGET = Target.parse("http://a.example:8080/hooks/in?team=1")
REQUEST = a_request(TARGET)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("http://b.example/x?y=%20z", "http://b.example/x?y=%20z"),
        ("https://a.example:8080/x", "https://a.example:8080/x"),
        ("//b.example/x", "http://b.example/x"),
        ("/new", "http://a.example:8080/new"),
        ("new", "http://a.example:8080/hooks/new"),
        ("../new;v=1?a#part", "http://a.example:8080/new;v=1?a"),
        ("?team=2", "http://a.example:8080/hooks/in?team=2"),
        ("", "http://a.example:8080/hooks/in?team=1"),
        ("http://b.example", "http://b.example/"),
        ("http://b.example?x=1", "http://b.example/?x=1"),
        ("http://b.example/?x=1", "http://b.example/?x=1"),
        ("HTTP://B.Example:80/X", "http://b.example/X"),
        ("http://[::1]:3000/x", "http://[::1]:3000/x"),
        ("/a b/\xe9", "http://a.example:8080/a%20b/%C3%A9"),
    ],
)
def test_a_location_is_resolved_against_the_url_that_answered(location: str, url: str) -> None:
    to = leads_to(TARGET, REQUEST, location.encode())
    assert to.url == url
    assert to.path is not None, "what was captured is no part of it"


def test_a_target_without_a_path_is_resolved_by_the_captured_one() -> None:
    target = Target.parse("http://a.example")
    request = a_request(target, target=b"/caf\xe9/#x/in?a=1")
    assert leads_to(target, request, b"new").url == "http://a.example/caf%E9/%23x/new"


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("mailto:somebody@example.com", "has to begin with http"),
        ("ftp://a.example/x", "has to begin with http"),
        ("http://user:hush@b.example/", "a user name or a password"),
        ("http://b.example:99999/", "no port"),
        ("http:///x", "names no host"),
        ("http://[::1/x", "no URL"),
        ("http://b\u00e9.example/", "cannot be a host name"),
    ],
)
def test_what_cannot_be_sent_to_is_told_without_what_may_be_a_password(location: str, why: str) -> None:
    with pytest.raises(NotFollowed, match=why) as caught:
        leads_to(Target.parse("https://a.example/"), REQUEST, location.encode())
    assert "hush" not in str(caught.value)


@given(st.binary(max_size=60))
def test_whatever_a_receiver_writes_is_a_place_or_is_told(location: bytes) -> None:
    try:
        to = leads_to(TARGET, REQUEST, location)
    except NotFollowed:
        return
    assert Target.parse(f"{to.scheme}://{to.netloc}").host == to.host
    assert (to.headers, to.tls) == ((), Tls())
    line = to.request_target(b"")
    assert line.startswith(b"/")
    assert all(0x20 < byte < 0x7F for byte in line)


def answered(status: int, *locations: bytes, outcome: str = "http-error") -> Outcome:
    headers: HeaderPairs = tuple((b"lOcation", location) for location in locations)
    return Outcome(
        outcome=outcome,  # type: ignore[arg-type]
        status=status,
        started_ms=1,
        elapsed_ms=1.0,
        answer_headers=headers,
    )


def test_only_a_whole_answer_that_names_one_place_redirects() -> None:
    for status in (301, 302, 303, 307, 308):
        assert location_of(answered(status, b"/x")) == b"/x"
        assert location_of(answered(status)) is None
    assert location_of(answered(302, b"/x", b"/x")) == b"/x"
    assert location_of(answered(302, b"/x", b"/y")) is None
    assert location_of(answered(302, b"/x", outcome="cut")) is None
    for status in (200, 201, 300, 304, 305, 404):
        assert location_of(answered(status, b"/x")) is None


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_the_method_and_the_body_are_as_clients_have_them(status: int, before: str, after: str) -> None:
    headers = (
        *((b"hOst", b"x"), (b"X-a", b"\xff"), (b"content-TYPE", b"a/b"), (b"Content-Encoding", b"gzip")),
        *((b"Content-Length", b"2"), (b"x-A", b"2"), (b"Digest", b"d")),
    )
    request = a_request(TARGET, method=before, headers=headers)
    onward = sent_on(request, status, leads_to(TARGET, request, b"/new"), is_elsewhere=False)
    assert (onward.method, onward.target) == (after.encode(), b"/new")
    if after == before and after != "HEAD":
        assert (onward.body, onward.headers) == (request.body, request.headers)
    else:
        assert onward.body == b""
        assert onward.headers == ((b"hOst", b"a.example:8080"), (b"X-a", b"\xff"), (b"x-A", b"2"))


def test_elsewhere_goes_no_credential_and_nothing_of_the_targets_own() -> None:
    headers = (
        *((b"Host", b"x"), (b"X-Webhook-SIGNATURE", b"s"), (b"authorization", b"a"), (b"Cookie", b"c")),
        *((b"x-KEY", b"k"), (b"X-Other", b"o"), (b"cookie", b"d"), (b"Content-Length", b"2")),
    )
    request = a_request(TARGET, headers=headers)
    to = leads_to(TARGET, request, b"http://b.example/new")
    onward = sent_on(request, 307, to, is_elsewhere=True, own=frozenset((b"x-key",)))
    assert onward.headers == ((b"Host", b"b.example"), (b"X-Other", b"o"), (b"Content-Length", b"2"))
    assert onward.body == request.body
