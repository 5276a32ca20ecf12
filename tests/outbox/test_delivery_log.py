"""Storing deliveries: in groups, in order, and with a bound on what is only in memory."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import partial

import pytest

from inspector.base.errors import BusyError
from inspector.outbox.delivery import Delivery, Kept
from inspector.outbox.delivery_log import MAX_UNSTORED_BYTES, DeliveryLog
from inspector.session.session import Session
from inspector.store.write import deliveries, plans
from inspector.store.write.deliveries import DeliveryState, Queue
from tests.builders import a_delivered_attempt
from tests.session.conftest import Start
from tests.session.test_plans import put_numbered
from tests.session.test_replays import fill_the_disk


async def a_log(session: Session, count: int) -> tuple[DeliveryLog, list[Delivery], list[Kept]]:
    """The log of a plan with a waiting delivery of each of the first captures."""
    queued = [Delivery(position=n, capture_id=n + 1) for n in range(count)]
    first = [(one.position, one.capture_id, None, None, DeliveryState.WAITING) for one in queued]
    made = partial(plans.insert, made_ms=0, url="http://127.0.0.1:1/", options={}, state="running")
    plan_id = await session.store.write(partial(made, owner="nobody", total=count, first=first))
    kept: list[Kept] = []
    return DeliveryLog(session.store, Queue(plan_id=plan_id), kept.extend), queued, kept


def end(log: DeliveryLog, delivery: Delivery, body: bytes = b"ok") -> None:
    log.add(delivery, delivery.advance(DeliveryState.DONE), a_delivered_attempt(delivery.capture_id, body))


def states(session: Session, of: Sequence[DeliveryState]) -> list[int]:
    queue = Queue(plan_id=1)
    return [session.store.read(partial(deliveries.count, queue=queue, state=state)) for state in of]


async def test_sending_waits_while_responses_fill_the_memory(start: Start) -> None:
    session = await start(listening=False)
    body = b"-" * 1_000_000
    many = MAX_UNSTORED_BYTES // len(body) + 1
    await put_numbered(session, many + 1)
    log, queued, kept = await a_log(session, many + 1)
    may_write = threading.Event()
    blocked = asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(10)))
    for delivery in queued[:many]:
        assert not log.is_full
        end(log, delivery, body)
    assert log.is_full
    waiting = asyncio.ensure_future(log.room())
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    may_write.set()
    await waiting
    end(log, queued[many], body)
    await log.finish("done")
    assert await blocked
    assert [one.row.capture_id for one in kept if one.row is not None] == list(range(1, many + 2))
    assert len({one.row.id for one in kept if one.row is not None}) == many + 1


async def test_a_claim_returns_once_it_is_in_the_file(start: Start) -> None:
    session = await start(listening=False)
    log, queued, kept = await a_log(session, 3)
    await log.claim(queued[:2])
    assert states(session, [DeliveryState.WAITING, DeliveryState.STARTED]) == [1, 2]
    assert not kept
    await log.finish("stopped")


async def test_what_was_claimed_and_did_not_leave_waits_again_at_the_end(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 3)
    log, queued, _ = await a_log(session, 3)
    await log.claim(queued)
    end(log, queued[0])
    await log.finish("stopped")
    assert states(session, [DeliveryState.WAITING, DeliveryState.STARTED, DeliveryState.DONE]) == [2, 0, 1]
    plan = session.store.read(partial(plans.read, plan_id=1))
    assert (plan.state, plan.owner) == ("stopped", None)


async def test_if_nothing_can_be_stored_nothing_is_claimed_and_only_the_end_tries_again(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 2)
    log, queued, kept = await a_log(session, 2)
    await log.claim(queued[:1])
    await session.store.write(fill_the_disk)
    end(log, queued[0], b"-" * 1_000_000)
    with pytest.raises(BusyError, match="Free some space"):
        await log.claim(queued[1:])
    with pytest.raises(BusyError, match="Free some space"):
        await log.settle()
    assert not kept
    await log.finish("stopped")
    assert [one.row.capture_id for one in kept if one.row is not None] == [1]
    assert len((await session.captures.detail(1)).attempts) == 1


async def test_the_delivery_of_a_capture_that_was_removed_meanwhile_is_told_from_others(start: Start) -> None:
    session = await start(listening=False)
    await put_numbered(session, 2)
    log, queued, kept = await a_log(session, 1)
    gone = Delivery(position=7, capture_id=2)
    log.add(gone, gone.advance(DeliveryState.DONE))
    end(log, queued[0])
    await log.finish("done")
    assert [one.was_queued for one in kept] == [False, True]
