"""Paths of the database and the files next to it: links, second names, missing folders."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.e2e.program import finish, listening


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A file of the user that anyone can read."""
    other = tmp_path / "other.txt"
    other.write_text("kept")
    other.chmod(0o644)
    return other


def is_as_it_was(other: Path) -> bool:
    return other.read_text() == "kept" and stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_link_in_the_place_of_the_lock_empties_nothing(tmp_path: Path, other: Path) -> None:
    database = tmp_path / "captures.db"
    (tmp_path / "captures.db.lock").symlink_to(other)
    done = finish("listen", "--port", "0", "--database", str(database))
    assert done.returncode == 3
    assert f"Cannot lock {database}: ".encode() in done.stderr
    assert is_as_it_was(other)


@pytest.mark.parametrize("ending", [".listener", ".damaged"])
def test_a_link_next_to_the_file_empties_nothing(tmp_path: Path, other: Path, ending: str) -> None:
    database = tmp_path / "captures.db"
    (tmp_path / f"captures.db{ending}").symlink_to(other)
    with listening(database) as (program, _):
        assert is_as_it_was(other)
        assert program.end()[0] == 0
    assert is_as_it_was(other)


@pytest.mark.parametrize(
    "verb",
    [("listen", "--port", "0"), ("sample", "--to", "http://127.0.0.1:9/"), ("list",)],
    ids=lambda verb: verb[0],
)
def test_a_typo_makes_no_folders(tmp_path: Path, verb: tuple[str, ...]) -> None:
    database = tmp_path / "no" / "such" / "captures.db"
    done = finish(*verb, "--database", str(database))
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert str(database.parent).encode() in done.stderr
    assert not list(tmp_path.iterdir())


def test_if_the_port_is_taken_no_file_is_created(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with listening(tmp_path / "captures.db") as (program, url):
        port = url.rstrip("/").rpartition(":")[2]
        done = finish("listen", "--port", port, "--database", str(tmp_path / "new" / "captures.db"))
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
        assert f"Port {port} ".encode() in done.stderr
        assert not list((tmp_path / "new").iterdir())
        assert program.end()[0] == 0


def test_a_second_listener_on_the_same_file_is_told_of_the_first(tmp_path: Path) -> None:
    """It does not blame the port, because another port would not help."""
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        port = url.rstrip("/").rpartition(":")[2]
        done = finish("listen", "--port", port, "--database", str(database))
        assert done.returncode == 3
        assert b"already in use by webhook-inspector listen" in done.stderr
        assert program.end()[0] == 0


def test_a_second_name_of_a_file_gets_no_second_listener(tmp_path: Path) -> None:
    database, link = tmp_path / "captures.db", tmp_path / "elsewhere" / "other.db"
    link.parent.mkdir()
    with listening(database) as (program, _):
        link.hardlink_to(database)
        done = finish("listen", "--port", "0", "--database", str(link))
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
        assert b"in use under another name" in done.stderr
        assert program.end() == (0, "")
    with listening(link) as (program, _):
        assert program.end() == (0, "")
    with listening(database) as (program, _):
        program.process.kill()
    with listening(link) as (program, _):
        assert program.end() == (0, "")
