"""The long jobs on the file run beside a listener, and can be stopped at any moment."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from typing import NamedTuple

import pytest

from inspector.base.errors import BusyError, InspectorError
from inspector.session.maintenance_jobs import Job, UpkeepProgress
from inspector.session.session import Session
from tests.builders import ANSWER, an_answer
from tests.session.conftest import Start, post
from tests.session.test_captures import ids
from tests.session.test_replays import put
from tests.store.conftest import followed

JOBS: tuple[Job, ...] = ("check", "recount", "compact")


async def filled(start: Start) -> Session:
    """A listener with some respondents, all of them counted."""
    session = await start()
    await put(session, *(an_answer(str(number), user=f"u-{number}") for number in range(60)))
    await followed(session.store)
    return session


@pytest.mark.parametrize("job", JOBS)
async def test_a_job_that_is_cancelled_has_ended_by_then_and_the_file_is_whole(
    start: Start, job: Job
) -> None:
    session = await filled(start)
    begun = asyncio.Event()
    session.upkeep.progressed.connect(lambda progress: begun.set())
    running = asyncio.create_task(session.upkeep.run(job))
    await begun.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert not session.upkeep.is_running
    assert len(await ids(session)) == 60
    for other in ("check", "recount"):
        assert (await session.upkeep.run(other)).is_well


@pytest.mark.parametrize("job", ["check", "recount"])
async def test_beside_a_check_or_a_recount_captures_are_stored(start: Start, job: Job) -> None:
    session = await filled(start)
    url = session.ingest.url
    assert url is not None
    running = asyncio.create_task(session.upkeep.run(job))
    statuses = [await post(url, ANSWER) for _ in range(5)]
    assert statuses == [200] * 5
    assert (await running).is_well
    await followed(session.store)
    assert (await session.upkeep.run("recount")).is_well


async def test_while_it_is_compacted_senders_are_told_to_come_back_and_then_it_goes_on(start: Start) -> None:
    session = await filled(start)
    url = session.ingest.url
    assert url is not None
    answered: list[asyncio.Task[int]] = []
    told: list[str | None] = []
    session.ingest.trouble.connect(told.append)

    def during(progress: UpkeepProgress) -> None:
        assert session.ingest.current_trouble is not None

    session.upkeep.progressed.connect(during)
    running = asyncio.create_task(session.upkeep.run("compact"))
    await asyncio.sleep(0)
    answered.append(asyncio.create_task(post(url, ANSWER)))
    assert (await running).is_well
    assert await answered[0] in (200, 503)
    assert "compacted" in str(told[0])
    assert told[-1] is None
    assert await post(url, ANSWER) == 200


async def test_one_job_at_a_time(start: Start) -> None:
    session = await filled(start)
    running = asyncio.create_task(session.upkeep.run("check"))
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await session.upkeep.run("recount")
    assert (await running).is_well


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


async def test_without_room_for_a_copy_nothing_is_begun(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await filled(start)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10**12, 10**12 - 50_000, 50_000))
    with pytest.raises(InspectorError, match="Compacting needs"):
        await session.upkeep.run("compact")
    monkeypatch.undo()
    assert session.ingest.current_trouble is None
    assert len(await ids(session)) == 60
