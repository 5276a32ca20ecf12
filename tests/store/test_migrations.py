"""Files of each earlier version open, whole, in this one."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from inspector.store import attempts, captures, ledger, migrations, tree
from inspector.store.database import connect, prepare

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize("version", range(1, migrations.LATEST))
def test_a_file_of_an_earlier_version_keeps_all_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / f"captures-v{version}.db", path)
    before = sqlite3.connect(path)
    assert before.execute("PRAGMA user_version").fetchone() == (version,)
    bodies = before.execute("SELECT * FROM bodies ORDER BY 1").fetchall()
    before.close()
    prepare(path, create=False)
    connection = connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations.LATEST,)
    assert connection.execute("SELECT * FROM bodies ORDER BY 1").fetchall() == bodies
    rows = captures.rows(connection, range(1, 8))
    assert [row.verdict.word for row in rows.values()] == [
        "valid", "valid", "invalid", "valid", "unsigned", "unchecked", "unchecked",
    ]  # fmt: skip
    assert [row.kind for row in rows.values()].count("sample") == 1
    assert captures.read(connection, 6).trouble == "The sender closed the connection."
    assert [attempt.outcome for attempt in attempts.of_capture(connection, 1)] == ["ok"]
    assert ledger.note(connection, "public-address") == "https://example.com/hook"
    assert ledger.secret_names(connection)[0].name == "production"
    assert tree.figures(connection).total == 7
    connection.close()


def test_a_migrated_file_has_the_schema_of_a_new_one(tmp_path: Path) -> None:
    shutil.copyfile(DATA / "captures-v1.db", tmp_path / "old.db")
    schemas = []
    for name in ("old.db", "new.db"):
        prepare(tmp_path / name, create=True)
        connection = connect(tmp_path / name)
        schemas.append(
            {
                name: connection.execute(f"PRAGMA table_info({name})").fetchall()
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
        )
        connection.close()
    assert schemas[0] == schemas[1]
