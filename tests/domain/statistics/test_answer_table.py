"""Tables of answers: no spreadsheet finds a formula in one, and no text is cut."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event import read_event
from inspector.domain.event.question import whole_text
from inspector.domain.json.value import JsonValue, parse
from inspector.domain.mask.mask import DOTS
from inspector.domain.respondent.fact import facts_of
from inspector.domain.statistics.answer_table import ANSWER_COLUMNS, answer_rows, csv_text
from inspector.domain.statistics.survey_counts import CountRequest, ReadCapture
from tests.builders import a_completion, an_answer

_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_CELL_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\r\n"))


@given(st.lists(_CELL_TEXT, min_size=1, max_size=3))
def test_no_cell_of_a_table_begins_a_formula_and_none_is_lost(cells: list[str]) -> None:
    [row] = csv.reader(io.StringIO(csv_text([["x", *cells]]), newline=""))
    assert len(row) == len(cells) + 1
    for written, cell in zip(row[1:], cells, strict=True):
        is_formula = written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert not is_formula or _NUMBER.fullmatch(written)
        assert written in (cell, f"'{cell}")


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1+1",
        "-",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        " =1",
        "\uff1d1",
        "\u3000\uff0b1",
        "\ufeff=1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_a_formula_is_defused(cell: str) -> None:
    assert csv_text([[cell]]).strip('"').startswith("'")


@pytest.mark.parametrize("cell", ["-1", "-1.5", "-2e-7"])
def test_a_negative_number_stays_a_number(cell: str) -> None:
    assert csv_text([[cell]]).strip() == cell


def test_characters_that_no_spreadsheet_stores_become_visible() -> None:
    assert csv_text([["a\x00b\x1bc\ud800"]]).strip() == "a\\x00b\\x1bc\\ud800"


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (None, ""),
        ([], ""),
        ("fine", "fine"),
        (["a"], "a"),
        (["a", "b, c", 5], "a; b, c; 5"),
        (9, "9"),
        (True, "true"),
        ({"a": [1]}, '{"a": [1]}'),
    ],
)
def test_an_answer_is_one_plain_text(response: JsonValue, text: str) -> None:
    assert whole_text(response) == text


def seen(capture_id: int, body: bytes) -> ReadCapture:
    event = read_event(parse(body))
    return ReadCapture(
        capture_id=capture_id, received_ms=5, body_hash=str(body), event=event, facts=facts_of(event)
    )


def test_a_row_is_the_answer_that_counts_with_masked_fields_as_dots() -> None:
    captures = [seen(1, an_answer("8")), seen(2, a_completion("9"))]
    [row] = answer_rows(captures, CountRequest(), hidden={"user_id"})
    cells = dict(zip(ANSWER_COLUMNS, row, strict=True))
    assert (cells["capture"], cells["answer"], cells["user_id"]) == (2, "9", DOTS)
    assert cells["received_at"] == "1970-01-01T00:00:00.005Z"
    assert list(answer_rows(captures, CountRequest(), question=("another", None))) == []
