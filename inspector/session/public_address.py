"""The public address under which senders reach this listener."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.signals import Signal
from inspector.base.visible import visible
from inspector.domain.replay.address_text import typed_url
from inspector.store.store import Store
from inspector.store.write import small_tables

MAX_LENGTH = 2_000
_NOTE = "public-address"


def public_address(text: str) -> str:
    """Return the pasted `text` without surrounding white space, with https:// if it has no scheme.

    The rest is shown and copied as it was pasted. Raises UsageError if it is not an address.
    """
    url = typed_url(text, "https")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest:
        raise UsageError("This is not a public address. Paste one such as https://quiet-river.example.com.")
    if len(url) > MAX_LENGTH:
        raise UsageError(f"A public address has at most {MAX_LENGTH:,} characters. Check what you pasted.")
    if visible(url) != url or any(character.isspace() for character in url):
        raise UsageError("This address contains a space or a hidden character. Paste it again without it.")
    return url


class PublicAddress:
    """The public address. It is stored with the file, because the sender's dashboard keeps using it."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[str | None] = Signal("address.changed")
        self._store = store
        self._text = store.read(lambda connection: small_tables.note(connection, _NOTE))

    @property
    def text(self) -> str | None:
        """The address as `public_address` returned it, or None."""
        return self._text

    async def set(self, text: str | None) -> None:
        """Store a pasted address, or remove it with None. Raises UsageError if the text is not an address."""
        if text is not None:
            text = public_address(text)
        await self._store.write(lambda connection: small_tables.put_note(connection, _NOTE, text))
        self._text = text
        self.changed.emit(text)
