"""The public address under which senders reach this listener."""

from __future__ import annotations

from inspector.base.signals import Signal
from inspector.store import ledger
from inspector.store.store import Store
from inspector.tunnel import pasted

_NOTE = "public-address"


class PublicAddress:
    """Kept with the file, since a dashboard goes on using it."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[str | None] = Signal("address.changed")
        self._store = store
        self._text = store.read(lambda connection: ledger.note(connection, _NOTE))

    @property
    def text(self) -> str | None:
        """Exactly as it was pasted; null where there is none."""
        return self._text

    async def set(self, text: str | None) -> None:
        """Keep an address, or forget it with None; raises UsageError where the text is no address."""
        if text is not None:
            pasted.check(text)
        await self._store.write(lambda connection: ledger.put_note(connection, _NOTE, text))
        self._text = text
        self.changed.emit(text)
