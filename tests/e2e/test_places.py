"""Where the file of captures and the files beside it are: links, second names, a folder that is not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.e2e.program import finish, listening


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A file of the user's own, which anyone may read."""
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
def test_a_link_beside_the_file_empties_nothing(tmp_path: Path, other: Path, ending: str) -> None:
    database = tmp_path / "captures.db"
    (tmp_path / f"captures.db{ending}").symlink_to(other)
    with listening(database) as (program, _):
        assert is_as_it_was(other)
        assert program.end()[0] == 0
    assert is_as_it_was(other)
