"""The user's changes of the secrets. Each re-verifies the stored captures, and the last one can be undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from inspector.base.signals import Signal
from inspector.base.visible import visible
from inspector.session.signature.given_secret import SecretRow
from inspector.session.signature.secrets import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretChange:
    """A change that can be undone."""

    words: str
    """What was done, such as `Added production`."""
    name: str
    undo: Callable[[], Awaitable[object]] = field(repr=False)


class SecretChanges:
    """Adds, switches, corrects and removes secrets.

    The check of the stored captures has started when a method returns; `Verification.wait` waits for its end.
    """

    def __init__(self, secrets: Secrets) -> None:
        self.changed: Signal[None] = Signal("secret_changes.changed")
        """Emitted when `last` changed."""
        self.last: SecretChange | None = None
        """The last change, until it is undone or followed by one that cannot be undone."""
        self._secrets = secrets

    async def add(self, name: str, text: str, *, save: bool, is_generated: bool = False) -> None:
        """Use a secret from now on; arguments and errors are those of `Secrets.add`."""
        await self._secrets.add(name, text, save=save, is_generated=is_generated)
        self._note("Added", name.strip(), self._secrets.remove)

    async def switch(self, name: str, is_active: bool) -> None:
        """Use a secret, or stop using it."""
        await self._secrets.set_active(name, is_active)
        back = partial(self._secrets.set_active, is_active=not is_active)
        self._note("Activated" if is_active else "Deactivated", name, back)

    async def correct(self, name: str, text: str) -> None:
        """Replace the text of a secret. Raises InspectorError."""
        before = await self._secrets.correct(name, text)
        self._note("Corrected", name, partial(self._secrets.correct, text=before))

    async def remove(self, name: str) -> None:
        """Remove a secret. This can be undone if its text is known."""
        known = {one.name: one for one in (*self._secrets.inactive, *self._secrets.active)}
        row = next((row for row in self._secrets.names() if row.name == name), None)
        is_generated = self._secrets.is_generated(name)
        await self._secrets.remove(name)
        if row is None or name not in known:
            self._set(None)
        else:
            back = partial(self._restore, row, known[name].text, is_generated=is_generated)
            self._note("Removed", name, back)

    async def _restore(self, row: SecretRow, text: str, name: str, *, is_generated: bool) -> None:
        if row.origin == "saved":
            await self._secrets.add(name, text, save=True, is_generated=is_generated)
        else:
            self._secrets.give(name, text, row.origin)
        await self._secrets.set_active(name, row.is_active)

    async def undo(self) -> str:
        """Undo the last change, and return what was undone as a sentence; empty if there is none."""
        change = self.last
        if change is None:
            return ""
        self._set(None)
        await change.undo()
        return f"Undone: {change.words[0].lower()}{change.words[1:]}."

    def _note(self, verb: str, name: str, back: Callable[[str], Awaitable[object]]) -> None:
        words = f"{verb} the secret {visible(name)}"
        self._set(SecretChange(words=words, name=name, undo=partial(back, name)))

    def _set(self, change: SecretChange | None) -> None:
        self.last = change
        self.changed.emit(None)
