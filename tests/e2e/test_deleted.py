"""Files that are deleted, moved or replaced while the program has them open."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from inspector.store.query import file_snapshot
from inspector.store.store import Store
from tests.builders import ANSWER
from tests.e2e.program import a_post, listening, records, send_raw
from tests.waiting import until, wait_until

COUNT = 5


def status(url: str) -> int:
    return int(send_raw(url, a_post(ANSWER)).split(b" ", 2)[1])


def ids(database: Path) -> list[int]:
    """The captures that are evaluated."""
    return [record["id"] for record in records("list", "--quiet", "--database", str(database))]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "captures.db"


@pytest.fixture
def wal(database: Path) -> Path:
    return database.with_name("captures.db-wal")


@pytest.mark.parametrize("ending", ["-wal", "-[ws]*"], ids=["the log", "the log and -shm"])
def test_a_deleted_log_is_reported_and_a_kill_loses_nothing(database: Path, ending: str) -> None:
    with listening(database) as (program, url):
        assert [status(url) for _ in range(COUNT)] == [200] * COUNT
        for file in database.parent.glob(f"captures.db{ending}"):
            file.unlink()
        program.told("captures.db-wal was deleted or replaced while it was in use")
        program.told(" again.")
        assert status(url) == 200
        program.process.kill()
    with listening(database) as (program, _):
        assert wait_until(lambda: ids(database), lambda found: len(found) > COUNT) == list(
            range(1, COUNT + 2)
        )
        assert program.end()[0] == 0


def test_captures_are_acknowledged_and_stored_when_the_log_is_gone(database: Path, wal: Path) -> None:
    with listening(database) as (program, url):
        assert status(url) == 200
        program.record()
        wal.unlink()
        assert status(url) == 200, "the journal is intact"
        program.told("was deleted or replaced while it was in use")
        assert program.record()["id"] == 2
        program.process.kill()
    assert ids(database) == [1, 2]


async def test_another_reader_of_the_file_reads_the_new_log(database: Path, wal: Path) -> None:
    with listening(database) as (program, url):
        assert status(url) == 200
        program.record()
        reader = Store(database, create=False)
        newest = partial(reader.read, lambda connection: file_snapshot.look(connection, None).last_id)
        fetched = partial(reader.fetch, lambda connection: file_snapshot.look(connection, None).last_id)
        assert (newest(), await fetched()) == (1, 1)
        wal.unlink()  # noqa: ASYNC240 - nothing else is to be done meanwhile
        program.told("was deleted or replaced")
        program.told(" again.")
        assert [status(url) for _ in range(COUNT)] == [200] * COUNT
        assert await until(newest, lambda found: found == 1 + COUNT)
        assert await until(fetched, lambda found: found == 1 + COUNT)
        await reader.close(forget_deleted=False)
        assert program.end()[0] == 0
    assert ids(database) == list(range(1, COUNT + 2))


def test_captures_wait_in_the_journal_while_another_log_is_in_place(database: Path, wal: Path) -> None:
    with listening(database) as (program, url):
        assert [status(url) for _ in range(COUNT)] == [200] * COUNT
        assert [program.record()["id"] for _ in range(COUNT)] == list(range(1, COUNT + 1))
        copy = shutil.copy(wal, database.with_name("copy"))
        Path(copy).replace(wal)
        program.told("Restart Webhook Inspector.")
        assert [status(url) for _ in range(COUNT)] == [200] * COUNT
        end, said = program.end()
        assert end == 0
        assert f"{COUNT} unevaluated captures are safe" in said
    with listening(database) as (program, url):
        assert status(url) == 200
        assert program.record()["id"] == 2 * COUNT + 1
        assert program.end()[0] == 0
    assert ids(database) == list(range(1, 2 * COUNT + 2))
