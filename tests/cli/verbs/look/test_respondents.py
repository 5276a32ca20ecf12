"""`respondents` prints each respondent once, with the state that the tree shows, however many there are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.verbs.look.respondents import RESPONDENTS
from inspector.domain.signature.evaluation import evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.group.follower import Follower
from inspector.store.write import captures
from inspector.store.write.columns import new_capture
from tests import schemas
from tests.builders import a_capture, a_completion, a_secret, an_answer, signature
from tests.cli.calls import Done, use
from tests.cli.conftest import Keep
from tests.e2e.program import finish, records
from tests.e2e.terminal import on_terminal

MANY = 4_000
HOSTILE = "u\x1b[2J\u202e\n"


def _signed(body: bytes) -> tuple[bytes, bytes]:
    return body, signature(body)


@pytest.fixture
async def file(keep: Keep) -> str:
    """Complete, partial, repeated, changed, anonymous, forged and hostile respondents."""
    return await keep(
        _signed(a_completion("fine", user="u-1", at="2026-01-01T10:00:00.000Z")),
        _signed(a_completion("good", user="u-1", at="2026-02-01T10:00:00.000Z")),
        _signed(an_answer("one", user="u-2")),
        _signed(an_answer("two", user="u-2", at="2026-01-01T10:00:01.000Z")),
        _signed(an_answer("", user=HOSTILE)),
        _signed(a_completion("anonymous", user=None)),
        _signed(an_answer("anonymous", user=None)),
        _signed(an_answer("elsewhere", survey="s-2", user="u-1")),
        (an_answer("forged", user="u-9"), None),
    )


async def _use(file: str, *arguments: str, width: int | None = None) -> Done:
    return await use(RESPONDENTS, "--database", file, *arguments, width=width)


async def _found(file: str, *arguments: str) -> list[dict[str, Any]]:
    done = await _use(file, *arguments, "--format", "json")
    assert done.status == 0
    found = done.records()
    for record in found:
        schemas.valid("respondent", record)
    return found


async def test_respondents_have_state_runs_answers_and_marks(file: str) -> None:
    found = await _found(file, "s-1")
    shown = {
        (one["user_id"], one["capture"]): (one["state"], one["runs"], one["answer_count"], one["marks"])
        for one in found
    }
    assert shown == {
        ("u-1", None): ("complete", 2, 1, []),
        ("u-2", None): ("partial", 1, 1, ["changed"]),
        (HOSTILE, None): ("opened", 1, 0, []),
        (None, 6): ("complete", 1, 1, []),
        (None, None): (None, 0, 1, []),
    }
    times = [one["last_received_at"] for one in found]
    assert times == sorted(times, reverse=True)


async def test_a_state_a_group_a_filter_and_a_limit_select(file: str) -> None:
    def users(found: list[dict[str, Any]]) -> set[str | None]:
        return {one["user_id"] for one in found}

    assert users(await _found(file, "s-1", "--state", "partial")) == {"u-2", HOSTILE}
    assert users(await _found(file, "s-1", "g-1", "--state", "complete")) == {"u-1", None}
    assert users(await _found(file, "--filter", "finding:answer-changed")) == {"u-2"}
    assert [one["capture"] for one in await _found(file, "--filter", "anonymous", "--limit", "9")] == [
        None,
        6,
    ]
    assert users(await _found(file, "--limit", "1")) == {"u-1"}
    assert "u-9" not in users(await _found(file))
    (forged,) = [one for one in await _found(file, "--untrusted") if one["user_id"] == "u-9"]
    assert (forged["trusted"], forged["captures"], forged["state"]) == (0, 1, None)
    assert (await _use(file, "--filter", "user:nobody")).said == "No respondents match.\n"


async def test_lines_have_the_columns_that_the_survey_does_not_fix(file: str) -> None:
    lines = (await _use(file, "s-1", "g-1", width=80)).text.splitlines()
    assert lines[0].split() == ["respondent", "state", "answers", "runs", "last", "capture", "marks"]
    (changed,) = [line for line in lines if line.startswith("u-2 ")]
    assert "partial" in changed
    assert changed.endswith("[changed]")
    assert any(line.startswith(r"u\x1b[2J\u202e\n") for line in lines)
    assert any(line.startswith("Anonymous (6) ") for line in lines)
    assert "survey" in (await _use(file, width=120)).text.splitlines()[0]
    assert "[not verified]" in (await _use(file, "--untrusted", width=80)).text


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
async def test_lines_fit_the_terminal(file: str, columns: int) -> None:
    with on_terminal("respondents", "--database", file, columns=columns) as terminal:
        assert terminal.ended() == 0
    assert max(map(len, terminal.lines)) <= columns
    assert "\x1b[2J" not in terminal.raw


def _fill(path: Path) -> None:
    """Write thousands of respondents with the program's own insert and follower."""
    prepare(path, create=True)
    made = [
        a_capture(an_answer(number, user=f"u-{number}"), received_ms=1_700_000_000_000 + number)
        for number in range(MANY)
    ]
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        captures.insert(
            connection,
            [new_capture(one, evaluate(one, (a_secret(),), is_secret_on_file=False)) for one in made],
        )
        connection.execute("COMMIT")
        follower = Follower(lambda marked: None)
        while follower.step(connection):
            pass


def test_thousands_are_printed_once_each_latest_first(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    _fill(path)
    found = records("respondents", "--database", str(path))
    assert [one["user_id"] for one in found] == [f"u-{number}" for number in reversed(range(MANY))]
    lines = finish("respondents", "--database", str(path)).stdout.decode().splitlines()
    assert len(lines) == MANY + 1
