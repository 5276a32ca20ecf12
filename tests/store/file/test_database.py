"""The file: its rights, its pragmas, its version."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.base.files import data_folder
from inspector.store.file import migrations
from inspector.store.file.database import check_durable, connect, connect_to_write, prepare


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_that_is_made_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "captures.db"
    path.parent.mkdir()
    prepare(path, create=True)
    connection = connect(path)
    connection.execute("INSERT INTO notes VALUES ('a', 'b')")
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "captures.db": 0o600,
        "captures.db-wal": 0o600,
        "captures.db-shm": 0o600,
    }
    connection.close()


def test_what_others_could_read_is_tightened_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    connection = connect(path)
    connection.execute("INSERT INTO notes VALUES ('a', 'b')")
    names = ["captures.db", "captures.db-wal", "captures.db-shm", "captures.db.lock", "captures.db.listener"]
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o755)
    prepare(path, create=False)
    assert {name: mode(tmp_path / name) for name in names} == dict.fromkeys(names, 0o600)
    assert mode(tmp_path) == 0o755, "a folder that its user chose"
    connection.close()


def test_our_own_folder_is_its_owners_alone(home: Path) -> None:
    folder = data_folder()
    prepare(folder / "captures.db", create=True)
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    prepare(folder / "captures.db", create=True)
    assert mode(folder) == 0o700


def test_what_cannot_be_synced_is_refused_in_words(tmp_path: Path) -> None:
    in_memory = sqlite3.connect(
        ":memory:", isolation_level=None
    )  # which can have no log, as some networks' files
    with pytest.raises(InspectorError, match="does not support a write-ahead log"):
        check_durable(in_memory, tmp_path / "captures.db")
    in_memory.close()
    prepare(tmp_path / "captures.db", create=True)
    connection = connect_to_write(tmp_path / "captures.db")
    connection.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(InspectorError, match="does not support a write-ahead log"):
        check_durable(connection, tmp_path / "captures.db")
    connection.close()


def test_a_newer_version_that_is_in_the_log_alone_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    before = path.read_bytes(), (tmp_path / "captures.db-wal").read_bytes()
    assert before[1]
    for create in (True, False):
        with pytest.raises(InspectorError, match="newer version"):
            prepare(path, create=create)
    assert (path.read_bytes(), (tmp_path / "captures.db-wal").read_bytes()) == before
    newer.close()


def test_a_commit_is_on_the_disk_before_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    connection = connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    connection.close()


def test_a_file_of_a_newer_version_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InspectorError, match="newer version of Webhook Inspector"):
        prepare(path, create=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["captures.db"]


def test_what_is_no_database_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes, not a database at all" * 100)
    with pytest.raises(InspectorError, match="not a capture file"):
        prepare(path, create=True)
    assert path.read_bytes() == b"my notes, not a database at all" * 100


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InspectorError, match="another program"):
        prepare(path, create=True)
    assert path.read_bytes() == before


def test_a_database_of_another_program_with_a_version_like_ours_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE songs (title); PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(InspectorError, match="another program"):
        prepare(path, create=False)


def test_reading_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match="There is no capture file"):
        prepare(tmp_path / "none.db", create=False)
    assert not list(tmp_path.iterdir())


def test_nothing_can_be_written_through_a_reading_connection(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    connection = connect(path, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM captures")
    connection.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "captures.db"
    prepare(path, create=True)
    broken = (*migrations.STEPS, "CREATE TABLE fresh (a);\nCREATE TABLE captures (id);\n")
    monkeypatch.setattr(migrations, "STEPS", broken)
    connection = connect(path)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations.LATEST,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'fresh'").fetchone() == (0,)
    connection.close()
