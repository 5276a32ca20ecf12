"""What a change in bulk leaves to be counted anew is counted in the end, whoever dies in between."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.group import refold_queue, tree
from inspector.store.group.tree import TreeOptions
from inspector.store.store import Store
from inspector.store.write import captures, deletions
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_completion, an_answer
from tests.store.conftest import followed, put
from tests.store.file.test_migrations import DATA
from tests.store.group.test_grouping import follow, refold_all, stored


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    prepare(tmp_path / "captures.db", create=True)
    with closing(connect(tmp_path / "captures.db")) as connection:
        yield connection


async def filled(path: Path, users: int) -> Store:
    """Each user answered twice, with a completion of some."""
    store = Store(path)
    store.become_listener("test")
    for user in range(users):
        bodies = [an_answer("a", user=f"u-{user}", order=order) for order in (1, 2)]
        if user % 3 == 0:
            bodies.append(a_completion("a", user=f"u-{user}"))
        await put(store, *map(a_capture, bodies))
    await followed(store)
    return store


async def test_a_kill_after_a_large_clearing_leaves_its_groups_to_the_next_listener(tmp_path: Path) -> None:
    first = await filled(tmp_path / "captures.db", 20)
    await first.close(forget_deleted=False)
    with closing(connect(tmp_path / "captures.db")) as connection:
        deletion = deletions.begin(connection, 0)
        deletions.hide(connection, deletion, range(1, 40), is_bulk=True)
        figures = tree.figures(connection)
        assert refold_queue.waiting(connection) > 10
    second = Store(tmp_path / "captures.db")
    assert figures.total == second.read(tree.figures).total == 20 * 2 + 7 - 39
    assert second.behind() > 10
    second.become_listener("test")
    await followed(second)
    assert second.behind() == 0
    await second.close(forget_deleted=False)
    with closing(connect(tmp_path / "captures.db")) as connection:
        assert stored(connection) == refold_all(connection)


async def test_respondents_of_an_older_file_are_counted_again_by_the_next_listener(tmp_path: Path) -> None:
    shutil.copyfile(DATA / "captures-v5.db", tmp_path / "captures.db")
    with closing(sqlite3.connect(tmp_path / "captures.db")) as old:
        # As if each of them had skipped two questions, which counted before.
        assert old.execute("UPDATE respondents SET answers = answers + 2 WHERE answers > 0").rowcount
        old.commit()
    store = Store(tmp_path / "captures.db")
    store.become_listener("test")
    await followed(store)
    assert store.behind() == 0
    await store.close(forget_deleted=False)
    with closing(connect(tmp_path / "captures.db")) as connection:
        assert stored(connection) == refold_all(connection)


def test_findings_that_an_older_version_stored_are_read_in_current_words(
    connection: sqlite3.Connection,
) -> None:
    capture = a_capture(an_answer())
    captures.insert(connection, [new_capture(capture, evaluate(capture, [], is_secret_on_file=False))] * 2)
    follow(connection)
    now = captures.findings(connection, 2)
    assert [one.code for one in now] == ["redelivery"]
    connection.execute("UPDATE findings SET summary = 'Old words.', fix = 'Old fix.'")
    assert captures.findings(connection, 2) == now


async def test_a_listener_counts_what_another_process_left_it_though_nothing_arrives(tmp_path: Path) -> None:
    store = await filled(tmp_path / "captures.db", 3)
    with closing(connect(tmp_path / "captures.db")) as other:
        deletions.hide(other, deletions.begin(other, 0), [1, 2], is_bulk=True)
    assert store.behind() > 0
    await followed(store)
    assert store.read(stored) is not None
    [survey] = store.read(lambda c: tree.surveys(c, TreeOptions())).rows
    assert survey.captures == 5
    await store.close(forget_deleted=False)


def test_what_was_hidden_before_it_was_counted_keeps_nobody_waiting(connection: sqlite3.Connection) -> None:
    captures.insert(connection, [new_capture(a_capture(an_answer("a")), PENDING)] * 3)
    deletions.hide(connection, 1, [2, 3], is_bulk=True)
    follow(connection)
    newest, watermark = connection.execute(
        "SELECT (SELECT max(id) FROM captures), watermark FROM figures"
    ).fetchone()
    assert newest == watermark == 3
    deletions.restore(connection, 1, is_bulk=True)
    follow(connection)
    assert stored(connection) == refold_all(connection)
    assert refold_queue.waiting(connection) == 0


def test_what_is_removed_waits_to_be_forwarded_no_more(connection: sqlite3.Connection) -> None:
    captures.insert(connection, [new_capture(a_capture(), PENDING)] * 3)
    connection.execute("INSERT INTO forwards VALUES (7, 'http://127.0.0.1:1/', '', 1, '{}', 0)")
    connection.executemany(
        "INSERT INTO deliveries (forward_id, position, capture_id, state) VALUES (7, ?1, ?1, 0)",
        [(1,), (2,), (3,)],
    )
    deletions.remove(connection, [1, 3])
    assert connection.execute("SELECT capture_id FROM deliveries").fetchall() == [(2,)]


async def test_the_end_of_a_flood_is_seen_though_it_is_only_counted(store: Store) -> None:
    store.become_listener("test")
    await put(store, *[a_capture(an_answer(str(n), order=n)) for n in range(502)])
    await followed(store)
    await put(store, a_capture(a_completion("5")))
    await followed(store)
    assert marks(store) == ["complete"]
    await put(store, a_capture(an_answer("again")))
    await followed(store)
    assert marks(store) == ["complete"]


def marks(store: Store) -> list[str | None]:
    page = store.read(lambda c: tree.respondents(c, "s-1", "g-1", TreeOptions()))
    return [row.mark for row in page.rows]
