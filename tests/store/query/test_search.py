"""A search comes in parts, newest first, and ends at once when it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from inspector.base.errors import UsageError
from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import search, selection
from inspector.store.query.search import Order, Ordered, Search
from inspector.store.store import Store
from tests.builders import a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import followed, put
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


async def listed(store: Store, order: Order, text: str = "") -> list[int]:
    asked = Ordered(store, EVERYTHING, parse(text), order)
    first, whole = await asked.first(), await asked.whole()
    assert first is not None
    assert whole is not None
    assert list(whole[: len(first)]) == list(first)
    return list(whole)


async def test_by_size_the_largest_come_first_and_ties_are_newest_first(store: Store) -> None:
    await put(store, *(a_capture(b"x" * size) for size in (5, 9, 5, 1)))
    assert await listed(store, Order(by="size")) == [2, 3, 1, 4]
    assert await listed(store, Order(by="size", is_descending=False)) == [4, 3, 1, 2]


async def test_by_time_ascending_the_oldest_come_first(store: Store) -> None:
    await put(store, *(a_capture(b"x") for _ in range(3)))
    assert await listed(store, Order(is_descending=False)) == [1, 2, 3]


async def test_by_verdict_the_worst_come_first(store: Store) -> None:
    body = an_answer()
    await put(
        store,
        a_capture(body),
        a_capture(body, signed=False, headers=((b"x-webhook-signature", b"0" * 64),)),
        a_capture(body, signed=False),
        secrets=(a_secret(),),
    )
    assert await listed(store, Order(by="verdict", is_descending=False)) == [2, 3, 1]


async def test_by_survey_its_name_counts_and_what_has_none_comes_last(store: Store) -> None:
    await put(
        store,
        a_capture(a_completion(survey="s-1", name="Beta")),
        a_capture(b"{}"),
        a_capture(a_completion(survey="s-2", name="alpha")),
    )
    store.become_listener("test")
    await followed(store)
    assert await listed(store, Order(by="survey", is_descending=False)) == [3, 1, 2]
    assert await listed(store, Order(by="survey")) == [1, 3, 2]


async def test_by_a_value_in_the_body_numbers_sort_as_numbers(store: Store) -> None:
    bodies = (b'{"n":10}', b'{"n":9}', b'{"n":"a"}', b"no JSON", b'{"n":{}}')
    await put(store, *(a_capture(body) for body in bodies))
    assert await listed(store, Order(by="$.n", steps=("n",), is_descending=False)) == [2, 1, 3, 5, 4]


async def test_too_many_are_not_put_in_the_order_of_a_value_in_the_body(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_BY_PATH", 2)
    await put(store, *(a_capture(b'{"n":1}') for _ in range(3)))
    with pytest.raises(UsageError, match="Filter the list first"):
        await listed(store, Order(by="$.n", steps=("n",)))
    assert await listed(store, Order(by="$.n", steps=("n",)), "id:1..2") == [2, 1]


async def test_many_come_whole_and_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_PIECE", 7)
    await put(store, *(a_capture(b"x" * (number % 7)) for number in range(40)))
    ids = await listed(store, Order(by="size"))
    assert sorted(ids) == list(range(1, 41))
    assert ids == sorted(ids, key=lambda one: (-((one - 1) % 7), -one))


async def test_one_that_is_stopped_finds_nothing(store: Store) -> None:
    await put(store, *(a_capture(b"x") for _ in range(3)))
    asked = Ordered(store, EVERYTHING, parse(""), Order(by="size"))
    running = asyncio.create_task(asked.first())
    await asyncio.sleep(0)
    asked.stop()
    await running
    assert await asked.whole() is None
