"""What is left out of a capture that is forwarded, beside what belongs to one connection."""

from __future__ import annotations

from dataclasses import replace

from inspector.domain.capture import Capture

_CREDENTIALS = frozenset((b"cookie", b"authorization"))
"""Meant for this listener, or for what stands before it; never for a target that somebody else runs."""


def forwarded(capture: Capture) -> Capture:
    """`capture` without Cookie and Authorization, and without what proxies on its way in said of its client.

    Nothing else changes: the signature goes out as it came.
    """
    kept = tuple([pair for pair in capture.headers if not _is_left_out(pair[0].lower())])
    return capture if len(kept) == len(capture.headers) else replace(capture, headers=kept)


def _is_left_out(name: bytes) -> bool:
    return name in _CREDENTIALS or name == b"forwarded" or name.startswith(b"x-forwarded-")
