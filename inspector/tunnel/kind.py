"""What a kind of tunnel consists of, as in the table of `kinds.py`: its failures and its start."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.base.errors import InspectorError, UsageError
from inspector.base.files import data_folder
from inspector.base.visible import shortened, visible
from inspector.tunnel.public_url import PublicUrlError, given_url

_MATCHED = 2_000
"""Characters of a line that are searched for failures."""
RETRY = 0.0
"""`retry_after` of a failure after which the usual pause is enough."""
TOO_MANY_S = 300.0
"""`retry_after` if a service refuses further requests for a while."""


class TunnelFailed(InspectorError):
    """Raised if a tunnel gave no URL, and returned when its program has ended. A sentence for the user."""

    def __init__(self, sentence: str, *, reason: str, retry_after: float | None = RETRY) -> None:
        super().__init__(sentence)
        self.reason = reason
        """The same in at most three words, such as `too many requests`."""
        self.retry_after = retry_after
        """Seconds to wait before the next start: 0 if the usual pause is enough, None if it would fail
        again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """A phrase in a program's output, and what it means."""

    phrase: re.Pattern[str]
    reason: str
    sentence: str
    """`{name}`, `{host}` and `{file}` (of known host keys) are replaced."""
    retry_after: float | None = RETRY
    ends_run: bool = False
    """Whether the program would wait for the user, and is stopped instead."""


def known_failure(
    phrase: str, reason: str, sentence: str, retry_after: float | None = RETRY, *, ends_run: bool = False
) -> KnownFailure:
    """Return an entry of a table of failures. The case of `phrase`, a regular expression, is ignored.

    A server of anyone may print the lines: the phrase has no unlimited repetition, which would be slow.
    """
    return KnownFailure(
        phrase=re.compile(phrase, re.IGNORECASE),
        reason=reason,
        sentence=sentence,
        retry_after=retry_after,
        ends_run=ends_run,
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SshServer:
    """The server of a tunnel over SSH."""

    destination: str
    """With the user, if the user named one."""
    host: str
    port: int | None

    def known_hosts(self, launch: Launch) -> Path:
        """Return the file with the server's key: one of our own per server."""
        folder = launch.known_hosts or data_folder() / "known-hosts"
        return folder / f"{self.host.strip('[]').replace(':', '-')}_{self.port or 22}"


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
