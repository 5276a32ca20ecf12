"""The columns of the table `captures`: their names, their values for a new capture, and rows from them."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from inspector.domain.capture.capture import Capture, HeaderPairs, Kind
from inspector.domain.capture.rows import CaptureRow, EventWord, InboxOrigin, TargetOutcome
from inspector.domain.event.event import Completion, Event, groupable, question_order
from inspector.domain.event.shape import Shape
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.verdict import Verdict
from inspector.store.group import shapes
from inspector.store.verdict_sql import MATCHED, matched_bits

_ENCODER = json.JSONEncoder(check_circular=False)


def dump_headers(pairs: HeaderPairs) -> str:
    """Return `[["Host", "127.0.0.1"], …]`, which SQL can search. Each byte is one character (Latin-1)."""
    return _ENCODER.encode([(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])


def has_header(*names: bytes) -> str:
    """Return a condition on `captures`: the request has a header with one of these names, in any case."""
    # A name is the first text of its pair, and LIKE ignores the case of ASCII.
    return "(" + " OR ".join(f"headers LIKE '%[\"{name.decode()}\", %'" for name in names) + ")"


def load_headers(text: str) -> HeaderPairs:
    """Return the pairs that `dump_headers` wrote, byte for byte."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(text))


MAX_TEXT = 200
"""Maximum characters of a name, platform or trigger in a row. The body has the complete text."""


class ShownColumns(NamedTuple):
    """The columns for list rows, as SQLite stores them.

    They never include a body, so that the latest rows can stay in memory. The first eight describe the
    request, the others its evaluation.
    """

    kind: Kind
    received_ms: int
    method: str
    target: bytes
    size: int
    declared: int | None
    answered: int | None
    answered_by: str | None
    event: EventWord
    survey_id: str | None
    survey_name: str | None
    """The name in the completion itself."""
    group_id: str | None
    user_id: str | None
    platform: str | None
    question_order: int | None
    summary: str
    verdict: Any
    """`Verdict.word`. `reason`, `matched` (bits: 1 raw, 2 stringify) and `secret` are its other fields."""
    reason: Any
    matched: int
    secret: str | None
    is_json: int | None
    is_trusted: int
    is_examined: int
    encoding: str | None
    problem: str | None


class OtherColumns(NamedTuple):
    """The columns that no list shows. The first five describe the request, the others its evaluation."""

    version: str
    headers: str
    """Written by `dump_headers`."""
    remote: str
    claimed: str | None
    trouble: str | None
    trigger: str | None
    items: str
    """The facts that grouping counts."""
    expected_hash: int | None
    shape: int | None


class Unlisted(NamedTuple):
    """What the JSON of a capture has in addition to its row."""

    remote: str = ""
    claimed: str | None = None
    trigger: str | None = None
    cause: str | None = None
    """The code of the first proved cause."""
    event: Event | None = None
    """None if the body was not read, is too large to be read for a list, or nests too deep. Nothing is set in
    an unknown one."""
    inbox: InboxOrigin | None = None


READ_DEPTH = 100
"""Answers of a body with more levels are not in JSON, because many readers of JSON have a limit."""
_SHOWN_OF_REQUEST, _OTHER_OF_REQUEST = 8, 5
SHOWN = ", ".join(ShownColumns._fields)
ALL = ("id", *ShownColumns._fields, *OtherColumns._fields, "body_hash")
EVALUATED = (*ShownColumns._fields[_SHOWN_OF_REQUEST:], *OtherColumns._fields[_OTHER_OF_REQUEST:])
"""The columns that a new evaluation replaces."""


class NewCapture(NamedTuple):
    """A new capture and its column values."""

    shown: ShownColumns
    other: OtherColumns
    body: bytes
    findings: tuple[Finding, ...]
    shape: Shape
    nonce: str | None
    """The nonce of an announced sample."""
    is_trusted_without_secret: bool
    """See `Evaluation.is_trusted_without_secret`."""

    def on_file(self, *, is_secret_on_file: bool) -> NewCapture:
        """Return the same capture, trusted unless a secret was ever active on the file."""
        if not self.is_trusted_without_secret or self.shown.is_trusted != is_secret_on_file:
            return self
        return self._replace(shown=self.shown._replace(is_trusted=not is_secret_on_file))


def new_capture(capture: Capture, evaluation: Evaluation, nonce: str | None = None) -> NewCapture:
    """Return a capture with its evaluation, ready to be stored."""
    of_evaluation, other_of_evaluation = _evaluated(evaluation)
    shown = (
        capture.kind,
        capture.received_ms,
        capture.method,
        capture.target,
        len(capture.body),
        capture.declared,
        capture.answered,
        None if capture.answered_by is None else storable(capture.answered_by),
        *of_evaluation,
    )
    other = (
        capture.version,
        dump_headers(capture.headers),
        capture.remote,
        capture.claimed,
        capture.trouble,
        *other_of_evaluation,
    )
    return NewCapture(
        ShownColumns._make(shown),
        OtherColumns._make(other),
        capture.body,
        evaluation.findings,
        evaluation.shape,
        nonce,
        evaluation.is_trusted_without_secret,
    )


def evaluated(evaluation: Evaluation) -> tuple[Any, ...]:
    """Return the values of EVALUATED."""
    shown, other = _evaluated(evaluation)
    return (*shown, *other)


def _evaluated(evaluation: Evaluation) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values of the evaluation in ShownColumns and in OtherColumns."""
    event, verdict = evaluation.event, evaluation.verdict
    shown = (
        event.word,
        _id(event.survey_id),
        _text(event.survey_name) if isinstance(event, Completion) else None,
        _id(event.group_id),
        _id(event.user_id),
        _text(event.platform),
        question_order(event),
        storable(evaluation.summary),
        verdict.word,
        verdict.reason,
        matched_bits(verdict),
        verdict.secret,
        evaluation.is_json,
        evaluation.is_trusted,
        False,
        evaluation.encoding,
        evaluation.problem,
    )
    other = (
        _text(event.trigger),
        evaluation.items,
        evaluation.expected_hash,
        shapes.hash_of(evaluation.shape),
    )
    return shown, other


class Sent(NamedTuple):
    """How often a capture was sent, and the last outcome per target, latest first."""

    attempts: int = 0
    outcomes: tuple[TargetOutcome, ...] = ()


UNSENT = Sent()
UNMARKED = (0, "", None)
"""The columns is_pinned, note and color of `marks`, for a capture without marks."""


def row(
    capture_id: int,
    shown: ShownColumns,
    *,
    survey_name: str | None,
    findings: str | None = None,
    sent: Sent = UNSENT,
    marks: Sequence[Any] = UNMARKED,
) -> CaptureRow:
    """Return a row. All rows are created here.

    `survey_name` is the name of the survey, or None if it is unknown. `findings` are the codes of findings
    across captures, joined with commas. `marks` are is_pinned, note and color.
    """
    # until the survey is counted, only its completion has the name
    if survey_name is None and shown.is_trusted:
        survey_name = shown.survey_name
    is_pinned, note, color = marks
    return CaptureRow(
        id=capture_id,
        kind=shown.kind,
        received_ms=shown.received_ms,
        method=shown.method,
        target=shown.target,
        size=shown.size,
        declared=shown.declared,
        answered=shown.answered,
        answered_by=shown.answered_by,
        event=shown.event,
        survey_id=shown.survey_id,
        survey_name=survey_name,
        group_id=shown.group_id,
        user_id=shown.user_id,
        platform=shown.platform,
        question_order=shown.question_order,
        summary=shown.summary,
        verdict=_verdict(shown.verdict, shown.reason, shown.matched, shown.secret),
        is_json=None if shown.is_json is None else bool(shown.is_json),
        is_trusted=bool(shown.is_trusted),
        is_examined=bool(shown.is_examined),
        encoding=shown.encoding,
        problem=shown.problem,
        marks=tuple(findings.split(",")) if findings else (),
        attempts=sent.attempts,
        outcomes=sent.outcomes,
        is_pinned=bool(is_pinned),
        note=note or "",
        color=color,
    )


@functools.lru_cache(maxsize=100)  # there are few, and a row is made for each arriving capture
def _verdict(word: Any, reason: Any, matched: int, secret: str | None) -> Verdict:
    return Verdict(word=word, reason=reason, matched=MATCHED[matched], secret=secret)


OF_REQUEST = (
    "kind", "received_ms", "method", "target", "version", "remote", "claimed", "declared", "answered",
    "answered_by", "trouble",
)  # fmt: skip
"""The columns of a request, without headers and body, in the capture file and in its journal."""
OF_CAPTURE = ", ".join((*OF_REQUEST, "headers"))
"""The columns of a complete capture, without its body."""


def capture_of(values: Sequence[Any], body: bytes) -> Capture:
    """Return a complete capture from the values of OF_CAPTURE and its body."""
    *request, headers = values
    return capture_with(request, load_headers(headers), body)


def capture_with(request: Sequence[Any], headers: HeaderPairs, body: bytes) -> Capture:
    """Return a complete capture from the values of OF_REQUEST, its headers and its body."""
    # Not by the names of OF_REQUEST: that takes 3 µs more for each capture.
    kind, received_ms, method, target, version, remote, claimed, declared, answered, by, trouble = request
    return Capture(
        kind=kind,
        received_ms=received_ms,
        method=method,
        target=target,
        version=version,
        headers=headers,
        body=body,
        declared=declared,
        remote=remote,
        claimed=claimed,
        answered=answered,
        answered_by=by,
        trouble=trouble,
    )


def body_hash(body: bytes) -> bytes:
    """Return the column `body_hash`. This takes 0.1 s for the largest bodies."""
    return hashlib.sha256(body).digest()[:16]


def storable(text: str) -> str:
    """Return text that SQLite accepts, which is UTF-8 only.

    A lone surrogate, which JSON can contain, becomes its escape.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _id(text: str | None) -> str | None:
    return None if (usable := groupable(text)) is None else storable(usable)


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text[:MAX_TEXT])


OVERHEAD_BYTES = 6_144
"""Estimate for everything but the capture itself: indexes, its respondent, and mostly its findings.

Those of an unexplained signature, which a later diagnosis adds, take 4 KB.
"""

# Target and method are also in an index, and the ids in rows and indexes of a respondent, a group and a
# survey: captures with distinct ids of 200 bytes take 7 KB. After a change, migrations.py must recalculate
# the estimates.
ESTIMATED_BYTES_SQL = (
    "size + length(headers) + length(items) + 2 * (length(method) + length(target))"
    " + 10 * length(coalesce(survey_id, '') || coalesce(group_id, '') || coalesce(user_id, ''))"
    f" + {OVERHEAD_BYTES}"
)
"""The same as `estimated_bytes`, over `captures`."""


def estimated_bytes(capture: Capture, evaluation: Evaluation) -> int:
    """Return the estimated size of a capture in the file. In headers, a byte from 0x80 takes six
    characters."""
    event = evaluation.event
    ids = [groupable(one) or "" for one in (event.survey_id, event.group_id, event.user_id)]
    return (
        len(capture.body)
        + len(dump_headers(capture.headers))
        + len(evaluation.items)
        + 2 * (len(capture.method) + len(capture.target))
        + 10 * sum(map(len, ids))
        + OVERHEAD_BYTES
    )
