from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import brotli
import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.list_ import LIST
from inspector.cli.verbs.replay import REPLAY
from inspector.cli.verbs.show import SHOW
from inspector.client.snippets.table import SNIPPETS
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_completion, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.session.test_replays import receiver

WRONG = signature(COMPLETION, SECRET_TEXT + " ")


async def test_an_invalid_capture_is_examined_when_it_is_first_shown(keep: Keep) -> None:
    database = await keep((COMPLETION, WRONG))
    first = await use(SHOW, "1", "--database", database)
    assert "Not examined yet; it is examined now." in first.text
    assert "  Cause  It was computed with the secret" in first.text
    again = await use(SHOW, "1", "--database", database)
    assert "Not examined yet" not in again.text
    assert "  Cause  It was computed with the secret" in again.text


async def test_json_of_an_invalid_capture_carries_the_diagnosis(keep: Keep) -> None:
    record = (
        await use(SHOW, "1", "--database", await keep((COMPLETION, WRONG)), "--format", "json")
    ).record()
    assert record["verdict"] == "invalid"
    (finding,) = record["findings"]
    assert (finding["code"], finding["proved"]) == ("secret-whitespace", True)


async def test_without_a_secret_what_is_on_file_is_told(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await keep((COMPLETION, b"ab"))
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    text = (await use(SHOW, "1", "--database", database)).text
    assert "✗ Invalid on file; not examined yet." in text
    assert "[header-wrong-length]" in text
    assert text.index("header-wrong-length") < text.index("With the secrets of this command:")
    assert "? Unchecked: no secret is set" in text
    record = (await use(SHOW, "1", "--database", database, "--format", "json")).record()
    assert [one["code"] for one in record["findings"]] == ["header-wrong-length"]


async def test_another_secret_gives_another_verdict_beside_the_one_on_file(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT + " ")
    text = (await use(SHOW, "1", "--database", database)).text
    assert text.index("✗ Invalid on file; not examined yet.") < text.index("✓ Valid under env:")


async def test_another_cause_than_the_one_on_file_is_told_as_such(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    await use(SHOW, "1", "--database", database)
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "another secret")
    text = (await use(SHOW, "1", "--database", database)).text
    assert "On file: secret-whitespace. With the secrets of this command:" in text
    assert "[unexplained]" in text


async def test_an_id_that_is_not_there_is_told(keep: Keep) -> None:
    with pytest.raises(InspectorError, match="There is no capture 9"):
        await use(SHOW, "9", "--database", await keep((COMPLETION, None)))


async def test_answers_are_told_in_question_order(keep: Keep) -> None:
    body = json.loads(a_completion("one", "two", "three"))
    body["responses"].reverse()
    shown = (await use(SHOW, "1", "--database", await keep((json.dumps(body).encode(), None)))).text
    assert shown.index("1. Question 1?") < shown.index("2. Question 2?") < shown.index("3. Question 3?")


async def test_a_large_completion_is_shown_with_its_answers(keep: Keep) -> None:
    body = a_completion("x" * 70_000, "short")
    shown = (await use(SHOW, "1", "--database", await keep((body, signature(body))))).text
    assert "Completion: survey " in shown
    assert "short" in shown.partition("Answers")[2].partition("Headers")[0]


async def test_a_compressed_body_is_printed_as_its_receiver_reads_it(keep: Keep) -> None:
    packed = brotli.compress(COMPLETION)
    database = await keep(
        (packed, signature(COMPLETION), (b"Content-Encoding", b"br")),
        (packed[:-5], signature(COMPLETION), (b"Content-Encoding", b"br")),
    )
    text = (await use(SHOW, "1", "--database", database)).text
    assert "✓ Valid under env:BLITZ_WEBHOOK_SECRET." in text
    assert f"Decoded from br, {len(COMPLETION)} bytes:" in text
    assert '"survey_name":"Continuous NPS survey"' in text
    assert "[body-compressed]" in text
    broken = (await use(SHOW, "2", "--database", database)).text
    assert "It was not decoded, because the compressed data is incomplete." in broken


async def test_a_sample_of_another_file_is_named_as_one(keep: Keep) -> None:
    sample = (b"x-webhook-inspector-sample", b"f" * 32)
    database = await keep((COMPLETION, signature(COMPLETION, "made for another run"), sample))
    text = " ".join((await use(SHOW, "1", "--database", database)).text.split())
    assert "It carries this program's sample header, but this file announced no such sample." in text
    assert "but was signed with the secret of another file. No cause found" in text
    listed = await use(LIST, "--database", database)
    [line] = [one for one in listed.text.splitlines() if "Invalid" in one]
    assert "a sample of another file" in line


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
    sent, answered = text[text.index("\nSent\n") :].split("\nResponse, 200 OK\n")
    assert "  POST / HTTP/1.1\n" in sent
    assert "  Authorization: ••••••••\n" in sent
    assert "values of the target's own headers, which are not stored" in sent
    assert '  {"edited":true}\n' in sent
    assert "  X-Try: one\\x1b\n" in answered
    assert '"error":"b"' in answered
    assert "Attempt 1: first attempt" in (await use(SHOW, "1", "--attempt", "1", "--database", database)).text


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
    assert "The responses are the same." in same


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


async def test_what_is_printed_sends_the_very_bytes_and_their_signature(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    async with receiver() as (url, received):
        done = await use(SHOW, "1", "--as", "curl", "--to", f"{url}hook", "--database", database)
        assert received == []
        shell = await asyncio.create_subprocess_exec("bash", "-c", done.text, stdout=asyncio.subprocess.PIPE)
        await asyncio.wait_for(shell.communicate(), 30)
    [request] = received
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n" + ANSWER)
    assert signature(ANSWER) in request


async def test_without_a_target_it_goes_where_something_was_sent_last(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    with pytest.raises(InspectorError, match="give --to URL"):
        await use(SHOW, "1", "--as", "fetch", "--database", database)
    async with receiver() as (url, _):
        await use(REPLAY, "--to", url, "--database", database)
    record = (await use(SHOW, "1", "--as", "fetch", "--database", database, "--format", "json")).record()
    assert record["client"] == "fetch"
    assert url in record["text"]


def test_the_help_names_every_client() -> None:
    assert all(name in SHOW.parser().format_help() for name in SNIPPETS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--as", "telnet", "--to", "http://127.0.0.1:1/"), "--as takes one of curl, httpie.*, not telnet"),
        (("--to", "http://127.0.0.1:1/"), "`show` sends nothing"),
        (("--as", "curl", "--attempt", "last"), "not both"),
    ],
)
async def test_what_makes_no_sense_is_told(keep: Keep, given: tuple[str, ...], told: str) -> None:
    database = await keep((b"{}", None))
    with pytest.raises(InspectorError, match=told):
        await use(SHOW, "1", *given, "--database", database)
