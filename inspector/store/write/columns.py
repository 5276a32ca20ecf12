"""The columns of a capture: what is written to them, and a row made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import CaptureRow, TargetOutcome
from inspector.domain.event.event import Completion, groupable, question_order
from inspector.domain.event.shape import Shape
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.verdict import Reading, Verdict
from inspector.store.group import shapes
from inspector.store.write.headers import dump_headers

MAX_TEXT = 200
"""Characters of a name, platform or trigger that the row keeps; the body has it whole."""

# What a row shows comes first: of a capture as it came, then of what was concluded from it.
RAW_SHOWN = "kind, received_ms, method, target, size, declared, answered"
JUDGED_SHOWN = (
    "event, survey_id, group_id, user_id, platform, question_order, summary, verdict, reason, matched,"
    " secret, is_json, is_trusted, is_examined, encoding, problem"
)
RAW_OTHER = "version, headers, remote, claimed, trouble"
JUDGED_OTHER = "survey_name, trigger, items, expected_hash, shape"
NAMES = f"id, {RAW_SHOWN}, {JUDGED_SHOWN}, {RAW_OTHER}, {JUDGED_OTHER}, body_hash"
COUNT = NAMES.count(",") + 1
JUDGED_COUNT = f"{JUDGED_SHOWN}, {JUDGED_OTHER}".count(",") + 1

Shown: TypeAlias = tuple[Any, ...]
"""The values of RAW_SHOWN and JUDGED_SHOWN."""
_SHOWN = f"{RAW_SHOWN}, {JUDGED_SHOWN}".split(", ")
_EVENT, _VERDICT, _REASON, _TRUSTED = map(_SHOWN.index, ("event", "verdict", "reason", "is_trusted"))

# The bits of the column `matched`.
_READINGS: tuple[tuple[int, Reading], ...] = ((1, "raw"), (2, "stringify"))
_MATCHED = tuple(tuple(reading for bit, reading in _READINGS if bits & bit) for bits in range(4))
_BITS = {matched: bits for bits, matched in enumerate(_MATCHED)}


class NewCapture(NamedTuple):
    """A capture as it is put into the file."""

    shown: Shown
    other: tuple[Any, ...]
    """The values of RAW_OTHER and JUDGED_OTHER."""
    body: bytes
    findings: tuple[Finding, ...]
    shape: Shape
    nonce: str | None
    """Of an announced sample."""
    is_trusted_without_secret: bool
    """As `Evaluation` has it."""

    def on_file(self, *, is_secret_on_file: bool) -> NewCapture:
        """Return the same arrival, trusted unless a secret was ever active on the file."""
        if not self.is_trusted_without_secret or self.shown[_TRUSTED] != is_secret_on_file:
            return self
        shown = (*self.shown[:_TRUSTED], not is_secret_on_file, *self.shown[_TRUSTED + 1 :])
        return self._replace(shown=shown)


def arrival(capture: Capture, judgement: Evaluation, nonce: str | None = None) -> NewCapture:
    """A capture with what was concluded from it."""
    return NewCapture(
        (
            capture.kind,
            capture.received_ms,
            capture.method,
            capture.target,
            len(capture.body),
            capture.declared,
            capture.answered,
            *_judged_shown(judgement),
        ),
        (
            capture.version,
            dump_headers(capture.headers),
            capture.remote,
            capture.claimed,
            capture.trouble,
            *_judged_other(judgement),
        ),
        capture.body,
        judgement.findings,
        judgement.shape,
        nonce,
        judgement.is_trusted_without_secret,
    )


def body_hash(body: bytes) -> bytes:
    """The value of the column `body_hash`; it takes a tenth of a second for the largest bodies."""
    return hashlib.sha256(body).digest()[:16]


def judged(judgement: Evaluation) -> tuple[Any, ...]:
    """The values of JUDGED_SHOWN and JUDGED_OTHER."""
    return (*_judged_shown(judgement), *_judged_other(judgement))


def survey_of(shown: Shown) -> tuple[bool, str | None]:
    """The key of its survey: whether it is a sample, and the id."""
    return shown[0] == "sample", shown[8]


def may_name_survey(shown: Shown) -> bool:
    """Whether it is a completion whose name for its survey counts."""
    return bool(shown[_EVENT] == "response_group" and shown[_TRUSTED])


def is_invalid(shown: Shown) -> bool:
    """Whether its signature is known to be wrong."""
    return bool(shown[_VERDICT] == "invalid")


def is_unchecked(shown: Shown) -> bool:
    """Whether it was judged and nothing was checked, so that whether it is trusted is the file's to say."""
    return shown[_VERDICT] not in ("valid", "invalid") and shown[_REASON] != "pending"


UNSENT: tuple[int, tuple[TargetOutcome, ...]] = (0, ())
"""The number of attempts of a capture that was never sent, and their outcomes."""


def arrived(capture_id: int, shown: Shown) -> CaptureRow:
    """A row of what arrived alone: without its survey's name, marks and attempts."""
    return row(capture_id, (*shown, None, None, *UNSENT, 0, "", None))


def row(capture_id: int, values: Sequence[Any]) -> CaptureRow:
    """A row of what is shown, followed by the survey's name, the findings between captures, the number of
    attempts with the outcome per target, and what a person marked it with."""
    (
        kind,
        received_ms,
        method,
        target,
        size,
        declared,
        answered,
        event,
        survey_id,
        group_id,
        user_id,
        platform,
        order,
        summary,
        word,
        reason,
        matched,
        secret,
        is_json,
        is_trusted,
        is_examined,
        encoding,
        problem,
        survey_name,
        marks,
        attempts,
        outcomes,
        is_pinned,
        note,
        color,
    ) = values
    return CaptureRow(
        id=capture_id,
        kind=kind,
        received_ms=received_ms,
        method=method,
        target=target,
        size=size,
        declared=declared,
        answered=answered,
        event=event,
        survey_id=survey_id,
        survey_name=survey_name,
        group_id=group_id,
        user_id=user_id,
        platform=platform,
        question_order=order,
        summary=summary,
        verdict=Verdict(word=word, reason=reason, matched=_MATCHED[matched], secret=secret),
        is_json=None if is_json is None else bool(is_json),
        is_trusted=bool(is_trusted),
        is_examined=bool(is_examined),
        encoding=encoding,
        problem=problem,
        marks=tuple(marks.split(",")) if marks else (),
        attempts=attempts,
        outcomes=outcomes,
        is_pinned=bool(is_pinned),
        note=note or "",
        color=color,
    )


def matched_bits(verdict: Verdict) -> int:
    """The readings that matched, as the column `matched` holds them."""
    return _BITS[verdict.matched]


def storable(text: str) -> str:
    """SQLite takes UTF-8 alone: a lone surrogate, which JSON can spell, is stored as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _judged_shown(judgement: Evaluation) -> tuple[Any, ...]:
    event, verdict = judgement.event, judgement.verdict
    return (
        event.word,
        _id(event.survey_id),
        _id(event.group_id),
        _id(event.user_id),
        _text(event.platform),
        question_order(event),
        storable(judgement.summary),
        verdict.word,
        verdict.reason,
        _BITS[verdict.matched],
        verdict.secret,
        judgement.is_json,
        judgement.is_trusted,
        False,
        judgement.encoding,
        judgement.problem,
    )


def _judged_other(judgement: Evaluation) -> tuple[Any, ...]:
    event = judgement.event
    return (
        _text(event.survey_name) if isinstance(event, Completion) else None,
        _text(event.trigger),
        judgement.items,
        judgement.expected_hash,
        shapes.hash_of(judgement.shape),
    )


def _id(text: str | None) -> str | None:
    return None if (usable := groupable(text)) is None else storable(usable)


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text[:MAX_TEXT])
