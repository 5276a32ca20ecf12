"""Tunnels through the real `ssh` to an SSH server on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.base.files import data_folder
from inspector.base.tasks import Tasks
from inspector.client.outcome import ResponseLimits
from inspector.tunnel import kinds
from inspector.tunnel.health import probe
from inspector.tunnel.kind import SshServer
from inspector.tunnel.kinds import Launch
from inspector.tunnel.process import TunnelProcess
from inspector.tunnel.state import TunnelState
from inspector.tunnel.tunnel import Tunnel, TunnelPace
from tests.capture.wire import Desk, a_desk
from tests.ports import free_port
from tests.tunnel import recordings
from tests.tunnel.conftest import Runs
from tests.waiting import until, wait_until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")


class RunningServer:
    """A process with an SSH server."""

    def __init__(self, key: Path, way: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "tests.tunnel.ssh_server", str(port), str(key), way]
        self._log = key.with_name(f"{key.name}.{way}.log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log)
        self.port: int = wait_until(lambda: self.event("port"))

    def event(self, name: str) -> Any:
        """The value of the last event with this name, or None."""
        events = [json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("}")]
        return next((event[name] for event in reversed(events) if name in event), None)

    def end(self) -> None:
        """Kill it, also if it is frozen."""
        self.process.kill()
        self.process.wait()


Serve = Callable[..., RunningServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start an SSH server: `serve(way, key, port)`."""
    servers: list[RunningServer] = []

    def start(way: str = "serve", key: str = "key", port: int = 0) -> RunningServer:
        servers.append(RunningServer(tmp_path / key, way, port))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


async def test_every_byte_and_the_case_of_header_names_arrive_as_they_were_sent(
    serve: Serve, runs: Runs
) -> None:
    server, public = serve(), free_port()
    body = bytes(range(256)) * 3000
    head = (
        b"POST /a%2Fb//c/../d?x=1&y=%20z HTTP/1.1\r\nHoSt: hooks.example.com\r\n"
        b"x-ODD-cAsE: \xff\xfe \t|\x80\r\nX-Odd-Case: again\r\nx-odd-case:no space\r\n"
        b"CONTENT-length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n"
    )
    async with a_desk() as desk:
        process = await runs.start(
            "ssh", port=desk.port, host=f"me@127.0.0.1:{server.port}", public_url=f"http://127.0.0.1:{public}"
        )
        assert await process.url() == f"http://127.0.0.1:{public}"
        await until(lambda: server.event("requested"))
        listener, desk.port = desk.port, public
        assert b" 200 " in await until(lambda: _sent(desk, head + body))
        desk.port = listener
        (capture,) = desk.taken
        assert capture.body == body
        assert capture.target == b"/a%2Fb//c/../d?x=1&y=%20z"
        assert capture.headers[:4] == (
            (b"HoSt", b"hooks.example.com"),
            (b"x-ODD-cAsE", b"\xff\xfe \t|\x80"),
            (b"X-Odd-Case", b"again"),
            (b"x-odd-case", b"no space"),
        )
    assert server.event("user") == "me"
    assert server.event("requested") == ["", public]


async def _sent(desk: Desk, data: bytes) -> bytes:
    """What is answered, or nothing as long as nothing listens at the public port."""
    try:
        return await desk.exchange(data, ends=False)
    except ConnectionError:
        return b""


async def test_a_server_behind_a_web_server_gets_the_port_of_the_listener_only_for_itself(
    serve: Serve, runs: Runs
) -> None:
    server, port = serve(), free_port()
    await runs.start(
        "ssh", port=port, host=f"127.0.0.1:{server.port}", public_url="https://hooks.example.com/base"
    )
    await until(lambda: server.event("requested"))
    assert server.event("requested") == ["127.0.0.1", port]


async def test_a_server_without_a_public_url_is_reached_at_the_port_of_the_listener(
    serve: Serve, runs: Runs
) -> None:
    server, port = serve(), free_port()
    process = await runs.start("ssh", port=port, host=f"127.0.0.1:{server.port}")
    assert await process.url() == f"http://127.0.0.1:{port}"
    await until(lambda: server.event("requested"))
    assert server.event("requested") == ["", port]


@pytest.mark.parametrize(
    ("name", "user", "port", "command", "url"),
    [
        ("localhost.run", "nokey", 80, "--output json", recordings.LOCALHOST_RUN_URL),
        ("pinggy", "free", 0, None, recordings.PINGGY_URL),
    ],
)
async def test_a_service_is_asked_for_a_url_without_a_key_or_a_terminal(
    serve: Serve,
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    user: str,
    port: int,
    command: str | None,
    url: str,
) -> None:
    server = serve()
    services = {"localhost.run": "LOCALHOST_RUN", "pinggy": "PINGGY"}
    assert getattr(kinds, services[name]).destination.startswith(f"{user}@")
    here = SshServer(destination=f"{user}@127.0.0.1", host="127.0.0.1", port=server.port)
    monkeypatch.setattr(kinds, services[name], here)
    process = await runs.start(name, port=free_port())
    assert await process.url() == url
    assert server.event("user") == user
    assert server.event("requested") == ["localhost", port]
    assert server.event("command") == command
    assert server.event("terminal") is None


async def test_a_service_that_wants_a_key_gets_another_one_at_each_start(
    serve: Serve, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own keys would identify the user."""
    server = serve("key")
    here = SshServer(destination="free@127.0.0.1", host="127.0.0.1", port=server.port)
    monkeypatch.setattr(kinds, "PINGGY", here)
    keys = set()
    for _ in range(2):
        process = await runs.start("pinggy", port=free_port())
        await process.url()
        keys.add(server.event("key"))
        await process.stop()
    assert len(keys) == 2


async def test_a_frozen_server_is_noticed(serve: Serve, runs: Runs) -> None:
    server = serve()
    process = await runs.start("ssh", port=free_port(), host=f"127.0.0.1:{server.port}", alive_s=1)
    await until(lambda: server.event("requested"))
    os.kill(server.process.pid, signal.SIGSTOP)
    failed = await process.ended()
    assert (failed.reason, failed.retry_after) == ("connection lost", 0)
    assert str(failed) == "127.0.0.1 no longer responds."


async def test_the_test_of_the_address_notices_a_frozen_server_before_ssh_does(
    serve: Serve, tmp_path: Path
) -> None:
    """The program runs on and reports nothing. It is restarted, and reaches the server once that is back."""
    server, public = serve(), free_port()
    states: list[TunnelState] = []
    tasks = Tasks()
    async with a_desk() as desk:
        launch = Launch(
            port=desk.port,
            scratch=tmp_path / "scratch",
            host=f"127.0.0.1:{server.port}",
            public_url=f"http://127.0.0.1:{public}",
        )
        tunnel = Tunnel(
            test=lambda url: probe(url, desk.listener.probes, ResponseLimits(whole_s=0.5)),
            changed=states.append,
            tasks=tasks,
            pace=TunnelPace(every_s=0.05, again_s=0.05, longest_restart_s=0.1),
            kind=kinds.kind("ssh"),
            begin=lambda: TunnelProcess(kinds.kind("ssh"), launch, lambda *line: None),
        )
        tasks.spawn(tunnel.run(), "the tunnel")
        await until(lambda: tunnel.state.word == "reachable")
        states.clear()  # on a busy machine, a test before may have taken too long
        os.kill(server.process.pid, signal.SIGSTOP)
        await until(lambda: "restarting" in [state.word for state in states])
        os.kill(server.process.pid, signal.SIGCONT)
        await until(lambda: tunnel.state.word == "reachable")
        await tasks.cancel_all()
    words = [state.word for state in states]
    assert words.index("unreachable") < words.index("restarting") < words.index("reachable")
    problem = next(state.problem for state in states if state.word == "unreachable")
    assert problem == f"No response from 127.0.0.1:{public} within 0.5 s."
    assert desk.taken == []


async def test_a_killed_server_is_noticed(serve: Serve, runs: Runs) -> None:
    server = serve()
    process = await runs.start("ssh", port=free_port(), host=f"127.0.0.1:{server.port}")
    await until(lambda: server.event("requested"))
    server.end()
    failed = await process.ended()
    assert (failed.reason, failed.retry_after) == ("connection lost", 0)
    assert str(failed) == "127.0.0.1 closed the connection."


async def test_a_refused_forward_ends_the_program(serve: Serve, runs: Runs) -> None:
    server = serve("refuse")
    process = await runs.start("ssh", port=free_port(), host=f"127.0.0.1:{server.port}")
    failed = await process.ended()
    assert failed.reason == "forward refused"
    assert str(failed) == (
        "127.0.0.1 refused the forward: its port is in use, or it does not allow forwards."
    )
    assert failed.retry_after == 10


async def test_a_user_who_is_not_let_in_is_not_asked_for_a_password(serve: Serve, runs: Runs) -> None:
    server = serve("reject")
    process = await runs.start("ssh", port=free_port(), host=f"127.0.0.1:{server.port}")
    failed = await process.ended()
    assert (failed.reason, failed.retry_after) == ("not signed in", None)
    assert server.event("password") is None


async def test_a_changed_host_key_is_never_accepted(serve: Serve, runs: Runs) -> None:
    port = free_port()
    server, host = serve(port=port), f"127.0.0.1:{port}"
    process = await runs.start("ssh", port=free_port(), host=host)
    await until(lambda: server.event("requested"))
    await process.stop()
    server.end()

    other = serve(key="other key", port=port)
    process = await runs.start("ssh", port=free_port(), host=host)
    failed = await process.ended()
    file = data_folder() / "known-hosts" / f"127.0.0.1_{port}"
    assert (failed.reason, failed.retry_after) == ("host key changed", None)
    assert str(failed) == (
        "The host key of 127.0.0.1 has changed. Someone may be reading the connection. "
        f"If you expect a new key, delete {file}."
    )
    assert other.event("user") is None  # nothing was sent to it
    assert other.event("requested") is None

    file.unlink()  # as the sentence says
    await runs.start("ssh", port=free_port(), host=host)
    await until(lambda: other.event("requested"))


async def test_a_server_that_is_not_there_is_a_sentence(runs: Runs) -> None:
    process = await runs.start("ssh", host=f"127.0.0.1:{free_port()}")
    failed = await process.ended()
    assert (failed.reason, failed.retry_after) == ("no connection", 0)
    assert str(failed) == "Cannot connect to 127.0.0.1. Check your network and the server."
