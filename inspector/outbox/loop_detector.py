"""Detects that the deliveries of a forward come back here while the target still processes them.

Any program behind the target can send them on. A target that responds first and sends later looks the same
from here as a sender that repeats itself, so only arrivals during a delivery count.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

ROUNDS = 10
"""Consecutive deliveries during each of which the same request arrives: more than a sender retries."""
MAX_REQUESTS = 256
"""Requests that are remembered."""
_HASHED_BYTES = 64 * 1024

Key = tuple[str, int, bytes]
"""Method, length of the body and a hash of its beginning."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """One request that was delivered."""

    is_in_flight: bool = False
    has_returned: bool = False
    """It arrived during its current delivery. Further copies do not count."""
    rounds: int = 0


class LoopDetector:
    """Remembers the latest deliveries of one forward."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Key, _Seen] = OrderedDict()

    def began(self, method: str, body: bytes) -> None:
        """Note that a delivery of this request leaves now."""
        key = _key(method, body)
        seen = self._seen.setdefault(key, _Seen())
        seen.is_in_flight, seen.has_returned = True, False
        self._seen.move_to_end(key)
        if len(self._seen) > MAX_REQUESTS:
            self._seen.popitem(last=False)

    def ended(self, method: str, body: bytes) -> None:
        """Note that its delivery has ended. A delivery without a return ends the series."""
        seen = self._seen.get(_key(method, body))
        if seen is not None:
            seen.is_in_flight = False
            if not seen.has_returned:
                seen.rounds = 0

    def arrived(self, method: str, body: bytes) -> bool:
        """Note an arrival, and return whether it shows that deliveries come back."""
        seen = self._seen.get(_key(method, body))
        if seen is None or not seen.is_in_flight or seen.has_returned:
            return False
        seen.has_returned = True
        seen.rounds += 1
        if seen.rounds < ROUNDS:
            return False
        seen.rounds = 0
        return True


def _key(method: str, body: bytes) -> Key:
    return method, len(body), blake2b(body[:_HASHED_BYTES], digest_size=16).digest()
