"""The proof of what a receiver computes, after it accepted an event: its header, its message, and only the
faults that are needed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace

from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause
from inspector.domain.receiver.search import causes_found
from inspector.domain.receiver.search.causes_found import CombinedCause
from inspector.domain.receiver.search.combinations import Place
from inspector.domain.receiver.search.hypotheses import RAW, MessageForm, messages_of
from inspector.domain.receiver.search.prober import ProbeHit, Prober, SearchStoppedError
from inspector.domain.receiver.search.probes import DOCUMENTED, HEADERS, Probe, headers_with

RESERVED = 10
"""Requests that a proof may take."""

_CONTROLS = 4
"""The number of wrong signatures that must be rejected, each after a right one that is accepted."""
_MOST_KINDS = 4
_LEAST_FOR_PROOF = 8
"""Requests that are left for the proof after all other questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """What the receiver probably computes."""

    form: MessageForm
    place: Place
    header: str


@dataclass(slots=True)
class _Evidence:
    """What was found for one explanation."""

    bodies: set[bytes] = field(default_factory=set)
    """The distinct events that were accepted."""
    controls: int = 0
    """The number of wrong signatures that were rejected."""
    probe: int | None = None
    is_compared: bool = False
    """Whether an accepted event was rejected without each of its faults."""


class Proof:
    """Explains one hit by further requests."""

    def __init__(self, prober: Prober) -> None:
        self._prober = prober
        self._space = prober.space
        self._found = _Evidence()
        self._rejected: list[str] = []
        """The kinds of events that were rejected although they were signed as documented."""
        self._kinds: set[str] = set()
        """The kinds of events that were accepted as the candidate prints them."""
        self._is_incomplete = False
        """Whether the event was rejected although it was signed in the way that was found."""
        self._is_cut = False
        """Whether requests for a narrower answer are missing."""

    def explain(self, hit: ProbeHit) -> Generator[Probe, Reply, tuple[ReceiverCause, ...]]:
        """Narrow a hit down to its header and its message, prove them, and drop faults that are not
        needed."""
        space = self._space
        place = hit.choice.place
        mask = space.left(hit.choice.mask, place) or hit.choice.mask
        header = DOCUMENTED
        self._found.probe = hit.probe
        if hit.header is not None:
            header = hit.header
        elif hit.is_accepted:
            header, place = yield from self._header(hit.choice.kind, space.best(mask), place)
        if header == DOCUMENTED and place == (0, 0):
            mask &= ~space.documented("event")  # the valid event was rejected
        before = mask
        mask = yield from self._narrowed(mask, place, header, is_accepted=hit.is_accepted)
        if not mask:
            return (yield from self._unclear())
        candidate = _Candidate(form=space.best(mask), place=place, header=header)
        if hit.is_accepted:
            if not (yield from self._is_told_apart(candidate, before & ~mask)):
                if self._prober.left < _LEAST_FOR_PROOF:  # too few requests were left to narrow it down
                    raise SearchStoppedError
                return (yield from self._unclear())
            candidate = yield from self._prove(candidate)
            if len(self._found.bodies) < 2 or self._is_incomplete:
                if self.is_out_of_requests:
                    raise SearchStoppedError
                return (yield from self._unclear())
        return self._causes(candidate, mask, is_accepted=hit.is_accepted)

    @property
    def is_out_of_requests(self) -> bool:
        """Whether a proof failed only because no more requests may be sent."""
        return self._is_cut or self._prober.left < 2

    def _causes(self, candidate: _Candidate, mask: int, *, is_accepted: bool) -> tuple[ReceiverCause, ...]:
        form, found = candidate.form, self._found
        same = [one.dialect for one in self._space.forms(mask) if one.codes == form.codes]
        kind = next(iter(self._kinds_for(form)), "plain")
        message = messages_of(self._space.kinds[kind].make(0)).get(form)
        return causes_found.causes(
            CombinedCause(
                faults=self._space.faults(candidate.place, message),
                dialects=tuple(dialect for dialect in same if dialect is not None),
                header=None if candidate.header == DOCUMENTED else candidate.header,
                is_proved=is_accepted and len(found.bodies) >= 2 and found.controls >= 2,
                accepted=len(found.bodies),
                controls=found.controls,
                is_javascript=self._prober.is_javascript,
                is_compared=found.is_compared,
                probe=found.probe,
            )
        )

    def _unclear(self) -> Generator[Probe, Reply, tuple[ReceiverCause, ...]]:
        """Return that it accepts some events only. Raises SearchStoppedError if it now accepts one like that
        which it rejected, because then it has changed in the meantime."""
        if "event" in self._space.kinds:
            reply, _ = yield from self._prober.signed("event", RAW, (0, 0), DOCUMENTED)
            if reply.is_accepted:
                raise SearchStoppedError
        rejected = [self._space.kinds[name].words for name in self._rejected]
        return (causes_found.rejects_differently(rejected, self._found.probe),)

    def _header(
        self, kind: str, form: MessageForm, place: Place
    ) -> Generator[Probe, Reply, tuple[str, Place]]:
        """Find the header that the receiver reads, by halves."""
        reply, _ = yield from self._prober.signed(kind, form, place, DOCUMENTED)
        if reply.is_accepted:
            return DOCUMENTED, place
        names = list(HEADERS)
        while len(names) > 1:
            half = _half(names)
            reply = yield from self._prober.under(kind, form, place, half)
            names = half if reply.is_accepted else names[len(half) :]
        reply = yield from self._prober.under(kind, form, place, names)
        if not reply.is_accepted:
            raise SearchStoppedError
        return names[0], self._written_in(names[0], place)

    def _written_in(self, header: str, place: Place) -> Place:
        """Return the key and the digest as they are in a header that has its own form."""
        key, digest = self._space.keys[place[0]].key, self._space.digests[place[1]]
        value = headers_with(digest.value(key, b""), key, b"")[header]
        for number, one in enumerate(self._space.digests):
            if one.value(key, b"") == value:
                return place[0], number
        return place

    def _narrowed(
        self, mask: int, place: Place, header: str, *, is_accepted: bool
    ) -> Generator[Probe, Reply, int]:
        """Ask which of these messages it is, by events that they print differently. Return the remaining
        ones. Without `is_accepted`, a response unlike those to wrong signatures counts as acceptance."""
        space = self._space
        while mask:
            total = space.sum(mask)
            choices = [
                (min(part, total - part) * space.kinds[kind].frequency, kind, each)
                for kind in space.events
                for each in space.classes(kind)
                if each & mask and mask & ~each
                for part in (space.sum(each & mask),)
            ]
            if not choices:
                break
            if self._prober.left <= _LEAST_FOR_PROOF:
                self._is_cut = True
                break
            _, kind, each = max(choices, key=lambda choice: choice[0])
            form = space.best(each & mask)
            reply, body = yield from self._prober.signed(kind, form, place, header)
            is_refused = self._prober.is_refusal(kind, reply)
            if reply.is_accepted or not (is_accepted or is_refused):
                mask &= each
                if reply.is_accepted:
                    self._kinds.add(kind)
                    if each != space.documented(kind):
                        self._accept(body)
            elif is_refused:
                mask &= ~each
                if each == space.documented(kind):
                    self._rejected.append(kind)
            else:  # it fails on this event for another reason
                space.forget(kind)
        return mask

    def _is_told_apart(self, candidate: _Candidate, before: int) -> Generator[Probe, Reply, bool]:
        """Return whether events are accepted that no more frequent form of the set `before` prints alike.

        Those forms were excluded by rejections. If several instances respond, another one may have rejected.
        A kind of event at which the receiver fails in another way than by a rejection decides nothing.
        """
        form, space = candidate.form, self._space
        if form == RAW:
            return True
        rivals = space.more_frequent(before, form)
        usable = list(space.events)
        while usable:
            kinds = {name: [one for one in rivals if self._differ(name, form, one)] for name in usable}
            told_apart = [one for name in self._kinds for one in kinds.get(name, ())]
            rivals = [one for one in rivals if one not in told_apart]
            name = max(kinds, key=lambda name: sum(one in rivals for one in kinds[name]))
            if not any(one in rivals for one in kinds[name]):
                return True
            reply, body = yield from self._prober.signed(name, form, candidate.place, candidate.header)
            if not reply.is_accepted and self._prober.is_refusal(name, reply):
                return False
            if not reply.is_accepted:
                usable.remove(name)
                continue
            self._kinds.add(name)
            if space.class_of(name, form) != space.documented(name):
                self._accept(body)
        return True

    def _differ(self, kind: str, form: MessageForm, other: MessageForm) -> bool:
        one, two = (self._space.class_of(kind, each) for each in (form, other))
        return bool(one and two and one != two)

    def _accept(self, body: bytes) -> None:
        self._found.bodies.add(body)
        self._found.probe = self._prober.sent - 1

    def _kinds_for(self, form: MessageForm) -> list[str]:
        """Return the kinds of events that prove a message: it differs from the body, if it is a fault."""
        names = dict.fromkeys(("event", "rich", *self._space.events))
        made = [name for name in names if self._space.class_of(name, form)]
        if not form.codes:
            return made
        return [name for name in made if self._space.class_of(name, form) != self._space.documented(name)]

    def _prove(self, candidate: _Candidate) -> Generator[Probe, Reply, _Candidate]:
        """Collect accepted events and rejected wrong signatures. Return the faults that are needed.

        Raises SearchStoppedError if the receiver contradicts itself.
        """
        found = self._found
        pending = self._kinds_for(candidate.form)[:_MOST_KINDS]
        accepted: list[str] = []
        while found.controls < _CONTROLS and (pending or accepted) and self._prober.left >= 2:
            name = (
                pending.pop(0) if pending and len(accepted) < 2 else accepted[found.controls % len(accepted)]
            )
            form, place, header = candidate.form, candidate.place, candidate.header
            reply, body = yield from self._prober.signed(name, form, place, header)
            if not reply.is_accepted:
                if name in accepted:
                    raise SearchStoppedError
                # Rare contents may be printed in another way. The event itself must be explained.
                self._is_incomplete |= name == "event" and self._prober.is_refusal(name, reply)
                continue
            accepted.append(name)
            self._accept(body)
            control, _ = yield from self._prober.signed(name, form, place, header, is_control=True)
            if control.is_accepted:
                raise SearchStoppedError
            found.controls += 1
            if not found.is_compared and self._prober.left >= _LEAST_FOR_PROOF // 2:
                candidate = yield from self._needed(candidate, name, body)
                found.is_compared = True
        return candidate

    def _needed(self, candidate: _Candidate, kind: str, body: bytes) -> Generator[Probe, Reply, _Candidate]:
        """Return the candidate without the faults that the receiver does not need to accept `body`."""
        key, digest = candidate.place
        for simpler in (
            replace(candidate, place=(0, digest)),
            replace(candidate, form=RAW),
            replace(candidate, place=(key, 0)),
            replace(candidate, header=DOCUMENTED),
        ):
            if simpler == candidate or (candidate.form.name == ("stringified",) and simpler.form == RAW):
                continue
            reply, _ = yield from self._prober.signed(
                kind, simpler.form, simpler.place, simpler.header, body=body
            )
            if reply.is_accepted:
                return (yield from self._needed(simpler, kind, body))
        return candidate


def _half(names: list[str]) -> list[str]:
    """Return the first names, which together are about as frequent as the others."""
    weights = [1 / (place + 1) for place in range(len(names))]
    total, count = 0.0, 0
    while count < len(names) - 1 and total + weights[count] / 2 < sum(weights) / 2:
        total += weights[count]
        count += 1
    return names[: max(1, count)]
