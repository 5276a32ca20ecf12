"""Acknowledged means committed and synced: shown to the system call, and by kills at random moments."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing, suppress
from pathlib import Path

import pytest

from inspector.store import journal
from inspector.store.file.database import connect as connect_to
from tests.builders import a_completion, an_answer, signature
from tests.e2e.program import PATIENCE_S, connect, finish, listening
from tests.ports import free_port
from tests.store.group.test_grouping import refold_all, stored
from tests.waiting import wait_until

SENDERS = 6
CALLS = "pwrite64,fdatasync,fsync,sendto,sendmsg,writev,write,recvfrom,recvmsg"


def request(body: bytes) -> bytes:
    head = b"POST /hook HTTP/1.1\r\nHost: x\r\nx-webhook-signature: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (signature(body), len(body)) + body


def a_body(name: str, number: int) -> bytes:
    """Of a few surveys, groups and respondents; small, and sometimes larger than some pages."""
    chosen = random.Random(f"{name}-{number}")
    user, group = f"u-{chosen.randrange(40)}", f"g-{chosen.randrange(3)}"
    said = f"marker-{name}-{number} " + "x" * chosen.choice((0, 10, 300, 9000))
    if chosen.random() < 0.2:
        return a_completion(said, group=group, user=user)
    return an_answer(said, group=group, user=user, question=f"q-{chosen.randrange(5)}")


class Sender(threading.Thread):
    """Sends one body after the other until the connection ends; remembers what was acknowledged."""

    def __init__(self, url: str, name: str, most_pause_s: float = 0.0) -> None:
        super().__init__(daemon=True)
        self._most_pause_s = most_pause_s
        self.acknowledged: list[bytes] = []
        self._sender = name
        self._connection: socket.socket = connect(url)

    def run(self) -> None:
        with self._connection:
            number = 0
            while True:
                body = a_body(self._sender, number)
                try:
                    self._connection.sendall(request(body))
                    answer = self._connection.recv(4096)
                except OSError:
                    return
                if not answer.startswith(b"HTTP/1.1 200"):
                    return
                self.acknowledged.append(body)
                number += 1
                time.sleep(random.uniform(0, self._most_pause_s))


def evaluators(database: Path, listener: int) -> list[int]:
    """The other processes that have the file open: that of the listener, and perhaps of a killed one."""
    found = []
    for process in Path("/proc").iterdir():
        with suppress(OSError, ValueError):  # it ended meanwhile, or is another user's
            files = {os.readlink(file) for file in (process / "fd").iterdir()}
            if str(database) in files and int(process.name) != listener:
                found.append(int(process.name))
    return found


def evaluated(database: Path) -> int:
    """The last capture that is evaluated."""
    with closing(connect_to(database, read_only=True)) as connection:
        return journal.evaluated(connection)


def kill_under_load(database: Path, name: str, kills: int, killed: Counter[str]) -> list[list[bytes]]:
    """Kill the evaluator some times, then the listener or both. Give what each sender was acknowledged."""
    with listening(database) as (program, url):
        listener = program.process.pid
        senders = [Sender(url, f"{name}-{number}", most_pause_s=0.02) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for left in reversed(range(kills)):
            if random.random() < 0.8:  # after two deaths at the start, the next evaluator starts 10 s later
                last = evaluated(database)
                wait_until(lambda last=last: evaluated(database) > last)
            time.sleep(random.expovariate(1 / 0.05))  # the moment is what is random here
            victims = [("listener", listener)] if not left else []
            if left or random.random() < 0.5:
                pids = wait_until(lambda: evaluators(database, listener))
                victims += [("evaluator", pid) for pid in pids]
            random.shuffle(victims)
            for _, pid in victims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            killed["both" if len(victims) > 1 and not left else victims[0][0]] += 1
        for sender in senders:
            sender.join(PATIENCE_S)
            assert not sender.is_alive()
    return [sender.acknowledged for sender in senders]


def exported(database: Path) -> list[bytes]:
    """The bodies of all captures that are kept, by their ids."""
    done = finish("export", "--database", str(database))
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    kept = [line for line in lines if "body" in line]
    assert [line["id"] for line in kept] == sorted(line["id"] for line in kept)
    return [base64.b64decode(line["body"]) for line in kept]


def check(database: Path, acknowledged: list[list[bytes]]) -> None:
    """After a restart all of it is there, whole and in order, with its verdict, and what is stored equals
    counting everything anew."""
    with listening(database) as (program, _):
        wait_until_settled(database)
        assert program.end()[0] == 0
    kept = exported(database)
    places = {body: place for place, body in enumerate(kept)}
    assert len(kept) == len(places), "nothing is kept twice"
    for one_after_another in acknowledged:
        where = [places[body] for body in one_after_another]
        assert where == sorted(where)
    for file in (database, journal.path_of(database)):
        with closing(connect_to(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(connect_to(database)) as connection:
        assert connection.execute("SELECT DISTINCT verdict, kind FROM captures").fetchall() in (
            [("valid", "captured")],
            [],
        )
        assert stored(connection) == refold_all(connection)


def wait_until_settled(database: Path) -> None:
    """Until the journal is empty, each capture is counted, and each respondent whose captures came out of
    order is counted again.

    There is no limit in total. It fails if the remaining number does not change for `PATIENCE_S`.
    """
    query = "SELECT coalesce((SELECT max(id) FROM captures), 0) - watermark + refolds FROM figures"
    behind, before, give_up = 1, -1, 0.0
    with (
        closing(connect_to(database, read_only=True)) as connection,
        closing(connect_to(journal.path_of(database), read_only=True)) as entries,
    ):
        while behind:
            behind = connection.execute(query).fetchone()[0]
            behind += entries.execute("SELECT count(*) FROM entries").fetchone()[0]
            if behind != before:
                before, give_up = behind, time.monotonic() + PATIENCE_S
            assert time.monotonic() < give_up, f"{behind} captures are not followed"
            time.sleep(0.02)


def kill_and_check(folder: Path, kills: int, *, runs: int, most: int) -> None:
    """Kill at most `most` processes per run, and check a file after some runs: a large one takes long."""
    killed: Counter[str] = Counter()
    total = checks = 0
    while killed.total() < kills:
        (folder / str(checks)).mkdir()
        database = folder / str(checks) / "captures.db"
        acknowledged: list[list[bytes]] = []
        for run in range(runs):
            acknowledged += kill_under_load(database, f"{run}", random.randint(1, most), killed)
        check(database, acknowledged)
        total += sum(map(len, acknowledged))
        checks += 1
        print(f"{dict(killed)}: {total} acknowledged captures, {checks} checks", flush=True)
    assert total > 20 * kills


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="only Linux shows which process is the evaluator"
)


@needs_proc
@pytest.mark.timeout(300)
def test_kills_at_random_moments_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 6, runs=2, most=4)


@needs_proc
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 1_000, runs=6, most=40)


@needs_proc
def test_after_a_kill_of_the_listener_its_evaluator_stores_the_rest_and_ends(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        sent = some(url, 1)
        wait_until(lambda: evaluated(database))  # it has its secrets now
        [evaluator] = evaluators(database, program.process.pid)
        os.kill(evaluator, signal.SIGSTOP)
        sent += some(url, 300)
        program.process.kill()
        program.process.wait()
        os.kill(evaluator, signal.SIGCONT)
        wait_until(lambda: evaluators(database, 0), lambda left: left == [])
    assert exported(database) == sent


@needs_proc
def test_the_evaluator_of_a_killed_listener_does_not_hold_up_the_next_one(tmp_path: Path) -> None:
    """It has neither its port nor its lock, and leaves the rest to the next evaluator."""
    database, port = tmp_path / "captures.db", ("--port", str(free_port()))
    with listening(database, *port) as (program, url):
        sent = some(url, 1)
        wait_until(lambda: evaluated(database))
        [evaluator] = evaluators(database, program.process.pid)
        os.kill(evaluator, signal.SIGSTOP)
        try:
            sent += some(url, 20)
            program.process.kill()
            program.process.wait()
            with listening(database, *port) as (other, _):
                wait_until_settled(database)
                sent += some(url, 20)
                os.kill(evaluator, signal.SIGCONT)
                wait_until(
                    lambda: evaluators(database, other.process.pid), lambda left: evaluator not in left
                )
                assert other.end()[0] == 0
        finally:
            with suppress(ProcessLookupError):
                os.kill(evaluator, signal.SIGKILL)
    check(database, [sent])


@needs_proc
def test_no_evaluator_stays_behind_when_the_listener_ends(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with listening(database) as (program, url):
            some(url, 1)
            wait_until(lambda: evaluators(database, program.process.pid))
            program.end(number)
            assert evaluators(database, 0) == []


def some(url: str, count: int) -> list[bytes]:
    """Send some captures, each once the last one is acknowledged."""
    bodies = [a_body(f"{time.monotonic_ns()}", number) for number in range(count)]
    with connect(url) as connection:
        for body in bodies:
            connection.sendall(request(body))
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    return bodies


# ---- to the system call


def traced(tmp_path: Path) -> list[str]:
    """The command that writes down each call; skips where no process may be traced."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"no process may be traced here: {tried.stderr.decode()}")
    return [strace, "-f", "-y", "-s", "20000", "-e", f"trace={CALLS}", "-o", str(tmp_path / "calls")]


def test_each_answer_comes_after_a_sync_of_the_log_that_has_its_capture(tmp_path: Path) -> None:
    """A kill cannot show this: what the kernel has in its cache outlives the process."""
    database = tmp_path / "captures.db"
    with listening(database, through=traced(tmp_path)) as (program, url):
        senders = [Sender(url, f"traced-{number}") for number in range(3)]
        for sender in senders:
            sender.start()
        wait_until(lambda: min(len(sender.acknowledged) for sender in senders), lambda fewest: fewest >= 30)
        assert all(sender.is_alive() for sender in senders)
        (traced_process,) = children(program.process.pid)
        subprocess.run(["kill", "-INT", traced_process], check=True)
        assert program.ended()[0] == 0
        for sender in senders:
            sender.join(PATIENCE_S)
    answers = check_calls((tmp_path / "calls").read_text(errors="replace").splitlines())
    assert answers >= sum(len(sender.acknowledged) for sender in senders) >= 90


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


_CALL = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<file>\d+)<(?P<path>[^>]*)>(?P<rest>.*)")
_RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_MARKER = re.compile(r"marker-[\w-]+-\d+ ")


def check_calls(lines: list[str]) -> int:
    """Go through the calls in their order; how many answers there were, each after its sync."""
    begun: dict[str, tuple[str, str, str, set[str]]] = {}
    written: set[str] = set()
    """Captures that are in the log, synced or not."""
    synced: set[str] = set()
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    """Captures that came in on a socket and are not answered."""
    answers = 0

    def end(name: str, path: str, rest: str, at_begin: set[str]) -> None:
        if name == "pwrite64" and path.endswith("-wal"):
            written.update(_MARKER.findall(rest))
        elif name in ("fdatasync", "fsync") and path.endswith("-wal") and rest.rstrip().endswith("= 0"):
            synced.update(at_begin)
        elif name in ("recvfrom", "recvmsg"):
            waiting[path] += _MARKER.findall(rest)

    for line in lines:
        if call := _CALL.match(line):
            pid, name, path, rest = call["pid"], call["name"], call["path"], call["rest"]
            if "HTTP/1.1 200" in rest and name in ("sendto", "sendmsg", "write", "writev"):
                marker = waiting[path].pop(0)
                assert marker in synced, f"{marker} was answered before it was synced"
                answers += 1
            at_begin = set(written)  # a sync is of what was written before it began
            if rest.endswith("<unfinished ...>"):
                begun[pid] = name, path, rest, at_begin
            else:
                end(name, path, rest, at_begin)
        elif (resumed := _RESUMED.match(line)) and resumed["pid"] in begun:
            name, path, rest, at_begin = begun.pop(resumed["pid"])
            end(name, path, rest + resumed["rest"], at_begin)
    return answers


_DRAGS = """
import asyncio, sys
from pathlib import Path
from inspector.session.options import Options
from inspector.session.session import Session

async def main():
    session = Session(Options(database=Path(sys.argv[1])))
    await session.open()
    print(*session.body_files.write([1]), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_bodies_that_a_killed_window_had_dragged_out_are_removed_at_the_next_start(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        sender = Sender(url, "dragged")
        sender.start()
        wait_until(lambda: sender.acknowledged)
        program.record()
        assert program.end()[0] == 0
    process = subprocess.Popen(
        [sys.executable, "-c", _DRAGS, str(database)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        body = Path(process.stdout.readline().strip())
        assert body.read_bytes() == sender.acknowledged[0]
        with listening(database) as (program, _):
            assert body.exists(), "its process is still running"
            assert program.end()[0] == 0
    finally:
        process.kill()
        process.communicate()
    with listening(database) as (program, _):
        assert program.end()[0] == 0
    assert not body.parent.exists(), "its private folder is gone, too"
