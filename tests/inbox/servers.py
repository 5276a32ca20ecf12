"""Real NATS servers on loopback: one, or a cluster. A test is skipped if `nats-server` is not installed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.ports import free_ports
from tests.waiting import PATIENCE_S, wait_until

STREAM = "HOOKS"

# The server ends with the test, however that ends: the shell's standard input is then closed. A line on it
# lets the server end by a signal that it got before.
_KEEPER = '"$@" & echo $!; read -r line; [ "$line" = wait ] || kill -KILL $!; wait $!'

USERS = f"""
authorization {{
  users: [
    {{user: admin, password: admin-word}}
    {{user: edge, password: edge-word, permissions: {{
      publish: ["{STREAM}.>", "$JS.API.INFO", "$JS.API.STREAM.INFO.{STREAM}"]
      subscribe: ["_INBOX.>"]
    }}}}
    {{user: member, password: member-word, permissions: {{
      publish: [
        "$JS.API.INFO", "$JS.API.STREAM.INFO.{STREAM}", "$JS.API.DIRECT.GET.{STREAM}"
        "$JS.API.CONSUMER.*.{STREAM}", "$JS.API.CONSUMER.*.{STREAM}.>"
        "$JS.API.CONSUMER.MSG.NEXT.{STREAM}.*", "$JS.ACK.{STREAM}.>"
      ]
      subscribe: ["_INBOX.>", "_INBOX_{STREAM}.>"]
    }}}}
    {{user: nothing, password: nothing-word, permissions: {{
      publish: ["x"]
      subscribe: ["_INBOX.>", "_INBOX_{STREAM}.>"]
    }}}}
  ]
}}
"""
"""Text of the configuration: users who may do everything, only publish, only consume, or nothing.

Their passwords are their names with `-word` after them.
"""


class NatsServer:
    """A server with a folder and ports of its own, which it keeps when it is started again."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "nats",
        sync: str | None = "always",
        jetstream: str = "",
        config: str = "",
        is_monitored: bool = True,
        has_jetstream: bool = True,
        ports: Sequence[int] | None = None,
    ) -> None:
        """Prepare a server. `sync` is its `sync_interval`, or None for the server's default.

        `jetstream` and `config` are lines for the part `jetstream` and for the whole of the configuration,
        such as `max_payload: 65536` and `USERS`.
        """
        self._folder = folder / name
        self.name = name
        self.sync = sync
        self._jetstream = jetstream
        self.config = config
        self.is_monitored = is_monitored
        self._has_jetstream = has_jetstream
        self.port, self.monitor_port = ports or free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._server_id = 0

    @property
    def url(self) -> str:
        """The URL for a plain NATS client."""
        return f"nats://127.0.0.1:{self.port}"

    def address(self, stream: str = STREAM) -> str:
        """The address of a shared inbox on this server."""
        return f"{self.url}/{stream}"

    @property
    def monitor(self) -> str:
        """The URL of its monitoring port."""
        return f"http://127.0.0.1:{self.monitor_port}"

    @property
    def pid(self) -> int:
        """The process of the running server."""
        return self._server_id

    @property
    def log(self) -> str:
        """What it logged in all of its runs."""
        with suppress(FileNotFoundError):
            return (self._folder / "log").read_text(errors="replace")
        return ""

    def start(self, *, waits: bool = True) -> None:
        """Start it as it is configured now, and wait until JetStream is ready, unless `waits` is false."""
        assert self._process is None, "it is running"
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "nats.conf"
        file.write_text(self._text())
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "sh", _program(), "-c", str(file), "-l", str(self._folder / "log")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._server_id = int(self._process.stdout.readline())
        if waits:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it accepts connections, and until JetStream works."""
        try:
            wait_until(self._is_ready)
        except AssertionError as error:
            raise AssertionError(f"nats-server did not start; its log:\n{self.log[-3_000:]}") from error

    def stop(self) -> None:
        """End it by SIGTERM, and wait for its end."""
        self._end(signal.SIGTERM, "wait")

    def kill(self) -> None:
        """End it by SIGKILL, and wait for its end."""
        self._end(signal.SIGKILL, "wait")

    def end(self) -> None:
        """Kill it if it is running."""
        if self._process is not None:
            self._end(None, "")

    def restart(self) -> None:
        """Stop it and start it again, on the same folder and ports."""
        self.stop()
        self.start()

    def reload(self) -> None:
        """Let it read its current `config` while it runs, and wait until it has."""
        before = self.log.count("Reloaded")
        (self._folder / "nats.conf").write_text(self._text())
        os.kill(self._server_id, signal.SIGHUP)
        wait_until(lambda: self.log.count("Reloaded: "), lambda count: count > before)

    def freeze(self) -> None:
        """Stop its work without closing its connections, until `thaw`."""
        os.kill(self._server_id, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server work again."""
        os.kill(self._server_id, signal.SIGCONT)

    def varz(self) -> dict[str, Any]:
        """Return the general information of its monitoring port."""
        with urlopen(f"{self.monitor}/varz", timeout=5) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def _end(self, number: signal.Signals | None, line: str) -> None:
        process, self._process = self._process, None
        assert process is not None, "it is not running"
        if number is not None:
            with suppress(ProcessLookupError):
                os.kill(self._server_id, number)
        with suppress(BrokenPipeError):
            process.communicate(line.encode(), timeout=PATIENCE_S)

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"nats-server ended; its log:\n{self.log[-3_000:]}"
        try:
            if self.is_monitored:
                # WORKAROUND(nats-server 2.10.27): the whole check restarts consumers that it finds deleted,
                # and breaks one that a member creates again at that moment (nats-server#6362).
                with urlopen(f"{self.monitor}/healthz?js-server-only=true", timeout=5) as response:
                    is_healthy: bool = response.status == 200
                    return is_healthy
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                return connection.recv(4) == b"INFO"
        except (URLError, OSError):
            return False

    def _text(self) -> str:
        sync = "" if self.sync is None else f"sync_interval: {self.sync}"
        storage = f'jetstream {{ store_dir: "{self._folder}/jetstream"\n {sync}\n {self._jetstream} }}\n'
        return (
            f"server_name: {self.name}\nlisten: 127.0.0.1:{self.port}\n"
            + (f"http: 127.0.0.1:{self.monitor_port}\n" if self.is_monitored else "")
            + (storage if self._has_jetstream else "")
            + self.config
        )


class NatsCluster:
    """Servers that replicate streams to each other."""

    def __init__(self, servers: Sequence[NatsServer]) -> None:
        self.servers = tuple(servers)

    def address(self, stream: str = STREAM) -> str:
        """The address of a shared inbox that names all servers."""
        return f"nats://{','.join(f'127.0.0.1:{one.port}' for one in self.servers)}/{stream}"

    @property
    def urls(self) -> list[str]:
        """The URLs for a plain NATS client."""
        return [one.url for one in self.servers]


@contextmanager
def nats_server(folder: Path, **options: Any) -> Iterator[NatsServer]:
    """A running server, with the options of `NatsServer`. It ends at the end, however that comes."""
    server = NatsServer(folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.end()


@contextmanager
def nats_cluster(folder: Path, count: int = 3, **options: Any) -> Iterator[NatsCluster]:
    """A running cluster whose servers have the options of `NatsServer`."""
    ports = free_ports(3 * count)
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports[2::3])
    config = options.pop("config", "")
    servers = []
    for number in range(count):
        own = ports[3 * number : 3 * number + 3]
        route = f"cluster {{ name: team\n listen: 127.0.0.1:{own[2]}\n routes: [{routes}] }}\n"
        servers.append(
            NatsServer(folder, name=f"node{number}", ports=own[:2], config=config + route, **options)
        )
    with ExitStack() as ends:
        for one in servers:
            ends.callback(one.end)
            one.start(waits=False)
        wait_until(lambda: _has_formed(servers))
        for one in servers:
            one.wait_ready()
        if "tls" not in config:
            wait_until(lambda: any(_can_replicate(one, count) for one in servers))
        yield NatsCluster(servers)


def _has_formed(servers: Sequence[NatsServer]) -> bool:
    """Return whether the leader of the cluster knows all servers. One that it left out is started again.

    WORKAROUND(nats-server 2.10.27): in 1 of 10 starts, the leader is elected before it knows that another
    server has JetStream. It makes the cluster smaller, and that server stays outside until it starts again.
    """
    known, size = _members(servers)
    left_out = [one for one in servers if one.name not in known]
    if known and size < len(servers):
        for one in left_out:
            one.kill()
            one.start(waits=False)
            wait_until(partial(_members, servers), lambda members, one=one: one.name in members[0])  # type: ignore[misc]
    return not left_out


def _members(servers: Sequence[NatsServer]) -> tuple[set[str], int]:
    """Return the servers that the leader of the cluster knows, and the size of the cluster for it."""
    for one in servers:
        with suppress(URLError, OSError):  # it does not respond yet
            with urlopen(f"{one.monitor}/jsz", timeout=5) as response:
                found = json.load(response).get("meta_cluster", {})
            if found.get("leader") == one.name:
                names = {other["name"] for other in found.get("replicas", ())}
                return {one.name, *names}, found["cluster_size"]
    return set(), 0


def _can_replicate(server: NatsServer, count: int) -> bool:
    """Create and delete a stream: healthy servers may still know too little of each other for it."""
    stream = {"name": "TRIAL", "subjects": ["trial"], "storage": "memory", "num_replicas": count}
    with suppress(TimeoutError):  # without a leader, which can change on a busy machine, nothing responds
        is_created = b'"error"' not in _ask(
            server, "$JS.API.STREAM.CREATE.TRIAL", json.dumps(stream).encode()
        )
        return is_created and b'"error"' not in _ask(server, "$JS.API.STREAM.DELETE.TRIAL")
    return False


def _ask(server: NatsServer, subject: str, payload: bytes = b"") -> bytes:
    """Return the response of JetStream to the user of `USERS` who may do everything."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        lines = connection.makefile("rb")
        lines.readline()  # INFO
        login = b'{"verbose":false,"user":"admin","pass":"admin-word"}'
        head = f"SUB reply 1\r\nPUB {subject} reply {len(payload)}\r\n".encode()
        connection.sendall(b"CONNECT " + login + b"\r\n" + head + payload + b"\r\nPING\r\n")
        while not (line := lines.readline()).startswith(b"MSG"):
            assert line, "the server closed the connection"
        return lines.readline()


def _program() -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which("nats-server", path=path)
    if found is None:
        pytest.skip("nats-server is not installed")
    return found
