"""A survey is read respondent by respondent, in parts, from trusted captures, and comes out whole."""

from __future__ import annotations

import sqlite3

import pytest

from inspector.domain.query.scope import Scope
from inspector.domain.statistics.survey_counts import CountRequest, SurveyCounts
from inspector.store.group import summaries
from inspector.store.store import Store
from tests.builders import a_capture, a_completion, an_answer
from tests.store.conftest import followed, put

SURVEY = Scope(part="surveys", survey_id="s-1")


@pytest.fixture
async def listening(store: Store) -> Store:
    store.become_listener("test")
    return store


def counted(store: Store, scope: Scope = SURVEY, *, includes_others: bool = False) -> SurveyCounts:
    whole, place = SurveyCounts(), summaries.FIRST
    steps = 0
    while place is not None:
        part, place = summaries.tally_part(  # type: ignore[assignment]
            store.path, scope, CountRequest(), includes_others=includes_others, after=place
        )
        whole.add(part)
        steps += 1
        assert steps < 1_000, "it goes on"
    return whole


@pytest.mark.parametrize("size", [1, 2, 3, 7, 2_000])
async def test_no_respondent_is_split_or_lost_whatever_the_size_of_a_part(
    listening: Store, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    bodies = []
    for number in range(4):
        user, group = f"u-{number}", f"g-{number % 2}"
        bodies.append(an_answer("fine", user=user, group=group))
        if number:
            bodies.append(a_completion("fine", user=user, group=group))
    bodies += [a_completion("nobody", user=None), a_completion("nobody else", user=None)]
    bodies += [an_answer("anybody", user=None), an_answer("of another", survey="s-2")]
    await put(listening, *map(a_capture, bodies))
    await followed(listening)
    monkeypatch.setattr(summaries, "PART", size)
    tally = counted(listening)
    [row] = [row for row in _surveys(listening) if row[0] == "s-1"]
    assert tally.captures == row[1] == 10
    assert (tally.loose, tally.respondents) == (1, 6)
    assert sum(tally.runs.values()) == row[2]
    assert tally.runs["complete"] == row[3] == 5


async def test_a_respondent_at_the_end_of_a_part_is_analysed(
    listening: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [an_answer("a", user="u-1"), an_answer("b", user="u-2"), a_completion("c", user="u-2")]
    await put(listening, *map(a_capture, bodies))
    await followed(listening)
    monkeypatch.setattr(summaries, "PART", 3)
    tally = counted(listening)
    assert (tally.respondents, tally.crowded) == (2, 0)


def _surveys(store: Store) -> list[tuple[str, int, int, int]]:
    query = "SELECT survey_id, captures, runs, completed_runs FROM surveys WHERE is_sample = 0"
    return store.read(lambda connection: connection.execute(query).fetchall())


async def test_what_is_not_trusted_counts_only_where_it_is_asked_for(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("true", user="u-1")),
        a_capture(a_completion("forged", user="u-2"), signed=False),
    )
    assert _texts(counted(listening)) == ["true"]
    assert sorted(_texts(counted(listening, includes_others=True))) == ["forged", "true"]
    unverified = Scope(part="not-verified", survey_id="s-1")
    assert _texts(counted(listening, unverified)) == ["forged"]


async def test_samples_count_in_no_figure_but_their_own(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("real")),
        a_capture(a_completion("a sample"), kind="sample"),
    )
    assert _texts(counted(listening)) == ["real"]
    assert _texts(counted(listening, Scope(part="samples", survey_id="s-1"))) == ["a sample"]


async def test_a_group_counts_by_itself(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("one", group="g-1")),
        a_capture(a_completion("other", group="g-2")),
    )
    assert _texts(counted(listening, Scope(part="surveys", survey_id="s-1", group_id="g-2"))) == ["other"]


async def test_a_body_that_is_too_large_is_told_and_not_read(listening: Store) -> None:
    await put(
        listening, a_capture(a_completion("x" * summaries.MAX_BODY)), a_capture(a_completion("y", user="u-2"))
    )
    tally = counted(listening)
    assert (tally.unread, tally.captures, _texts(tally)) == (1, 2, ["y"])


async def test_what_was_cleared_is_in_no_figure(listening: Store) -> None:
    await put(listening, a_capture(a_completion("gone")), a_capture(a_completion("here", user="u-2")))
    await listening.write(
        lambda connection: connection.execute("UPDATE captures SET deletion = 1 WHERE id = 1")
    )
    assert _texts(counted(listening)) == ["here"]


async def test_heads_tell_what_the_figures_hold(listening: Store) -> None:
    await put(
        listening,
        a_capture(a_completion("a", name="Onboarding")),
        a_capture(an_answer("b", user="u-2")),
        a_capture(an_answer("c", user="u-2"), signed=False),
    )
    await followed(listening)
    survey = listening.read(lambda connection: summaries.head(connection, SURVEY))
    assert (survey.name, survey.captures, survey.others, survey.users, survey.groups) == (
        "Onboarding",
        2,
        1,
        2,
        1,
    )
    whose = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-2")
    user = listening.read(lambda connection: summaries.head(connection, whose))
    assert (user.captures, user.others, user.mix.unsigned) == (1, 1, 1)
    nobody = listening.read(
        lambda connection: summaries.head(connection, Scope(part="surveys", survey_id="s-9"))
    )
    assert nobody == summaries.SummaryHead()


async def test_a_respondents_story_is_read_from_its_own_captures(listening: Store) -> None:
    await put(
        listening,
        a_capture(an_answer("mine")),
        a_capture(an_answer("another's", user="u-2")),
        a_capture(an_answer("forged", at="2026-01-01T11:00:00Z"), signed=False),
    )
    whose = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")
    page = summaries.respondent_history(listening.path, whose, includes_others=False, run=None)
    assert (page.captures, page.questions[0].entry.texts, page.secrets) == (1, ("mine",), ("production",))
    whole = summaries.respondent_history(listening.path, whose, includes_others=True, run=None)
    assert (whole.captures, whole.mix) == (2, {"valid": 1, "unsigned": 1})


def _texts(tally: SurveyCounts) -> list[str]:
    return [text.text for question in tally.questions.values() for text in question.texts]


@pytest.mark.parametrize("at_an_end", [1, 2, 5_000])
async def test_the_span_of_a_survey_is_that_of_its_captures_wherever_they_are_in_time(
    listening: Store, monkeypatch: pytest.MonkeyPatch, at_an_end: int
) -> None:
    mine, other = an_answer("a"), an_answer("b", survey="s-2")
    arrivals = [(other, 100), (mine, 300), (mine, 200), (other, 400), (mine, 250), (other, 50)]
    await put(listening, *(a_capture(body, received_ms=at) for body, at in arrivals))
    await put(listening, a_capture(mine, signed=False, received_ms=500))
    monkeypatch.setattr(summaries, "AT_AN_END", at_an_end)
    assert listening.read(lambda db: summaries.span(db, SURVEY, False)) == (200, 300)
    assert listening.read(lambda db: summaries.span(db, SURVEY, True)) == (200, 500)
    assert listening.read(lambda db: summaries.span(db, Scope(survey_id="s-3"), True)) is None


async def test_the_span_of_a_large_survey_is_found_without_reading_all_of_it(listening: Store) -> None:
    await put(listening, *(a_capture(an_answer("a", user=f"u-{n}"), received_ms=n) for n in range(1_000)))
    steps = [0]

    def look(connection: sqlite3.Connection) -> object:
        connection.set_progress_handler(lambda: steps.append(1) or 0, 1_000)  # type: ignore[func-returns-value]
        try:
            return summaries.span(connection, SURVEY, False)
        finally:
            connection.set_progress_handler(None, 0)

    assert listening.read(look) == (0, 999)
    assert sum(steps) == 0  # not a thousand instructions of SQLite
