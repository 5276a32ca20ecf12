"""`show --attempt`: what was sent and answered, and how two answers differ."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.replay import REPLAY
from inspector.cli.verbs.show import SHOW
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.session.test_replays import receiver

BAD = b'HTTP/1.1 500 No\r\nX-Try: one\x1b\r\nContent-Length: 19\r\n\r\n{"error":"a","n":1}'
GOOD = b'HTTP/1.1 200 OK\r\nX-Try: one\x1b\r\nContent-Length: 19\r\n\r\n{"error":"b","n":1}'


async def sent_twice(keep: Keep, tmp_path: Path) -> str:
    """A capture with two attempts: a failed one, and an edited one with a header of the target's."""
    database = await keep((ANSWER, signature(ANSWER)), (b"{}", None))
    headers, body = tmp_path / "headers", tmp_path / "body"
    headers.write_text("Authorization: Bearer x\n")
    body.write_text('{"edited":true}')
    answers = iter((BAD, GOOD))
    async with receiver(lambda request: next(answers)) as (url, _):
        to = ("1", "--to", url, "--database", database)
        await use(REPLAY, *to)
        await use(REPLAY, *to, "--header-file", str(headers), "--body", str(body))
    return database


async def test_what_was_sent_and_answered_is_shown_and_credentials_are_not(
    keep: Keep, tmp_path: Path
) -> None:
    database = await sent_twice(keep, tmp_path)
    text = (await use(SHOW, "1", "--attempt", "last", "--database", database)).text
    assert "Attempt 2: still failing; edited, a stale signature" in text
    sent, answered = text[text.index("\nSent\n") :].split("\nAnswer, 200 OK\n")
    assert "  POST / HTTP/1.1\n" in sent
    assert "  Authorization: ••••••••\n" in sent
    assert "values of the target's own headers, which are not kept" in sent
    assert '  {"edited":true}\n' in sent
    assert "  X-Try: one\\x1b\n" in answered
    assert '"error":"b"' in answered
    assert (
        "Attempt 1: first attempt here"
        in (await use(SHOW, "1", "--attempt", "1", "--database", database)).text
    )


async def test_json_has_the_bytes_of_both(keep: Keep, tmp_path: Path) -> None:
    database = await sent_twice(keep, tmp_path)
    done = await use(
        SHOW, "1", "--attempt", "1", "--attempt", "2", "--database", database, "--format", "json"
    )
    first, second = done.records()
    assert base64.b64decode(first["sent"]["body"]) == ANSWER
    assert base64.b64decode(second["sent"]["body"]) == b'{"edited":true}'
    assert second["sent"]["head"].startswith("POST / HTTP/1.1\r\n")
    assert ["X-Try", "one\x1b"] in first["answer"]["headers"]
    assert base64.b64decode(first["answer"]["body"]).startswith(b'{"error":"a"')
    assert first["answer"]["cut"] is False


async def test_two_answers_are_told_apart_line_by_line(keep: Keep, tmp_path: Path) -> None:
    database = await sent_twice(keep, tmp_path)
    text = (await use(SHOW, "1", "--attempt", "1", "--attempt", "last", "--database", database)).text
    lines = text.splitlines()
    assert "- status: 500 Internal Server Error" in lines
    assert "+ status: 200 OK" in lines
    assert "  X-Try: one\\x1b" in lines
    same = (await use(SHOW, "1", "--attempt", "1", "--attempt", "1", "--database", database)).text
    assert "The answers are the same." in same


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("2", "--attempt", "last"), "Capture 2 was never sent"),
        (("2", "--attempt", "1"), "Capture 2 has no attempt 1"),
        (("1", *("--attempt", "1") * 3), "Two attempts can be compared"),
    ],
)
async def test_what_is_not_there_is_told(
    keep: Keep, tmp_path: Path, given: tuple[str, ...], told: str
) -> None:
    database = await sent_twice(keep, tmp_path)
    with pytest.raises(InspectorError, match=told):
        await use(SHOW, *given, "--database", database)
