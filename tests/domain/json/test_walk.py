"""A walk finds values by path and paths by place, as in the source."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.json_index import index_json
from inspector.domain.json.json_path import read_path
from inspector.domain.json.walk import JsonPlace, Walk, place_at, source_at

TEXT = '{"a": [1.50, {"b": "x\\u0041"}], "a b": null, "c": {"d": []}}'
PLACES = '{"a": [1.0, {"b c": "x"}], "d": null}'


def test_every_value_comes_with_its_path_and_every_object_and_array_with_its_end() -> None:
    walk = Walk('{"a": [1, {"b": "x"}], "a b": null}')
    found = [(kind, walk.path, walk.name, walk.nearest_name, walk.depth) for kind, _, _ in walk]
    assert found == [
        ("{", "$", "", "", 0),
        ("[", "$.a", "a", "a", 1),
        ("number", "$.a[0]", "", "a", 2),
        ("{", "$.a[1]", "", "a", 2),
        ("string", "$.a[1].b", "b", "b", 3),
        ("}", "$.a[1]", "", "a", 2),
        ("]", "$.a", "a", "a", 1),
        ("word", '$."a b"', "a b", "a b", 1),
        ("}", "$", "", "", 0),
    ]


def test_a_path_with_any_element_leads_to_each() -> None:
    walk = Walk('[{"a": 1}, {"a": 2}, {"b": [3]}]')
    steps, _ = read_path("$[*].a:", 0)
    assert [walk.text[start:end] for _, start, end in walk if walk.is_at(steps)] == ["1", "2"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("$", TEXT),
        ("$.a[0]", "1.50"),
        ("$.a[1].b", '"x\\u0041"'),
        ("$.a[1]", '{"b": "x\\u0041"}'),
        ('$."a b"', "null"),
        ("$.c.d", "[]"),
        ("$.nowhere", None),
        ("$.a[2]", None),
    ],
)
def test_a_value_is_found_digit_for_digit(path: str, source: str | None) -> None:
    assert source_at(TEXT, path) == source


def test_every_path_of_an_outline_leads_back_to_its_value() -> None:
    tree = index_json(TEXT)
    for value in range(1, len(tree.starts)):
        assert source_at(TEXT, tree.path(value)) == TEXT[tree.starts[value] : tree.ends[value]]


def test_what_stops_being_json_has_what_stands_before() -> None:
    assert source_at('{"a": 1, "b": 2', "$.b") == "2"
    assert source_at('{"a": 1, "b": ', "$.b") is None


@pytest.mark.parametrize(
    ("at", "path", "source"),
    [
        ("1.0", "$.a[0]", "1.0"),
        ('"b c"', '$.a[1]."b c"', '"x"'),
        ('"x"', '$.a[1]."b c"', '"x"'),
        ('"a"', "$.a", '[1.0, {"b c": "x"}]'),
        ("[1.0", "$.a", '[1.0, {"b c": "x"}]'),
        ("}]", "$.a[1]", '{"b c": "x"}'),
        ('{"a"', "$", PLACES),
        ("null", "$.d", "null"),
    ],
)
def test_what_is_pointed_at_has_a_path_and_its_source(at: str, path: str, source: str) -> None:
    assert place_at(PLACES, PLACES.index(at)) == JsonPlace(path=path, source=source)


def test_between_values_and_behind_a_fault_stands_nothing() -> None:
    assert place_at(PLACES, PLACES.index(", ") + 1) is None
    assert place_at('{"a": 1, b: 2}', 12) is None
    assert place_at("", 0) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
        max_leaves=10,
    )
)
def test_every_value_of_a_tree_is_where_its_text_is_pointed_at(value: object) -> None:
    whole = index_json(json.dumps(value))
    for number in range(1, len(whole.starts)):
        place = place_at(whole.text, whole.starts[number])
        assert place is not None
        assert place.path == whole.path(number)
        assert place.source == whole.text[whole.starts[number] : whole.ends[number]]
