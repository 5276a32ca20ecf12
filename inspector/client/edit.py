"""The three ways to send a capture: exactly, edited, and signed again with a chosen secret.

Pure: what the store keeps of a capture is never changed by an edit, only what is sent of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.client.target import Target
from inspector.client.wire import WireRequest, compose, fit_headers, is_method
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture, HeaderPairs
from inspector.domain.capture.headers import Pair, with_headers
from inspector.domain.capture.rows import SignatureState
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.domain.signature.signature import digest
from inspector.domain.signature.verdict import VerdictWord

MARKER_HEADER = b"x-webhook-inspector-replay"
NOT_SIGNED_AGAIN = (
    "Its signature is not valid, so nobody knows who wrote it, and signing it again would vouch for it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that is ready to go, and what an attempt with it is to be kept as."""

    request: WireRequest
    signature: SignatureState
    is_edited: bool
    sent_body: bytes | None
    """Null where it is the capture's own."""


def check_edit(edit: Edit) -> None:
    """Raises UsageError for what can be sent in place of no capture."""
    if edit.method is not None and (not is_method(edit.method) or edit.method == "CONNECT"):
        raise UsageError(f"“{shortened(visible(edit.method), 40)}” is not a method to send something with.")
    fit_headers((*edit.put, *((name, b"") for name in edit.dropped)))


def reason_not_signed_again(verdict: VerdictWord, manner: RequestOptions) -> str | None:
    """Return why a plan that re-signs skips a capture with this verdict, or None if it does not."""
    if manner.sign_with is None or manner.is_resigning_unverified or verdict == "valid":
        return None
    return NOT_SIGNED_AGAIN


def prepare(
    capture: Capture,
    target: Target,
    manner: RequestOptions,
    *,
    capture_id: int,
    key: bytes | None = None,
    is_masked: bool = False,
) -> Prepared:
    """What `target` is sent for `capture` in this manner; `key` is what the secret to sign with is made of.

    Raises NotReplayable as `compose` does: for what came, and for what an edit made of it.
    """
    assert (key is None) == (manner.sign_with is None)
    edited = manner.edit.applied(capture)
    own: list[Pair] = []
    if key is not None:
        own.append((_signature_name(edited.headers), digest(key, edited.body).encode("ascii")))
    if manner.has_marker:
        own.append((MARKER_HEADER, b"%d" % capture_id))
    request = compose(edited, target, own=own, is_masked=is_masked)
    return Prepared(
        request=request,
        signature="resigned" if key is not None else _state(capture, request),
        is_edited=edited is not capture and edited != capture,
        sent_body=None if edited.body == capture.body else edited.body,
    )


def with_signature(prepared: Prepared, value: bytes, state: SignatureState) -> Prepared:
    """The same request with another signature in the place of its own, for a fault on purpose."""
    pair = (_signature_name(prepared.request.headers), value)
    headers = tuple(with_headers(prepared.request.headers, [pair]))
    return replace(prepared, request=replace(prepared.request, headers=headers), signature=state)


def _signature_name(headers: HeaderPairs) -> bytes:
    """In the case in which it came."""
    return next((name for name, _ in headers if name.lower() == SIGNATURE_HEADER), SIGNATURE_HEADER)


def _state(capture: Capture, request: WireRequest) -> SignatureState:
    """Of what is sent: a Connection header may have named the signature as its own affair."""
    values = [value for name, value in request.headers if name.lower() == SIGNATURE_HEADER]
    if not values:
        return "none"
    if values != list(capture.values(SIGNATURE_HEADER)):
        return "broken"
    return "original" if request.body == capture.body else "stale"
