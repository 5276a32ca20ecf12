"""`filters` saves queries under names; every `--filter` takes `@NAME`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.manage.filters import FILTERS
from tests import schemas
from tests.builders import ANSWER, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep


async def _listed(*options: str) -> dict[str, dict[str, Any]]:
    records = (await use(FILTERS, *options, "--format", "json")).records()
    for record in records:
        schemas.valid("saved-filter", record)
    return {record["name"]: record for record in records}


async def test_a_filter_is_added_used_changed_and_removed(keep: Keep) -> None:
    other = an_answer(user="eve")
    database = await keep((ANSWER, signature(ANSWER)), (other, signature(other)))
    on_file = ("--database", database)
    done = await use(FILTERS, "add", "Eve", "user:eve", "--alert")
    assert done.text == "Saved the filter Eve: user:eve (alerts).\n"
    listed = await _listed(*on_file)
    assert list(listed) == ["Invalid today", "Detractors", "Eve"]
    assert (listed["Eve"]["query"], listed["Eve"]["alert"], listed["Eve"]["matches"]) == ("user:eve", "on", 1)
    rows = (await use(LIST, "--filter", "@eve", *on_file, "--format", "json")).records()
    assert [row["user_id"] for row in rows] == ["eve"]
    done = await use(FILTERS, "alert", "Eve", "off")
    assert done.text == "Saved the filter Eve: user:eve (alerts muted).\n"
    await use(FILTERS, "change", "Eve", "user:eve verdict:valid")
    await use(FILTERS, "rename", "Eve", "Eve, valid")
    for _ in range(3):
        await use(FILTERS, "move", "Eve, valid", "up")
    text = (await use(FILTERS, *on_file)).text.splitlines()
    assert [part.strip() for part in text[0].split("  ") if part] == [
        *("Eve, valid", "1"),
        *("user:eve verdict:valid", "alerts muted"),
    ]
    done = await use(FILTERS, "remove", "Eve, valid", "--format", "json")
    schemas.valid("removed", done.record())
    assert list(await _listed()) == ["Invalid today", "Detractors"]


async def test_a_silence_alerts_and_selects_nothing() -> None:
    await use(FILTERS, "silence", "Quiet", "2h", "--beep")
    record = (await _listed())["Quiet"]
    assert (record["silence_seconds"], record["alert"], record["beep"], record["matches"]) == (
        *(7200, "on", True),
        None,
    )
    with pytest.raises(UsageError, match="“Quiet” is about silence and selects no captures"):
        await use(LIST, "--filter", "@Quiet")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "A: b", "user:a"), "cannot contain a colon"),
        (("add", "A", "verdit:a"), "verdit: is not a filter field"),
        (("add", "invalid TODAY", "a"), "There is already a filter"),
        (("silence", "A", "never"), "“never” is not a silence"),
        (("alert", "Invalid today", "loud"), "on or off, not loud"),
        (("move", "Invalid today", "3"), "up or down, not 3"),
    ],
)
async def test_a_mistake_is_refused_in_words(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        await use(FILTERS, *words)
    assert list(await _listed()) == ["Invalid today", "Detractors"]


async def test_an_unknown_name_is_not_searched_for() -> None:
    with pytest.raises(NotFound, match="no saved filter “Invalid tody”"):
        await use(LIST, "--filter", "@Invalid tody")
    with pytest.raises(NotFound):
        await use(FILTERS, "remove", "x")


async def test_no_filter_is_a_choice_that_stays() -> None:
    for name in ("Invalid today", "Detractors"):
        await use(FILTERS, "remove", name)
    assert json.dumps(await _listed()) == "{}"
