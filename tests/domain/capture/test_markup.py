from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.report import code, fenced, prose

HOSTILE = st.text(st.sampled_from("`|\\*_[]()<>#!&@~ \n\r\t\x1b\u202e\u2028:/w.a'\"-+="))


@given(HOSTILE)
def test_a_code_span_ends_where_it_should_in_a_table_too(text: str) -> None:
    span = code(text)
    assert span == "" or re.fullmatch(r"`[^`|\n\r\u2028]+`", span)


@given(HOSTILE)
def test_prose_is_one_line_with_every_mark_escaped(text: str) -> None:
    shown = prose(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_~\[\]<>|!]", shown.replace("&#", ""))


@given(HOSTILE)
def test_no_line_ends_its_fence(text: str) -> None:
    line = fenced(text)
    assert "```" not in line
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize("text", ["@everyone", "https://a.example/", "WWW.a.example", "&lt;b&gt;"])
def test_prose_becomes_no_mention_link_or_other_character(text: str) -> None:
    shown = prose(text)
    assert text not in shown
    assert not re.search(r"@|://|www\.|&lt;", shown, re.IGNORECASE)


def test_there_is_no_empty_span() -> None:
    assert code("") == code("  ") == ""
