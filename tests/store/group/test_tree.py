"""The levels of the tree: bounded, the latest first, with counts, completion rate and verdicts."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from inspector.domain.capture.rows import TreePage
from inspector.store.group import tree
from inspector.store.group.tree import TreeOptions
from inspector.store.store import Store
from tests.builders import a_capture, a_completion, an_answer
from tests.store.conftest import followed, put


@pytest.fixture
async def listening(store: Store) -> Store:
    store.become_listener("test")
    return store


def respondents(store: Store, **changes: Any) -> TreePage:
    return store.read(lambda connection: tree.respondents(connection, "s-1", "g-1", TreeOptions(**changes)))


async def test_a_level_shows_its_latest_children_and_says_how_many_more_there_are(listening: Store) -> None:
    bodies = [an_answer(user=f"u-{number}") for number in range(9)]
    await put(listening, *[a_capture(body, received_ms=1_000 + at) for at, body in enumerate(bodies)])
    await put(listening, a_capture(an_answer("more", user="u-0", order=2), received_ms=5_000))
    await followed(listening)
    page = respondents(listening, limit=3)
    assert [(row.user_id, row.captures) for row in page.rows] == [("u-0", 2), ("u-8", 1), ("u-7", 1)]
    assert page.more == 6
    assert respondents(listening, limit=9).more == 0


async def test_how_many_came_to_the_end_stands_at_every_level(listening: Store) -> None:
    for user in ("u-1", "u-2", "u-3"):
        await put(listening, a_capture(a_completion("5", user=user)))
    await put(
        listening,
        a_capture(an_answer("1", user="u-4")),
        a_capture(an_answer("2", user="u-3", at="2026-02-01T10:00:00Z")),  # the next time it was asked
        a_capture(a_completion("x", user="u-5"), signed=False),
    )
    await followed(listening)
    [survey] = listening.read(lambda connection: tree.surveys(connection, TreeOptions())).rows
    [group] = listening.read(lambda connection: tree.groups(connection, "s-1", TreeOptions())).rows
    for row in (survey, group):
        assert (row.users, row.runs, row.completed_runs) == (4, 5, 3)
        assert (row.captures, row.others, row.mix.valid, row.mix.unsigned) == (5, 1, 5, 1)
    found = {row.user_id: (row.runs, row.completed_runs, row.mark) for row in respondents(listening).rows}
    assert found == {
        "u-1": (1, 1, "complete"),
        "u-2": (1, 1, "complete"),
        "u-3": (2, 1, "partial"),
        "u-4": (1, 0, "partial"),
    }


async def test_all_who_gave_no_user_id_stand_in_one_row_among_the_others(listening: Store) -> None:
    bodies = [
        an_answer(user="early"),
        a_completion("5", user=None),
        a_completion("6", user=None),
        an_answer("7", user=None),
        an_answer(user="late"),
    ]
    await put(listening, *[a_capture(body, received_ms=1_000 + at) for at, body in enumerate(bodies)])
    await followed(listening)
    page = respondents(listening)
    assert [row.user_id for row in page.rows] == ["late", "", "early"]
    anonymous = page.rows[1]
    assert (anonymous.captures, anonymous.mark, anonymous.last_ms) == (3, None, 1_003)
    assert (anonymous.runs, anonymous.completed_runs) == (2, 2)
    cut = respondents(listening, limit=2)
    assert ([row.user_id for row in cut.rows], cut.more) == (["late", ""], 1)


async def test_what_is_sought_is_found_by_the_name_of_a_survey_a_group_or_a_user(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("5", survey="s-1", name="Delivery", group="north", user="ann")),
        a_capture(a_completion("5", survey="s-2", name="Returns", group="south", user="bob")),
    )
    await followed(listening)

    def found(text: str) -> list[str]:
        page = listening.read(lambda connection: tree.surveys(connection, TreeOptions(search=text)))
        return sorted(row.survey_id for row in page.rows)

    assert (found("deliv"), found("SOUTH"), found("ann"), found("s-"), found("%")) == (
        ["s-1"],
        ["s-2"],
        ["s-1"],
        ["s-1", "s-2"],
        [],
    )


async def test_no_page_of_the_tree_sorts_or_goes_through_what_it_does_not_show(store: Store) -> None:
    assert [plan for plan in store.read(plans) if "_latest" not in plan and "_anonymous" not in plan] == []


def plans(connection: sqlite3.Connection) -> list[str]:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    tree.surveys(connection, TreeOptions())
    tree.groups(connection, "s-1", TreeOptions())
    tree.respondents(connection, "s-1", "g-1", TreeOptions())
    connection.set_trace_callback(None)
    assert len(asked) == 4
    return [step[3] for text in asked for step in connection.execute(f"EXPLAIN QUERY PLAN {text}")]


async def test_only_those_who_did_not_come_to_the_end(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("x", user="u-1")),
        a_capture(an_answer("x", user="u-2")),
        a_capture(an_answer("", user="u-3")),
        a_capture(a_completion("x", survey="s-2")),
    )
    await followed(listening)
    partial = TreeOptions(only_partial=True)
    found = listening.read(lambda connection: tree.surveys(connection, partial))
    assert [row.survey_id for row in found.rows] == ["s-1"]
    groups = listening.read(lambda connection: tree.groups(connection, "s-2", partial))
    assert groups.rows == ()
    assert {row.user_id for row in respondents(listening, only_partial=True).rows} == {"u-2", "u-3"}
    assert respondents(listening, only_partial=True, limit=1).more == 1
