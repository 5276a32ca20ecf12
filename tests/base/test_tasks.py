"""Background tasks: kept, logged when they fail, ended together."""

from __future__ import annotations

import asyncio
import gc

import pytest

from inspector.base.errors import BusyError
from inspector.base.tasks import Tasks


async def test_a_task_is_kept_until_it_ends_though_nobody_holds_it() -> None:
    tasks, done = Tasks(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    tasks.spawn(work(), "work")
    gc.collect()
    await done.wait()


async def test_a_failure_nobody_awaits_is_logged_under_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ValueError("no")

    task = Tasks().spawn(fails(), "the work")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert "task the work failed" in caplog.text
    caplog.clear()


async def test_a_failure_that_its_caller_awaits_is_the_callers_and_not_logged() -> None:
    async def fails() -> None:
        raise ValueError("no")

    task = Tasks().spawn(fails(), "the work", is_awaited=True)
    with pytest.raises(ValueError, match="no"):
        await task


async def test_a_failure_that_its_caller_never_looks_at_is_logged_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails() -> None:
        raise ValueError("no")

    await asyncio.wait([Tasks().spawn(fails(), "the work", is_awaited=True)])
    gc.collect()
    await asyncio.sleep(0)
    assert "the work" in caplog.text
    caplog.clear()


async def test_an_error_for_the_user_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise BusyError("The file is read-only.")

    task = Tasks().spawn(fails(), "the work")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    [record] = caplog.records
    assert record.getMessage() == "task the work failed: The file is read-only."
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    caplog.clear()


async def test_cancelling_all_waits_until_each_has_cleaned_up() -> None:
    tasks, cleaned = Tasks(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(1)

    for _ in range(3):
        tasks.spawn(work(), "work")
    await asyncio.sleep(0)
    await tasks.cancel_all()
    assert cleaned == [1, 1, 1]
