"""The request for a capture: exact, edited, or re-signed with a selected secret.

All functions are pure. An edit changes the request, never the stored capture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.client.target import Target
from inspector.client.wire import WireRequest, compose, fit_headers, is_method
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture, HeaderPairs, header_values
from inspector.domain.capture.headers import Pair, carries_client_address, with_headers
from inspector.domain.capture.rows import SignatureState
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.domain.signature.signature import digest
from inspector.domain.signature.verdict import VerdictWord

MARKER_HEADER = b"x-webhook-inspector-replay"
NOT_SIGNED_AGAIN = "Its signature is not valid, so its sender is unknown. Re-signing would vouch for it."
_CREDENTIALS = frozenset((b"cookie", b"authorization"))
"""Intended for this listener or its proxy, not for a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that is ready to be sent, with the data to store with the attempt."""

    request: WireRequest
    signature: SignatureState
    is_edited: bool
    sent_body: bytes | None
    """The sent body, or None if it is that of the capture."""


def check_edit(edit: Edit) -> None:
    """Raise UsageError for an edit that would make the request invalid."""
    if edit.method is not None and (not is_method(edit.method) or edit.method == "CONNECT"):
        raise UsageError(
            f"“{shortened(visible(edit.method), 40)}” is not a valid method. Use one such as POST."
        )
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
    """Return the request to `target` for `capture`. `key` is the key of the secret to sign with.

    Raises NotReplayable as `compose` does, for the capture and for the edited request.
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
    """Return the same request with a replaced signature, for a deliberate fault."""
    pair = (_signature_name(prepared.request.headers), value)
    headers = tuple(with_headers(prepared.request.headers, [pair]))
    return replace(prepared, request=replace(prepared.request, headers=headers), signature=state)


def _signature_name(headers: HeaderPairs) -> bytes:
    """Return the name of the signature header, spelled as in the capture."""
    return next((name for name, _ in headers if name.lower() == SIGNATURE_HEADER), SIGNATURE_HEADER)


def _state(capture: Capture, request: WireRequest) -> SignatureState:
    """Return the state of the sent signature, which a Connection header may have removed."""
    values = header_values(request.headers, SIGNATURE_HEADER)
    if not values:
        return "none"
    if values != capture.values(SIGNATURE_HEADER):
        return "broken"
    return "original" if request.body == capture.body else "stale"


def forwarded(capture: Capture) -> Capture:
    """Return `capture` without Cookie, Authorization and the headers that contain the client's address.

    Nothing else changes: the signature is sent as received.
    """
    kept = tuple([pair for pair in capture.headers if not _is_left_out(pair[0].lower())])
    return capture if len(kept) == len(capture.headers) else capture._replace(headers=kept)


def _is_left_out(name: bytes) -> bool:
    return name in _CREDENTIALS or carries_client_address(name)
