"""Saved filters: list, add, change, move and remove them, and switch their bells.

They are settings, not data of a capture file: the same filters apply to every file, a bell belongs to the
user, and a shared file must not alert anyone else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from inspector.base.errors import NotFound, UsageError, did_you_mean
from inspector.base.signals import Signal
from inspector.base.visible import shortened, visible
from inspector.domain.query.saved_filter import MAX_FILTERS, MAX_NAME, SavedFilter
from inspector.session.preferences import Preferences
from inspector.settings.settings import Settings

SETTING = "saved_filters"


def stored_filters(settings: Iterable[tuple[str, str]] = ()) -> Filters:
    """Return the saved filters without a session. `settings` are overrides of the command line."""
    return Filters(Preferences(Settings(settings)))


class Filters:
    """The saved filters, in the order of the user."""

    def __init__(self, preferences: Preferences) -> None:
        self.changed: Signal[None] = Signal("filters.changed")
        self._preferences = preferences
        preferences.changed.connect(self._changed)

    def all(self) -> tuple[SavedFilter, ...]:
        """Return every saved filter."""
        return self._preferences.saved_filters

    def find(self, name: str) -> SavedFilter:
        """Return the filter with this name, whatever its case. Raises NotFound, with the nearest name."""
        for one in self.all():
            if one.name.casefold() == name.strip().casefold():
                return one
        names = [one.name for one in self.all()]
        guess = did_you_mean(name, names) or " Run `filters` to see the names."
        raise NotFound(f"There is no saved filter “{visible(shortened(name, MAX_NAME))}”.{guess}")

    def resolved(self, text: str) -> str:
        """Return a query in which `@NAME` as a whole is the saved filter of this name. Raises NotFound."""
        if not text.strip().startswith("@"):
            return text
        found = self.find(text.strip()[1:])
        if not found.query:
            raise UsageError(f"“{found.name}” is about silence and selects no captures. Use another filter.")
        return found.query

    async def add(self, new: SavedFilter) -> SavedFilter:
        """Add a filter at the end. Raises UsageError if it is not valid or its name is taken."""
        await self._preferences.refresh()
        new = new.checked()
        every = self.all()
        if len(every) >= MAX_FILTERS:
            raise UsageError(f"There are {MAX_FILTERS} saved filters, which is the maximum. Remove one.")
        self._refuse_taken(new.name, every)
        await self._save((*every, new))
        return new

    async def change(self, name: str, new: SavedFilter) -> SavedFilter:
        """Replace a filter, also under another name. Raises NotFound or UsageError."""
        await self._preferences.refresh()
        old, new = self.find(name), new.checked()
        self._refuse_taken(new.name, [one for one in self.all() if one != old])
        await self._save([new if one == old else one for one in self.all()])
        return new

    async def put(self, new: SavedFilter) -> SavedFilter:
        """Add a filter, or replace the one with this name."""
        is_known = any(one.name.casefold() == new.checked().name.casefold() for one in self.all())
        return await (self.change(new.name, new) if is_known else self.add(new))

    async def toggle_bell(self, name: str) -> SavedFilter:
        """Switch a bell on, or mute it. Raises NotFound."""
        return await self.change(name, self.find(name).with_next_bell())

    async def rename(self, name: str, new_name: str) -> SavedFilter:
        """Give a filter another name. Raises NotFound or UsageError."""
        return await self.change(name, replace(self.find(name), name=new_name))

    async def remove(self, name: str) -> tuple[SavedFilter, int]:
        """Remove a filter, and return it with its place for `restore`. Raises NotFound."""
        await self._preferences.refresh()
        found = self.find(name)
        place = self.all().index(found)
        await self._save([one for one in self.all() if one != found])
        return found, place

    async def restore(self, removed: SavedFilter, place: int) -> None:
        """Insert a removed filter at its place."""
        await self._preferences.refresh()
        every = list(self.all())
        self._refuse_taken(removed.name, every)
        every.insert(place, removed)
        await self._save(every)

    async def move(self, name: str, by: int) -> None:
        """Move a filter up (negative) or down in the order. Raises NotFound."""
        await self._preferences.refresh()
        found, every = self.find(name), list(self.all())
        place = every.index(found)
        every.insert(min(max(place + by, 0), len(every) - 1), every.pop(place))
        await self._save(every)

    def _refuse_taken(self, name: str, every: Sequence[SavedFilter]) -> None:
        if any(one.name.casefold() == name.casefold() for one in every):
            raise UsageError(f"There is already a filter “{name}”. Use another name.")

    async def _save(self, every: Sequence[SavedFilter]) -> None:
        await self._preferences.save(SETTING, [one.text for one in every])

    def _changed(self, name: str) -> None:
        if name == SETTING:
            self.changed.emit(None)
