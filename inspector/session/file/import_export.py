"""Export and import of captures with their attempts in the native form."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, NamedTuple

from inspector.base.signals import Signal
from inspector.base.tasks import Slices, Tasks
from inspector.base.worker import Worker
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.native import (
    BadLine,
    ExportedCapture,
    dump_attempt,
    dump_line,
    head_line,
)
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.mask.mask import DOTS, MaskedField, hides
from inspector.domain.mask.masked_capture import masked_attempt, masked_capture
from inspector.domain.signature.evaluation import INLINE_BYTES
from inspector.session.captures import Captures
from inspector.session.file.import_reader import (
    BATCH,
    READ_BYTES,
    ImportLine,
    ImportReader,
    KnownCaptures,
    import_limits,
)
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import UnlessChanged, evaluated, with_current_secrets
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import attempts, imports, marks
from inspector.store.write import captures as stored
from inspector.store.write.columns import new_capture
from inspector.store.write.marks import StoredMarks

IMPORTER = "webhook-inspector import"
MAX_REPORTED = 100
"""Maximum number of invalid lines that are reported one by one. Further ones are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLines:
    """Invalid lines of a file."""

    count: int = 0
    reported: tuple[tuple[int, str], ...] = ()
    """The number of each of the first invalid lines, and why it is invalid, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """The progress of an import."""

    imported: int = 0
    """The number of captures."""
    attempts: int = 0
    duplicates: int = 0
    """Captures that were already in the file and were not stored again."""
    refused: int = 0
    is_done: bool = False


class ImportResult(NamedTuple):
    """The result of an import."""

    progress: ImportProgress
    bad: BadLines
    ids: array[int]
    """The ids of the new captures, ascending."""


class ExportPart(NamedTuple):
    """Some lines of an export."""

    lines: list[str]
    captures: int
    """The number of captures among the lines."""


class ImportExport:
    """Export and import. Unless it is masked, an export contains bodies, signatures and ids."""

    def __init__(
        self, store: Store, settings: Settings, secrets: Secrets, captures: Captures, worker: Worker
    ) -> None:
        self.progressed: Signal[ImportProgress] = Signal("import_export.progressed")
        """Emitted after each batch of an import, and at its end."""
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._worker = worker
        self.limits = import_limits(settings)

    async def exported(
        self, ids: Sequence[int], mask: Sequence[MaskedField] | None = None
    ) -> AsyncGenerator[ExportPart, None]:
        """Yield the lines of an export of these captures and their attempts in parts, the head first.

        With `mask`, credentials and these fields are hidden. Captures that no longer exist are omitted.
        """
        yield ExportPart([head_line(is_masked=mask is not None)], 0)
        for start in range(0, len(ids), BATCH):
            wanted: Sequence[int] = ids[start : start + BATCH]
            sent = await self._store.fetch(partial(attempts.with_attempts, capture_ids=wanted))
            while wanted:
                found, wanted = await self._store.fetch(
                    partial(stored.read_some, ids=wanted, max_bytes=READ_BYTES)
                )
                lines: list[str] = []
                count = 0
                slices = Slices()
                for capture_id, capture in found:
                    if capture is None:
                        continue
                    mark = self._store.read(partial(marks.of, capture_id=capture_id))
                    one = ExportedCapture(capture=capture, **mark._asdict())
                    if len(capture.body) > INLINE_BYTES:
                        lines.append(await self._worker.run(_capture_line, capture_id, one, mask))
                    else:
                        lines.append(_capture_line(capture_id, one, mask))
                    count += 1
                    if capture_id in sent:
                        async for several in self._attempts(capture_id, capture, mask):
                            yield ExportPart(lines + several, count)
                            lines, count = [], 0
                    await slices.pause()
                yield ExportPart(lines, count)

    async def _attempts(
        self, capture_id: int, capture: Capture, mask: Sequence[MaskedField] | None
    ) -> AsyncGenerator[list[str], None]:
        """Yield the lines of the attempts of a capture, in parts."""
        after = 0
        while found := await self._store.fetch(
            partial(attempts.whole_after, capture_id=capture_id, after=after, max_bytes=READ_BYTES)
        ):
            after = found[-1].row.id
            lines = []
            slices = Slices()
            for one in found:
                if len(one.sent_body or b"") + len(one.response_body) > INLINE_BYTES:
                    lines.append(await self._worker.run(_attempt_line, one, capture, mask))
                else:
                    lines.append(_attempt_line(one, capture, mask))
                await slices.pause()
            yield lines

    async def take(self, file: BinaryIO) -> ImportResult:
        """Import the captures of an export in batches.

        Captures that are already stored are duplicates. The others are evaluated with the secrets of this
        session. Raises InspectorError if they cannot be stored (earlier batches stay stored), and OSError if
        the file cannot be read.
        """
        taking = await self._begin()
        bad = BadLines()
        async for lines in ImportReader(file, self.limits, self._worker).batches():
            for line in lines:
                try:
                    taking.add(line)
                except BadLine as error:
                    reported = ((line.number, f"Line {line.number} is not a capture: {error}."),)
                    bad = BadLines(count=bad.count + 1, reported=(bad.reported + reported)[:MAX_REPORTED])
            await self._put(taking, bad)
        return await self._end(taking, bad)

    async def take_captures(self, captures: Sequence[Capture]) -> ImportResult:
        """Import captures that were read from another kind of file or text, as `take` does."""
        taking = await self._begin()
        for start in range(0, len(captures), BATCH):
            for capture in captures[start : start + BATCH]:
                taking.add(ImportLine(number=0, found=ExportedCapture(capture=capture)))
            await self._put(taking, BadLines())
        return await self._end(taking, BadLines())

    async def _begin(self) -> _Taking:
        taking = _Taking(self._store, self._secrets, self._captures, self._worker)
        await taking.begin()
        await self._secrets.note_use()
        return taking

    async def _put(self, taking: _Taking, bad: BadLines) -> None:
        putting = Tasks().spawn(taking.put(), "store imported captures", is_awaited=True)
        try:
            await asyncio.shield(putting)
        finally:
            if not putting.done():  # the caller is cancelled, but this batch is stored and counted
                await putting
            self.progressed.emit(replace(taking.progress, refused=bad.count))

    async def _end(self, taking: _Taking, bad: BadLines) -> ImportResult:
        await self._store.catch_up(IMPORTER)
        progress = replace(taking.progress, refused=bad.count, is_done=True)
        self.progressed.emit(progress)
        return ImportResult(progress, bad, taking.ids)


def _capture_line(capture_id: int, one: ExportedCapture, mask: Sequence[MaskedField] | None) -> str:
    if mask is not None:
        note = DOTS if one.note and hides(mask, "notes") else one.note
        one = replace(one, capture=masked_capture(one.capture, mask), note=note)
    return dump_line(capture_id, one)


def _attempt_line(one: AttemptDetail, capture: Capture, mask: Sequence[MaskedField] | None) -> str:
    return dump_attempt(one if mask is None else masked_attempt(one, capture, mask))


class _Taking:
    """One import: captures in batches, each attempt after its capture."""

    def __init__(self, store: Store, secrets: Secrets, captures: Captures, worker: Worker) -> None:
        self.progress = ImportProgress()
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._worker = worker
        self.ids = array("q")
        """The ids of the new captures."""
        self._known = KnownCaptures(store)
        self._batch: list[ExportedCapture] = []
        self._sent: list[tuple[int, AttemptDetail]] = []
        """Attempts of the batch, each with the index of its capture; -1 is the last capture before it."""
        self._owner: int | None = None
        """The id in the imported file of the capture that the next attempts belong to."""
        self._owner_id: int | None = None
        """The id in this file of the last capture before the batch."""

    async def begin(self) -> None:
        """Read the last ids of the file."""
        await self._known.begin()

    def add(self, line: ImportLine) -> None:
        """Add the content of one line. Raises BadLine for an invalid one, and for an attempt that does not
        follow its capture."""
        found = line.found
        if line.problem is not None:
            if not line.is_attempt:  # it may be the capture that the next attempts belong to
                self._owner = None
            raise BadLine(line.problem)
        if isinstance(found, ExportedCapture):
            self._owner = found.id
            self._batch.append(found)
        elif found is not None:
            if self._owner is None or found.row.capture_id != self._owner:
                raise BadLine("it is an attempt that does not follow its capture")
            self._sent.append((len(self._batch) - 1, found))

    async def put(self) -> None:
        """Store the batch."""
        batch, sent = self._batch, self._sent
        self._batch, self._sent = [], []
        captures = [one.capture for one in batch]
        ids = await self._known.ids(captures)
        new = [place for place, capture_id in enumerate(ids) if capture_id is None]
        marked = [
            StoredMarks(is_pinned=batch[place].is_pinned, note=batch[place].note, color=batch[place].color)
            for place in new
        ]
        places = {place: index for index, place in enumerate(new)}
        attempted = [
            (self._owner_id if place < 0 else ids[place], places.get(place, 0), attempt)
            for place, attempt in sent
        ]

        async def store(unless_changed: UnlessChanged) -> tuple[list[int], int]:
            arrivals = []
            slices = Slices()
            for place in new:
                evaluation = await evaluated(captures[place], self._secrets, self._worker)
                arrivals.append(new_capture(captures[place], evaluation))
                await slices.pause()
            job = partial(
                imports.put,
                captures=arrivals,
                marked=marked,
                attempted=attempted,
                last_attempt=self._known.last_attempt,
            )
            return await self._store.write(unless_changed(job))

        count = 0
        if new or attempted:
            stored, count = await with_current_secrets(self._secrets, store)
            for place, capture_id in zip(new, stored, strict=True):
                ids[place] = capture_id
            self.ids.extend(stored)
            if stored:
                self._captures.announce(stored)
        if ids:
            self._owner_id = ids[-1]
        self.progress = replace(
            self.progress,
            imported=self.progress.imported + len(new),
            attempts=self.progress.attempts + count,
            duplicates=self.progress.duplicates + len(batch) - len(new),
        )


log = logging.getLogger(__name__)
