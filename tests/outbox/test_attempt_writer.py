"""Keeping attempts: in groups, in order, and with a bound on what is in memory alone."""

from __future__ import annotations

import asyncio
import threading

from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.outbox.attempt_writer import UNKEPT_BYTES, Recording
from tests.session.conftest import Start
from tests.waiting import until


def an_attempt(number: int, body: bytes = b"ok") -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=number,
        target="http://127.0.0.1:1/",
        started_ms=0,
        status=200,
        elapsed_ms=1.0,
        outcome="ok",
        error=None,
        signature="original",
        edited=False,
    )
    return AttemptDetail(row=row, answer_headers=(), answer_body=body, is_answer_cut=False)


async def test_adding_waits_while_answers_fill_the_memory(start: Start) -> None:
    session = await start(listening=False)
    may_write = threading.Event()
    blocked = asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(10)))
    kept: list[int] = []
    recording = Recording(session.store, lambda rows: kept.extend(row.capture_id for row in rows))
    answer = b"-" * 1_000_000
    many = UNKEPT_BYTES // len(answer)
    for number in range(many):
        await recording.add(an_attempt(number, answer))
    waiting = asyncio.ensure_future(recording.add(an_attempt(many, answer)))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    may_write.set()
    await waiting
    await recording.finish()
    assert await blocked
    assert kept == list(range(many + 1))


async def test_a_group_without_attempts_is_committed_where_it_is_asked_for(start: Start) -> None:
    session = await start(listening=False)
    committed: list[int] = []
    recording = Recording(session.store, lambda rows: committed.append(len(rows)))
    recording.ask()
    await until(lambda: committed)
    await recording.finish()
    assert committed == [0]
