"""The public address under which senders reach this listener."""

from __future__ import annotations

from inspector.base.signals import Signal
from inspector.store.store import Store
from inspector.store.write import small_tables
from inspector.tunnel.pasted import public_address

_NOTE = "public-address"


class PublicAddress:
    """Kept with the file, since a dashboard goes on using it."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[str | None] = Signal("address.changed")
        self._store = store
        self._text = store.read(lambda connection: small_tables.note(connection, _NOTE))

    @property
    def text(self) -> str | None:
        """As `public_address` returns what was pasted; None if there is none."""
        return self._text

    async def set(self, text: str | None) -> None:
        """Keep a pasted address, or forget it with None. Raises UsageError if the text is not an address."""
        if text is not None:
            text = public_address(text)
        await self._store.write(lambda connection: small_tables.put_note(connection, _NOTE, text))
        self._text = text
        self.changed.emit(text)
