"""A damaged file, one of another program, one of a newer version: what is done to each, and what is told."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.store.file import migrations
from inspector.store.file.recovery import SMALL_BYTES
from tests.builders import a_completion, an_answer
from tests.e2e.program import a_post, deliver, finish, listening, records, send_raw
from tests.waiting import wait_until

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
            # A lost capture of the same respondent changes these.
            counted = {name: before[id_][name] for name in ("marks", "survey_name")}
            assert record | counted == before[id_]


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
        answers = [send_raw(url, a_post(b"{}")) for _ in range(3)]
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers), "the journal is intact"
        told = program.told("is damaged")
        assert str(database) in told
        status, errors = program.end()
        assert status == 0
        assert errors.splitlines()[-1].endswith(" safe and are evaluated when listening starts again.")
    assert (tmp_path / "captures.db.damaged").exists()
    with listening(database) as (program, _):
        program.told("were recovered")
        program.told("evaluated first")
        stored = wait_until(
            lambda: records("list", "--database", str(database)), lambda found: found[-1]["bytes"] == 2
        )
        assert program.end()[0] == 0
    assert not (tmp_path / "captures.db.damaged").exists()
    assert len(stored) > COUNT // 2
    assert [one["bytes"] for one in stored[-3:]] == [2, 2, 2]


def test_a_flipped_bit_in_a_body_is_found_and_recovered_at_the_next_start(database: Path) -> None:
    place = database.read_bytes().index(b"x" * 1400)
    with database.open("r+b") as file:
        file.seek(place + 700)
        file.write(b"y")
    done = finish("maintain", "check", "--database", str(database))
    assert done.returncode == 1
    (said,) = re.findall(rb"body is missing or differs from the one that arrived: 1 \((\d+)\)", done.stdout)
    with listening(database) as (program, _):
        told = program.told("were recovered")
        assert f"{COUNT} captures were recovered, 1 of them without a body" in told
        assert program.end()[0] == 0
    kept = {record["id"]: record["kind"] for record in records("list", "--database", str(database))}
    assert [id_ for id_, kind in kept.items() if kind == "cut"] == [int(said)]
    done = finish("maintain", "check", "--database", str(database))
    assert (done.returncode, done.stdout) == (0, b"The file is not damaged.\n")


def test_damage_that_a_check_finds_stops_the_evaluation_and_is_recovered(whole: Path, tmp_path: Path) -> None:
    """In a large file, which is not checked at each start."""
    database = tmp_path / "captures.db"
    shutil.copy(whole, database)
    large = b"x" * (SMALL_BYTES // 2)
    with listening(database) as (program, url):
        for _ in range(2):
            assert send_raw(url, a_post(large)).startswith(b"HTTP/1.1 200")
            program.record()
        assert program.end()[0] == 0
    connection = sqlite3.connect(database)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'captures'").fetchone()
    connection.close()
    page = database.read_bytes()[(root - 1) * PAGE : root * PAGE]
    cell = int.from_bytes(page[12:14], "big")
    leaf = int.from_bytes(page[cell : cell + 4], "big")  # of the oldest captures, which no new one touches
    garbage(database, (leaf - 1) * PAGE, PAGE)
    with listening(database) as (program, url):
        assert send_raw(url, a_post(b"1")).startswith(b"HTTP/1.1 200")
        program.record()
        done = finish("maintain", "check", "--database", str(database))
        assert done.returncode == 1
        assert b"It sets the file aside, recovers what can be read" in done.stdout
        program.told("is damaged")
        assert send_raw(url, a_post(b"22")).startswith(b"HTTP/1.1 200"), "the journal is intact"
        status, errors = program.end()
        assert status == 0
        assert errors.endswith(
            "1 unevaluated capture is safe and is evaluated when listening starts again.\n"
        )
    with listening(database) as (program, _):
        program.told("were recovered")
        wait_until(
            lambda: records("list", "--limit", "1", "--database", str(database))[-1]["bytes"],
            lambda size: size == 2,
        )
        assert program.end()[0] == 0


def files(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, time of the last change and content of everything in a folder."""
    found = {file.name: (file.stat(), file.read_bytes()) for file in folder.iterdir()}
    return {name: (status.st_mode, status.st_mtime_ns, data) for name, (status, data) in found.items()}


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def text(path: Path) -> None:
    path.write_bytes(b"-- CREATE TABLE bodies (capture_id INTEGER PRIMARY KEY\n" * 200)


def short_text(path: Path) -> None:
    path.write_bytes(b"hi\n")


_SONGS = "PRAGMA journal_mode = WAL; PRAGMA user_version = 2; CREATE TABLE songs (title)"


def songs(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.executescript(_SONGS)
    connection.close()


def songs_in_the_log(path: Path) -> None:
    """As another program leaves its file when it is killed, with `-wal` and `-shm`."""
    path.unlink()
    folder = path.parent / "open"
    folder.mkdir()
    connection = sqlite3.connect(folder / path.name)
    connection.executescript(_SONGS)
    for file in folder.iterdir():
        shutil.copy(file, path.parent)
    connection.close()
    shutil.rmtree(folder)


def songs_with_an_id(path: Path) -> None:
    """Its tables have the names of ours, but its application id is another."""
    path.unlink()
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA application_id = 7; PRAGMA user_version = 5;"
        " CREATE TABLE captures (a); CREATE TABLE bodies (a); CREATE TABLE figures (a)"
    )
    connection.close()


@pytest.mark.parametrize("make", [newer, text, short_text, songs, songs_in_the_log, songs_with_an_id])
@pytest.mark.parametrize(
    "verb", [("listen", "--port", "0"), ("list",), ("pin", "1")], ids=lambda verb: verb[0]
)
def test_what_is_not_for_this_program_is_refused_and_left_alone(
    database: Path, make: Callable[[Path], None], verb: tuple[str, ...]
) -> None:
    make(database)
    for file in database.parent.iterdir():
        file.chmod(0o644)
    before = files(database.parent)
    done = finish(*verb, "--database", str(database))
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert str(database).encode() in done.stderr
    assert files(database.parent) == before


@pytest.mark.parametrize("version", [1, 5])
def test_an_older_file_with_everything_in_its_log_is_ours(tmp_path: Path, version: int) -> None:
    """As a listener leaves it if it is killed soon after it created the file."""
    database, live = tmp_path / "captures.db", tmp_path / "live.db"
    connection = sqlite3.connect(live, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for step in migrations.STEPS[:version]:
        connection.executescript(step)
    connection.execute(f"PRAGMA user_version = {version}")
    shutil.copy(live, database)
    shutil.copy(f"{live}-wal", f"{database}-wal")
    connection.close()
    done = finish("list", "--database", str(database))
    assert (done.returncode, done.stderr.count(b"is a copy of the old file")) == (0, 1)


def test_a_new_file_has_its_id_before_anything_else(tmp_path: Path) -> None:
    """After a kill at any time, the file is known as ours."""
    database = tmp_path / "captures.db"
    with listening(database) as (program, _):
        assert int.from_bytes(database.read_bytes()[68:72], "big") == migrations.APPLICATION_ID
        program.process.kill()
    assert records("list", "--database", str(database)) == []
