"""The search for what a receiver computes that rejects a valid event, by adaptive requests.

Every combination of a key, a message and a digest has a frequency. Each request signs an event for the most
frequent ones that are left, and many hypotheses produce the same bytes for a plain event, or for `{}`. Every
request carries its signature under all header names. What a receiver accepts is then narrowed down, proved
by further events and wrong signatures, and reduced to the faults that are needed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from inspector.domain.receiver.behaviour import suspected
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import CauseReport, ReceiverCause
from inspector.domain.receiver.search import causes_found
from inspector.domain.receiver.search.cause_proof import RESERVED, Proof
from inspector.domain.receiver.search.combinations import Choice, Combinations
from inspector.domain.receiver.search.hypotheses import DOCUMENTED_DIGEST, RAW, messages_of
from inspector.domain.receiver.search.prober import (
    ProbeHit,
    Prober,
    SearchStoppedError,
    failing_symptom,
    status_symptom,
)
from inspector.domain.receiver.search.probes import DOCUMENTED, Probe, ReceiverCase, is_completion

_FEW = 14
"""Requests if the receiver probably refuses every event before it checks the signature."""
_TRIES_BEFORE_BEARER = 25
_AUTHORIZATION = "authorization"
_MOST_CLASSES = 12
"""Maximum number of messages that are tried after `{}` passed a check."""


def search_cause(case: ReceiverCase) -> Generator[Probe, Reply, CauseReport]:
    """Yield requests, take the reply to each, and return the proved causes, or what was ruled out.

    Pure. The first step takes about 0.2 s, each later one a few milliseconds, so it does not belong on an
    event loop. Without a secret there is nothing to search.
    """
    if not case.secrets:
        return CauseReport(is_complete=False)
    return (yield from _Search(case).run())


class _Search:
    """One search; its generators yield probes."""

    def __init__(self, case: ReceiverCase) -> None:
        self._case = case
        self._space = Combinations(case)
        self._prober = Prober(case, self._space)

    def run(self) -> Generator[Probe, Reply, CauseReport]:
        """Return the report after the last probe."""
        prober = self._prober
        causes: tuple[ReceiverCause, ...] = ()
        is_complete = False
        hit: ProbeHit | None = None
        proof: Proof | None = None
        try:
            causes = yield from self._look_around()
            if not causes:
                hit = yield from self._hunt()
                if hit is not None:
                    proof = Proof(prober)
                    causes = yield from proof.explain(hit)
            is_complete = bool(causes) or self._space.is_all_ruled_out
        except SearchStoppedError:
            if hit is not None and proof is not None and hit.is_accepted and proof.is_out_of_requests:
                causes = self._unproved(hit)
        status = self._case.first.status
        is_always = prober.statuses <= {status}
        if not causes and not prober.symptoms and is_always and status is not None and status >= 500:
            prober.symptoms["receiver-fails"] = failing_symptom(status)
        if not any(cause.is_proved for cause in causes):
            causes = (*causes, *causes_found.observed(prober.symptoms.values()))
        if prober.leaks.is_proved:
            causes = (*causes, causes_found.leak())
        return CauseReport(causes=causes, ruled_out=self._space.ruled_out(), is_complete=is_complete)

    def _unproved(self, hit: ProbeHit) -> tuple[ReceiverCause, ...]:
        """Return what an accepted event suggests, if no requests are left to prove it."""
        kind, form = hit.choice.kind, self._space.best(hit.choice.mask)
        message = messages_of(self._space.kinds[kind].make(0)).get(form)
        faults = self._space.faults(hit.choice.place, message)
        words = f"{self._space.kinds[kind].words}, {causes_found.signed(faults, hit.header)}"
        return suspected(faults, words, hit.probe)

    def _look_around(self) -> Generator[Probe, Reply, tuple[ReceiverCause, ...]]:
        """Send wrong signatures, to see how the receiver rejects. Return a cause if that shows one."""
        prober, first = self._prober, self._case.first
        event = self._case.event
        sent = DOCUMENTED_DIGEST.value(self._space.keys[0].key, event)  # a receiver may only repeat it
        prober.leaks.read(first, event, (sent,))
        prober.note(first)
        kind = "event" if "event" in self._space.kinds else "plain"
        wrong = yield from prober.control(kind, only=DOCUMENTED)
        if wrong.is_accepted:
            raise SearchStoppedError
        if kind == "event" and _differ(first, wrong):
            return (yield from self._passed(wrong))
        if status_symptom(first) is not None and first.status == wrong.status:
            prober.note_status(first)
        if any(symptom.is_final for symptom in prober.symptoms.values()):
            prober.most = min(prober.most, prober.sent + _FEW)
        controls = yield from self._controls()
        if kind == "event" and controls[0].status != wrong.status and is_completion(self._case):
            # The receiver refuses answers before it verifies them.
            self._space = Combinations(self._case, as_completions=True)
            prober.use(self._space)
            controls = yield from self._controls()
        if controls[0].status != controls[1].status:
            raise SearchStoppedError
        prober.is_text_stable = True
        prober.is_text_stable = prober.print_of(controls[0]) == prober.print_of(controls[1])
        usual = prober.print_of(controls[0])
        for name in self._space.events:
            prober.refusals[name].add(usual)
        prober.refusals[kind].add(prober.print_of(wrong))
        for name in ("object", "list"):
            reply = yield from prober.control(name)
            prober.refusals[name].add(prober.print_of(reply))
            if prober.print_of(reply) == usual:
                self._space.trust[name] = 0.9
                break
        return ()

    def _controls(self) -> Generator[Probe, Reply, list[Reply]]:
        controls = []
        for _ in range(2):
            reply = yield from self._prober.control("plain")
            if reply.is_accepted:
                raise SearchStoppedError
            controls.append(reply)
        return controls

    def _passed(self, wrong: Reply) -> Generator[Probe, Reply, tuple[ReceiverCause, ...]]:
        """Return the cause of a receiver that responds otherwise to right signatures than to wrong ones."""
        again, _ = yield from self._prober.signed("event", RAW, (0, 0), DOCUMENTED)
        probe = self._prober.sent - 1
        other = yield from self._prober.control("event", only=DOCUMENTED)
        if again.is_accepted or not _differ(again, other) or other.status != wrong.status:
            raise SearchStoppedError
        return (causes_found.fails_after_check(again, wrong, probe),)

    def _hunt(self) -> Generator[Probe, Reply, ProbeHit | None]:
        """Send the most frequent combinations until the receiver accepts one."""
        space, prober = self._space, self._prober
        choice: Choice | None = Choice(kind="plain", mask=space.documented("plain"), place=(0, 0))
        order = space.order()
        tries = 0
        while choice is not None:
            hit = yield from prober.try_(choice)
            if hit is not None and (hit := (yield from self._accepted_by(hit))) is not None:
                return hit
            tries += 1
            if tries == _TRIES_BEFORE_BEARER and (hit := (yield from self._bearer())) is not None:
                return hit
            if prober.leaks.is_fresh and (hit := (yield from self._follow_leak())) is not None:
                return hit
            if prober.left <= RESERVED:
                return None
            if space.is_changed:
                order = space.order()
            choice = space.next(order)
        return None

    def _bearer(self) -> Generator[Probe, Reply, ProbeHit | None]:
        """Try the signature in the header Authorization, which may have another use at other receivers."""
        space = self._space
        digest = next(
            place for place, one in enumerate(space.digests) if one.value(b"", b"")[:7] == "Bearer "
        )
        place, mask = (0, digest), space.documented("plain")
        reply, _ = yield from self._prober.signed("plain", RAW, place, _AUTHORIZATION)
        if not reply.is_accepted:
            return None
        choice = Choice(kind="plain", mask=mask, place=place)
        return ProbeHit(choice=choice, is_accepted=True, probe=self._prober.sent - 1, header=_AUTHORIZATION)

    def _follow_leak(self) -> Generator[Probe, Reply, ProbeHit | None]:
        """Try what a digest in a response shows."""
        space = self._space
        for key, form, algorithm in self._prober.leaks.take():
            mask = space.class_of("plain", form)
            for digest, one in enumerate(space.digests):
                if mask and one.algorithm == algorithm:
                    choice = Choice(kind="plain", mask=mask, place=(key, digest))
                    hit = yield from self._prober.try_(choice)
                    if hit is not None and hit.is_accepted:
                        return hit
        return None

    def _accepted_by(self, hit: ProbeHit) -> Generator[Probe, Reply, ProbeHit | None]:
        """Return a hit with a complete event that was accepted, for one that only passed the check; if there
        is none, one that passed it, too."""
        space, place = self._space, hit.choice.place
        is_event = space.kinds[hit.choice.kind].is_event
        if hit.is_accepted and is_event:
            return hit
        mask = space.left(hit.choice.mask, place)
        best = hit if is_event else None
        for kind in ("plain", "event", "rich"):
            if kind not in space.kinds or kind == hit.choice.kind:
                continue
            parts = sorted(
                (each for each in space.classes(kind) if each & mask),
                key=lambda each: -space.sum(each & mask),
            )
            for each in parts[:_MOST_CLASSES]:
                if not space.left(each & mask, place):
                    continue
                found = yield from self._prober.try_(Choice(kind=kind, mask=each, place=place))
                if found is None:
                    mask &= ~each
                    continue
                mask &= each
                best = ProbeHit(
                    choice=Choice(kind=kind, mask=mask, place=place),
                    is_accepted=found.is_accepted,
                    probe=found.probe,
                )
                if found.is_accepted:
                    return best
                break
        if best is None:
            space.exclude(Choice(kind="plain", mask=hit.choice.mask, place=place))
        return best


def _differ(one: Reply, other: Reply) -> bool:
    return (one.status, one.error is None) != (other.status, other.error is None)


# ---- one step per call, so that the worker process can compute the steps


@dataclass(slots=True)
class _RunningSearch:
    steps: Generator[Probe, Reply, CauseReport] | None = None
    replies: int = 0


def begin_search(search_id: str, case: ReceiverCase, replies: Sequence[Reply]) -> Probe | CauseReport:
    """Return the first request of a search, or the one that follows these replies."""
    search = _running(search_id)
    search.steps = search_cause(case)
    step = _next(search.steps, None)
    for reply in replies:
        if isinstance(step, CauseReport):
            break
        step = _next(search.steps, reply)
    search.replies = len(replies)
    return step


def continue_search(search_id: str, number: int, reply: Reply) -> Probe | CauseReport | None:
    """Return the request that follows reply `number`, or the report at the end.

    None if this process does not have the search, because it replaced the one that began it.
    """
    search = _running(search_id)
    if search.steps is None or search.replies != number - 1:
        return None
    search.replies = number
    return _next(search.steps, reply)


@lru_cache(maxsize=4)
def _running(search_id: str) -> _RunningSearch:
    """Return the state of a search in this process."""
    return _RunningSearch()


def _next(steps: Generator[Probe, Reply, CauseReport], reply: Reply | None) -> Probe | CauseReport:
    try:
        return next(steps) if reply is None else steps.send(reply)
    except StopIteration as end:
        report: CauseReport = end.value
        return report
