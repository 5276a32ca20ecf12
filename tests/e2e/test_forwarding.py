"""Forwarding and waiting in the terminal, as its user has it: `listen --forward`, `listen --until`."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from inspector.session.options import Options
from inspector.session.session import Session
from tests import schemas
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, an_answer, signature
from tests.e2e.program import (
    a_post,
    deliver,
    finish,
    listening,
    receiving,
    records,
    running,
    send_raw,
)
from tests.ports import free_port
from tests.waiting import PATIENCE_S, wait_until


def test_a_named_target_is_an_address_too(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with receiving() as (receiver, target):
        place = ("--database", str(database))
        assert finish("targets", "add", "staging", f"{target}/hook", *place).returncode == 0
        with listening(database, "--forward", "staging") as (program, url):
            deliver(url, ANSWER)
            wait_until(lambda: len(receiver.took) == 1)
            assert program.end()[0] == 0
        assert receiver.took[0][0] == "/hook"
        done = finish("listen", "--port", "0", "--forward", "stagin", *place)
        assert done.returncode == 2
        assert b"stagin" in done.stderr


def test_what_arrives_is_forwarded_and_told_on_standard_error(tmp_path: Path) -> None:
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--forward", target) as (program, url),
    ):
        deliver(url, COMPLETION, ANSWER)
        assert [program.record()["event"] for _ in range(2)] == ["response_group", "answer"]
        assert program.told("Forwarding to") == f"Forwarding to {target}/ (trusted POSTs).\n"
        wait_until(lambda: len(receiver.took) == 2)
        status, errors = program.end()
    assert status == 0
    assert f"Forwarded to {target}/: 2 delivered.\n" in errors
    assert all(is_genuine for *_, is_genuine in receiver.took)


def test_a_port_is_enough_of_an_address(tmp_path: Path) -> None:
    with receiving() as (receiver, target):
        port = target.rpartition(":")[2]
        with listening(tmp_path / "captures.db", "--forward", port) as (program, url):
            deliver(url, COMPLETION)
            wait_until(lambda: len(receiver.took) == 1)
            assert (
                program.told("Forwarding to") == f"Forwarding to http://localhost:{port}/ (trusted POSTs).\n"
            )
            assert program.end()[0] == 0


@pytest.mark.parametrize("options", [(), ("--no-catch-up",)])
def test_captures_without_delivery_are_sent_by_the_next_run_with_the_same_forward(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    database, port = tmp_path / "captures.db", free_port()
    dead = f"http://127.0.0.1:{port}"
    bodies = [an_answer(str(n)) for n in range(3)]
    with listening(database, "--forward", dead) as (program, url):
        deliver(url, *bodies)
        while program.record().get("forward") is None:  # the first attempt has failed
            pass
        status, errors = program.end()
    assert status == 0
    assert (
        f"Forwarded to {dead}/: 0 delivered, 3 not delivered."
        " The next run with the same --forward delivers the rest.\n" in errors
    )
    with listening(database) as (program, url):  # the others wait for their forward
        deliver(url, COMPLETION)
        program.record()
        assert program.end() == (0, "")
    with (
        receiving(port) as (receiver, _),
        listening(database, "--forward", dead, *options) as (program, url),
    ):
        deliver(url, ANSWER)
        expected = [ANSWER] if options else [*bodies, ANSWER]
        wait_until(lambda: len(receiver.took) == len(expected))
        status, errors = program.end()
        assert sorted(body for _, _, body, _ in receiver.took) == sorted(expected)
    assert ("Catching up: 3 captures of an earlier run." in errors) is not bool(options)
    assert f"{len(expected)} delivered.\n" in errors


def test_a_rejected_capture_is_sent_again_by_the_next_run(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with receiving() as (receiver, target):
        receiver.refuses = True
        with listening(database, "--forward", target) as (program, url):
            deliver(url, ANSWER)
            attempt = [program.record(), program.record()][1]
            schemas.valid("attempt", attempt)
            assert (attempt["status"], attempt["capture"], attempt["compared"]) == (401, 1, "first")
            assert "1 failed. The next run with the same --forward" in program.end()[1]
        receiver.refuses = False
        with listening(database, "--forward", target) as (program, _):
            attempt = program.record()
            assert (attempt["status"], attempt["forward"], attempt["compared"]) == (200, 1, "fixed")
            assert program.end()[0] == 0
        with listening(database, "--forward", target) as (program, _):
            assert "Catching up" not in program.end()[1]


def test_a_filter_and_all_decide_which_captures_are_forwarded(tmp_path: Path) -> None:
    options = ("--forward-all", "--forward-filter", "event:answer")
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--forward", target, *options) as (program, url),
    ):
        assert program.told("Forwarding to").endswith(" (POSTs, trusted or not: (event:answer)).\n")
        deliver(url, COMPLETION)
        deliver(url, ANSWER, secret="another")
        wait_until(lambda: len(receiver.took) == 1)
        _, errors = program.end()
    assert [body for _, _, body, _ in receiver.took] == [ANSWER]
    assert f"Not forwarded to {target}/: 1 capture (1 not matched by the forward’s filter).\n" in errors


def test_relay_gives_senders_the_response_of_the_target(tmp_path: Path) -> None:
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--forward", target, "--relay") as (program, url),
    ):
        receiver.refuses = True
        signed = b"x-webhook-signature: " + signature(ANSWER, SECRET_TEXT)
        assert send_raw(url, a_post(ANSWER, signed)).startswith(b"HTTP/1.1 401")
        assert send_raw(url, a_post(ANSWER)).startswith(b"HTTP/1.1 200"), "it is not valid"
        assert program.end()[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--forward-all",), b"--forward-all needs a target. Add --forward TARGET."),
        (("--no-catch-up",), b"--no-catch-up needs a target."),
        (("--forward", "3000", "--forward-filter", " "), b"--forward-filter is empty."),
        (("--forward", "3000", "--forward-filter", "nope:1"), b"nope"),
        (("--forward", "3000", "--forward", "3001", "--relay"), b"--relay takes one target"),
    ],
)
def test_options_of_forwarding_that_cannot_be_used_together(
    tmp_path: Path, options: tuple[str, ...], said: bytes
) -> None:
    done = finish("listen", "--database", str(tmp_path / "captures.db"), *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_requests_that_are_not_forwarded_are_counted_with_the_reason(tmp_path: Path) -> None:
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--forward", target) as (program, url),
    ):
        deliver(url, COMPLETION)
        deliver(url, ANSWER, secret="another")
        for _ in range(2):
            assert send_raw(url, a_post(b"{}")).startswith(b"HTTP/1.1 200")
        assert send_raw(url, a_post(b"{}", b"Origin: https://e.example")).startswith(b"HTTP/1.1 200")
        for _ in range(5):
            program.record()
        wait_until(lambda: len(receiver.took) == 1)
        _, errors = program.end()
    assert f"Forwarded to {target}/: 1 delivered.\n" in errors
    assert f"Not forwarded to {target}/: 4 captures (2 unsigned, 1 invalid, 1 from a browser).\n" in errors


def test_it_is_for_this_run_alone(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with receiving() as (receiver, target):
        with listening(database, "--forward", target) as (program, _):
            assert program.end()[0] == 0
        with listening(database) as (program, url):
            deliver(url, COMPLETION)
            program.record()
            assert program.end() == (0, "")
        assert receiver.took == []


def test_a_kill_loses_nothing_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """Killed with one under way, the others waiting: all of them arrive, the first of them twice."""
    database = tmp_path / "captures.db"
    bodies = [an_answer(str(n)) for n in range(4)]
    gate = threading.Event()
    with receiving() as (receiver, target):
        take = receiver.take

        def hang(place: str, headers: Mapping[str, str], body: bytes) -> int:
            status = take(place, headers, body)
            gate.wait(10)
            return status

        receiver.take = hang  # type: ignore[method-assign]
        with listening(database, "--forward", target) as (program, url):
            deliver(url, *bodies)
            wait_until(lambda: len(receiver.took) == 1)
            program.process.kill()
            program.process.wait()
        receiver.take = take  # type: ignore[method-assign]
        gate.set()
        with listening(database, "--forward", target) as (program, _):
            wait_until(lambda: len(receiver.took) == 5)
            assert program.end()[0] == 0
        assert [body for _, _, body, _ in receiver.took] == [bodies[0], *bodies]
    [shown] = records("show", "1", "--database", str(database))
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["ok", "unknown"]


def test_a_target_that_is_this_listener_or_not_allowed_is_wrong_usage(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    port = str(free_port())
    done = finish("listen", "--database", database, "--port", port, "--forward", f"http://localhost:{port}/")
    assert done.returncode == 2
    assert b"is this listener, so" in done.stderr
    done = finish("listen", "--database", database, "--port", "0", "--forward", "http://192.0.2.1/")
    assert done.returncode == 2
    assert b"--allow-host 192.0.2.1" in done.stderr
    assert done.stdout == b""


def test_until_ends_with_0_once_enough_have_matched_and_forwards_them_first(tmp_path: Path) -> None:
    options = ("--until", "event:answer", "--count", "2", "--timeout", f"{PATIENCE_S}s")
    one_by_one = ("--set", "forward_at_once=1")  # deliveries that are sent together end in any order
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--forward", target, *options, *one_by_one) as (program, url),
    ):
        deliver(url, COMPLETION, an_answer("1"), an_answer("2"))
        status, _ = program.ended()
    assert status == 0
    lines = [json.loads(line) for line in program.rest()]
    assert [line["event"] for line in lines if "event" in line] == ["response_group", "answer", "answer"]
    assert [line["capture"] for line in lines if "forward" in line] == [1, 2, 3]
    assert len(receiver.took) == 3


def test_until_ends_with_1_when_the_time_is_over(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    began = time.monotonic()
    done = finish(
        "listen", "--port", "0", "--database", database, "--until", "is:trusted", "--timeout", "500ms"
    )
    assert done.returncode == 1
    assert b"Timed out: 0 of 1 captures matched.\n" in done.stderr
    assert time.monotonic() - began > 0.5


def test_until_waits_for_what_is_judged_and_grouped_afterwards(tmp_path: Path) -> None:
    large = an_answer("x" * 100_000)
    options = ("--until", "verdict:valid is:duplicate", "--timeout", f"{PATIENCE_S}s")
    with listening(tmp_path / "captures.db", *options) as (program, url):
        deliver(url, large, large)
        assert program.ended()[0] == 0


def test_until_says_nothing_of_a_capture_that_is_not_judged_yet(tmp_path: Path) -> None:
    """Before it is judged this one is unchecked, and would match."""
    with listening(tmp_path / "captures.db", "--until", "-verdict:valid") as (program, url):
        deliver(url, an_answer("x" * 100_000))
        assert program.record()["verdict"] == "valid"
        deliver(url, ANSWER, secret="of another project")
        assert program.record()["id"] == 2
        assert program.ended()[0] == 0


def test_interrupted_before_it_is_met_until_ends_as_a_finite_verb(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db", "--until", "is:trusted") as (program, _):
        assert program.end()[0] == 130


@pytest.mark.parametrize("option", [("--count", "2"), ("--timeout", "3s")])
def test_what_belongs_to_until_needs_it(tmp_path: Path, option: tuple[str, str]) -> None:
    done = finish("listen", "--database", str(tmp_path / "captures.db"), *option)
    assert done.returncode == 2
    assert b"--until" in done.stderr


def test_a_forward_that_a_window_made_goes_on_in_the_terminal(tmp_path: Path) -> None:
    """It belongs to the file, whoever listens on it."""
    database = tmp_path / "captures.db"

    async def make(url: str) -> None:
        session = Session(Options(database=database))
        await session.open()
        await session.forwards.add(url, rule="event:answer")
        await session.close()

    with receiving() as (receiver, target):
        asyncio.run(make(target))
        with running("listen", "--port", "0", "--database", str(database)) as program:
            program.told("Forwarding to")
            assert program.end()[0] == 0
        with listening(database) as (program, url):
            deliver(url, COMPLETION, ANSWER)
            wait_until(lambda: len(receiver.took) == 1)
            assert program.end()[0] == 0
        assert [body for _, _, body, _ in receiver.took] == [ANSWER]
