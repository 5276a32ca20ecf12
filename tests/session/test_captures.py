"""Lists, one capture whole, and clearing with its undo."""

from __future__ import annotations

import asyncio
import io
import sqlite3

import pytest

from inspector.base.errors import BusyError, NotFound
from inspector.domain.query import QueryError
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.session import captures
from inspector.session.session import Session
from inspector.store.file import database
from inspector.store.query.rows import rows
from inspector.store.write import inboxes
from tests.builders import COMPLETION, a_capture, a_completion, an_answer
from tests.session.conftest import Seen, Start, post
from tests.session.test_replays import put
from tests.store.conftest import put as put_into
from tests.waiting import until


async def ids(session: object, scope: Scope = EVERYTHING, text: str = "") -> list[int]:
    found = await session.captures.ids(scope, text)  # type: ignore[attr-defined]
    assert found is not None
    return list(found)


async def test_a_query_and_a_scope_choose_captures_newest_first(start: Start) -> None:
    session = await start()
    await put(session, an_answer("Tasty", user="u-1"), a_completion("No", user="u-2"), b"plain text")
    await put(session, an_answer("Tasty", user="u-1"), kind="sample")
    assert await ids(session) == [4, 3, 2, 1]
    assert await ids(session, text="tasty") == [4, 1]
    assert await ids(session, text="event:response_group OR plain") == [3, 2]
    assert await ids(session, text="-user:u-* verdict:valid") == [3]
    assert await ids(session, Scope(part="samples")) == [4]
    assert await ids(session, Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")) == [1]
    assert await ids(session, Scope(part="no-survey")) == [3]
    assert session.captures.matching([1, 3, 4], EVERYTHING, "tasty") == {1, 4}
    assert session.captures.newest(EVERYTHING, 2) == [4, 3]


async def test_a_word_is_found_in_any_case_and_however_json_spells_it(start: Start) -> None:
    session = await start(listening=False)
    await put(
        session, an_answer("Größe"), an_answer("x").replace(b'"x"', rb'"gr\u00f6\u00dfe"'), an_answer("100%_")
    )
    assert await ids(session, text="größe") == [2, 1]
    assert await ids(session, text="%_") == [3]


async def test_a_mistake_in_a_query_is_told_with_its_place(start: Start) -> None:
    session = await start(listening=False)
    with pytest.raises(QueryError) as told:
        await session.captures.ids(EVERYTHING, "fine (verdict:wrong")
    assert told.value.position >= 5


async def test_one_capture_comes_whole_with_why_its_signature_is_what_it_is(start: Start) -> None:
    session = await start()
    [first] = await put(session, COMPLETION)
    detail = await session.captures.detail(first)
    assert detail.capture.body == COMPLETION
    explanation = await session.diagnoses.explain(first)
    assert explanation.verdict.word == "valid"
    assert explanation.expected is not None
    assert explanation.received == explanation.expected.raw.encode()
    with pytest.raises(NotFound):
        await session.captures.detail(99)


async def test_clearing_hides_what_was_chosen_and_undo_gives_it_back(start: Start) -> None:
    session = await start()
    await put(session, an_answer("a", user="u-1"), an_answer("b", user="u-2"))
    deletion = await session.captures.clear(EVERYTHING, "user:u-1")
    assert deletion.count == 1
    assert await ids(session) == [2]
    await session.captures.undo(deletion)
    assert await ids(session) == [2, 1]


async def test_many_are_cleared_and_given_back_in_bulk_and_groups_follow(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captures, "FEW", 3)
    session = await start()
    await put(session, *(an_answer(f"answer {n}", user=f"u-{n % 3}") for n in range(12)))
    assert (await session.captures.clear(EVERYTHING, "user:u-1")).count == 4
    deletion = await session.captures.clear()
    assert deletion.count == 8
    assert await ids(session) == []
    assert session.captures.figures().total == 0
    await counted(session)
    assert session.groups.surveys().rows == ()
    await session.captures.undo(deletion)
    assert len(await ids(session)) == 8
    await counted(session)
    [survey] = session.groups.surveys().rows
    assert (survey.captures, survey.users) == (8, 2)


async def under_way(session: Session) -> asyncio.Task[captures.Deletion]:
    """A clearing of everything that has hidden some; its next part begins no sooner than the test waits."""
    clearing = asyncio.create_task(session.captures.clear())
    await until(lambda: living(session) != PLENTY)
    assert living(session) > PLENTY / 2, "there is more than its next part"
    return clearing


def living(session: Session) -> int:
    query = "SELECT count(*) FROM captures WHERE deletion IS NULL"
    return int(session.store.read(lambda connection: connection.execute(query).fetchone()[0]))


PLENTY = 1_000
"""Captures that are cleared in several parts."""


@pytest.mark.parametrize(("few", "last"), [(PLENTY, PLENTY), (3, 1)])
async def test_what_is_pinned_while_a_clearing_runs_stays(
    start: Start, monkeypatch: pytest.MonkeyPatch, few: int, last: int
) -> None:
    monkeypatch.setattr(captures, "FEW", few)
    session = await start(listening=False)
    await put(session, *(an_answer(f"answer {n}") for n in range(PLENTY)))
    clearing = await under_way(session)
    assert await session.captures.pin([last]) == 1
    deletion = await clearing
    assert (deletion.count, deletion.pinned) == (PLENTY - 1, 1)
    assert await ids(session) == [last]
    await session.close()
    assert await ids(await start(listening=False)) == [last]


async def test_a_clearing_that_cannot_go_on_tells_so_and_can_be_undone_once_it_can(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    session = await start(listening=False)
    await put(session, *(an_answer(f"answer {n}") for n in range(PLENTY)))
    clearing = await under_way(session)
    other = sqlite3.connect(session.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="cleared before that can be restored"):
        await clearing
    [deletion] = session.captures.deletions
    assert deletion.count == PLENTY - living(session)
    with pytest.raises(BusyError):
        await session.captures.undo(deletion)
    other.execute("ROLLBACK")
    other.close()
    assert session.captures.deletions == (deletion,)
    assert await session.captures.undo(deletion) == deletion.count
    assert len(await ids(session)) == PLENTY
    assert session.captures.deletions == ()


async def counted(session: Session) -> None:
    await until(lambda: not session.groups.behind)


async def test_rows_of_what_just_arrived_are_those_of_the_list_also_once_it_was_cleared(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    assert session.ingest.url is not None
    for body in (COMPLETION, an_answer("a"), b"no json"):
        await post(session.ingest.url, body)
    await until(lambda: len(seen.captured) == 3)
    latest = session.captures.rows([1, 2, 3, 99])
    assert latest == session.store.read(lambda connection: rows(connection, [1, 2, 3]))
    assert len(latest) == 3
    await session.captures.clear(EVERYTHING, "json")
    assert set(session.captures.rows([1, 2, 3])) == {1, 2}


async def test_what_was_cleared_is_overwritten_in_the_file_once_the_program_has_ended(start: Start) -> None:
    session = await start()
    await put(session, an_answer("an answer nobody should find again"))
    await session.captures.clear()
    await session.close()
    for file in session.database.parent.iterdir():
        assert b"nobody should find" not in file.read_bytes(), file.name
    second = await start()
    assert await ids(second) == []


async def test_a_survey_keeps_its_last_known_name_without_its_completions(start: Start) -> None:
    session = await start()

    def names() -> list[str | None]:
        return [row.name for row in session.groups.surveys().rows]

    await put(session, an_answer(), a_completion(name="NPS"), a_completion(name="NPS 2", user="u-2"))
    await until(names, lambda found: found == ["NPS 2"])
    await session.captures.clear(text="id:3")
    assert names() == ["NPS"]
    cleared = await session.captures.clear(text="event:response_group")
    assert names() == ["NPS"]
    assert [row.survey_name for row in session.captures.rows([1]).values()] == ["NPS"]
    await session.captures.undo(cleared)
    await session.captures.clear(text="event:response_group")
    await session.maintenance.delete_for_good()
    await session.close()
    session = await start()
    assert names() == ["NPS"]
    await put(session, a_completion(name="Renamed"))
    await until(names, lambda found: found == ["Renamed"])
    await session.maintenance.remove([4])
    assert names() == ["Renamed"]
    await session.maintenance.remove([1])
    assert names() == [], "nothing of the survey is left"


async def some(start: Start, count: int = 3) -> Session:
    session = await start(listening=False)
    await put_into(session.store, *(a_capture(b"x" * number) for number in range(1, count + 1)))
    return session


async def test_a_row_bears_what_its_capture_is_marked_with_and_is_told_of(start: Start) -> None:
    session = await some(start)
    told: list[tuple[int, ...]] = []
    session.captures.judged.connect(told.append)
    await session.captures.pin([2])
    await session.captures.put_color([3, 2], "teal")
    await session.captures.put_note(2, "look")
    assert told == [(2,), (2, 3), (2,)]
    row = session.captures.rows([2])[2]
    assert (row.is_pinned, row.color, row.note) == (True, "teal", "look")
    assert not session.captures.rows([1])[1].is_pinned


async def test_a_colour_is_counted_where_it_changes_and_can_be_taken(start: Start) -> None:
    session = await some(start)
    assert await session.captures.put_color([1, 2], "pink") == 2
    assert await session.captures.put_color([1, 2, 3], "pink") == 1
    assert await session.captures.put_color([1], None) == 1
    assert await session.captures.put_color([1], None) == 0
    left = session.store.read(
        lambda connection: connection.execute("SELECT capture_id FROM marks").fetchall()
    )
    assert left == [(2,), (3,)]
    with pytest.raises(NotFound):
        await session.captures.put_color([1, 99], "pink")
    assert session.captures.rows([1])[1].color is None


async def test_clearing_leaves_what_is_pinned_and_tells_how_many(start: Start) -> None:
    session = await some(start)
    await session.captures.pin([2])
    deletion = await session.captures.clear()
    assert (deletion.count, deletion.pinned) == (2, 1)
    assert await ids(session) == [2]
    await session.captures.undo(deletion)
    assert await ids(session) == [3, 2, 1]
    assert (await session.captures.delete([2])).count == 0


async def test_marks_go_out_and_come_in_again(start: Start) -> None:
    session = await some(start, 1)
    await session.captures.pin([1])
    await session.captures.put_color([1], "brown")
    lines = [line async for part in session.import_export.exported([1]) for line in part.lines]
    await session.captures.pin([1], is_pinned=False)
    await session.maintenance.remove([1])  # else what comes in is a duplicate of it
    await session.import_export.take(io.BytesIO("\n".join(lines).encode()))
    row = session.captures.rows([2])[2]
    assert (row.is_pinned, row.color) == (True, "brown")


async def offers(session: Session, text: str) -> list[tuple[str, str]]:
    found = await session.captures.suggestions(text, len(text))
    return [] if found is None else [(offer.text, offer.help) for offer in found[1]]


async def test_surveys_by_name_and_other_values_by_how_they_begin(start: Start) -> None:
    session = await start(secret=None)  # so that what arrives is trusted, and names its survey
    seen = Seen(session)
    assert session.ingest.url is not None
    bodies = (
        a_completion(survey="s-1", name="Continuous NPS", user="ann"),
        an_answer(survey="s-2", user="Anton (2)", group="g-2"),
        an_answer(survey="s-1", user="bob"),
    )
    for body in bodies:
        await post(session.ingest.url, body)
    await until(lambda: len(seen.captured) == 3)
    await until(lambda: not session.groups.behind)
    assert await offers(session, "survey:nps") == [('"Continuous NPS"', "s-1")]
    assert set(await offers(session, "survey:S-")) == {("s-2", ""), ('"Continuous NPS"', "s-1")}
    assert await offers(session, "x -user:an") == [('"Anton (2)"', ""), ("ann", "")]
    assert await offers(session, "group:") == [("g-1", ""), ("g-2", "")]
    assert await offers(session, "platform:") == [("android", ""), ("link", "")]
    assert await offers(session, "trigger:h") == [("home", "")]
    received = [(1, inboxes.Origin(7, 1, "eu-1")), (3, inboxes.Origin(7, 2, "us-1"))]
    assert not await session.store.write(lambda connection: inboxes.put(connection, received))
    assert await offers(session, "edge:") == [("us-1", ""), ("eu-1", "")]
    assert await offers(session, "edge:e") == [("eu-1", "")]
    assert await offers(session, "user:%") == []
    assert await offers(session, '"user:') == []
    await session.captures.clear(text="user:bob")
    assert await offers(session, "user:b") == []
