"""The connections of this program to its own listener, whose requests are never strays.

A request of a replay has nothing that distinguishes it, because it is sent byte for byte. But only its sender
has the other end of its connection.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import weakref
from typing import Protocol

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError
from inspector.store.store import Store
from inspector.store.write import small_tables

MOST = 256
"""Maximum number of connections of other processes that the file knows."""
EXPIRES_MS = 600_000
"""How long the file knows a connection that was not closed, because its process was killed."""
_LONGEST = 100
"""Characters of an address with its time in JSON, at most."""
_NOTE = "own-connections"

log = logging.getLogger(__name__)


class ConnectedSender(Protocol):
    """A sender with at most one connection."""

    @property
    def local_address(self) -> str | None:
        """Our own end of the open connection, `127.0.0.1:51234`, or None."""


class OwnSenders:
    """The senders of this process, and the connections that other processes on the file have announced."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._senders: weakref.WeakSet[ConnectedSender] = weakref.WeakSet()

    def add(self, sender: ConnectedSender) -> None:
        """Note a sender of this process."""
        self._senders.add(sender)

    def has(self, address: str) -> bool:
        """Return whether a connection from this address, `127.0.0.1:51234`, is one of ours."""
        if any(sender.local_address == address for sender in self._senders):
            return True
        made_ms = self._store.read(_read).get(address)
        return made_ms is not None and 0 <= now_ms() - made_ms < EXPIRES_MS

    async def opened(self, address: str) -> None:
        """Announce a connection to this machine in the file, if another process may listen there."""
        if not self._store.is_listener and self._store.has_listener:
            await self._change(address, now_ms())

    async def closed(self, address: str) -> None:
        """Remove an announced connection."""
        if not self._store.is_listener and address in self._store.read(_read):
            await self._change(address, None)

    async def _change(self, address: str, made_ms: int | None) -> None:
        def change(connection: sqlite3.Connection) -> None:
            found = _read(connection)
            found.pop(address, None)
            if made_ms is not None:
                found[address] = made_ms
            stored = dict(list(found.items())[-MOST:])
            small_tables.put_note(connection, _NOTE, json.dumps(stored) if stored else None)

        try:
            await self._store.write(change)
        except BusyError as error:  # the request may then be a stray
            log.info("cannot announce a connection: %s", error)


def _read(connection: sqlite3.Connection) -> dict[str, int]:
    text = small_tables.note(connection, _NOTE) or "{}"
    if len(text) > MOST * _LONGEST:  # it is read for each stray request
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # a file can come from anyone
        return {}
    pairs = list(found.items())[-MOST:] if isinstance(found, dict) else []
    return {address: made_ms for address, made_ms in pairs if type(made_ms) is int}
