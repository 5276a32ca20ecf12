"""The study of a sender's retries: one delivery fails on purpose, and its retries are noted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from inspector.base.clock import datable
from inspector.base.errors import UsageError
from inspector.base.quantity import counted, duration_text
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.response.parts import RuleError
from inspector.domain.response.rule import ResponseRule

DEFAULT = "503"
TIMES = 3
"""How often the delivery fails, unless the rule says `first N`."""
QUIET_S = 600.0
"""A study ends this long after its last delivery."""
LONGEST_S = 24 * 3600.0
MOST = 200
"""Maximum number of deliveries in a study."""
_GAPS_SHOWN = 6
_HEADERS_NOTED = 16
"""Differing headers of a delivery that are noted. The signature does not cover them: anyone can add some."""
MAX_ID = 2**63 - 1
"""The largest number that a database can store."""
_STORED = ("capture_id", "received_ms", "response", "is_same_body", "is_same_signature", "left_after_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudiedDelivery:
    """One delivery of a study, compared with the first."""

    capture_id: int
    received_ms: int
    response: str
    """What it got: `503`, `200`, `close`, `reset` or `never`."""
    is_same_body: bool = True
    is_same_signature: bool = True
    differences: tuple[str, ...] = ()
    """What differs from the first delivery, such as `other date`, `without traceparent` or `other body`."""
    left_after_ms: int | None = None
    """How long the sender waited before it closed the connection; None if it did not."""

    @property
    def is_failure(self) -> bool:
        """Whether the sender has a reason to retry."""
        return self.left_after_ms is not None or not self.response.startswith("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryStudy:
    """A running or ended study. Deliveries are in the order of their arrival."""

    rule: ResponseRule
    """What the delivery gets, and its query. `first N` is how often it fails."""
    begun_ms: int
    quiet_s: float = QUIET_S
    successes: int = 0
    """Ends after this many deliveries with a 2xx; 0 for no such end."""
    deliveries: tuple[StudiedDelivery, ...] = field(default=())
    stopped_ms: int | None = None
    """When the user stopped it."""
    owner: str | None = None
    """The process with whose end it ends; None if it continues without one."""

    @classmethod
    def parse(cls, text: str, *, begun_ms: int, quiet_s: float = QUIET_S, successes: int = 0) -> RetryStudy:
        """Return a new study of `503`, `wait 31s` or another rule. Raises RuleError or UsageError."""
        rule = ResponseRule.parse(text.strip() or DEFAULT)
        if rule.respond.kind == "relay":
            raise RuleError("A study needs a response that fails. Use one such as 503.", "respond")
        if rule.which.kind not in ("all", "first"):
            raise RuleError("A study is about one delivery. Use `first N` for how often it fails.", "which")
        if rule.which.kind == "first" and rule.which.number > MOST:
            raise RuleError(f"A study has at most {MOST} deliveries. Use a smaller number.", "which")
        if not 1 <= quiet_s <= LONGEST_S:
            raise UsageError(f"A study lasts from 1 second to 24 hours, not {quiet_s:g} seconds.")
        if not 0 <= successes <= MOST:
            raise UsageError(f"A study has at most {MOST} deliveries, not {successes:,}.")
        return cls(rule=rule, begun_ms=begun_ms, quiet_s=quiet_s, successes=successes)

    @property
    def times(self) -> int:
        """How often the delivery fails. Later ones get 200."""
        return self.rule.which.number if self.rule.which.kind == "first" else TIMES

    @property
    def is_next_failing(self) -> bool:
        """Whether the next delivery gets the response of the study. Otherwise it gets 200."""
        return len(self.deliveries) < self.times

    @property
    def retries(self) -> tuple[StudiedDelivery, ...]:
        """Every delivery after the first."""
        return self.deliveries[1:]

    @property
    def ends_ms(self) -> int:
        """When it ends, or ended, unless another delivery comes."""
        if self.stopped_ms is not None:
            return self.stopped_ms
        last = self.deliveries[-1].received_ms if self.deliveries else self.begun_ms
        if len(self.deliveries) >= MOST:
            return last
        if (succeeded := self._succeeded_ms) is not None:
            return succeeded
        return int(min(last + self.quiet_s * 1000, self.begun_ms + LONGEST_S * 1000))

    @property
    def _succeeded_ms(self) -> int | None:
        """When the last of the `successes` got its 2xx, or gets it if its sender waits for a late one."""
        late_ms = int((self.rule.respond.after_s + self.rule.respond.drip_s) * 1000)
        good = sorted(
            one.received_ms + (late_ms if place < self.times else 0)
            for place, one in enumerate(self.deliveries)
            if not one.is_failure
        )
        return good[self.successes - 1] if 0 < self.successes <= len(good) else None

    def is_running(self, now_ms: int) -> bool:
        """Whether the next matching delivery belongs to it."""
        return self.stopped_ms is None and now_ms < self.ends_ms

    def left_s(self, now_ms: int) -> float:
        """Return the seconds until it ends, unless another delivery comes."""
        return max(0.0, (self.ends_ms - now_ms) / 1000) if self.is_running(now_ms) else 0.0

    def gap_ms(self, place: int) -> int:
        """Return the time between the previous delivery and the one at `place`; 0 for the first."""
        before = self.deliveries[max(0, place - 1)]
        return max(0, self.deliveries[place].received_ms - before.received_ms)

    def note(self, place: int) -> str:
        """Return how a delivery compares with the first: `first delivery`, `same bytes` or `other body`."""
        if place == 0:
            return "first delivery"
        return "same bytes" if self.deliveries[place].is_same_body else "other body"

    @property
    def sentence(self) -> str:
        """Its progress: `Waiting for the next delivery. It gets 503.`"""
        if not self.deliveries:
            what = self.rule.respond.word
            gets = f"It gets {what}." if self.rule.respond.kind == "status" else f"Its response: {what}."
            if self.rule.respond.after_s:
                gets = f"It waits {self.rule.respond.after_s:g} s, then gets {what}."
            return f"Waiting for the next delivery. {gets}"
        if not self.retries:
            return "No retry so far."
        return f"{_counted_retries(len(self.retries))} so far, {self._sameness}."

    @property
    def conclusions(self) -> tuple[str, ...]:
        """What it shows, in sentences. After the end, this is the report."""
        if not self.deliveries:
            return ("No delivery came.",)
        return tuple(self._conclusions())

    @property
    def _sameness(self) -> str:
        retries = self.retries
        same = sum(one.is_same_body and one.is_same_signature for one in retries)
        if same == len(retries):
            return f"{'all ' if same > 1 else ''}with the same bytes and signature"
        return f"{same} of {len(retries)} with the same bytes and signature"

    def _conclusions(self) -> Iterator[str]:
        retries, last = self.retries, self.deliveries[-1]
        waited = [one.left_after_ms for one in self.deliveries if one.left_after_ms is not None]
        if waited:
            least, most = duration_text(min(waited)), duration_text(max(waited))
            yield f"The sender stopped waiting after {least if least == most else f'{least} to {most}'}."
        if retries:
            gaps = [duration_text(self.gap_ms(place)) for place in range(1, len(self.deliveries))]
            more = [f"{len(gaps) - _GAPS_SHOWN:,} more"] if len(gaps) > _GAPS_SHOWN else []
            shown = [*gaps[:_GAPS_SHOWN], *more]
            listed = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
            yield f"{_counted_retries(len(retries))}, {self._sameness}: after {listed}."
            differing = Counter(what for one in retries for what in one.differences)
            if differing:
                named = ", ".join(f"{what} ({count:,})" for what, count in differing.most_common(8))
                yield f"Differences from the first delivery: {named}."
        again = sum(not one.is_failure for one in self.deliveries[:-1])
        if again:
            yield f"It came again after a 2xx {'once' if again == 1 else f'{again:,} times'}."
        quiet_ms = self.ends_ms - last.received_ms
        if quiet_ms > 0 and self.ends_ms != self._succeeded_ms:  # otherwise the last delivery ended it
            got = f"the {last.response}" if last.response[:1].isdigit() else f"“{last.response}”"
            nothing = "nothing came" if retries else "no retry came"
            yield f"After {got}, {nothing} for {duration_text(quiet_ms)}."

    def with_delivery(
        self, capture_id: int, capture: Capture, first: Capture | None, *, response: str, is_same_body: bool
    ) -> RetryStudy:
        """Return the study with another delivery, compared with the `first` one, if it is not that."""
        differences = () if first is None else tuple(_differences(first, capture, is_same_body=is_same_body))
        added = StudiedDelivery(
            capture_id=capture_id,
            received_ms=capture.received_ms,
            response=response,
            is_same_body=is_same_body,
            is_same_signature=first is None
            or first.values(SIGNATURE_HEADER) == capture.values(SIGNATURE_HEADER),
            differences=differences,
        )
        return replace(self, deliveries=(*self.deliveries, added))

    def with_end_of_wait(self, capture_id: int, now_ms: int) -> RetryStudy:
        """Return the study after the sender of a delivery has closed the connection."""
        return replace(
            self,
            deliveries=tuple(
                replace(one, left_after_ms=max(0, now_ms - one.received_ms))
                if one.capture_id == capture_id
                else one
                for one in self.deliveries
            ),
        )

    @property
    def stored(self) -> str:
        """The study as JSON, from which `load` returns it again."""
        return json.dumps(
            {
                "rule": self.rule.text,
                "begun_ms": self.begun_ms,
                "quiet_s": self.quiet_s,
                "successes": self.successes,
                "stopped_ms": self.stopped_ms,
                "owner": self.owner,
                "deliveries": [
                    {**{name: getattr(one, name) for name in _STORED}, "differences": list(one.differences)}
                    for one in self.deliveries
                ],
            }
        )

    @classmethod
    def load(cls, text: str) -> RetryStudy:
        """Return a stored study. Raises UsageError if it is not one of this version."""
        try:
            values: dict[str, Any] = json.loads(text)
            stopped, quiet_s, successes = values["stopped_ms"], float(values["quiet_s"]), values["successes"]
            owner = values.get("owner")  # earlier versions stored none
            if not (1 <= quiet_s <= LONGEST_S and 0 <= int(successes) <= MOST):
                raise ValueError("numbers that a study does not have")
            return cls(
                rule=ResponseRule.parse(values["rule"]),
                begun_ms=datable(int(values["begun_ms"])),
                quiet_s=quiet_s,
                successes=int(successes),
                stopped_ms=None if stopped is None else datable(int(stopped)),
                owner=None if owner is None else str(owner),
                deliveries=tuple(_loaded_delivery(one) for one in values["deliveries"][:MOST]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise UsageError(f"The study of retries in this file cannot be read: {error}") from error


def _loaded_delivery(values: dict[str, Any]) -> StudiedDelivery:
    left = values["left_after_ms"]
    return StudiedDelivery(
        capture_id=min(abs(int(values["capture_id"])), MAX_ID),
        received_ms=datable(int(values["received_ms"])),
        response=shortened(visible(str(values["response"])), 20),
        is_same_body=bool(values["is_same_body"]),
        is_same_signature=bool(values["is_same_signature"]),
        differences=tuple(shortened(str(one), 80) for one in values["differences"][: _HEADERS_NOTED + 4]),
        left_after_ms=None if left is None else datable(abs(int(left))),
    )


def _counted_retries(number: int) -> str:
    return "1 retry" if number == 1 else counted(number, "retrie")


def _differences(first: Capture, other: Capture, *, is_same_body: bool) -> Iterator[str]:
    if first.method != other.method:
        yield "other method"
    if first.target != other.target:
        yield "other path"
    differing = list(_header_differences(first, other))
    yield from differing[:_HEADERS_NOTED]
    if len(differing) > _HEADERS_NOTED:
        yield "more headers"
    if not is_same_body:
        yield "other body"


def _header_differences(first: Capture, other: Capture) -> Iterator[str]:
    names = dict.fromkeys(name.lower() for name, _ in (*first.headers, *other.headers))
    for name in names:
        before, after = first.values(name), other.values(name)
        if before == after or name == b"content-length":
            continue
        shown = "signature" if name == SIGNATURE_HEADER else shortened(name.decode("latin-1"), 60)
        yield f"other {shown}" if before and after else f"without {shown}" if before else f"new {shown}"
