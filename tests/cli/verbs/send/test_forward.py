"""`forward` manages the forwards of the file, and a listener in another process takes the changes at once."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.manage.targets import TARGETS
from inspector.cli.verbs.send.forward import FORWARD
from tests import schemas
from tests.builders import ANSWER, COMPLETION, an_answer
from tests.cli.calls import use
from tests.e2e.program import Receiver, deliver, finish, listening, receiving
from tests.e2e.terminal import on_terminal
from tests.ports import free_port
from tests.session.test_forwards import an_outer_address
from tests.waiting import wait_until


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "captures.db")


def _run(database: str, *words: str, status: int = 0) -> str:
    """Run `forward` in a process, and return its output."""
    done = finish("forward", *words, "--database", database)
    assert done.returncode == status, done.stderr
    return (done.stdout if status == 0 else done.stderr).decode()


async def _listed(database: str) -> list[dict[str, Any]]:
    records = (await use(FORWARD, "--database", database, "--format", "json")).records()
    for record in records:
        schemas.valid("forward", record)
    return records


def _bodies(receiver: Receiver) -> list[bytes]:
    return [body for _, _, body, _ in receiver.took]


def test_a_running_listener_takes_each_change_at_once(database: str) -> None:
    first, filtered, second, third, fourth = (an_answer(str(n), user=f"u-{n}") for n in range(5))
    with receiving() as (receiver, target), listening(Path(database)) as (_, url):
        assert _run(database, "add", target) == f"Added forward 1 to {target}/ (trusted POSTs).\n"
        wait_until(lambda: _delivers(url, first, receiver))
        _run(database, "change", "1", "--filter", "event:response_group")
        _settled(url, database, filtered)
        _run(database, "change", "1", "--no-filter")
        _run(database, "pause", "1")
        _settled(url, database, second)
        assert not {filtered, second}.intersection(_bodies(receiver))
        _run(database, "resume", "1")
        wait_until(lambda: _delivers(url, third, receiver))
        assert "captures for 127.0.0.1" in _run(database, "catch-up", "1")
        wait_until(lambda: {filtered, second} <= {*_bodies(receiver)})
        assert "has every capture" in _run(database, "catch-up", "1")
        assert _run(database, "remove", "1") == f"Removed forward 1 to {target}/.\n"
        _settled(url, database, fourth)
        assert fourth not in _bodies(receiver)


def _delivers(url: str, body: bytes, receiver: Receiver) -> bool:
    """Send a capture once, and return whether it was forwarded. The listener may notice a change later."""
    deliver(url, body)
    return body in _bodies(receiver)


def _settled(url: str, database: str, body: bytes) -> None:
    """Send a capture, and let a forward to another receiver show that the listener has considered it."""
    with receiving() as (other, target):
        added = _run(database, "add", target)
        number = added.split()[2]
        marker = an_answer("marker", user=f"marker-{number}")
        wait_until(lambda: _delivers(url, marker, other))
        deliver(url, body)
        wait_until(lambda: body in _bodies(other))
        _run(database, "remove", number)


async def test_forwards_are_added_changed_and_listed_without_a_listener(database: str) -> None:
    on_file = ("--database", database)
    done = await use(FORWARD, "add", "3000", *on_file)
    assert done.text == "Added forward 1 to http://localhost:3000/ (trusted POSTs).\n"
    assert done.said == "Nothing listens on this file now. Start `listen` or the window to forward.\n"
    await use(TARGETS, "add", "staging", "http://localhost:4000/hook", *on_file)
    await use(FORWARD, "add", "staging", "--filter", "survey:nps", "--relay", *on_file)
    record = (await use(FORWARD, "change", "1", "--all", *on_file, "--format", "json")).record()
    schemas.valid("forward", record)
    first, second = await _listed(database)
    assert (first["takes"], first["relay"], first["state"]) == ("POSTs, trusted or not", False, "on")
    assert (second["url"], second["filter"], second["relay"]) == (
        "http://localhost:4000/hook",
        "survey:nps",
        True,
    )
    await use(FORWARD, "change", "1", "--relay", *on_file)
    assert [one["relay"] for one in await _listed(database)] == [True, False], "only one can respond"
    await use(FORWARD, "change", "1", "--no-relay", *on_file)
    await use(FORWARD, "pause", "2", *on_file)
    text = (await use(FORWARD, *on_file)).text
    assert text.splitlines()[1].split()[:3] == ["2", "paused", "http://localhost:4000/hook"]
    with pytest.raises(InspectorError, match="Resume the forward"):
        await use(FORWARD, "catch-up", "2", *on_file)
    done = await use(FORWARD, "catch-up", "1", *on_file, "--format", "json")
    schemas.valid("forward-catch-up", done.record())
    done = await use(FORWARD, "remove", "2", *on_file, "--format", "json")
    schemas.valid("removed", done.record())
    assert len(await _listed(database)) == 1


async def test_a_forward_of_one_run_is_listed_while_it_runs_and_changed_only_there(database: str) -> None:
    port = free_port()
    with listening(Path(database), "--forward", str(port)) as (program, _):
        await use(FORWARD, "add", "3000", "--database", database)
        run, stored = await _listed(database)
        assert (run["url"], run["for_run"]) == (f"http://localhost:{port}/", True)
        assert (stored["url"], stored["for_run"]) == ("http://localhost:3000/", False)
        text = (await use(FORWARD, "--database", database)).text.splitlines()[0]
        assert text.endswith("trusted POSTs, for one run of `listen`")
        with pytest.raises(UsageError, match=r"^Forward 1 ends with its run of `listen`\."):
            await use(FORWARD, "pause", "1", "--database", database)
        program.end()
    assert [record["forward"] for record in await _listed(database)] == [2]


async def test_a_host_without_an_address_is_added_with_a_word(database: str) -> None:
    done = await use(FORWARD, "add", "http://receiver.invalid:3000", "--database", database)
    assert done.text == "Added forward 1 to http://receiver.invalid:3000/ (trusted POSTs).\n"
    assert done.said.startswith(
        "receiver.invalid has no address now. Captures wait until it has one. Check the name.\n"
    )
    done = await use(FORWARD, "add", "3000", "--database", database)
    assert "no address" not in done.said


async def test_a_host_that_is_not_allowed_is_wrong_usage_and_an_allowed_one_is_stored(database: str) -> None:
    on_file = ("--database", database)
    url = "http://192.0.2.1/hook"
    with pytest.raises(UsageError, match="--allow-host 192.0.2.1"):  # noqa: RUF043
        await use(FORWARD, "add", url, *on_file)
    await use(FORWARD, "add", url, "--allow-host", "192.0.2.1", *on_file)
    await use(FORWARD, "pause", "1", *on_file)
    await use(FORWARD, "resume", "1", *on_file)  # the file knows the host now
    assert [one["state"] for one in await _listed(database)] == ["on"]


def test_a_target_that_is_the_listener_is_paused_with_the_reason(database: str) -> None:
    with listening(Path(database)) as (_, url):
        _run(database, "add", url)
        wait_until(lambda: "paused" in _run(database))
        assert "is this listener, so" in _run(database)


def test_a_paused_forward_names_the_command_that_allows_its_host(database: str) -> None:
    host = an_outer_address()
    with socket.create_server((host, 0)) as server, listening(Path(database)) as (_, url):
        _run(database, "add", f"http://{host}:{server.getsockname()[1]}/", "--allow-host", host)
        finish("settings", "revoke", host, "--database", database)
        deliver(url, ANSWER)
        wait_until(lambda: f"`forward resume 1 --allow-host {host}`." in _run(database))
        assert "Allow the host first" not in _run(database)


def test_undelivered_captures_are_named_before_a_forward_is_removed(database: str) -> None:
    target = f"http://127.0.0.1:{free_port()}/"
    with listening(Path(database)) as (program, url):
        _run(database, "add", target)
        wait_until(lambda: _waits(url, database))
        program.end()
    with on_terminal("forward", "remove", "1", "--database", database) as terminal:
        terminal.until(lambda text: "did not reach" in text and "[y/N] " in text)
        terminal.press("n\n")
        assert terminal.ended() == 1
    _run(database, "remove", "1", "--yes")
    assert _run(database) == ""


def _waits(url: str, database: str) -> bool:
    deliver(url, ANSWER, COMPLETION)
    return " waiting" in _run(database)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("add", "ftp://x"), UsageError, "http"),
        (("add", "3000"), UsageError, "already exists"),
        (("add", "4000", "--filter", " "), UsageError, "--no-filter"),
        (("add", "4000", "--filter", "verdict:x"), UsageError, "verdict"),
        (("change", "1"), UsageError, "Nothing to change"),
        (("change", "7", "--all"), NotFound, "There is no forward 7"),
        (("pause", "x\x1b"), UsageError, r"'x\\x1b'"),
        (("pause", "1", "--all"), UsageError, "--all cannot be used with `forward pause`"),
        (("resume", "1", "--no-relay"), UsageError, "--no-relay cannot be used with"),
    ],
)
async def test_mistakes_are_refused_without_a_change(
    database: str, words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    on_file = ("--database", database)
    await use(FORWARD, "add", "3000", *on_file)
    before = await _listed(database)
    with pytest.raises(error, match=said):
        await use(FORWARD, *words, *on_file)
    assert await _listed(database) == before
