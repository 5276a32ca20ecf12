"""The lines of an export that is read, in batches, and which of its captures are already in the file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from inspector.base.tasks import in_own_thread
from inspector.base.worker import Worker
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.native import BadLine, ExportedCapture, ImportLimits, load_line
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.signature.evaluation import INLINE_BYTES
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import imports

READ_BYTES = 8 * 2**20
BATCH = 200
"""Number of captures that are read or committed at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One line of an export."""

    number: int
    found: ExportedCapture | AttemptDetail | None = None
    """None for a head, an empty line and an invalid one."""
    problem: str | None = None
    """Why it is invalid, in a few words."""
    is_attempt: bool = False
    """Whether an invalid line starts like an attempt."""


def import_limits(settings: Settings) -> ImportLimits:
    """Return the limits of captures that did not arrive at the port. They are those of requests."""
    return ImportLimits(
        body_bytes=settings.whole("body_bytes"),
        head_bytes=settings.whole("head_bytes"),
        head_fields=settings.whole("head_fields"),
    )


class ImportReader:
    """Reads the lines of a file once."""

    def __init__(self, file: BinaryIO, limits: ImportLimits, worker: Worker) -> None:
        self._lines = _Lines(file, longest=2 * limits.body_bytes + 8 * limits.head_bytes)
        self._limits = limits
        self._worker = worker

    async def batches(self) -> AsyncGenerator[list[ImportLine], None]:
        """Yield the lines in batches. Raises OSError if the file cannot be read."""
        while lines := await in_own_thread(self._lines.next):
            yield [await self._loaded(number, line) for number, line in lines]

    async def _loaded(self, number: int, line: bytes | None) -> ImportLine:
        if line is None:
            return ImportLine(number=number, problem="it is longer than any capture can be")
        try:
            if len(line) > 2 * INLINE_BYTES:
                found = await self._worker.run(load_line, line, self._limits)
            else:
                await asyncio.sleep(0)
                found = load_line(line, self._limits)
        except BadLine as error:
            is_attempt = line.startswith(b'{"attempt"')
            return ImportLine(number=number, problem=str(error), is_attempt=is_attempt)
        return ImportLine(number=number, found=found)


class _Lines:
    """Reads the lines of a file in batches, regardless of their length."""

    def __init__(self, file: BinaryIO, *, longest: int) -> None:
        self._file = file
        self._longest = longest
        self._number = 0
        self._is_at_end = False

    def next(self) -> list[tuple[int, bytes | None]]:
        """Return the number and the bytes of the next lines, at most a batch and about `READ_BYTES`, or none
        at the end. The bytes are None if the line is longer than any capture can be. Blocks."""
        lines: list[tuple[int, bytes | None]] = []
        size = 0
        # After the end of the input, a terminal would wait for a second Ctrl+D.
        while len(lines) < BATCH and size < READ_BYTES and not self._is_at_end:
            line = self._file.readline(self._longest)
            if not line:
                self._is_at_end = True
                break
            self._number += 1
            size += len(line)
            if len(line) == self._longest and not line.endswith(b"\n"):
                while (rest := self._file.readline(self._longest)) and not rest.endswith(b"\n"):
                    pass
                lines.append((self._number, None))
            else:
                lines.append((self._number, line))
        return lines


class KnownCaptures:
    """The stored captures that an import has again, as they were when it began."""

    def __init__(self, store: Store) -> None:
        self.last_attempt = 0
        """The last attempt before the import. Newer attempts and captures are not duplicates."""
        self._store = store
        self._last_capture = 0
        self._met: dict[int, int] = {}
        """How often each stored capture has been found in the import, by its hash."""

    async def begin(self) -> None:
        """Read the last ids of the file."""
        self._last_capture, self.last_attempt = await self._store.fetch(imports.last_ids)

    async def ids(self, captures: Sequence[Capture]) -> list[int | None]:
        """Return, for each of the next captures, the id of the stored one that it duplicates, or None.

        An export can have several equal captures: each is a duplicate of a different stored one.
        """
        find = partial(imports.copies, captures=captures, up_to=self._last_capture)
        copies = await self._store.fetch(find)
        return [self._id(one, several) for one, several in zip(captures, copies, strict=True)]

    def _id(self, capture: Capture, copies: Sequence[int]) -> int | None:
        if not copies:
            return None
        key = hash((capture.received_ms, capture.remote, capture.target, capture.headers, capture.body))
        met = self._met.get(key, 0)
        if met == len(copies):
            return None
        self._met[key] = met + 1
        return copies[met]
