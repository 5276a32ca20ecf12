"""Rows of threads agree with a plain list of them, whatever is opened, folded and added."""

from __future__ import annotations

import random
from array import array
from itertools import accumulate

import pytest

from inspector.gui.captures.thread_rows import ThreadRows
from inspector.session.threads import ThreadIds


def rows_of(threads: list[list[int]]) -> ThreadRows:
    counts = list(map(len, threads))
    return ThreadRows(
        ThreadIds(
            ids=array("q", (one for members in threads for one in members)),
            newest=array("q", (max(members) for members in threads)),
            counts=array("q", counts),
            starts=array("q", list(accumulate(counts, initial=0))[:-1]),
        )
    )


def expected(threads: list[list[int]], opened: set[int]) -> list[int]:
    keys = []
    for members in sorted(threads, key=max, reverse=True):
        keys.append(max(members))
        if max(members) in opened and len(members) > 1:
            keys += [-one for one in sorted(members, reverse=True)]
    return keys


def keys(rows: ThreadRows) -> list[int]:
    return [rows.key_at(row) for row in range(len(rows))]


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_threads_newest_on_top_with_open_ones_unfolded(seed: int) -> None:
    chance = random.Random(seed)
    threads: list[list[int]] = []
    for capture_id in range(1, 60):
        if threads and chance.random() < 0.6:
            chance.choice(threads).append(capture_id)
        else:
            threads.append([capture_id])
    threads.sort(key=max, reverse=True)
    rows = rows_of(threads)
    opened: set[int] = set()
    for capture_id in range(60, 90):
        one = chance.choice(threads)
        opened ^= {max(one)}
        rows.set_open(opened)
        opened &= set(rows.open)
        if chance.random() < 0.5:
            one = chance.choice(threads)
            rows.join(capture_id, max(one))
            if max(one) in opened:
                opened = opened - {max(one)} | {capture_id}
            one.append(capture_id)
        else:
            rows.join(capture_id, None)
            threads.append([capture_id])
        assert keys(rows) == expected(threads, opened)
        assert rows.capture_count == capture_id
        assert rows.all_members() == list(range(capture_id, 0, -1))
        for row, key in enumerate(keys(rows)):
            assert rows.row_of(key) == row
            members = next(members for members in threads if abs(key) in members)
            assert rows.thread_of(abs(key)) == max(members)
            assert list(rows.members(key)) == (sorted(members, reverse=True) if key > 0 else [-key])
            assert rows.count(key) == (len(members) if key > 0 else 0)
            assert rows.is_last(key) == (key < 0 and -key == min(members))


def test_an_unknown_capture_has_no_row() -> None:
    rows = rows_of([[3, 1], [2]])
    assert rows.row_of(1) is None
    assert rows.row_of(-1) is None
    assert rows.thread_of(7) is None
