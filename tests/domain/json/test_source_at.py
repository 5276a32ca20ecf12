"""A value by its path, as it stands in the source."""

from __future__ import annotations

import pytest

from inspector.domain.json.json_index import outline
from inspector.domain.json.json_path import path_of
from inspector.domain.json.source_at import source_at

TEXT = '{"a": [1.50, {"b": "x\\u0041"}], "a b": null, "c": {"d": []}}'


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
    tree = outline(TEXT)
    for value in range(1, len(tree.starts)):
        assert source_at(TEXT, path_of(tree, value)) == TEXT[tree.starts[value] : tree.ends[value]]


def test_what_stops_being_json_has_what_stands_before() -> None:
    assert source_at('{"a": 1, "b": 2', "$.b") == "2"
    assert source_at('{"a": 1, "b": ', "$.b") is None
