"""`replay --follow-redirects`: told before, kept with plan and attempt, and nothing of it without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.verbs.check.check import CHECK
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.send.replay import REPLAY
from inspector.domain.replay.redirect import FOLLOWED
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.cli.verbs.send.test_replay import KEYS, numbered
from tests.client.certificates import Authority
from tests.client.receivers import OK, answers, receiving, redirect, routed
from tests.session.test_replays import OK as OK_ANSWER
from tests.session.test_replays import put, receiver

AWAY = "192.0.2.10"
"""Of a network that is for documents alone (RFC 5737); nothing is ever sent there."""


async def test_a_redirect_is_shown_and_not_followed_unless_asked(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    async with receiving(answers(redirect(307, "/new"), arrived)) as sink:
        url = f"{sink.target.url}hook"
        done = await use(REPLAY, "--to", url, "--database", database, "--format", "json")
    attempt, total = done.records()
    assert (attempt["outcome"], attempt["status"], attempt["error"]) == ("http-error", 307, None)
    assert set(attempt) == KEYS
    assert (total["failed"], done.status, len(arrived)) == (1, 1, 1)


async def test_the_way_to_the_answer_is_told_with_the_attempt(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    routes = {"/hook": redirect(308, "/next"), "/next": redirect(303, "/done?\x1b[31m")}
    async with receiving(routed(routes, arrived)) as sink:
        url = sink.target.url
        done = await use(
            REPLAY,
            *("--to", f"{url}hook", "--database", database, "--follow-redirects", "--format", "json"),
        )
    way = [{"status": 308, "url": f"{url}next"}, {"status": 303, "url": f"{url}done?%1B[31m"}]
    attempt, _ = done.records()
    assert (attempt["outcome"], attempt["status"], attempt["redirects"]) == ("ok", 200, way)
    assert [raw.split(b" ")[0] for raw in arrived] == [b"POST", b"POST", b"GET"]
    assert arrived[1].endswith(ANSWER)
    shown = await use(SHOW, "1", "--database", database, "--format", "json")
    assert shown.record()["attempts"][0]["redirects"] == way
    text = (await use(SHOW, "1", "--database", database)).text
    assert f"redirected: 308 to {url}next, 303 to {url}done?%1B[31m, at {sink.target.netloc}" in text


async def test_a_dry_run_says_how_redirects_are_followed(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 1)
    dry = ("--to", "http://127.0.0.1:9/", "--database", database, "--dry-run")
    assert FOLLOWED in (await use(REPLAY, *dry, "--follow-redirects")).text.splitlines()
    assert "edirect" not in (await use(REPLAY, *dry)).text


async def test_another_machine_has_to_be_allowed_for_a_redirect_too(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    async with receiving(answers(redirect(307, f"http://{AWAY}/"))) as sink:
        to = ("--to", sink.target.url, "--database", database, "--follow-redirects")
        done = await use(REPLAY, *to)
    line, total, *_ = done.text.splitlines()
    assert "✗ http-error" in line
    assert (
        f"The redirect to {AWAY} was not followed, because the host is not localhost and is"
        " not allowed." in line
    )
    assert total == "1 sent: 0 succeeded, 1 failed."
    assert done.status == 1


async def test_a_plan_that_goes_on_goes_on_to_follow(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 4)
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

    def answer(request: bytes) -> bytes:
        if request.startswith(b"POST /hook "):
            return redirect(307, "/new")
        return failing if b"<2>" in request else OK_ANSWER

    async with receiver(answer) as (url, received):
        to = ("--to", f"{url}hook", "--database", database)
        first = await use(REPLAY, *to, "--follow-redirects", "--stop-on-failure", "--format", "json")
        assert [one.get("status") for one in first.records()] == [200, 500, None]
        rest = await use(REPLAY, "--resume", "last", "--database", database, "--format", "json")
    *attempts, total = rest.records()
    assert [(one["capture"], one["status"]) for one in attempts] == [(3, 200), (4, 200)]
    assert all(one["redirects"] == [{"status": 307, "url": f"{url}new"}] for one in attempts)
    assert (total["succeeded"], rest.status) == (2, 0)
    assert [json.dumps(raw.decode()).count("/new") for raw in received] == [0, 1] * 4


async def test_another_host_gets_the_body_and_no_signature(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    async with (
        receiving(answers(OK, arrived)) as other,
        receiving(answers(redirect(308, other.target.url))) as sink,
    ):
        done = await use(REPLAY, "--to", sink.target.url, "--database", database, "--follow-redirects")
    assert done.status == 0
    [raw] = arrived
    assert raw.endswith(ANSWER)
    assert b"ignature" not in raw
    assert b"Host: %b\r\n" % other.target.netloc.encode() in raw


async def test_method_headers_and_body_take_the_place_of_what_came(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    body = tmp_path / "body.json"
    body.write_bytes(b'{"edited": true}')
    edit = ("--method", "PUT", "--header", "X-Test: one", "--body", str(body))
    async with receiver() as (url, received):
        planned = await use(REPLAY, "--to", url, "--database", database, *edit, "--dry-run")
        assert received == []
        done = await use(REPLAY, "--to", url, "--database", database, *edit, "--format", "json")
    for told in ("PUT", "X-Test is added", "no longer matches the body"):
        assert told in planned.text
    head, _, sent = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT / HTTP/1.1\r\n")
    assert b"\r\nX-Test: one" in head
    assert sent == b'{"edited": true}'
    attempt = done.records()[0]
    assert (attempt["edited"], attempt["signature"]) == (True, "stale")


async def test_an_edited_body_is_signed_over_the_bytes_that_are_sent(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    body = tmp_path / "body.json"
    body.write_bytes(b'{"edited": true}')
    resign = ("--resign", "env:BLITZ_WEBHOOK_SECRET", "--body", str(body), "--format", "json")
    async with receiver() as (url, received):
        done = await use(REPLAY, "--to", url, "--database", database, *resign)
    assert b"x-webhook-signature: " + signature(b'{"edited": true}') in received[0]
    assert done.records()[0]["signature"] == "resigned"


async def test_an_edit_goes_on_with_its_plan(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, b"1", b"2", b"3")
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda request: failing) as (url, received):
        edit = ("--method", "PATCH", "--header", "x-a: 1", "--header", "content-type:")
        await use(REPLAY, "--to", url, "--database", str(database), "--stop-on-failure", *edit)
        await use(REPLAY, "--resume", "last", "--database", str(database))
    assert len(received) == 2
    assert all(b"PATCH / " in request and b"x-a: 1" in request for request in received)
    assert all(b"content-type" not in request.lower() for request in received), "which each of them had"


async def test_headers_from_a_file_are_sent_and_what_they_say_is_kept_nowhere(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, b"1", b"2", b"3")
    headers = tmp_path / "headers"
    headers.write_text("Authorization: Bearer of-the-test\r\n\r\nX-Team: a\n")
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    given = ("--header-file", str(headers))
    async with receiver(lambda request: failing) as (url, received):
        await use(REPLAY, "--to", url, "--database", str(database), "--stop-on-failure", *given)
        with pytest.raises(UsageError, match=r"not stored \(Authorization, X-Team\).*--header-file FILE"):
            await use(REPLAY, "--resume", "1", "--database", str(database))
        await use(REPLAY, "--resume", "1", "--database", str(database), *given)
    assert len(received) == 2
    assert all(b"\r\nAuthorization: Bearer of-the-test\r\nX-Team: a\r\n" in one for one in received)
    assert b"of-the-test" not in b"".join(map(Path.read_bytes, files_of(database)))


async def test_other_headers_than_those_that_a_plan_went_with_are_refused(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, b"1", b"2")
    headers = tmp_path / "headers"
    headers.write_text("X-Team: a\n")
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda request: failing) as (url, _):
        await use(REPLAY, "--to", url, "--database", str(database), "--stop-on-failure")
        with pytest.raises(UsageError, match="Plan 1 was started without --header-file"):
            await use(REPLAY, "--resume", "1", "--database", str(database), "--header-file", str(headers))


async def test_a_private_authority_and_a_client_certificate(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    authority = Authority(tmp_path / "ca")
    client = authority.sign("client")
    async with receiving(answers(OK), tls=authority.server_context(wants_client=True)) as sink:
        url = f"https://{sink.target.netloc}/"
        given = ("--to", url, "--database", database, "--format", "json")
        tls = ("--ca", authority.own.certificate, "--cert", client.certificate, "--key", client.key)
        unknown = await use(REPLAY, *given)
        known = await use(REPLAY, *given, *map(str, tls))
        checked = await use(CHECK, *given, *map(str, tls))
    assert unknown.records()[0]["outcome"] == "tls"
    assert known.records()[0]["outcome"] == "ok"
    assert checked.records()[0]["status"] == 200


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--header", "nothing"), "Use NAME:VALUE, such as"),
        (("--header", "no name: 1"), "is not a valid header name"),
        (("--header", "Host: example"), "Host is set for each request"),
        (("--header", "Authorization: Bearer x"), "looks like a credential.*--header-file"),
        (("--header", "X-Api-Key: x"), "looks like a credential"),
        (("--header", "x-a: 1\r\nx-b: 2"), "line break"),
        (("--method", "NO PE"), "is not a valid method"),
        (("--method", "CONNECT"), "is not a valid method"),
        (("--body", "no-such-file"), "Cannot read no-such-file"),
        (("--body", "/dev/zero"), "longer than 1,048,576 bytes"),
        (("--header-file", "no-such-file"), "Cannot read no-such-file"),
        (("--header-file", "/dev/zero"), "longer than 65,536 bytes"),
        (("--ca", __file__), "need an https:// target"),
        (("--key", __file__), "need an https:// target"),
        (("--cert", "no-such-file"), "Cannot read no-such-file"),
    ],
)
async def test_what_makes_no_sense_is_told_and_nothing_is_sent(
    keep: Keep, given: tuple[str, ...], told: str
) -> None:
    database = await keep((b"{}", None))
    async with receiver() as (url, received):
        with pytest.raises(InspectorError, match=told):
            await use(REPLAY, "--to", url, "--database", database, *given)
    assert received == []


async def test_what_cannot_be_sent_is_counted_before_and_named_after(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, b"whole")
    await fill(database, b"half", b"of it", kind="cut")
    await fill(database, b"star", kind="imported", target=b"*")
    async with receiver() as (url, _):
        given = ("--to", url, "--database", str(database))
        planned = await use(REPLAY, *given, "--dry-run")
        outline = await use(REPLAY, *given, "--dry-run", "--format", "json")
        done = await use(REPLAY, *given, "--format", "json")
    cut, star = "It was cut, so the end", "Its target “*” does not start with a slash"
    assert "4 captures, 1 delivery." in planned.text
    assert f"2 captures skipped: {cut}" in planned.text
    assert f"1 capture skipped: {star}" in planned.text
    assert list(outline.record()["not_replayable"].values()) == [2, 1]
    assert done.records()[-1] == {"sent": 1, "succeeded": 1, "failed": 0, "skipped": 3, "unexpected": 0}
    assert f"2 skipped: {cut}" in done.said
    assert f"1 skipped: {star}" in done.said


def files_of(database: Path) -> list[Path]:
    return list(database.parent.glob(f"{database.name}*"))


async def test_what_differs_in_some_alone_is_listed_with_one_of_them(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, b"plain", b"plain, too")
    await fill(database, b"with", b"as well", headers=((b"TE", b"trailers"),))
    async with receiver() as (url, _):
        given = ("--to", url, "--database", str(database), "--dry-run")
        planned = await use(REPLAY, *given)
        outline = await use(REPLAY, *given, "--format", "json")
    [line] = [line for line in planned.text.splitlines() if "TE" in line]
    assert line == "  Capture 3: Removed: TE."
    assert outline.record()["others"] == [{"capture": 3, "differs": line.removeprefix("  Capture 3: ")}]


async def test_an_order_by_a_time_that_some_lack_says_so(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, ANSWER, b"{}", b"[]")
    async with receiver() as (url, _):
        given = ("--to", url, "--database", str(database), "--order", "created")
        planned = await use(REPLAY, *given, "--dry-run")
        done = await use(REPLAY, *given)
    told = "2 captures have no created_at, so they stay after the capture that arrived before them."
    assert told in planned.text
    assert told in done.said


async def fill(database: Path, *bodies: bytes, **changes: object) -> None:
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, *bodies, **changes)
    await session.close()


async def test_one_answer_is_edited_and_signed_again(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    edited = ANSWER.replace(b'"image upload glitches"', b'"fine"')
    async with receiving(answers(OK, arrived)) as sink:
        options = ("--to", sink.target.url, "--database", database, "--resign", "env:BLITZ_WEBHOOK_SECRET")
        done = await use(REPLAY, "1", "--edit", "$.response=fine", *options)
        assert done.status == 0, done.said
        with pytest.raises(UsageError, match=r"one capture, and 2 are selected"):
            await use(REPLAY, "--edit", "$.response=fine", *options)
        with pytest.raises(UsageError, match=r"no value at \$\.respons"):
            await use(REPLAY, "1", "--edit", "$.respons=fine", *options)
    [request] = arrived
    assert request.endswith(b"\r\n\r\n" + edited)
    assert signature(edited) in request


@pytest.mark.parametrize("wrong", ["response=3", "$.response", "$=3"])
async def test_an_edit_needs_a_path_and_a_value(keep: Keep, wrong: str) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    with pytest.raises(UsageError, match=r"\$\.|PATH=VALUE"):
        await use(REPLAY, "1", "--edit", wrong, "--to", "http://127.0.0.1:9/", "--database", database)
