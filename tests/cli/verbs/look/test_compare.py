"""`compare` prints how two captures or two responses differ, and its exit status says whether they do."""

from __future__ import annotations

import gzip

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.look.compare import COMPARE
from inspector.cli.verbs.send.replay import REPLAY
from tests import schemas
from tests.builders import a_completion, an_answer, signature
from tests.cli.calls import Done, use
from tests.cli.conftest import Keep
from tests.client.receivers import answers, receiving
from tests.e2e.terminal import on_terminal

FIRST = a_completion(5, "same", "gone")
SECOND = a_completion(7, "same", at="2026-01-01T10:00:00Z")
HOSTILE = a_completion("\x1b[2J\u202e", "same", "gone")


def _signed(body: bytes, *headers: tuple[bytes, bytes]) -> tuple[object, ...]:
    return body, signature(body), *headers


async def _use(file: str, *arguments: str, width: int | None = None) -> Done:
    return await use(COMPARE, "--database", file, *arguments, width=width)


async def test_captures_differ_by_header_question_and_path(keep: Keep) -> None:
    file = await keep(
        _signed(FIRST, (b"X-Run", b"1")), _signed(SECOND, (b"x-run", b"1"), (b"X-New", b"\xe2\x80\xae"))
    )
    done = await _use(file, "1", "2")
    assert (done.status, done.said) == (1, "")
    head, sentences, headers, questions, body = done.text.removesuffix("\n").split("\n\n")
    assert [line[:11] for line in head.splitlines()] == ["- capture 1", "+ capture 2"]
    assert sentences.splitlines()[:2] == [
        "4 of 6 headers differ.",
        "1 of 2 common questions has a different answer.",
    ]
    assert headers.splitlines()[0] == "Headers"
    assert "X-Run  (equal, but written differently)\n- X-Run: 1\n+ x-run: 1\n" in headers
    assert headers.endswith("X-New\n+ \\u202e")
    assert questions.splitlines() == [
        "Answers",
        "1  Question 1?",
        "- 5",
        "+ 7",
        "3  Question 3?",
        "- “gone”",
    ]
    assert body.splitlines()[:4] == ["Body", "$.responses[0].response", "- 5", "+ 7"]


async def test_records_are_valid_and_all_includes_what_is_the_same(keep: Keep) -> None:
    file = await keep(_signed(FIRST), _signed(SECOND), (b"not json", None))
    record = (await _use(file, "1", "2", "--format", "json")).record()
    schemas.valid("comparison", record)
    assert (record["same"], record["same_body"], record["json"]) == (False, False, [True, True])
    assert [(one["name"], one["difference"]) for one in record["questions"]] == [
        ("1", "changed"),
        ("3", "only-first"),
    ]
    whole = (await _use(file, "1", "2", "--all", "--format", "json")).record()
    schemas.valid("comparison", whole)
    assert "same" in {one["difference"] for one in whole["questions"]}
    schemas.valid("comparison", (await _use(file, "1", "3", "--format", "json")).record())


async def test_a_redelivery_is_the_same_and_exits_with_0(keep: Keep) -> None:
    file = await keep(_signed(FIRST), _signed(FIRST))
    done = await _use(file, "1", "2")
    assert done.status == 0
    assert done.text.endswith("\nThe requests are the same: method, target, headers and body.\n")
    assert (await _use(file, "1", "2", "--format", "json")).record()["same"] is True
    assert (await _use(file, "last")).status == 0


async def test_the_same_body_with_another_header_differs(keep: Keep) -> None:
    file = await keep((FIRST, signature(FIRST)), (FIRST, b"0" * 64))
    done = await _use(file, "1", "2")
    assert done.status == 1
    assert "1 of 4 headers differs.\nThe bodies are identical." in done.text
    assert "x-webhook-signature" in done.text


async def test_a_compressed_body_is_compared_by_its_content(keep: Keep) -> None:
    packed = gzip.compress(FIRST)
    file = await keep(_signed(FIRST), _signed(packed, (b"Content-Encoding", b"gzip")))
    done = await _use(file, "1", "2")
    assert done.status == 1
    assert "3 common questions have the same answers." in done.text


async def test_bodies_that_are_not_json_are_compared_by_line(keep: Keep) -> None:
    file = await keep((b"one\ntwo\x1b[2J", None), (b"one\nthree", None))
    done = await _use(file, "1", "2")
    assert done.text.endswith("\nBody\n  one\n- two\\x1b[2J\n+ three\n")


async def test_one_id_is_compared_with_the_previous_capture_of_its_respondent(keep: Keep) -> None:
    file = await keep(
        _signed(an_answer("before", user="u-1")),
        _signed(an_answer("other", user="u-2")),
        _signed(an_answer("after", user="u-1")),
    )
    record = (await _use(file, "last", "--format", "json")).record()
    assert (record["first"]["id"], record["second"]["id"]) == (1, 3)
    with pytest.raises(NotFound, match=r"Capture 2 has no previous capture of its respondent\. Give two ids"):
        await _use(file, "2")


async def test_mistakes_name_the_value(keep: Keep) -> None:
    file = await keep(_signed(FIRST))
    for arguments, error, said in (
        (("1", "99"), InspectorError, "There is no capture 99"),
        (("1", "2", "3"), UsageError, "Unexpected argument: 3"),
        (("x",), UsageError, "'x'"),
        (("--attempts", "last"), UsageError, "--attempts takes ids of attempts"),
        (("--attempts", "1", "2"), NotFound, "attempt 1"),
    ):
        with pytest.raises(error, match=said):
            await _use(file, *arguments)


async def test_the_responses_to_two_attempts_are_compared(keep: Keep) -> None:
    file = await keep(_signed(FIRST))
    first, second = (
        b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
        for status, body in ((b"500 X", b'{"a":1,"b":"\\u001b"}'), (b"200 OK", b'{"a":2,"b":"\\u001b"}'))
    )
    async with receiving(answers(first)) as sink:
        to = ("--to", f"http://{sink.target.netloc}/", "--database", file)
        for response in (first, second, second):
            sink.talk = answers(response)
            await use(REPLAY, *to)
    done = await _use(file, "--attempts", "1", "2")
    assert done.status == 1
    lines = done.text.splitlines()
    assert lines[0] == "- attempt 1 of capture 1:"
    assert "- status: 500 Internal Server Error" in lines
    assert "+ status: 200 OK" in lines
    assert '-   "a": 1,' in lines
    assert not [line for line in lines if '"b"' in line]
    assert '"b"' in (await _use(file, "--attempts", "1", "2", "--all")).text
    assert (await _use(file, "--attempts", "2", "3")).status == 0
    record = (await _use(file, "--attempts", "2", "--format", "json")).record()
    schemas.valid("attempt-comparison", record)
    assert (record["first"]["attempt"], record["second"]["attempt"], record["same"]) == (1, 2, False)


@pytest.mark.parametrize("columns", [20, 80])
async def test_payload_text_is_escaped_on_a_terminal(keep: Keep, columns: int) -> None:
    file = await keep(_signed(FIRST), _signed(HOSTILE))
    with on_terminal("compare", "1", "2", "--database", file, columns=columns) as terminal:
        assert terminal.ended() == 1
    assert "\x1b[2J" not in terminal.raw
    assert r"\x1b[2J\u202e" in terminal.text
