"""A short list shows every cell whole, at any width."""

from __future__ import annotations

import pytest

from inspector.cli.output.columns import display_width
from inspector.cli.output.short_lists import aligned

ROWS = (
    ("1", "on", "http://localhost:3000/", "trusted POSTs"),
    ("12", "paused", "http://localhost:3000/hook", "trusted POSTs: survey:nps event:response_group, relays"),
    ("3", "on", "http://例え.test/", ""),
)


def _words(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("width", [20, 40, 79, 80, 200])
def test_rows_fit_and_nothing_is_lost(width: int) -> None:
    lines = list(aligned(ROWS, width))
    assert max(map(display_width, lines)) <= width
    assert _words("".join(lines)) == _words("".join(map("".join, ROWS)))


def test_without_a_terminal_each_row_is_one_line() -> None:
    assert list(aligned(ROWS[:2], None)) == [
        "1   on      http://localhost:3000/      trusted POSTs",
        "12  paused  http://localhost:3000/hook  trusted POSTs: survey:nps event:response_group, relays",
    ]
    assert list(aligned((), 80)) == []


def test_a_long_cell_wraps_under_itself() -> None:
    lines = list(aligned(ROWS[1:2], 70))
    assert lines[0].startswith("12  paused  http://localhost:3000/hook  trusted POSTs:")
    assert all(line.startswith(" " * 40) for line in lines[1:])
    assert len(lines) > 1
