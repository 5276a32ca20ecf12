"""The address of a shared inbox: `nats://HOST:PORT/STREAM`, with several servers of a cluster if needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.base.errors import UsageError
from inspector.base.next_step import next_step
from inspector.base.visible import shortened, visible

DEFAULT_PORT = 4222
EXAMPLE = "nats://127.0.0.1:4222/HOOKS"
_MOST_SERVERS = 16
_MOST_CHARACTERS = 2_000
# A name becomes a subject and the name of a folder on the server.
_STREAM = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAddress:
    """Where a shared inbox is."""

    servers: tuple[str, ...]
    """`HOST:PORT` of each server. One is enough: a client learns the others of its cluster."""
    stream: str
    is_tls: bool = False
    """Whether the address begins with `tls://`, so that a connection without TLS is refused."""

    @classmethod
    def parse(cls, text: str) -> InboxAddress:
        """Read `nats://HOST:PORT/STREAM` or `tls://HOST:PORT/STREAM`. Commas separate several servers.

        Raises UsageError for another address, and for one with credentials, without repeating them.
        """
        text = text.strip()
        scheme, separator, rest = text.partition("://")
        if "@" in text:
            step = next_step(
                terminal="Use --inbox-creds FILE or the keyring.", window="Log in with a file or the keyring."
            )
            raise UsageError(f"An inbox address must not contain a user or a password. {step}")
        servers, slash, stream = rest.partition("/")
        if scheme.lower() not in ("nats", "tls") or not separator or len(text) > _MOST_CHARACTERS:
            raise UsageError(f"“{_shown(text)}” is not an inbox address. Use one such as {EXAMPLE}.")
        if not slash or not _STREAM.fullmatch(stream):
            raise UsageError(
                f"“{_shown(text)}” does not name a stream. Use an address such as {EXAMPLE}, with letters,"
                " digits, - and _ in the name."
            )
        places = tuple(_server(one) for one in servers.split(","))
        if len(places) > _MOST_SERVERS:
            raise UsageError(
                f"An inbox address has at most {_MOST_SERVERS} servers. One of a cluster is enough."
            )
        return cls(servers=places, stream=stream, is_tls=scheme.lower() == "tls")

    @property
    def text(self) -> str:
        """The address as one text, which `parse` reads."""
        return f"{'tls' if self.is_tls else 'nats'}://{','.join(self.servers)}/{self.stream}"

    @property
    def urls(self) -> list[str]:
        """The URL of each server."""
        return [f"{'tls' if self.is_tls else 'nats'}://{one}" for one in self.servers]

    @property
    def subject(self) -> str:
        """The subject to which edges publish captures."""
        return f"{self.stream}.captures"


def _server(text: str) -> str:
    found = _SERVER.fullmatch(text)
    if found is None or not 0 < int(found[1] or DEFAULT_PORT) <= 65_535:
        raise UsageError(f"“{_shown(text)}” is not a host and port. Use an address such as {EXAMPLE}.")
    return text if found[1] else f"{text}:{DEFAULT_PORT}"


def _shown(text: str) -> str:
    return visible(shortened(text, 60))
