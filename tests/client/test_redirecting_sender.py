"""Redirects on real sockets: what goes on, what stays behind, and where it ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.redirecting_sender import NotFollowed, leads_to, location_of, sender_to, sent_on
from inspector.client.target import Target, Tls
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.replay.redirect import Redirect
from tests.client.certificates import Authority
from tests.client.receivers import (
    HASTY,
    OK,
    a_request,
    answers,
    own_address,
    read_raw,
    receiving,
    redirect,
    routed,
)

SIGNED = (
    *((b"hOst", b"hooks.example"), (b"x-B", b"1"), (b"X-Webhook-Signature", b"abc"), (b"X-b", b"\xff")),
    *((b"Authorization", b"Bearer t"), (b"Cookie", b"c=1"), (b"Content-Type", b"application/json")),
    (b"Content-Length", b"2"),
)


async def followed(
    target: Target,
    request: WireRequest,
    *,
    allowed: Collection[str] = (),
    limits: ResponseLimits | None = None,
) -> Outcome:
    async with sender_to(target, limits=limits, require_local=True, follow_to=allowed) as sender:
        return await sender.send(request)


@pytest.mark.parametrize("status", [307, 308])
async def test_method_headers_and_body_go_on_byte_for_byte(status: int) -> None:
    arrived: list[bytes] = []
    async with receiving(routed({"/hook": redirect(status, "/new?a=%20b")}, arrived)) as receiver:
        request = a_request(receiver.target, headers=SIGNED)
        outcome = await followed(receiver.target, request)
        assert receiver.connections == 1
    first, second = arrived
    assert first == request.head + request.body
    assert second == first.replace(b"/hook", b"/new?a=%20b")
    assert (outcome.outcome, outcome.status, outcome.response_body, outcome.error) == ("ok", 200, b"ok", None)
    assert outcome.redirects == (Redirect(status=status, url=f"{receiver.target.url}new?a=%20b"),)


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_post_becomes_a_get_without_a_body(status: int) -> None:
    arrived: list[bytes] = []
    async with receiving(routed({"/hook": redirect(status, "/done")}, arrived)) as receiver:
        outcome = await followed(receiver.target, a_request(receiver.target, headers=SIGNED))
    assert outcome.status == 200
    netloc = receiver.target.netloc.encode()
    assert arrived[1] == (
        b"GET /done HTTP/1.1\r\nhOst: " + netloc + b"\r\nx-B: 1\r\nX-Webhook-Signature: abc\r\nX-b: \xff\r\n"
        b"Authorization: Bearer t\r\nCookie: c=1\r\n\r\n"
    )


async def test_a_loop_comes_to_an_end_that_is_told() -> None:
    arrived: list[bytes] = []
    async with receiving(answers(redirect(307, "/hook"), arrived)) as receiver:
        outcome = await followed(receiver.target, a_request(receiver.target))
    assert len(arrived) == 11
    assert (outcome.outcome, outcome.status, len(outcome.redirects)) == ("http-error", 307, 10)
    assert outcome.error == (f"Stopped after 10 redirects. The next one leads to {receiver.target.netloc}.")


async def test_another_port_gets_no_credential_and_the_way_back_brings_none() -> None:
    there: list[bytes] = []
    back: list[bytes] = []
    async with receiving(answers(OK)) as one, receiving(answers(OK)) as other:
        one.talk = routed({"/hook": redirect(307, f"{other.target.url}there")}, back)
        other.talk = routed({"/there": redirect(308, f"{one.target.url}back")}, there)
        target = replace(one.target, headers=((b"X-Key", b"hush"),))
        outcome = await followed(target, a_request(target, headers=SIGNED))
        assert (one.connections, other.connections) == (2, 1), "back over a connection of its own"
    assert b"X-Key: hush" in back[0]
    left = b"x-B: 1\r\nX-b: \xff\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    assert there == [b"POST /there HTTP/1.1\r\nhOst: %b\r\n" % other.target.netloc.encode() + left]
    assert back[1:] == [b"POST /back HTTP/1.1\r\nhOst: %b\r\n" % one.target.netloc.encode() + left]
    assert [(one_.status, one_.url) for one_ in outcome.redirects] == [
        (307, f"{other.target.url}there"),
        (308, f"{one.target.url}back"),
    ]


async def test_another_name_of_this_machine_is_another_host() -> None:
    arrived: list[bytes] = []
    async with receiving(answers(OK)) as receiver:
        elsewhere = f"http://localhost:{receiver.target.port}/new"
        receiver.talk = routed({"/hook": redirect(307, elsewhere)}, arrived)
        outcome = await followed(receiver.target, a_request(receiver.target, headers=SIGNED))
    assert outcome.outcome == "ok"
    assert b"ignature" in arrived[0]
    assert b"ignature" not in arrived[1]


async def test_a_host_that_is_not_allowed_is_not_contacted() -> None:
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    async with receiving(answers(OK), host=own) as away, receiving(answers(OK)) as receiver:
        place = f"{away.target.url}x"
        receiver.talk = answers(redirect(307, place))
        request = a_request(receiver.target)
        outcome = await followed(receiver.target, request)
        assert away.connections == 0
        assert (await followed(receiver.target, request, allowed=(own,))).outcome == "ok"
        assert away.connections == 1
    assert (outcome.outcome, outcome.status, outcome.redirects) == ("http-error", 307, ())
    assert outcome.error == (
        f"The redirect to {away.target.netloc} was not followed, because the host is not localhost"
        " and is not allowed."
    )
    assert dict(outcome.response_headers)[b"Location"] == place.encode()


async def test_what_counts_is_the_address_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")

    async def says_it_is_here(_: Target) -> bool:
        return False

    monkeypatch.setattr("inspector.client.redirecting_sender.is_remote", says_it_is_here)
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(await reader.read())

    async with receiving(talk, host=own) as away:
        async with receiving(answers(redirect(307, away.target.url))) as receiver:
            outcome = await followed(receiver.target, a_request(receiver.target))
        assert await arrived.get() == b""
    assert (outcome.outcome, outcome.redirects) == ("http-error", ())
    assert "is not allowed" in (outcome.error or "")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (redirect(302, "mailto:you@example.com"), "Cannot follow the redirect."),
        (redirect(304, "/x"), None),
        (b"HTTP/1.1 307 Where\r\nContent-Length: 0\r\n\r\n", None),
    ],
)
async def test_what_leads_nowhere_stays_an_http_error(answer: bytes, why: str | None) -> None:
    arrived: list[bytes] = []
    async with receiving(answers(answer, arrived)) as receiver:
        outcome = await followed(receiver.target, a_request(receiver.target))
    assert (outcome.outcome, len(arrived)) == ("http-error", 1)
    assert (outcome.error or "").startswith(why or "")
    assert (outcome.error is None) == (why is None)


async def test_trouble_on_the_way_is_told_with_the_way_up_to_it() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        async with receiving(
            routed({"/hook": redirect(303, "/b"), "/b": redirect(307, nowhere)})
        ) as receiver:
            outcome = await followed(receiver.target, a_request(receiver.target))
    assert (outcome.outcome, outcome.status) == ("refused", None)
    assert [one.url for one in outcome.redirects] == [f"{receiver.target.url}b", nowhere]


async def test_the_time_of_an_attempt_is_for_the_whole_way() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(redirect(307, "/silent"))
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await followed(receiver.target, a_request(receiver.target), limits=HASTY)
    assert (outcome.outcome, outcome.error) == ("timeout", "No final response within 0.3 s.")
    assert [one.url for one in outcome.redirects] == [f"{receiver.target.url}silent"]


async def test_one_that_is_cancelled_on_its_way_is_abandoned_as_unknown() -> None:
    is_silent = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(redirect(307, "/silent"))
        await read_raw(reader)
        is_silent.set()
        await reader.read()

    async with receiving(talk) as receiver, sender_to(receiver.target, follow_to=()) as sender:
        sending = asyncio.create_task(sender.send(a_request(receiver.target)))
        await is_silent.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        outcome = sender.abandoned
    assert outcome is not None
    assert outcome.outcome == "unknown"
    assert [one.url for one in outcome.redirects] == [f"{receiver.target.url}silent"]


async def test_requests_that_are_all_redirected_keep_their_connections() -> None:
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived)) as there:
        async with (
            receiving(answers(redirect(307, f"{there.target.url}in"))) as receiver,
            sender_to(receiver.target, follow_to=()) as sender,
        ):
            outcomes = [await sender.send(a_request(receiver.target)) for _ in range(20)]
            assert receiver.connections == 1
        assert there.connections == 1
    assert len(arrived) == 20
    assert {outcome.outcome for outcome in outcomes} == {"ok"}


async def test_neither_tls_nor_a_client_certificate_is_taken_elsewhere(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    client = authority.sign("client")
    shown: list[object] = []
    arrived: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown.append(writer.get_extra_info("peercert"))
        await answers(answer, arrived)(reader, writer)

    curious = authority.server_context(wants_client=True)
    curious.verify_mode = ssl.CERT_OPTIONAL
    async with receiving(answers(OK, arrived)) as plain, receiving(talk, tls=curious) as other:
        answer = redirect(307, f"{plain.target.url}plain")
        strict = authority.server_context(wants_client=True)
        async with receiving(answers(redirect(307, f"{other.target.url}in")), tls=strict) as receiver:
            tls = Tls(authority=authority.own.certificate, certificate=client.certificate, key=client.key)
            target = replace(receiver.target, tls=tls)
            outcome = await followed(target, a_request(target, headers=SIGNED))
    assert outcome.outcome == "ok"
    assert shown in ([None], [{}])
    assert [raw.split(b" ")[1] for raw in arrived] == [b"/in", b"/plain"]
    assert not any(b"ignature" in raw for raw in arrived)


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
        ("mailto:somebody@example.com", "must start with http"),
        ("ftp://a.example/x", "must start with http"),
        ("http://user:hush@b.example/", "a user name or a password"),
        ("http://b.example:99999/", "not a valid port"),
        ("http:///x", "has no host"),
        ("http://[::1/x", "not a valid URL"),
        ("http://b\u00e9.example/", "not a valid host name"),
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
        response_headers=headers,
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
