"""A table never exceeds its terminal, keeps its most important column, and cuts nothing in a pipe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.visible import visible
from inspector.cli.output.alignment import display_width
from inspector.cli.output.streams import Painter
from inspector.cli.output.tables import TextColumn, TextTable, aligned

_COLUMNS = (
    TextColumn(heading="name", least=6, most=30, importance=3),
    TextColumn(heading="count", least=5, most=9, importance=2, is_number=True),
    TextColumn(heading="marks", least=8, most=20, importance=1),
)
_CELL = st.text(max_size=60).map(visible)
_ROWS = st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=4)


@given(rows=_ROWS, width=st.integers(min_value=1, max_value=200), indent=st.sampled_from([0, 2]))
def test_no_line_is_wider_than_the_terminal(
    rows: list[tuple[str, str, str]], width: int, indent: int
) -> None:
    table = TextTable(Painter(width=width), _COLUMNS, sample=rows, indent=indent)
    for line in (table.heading(), *map(table.line, rows)):
        assert display_width(line) <= max(width, indent + 1)


@given(rows=_ROWS)
def test_nothing_is_cut_without_a_terminal(rows: list[tuple[str, str, str]]) -> None:
    table = TextTable(Painter(), _COLUMNS, sample=rows)
    for row in rows:
        assert all(cell.strip() in table.line(row) for cell in row)


def test_the_least_important_columns_give_way() -> None:
    row = ("a name of thirty characters or so", "12,345", "[changed]")
    shown = {width: TextTable(Painter(width=width), _COLUMNS).line(row) for width in (80, 30, 20, 8)}
    assert shown == {
        80: "a name of thirty characters o…     12,345  [changed]",
        30: "a name o…     12,345  [change…",
        20: "a name o…     12,345",
        8: "a name …",
    }
    narrow = TextTable(Painter(width=80), _COLUMNS, sample=[("ab", "1", "")])
    assert narrow.heading() == "name  count  marks"
    assert narrow.line(("ab", "1", "[late]")) == "ab        1  [late]"


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


def test_the_last_cell_wraps_after_a_comma() -> None:
    columns = [
        TextColumn(heading="group", least=5, most=5, importance=1),
        TextColumn(heading="captures", least=16, most=40, importance=2),
    ]
    cells = ("g-1", "10 valid, 6 invalid, 2 unsigned")
    assert list(TextTable(Painter(width=27), columns).lines(cells)) == [
        "g-1    10 valid, 6 invalid,",
        "       2 unsigned",
    ]
    assert list(TextTable(Painter(), columns).lines(cells)) == ["g-1    10 valid, 6 invalid, 2 unsigned"]
