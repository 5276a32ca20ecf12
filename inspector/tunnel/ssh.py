"""Tunnels over SSH: the arguments of `ssh -R`, its servers and their known keys, and its failures."""

from __future__ import annotations

import os
import re

from inspector.base.errors import UsageError
from inspector.base.files import NewFile
from inspector.tunnel.kind import TOO_MANY_S, Launch, ProgramRun, SshServer, known_failure, quoted
from inspector.tunnel.public_url import given_url

_HOST = re.compile(
    r"(?:(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@)?(?P<host>[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{1,5}))?"
)


def ssh_server(launch: Launch) -> SshServer:
    """Return the user's own server. Raises UsageError."""
    return _server(launch.host or "")


def _server(text: str) -> SshServer:
    if not text.strip():
        raise UsageError("The tunnel needs your SSH server. Write it as user@host or user@host:port.")
    match = _HOST.fullmatch(text.strip())
    port = int(match["port"]) if match is not None and match["port"] else None
    if match is None or (port is not None and not 1 <= port <= 65535):
        raise UsageError(f"{quoted(text)} is not an SSH server. Write it as user@host or user@host:port.")
    host = match["host"]
    user = f"{match['user']}@" if match["user"] else ""
    return SshServer(destination=f"{user}{host.strip('[]')}", host=host, port=port)


LOCALHOST_RUN = _server("nokey@localhost.run")
PINGGY = _server("free@free.pinggy.io:443")


def _ssh(run: ProgramRun, server: SshServer, forward: str) -> tuple[str, ...]:
    known_hosts = str(server.known_hosts(run.launch)).replace("%", "%%")
    options = {
        "ExitOnForwardFailure": "yes",
        "ServerAliveInterval": str(run.launch.alive_s),
        "ServerAliveCountMax": "2",
        "ConnectTimeout": "15",
        "BatchMode": "yes",  # a question would never be answered
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": f'"{known_hosts}"',
        "GlobalKnownHostsFile": os.devnull,
        "UpdateHostKeys": "no",
        # A shared connection of the user's would keep the tunnel after its ssh has ended.
        "ControlMaster": "no",
        "ControlPath": "none",
        "PermitLocalCommand": "no",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "LogLevel": "INFO",
    }
    return (
        "-T",
        *(part for name, value in options.items() for part in ("-o", f"{name}={value}")),
        *(("-p", str(server.port)) if server.port is not None else ()),
        "-R",
        forward,
    )


def service_arguments(run: ProgramRun, server: SshServer, remote_port: int, *words: str) -> tuple[str, ...]:
    """Return the arguments for a public service, which gets a key that is only for this run. Blocks.

    Some services ask a user without a key for a password. The user's own keys would identify the user. The
    user's configuration is not read, as it could add forwards.
    """
    key = run.folder / "key"
    with NewFile(key) as file:
        file.write_bytes(_new_key())
    return (
        *("-F", "none", "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"),
        *_ssh(run, server, f"{remote_port}:127.0.0.1:{run.launch.port}"),
        *("--", server.destination, *words),
    )


def _new_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )


def own_server_arguments(run: ProgramRun) -> tuple[str, ...]:
    """Return the arguments for the user's own server, with the user's configuration: it has the keys.

    The server listens at the port of the public URL if that is plain http. Otherwise its web server passes
    requests on to the same port as the listener's here, which only the server itself reaches.
    """
    server, launch = ssh_server(run.launch), run.launch
    at = f"127.0.0.1:{launch.port}"
    if launch.public_url is None:
        at = f"*:{launch.port}"
    elif (
        match := re.fullmatch(r"http://[^/]+?(?::([0-9]+))?(?:/.*)?", given_url(launch.public_url))
    ) is not None:
        at = f"*:{match[1] or 80}"
    return ("-N", *_ssh(run, server, f"{at}:127.0.0.1:{launch.port}"), "--", server.destination)


def own_server_url(launch: Launch) -> str:
    """Return the public URL of the user's own server if the user gave none."""
    return f"{'https' if launch.is_tls else 'http'}://{ssh_server(launch).host}:{launch.port}"


FAILURES = (
    known_failure(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed",
        "host key changed",
        "The host key of {host} has changed. Someone may be reading the connection. If you expect a new key, "
        "delete {file}.",
        None,
    ),
    known_failure(
        r"remote port forwarding failed|forwarding request failed|administratively prohibited",
        "forward refused",
        "{host} refused the forward: its port is in use, or it does not allow forwards.",
        10.0,
    ),
    known_failure(
        r"Permission denied|Too many authentication failures",
        "not signed in",
        "{host} did not accept your key. Run ssh {host} once to see why.",
        None,
    ),
    known_failure(r"Could not resolve hostname", "no network", "Cannot look up {host}. Check your network."),
    known_failure(
        r"No route to host|Network is unreachable|Connection (?:timed out|refused)|Operation timed out",
        "no connection",
        "Cannot connect to {host}. Check your network and the server.",
    ),
    known_failure(
        r"Timeout, server .{1,255} not responding", "connection lost", "{host} no longer responds."
    ),
    known_failure(
        r"Connection to .{1,255} closed by remote host|Connection reset|Broken pipe|closed by ",
        "connection lost",
        "{host} closed the connection.",
    ),
    known_failure(
        r"Bad configuration option|Bad owner or permissions on|terminating, \d+ bad",
        "wrong configuration",
        "ssh cannot read its configuration. See the log of the tunnel.",
        None,
    ),
)

SERVICE_FAILURES = (
    FAILURES[0],  # a changed host key
    known_failure(
        r"Permission denied|Too many authentication failures",
        "access denied",
        "{host} denied access to this machine. Use another kind of tunnel.",
        TOO_MANY_S,
    ),
    known_failure(
        r"No route to host|Network is unreachable|Connection (?:timed out|refused)|Operation timed out",
        "no connection",
        "Cannot connect to {host}. Check your network. A firewall may block SSH.",
    ),
    *FAILURES,
)
