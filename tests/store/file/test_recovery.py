"""A damaged file: what can be read is taken over, the rest is told, and nothing is overwritten."""

from __future__ import annotations

import random
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.base.errors import InspectorError
from inspector.store.file import migrations, row_recovery
from inspector.store.file.database import connect, prepare
from inspector.store.file.disk_errors import damage_mark
from inspector.store.file.locks import ListenerLock
from inspector.store.group import tree
from inspector.store.query.rows import rows
from inspector.store.store import Store
from inspector.store.write import captures, small_tables
from tests.builders import a_capture, a_completion, an_answer
from tests.store.conftest import followed, put

PAGE = 4096
COUNT = 200


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A file with captures small and large, some deleted, and something in most tables."""
    path = tmp_path / "captures.db"
    store = Store(path)
    store.become_listener("test")
    bodies = [an_answer("x" * (number * 37 % 9000), user=f"u-{number}") for number in range(COUNT - 1)]
    await put(store, *(a_capture(body) for body in bodies), a_capture(a_completion()))
    await store.write(
        lambda connection: small_tables.put_note(connection, "public-address", "https://a.test/")
    )
    await store.write(
        lambda connection: small_tables.put_secret_name(connection, "production", is_active=True)
    )
    await followed(store)
    await store.close(forget_deleted=False)
    return path


def bodies(path: Path) -> dict[int, bytes]:
    """Whole captures alone."""
    connection = connect(path, read_only=True)
    query = "SELECT capture_id, body FROM bodies JOIN captures ON id = capture_id WHERE kind = 'captured'"
    found = dict(connection.execute(query))
    connection.close()
    return found


def spoil(path: Path, start: int, garbage: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(garbage)


def garbage(count: int) -> bytes:
    return random.Random(count).randbytes(count)


def overwrite_header(path: Path) -> None:
    spoil(path, 0, garbage(100))


def overwrite_first_page(path: Path) -> None:
    spoil(path, 0, garbage(PAGE))


def overwrite_roots(path: Path) -> None:
    connection = sqlite3.connect(path)
    roots = [root for (root,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1")]
    connection.close()
    for root in roots[:3]:
        spoil(path, (root - 1) * PAGE, garbage(PAGE))


def overwrite_some_in_the_middle(path: Path) -> None:
    middle = path.stat().st_size // PAGE // 2
    for number in range(middle, middle + 5):
        spoil(path, number * PAGE, garbage(PAGE))


def cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3 + 100)


DAMAGES = [overwrite_header, overwrite_first_page, overwrite_roots, overwrite_some_in_the_middle, cut_off]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_can_be_read_is_recovered_and_the_file_kept_aside(
    path: Path, damage: Callable[[Path], None]
) -> None:
    before = bodies(path)
    damage(path)
    damaged = path.read_bytes()
    (told,) = prepare(path, create=True)
    after = bodies(path)
    assert all(before[capture_id] == body for capture_id, body in after.items()), "altered"
    least = COUNT if damage in (overwrite_header, overwrite_first_page) else COUNT // 2
    assert least <= len(after) <= COUNT
    (aside,) = path.parent.glob("captures.db.damaged-*")
    assert aside.read_bytes() == damaged
    assert stat.S_IMODE(aside.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(aside) in told
    assert "were recovered" in told
    assert prepare(path, create=True) == (), "it is whole now"


def test_nothing_is_lost_with_a_header_alone(path: Path) -> None:
    overwrite_header(path)
    (told,) = prepare(path, create=True)
    assert f"{COUNT} captures were recovered, and none was lost" in told
    connection = connect(path)
    assert small_tables.note(connection, "public-address") == "https://a.test/"
    assert [secret.name for secret in small_tables.secret_names(connection)] == ["production"]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_figures_and_groups_are_made_again(path: Path) -> None:
    connection = connect(path)
    figures, surveys = tree.figures(connection), connection.execute("SELECT * FROM surveys").fetchall()
    connection.close()
    overwrite_first_page(path)
    store = Store(path)
    store.become_listener("test")
    await followed(store)
    assert store.read(tree.figures) == figures
    assert store.read(lambda connection: connection.execute("SELECT * FROM surveys").fetchall()) == surveys
    assert await put(store, a_capture()) == [COUNT + 1], "an id is never used twice"
    await store.close(forget_deleted=False)


def test_a_capture_whose_body_is_damaged_is_never_shown_with_another(path: Path) -> None:
    """SQLite itself sees nothing wrong with a page that only holds a part of a body."""
    whole = path.read_bytes()
    place = whole.index(b"x" * 3000) + 1500
    spoil(path, place, b"y" * 100)
    overwrite_header(path)
    (told,) = prepare(path, create=True)
    assert f"{COUNT} captures were recovered, 1 of them without a body" in told
    connection = connect(path)
    ((capture_id,),) = connection.execute("SELECT id FROM captures WHERE kind = 'cut'")
    capture = captures.read(connection, capture_id)
    assert (capture.body, capture.method) == (b"", "POST")
    assert "could not be recovered" in str(capture.trouble)
    row = rows(connection, [capture_id])[capture_id]
    assert (row.verdict.word, row.verdict.reason, row.is_trusted) == ("unchecked", "cut", False)
    connection.close()


async def test_what_was_committed_to_the_log_alone_is_recovered_too(path: Path, tmp_path: Path) -> None:
    store = Store(path)
    (last,) = await put(store, a_capture(an_answer("only in the log")))
    crashed = tmp_path / "crashed" / "captures.db"
    crashed.parent.mkdir()
    for ending in ("", "-wal"):
        crashed.with_name(f"captures.db{ending}").write_bytes(
            path.with_name(f"captures.db{ending}").read_bytes()
        )
    await store.close(forget_deleted=False)
    found = tmp_path / "fresh.db"
    found.touch()
    assert row_recovery.salvage(crashed, found).count == COUNT + 1
    assert bodies(found)[last] == an_answer("only in the log")


def test_a_recovery_waits_for_the_process_that_captures(path: Path) -> None:
    overwrite_header(path)
    before = path.read_bytes()
    lock = ListenerLock(path)
    lock.acquire("another listener")
    with pytest.raises(InspectorError, match="another listener"):
        prepare(path, create=True)
    lock.release()
    assert path.read_bytes() == before


def test_reading_sets_nothing_aside(path: Path) -> None:
    overwrite_header(path)
    before = path.read_bytes()
    with pytest.raises(InspectorError, match="`listen` or the window, which sets it aside"):
        prepare(path, create=False)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.damaged-*"))


def test_no_file_set_aside_takes_the_place_of_another(path: Path) -> None:
    kept = set()
    for _ in range(3):
        overwrite_header(path)
        prepare(path, create=True)
        kept |= {file.name for file in path.parent.glob("*.damaged-*")}
    assert len(kept) == 3


@pytest.mark.parametrize(
    "content", [b"CREATE TABLE bodies (capture_id INTEGER PRIMARY KEY" * 99, b"\0" * 9999]
)
def test_what_never_was_a_file_of_captures_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(InspectorError, match="is not a capture file"):
        prepare(path, create=True)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["other"]


def test_a_mark_of_damage_has_the_file_looked_at_and_goes_where_it_is_whole(path: Path) -> None:
    damage_mark(path).write_text("database disk image is malformed")
    assert prepare(path, create=True) == ()
    assert not damage_mark(path).exists()


def test_each_table_is_either_taken_over_or_made_again() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - {"sqlite_sequence"} == {
        *row_recovery.RECOVERED, *row_recovery.REBUILT, *row_recovery.LEFT_BEHIND
    }  # fmt: skip
    connection.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_ends_it_or_alters_a_body(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    before = bodies(path)
    spoiled = bytearray(whole[: 40 * PAGE])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(spoiled) - 1))
        part = data.draw(st.binary(min_size=1, max_size=64))
        spoiled[place : place + len(part)] = part
    damaged = path.with_name("spoiled.db")
    damaged.write_bytes(spoiled)
    fresh = path.with_name("fresh.db")
    fresh.write_bytes(b"")
    row_recovery.salvage(damaged, fresh)
    after = bodies(fresh)
    assert all(before.get(capture_id) == body for capture_id, body in after.items())
