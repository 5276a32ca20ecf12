"""Try combinations of faults, the fewest and most frequent first, until one makes the digest that came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from inspector.domain.signature.diagnosis.candidates import Ending, Key, Message, endings, keys, messages
from inspector.domain.signature.diagnosis.context import DiagnosisContext
from inspector.domain.signature.diagnosis.digest_forms import Algorithm, Hash
from inspector.domain.signature.finding import Finding

MAX_FAULTS = 5
"""Of all families together; how a digest is written may take two of them."""
_MAX_WITHOUT_WRITING = 3
_LATELY = -1_000_000
"""Added to the rank of what was proved of late: what failed once fails again for the same reason."""
_WIDTH = (1000, 1000, 300, 60, 60, 60)
"""So many keys and messages of the highest rank take part where there are so many faults in all."""

# Work is counted, not timed, so that the same case always has the same outcome. The unit is a byte
# hashed: about 0.6 ns where the processor has instructions for SHA-256, 2 where not. A digest costs about
# 3,000 more however short its message is, printing a body 8 per byte, copying it 1.
_DIGEST_COST = 3_000
_MAKING_COST = 8
_COPYING_COST = 1
_SHARED_FROM = 16_384
"""Of so long a message the hash is kept, to go on from."""
_LARGE = 4 * 2**20
"""Of a longer body the printings come last: one costs as much as eight digests, and memory."""
_LAST = 1_000_000
"""Added to the rank of those."""
_BUDGET = 90_000_000
_BUDGET_A_BYTE = 3_000
_MAX_BUDGET = 2_000_000_000


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How a search ended."""

    faults: tuple[Finding, ...] | None = None
    """What is proved; None where nothing matched."""
    is_digest: bool = True
    """The signature has the form of a digest."""
    tried: int = 0
    """Digests that were made."""
    ruled_out: set[str] = field(default_factory=set)
    """Codes of the faults that, alone, are not the cause."""
    is_complete: bool = True
    """Nothing was left out for being too much work."""
    secret: str | None = None
    """The name of the active secret that it is proved with."""
    signed: bytes | None = None
    """What was signed, where it is proved and not what came."""


def search(scene: DiagnosisContext) -> Outcome:
    """The first proof found, or what was ruled out."""
    outcome = Outcome()
    ends = endings(scene)
    if not ends:
        outcome.is_digest = False
        return outcome
    work = _Work(scene)
    for total in range(MAX_FAULTS + 1):
        alone: set[str] = set()
        for key, message, end in work.combinations(total, ends):
            body = work.bytes_of(message)
            digest = None if body is None else work.digest(end.algorithm, key.key, message)
            if work.is_over:
                outcome.is_complete = False
                return outcome
            if digest is None:
                continue
            outcome.tried += 1
            written = end.reading(digest)
            if written is not None:
                of_body = message.faults if message.named is None or body is None else message.named(body)
                outcome.faults = (*key.faults, *of_body, *message.told, *end.faults, *written)
                outcome.secret = key.secret
                outcome.signed = body if message.faults else None
                return outcome
            if total == ends[0].count + 1:
                alone.update(fault.code for part in (key, message, end) for fault in part.faults)
        outcome.ruled_out |= alone
    return outcome


class _Work:
    """The candidates of one case, and how much may still be done."""

    def __init__(self, scene: DiagnosisContext) -> None:
        self._lately = scene.lately_proved
        self._size = len(scene.body)
        self._keys = sorted(keys(scene), key=self._rank)
        self._messages = sorted(messages(scene), key=self._rank)
        self._made: dict[bytes, Message] = {}
        self._begun: dict[tuple[tuple[str, bytes | None], int], Hash] = {}
        self._budget = min(_BUDGET + _BUDGET_A_BYTE * self._size, _MAX_BUDGET)
        # Made first, they are what two messages of the same bytes are named by.
        for message in self._messages:
            if not message.faults:
                self.bytes_of(message)
        for message in self._messages:
            if message.is_near and self._size <= _LARGE:
                self.bytes_of(message)

    @property
    def is_over(self) -> bool:
        """Nothing more may be done."""
        return self._budget < 0

    def afford(self, cost: int) -> bool:
        """Take `cost` from what is left; False once there is not enough."""
        self._budget -= cost
        return self._budget >= 0

    def bytes_of(self, message: Message) -> bytes | None:
        """The message's bytes; None where it cannot be made, or another one is the same."""
        if not message.is_made:
            message.is_made = True
            cost = _COPYING_COST if message.is_near else _MAKING_COST
            if message.faults and not self.afford(cost * self._size):
                return None
            body = message.make()
            if body is not None and body not in self._made:
                message.base = self._base_of(body)
                self._made[body] = message
                message.body = body
        return message.body

    def _base_of(self, body: bytes) -> Message | None:
        """The first large message that `body` begins with."""
        for made, message in self._made.items():
            if len(made) >= _SHARED_FROM and message.base is None and body.startswith(made):
                return message
        return None

    def digest(self, algorithm: Algorithm, key: bytes, message: Message) -> str | None:
        """Of a message that was made; None where it is too much work.

        A large one is hashed up to where others go on from it (a newline, the secret), once for them all.
        """
        body = message.body or b""
        if len(body) < _SHARED_FROM:
            return algorithm.make(key, body) if self.afford(len(body) + _DIGEST_COST) else None
        base = message.base or message
        common = base.body or b""
        place = (algorithm.shared(key), id(base))
        begun = self._begun.get(place)
        if not self.afford(_DIGEST_COST + len(body) - (len(common) if begun else 0)):
            return None
        if begun is None:
            begun = self._begun[place] = algorithm.begin(key)
            begun.update(common)
        return algorithm.end(begun, key, body[len(common) :])

    def combinations(self, total: int, ends: list[Ending]) -> Iterator[tuple[Key, Message, Ending]]:
        """Each key, message and ending that have `total` faults together, the most frequent first."""
        width = _WIDTH[total]
        found: list[tuple[int, Key, Message, Ending]] = []
        for end in ends:
            rest = total - end.count
            if rest < 0 or rest + len(end.faults) > _MAX_WITHOUT_WRITING:
                continue
            for of_key in range(rest + 1):
                the_keys = [key for key in self._keys if len(key.faults) == of_key][:width]
                if not end.algorithm.uses_key:
                    the_keys = the_keys[:1] if of_key == 0 else []
                the_messages = [one for one in self._messages if len(one.faults) == rest - of_key][:width]
                ranked = [(self._rank(message), message) for message in the_messages]
                for key in the_keys:
                    first = self._rank(key) + self._rank(end)
                    found += [(first + rank, key, message, end) for rank, message in ranked]
        found.sort(key=itemgetter(0))
        return ((key, message, end) for _, key, message, end in found)

    def _rank(self, part: Key | Message | Ending) -> int:
        is_lately = part.faults and all(fault.code in self._lately for fault in part.faults)
        is_printing = isinstance(part, Message) and part.faults and not part.is_near
        is_last = is_printing and self._size > _LARGE
        return part.rank + (_LATELY if is_lately else 0) + (_LAST if is_last else 0)
