"""What a file or a text would become: the captures to add, their verdicts, and what to know about them."""

from __future__ import annotations

import io
import stat
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from inspector.base.clock import local_time, now_ms
from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.event.row_answers import RowAnswer, row_answers
from inspector.domain.request_text.recognise import SourceKind
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.verdict import ShownVerdict
from inspector.session.captures import MOST_OF_ROW
from inspector.store.write.columns import new_capture, row

SHOWN_ROWS = 20
MAX_PREVIEWED = 50_000
"""Maximum captures of an export that are read for a preview. Adding reads all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSource:
    """A file or a text to add captures from: exactly one of `path`, `data` and `stream`."""

    path: Path | None = None
    data: bytes | None = None
    stream: BinaryIO | None = None
    """Read once, such as standard input."""
    may_wait: bool = True
    """Whether a pipe or a device is read, which can wait for its writer or never end."""

    @property
    def name(self) -> str:
        """The name of the file, safe to show; empty for a text."""
        return "" if self.path is None else visible(self.path.name)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BinaryIO]:
        """Yield the content. Raises InspectorError if it cannot be read. Opening may block, in a thread."""
        if self.path is None:
            yield self.stream or io.BytesIO(self.data or b"")
            return
        try:
            with await in_own_thread(self._open) as file:
                yield file
        except OSError as error:
            raise InspectorError(f"Cannot read {visible(str(self.path))}: {error.strerror}.") from error

    def _open(self) -> BinaryIO:
        """Blocks."""
        assert self.path is not None
        mode = self.path.stat().st_mode
        if not self.may_wait and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise InspectorError(
                f"{self.name} is a pipe or a device, not a regular file. Save its content to a file, then add"
                " that."
            )
        return self.path.open("rb")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One capture as it would be listed. Its id is only its place."""

    row: CaptureRow
    answers: tuple[RowAnswer, ...] = ()
    """Its answers as drawn, if the body is small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CureOffer:
    """A link next to a note: another reading of the same text."""

    note: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPreview:
    """What a file or a text would become. Nothing of it is stored."""

    source: AddSource
    kind: SourceKind
    title: str = ""
    """Its kind in words: `NDJSON export`, `3 curl commands`."""
    size: int = 0
    """In bytes."""
    captures: tuple[Capture, ...] = ()
    """The captures to add; empty for an export, which is read again."""
    count: int = 0
    """The number of captures that would be added."""
    duplicates: int = 0
    invalid: int = 0
    """The number of invalid lines."""
    is_partial: bool = False
    """Whether the export has more captures than were read."""
    totals: Mapping[ShownVerdict, int] = field(default_factory=dict)
    surveys: int = 0
    first_ms: int = 0
    last_ms: int = 0
    rows: tuple[PreviewRow, ...] = ()
    """The first ones, oldest first."""
    notes: tuple[str, ...] = ()
    """Sentences."""
    cure: CureOffer | None = None
    is_cured: bool = False
    sign_with: str | None = None
    """The secret that it is signed with, which is possible for a JSON body."""
    reason: str = ""
    """Why it cannot be read, as a sentence; empty if it can."""

    @property
    def can_add(self) -> bool:
        """Whether it has captures that are not in the file yet."""
        return self.count > 0

    @property
    def can_sign(self) -> bool:
        """Whether the user chooses the secret to sign it with."""
        return self.kind == "json" and not self.reason

    def sentences(self) -> tuple[str, ...]:
        """Return what it has, and what to know about it."""
        if self.reason:
            return (self.reason,)
        said = [self._content()] if self.kind == "export" or self.count != 1 or self.duplicates else []
        if self.duplicates:
            verb = "is" if self.duplicates == 1 else "are"
            more = f"{self.duplicates:,} more" if self.count else f"{self.duplicates:,}"
            said.append(f"{more} {verb} in this file already and {verb} skipped.")
        if self.invalid:
            said.append(
                f"{counted(self.invalid, 'invalid line')} {'is' if self.invalid == 1 else 'are'} skipped."
            )
        if self.is_partial:
            said.append(f"It has more: only the first {self.count + self.duplicates:,} are previewed.")
        return (*said, *self.notes)

    def _content(self) -> str:
        if not self.count:
            return "0 new captures."
        surveys = f" of {counted(self.surveys, 'survey')}" if self.surveys else ""
        days = f", {days_text(self.first_ms, self.last_ms)}" if self.kind == "export" else ""
        return f"{counted(self.count, 'capture')}{surveys}{days}."


class PreviewTally:
    """Adds up the captures of a preview."""

    def __init__(self) -> None:
        self.count = 0
        self._totals: Counter[ShownVerdict] = Counter()
        self._surveys: set[str] = set()
        self._first = self._last = 0
        self._rows: list[PreviewRow] = []

    def add(self, capture: Capture, evaluation: Evaluation) -> None:
        """Count a capture."""
        self.count += 1
        self._totals[evaluation.verdict.shown(is_json=evaluation.is_json)] += 1
        if evaluation.event.survey_id and len(self._surveys) < MAX_PREVIEWED:
            self._surveys.add(evaluation.event.survey_id[:200])
        self._first = min(self._first or capture.received_ms, capture.received_ms)
        self._last = max(self._last, capture.received_ms)
        if len(self._rows) < SHOWN_ROWS:
            new = new_capture(capture, evaluation)
            shown = row(self.count, new.shown, survey_name=new.shown.survey_name)
            is_small = len(capture.body) <= MOST_OF_ROW
            answers = row_answers(evaluation.event) if is_small else ()
            self._rows.append(PreviewRow(row=shown, answers=answers))

    def on(self, preview: AddPreview) -> AddPreview:
        """Return the preview with these counts."""
        return replace(
            preview,
            count=self.count,
            totals=dict(self._totals),
            surveys=len(self._surveys),
            first_ms=self._first,
            last_ms=self._last,
            rows=tuple(self._rows),
        )


def days_text(first_ms: int, last_ms: int) -> str:
    """Return the local days of a span: `24 Nov`, `24 to 25 Nov`, `30 Nov to 2 Dec`, with years if they differ
    from the current one."""
    first, last = local_time(first_ms), local_time(last_ms)
    year = "" if first.year == last.year == local_time(now_ms()).year else f" {last:%Y}"
    end = f"{last.day} {last:%b}{year}"
    if first.date() == last.date():
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first:%Y}'} to {end}"
