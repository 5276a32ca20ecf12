"""A damaged file, one of another program, one of a newer version: what is done to each, and what is told."""

from __future__ import annotations

import random
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.builders import a_completion, an_answer
from tests.e2e.program import deliver, finish, listening, records, send_raw

PAGE = 4096
COUNT = 120


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with captures of a respondent or two a page."""
    database = tmp_path_factory.mktemp("whole") / "captures.db"
    bodies = [an_answer("x" * 1500, user=f"u-{number}") for number in range(COUNT - 1)]
    with listening(database) as (program, url):
        deliver(url, *bodies, a_completion())
        for _ in range(COUNT):
            program.record()
        assert program.end() == (0, "")
    return database


@pytest.fixture
def database(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "captures.db"))


def garbage(path: Path, start: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(random.Random(1).randbytes(count))


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 3 // 4)


@pytest.mark.parametrize("kind", ["header", "middle", "cut"])
def test_a_damaged_file_is_set_aside_and_captured_into_anew(database: Path, kind: str) -> None:
    before = {record["id"]: record for record in records("list", "--database", str(database))}
    if kind == "header":
        garbage(database, 0, 100)
    elif kind == "middle":
        garbage(database, database.stat().st_size // PAGE // 2 * PAGE, 3 * PAGE)
    else:
        cut(database)
    damaged = database.read_bytes()
    done = finish("list", "--database", str(database))
    assert (done.returncode, done.stderr.count(b"\n")) in ((3, 1), (0, 0)), "read as far as it can be"
    assert database.read_bytes() == damaged
    with listening(database) as (program, url):
        told = program.told("were recovered")
        (aside,) = database.parent.glob("captures.db.damaged-2*")
        assert str(aside) in told
        assert aside.read_bytes() == damaged
        assert stat.S_IMODE(aside.stat().st_mode) == 0o600
        deliver(url, an_answer("afterwards"))
        assert program.record()["id"] == COUNT + 1
        status, errors = program.end()
        assert (status, errors.count("\n")) == (0, 1)
    kept = {record["id"]: record for record in records("list", "--database", str(database))}
    assert len(kept) > COUNT // 2
    for id_, record in kept.items():
        if id_ in before and record["kind"] == "captured":
            assert record == before[id_]


def test_damage_that_is_found_while_it_captures_is_told_and_recovered_at_the_next_start(
    database: Path, tmp_path: Path
) -> None:
    with listening(database) as (program, url):
        # Under the table's newest leaf, past what SQLite has in its cache: a change it did not make.
        pages = database.read_bytes()
        connection = sqlite3.connect(database)
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bodies'").fetchone()
        connection.close()
        garbage(database, (root - 1) * PAGE, PAGE)
        for other in range(4):  # some of the pages that an insertion looks at
            garbage(database, len(pages) - (other + 1) * PAGE, PAGE)
        request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        answers = [send_raw(url, request) for _ in range(3)]
        assert answers[-1].startswith(b"HTTP/1.1 503"), answers
        assert b"\r\nRetry-After: " in answers[-1]
        told = program.told("is damaged")
        assert str(database) in told
        status, errors = program.end()
        assert (status, errors) == (0, told)
    assert (tmp_path / "captures.db.damaged").exists()
    with listening(database) as (program, _):
        program.told("were recovered")
        assert program.end()[0] == 0
    assert not (tmp_path / "captures.db.damaged").exists()
    assert len(records("list", "--database", str(database))) > COUNT // 2


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def text(path: Path) -> None:
    path.write_bytes(b"-- CREATE TABLE bodies (capture_id INTEGER PRIMARY KEY\n" * 200)


def songs(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA user_version = 2; CREATE TABLE songs (title)")
    connection.close()


@pytest.mark.parametrize("make", [newer, text, songs])
@pytest.mark.parametrize(
    "verb", [("listen", "--port", "0"), ("list",), ("pin", "1")], ids=lambda verb: verb[0]
)
def test_what_is_not_for_this_program_is_refused_and_left_alone(
    database: Path, make: object, verb: tuple[str, ...]
) -> None:
    make(database)  # type: ignore[operator]
    before = files(database.parent)
    done = finish(*verb, "--database", str(database))
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert str(database).encode() in done.stderr
    assert files(database.parent) == before
