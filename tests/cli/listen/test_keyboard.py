"""A line is edited as in a shell."""

from __future__ import annotations

import pytest

from inspector.cli.listen.keyboard import LineEdit


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        ("a b", "old texta b", 11),
        (["backspace", "c-h"], "old tex", 7),
        (["left", "left", "x"], "old texxt", 7),
        (["home", "delete", "c-f", "X"], "lXd text", 2),
        (["c-a", "right", "end", "c-b", "c-e"], "old text", 8),
        (["c-w"], "old ", 4),
        (["c-w", "c-w", "c-w", "left", "backspace", "delete"], "", 0),
        (["left", "c-u"], "t", 0),
        (["home", "right", "c-k"], "o", 1),
        (["up", "f1", "c-x", "\x00", "\u202e", "\n"], "old text", 8),
        (["é", "日", "👍"], "old texté日👍", 11),
    ],
)
def test_keys(keys: list[str], text: str, cursor: int) -> None:
    line = LineEdit("old text")
    for key in keys:
        line.press(key)
    assert (line.text, line.cursor) == (text, cursor)
