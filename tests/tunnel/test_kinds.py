"""Each kind of tunnel, with a program that plays what the real one prints and serves."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.tunnel.kind import TunnelFailed
from inspector.tunnel.kinds import KINDS, Launch, kind
from tests.tunnel import recordings
from tests.tunnel.conftest import Runs
from tests.tunnel.programs import FakeProgram, Line, Pages
from tests.waiting import PATIENCE_S, until

Install = Callable[[str], FakeProgram]


@pytest.mark.parametrize(
    ("name", "lines", "pages", "url"),
    [
        ("cloudflared", recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES, recordings.CLOUDFLARED_URL),
        ("ngrok", recordings.NGROK, recordings.NGROK_PAGES, recordings.NGROK_URL),
        ("ngrok", recordings.NGROK, recordings.OLD_NGROK_PAGES, recordings.NGROK_URL),
        ("ngrok", recordings.NGROK_WITHOUT_API, {}, recordings.NGROK_URL),
        ("tailscale", recordings.TAILSCALE, {}, recordings.TAILSCALE_URL),
        ("localhost.run", recordings.LOCALHOST_RUN, {}, recordings.LOCALHOST_RUN_URL),
        ("localhost.run", recordings.OLD_LOCALHOST_RUN, {}, recordings.LOCALHOST_RUN_URL),
        ("pinggy", recordings.PINGGY, {}, recordings.PINGGY_URL),
    ],
)
async def test_the_url_is_learned_from_what_the_program_reports(
    program: Install, runs: Runs, name: str, lines: Sequence[Line], pages: Pages, url: str
) -> None:
    program(kind(name).program).plays(lines, pages)
    process = await runs.start(name)
    assert await process.url() == url
    assert await process.is_connected() is (True if pages else None)


async def test_cloudflared_gets_an_empty_configuration_and_a_metrics_address(
    program: Install, runs: Runs
) -> None:
    """A user's config.yml with ingress rules silently overrides `--url`."""
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES)
    process = await runs.start("cloudflared")
    await process.url()
    words = fake.report["arguments"]
    options = dict(pairwise(words))
    assert words[0] == "tunnel"
    assert "--no-autoupdate" in words
    assert options["--url"] == "http://127.0.0.1:8787"
    assert re.fullmatch(r"127\.0\.0\.1:\d+", options["--metrics"])
    assert Path(options["--config"]).parent == Path(fake.report["folder"])
    assert fake.report["files"] == {"config.yml": ""}


async def test_a_listener_with_tls_is_reached_with_tls(program: Install, runs: Runs) -> None:
    for name, lines, pages, words in (
        (
            "cloudflared",
            recordings.CLOUDFLARED,
            recordings.CLOUDFLARED_PAGES,
            ["--no-tls-verify", "--url", "https://127.0.0.1:8787"],
        ),
        ("ngrok", recordings.NGROK, recordings.NGROK_PAGES, ["https://127.0.0.1:8787"]),
        ("tailscale", recordings.TAILSCALE, {}, ["https+insecure://127.0.0.1:8787"]),
    ):
        fake = program(name)
        fake.plays(lines, pages)
        await (await runs.start(name, is_tls=True)).url()
        assert set(words) <= set(fake.report["arguments"])
    for name in ("localhost.run", "pinggy"):
        with pytest.raises(UsageError, match="cannot reach a listener with TLS"):
            await runs.start(name, is_tls=True)


@pytest.mark.parametrize(
    ("name", "lines", "reason", "says", "retry_after"),
    [
        (
            "cloudflared",
            recordings.CLOUDFLARED_TOO_MANY,
            "too many requests",
            "Cloudflare refused a new quick tunnel: too many requests.",
            300.0,
        ),
        (
            "cloudflared",
            recordings.CLOUDFLARED_NO_NETWORK,
            "no network",
            "cloudflared cannot reach Cloudflare. Check your network.",
            0.0,
        ),
        (
            "tailscale",
            recordings.TAILSCALE_NOT_ENABLED,
            "Funnel is off",
            "Funnel is not enabled in your tailnet. Open the link in the log of the tunnel, then retry.",
            None,
        ),
        (
            "tailscale",
            recordings.TAILSCALE_DENIED,
            "not allowed",
            "Tailscale allows only its operator to start a funnel. Run sudo tailscale set --operator=$USER.",
            None,
        ),
        (
            "tailscale",
            recordings.TAILSCALE_TWICE,
            "port taken",
            "Tailscale serves something else there. Run tailscale funnel --https=443 off, then retry.",
            None,
        ),
        (
            "tailscale",
            recordings.TAILSCALE_STOPPED,
            "not running",
            "Tailscale's service is not running on this machine. Start it, then retry.",
            30.0,
        ),
        (
            "ngrok",
            recordings.NGROK_NOT_SIGNED_IN,
            "not signed in",
            "ngrok needs an account. Run ngrok config add-authtoken with your token.",
            None,
        ),
        (
            "ngrok",
            recordings.NGROK_TWICE,
            "already running",
            "Your account already runs an ngrok agent or endpoint. Stop it, then retry.",
            None,
        ),
        (
            "localhost.run",
            [
                ("stderr", "ssh: Could not resolve hostname localhost.run: Name or service not known"),
                ("exit", "255"),
            ],
            "no network",
            "Cannot look up localhost.run. Check your network.",
            0.0,
        ),
        (
            "localhost.run",
            recordings.LOCALHOST_RUN_REFUSED,
            "refused",
            "localhost.run refused the tunnel. See the log of the tunnel.",
            60.0,
        ),
        (
            "pinggy",
            [
                *recordings.PINGGY,
                ("stderr", "Timeout, server free.pinggy.io not responding."),
                ("exit", "255"),
            ],
            "connection lost",
            "free.pinggy.io no longer responds.",
            0.0,
        ),
        (
            "pinggy",
            [
                *recordings.PINGGY,
                ("stderr", "Connection to free.pinggy.io closed by remote host."),
                ("exit", "255"),
            ],
            "ended",
            "pinggy closed the tunnel. Its free plan ends after 60 minutes.",
            0.0,
        ),
        (
            "localhost.run",
            [("stderr", "nokey@localhost.run: Permission denied (publickey)."), ("exit", "255")],
            "access denied",
            "localhost.run denied access to this machine. Use another kind of tunnel.",
            300.0,
        ),
        (
            "localhost.run",
            [("stderr", "ssh: connect to host localhost.run port 22: Connection timed out"), ("exit", "255")],
            "no connection",
            "Cannot connect to localhost.run. Check your network. A firewall may block SSH.",
            0.0,
        ),
        (
            "cloudflared",
            [("stderr", "panic: runtime error"), ("exit", "2")],
            "ended",
            "cloudflared ended with exit status 2. Its last line was: panic: runtime error",
            0.0,
        ),
    ],
)
async def test_a_known_failure_is_a_sentence_and_says_when_to_retry(
    program: Install,
    runs: Runs,
    name: str,
    lines: Sequence[Line],
    reason: str,
    says: str,
    retry_after: float | None,
) -> None:
    program(kind(name).program).plays(lines)
    process = await runs.start(name)
    failed = await process.ended()
    assert (failed.reason, str(failed), failed.retry_after) == (reason, says, retry_after)
    if name != "pinggy":  # which had a URL before
        with pytest.raises(TunnelFailed, match=re.escape(says)):
            await process.url()


async def test_a_program_without_its_edge_runs_and_is_not_connected(program: Install, runs: Runs) -> None:
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED_NO_EDGE, recordings.NO_EDGE_PAGES)
    process = await runs.start("cloudflared")
    assert await process.url() == recordings.CLOUDFLARED_URL
    assert await process.is_connected() is False
    assert kind("cloudflared").not_connected is not None
    fake.plays(pages=recordings.CLOUDFLARED_PAGES)
    await until(process.is_connected)


async def test_a_program_that_dies_later_is_noticed_and_its_old_lines_do_not_explain_it(
    program: Install, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the process is moved on by an hour."""
    fake = program("cloudflared")
    fake.plays([("stderr", "error code: 1015"), *recordings.CLOUDFLARED], recordings.CLOUDFLARED_PAGES)
    process = await runs.start("cloudflared")
    await process.url()
    await until(lambda: recordings.CLOUDFLARED[-1][1] in runs.text)
    before = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: before() + 3600)
    fake.add(("stderr", "2026-11-28T08:00:00Z INF Quitting..."), ("exit", "0"))
    failed = await process.ended()
    assert failed.reason == "ended"
    assert failed.retry_after == 0
    assert await process.is_connected() is False


async def test_another_url_of_a_running_program_is_noticed(program: Install, runs: Runs) -> None:
    fake = program("ssh")
    fake.plays(recordings.LOCALHOST_RUN)
    process = await runs.start("localhost.run")
    first = await process.url()
    event = {"type": "v1.tcpip_forward.register.accepted", "id": "localhost/ab12.lhr.life"}
    fake.add(("stdout", json.dumps(event)))
    assert await process.url(other_than=first) == "https://ab12.lhr.life"


async def test_ngrok_reports_its_api_on_another_port_and_no_other_machine_is_asked(
    program: Install, runs: Runs
) -> None:
    fake = program("ngrok")
    started = recordings.NGROK[1][1]
    hostile = ("evil.example:80", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:٣", "me@127.0.0.1:80", "1")
    away = [("stdout", started.replace("127.0.0.1:{port}", address)) for address in hostile]
    every = started.replace("127.0.0.1", "0.0.0.0")
    fake.plays([*away, ("stdout", every)], recordings.NGROK_PAGES)
    process = await runs.start("ngrok")
    assert await process.url() == recordings.NGROK_URL


@pytest.mark.parametrize(
    "content",
    [
        {"hostname": "javascript:alert(1)"},
        {"hostname": "user:word@quiet.trycloudflare.com"},
        {"hostname": "quiet.trycloudflare.com.evil.example"},
        {"hostname": "eviltrycloudflare.com"},
        {"hostname": "trycloudflare.com"},
        {"hostname": "quiet\x1b[2J.trycloudflare.com"},
        {"hostname": "quiet.trycloudflare.com/../x"},
        {"hostname": "quiet.trycloudflare.com:8443"},
        {"hostname": "quiet.trycloudflare.com#x"},
        {"hostname": "\u202equiet.trycloudflare.com"},
        {"hostname": "a" * 3000 + ".trycloudflare.com"},
    ],
)
async def test_a_hostile_url_of_a_status_page_is_a_sentence(
    program: Install, runs: Runs, content: object
) -> None:
    program("cloudflared").plays(pages={"/quicktunnel": (200, content)})
    process = await runs.start("cloudflared")
    with pytest.raises(TunnelFailed, match=r"cloudflared gave “https://.*”, which") as failed:
        await process.url()
    assert failed.value.retry_after is None
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) < 300
    assert str(await process.ended()) == str(failed.value)


@pytest.mark.parametrize(
    "content",
    ["", "[[[" * 20_000, "x" * 200_000, [], {"hostname": 5}, {"hostname": None}, {"hostname": ""}, None],
)
async def test_a_status_page_that_is_something_else_is_asked_again(
    program: Install, runs: Runs, content: object
) -> None:
    fake = program("cloudflared")
    fake.plays(pages={"/quicktunnel": (200, content), "/ready": (200, content)})
    process = await runs.start("cloudflared")
    await until(lambda: "input" in fake.report)
    assert await process.is_connected() in (True, False)
    fake.plays(pages=recordings.CLOUDFLARED_PAGES)
    assert await process.url() == recordings.CLOUDFLARED_URL


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("listening at https://a.example.com/", "https://a.example.com"),
        ("Forwarding http://a.example.com -> http://localhost:8787", "http://a.example.com"),
        ("dashboard http://127.0.0.1:4040, public https://b.example.com.", "https://b.example.com"),
        ("\x1b[36mhttps://c.example.com\x1b[0m", "https://c.example.com"),
        ("url=<https://d.example.com/base/>", "https://d.example.com/base"),
        ('{"url":"https://e.example.com"}', "https://e.example.com"),
        (
            "http://0.0.0.0:1 http://[::1]:2 http://x.localhost:3 https://f.example.com:8443",
            "https://f.example.com:8443",
        ),
    ],
)
async def test_a_command_gives_the_first_public_url_that_it_prints(
    program: Install, runs: Runs, line: str, url: str
) -> None:
    fake = program("my-tunnel")
    fake.plays(
        [
            ("stderr", "no URL here: http:// or javascript://x"),
            ("stderr", line),
            ("stderr", "https://no.example"),
        ]
    )
    process = await runs.start("command", command="my-tunnel 'to the' {port} --at=127.0.0.1:{port}")
    assert await process.url() == url
    assert fake.report["arguments"] == ["to the", "8787", "--at=127.0.0.1:8787"]


@pytest.mark.parametrize(
    "line",
    [
        "https://user:word@a.example.com/",
        "https://a.example.com/\u202etxt",
        "https://a.example.com:99999/",
        "https://\x07.example",
    ],
)
async def test_a_hostile_url_of_a_command_is_a_sentence(program: Install, runs: Runs, line: str) -> None:
    program("my-tunnel").plays([("stdout", line)])
    process = await runs.start("command", command="my-tunnel")
    with pytest.raises(TunnelFailed, match="The command gave “https://") as failed:
        await process.url()
    assert str(failed.value).isprintable()


async def test_a_fixed_url_is_used_at_once_and_what_the_program_prints_is_not(
    program: Install, runs: Runs
) -> None:
    fake = program("my-tunnel")
    fake.plays([("stdout", "https://other.example.com")])
    process = await runs.start("command", command="my-tunnel {port}", public_url="hooks.example.com/")
    assert await process.url() == "https://hooks.example.com"
    await until(lambda: runs.lines)
    assert await process.url() == "https://hooks.example.com"


async def test_ngrok_uses_the_url_that_the_user_names(program: Install, runs: Runs) -> None:
    fake = program("ngrok")
    fake.plays(recordings.NGROK, recordings.NGROK_PAGES)
    process = await runs.start("ngrok", public_url="https://hooks.example.com")
    assert await process.url() == "https://hooks.example.com"
    await until(lambda: "input" in fake.report)
    words = fake.report["arguments"]
    assert words[words.index("--url") + 1] == "https://hooks.example.com"


@pytest.mark.parametrize(
    ("name", "launch", "says"),
    [
        ("cloudflared", {}, "cloudflared is not installed. Get it from https://github.com/cloudflare/"),
        ("tailscale", {}, "tailscale is not installed. Get it from https://tailscale.com/download."),
        ("pinggy", {}, "ssh is not installed. Get it from https://www.openssh.com/"),
        ("command", {"command": "bore local {port}"}, "There is no program “bore” on PATH."),
        ("command", {"command": " "}, "The command of the tunnel is empty."),
        ("command", {"command": "bore 'local"}, "has an unmatched quotation mark"),
        ("command", {"command": "bore \0"}, "NUL character"),
        ("command", {"command": "bore", "public_url": "ftp://x"}, "The public URL must start with http"),
        ("ssh", {}, "The tunnel needs your SSH server. Write it as user@host"),
        ("ssh", {"host": "-oProxyCommand=x"}, "“-oProxyCommand=x” is not an SSH server"),
        ("ssh", {"host": "me@host:0"}, "“me@host:0” is not an SSH server"),
        ("ssh", {"host": "me@host x"}, "is not an SSH server"),
        ("ssh", {"host": "a\nb"}, r"“a\nb” is not an SSH server"),
        ("tailscale", {"public_url": "https://a.example"}, "Tailscale gives a URL of its own."),
    ],
)
async def test_what_cannot_be_started_is_a_sentence(
    program: Install, runs: Runs, tmp_path: Path, name: str, launch: dict[str, str], says: str
) -> None:
    program("unrelated")
    with pytest.raises(UsageError, match=re.escape(says)):
        await runs.start(name, **launch)
    assert not (tmp_path / "scratch").exists()


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(
        UsageError, match=r"Unknown tunnel “clodflared”\. Did you mean 'cloudflared'\?"
    ) as error:
        kind("clodflared")
    assert all(one.name in str(error.value) for one in KINDS)


def test_every_entry_of_the_table_is_complete(tmp_path: Path) -> None:
    names = [one.name for one in KINDS]
    assert len(set(names)) == len(names) == 7
    for one in KINDS:
        assert kind(one.name.upper()) is one
        assert one.title
        assert len(one.caption.split()) <= 5
        assert one.changes
        assert bool(one.program) == bool(one.get_it.startswith("https://")) == (one.needs != "command")
        ways = (one.url_in_line, one.status, one.default_url)
        assert any(way is not None for way in ways)
        assert (one.status is None) == (one.not_connected is None)
        for known in one.failures:
            known.sentence.format(host="h", file="f")
            assert len(known.reason.split()) <= 3
            assert known.sentence.endswith(".")
    assert Launch(port=1, scratch=tmp_path).known_hosts is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("pinggy", "tunnel "), ("ssh", "Connection to "), ("localhost.run", "Timeout, server ")],
)
async def test_lines_that_almost_report_a_failure_hold_nothing_up(
    program: Install, runs: Runs, name: str, words: str
) -> None:
    line = ("stderr", words * (60_000 // len(words)))
    program("ssh").plays([*[line] * 100, ("stderr", "at the end"), ("exit", "1")])
    process = await runs.start(name, host="me@server.example")
    async with asyncio.timeout(PATIENCE_S):
        assert "at the end" in str(await process.ended())
