"""The list's model holds ids alone and reads rows by the page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from inspector.domain.capture.rows import CaptureRow
from inspector.domain.signature.verdict import Verdict
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.model import CaptureModel


def a_row(capture_id: int, **changes: object) -> CaptureRow:
    values: dict[str, object] = {
        "id": capture_id,
        "kind": "captured",
        "received_ms": 1_700_000_000_000,
        "method": "POST",
        "target": b"/hook",
        "size": 10,
        "declared": 10,
        "answered": 200,
        "event": "answer",
        "survey_id": "s-1",
        "survey_name": "Survey one",
        "group_id": "g-1",
        "user_id": f"user_{capture_id}",
        "platform": None,
        "question_order": 3,
        "summary": "fine",
        "verdict": Verdict(word="valid", matched=("raw", "stringify")),
        "is_json": True,
        "is_trusted": True,
    }
    return CaptureRow(**{**values, **changes})  # type: ignore[arg-type]


class Rows:
    """Counts what is read."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gone: set[int] = set()

    def __call__(self, ids: Sequence[int]) -> dict[int, CaptureRow]:
        self.asked += ids
        return {one: a_row(one) for one in ids if one not in self.gone}


def column(name: str) -> int:
    return [one.name for one in COLUMNS].index(name)


def text(model: CaptureModel, row: int, name: str) -> str:
    return str(model.index(row, column(name)).data())


def test_it_keeps_the_rules_of_a_model_while_it_changes() -> None:
    model = CaptureModel(Rows())
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_ids([3, 2, 1])
    assert model.add((4, 5)) == 2
    model.refresh([1, 5, 99])
    model.set_ids([])
    assert model.rowCount() == 0


def test_the_newest_stands_on_top() -> None:
    model = CaptureModel(Rows())
    model.set_ids([30, 20, 10])
    model.add((40, 50))
    assert [model.id_at(row) for row in range(5)] == [50, 40, 30, 20, 10]
    assert text(model, 0, "respondent") == "user_50"
    assert model.row_of(20) == 3
    assert model.row_of(21) is None


def test_what_it_holds_already_is_not_added_again() -> None:
    model = CaptureModel(Rows())
    model.set_ids([3, 2, 1])
    assert model.add((2, 3, 4)) == 1
    assert model.rowCount() == 4


def test_a_million_rows_cost_a_page_wherever_one_looks() -> None:
    rows = Rows()
    model = CaptureModel(rows)
    model.set_ids(range(1_000_000, 0, -1))
    for row in (0, 500_000, 999_999):
        assert text(model, row, "respondent") == f"user_{1_000_000 - row}"
    assert len(rows.asked) <= 300
    for row in range(0, 1_000_000, 10_000):
        text(model, row, "time")
    assert model.cached_count <= 2_000


def test_in_a_flood_no_more_is_read_than_is_in_sight() -> None:
    rows = Rows()
    model = CaptureModel(rows)
    model.set_ids([])
    for first in range(1, 1_000, 100):
        model.add(range(first, first + 100))
        newest = first + 99
        assert [line.id for line in model.lines(0, 25)] == list(range(newest, newest - 26, -1))
    assert len(rows.asked) == 10 * 26
    model.lines(0, 25)
    assert len(rows.asked) == 10 * 26


def test_a_row_that_is_gone_is_drawn_disabled_and_raises_nothing() -> None:
    rows = Rows()
    rows.gone.add(2)
    model = CaptureModel(rows)
    model.set_ids([3, 2, 1])
    line = model.line_at(1)
    assert line.is_broken
    assert text(model, 1, "verdict") == ""
    assert text(model, 0, "verdict") == "Valid"


def test_a_refreshed_row_is_read_again() -> None:
    rows = Rows()
    model = CaptureModel(rows)
    model.set_ids([3, 2, 1])
    text(model, 0, "time")
    rows.asked.clear()
    model.refresh([2])
    text(model, 1, "time")
    assert rows.asked == [2]


def test_a_tool_tip_is_never_markup() -> None:
    def read(ids: Sequence[int]) -> dict[int, CaptureRow]:
        return {one: a_row(one, summary="<b>bold</b>") for one in ids}

    model = CaptureModel(read)
    model.set_ids([1])
    tip = model.index(0, column("answer")).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "&lt;b&gt;bold" in tip


def test_older_captures_are_put_below_and_newer_ones_on_top() -> None:
    rows = Rows()
    model = CaptureModel(rows)
    QAbstractItemModelTester(model)
    model.set_ids([9, 8])
    model.add_older([5, 3])
    model.add_older([])
    model.add([10])
    model.add_older([1])
    assert [model.id_at(row) for row in range(model.rowCount())] == [10, 9, 8, 5, 3, 1]
    assert model.row_of(3) == 4


def test_each_is_put_in_its_place_once() -> None:
    model = CaptureModel(Rows())
    QAbstractItemModelTester(model)
    model.set_ids([9, 5])
    assert model.add((1, 6, 7, 9, 12)) == 4
    assert model.add((7,)) == 0
    assert [model.id_at(row) for row in range(model.rowCount())] == [12, 9, 7, 6, 5, 1]
