"""A path is written as the filter takes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.json_path import read_path, step_text


@given(st.lists(st.integers(0, 999) | st.text(min_size=1, max_size=8), min_size=1, max_size=5))
def test_a_path_is_taken_by_the_filter(names: list[str | int]) -> None:
    path = "$" + "".join(map(step_text, names)) + ":"
    steps, end = read_path(path, 0)
    assert end == len(path)
    assert [type(one) for one in steps] == [type(one) for one in names]
