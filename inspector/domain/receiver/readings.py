"""How the replies to a test of a receiver are read: functions that return its conclusion."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.domain.receiver import events
from inspector.domain.receiver.receiver_test import PRINTED, Conclusion, Known, Reading
from inspector.domain.receiver.reply import Reply

SLOW_MS = 1_000
"""A slower receiver delays the sender, whose own limit is not documented."""
_VALID_TOO = "but valid events are rejected, too"


def _passed(says: str) -> Conclusion:
    return Conclusion(result="passed", says=says)


def _warning(says: str) -> Conclusion:
    return Conclusion(result="warning", says=says)


def _failed(says: str, *, is_forgery: bool = False) -> Conclusion:
    return Conclusion(result="failed", says=says, is_forgery=is_forgery)


def _undecided(says: str) -> Conclusion:
    return Conclusion(result="undecided", says=says)


def accepts(problem: str, *, at_printers: str | None = None) -> Reading:
    """Require that all events are accepted. `problem` is the meaning of a rejection by a receiver that
    accepts other events, or `at_printers` if it accepted re-serialised JSON."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        for reply in replies:
            if reply.is_accepted:
                continue
            if not known.accepts_valid:
                return _failed(f"{reply.words}, like every valid event")
            if reply.is_rejected:
                meant = at_printers if at_printers and PRINTED in known.accepted else problem
                return _failed(f"{meant} ({reply.words})")
            return _failed(f"fails on a valid event: {reply.words}")
        return _passed("accepts it")

    return read


def accepts_text(with_what: str) -> Reading:
    """Read as `accepts` does, for text that is often serialised differently from the received bytes."""
    rejects = f"rejects a valid event with {with_what}"
    return accepts(
        f"{rejects}: it does not verify the received bytes",
        at_printers=f"{rejects}: it verifies re-serialised text that JSON.stringify would print differently",
    )


def accepts_first(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Read as `accepts` does, for the first valid event."""
    (reply,) = replies
    if reply.is_accepted:
        return _passed("accepts it")
    if reply.is_rejected:
        return _failed(f"rejects a valid event ({reply.words})")
    return _failed(f"fails on a valid event: {reply.words}")


def rejects(problem: str, *, only: str = "") -> Reading:
    """Require that the event is rejected with a 4xx. `problem` is the meaning of accepting it, with `only`
    appended if every other forged event was rejected."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        (reply,) = replies
        if reply.is_accepted:
            return _failed(problem if known.accepts_forged else problem + only, is_forgery=True)
        if reply.is_rejected:
            if known.accepts_valid:
                return _passed(f"rejects it with {reply.status}")
            return _undecided(f"{reply.words}, {_VALID_TOO}")
        if known.fails_like_first(reply):
            return _undecided(f"{reply.words}, like every event")
        return _failed(f"fails instead of rejecting it: {reply.words}")

    return read


def either(accepted: str, rejected: str) -> Reading:
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


def same_twice(replies: Sequence[Reply], known: Known) -> Conclusion:
    first, second = replies
    if not known.accepts_valid:
        return _undecided(f"needs a 2xx response to the first delivery ({first.words})")
    if not first.is_accepted:
        return accepts("rejects the first delivery")([first], known)
    if not second.is_accepted:
        return _failed(f"not idempotent: the second delivery is not accepted ({second.words})")
    if (first.status, first.body) != (second.status, second.body):
        return _passed("accepts both deliveries, with different responses")
    return _passed("responds to the second delivery as to the first")


def not_canonical(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate valid bytes that JSON.stringify would print differently. The documented check rejects them,
    too."""
    if not known.accepts_valid:
        return accepts("")(replies, known)
    pairs = [(what, reply) for what, reply in zip(events.NOT_CANONICAL, replies, strict=True)]
    for _, reply in pairs:
        if not reply.is_accepted and not reply.is_rejected:
            return _failed(f"fails on a valid event: {reply.words}")
    rejected = [(what, reply.words) for what, reply in pairs if reply.is_rejected]
    if not rejected:
        return _passed("accepts it")
    names = _listed([what for what, _ in rejected])
    words = rejected[0][1]
    if PRINTED in known.accepted:
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


def slowness(_: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate the times of all responses so far."""
    replies = [reply for _, reply in known.exchanged]
    if all(reply.error is not None for reply in replies):
        return _failed("no response arrived")
    slowest = max(reply.elapsed_ms for reply in replies)
    cut = "; a response was too long to read completely" if any(reply.is_cut for reply in replies) else ""
    if slowest > SLOW_MS:
        return _failed(f"slow: {slowest / 1000:.1f} s; respond first and process the event later{cut}")
    took = f"the slowest response took {slowest:.0f} ms{cut}"
    return _passed(took) if known.accepts_valid else _undecided(f"{took}, but no valid event was accepted")
