"""The path of a value is the one that the filter takes, wherever one points in the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.json_index import outline
from inspector.domain.json.json_path import JsonPlace, path_of, place_at, step
from inspector.domain.query.json_path import read_path

TEXT = '{"a": [1.0, {"b c": "x"}], "d": null}'


@pytest.mark.parametrize(
    ("at", "path", "source"),
    [
        ("1.0", "$.a[0]", "1.0"),
        ('"b c"', '$.a[1]."b c"', '"x"'),
        ('"x"', '$.a[1]."b c"', '"x"'),
        ('"a"', "$.a", '[1.0, {"b c": "x"}]'),
        ("[1.0", "$.a", '[1.0, {"b c": "x"}]'),
        ("}]", "$.a[1]", '{"b c": "x"}'),
        ('{"a"', "$", TEXT),
        ("null", "$.d", "null"),
    ],
)
def test_what_is_pointed_at_has_a_path_and_its_source(at: str, path: str, source: str) -> None:
    assert place_at(TEXT, TEXT.index(at)) == JsonPlace(path=path, source=source)


def test_between_values_and_behind_a_fault_stands_nothing() -> None:
    assert place_at(TEXT, TEXT.index(", ") + 1) is None
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
    whole = outline(json.dumps(value))
    for number in range(1, len(whole.starts)):
        place = place_at(whole.text, whole.starts[number])
        assert place is not None
        assert place.path == path_of(whole, number)
        assert place.source == whole.text[whole.starts[number] : whole.ends[number]]


@given(st.lists(st.integers(0, 999) | st.text(min_size=1, max_size=8), min_size=1, max_size=5))
def test_a_path_is_taken_by_the_filter(names: list[str | int]) -> None:
    path = "$" + "".join(map(step, names)) + ":"
    steps, end = read_path(path, 0)
    assert end == len(path)
    assert [type(one) for one in steps] == [type(one) for one in names]
