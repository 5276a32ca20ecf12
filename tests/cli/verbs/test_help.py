"""`help`: pages for a terminal, a pager, a pipe and a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli.main import VERBS
from inspector.session.handbook import TOPICS
from tests.e2e.program import finish
from tests.e2e.terminal import on_terminal


def test_without_a_topic_it_lists_them() -> None:
    done = finish("help")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(TOPICS)
    assert all(len(line) <= 80 for line in lines)
    topics = [json.loads(line) for line in finish("help", "--format", "json").stdout.splitlines()]
    assert [one["topic"] for one in topics] == list(TOPICS)


def test_a_page_in_a_pipe_is_markdown() -> None:
    done = finish("help", "filters")
    assert done.stdout.startswith(b"# ")
    assert b"| `survey:` |" in done.stdout
    assert b"\x1b" not in done.stdout
    record = json.loads(finish("help", "filters", "--format", "json").stdout)
    assert record["text"].strip() == done.stdout.decode().strip()


def test_a_code_gives_its_section_and_a_verb_its_help_page() -> None:
    done = finish("help", "secret-whitespace")
    assert done.stdout.startswith(b"### secret-whitespace\n")
    assert b"### secret-other" not in done.stdout
    for verb in VERBS:
        if verb.name not in TOPICS:
            assert finish("help", verb.name).stdout == finish(verb.name, "--help").stdout
            break


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("filtres", "There is no help on 'filtres'. Did you mean 'filters'?"),
        ("secret-white", "There is no help on 'secret-white'. Did you mean 'secret-whitespace'?"),
        ("lisen", "There is no help on 'lisen'. Did you mean 'listen'?"),
        ("qwx\x1b", "There is no help on 'qwx\\x1b'. See `webhook-inspector help`."),
    ],
)
def test_the_nearest_word_is_suggested(word: str, says: str) -> None:
    done = finish("help", word)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", f"{says}\n")


@pytest.mark.parametrize("columns", [80, 40])
def test_on_a_terminal_a_page_is_rendered_at_its_width(columns: int) -> None:
    with on_terminal("help", "limits", columns=columns, PAGER="cat", LESS="") as terminal:
        assert terminal.ended() == 0
        assert "# " not in terminal.text
        assert "──" in terminal.text
        assert all(len(line) <= columns for line in terminal.lines)


def test_code_as_wide_as_the_terminal_is_not_broken() -> None:
    with on_terminal("help", "commands", PAGER="cat", LESS="", NO_COLOR="1") as terminal:
        assert terminal.ended() == 0
        assert max(len(line.rstrip("\r")) for line in terminal.raw.split("\n")) == 80


def test_colour_needs_a_pager_that_shows_it() -> None:
    with on_terminal("help", "filters", PAGER="cat", LESS="-R") as terminal:
        assert terminal.ended() == 0
        assert "\x1b[" in terminal.raw
    for environment in ({"LESS": "-F"}, {"LESS": "-R", "NO_COLOR": "1"}, {"LESS": "-R", "TERM": "dumb"}):
        with on_terminal("help", "filters", PAGER="cat", **environment) as terminal:
            assert terminal.ended() == 0
            assert "\x1b" not in terminal.raw
            assert "`verdict:invalid since:2h survey:nps`" in terminal.text.replace("\n", " ")


def test_the_pager_of_the_environment_gets_the_page_and_ctrl_c_is_left_to_it(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\ntrap 'echo interrupted' INT\nhead -1\necho waiting\nread line </dev/tty\n")
    pager.chmod(0o700)
    with on_terminal("help", "replay", PAGER=str(pager)) as terminal:
        terminal.line_with("waiting")
        terminal.press("\x03")
        terminal.line_with("interrupted")
        terminal.press("\n")
        assert terminal.ended() == 0
    with on_terminal("help", "replay", PAGER=str(tmp_path / "missing")) as terminal:
        assert terminal.ended() == 0
        assert "not found" in terminal.text
        assert "ORDER AND PACE" in terminal.text.upper()
    with on_terminal("help", "replay", PAGER=str(pager), TERM="dumb") as terminal:
        assert terminal.ended() == 0
        assert "waiting" not in terminal.text
