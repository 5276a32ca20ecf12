"""How the program ends: by signals, by a reader that goes away, by what it cannot do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.domain.capture.native import ExportedCapture, dump_line
from tests.builders import ANSWER, COMPLETION, a_capture
from tests.e2e.program import (
    PATIENCE_S,
    PROGRAM,
    connect,
    deliver,
    evaluator_of,
    finish,
    listening,
    receiving,
    records,
    running,
    send_raw,
    wait_for_listener,
)
from tests.ports import free_port

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_silence_whatever_is_in_flight(tmp_path: Path, number: signal.Signals) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url), connect(url) as idle, connect(url) as half_sent:
        deliver(url, COMPLETION)
        program.record()
        half_sent.sendall(REQUEST % (1000, b"only the beginning"))
        assert program.end(number) == (0, "")
        idle.close()
    kept, *cut = records("list", "--database", str(database))
    assert kept["bytes"] == 645
    assert [(record["kind"], record["declared"]) for record in cut] in ([], [("cut", 1000)])


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    acknowledged = []
    with listening(database) as (program, url):
        with connect(url) as connection:
            for number in range(200):
                body = b"%d" % number
                connection.sendall(REQUEST % (len(body), body))
                if number == 150:
                    program.process.kill()
                try:
                    answer = connection.recv(4096)
                except ConnectionResetError:
                    break
                if not answer.startswith(b"HTTP/1.1 200"):
                    break
                acknowledged.append(number)
        assert program.ended()[0] == -signal.SIGKILL
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        newest = program.record()["id"]  # evaluated after those of the first run
        kept = [record["id"] for record in records("list", "--database", str(database))]
        assert len(acknowledged) >= 100
        assert len(kept) > len(acknowledged)
        assert kept == list(range(1, newest + 1))
        assert program.end()[0] == 0


def test_what_is_not_evaluated_at_the_end_is_named_and_evaluated_at_the_next_start(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        program.record()
        os.kill(evaluator_of(program.process.pid, database), signal.SIGSTOP)
        deliver(url, ANSWER, COMPLETION)
        said = "2 unevaluated captures are safe and are evaluated when listening starts again.\n"
        assert program.end() == (0, said)
        assert program.rest() == []
    with listening(database, "--until", "event:response_group") as (program, url):
        assert program.said() == "2 captures of an earlier run are evaluated first. `list` prints them.\n"
        deliver(url, ANSWER)
        assert program.record()["id"] == 4, "neither printed among new ones nor counted"
        deliver(url, COMPLETION)
        assert program.record()["id"] == 5
        status, said = program.ended()
        assert status == 0
        assert said.endswith("2 captures of an earlier run were evaluated.\n")
    stored = [(one["id"], one["verdict"]) for one in records("list", "--database", str(database))]
    assert stored == [(number, "valid") for number in range(1, 6)]


def test_a_kill_before_the_evaluation_loses_nothing_either(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    port = free_port()
    arguments = ("listen", "--port", str(port), "--database", str(database))
    url = f"http://127.0.0.1:{port}/"
    with running(*arguments) as program:
        wait_for_listener(url)
        evaluator = evaluator_of(program.process.pid, database)
        os.kill(evaluator, signal.SIGSTOP)
        deliver(url, ANSWER)
        program.process.kill()
        os.kill(evaluator, signal.SIGKILL)
        program.ended()
    with running(*arguments) as program:
        assert (
            program.told("earlier") == "1 capture of an earlier run is evaluated first. `list` prints it.\n"
        )
        wait_for_listener(url)
        deliver(url, COMPLETION)
        assert program.line().split()[0] == "2"
        status, said = program.end()
        assert status == 0
        assert "\n1 capture arrived: 1 valid. See them with `" in said
        assert said.endswith("\n1 capture of an earlier run was evaluated.\n")
    assert [one["id"] for one in records("list", "--database", str(database))] == [1, 2]


def test_a_second_listener_on_a_file_is_told_of_the_first(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, _):
        done = finish("listen", "--port", "0", "--database", str(database))
        assert done.returncode == 3
        assert str(program.process.pid) in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
        assert program.end() == (0, "")


def test_a_taken_port_is_told_with_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = finish("listen", "--port", port, "--database", str(tmp_path / "captures.db"))
    assert done.returncode == 3
    assert port in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_replay_that_is_interrupted_ends_with_130_and_keeps_what_it_did(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        program.record()
        program.end()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        target = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        arguments = ("replay", "--to", target, "--database", str(database), "--format", "json")
        with running(*arguments) as program:
            silent.settimeout(PATIENCE_S)
            connection, _ = silent.accept()
            with connection:
                connection.settimeout(PATIENCE_S)
                assert connection.recv(4096).startswith(b"POST / ")
                status, said = program.end()
                assert status == 130
                assert "These captures may have arrived, but there was no response: 1." in said
    planned = finish("replay", "--resume", "1", "--dry-run", "--database", str(database))
    assert planned.returncode == 1
    assert planned.stdout == b"Plan 1 is complete. There is nothing left to send.\n"
    assert b"These captures may have arrived, but there was no response: 1." in planned.stderr


def test_verify_that_waits_for_its_input_is_interrupted() -> None:
    with subprocess.Popen(
        [str(PROGRAM), "verify", "--signature", "x"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # More than a pipe holds: once it is written, the program is reading.
        process.stdin.write(bytes(1024 * 1024))
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
        assert process.stderr.read() == b""


def _piped(command: str) -> subprocess.Popen[bytes]:
    """`command` in a shell; its first process's exit status is the last line of standard output."""
    shell = ["/bin/bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"]
    return subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_reader_of_a_list_may_go_away(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        with connect(url) as connection:
            for _ in range(2_000):  # more lines than a pipe holds
                connection.sendall(REQUEST % (359, ANSWER))
                assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        program.end()
    with _piped(f"'{PROGRAM}' list --database '{database}' | head -n 1") as shell:
        said, errors = shell.communicate(timeout=PATIENCE_S)
    heading, status = said.splitlines()
    assert heading.split()[:1] == [b"id"]
    assert (status, errors) == (b"0", b"")


def test_a_reader_of_a_listener_may_go_away_which_ends_it(tmp_path: Path) -> None:
    port = free_port()
    command = f"'{PROGRAM}' listen --format json --port {port} --database '{tmp_path / 'captures.db'}'"
    with _piped(f"{command} | head -n 1") as shell:
        url = f"http://127.0.0.1:{port}/"
        wait_for_listener(url)
        with suppress(OSError):  # until it has noticed, and ends
            while True:
                send_raw(url, REQUEST % (2, b"{}"))
        said, errors = shell.communicate(timeout=PATIENCE_S)
    first, status = said.splitlines()
    assert json.loads(first) == {"listening": url}
    assert (status, errors) == (b"0", b"Standard output was closed by its reader, so listening ends.\n")


def test_an_interrupted_import_tells_what_it_has_stored(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    lines = b"".join(
        dump_line(number, ExportedCapture(capture=a_capture(ANSWER))).encode() + b"\n"
        for number in range(600)
    )
    with subprocess.Popen(
        [str(PROGRAM), "import", "-", "--database", str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(lines)
        process.stdin.flush()
        deadline = time.monotonic() + PATIENCE_S
        while finish("list", "--limit", "1", "--database", str(database)).stdout == b"":
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(PATIENCE_S) == 130
    kept = len(records("list", "--database", str(database)))
    assert said == f"Interrupted: {kept:,} captures imported.\n".encode()


def test_what_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    assert finish("list", "--database", database).returncode == 3
    with listening(tmp_path / "captures.db") as (program, _):
        program.end()
    for arguments, status in (
        (("show", "7"), 1),
        (("list", "7"), 1),
        (("replay", "7", "--to", "http://127.0.0.1:9/"), 1),
        (("replay", "--to", "http://127.0.0.1:9/"), 1),
        (("list",), 0),
        (("list", "--filter", "verdict:x"), 2),
        (("list", "--set", "nonsense=1"), 2),
        (("replay", "--to", "ftp://x/"), 2),
    ):
        done = finish(*arguments, "--database", database)
        assert done.returncode == status, arguments
        assert done.stdout == b""
        assert done.stderr.count(b"\n") == 1
        assert b"Traceback" not in done.stderr


def test_a_host_beyond_this_machine_has_to_be_allowed(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        program.record()
        program.end()
    done = finish("replay", "--to", "http://192.0.2.1/", "--database", str(database))
    assert done.returncode == 2
    assert "--allow-host 192.0.2.1" in done.stderr.decode()


def test_a_receiver_that_rejects_an_invalid_capture_makes_a_successful_replay(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, ANSWER, secret="another")
        assert program.record()["verdict"] == "invalid"
        program.end()
    with receiving() as (receiver, target):
        done = finish("replay", "1", "--to", target, "--database", str(database))
    assert done.returncode == 0
    assert b"1 sent: 1 rejected as expected." in done.stdout
    assert [took[3] for took in receiver.took] == [False]
