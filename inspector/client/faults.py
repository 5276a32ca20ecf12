"""Requests with a fault on the wire: cut short, or with a broken or outdated signature."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Protocol

from inspector.client.edit import Prepared, prepare, with_signature
from inspector.client.target import Target
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.replay.fault import FAULT_NAMES, joined, parted
from inspector.domain.replay.request_options import RequestOptions
from inspector.domain.signature.signature import digest

_STALE_KEY = b"replaced before this was sent"
_HEX = b"0123456789abcdef"


class PlannedDelivery(Protocol):
    """The parts of a plan's delivery that determine its request."""

    @property
    def position(self) -> int: ...

    @property
    def capture_id(self) -> int: ...

    @property
    def fault(self) -> str | None: ...


def step_request(
    capture: Capture,
    target: Target,
    manner: RequestOptions,
    *,
    step: PlannedDelivery,
    seed: int,
    key: bytes | None,
) -> Prepared:
    """Return the request of a plan step, which is always the same. Raises as `prepare` does."""
    prepared = prepare(capture, target, manner, capture_id=step.capture_id, key=key)
    if step.fault is None:
        return prepared
    chance = Random(f"{seed}:{step.position}")  # noqa: S311 - no secret
    return spoilt(prepared, step.fault, chance)


def fault_done(fault: str | None, prepared: Prepared) -> str | None:
    """Return the fault as it was applied: a request without a body cannot be cut short."""
    if fault is None or prepared.request.is_cut_short or "cut" not in (names := parted(fault)):
        return fault
    return joined(name for name in FAULT_NAMES if name in names and name != "cut")


def spoilt(prepared: Prepared, fault: str | None, chance: Random) -> Prepared:
    """Return the request with its fault on the wire; without a fault, the request itself."""
    names = parted(fault)
    if "cut" in names:
        return _cut(prepared, chance)
    if "broken-signature" in names:
        return _with_broken_signature(prepared, chance)
    if "stale-secret" in names:
        return with_signature(prepared, digest(_STALE_KEY, prepared.request.body).encode("ascii"), "stale")
    return prepared


def _cut(prepared: Prepared, chance: Random) -> Prepared:
    """Return a request whose head announces the whole body, with only a part of the body."""
    body = prepared.request.body
    if not body:
        return prepared
    sent = body[: chance.randrange(len(body))]
    return replace(prepared, request=replace(prepared.request, body=sent, is_cut_short=True), sent_body=sent)


def _with_broken_signature(prepared: Prepared, chance: Random) -> Prepared:
    value = next((value for name, value in prepared.request.headers if name.lower() == SIGNATURE_HEADER), b"")
    if not value:  # there was none: an invented signature is as wrong as a broken one
        value = bytes(chance.choice(_HEX) for _ in range(64))
    else:
        place = chance.randrange(len(value))
        digit = chance.choice([digit for digit in _HEX if digit != value[place]])
        value = value[:place] + bytes((digit,)) + value[place + 1 :]
    return with_signature(prepared, value, "broken")
