"""The tree of a text as numbers: what is in it, what is left out and said so."""

from __future__ import annotations

import json
import pickle
from typing import Any

from hypothesis import given

from inspector.domain.json.json_index import MAX_LABEL, JsonIndex, index_json
from tests.domain.json.test_source import ANY_JSON


def value_of(tree: JsonIndex, number: int) -> Any:
    """The value again, from the tree's names and children alone."""
    text = tree.text[tree.starts[number] : tree.ends[number]]
    children = [tree.child(number, row) for row in range(tree.count(number))]
    if text.startswith("{"):
        names = [json.loads(f'"{tree.text[tree.name_starts[c] : tree.name_ends[c]]}"') for c in children]
        return dict(zip(names, (value_of(tree, child) for child in children), strict=True))
    if text.startswith("["):
        return [value_of(tree, child) for child in children]
    return json.loads(text)


@given(ANY_JSON)
def test_the_tree_holds_the_whole_value(value: Any) -> None:
    tree = index_json(json.dumps(value))
    assert value_of(tree, tree.child(0, 0)) == value
    assert tree.is_whole
    assert tree.broken is None


def test_a_duplicate_name_has_a_row_each_and_numbers_their_source() -> None:
    tree = index_json('{"n": 1.0, "n": 12345678901234567890}')
    top = tree.child(0, 0)
    rows = [tree.child(top, row) for row in range(tree.count(top))]
    assert [(tree.name(row), tree.label(row)) for row in rows] == [
        ("n", "1.0"),
        ("n", "12345678901234567890"),
    ]


def test_names_and_texts_are_bounded_and_hide_nothing() -> None:
    tree = index_json('{"\u202ename": "' + "x" * 5_000 + '"}')
    row = tree.child(tree.child(0, 0), 0)
    assert tree.name(row) == "\\u202ename"
    assert len(tree.label(row)) == MAX_LABEL + 1
    assert tree.label(row).endswith("…")


def test_too_many_values_and_too_many_levels_are_left_out_and_told() -> None:
    many = index_json("[" + ",".join("1" * 1 for _ in range(50)) + "]", max_values=10)
    assert (many.count(many.child(0, 0)), many.is_whole) == (9, False)
    deep = index_json("[" * 100_000 + "]" * 100_000, max_depth=20)
    assert (len(deep.starts), deep.is_whole, deep.broken) == (21, False, None)
    assert deep.label(20).startswith("[[[")


def test_a_text_that_breaks_off_shows_what_came_before() -> None:
    tree = index_json('{"a": 1, "b": {"c": 2')
    top = tree.child(0, 0)
    assert [tree.name(tree.child(top, row)) for row in range(tree.count(top))] == ["a", "b"]
    assert tree.broken is not None
    assert index_json("plain").broken is not None


def test_it_goes_to_the_worker_and_back() -> None:
    tree = index_json('{"a": [1, 2]}')
    assert pickle.loads(pickle.dumps(tree)) == tree
