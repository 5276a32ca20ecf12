"""What a user sees on a terminal of 80 columns: lines that fit, colours, questions and prompts."""

from __future__ import annotations

import re
import shlex
import threading
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.output.alignment import display_width
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, an_answer
from tests.e2e.program import (
    PROGRAM,
    deliver,
    finish,
    listening,
    receiving,
    records,
    running,
    send_raw,
)
from tests.e2e.terminal import on_terminal
from tests.ports import free_port
from tests.waiting import wait_until


def test_ctrl_c_ends_a_check_with_what_was_found(tmp_path: Path) -> None:
    goes_on = threading.Event()
    with receiving() as (receiver, url):
        take = receiver.take

        def hang(*delivery: Any) -> int:
            if len(receiver.took) > 6:
                goes_on.wait()
            return take(*delivery)

        receiver.take = hang  # type: ignore[method-assign]
        database = str(tmp_path / "captures.db")
        with on_terminal("check", "--to", f"{url}/hook", "--database", database) as terminal:
            terminal.until_bottom(lambda row: re.fullmatch(r"Testing: [0-9]+ of [0-9]+, Ctrl\+C stops", row))
            wait_until(lambda: len(receiver.took), lambda took: took > 6)
            terminal.press("\x03")
            assert terminal.ended() == 130
            shown = "\n".join(terminal.shown)
            assert "\nStopped after " in shown
            assert "Rejects what it must: " in shown
            assert "Ctrl+C stops" not in shown, "the progress was replaced"
            assert all(display_width(row) <= 80 for row in terminal.shown)
        goes_on.set()


def _listen(database: Path, *options: str) -> tuple[tuple[str, ...], str]:
    """The arguments of a listener, and where it will listen."""
    port = str(free_port())
    return ("listen", "--port", port, "--database", str(database), *options), f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("columns", [80, 120])
def test_forwarded_captures_are_painted_and_fit_the_terminal(tmp_path: Path, columns: int) -> None:
    with receiving() as (_, target):
        far = f"{target}/a/path/that/is/longer/than/the/rest/of/a/line/of/eighty/columns/would/ever/be"
        arguments, url = _listen(tmp_path / "captures.db", "--forward", far)
        with on_terminal(*arguments, columns=columns) as terminal:
            terminal.line_with("Press ? for keys, q to stop.")
            deliver(url, ANSWER)
            line = terminal.line_with("capture 1 →")
            assert re.search(r"\x1b\[32m✓ ok +\x1b\[0m  200 ", terminal.raw)
            assert "\\x1b" not in terminal.text
            assert display_width(line) == columns
            assert line.endswith("…")
            terminal.press("\x03")
            assert terminal.ended() == 0


def test_forwarded_captures_have_no_colour_if_standard_error_is_not_a_terminal(tmp_path: Path) -> None:
    arguments, url = _listen(tmp_path / "captures.db")
    with receiving() as (_, target), running(*arguments, "--forward", target) as program:
        program.told("answer")
        deliver(url, ANSWER)
        assert re.fullmatch(
            rf"[\d:]{{8}}  ✓ ok           200 +[\d,]+ ms  capture 1 → {target}/\n", program.told("capture 1")
        )
        program.end()


def test_a_row_names_its_problem_and_the_end_counts_them(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    arguments, url = _listen(database)
    with on_terminal(*arguments) as terminal:
        terminal.line_with("respondent")
        deliver(url, COMPLETION)
        deliver(url, COMPLETION, secret=f"{SECRET_TEXT}\n")
        assert "user_123     secret differs in whitespace" in terminal.line_with("✗ Invalid")
        send_raw(url, b"\x16\x03\x01\x02\x00")
        assert " 400 It is the start of a TLS" in terminal.line_with("Refused")
        terminal.press("\x03")
        assert terminal.ended() == 0
    assert terminal.lines[-3].endswith("3 captures arrived: 1 valid, 1 invalid, 1 refused.")
    assert terminal.lines[-2:] == [
        "See them again with:",
        f"  {PROGRAM.name} list --limit 3 --database {database}",
    ]
    rows = [line for line in terminal.lines if re.match(r" +\d+ \d\d:", line)]
    assert len(rows) == 3
    assert all(display_width(row) <= 80 for row in rows)
    with on_terminal("list", "--database", str(database)) as terminal:
        assert terminal.ended() == 0
    assert all(display_width(row) <= 80 for row in terminal.lines)
    assert "secret differs in whitespace" in terminal.lines[2], "the column of answers starts with it"


def test_an_end_without_captures_says_so(tmp_path: Path) -> None:
    arguments, _ = _listen(tmp_path / "captures.db")
    with on_terminal(*arguments) as terminal:
        terminal.line_with("respondent")
        terminal.press("\x03")
        assert terminal.ended() == 0
    assert terminal.lines[-1].endswith("No captures arrived.")


def test_an_invalid_row_without_a_known_cause_says_that_there_is_none(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    arguments, url = _listen(database)
    with on_terminal(*arguments) as terminal:
        terminal.line_with("respondent")
        deliver(url, COMPLETION, secret="of another project")
        line = terminal.line_with("✗ Invalid")
        assert "no cause found" in line or "not diagnosed yet" in line, "a busy machine takes over a second"
        wait_until(lambda: records("show", "1", "--database", str(database))[0]["findings"])
        terminal.press("\x03")
        assert terminal.ended() == 0
    with on_terminal("list", "--database", str(database)) as terminal:
        assert "no cause found" in terminal.line_with("✗ Invalid")
        assert terminal.ended() == 0


# ---- questions and prompts


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Three captures."""
    file = tmp_path / "captures.db"
    with listening(file) as (program, url):
        deliver(url, *(an_answer(str(number)) for number in range(3)))
        for _ in range(3):
            program.record()
        program.end()
    return str(file)


@pytest.mark.parametrize(
    ("keys", "status", "left"),
    [
        ("y\n", 0, 1),
        ("Yes\n", 0, 1),
        ("\n", 1, 3),
        ("n\n", 1, 3),
        ("yo\n", 1, 3),
        ("\x04", 1, 3),
        ("\x03", 130, 3),
    ],
)
def test_prune_asks_on_a_terminal(database: str, keys: str, status: int, left: int) -> None:
    with on_terminal("prune", "--keep-count", "1", "--database", database) as terminal:
        terminal.until(lambda shown: "Delete 2 captures permanently? This cannot be undone. [y/N] " in shown)
        terminal.press(keys)
        assert terminal.ended() == status
        assert ("Nothing was removed." in terminal.text) == (status == 1)
    assert len(records("list", "--database", database)) == left


def test_prune_does_not_ask_with_yes_or_if_there_is_nothing_to_remove(database: str) -> None:
    for arguments, said in (
        (("--all", "--yes"), "Removed 3 captures"),
        (("--all",), "No captures to remove"),
    ):
        with on_terminal("prune", *arguments, "--database", database) as terminal:
            assert terminal.ended() == 0
            assert terminal.text.startswith(said)


def test_prune_refuses_to_remove_what_it_cannot_ask_about(database: str) -> None:
    command = f"{PROGRAM} prune --all --database {shlex.quote(database)} 2> {database}.said"
    with on_terminal("-c", command, program=Path("/bin/sh")) as terminal:
        assert terminal.ended() == 2
    assert Path(f"{database}.said").read_text().endswith("cannot be asked. Use --yes.\n")
    assert len(records("list", "--database", database)) == 3


def test_a_script_is_not_asked(database: str) -> None:
    done = finish("prune", "--all", "--database", database)
    assert (done.returncode, done.stderr) == (0, b"")
    assert records("list", "--database", database) == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("verify", "--signature", "x"), "the body"),
        (("verify", "--http", "-"), "the request"),
        (("import", "-"), "captures"),
    ],
)
def test_a_verb_that_reads_the_terminal_says_what_it_waits_for(
    tmp_path: Path, arguments: tuple[str, ...], what: str
) -> None:
    with on_terminal(*arguments, "--database", str(tmp_path / "captures.db")) as terminal:
        terminal.line_with(f"Reading {what} from the terminal. Press Ctrl+D to end it.")
        terminal.press('{"a":1}\n\x04')
        assert terminal.ended() in (0, 1, 3)
    assert "was empty" not in terminal.text


def test_an_empty_input_is_named() -> None:
    done = finish("verify", "--signature", "x")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == b"Standard input was empty. Name a file, or pipe the body into this command.\n"
