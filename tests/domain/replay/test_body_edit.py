"""An edited body: its text, its layout and its form follow each other."""

from __future__ import annotations

import pickle

import pytest

from inspector.base.errors import UsageError
from inspector.domain.capture.line_diff import LinePair
from inspector.domain.json.json_edit import ValuePath, laid_out
from inspector.domain.replay.body_edit import (
    MAX_SHOWN_CHANGES,
    BodyLayout,
    change_lines,
    edited_body,
    with_edits,
)
from tests.builders import COMPLETION

TEXT = COMPLETION.decode()
BASE = BodyLayout(text=TEXT, shown=laid_out(TEXT))
FIRST = ("responses", 0, "response")


def test_an_unchanged_body_has_a_form_and_no_changes() -> None:
    body = edited_body(TEXT, BASE)
    assert (body.text, body.changes, body.lines, body.problem) == (TEXT, (), (), None)
    assert body.form is not None
    assert len(body.form.questions) == 2
    assert pickle.loads(pickle.dumps(body)) == body


def test_a_value_set_in_the_form_is_one_line_of_the_layout() -> None:
    body = edited_body(TEXT, BASE, values={FIRST: '"x"'})
    assert body.text == TEXT.replace('"image upload glitches"', '"x"')
    assert [body.shown.split("\n")[line].strip() for line in body.lines] == ['"response": "x",']
    assert body.changes is not None
    pairs, more = change_lines(body.changes, body.form)
    assert pairs == (
        LinePair(before='"response":"image upload glitches"', after='"response":"x"', is_same=False),
    )
    assert more == ""


def test_an_edit_of_the_layout_is_followed_by_the_text_and_the_form() -> None:
    body = edited_body(TEXT, BASE, shown=BASE.shown.replace("image upload glitches", "y"))
    assert body.text == TEXT.replace("image upload glitches", "y")
    assert body.form is not None
    assert body.form.questions[0].texts == ("y",)


def test_while_it_is_not_json_the_base_stays_and_the_next_edit_completes_it() -> None:
    typed = BASE.shown.replace('"user_123",', '"user_123"')
    body = edited_body(TEXT, BASE, shown=typed)
    assert body.problem == "Line 2: a comma is missing."
    assert body.base == BASE
    assert body.form is None
    assert body.text == TEXT.replace('"user_123",', '"user_123"'), "it can be sent like this"
    assert edited_body(TEXT, body.base, shown=BASE.shown).text == TEXT


def test_many_changes_are_counted_and_name_their_answers() -> None:
    responses = ",".join(f'{{"question_order":{n},"response":"a"}}' for n in range(1, MAX_SHOWN_CHANGES + 3))
    text = f'{{"responses":[{responses}]}}'
    body = edited_body(text, BodyLayout(text=text, shown=laid_out(text)), text=text.replace('"a"', '"b"'))
    assert body.changes is not None
    pairs, more = change_lines(body.changes, body.form)
    assert len(pairs) == MAX_SHOWN_CHANGES
    assert more == "2 more lines: answers 21 and 22"


def test_values_are_edited_by_path_in_the_form_of_the_original() -> None:
    text = '{"a":1.0, "r":[{"x":"9","y":[1]},{"x":4,"y":null}],"a":2}'
    edited = with_edits(text, [(("r", None, "x"), "3"), (("r", 0, "y"), '["b"]'), (("a",), "null")])
    assert edited == '{"a":1.0, "r":[{"x":"3","y":["b"]},{"x":3,"y":null}],"a":null}'


@pytest.mark.parametrize(
    ("text", "path", "value", "why"),
    [
        ('{"a":1}', ("b",), "2", r"no value at \$\.b"),
        ('{"r":[]}', ("r", None), "2", r"no value at \$\.r\[\*\]"),
        ("oops", ("a",), "2", "not JSON"),
        ('{"a":1}', ("a",), "[1", r"new value \[1 is not JSON"),
    ],
)
def test_an_edit_that_cannot_be_made_says_why(text: str, path: ValuePath, value: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        with_edits(text, [(path, value)])
