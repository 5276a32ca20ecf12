"""The table of tunnels: how each program is started, how its URL is learned, and what its failures mean.

Its facts are from the source of cloudflared and tailscale, from the documentation of ngrok, localhost.run and
pinggy, and from recorded output.
"""

from __future__ import annotations

import json
import re
from typing import Any

from inspector.base.errors import UsageError, did_you_mean
from inspector.tunnel.kind import (
    TOO_MANY_S,
    Launch,
    ProgramRun,
    StatusPage,
    TunnelKind,
    command_words,
    known_failure,
    quoted,
)
from inspector.tunnel.public_url import first_url, is_this_machine, url_alone
from inspector.tunnel.ssh import (
    FAILURES,
    LOCALHOST_RUN,
    PINGGY,
    SERVICE_FAILURES,
    own_server_arguments,
    own_server_url,
    service_arguments,
    ssh_server,
)

__all__ = ["KINDS", "Launch", "TunnelKind", "kind"]

_ADDRESS = re.compile(r"(?P<host>[^\s/@]*):(?P<port>[0-9]{1,5})")


def kind(name: str) -> TunnelKind:
    """Return the kind with this name. Raises UsageError with the known names."""
    for one in KINDS:
        if one.name == name.lower():
            return one
    names = [one.name for one in KINDS]
    raise UsageError(
        f"Unknown tunnel {quoted(name)}.{did_you_mean(name, names)} Use one of: {', '.join(names)}."
    )


# Programs with a status page or a log in JSON


def _record(line: str) -> dict[str, Any]:
    """Return the JSON object of a line of a log, or an empty one."""
    if not line.lstrip().startswith("{"):
        return {}
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _localhost_run_url(line: str) -> str | None:
    record = _record(line)
    if record.get("type") == "v1.tcpip_forward.register.accepted":  # CloudEvents
        address = str(record.get("id")).rpartition("/")[2]
    elif record.get("event") == "tcpip-forward" and record.get("status", "success") == "success":
        address = str(record.get("address"))  # what some of its servers still send
    else:
        return None
    return f"https://{address}"


def _ngrok_api(line: str) -> str | None:
    record = _record(line)
    address = record.get("addr")
    if record.get("msg") != "starting web service" or not isinstance(address, str):
        return None
    match = _ADDRESS.fullmatch(address)
    if (
        match is None
        or not is_this_machine(match["host"].strip("[]"))
        or not 1 <= int(match["port"]) <= 65535
    ):
        return None
    # The agent may listen on every address of this machine. Another machine is never asked.
    return f"127.0.0.1:{match['port']}"


def _ngrok_url_in_line(line: str) -> str | None:
    """Return the URL in the log, for agents whose configuration turns the API off."""
    record = _record(line)
    url = record.get("url")
    return url if record.get("msg") == "started tunnel" and isinstance(url, str) else None


def _ngrok_url(page: Any) -> object:
    """Return the first https URL of `/api/endpoints`, or of `/api/tunnels` of older agents."""
    endpoints = page["endpoints"] if "endpoints" in page else page["tunnels"]
    urls = [one.get("url") or one.get("public_url") for one in endpoints]
    return next((url for url in urls if isinstance(url, str) and url.startswith("https:")), None)


def _ngrok(run: ProgramRun) -> tuple[str, ...]:
    url = () if run.launch.public_url is None else ("--url", run.launch.public_url)
    return ("http", run.local, *url, "--log", "stdout", "--log-format", "json")


def _cloudflared(run: ProgramRun) -> tuple[str, ...]:
    # Ingress rules of a user's config.yml silently replace --url, so it gets a file without any.
    config = run.folder / "config.yml"
    config.write_bytes(b"")
    tls = ("--no-tls-verify",) if run.launch.is_tls else ()
    # These are options of the verb `tunnel`, in any order.
    return (
        "tunnel", "--config", str(config), "--no-autoupdate", "--metrics", f"127.0.0.1:{run.status_port}",
        *tls, "--url", run.local,
    )  # fmt: skip


def _tailscale_url(line: str) -> str | None:
    url = url_alone(line)
    return None if url is None or "://login.tailscale.com/" in url else url


KINDS: tuple[TunnelKind, ...] = (
    TunnelKind(
        name="cloudflared",
        title="cloudflared",
        caption="no account, new URL",
        program="cloudflared",
        keeps_url=False,
        changes="adds cf-… and x-forwarded-… headers; changes the case of header names",
        get_it="https://github.com/cloudflare/cloudflared/releases",
        arguments=_cloudflared,
        hosts=("trycloudflare.com",),
        # It prints the URL before it is connected, in a box that may change: its status pages are read.
        status=StatusPage(
            url_paths=("/quicktunnel",),
            read_url=lambda page: f"https://{page['hostname']}" if page["hostname"] else None,
            ready_path="/ready",
            is_ready=lambda status, page: status == 200,
        ),
        not_connected="cloudflared cannot reach Cloudflare. A firewall may block port 7844.",
        failures=(
            known_failure(
                r"429 Too Many Requests|error code: 1015|\"?code\"?: ?1015",
                "too many requests",
                "Cloudflare refused a new quick tunnel: too many requests.",
                TOO_MANY_S,
            ),
            known_failure(
                r"failed to request quick Tunnel.{0,400}(?:no such host|server misbehaving|dial |unreachable"
                r"|timeout|deadline|EOF)",
                "no network",
                "cloudflared cannot reach Cloudflare. Check your network.",
            ),
            known_failure(
                r"failed to (?:unmarshal|parse|read) quick",
                "service failed",
                "Cloudflare did not give a quick tunnel. See the log of the tunnel.",
                30.0,
            ),
            known_failure(
                r"(?:Error opening metrics server|address already in use)",
                "port taken",
                "cloudflared could not use a port of this machine.",
            ),
        ),
    ),
    TunnelKind(
        name="localhost.run",
        title="localhost.run",
        caption="ssh, new URL each time",
        program="ssh",
        keeps_url=False,
        changes="adds x-forwarded-… headers",
        get_it="https://www.openssh.com/portable.html",
        server=lambda launch: LOCALHOST_RUN,
        arguments=lambda run: service_arguments(run, LOCALHOST_RUN, 80, "--output", "json"),
        hosts=("lhr.life", "lhr.rocks", "lhr.pro", "localhost.run"),
        url_in_line=_localhost_run_url,
        renews_url=True,
        failures=(
            known_failure(
                r"tcpip_forward\.register\.(?:rejected|denied|failed)",
                "refused",
                "localhost.run refused the tunnel. See the log of the tunnel.",
                60.0,
                ends_run=True,
            ),
            *SERVICE_FAILURES,
        ),
        can_reach_tls=False,
    ),
    TunnelKind(
        name="pinggy",
        title="pinggy",
        caption="ssh, ends after 60 min",
        program="ssh",
        keeps_url=False,
        changes="adds x-forwarded-… headers",
        get_it="https://www.openssh.com/portable.html",
        server=lambda launch: PINGGY,
        arguments=lambda run: service_arguments(run, PINGGY, 0),
        hosts=("pinggy.link", "pinggy-free.link", "pinggy.net", "pinggy.online"),
        # It prints links to its site within sentences, and the URLs on lines of their own.
        url_in_line=url_alone,
        failures=(
            known_failure(
                r"closed by remote host|tunnel .{0,200}expired",
                "ended",
                "pinggy closed the tunnel. Its free plan ends after 60 minutes.",
            ),
            *SERVICE_FAILURES,
        ),
        can_reach_tls=False,
    ),
    TunnelKind(
        name="ssh",
        title="Your server…",
        caption="ssh -R, fixed URL",
        program="ssh",
        keeps_url=True,
        changes="nothing itself; a web server on your server may add headers",
        get_it="https://www.openssh.com/portable.html",
        needs="host",
        takes_url=True,
        default_url=own_server_url,
        server=ssh_server,
        arguments=own_server_arguments,
        failures=FAILURES,
        environment=("SSH_AUTH_SOCK",),
    ),
    TunnelKind(
        name="command",
        title="Your command…",
        caption="any program, {port}",
        program="",
        keeps_url=False,
        changes="whatever your program changes",
        get_it="",
        needs="command",
        takes_url=True,
        arguments=lambda run: tuple(command_words(run.launch)[1:]),
        url_in_line=first_url,
        environment=("SSH_AUTH_SOCK",),  # such as ssh -R to another service
    ),
    TunnelKind(
        name="tailscale",
        title="Tailscale",
        caption="funnel, fixed URL",
        program="tailscale",
        keeps_url=True,
        changes="adds x-forwarded-… and tailscale-… headers; changes the case of header names",
        get_it="https://tailscale.com/download",
        # In the foreground: the funnel ends with the program.
        arguments=lambda run: (
            "funnel",
            f"https+insecure://127.0.0.1:{run.launch.port}" if run.launch.is_tls else run.local,
        ),
        hosts=("ts.net",),
        url_in_line=_tailscale_url,
        failures=(
            known_failure(
                r"Funnel is not enabled|Funnel not available",
                "Funnel is off",
                "Funnel is not enabled in your tailnet. Open the link in the log of the tunnel, then retry.",
                None,
                ends_run=True,
            ),
            known_failure(
                r"HTTPS (?:is )?(?:disabled|not enabled)|does not support getting TLS certs",
                "HTTPS is off",
                "HTTPS certificates are not enabled in your tailnet. Enable them in its DNS settings, "
                "then retry.",
                None,
                ends_run=True,
            ),
            known_failure(
                r"Access denied",
                "not allowed",
                "Tailscale allows only its operator to start a funnel. "
                "Run sudo tailscale set --operator=$USER.",
                None,
            ),
            known_failure(
                r"Logged out|not logged in|NeedsLogin|is stopped",
                "not signed in",
                "Tailscale is not connected. Run tailscale up, then retry.",
                None,
            ),
            known_failure(
                r"(?:foreground|background configuration) already exists|is already serving",
                "port taken",
                "Tailscale serves something else there. Run tailscale funnel --https=443 off, then retry.",
                None,
            ),
            known_failure(
                r"failed to connect to local tailscaled|doesn't appear to be running",
                "not running",
                "Tailscale's service is not running on this machine. Start it, then retry.",
                30.0,
            ),
        ),
    ),
    TunnelKind(
        name="ngrok",
        title="ngrok",
        caption="account needed, fixed URL",
        program="ngrok",
        keeps_url=True,  # every account has a domain of its own, which the agent uses by default
        changes="adds x-forwarded-… headers; changes the case of header names",
        get_it="https://ngrok.com/download",
        takes_url=True,
        arguments=_ngrok,
        url_in_line=_ngrok_url_in_line,
        hosts=("ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.dev", "ngrok.io", "ngrok.pizza"),
        status=StatusPage(
            url_paths=("/api/endpoints", "/api/tunnels"),
            read_url=_ngrok_url,
            ready_path="/api/endpoints",
            is_ready=lambda status, page: status == 404 or (status == 200 and _ngrok_url(page) is not None),
            address_in_line=_ngrok_api,
        ),
        not_connected="ngrok is not connected to its service. Check your network.",
        failures=(
            known_failure(
                r"ERR_NGROK_(?:108|334)\b|already online",
                "already running",
                "Your account already runs an ngrok agent or endpoint. Stop it, then retry.",
                None,
                ends_run=True,
            ),
            known_failure(
                r"ERR_NGROK_(?:4018|105|106|107)\b|authentication failed",
                "not signed in",
                "ngrok needs an account. Run ngrok config add-authtoken with your token.",
                None,
                ends_run=True,
            ),
            known_failure(
                r"ERR_NGROK_(?:120|121|122)\b",
                "too old",
                "This version of ngrok is too old for the service. Run ngrok update.",
                None,
                ends_run=True,
            ),
            known_failure(
                r"ERR_NGROK_\d+",
                "service failed",
                "ngrok reported an error. See the log of the tunnel.",
                60.0,
            ),
        ),
        environment=("NGROK_AUTHTOKEN", "NGROK_CONFIG"),
    ),
)
"""Every kind, in the order in which they are offered."""
