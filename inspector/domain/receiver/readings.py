"""How the replies to a test of a receiver are read: functions that return its conclusion."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

from inspector.domain.receiver import events
from inspector.domain.receiver.events import Maker
from inspector.domain.receiver.receiver_test import (
    NEEDS_ACCEPTED,
    PRINTED,
    Conclusion,
    Known,
    Reading,
    Talk,
)
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.search.hypotheses import messages_of
from inspector.domain.signature.signature import digest

SLOW_MS = 1_000
"""A slower receiver delays the sender."""
TOO_SLOW_MS = 10_000
"""Many senders do not wait longer. The limit of this one is not documented."""
_MOST_NAMES = 4
"""Maximum number of rejected events that are named in a sentence."""
_VERIFYING = (400, 401, 403, 422)
"""Statuses for a wrong signature. Others, such as 404, also show that the event never got that far."""
_MOST_SEARCHED = 2
"""Maximum responses with digests that are compared with everything that a receiver may sign: 12 ms each."""
_MOST_BYTES = 16 * 1024
"""Maximum size of a body of which this is searched."""
_MOST_READ = 8 * 1024
"""Maximum bytes of a response in which a signature is searched: 0.4 ms."""
_MOST_DIFFERENT = 32
"""Maximum different responses in which a signature is searched."""
_HEX = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
_BASE64 = re.compile(rb"(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{43}=")
_PRINTS = "it verifies re-serialised text"
_FORGED_TOO = "accepts it, but forged events are accepted, too"
_NOT_BYTES = "it does not verify the received bytes"


def _passed(says: str) -> Conclusion:
    return Conclusion(result="passed", says=says)


def _warning(says: str, *, decisive: int = 0) -> Conclusion:
    return Conclusion(result="warning", says=says, decisive=decisive)


def _failed(says: str, *, decisive: int = 0, is_forgery: bool = False) -> Conclusion:
    return Conclusion(result="failed", says=says, decisive=decisive, is_forgery=is_forgery)


def _undecided(says: str) -> Conclusion:
    return Conclusion(result="undecided", says=says)


# ---- valid events


def accepts(
    problem: str,
    *,
    at_printers: str | None = None,
    names: Sequence[str] = (),
    of: str = "{}",
    every: str = "any of them",
) -> Reading:
    """Require that all events are accepted. `problem` is the meaning of a rejection by a receiver that
    accepts other events, or `at_printers` if it accepted re-serialised JSON. `{}` in a meaning is replaced
    by the `names` of the rejected events, inserted in `of`, or by `every` if all were rejected."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        wrong = [place for place, reply in enumerate(replies) if not reply.is_accepted]
        if not wrong:
            return _passed("accepts it" if len(replies) == 1 else f"accepts all {len(replies)}")
        decisive = next((place for place in wrong if not replies[place].is_rejected), wrong[0])
        reply = replies[decisive]
        if not known.accepts_valid:
            like = ", like every valid event" if known.fails_like_first(reply) else ""
            return _failed(f"{reply.words}{like}", decisive=decisive)
        what = of.format(_listed([names[place] for place in wrong])) if names else ""
        if len(wrong) == len(replies):
            what = what and every
        if not reply.is_rejected:
            which = f" with {what}" if what else ""
            return _failed(f"fails on a valid event{which}: {reply.words}", decisive=decisive)
        meant = at_printers if at_printers and PRINTED in known.accepted else problem
        return _failed(f"{meant.format(what)} ({reply.words})", decisive=decisive)

    return read


def accepts_text(
    with_what: str, *, names: Sequence[str] = (), of: str = "{}", every: str = "any of them"
) -> Reading:
    """Read as `accepts` does, for text that is often serialised differently from the received bytes."""
    rejects = f"rejects a valid event with {with_what}"
    return accepts(
        f"{rejects}: {_NOT_BYTES}",
        at_printers=f"{rejects}: {_PRINTS} that JSON.stringify would print differently",
        names=names,
        of=of,
        every=every,
    )


def accepts_first(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Read as `accepts` does, for the first valid event."""
    (reply,) = replies
    if reply.is_accepted:
        return _passed("accepts it")
    if reply.is_rejected:
        return _failed(f"rejects a valid event ({reply.words})")
    return _failed(f"fails on a valid event: {reply.words}")


def accepts_large(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Read as `accepts` does, for a large body, which has a status of its own."""
    (reply,) = replies
    if reply.status == 413:
        return _failed(
            f"rejects a valid event of 1 MB ({reply.words}): raise its limit on the size of bodies"
        )
    return accepts("rejects a valid event of 1 MB")(replies, known)


def accepts_forms(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate valid bytes that JSON.stringify would print differently. The documented check rejects them,
    too, so that this is never worse than a warning."""
    if not known.accepts_valid or any(not reply.is_accepted and not reply.is_rejected for reply in replies):
        return accepts("", names=list(events.NOT_CANONICAL))(replies, known)
    pairs = zip(events.NOT_CANONICAL, replies, strict=True)
    forms = [form for form, reply in pairs if reply.is_rejected]
    if not forms:
        return _passed("accepts it")
    decisive = list(events.NOT_CANONICAL).index(forms[0])
    says = f"rejects a valid event with {_joined(forms, 'or')} ({replies[decisive].words})"
    changes = _joined([events.NOT_CANONICAL[form] for form in forms], "and")
    if PRINTED in known.accepted:
        how = ", as the documented check does," if len(forms) == len(replies) else ""
        return _warning(f"{says}: {_PRINTS}{how} in which {changes}", decisive=decisive)
    if forms == [events.DUPLICATE_KEY]:
        return _warning(f"{says}: in a parser, {changes}", decisive=decisive)
    return _warning(f"{says}: {_NOT_BYTES}", decisive=decisive)


def _listed(names: Sequence[str]) -> str:
    """Return the names of rejected events, not all of many."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} or {len(names) - _MOST_NAMES} others"
    return _joined(names, "or")


def _joined(names: Sequence[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


# ---- forged events


def rejects(*problems: str, only: str = "") -> Reading:
    """Require that all events are rejected with a 4xx. `problems` are the meanings of accepting each of
    them, or one for all, with `only` appended if every other forged event was rejected."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        for place, reply in enumerate(replies):
            if reply.is_accepted:
                problem = problems[min(place, len(problems) - 1)]
                says = problem if known.accepts_forged else problem + only
                return _failed(says, decisive=place, is_forgery=True)
        return _rejected(replies, known)

    return read


def rejects_repeated(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate events with two signatures. The sender never sends two, so that only two wrong ones must be
    rejected."""
    first, last, wrong = replies
    if wrong.is_accepted:
        return _failed("accepts an event with two wrong signatures", decisive=2, is_forgery=True)
    accepted = [reply for reply in (first, last) if reply.is_accepted]
    conclusion = _rejected(replies, known)
    if not accepted or conclusion.result != "passed":
        return conclusion
    if len(accepted) == 2:
        return _warning("accepts an event if either of two signatures is right: require exactly one")
    return _passed(f"reads only the {'first' if first.is_accepted else 'last'} of two signatures")


def _rejected(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate the forged events that were not accepted."""
    refused = [reply for reply in replies if not reply.is_accepted]
    for reply in refused:
        if not reply.is_rejected:
            if known.fails_like_first(reply):
                return _undecided(NEEDS_ACCEPTED)
            says = f"fails instead of rejecting it: {reply.words}"
            return _failed(says, decisive=replies.index(reply))
    says = f"rejects it with {refused[0].status}"
    if known.accepts_valid:
        return _passed(says)
    if all(reply.status in _VERIFYING for reply in refused):
        return _passed(f"{says}, like every valid event")
    return _undecided(NEEDS_ACCEPTED)


# ---- behaviour


def either(accepted: str, rejected: str) -> Reading:
    """Allow both, but report which. Only a failure is wrong. `accepted` is the meaning of accepting it at a
    receiver that accepts no forged event."""

    def read(replies: Sequence[Reply], known: Known) -> Conclusion:
        (reply,) = replies
        if reply.is_accepted:
            if known.accepts_forged:
                return _undecided(_FORGED_TOO)
            return _passed(accepted)
        return _passed(rejected) if reply.is_rejected else _failed(f"fails: {reply.words}")

    return read


def same_twice(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Require that the second delivery of an event is accepted like the first."""
    first, second = replies
    if not first.is_accepted:
        return accepts("rejects the first delivery")([first], known)
    if not second.is_accepted:
        says = f"does not accept the second delivery ({second.words}): respond with 2xx to a repeated event"
        return _failed(says, decisive=1)
    if (first.status, first.body) != (second.status, second.body):
        return _passed("accepts both deliveries, with different responses")
    return _passed("responds to the second delivery as to the first")


def accepts_at_once(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Require that events are accepted that arrive at the same time."""
    wrong = [reply for reply in replies if not reply.is_accepted]
    if not wrong:
        return _passed(f"accepts all {len(replies)}")
    return _failed(
        f"does not accept {len(wrong)} of {len(replies)} answers of one respondent that arrive at once"
        f" ({wrong[0].words})",
        decisive=replies.index(wrong[0]),
    )


def same_http(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Require the same kind of response however the request is sent."""
    for place, (reply, form) in enumerate(zip(replies, events.HTTP_FORMS, strict=True)):
        if not _is_as_expected(reply, known):
            if form == events.HTTP_1_0:
                says = f"responds differently {form}, which some proxies use: {reply.words}"
                return _warning(says, decisive=place)
            return _failed(f"responds differently {form}: {reply.words}", decisive=place)
    return _passed("responds in the same way over HTTP/1.1 and HTTP/1.0")


def _is_as_expected(reply: Reply, known: Known) -> bool:
    """Return whether a valid event got the response that valid events get."""
    if known.accepts_valid or known.first is None:
        return reply.is_accepted
    return reply.kind == known.first.kind


def only_post(replies: Sequence[Reply], known: Known) -> Conclusion:
    """Require that events are accepted with POST only. A page for people may respond to other methods."""
    accepted = {(reply.status, reply.body) for request, reply in known.exchanged if reply.is_accepted}
    pages = []
    for place, method in enumerate(events.METHODS):
        right, wrong = replies[2 * place : 2 * place + 2]
        for reply in (right, wrong):
            if not reply.is_accepted and (reply.status or 500) >= 500 and reply.status != 501:
                return _failed(f"fails on a request with {method}: {reply.words}")
        if not right.is_accepted:
            continue
        if not wrong.is_accepted:
            return _warning(f"accepts an event with {method}, which the sender never uses: allow only POST")
        if known.accepts_forged:
            return _undecided(_FORGED_TOO)
        if wrong.body and (wrong.status, wrong.body) in accepted:
            return _warning(
                f"responds to {method} as to a valid event, without verifying it: allow only POST"
            )
        pages.append(f"{method} gets {right.status} with any signature")
    if not pages:
        return _passed(f"rejects {' and '.join(events.METHODS)}")
    return _passed(f"{' and '.join(pages)}: such a request must not store an event")


def leaks(make: Maker, known: Known) -> Talk:
    """Search the responses so far, and that to one more wrong signature, for the signature that the receiver
    expected, and for its secret."""
    requests = events.wrong_secret(make)
    replies = yield requests
    if not make.key:
        return _undecided("needs the secret")
    searched = 0
    read: dict[bytes, frozenset[str]] = {}
    for request, reply in (*zip(requests, replies, strict=True), *known.exchanged):
        if reply.shows_secret:
            return _failed(f"its response contains the secret ({reply.words}): anyone can sign events")
        received = b"\n".join((reply.body[:_MOST_READ], *(value for _, value in reply.headers)))[:_MOST_READ]
        if received not in read and len(read) < _MOST_DIFFERENT:
            read[received] = frozenset(_digests(received))
        sent = b"\n".join((request.signature or b"", *(value for _, value in request.headers))).lower()
        found = {one for one in read.get(received, ()) if one.encode() not in sent}  # it may only be echoed
        if not found:
            continue
        texts = [request.body]
        # A receiver that accepts valid events signs their bodies.
        if not known.accepts_valid and searched < _MOST_SEARCHED and len(request.body) < _MOST_BYTES:
            searched += 1
            texts += filter(None, (form.make() for form in messages_of(request.body).values()))
        if any(digest(make.key, text) in found for text in texts):
            return _failed(
                f"its response contains the expected signature ({reply.words}): anyone can read it there and"
                " sign an event with it"
            )
    return _passed("no response contains a signature")


def _digests(received: bytes) -> Iterator[str]:
    """Yield texts that can be an HMAC-SHA256, as lower-case hex."""
    for found in _HEX.finditer(received):
        yield found[0].decode().lower()
    for found in _BASE64.finditer(received):
        yield base64.b64decode(found[0]).hex()


def slowness(_: Sequence[Reply], known: Known) -> Conclusion:
    """Evaluate the times of all responses so far."""
    replies = [reply for _, reply in known.exchanged]
    if all(reply.error is not None for reply in replies):
        return _failed("no response arrived")
    first, slowest = replies[0].elapsed_ms, known.slowest_ms
    if first > TOO_SLOW_MS:
        slowest = max(first, slowest)
    cut = "; a response was too long to read completely" if any(reply.is_cut for reply in replies) else ""
    if slowest > SLOW_MS:
        says = f"slow: {slowest / 1000:.1f} s; respond first and process the event later{cut}"
        return _failed(says) if slowest > TOO_SLOW_MS else _warning(says)
    if not known.accepts_valid:
        return _undecided(NEEDS_ACCEPTED)
    start = f", after {first / 1000:.1f} s for the first event" if first > SLOW_MS else ""
    return _passed(f"the slowest response took {slowest:.0f} ms{start}{cut}")
