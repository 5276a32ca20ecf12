"""Threads of a list: which captures belong together, in which order, and what their row shows."""

from __future__ import annotations

import pytest

from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import threads
from inspector.store.query.threads import ThreadIds, ThreadSearch
from inspector.store.store import Store
from inspector.store.write import marks
from tests.builders import a_capture, an_answer
from tests.store.conftest import followed, put


async def fill(store: Store) -> None:
    for user in ("a", "b", "a", None, "b", "a", None):
        await put(store, a_capture(an_answer(user=user)))
    await put(store, a_capture(b'{"ping": true}'), a_capture(an_answer(user="a", group="g-2")))
    await put(store, a_capture(an_answer(user="b"), kind="sample"))


def folded(found: ThreadIds | None) -> list[list[int]]:
    assert found is not None
    members = [
        sorted(found.ids[start : start + count], reverse=True)
        for start, count in zip(found.starts, found.counts, strict=True)
    ]
    assert [one[0] for one in members] == list(found.newest)
    return members


async def test_a_thread_is_a_respondent_of_one_group_and_what_has_none_is_its_own(store: Store) -> None:
    await fill(store)
    search = ThreadSearch(store, EVERYTHING, parse(""))
    wanted = [[10], [9], [8], [7], [6, 3, 1], [5, 2], [4]]
    assert folded(await search.first()) == wanted
    assert folded(await search.whole()) == wanted
    assert (search.newest, search.is_whole) == (10, True)


async def test_only_captures_that_match_are_in_a_thread(store: Store) -> None:
    await fill(store)
    search = ThreadSearch(store, EVERYTHING, parse("id:1..5 user:a OR id:2"))
    await search.first()
    assert folded(await search.whole()) == [[3, 1], [2]]


async def test_the_first_threads_are_found_among_the_newest_captures(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_FIRST_SPAN", 2)
    monkeypatch.setattr(threads, "_WIDER", 2)
    await fill(store)
    search = ThreadSearch(store, EVERYTHING, parse(""))
    assert folded(await search.first()) == [[10], [9]]
    assert len(folded(await search.whole())) == 7
    rare = ThreadSearch(store, EVERYTHING, parse("id:3"))
    assert folded(await rare.first()) == [[3]]
    assert folded(await rare.whole()) == [[3]]


async def test_an_empty_file_has_no_threads(store: Store) -> None:
    search = ThreadSearch(store, EVERYTHING, parse(""))
    assert folded(await search.first()) == []
    assert folded(await search.whole()) == []


async def test_a_stopped_search_finds_nothing(store: Store) -> None:
    await fill(store)
    search = ThreadSearch(store, EVERYTHING, parse(""))
    search.stop()
    assert await search.first() is None
    assert await search.whole() is None
    assert not search.is_whole


async def test_the_previous_capture_is_of_the_same_respondent_and_matches(store: Store) -> None:
    await fill(store)

    def read(text: str, *ids: int) -> dict[int, int | None]:
        return store.read(lambda connection: threads.previous(connection, ids, EVERYTHING, parse(text)))

    assert read("", 6, 5, 2, 7, 8, 9, 10) == {6: 3, 5: 2, 2: None, 9: None, 10: None}
    assert read("-id:3", 6) == {6: 1}


async def test_the_row_of_a_thread_has_the_worst_verdict_and_all_tags(store: Store) -> None:
    for kind in ("captured", "imported", "sample"):
        await put(store, a_capture(an_answer(user="a"), kind=kind))
    await store.write(
        lambda connection: connection.execute("UPDATE captures SET verdict = 'invalid' WHERE id = 2")
    )
    await store.write(lambda connection: marks.put_note(connection, capture_id=1, text="Look"))
    rows = store.read(lambda connection: threads.thread_rows(connection, {2: [2, 1], 3: [3]}))
    assert (rows[2].shown, rows[2].is_examined, rows[2].has_note) == ("invalid", False, True)
    assert set(rows[2].kinds) == {"captured", "imported"}
    assert (rows[3].kinds, rows[3].is_examined, rows[3].has_note) == (("sample",), True, False)
    assert rows[3].shown != "invalid"


async def test_the_row_of_a_thread_has_the_findings_across_its_captures(store: Store) -> None:
    store.become_listener("test")
    await put(store, a_capture(an_answer("1", user="a")), a_capture(an_answer("2", user="a")))
    await followed(store)
    rows = store.read(lambda connection: threads.thread_rows(connection, {2: [2, 1]}))
    assert rows[2].marks == ("answer-changed",)
