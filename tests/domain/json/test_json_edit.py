"""Edits of a JSON text: the edited value changes, and every other character stays."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.json_edit import followed, laid_out, value_changes, value_spans, with_values
from inspector.domain.json.source import JsonSyntaxError, compact, tokens

_SCALARS = st.one_of(
    st.sampled_from(("1.0", "1e400", "-0", "9007199254740993", "null", "true", '"a\\u0041"', '""')),
    st.text(max_size=6).map(json.dumps),
    st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False)),
)
_SPACE = st.sampled_from(("", "", "", " ", "  ", "\t"))
_NAMES = st.sampled_from(("a", "b", "response", "\u00e9"))


def _list(parts: list[tuple[str, str]]) -> str:
    return "[" + ",".join(space + part for space, part in parts) + "]"


def _object(parts: list[tuple[str, str, str]]) -> str:
    return "{" + ",".join(f"{space}{json.dumps(name)}{space}:{part}" for name, space, part in parts) + "}"


TEXTS = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(st.tuples(_SPACE, inner), max_size=4).map(_list),
        st.lists(st.tuples(_NAMES, _SPACE, inner), max_size=4).map(_object),
    ),
    max_leaves=12,
)


def sources(text: str) -> list[str]:
    return [text[start:end] for _, start, end in tokens(text)]


@given(text=TEXTS, source=_SCALARS, data=st.data())
def test_a_value_is_replaced_and_nothing_else(text: str, source: str, data: st.DataObject) -> None:
    spans = value_spans(text)
    path = data.draw(st.sampled_from(sorted(spans, key=repr)))
    start, end, _ = spans[path]
    edited = with_values(text, {path: source})
    assert edited == text[:start] + source + text[end:]
    assert with_values(edited, {path: text[start:end]}) == text


@given(text=TEXTS)
def test_a_member_is_added_and_removed_again(text: str) -> None:
    for path, span in value_spans(text).items():
        if text[span.start] == "{":
            edited = with_values(text, {(*path, "added"): "1.0"})
            start, end, _ = value_spans(edited, 4)[(*path, "added")]
            assert edited[start:end] == "1.0"
            assert with_values(edited, {(*path, "added"): None}) == text


def test_of_two_members_of_one_name_the_last_is_edited_as_receivers_read_it() -> None:
    text = '{"a":[1],"a":{"b":1e400},"c":1.0}'
    assert with_values(text, {("a", "b"): "2"}) == '{"a":[1],"a":{"b":2},"c":1.0}'
    assert with_values(text, {("a", 0): "2"}) == text
    assert with_values('{"a":1, "b":2}', {("a",): None}) == '{ "b":2}'


@given(text=TEXTS)
def test_a_layout_that_is_not_edited_changes_nothing(text: str) -> None:
    assert followed(text, laid_out(text), laid_out(text)) == text


@given(text=TEXTS, data=st.data(), typed=st.text('019,:[]{}" ae\n', max_size=5))
def test_the_text_follows_what_is_typed_in_its_layout(text: str, data: st.DataObject, typed: str) -> None:
    shown = laid_out(text)
    start = data.draw(st.integers(0, len(shown)))
    end = data.draw(st.integers(start, min(len(shown), start + 8)))
    edited = shown[:start] + typed + shown[end:]
    result = followed(text, shown, edited)
    try:
        wanted = sources(edited)
    except JsonSyntaxError:
        with pytest.raises(JsonSyntaxError):
            sources(result)
        return
    assert sources(result) == wanted


@pytest.mark.parametrize(
    ("text", "change", "wanted"),
    [
        ('{"a":1.0,"b":1e400}', ("1.0", "2.50"), '{"a":2.50,"b":1e400}'),
        ('{"a": 1.0, "b":[1, 2,  3]}', ("    2,\n", ""), '{"a": 1.0, "b":[1, 3]}'),
        ('{"a": 1.0, "b":[1,2]}', ("    2\n", "    2,\n    3\n"), '{"a": 1.0, "b":[1,2, 3]}'),
        ('{"a":1,"b":[]}', ('"b": []', '"b": [],\n  "c": {\n    "d": 1\n  }'), '{"a":1,"b":[],"c":{"d":1}}'),
        ('{"a":1,"b":2}', ("1,\n", "1\n"), '{"a":1"b":2}'),
        ('{\n "a" : 1\n}', (" 1", "  2"), '{\n "a" :  2\n}'),
    ],
)
def test_only_the_edited_place_follows(text: str, change: tuple[str, str], wanted: str) -> None:
    shown = laid_out(text)
    assert change[0] in shown
    assert followed(text, shown, shown.replace(*change)) == wanted


def test_changes_are_values_of_the_event_and_a_response_is_one_of_them() -> None:
    text = '{"user_id":"u","responses":[{"response":["a","b"],"x":1.0},{"response":"9"}]}'
    edited = '{"user_id":"u", "responses":[{"response":["a", "c"],"x":1},{"response":"9"},{"y":{}}]}'
    found = {change.path: change[1:] for change in value_changes(text, edited)}
    assert found == {
        ("responses", 0, "response"): ('["a","b"]', '["a","c"]'),
        ("responses", 0, "x"): ("1.0", "1"),
        ("responses", 2): (None, "{"),
    }
    assert value_changes(text, " " + text) == ()
    assert compact(text) == text


def test_several_values_are_added_and_removed_at_once() -> None:
    assert with_values("{ }", {("a",): "1", ("b",): "2"}) == '{"a":1,"b":2 }'
    assert with_values('{"a":1,"b":2}', {("a",): None, ("b",): None}) == "{}"
    assert with_values('{"a":1,"b":2,"c":3}', {("b",): None, ("c",): None, ("d",): "4"}) == '{"a":1,"d":4}'


def test_ten_thousand_values_are_replaced_in_one_pass() -> None:
    one = json.dumps({"created_at": "t", "text": "x" * 400}, separators=(",", ":"))
    text = f'{{"responses":[{",".join([one] * 10_000)}]}}'
    started = time.process_time()
    edited = with_values(text, {("responses", place, "created_at"): '"u"' for place in range(10_000)})

    assert time.process_time() - started < 5  # the copy of 4 MB for each of them would take longer
    assert edited == text.replace('"t"', '"u"')
