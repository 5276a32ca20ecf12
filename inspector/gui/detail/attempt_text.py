"""The texts of an attempt: outcome, signature, target, redirects and times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.attempt import SENT_NOT_KEPT, has_hidden_values, path_hint
from inspector.domain.replay.redirect import redirects_text
from inspector.gui.detail.long_text import Piece, raw_pieces

_WORDS = {
    "ok": "ok",
    "http-error": "not 2xx",
    "timeout": "timed out",
    "refused": "refused",
    "unreachable": "unreachable",
    "tls": "TLS failed",
    "reset": "reset",
    "cut": "cut short",
    "bad-answer": "not HTTP",
    "unknown": "unknown",
}
_NO_RESPONSE = re.compile(r"No response from .+ (?P<limit>within \S+ s\.)")
"""The reason of an attempt that had no response in time, with the limit of its target."""


def outcome_word(row: AttemptRow) -> str:
    """Return the status such as `200`, or a word for what happened instead."""
    return str(row.status) if row.status is not None and row.outcome in ("ok", "http-error") else _word(row)


def outcome_sentence(row: AttemptRow) -> str:
    """Return the outcome as a sentence."""
    if row.error:
        return visible(row.error)
    return f"Responded with {row.status}." if row.status is not None else f"{_word(row).capitalize()}."


def elapsed_text(row: AttemptRow) -> str:
    """Return `12.3 ms`, or a dash if the time was not measured."""
    return "–" if row.elapsed_ms is None else milliseconds(row.elapsed_ms)


def milliseconds(elapsed_ms: float) -> str:
    """Return `12.3 ms`; from 100 ms on, whole milliseconds."""
    return f"{elapsed_ms:.1f} ms" if elapsed_ms < 100 else f"{elapsed_ms:,.0f} ms"


def _word(row: AttemptRow) -> str:
    return _WORDS.get(row.outcome, row.outcome)


def result_text(row: AttemptRow) -> str:
    """Return `200 in 18 ms`, or why there was no response as a sentence."""
    if row.status is not None and row.outcome in ("ok", "http-error"):
        return f"{row.status}{_took(row)}"
    if row.outcome == "refused":
        return f"No response: nothing is listening at {shortened(visible(urlsplit(row.target).netloc), 60)}."
    if row.outcome == "timeout" and (late := _NO_RESPONSE.fullmatch(row.error or "")) is not None:
        return f"No response {late['limit']}"  # the target is next to it
    return outcome_sentence(row)


def before_text(before: AttemptRow | None, *, is_same: bool = False) -> str:
    """Return `was 500 in 41 ms at 11:58:20`, or that the response is the same, or that it is the first."""
    if before is None:
        return "First attempt here"
    at = short_time(before.started_ms)
    return f"same response as at {at}" if is_same else f"was {outcome_word(before)}{_took(before)} at {at}"


def _took(row: AttemptRow) -> str:
    return "" if row.elapsed_ms is None else f" in {whole_milliseconds(row.elapsed_ms)}"


def whole_milliseconds(elapsed_ms: float) -> str:
    """Return `18 ms`; below 1 ms `0.4 ms`, because 0 would look like a missing measurement."""
    return f"{elapsed_ms:.1f} ms" if elapsed_ms < 1 else f"{elapsed_ms:,.0f} ms"


_SIGNATURES = {
    "original": "with the original signature",
    "resigned": "re-signed",
    "stale": "with a signature that no longer matches",
    "broken": "with a broken signature",
    "none": "unsigned",
}
_MOST_REDIRECTED = 600
"""In characters; the terminal shows all redirects."""
_HIDDEN = f"{DOTS} replaces masked values, and values of the target’s own headers, which are not stored.\n\n"


def attempt_sentence(row: AttemptRow) -> str:
    """Return the outcome, how and where the request was sent, and its redirects."""
    if row.fault:
        how = f"Sent with a deliberate fault ({visible(row.fault)})"
    else:
        how = "Sent edited" if row.edited else "Sent unchanged"
    where = f"to {shortened(visible(row.target), 200)}"
    origin = ""
    if row.forward_id is not None:
        origin = " Forwarded on arrival."
    elif row.plan_id is not None:
        origin = f" Part of replay {row.plan_id:,}."
    redirected = ""
    if row.redirects:
        redirected = f" Redirected: {shortened(visible(redirects_text(row.redirects)), _MOST_REDIRECTED)}."
    hint = "" if (found := path_hint(row)) is None else f" {found}"
    return f"{outcome_sentence(row)} {how}, {_SIGNATURES[row.signature]}, {where}.{redirected}{origin}{hint}"


def times_sentence(row: AttemptRow) -> str:
    """Return `Connected to 127.0.0.1:3000 in 0.4 ms · first byte after 2.1 ms · ended after 2.2 ms`."""
    parts = []
    if row.connected_to is not None:
        took = "on an open connection" if row.connect_ms is None else f"in {_ms(row.connect_ms)}"
        parts.append(f"connected to {visible(row.connected_to)} {took}")
    if row.first_byte_ms is not None:
        parts.append(f"first byte after {_ms(row.first_byte_ms)}")
    if row.elapsed_ms is not None:
        parts.append(f"ended after {_ms(row.elapsed_ms)}")
    text = "  ·  ".join(parts)
    return text[:1].upper() + text[1:]


def header_lines_text(attempt: AttemptDetail) -> str:
    """Return the headers of the response, one per line."""
    return "\n".join(
        f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in attempt.response_headers
    )


def sent_pieces(attempt: AttemptDetail, captured_body: bytes) -> Iterator[Piece]:
    """Yield the request as sent."""
    if not attempt.sent_head:
        yield Piece(text=SENT_NOT_KEPT, taken=0)
        return
    if has_hidden_values(attempt):
        yield Piece(text=_HIDDEN, taken=0)
    # Request lines end in CRLF, and `raw_pieces` would show each CR as \r.
    yield from raw_pieces(attempt.sent_head.replace(b"\r\n", b"\n"))
    yield from raw_pieces(captured_body if attempt.sent_body is None else attempt.sent_body)


def request_pieces(attempt: AttemptDetail) -> Iterator[Piece]:
    """Yield the request as sent, with its body right after its headers."""
    head = attempt.sent_head.replace(b"\r\n", b"\n").rstrip(b"\n")
    yield from raw_pieces(head + b"\n")
    yield from raw_pieces(attempt.sent_body or b"")


def _ms(took: float) -> str:
    return f"{took:.1f} ms" if took < 100 else f"{took:,.0f} ms"
