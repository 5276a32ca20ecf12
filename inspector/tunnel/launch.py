"""What a tunnel leads to, and what the user gave for it."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a tunnel leads to, and what the user gave for it."""

    port: int
    """The port of the listener on this machine."""
    scratch: Path
    """The folder in which each run gets a private folder of its own, which is removed afterwards."""
    host: str | None = None
    """`user@host[:port]` of an SSH server."""
    command: str | None = None
    """A program with its arguments, quoted as in a shell. `{port}` is replaced."""
    public_url: str | None = None
    """The URL that this tunnel always has. Without it, the URL is learned."""
    is_tls: bool = False
    """Whether the listener expects TLS."""
    known_hosts: Path | None = None
    """The folder with a file per SSH server. None for the usual one."""
    alive_s: int = 20
    """Seconds between two checks of an SSH connection. The second one without a response ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRun:
    """One start of a program."""

    launch: Launch
    folder: Path
    """Private, and removed afterwards."""
    status_port: int
    """A free port for the program's status."""

    @property
    def local(self) -> str:
        """The URL of the listener."""
        return f"{'https' if self.launch.is_tls else 'http'}://127.0.0.1:{self.launch.port}"


def command_words(launch: Launch) -> list[str]:
    """Return the words of the user's command, `{port}` replaced. Raises UsageError."""
    try:
        words = shlex.split(launch.command or "", posix=os.name == "posix")
    except ValueError:
        raise UsageError(
            "The command of the tunnel has an unmatched quotation mark. Add the other."
        ) from None
    if not words:
        raise UsageError("The command of the tunnel is empty. Name a program, as in 'bore local {port}'.")
    if any("\0" in word for word in words):
        raise UsageError("The command of the tunnel has a NUL character. Remove it.")
    return [word.replace("{port}", str(launch.port)) for word in words]


def quoted(text: str) -> str:
    """Return a text of the user as a sentence quotes it."""
    return f"“{shortened(visible(text), 60)}”"
