"""The parts of a test of a receiver: what it sends, what is known before it, and its conclusion."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import Area, TestGroup

FIRST = "valid"
"""The name of the test of the first valid event."""
ANSWER = "valid-answer"
"""The name of the test of the first valid answer."""
PRINTED = "re-serialised"
"""The name of the test whose event verifies only if it is re-serialised."""
NEEDS_ACCEPTED = "needs a 2xx"
"""Why a test cannot decide at a receiver that accepts no valid event."""
NEEDS_NO_PACE = "needs a check without a pace"
"""Why a test that sends many requests in a short time cannot decide if the user limits their pace."""

Result = Literal["passed", "warning", "failed", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The result of one test."""

    result: Result
    says: str
    """The result in words: `accepts an invalid signature`."""
    is_forgery: bool = False
    """Whether the receiver accepted an event that anyone could have sent."""
    decisive: int = 0
    """The place of the reply that decided it, among those to the test's requests."""

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
    refused: frozenset[str] = field(default_factory=frozenset)
    """The names of the tests with an event that was not accepted."""
    accepts_forged: bool = False
    """Whether the receiver accepts forged events. Then no other response shows how it verifies
    signatures."""
    exchanged: tuple[tuple[EventRequest, Reply], ...] = ()
    """All requests of the earlier tests, with the replies."""
    is_paced: bool = False
    """Whether the user limits the requests per second, so that a test may not send hundreds."""
    slowest_ms: float = 0.0
    """The longest time to respond to a request that was sent alone. The first request does not count,
    because many receivers start with it."""

    @property
    def accepts_valid(self) -> bool:
        """Whether the receiver accepts completions or answers."""
        return FIRST in self.accepted or ANSWER in self.accepted

    def fails_like_first(self, reply: Reply) -> bool:
        """Return whether the receiver treats this event like every event, so that the reply shows nothing."""
        return self.first is not None and not self.accepts_valid and self.first.kind == reply.kind

    def after(
        self, test: ReceiverTest, conclusion: Conclusion, exchanged: Sequence[tuple[EventRequest, Reply]]
    ) -> Known:
        """Return this with the result of `test`."""
        replies = [reply for _, reply in exchanged]
        times = [reply.elapsed_ms for reply in (replies if self.first else replies[1:])]
        is_accepted = bool(replies) and all(reply.is_accepted for reply in replies)
        return replace(
            self,
            first=self.first or next(iter(replies), None),
            accepted=self.accepted | {test.name} if is_accepted else self.accepted,
            refused=self.refused | {test.name} if replies and not is_accepted else self.refused,
            accepts_forged=self.accepts_forged or conclusion.is_forgery,
            exchanged=(*self.exchanged, *exchanged),
            slowest_ms=max((self.slowest_ms, *([] if test.is_at_once else times))),
        )


Reading: TypeAlias = Callable[[Sequence[Reply], Known], Conclusion]
"""A function from the replies to a test, and the results of earlier tests, to its conclusion."""
Talk: TypeAlias = Generator[Sequence[EventRequest], Sequence[Reply], Conclusion]
"""A test in progress: it yields the requests to send, receives their replies, and returns its conclusion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverTest:
    """One test of a receiver."""

    name: str
    """The name for scripts."""
    title: str
    """The title: a few words about the events."""
    group: TestGroup
    area: Area = "signature"
    sends: Callable[[Maker], Sequence[EventRequest]] | None = None
    """None if it reads only what the earlier tests received."""
    is_at_once: bool = False
    """Whether the events are sent at the same time, each over a connection of its own."""
    is_patient: bool = True
    """Whether a request is repeated later if the receiver asks to wait."""
    needs_accepted: bool = False
    """Whether the test decides nothing, and sends nothing, if valid events are rejected."""
    reads: Reading | None = None
    talks: Callable[[Maker, Known], Talk] | None = None
    """Replaces `sends` and `reads` if a reply decides about the next request."""

    def talk(self, maker: Maker, known: Known) -> Talk:
        """Return the test in progress. If valid events are rejected, one of several valid ones is enough."""
        if self.needs_accepted and not known.accepts_valid:
            return Conclusion(result="undecided", says=NEEDS_ACCEPTED)
        if self.is_at_once and known.is_paced:
            return Conclusion(result="undecided", says=NEEDS_NO_PACE)
        if FIRST in known.accepted and ANSWER in known.refused:
            maker = replace(maker, has_answers=False)
        if self.talks is not None:
            return (yield from self.talks(maker, known))
        assert self.reads is not None
        requests = () if self.sends is None else self.sends(maker)
        if self.group == "accepts" and known.first is not None and not known.accepts_valid:
            requests = requests[:1]
        replies = (yield requests) if requests else ()
        return self.reads(replies, known)
