"""One capture as a request: previewed, sent as edited, kept whole, and copied for other clients."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.client.wire import NotReplayable
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.redirect import Redirect
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.domain.signature.evaluation import evaluate
from inspector.domain.signature.verdict import Verdict
from inspector.session.requests import SNIPPET_LABELS, not_replayable
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from inspector.store.write.columns import new_capture
from tests.builders import ANSWER, SECRET_TEXT, a_capture, a_secret, signature
from tests.client.receivers import answers, own_address, receiving, redirect
from tests.session.conftest import Start
from tests.session.test_replays import OK, put, receiver
from tests.waiting import evaluated

ENV = "env:BLITZ_WEBHOOK_SECRET"


async def test_an_edited_request_is_kept_as_it_was_sent_with_its_times(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    told: list[int] = []
    session.requests.attempted.connect(lambda row: told.append(row.id))
    async with receiver() as (url, received):
        row = await session.requests.send(first, url, RequestOptions(edit=Edit(body=b"{}", method="PUT")))
    kept = await session.captures.attempt(row.id)
    assert kept.sent_head + (kept.sent_body or b"") == received[0]
    assert received[0].startswith(b"PUT / HTTP/1.1\r\n")
    assert (row.signature, row.edited, row.outcome, told) == ("stale", True, "ok", [row.id])
    assert row.connected_to == url.removeprefix("http://").rstrip("/")
    assert row.connect_ms is not None
    assert row.first_byte_ms is not None
    assert row.elapsed_ms is not None
    assert row.connect_ms <= row.first_byte_ms <= row.elapsed_ms
    assert (await session.captures.detail(first)).capture.body == ANSWER, "the capture is as it was"


async def test_signed_again_the_receiver_gets_a_signature_of_the_new_bytes(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with receiver() as (url, received):
        row = await session.requests.send(
            first, url, RequestOptions(edit=Edit(body=b'{"a":1}'), sign_with=ENV)
        )
    assert b"x-webhook-signature: %b\r\n" % signature(b'{"a":1}', SECRET_TEXT) in received[0]
    assert row.signature == "resigned"


async def test_a_secret_that_is_not_at_hand_signs_nothing(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    with pytest.raises(UsageError, match="The secret other is missing"):
        await session.requests.send(first, "http://127.0.0.1:9", RequestOptions(sign_with="other"))


async def test_what_is_not_valid_is_signed_again_only_once_that_is_confirmed(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER, signed=False)
    manner = RequestOptions(sign_with=ENV)
    async with receiver() as (url, received):
        with pytest.raises(InspectorError, match="Confirm before re-signing"):
            await session.requests.send(first, url, manner)
        assert received == []
        await session.requests.send(first, url, replace(manner, is_resigning_unverified=True))
    assert signature(ANSWER) in received[0]


async def test_the_preview_is_what_is_sent(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    manner = RequestOptions(edit=Edit(body=b"[]"), has_marker=True)
    async with receiver() as (url, received):
        preview = await session.requests.preview(await session.captures.detail(first), url, manner)
        await session.requests.send(first, url, manner)
    assert preview.head + preview.body == received[0]
    assert f"x-webhook-inspector-replay: {first}" in [line.after for line in preview.headers]


async def test_a_named_target_brings_its_headers_and_marker(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with receiver() as (url, received):
        await session.targets.save(
            NamedTarget(name="local", url=url, headers=((b"X-Tenant", b"7"),), has_marker=True)
        )
        row = await session.requests.send(first, "local", RequestOptions())
    assert b"X-Tenant: 7\r\n" in received[0]
    assert b"x-webhook-inspector-replay: %d\r\n" % first in received[0]
    assert row.target == url


async def test_another_machine_is_asked_about_and_gets_nothing_before(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    away = "http://192.0.2.1:9/"
    assert await session.requests.asks_host(away) == "192.0.2.1"
    assert await session.requests.asks_host("http://127.0.0.1:9/") is None
    await session.hosts.allow("192.0.2.1")
    assert await session.requests.asks_host(away) is None
    assert (await session.captures.detail(first)).attempts == ()


async def test_what_is_masked_is_neither_sent_nor_copied(start: Start) -> None:
    session = await start(listening=False)
    judgement = replace(
        evaluate(a_capture(), [a_secret()], is_secret_on_file=False),
        verdict=Verdict(word="unchecked", reason="masked"),
    )
    first = await session.store.append(new_capture(a_capture(), judgement))
    detail = await session.captures.detail(first)
    assert "masked" in (not_replayable(detail) or "")
    for work in (
        session.requests.send(first, "http://127.0.0.1:9/", RequestOptions()),
        session.requests.snippet("curl", first, "http://127.0.0.1:9/"),
    ):
        with pytest.raises(NotReplayable, match="masked"):
            await work


async def test_where_it_was_sent_stands_there_the_next_time(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with receiver() as (url, _):
        await session.requests.send(first, url, RequestOptions())
    assert session.replays.last_target == url


async def test_a_send_that_is_given_up_is_kept_as_unknown(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    got = asyncio.Event()

    def never(request: bytes) -> bytes:
        got.set()
        return b""

    async with receiver(never) as (url, _):
        sending = asyncio.ensure_future(session.requests.send(first, url, RequestOptions()))
        await got.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    [kept] = (await session.captures.detail(first)).attempts
    assert kept.outcome == "unknown"


async def test_two_answers_are_compared(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    answers = iter((OK, b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"))
    async with receiver(lambda request: next(answers)) as (url, _):
        ids = [(await session.requests.send(first, url, RequestOptions())).id for _ in range(2)]
    compared = await session.requests.compare(*[await session.captures.attempt(one) for one in ids])
    assert [(line.before, line.after) for line in compared.lines if not line.is_same] == [
        ("status: 200 OK", "status: 500 Internal Server Error"),
        ("ok", "no"),
    ]


async def test_attempts_are_told_beside_those_before_them(start: Start) -> None:
    session = await start(listening=False)
    first, other = await put(session, ANSWER, b"{}")
    [invalid] = await put(session, ANSWER, signed=False, headers=((b"x-webhook-signature", b"0" * 64),))
    no = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    answers = iter((no, OK, no, no))
    async with receiver(lambda request: next(answers)) as (url, _):
        rows = [
            await session.requests.send(id_, url, RequestOptions()) for id_ in (first, first, invalid, other)
        ]
    found = session.requests.since(rows)
    assert [found[row.id].since for row in rows] == ["first", "fixed", "first", "first"]
    assert [found[row.id].before for row in rows] == [None, rows[0], None, None]


async def test_a_snippet_carries_the_body_and_the_signature(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    assert SNIPPET_LABELS["curl"] == "cURL"
    for name in SNIPPET_LABELS:
        text = await session.requests.snippet(name, first, "http://127.0.0.1:3000/hook")
        assert signature(ANSWER).decode() in text
        assert "http://127.0.0.1:3000/hook" in text
    [cut] = await put(session, b"half", kind="cut")
    with pytest.raises(NotReplayable, match="It was cut"):
        await session.requests.snippet("curl", cut, "http://127.0.0.1:3000/")


async def _delivered(session: Session, raw: bytes) -> int:
    """What arrives at our own listener, and the capture that it becomes."""
    assert session.ingest.url is not None
    host, _, port = session.ingest.url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    await evaluated(session)
    [row] = session.captures.rows(list(range(1, 9))).values()
    return row.id


async def test_what_came_over_the_wire_leaves_as_it_came_but_for_host(start: Start) -> None:
    session = await start()
    body = gzip.compress(ANSWER)
    lines = (
        b"POST /in/%2e%2e/x?a=1&&b=%20{c} HTTP/1.1",
        b"x-FIRST: 1",
        b"hOsT: hooks.example",
        b"X-Dup: a",
        b"x-dup: b",
        b"X-Latin: caf\xe9",
        b"Empty:",
        b"Content-Encoding: gzip",
        b"CONTENT-LENGTH: %d" % len(body),
        b"X-Webhook-Signature: %b" % signature(body),
    )
    raw = b"\r\n".join((*lines, b"", b"")) + body
    capture_id = await _delivered(session, raw)
    async with receiver() as (url, received):
        await session.requests.send(capture_id, url, RequestOptions())
    netloc = url.removeprefix("http://").rstrip("/").encode()
    assert received[0] == raw.replace(b"hooks.example", netloc).replace(b"Empty:", b"Empty: ")


async def test_what_came_in_chunks_leaves_with_its_length(start: Start) -> None:
    session = await start()
    raw = (
        b"POST /in HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX-Last: 1\r\n\r\n"
        b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\nX-Trailer: lost\r\n\r\n'
    )
    capture_id = await _delivered(session, raw)
    async with receiver() as (url, received):
        await session.requests.send(capture_id, url, RequestOptions())
        preview = await session.requests.preview(
            await session.captures.detail(capture_id), url, RequestOptions()
        )
    netloc = url.removeprefix("http://").rstrip("/").encode()
    assert received[0] == (
        b'POST /in HTTP/1.1\r\nHost: %b\r\nX-Last: 1\r\nContent-Length: 7\r\n\r\n{"a":1}' % netloc
    )
    assert any("Trailers after the last chunk are not stored" in sentence for sentence in preview.notes)


async def test_one_capture_is_sent_on_too_without_what_the_target_has_of_its_own(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with (
        receiver() as (other, there),
        receiver(lambda _: redirect(307, f"{other}new")) as (url, received),
    ):
        await session.targets.save(NamedTarget(name="local", url=url, headers=((b"X-Key", b"hush"),)))
        row = await session.requests.send(first, "local", RequestOptions(is_following_redirects=True))
    assert b"X-Key: hush\r\n" in received[0]
    assert there[0].endswith(ANSWER)
    assert b"hush" not in there[0]
    assert b"ignature" not in there[0]
    assert (row.status, row.outcome) == (200, "ok")
    assert row.redirects == (Redirect(status=307, url=f"{other}new"),)
    kept = await session.captures.attempt(row.id)
    assert kept.row == row
    sent = received[0].replace(b"hush", DOTS.encode())
    assert kept.sent_head + ANSWER == sent, "what was sent is what is kept"


async def test_a_host_that_was_allowed_before_is_followed_to_and_no_other(start: Start) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    manner = RequestOptions(is_following_redirects=True)
    async with (
        receiving(answers(OK), host=own) as away,
        receiver(lambda _: redirect(307, away.target.url)) as (url, _),
    ):
        row = await session.requests.send(first, url, manner)
        assert (row.outcome, row.status, away.connections) == ("http-error", 307, 0)
        assert "is not allowed" in (row.error or "")
        await session.hosts.allow(own)
        assert (await session.requests.send(first, url, manner)).outcome == "ok"
