"""Good and bad events for a receiver, and how its responses are evaluated: the tests of *Check my receiver*.

To add a test, write its events and a function that reads the replies, and add its entry to `TESTS`. The order
counts: later tests use the results of earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from inspector.domain.receiver import events
from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import Area, TestGroup

SLOW_MS = 1_000
"""A slower receiver delays the sender, whose own limit is not documented."""

Result = Literal["passed", "warning", "failed", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The result of one test."""

    result: Result
    says: str
    """The result in words: `accepts an invalid signature`."""

    @property
    def ok(self) -> bool | None:
        """Whether the receiver did nothing wrong; None if the test could not decide that."""
        return None if self.result == "undecided" else self.result != "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The results of the earlier tests."""

    first: Reply | None = None
    """The reply to the first valid event."""
    accepted: frozenset[str] = field(default_factory=frozenset)
    """The names of the tests whose events were all accepted."""

    @property
    def accepts_valid(self) -> bool:
        return _FIRST in self.accepted

    @property
    def accepts_forged(self) -> bool:
        """Whether the receiver accepts forged events. Then no other response shows how it verifies
        signatures."""
        return bool(self.accepted & _FORGED)

    def fails_like_first(self, reply: Reply) -> bool:
        """Return whether the receiver treats this event like every event, so that the reply shows nothing."""
        first = self.first
        if first is None or self.accepts_valid:
            return False
        return (first.status, first.error is None) == (reply.status, reply.error is None)


Reading: TypeAlias = Callable[[Sequence[Reply], Known], Conclusion]
"""A function from the replies to a test, and the results of earlier tests, to its conclusion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverTest:
    """One test of a receiver."""

    name: str
    """The name for scripts."""
    title: str
    """The title: a few words about the events."""
    group: TestGroup
    area: Area = "signature"
    sends: Callable[[Maker], Sequence[EventRequest]]
    is_at_once: bool = False
    """Whether the events are sent at the same time, each over a connection of its own."""
    reads: Reading


# ---- evaluation of replies

_FIRST = "valid"
_PRINTED = "re-serialised"
_FORGED = frozenset(("unsigned", "tampered", "wrong-secret", "last-digit"))
_VALID_TOO = "but valid events are rejected, too"


def _passed(says: str) -> Conclusion:
    return Conclusion(result="passed", says=says)


def _warning(says: str) -> Conclusion:
    return Conclusion(result="warning", says=says)


def _failed(says: str) -> Conclusion:
    return Conclusion(result="failed", says=says)


def _undecided(says: str) -> Conclusion:
    return Conclusion(result="undecided", says=says)


def _accepts(problem: str, *, at_printers: str | None = None) -> Reading:
    """Require that all events are accepted. `problem` is the meaning of a rejection by a receiver that
    accepts other events, or `at_printers` if it accepted re-serialised JSON."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        for reply in replies:
            if reply.is_accepted:
                continue
            if not known.accepts_valid:
                return _failed(f"{reply.words}, like every valid event")
            if reply.is_rejected:
                meant = at_printers if at_printers and _PRINTED in known.accepted else problem
                return _failed(f"{meant} ({reply.words})")
            return _failed(f"fails on a valid event: {reply.words}")
        return _passed("accepts it")

    return read


def _accepts_text(with_what: str) -> Reading:
    """Read as `_accepts` does, for text that is often serialised differently from the received bytes."""
    rejects = f"rejects a valid event with {with_what}"
    return _accepts(
        f"{rejects}: it does not verify the received bytes",
        at_printers=f"{rejects}: it verifies re-serialised text that JSON.stringify would print differently",
    )


def _accepts_first(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Read as `_accepts` does, for the first valid event."""
    (reply,) = replies
    if reply.is_accepted:
        return _passed("accepts it")
    if reply.is_rejected:
        return _failed(f"rejects a valid event ({reply.words})")
    return _failed(f"fails on a valid event: {reply.words}")


def _rejects(problem: str, *, only: str = "") -> Reading:
    """Require that the event is rejected with a 4xx. `problem` is the meaning of accepting it, with `only`
    appended if every other forged event was rejected."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        (reply,) = replies
        if reply.is_accepted:
            return _failed(problem if known.accepts_forged else problem + only)
        if reply.is_rejected:
            if known.accepts_valid:
                return _passed(f"rejects it with {reply.status}")
            return _undecided(f"{reply.words}, {_VALID_TOO}")
        if known.fails_like_first(reply):
            return _undecided(f"{reply.words}, like every event")
        return _failed(f"fails instead of rejecting it: {reply.words}")

    return read


def _either(accepted: str, rejected: str) -> Reading:
    """Allow both, but report which. Only a failure is wrong. `accepted` is the meaning of accepting it at a
    receiver that accepts no forged event."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        (reply,) = replies
        if reply.is_accepted:
            if known.accepts_forged:
                return _undecided("accepts it, but forged events are accepted, too")
            return _passed(accepted)
        if reply.is_rejected:
            return _passed(rejected) if known.accepts_valid else _undecided(f"{reply.words}, {_VALID_TOO}")
        if known.fails_like_first(reply):
            return _undecided(f"{reply.words}, like every event")
        return _failed(f"fails: {reply.words}")

    return read


def _same_twice(replies: Sequence[Reply], known: Known) -> Conclusion:
    first, second = replies
    if not known.accepts_valid:
        return _undecided(f"needs a 2xx response to the first delivery ({first.words})")
    if not first.is_accepted:
        return _accepts("rejects the first delivery")([first], known)
    if not second.is_accepted:
        return _failed(f"not idempotent: the second delivery is not accepted ({second.words})")
    if (first.status, first.body) != (second.status, second.body):
        return _passed("accepts both deliveries, with different responses")
    return _passed("responds to the second delivery as to the first")


def _not_canonical(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate valid bytes that JSON.stringify would print differently. The documented check rejects them,
    too."""
    if not known.accepts_valid:
        return _accepts("")(replies, known)
    pairs = [(what, reply) for what, reply in zip(events.NOT_CANONICAL, replies, strict=True)]
    for _, reply in pairs:
        if not reply.is_accepted and not reply.is_rejected:
            return _failed(f"fails on a valid event: {reply.words}")
    rejected = [(what, reply.words) for what, reply in pairs if reply.is_rejected]
    if not rejected:
        return _passed("accepts it")
    names = _listed([what for what, _ in rejected])
    words = rejected[0][1]
    if _PRINTED in known.accepted:
        how = ", as the documented check does" if len(rejected) == len(pairs) else ""
        return _warning(
            f"rejects a valid event with {names} ({words}): it verifies re-serialised text{how}, not the"
            " received bytes"
        )
    if names == events.DUPLICATE_KEY:
        return _warning(f"rejects a valid event with {names} ({words})")
    return _failed(f"rejects a valid event with {names} ({words}): it does not verify the received bytes")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


TESTS: tuple[ReceiverTest, ...] = (
    ReceiverTest(
        name=_FIRST, group="accepts", title="Valid completion", sends=events.valid, reads=_accepts_first
    ),
    ReceiverTest(
        name="valid-answer",
        group="accepts",
        title="Valid answer",
        sends=events.valid_answer,
        reads=_accepts("rejects a valid answer"),
    ),
    ReceiverTest(
        name="unsigned",
        group="rejects",
        title="No signature",
        sends=events.unsigned,
        reads=_rejects("accepts an event without a signature: anyone who finds the URL can send events"),
    ),
    ReceiverTest(
        name="tampered",
        group="rejects",
        title="Body changed after signing",
        sends=events.tampered,
        reads=_rejects("accepts an invalid signature: the body was changed"),
    ),
    ReceiverTest(
        name="wrong-secret",
        group="rejects",
        title="Signed with another secret",
        sends=events.wrong_secret,
        reads=_rejects("accepts an invalid signature, made with another secret"),
    ),
    ReceiverTest(
        name="last-digit",
        group="rejects",
        title="Another last digit",
        sends=events.last_digit,
        reads=_rejects(
            "accepts an invalid signature: its last digit is wrong",
            only=", so it compares only the beginning",
        ),
    ),
    ReceiverTest(
        name="upper-case",
        group="behaves",
        title="Signature in uppercase hex",
        sends=events.upper_case,
        reads=_either(
            "accepts uppercase hex, which the documented check would reject: harmless",
            "rejects uppercase hex, as the documented check does",
        ),
    ),
    ReceiverTest(
        name=_PRINTED,
        group="behaves",
        title="Re-serialised JSON",
        sends=events.reserialised,
        reads=_either(
            "accepts it: it verifies re-serialised text, as the documented check does",
            "rejects it: it verifies the received bytes, so a proxy that re-serialises JSON would break it",
        ),
    ),
    ReceiverTest(
        name="unicode",
        group="accepts",
        title="Emoji and other scripts",
        sends=events.unicode,
        reads=_accepts_text("an emoji"),
    ),
    ReceiverTest(
        name="numbers",
        group="accepts",
        title="Unusual numbers",
        sends=events.numbers,
        reads=_accepts_text("unusual numbers"),
    ),
    ReceiverTest(
        name="not-canonical",
        group="accepts",
        title="JSON with 9.0 and \\/",
        sends=events.not_canonical,
        reads=_not_canonical,
    ),
    ReceiverTest(
        name="repeated",
        group="behaves",
        area="idempotency",
        title="Same event twice",
        sends=events.repeated,
        reads=_same_twice,
    ),
    ReceiverTest(
        name="out-of-order",
        group="behaves",
        area="order",
        title="Answers after their completion",
        sends=events.out_of_order,
        reads=_accepts("rejects answers that arrive after their completion"),
    ),
    ReceiverTest(
        name="not-json",
        group="behaves",
        title="Signed, but not JSON",
        sends=events.not_json,
        reads=_either("accepts a body that is not JSON", "rejects it"),
    ),
    ReceiverTest(
        name="empty",
        group="rejects",
        title="Empty body, no signature",
        sends=events.empty,
        reads=_rejects("accepts an empty body without a signature"),
    ),
)


def slowness(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate the times of all responses."""
    if all(reply.error is not None for reply in replies):
        return _failed("no response arrived")
    slowest = max(reply.elapsed_ms for reply in replies)
    cut = "; a response was too long to read completely" if any(reply.is_cut for reply in replies) else ""
    if slowest > SLOW_MS:
        return _failed(f"slow: {slowest / 1000:.1f} s; respond first and process the event later{cut}")
    took = f"the slowest response took {slowest:.0f} ms{cut}"
    return _passed(took) if known.accepts_valid else _undecided(f"{took}, but no valid event was accepted")
