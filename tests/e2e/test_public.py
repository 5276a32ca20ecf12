"""`listen` with a public address: a tunnel program that really passes requests on, and what is printed."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests import schemas
from tests.builders import ANSWER
from tests.e2e.program import Program, a_post, finish, listening, running, send_raw
from tests.e2e.terminal import on_terminal
from tests.ports import free_port
from tests.tunnel import recordings
from tests.tunnel.programs import install
from tests.tunnel.test_process import is_alive
from tests.waiting import wait_until

RELAY = Path(__file__).parents[1] / "tunnel" / "relay.py"


def through_relay(public_port: int, url: str = "") -> tuple[str, ...]:
    """Options for a tunnel that prints `url`, or whose URL is given."""
    command = f"'{sys.executable}' '{RELAY}' {public_port} {{port}} {url}"
    given = () if url else ("--public-url", f"http://127.0.0.1:{public_port}")
    return ("--tunnel", "command", "--tunnel-command", command, *given)


def public(program: Program) -> dict[str, Any]:
    """The next line about the public address."""
    while "public" not in (record := program.record()):
        pass
    schemas.valid("public-address", record)
    return record


def of_port(port: int) -> list[int]:
    """The processes that run the relay on this public port."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and is_alive(int(entry.name)):
            with suppress(OSError):  # it has ended meanwhile
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if str(RELAY).encode() in words and str(port).encode() in words:
                    found.append(int(entry.name))
    return found


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@linux_only
def test_a_delivery_comes_through_the_tunnel_and_nothing_is_left_at_the_end(
    tmp_path: Path, home: Path
) -> None:
    port = free_port()
    with listening(tmp_path / "captures.db", *through_relay(port)) as (program, _):
        record = public(program)
        assert (record["state"], record["tunnel"]) == ("reachable", "command")
        address = record["public"]
        assert address.startswith(f"http://127.0.0.1:{port}/in/")
        path = address.removeprefix(f"http://127.0.0.1:{port}").encode()
        post = a_post(ANSWER)
        assert send_raw(f"http://127.0.0.1:{port}", post.replace(b" / ", b" %b " % path)).startswith(
            b"HTTP/1.1 200"
        )
        assert send_raw(f"http://127.0.0.1:{port}", post).startswith(b"HTTP/1.1 404")
        assert program.record()["target"] == path.decode()
        assert of_port(port)
        status, errors = program.end()
        assert status in (0, 130)
        assert "Senders reach this listener here." in errors
        assert f"  {address}\n" in errors
        assert "The tunnel changes nothing." in errors
        assert "Stray requests (`strays` lists them), " in errors
        assert "\x1b" not in errors
        assert "█" not in errors
        assert of_port(port) == []
    assert list(home.rglob("tunnels")) != []
    assert list(home.rglob("tunnels/*")) == []


def test_the_heading_of_the_rows_follows_the_address(tmp_path: Path) -> None:
    port = free_port()
    options = ("--port", "0", "--database", str(tmp_path / "captures.db"), *through_relay(port))
    with running("listen", *options) as program:
        program.told("Senders reach this listener here.")
        address = program.said().strip()
        program.told("The tunnel changes nothing.")
        path = address.removeprefix(f"http://127.0.0.1:{port}").encode()
        send_raw(f"http://127.0.0.1:{port}", a_post(ANSWER).replace(b" / ", b" %b " % path))
        assert program.told("verdict").split()[:3] == ["id", "time", "verdict"]
        assert " Unsigned " in program.line()


def test_the_sender_of_the_last_delivery_still_gets_its_response(tmp_path: Path) -> None:
    port = free_port()
    options = (*through_relay(port), "--answer", "200 after 0.5s", "--until", "method:POST")
    with listening(tmp_path / "captures.db", *options) as (program, _):
        path = public(program)["public"].removeprefix(f"http://127.0.0.1:{port}").encode()
        post = a_post(ANSWER).replace(b" / ", b" %b " % path)
        assert send_raw(f"http://127.0.0.1:{port}", post).startswith(b"HTTP/1.1 200")
        assert program.ended()[0] == 0
    with listening(tmp_path / "captures.db") as (program, _):
        program.told("The public address is unreachable. It belongs to a tunnel that is not running.")


@linux_only
def test_a_second_interrupt_leaves_no_tunnel_either(tmp_path: Path) -> None:
    port = free_port()
    with listening(tmp_path / "captures.db", *through_relay(port)) as (program, _):
        public(program)
        program.process.send_signal(signal.SIGINT)
        program.process.send_signal(signal.SIGINT)
        program.ended()
        wait_until(lambda: of_port(port), lambda left: not left)


@linux_only
def test_a_changed_url_is_a_line_and_a_sentence(tmp_path: Path) -> None:
    host = socket.gethostname()
    try:
        socket.create_connection((host, 9), 1).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        pytest.skip("this machine cannot be reached by its name")
    with listening(tmp_path / "captures.db", *through_relay(0, f"http://{host}:PORT")) as (program, _):
        first = public(program)
        for pid in of_port(0):
            os.kill(pid, signal.SIGKILL)
        restarting = public(program)
        assert (restarting["state"], restarting["public"]) == ("restarting", first["public"])
        assert program.told("The tunnel restarts in 1 s. ")
        second = public(program)
        assert second["state"] == "reachable"
        assert second["public"] != first["public"]
        assert second["public"].rpartition("/")[2] == first["public"].rpartition("/")[2]
        assert program.told("The public address has changed.").endswith(f"It was {first['public']}.\n")


def test_the_words_of_states_are_lines_and_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    install(tmp_path / "bin", "cloudflared").plays(recordings.CLOUDFLARED_TOO_MANY)
    with listening(tmp_path / "captures.db", "--tunnel") as (program, _):
        assert "Using cloudflared, the first installed tunnel program" in program.told("Using")
        record = public(program)
        assert (record["public"], record["state"]) == (None, "stopped")
        assert record["retry_at"] is not None
        said = program.told("The tunnel has stopped")
        assert said == (
            "The tunnel has stopped: too many requests. Retry in 5 min. Cloudflare refused a new quick"
            " tunnel: too many requests.\n"
        )


def test_the_log_of_the_tunnel_is_printed_if_it_has_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    fake = install(tmp_path / "bin", "tailscale")
    fake.plays([("stdout", "hello \x1b[2J"), *recordings.TAILSCALE_NOT_ENABLED])
    with listening(tmp_path / "captures.db", "--tunnel", "tailscale") as (program, _):
        program.told("Open the link in the log of the tunnel")
        assert program.said() == "The last lines of its log:\n"
        assert program.said() == "  hello \\x1b[2J\n"
        program.told("  https://login.tailscale.com/f/funnel?node=nWNmPtVzjN11CNTRL")


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--tunnel", "ngrok"), 3, "ngrok is not installed. Get it from https://ngrok.com/download."),
        (("--tunnel",), 3, "No tunnel program is installed. Get cloudflared from https://github.com/"),
        (("--tunnel", "cloudflare"), 2, "Did you mean 'cloudflared'?"),
        (
            ("--tunnel", "ssh"),
            2,
            "--tunnel ssh needs --tunnel-host, as in --tunnel-host me@hooks.example.com.",
        ),
        (("--tunnel", "ssh", "--tunnel-host", "-oProxyCommand=x@y"), 2, "is not an SSH server"),
        (
            ("--tunnel", "ssh", "--tunnel-host", "me@localhost:2222"),
            2,
            "localhost is this machine, so this URL is the listener itself. Use --public-url",
        ),
        (("--tunnel", "command"), 2, "--tunnel command needs --tunnel-command, as in"),
        (("--tunnel", "command", "--tunnel-command", "nowhere {port}"), 2, "no program “nowhere” on PATH"),
        (("--tunnel", "command", "--tunnel-command", "a 'b"), 2, "unmatched quotation mark"),
        (("--tunnel", "ngrok", "--public-url", "https://a.example"), 2, "which gets a URL of its own."),
        (("--tunnel", "--public-url", "https://a.example"), 2, "which gets a URL of its own."),
        (
            ("--tunnel", "ngrok", "--tunnel-host", "me@there"),
            2,
            "--tunnel-host is for --tunnel ssh, not ngrok.",
        ),
        (
            ("--tunnel-host", "me@there", "--tunnel-command", "a b"),
            2,
            "--tunnel-command is for --tunnel command",
        ),
        (("--public-url", "https://a b"), 2, "contains a space"),
        (("--public-url", "javascript:alert(1)"), 2, "not a public address"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_a_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], status: int, says: str
) -> None:
    (tmp_path / "bin").mkdir()
    if "ssh" in options or "--tunnel-host" in options:
        install(tmp_path / "bin", "ssh")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = finish("listen", "--port", "0", "--database", str(tmp_path / "captures.db"), *options)
    said = done.stderr.decode()
    assert says in said
    assert "Listening" not in said
    assert done.returncode == status


def test_a_terminal_shows_the_address_its_qr_code_and_its_health(tmp_path: Path) -> None:
    port = free_port()
    options = ("--port", "0", "--database", str(tmp_path / "captures.db"), *through_relay(port))
    with on_terminal("listen", *options) as terminal:
        terminal.until_shown("A test request came back in")
        address = terminal.until_shown(f"http://127.0.0.1:{port}/in/").strip()
        assert sum("█████████████████████████████████" in row for row in terminal.shown) == 2
        terminal.until_bottom(lambda row: "public reachable, " in row)
        terminal.press("a")
        wait_until(lambda: sum(row.strip() == address for row in terminal.shown), lambda count: count == 2)
        terminal.press("q")
        assert terminal.ended() in (0, 130)


def test_the_key_for_the_address_says_what_a_tunnel_without_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    install(tmp_path / "bin", "mytunnel")
    options = ("--port", "0", "--database", str(tmp_path / "captures.db"), "--tunnel-command", "mytunnel")
    with on_terminal("listen", *options) as terminal:
        terminal.until_bottom(lambda row: "public starting" in row)
        terminal.press("a")
        terminal.until_shown("No public address yet (starting…")
        terminal.press("q")
        terminal.ended()


def test_a_narrow_terminal_has_no_room_for_a_qr_code(tmp_path: Path) -> None:
    options = ("--port", "0", "--database", str(tmp_path / "captures.db"), *through_relay(free_port()))
    with on_terminal("listen", *options, columns=30) as terminal:
        terminal.until_shown("came back in")
        assert not any("███" in row for row in terminal.shown)
        terminal.press("q")
        terminal.ended()


def doctor(database: Path, port: int) -> dict[str, Any]:
    """What `doctor` says about the public address."""
    done = finish("doctor", "--database", str(database), "--port", str(port), "--format", "json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return next(one for one in found if one["check"] == "public")


def test_doctor_tests_the_address_or_asks_the_listener(tmp_path: Path) -> None:
    port, database = free_port(), tmp_path / "captures.db"
    with listening(database, *through_relay(port)) as (program, url):
        address = public(program)["public"].partition("/in/")[0] + "/in/••••••••"
        found = doctor(database, int(url.rstrip("/").rpartition(":")[2]))
        assert found["ok"]
        assert f"{address} is reachable, " in found["says"]
        assert f"(process {program.process.pid})" in found["says"]
        program.end()
    found = doctor(database, 0)
    assert (found["ok"], found["says"].startswith(f"{address} belongs to a tunnel that is not running.")) == (
        True,
        True,
    )
    local = free_port()
    with running("listen", "--port", "0", "--database", str(database), "--public-url", f"127.0.0.1:{local}"):
        wait_until(lambda: doctor(database, 0)["says"], lambda says: f":{local} is unreachable" in says)
    says = doctor(database, local)["says"]
    assert says.startswith(f"https://127.0.0.1:{local} does not lead to this machine. 127.0.0.1:{local} does")
    assert says.endswith("not support TLS. Use http:// if the receiver does.")
    with running(
        "listen", "--port", "0", "--database", str(database), "--public-url", f"http://127.0.0.1:{local}"
    ) as program:
        program.told("The public address is unreachable.")
    assert "leads to this machine: a test request came back." in doctor(database, local)["says"]
    found = doctor(database, 0)
    assert not found["ok"]
    assert "Nothing listens at" in found["says"]
    assert found["fix"].startswith("Start `listen --tunnel`")


def test_doctor_sends_nothing_to_an_address_that_was_set_on_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, port = tmp_path / "captures.db", free_port()
    assert finish("address", "set", f"http://127.0.0.1:{port}", "--database", str(database)).returncode == 0
    assert "leads to this machine" in doctor(database, port)["says"]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    assert doctor(database, port)["says"] == (
        f"http://127.0.0.1:{port} was not tested, because it was not set on this machine."
        " If it is yours, use `address set` with it."
    )


def test_an_address_of_the_user_is_tested_too(tmp_path: Path) -> None:
    local = free_port()
    url = f"127.0.0.1:{local}/hook"
    arguments = ("--port", str(local), "--format", "json", "--database", str(tmp_path / "captures.db"))
    with running("listen", *arguments, "--public-url", f"  http://{url} ") as program:
        record = public(program)
        assert (record["public"], record["tunnel"]) == (f"http://{url}", None)
        assert record["state"] == "reachable"
    with running("listen", "--port", "0", *arguments[2:]) as program:  # another port: it leads nowhere
        record = public(program)
        assert (record["public"], record["state"]) == (None, "unreachable")
        assert "Nothing listens at" in json.dumps(record["problem"])
