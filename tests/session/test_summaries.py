"""Summaries are counted in the worker, told as they come, and given up when nobody waits."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import aclosing

import pytest

from inspector.base.errors import BusyError
from inspector.domain.query.scope import Scope
from inspector.session import summaries
from inspector.session.session import Session
from inspector.session.summaries import Summary
from inspector.store.group import summaries as stored
from tests.builders import a_completion, an_answer, signature
from tests.session.conftest import Start, post
from tests.waiting import until

SURVEY = Scope(part="surveys", survey_id="s-1")


async def deliver(session: Session, *bodies: bytes) -> None:
    """Send signed bodies to the listener, and wait until groups know them."""
    assert session.ingest.url is not None
    for body in bodies:
        assert await post(session.ingest.url, body, (b"x-webhook-signature", signature(body))) == 200
    await until(lambda: not session.groups.behind)


async def told(session: Session, scope: Scope = SURVEY, **how: object) -> list[Summary]:
    return [summary async for summary in session.summaries.counted(scope, **how)]  # type: ignore[arg-type]


async def test_a_survey_is_counted_whole(start: Start) -> None:
    session = await start()
    bodies = [a_completion("fine", user=f"u-{number}", name="Onboarding") for number in range(5)]
    await deliver(session, *bodies, an_answer("half", user="u-9"))
    *_, last = await told(session)
    assert last.is_whole
    assert (last.head.name, last.total, last.tally.captures) == ("Onboarding", 6, 6)
    assert last.tally.runs == {"complete": 5, "partial": 1}
    assert sum(last.tally.done_by_time) == 5


async def test_a_survey_that_nobody_knows_is_empty(start: Start) -> None:
    session = await start()
    *_, last = await told(session, Scope(part="surveys", survey_id="nobody"))
    assert (last.is_whole, last.tally.captures) == (True, 0)


async def test_what_there_is_so_far_is_told_while_it_is_counted(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start()
    await deliver(session, *[a_completion("fine", user=f"u-{number}") for number in range(3)])
    monkeypatch.setattr(summaries, "TOLD_S", 0.0)
    parts = await told(session)
    assert [part.is_whole for part in parts][-1]
    assert len(parts) == 2  # those with a user, then those without


async def test_who_stops_looking_ends_the_counting_and_the_worker_lives(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start()
    await deliver(session, a_completion("fine"))
    monkeypatch.setattr(summaries, "TOLD_S", 0.0)
    async with aclosing(session.summaries.counted(SURVEY)) as parts:
        async for part in parts:
            assert not part.is_whole
            break
    assert (await told(session))[-1].tally.captures == 1


async def test_the_loop_goes_on_while_a_survey_is_counted(start: Start) -> None:
    session = await start()
    await deliver(session, *[a_completion("fine", user=f"u-{number}") for number in range(50)])
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    await told(session)
    turning.cancel()
    assert turns > 100


async def test_a_respondents_story(start: Start) -> None:
    session = await start()
    await deliver(session, an_answer("8"), a_completion("9"))
    whose = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")
    page = await session.summaries.story(whose)
    assert (page.mark, len(page.conflicts)) == ("complete", 1)


@pytest.mark.parametrize("is_late", [False, True])
async def test_of_an_answer_that_was_emptied_later_tree_and_pages_say_the_same(
    start: Start, is_late: bool
) -> None:
    """Opened is who sent only empty responses, in whatever order they arrive."""
    session = await start()
    bodies = [an_answer("8", at="2026-01-01T10:00:00Z"), an_answer("", at="2026-01-01T10:00:09Z")]
    await deliver(session, *(reversed(bodies) if is_late else bodies), an_answer(None, user="u-2"))
    rows = session.groups.respondents("s-1", "g-1").rows
    assert {row.user_id: (row.mark, row.answers) for row in rows} == {
        "u-1": ("partial", 0),
        "u-2": ("opened", 0),
    }
    for row in rows:
        whose = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id=row.user_id)
        page = await session.summaries.story(whose)
        assert (page.mark, page.answered, len(page.questions)) == (row.mark, row.answers, 1)
    assert (await told(session))[-1].tally.runs == {"partial": 1, "opened": 1}


async def test_a_damaged_file_is_told_in_words(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await start()
    monkeypatch.setattr(stored, "tally_part", _damaged)
    with pytest.raises(BusyError, match="damaged"):
        await told(session)


def _damaged(*_: object, **__: object) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = 11
    error.sqlite_errorname = "SQLITE_CORRUPT"
    raise error
