"""Detects that the deliveries of a forward return here while the target still processes them.

Any program behind the target can send them on. A target that responds first and sends later looks like a
sender that repeats itself. Therefore only arrivals during a delivery count.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

ROUNDS = 10
"""Consecutive deliveries during each of which the same request arrives. A sender retries less often."""
MAX_REQUESTS = 256
"""Maximum number of remembered requests."""
_HASHED_BYTES = 64 * 1024

LOOP_PAUSE_S = 60.0
"""The first pause of a forward whose deliveries return here. Each one that follows soon is twice as long."""
LONGEST_LOOP_PAUSE_S = 900.0

Key = tuple[str, int, bytes]
"""Method, length of the body and a hash of its beginning."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """One delivered request."""

    is_in_flight: bool = False
    has_returned: bool = False
    """Whether it arrived during its current delivery. Further copies do not count."""
    rounds: int = 0


class LoopDetector:
    """The latest deliveries of one forward."""

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
        """Note that a delivery of this request has ended. A delivery without a return ends the series."""
        seen = self._seen.get(_key(method, body))
        if seen is not None:
            seen.is_in_flight = False
            if not seen.has_returned:
                seen.rounds = 0

    def arrived(self, method: str, body: bytes) -> bool:
        """Note an arrival. Return whether it shows that deliveries return here."""
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


class LoopPauses:
    """How long each forward pauses when its deliveries return here."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[float, float]] = {}
        """The seconds of the last pause, and until when the next one is twice as long."""

    def next_s(self, forward_id: int) -> float:
        """Return the seconds of the next pause."""
        now = time.monotonic()
        last_s, until = self._last.get(forward_id, (0.0, 0.0))
        seconds = min(last_s * 2, LONGEST_LOOP_PAUSE_S) if now < until else LOOP_PAUSE_S
        self._last[forward_id] = (seconds, now + seconds + LONGEST_LOOP_PAUSE_S)
        return seconds

    def forget(self, forward_id: int) -> None:
        """Start again with the shortest pause."""
        self._last.pop(forward_id, None)
