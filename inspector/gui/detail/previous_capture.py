"""The previous capture of a respondent, and how two captures differ."""

from __future__ import annotations

from functools import partial

from inspector.domain.capture.capture_diff import CaptureDiff, compare_captures
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.query.scope import scope_of
from inspector.domain.signature.content import coding_of
from inspector.session.session import Session

_INLINE = 8 * 1024
"""Bytes of both; more is compared in the worker."""


async def compared(
    session: Session, first: CaptureDetail, second: CaptureDetail, *, is_masked: bool = False
) -> CaptureDiff:
    """Compare two captures, in the worker if they are large or compressed.

    `is_masked`: both are as the mask shows them.
    """
    bodies = first.capture.body, second.capture.body
    codings = _coding(first), _coding(second)
    if codings == (None, None) and len(bodies[0]) + len(bodies[1]) <= _INLINE:
        return compare_captures(*bodies, is_masked=is_masked)
    return await session.worker.run(partial(compare_captures, is_masked=is_masked), *bodies, codings)


async def previous_of_respondent(session: Session, row: CaptureRow) -> int | None:
    """Return the last capture before this one with the same survey, group and user."""
    if not (row.survey_id and row.group_id and row.user_id) or row.id < 2:
        return None
    ids = await session.captures.ids(scope_of(row), f"id:1..{row.id - 1}", limit=1)
    return ids[0] if ids else None


def _coding(detail: CaptureDetail) -> str | None:
    if detail.row.kind == "refused":
        return None
    return coding_of(b"".join(detail.capture.values(b"content-encoding")), detail.capture.body)
