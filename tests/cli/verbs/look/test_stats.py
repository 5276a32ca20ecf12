"""`stats` prints what the summary of the window shows: as text, as JSON and as a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.look.stats import STATS
from tests import schemas
from tests.builders import signature
from tests.cli.calls import Done, use
from tests.cli.conftest import Keep
from tests.e2e.terminal import on_terminal

HOSTILE = '\x1b[2J=1+1\u202e, "x"\nb'
_QUESTIONS = (
    ("How likely are you to recommend us?", "nps_feedback"),
    ("How do you rate the app?", "star_feedback"),
    ("What do you use it for?", "multi_select_feedback"),
    ("Anything else?", "input_feedback"),
)
_PEOPLE: Sequence[tuple[Any, ...]] = (
    (10, 5, ["work", "fun"], "Great"),
    (9, 4, ["work"], "Good"),
    (8, 4, ["work"], HOSTILE),
    (3, 2, ["fun"], ""),
    (11, 5, [], "Fine"),
)


def _body(number: int, answers: Sequence[Any], group: str, user: str | None = None) -> bytes:
    responses = [
        {
            "question_id": f"q-{order}",
            "question_order": order,
            "response": response,
            "question_text": text,
            "question_type": kind,
            "created_at": f"2026-01-01T10:00:{order:02d}.000Z",
        }
        for order, (response, (text, kind)) in enumerate(zip(answers, _QUESTIONS, strict=True), 1)
    ]
    whole = {
        "user_id": user or f"u-{number}",
        "app_key": "key",
        "survey_id": "s-1",
        "survey_name": "Continuous NPS",
        "group_id": group,
        "platform": "android" if number % 2 else "ios",
        "trigger": "",
        "event_type": "response_group",
        "responses": responses,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture
async def file(keep: Keep) -> str:
    """Five respondents in two groups, and a forged one."""
    bodies = [_body(number, one, "g-1" if number < 4 else "g-2") for number, one in enumerate(_PEOPLE)]
    forged = _body(9, (0, 1, ["forged"], "forged"), "g-1")
    return await keep(*((body, signature(body)) for body in bodies), (forged, None))


async def _use(file: str, *arguments: str, width: int | None = None) -> Done:
    return await use(STATS, "--database", file, *arguments, width=width)


async def test_each_question_has_its_score_its_bars_and_its_texts(file: str) -> None:
    done = await _use(file, "continuous", width=60)
    assert (done.status, done.said) == (0, "")
    head, completion, nps, stars, uses, texts = done.text.removesuffix("\n").split("\n\n")
    assert head.splitlines() == [
        "Continuous NPS",
        "s-1",
        "+25 NPS, 5 respondents, 5 captures, 3 s median to finish,",
        "83.3 % of 6 valid",
        "ios: 3, android: 2",
    ]
    assert completion.splitlines() == [
        "Completion",
        "   100 % of 5 respondents complete",
        f"   complete           {'█' * 28}  5  100 %",
        f"   partial            {' ' * 28}  0",
        f"   opened, no answer  {' ' * 28}  0",
    ]
    assert nps.splitlines()[:5] == [
        "1  How likely are you to recommend us?",
        "   NPS, 0 to 10 · 5 answers · 1 out of range, not counted",
        "   NPS +25: 2 promoters (50 %), 1 passive (25 %), 1",
        "   detractor (25 %)",
        f"   10  {'█' * 10}▊{' ' * 32}  1   25 %",
    ]
    assert stars.splitlines()[2:5] == [
        "   mean 4.0 of 5",
        f"   ★ 5  {'█' * 16}▊{' ' * 25}  2   40 %",
        f"   ★ 4  {'█' * 16}▊{' ' * 25}  2   40 %",
    ]
    assert uses.splitlines()[2] == f"   work  {'█' * 30}▊{' ' * 10}  3   75 %"
    clock = re.compile(r"\b[0-9]{2}:[0-9]{2}:[0-9]{2}\b")
    assert [clock.sub("HH:MM:SS", line) for line in texts.splitlines()[2:4]] == [
        "   “Fine”  u-4, HH:MM:SS",
        r"""   “\x1b[2J=1+1\u202e, "x"\nb”  u-2, HH:MM:SS""",
    ]


async def test_records_are_valid_and_count_trusted_captures_only(file: str) -> None:
    record = (await _use(file, "s-1", "--format", "json")).record()
    schemas.valid("statistics", record)
    assert (record["survey_name"], record["captures"], record["respondents"]) == ("Continuous NPS", 5, 5)
    assert (record["runs"], record["complete"], record["median_seconds"]) == (5, 5, 3)
    assert record["platforms"] == {"ios": 3, "android": 2}
    nps, stars, uses, texts = record["questions"]
    assert nps["nps"] == {"score": 25, "promoters": 2, "passives": 1, "detractors": 1}
    assert (nps["out_of_range"], stars["mean"], uses["skipped"], texts["skipped"]) == (1, 4.0, 1, 1)
    assert uses["counts"] == [{"answer": "work", "count": 3}, {"answer": "fun", "count": 2}]
    assert [one["text"] for one in texts["texts"]][:1] == ["Fine"]
    assert texts["texts_total"] == 4


async def test_a_group_untrusted_captures_and_a_time_change_what_is_counted(file: str) -> None:
    async def respondents(*arguments: str) -> int:
        record = (await _use(file, "s-1", *arguments, "--format", "json")).record()
        schemas.valid("statistics", record)
        return int(record["respondents"])

    assert await respondents("g-2") == 1
    assert await respondents("--untrusted") == 6
    assert await respondents("--since", "1h") == 5
    assert await respondents("--since", "2099-01-01") == 0
    assert "No runs from trusted captures." in (await _use(file, "s-1", "--since", "2099-01-01")).text


async def test_the_table_has_every_counted_answer_and_no_formula(file: str) -> None:
    done = await _use(file, "s-1", "--format", "csv")
    assert done.said == ""
    header, *rows = csv.reader(io.StringIO(done.text, newline=""))
    assert header[:7] == ["received_at", "capture", "survey_id", "survey_name", "group_id", "user_id", "run"]
    assert len(rows) == 5 * len(_QUESTIONS)
    answers = [row[header.index("answer")] for row in rows if row[header.index("order")] == "4"]
    assert answers == ["Great", "Good", '\\x1b[2J=1+1\u202e, "x"\nb', "", "Fine"]


async def test_the_table_can_start_with_a_byte_order_mark_once(file: str) -> None:
    plain = await _use(file, "s-1", "--format", "csv")
    marked = await _use(file, "s-1", "--format", "csv", "--bom")
    assert marked.text == "\ufeff" + plain.text


async def test_runs_are_selected_by_the_time_of_their_answers(file: str) -> None:
    everything = await _use(file, "s-1", "--format", "csv", "--by-answer", "--since", "2000-01-01")
    before = await _use(file, "s-1", "--format", "csv", "--by-answer", "--before", "2000-01-01")
    assert len(everything.text.splitlines()) > 10
    assert len(before.text.splitlines()) == 1, "only the header"


async def test_a_masked_field_is_masked_in_the_table(file: str) -> None:
    done = await _use(file, "s-1", "--format", "csv", "--set", "masked_fields=user_id")
    assert "u-1" not in done.text
    assert "•••" in done.text
    people = await _use(file, "s-1", "--format", "csv", "--mask", "people")
    assert "u-1" not in people.text
    assert "Great" not in people.text
    assert "Great" not in (await _use(file, "s-1", "--mask", "people")).text
    assert "Great" in (await _use(file, "s-1")).text


async def test_wrong_usage_names_the_value_and_the_next_step(file: str) -> None:
    with pytest.raises(
        NotFound, match=r"No group of this survey matches 'g-x'\..* `webhook-inspector surveys`"
    ):
        await _use(file, "s-1", "g-x")
    with pytest.raises(UsageError, match=r"--since.* a time such as 2h"):
        await _use(file, "s-1", "--since", "soon")
    with pytest.raises(UsageError, match="text, json or csv"):
        await _use(file, "s-1", "--format", "xml")
    with pytest.raises(UsageError, match="SURVEY"):
        await _use(file)


@pytest.mark.parametrize("columns", [20, 40, 80, 160])
async def test_lines_fit_the_terminal(file: str, columns: int) -> None:
    with on_terminal("stats", "s-1", "--database", file, columns=columns) as terminal:
        assert terminal.ended() == 0
    assert max(map(len, terminal.lines)) <= columns
    assert "+25" in terminal.text
    assert "\x1b[2J" not in terminal.raw
    assert "\u202e" not in terminal.raw


async def test_bars_are_ascii_without_utf_8(file: str) -> None:
    with on_terminal("stats", "s-1", "--database", file, LC_ALL="C") as terminal:
        assert terminal.ended() == 0
    assert terminal.text.isascii()
    assert re.search(r"10  #+ +1   25 %", terminal.text)
