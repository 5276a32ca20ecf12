"""The worker process: it computes, is replaced when cancelled, and ends with the program."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from inspector.base.worker import MEMORY_BYTES, TooMuchWork, Worker
from tests.waiting import until


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def stay_busy(begun: Path) -> None:
    begun.touch()
    time.sleep(3600)


def is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as state:
            return state.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second if it ends while it is read
        return False


async def test_a_call_runs_in_one_other_process(worker: Worker) -> None:
    first = await worker.run(os.getpid)
    assert first != os.getpid()
    assert await worker.run(os.getpid) == first


async def test_what_the_function_raises_reaches_the_caller(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.run(divmod, 1, 0)


async def test_a_cancelled_call_does_not_keep_the_next_one_waiting(worker: Worker, tmp_path: Path) -> None:
    first = await worker.run(os.getpid)
    busy = asyncio.create_task(worker.run(stay_busy, tmp_path / "begun"))
    waiting = asyncio.create_task(worker.run(os.getpid))
    await until((tmp_path / "begun").exists)
    busy.cancel()
    second = await waiting
    assert second != first
    with pytest.raises(asyncio.CancelledError):
        await busy


async def test_a_process_that_dies_is_replaced_once(worker: Worker) -> None:
    first = await worker.run(os.getpid)
    os.kill(first, 9)
    assert await worker.run(os.getpid) != first


async def test_closing_ends_the_process_whatever_it_does(tmp_path: Path) -> None:
    worker = Worker()
    process = await worker.run(os.getpid)
    busy = asyncio.create_task(worker.run(stay_busy, tmp_path / "begun"))
    await until((tmp_path / "begun").exists)
    worker.close()
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    await until(lambda: not is_running(process))


def run_out_of_memory() -> None:
    raise MemoryError


def memory_limit() -> int:
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)[0]


def die() -> None:
    os.kill(os.getpid(), 9)


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms have no limit that holds")
async def test_the_process_has_a_limit_on_its_memory(worker: Worker) -> None:
    assert 0 < await worker.run(memory_limit) <= MEMORY_BYTES


@pytest.mark.parametrize(
    ("work", "seconds", "why"),
    [
        (stay_busy, 0.2, "it took longer than 0.2 s"),
        (run_out_of_memory, 30, "it needed more memory than available"),
        (die, 30, "the worker process ended"),
    ],
)
async def test_bounded_work_that_fails_twice_is_given_up_and_the_next_call_runs(
    worker: Worker, tmp_path: Path, work: Callable[..., None], seconds: float, why: str
) -> None:
    with pytest.raises(TooMuchWork, match=why):
        await worker.run_bounded(seconds, work, *((tmp_path / "begun",) if work is stay_busy else ()))
    assert await worker.run(os.getpid) != os.getpid()
