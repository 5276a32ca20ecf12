"""Colour, quiet and encodings, seen by the user of a real terminal or pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.builders import ANSWER, signature
from tests.cli.conftest import Keep
from tests.e2e.fork_server import ForkedProgram, can_fork
from tests.e2e.program import PROGRAM, finish
from tests.waiting import PATIENCE_S

if sys.platform == "win32":
    pytest.skip("pseudo-terminals need Unix", allow_module_level=True)

import pty
import termios

_OF_COLOURS = {"NO_COLOR", "FORCE_COLOR", "TERM"}
_OF_LOCALES = {"LC_ALL", "LANG", "PYTHONIOENCODING", "PYTHONUTF8"}
COLOUR = "\x1b["


def _environment(**changes: str) -> dict[str, str]:
    # With the locale of the tests, the program can be forked.
    removed = _OF_COLOURS | (_OF_LOCALES if _OF_LOCALES & changes.keys() else set())
    return {name: value for name, value in os.environ.items() if name not in removed} | changes


def _start(
    arguments: Sequence[str], env: Mapping[str, str], stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    popen = ForkedProgram if can_fork(env) else subprocess.Popen
    command = [str(PROGRAM), *arguments]
    return popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env)


def on_terminal(*arguments: str, environment: Mapping[str, str] | None = None, columns: int = 80) -> str:
    """What a terminal shows of both streams, with this many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))  # type: ignore[attr-defined,unused-ignore]
    env = _environment(**{"TERM": "xterm-256color", **(environment or {})})
    process = _start(arguments, env, slave, slave)
    os.close(slave)
    shown = b""
    with open(master, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(65536):
                shown += part
        except OSError:  # EIO: the last program on it has ended
            pass
    process.wait(PATIENCE_S)
    return shown.decode()


def _piped(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    with _start(arguments, _environment(**environment), subprocess.PIPE, subprocess.PIPE) as process:
        out, errors = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(arguments, process.returncode, out, errors)


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ((), {}, True),
        ((), {"TERM": "dumb"}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": "0"}, False),
        ((), {"NO_COLOR": ""}, True),
        ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color=always",), {"NO_COLOR": "1", "TERM": "dumb"}, True),
        (("--color", "auto"), {"NO_COLOR": "1"}, False),
    ],
)
async def test_a_terminal_gets_colours_unless_it_or_its_user_does_not_want_them(
    keep: Keep, options: tuple[str, ...], environment: Mapping[str, str], is_coloured: bool
) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    shown = on_terminal(*options, "list", "--database", database, environment=environment)
    assert (COLOUR in shown) == is_coloured
    assert "image upload" in shown


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "0"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        (("--color", "always"), {}, True),
        (("--color", "always", "--format", "json"), {}, False),
    ],
)
async def test_a_pipe_gets_colours_only_if_they_are_forced(
    keep: Keep, options: tuple[str, ...], environment: Mapping[str, str], is_coloured: bool
) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    done = _piped("list", *options, "--database", database, **environment)
    assert (COLOUR in done.stdout.decode()) == is_coloured


async def test_quiet_leaves_results_and_errors(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    file = tmp_path / "captures.ndjson"
    for arguments in (("export", "--quiet"), ("--quiet", "export")):
        done = finish(*arguments, "--database", database, "--output", str(file))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        file.unlink()
    assert finish("list", "--filter", "id:9", "--quiet", "--database", database).stderr == b""
    assert (
        finish("note", "1", "x", "--quiet", "--database", database).stdout == b"Added a note to capture 1.\n"
    )
    assert b"There is no capture 9" in finish("note", "9", "x", "--quiet", "--database", database).stderr
    assert b"Unknown option" in finish("--quiet", "list", "--nope").stderr
    done = finish(
        "replay", "--to", "http://127.0.0.1:1/", "--filter", "id:9", "--quiet", "--database", database
    )
    assert (done.returncode, done.stderr) == (1, b"No captures match, so nothing was sent.\n")


async def test_progress_is_not_drawn_where_a_line_cannot_be_replaced(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arguments = ("maintain", "check", "--database", database)
    assert "\x1b[K" in on_terminal(*arguments)
    for shown in (on_terminal(*arguments, environment={"TERM": "dumb"}), on_terminal(*arguments, "--quiet")):
        assert "\x1b" not in shown
        assert shown.strip()


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    ],
    ids=str,
)
async def test_text_is_utf_8_in_every_locale(keep: Keep, locale: Mapping[str, str]) -> None:
    database = await keep((ANSWER.replace(b"image upload", "größer … 🙂".encode()), None))
    assert "größer … 🙂" in on_terminal("show", "1", "--database", database, environment=locale)
    done = _piped("show", "1", "--database", database, **locale)
    assert "größer … 🙂" in done.stdout.decode("utf-8")
    assert done.stderr == b""
    assert "größer" in _piped("list", "--größer", **locale).stderr.decode("utf-8") or "POSIX" in str(locale)


async def test_a_narrow_terminal_gets_everything(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    assert "--follow-redirects" in on_terminal("replay", "--help", columns=20)
    for columns in (1, 20):
        shown = on_terminal("list", "--database", database, columns=columns)
        assert "Internal" not in shown
        assert shown.count("\n") >= 1
