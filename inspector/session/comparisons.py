"""How two captures differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from inspector.base.worker import Worker
from inspector.domain.capture.capture_diff import (
    CaptureDiff,
    DiffLine,
    compare_captures,
    compare_headers,
    compare_requests,
)
from inspector.domain.capture.line_diff import LineDiff, compare_bodies
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.query.scope import scope_of
from inspector.domain.signature.content import coding_of
from inspector.session.captures import Captures

_INLINE = 8 * 1024
"""Maximum bytes of both bodies to compare at once. Larger ones are compared in the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureComparison:
    """Two captures and everything in which they differ."""

    first: CaptureDetail
    second: CaptureDetail
    request: tuple[DiffLine, ...]
    """The method and the target."""
    headers: tuple[DiffLine, ...]
    body: CaptureDiff
    text: LineDiff | None
    """The bodies by line, if one of them is not JSON and they differ."""

    @property
    def is_same(self) -> bool:
        """Whether method, target, headers and body are equal, whatever the order of the headers."""
        differs = any(line.is_difference for line in (*self.request, *self.headers))
        return self.body.is_same_body and not differs


class Comparisons:
    """Compares captures, in the worker if they are large or compressed."""

    def __init__(self, captures: Captures, worker: Worker) -> None:
        self._captures = captures
        self._worker = worker

    async def whole(self, first_id: int, second_id: int) -> CaptureComparison:
        """Compare the requests, headers and bodies of two captures. Raises NotFound."""
        first, second = await self._captures.detail(first_id), await self._captures.detail(second_id)
        body = await self.bodies(first, second)
        text = None
        if any(body.no_json) and not body.is_same_body:
            text = await self._worker.run(compare_bodies, first.capture.body, second.capture.body)
        return CaptureComparison(
            first=first,
            second=second,
            request=compare_requests(first.capture, second.capture),
            headers=compare_headers(first.capture.headers, second.capture.headers),
            body=body,
            text=text,
        )

    async def bodies(
        self, first: CaptureDetail, second: CaptureDetail, *, is_masked: bool = False
    ) -> CaptureDiff:
        """Compare the bodies of two captures. Set `is_masked` if the mask has been applied to both."""
        bodies = first.capture.body, second.capture.body
        codings = _coding(first), _coding(second)
        if codings == (None, None) and len(bodies[0]) + len(bodies[1]) <= _INLINE:
            return compare_captures(*bodies, is_masked=is_masked)
        return await self._worker.run(partial(compare_captures, is_masked=is_masked), *bodies, codings)

    async def previous(self, row: CaptureRow) -> int | None:
        """Return the respondent's capture before this one (same survey, group and user), or None."""
        if not (row.survey_id and row.group_id and row.user_id) or row.id < 2:
            return None
        ids = await self._captures.ids(scope_of(row), f"id:1..{row.id - 1}", limit=1)
        return ids[0] if ids else None


def _coding(detail: CaptureDetail) -> str | None:
    if detail.row.kind == "refused":
        return None
    return coding_of(b"".join(detail.capture.values(b"content-encoding")), detail.capture.body)
