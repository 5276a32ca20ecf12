"""Files of each earlier version open, whole, in this one."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.domain.replay.request_options import RequestOptions
from inspector.store.file import migrations
from inspector.store.file.database import connect, prepare
from inspector.store.group import recount, shapes, tree
from inspector.store.query.rows import rows
from inspector.store.write import attempts, captures, deliveries, inboxes, plans, small_tables
from inspector.store.write.deliveries import DeliveryState, Queue

DATA = Path(__file__).parents[2] / "data"


def whole(path: Path) -> list[str]:
    """All that a file holds, as SQL."""
    connection = sqlite3.connect(path)
    version = connection.execute("PRAGMA user_version").fetchone()
    found = [str(version), *connection.iterdump()]
    connection.close()
    return found


def whole_of(content: bytes, folder: Path) -> list[str]:
    path = folder / "as it was"
    path.write_bytes(content)
    return whole(path)


@pytest.mark.parametrize("version", range(1, migrations.LATEST))
def test_a_file_of_an_earlier_version_keeps_all_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / f"captures-v{version}.db", path)
    before = sqlite3.connect(path)
    assert before.execute("PRAGMA user_version").fetchone() == (version,)
    bodies = before.execute("SELECT * FROM bodies ORDER BY 1").fetchall()
    before.close()
    old = path.read_bytes()
    (told,) = prepare(path, create=False)
    (copy,) = tmp_path.glob(f"captures.db.v{version}-before-*")
    assert str(copy) in told
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert whole(copy) == whole_of(old, tmp_path)
    assert prepare(path, create=True) == (), "there is nothing left to do"
    connection = connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations.LATEST,)
    assert connection.execute("SELECT * FROM bodies ORDER BY 1").fetchall() == bodies
    found = rows(connection, range(1, 8))
    assert [row.verdict.word for row in found.values()] == [
        "valid", "valid", "invalid", "valid", "unsigned", "unchecked", "unchecked",
    ]  # fmt: skip
    assert [row.kind for row in found.values()].count("sample") == 1
    assert captures.read(connection, 6).trouble == "The sender closed the connection."
    assert [attempt.outcome for attempt in attempts.of_capture(connection, 1)] == ["ok"]
    assert small_tables.note(connection, "public-address") == "https://example.com/hook"
    assert small_tables.secret_names(connection)[0].name == "production"
    assert tree.figures(connection).total == 7
    assert recount.wrong_figures(connection) is None
    connection.close()


def test_plans_and_attempts_of_a_file_without_redirects_are_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / "captures-v4.db", path)
    prepare(path, create=False)
    connection = connect(path)
    found = attempts.of_capture(connection, 2)
    assert [(row.status, row.fault, row.redirects) for row in found] == [(None, None, ()), (307, "twice", ())]
    plan = plans.read(connection, 1)
    assert (plan.state, deliveries.count(connection, Queue(plan_id=1), DeliveryState.WAITING)) == (
        "stopped",
        1,
    )
    assert not RequestOptions.from_options(plan.options["manner"]).is_following_redirects
    connection.close()


@pytest.mark.parametrize("version", range(1, migrations.LATEST))
def test_plans_and_forwards_of_an_earlier_version_keep_their_deliveries(tmp_path: Path, version: int) -> None:
    """In every state, with those that a kill left as started."""
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / f"captures-v{version}.db", path)
    old = sqlite3.connect(path)
    if version < 4:  # there were neither, so that nothing is folded
        expected: list[tuple[object, ...]] = []
    elif version > 6:  # they are in one table already
        expected = old.execute("SELECT * FROM deliveries").fetchall()
        assert expected
    else:
        steps = [(9, n, n + 1, None if n else 250, "twice" if n == 2 else None, n, 4 if n == 2 else None)
                 for n in range(4)]  # fmt: skip
        queue = [(7, 1, "waiting", 2, 1234), (7, 2, "started", 1, 0), (7, 3, "failed", 8, 0)]
        queue += [(7, 4, "unjudged", 0, 0)]
        old.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)", steps)
        old.executemany("INSERT INTO forward_queue VALUES (?, ?, ?, ?, ?)", queue)
        kept = old.execute("SELECT * FROM steps WHERE plan_id != 9").fetchall()
        kept_queue = old.execute("SELECT * FROM forward_queue WHERE forward_id != 7").fetchall()
        old.commit()
        states = {
            "waiting": DeliveryState.WAITING,
            "started": DeliveryState.STARTED,
            "failed": DeliveryState.FAILED,
            "unjudged": DeliveryState.PENDING,
        }
        expected = [
            (plan, 0, position, capture, state, at_ms, fault, 0, 0, attempt)
            for plan, position, capture, at_ms, fault, state, attempt in kept + steps
        ]
        expected += [
            (0, forward, capture, capture, states[state], None, None, tries, next_ms, None)
            for forward, capture, state, tries, next_ms in kept_queue + queue
        ]
    old.close()
    prepare(path, create=False)
    connection = connect(path)
    found = connection.execute("SELECT * FROM deliveries").fetchall()
    assert sorted(found, key=str) == sorted(expected, key=str)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not tables & {"steps", "forward_queue"}
    if 4 <= version <= 6:
        assert deliveries.started(connection, Queue(plan_id=9)) == [(1, 2, None, 0)]
        assert deliveries.started(connection, Queue(forward_id=7)) == [(2, 2, None, 1)]
    connection.close()


def test_an_inbox_of_an_older_file_that_had_ended_still_has(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / "captures-v10.db", path)
    prepare(path, create=False)
    connection = connect(path)
    created = "2026-11-20T10:00:00.123456789Z"
    [(inbox, *last)] = inboxes.of_stream(connection, "HOOKS")
    assert (inbox.id, inbox.created, inbox.suffix, inbox.position, last) == (
        222,
        created,
        "bbbbbbbb",
        4,
        [2, 3],
    )
    ended = connection.execute("SELECT id, created, ended_ms FROM inboxes WHERE ended_ms IS NOT NULL")
    assert ended.fetchall() == [(111, created, 1_764_000_000_123)]
    opened = inboxes.open_inbox(
        connection, stream="HOOKS", created=created, member="me@laptop", address=inbox.address
    )
    assert opened == inbox
    origin = inboxes.origin(connection, 1)
    assert origin is not None
    assert (origin.stream, origin.sequence, origin.edge) == ("HOOKS", 3, "eu-1")
    assert [one.stream for one in inboxes.gaps(connection)] == ["HOOKS"]
    connection.close()


def test_a_departure_of_an_older_file_is_found_once_and_those_of_the_sdk_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / "captures-v5.db", path)
    old = sqlite3.connect(path)
    of_sdk = ["response (nps_feedback) is a number", "responses[].response (star_feedback) is a number"]
    of_sdk += ["response (single_select_feedback) is a list", "response (scale_feedback) is a number"]
    both = json.dumps([*of_sdk, "user_id is a number"])
    old.executemany("INSERT INTO shapes VALUES (?, ?, '[]')", [(1, json.dumps(of_sdk)), (2, both)])
    old.executemany("UPDATE captures SET shape = ? WHERE id = ?", [(2, 3), (1, 1), (2, 2), (2, 4)])
    old.execute("UPDATE captures SET shape = 2 WHERE id = 6")  # not trusted, as 3 and the sample 4 are not
    old.commit()
    old.close()
    prepare(path, create=False)
    connection = connect(path)
    of_sender = [
        [one.detail for one in captures.findings(connection, id_) if one.code == "departs-from-docs"]
        for id_ in range(1, 8)
    ]
    assert of_sender == [[], [{"departures": ["user_id is a number"]}], [], [], [], [], []]
    known = shapes.all_news(connection)
    assert json.dumps(["user_id is a number"]) in known
    assert not any("feedback" in what for what in known)
    assert recount.find_news(connection, sorted(known)) == frozenset()
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


def test_a_copy_has_what_was_in_the_log_alone(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / "captures-v2.db", path)
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("INSERT INTO notes VALUES ('only', 'in the log')")
    other.commit()
    prepare(path, create=True)
    (copy,) = tmp_path.glob("captures.db.v2-before-*")
    connection = sqlite3.connect(copy)
    assert small_tables.note(connection, "only") == "in the log"
    connection.close()
    other.close()


def test_a_copy_never_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    for _ in range(2):
        path.unlink(missing_ok=True)
        shutil.copyfile(DATA / "captures-v2.db", path)
        prepare(path, create=True)
    assert len(list(tmp_path.glob("captures.db.v2-before-*"))) == 2


def test_a_file_that_cannot_be_copied_first_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    shutil.copyfile(DATA / "captures-v2.db", path)
    before = path.read_bytes()
    with path.open("r+b") as file:  # a copy of it is larger than the disk, and it takes no room itself
        file.truncate(shutil.disk_usage(tmp_path).free + 2**30)
    with pytest.raises(InspectorError, match="Free some space"):
        prepare(path, create=True)
    with path.open("rb") as file:
        assert file.read(len(before)) == before
    assert [file.name for file in tmp_path.iterdir()] == ["captures.db"]
