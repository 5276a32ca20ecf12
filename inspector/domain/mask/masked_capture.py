"""A capture, its attempts, and the rule of a forward, as shown on a masked screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from inspector.domain import query
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.guarded_path import guarded_paths, hidden_guarded_path
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail, CaptureRow
from inspector.domain.mask.mask import (
    APP_KEY,
    DOTS,
    MaskedField,
    hidden_digests,
    hidden_free,
    hidden_free_bytes,
    hidden_header,
    hides,
    is_hidden_name,
    is_hidden_path,
    masked_body,
    name_pattern,
)
from inspector.domain.mask.masked_response import HiddenTexts, hidden_texts, readable_body
from inspector.domain.query import And, FieldTerm, Node, Not, Or, QueryError
from inspector.domain.query.tree import AtPath, HeaderTerm, Phrase, Word
from inspector.domain.signature.content import coding_of
from inspector.domain.signature.explanation import Explanation, SecretResult
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.signature import Expected

_OF_ROW = ("survey_id", "survey_name", "group_id", "user_id", "platform")
_BODY_PIECES = ("signed", "came")
"""Details of a finding that quote the place where two bodies differ."""
_TELLING_PREFIX = re.compile(
    r"[\"']|0[xX]|\(?(?:hmac|sha|md5|sig|signature|hex|v)(?:[-_]?(?:hmac|sha|md5|\d{1,3}))*\)?\s?[=: ]\s?",
    re.IGNORECASE,
)
"""The name of an algorithm or version before a digest, which is not hidden."""
_COMPRESSED = f"{DOTS} A compressed body is hidden completely."
_QUERY = rb"([?&](?:%b)=)[^&#\s]*"
_CREDENTIALS = ("app_key", "secret", "token", "signature", "password", "api_key")


def masked_row(row: CaptureRow, fields: Sequence[MaskedField]) -> CaptureRow:
    """Return a row of the list without credentials and selected fields; the same row if it has none."""
    names = {field.last_name for field in fields}
    hidden: dict[str, str] = {
        name: DOTS for name in _OF_ROW if name in names and getattr(row, name) is not None
    }
    if row.summary and is_hidden_name(fields, "response"):
        hidden["summary"] = DOTS
    elif row.summary:  # without a survey, this is the beginning of the body
        shown = masked_body(row.summary.encode("utf-8", "surrogatepass"), (APP_KEY, *fields))
        if (text := shown.decode("utf-8", "surrogatepass")) != row.summary:
            hidden["summary"] = text
    if row.note and hides(fields, "notes"):
        hidden["note"] = DOTS
    if row.answered_by is not None and (reason := masked_reason(row.answered_by, fields)) != row.answered_by:
        hidden["answered_by"] = reason
    target = hidden_free_bytes(masked_target(row.target, names), fields)
    if not hidden and target == row.target:
        return row
    return row._replace(target=target, **hidden)  # type: ignore[arg-type]


def is_masked(row: CaptureRow) -> bool:
    """Return whether a value is hidden that distinguishes the captures of one respondent."""
    return DOTS in (row.user_id, row.summary, row.survey_id, row.group_id)


def masked_target(target: bytes, names: set[str]) -> bytes:
    """Return a request target without a guarded path, and without the values of credentials and selected
    fields in its query."""
    target = hidden_guarded_path(target)
    if b"?" not in target:
        return target
    return re.sub(_hidden_query(names), rb"\1" + DOTS.encode(), target, flags=re.IGNORECASE)


def _hidden_query(names: set[str]) -> bytes:
    either = "|".join(name_pattern(name) for name in (*_CREDENTIALS, *sorted(names)) if name)
    return _QUERY % either.encode()


def masked_sentence(text: str, fields: Sequence[MaskedField]) -> str:
    """Return a sentence with each of its targets as returned by `masked_target`."""
    names = {field.last_name for field in fields}
    shown = masked_target(text.encode("utf-8", "surrogatepass"), names).decode("utf-8", "surrogatepass")
    return hidden_free(shown, fields)


def masked_reason(text: str, fields: Sequence[MaskedField]) -> str:
    """Return what decided a response, with the query of its rule as returned by `masked_rule`."""
    before, opened, rest = text.partition(" (")
    rule, closed, after = rest.rpartition(")")
    if not (opened and closed):
        return masked_sentence(text, fields)
    return f"{masked_sentence(before, fields)} ({masked_rule(rule, fields)}){masked_sentence(after, fields)}"


def masked_capture(capture: Capture, fields: Sequence[MaskedField]) -> Capture:
    """Return a capture without credentials and selected fields, in its head and in its body."""
    body = capture.body
    if coding_of(b"".join(capture.values(b"content-encoding")), body) is not None:
        body = _COMPRESSED.encode()
    else:
        body = masked_body(body, (APP_KEY, *fields))
    return capture._replace(
        target=hidden_free_bytes(
            masked_target(capture.target, {field.last_name for field in fields}), fields
        ),
        headers=tuple((name, masked_field_value(name, value, fields)) for name, value in capture.headers),
        body=body,
        answered_by=None if capture.answered_by is None else masked_reason(capture.answered_by, fields),
        claimed=DOTS if capture.claimed and hides(fields, "clients") else capture.claimed,
        remote=DOTS if capture.remote and hides(fields, "clients") else capture.remote,
    )


_OF_CLIENTS = re.compile(
    rb"forwarded|x-forwarded-(?!proto|port)|x-real-ip|x-client-ip|true-client-ip|cf-|fly-client-ip|via|"
    rb"user-agent|sec-|accept-language|referer|origin|from",
    re.IGNORECASE,
)


def masked_field_value(name: bytes, value: bytes, fields: Sequence[MaskedField]) -> bytes:
    """Return the value of a header without credentials and what the fields hide."""
    if value and hides(fields, "clients") and _OF_CLIENTS.match(name):
        return DOTS.encode()
    return hidden_free_bytes(hidden_guarded_path(hidden_header(name, value)), fields)


def masked_detail(detail: CaptureDetail, fields: Sequence[MaskedField]) -> CaptureDetail:
    """Return a whole capture, masked as by `masked_capture` and `masked_row`."""
    attempts = detail.attempts
    if attempts:
        echo = _echo(detail.capture, fields)
        attempts = tuple(_masked_way(attempt, echo, fields) for attempt in attempts)
    return replace(
        detail,
        row=masked_row(detail.row, fields),
        capture=masked_capture(detail.capture, fields),
        findings=tuple(map(_masked_finding, detail.findings)),
        attempts=attempts,
    )


def masked_attempt(attempt: AttemptDetail, capture: Capture, fields: Sequence[MaskedField]) -> AttemptDetail:
    """Return an attempt with request and response masked as by `masked_capture`.

    In the response, everything that is hidden in the request or the capture is hidden at any place.
    """
    names = {field.last_name for field in fields}
    hidden = (APP_KEY, *fields)
    line, *lines = attempt.sent_head.split(b"\r\n")
    echo = _echo(capture, fields, attempt)
    answer = masked_body(attempt.response_body, hidden)
    return replace(
        attempt,
        row=_masked_way(attempt.row, echo, fields),
        sent_head=b"\r\n".join(
            (
                hidden_free_bytes(masked_target(line, names), fields),
                *(masked_line(one, fields) for one in lines),
            )
        ),
        sent_body=None if attempt.sent_body is None else masked_body(attempt.sent_body, hidden),
        response_headers=tuple(
            (
                name,
                echo.hidden_bytes(hidden_free_bytes(hidden_guarded_path(hidden_header(name, value)), fields)),
            )
            for name, value in attempt.response_headers
        ),
        response_body=echo.hidden_bytes(answer, is_cut=attempt.is_response_cut),
    )


def _echo(
    capture: Capture, fields: Sequence[MaskedField], attempt: AttemptDetail | None = None
) -> HiddenTexts:
    """Return the hidden texts that a receiver of this capture or of an edited one can send back."""
    names = {field.last_name for field in fields}
    bodies = [readable_body(capture)]
    headers = list(capture.headers)
    targets = [capture.target]
    if attempt is not None:
        line, *lines = attempt.sent_head.split(b"\r\n")
        bodies += [] if attempt.sent_body is None else [attempt.sent_body]
        headers += [
            (name.strip(), value.strip()) for name, _, value in (one.partition(b":") for one in lines)
        ]
        targets += [line.removesuffix(b" HTTP/1.1"), attempt.row.target.encode("utf-8", "surrogatepass")]
    values = [value for target in targets for value in _hidden_in_target(target, names)]
    return hidden_texts(bodies, headers, values, fields)


def _hidden_in_target(target: bytes, names: set[str]) -> Iterator[bytes]:
    """Yield the values that `masked_target` hides."""
    yield from guarded_paths(target)
    if b"?" in target:
        for found in re.finditer(_hidden_query(names), target, re.IGNORECASE):
            yield found[0][len(found[1]) :]


def _masked_way(attempt: AttemptRow, echo: HiddenTexts, fields: Sequence[MaskedField]) -> AttemptRow:
    """Mask the target and the redirects: a receiver can copy received data into a URL."""
    names = {field.last_name for field in fields}
    return attempt._replace(
        target=hidden_free(_masked_url(attempt.target, names), fields),
        error=None if attempt.error is None else echo.hidden(masked_sentence(attempt.error, fields)),
        redirects=tuple(
            replace(one, url=echo.hidden(hidden_free(_masked_url(one.url, names), fields)))
            for one in attempt.redirects
        ),
    )


def _masked_url(url: str, names: set[str]) -> str:
    return masked_target(url.encode("utf-8", "surrogatepass"), names).decode("utf-8", "surrogatepass")


def masked_line(line: bytes, fields: Sequence[MaskedField]) -> bytes:
    """Return a line `Name: value` with the value as returned by `masked_field_value`."""
    name, colon, value = line.partition(b":")
    blank = value[: len(value) - len(value.lstrip())]
    return name + colon + blank + masked_field_value(name, value.strip(), fields)


def masked_explanation(explanation: Explanation) -> Explanation:
    """Return an explanation with eight dots for each digest; the fault of a secret remains readable."""
    return replace(
        explanation,
        received=DOTS.encode() if explanation.received else explanation.received,
        findings=tuple(map(_masked_finding, explanation.findings)),
        tried=tuple(map(_masked_tried, explanation.tried)),
    )


def _masked_tried(tried: SecretResult) -> SecretResult:
    stringify = None if tried.expected.stringify is None else DOTS
    return replace(tried, expected=Expected(raw=DOTS, stringify=stringify))


def _masked_finding(finding: Finding) -> Finding:
    """Return a finding without quotes from the body or the header."""
    detail = {name: value for name, value in finding.detail.items() if name not in _BODY_PIECES}
    summary = finding.summary
    if finding.code == "header-not-hex":
        summary = f"{summary.partition(':')[0]}: {DOTS}"
    prefix = detail.get("prefix")
    if finding.code == "digest-prefix" and isinstance(prefix, str) and not _TELLING_PREFIX.fullmatch(prefix):
        summary = summary.replace(prefix, DOTS)
        detail["prefix"] = DOTS
    detail = {
        name: hidden_digests(value) if isinstance(value, str) else value for name, value in detail.items()
    }
    return replace(finding, summary=hidden_digests(summary), fix=hidden_digests(finding.fix), detail=detail)


SENT_AS: Mapping[str, tuple[str, ...]] = {
    "survey": ("survey_name", "survey_id"),
    "group": ("group_id",),
    "user": ("user_id",),
    "platform": ("platform",),
    "trigger": ("trigger",),
    "question": ("question_id", "question_text"),
}
"""The sender's names of the values that a filter searches for."""


def masked_rule(text: str, fields: Sequence[MaskedField]) -> str:
    """Return the rule of a forward, or eight dots if it searches for a hidden value."""
    try:
        node = query.parse(text)
    except QueryError:
        return DOTS
    return DOTS if any(_is_hidden(part, fields) for part in _parts(node)) else masked_sentence(text, fields)


def masked_about(text: str, rule: str, fields: Sequence[MaskedField]) -> str:
    """Return a text about a filter, such as its name, without the hidden values that it searches for."""
    try:
        node = query.parse(rule)
    except QueryError:
        return DOTS
    hidden = [part for part in _parts(node) if _is_hidden(part, fields)]
    if hidden and text.endswith("…"):
        return DOTS  # such a value may be cut
    values = {one for part in hidden for one in _texts(part)}
    for value in sorted(values, key=len, reverse=True):
        text = re.sub(re.escape(value), DOTS, text, flags=re.IGNORECASE)
    return masked_sentence(text, fields)


def _texts(node: Node) -> Iterator[str]:
    """Yield the texts that a part of a filter searches for, also as names write them: without colons."""
    value = node.text if isinstance(node, Word | Phrase) else getattr(node, "value", "")
    for one in value.split("*"):
        if len(one) > 1:
            yield from (one, " ".join(one.replace(":", " ").split()))


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Not):
        yield from _parts(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _parts(part)
    else:
        yield node


def _is_hidden(node: Node, fields: Sequence[MaskedField]) -> bool:
    if isinstance(node, Word | Phrase):  # can match anything in a body
        return bool(fields)
    if isinstance(node, AtPath):
        return is_hidden_path((APP_KEY, *fields), node.steps)
    if isinstance(node, HeaderTerm):
        name, value = node.header.encode(), node.value.encode("utf-8", "surrogatepass")
        return bool(value) and masked_field_value(name, value, fields) != value
    if isinstance(node, FieldTerm) and node.name == "note":
        return hides(fields, "notes")
    return isinstance(node, FieldTerm) and any(
        is_hidden_name(fields, name) for name in SENT_AS.get(node.name, ())
    )
