"""Standard output that takes nothing: told once, in a sentence, and a listener captures all the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders import ANSWER, SECRET_TEXT
from tests.cli.conftest import Keep
from tests.e2e.program import (
    PATIENCE_S,
    PROGRAM,
    deliver,
    finish,
    receiving,
    records,
    wait_for_listener,
)
from tests.ports import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")

FULL = "Cannot write standard output: No space left on device."


@contextmanager
def _shell(redirected: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program with its standard output sent somewhere else."""
    command = ["/bin/sh", "-c", f'exec "$0" "$@" {redirected}', str(PROGRAM), *arguments]
    environment = {**os.environ, "BLITZ_WEBHOOK_SECRET": SECRET_TEXT}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-"])
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_listener_that_cannot_print_says_so_once_and_captures_on(
    tmp_path: Path, redirected: str, style: str
) -> None:
    database, port = str(tmp_path / "captures.db"), free_port()
    arguments = ("--port", str(port), "--database", database, "--format", style)
    with _shell(redirected, "listen", *arguments) as process:
        url = f"http://127.0.0.1:{port}/"
        wait_for_listener(url)
        for _ in range(3):
            deliver(url, ANSWER)
        wait_until(
            lambda: finish("list", "--format", "json", "--database", database).stdout.count(b"\n") == 3
        )
        assert process.poll() is None
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert said.count(b"Cannot write standard output: ") == 1
    assert said.count(b"Captures are still stored") == 1
    assert len(records("list", "--database", database)) == 3


async def test_a_verb_that_ends_and_cannot_print_has_failed(keep: Keep) -> None:
    database = await keep((ANSWER, None))
    with receiving() as (_, target):
        for arguments in (
            ("list",),
            ("list", "--format", "json"),
            ("show", "1"),
            ("verify", "--capture", "1"),
            ("report", "1"),
            ("replay", "--to", target),
            ("sample", "--to", target),
        ):
            with _shell(">/dev/full", *arguments, "--database", database) as process:
                _, said = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, said.decode()) == (3, f"{FULL}\n"), arguments


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_help_that_cannot_be_printed_is_told_as_well(asked: str) -> None:
    with _shell(">/dev/full", asked) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said.decode()) == (3, f"{FULL}\n")


def test_a_closed_standard_error_is_no_place_for_a_file_of_captures(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    port = free_port()
    with _shell(">&- 2>&- <&-", "listen", "--port", str(port), "--database", database) as process:
        wait_for_listener(f"http://127.0.0.1:{port}/")
        held = {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)}
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert held == {os.devnull}


def test_messages_and_lines_of_captures_are_kept_apart(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("listen", "--port", str(port), "--database", str(tmp_path / "captures.db"))
    lines = tmp_path / "lines"
    with _shell(f">'{lines}'", *arguments) as process:
        url = f"http://127.0.0.1:{port}/"
        wait_for_listener(url)
        deliver(url, ANSWER)
        wait_until(lines.read_text)  # the sender gets its response before the line is printed
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
    (line,) = lines.read_text().splitlines()
    assert "Valid" in line
    assert url in said.decode().splitlines()[0]
