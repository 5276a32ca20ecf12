"""The public address: the guarded path of a tunnel, strays, and an address that changed."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import asdict
from functools import partial

import pytest

from inspector.base.errors import UsageError
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.session.session import Session
from inspector.session.tunnels import stored_state
from inspector.store.write import small_tables
from inspector.store.write import strays as stored
from inspector.tunnel.state import StateWord, TunnelState
from tests.builders import ANSWER, signature
from tests.capture.wire import HOST, Sender, a_request, statuses
from tests.session.conftest import Seen, Start
from tests.waiting import evaluated, until

URL = "https://quiet-river.example.com"
PATH = re.compile(r"/in/[0-9a-hjkmnp-tv-z]{13}")


async def exchange(session: Session, *requests: bytes) -> bytes:
    """Send these requests on one connection, and return the responses once all captures are evaluated."""
    port = int((session.ingest.url or "").rstrip("/").rpartition(":")[2])
    sender = Sender(*await asyncio.open_connection(HOST, port))
    await sender.send(b"".join(requests))
    sender.end()
    responses = await sender.all()
    await evaluated(session)
    return responses


async def behind_tunnel(session: Session, url: str | None = URL, word: StateWord = "reachable") -> str:
    """Have a tunnel run, and return the guarded path."""
    session.address.take_tunnel(TunnelState(word=word, kind="cloudflared", url=url))
    return await until(lambda: session.address.path)


async def test_the_address_of_a_tunnel_ends_in_a_path_that_cannot_be_guessed(start: Start) -> None:
    session = await start()
    path = await behind_tunnel(session, url=None, word="starting")
    assert PATH.fullmatch(path)
    assert session.address.text is None
    await behind_tunnel(session, url=f"{URL}/")
    await until(lambda: session.address.text == URL + path)
    other = await start(database="other.db")
    assert await behind_tunnel(other) != path


async def test_a_running_tunnel_guards_its_path_until_it_is_stopped(start: Start) -> None:
    session = await start()
    url = (session.ingest.url or "").rstrip("/")
    sleeper = f"{sys.executable} -c 'import time; time.sleep(600)'"
    await session.tunnels.start("command", command=sleeper, public_url=url)
    await until(lambda: session.tunnels.state.word == "reachable")
    path = session.address.path
    assert path is not None
    await until(lambda: session.address.text == url + path)
    sent = a_request(target=path.encode()), a_request(target=b"/other")
    assert statuses(await exchange(session, *sent)) == [200, 404]
    await session.tunnels.stop()
    assert session.address.path is None
    assert session.address.text == url + path
    assert statuses(await exchange(session, sent[1])) == [200]


async def test_the_path_is_kept_with_the_file_and_guards_only_while_a_tunnel_runs(start: Start) -> None:
    session = await start()
    path = await behind_tunnel(session)
    await until(lambda: session.address.text is not None)
    session.address.take_tunnel(TunnelState(word="stopped", kind="cloudflared", url=None, retry_at_ms=1))
    assert session.address.path == path, "it is started again"
    session.address.take_tunnel(TunnelState(word="stopped", kind="cloudflared"))
    assert session.address.path is None
    assert statuses(await exchange(session, a_request(b"x"))) == [200]
    assert session.address.text == URL + path
    await session.close()
    again = await start()
    assert (again.address.text, again.address.path) == (URL + path, None)
    assert await behind_tunnel(again) == path
    assert again.address.old is None


@pytest.mark.parametrize("below", ["", "/", "?a=/../x", "/503", "/a/b?c", "//"])
async def test_requests_to_the_path_and_below_it_are_captured(start: Start, below: str) -> None:
    session = await start()
    seen = Seen(session)
    path = await behind_tunnel(session)
    target = f"{path}{below}".encode()
    status = 503 if below == "/503" else 200
    assert statuses(await exchange(session, a_request(ANSWER, target=target))) == [status]
    assert session.captures.rows(seen.captured)[seen.captured[0]].target == target
    assert session.strays.count == 0


async def test_every_other_request_is_a_stray_that_is_kept_apart(start: Start) -> None:
    session = await start()
    path = await behind_tunnel(session)
    targets = ["/", f"{path}x", path[:-1], f"/{path}", f"{path}%2f", path.upper(), f"http://here{path}", "*"]
    sent = [
        a_request(
            b"b" * 5_000, method=b"OPTIONS", target=one.encode(), fields=b"X-Forwarded-For: 192.0.2.7\r\n"
        )
        for one in targets
    ]
    received = await exchange(session, *sent)
    assert statuses(received) == [404] * len(targets)
    assert b"Only requests to the public address are captured." in received
    assert path.encode() not in received
    rows = session.strays.rows()
    assert [row.target.decode() for row in rows] == targets[::-1]
    stray = session.strays.read(rows[-1].id)
    assert (stray.method, stray.target, stray.version, stray.claimed) == ("OPTIONS", b"/", "1.1", "192.0.2.7")
    assert stray.headers[:2] == ((b"Host", b"here"), (b"X-Forwarded-For", b"192.0.2.7"))
    assert (stray.body, stray.body_bytes) == (b"b" * 4_096, 5_000)
    assert stray.remote.startswith("127.0.0.1:")
    assert session.captures.figures().total == 0
    assert session.groups.behind == 0


async def test_a_body_that_is_too_large_or_cut_on_another_path_is_a_stray(start: Start) -> None:
    session = await start(settings=(("body_bytes", "1000"),))
    await behind_tunnel(session)
    assert statuses(await exchange(session, a_request(b"x" * 1_001))) == [404]
    part = a_request(fields=b"Content-Length: 9\r\n") + b"abc"
    assert statuses(await exchange(session, part)) == [404]
    assert [(row.body_bytes, row.target) for row in session.strays.rows()] == [(9, b"/"), (1_001, b"/")]
    assert session.ingest.listener.handler.in_flight.bytes == 0
    assert session.captures.figures().total == 0


async def test_a_flood_of_strays_is_counted_and_the_oldest_leave_the_quota(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(settings=(("refused_per_second", "3"),))
    await behind_tunnel(session)
    await exchange(session, *[a_request()] * 50)
    guard = session.ingest.guard
    assert session.strays.count + guard.not_stored == 50
    assert session.strays.count < 50
    monkeypatch.setattr(stored, "MOST", 2)
    stray = session.strays.read(session.strays.rows()[0].id)
    for _ in range(3):
        await session.strays.take(stray)
    assert (session.strays.count, session.strays.rows()[0].id) == (2, stray.id + 3)
    monkeypatch.setattr(stored, "MOST_BYTES", 100)
    monkeypatch.setattr(stored, "SUMMED_EVERY", 1)
    await session.strays.take(stray)
    assert session.strays.count == 0
    await session.strays.take(stray)
    assert await session.strays.clear() == 0


async def test_samples_pass_on_any_path(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    await behind_tunnel(session)
    result = await session.samples.send()
    assert result.failed == 0
    await until(lambda: len(seen.captured) == result.sent)
    assert {row.kind for row in session.captures.rows(seen.captured).values()} == {"sample"}
    assert session.strays.count == 0


async def test_replays_to_ourselves_pass_on_any_path(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    await exchange(session, a_request(ANSWER, target=b"/before"))
    await behind_tunnel(session)
    url = session.ingest.url or ""
    row = await session.requests.send(seen.captured[0], url, RequestOptions())
    progress = await session.replays.start(await session.replays.plan(url, ids=seen.captured[:1])).wait()
    assert (row.status, progress.succeeded, session.strays.count) == (200, 1, 0)
    await until(lambda: len(seen.captured) == 3)
    assert [one.target for one in session.captures.rows(seen.captured).values()] == [b"/before"] * 3


async def test_replays_of_another_process_to_the_listener_pass_too(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    await exchange(session, a_request(ANSWER, target=b"/before"))
    await behind_tunnel(session)
    other = await start(listening=False)
    url = session.ingest.url or ""
    row = await other.requests.send(seen.captured[0], url, RequestOptions())
    plan = await other.replays.plan(url, ids=seen.captured[:1], course=PlanOptions(at_once=4))
    progress = await other.replays.start(plan).wait()
    assert (row.status, progress.succeeded, session.strays.count) == (200, 1, 0)
    await until(lambda: len(seen.captured) == 3)
    assert other.store.read(lambda connection: small_tables.note(connection, "own-connections")) is None
    assert statuses(await exchange(session, a_request(ANSWER, target=b"/before"))) == [404]


async def test_a_new_path_is_the_only_one_at_once(start: Start) -> None:
    session = await start()
    before = await behind_tunnel(session)
    await until(lambda: session.address.text is not None)
    await session.address.new_path()
    after = session.address.path or ""
    assert PATH.fullmatch(after)
    assert after != before
    assert session.address.text == URL + after
    assert session.address.old is not None
    assert session.address.old.text == URL + before
    sent = (a_request(target=one.encode()) for one in (before, after))
    assert statuses(await exchange(session, *sent)) == [404, 200]


async def test_another_process_can_make_a_new_path(start: Start) -> None:
    session = await start()
    before = await behind_tunnel(session)
    other = await start(listening=False)
    await other.address.new_path()
    await until(lambda: session.address.path not in (None, before))
    sent = a_request(target=before.encode())
    assert statuses(await exchange(session, sent)) == [404]
    await until(lambda: session.strays.count)
    other.follow()
    await until(lambda: other.strays.count == 1)
    assert await other.strays.clear() == 1
    await until(lambda: session.strays.count == 0)


# ---- an address that changed


def by(address: str, body: bytes = ANSWER, **headers: str) -> bytes:
    """A signed delivery as it arrives by this address."""
    host, _, path = address.partition("://")[2].partition("/")
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = a_request(
        body,
        target=f"/{path}".encode(),
        fields=b"x-webhook-signature: %b\r\n" % signature(body) + fields.encode(),
    )
    return data.replace(b"Host: here", b"Host: " + host.encode())


async def test_old_and_new_address_stay_until_a_trusted_capture_by_the_new_one(start: Start) -> None:
    session = await start()
    path = await behind_tunnel(session)
    await until(lambda: session.address.text == URL + path)
    assert session.address.old is None
    await behind_tunnel(session, url="https://second.example.com")
    await until(lambda: session.address.old is not None)
    await behind_tunnel(session, url="https://third.example.com")
    new = f"https://third.example.com{path}"
    await until(lambda: session.address.text == new)
    old = session.address.old
    assert old is not None
    assert old.text == URL + path, "the dashboard never had the second"
    unsigned = by(new).replace(b"x-webhook-signature", b"x-other")
    await exchange(session, by(URL + path), unsigned, by(f"https://evil.example{path}"))
    assert session.address.old == old
    await exchange(session, by(new.replace("third", "THIRD")))
    await until(lambda: session.address.old is None)
    assert session.address.text == new


async def test_a_forwarded_host_proves_the_new_address_too(start: Start) -> None:
    session = await start()
    await session.address.set("https://first.example.com")
    await session.address.set("second.example.com:443/hook/")
    assert session.address.text == "https://second.example.com:443/hook/"
    host = {"X-Forwarded-Host": "second.example.com"}
    await exchange(session, by("http://127.0.0.1/other", **host))
    assert session.address.old is not None
    await exchange(session, by("http://127.0.0.1/hook?a=1", **host))
    await until(lambda: session.address.old is None)


async def test_an_address_that_returns_or_is_confirmed_or_removed_leaves_no_old_one(start: Start) -> None:
    session = await start()
    await session.address.set("https://first.example.com")
    await session.address.set("https://second.example.com")
    await session.close()
    session = await start()
    assert session.address.old is not None
    assert session.address.old.text == "https://first.example.com"
    await session.address.set("https://first.example.com")
    assert session.address.old is None
    await session.address.set("https://second.example.com")
    await session.address.confirm()
    assert (session.address.old, session.address.text) == (None, "https://second.example.com")
    await session.address.set("https://third.example.com")
    await session.address.set(None)
    assert (session.address.old, session.address.text) == (None, None)


_HOSTILE = (
    {"public-address": "javascript:alert(1)", "guarded-path": "/"},
    {"public-address": "https://a.example/\x1b[31m", "guarded-path": ""},
    {"public-address": "https://a.example/\u202e", "guarded-path": "/in/"},
    {"public-address": "", "guarded-path": "/in/8f3c0d1qv5k7m/"},
    {"old-address": "{", "public-state": "{"},
    {"old-address": "[]", "public-state": "[]"},
    {"old-address": '{"text": 5, "changed_ms": "x"}', "public-state": '{"word": [], "added_headers": []}'},
    {"old-address": '{"text": "https://b.example", "changed_ms": 1e999}'},
    {"old-address": "[" * 100_000, "public-state": "[" * 100_000},
    {"own-connections": "["},
    {"own-connections": '["127.0.0.1"]'},
    {"own-connections": json.dumps({f"127.0.0.1:{port}": 2**62 for port in range(1024, 65536)})},
)


@pytest.mark.parametrize("notes", _HOSTILE, ids=range(len(_HOSTILE)))
async def test_an_address_of_a_file_from_anyone_is_left_out_unless_it_is_one(
    start: Start, notes: dict[str, str]
) -> None:
    session = await start(listening=False)
    for name, value in notes.items():
        await session.store.write(partial(small_tables.put_note, name=name, value=value))
    other = await start()
    assert (other.address.text, other.address.old, other.tunnels.state.word) == (None, None, "none")
    path = await behind_tunnel(other)
    assert PATH.fullmatch(path)
    assert statuses(await exchange(other, a_request(b"x"))) == [404]
    await until(lambda: other.address.text == URL + path)


async def test_the_state_of_a_file_from_anyone_is_visible_text_and_possible_numbers(start: Start) -> None:
    session = await start(listening=False)
    known = asdict(TunnelState(word="stopped", problem="a\x1b[2Jb", retry_at_ms=10**30))
    await session.store.write(partial(small_tables.put_note, name="public-state", value=json.dumps(known)))
    state = session.store.read(stored_state)
    assert state is not None
    assert state.problem == "a\\x1b[2Jb"
    assert "Retry in" in state.text(0)
    for name, value in (("round_trip_ms", "x"), ("kind", 5), ("added_headers", 5), ("added_headers", [5])):
        text = json.dumps({**known, name: value})
        await session.store.write(partial(small_tables.put_note, name="public-state", value=text))
        assert session.store.read(stored_state) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" nonsense ", "“nonsense” is not a public address"),
        ("", "This is not a public address"),
        ("https://me:hush@a.example", "The public address has a user name or a password"),
        ("https://a.example:99999", "port"),
        ("https://a.example/#there", "The public address has a fragment"),
    ],
)
async def test_a_pasted_text_that_no_sender_can_use_is_refused(start: Start, text: str, reason: str) -> None:
    session = await start(listening=False)
    with pytest.raises(UsageError, match=reason) as refused:
        await session.address.set(text)
    assert "hush" not in str(refused.value)
    assert session.address.text is None
