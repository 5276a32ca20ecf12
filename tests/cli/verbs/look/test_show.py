from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from pathlib import Path

import brotli
import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.output.alignment import display_width
from inspector.cli.output.streams import Output
from inspector.cli.verb import Call, Interruption
from inspector.cli.verbs.check.verify import VERIFY
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.send.replay import REPLAY
from inspector.client.snippets.table import SNIPPETS
from tests import schemas
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_completion, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep, keep_of_inbox
from tests.e2e.program import finish
from tests.session.test_replays import receiver

WRONG = signature(COMPLETION, SECRET_TEXT + " ")


async def test_an_invalid_capture_is_examined_when_it_is_first_shown(keep: Keep) -> None:
    database = await keep((COMPLETION, WRONG))
    first = await use(SHOW, "1", "--database", database)
    assert "Not diagnosed before. This is the result:" in first.text
    assert "  Cause  The signature was computed with the secret" in first.text
    again = await use(SHOW, "1", "--database", database)
    assert "Not diagnosed before" not in again.text
    assert "  Cause  The signature was computed with the secret" in again.text


async def test_a_capture_of_a_shared_inbox_names_its_edge_and_message(keep: Keep) -> None:
    database = await keep((COMPLETION, signature(COMPLETION)))
    await keep_of_inbox(database, "eu-1", an_answer("first"))
    await keep_of_inbox(database, "us-1", an_answer("second"))
    assert "Received by edge us-1, message 2 of HOOKS." in (await use(SHOW, "3", "--database", database)).text
    assert "edge" not in (await use(SHOW, "1", "--database", database)).text
    inbox = {"stream": "HOOKS", "sequence": 2, "edge": "us-1"}
    whole = (await use(SHOW, "3", "--database", database, "--format", "json")).record()
    schemas.valid("capture-detail", whole)
    assert (whole["kind"], whole["verdict"], whole["inbox"]) == ("captured", "valid", inbox)
    arguments = ("--database", database, "--format", "json")
    listed = (await use(LIST, *arguments)).records()
    for record in listed:
        schemas.valid("capture", record)
    assert [record["inbox"] for record in listed] == [None, {**inbox, "sequence": 1, "edge": "eu-1"}, inbox]
    (found,) = (await use(LIST, "--filter", "edge:us-*", *arguments)).records()
    assert found["id"] == 3


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
    assert "✗ Invalid when last verified; not diagnosed yet." in text
    assert "[header-wrong-length]" in text
    assert text.index("header-wrong-length") < text.index("With the secrets of this command:")
    assert "? Unchecked: no active secret" in text
    record = (await use(SHOW, "1", "--database", database, "--format", "json")).record()
    assert [one["code"] for one in record["findings"]] == ["header-wrong-length"]


async def test_another_secret_gives_another_verdict_beside_the_one_on_file(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT + " ")
    text = (await use(SHOW, "1", "--database", database)).text
    assert text.index("✗ Invalid when last verified; not diagnosed yet.") < text.index("✓ Valid with env:")


async def test_another_cause_than_the_one_on_file_is_told_as_such(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    await use(SHOW, "1", "--database", database)
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "another secret")
    text = (await use(SHOW, "1", "--database", database)).text
    assert "Stored: secret-whitespace. With the secrets of this command:" in text
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
    assert "short" in shown.partition("Answers")[2].partition("\nBody")[0]


async def test_a_compressed_body_is_printed_as_its_receiver_reads_it(keep: Keep) -> None:
    packed = brotli.compress(COMPLETION)
    database = await keep(
        (packed, signature(COMPLETION), (b"Content-Encoding", b"br")),
        (packed[:-5], signature(COMPLETION), (b"Content-Encoding", b"br")),
    )
    text = (await use(SHOW, "1", "--database", database)).text
    assert "✓ Valid with env:BLITZ_WEBHOOK_SECRET." in text
    assert f"Decoded from br, {len(COMPLETION)} bytes:" in text
    assert '"survey_name": "Continuous NPS survey"' in text
    assert "[body-compressed]" in text
    broken = (await use(SHOW, "2", "--database", database)).text
    assert "It was not decoded, because the compressed data is incomplete." in broken


async def test_a_sample_of_another_file_is_named_as_one(keep: Keep) -> None:
    sample = (b"x-webhook-inspector-sample", b"f" * 32)
    database = await keep((COMPLETION, signature(COMPLETION, "made for another run"), sample))
    text = " ".join((await use(SHOW, "1", "--database", database)).text.split())
    assert "Has this program's sample header, but this file has not sent this sample." in text
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
    assert "Attempt 2: still failing; edited, stale signature" in text
    sent, answered = text[text.index("\nSent\n") :].split("\nResponse, 200 OK\n")
    assert "  POST / HTTP/1.1\n" in sent
    assert "  Authorization: ••••••••\n" in sent
    assert "replaces values of the target's headers, which are not stored" in sent
    assert '  {\n    "edited": true\n  }\n' in sent
    assert "  X-Try: one\\x1b\n" in answered
    assert '"error": "b"' in answered
    assert (
        "Attempt 1: first to this address"
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
    assert "The responses are the same." in same


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("2", "--attempt", "last"), "Capture 2 was never sent"),
        (("2", "--attempt", "1"), "Capture 2 has no attempt 1"),
        (("1", *("--attempt", "1") * 3), "at most twice"),
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
    with pytest.raises(InspectorError, match="Use --to URL"):
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
        (("--as", "telnet", "--to", "http://127.0.0.1:1/"), "Invalid --as 'telnet'. Use curl, httpie"),
        (("--to", "http://127.0.0.1:1/"), "`show` sends nothing"),
        (("--as", "curl", "--attempt", "last"), "Use --as or --attempt, not both"),
    ],
)
async def test_what_makes_no_sense_is_told(keep: Keep, given: tuple[str, ...], told: str) -> None:
    database = await keep((b"{}", None))
    with pytest.raises(InspectorError, match=told):
        await use(SHOW, "1", *given, "--database", database)


FORM = json.dumps(
    {
        "responses": [
            {"question_order": order, "question_text": text, "question_type": kind, "response": response}
            for order, text, kind, response in (
                (1, "Recommend us?", "nps_feedback", 9),
                (2, "Editor?", "star_feedback", "4"),
                (3, "Speed?", "scale_feedback", 7),
                (4, "Which?", "multi_select_feedback", ["one", "two\x1b"]),
                (5, "Why?", "input_feedback", "first\nsecond \u202e"),
                (8, "Else?", "input_feedback", ""),
                (9, None, None, {"a": 12345678901234567890}),
            )
        ],
        "survey_id": "s",
    },
    ensure_ascii=False,
).encode()


async def test_answers_are_drawn_before_the_body(keep: Keep) -> None:
    text = (await use(SHOW, "1", "--database", await keep((FORM, signature(FORM))), width=80)).text
    answers = text.partition("\nAnswers\n")[2].partition("\n\nBody, ")[0]
    assert answers.splitlines() == [
        "  1. Recommend us? (NPS, 0 to 10)",
        "     ■■■■■■■■■□ 9 of 10",
        "  2. Editor? (stars, 1 to 5)",
        "     ★★★★☆ 4 of 5",
        "  3. Speed? (scale, 1 to 5)",
        "     7",
        "     Not a whole number from 1 to 5.",
        "  4. Which? (multiple choice)",
        "     • one",
        "     • two\\x1b",
        "  5. Why? (free text)",
        "     “first",
        "      second \\u202e”",
        "  Questions 6 to 7 were not asked. Skip logic leaves gaps. This is normal.",
        "  8. Else? (free text)",
        "     Skipped",
        "  9. The question has no text.",
        '     {"a": 12345678901234567890}',
    ]
    order = [text.index(f"\n{title}") for title in ("Answers", "Body, ", "Headers", "Signature")]
    assert order == sorted(order)
    assert text.startswith("Capture 1  ✓ Bytes only\n")


async def test_the_body_is_laid_out_in_colour_with_its_own_digits(keep: Keep) -> None:
    body = b'{"big":12345678901234567890,"e":1E+2,"s":"\xe2\x80\xae","b":true}'
    database = await keep((body, None))
    call = SHOW.parser().parse(("1", "--database", database))
    stream = io.BytesIO()
    out = Output(stream, io.BytesIO(), has_colour=True, width=80)
    await SHOW.run(Call(arguments=call, out=out, interruption=Interruption()))
    text = stream.getvalue().decode()
    assert '\x1b[36m"big"\x1b[0m: \x1b[33m12345678901234567890\x1b[0m,\n' in text
    assert '\x1b[36m"e"\x1b[0m: \x1b[33m1E+2\x1b[0m,\n' in text
    assert '\x1b[36m"s"\x1b[0m: \x1b[32m"\\u202e"\x1b[0m,\n' in text
    assert '\x1b[36m"b"\x1b[0m: \x1b[35mtrue\x1b[0m\n' in text


async def test_a_large_body_is_cut_and_says_how_to_see_all(keep: Keep) -> None:
    long_line = an_answer("x" * 100_000)
    many_lines = json.dumps({"a": list(range(900))}).encode()
    database = await keep((long_line, None), (many_lines, None))
    for number in ("1", "2"):
        done = await use(SHOW, number, "--database", database, width=80)
        assert (
            f"  … The body continues. `webhook-inspector show {number} --body` writes all bytes.\n"
            in done.text
        )
        assert sum(1 + len(line) // 80 for line in done.text.splitlines()) < 270
    assert "\n      899\n" in (await use(SHOW, "2", "--database", database)).text, "whole in a pipe"


async def test_the_exact_bytes_of_body_and_request_are_written(keep: Keep, tmp_path: Path) -> None:
    body = b"\xff\x00 no line end"
    database = await keep((body, b"a\xff", (b"X-Odd-Case", b"1")), target=b"/hook?x=%1b")
    whole = ("show", "last", "--database", database)
    assert finish(*whole, "--body").stdout == body
    raw = finish(*whole, "--raw").stdout
    assert raw.startswith(b"POST /hook?x=%1b HTTP/1.1\r\nHost: test\r\n")
    assert b"\r\nx-webhook-signature: a\xff\r\nX-Odd-Case: 1\r\n\r\n" in raw
    assert raw.endswith(b"\r\n\r\n" + body)
    pasted = tmp_path / "request"
    pasted.write_bytes(raw)
    again = await use(VERIFY, "--http", str(pasted), "--format", "json")
    assert again.record()["received"] == "a\\xff"


async def test_bytes_that_control_a_terminal_are_not_written_to_one(keep: Keep) -> None:
    database = await keep((b"\x1b[2J", None), (b'{\r\n\t"a": 1}', None))
    with pytest.raises(InspectorError, match="contains control characters"):
        await use(SHOW, "1", "--body", "--database", database, width=80)
    assert (await use(SHOW, "2", "--body", "--database", database, width=80)).text == '{\r\n\t"a": 1}'


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("last",), [4]),
        (("3..",), [3, 4]),
        (("4,1",), [1, 4]),
        (("1..2,last",), [1, 2, 4]),
        (("3", "2..3"), [2, 3]),
    ],
)
async def test_several_captures_are_shown_in_order(
    keep: Keep, words: tuple[str, ...], ids: list[int]
) -> None:
    database = await keep(*[(ANSWER, signature(ANSWER))] * 4)
    done = await use(SHOW, *words, "--database", database)
    assert [int(number) for number in re.findall(r"^Capture (\d+)  ", done.text, re.MULTILINE)] == ids
    records = (await use(SHOW, *words, "--database", database, "--format", "json")).records()
    assert [record["id"] for record in records] == ids
    if len(ids) > 1:
        for option in ("--body", "--raw", "--attempt=last", "--as=curl"):
            with pytest.raises(UsageError, match=f"takes one capture, not {len(ids)}"):
                await use(SHOW, *words, option, "--database", database)


async def test_words_that_name_no_capture(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, None))
    for word, said in (
        ("9", "There is no capture 9"),
        ("5..", r"There is no capture in 5\.\.\."),
        ("1,7", "7"),
    ):
        with pytest.raises(InspectorError, match=said) as caught:
            await use(SHOW, word, "--database", database)
        assert caught.value.exit_status == 1
    for word in ("", "1,", "3..2", "..", "0", "-1", "first", "1...2"):
        with pytest.raises(UsageError):
            await use(SHOW, word, "--database", database)
    with pytest.raises(UsageError, match="--body writes bytes"):
        await use(SHOW, "1", "--body", "--format", "json", "--database", database)


async def test_no_line_of_the_check_is_wider_than_the_terminal(keep: Keep, tmp_path: Path) -> None:
    database = await keep((FORM, signature(FORM, SECRET_TEXT + "\n")), (FORM, b"nonsense"), (FORM, None))
    async with receiver(lambda request: BAD) as (url, _):
        await use(REPLAY, "--to", f"{url}{'a-long-path/' * 6}", "--database", database)
    for width in (60, 80, 100):
        for number in ("1", "2", "3"):
            text = (await use(SHOW, number, "--database", database, width=width)).text
            before, _, after = text.partition("\nBody, ")
            _, _, after = after.partition("\nSignature\n")
            assert "Attempts" in after
            for line in (*before.splitlines(), *after.splitlines()):
                assert display_width(line) <= width, line
