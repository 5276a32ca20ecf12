"""The tree's model under Qt's own tester: any shape, and another in its place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from inspector.domain.json.json_index import index_json
from inspector.gui.detail.body.json_tree import JsonModel
from inspector.gui.kit.table import RowModel

TEXTS = ['{"a": {"b": [1, {"c": null}]}, "d": []}', "[[], [1]]", '"text"', "{}", "", '{"a": 1', "[" * 500]


@pytest.mark.parametrize("text", TEXTS)
def test_any_tree_is_a_model(text: str, qapp: object) -> None:
    model = JsonModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show_index(index_json(text))
    walk(model, QModelIndex())
    model.show_index(index_json('{"other": [1, 2]}'))
    walk(model, QModelIndex())
    model.show_index(None)
    assert model.rowCount() == 0


def test_members_are_the_outermost_rows_with_names_and_values_as_in_the_source(qapp: object) -> None:
    model = JsonModel()
    model.show_index(index_json('{"n": 1.0, "list": ["x"]}'))
    assert [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())] == [
        ("n", "1.0"),
        ("list", "[1]"),
    ]
    inner = model.index(0, 1, model.index(1, 0))
    assert (inner.data(), model.text_of(model.index(1, 0))) == ('"x"', '["x"]')


def test_a_table_takes_and_drops_rows(qapp: object) -> None:
    model = RowModel(("A", "B"))
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for number in range(5):
        model.prepend((str(number), "x"), 3)
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["4", "3", "2"]
    model.show_rows([("only", "one")])
    assert model.rowCount() == 1


def walk(model: JsonModel, parent: QModelIndex, depth: int = 0) -> None:
    for row in range(model.rowCount(parent)):
        for column in range(model.columnCount(parent)):
            index = model.index(row, column, parent)
            assert isinstance(index.data(), str)
            assert model.parent(index) == parent
        if depth < 300:
            walk(model, model.index(row, 0, parent), depth + 1)


def test_of_many_values_the_first_thousand_are_there_and_the_others_when_asked(qapp: object) -> None:
    model = JsonModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_index(index_json(str({"a": list(range(2_500))}).replace("'", '"')))
    holder = model.index(0, 0)
    assert model.rowCount(holder) == 1_001
    assert model.index(1_000, 1, holder).data() == "[1,500 more: press Enter or click]"
    assert [part for part in model.search("2400") if part] == [], "what has no row is not found"
    for rows in (2_001, 2_500):
        model.show_more(model.index(model.rowCount(holder) - 1, 0, holder))
        assert model.rowCount(holder) == rows
    assert model.index(2_499, 1, holder).data() == "2499"
    assert model.path_of(model.index(2_499, 0, holder)) == "$.a[2499]"
    assert [part for part in model.search("2400") if part]
    model.show_more(model.index(0, 0, holder))
    assert model.rowCount(holder) == 2_500, "a value is no row for more"
    tester.deleteLater()
