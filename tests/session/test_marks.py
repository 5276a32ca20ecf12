"""Pins, notes and colours: shown in rows, kept by clearing, carried out and in."""

from __future__ import annotations

import io

import pytest

from inspector.base.errors import NotFound
from inspector.session.session import Session
from tests.builders import a_capture
from tests.session.conftest import Start
from tests.session.test_captures import ids
from tests.store.conftest import put


async def some(start: Start, count: int = 3) -> Session:
    session = await start(listening=False)
    await put(session.store, *(a_capture(b"x" * number) for number in range(1, count + 1)))
    return session


async def test_a_row_bears_what_its_capture_is_marked_with_and_is_told_of(start: Start) -> None:
    session = await some(start)
    told: list[tuple[int, ...]] = []
    session.captures.judged.connect(told.append)
    await session.marks.pin([2])
    await session.marks.put_color([3, 2], "teal")
    await session.marks.put_note(2, "look")
    assert told == [(2,), (2, 3), (2,)]
    row = session.captures.rows([2])[2]
    assert (row.is_pinned, row.color, row.note) == (True, "teal", "look")
    assert session.captures.latest_rows([2])[2] == row
    assert not session.captures.rows([1])[1].is_pinned


async def test_a_colour_is_counted_where_it_changes_and_can_be_taken(start: Start) -> None:
    session = await some(start)
    assert await session.marks.put_color([1, 2], "pink") == 2
    assert await session.marks.put_color([1, 2, 3], "pink") == 1
    assert await session.marks.put_color([1], None) == 1
    assert await session.marks.put_color([1], None) == 0
    left = session.store.read(
        lambda connection: connection.execute("SELECT capture_id FROM marks").fetchall()
    )
    assert left == [(2,), (3,)]
    with pytest.raises(NotFound):
        await session.marks.put_color([1, 99], "pink")
    assert session.captures.rows([1])[1].color is None


async def test_clearing_leaves_what_is_pinned_and_tells_how_many(start: Start) -> None:
    session = await some(start)
    await session.marks.pin([2])
    deletion = await session.captures.clear()
    assert (deletion.count, deletion.pinned) == (2, 1)
    assert await ids(session) == [2]
    await session.captures.undo(deletion)
    assert await ids(session) == [3, 2, 1]
    assert (await session.captures.delete([2])).count == 0


async def test_marks_go_out_and_come_in_again(start: Start) -> None:
    session = await some(start, 1)
    await session.marks.pin([1])
    await session.marks.put_color([1], "brown")
    lines = [line async for part in session.transfer.exported([1]) for line in part.lines]
    await session.marks.pin([1], is_pinned=False)
    await session.maintenance.remove([1])  # else what comes in is a duplicate of it
    await session.transfer.take(io.BytesIO("\n".join(lines).encode()))
    row = session.captures.rows([2])[2]
    assert (row.is_pinned, row.color) == (True, "brown")
