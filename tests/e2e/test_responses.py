"""Response rules with real processes: `listen --answer`, `answers` next to it, retries, and kills."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from inspector.store.file.database import connect as connect_to
from tests import schemas
from tests.builders import an_answer, signature
from tests.e2e.program import (
    PATIENCE_S,
    a_post,
    finish,
    listening,
    records,
    running,
    send_raw,
)
from tests.waiting import wait_until

BODY = an_answer()
SIGNED = b"x-webhook-signature: " + signature(BODY)


def status(url: str, request: bytes | None = None) -> int:
    """Deliver once, and give the status; 0 if there is none."""
    answer = send_raw(url, a_post(BODY, SIGNED) if request is None else request)
    return int(answer[9:12]) if answer else 0


def test_rules_of_the_command_line_come_before_those_of_the_file(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    rules = ("--answer", "503 for survey:s-1 first 1", "--answer", "close for verdict:valid first 1")
    with listening(database, *rules) as (program, url):
        assert program.said() == "Rule 1 of this run: 503 for the first one (survey:s-1).\n"
        assert finish("answers", "add", "418", "every", "2", "--database", str(database)).returncode == 0
        wait_until(lambda: answered_by_rule_1(url, database))
        found = [status(url) for _ in range(2)]
        assert sorted(found) == [200, 418]
        (listed, *_) = records("list", "--filter", "id:1", "--database", str(database))
        assert listed["answered_by"] == "rule 1 of this run: 503 for the first one (survey:s-1)"
        assert program.end()[0] == 0


def answered_by_rule_1(url: str, database: Path) -> bool:
    """Whether the listener has noticed the rule of the other process."""
    return status(url) == 418


def test_a_late_response_is_announced_and_then_listed(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    rules = ("--answer", "201 for path:/first", "--answer", "418 after 1s first 1", "--answer", "close")
    options = ("--port", "0", "--database", str(database), *rules)
    with running("listen", *options) as program:
        url = program.told("Listening on").split()[2].rstrip(".")
        assert status(url, a_post(BODY, SIGNED).replace(b" / ", b" /first ")) == 201
        # The evaluator works now. Its start can take a second.
        assert "[responded 201 by rule 1 of this run]" in program.line()
        assert [status(url), status(url)] == [418, 0]
        lines = [program.line(), program.line()]
        assert "[no response yet by rule 2 of this run]" in lines[0]
        assert "[no response by rule 3 of this run]" in lines[1]
    late, closed = finish("list", "--database", str(database)).stdout.decode().splitlines()[-2:]
    assert "[responded 418 by rule 2 of this run]" in late
    assert "[no response by rule 3 of this run]" in closed


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("503 first none", "“503 first none”, character 11: “none” is not a number."),
        ("relay", "Write the target after relay"),
        ("200 body @/nowhere/file", "Cannot read the body file /nowhere/file"),
    ],
)
def test_a_wrong_rule_ends_listen_with_a_sentence(tmp_path: Path, rule: str, said: str) -> None:
    done = finish("listen", "--port", "0", "--answer", rule, "--database", str(tmp_path / "captures.db"))
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_the_senders_retries_are_learned_in_a_second_terminal(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    on_file = ("--database", str(database))
    with listening(database) as (_, url):
        with running("answers", "learn", "503", "first", "2", *on_file) as learning:
            assert learning.said().startswith("Waiting for the next delivery. It gets 503.")
            wait_until(lambda: status(url), lambda found: found == 503)
            assert [status(url), status(url)] == [503, 200]
            lines = [learning.line() for _ in range(3)]
            assert ["first delivery" in line for line in lines] == [True, False, False]
            assert [line.split()[-2:] for line in lines[1:]] == [["same", "bytes"]] * 2
            learning.process.send_signal(signal.SIGINT)
            assert learning.ended()[0] == 0
            report = learning.rest()
        assert report[0] == "\n"
        assert report[1].startswith("2 retries, all with the same bytes and signature: after ")
        assert report[-1].startswith("After the 200, nothing came for ")
        (study,) = records("answers", "report", *on_file)
        schemas.valid("retry-study", study)
        assert [one["response"] for one in study["deliveries"]] == ["503", "503", "200"]
        assert finish("answers", "stop", *on_file).returncode == 1, "it has ended"


class Sender(threading.Thread):
    """Delivers one body after the other, each again until it gets 200; remembers every response."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(daemon=True)
        self.got: list[tuple[bytes, int]] = []
        self._url = url
        self._sender = name

    def run(self) -> None:
        for number in range(100_000):
            body = an_answer(f"{self._sender}-{number}", user=f"u-{number % 7}")
            try:
                answer = send_raw(self._url, a_post(body, b"x-webhook-signature: " + signature(body)))
            except OSError:
                return
            if answer:
                self.got.append((body, int(answer[9:12])))


def test_a_killed_study_lets_no_delivery_fail_any_more(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    on_file = ("--database", str(database))
    with listening(database) as (_, url), running("answers", "learn", "503", *on_file) as learning:
        assert learning.said().startswith("Waiting for the next delivery. It gets 503.")
        learning.process.kill()
        learning.ended()
        wait_until(lambda: "No delivery came." in finish("answers", "report", *on_file).stdout.decode())
        assert status(url) == 200


def test_a_kill_loses_no_capture_and_no_count(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    on_file = ("--database", str(database))
    chosen = random.Random(15)
    got: list[tuple[bytes, int]] = []
    with listening(database) as (program, _):
        program.end()
    for rule in ("503 for survey:s-1 first 60", "429 every 5", "201 after 0.05s every 3"):
        assert finish("answers", "add", rule, *on_file).returncode == 0
    for turn in range(3):
        with listening(database) as (program, url):
            senders = [Sender(url, f"{turn}-{number}") for number in range(4)]
            for sender in senders:
                sender.start()
            wait_until(lambda one=senders[0]: one.got)
            time.sleep(chosen.uniform(0.2, 1.0))  # the moment is what is random here
            program.process.send_signal(signal.SIGKILL)
            for sender in senders:
                sender.join(PATIENCE_S)
                got += sender.got
    with listening(database) as (program, _):  # evaluates what it had not when it was killed
        wait_until(lambda: finish("list", "--limit", "1", *on_file).stderr == b"")
        assert program.end()[0] == 0
    captures = stored(database)
    for body, code in got:
        assert captures[body] == code, "what a sender got is what is stored"
    connection = connect_to(database, read_only=True)
    (note,) = connection.execute("SELECT value FROM notes WHERE name = 'response-counts'").fetchone()
    decided = connection.execute(
        "SELECT count(*) FROM captures WHERE answered_by LIKE 'rule 1:%'"
    ).fetchone()[0]
    connection.close()
    assert decided == min(60, json.loads(note)["1"]), "the count and its captures are one commit"
    assert len(captures) >= json.loads(note)["1"] >= len(got)


def stored(database: Path) -> dict[bytes, int | None]:
    """The status of each capture by its body."""
    connection = connect_to(database, read_only=True)
    rows = connection.execute("SELECT body, answered FROM captures JOIN bodies ON capture_id = id")
    found = {bytes(body): answered for body, answered in rows}
    connection.close()
    return found
