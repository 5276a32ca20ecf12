"""Good and bad events for a receiver, and what its answers say about it: the table of *Check my receiver*.

To add a probe, write what it sends and how its answers are read, and add its entry to `PROBES`.
The order counts: later probes look for a receiver that the earlier ones found alive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from inspector.domain import probe_events as events
from inspector.domain.probe_events import Delivery, Maker

SLOW_MS = 1_000
"""A receiver that takes longer keeps the sender waiting; what the sender allows is documented nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the receiver answered a delivery."""

    status: int | None
    elapsed_ms: float
    body: bytes = b""
    error: str | None = None
    """Why there was no whole answer, in a sentence."""
    is_cut: bool = False
    """It was longer than what is read of one."""
    is_nobody: bool = False
    """There was nobody to answer."""

    @property
    def is_accepted(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def is_rejected(self) -> bool:
        """It said no, and did not fall over."""
        return self.error is None and self.status is not None and 400 <= self.status < 500

    @property
    def words(self) -> str:
        return (self.error or f"answers {self.status}").rstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a probe found out."""

    ok: bool
    says: str
    """In words: `accepts a bad signature`."""


Reading: TypeAlias = Callable[[Sequence[Reply], frozenset[str]], Finding]
"""From the answers to a probe, and the names of the probes before it that were accepted, to what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One test of a receiver."""

    name: str
    """As scripts know it."""
    title: str
    """What is sent, in a few words."""
    sends: Callable[[Maker], Sequence[Delivery]]
    reads: Reading


# ---- how the answers are read

_FIRST = "valid"
_PRINTED = "re-serialised"
_FORGED = frozenset(("unsigned", "tampered", "wrong-secret", "last-digit"))
"""A receiver that accepts one of these verifies nothing, or not all, and no other answer tells how."""


def _accepts(problem: str, *, at_printers: str | None = None) -> Reading:
    """All have to be accepted; `problem` is what a rejection means at a receiver that takes others, or
    `at_printers` at one that took JSON which was printed again."""

    def read(replies: Sequence[Reply], accepted: frozenset[str]) -> Finding:
        for reply in replies:
            if reply.is_accepted:
                continue
            if _FIRST not in accepted:
                return Finding(ok=False, says=f"{reply.words}, as for every valid event")
            if reply.is_rejected:
                meant = at_printers if at_printers and _PRINTED in accepted else problem
                return Finding(ok=False, says=f"{meant} ({reply.words})")
            return Finding(ok=False, says=f"fails on a valid event: {reply.words}")
        return Finding(ok=True, says="accepts it")

    return read


def _accepts_text(with_what: str) -> Reading:
    """As `_accepts`, of what is often printed in another way than it came."""
    rejects = f"rejects a valid one with {with_what}"
    return _accepts(
        f"{rejects}: it does not verify the bytes as they came",
        at_printers=f"{rejects}: it compares re-serialised text, printed otherwise than by JSON.stringify",
    )


def _accepts_first(problem: str) -> Reading:
    """As `_accepts`, of the first valid event there is."""
    accepts = _accepts(problem)
    return lambda replies, accepted: accepts(replies, accepted | {_FIRST})


def _rejects(problem: str, *, alone: str = "") -> Reading:
    """It has to be rejected with a 4xx; `problem` is what accepting it means, and `alone` what more it does
    where every other forgery was rejected."""

    def read(replies: Sequence[Reply], accepted: frozenset[str]) -> Finding:
        (reply,) = replies
        if reply.is_accepted:
            return Finding(ok=False, says=problem if accepted & _FORGED else problem + alone)
        if not reply.is_rejected:
            return Finding(ok=False, says=f"fails instead of rejecting it: {reply.words}")
        if _FIRST not in accepted:
            return Finding(ok=True, says=f"{reply.words}, but it rejects valid events, too")
        return Finding(ok=True, says=f"rejects it with {reply.status}")

    return read


def _either(told: str, rejected: str) -> Reading:
    """Neither is wrong, but worth knowing; failing is. `told` is what accepting it means at a receiver that
    accepts no forgery."""

    def read(replies: Sequence[Reply], accepted: frozenset[str]) -> Finding:
        (reply,) = replies
        if reply.is_accepted:
            return Finding(
                ok=True, says="accepts it, as it accepts forgeries" if accepted & _FORGED else told
            )
        if not reply.is_rejected:
            return Finding(ok=False, says=f"fails: {reply.words}")
        if _FIRST not in accepted:
            return Finding(ok=True, says=f"{reply.words}, and it rejects valid events, too")
        return Finding(ok=True, says=rejected)

    return read


def _same_twice(replies: Sequence[Reply], accepted: frozenset[str]) -> Finding:
    first, second = replies
    if not first.is_accepted:
        return _accepts("rejects the first delivery")([first], accepted)
    if not second.is_accepted:
        return Finding(ok=False, says=f"not idempotent: the second delivery is not accepted ({second.words})")
    if (first.status, first.body) != (second.status, second.body):
        return Finding(ok=False, says="not idempotent: the second delivery got another answer")
    return Finding(ok=True, says="answers the second delivery as the first")


PROBES: tuple[Probe, ...] = (
    Probe(
        name=_FIRST,
        title="Valid completion",
        sends=events.valid,
        reads=_accepts_first("rejects a valid event"),
    ),
    Probe(
        name="valid-answer",
        title="Valid answer",
        sends=events.valid_answer,
        reads=_accepts("rejects a valid answer"),
    ),
    Probe(
        name="unsigned",
        title="No signature",
        sends=events.unsigned,
        reads=_rejects("accepts an event without a signature: whoever finds the URL can send any"),
    ),
    Probe(
        name="tampered",
        title="Body changed after signing",
        sends=events.tampered,
        reads=_rejects("accepts a bad signature: the body was changed"),
    ),
    Probe(
        name="wrong-secret",
        title="Signed with another secret",
        sends=events.wrong_secret,
        reads=_rejects("accepts a bad signature: it was made with another secret"),
    ),
    Probe(
        name="last-digit",
        title="Another last digit",
        sends=events.last_digit,
        reads=_rejects(
            "accepts a bad signature: its last digit is another one",
            alone=", so it compares the beginning alone",
        ),
    ),
    Probe(
        name="upper-case",
        title="Signature in upper case",
        sends=events.upper_case,
        reads=_either(
            "accepts upper-case hex, which the documented check would not: harmless",
            "compares exactly: upper-case hex is rejected, as the documented check does",
        ),
    ),
    Probe(
        name=_PRINTED,
        title="JSON printed again",
        sends=events.reserialised,
        reads=_either(
            "verifies text that it prints again, as the check in the documents does",
            "rejects it, as whoever verifies the bytes does: a proxy that prints JSON again would break it",
        ),
    ),
    Probe(
        name="unicode",
        title="Emoji and other scripts",
        sends=events.unicode,
        reads=_accepts_text("an emoji"),
    ),
    Probe(
        name="numbers",
        title="Unusual numbers",
        sends=events.numbers,
        reads=_accepts_text("unusual numbers"),
    ),
    Probe(name="repeated", title="The same event twice", sends=events.repeated, reads=_same_twice),
    Probe(
        name="out-of-order",
        title="Answers after their completion",
        sends=events.out_of_order,
        reads=_accepts("rejects answers that arrive after their completion"),
    ),
    Probe(
        name="not-json",
        title="Signed, but not JSON",
        sends=events.not_json,
        reads=_either("accepts a body that is no JSON", "rejects it"),
    ),
    Probe(
        name="empty",
        title="Empty body, no signature",
        sends=events.empty,
        reads=_rejects("accepts an empty body without a signature"),
    ),
)


def slowness(replies: Sequence[Reply]) -> Finding:
    """What the times of all answers say."""
    answered = [reply for reply in replies if reply.error is None]
    if not answered:
        return Finding(ok=False, says="no answer came at all")
    slowest = max(reply.elapsed_ms for reply in replies)
    long = "; an answer went on, and was read no further" if any(reply.is_cut for reply in replies) else ""
    if slowest > SLOW_MS:
        return Finding(ok=False, says=f"slow: {slowest / 1000:.1f} s; answer first and work afterwards{long}")
    return Finding(ok=True, says=f"the slowest answer took {slowest:.0f} ms{long}")
