"""`maintain` says whether the file is whole, puts figures right, and gives back the room of what is gone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.manage.export import EXPORT
from inspector.cli.verbs.manage.import_ import IMPORT
from inspector.cli.verbs.manage.maintain import MAINTAIN
from inspector.cli.verbs.manage.prune import PRUNE
from inspector.store.file import file_check
from inspector.store.file.database import connect
from inspector.store.store import Store
from tests.builders import a_completion, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep, keep_of_inbox
from tests.store.group.test_grouping import follow, refold_all, stored

BODIES = [
    *(an_answer("big " * 10_000, user=f"u-{number}") for number in range(5)),
    *(a_completion("fine", user=f"u-{number}", name="One") for number in range(3)),
    an_answer("other", survey="s-2", user="u-1").replace(b'"platform"', b'"colour":"red","platform"'),
]


@pytest.fixture
async def database(keep: Keep) -> str:
    """A file with two surveys, all of it counted, and something that no document knows."""
    database = await keep(*((body, signature(body)) for body in BODIES))
    with _opened(database) as connection:
        follow(connection)
    return database


@contextmanager
def _opened(database: str) -> Iterator[sqlite3.Connection]:
    with closing(connect(Path(database))) as connection:
        yield connection


def _overwrite(database: str, place: int) -> None:
    with open(database, "r+b") as file:
        file.seek(place)
        file.write(b"\x01" * 20)


def _size(database: str) -> int:
    return Path(database).stat().st_size


def _mode(database: str) -> int:
    return Path(database).stat().st_mode & 0o777


async def test_a_whole_file_is_called_whole(database: str) -> None:
    done = await use(MAINTAIN, "check", "--database", database)
    assert (done.status, done.text) == (0, "The file is not damaged.\n")
    assert done.said.splitlines() == [
        "Checking captures.",
        "Checking bodies.",
        "Checking findings.",
        "Checking surveys and respondents.",
        "Checking attempts.",
        "Checking replays and forwards.",
        "Checking shared inboxes.",
        "Checking everything else.",
        "Comparing bodies with their hashes.",
        "Checked.",
    ]
    record = (await use(MAINTAIN, "check", "--database", database, "--format", "json")).record()
    assert record == {"job": "check", "ok": True, "says": ["The file is not damaged."]}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM bodies WHERE capture_id = 3", "body is missing"),
        (
            "UPDATE bodies SET body = x'00' WHERE capture_id = 3",
            "body is missing or differs from the one that arrived: 1 (3).",
        ),
        ("DELETE FROM captures WHERE id = 3", "Bodies without a capture: 1."),
    ],
)
async def test_what_is_wrong_is_said_and_the_answer_is_no(database: str, damage: str, said: str) -> None:
    with _opened(database) as connection:
        connection.execute(damage)
    done = await use(MAINTAIN, "check", "--database", database)
    assert done.status == 1
    assert said in done.text


async def test_a_damaged_index_is_found(database: str) -> None:
    with _opened(database) as connection:
        [root] = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'captures_by_age'"
        ).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    _overwrite(database, root * size - 40)
    done = await use(MAINTAIN, "check", "--database", database)
    assert done.status == 1
    assert "Table captures: " in done.text


async def test_every_table_is_checked(database: str) -> None:
    with _opened(database) as connection:
        tables = connection.execute(
            "SELECT name, rootpage FROM sqlite_master WHERE type = 'table' AND name != 'sqlite_sequence'"
        ).fetchall()
        [size] = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = Path(database).read_bytes()  # noqa: ASYNC240 - nothing else is to be done meanwhile
    for name, root in tables:
        _overwrite(database, (root - 1) * size)
        problems = file_check.check(Path(database), lambda part, doing: None, threading.Event())
        assert problems, name
        Path(database).write_bytes(whole)  # noqa: ASYNC240


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE respondents SET answers = 99 WHERE id = 1",
        "DELETE FROM respondents WHERE id = 2",
        "INSERT INTO respondents (is_sample, survey_id, group_id, user_id, solo, captures)"
        " VALUES (0, 's-9', 'g', 'u', 0, 4)",
        "UPDATE groups SET captures = captures + 5",
        "DELETE FROM groups WHERE survey_id = 's-2'",
        "UPDATE surveys SET runs = 0, users = 7",
        "UPDATE surveys SET name = 'Other', name_from = 1 WHERE survey_id = 's-1'",
        "UPDATE figures SET total = 1, valid = 77",
        "DELETE FROM news",
        "UPDATE news SET capture_id = 1",
        "DELETE FROM findings WHERE is_between",
    ],
)
async def test_a_recount_puts_right_what_was_wrong_and_says_so(database: str, wrong: str) -> None:
    with _opened(database) as connection:
        right, news = refold_all(connection), connection.execute("SELECT * FROM news").fetchall()
        assert news
        assert right["findings"]
        connection.execute(wrong)
    done = await use(MAINTAIN, "recount", "--database", database)
    with _opened(database) as connection:
        assert stored(connection) == right
        assert connection.execute("SELECT * FROM news").fetchall() == news
    assert done.status == 1, done.text
    again = await use(MAINTAIN, "recount", "--database", database)
    assert (again.status, again.text) == (0, "Everything was recounted. There are no differences.\n")


async def test_compacting_gives_back_the_room_of_what_is_gone(database: str) -> None:
    await use(PRUNE, "--keep-count", "4", "--database", database)
    before = _size(database)
    listed = (await use(LIST, "--database", database)).text
    record = (await use(MAINTAIN, "compact", "--database", database, "--format", "json")).record()
    assert (record["ok"], record["before"]) == (True, before)
    assert record["after"] == _size(database) < before - 150_000
    assert (await use(LIST, "--database", database)).text == listed
    assert _mode(database) == 0o600


async def test_what_is_removed_of_a_shared_inbox_leaves_the_position_and_the_others(
    keep: Keep, tmp_path: Path
) -> None:
    here = await keep()
    await keep_of_inbox(here, "eu-1", an_answer("1"), an_answer("2"), an_answer("3"))
    await use(PRUNE, "--keep-count", "1", "--database", here)
    await use(MAINTAIN, "compact", "--database", here)
    assert (await use(MAINTAIN, "check", "--database", here)).status == 0
    await keep_of_inbox(here, "eu-2", an_answer("4"))
    records = (await use(LIST, "--database", here, "--format", "json")).records()
    assert [(one["inbox"]["sequence"], one["inbox"]["edge"]) for one in records] == [(3, "eu-1"), (4, "eu-2")]
    await use(EXPORT, "--database", here, "--output", str(tmp_path / "export"))
    there = str(tmp_path / "there.db")
    await use(IMPORT, str(tmp_path / "export"), "--database", there)
    records = (await use(LIST, "--database", there, "--format", "json")).records()
    assert [(one["kind"], one["inbox"]) for one in records] == [("imported", None)] * 2


async def test_a_file_that_is_captured_into_is_checked_and_counted_but_not_compacted(database: str) -> None:
    listener = Store(Path(database))
    listener.become_listener("somebody")
    try:
        for job in ("check", "recount"):
            assert (await use(MAINTAIN, job, "--database", database)).status == 0
        with pytest.raises(InspectorError, match=r"while it is compacted.* somebody"):
            await use(MAINTAIN, "compact", "--database", database)
    finally:
        await listener.close(forget_deleted=False)
