"""Captures, attempts and progress as the JSON objects that scripts rely on."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inspector.base.clock import rfc3339
from inspector.base.visible import shortened
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.guarded_path import hidden_guarded_path
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail, CaptureRow, InboxOrigin
from inspector.domain.capture.stray import Stray, StrayRow
from inspector.domain.event.event import Event, Unknown, items_of, read_event
from inspector.domain.json.value import NotJSON, depth_exceeds, parse_bounded
from inspector.domain.replay.attempt import Since, since_each
from inspector.domain.signature.content import content_of
from inspector.session.captures import Captures, Unlisted
from inspector.store.write.columns import READ_DEPTH

if TYPE_CHECKING:
    from inspector.domain.signature.explanation import Explanation
    from inspector.domain.signature.signature import Expected
    from inspector.session.file.preview import AddPreview
    from inspector.session.inbox.edge import PublishedCapture
    from inspector.session.requests import Requests

MAX_BODY_BYTES = 64 * 1024
"""The answers of a larger body are not read for a list of captures. `show` reads them."""
MAX_TARGET = 1_000
"""Maximum characters of a target in a line that waits for a slow reader."""
_NOTHING = Unlisted()
_COMPARED: Mapping[Since, str] = {
    "first": "first",
    "fixed": "fixed",
    "regressed": "regressed",
    "still-failing": "same",
    "still-passing": "same",
}


def text_of(data: bytes) -> str:
    r"""Return bytes of a target or a header as text for JSON, with `\xNN` for each byte that is not UTF-8.

    JSON itself escapes control characters. The four characters `\xff` and that byte give the same text.
    """
    return data.decode("utf-8", "backslashreplace")


def records(captures: Captures, rows: Sequence[CaptureRow]) -> Iterator[dict[str, Any]]:
    """Yield captures as `listen`, `list` and `follow` print them. Ids over 200 bytes are null.

    `answers` is null for a body of more than 64 KiB, which is not read, for one with more than 100 levels,
    and for a capture that is not evaluated yet.
    """
    more = captures.unlisted([row.id for row in rows], MAX_BODY_BYTES)
    for row in rows:
        yield _record(row, more.get(row.id, _NOTHING))


def published_record(one: PublishedCapture) -> dict[str, Any]:
    """Return a capture as `listen --inbox` prints it."""
    return {
        "received_at": rfc3339(one.received_ms),
        "method": one.method,
        "target": shortened(text_of(hidden_guarded_path(one.target)), MAX_TARGET),
        "bytes": one.size,
        "status": one.status,
        "sequence": one.sequence,
    }


def detail_record(detail: CaptureDetail) -> dict[str, Any]:
    """Return a capture as `show` prints it: with complete ids, headers, body, findings and attempts."""
    capture = detail.capture
    body = content_of(capture).body
    is_deep = depth_exceeds(body, READ_DEPTH)
    try:
        event = read_event(parse_bounded(body)) if capture.kind != "refused" else None
    except NotJSON:
        event = None
    whole = _record(
        detail.row,
        Unlisted(
            remote=capture.remote,
            claimed=capture.claimed,
            trigger=None if event is None else event.trigger,
            cause=next((one.code for one in detail.findings if one.is_proved), None),
            event=None if is_deep else event or Unknown(),
            inbox=detail.inbox,
        ),
    )
    if event is not None:
        ids = {"survey_id": event.survey_id, "group_id": event.group_id, "user_id": event.user_id}
        whole |= {name: None if id_ is None else _as_stored(id_) for name, id_ in ids.items()}
    return {
        **whole,
        "headers": _texts(capture.headers),
        "body": _base64(capture.body),
        "findings": [finding.as_json() for finding in detail.findings],
        "attempts": [
            attempt_record(attempt, since)
            for attempt, since in zip(detail.attempts, since_each(detail.attempts), strict=True)
        ],
    }


def _record(row: CaptureRow, more: Unlisted) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "received_at": rfc3339(row.received_ms),
        "method": row.method,
        "target": text_of(row.target),
        "bytes": row.size,
        "event": row.event,
        "survey_id": row.survey_id,
        "group_id": row.group_id,
        "user_id": row.user_id,
        "verdict": row.verdict.word,
        "reason": row.verdict.reason,
        "matched": list(row.verdict.matched),
        "secret": row.verdict.secret,
        "shown": row.shown,
        "trusted": row.is_trusted,
        "answered": row.answered,
        "answered_by": row.answered_by,
        "declared": row.declared,
        "survey_name": row.survey_name,
        "platform": row.platform,
        "trigger": more.trigger,
        "marks": list(row.mark_words),
        "pinned": row.is_pinned,
        "note": row.note or None,
        "remote": more.remote or None,
        "claimed": more.claimed,
        "encoding": row.encoding,
        "problem": row.problem,
        "cause": more.cause,
        "answers": None if more.event is None else _answers(more.event),
        "inbox": None if more.inbox is None else _inbox(more.inbox),
    }


def _inbox(origin: InboxOrigin) -> dict[str, Any]:
    return {"stream": origin.stream, "sequence": origin.sequence, "edge": origin.edge}


def _answers(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "question_id": item.question_id,
            "order": item.question_order,
            "type": item.question_type,
            "text": item.question_text,
            "response": item.response,
            "created_at": item.created_at,
        }
        for item in items_of(event)
    ]


def stray_record(row: StrayRow) -> dict[str, Any]:
    """Return a stray request as `strays` prints it."""
    return {
        "stray": row.id,
        "received_at": rfc3339(row.received_ms),
        "method": row.method,
        "target": text_of(row.target),
        "remote": row.remote,
        "claimed": row.claimed,
        "bytes": row.body_bytes,
    }


def stray_detail_record(stray: Stray) -> dict[str, Any]:
    """Return a complete stray request as `strays show` prints it."""
    return stray_record(stray) | {
        "version": stray.version,
        "headers": _texts(stray.headers),
        "body": _base64(stray.body),
    }


def attempt_record(attempt: AttemptRow, since: Since | None) -> dict[str, Any]:
    """Return an attempt as `replay` prints it. `since` compares it with the previous one.

    `fault` is included if it had a deliberate fault, and `redirects` if any were followed.
    """
    redirects = [{"status": one.status, "url": one.url} for one in attempt.redirects]
    return {
        "attempt": attempt.id,
        "capture": attempt.capture_id,
        "target": attempt.target,
        "started_at": rfc3339(attempt.started_ms),
        "status": attempt.status,
        "elapsed_ms": None if attempt.elapsed_ms is None else round(attempt.elapsed_ms, 3),
        "outcome": attempt.outcome,
        "error": attempt.error,
        "signature": attempt.signature,
        "edited": attempt.edited,
        "path": attempt.path,
        "expected": attempt.is_expected,
        "compared": since and _COMPARED[since],
        **({"fault": attempt.fault} if attempt.fault is not None else {}),
        **({"redirects": redirects} if redirects else {}),
    }


def attempt_records(requests: Requests, rows: Sequence[AttemptRow]) -> list[dict[str, Any]]:
    """Return attempts that were just made, each compared with the previous one at its target."""
    compared = requests.since(rows)
    return [attempt_record(row, compared[row.id].since if row.id in compared else None) for row in rows]


def exchange_record(attempt: AttemptDetail, since: Since | None, capture: Capture) -> dict[str, Any]:
    """Return `attempt_record` with the request and the response, bodies in base64.

    `sent` is null if an older version made the attempt.
    """
    return {**attempt_record(attempt.row, since), **request_and_response(attempt, capture.body)}


def verification_record(explanation: Explanation, *, has_tried: bool) -> dict[str, Any]:
    """Return the check of a signature as `verify` prints it.

    `has_tried` includes the result for each secret.
    """
    verdict = explanation.verdict
    received = explanation.received
    whole: dict[str, Any] = {
        "verdict": verdict.word,
        "reason": verdict.reason,
        "matched": list(verdict.matched),
        "secret": verdict.secret,
        "problem": explanation.problem,
        "received": None if received is None else text_of(received),
        "expected": _expected(explanation.expected),
        "findings": [finding.as_json() for finding in explanation.findings],
    }
    if has_tried:
        whole["tried"] = [
            {"secret": one.secret, "matched": list(one.matched), "expected": _expected(one.expected)}
            for one in explanation.tried
        ]
    return whole


def _expected(expected: Expected | None) -> dict[str, str | None] | None:
    return None if expected is None else {"raw": expected.raw, "stringify": expected.stringify}


def request_and_response(attempt: AttemptDetail, captured_body: bytes) -> dict[str, Any]:
    """Return what an attempt sent and got. `captured_body` is the sent body if it was not changed."""
    body = captured_body if attempt.sent_body is None else attempt.sent_body
    sent = {"head": text_of(attempt.sent_head), "body": _base64(body)} if attempt.sent_head else None
    return {
        "sent": sent,
        "answer": {
            "headers": _texts(attempt.response_headers),
            "body": _base64(attempt.response_body),
            "cut": attempt.is_response_cut,
        },
    }


def _texts(headers: HeaderPairs) -> list[list[str]]:
    return [[text_of(name), text_of(value)] for name, value in headers]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _as_stored(id_: str) -> str:
    """Return an id as it is stored.

    A lone surrogate, which only JSON can represent, is stored as its escape.
    """
    return id_.encode("utf-8", "backslashreplace").decode("utf-8")


def import_preview_record(preview: AddPreview, source: str) -> dict[str, Any]:
    """Return what a file would become as `import --dry-run` prints it."""
    return {
        "source": source,
        "kind": preview.kind,
        "bytes": preview.size,
        "captures": preview.count,
        "duplicates": preview.duplicates,
        "invalid": preview.invalid,
        "partial": preview.is_partial,
        "verdicts": dict(preview.totals),
        "surveys": preview.surveys,
        "first": rfc3339(preview.first_ms) if preview.count else None,
        "last": rfc3339(preview.last_ms) if preview.count else None,
        "notes": [*preview.notes, *([preview.cure.note] if preview.cure else ())],
        "reason": preview.reason or None,
    }
