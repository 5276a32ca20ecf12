"""The public address under which senders reach this listener."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.visible import shortened, visible
from inspector.capture.guard import new_path
from inspector.client.target import Target
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.guarded_path import is_guarded_path
from inspector.domain.replay.address_text import typed_url
from inspector.session.file.watcher import CommitPoll
from inspector.store.store import Store
from inspector.store.write import small_tables
from inspector.tunnel.state import TunnelState

MAX_LENGTH = 2_000
_NOTE, _PATH, _OLD = "public-address", "guarded-path", "old-address"
_RUNNING = ("starting", "reachable", "unreachable", "restarting")
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def public_address(text: str) -> str:
    """Return the pasted `text` without surrounding white space, with https:// if it has no scheme.

    The rest is shown and copied as it was pasted. Raises UsageError if it is not an address.
    """
    url = typed_url(text, "https")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest:
        shown = visible(shortened(url, 60))
        what = f"“{shown}”" if shown else "This"
        raise UsageError(
            f"{what} is not a public address. Paste one such as https://quiet-river.example.com."
        )
    if len(url) > MAX_LENGTH:
        raise UsageError(f"A public address has at most {MAX_LENGTH:,} characters. Check what you pasted.")
    if visible(url) != url or any(character.isspace() for character in url):
        raise UsageError("This address contains a space or a hidden character. Paste it again without it.")
    try:
        Target.parse(url)
    except UsageError as error:
        raise UsageError(str(error).replace("target URL", "public address")) from None
    return url


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAddress:
    """The previous public address, which the sender's dashboard may still have."""

    text: str
    changed_ms: int
    """When another address took its place."""


class PublicAddress:
    """The public address, which is stored with the file because the sender's dashboard keeps using it.

    While a tunnel of ours runs, the address is its URL with the guarded path. Otherwise it is the last one,
    or the one that the user pasted.
    """

    def __init__(self, store: Store, tasks: Tasks) -> None:
        self.changed: Signal[str | None] = Signal("address.changed")
        """Emits the address when it, the old one, or whether the path is guarded has changed."""
        self._store = store
        self._tasks = tasks
        self._turn = asyncio.Lock()
        """Changes run one after another, and a look at the file never sees half of one."""
        self._is_guarded = False
        self._url: str | None = None
        """The URL of the running tunnel."""
        self._unused: OldAddress | None = None
        """The old address that is about to be forgotten."""
        self._first_path = new_path()
        """The guarded path of a file that has none yet."""
        self._stored = store.read(_read)

    @property
    def text(self) -> str | None:
        """The complete address, or None. With a tunnel of ours it ends in the guarded path."""
        return self._stored.text

    @property
    def is_set_here(self) -> bool:
        """Whether `text` was set on this machine. If not, it is shown, but nothing is sent to it."""
        return self._stored.is_set_here

    @property
    def old(self) -> OldAddress | None:
        """The address that `text` replaced, until the user confirms the new one or a trusted capture arrives
        by it."""
        return self._stored.old

    @property
    def path(self) -> str | None:
        """The guarded path, `/in/…`, while a tunnel of ours runs. Requests to other paths are strays."""
        return (self._stored.path or self._first_path) if self._is_guarded else None

    @property
    def has_path(self) -> bool:
        """Whether `text` ends in the guarded path: it is the address of a tunnel, which may not run now."""
        text, path = self._stored.text, self._stored.path
        return text is not None and path is not None and text.endswith(path)

    async def set(self, text: str | None) -> None:
        """Store a pasted address, or remove it with None. Raises UsageError if the text is not an address."""
        if text is not None:
            text = public_address(text)
        await self._change(lambda stored: stored.with_text(text))

    async def confirm(self) -> None:
        """Note that the sender's dashboard has the new address: the old one is forgotten."""
        await self._change(lambda stored: replace(stored, old=None))

    async def new_path(self) -> None:
        """Make a new guarded path. The old one is invalid at once, and the address changes if it has it."""
        await self._change(lambda stored: stored.with_path(new_path()))

    def take_tunnel(self, tunnel: TunnelState) -> None:
        """Note the state of the tunnel. Its URL becomes the address, whose path is guarded while it runs."""
        is_guarded = tunnel.kind is not None and (
            tunnel.word in _RUNNING or (tunnel.word == "stopped" and tunnel.retry_at_ms is not None)
        )
        url = tunnel.url if is_guarded else None
        if (is_guarded, url) == (self._is_guarded, self._url):
            return
        is_changed = is_guarded != self._is_guarded
        self._is_guarded, self._url = is_guarded, url
        if is_guarded and (url is not None or self._stored.path is None):
            self._tasks.spawn(retry_while_busy(partial(self._adopt, url)), "store the address of the tunnel")
        if is_changed:
            self.changed.emit(self.text)

    @property
    def is_watching(self) -> bool:
        """Whether `notice` looks for a capture that came by the new address."""
        return self.old is not None and self.old is not self._unused and self.text is not None

    def notice(self, capture: Capture) -> None:
        """Note a trusted capture: if it came by the new address, the dashboard has that."""
        old = self.old
        if old is None or old is self._unused or self.text is None or not _came_by(capture, self.text):
            return
        self._unused = old
        self._tasks.spawn(retry_while_busy(self.confirm), "store that the new address is in use")

    def follow(self, commits: CommitPoll, tasks: Tasks) -> None:
        """Also follow changes by other processes, until the tasks are cancelled."""
        commits.start(tasks)
        tasks.spawn(commits.watch(self._look, "the public address"), "follow the public address")

    async def _adopt(self, url: str | None) -> None:
        """Store the address of the tunnel, with a path if the file has none yet."""
        await self._change(lambda stored: stored.with_tunnel(url, stored.path or self._first_path))

    async def _change(self, change: Callable[[_Stored], _Stored]) -> None:
        async with self._turn:
            stored = await self._store.write(partial(_write, change=change))
            self._take(stored)

    async def _look(self) -> None:
        async with self._turn:
            self._take(self._store.read(_read))

    def _take(self, stored: _Stored) -> None:
        if stored != self._stored:
            self._stored = stored
            self.changed.emit(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the file knows."""

    text: str | None
    path: str | None
    old: OldAddress | None
    is_set_here: bool

    def with_text(self, text: str | None) -> _Stored:
        """Return the same with an address that is set here.

        The dashboard still has the one that was confirmed last.
        """
        return replace(self._with_text(text), is_set_here=text is not None)

    def _with_text(self, text: str | None) -> _Stored:
        if text == self.text:
            return self
        had = self.old.text if self.old is not None else self.text
        if text is None or had is None or text == had:
            return replace(self, text=text, old=None)
        return replace(self, text=text, old=OldAddress(text=had, changed_ms=now_ms()))

    def with_path(self, path: str) -> _Stored:
        """Return the same with another guarded path."""
        base = None
        if self.path is not None and self.text is not None and self.text.endswith(self.path):
            base = self.text.removesuffix(self.path)
        changed = self if base is None else self._with_text(base + path)
        return replace(changed, path=path)

    def with_tunnel(self, url: str | None, path: str) -> _Stored:
        """Return the same with the URL of a tunnel, if it is known, and its guarded path."""
        changed = self if url is None else self.with_text(url.rstrip("/") + path)
        return replace(changed, path=path)


def stored_address(connection: sqlite3.Connection) -> tuple[str | None, str | None, bool]:
    """Return the address of a file, its guarded path, and whether the address was set on this machine."""
    stored = _read(connection)
    return stored.text, stored.path, stored.is_set_here


def _read(connection: sqlite3.Connection) -> _Stored:
    """Return what the file knows. It can come from anyone, so whatever is not an address is left out."""
    text, path, old = (small_tables.note(connection, name) for name in (_NOTE, _PATH, _OLD))
    try:
        values = json.loads(old or "null")
        before = _checked(values["text"]), int(values["changed_ms"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        before = None, 0
    address = _checked(text)
    return _Stored(
        text=address,
        is_set_here=address is not None and small_tables.is_given_here(connection, _NOTE, address),
        path=path if path is not None and is_guarded_path(path) else None,
        old=None if before[0] is None else OldAddress(text=before[0], changed_ms=before[1]),
    )


def _checked(text: str | None) -> str | None:
    """Return a stored address, or None if it is not one."""
    try:
        return None if text is None else public_address(text)
    except (UsageError, TypeError, AttributeError):
        return None


def _write(connection: sqlite3.Connection, change: Callable[[_Stored], _Stored]) -> _Stored:
    """Change what the file knows now, which another process may just have changed, too."""
    before = _read(connection)
    stored = change(before)
    if stored != before:
        old = None if stored.old is None else json.dumps(asdict(stored.old))
        for name, value in ((_NOTE, stored.text), (_PATH, stored.path), (_OLD, old)):
            small_tables.put_note(connection, name, value)
        if before.text is not None:
            small_tables.take_back(connection, _NOTE, before.text)
        if stored.is_set_here and stored.text is not None:
            small_tables.give_here(connection, _NOTE, stored.text)
    return stored


def _came_by(capture: Capture, address: str) -> bool:
    """Return whether a request was sent to this address, by its target and by the host that it names."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/").encode()
    rest = capture.target[len(path) :]
    if not capture.target.startswith(path) or rest[:1] not in (b"", b"/", b"?"):
        return False
    hosts = (*capture.values(b"host"), *capture.values(b"x-forwarded-host"))
    named = {host.strip().lower().decode("latin-1") for host in hosts}
    port = _DEFAULT_PORTS.get(parts.scheme.lower(), "")
    expected = parts.netloc.rpartition("@")[2].lower()
    return bool(named & {expected, expected.removesuffix(port), expected + port})
