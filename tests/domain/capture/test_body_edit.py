"""An edited body is checked as JSON while it is typed, and compared with what came."""

from __future__ import annotations

from inspector.domain.capture.line_diff import look_at_edit

BODY = b'{"a":1,"b":[2]}'


def test_an_edit_that_is_json_has_no_trouble_and_shows_what_changed() -> None:
    found = look_at_edit(BODY, '{"a":1,"b":[3]}')
    assert (found.trouble, found.position) == (None, None)
    assert [(line.before, line.after) for line in found.comparison.lines if not line.is_same] == [
        ("    2", "    3")
    ]


def test_where_it_stops_being_json_is_told_with_its_place() -> None:
    found = look_at_edit(BODY, '{"a":1,}')
    assert found.position == 7
    assert found.trouble is not None
    assert "character 8" in found.trouble
    assert not found.comparison.is_same


def test_an_empty_one_is_told() -> None:
    assert "empty" in (look_at_edit(BODY, "").trouble or "")


def test_a_change_of_white_space_alone_is_json_and_no_difference_in_what_it_says() -> None:
    found = look_at_edit(BODY, '{"a": 1, "b": [2]}')
    assert found.trouble is None
    assert found.comparison.is_same


def test_what_stands_before_a_mistake_is_still_compared_line_by_line() -> None:
    found = look_at_edit(b'{"a":1,"b":2}', '{"a":1,"b":2}x')
    assert [(line.before, line.after) for line in found.comparison.lines if not line.is_same] == [("}", "}x")]
