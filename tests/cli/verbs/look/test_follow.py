"""`follow` prints what another process captures into the file: every capture once, and in order."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests import schemas
from tests.builders import a_completion, an_answer, signature
from tests.e2e.program import a_post, deliver, finish, listening, running, send_raw
from tests.e2e.terminal import on_terminal
from tests.e2e.test_kill import wait_until_settled

MANY = 600


def _bodies(first: int, count: int) -> list[bytes]:
    return [an_answer(f"answer {number}", user=f"u-{number}") for number in range(first, first + count)]


def test_it_prints_the_newest_captures_and_then_what_arrives(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (_, url):
        deliver(url, *_bodies(0, 12))
        wait_until_settled(Path(database))
        with running("follow", "--format", "json", "--database", database) as follower:
            stored = [follower.record() for _ in range(10)]
            deliver(url, *_bodies(12, 2))
            arrived = [follower.record() for _ in range(2)]
            assert [one["id"] for one in (*stored, *arrived)] == list(range(3, 15))
            for record in (*stored, *arrived):
                schemas.valid("capture", record)
            assert follower.end() == (0, "")


def test_every_capture_of_a_flood_is_printed_once(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (_, url):
        deliver(url, *_bodies(0, 500))
        with running("follow", "--since", "1h", "--format", "json", "--database", database) as follower:
            first = follower.record()
            deliver(url, *_bodies(500, MANY))
            rest = [follower.record()["id"] for _ in range(MANY + 499)]
            assert follower.end(signal.SIGTERM)[0] == 0
            assert follower.rest() == []
    assert [first["id"], *rest] == list(range(1, MANY + 501))


def test_a_filter_and_limit_select_what_is_printed(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (_, url):
        deliver(url, *_bodies(0, 4))
        wait_until_settled(Path(database))
        options = ("--filter", "user:u-1 OR user:u-8", "--database", database)
        with running("follow", *options, "--format", "json") as follower:
            assert follower.record()["user_id"] == "u-1"
            deliver(url, *_bodies(5, 5))
            assert follower.record()["user_id"] == "u-8"
            assert follower.end() == (0, "")
            assert follower.rest() == []
        with running("follow", "--limit", "0", *options) as follower:
            follower.told("Following")
            deliver(url, *_bodies(8, 1))
            assert "answer 8" in follower.line()
            assert follower.end()[0] == 0
            assert follower.rest() == []


def test_an_invalid_capture_has_its_cause_and_a_hostile_one_is_escaped(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    body = an_answer("\x1b[2J\u202eevil")
    with listening(Path(database)) as (_, url), running("follow", "--database", database) as follower:
        assert follower.said().startswith(f"Following {database}. Press Ctrl+C to stop.")
        send_raw(url, a_post(body, b"x-webhook-signature: " + signature(body).upper()))
        line = follower.line()
        assert "✗ Invalid" in line
        assert "digest" in line
        assert r"\x1b[2J\u202eevil" in line
        assert follower.end()[0] == 0


def test_stored_captures_that_nobody_diagnosed_are_printed_at_once_in_order(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (program, url):
        for body, header in (
            (an_answer("one"), b"x-webhook-signature: " + b"0" * 64),
            (a_completion("two"), b"x-other: 1"),
        ):
            send_raw(url, a_post(body, header))
        program.record(), program.record()
        program.end()
    with running("follow", "--database", database) as follower:
        assert "No process captures into it now." in follower.said()
        lines = [follower.line(), follower.line()]
        assert follower.end()[0] == 0
    assert ["one" in lines[0], "two" in lines[1]] == [True, True]


def test_a_reader_that_goes_ends_it(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    pipe = ("bash", "-o", "pipefail", "-c", '"$@" | head -n 1', "bash")
    follow = ("follow", "--format", "json", "--database", database)
    with listening(Path(database)) as (_, url), running(*follow, through=pipe) as follower:
        deliver(url, *_bodies(0, 1))
        assert follower.record()["id"] == 1
        deliver(url, *_bodies(1, 1))
        status, said = follower.ended()
    assert (status, said) == (0, "Standard output was closed by its reader, so following ends.\n")


def test_a_missing_file_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    done = finish("follow", "--database", str(tmp_path / "none.db"))
    assert done.returncode == 3
    assert b"none.db" in done.stderr


@pytest.mark.parametrize("columns", [20, 80])
def test_on_a_terminal_lines_fit_and_ctrl_c_ends_it(tmp_path: Path, columns: int) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (_, url):
        deliver(url, *_bodies(0, 3))
        with on_terminal("follow", "--database", database, columns=columns, TERM="dumb") as terminal:
            terminal.until(lambda text: text.count("✓") == 3)
            deliver(url, *_bodies(3, 2))
            terminal.until(lambda text: text.count("✓") == 5)
            terminal.press("\x03")
            assert terminal.ended() == 0
    rows = [line for line in terminal.lines if "✓" in line]
    assert max(map(len, rows)) <= columns
    assert "\x1b" not in terminal.raw.replace("\x1b[2m", "").replace("\x1b[0m", "")


def test_columns_and_header_are_those_of_list(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (_, url):
        deliver(url, *_bodies(0, 1))
        with running("follow", "--columns", "id,answer", "--no-header", "--database", database) as follower:
            line = follower.line()
            status, said = follower.end()
    assert (line.split(), status) == (["1", "“answer", "0”"], 0)
    assert said.count("\n") == 1


def test_records_are_the_same_as_those_of_list(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(Path(database)) as (program, url):
        deliver(url, *_bodies(0, 3))
        wait_until_settled(Path(database))
        program.end()
    listed = finish("list", "--format", "json", "--database", database).stdout.decode().splitlines()
    with running("follow", "--format", "json", "--database", database) as follower:
        assert [follower.record() for _ in range(3)] == [json.loads(line) for line in listed]
        follower.end()
