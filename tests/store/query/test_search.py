"""A search comes in parts, newest first, and ends at once when it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import search, selection
from inspector.store.query.search import Search
from inspector.store.store import Store
from tests.builders import a_capture, an_answer
from tests.store.conftest import put
from tests.waiting import until


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(search, "FIRST", 3)
    monkeypatch.setattr(search, "MOST", 4)
    return None


async def some_captures(store: Store, count: int) -> None:
    await put(store, *(a_capture(an_answer(user=f"u-{number % 3}")) for number in range(count)))


@pytest.mark.usefixtures("_small")
async def test_every_match_comes_once_newest_first_the_first_of_them_in_a_small_part(store: Store) -> None:
    await some_captures(store, 50)
    finding = Search(store, EVERYTHING, parse("-user:u-1"))
    parts = [list(part) async for part in finding.parts()]
    assert finding.is_whole
    assert finding.newest == 50
    assert len(parts) > 5
    assert len(parts[0]) <= 3
    ids = [id_ for part in parts for id_ in part]
    assert all(newer > older for newer, older in pairwise(ids))
    everything = store.read(
        lambda connection: selection.ids(connection, EVERYTHING, parse("-user:u-1"), newest_first=True)
    )
    assert ids == list(everything)


async def test_an_empty_file_has_nothing_in_it(store: Store) -> None:
    finding = Search(store, EVERYTHING, parse("x"))
    assert [part async for part in finding.parts()] == []
    assert finding.is_whole


@pytest.mark.usefixtures("_small")
async def test_a_gap_of_a_billion_ids_is_passed_quickly(store: Store) -> None:
    await some_captures(store, 2)
    await store.write(
        lambda connection: connection.execute("UPDATE captures SET id = 1000000000 WHERE id = 2")
    )
    assert [list(part) async for part in Search(store, EVERYTHING, parse("")).parts()] == [[10**9], [1]]


@pytest.mark.usefixtures("_small")
async def test_one_that_is_stopped_between_parts_tells_no_more(store: Store) -> None:
    await some_captures(store, 20)
    finding = Search(store, EVERYTHING, parse(""))
    parts = []
    async for part in finding.parts():
        parts.append(part)
        finding.stop()
    assert len(parts) == 1
    assert not finding.is_whole


async def test_stopping_interrupts_what_runs_and_nothing_else(store: Store) -> None:
    # Ninety-nine passes over 20 MB: some seconds, were it not interrupted.
    await put(store, *(a_capture(b"x" * 200_000) for _ in range(100)))
    finding = Search(store, EVERYTHING, parse(" OR ".join(f"nowhere{number}" for number in range(99))))

    async def collect() -> int:
        return sum([len(part) async for part in finding.parts()])

    running = asyncio.create_task(collect())
    await until(lambda: finding.reads.is_busy)
    finding.stop()
    assert await running == 0
    assert not finding.is_whole
    assert sum([len(part) async for part in Search(store, EVERYTHING, parse("")).parts()]) == 100


async def test_who_breaks_off_leaves_nothing_running(store: Store) -> None:
    await some_captures(store, 5)
    parts = Search(store, EVERYTHING, parse("")).parts()
    async for _ in parts:
        break
    await parts.aclose()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "search"]
