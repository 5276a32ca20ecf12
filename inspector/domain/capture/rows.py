"""The rows of lists: values read from the store, never with a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture, HeaderPairs, Kind
from inspector.domain.replay.redirect import Redirect
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.verdict import COUNTED, ShownVerdict, Verdict

EventWord = Literal["response_group", "answer", "unknown"]
Mark = Literal["complete", "partial", "opened"]
AttemptOutcome = Literal[
    "ok", "http-error", "timeout", "refused", "unreachable", "tls", "reset", "cut", "bad-answer", "unknown"
]
MarkColor = Literal["blue", "teal", "purple", "pink", "brown", "grey"]
"""The user's mark on a capture. None has the colour of a verdict."""
SignatureState = Literal["original", "resigned", "stale", "broken", "none"]

MAX_NAME = 64
"""Maximum characters of the names of an edge and a stream. A file can come from anyone."""

MARK_WORDS: Mapping[str, str] = {
    "redelivery": "again",
    "answer-repeated": "again",
    "answer-changed": "changed",
    "out-of-order": "late",
    "completion-disagrees": "conflict",
    "answers-missing": "missing",
}
"""The findings across captures as one word each, for a list."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL: `http://localhost:3000`."""
    return "/".join(url.split("/", 3)[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOutcome:
    """The last attempt to send a capture to one target."""

    target: str
    """The URL of the target."""
    status: int | None
    outcome: AttemptOutcome
    is_expected: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port: `http://localhost:3000`."""
        return origin_of(self.target)


class CaptureRow(NamedTuple):
    """A capture as shown in a list and printed by `listen` and `list`.

    It is not a dataclass, because one is made for each arriving capture, and this takes a third of the time.
    """

    id: int
    kind: Kind
    received_ms: int
    method: str
    target: bytes
    size: int
    """Stored bytes of the body."""
    declared: int | None
    answered: int | None
    event: EventWord
    survey_id: str | None
    survey_name: str | None
    """The latest trusted name of that survey; None if it is unknown."""
    group_id: str | None
    user_id: str | None
    platform: str | None
    question_order: int | None
    """The number of the question; None unless this is an answer."""
    summary: str
    """The answer or answers in a few words, at most 120 characters, as sent (not made visible)."""
    verdict: Verdict
    is_json: bool | None
    """None if the body was not read (refused, pending)."""
    is_trusted: bool
    is_examined: bool = False
    """Whether the cause of an invalid signature was searched."""
    encoding: str | None = None
    """The Content-Encoding that the body was decoded from; None if it was read as transferred."""
    problem: str | None = None
    """Why the body was not read, or not as a receiver would read it, as a sentence; None otherwise."""
    marks: tuple[str, ...] = ()
    """Codes of its findings across captures."""
    attempts: int = 0
    outcomes: tuple[TargetOutcome, ...] = ()
    """The last attempt to each target, latest first. Only the latest if there are very many targets."""
    is_pinned: bool = False
    note: str = ""
    """The user's note, not made visible."""
    color: MarkColor | None = None
    answered_by: str | None = None
    """What decided the response: a rule, the path or a relay; None for the usual response."""

    @property
    def shown(self) -> ShownVerdict:
        """The verdict as shown to the user."""
        return self.verdict.shown(is_json=self.is_json)

    @property
    def mark_words(self) -> tuple[str, ...]:
        """Its origin unless it was captured as usual, then its findings across captures, as one word each."""
        is_usual = self.kind in ("captured", "refused")
        if is_usual and not self.marks:
            return ()
        origin = () if is_usual else (self.kind,)
        return tuple(dict.fromkeys((*origin, *(MARK_WORDS.get(code, code) for code in self.marks))))

    @property
    def last_status(self) -> int | None:
        """The status of the last attempt; None if there was no response, or no attempt."""
        return self.outcomes[0].status if self.outcomes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """What the row of a thread shows of its captures, or of the newest ones if there are very many."""

    shown: ShownVerdict
    """The worst verdict."""
    is_examined: bool
    """Whether the cause of each invalid signature was searched."""
    kinds: tuple[str, ...]
    marks: tuple[str, ...]
    """Codes of the findings across captures."""
    has_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxOrigin:
    """Where a capture of a shared inbox came from."""

    stream: str
    sequence: int
    """The number of its message in the stream."""
    edge: str
    """The name of the edge that received it."""

    @property
    def text(self) -> str:
        """`Received by edge eu-1, message 1,203 of HOOKS.`"""
        edge, stream = shortened(visible(self.edge), MAX_NAME), shortened(visible(self.stream), MAX_NAME)
        return f"Received by edge {edge}, message {self.sequence:,} of {stream}."


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureDetail:
    """One complete capture."""

    row: CaptureRow
    capture: Capture
    findings: tuple[Finding, ...]
    """The stored findings: those of the check and those across captures."""
    attempts: tuple[AttemptRow, ...] = ()
    """Newest first."""
    inbox: InboxOrigin | None = None
    """None unless it came from a shared inbox."""


class AttemptRow(NamedTuple):
    """One delivery of one capture to one target, in the order of its columns in the file."""

    id: int
    capture_id: int
    target: str
    """The URL of the target."""
    started_ms: int
    status: int | None
    elapsed_ms: float | None
    outcome: AttemptOutcome
    error: str | None
    """The failure in words; None if there was a response."""
    signature: SignatureState
    edited: bool
    connect_ms: float | None = None
    """Time for name, connection and TLS; None if an open connection was used or none was established."""
    first_byte_ms: float | None = None
    """Time from the start to the first byte of the response."""
    connected_to: str | None = None
    """The address, `127.0.0.1:3000`."""
    fault: str | None = None
    """The injected fault."""
    plan_id: int | None = None
    forward_id: int | None = None
    redirects: tuple[Redirect, ...] = ()
    """The redirects that were followed, in order. The response is that of the last one."""
    path: str | None = None
    """The path that was sent, without its query; None if an older version did not store it."""
    is_expected: bool = False
    """Whether a correct receiver responds like this: it accepts the capture, or rejects what it must
    reject."""

    def with_id(self, attempt_id: int) -> AttemptRow:
        """Return the row with the id that it got when it was stored."""
        return AttemptRow._make((attempt_id, *self[1:]))  # half the time of `_replace`

    @property
    def origin(self) -> str:
        """Scheme, host and port: `http://localhost:3000`."""
        return origin_of(self.target)

    @property
    def place(self) -> tuple[str, str | None]:
        """Scheme, host, port and path. Two attempts are compared only if these are equal."""
        return self.origin, self.path

    @property
    def sent_to(self) -> str:
        """The requested URL, without the query of the capture."""
        return self.target if self.path is None else f"{self.origin}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDetail:
    """An attempt with its request and its response."""

    row: AttemptRow
    sent_head: bytes = b""
    """Request line and headers, byte for byte; empty if an older version stored the attempt."""
    sent_body: bytes | None = None
    """None if it was the capture's own body."""
    response_headers: HeaderPairs
    response_body: bytes
    is_response_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictTotals:
    """The number of captures by verdict. Samples are counted only in `samples`."""

    total: int = 0
    """All captures: the list without a filter."""
    valid: int = 0
    """`valid` by both readings, or only by the raw bytes."""
    rewritten: int = 0
    """`valid` only by the stringified reading."""
    invalid: int = 0
    unsigned: int = 0
    unchecked: int = 0
    samples: int = 0
    pinned: int = 0
    """Only for the whole file."""
    body_bytes: int = 0

    @property
    def in_words(self) -> str:
        """The captures per verdict: `12 valid, 1 rewritten, 3 invalid`."""
        counts = ((getattr(self, word), word) for word in COUNTED)
        return ", ".join(f"{count:,} {word}" for count, word in counts if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """A survey, group or respondent as shown in the tree."""

    survey_id: str
    group_id: str | None = None
    user_id: str | None = None
    name: str | None = None
    """For a survey, its latest trusted name; for a respondent that was searched, the name of its survey."""
    captures: int = 0
    """The number of trusted captures, or of all captures under *Not verified*."""
    users: int = 0
    """For a group, respondents with a user id. For a survey, the sum over its groups."""
    answers: int = 0
    """For a respondent, the questions answered in the latest run."""
    mark: Mark | None = None
    """For a respondent, the mark of its latest run."""
    runs: int = 0
    """How often the survey was taken, by trusted captures. Respondents can take a recurring survey
    repeatedly."""
    completed_runs: int = 0
    """The number of these with a completion."""
    others: int = 0
    """The number of captures with its ids that are not trusted."""
    mix: VerdictTotals = VerdictTotals()
    """All captures with its ids, by verdict."""
    last_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentRow:
    """A respondent in a list of respondents."""

    survey_id: str
    survey_name: str | None
    group_id: str
    user_id: str | None
    """None for an anonymous completion, and for the anonymous answers of a group together."""
    capture_id: int | None
    """The capture that is an anonymous completion."""
    is_sample: bool
    state: Mark | None
    """The mark of its latest run; None without trusted captures, and for anonymous answers."""
    runs: int
    completed_runs: int
    answers: int
    """The questions answered in the latest run."""
    captures: int
    """All its captures, of any verdict."""
    trusted: int
    is_counted_only: bool
    """Whether it has too many captures to be analysed."""
    marks: tuple[str, ...]
    """Codes of the findings across its captures."""
    last_ms: int

    @property
    def mark_words(self) -> tuple[str, ...]:
        """Its findings as one word each."""
        return tuple(dict.fromkeys(MARK_WORDS.get(code, code) for code in self.marks))


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePage:
    """The latest rows of one level."""

    rows: tuple[TreeRow, ...]
    more: int
    """The number of further rows."""
