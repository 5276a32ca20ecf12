"""The stored record of one delivery attempt, without the values of the target's own headers."""

from __future__ import annotations

from dataclasses import replace

from inspector.base.clock import now_ms
from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.mask.mask import DOTS
from inspector.domain.mask.masked_response import Credentials
from inspector.domain.replay.attempt import Standing, is_expected
from inspector.store.write.deliveries import Queue

_NO_QUEUE = Queue()


def attempt_of(
    prepared: Prepared,
    outcome: Outcome,
    target: Target,
    *,
    capture_id: int,
    standing: Standing,
    fault: str | None = None,
    queue: Queue = _NO_QUEUE,
) -> AttemptDetail:
    """Return the record of one delivery attempt. It gets its id when it is committed."""
    attempt = AttemptDetail(
        row=AttemptRow(
            id=0,
            capture_id=capture_id,
            target=target.url,
            started_ms=outcome.started_ms,
            status=outcome.status,
            elapsed_ms=outcome.elapsed_ms,
            outcome=outcome.outcome,
            error=outcome.error,
            signature=prepared.signature,
            edited=prepared.is_edited,
            connect_ms=outcome.connect_ms,
            first_byte_ms=outcome.first_byte_ms,
            connected_to=outcome.connected_to,
            fault=fault,
            plan_id=queue.plan_id or None,
            forward_id=queue.forward_id or None,
            redirects=outcome.redirects,
            path=sent_path(prepared.request),
            is_expected=is_expected(
                outcome.outcome,
                outcome.status,
                signature=prepared.signature,
                standing=standing,
                is_cut_short=prepared.request.is_cut_short,
            ),
        ),
        sent_head=_stored_head(prepared.request, target),
        sent_body=prepared.sent_body,
        response_headers=outcome.response_headers,
        response_body=outcome.response_body,
        is_response_cut=outcome.is_response_cut,
    )
    if not target.headers:
        return attempt
    return without_credentials(attempt, Credentials(value for _, value in target.headers))


def lost_attempt(
    prepared: Prepared | None,
    target: Target,
    *,
    capture_id: int,
    error: str,
    fault: str | None = None,
    queue: Queue = _NO_QUEUE,
) -> AttemptDetail:
    """Return the attempt of a delivery whose outcome was lost with its process.

    `prepared` is what was sent, or None if the capture was removed since.
    """
    return AttemptDetail(
        row=AttemptRow(
            id=0,
            capture_id=capture_id,
            target=target.url,
            started_ms=now_ms(),
            status=None,
            elapsed_ms=None,
            outcome="unknown",
            error=error,
            signature="original" if prepared is None else prepared.signature,
            edited=False if prepared is None else prepared.is_edited,
            fault=fault,
            plan_id=queue.plan_id or None,
            forward_id=queue.forward_id or None,
            path=None if prepared is None else sent_path(prepared.request),
        ),
        sent_head=b"" if prepared is None else _stored_head(prepared.request, target),
        sent_body=None if prepared is None else prepared.sent_body,
        response_headers=(),
        response_body=b"",
        is_response_cut=False,
    )


def sent_path(request: WireRequest) -> str:
    r"""Return the path of a request without its query, with `\xNN` for each byte that is not UTF-8."""
    return request.target.partition(b"?")[0].decode("utf-8", "backslashreplace")


def without_credentials(attempt: AttemptDetail, credentials: Credentials) -> AttemptDetail:
    """Return the attempt with these credentials masked in its response."""
    row = attempt.row
    is_cut, headers = attempt.is_response_cut, attempt.response_headers
    encoding = b"".join(value for name, value in headers if name.lower() == b"content-encoding")
    return replace(
        attempt,
        row=row._replace(
            error=None if row.error is None else credentials.hidden_text(row.error),
            redirects=tuple(replace(one, url=credentials.hidden_text(one.url)) for one in row.redirects),
        ),
        response_headers=tuple((name, credentials.hidden(value)) for name, value in headers),
        response_body=credentials.hidden_body(attempt.response_body, encoding, is_cut=is_cut),
    )


def _stored_head(request: WireRequest, target: Target) -> bytes:
    """Return the head as it was sent, with the values of the target's own headers masked."""
    if not target.headers:
        return request.head
    own, hidden = {name.lower() for name, _ in target.headers}, DOTS.encode()
    headers = tuple((name, hidden if name.lower() in own else value) for name, value in request.headers)
    return replace(request, headers=headers).head
