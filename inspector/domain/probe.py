"""Good and bad events for a receiver, and what its answers say about it: the table of *Check my receiver*.

To add a probe, write what it sends and how its answers are read, and add its entry to `PROBES`.
The order counts: later probes look for a receiver that the earlier ones found alive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from inspector.domain.signature import digest
from inspector.domain.stringify import restringify

SLOW_MS = 1_000
"""A receiver that takes longer keeps the sender waiting; what the sender allows is documented nowhere."""
USER = "webhook-inspector-check"
"""Begins the user id of each event, so that what a receiver kept of them is found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request of a probe, a POST of JSON."""

    body: bytes
    signature: bytes | None
    """Of the header; null where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the receiver answered a delivery."""

    status: int | None
    elapsed_ms: float
    body: bytes = b""
    error: str | None = None
    """Why there was no whole answer, in a sentence."""
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


Reading: TypeAlias = Callable[[Sequence[Reply], bool], Finding]
"""From the answers to a probe, and whether the receiver accepted the first valid event, to what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One test of a receiver."""

    name: str
    sends: Callable[[Maker], Sequence[Delivery]]
    reads: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes events of one run of the check, and signs them."""

    key: bytes
    run: str
    """Ends the ids, so that no event of another run is met again."""

    def answer(self, response: Any = "fine", *, order: int = 1, user: str = "one") -> bytes:
        """The body of an answer event, as JSON.stringify prints it."""
        return _body(
            {
                **self._ids(user),
                "question_id": f"q-{order}",
                "platform": "android",
                "trigger": "check",
                **_question(response, order),
            }
        )

    def completion(self, *responses: Any, user: str = "one") -> bytes:
        """The body of a completion, with one question for each response."""
        return _body(
            {
                **self._ids(user, name="Webhook Inspector check"),
                "platform": "link",
                "trigger": "",
                "event_type": "response_group",
                "responses": [
                    {"question_id": f"q-{order}", **_question(response, order)}
                    for order, response in enumerate(responses, start=1)
                ],
            }
        )

    def signed(self, body: bytes) -> Delivery:
        """As the sender delivers it."""
        return Delivery(body=body, signature=digest(self.key, body).encode())

    def _ids(self, user: str, name: str | None = None) -> dict[str, str]:
        ids = {"user_id": f"{USER}-{user}-{self.run}", "app_key": "check", "survey_id": f"{USER}-survey"}
        if name is not None:
            ids["survey_name"] = name
        return {**ids, "group_id": f"{USER}-{self.run}"}


def _question(response: Any, order: int) -> dict[str, Any]:
    return {
        "question_order": order,
        "response": response,
        "question_text": f"Question {order}?",
        "question_type": "input_feedback",
        "created_at": f"2026-01-01T10:00:{order:02d}.000Z",
    }


def _body(event: dict[str, Any]) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return restringify(text.encode("utf-8", "backslashreplace"))


# ---- what is sent


def _valid(make: Maker) -> list[Delivery]:
    return [make.signed(make.completion("good", ["image upload", "crash"]))]


def _valid_answer(make: Maker) -> list[Delivery]:
    return [make.signed(make.answer("good"))]


def _unsigned(make: Maker) -> list[Delivery]:
    return [Delivery(body=make.answer("unsigned", user="stranger"), signature=None)]


def _tampered(make: Maker) -> list[Delivery]:
    signed = make.signed(make.answer("as it was signed", user="stranger"))
    return [Delivery(body=make.answer("as it was changed", user="stranger"), signature=signed.signature)]


def _wrong_secret(make: Maker) -> list[Delivery]:
    body = make.answer("wrong secret", user="stranger")
    return [Delivery(body=body, signature=digest(make.key + b"x", body).encode())]


def _upper_case(make: Maker) -> list[Delivery]:
    signed = make.signed(make.answer("upper case", user="upper"))
    return [Delivery(body=signed.body, signature=(signed.signature or b"").upper())]


def _reserialised(make: Maker) -> list[Delivery]:
    signed = make.signed(make.answer("printed again", user="printed"))
    spaced = json.dumps(json.loads(signed.body), ensure_ascii=False).encode()
    return [Delivery(body=spaced, signature=signed.signature)]


def _unicode(make: Maker) -> list[Delivery]:
    return [make.signed(make.answer("naïve café, 日本語, 🚀, \u2028 </script> \ud83d", user="unicode"))]


def _numbers(make: Maker) -> list[Delivery]:
    return [
        make.signed(make.answer([0.1, 1e21, 1e-7, 100000000000000000000, 1.5, -0.000001], user="numbers"))
    ]


def _repeated(make: Maker) -> list[Delivery]:
    return [make.signed(make.answer("sent twice", user="repeated"))] * 2


def _out_of_order(make: Maker) -> list[Delivery]:
    bodies = (
        make.completion("a", "b", user="late"),
        *(make.answer(r, order=n, user="late") for n, r in ((2, "b"), (1, "a"))),
    )
    return [make.signed(body) for body in bodies]


def _not_json(make: Maker) -> list[Delivery]:
    return [make.signed(b'{"user_id":"broken')]


def _empty(make: Maker) -> list[Delivery]:
    return [Delivery(body=b"", signature=None)]


# ---- how the answers are read


def _accepts(problem: str) -> Reading:
    """All have to be accepted; `problem` is what a rejection means at a receiver that takes others."""

    def read(replies: Sequence[Reply], takes_others: bool) -> Finding:
        for reply in replies:
            if reply.is_accepted:
                continue
            if not takes_others:
                return Finding(ok=False, says=f"{reply.words}, as for every valid event")
            if reply.is_rejected:
                return Finding(ok=False, says=f"{problem} ({reply.words})")
            return Finding(ok=False, says=f"fails on a valid event: {reply.words}")
        return Finding(ok=True, says="accepts it")

    return read


def _accepts_first(problem: str) -> Reading:
    """As `_accepts`, of the first valid event there is."""
    accepts = _accepts(problem)
    return lambda replies, takes_others: accepts(replies, True)


def _rejects(problem: str) -> Reading:
    """It has to be rejected with a 4xx; `problem` is what accepting it means."""

    def read(replies: Sequence[Reply], takes_others: bool) -> Finding:
        (reply,) = replies
        if reply.is_accepted:
            return Finding(ok=False, says=problem)
        if not reply.is_rejected:
            return Finding(ok=False, says=f"fails instead of rejecting it: {reply.words}")
        if not takes_others:
            return Finding(ok=True, says=f"{reply.words}, but so it does for valid events")
        return Finding(ok=True, says=f"rejects it with {reply.status}")

    return read


def _either(accepted: str, rejected: str) -> Reading:
    """Neither is wrong, but worth knowing; failing is."""

    def read(replies: Sequence[Reply], takes_others: bool) -> Finding:
        (reply,) = replies
        if reply.is_accepted:
            return Finding(ok=True, says=accepted)
        if not reply.is_rejected:
            return Finding(ok=False, says=f"fails: {reply.words}")
        return Finding(ok=True, says=rejected if takes_others else f"{reply.words}, as for every event")

    return read


def _same_twice(replies: Sequence[Reply], takes_others: bool) -> Finding:
    first, second = replies
    if not first.is_accepted:
        return _accepts("rejects the first delivery")([first], takes_others)
    if not second.is_accepted:
        return Finding(ok=False, says=f"not idempotent: the second delivery is not accepted ({second.words})")
    if (first.status, first.body) != (second.status, second.body):
        return Finding(ok=False, says="not idempotent: the second delivery got another answer")
    return Finding(ok=True, says="answers the second delivery as the first")


PROBES: tuple[Probe, ...] = (
    Probe(name="valid", sends=_valid, reads=_accepts_first("rejects a valid event")),
    Probe(name="valid-answer", sends=_valid_answer, reads=_accepts("rejects a valid answer")),
    Probe(
        name="unsigned",
        sends=_unsigned,
        reads=_rejects("accepts an event without a signature: whoever finds the URL can send any"),
    ),
    Probe(name="tampered", sends=_tampered, reads=_rejects("accepts a bad signature: the body was changed")),
    Probe(
        name="wrong-secret",
        sends=_wrong_secret,
        reads=_rejects("accepts a bad signature: it was made with another secret"),
    ),
    Probe(
        name="upper-case",
        sends=_upper_case,
        reads=_either(
            "accepts upper-case hex, which the documented check would not: harmless",
            "compares exactly: upper-case hex is rejected, as the documented check does",
        ),
    ),
    Probe(
        name="re-serialised",
        sends=_reserialised,
        reads=_either(
            "verifies the text that it prints again, as the documents do",
            "verifies the bytes as they came: a proxy that prints JSON again would break it",
        ),
    ),
    Probe(
        name="unicode",
        sends=_unicode,
        reads=_accepts("rejects a valid one with an emoji: it compares re-serialised text"),
    ),
    Probe(
        name="numbers",
        sends=_numbers,
        reads=_accepts("rejects a valid one with unusual numbers: it compares re-serialised text"),
    ),
    Probe(name="repeated", sends=_repeated, reads=_same_twice),
    Probe(
        name="out-of-order",
        sends=_out_of_order,
        reads=_accepts("rejects answers that arrive after their completion"),
    ),
    Probe(name="not-json", sends=_not_json, reads=_either("accepts a body that is no JSON", "rejects it")),
    Probe(name="empty", sends=_empty, reads=_rejects("accepts an empty body without a signature")),
)


def slowness(replies: Sequence[Reply]) -> Finding:
    """What the times of all answers say."""
    slowest = max((reply.elapsed_ms for reply in replies), default=0.0)
    if slowest > SLOW_MS:
        return Finding(ok=False, says=f"slow: {slowest / 1000:.1f} s; answer first and work afterwards")
    return Finding(ok=True, says=f"the slowest answer took {slowest:.0f} ms")
