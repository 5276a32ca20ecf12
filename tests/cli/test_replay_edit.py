"""`replay` with something in place of what came, and with headers and certificates for its URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.verbs.check import CHECK
from inspector.cli.verbs.replay import REPLAY
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.client.certificates import Authority
from tests.client.receivers import OK, answers, receiving
from tests.session.test_replays import put, receiver


async def test_method_headers_and_body_take_the_place_of_what_came(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    body = tmp_path / "body.json"
    body.write_bytes(b'{"edited": true}')
    edit = ("--method", "PUT", "--header", "X-Test: one", "--body", str(body))
    async with receiver() as (url, received):
        planned = await use(REPLAY, "--to", url, "--database", database, *edit, "--dry-run")
        assert received == []
        done = await use(REPLAY, "--to", url, "--database", database, *edit, "--format", "json")
    for told in ("PUT", "X-Test is added", "no longer fits the body"):
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
        with pytest.raises(UsageError, match=r"kept nowhere \(Authorization, X-Team\).*--header-file FILE"):
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
        with pytest.raises(UsageError, match="Plan 1 went without headers of its own"):
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
        (("--header", "nothing"), "takes NAME:VALUE"),
        (("--header", "no name: 1"), "is not a header name"),
        (("--header", "Host: example"), "Host belongs to the connection"),
        (("--header", "Authorization: Bearer x"), "looks like a credential.*--header-file"),
        (("--header", "X-Api-Key: x"), "looks like a credential"),
        (("--header", "x-a: 1\r\nx-b: 2"), "line break"),
        (("--method", "NO PE"), "is not a method to send"),
        (("--method", "CONNECT"), "is not a method to send"),
        (("--body", "no-such-file"), "Cannot read no-such-file"),
        (("--body", "/dev/zero"), "longer than 1,048,576 bytes"),
        (("--header-file", "no-such-file"), "Cannot read no-such-file"),
        (("--header-file", "/dev/zero"), "longer than 65,536 bytes"),
        (("--ca", __file__), "https:// target only"),
        (("--key", __file__), "https:// target only"),
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
    cut, star = "It was cut short on its way in", "Its target “*” does not begin with a slash"
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
    assert line == "  Capture 3: Left out: TE."
    assert outline.record()["others"] == [{"capture": 3, "differs": line.removeprefix("  Capture 3: ")}]


async def test_an_order_by_a_time_that_some_lack_says_so(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    await fill(database, ANSWER, b"{}", b"[]")
    async with receiver() as (url, _):
        given = ("--to", url, "--database", str(database), "--order", "created")
        planned = await use(REPLAY, *given, "--dry-run")
        done = await use(REPLAY, *given)
    told = "2 captures have no created_at, and go with what arrived before them."
    assert told in planned.text
    assert told in done.said


async def fill(database: Path, *bodies: bytes, **changes: object) -> None:
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, *bodies, **changes)
    await session.close()
