"""A list in another order than that of arrival: each key sorts, ties are newest first, nothing comes last."""

from __future__ import annotations

import asyncio

import pytest

from inspector.base.errors import UsageError
from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import order
from inspector.store.query.order import Order, Ordered
from inspector.store.store import Store
from tests.builders import a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import followed, put


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
    monkeypatch.setattr(order, "MOST_BY_PATH", 2)
    await put(store, *(a_capture(b'{"n":1}') for _ in range(3)))
    with pytest.raises(UsageError, match="filter the list first"):
        await listed(store, Order(by="$.n", steps=("n",)))
    assert await listed(store, Order(by="$.n", steps=("n",)), "id:1..2") == [2, 1]


async def test_many_come_whole_and_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_PIECE", 7)
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
