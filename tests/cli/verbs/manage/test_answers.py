"""`answers` keeps response rules with the file, and shows what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.manage.answers import ANSWERS
from inspector.session.options import Options
from inspector.session.session import Session
from tests import schemas
from tests.builders import ANSWER, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.session.conftest import post


async def _listed(*options: str) -> list[dict[str, Any]]:
    records = (await use(ANSWERS, *options, "--format", "json")).records()
    for record in records:
        schemas.valid("response-rule", record)
    return records


async def test_rules_are_added_listed_changed_ordered_and_removed(keep: Keep) -> None:
    other = an_answer(survey="s-2")
    database = await keep((ANSWER, signature(ANSWER)), (other, signature(other)))
    on_file = ("--database", database)
    done = await use(ANSWERS, "add", "503", "for", "survey:s-2", "first", "3", *on_file)
    assert done.text == "Added rule 1: 503 for the first 3 (survey:s-2), 3 left.\n"
    assert "Nothing listens on this file now." in done.said
    await use(ANSWERS, "add", "200 after 31s", *on_file)
    assert (await use(ANSWERS, *on_file)).text.splitlines() == [
        "1  on  1  503 for the first 3 (survey:s-2), 3 left",
        "2  on  2  Wait 31 s, then 200",
        "       0  Everything else: 200 OK",
    ]
    assert (await use(ANSWERS, "change", "2", "close every 2", *on_file)).text == (
        "Changed rule 2: Close without a response, every 2nd.\n"
    )
    await use(ANSWERS, "move", "2", "up", *on_file)
    await use(ANSWERS, "off", "1", *on_file)
    await use(ANSWERS, "reset", "1", *on_file)
    copy = (await use(ANSWERS, "duplicate", "1", "--format", "json", *on_file)).record()
    schemas.valid("response-rule", copy)
    assert [(one["rule"], one["on"], one["response"], one["left"]) for one in await _listed(*on_file)] == [
        (2, True, "close", None),
        (1, False, "503", 3),
        (3, False, "503", 3),
    ]
    previews = (await use(ANSWERS, "preview", "--format", "json", *on_file)).records()
    for record in previews:
        schemas.valid("response-preview", record)
    assert [(one["response"], one["rule"]) for one in previews] == [("200", None), ("close", 2)]
    text = (await use(ANSWERS, "preview", "--limit", "1", *on_file)).text
    assert "everything else" in text, "the count of a rule begins with the shown captures"
    schemas.valid("removed", (await use(ANSWERS, "remove", "2", "--format", "json", *on_file)).record())
    assert [one["rule"] for one in await _listed(*on_file)] == [1, 3]


async def test_the_relay_is_named_and_switched_like_a_rule(keep: Keep) -> None:
    on_file = ("--database", await keep())
    done = await use(ANSWERS, "add", "relay", "3999", "for", "survey:checkout", *on_file)
    assert done.text == "Added the relay: Relay the response of localhost:3999 (survey:checkout).\n"
    await use(ANSWERS, "off", "relay", *on_file)
    assert (await use(ANSWERS, *on_file)).text.splitlines()[0] == (
        "relay  off  0  Relay the response of localhost:3999 (survey:checkout)"
    )
    done = await use(ANSWERS, "remove", "relay", *on_file)
    assert done.text.endswith("Its captures are still forwarded.\n")
    with pytest.raises(NotFound, match="No forward relays its responses"):
        await use(ANSWERS, "on", "relay", *on_file)
    with pytest.raises(UsageError, match=r"192\.0\.2\.1"):
        await use(ANSWERS, "add", "relay", "http://192.0.2.1/hook", *on_file)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "503 fist 3"), "character 5: “fist” is not expected here. Did you mean 'first'"),
        (("add", "503", "first", "0"), "takes a number from 1 to 1,000,000, not 0"),
        (("add", "503 header 'A: b\nc: d'"), "contains a line break"),
        (("change", "x", "503"), "Invalid ID 'x'. Use a number from `answers list`, or relay."),
        (("change", "7", "503"), "There is no response rule 7. `answers list` shows the rules."),
        (("move", "1", "left"), "A rule moves up or down, not left."),
        (("add",), "Missing argument: RULE"),
        (("on", "1", "2"), "Unexpected argument '2'"),
        (("learn",), "Nothing listens on this file now"),
        (("stop",), "No study of retries is running"),
        (("report",), "There is no study of retries in this file"),
    ],
)
async def test_a_mistake_is_a_sentence(keep: Keep, words: tuple[str, ...], said: str) -> None:
    on_file = ("--database", await keep())
    with pytest.raises((UsageError, NotFound)) as refused:
        await use(ANSWERS, *words, *on_file)
    assert said in str(refused.value)


async def test_a_running_study_is_printed_and_stopped(tmp_path: Path) -> None:
    on_file = ("--database", str(tmp_path / "captures.db"))
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    try:
        await session.secrets.load_keyring(session.options)
        url = await session.listen()
        await session.responses.learn("503 first 1")
        sent = (b"x-webhook-signature", signature(ANSWER))
        assert [await post(url, ANSWER, sent) for _ in range(2)] == [503, 200]
        record = (await use(ANSWERS, "report", "--format", "json", *on_file)).record()
        schemas.valid("retry-study", record)
        assert (record["ended_at"], record["retries"], record["fails"]) == (None, 1, 1)
        lines = (await use(ANSWERS, "report", *on_file)).text.splitlines()
        assert lines[-1] == "1 retry so far, with the same bytes and signature."
        lines = (await use(ANSWERS, "stop", *on_file)).text.splitlines()
        assert lines[0].endswith(": a delivery fails once (503 first 1).")
        assert [line.split()[-2:] for line in lines[2:4]] == [["first", "delivery"], ["same", "bytes"]]
        assert lines[4].startswith("1 retry, with the same bytes and signature: after ")
    finally:
        await session.close()


async def test_a_capture_says_what_decided_its_response(keep: Keep) -> None:
    on_file = ("--database", await keep((ANSWER, signature(ANSWER)), target=b"/hook/200"))
    record = (await use(LIST, "--format", "json", *on_file)).record()
    schemas.valid("capture", record)
    assert (record["answered"], record["answered_by"]) == (200, "path: /200")
    assert "responded 200 by path: /200" in (await use(SHOW, "1", *on_file)).text
    assert "[responded 200 by path]" in (await use(LIST, *on_file)).text
