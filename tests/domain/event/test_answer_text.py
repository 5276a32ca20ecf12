"""The form in which answers are compared, which stored hashes are made of."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.answer_text import normal_form


@given(st.lists(st.text(), min_size=2))
def test_several_options_are_compared_as_one_json_text(options: list[str]) -> None:
    """A change of this text would make every stored answer differ from the same one sent again."""
    assert normal_form(list(options)) == "\0" + json.dumps(options)
