"""The writer: many commits in one, each failing for itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from inspector.base.errors import BusyError
from inspector.store.file import database
from inspector.store.file.database import connect, prepare
from inspector.store.write.writer import Writer


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    return path


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


def note(name: str) -> Callable[[sqlite3.Connection], int]:
    return lambda connection: connection.execute("INSERT INTO notes VALUES (?, '')", (name,)).rowcount


def notes(path: Path) -> set[str]:
    connection = connect(path, read_only=True)
    found = {name for (name,) in connection.execute("SELECT name FROM notes")}
    connection.close()
    return found


async def test_a_job_is_on_the_disk_when_its_caller_goes_on(path: Path, writer: Writer) -> None:
    await writer.run(note("one"))
    assert notes(path) == {"one"}


async def test_a_job_is_synced_also_after_one_that_need_not_be(path: Path, writer: Writer) -> None:
    def synchronous(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    def fail(connection: sqlite3.Connection) -> None:
        raise ValueError("no")

    await writer.run_unsynced(note("one"))
    assert await writer.run_unsynced(synchronous) < database.FULL
    assert await writer.run(synchronous) == database.FULL
    with pytest.raises(ValueError, match="no"):
        await writer.run_unsynced(fail)
    both = await asyncio.gather(writer.run_unsynced(synchronous), writer.run(synchronous))
    assert both == [database.FULL, database.FULL]
    assert notes(path) == {"one"}


async def test_jobs_that_wait_together_share_a_commit(path: Path, writer: Writer) -> None:
    seen: list[int] = []

    def job(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES (?, '')", (str(len(seen)),))
        other = sqlite3.connect(path)
        seen.append(other.execute("SELECT count(*) FROM notes").fetchone()[0])
        other.close()

    await asyncio.gather(*(writer.run(job) for _ in range(40)))
    assert len(seen) == 40
    assert len(set(seen)) < 20, "each job was committed by itself"


async def test_a_job_that_fails_takes_no_other_with_it(path: Path, writer: Writer) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('half', '')")
        raise ValueError("no")

    results = await asyncio.gather(
        writer.run(note("before")), writer.run(fails), writer.run(note("after")), return_exceptions=True
    )
    assert results[0] == results[2] == 1
    assert isinstance(results[1], ValueError)
    assert notes(path) == {"before", "after"}


async def test_what_is_queued_at_the_end_is_committed(path: Path) -> None:
    writer = Writer(path)
    running = [asyncio.create_task(writer.run(note(str(n)))) for n in range(200)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*running)
    assert len(notes(path)) == 200
    with pytest.raises(BusyError, match="closed"):
        await writer.run(note("late"))


async def test_a_locked_file_is_told_in_a_sentence_and_writing_goes_on_afterwards(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    writer = Writer(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="Another program has locked"):
        await writer.run(note("one"))
    other.execute("ROLLBACK")
    other.close()
    await writer.run(note("two"))
    assert notes(path) == {"two"}
    writer.close()


async def test_a_caller_that_left_keeps_nobody_from_being_answered(path: Path, writer: Writer) -> None:
    left = asyncio.create_task(writer.run(note("left")))
    await asyncio.sleep(0)
    left.cancel()
    await writer.run(note("stayed"))
    assert "stayed" in notes(path)


async def test_jobs_are_synced_also_after_background_work_that_is_not(path: Path) -> None:
    turns: list[int] = []

    class Background:
        def step(self, connection: sqlite3.Connection) -> bool:
            turns.append(synchronous(connection))
            if len(turns) == 1:
                connection.execute("PRAGMA max_page_count = 1")  # as full as a disk can be
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO notes VALUES ('large', hex(zeroblob(100000)))")
            return False

    def synchronous(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    writer = Writer(path, Background())
    levels = set()
    while len(turns) < 3:
        levels.add(await writer.run(synchronous))
    writer.close()
    assert levels == {2}, "FULL"
    assert set(turns) == {1}, "NORMAL"
