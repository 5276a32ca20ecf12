"""The tunnel of a session follows the listener and the settings. A pasted address is tested like it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.base.files import data_folder
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.settings.table import TUNNELS
from inspector.tunnel.kinds import KINDS
from tests.ports import free_port
from tests.tunnel.conftest import program as program
from tests.tunnel.gateway import a_gateway
from tests.tunnel.programs import FakeProgram
from tests.tunnel.test_process import is_alive
from tests.tunnel.test_tunnel import Install
from tests.waiting import until

RELAY = Path(__file__).parents[1] / "tunnel" / "relay.py"


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A session that listens and tests its address."""
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    await session.listen()
    yield session
    await session.close()


def relay(public_port: int) -> str:
    return f"'{sys.executable}' '{RELAY}' {public_port} {{port}}"


def port_of(session: Session) -> int:
    assert session.ingest.url is not None
    return int(session.ingest.url.rstrip("/").rpartition(":")[2])


async def becomes(session: Session, word: str) -> None:
    await until(lambda: session.tunnels.state, lambda state: state.word == word)


async def arguments_of(fake: FakeProgram) -> list[str]:
    return [str(one) for one in await until(lambda: fake.report.get("arguments"))]


async def test_every_kind_is_offered_with_what_a_front_end_needs(session: Session, program: Install) -> None:
    program("cloudflared")
    kinds = {one.name: one for one in session.tunnels.kinds()}
    assert kinds["cloudflared"].is_installed
    assert not kinds["ngrok"].is_installed
    assert kinds["ngrok"].get_it.startswith("https://")
    assert (kinds["ssh"].needs, kinds["command"].needs) == ("host", "command")


def test_the_setting_offers_every_kind() -> None:
    assert list(TUNNELS) == [one.name for one in KINDS]
    assert list(TUNNELS.values()) == [one.title.rstrip("…") for one in KINDS]


async def test_a_tunnel_follows_the_listener_to_another_port(session: Session, program: Install) -> None:
    fake = program("mytunnel")
    async with a_gateway(port_of(session)) as gateway:
        await session.tunnels.start("command", command="mytunnel {port}", public_url=gateway.url)
        await becomes(session, "reachable")
        assert await arguments_of(fake) == [str(port_of(session))]
        path = session.address.path
        assert path is not None
        assert session.address.text == gateway.url + path
        first = fake.report["pid"]
        await session.stop_listening()
        await becomes(session, "stopped")
        assert not is_alive(first)
        await session.listen(free_port())
        gateway.port = port_of(session)
        await until(lambda: fake.report["arguments"], lambda words: words == [str(port_of(session))])
        await becomes(session, "reachable")


async def test_a_program_that_is_gone_when_listening_begins_again_is_a_sentence(
    session: Session, program: Install
) -> None:
    fake = program("mytunnel")
    async with a_gateway(port_of(session)) as gateway:
        await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
        await becomes(session, "reachable")
        await session.stop_listening()
        await becomes(session, "stopped")
        fake.path.unlink()
        await session.listen()
        state = await until(lambda: session.tunnels.state, lambda state: state.problem is not None)
        assert (state.word, state.kind) == ("stopped", "command")
        assert "no program “mytunnel”" in (state.problem or "")
        program("mytunnel")
        gateway.port = port_of(session)
        await session.tunnels.retry()
        await becomes(session, "reachable")


async def test_what_the_user_stops_stays_stopped(session: Session, program: Install) -> None:
    fake = program("mytunnel")
    async with a_gateway(port_of(session)) as gateway:
        await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
        await becomes(session, "reachable")
        pid = await until(lambda: fake.report.get("pid"))
        address = await until(lambda: session.address.text)
        await session.tunnels.stop()
        assert (session.tunnels.state.word, session.tunnels.state.kind) == ("stopped", "command")
        assert session.address.text == address
        await until(lambda: session.address.path is None)
        assert not is_alive(pid)
        assert not session.tunnels.lines()
        await session.tunnels.retry()
        await becomes(session, "reachable")
        assert session.address.text == address


async def test_another_tunnel_takes_the_place_of_the_first(session: Session, program: Install) -> None:
    first, second = program("first"), program("second")
    second.plays([("stderr", "here I am")])
    async with a_gateway(port_of(session)) as gateway:
        await session.tunnels.start("command", command="first", public_url=gateway.url)
        pid = await until(lambda: first.report.get("pid"))
        await session.tunnels.start("command", command="second", public_url=gateway.url)
        assert not is_alive(pid)
        await until(session.tunnels.lines, lambda lines: lines == ("here I am",))
        await becomes(session, "reachable")


async def test_what_cannot_be_started_leaves_what_runs_alone(session: Session, program: Install) -> None:
    fake = program("mytunnel")
    async with a_gateway(port_of(session)) as gateway:
        await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
        await becomes(session, "reachable")
        for kind, says in (("ngrok", "is not installed"), ("ssh", "user@host"), ("other", "Unknown tunnel")):
            with pytest.raises(UsageError, match=says):
                await session.tunnels.start(kind)
        assert is_alive(await until(lambda: fake.report.get("pid")))
        assert session.tunnels.state.word == "reachable"


async def test_without_a_listener_there_is_nothing_to_start(session: Session, program: Install) -> None:
    program("mytunnel")
    await session.stop_listening()
    with pytest.raises(InspectorError, match="Nothing listens yet"):
        await session.tunnels.start("command", command="mytunnel")


async def test_the_tunnel_of_the_settings_starts_with_what_they_name(
    tmp_path: Path, program: Install
) -> None:
    fake = program("mytunnel")
    url = ("tunnel_url", "http://127.0.0.1:9")
    settings = (("tunnel", "command"), ("tunnel_command", "mytunnel x {port}"), url)
    session = Session(Options(database=tmp_path / "captures.db", port=0, settings=settings))
    await session.open()
    try:
        await session.listen()
        await session.tunnels.start_configured()
        assert await arguments_of(fake) == ["x", str(port_of(session))]
    finally:
        await session.close()
    assert not is_alive(fake.report["pid"])


async def test_a_pasted_address_is_tested_until_it_is_forgotten_or_tests_are_off(session: Session) -> None:
    assert session.tunnels.state.word == "none"
    async with a_gateway(port_of(session)) as gateway:
        await session.address.set(gateway.url)
        await becomes(session, "reachable")
        assert session.tunnels.state.kind is None
        gateway.port = 0
        await session.tunnels.probe()
        assert session.tunnels.state.word == "unreachable"
        await session.address.set(None)
        await becomes(session, "none")
        await session.address.set(gateway.url)
        await becomes(session, "unreachable")
        await session.preferences.save("test_address", False)
        await becomes(session, "none")
        tests = gateway.tests
        await session.tunnels.probe()
        assert gateway.tests == tests


async def test_an_address_that_was_set_on_another_machine_is_not_tested_until_it_is_set_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(database=tmp_path / "captures.db", port=0)
    theirs = Session(options)
    await theirs.open()
    port = free_port()
    async with a_gateway(port) as gateway:
        await theirs.address.set(gateway.url)
        await theirs.close()
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        session = Session(options)
        await session.open()
        try:
            await session.listen()
            gateway.port = port_of(session)
            await until(lambda: session.tunnels.state.problem or gateway.tests)
            assert (session.address.text, session.tunnels.state.word) == (gateway.url, "none")
            assert session.tunnels.state.problem == (
                "It was not set on this machine, so it is not tested."
                " If it is yours, use `address set` with it."
            )
            await session.preferences.save("test_address", False)
            await session.preferences.save("test_address", True)
            await session.tunnels.probe()
            assert gateway.tests == 0
            await session.address.set(gateway.url)
            await becomes(session, "reachable")
        finally:
            await session.close()


async def test_the_guarded_path_is_tested_with_the_url(session: Session) -> None:
    port = free_port()
    await session.tunnels.start("command", command=relay(port), public_url=f"http://127.0.0.1:{port}")
    await becomes(session, "reachable")
    assert session.tunnels.state.changes == "changes nothing"
    await session.address.new_path()
    await session.tunnels.probe()
    assert session.tunnels.state.word == "reachable"


async def test_another_process_on_the_file_shows_the_state_of_the_listener(
    session: Session, program: Install, tmp_path: Path
) -> None:
    program("mytunnel")
    other = Session(Options(database=tmp_path / "captures.db"))
    await other.open()
    try:
        other.follow()
        async with a_gateway(port_of(session)) as gateway:
            await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
            await becomes(other, "reachable")
            assert other.tunnels.state.kind == "command"
            assert other.address.text == session.address.text
            gateway.port = 0
            await session.tunnels.probe()
            await becomes(other, "unreachable")
            await session.close()
            await becomes(other, "none")
    finally:
        await other.close()


async def test_an_address_that_another_process_sets_takes_the_place_of_the_tunnel(
    session: Session, program: Install, tmp_path: Path
) -> None:
    fake = program("mytunnel")
    session.follow()
    other = Session(Options(database=tmp_path / "captures.db"))
    await other.open()
    try:
        async with a_gateway(port_of(session)) as gateway, a_gateway(port_of(session)) as pasted:
            await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
            await becomes(session, "reachable")
            await until(lambda: session.address.has_path)
            await other.address.new_path()  # the tunnel goes on
            await until(lambda: session.address.text, lambda text: text == other.address.text)
            assert session.tunnels.state.word == "reachable"
            await other.address.set(pasted.url)
            await until(lambda: session.tunnels.state, lambda state: state.url == pasted.url)
            await becomes(session, "reachable")
            assert session.tunnels.state.kind is None
            assert session.address.path is None
            assert not is_alive(fake.report["pid"])
            await session.tunnels.start("command", command="mytunnel", public_url=gateway.url)
            await until(lambda: session.address.has_path)
            await other.address.set(None)
            await becomes(session, "none")
            assert session.address.path is None
    finally:
        await other.close()


async def test_a_stop_right_after_the_start_leaves_no_program(session: Session, program: Install) -> None:
    fake = program("mytunnel")
    await session.tunnels.start("command", command="mytunnel", public_url="https://quiet-river.example.com")
    await session.tunnels.stop()
    assert session.tunnels.state.word == "stopped"
    assert not list((data_folder() / "tunnels").glob("tunnel-*")), "the folder of a run is left"
    pid = fake.report.get("pid")
    assert pid is None or not is_alive(pid)
