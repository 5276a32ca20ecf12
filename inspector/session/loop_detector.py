"""Whether what a forward delivers comes back by way of its target: another program that forwards here.

An attempt has its answer long before the request is back, so nothing that is under way tells. A sender that
repeats itself looks the same from here, too, until a delivery is held back for a while: who depends on it
stays silent, and anybody else does not.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

ROUNDS = 5
"""So often it has to have come right after it was delivered, before a delivery is held back."""
SOON_S = 1.0
"""A request that comes back does so while its delivery is in flight, or this soon after it was sent."""
HOLD_S = 2.0
PROOFS = 2
"""So often silence and return have to follow one another."""
INNOCENT_S = 600.0
"""So long what came while it was held back is not suspected again."""
MOST = 256
"""Requests that are remembered."""
_HASHED = 64 * 1024

Key = tuple[str, int, bytes]


@dataclass(slots=True, kw_only=True)
class _Seen:
    """One request, as it was delivered and came."""

    left_at: float = 0.0
    is_out: bool = False
    """It was delivered, and has not come since."""
    is_in_flight: bool = False
    rounds: int = 0
    proofs: int = 0
    is_held: bool = False
    was_held: bool = False
    """Its last delivery was held back, and it did not come meanwhile."""
    innocent_until: float = 0.0


class Echo:
    """Of one forward. Times are seconds of one clock, whichever it is."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Key, _Seen] = OrderedDict()

    def hold_s(self, method: str, body: bytes, now: float) -> float:
        """How long this delivery is to be held back, after which `deliver` follows."""
        seen = self._of(method, body)
        if seen.rounds < ROUNDS or now < seen.innocent_until:
            return 0.0
        seen.is_held = True
        return HOLD_S

    def deliver(self, method: str, body: bytes, now: float) -> None:
        """It leaves now."""
        seen = self._of(method, body)
        seen.was_held, seen.is_held = seen.is_held, False
        seen.left_at, seen.is_out, seen.is_in_flight = now, True, True

    def end(self, method: str, body: bytes) -> None:
        """Its delivery has ended."""
        seen = self._seen.get(_key(method, body))
        if seen is not None:
            seen.is_in_flight = False

    def came(self, method: str, body: bytes, now: float) -> bool:
        """Note an arrival; true once it proves that deliveries come back. One repetition is a retry."""
        seen = self._seen.get(_key(method, body))
        if seen is None:
            return False
        is_soon = seen.left_at <= now and (seen.is_in_flight or now <= seen.left_at + SOON_S)
        if seen.is_held or not seen.is_out or not is_soon:  # nothing made it come
            seen.rounds = seen.proofs = 0
            if seen.is_held or seen.was_held:
                seen.innocent_until = now + INNOCENT_S
            seen.is_held = seen.was_held = seen.is_out = False
            return False
        seen.is_out = False
        seen.rounds += 1
        seen.proofs += seen.was_held
        if seen.proofs < PROOFS:
            return False
        seen.rounds = seen.proofs = 0
        return True

    def _of(self, method: str, body: bytes) -> _Seen:
        key = _key(method, body)
        seen = self._seen.setdefault(key, _Seen())
        self._seen.move_to_end(key)
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return seen


def _key(method: str, body: bytes) -> Key:
    return method, len(body), blake2b(body[:_HASHED], digest_size=16).digest()
