"""A supervised tunnel: a real program, a real listener, a gateway between, and a clock set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from inspector.base.tasks import Tasks
from inspector.tunnel import tunnel
from inspector.tunnel.health import ProbeResult, probe
from inspector.tunnel.kinds import Launch, kind
from inspector.tunnel.process import TunnelProcess
from inspector.tunnel.state import TunnelState
from inspector.tunnel.tunnel import NO_NETWORK, Tunnel, TunnelPace, local_addresses
from tests.capture.wire import Desk, a_desk
from tests.ports import free_port
from tests.tunnel import recordings
from tests.tunnel.gateway import Gateway, a_gateway
from tests.tunnel.programs import FakeProgram
from tests.tunnel.test_process import is_alive
from tests.waiting import until

Install = Callable[[str], FakeProgram]
NOON_S = 1_795_867_200.0
RARELY_S = 100_000.0


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON_S
        self._sleepers: list[tuple[float, float, asyncio.Future[None]]] = []
        """When each is woken, how long it wanted to sleep, and what it waits for."""

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, seconds, woken))
        await woken

    async def passes(self, seconds: float) -> None:
        """Wait until something sleeps this long, and let the time pass."""
        await until(lambda: self._pauses(), lambda pauses: any(abs(one - seconds) < 0.001 for one in pauses))
        self.now += seconds
        for due, _, woken in self._sleepers:
            if due <= self.now and not woken.done():
                woken.set_result(None)

    def machine_sleeps(self, seconds: float) -> None:
        """Let the clock go on while nothing runs: all pauses still have to be waited for."""
        self.now += seconds
        self._sleepers = [(due + seconds, pause, woken) for due, pause, woken in self._sleepers]

    def _pauses(self) -> list[float]:
        self._sleepers = [one for one in self._sleepers if not one[2].done()]
        return [pause for _, pause, _ in self._sleepers]


class Supervised:
    """A tunnel under supervision, and what it is made of."""

    def __init__(self, desk: Desk, gateway: Gateway, folder: Path) -> None:
        self.desk = desk
        self.gateway = gateway
        self.clock = HandClock()
        self.network = "home"
        self.states: list[TunnelState] = []
        self.gateways: dict[str, Gateway] = {}
        """Where a URL leads that the program printed."""
        self.tunnel: Tunnel
        self._tasks = Tasks()
        self._folder = folder
        self._running: asyncio.Task[None] | None = None

    @property
    def state(self) -> TunnelState:
        return self.tunnel.state

    @property
    def text(self) -> str:
        return self.state.text(int(self.clock.now * 1000))

    def start(self, name: str | None = None, *, watch_s: float = RARELY_S, **launch: Any) -> None:
        """Start the program of a kind, or the tests of the gateway's address without a program."""
        pace = TunnelPace(
            watch_s=watch_s,
            jitter=lambda: 1.0,
            clock=self.clock.time,
            sleep=self.clock.sleep,
            network=lambda: self.network,
        )
        begin = None
        if name is not None:
            wanted = Launch(port=self.desk.port, scratch=self._folder, **launch)

            def begin() -> TunnelProcess:
                return TunnelProcess(kind(name), wanted, lambda *line: None)

        self.tunnel = Tunnel(
            test=self._test,
            changed=self.states.append,
            tasks=self._tasks,
            pace=pace,
            kind=None if name is None else kind(name),
            begin=begin,
            url=self.gateway.url if name is None else None,
        )
        self._running = self._tasks.spawn(self.tunnel.run(), "the tunnel")

    def start_command(self, watch_s: float = RARELY_S) -> None:
        """Start a command whose URL is the gateway's."""
        self.start("command", watch_s=watch_s, command="mytunnel {port}", public_url=self.gateway.url)

    async def becomes(self, word: str) -> TunnelState:
        return await until(lambda: self.state, lambda state: state.word == word)

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await self._tasks.cancel_all()

    async def _test(self, url: str) -> ProbeResult:
        return await probe(self.gateways.get(url, self.gateway).url, self.desk.listener.probes)


@pytest.fixture
async def supervised(tmp_path: Path) -> AsyncIterator[Supervised]:
    async with a_desk() as desk, a_gateway(desk.port) as gateway:
        one = Supervised(desk, gateway, tmp_path / "scratch")
        yield one
        await one.stop()
    assert not list((tmp_path / "scratch").glob("*")), "a folder of a run is left"


async def test_a_program_is_reachable_once_a_test_came_back(program: Install, supervised: Supervised) -> None:
    fake = program("mytunnel")
    supervised.start_command()
    state = await supervised.becomes("reachable")
    assert [one.word for one in supervised.states] == ["starting", "starting", "reachable"]
    assert supervised.text == f"reachable, {state.round_trip_ms:,.0f} ms"
    assert (state.url, state.changes) == (supervised.gateway.url, "changes nothing")
    arguments = await until(lambda: fake.report.get("arguments"))
    assert arguments == [str(supervised.desk.port)]
    assert supervised.desk.taken == []


async def test_it_is_tested_again_every_minute(program: Install, supervised: Supervised) -> None:
    program("mytunnel")
    supervised.start_command()
    await supervised.becomes("reachable")
    for count in (2, 3):
        await supervised.clock.passes(60)
        await until(lambda: supervised.gateway.tests, lambda tests, count=count: tests == count)
    checked = int(supervised.clock.now * 1000)
    assert (
        await until(lambda: supervised.state, lambda state: state.checked_ms == checked)
    ).word == "reachable"


async def test_two_lost_tests_restart_the_program_and_one_does_not(
    program: Install, supervised: Supervised
) -> None:
    fake = program("mytunnel")
    supervised.start_command()
    await supervised.becomes("reachable")
    first = await until(lambda: fake.report.get("pid"))
    supervised.gateway.port = 0
    await supervised.clock.passes(60)
    state = await supervised.becomes("unreachable")
    assert "502" in (state.problem or "")
    assert supervised.text.startswith("unreachable since ")
    supervised.gateway.port = supervised.desk.port
    await supervised.clock.passes(10)
    await supervised.becomes("reachable")
    assert fake.report["pid"] == first
    supervised.gateway.port = 0
    for pause in (60, 10):
        await supervised.clock.passes(pause)
    await supervised.becomes("restarting")
    assert supervised.text == "restarting in 1 s"
    assert not is_alive(first)
    supervised.gateway.port = supervised.desk.port
    await supervised.clock.passes(1)
    assert (await supervised.becomes("reachable")).problem is None
    await until(lambda: fake.report["pid"], lambda pid: pid != first)


async def test_a_program_that_ends_again_and_again_is_restarted_after_longer_pauses(
    program: Install, supervised: Supervised
) -> None:
    program("mytunnel").plays([("stderr", "no luck"), ("exit", "3")])
    supervised.gateway.port = 0
    supervised.start_command()
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        at = int((supervised.clock.now + pause) * 1000)
        state = await until(lambda: supervised.state, lambda state, at=at: state.retry_at_ms == at)
        assert state.word == "restarting"
        assert state.problem == "The command ended with exit status 3. Its last line was: no luck"
        await supervised.clock.passes(pause)


def test_the_pauses_are_spread_but_never_longer() -> None:
    for jitter, shortest in ((0.0, 0.5), (1.0, 1.0)):
        pace = TunnelPace(jitter=lambda jitter=jitter: jitter)
        assert pace.restart_s(1) == shortest
        assert pace.restart_s(10_000) == 60 * shortest


async def test_a_proof_makes_the_pauses_short_again(program: Install, supervised: Supervised) -> None:
    fake = program("mytunnel")
    fake.plays([("exit", "3")])
    supervised.gateway.port = 0
    supervised.start_command()
    await supervised.becomes("restarting")
    await supervised.clock.passes(1)
    await until(lambda: supervised.text, lambda text: text == "restarting in 2 s")
    fake.plays()
    supervised.gateway.port = supervised.desk.port
    await supervised.clock.passes(2)
    await supervised.becomes("reachable")
    fake.add(("exit", "4"))
    await supervised.becomes("restarting")
    assert supervised.text == "restarting in 1 s"


async def test_too_many_requests_are_waited_for_as_long_as_the_service_asks(
    program: Install, supervised: Supervised
) -> None:
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED_TOO_MANY)
    supervised.start("cloudflared")
    await supervised.becomes("stopped")
    assert supervised.text == "stopped: too many requests. Retry in 5 min"
    fake.plays(recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES)
    await supervised.clock.passes(300)
    assert (await supervised.becomes("reachable")).url == recordings.CLOUDFLARED_URL


async def test_retry_starts_it_at_once(program: Install, supervised: Supervised) -> None:
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED_TOO_MANY)
    supervised.start("cloudflared")
    await supervised.becomes("stopped")
    fake.plays(recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES)
    supervised.tunnel.retry()
    await supervised.becomes("reachable")


async def test_a_failure_that_a_retry_cannot_cure_stops_it_until_the_user_retries(
    program: Install, supervised: Supervised
) -> None:
    fake = program("ngrok")
    fake.plays([("stdout", '{"err":"authentication failed: ERR_NGROK_4018"}')])
    supervised.start("ngrok")
    state = await supervised.becomes("stopped")
    assert (supervised.text, state.retry_at_ms) == ("stopped: not signed in", None)
    assert "add-authtoken" in (state.problem or "")
    fake.plays(recordings.NGROK, recordings.NGROK_PAGES)
    supervised.tunnel.retry()
    await supervised.becomes("reachable")


async def test_it_is_tested_at_once_after_the_machine_slept(program: Install, supervised: Supervised) -> None:
    program("mytunnel")
    supervised.start_command(watch_s=2)
    await supervised.becomes("reachable")
    await supervised.clock.passes(2)
    assert supervised.gateway.tests == 1
    supervised.gateway.port = 0  # as cloudflared: it runs on, and is dead
    supervised.clock.machine_sleeps(3600)
    await supervised.clock.passes(2)
    assert (await supervised.becomes("unreachable")).problem is not None
    await supervised.clock.passes(10)
    await supervised.becomes("restarting")


async def test_it_is_tested_at_once_after_the_network_changed(
    program: Install, supervised: Supervised
) -> None:
    program("mytunnel")
    supervised.start_command(watch_s=2)
    await supervised.becomes("reachable")
    supervised.network = "train"
    await supervised.clock.passes(2)
    await until(lambda: supervised.gateway.tests, lambda tests: tests == 2)


async def test_without_a_network_nothing_is_restarted_until_it_is_back(
    program: Install, supervised: Supervised
) -> None:
    fake = program("mytunnel")
    supervised.start_command()
    await supervised.becomes("reachable")
    pid = await until(lambda: fake.report.get("pid"))
    supervised.network = ""
    supervised.gateway.port = 0
    for pause in (60, 10, 10, 10):
        await supervised.clock.passes(pause)
        await until(lambda: supervised.state.checked_ms, lambda at: at == int(supervised.clock.now * 1000))
    assert (supervised.state.word, supervised.state.problem) == ("unreachable", NO_NETWORK)
    supervised.network = "train"
    supervised.gateway.port = supervised.desk.port
    await supervised.clock.passes(10)
    await supervised.becomes("reachable")
    assert fake.report["pid"] == pid


async def test_a_pause_before_a_restart_ends_when_the_network_is_back(
    program: Install, supervised: Supervised
) -> None:
    fake = program("mytunnel")
    fake.plays([("exit", "3")])
    supervised.gateway.port = 0
    supervised.start_command(watch_s=0.25)
    await supervised.becomes("restarting")
    fake.plays()
    supervised.gateway.port = supervised.desk.port
    supervised.network = "train"
    await supervised.clock.passes(0.25)
    await supervised.becomes("reachable")


async def test_another_url_of_the_running_program_is_tested_and_shown(
    program: Install, supervised: Supervised
) -> None:
    fake = program("ssh")
    fake.plays([_event("first")])
    supervised.start("localhost.run")
    assert (await supervised.becomes("reachable")).url == "https://first.lhr.life"
    fake.add(_event("second"))
    await until(lambda: supervised.state.url, lambda url: url == "https://second.lhr.life")
    await supervised.becomes("reachable")


async def test_a_program_that_gives_url_after_url_is_stopped_for_a_minute(
    program: Install, supervised: Supervised
) -> None:
    fake = program("ssh")
    fake.plays([_event("first")])
    supervised.start("localhost.run")
    await supervised.becomes("reachable")
    for number in range(tunnel.MOST_URLS):
        url = f"https://n{number}.lhr.life"
        fake.add(_event(f"n{number}"))
        await until(lambda: supervised.state, lambda one, url=url: one.url == url or one.word == "stopped")
    await supervised.becomes("stopped")
    assert supervised.text == "stopped: too many URLs. Retry in 60 s"
    fake.plays([_event("last")])
    await supervised.clock.passes(60)
    assert (await supervised.becomes("reachable")).url == "https://last.lhr.life"


def _event(name: str) -> tuple[str, str]:
    return "stdout", f'{{"event": "tcpip-forward", "status": "success", "address": "{name}.lhr.life"}}'


async def test_a_restarted_program_with_another_url_is_tested_there(
    program: Install, supervised: Supervised
) -> None:
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES)
    supervised.start("cloudflared")
    await supervised.becomes("reachable")
    other = {"/quicktunnel": (200, {"hostname": "other.trycloudflare.com"}), "/ready": (200, {})}
    fake.add(("exit", "1"))
    await supervised.becomes("restarting")
    fake.plays(recordings.CLOUDFLARED, other)
    await supervised.clock.passes(1)
    assert (await supervised.becomes("reachable")).url == "https://other.trycloudflare.com"


async def test_nothing_is_tested_before_the_program_is_connected_and_a_minute_is_the_limit(
    program: Install, supervised: Supervised
) -> None:
    no_edge: Mapping[str, tuple[int, Any]] = {**recordings.CLOUDFLARED_PAGES, "/ready": (503, {})}
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED_NO_EDGE, no_edge)
    supervised.start("cloudflared")
    for pause in (0.5, 1, 2, *(19 * (3,))):
        await supervised.clock.passes(pause)
    state = await supervised.becomes("restarting")
    not_connected = kind("cloudflared").not_connected
    assert state.problem == not_connected
    assert supervised.gateway.tests == 0
    await supervised.clock.passes(1)
    for pause in (0.5, 1, 2, *(19 * (3,))):
        await supervised.clock.passes(pause)
    await supervised.becomes("restarting")
    await supervised.clock.passes(2)
    for pause in (0.5, 1, 2, *(19 * (3,))):
        await supervised.clock.passes(pause)
    state = await supervised.becomes("unreachable")  # a third restart would only cost another URL
    assert state.problem == f"{not_connected} Restarts did not help. The program keeps trying."
    fake.plays(recordings.CLOUDFLARED_NO_EDGE, recordings.CLOUDFLARED_PAGES)
    await supervised.clock.passes(60)
    await supervised.becomes("reachable")


async def test_a_tunnel_to_another_port_is_never_reachable(program: Install, supervised: Supervised) -> None:
    program("mytunnel")
    async with a_desk() as other:
        supervised.gateway.port = other.port
        supervised.start_command()
        for pause in (0.5, 1, 2, *(19 * (3,))):
            await supervised.clock.passes(pause)
        state = await supervised.becomes("restarting")
        assert "it is not this listener" in (state.problem or "")
    assert "reachable" not in {one.word for one in supervised.states}


async def test_a_program_that_cannot_be_tested_from_here_runs_on_after_two_restarts(
    program: Install, supervised: Supervised
) -> None:
    fake = program("mytunnel")
    supervised.start_command()
    supervised.gateway.url = f"http://127.0.0.1:{free_port()}"
    minute = (0.5, 1, 2, *(19 * (3,)))
    for restart in (1, 2):
        for pause in minute:
            await supervised.clock.passes(pause)
        await supervised.becomes("restarting")
        fake.forget()
        await supervised.clock.passes(restart)
    pid = await until(lambda: fake.report.get("pid"))
    for pause in minute:
        await supervised.clock.passes(pause)
    state = await supervised.becomes("unreachable")
    assert "Nothing listens at" in (state.problem or "")
    assert "set HTTPS_PROXY" in (state.problem or "")
    await supervised.clock.passes(60)
    await supervised.clock.passes(60)
    assert supervised.state.word == "unreachable"
    assert fake.report["pid"] == pid
    assert is_alive(pid)


async def test_a_program_that_is_gone_at_a_restart_stops_it(program: Install, supervised: Supervised) -> None:
    fake = program("mytunnel")
    fake.plays([("exit", "3")])
    supervised.gateway.port = 0
    supervised.start_command()
    await supervised.becomes("restarting")
    fake.path.unlink()
    await supervised.clock.passes(1)
    assert "no program “mytunnel”" in ((await supervised.becomes("stopped")).problem or "")


async def test_an_address_of_the_user_is_tested_and_nothing_is_restarted(supervised: Supervised) -> None:
    supervised.gateway.port = 0
    supervised.start()
    assert (await supervised.becomes("unreachable")).kind is None
    for pause in (0.5, 1, 2, *(19 * (3,)), 60, 60):
        await supervised.clock.passes(pause)
    supervised.gateway.port = supervised.desk.port
    await supervised.clock.passes(60)
    await supervised.becomes("reachable")
    assert {one.word for one in supervised.states} == {"starting", "unreachable", "reachable"}


async def test_a_test_on_request_returns_with_its_result(supervised: Supervised) -> None:
    supervised.start()
    await supervised.becomes("reachable")
    supervised.gateway.port = 0
    await supervised.tunnel.probe()
    assert supervised.state.word == "unreachable"


async def test_nothing_is_left_of_a_tunnel_that_is_stopped_during_a_test(
    program: Install, supervised: Supervised
) -> None:
    fake = program("mytunnel")
    supervised.gateway.is_frozen = True
    supervised.start_command()
    await until(lambda: supervised.gateway.tests)
    pid = await until(lambda: fake.report.get("pid"))
    await supervised.stop()
    assert not is_alive(pid)


def test_the_network_is_what_this_machine_has() -> None:
    assert local_addresses() == local_addresses()
