"""The journal next to the capture file: what other processes see of it, and what happens if it is damaged."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from inspector.store import journal
from inspector.store.file.database import connect, prepare
from tests.builders import a_capture, an_answer
from tests.e2e.program import a_post, deliver, finish, listening, records, send_raw
from tests.store.test_journal import evaluate_all, open_journal, record
from tests.waiting import wait_until

PAGE = 4096
COUNT = 120
BODIES = [an_answer("x" * (number * 37 % 9000), user=f"u-{number}") for number in range(COUNT)]
SECRET = b"nobody should find this"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "captures.db"


@pytest.fixture
def waiting(database: Path) -> Path:
    """A file whose listener was killed before it evaluated anything."""
    prepare(database, create=True)
    put(database, BODIES)
    return database


def put(database: Path, bodies: Sequence[bytes]) -> None:
    with closing(connect(database)) as connection, closing(open_journal(connection, database)) as opened:
        record(opened, *(a_capture(body) for body in bodies))


def bodies_of(database: Path) -> dict[int, bytes]:
    with closing(connect(database, read_only=True)) as connection:
        query = "SELECT capture_id, body FROM bodies JOIN captures ON id = capture_id WHERE kind != 'cut'"
        return dict(connection.execute(query))


def status(url: str, body: bytes = b"1") -> int:
    return int(send_raw(url, a_post(body)).split(b" ", 2)[1])


def found_in(database: Path, text: bytes) -> list[str]:
    return [file.name for file in database.parent.iterdir() if text in file.read_bytes()]


# ---- other processes


@pytest.mark.parametrize(
    "verb",
    [("list",), ("show", "5"), ("export",), ("list", "--filter", "latest")],
    ids=lambda verb: " ".join(verb),
)
def test_a_command_after_a_delivery_shows_it(database: Path, verb: tuple[str, ...]) -> None:
    with listening(database) as (_, url):
        deliver(url, *(an_answer("early", user=f"u-{number}") for number in range(4)), an_answer("latest"))
        done = finish(*verb, "--database", str(database))
    assert done.returncode == 0
    assert b"latest" in done.stdout or b'"id": 5' in done.stdout
    assert b"wait" not in done.stderr


def test_captures_that_wait_are_announced_and_evaluated_by_the_next_listener(waiting: Path) -> None:
    done = finish("list", "--database", str(waiting))
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 2)
    assert f"{COUNT} captures wait to be evaluated".encode() in done.stderr
    assert b"when a listener starts: run `listen`, or open the window" in done.stderr
    with listening(waiting) as (program, _):
        wait_until(lambda: len(bodies_of(waiting)), COUNT.__eq__)
        assert program.end()[0] == 0
    assert list(bodies_of(waiting)) == list(range(1, COUNT + 1))
    done = finish("list", "--database", str(waiting))
    assert (done.returncode, done.stderr) == (0, b"")


def test_both_files_and_their_logs_are_private(database: Path) -> None:
    with listening(database) as (_, url):
        assert status(url) == 200
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in database.parent.iterdir()}
    assert {"captures.db.journal", "captures.db.journal-wal", "captures.db.journal-shm"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_two_imports_and_a_listener_give_each_capture_an_id_of_its_own(database: Path) -> None:
    exports = []
    for number in range(2):
        source = database.with_name(f"source-{number}.db")
        prepare(source, create=True)
        put(source, [f"imported {number} {place}".encode() for place in range(COUNT)])
        evaluate_all(source)
        exports.append(source.with_suffix(".ndjson"))
        exports[-1].write_bytes(finish("export", "--database", str(source)).stdout)
    with listening(database) as (program, url), ThreadPoolExecutor(2) as others:
        imports = [
            others.submit(finish, "import", str(export), "--database", str(database)) for export in exports
        ]
        sent = [f"sent {place}".encode() for place in range(COUNT)]
        assert [status(url, body) for body in sent] == [200] * COUNT
        assert [one.result().returncode for one in imports] == [0, 0]
        wait_until(lambda: len(bodies_of(database)), (3 * COUNT).__eq__)
        assert program.end()[0] == 0
    found = list(bodies_of(database).values())
    assert [body for body in found if body.startswith(b"sent")] == sent
    assert len(set(found)) == 3 * COUNT


# ---- deletion


@pytest.mark.parametrize("is_listening", [True, False])
def test_what_is_deleted_permanently_is_in_neither_file_nor_log(database: Path, is_listening: bool) -> None:
    with listening(database) as (program, url):
        assert status(url, SECRET) == 200
        assert len(records("list", "--database", str(database))) == 1
        if not is_listening:
            assert program.end()[0] == 0
        done = finish("prune", "--all", "--yes", "--database", str(database))
        assert done.returncode == 0
        assert found_in(database, SECRET) == []


def test_a_removed_capture_that_was_not_discarded_yet_does_not_return(database: Path) -> None:
    """After a kill between its evaluation and the sync of the file."""
    prepare(database, create=True)
    put(database, [SECRET, b"another"])
    evaluate_all(database)
    assert "captures.db.journal" in found_in(database, SECRET)
    done = finish("prune", "1", "--yes", "--database", str(database))
    assert done.returncode == 0
    assert found_in(database, SECRET) == []
    with listening(database) as (program, url):
        assert status(url) == 200
        assert [record["id"] for record in records("list", "--database", str(database))] == [2, 3]
        assert program.end()[0] == 0


# ---- damage


def spoil(path: Path, start: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(random.Random(count).randbytes(count))


def overwrite_header(path: Path) -> None:
    spoil(path, 0, 100)


def overwrite_first_page(path: Path) -> None:
    spoil(path, 0, PAGE)


def overwrite_some_in_the_middle(path: Path) -> None:
    spoil(path, path.stat().st_size // PAGE // 2 * PAGE, 3 * PAGE)


def cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3 + 100)


@pytest.mark.parametrize(
    "damage", [overwrite_header, overwrite_first_page, overwrite_some_in_the_middle, cut_off]
)
def test_a_damaged_journal_is_set_aside_and_its_captures_are_recovered(
    waiting: Path, damage: Callable[[Path], None]
) -> None:
    before = {
        number + 1: an_answer("x" * (number * 37 % 9000), user=f"u-{number}") for number in range(COUNT)
    }
    path = journal.path_of(waiting)
    damage(path)
    damaged = path.read_bytes()
    with listening(waiting) as (program, url):
        told = program.told("were recovered")
        (aside,) = waiting.parent.glob("captures.db.journal.damaged-2*")
        assert str(aside) in told
        assert aside.read_bytes() == damaged
        assert stat.S_IMODE(aside.stat().st_mode) == 0o600
        assert status(url) == 200
        wait_until(lambda: max(bodies_of(waiting), default=0), lambda last: last > COUNT // 2)
        assert program.end()[0] == 0
    after = bodies_of(waiting)
    last = max(after)
    assert after.pop(last) == b"1"
    assert all(before[id_] == body for id_, body in after.items()), "altered"
    if damage in (overwrite_header, overwrite_first_page):
        assert (len(after), last) == (COUNT, COUNT + 1)
    assert len(after) > COUNT // 2
    assert not (waiting.parent / "captures.db.damaged").exists(), "the capture file is whole"


def test_a_flipped_bit_is_found_by_the_check_and_never_shown(waiting: Path) -> None:
    path = journal.path_of(waiting)
    place = path.read_bytes().index(b"x" * 3000) + 1500
    spoil(path, place, 1)
    done = finish("maintain", "check", "--database", str(waiting))
    assert done.returncode == 1
    assert f"The journal {path}: a capture differs from the one that arrived.".encode() in done.stdout
    with listening(waiting) as (program, _):
        told = program.told("were recovered")
        assert f"{COUNT} captures that wait for evaluation were recovered, 1 of them without" in told
        wait_until(lambda: len(bodies_of(waiting)), (COUNT - 1).__eq__)
        assert program.end()[0] == 0
    done = finish("maintain", "check", "--database", str(waiting))
    assert (done.returncode, done.stdout) == (0, b"The file is not damaged.\n")


def test_damage_that_a_check_finds_stops_the_listener_and_loses_nothing(database: Path) -> None:
    path = journal.path_of(database)
    with listening(database) as (program, url):
        assert status(url, b"first") == 200
        assert len(records("list", "--database", str(database))) == 1
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(path, PAGE, path.stat().st_size - PAGE)
        assert finish("maintain", "check", "--database", str(database)).returncode == 1
        said = program.told("is damaged")
        assert str(path) in said
        assert status(url) == 503
        assert program.end()[0] == 0
    with listening(database) as (program, url):
        program.told("were recovered")
        assert status(url, b"second") == 200
        wait_until(lambda: list(bodies_of(database).values()), [b"first", b"second"].__eq__)
        assert program.end()[0] == 0


# ---- not ours


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")


def text(path: Path) -> None:
    path.write_bytes(b"-- CREATE TABLE entries (\n" * 400)


def songs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA user_version = 1; CREATE TABLE songs (title)")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("elsewhere"))


def of_another_user(path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid():
        pytest.skip("only root can give files away")
    os.chown(path, 12345, 12345)
    path.chmod(0o666)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (newer, "written by a newer version"),
        (text, "is not a journal of Webhook Inspector. Move it away"),
        (songs, "is a database of another program. Move it away"),
        (folder, "is not a file. Move it away"),
        (pipe, "is not a file. Move it away"),
        (link, "is a symbolic link. Move it away"),
        (link_to_nothing, "is a symbolic link. Move it away"),
        (of_another_user, "belongs to another user. Move it away"),
    ],
)
def test_a_journal_that_is_not_ours_is_refused_and_left_alone(
    waiting: Path, make: Callable[[Path], None], says: str
) -> None:
    path = journal.path_of(waiting)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    done = finish("listen", "--port", "0", "--database", str(waiting))
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert f"{path} " in done.stderr.decode()
    assert says in done.stderr.decode()
    assert (path.read_bytes() if path.is_file() else None) == before
    assert make is not link_to_nothing or not path.exists(), "no file is created elsewhere"
    assert finish("list", "--database", str(waiting)).returncode == 0, "the capture file can be read"


def test_an_empty_journal_is_used_and_named(database: Path) -> None:
    """A kill at the first start can leave one."""
    path = journal.path_of(database)
    path.touch()
    with listening(database) as (program, url):
        assert status(url) == 200
        assert program.record()["id"] == 1
        assert program.end()[0] == 0
    with closing(connect(path, read_only=True)) as opened:
        assert opened.execute("PRAGMA application_id").fetchone() == (journal.KIND.application_id,)
        assert opened.execute("PRAGMA user_version").fetchone() == (journal.KIND.latest,)


def test_a_journal_deleted_while_nothing_runs_is_created_again_and_ids_continue(database: Path) -> None:
    for expected in (1, 2):
        with listening(database) as (program, url):
            assert status(url) == 200
            assert program.record()["id"] == expected
            assert program.end()[0] == 0
        journal.path_of(database).unlink()


@pytest.mark.parametrize(
    ("ending", "is_killed"),
    [("", False), ("-wal", True), ("-[ws]*", False), ("*", True)],
    ids=["file", "log", "log and -shm", "all"],
)
def test_a_journal_deleted_while_it_is_in_use_is_restored(
    database: Path, ending: str, is_killed: bool
) -> None:
    path = journal.path_of(database)
    with listening(database) as (program, url):
        assert status(url, b"1") == 200
        for file in database.parent.glob(f"captures.db.journal{ending}"):
            file.unlink()
        assert status(url, b"2") == 200
        assert f"{path} was deleted or replaced while it was in use" in program.told("and is restored")
        program.told("Captures are stored again.")
        assert status(url, b"3") == 200
        if is_killed:
            program.process.kill()
        else:
            wait_until(lambda: list(bodies_of(database).values()), [b"1", b"2", b"3"].__eq__)
            assert program.end()[0] == 0
    with listening(database) as (program, url):
        assert status(url, b"4") == 200
        wait_until(lambda: list(bodies_of(database).values()), [b"1", b"2", b"3", b"4"].__eq__)
        assert program.end()[0] == 0


def test_a_deleted_journal_is_restored_without_another_delivery(database: Path) -> None:
    path = journal.path_of(database)
    with listening(database) as (program, url):
        assert status(url, b"1") == 200
        path.unlink()
        program.told("and is restored")
        wait_until(path.exists)
        program.process.kill()
    with listening(database) as (program, _):  # on a busy machine, nothing was evaluated before the kill
        wait_until(lambda: list(bodies_of(database).values()), [b"1"].__eq__)
        assert program.end()[0] == 0


def test_an_import_refuses_the_journal_in_use(waiting: Path, tmp_path: Path) -> None:
    other = tmp_path / "other name"
    other.hardlink_to(journal.path_of(waiting))
    done = finish("import", str(other), "--database", str(waiting))
    assert done.returncode != 0
    assert b"in use" in done.stderr
