"""Every combination of a key, a message and a digest that a receiver may compute, and which are left."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from inspector.domain.receiver.search.hypotheses import (
    RAW,
    STRINGIFIED,
    DigestForm,
    KeyForm,
    Message,
    MessageForm,
    digest_forms_of_receivers,
    key_forms,
    messages_of,
)
from inspector.domain.receiver.search.probes import BodyKind, ReceiverCase, kinds_of
from inspector.domain.signature.finding import Finding

_LEAST_MASS = 4e-5
"""A rarer combination is not worth a request."""
_DOUBT = 0.012
"""The share of combinations that is left after a rejected `{}` or `[1]`, which may be rejected for another
reason."""
_USUAL = 0.7
"""The share of a cause's variants, by frequency, that must be tried to rule it out."""
_AS_OTHER_SERVICES = 4.0
"""How much more frequent a decoded key and a base64 digest are together, as other services have both."""
_SUSPECTED = 4.0
_EXCLUDED_LENGTH = 0.02
"""Factors for causes that a response suggests, and for digests whose length a comparison excludes."""

_WITH_EVERY_FORM = ("plain", "object", "event", "rich")
"""Kinds of events that together have every form."""

Place: TypeAlias = tuple[int, int]
"""The numbers of a key and a digest; (0, 0) are the documented ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one request tries: all these messages with one key and one digest."""

    kind: str
    mask: int
    """The message forms, as bits. All of them sign the same bytes for this kind of event."""
    place: Place


class Combinations:
    """The combinations with their frequencies."""

    def __init__(self, case: ReceiverCase, *, as_completions: bool = False) -> None:
        """With `as_completions`, the made-up events are completions, not answers."""
        self.keys: list[KeyForm] = key_forms(case)
        self.digests: list[DigestForm] = digest_forms_of_receivers()
        self.kinds: dict[str, BodyKind] = {
            kind.name: kind for kind in kinds_of(case, as_completions=as_completions)
        }
        self.trust: dict[str, float] = {"plain": 1.0, "event": 0.9}
        """How much a rejected event of each kind that is used for searching says about a combination."""
        self.is_changed = False
        """Whether frequencies have changed since `order`."""
        self._key_weights = [one.weight for one in self.keys]
        self._digest_weights = [one.weight for one in self.digests]
        self._pairs = {
            (number, other): _AS_OTHER_SERVICES
            for number, key in enumerate(self.keys)
            for other, digest in enumerate(self.digests)
            if _is_decoded(key) and [fault.code for fault in digest.faults] == ["digest-base64"]
        }
        self._forms: list[MessageForm] = []
        self._weights: list[float] = []
        self._bits: dict[MessageForm, int] = {}
        self._classes: dict[str, dict[bytes, int]] = {}
        self._read_forms()
        self._sums: dict[int, float] = {}
        self._excluded: dict[Place, int] = {}
        self._doubted: dict[Place, int] = {}

    def _read_forms(self) -> None:
        for name in _WITH_EVERY_FORM:
            if name in self.kinds:
                for form in messages_of(self.kinds[name].make(0)):
                    if form not in self._bits:
                        self._bits[form] = len(self._forms)
                        self._forms.append(form)
                        self._weights.append(form.weight)

    def _classes_of(self, kind: str) -> dict[bytes, int]:
        """Return the forms by the bytes that they sign. Computed on first use, because it takes 20 ms."""
        classes = self._classes.get(kind)
        if classes is None:
            classes = self._classes[kind] = {}
            body = self.kinds[kind].make(0)
            made = messages_of(body)
            for form, bit in self._bits.items():
                message = made.get(form)
                text = None if message is None else message.make()
                if message is None and "body-charset" in form.codes and body.isascii():
                    text = body  # the charset makes no difference
                if text is not None:
                    classes[text] = classes.get(text, 0) | 1 << bit
        return classes

    # ---- messages

    @property
    def events(self) -> list[str]:
        """The kinds of complete events."""
        return [name for name, kind in self.kinds.items() if kind.is_event]

    def classes(self, kind: str) -> Iterable[int]:
        """Return the sets of forms that sign the same bytes for events of a kind."""
        return self._classes_of(kind).values() if kind in self.kinds else ()

    def class_of(self, kind: str, form: MessageForm) -> int:
        """Return the forms that sign the same bytes as `form`; 0 if it cannot be used for this kind."""
        bit = 1 << self._bits[form] if form in self._bits else 0
        return next((mask for mask in self.classes(kind) if mask & bit), 0)

    def forget(self, kind: str) -> None:
        """Use no more events of a kind."""
        self._classes[kind] = {}

    def forms(self, mask: int) -> Iterator[MessageForm]:
        """Yield the forms of a set."""
        while mask:
            low = mask & -mask
            yield self._forms[low.bit_length() - 1]
            mask ^= low

    def best(self, mask: int) -> MessageForm:
        """Return the most frequent form of a set."""
        return max(self.forms(mask), key=lambda form: self._weights[self._bits[form]])

    def more_frequent(self, mask: int, form: MessageForm) -> list[MessageForm]:
        """Return the forms of a set that are more frequent than `form`."""
        weight = self._weights[self._bits[form]]
        return [one for one in self.forms(mask) if self._weights[self._bits[one]] > weight]

    def sum(self, mask: int) -> float:
        """Return the frequency of a set."""
        found = self._sums.get(mask)
        if found is None:
            found = self._sums[mask] = sum(self._weights[self._bits[form]] for form in self.forms(mask))
        return found

    def documented(self, kind: str) -> int:
        """Return the forms that sign the same bytes of an event of a kind as documented."""
        if kind in self.kinds:
            return self.class_of(kind, RAW)
        return 1 << self._bits[RAW] | 1 << self._bits[STRINGIFIED]

    # ---- frequencies

    def order(self) -> list[tuple[float, int, Choice]]:
        """Return a heap of everything that can be tried, with its greatest possible frequency."""
        self.is_changed = False
        found: list[tuple[float, int, Choice]] = []
        for kind, trust in self.trust.items():
            if kind not in self.kinds:  # the event cannot be printed in other ways
                continue
            masses = [(trust * self.sum(mask), mask) for mask in self.classes(kind)]
            for key, of_key in enumerate(self._key_weights):
                for digest, of_digest in enumerate(self._digest_weights):
                    if key and not self.digests[digest].algorithm.uses_key:
                        continue
                    if not self.kinds[kind].is_event and _is_in_event(self.keys[key]):
                        continue
                    weight = of_key * of_digest * self._pairs.get((key, digest), 1.0)
                    least = _LEAST_MASS / weight
                    for mass, mask in masses:
                        if mass > least:
                            choice = Choice(kind=kind, mask=mask, place=(key, digest))
                            found.append((-mass * weight, len(found), choice))
        heapq.heapify(found)
        return found

    def next(self, order: list[tuple[float, int, Choice]]) -> Choice | None:
        """Take the most frequent choice from the heap; None if nothing is left that is worth a request."""
        while order:
            _, number, choice = heapq.heappop(order)
            mass = self._mass(choice)
            if mass < _LEAST_MASS:
                continue
            if not order or mass >= -order[0][0]:
                return choice
            heapq.heappush(order, (-mass, number, choice))
        return None

    def _mass(self, choice: Choice) -> float:
        key, digest = choice.place
        mask = choice.mask & ~self._excluded.get(choice.place, 0)
        doubted = mask & self._doubted.get(choice.place, 0)
        left = self.sum(mask & ~doubted)
        if self.kinds[choice.kind].is_event:
            left += _DOUBT * self.sum(doubted)
        weight = self._key_weights[key] * self._digest_weights[digest] * self._pairs.get(choice.place, 1.0)
        return self.trust.get(choice.kind, 0.0) * left * weight

    def exclude(self, choice: Choice) -> None:
        """Note that the receiver rejected this choice."""
        found = self._excluded if self.kinds[choice.kind].is_event else self._doubted
        found[choice.place] = found.get(choice.place, 0) | choice.mask

    def left(self, mask: int, place: Place) -> int:
        """Return the forms of a set that are not excluded."""
        return mask & ~self._excluded.get(place, 0)

    def suspect(self, codes: Iterable[str]) -> None:
        """Try these causes earlier."""
        codes = set(codes)
        for place, form in enumerate(self._forms):
            if codes & set(form.codes):
                self._weights[place] *= _SUSPECTED
        for weights, parts in ((self._key_weights, self.keys), (self._digest_weights, self.digests)):
            for place, faults in enumerate([part.faults for part in parts]):
                if codes & {fault.code for fault in faults}:
                    weights[place] *= _SUSPECTED
        self._sums.clear()
        self.is_changed = True

    def distrust(self, kind: str) -> None:
        """Use no more events of a kind for searching."""
        self.trust[kind] = 0.0
        self.is_changed = True

    def only_length(self, length: int) -> None:
        """Try digests of another length later."""
        for place in range(len(self.digests)):
            if self.length(place) != length:
                self._digest_weights[place] *= _EXCLUDED_LENGTH
        self.is_changed = True

    def length(self, digest: int) -> int:
        """Return the length of a signature."""
        return len(self.digests[digest].value(b"k", b"m"))

    def faults(self, place: Place, message: Message | None) -> tuple[Finding, ...]:
        """Return the faults of a combination."""
        of_body = () if message is None else message.faults
        return (*self.keys[place[0]].faults, *of_body, *self.digests[place[1]].faults)

    def ruled_out(self) -> tuple[str, ...]:
        """Return the codes of causes that were tried alone, at least in their usual ways, and rejected."""
        return tuple(code for code, (tried, total) in self._alone().items() if tried >= _USUAL * total)

    @property
    def is_all_ruled_out(self) -> bool:
        """Whether every cause was tried alone and rejected."""
        return len(self.ruled_out()) == len(self._alone())

    def _alone(self) -> dict[str, tuple[float, float]]:
        """Return for each cause how frequent the tried variants are, and all of them."""
        raw = self._bits[RAW]
        tried = self._tried((0, 0))
        searchable = 0
        for kind in self.trust:
            for mask in self.classes(kind):
                searchable |= mask
        parts = [
            (form.codes, form.weight, bool(tried >> bit & 1))
            for form, bit in self._bits.items()
            if searchable >> bit & 1
        ]
        found = [(codes[0], weight, is_tried) for codes, weight, is_tried in parts if len(codes) == 1]
        alone = [((number, 0), key.faults, key.weight) for number, key in enumerate(self.keys)]
        alone += [((0, number), one.faults, one.weight) for number, one in enumerate(self.digests)]
        for place, faults, weight in alone:
            if len(faults) == 1:
                found.append((faults[0].code, weight, bool(self._tried(place) >> raw & 1)))
        found.append(("header-name", 1.0, bool(tried >> raw & 1)))
        totals: dict[str, tuple[float, float]] = {}
        for code, weight, is_tried in found:
            so_far, total = totals.get(code, (0.0, 0.0))
            totals[code] = (so_far + weight * is_tried, total + weight)
        return totals

    def _tried(self, place: Place) -> int:
        return self._excluded.get(place, 0) | self._doubted.get(place, 0)


def _is_decoded(key: KeyForm) -> bool:
    return any(fault.code == "secret-encoded" and "way" not in fault.detail for fault in key.faults)


def _is_in_event(key: KeyForm) -> bool:
    """Return whether the receiver takes this key from the event, so that it has none for `{}`."""
    return any(fault.code == "secret-is-app-key" for fault in key.faults)
