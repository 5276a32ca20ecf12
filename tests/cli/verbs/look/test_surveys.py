"""`surveys` prints what the tree shows: names, completed runs, and captures per verdict."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from pathlib import Path

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.look.surveys import SURVEYS
from inspector.domain.signature.evaluation import evaluate
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.store.file.database import connect, prepare
from inspector.store.write import captures
from inspector.store.write.columns import new_capture
from tests import schemas
from tests.builders import a_capture, a_completion, a_secret, an_answer, signature
from tests.cli.calls import Done, use
from tests.cli.conftest import Keep
from tests.e2e.program import deliver, finish, listening, records
from tests.e2e.terminal import on_terminal
from tests.session.conftest import post

WRONG = b"0" * 64
HOSTILE = "\x1b[2J\u202eevil\n"


def _signed(body: bytes) -> tuple[bytes, bytes]:
    return body, signature(body)


@pytest.fixture
async def file(keep: Keep) -> str:
    """Two verified surveys, one of them in two groups, and one that only a stranger has sent."""
    return await keep(
        _signed(a_completion("fine", survey="s-1", name="Onboarding", user="u-1")),
        _signed(an_answer(survey="s-1", user="u-2")),
        (an_answer(survey="s-1", user="u-3"), WRONG),
        _signed(a_completion("fine", survey="s-1", name="Onboarding", group="g-2", user="u-1")),
        _signed(a_completion("fine", survey="s-2", name=f"Churn {HOSTILE}", user="u-9")),
        (a_completion("fine", survey="s-3", name="Onboarding 2", user="u-1"), None),
    )


async def _use(file: str, *arguments: str, width: int | None = None) -> Done:
    return await use(SURVEYS, "--database", file, *arguments, width=width)


async def test_surveys_have_their_groups_with_runs_and_captures_per_verdict(file: str) -> None:
    done = await _use(file, width=80)
    assert (done.status, done.said) == (0, "")
    clock = re.compile(r"\b[0-9]{2}:[0-9]{2}:[0-9]{2}\b")
    assert [clock.sub("HH:MM:SS", line) for line in done.text.splitlines()] == [
        "  group       complete  last capture  captures",
        r"Churn \x1b[2J\u202eevil\n  s-2",
        "  g-1           1 of 1  HH:MM:SS      1 valid",
        "Onboarding  s-1",
        "  g-2           1 of 1  HH:MM:SS      1 valid",
        "  g-1           1 of 2  HH:MM:SS      2 valid, 1 invalid",
        "  All groups    2 of 3  HH:MM:SS      3 valid, 1 invalid",
        "s-3  [not verified]",
        "  g-1                –  HH:MM:SS      1 unsigned",
    ]


async def test_records_are_valid_and_name_the_part(file: str) -> None:
    found = (await _use(file, "--format", "json")).records()
    for record in found:
        schemas.valid("survey", record)
    assert [(one["survey_id"], one["part"]) for one in found] == [
        ("s-2", "surveys"),
        ("s-1", "surveys"),
        ("s-3", "not-verified"),
    ]
    assert found[0]["survey_name"] == f"Churn {HOSTILE}"
    onboarding = found[1]
    assert (onboarding["captures"], onboarding["trusted"], onboarding["respondents"]) == (4, 3, 3)
    assert (onboarding["runs"], onboarding["complete"], onboarding["partial"]) == (3, 2, 1)
    assert onboarding["verdicts"] == {"valid": 3, "rewritten": 0, "invalid": 1, "unsigned": 0, "unchecked": 0}
    assert [one["group_id"] for one in onboarding["groups"]] == ["g-2", "g-1"]


@pytest.mark.parametrize("survey", ["s-1", "onboard", "Onboarding", "S-1"])
async def test_a_survey_is_selected_by_its_id_or_a_part_of_its_name(file: str, survey: str) -> None:
    """The survey of a stranger, whose name is longer, does not make the name ambiguous."""
    assert [one["survey_id"] for one in (await _use(file, survey, "--format", "json")).records()] == ["s-1"]


async def test_a_stranger_s_survey_is_selected_by_its_id(file: str) -> None:
    assert (await _use(file, "s-3", "--format", "json")).record()["part"] == "not-verified"


async def test_an_unknown_survey_and_an_ambiguous_one_are_errors_that_help(file: str) -> None:
    with pytest.raises(NotFound) as missing:
        await _use(file, "onbording")
    assert str(missing.value).startswith("No survey matches 'onbording'. Did you mean ")
    assert "Onboarding" in str(missing.value)
    with pytest.raises(UsageError) as several:
        await _use(file, "s-")
    assert str(several.value) == (
        r"'s-' matches several surveys: 'Churn \x1b[2J\u202eevil\n' (s-2), 'Onboarding' (s-1). Use the id."
    )


async def test_a_filter_selects_surveys_and_groups_with_a_matching_capture(file: str) -> None:
    (record,) = (await _use(file, "--filter", "verdict:invalid", "--format", "json")).records()
    assert (record["survey_id"], record["captures"]) == ("s-1", 4)
    assert [one["group_id"] for one in record["groups"]] == ["g-1"]
    assert (await _use(file, "--filter", "user:nobody")).said == "No surveys match.\n"
    assert (await _use(file, "s-2", "--filter", "verdict:invalid")).text == ""


async def test_a_file_without_surveys_says_so(keep: Keep) -> None:
    done = await _use(await keep((b"{}", None)))
    assert (done.status, done.text, done.said) == (0, "", "No surveys yet.\n")


def test_what_arrived_a_moment_ago_and_samples_are_counted(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (_, url):
        assert finish("sample", "--to", url, "--database", str(database)).returncode == 0
        deliver(url, *(a_completion("fine", user=f"u-{number}") for number in range(300)))
        found = records("surveys", "--database", str(database))
    assert next((one["part"], one["captures"]) for one in found) == ("surveys", 300)
    assert {one["part"] for one in found[1:]} == {"samples"}


async def test_it_waits_until_the_listener_has_counted(tmp_path: Path) -> None:
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    try:
        url = await session.listen()
        bodies = [a_completion("fine", user=f"u-{number}") for number in range(100)]
        await asyncio.gather(*(post(url, body, (b"x-webhook-signature", signature(body))) for body in bodies))
        done = await _use(str(tmp_path / "captures.db"), "--format", "json")
    finally:
        await session.close()
    assert (done.said, done.record()["captures"]) == ("", 100)


async def test_captures_that_nothing_has_counted_are_reported(tmp_path: Path) -> None:
    """As a listener that was killed in a flood leaves them."""
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    capture = a_capture(a_completion("fine"))
    with closing(connect(path)) as connection:
        connection.execute("BEGIN")
        verdict = evaluate(capture, (a_secret(),), is_secret_on_file=False)
        captures.insert(connection, [new_capture(capture, verdict)])
        connection.execute("COMMIT")
    done = await _use(str(path))
    assert done.said == "1 capture is not counted yet. A running listener counts it.\nNo surveys yet.\n"


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
async def test_lines_fit_the_terminal_and_keep_the_tag(file: str, columns: int) -> None:
    with on_terminal("surveys", "--database", file, columns=columns) as terminal:
        assert terminal.ended() == 0
    assert max(map(len, terminal.lines)) <= columns
    assert "[not verified]" in terminal.text
    assert "\x1b[2J" not in terminal.raw
