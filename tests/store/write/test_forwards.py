"""The queue of a forward in the file: what is taken, in which order, and what a kill leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.replay import forward_rule
from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.group import follower
from inspector.store.store import Store
from inspector.store.write import attempts, deletions, deliveries, forwards, small_tables
from inspector.store.write.columns import new_capture
from inspector.store.write.deliveries import Advance, DeliveryState, Queue
from inspector.store.write.forwards import Forward
from tests.builders import a_capture, a_secret, an_answer

EVERYTHING = forward_rule.rule("")
LONG_AGO_MS, NOW_MS = 1_000_000, 1_700_000_000_000


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "captures.db")
    store.become_listener("a test")
    yield store
    await store.close(forget_deleted=False)


async def put(store: Store, capture: Capture, *, is_pending: bool = False) -> int:
    judgement = PENDING if is_pending else evaluate(capture, [a_secret()], is_secret_on_file=False)
    return await store.append(new_capture(capture, judgement))


async def a_forward(store: Store, **changes: Any) -> Forward:
    values = {"id": 0, "url": "http://localhost/", "filter": "", "is_active": True, "watermark": 0}
    return await store.write(partial(forwards.add, forward=Forward(**{**values, **changes})))


async def scan(store: Store, forward: Forward, since_ms: int = 0) -> forwards.Scan:
    found = await store.fetch(
        partial(forwards.scan, forward_id=forward.id, rule=EVERYTHING, pending_since_ms=since_ms)
    )
    await store.write(partial(forwards.take, forward_id=forward.id, found=found))
    return found


def waiting(store: Store, forward: Forward, limit: int = 100) -> list[int]:
    rows = store.read(partial(forwards.waiting, forward_id=forward.id, limit=limit))
    return [row.capture_id for row in rows]


def an_attempt(capture_id: int, forward_id: int, status: int = 200) -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=capture_id,
        target="http://localhost/",
        started_ms=NOW_MS,
        status=status,
        elapsed_ms=1.0,
        outcome="ok" if status == 200 else "http-error",
        error=None,
        signature="original",
        edited=False,
        forward_id=forward_id,
    )
    return AttemptDetail(row=row, response_headers=(), response_body=b"", is_response_cut=False)


async def test_it_takes_what_arrived_since_and_is_asked_of_each_once(store: Store) -> None:
    await put(store, a_capture(an_answer("before")))
    forward = await a_forward(store)
    ids = [await put(store, a_capture(an_answer(str(n)))) for n in range(3)]
    assert (await scan(store, forward)).taken == tuple(ids)
    assert (await scan(store, forward)).taken == ()
    assert waiting(store, forward) == ids


async def test_what_is_not_whole_or_did_not_arrive_is_never_taken_whatever_the_rule(store: Store) -> None:
    forward = await a_forward(store)
    await put(store, a_capture(kind="imported"))
    await put(store, a_capture(b"half", kind="cut"))
    await put(store, a_capture(b"junk", kind="refused"))
    rule = forward_rule.rule("(kind:captured OR -kind:captured) -verdict:invalid")
    found = await store.fetch(partial(forwards.scan, forward_id=forward.id, rule=rule, pending_since_ms=0))
    assert (found.last, found.taken) == (3, ())


async def test_a_capture_that_is_still_to_be_judged_keeps_later_ones_back(store: Store) -> None:
    forward = await a_forward(store)
    first = await put(store, a_capture(an_answer("1")))
    pending = await put(store, a_capture(an_answer("2")), is_pending=True)
    last = await put(store, a_capture(an_answer("3")))
    assert (await scan(store, forward, LONG_AGO_MS)).taken == (first,)
    judgement = evaluate(a_capture(an_answer("2")), [a_secret()], is_secret_on_file=False)
    await store.write(lambda connection: follower.reevaluate(connection, [(pending, judgement)]))
    assert (await scan(store, forward, LONG_AGO_MS)).taken == (pending, last)


async def test_one_that_was_not_judged_for_long_is_passed_over_and_taken_later(store: Store) -> None:
    forward = await a_forward(store)
    pending = await put(store, a_capture(an_answer("1")), is_pending=True)
    last = await put(store, a_capture(an_answer("2")))
    found = await scan(store, forward, NOW_MS + 1)
    assert (found.taken, found.unjudged) == ((last,), (pending,))
    assert waiting(store, forward) == [last]
    judgement = evaluate(a_capture(an_answer("1")), [a_secret()], is_secret_on_file=False)
    await store.write(lambda connection: follower.reevaluate(connection, [(pending, judgement)]))
    assert (await scan(store, forward, NOW_MS + 1)).taken == (pending,)
    assert waiting(store, forward) == [pending, last]


@pytest.mark.parametrize(
    ("changes", "had_secret", "waits"),
    [
        ({}, True, True),
        ({"signed": False}, True, False),
        ({"signed": False}, False, True),
        ({"signed": False, "headers": ((b"ORIGIN", b"https://a.example"),)}, False, False),
    ],
)
async def test_nothing_waits_for_a_capture_that_can_never_be_trusted(
    store: Store, changes: dict[str, Any], had_secret: bool, waits: bool
) -> None:
    forward = await a_forward(store)
    if had_secret:
        await store.write(small_tables.note_secret)
    pending = await put(store, a_capture(an_answer("1"), **changes), is_pending=True)
    last = await put(store, a_capture(an_answer("2")))
    look = partial(forwards.scan, forward_id=forward.id, rule=EVERYTHING, pending_since_ms=LONG_AGO_MS)
    found = await store.fetch(partial(look, is_for_trusted=True))
    assert (found.taken, found.unjudged) == (() if waits else (last,), ())
    found = await store.fetch(look)
    assert found.taken == (), "a rule that takes untrusted captures, too, keeps their order"
    assert found.last == pending - 1


async def test_one_that_turns_out_not_to_be_trusted_is_forgotten(store: Store) -> None:
    forward = await a_forward(store)
    forged = a_capture(an_answer("1"), signed=False)
    pending = await put(store, forged, is_pending=True)
    await scan(store, forward, NOW_MS + 1)
    judgement = evaluate(forged, [a_secret()], is_secret_on_file=False)
    await store.write(lambda connection: follower.reevaluate(connection, [(pending, judgement)]))
    found = await scan(store, forward)
    assert (found.taken, found.settled) == ((), (pending,))
    assert (await scan(store, forward)).settled == ()


async def test_what_was_under_way_is_known_after_a_kill_and_waits_again(store: Store) -> None:
    forward = await a_forward(store)
    ids = [await put(store, a_capture(an_answer(str(n)))) for n in range(2)]
    await scan(store, forward)
    own = Queue(forward_id=forward.id)
    claimed = [Advance(ids[0], DeliveryState.STARTED, tries=2)]
    await store.write(partial(deliveries.advance, queue=own, changes=claimed))
    assert waiting(store, forward) == ids[1:]
    assert store.read(partial(deliveries.started, queue=own)) == [(ids[0], ids[0], None, 2)]
    await store.write(partial(forwards.recover, queue=own, started=[(ids[0], 2)]))
    assert waiting(store, forward) == ids
    first = store.read(partial(forwards.waiting, forward_id=forward.id, limit=1))[0]
    assert (first.tries, first.respondent) == (3, (0, "s-1", "g-1", "u-1"))


async def test_what_was_delivered_is_gone_and_what_failed_is_caught_up_with(store: Store) -> None:
    forward = await a_forward(store)
    ids = [await put(store, a_capture(an_answer(str(n)))) for n in range(3)]
    await scan(store, forward)
    own = Queue(forward_id=forward.id)

    def end(connection: sqlite3.Connection) -> tuple[set[int], set[int]]:
        attempts.insert(connection, [an_attempt(ids[0], forward.id)])
        changes = [
            Advance(ids[1], DeliveryState.FAILED, tries=8),
            Advance(ids[2], DeliveryState.WAITING, tries=1, next_ms=9),
            Advance(999, DeliveryState.FAILED),
        ]
        return deliveries.remove(connection, own, [ids[0], 998]), deliveries.advance(connection, own, changes)

    assert await store.write(end) == ({ids[0]}, set(ids[1:])), "and not those that are not there"
    assert waiting(store, forward) == [ids[2]]
    assert store.read(partial(forwards.counts, forward_id=forward.id)) == (1, 1)
    missed = store.read(partial(forwards.missed, forward=forward, rule=EVERYTHING))
    assert missed == (ids[1],)
    await store.write(partial(forwards.queue_again, forward_id=forward.id, ids=missed))
    assert waiting(store, forward) == ids[1:]
    assert store.read(partial(forwards.counts, forward_id=forward.id)) == (2, 0)


async def test_a_captures_success_at_another_target_is_no_delivery_here(store: Store) -> None:
    forward, other = await a_forward(store), await a_forward(store)
    capture_id = await put(store, a_capture(an_answer("1")))
    await scan(store, forward)
    own = Queue(forward_id=forward.id)
    await store.write(partial(deliveries.remove, queue=own, positions=[capture_id]))
    await store.write(partial(attempts.insert, attempts=[an_attempt(capture_id, other.id)]))
    missed = partial(forwards.missed, rule=EVERYTHING)
    assert store.read(partial(missed, forward=forward)) == (capture_id,)


async def test_what_was_cleared_is_not_taken(store: Store) -> None:
    forward = await a_forward(store)
    capture_id = await put(store, a_capture())
    await _clear(store, capture_id)
    assert (await scan(store, forward)).taken == ()


async def test_what_is_cleared_before_it_is_judged_is_asked_about_once_it_is_given_back(store: Store) -> None:
    forward = await a_forward(store)
    pending = await put(store, a_capture(an_answer("1")), is_pending=True)
    await scan(store, forward, NOW_MS + 1)
    await _clear(store, pending)
    assert (await scan(store, forward)).settled == ()
    await store.write(partial(deletions.restore, deletion=1))
    judgement = evaluate(a_capture(an_answer("1")), [a_secret()], is_secret_on_file=False)
    await store.write(lambda connection: follower.reevaluate(connection, [(pending, judgement)]))
    assert (await scan(store, forward)).taken == (pending,)


async def test_removing_a_forward_leaves_the_others_queue(store: Store) -> None:
    forward, other = await a_forward(store), await a_forward(store)
    capture_id = await put(store, a_capture())
    await scan(store, forward)
    await scan(store, other)
    await store.write(partial(forwards.remove, forward_id=forward.id))
    assert [one.id for one in store.read(forwards.all_of)] == [other.id]
    assert (waiting(store, forward), waiting(store, other)) == ([], [capture_id])


async def test_the_first_of_a_million_that_wait_are_found_by_an_index(store: Store) -> None:
    def plan(connection: sqlite3.Connection) -> str:
        rows = connection.execute(
            "EXPLAIN QUERY PLAN SELECT capture_id FROM deliveries q"
            " WHERE q.forward_id > 0 AND q.forward_id = ? AND q.state = 0 ORDER BY q.position LIMIT 9",
            (1,),
        )
        return " ".join(row[3] for row in rows)

    assert "deliveries_of_forwards" in store.read(plan)
    assert "TEMP B-TREE" not in store.read(plan)


async def _clear(store: Store, capture_id: int) -> None:
    deletion = await store.write(partial(deletions.begin, now_ms=NOW_MS, owner="a test"))
    await store.write(partial(deletions.hide, deletion=deletion, ids=[capture_id]))
