"""What can be offered to who types a filter."""

from __future__ import annotations

from functools import partial

from inspector.domain.query.completion import MOST, Offer, Place, known_offers, place_at, value_offers
from inspector.store.query import suggestions
from inspector.store.store import Store


class Completion:
    """Names of fields, known words, and values that exist in the file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def offers(self, text: str, cursor: int) -> tuple[Place, list[Offer]] | None:
        """What could stand where the cursor is, None where nothing could."""
        place = place_at(text, cursor)
        if place is None:
            return None
        offers = known_offers(place)
        if place.field is not None and place.field.stored is not None:
            look = partial(suggestions.values, stored=place.field.stored, typed=place.typed, limit=MOST)
            offers += value_offers(place, await self._store.fetch(look))
        return (place, offers) if offers else None
