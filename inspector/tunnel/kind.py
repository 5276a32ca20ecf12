"""What a kind of tunnel consists of: an entry of the table in `kinds.py`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inspector.base.errors import UsageError
from inspector.tunnel.failure import KnownFailure
from inspector.tunnel.launch import Launch, ProgramRun, command_words, quoted
from inspector.tunnel.public_url import PublicUrlError, given_url
from inspector.tunnel.ssh import SshServer

_MATCHED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """What a program reports over HTTP on this machine."""

    url_paths: tuple[str, ...]
    """The pages with the URL. The next one is for versions of the program that do not have the previous."""
    read_url: Callable[[Any], object]
    """Return the URL in the JSON of such a page, or None. May raise KeyError, TypeError or IndexError."""
    ready_path: str
    is_ready: Callable[[int, Any], bool]
    """Whether the status and the JSON of that page mean a connected tunnel."""
    address_in_line: Callable[[str], str | None] | None = None
    """Return `host:port` of the pages from a line of output. None if they are at `ProgramRun.status_port`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelKind:
    """One way to get a public URL."""

    name: str
    title: str
    caption: str
    """What it is, in at most five words."""
    program: str
    """Looked up on PATH. Empty if the user's command names it."""
    keeps_url: bool
    """Whether the URL is the same after a restart."""
    changes: str
    """What it changes in a request, as a phrase."""
    get_it: str
    """Where to get the program. Empty for the user's own."""
    arguments: Callable[[ProgramRun], tuple[str, ...]]
    """Return the arguments of the program, and create the files that it needs. Blocks."""
    needs: str | None = None
    """What the user must give: None, "host" or "command"."""
    hosts: tuple[str, ...] = ()
    """The domains in which it gives host names. Empty for any."""
    url_in_line: Callable[[str], str | None] | None = None
    """Return the URL in a line of output, or None."""
    renews_url: bool = False
    """Whether a running program may give another URL. Otherwise the first one counts."""
    status: StatusPage | None = None
    failures: tuple[KnownFailure, ...] = ()
    not_connected: str | None = None
    """A sentence for a program that runs and reports that it is not connected."""
    environment: tuple[str, ...] = ()
    """Variables that this program needs in addition to the usual ones."""
    can_reach_tls: bool = True
    takes_url: bool = False
    """Whether the user may give the public URL, which is then not learned."""
    default_url: Callable[[Launch], str] | None = None
    """Return the URL that is used if the user gives none. None if it is learned."""
    server: Callable[[Launch], SshServer] | None = None
    """Return the SSH server. Raises UsageError if the user's is not valid. None without SSH."""

    def found(self, launch: Launch) -> str:
        """Return the absolute path of the program. Raises UsageError with where to get it."""
        name = command_words(launch)[0] if self.needs == "command" else self.program
        path = shutil.which(name)
        if path is None and self.needs == "command":
            raise UsageError(f"There is no program {quoted(name)} on PATH. Check the command of the tunnel.")
        if path is None:
            raise UsageError(f"{name} is not installed. Get it from {self.get_it}.")
        return os.path.abspath(path)

    def is_installed(self) -> bool:
        """Return whether its program is on PATH. True if the user names the program."""
        return not self.program or shutil.which(self.program) is not None

    def check(self, launch: Launch) -> None:
        """Raise UsageError if `launch` lacks something, or gives something that cannot be used."""
        if self.server is not None:
            self.server(launch)
        if self.needs == "command":
            command_words(launch)
        if launch.public_url is not None and not self.takes_url:
            raise PublicUrlError(f"{self.title} gives a URL of its own. Remove the public URL.")
        if launch.public_url is not None:
            given_url(launch.public_url)
        if launch.is_tls and not self.can_reach_tls:
            raise UsageError(
                f"{self.title} cannot reach a listener with TLS. It adds TLS itself. Turn TLS off here."
            )

    def failure(self, line: str) -> KnownFailure | None:
        """Return the known failure that a line of output reports in its first 2,000 characters, or None."""
        beginning = line[:_MATCHED]  # a search takes 0.5 µs per character
        return next((known for known in self.failures if known.phrase.search(beginning)), None)
