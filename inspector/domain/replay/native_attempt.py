"""An attempt as one line of an export, after the line of its capture."""

from __future__ import annotations

import json
from typing import Any, get_args

from inspector.base.clock import rfc3339
from inspector.domain.capture.native import BadLine, Fields, as_base64, read_headers
from inspector.domain.capture.rows import AttemptDetail, AttemptOutcome, AttemptRow, SignatureState
from inspector.domain.replay.redirect import Redirect

MAX_ANSWER = 64 * 2**20
"""Bytes of a response, far above the largest setting that anyone needs."""
_MAX_URL = 65_536
_MAX_REDIRECTS = 100
_OUTCOMES = frozenset(get_args(AttemptOutcome))
_SIGNATURES = frozenset(get_args(SignatureState))


def dump_attempt(attempt: AttemptDetail) -> str:
    """An attempt as one line of JSON, in ASCII and without its line feed.

    The replay or forward that it was part of is left out: it means nothing in another file.
    """
    row = attempt.row
    return _ENCODER.encode(
        {
            "attempt": row.id,
            "capture": row.capture_id,
            "target": row.target,
            "path": row.path,
            "started_at": rfc3339(row.started_ms),
            "status": row.status,
            "elapsed_ms": row.elapsed_ms,
            "connect_ms": row.connect_ms,
            "first_byte_ms": row.first_byte_ms,
            "outcome": row.outcome,
            "error": row.error,
            "expected": row.is_expected,
            "signature": row.signature,
            "edited": row.edited,
            "fault": row.fault,
            "connected_to": row.connected_to,
            "redirects": [[one.status, one.url] for one in row.redirects],
            "sent_head": as_base64(attempt.sent_head),
            "sent_body": None if attempt.sent_body is None else as_base64(attempt.sent_body),
            "response_headers_base64": [
                [as_base64(name), as_base64(value)] for name, value in attempt.answer_headers
            ],
            "response_body": as_base64(attempt.answer_body),
            "response_cut": attempt.is_answer_cut,
        }
    )


def load_attempt(fields: Fields, *, head_bytes: int, head_fields: int) -> AttemptDetail:
    """What `dump_attempt` wrote. Raises BadLine."""
    sent_head = fields.base64("sent_head")
    if len(sent_head) > 2 * head_bytes:  # some headers are added to those of the capture
        raise BadLine(f"what was sent has a head of more than {2 * head_bytes:,} bytes")
    answer_body = fields.base64("response_body")
    if len(answer_body) > MAX_ANSWER:
        raise BadLine(f"its response has more than {MAX_ANSWER:,} bytes")
    return AttemptDetail(
        row=AttemptRow(
            id=0,
            capture_id=fields.whole("capture", 0, 2**63 - 1) or 0,
            target=fields.text("target", _MAX_URL),
            path=fields.text("path", _MAX_URL, None),
            started_ms=fields.moment("started_at"),
            status=fields.whole("status", 100, 999),
            elapsed_ms=fields.number("elapsed_ms"),
            connect_ms=fields.number("connect_ms"),
            first_byte_ms=fields.number("first_byte_ms"),
            outcome=fields.one_of("outcome", _OUTCOMES),
            error=fields.text("error", 10_000, None),
            is_expected=fields.get("expected", bool, "true or false", False),
            signature=fields.one_of("signature", _SIGNATURES),
            edited=fields.get("edited", bool, "true or false", False),
            fault=fields.text("fault", 1_000, None),
            connected_to=fields.text("connected_to", 1_000, None),
            redirects=_redirects(fields.get("redirects", list, "a list", [])),
        ),
        sent_head=sent_head,
        sent_body=fields.base64("sent_body") if fields.has("sent_body") else None,
        answer_headers=read_headers(fields, 10 * head_fields, "response_headers"),
        answer_body=answer_body,
        is_answer_cut=fields.get("response_cut", bool, "true or false", False),
    )


def _redirects(found: list[Any]) -> tuple[Redirect, ...]:
    if len(found) > _MAX_REDIRECTS:
        raise BadLine(f"it has more than {_MAX_REDIRECTS} redirects")
    redirects = []
    for one in found:
        if not isinstance(one, list) or len(one) != 2:
            raise BadLine("its redirects are not pairs")
        fields = Fields({"status": one[0], "url": one[1]})
        status = fields.whole("status", 100, 999)
        if status is None:
            raise BadLine("a redirect has no status")
        redirects.append(Redirect(status=status, url=fields.text("url", _MAX_URL)))
    return tuple(redirects)
