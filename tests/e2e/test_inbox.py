"""A shared inbox while its parts are killed: what a sender was acknowledged is with every member, once."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import nats.errors
import pytest

from inspector.domain.capture.inbox_message import load_message
from inspector.domain.capture.native import ExportedCapture, ImportLimits, load_line
from tests.builders import signature
from tests.e2e.program import PATIENCE_S, Program, a_post, finish
from tests.e2e.test_kill import a_body, wait_until_settled
from tests.inbox.publishing import STREAM, SUBJECT, stream_on
from tests.inbox.servers import NatsCluster, NatsServer, nats_cluster
from tests.ports import free_ports
from tests.waiting import wait_until

LIMITS = ImportLimits(body_bytes=50 * 2**20, head_bytes=64 * 1024, head_fields=100)
CONNECTIONS = 6
EDGES = 2
MEMBERS = 3
ROUNDS = 2
"""Least number of times that each kind of part is killed."""
_AGAIN_S = 0.05


class Sender(threading.Thread):
    """Sends requests to all edges, each until one acknowledges it, as a balancer in front of them would."""

    def __init__(self, ports: list[int], pause_s: float) -> None:
        """`pause_s` is the average pause of a connection between two requests."""
        super().__init__(daemon=True)
        self._ports = ports
        self._pause_s = pause_s
        self._is_ending = False
        self.acknowledged: list[bytes] = []
        self.attempts: Counter[bytes] = Counter()
        """How often each request was sent to an edge that accepted the connection."""
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        await asyncio.gather(*(self._send_all(number) for number in range(CONNECTIONS)))

    def end(self) -> None:
        """Send what was begun until it is acknowledged, and nothing else."""
        self._is_ending = True
        self.join(PATIENCE_S)
        assert not self.is_alive()

    def acknowledges(self, count: int) -> None:
        """Wait until this many more requests are acknowledged."""
        before = len(self.acknowledged)
        wait_until(lambda: self.is_alive() and len(self.acknowledged) - before, lambda more: more >= count)

    async def _send_all(self, connection: int) -> None:
        number = 0
        while not self._is_ending:
            request = a_request(f"{connection}", number)
            number += 1
            edge = connection + number
            while not await self._is_acknowledged(self._ports[edge % len(self._ports)], request):
                edge += 1
                await asyncio.sleep(_AGAIN_S)
            self.acknowledged.append(request)
            await asyncio.sleep(random.expovariate(1 / self._pause_s) if self._pause_s else 0)

    async def _is_acknowledged(self, port: int, request: bytes) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        try:
            self.attempts[request] += 1
            writer.write(request)
            head = await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()
        if not head:
            return False
        status = int(head.split(b" ", 2)[1])
        self.statuses[status] += 1
        assert status in (200, 503), head
        return status == 200


def a_request(name: str, number: int) -> bytes:
    """A request unlike any other. Its head has bytes that are not text, and it is not always genuine."""
    body = a_body(name, number)
    secret = {} if number % 5 else {"secret": "another"}
    header = b"X-Bytes: %b\xff\xfe\x80\t%d" % (bytes(range(0xA0, 0xA0 + number % 60)), number)
    return a_post(body, b"x-webhook-signature: " + signature(body, **secret), header)


def verdict_of(request: bytes) -> str:
    body = request.partition(b"\r\n\r\n")[2]
    return "valid" if signature(body) in request else "invalid"


class Part:
    """A program that is killed and started again with the same arguments."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.runs: list[Program] = []
        self.start()

    def start(self) -> None:
        self.runs.append(Program(*self._arguments))

    def kill(self) -> None:
        self.runs[-1].kill_if_running()

    def end(self) -> None:
        """End it as a user does."""
        assert self.runs[-1].end()[0] == 0


class Team:
    """A cluster, its edges and its members."""

    def __init__(self, folder: Path, cluster: NatsCluster) -> None:
        self.cluster = cluster
        self.files = [folder / f"member{number}.db" for number in range(MEMBERS)]
        self.ports = free_ports(EDGES)
        address = cluster.address()
        done = finish("inbox", "init", address, "--replicas", "3")
        assert done.returncode == 0, done.stderr
        self.edges: list[Part] = []
        self.members: list[Part] = []
        for number, port in enumerate(self.ports):
            name = ("--inbox", address, "--edge", f"edge{number}")
            self.edges.append(Part("listen", "--format", "json", "--port", str(port), *name))
        for number, file in enumerate(self.files):
            name = ("--from-inbox", address, "--member", f"member{number}")
            self.members.append(Part("listen", "--port", "0", "--quiet", "--database", str(file), *name))

    def wait_until_listening(self) -> None:
        for edge in self.edges:
            assert "listening" in edge.runs[-1].record()

    def kill_each_kind(self, sender: Sender, most: int) -> None:
        """Kill a server, an edge and a member in turn, while and after which the sender is acknowledged."""
        # Without two of three servers, the stream would accept nothing until the last victim is back.
        wait_until(lambda: is_replicated(self.cluster.servers))
        for victims in (self.cluster.servers, self.edges, self.members):
            victim: NatsServer | Part = random.choice(victims)
            victim.kill()
            sender.acknowledges(random.randint(1, most))
            victim.start()
            sender.acknowledges(random.randint(1, most))

    def wait_until_read(self, last: int) -> None:
        """Wait until all members have acknowledged the message `last`, and have evaluated everything."""
        wait_until(lambda: acknowledged(self.cluster.servers[0]), lambda found: found == [last] * MEMBERS)
        for file, member in zip(self.files, self.members, strict=True):
            wait_until_settled(file)
            member.end()


@contextmanager
def a_team(folder: Path) -> Iterator[Team]:
    with nats_cluster(folder) as cluster:
        team = Team(folder, cluster)
        try:
            team.wait_until_listening()
            yield team
        finally:
            for part in (*team.edges, *team.members):
                part.kill()


def is_replicated(servers: Sequence[NatsServer]) -> bool:
    """Whether each server has every message, as far as the leader of the stream knows."""

    async def ask() -> bool:
        async with stream_on(servers[0]) as stream:
            cluster = (await stream.jetstream.stream_info(STREAM)).cluster
        replicas = [] if cluster is None else cluster.replicas or []
        return sum(one.current is True and not one.offline for one in replicas) == len(servers) - 1

    with suppress(nats.errors.Error):
        return asyncio.run(ask())
    return False


def acknowledged(server: NatsServer) -> list[int]:
    """What each member has acknowledged, or nothing while the servers elect a leader."""

    async def ask() -> list[int]:
        async with stream_on(server) as stream:
            consumers = await stream.consumers()
        # Not that of `published`, which the server keeps for a moment.
        return [sequence for name, sequence in consumers.items() if name.startswith("member")]

    with suppress(nats.errors.Error):
        return asyncio.run(ask())
    return []


def published(server: NatsServer) -> list[tuple[int, str, bytes]]:
    """The sequence, the edge and the request of each message, read by another client."""

    async def read() -> list[tuple[int, str, bytes]]:
        found: list[tuple[int, str, bytes]] = []
        async with stream_on(server) as stream:
            last = await stream.last()
            messages = await stream.jetstream.subscribe(SUBJECT, ordered_consumer=True)
            while not found or found[-1][0] < last:
                message = await messages.next_msg(PATIENCE_S)
                capture = load_message(message.headers, message.data, LIMITS)
                assert capture is not None
                sequence = message.metadata.sequence.stream
                found.append((sequence, capture.edge, capture.capture.as_sent()))
        return found

    return asyncio.run(read())


def stored(database: Path) -> list[tuple[int, str, bytes]]:
    """The sequence, the edge and the request of each capture of a file, by their ids."""
    done = finish("export", "--database", str(database))
    assert done.returncode == 0
    lines = [load_line(line, LIMITS) for line in done.stdout.splitlines()]
    captures = [line for line in lines if isinstance(line, ExportedCapture)]
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT capture_id, sequence, edge FROM inbox_captures ORDER BY capture_id"
        origins = connection.execute(query).fetchall()
    assert [one.id for one in captures] == [capture_id for capture_id, *_ in origins]
    return [
        (sequence, edge, one.capture.as_sent())
        for (_, sequence, edge), one in zip(origins, captures, strict=True)
    ]


def difference(found: list[tuple[int, str, bytes]], stream: list[tuple[int, str, bytes]]) -> str:
    """The messages that only the file or only the stream has, and the order of the file."""
    return (
        f"only in the file: {[one[:2] for one in found if one not in stream]},"
        f" only in the stream: {[one[:2] for one in stream if one not in found]},"
        f" in the file: {[sequence for sequence, *_ in found]}"
    )


def verdicts(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [verdict for (verdict,) in connection.execute("SELECT verdict FROM captures ORDER BY id")]


def prove(folder: Path, least: int, *, pause_s: float, most: int) -> None:
    """Kill parts of a team until `least` captures are acknowledged, then compare all that it stored."""
    with a_team(folder) as team:
        sender = Sender(team.ports, pause_s)
        sender.start()
        rounds = 0
        while rounds < ROUNDS or len(sender.acknowledged) < least:
            team.kill_each_kind(sender, most)
            rounds += 1
        sender.end()
        for edge in team.edges:  # first: it can still publish what it was sent before it answered 503
            edge.end()
        stream = published(team.cluster.servers[0])
        team.wait_until_read(stream[-1][0])
        lines = [json.loads(line) for edge in team.edges for run in edge.runs for line in run.rest()]
        printed = [line["sequence"] for line in lines if line.get("sequence")]

    assert len(printed) == len(set(printed)), "two captures have the same message"
    in_stream = Counter(request for *_, request in stream)
    for request in sender.acknowledged:
        # One that was sent again after a lost connection or 503 may have arrived before.
        assert 1 <= in_stream[request] <= sender.attempts[request]
    assert len(set(sender.acknowledged)) == len(sender.acknowledged)
    assert in_stream.keys() == set(sender.acknowledged)
    for file in team.files:
        found = stored(file)
        assert found == stream, difference(found, stream)
        assert [sequence for sequence, *_ in found] == sorted({sequence for sequence, *_ in found})
        assert verdicts(file) == [verdict_of(request) for *_, request in found]


def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, 300, pause_s=0.05, most=20)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_many_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, 20_000, pause_s=0.0, most=400)
