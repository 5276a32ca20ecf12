"""Move captures out of the file and into it, in their native form and in a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from inspector.base.own_thread import in_own_thread
from inspector.base.signals import Signal
from inspector.base.worker import Worker
from inspector.domain.judgement import INLINE_BYTES
from inspector.domain.native import BadLine, Exported, Limits, dump_line, head_line, load_line
from inspector.session.captures import Captures
from inspector.session.judging import judged
from inspector.session.secrets import Secrets
from inspector.settings.settings import Settings
from inspector.store import captures as stored
from inspector.store import marks
from inspector.store.columns import arrival
from inspector.store.marks import Marks
from inspector.store.store import Store

READ_BYTES = 8 * 2**20
BATCH = 200
"""Captures that are read, or committed, in one go."""
SLICE_S = 0.002
"""How long the loop is used at a time."""
IMPORTER = "webhook-inspector import"
MAX_TOLD = 100
"""Refused lines that are told one by one; the rest is counted."""

_Line = tuple[int, bytes | None]
"""Its number, and what it is; None where it is longer than any capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLines:
    """Lines of a file that hold no capture."""

    count: int = 0
    told: tuple[tuple[int, str], ...] = ()
    """The numbers of the first of them, and why each was refused, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import is."""

    imported: int = 0
    refused: int = 0
    is_done: bool = False


class Transfer:
    """Export and import. What is exported is not masked: bodies, signatures and ids stand in it."""

    def __init__(
        self, store: Store, settings: Settings, secrets: Secrets, captures: Captures, worker: Worker
    ) -> None:
        self.progressed: Signal[ImportProgress] = Signal("transfer.progressed")
        """After each batch of an import, and at its end."""
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._worker = worker
        self._limits = Limits(
            body_bytes=settings.whole("body_bytes"),
            head_bytes=settings.whole("head_bytes"),
            head_fields=settings.whole("head_fields"),
        )

    async def exported(self, ids: Sequence[int]) -> AsyncGenerator[list[str], None]:
        """The lines of an export of these captures, its head first, some at a time.

        Captures that are gone by then are left out.
        """
        yield [head_line()]
        loop = asyncio.get_running_loop()
        for start in range(0, len(ids), BATCH):
            wanted: Sequence[int] = ids[start : start + BATCH]
            while wanted:
                found, wanted = await self._store.fetch(
                    partial(stored.read_some, ids=wanted, max_bytes=READ_BYTES)
                )
                lines = []
                until = loop.time() + SLICE_S
                for capture_id, capture in found:
                    if capture is None:
                        continue
                    mark = self._store.read(partial(marks.of, capture_id=capture_id))
                    one = Exported(capture=capture, **mark._asdict())
                    if len(capture.body) > INLINE_BYTES:
                        lines.append(await self._worker.run(dump_line, capture_id, one))
                    else:
                        lines.append(dump_line(capture_id, one))
                    if loop.time() > until:
                        await asyncio.sleep(0)
                        until = loop.time() + SLICE_S
                yield lines

    async def take(self, file: BinaryIO) -> tuple[ImportProgress, BadLines]:
        """Import what the file holds, batch by batch; a line that is no capture is refused, the others go on.

        Captures are judged with the secrets of this session. Raises InspectorError where they cannot be
        stored, with those of earlier batches kept, and OSError where the file cannot be read.
        """
        progress, bad = ImportProgress(), BadLines()
        reader = _Reader(file, longest=2 * self._limits.body_bytes + 8 * self._limits.head_bytes)
        while lines := await in_own_thread(reader.next):
            batch = []
            for number, line in lines:
                try:
                    exported = await self._loaded(line)
                except BadLine as error:
                    told = ((number, f"Line {number} is not a capture: {error}."),)
                    bad = BadLines(count=bad.count + 1, told=(bad.told + told)[:MAX_TOLD])
                    continue
                if exported is not None:
                    batch.append(exported)
            await self._put(batch)
            progress = replace(progress, imported=progress.imported + len(batch), refused=bad.count)
            self.progressed.emit(progress)
        await self._store.catch_up(IMPORTER)
        progress = replace(progress, is_done=True)
        self.progressed.emit(progress)
        return progress, bad

    async def _loaded(self, line: bytes | None) -> Exported | None:
        if line is None:
            raise BadLine("it is longer than any capture may be")
        if len(line) > 2 * INLINE_BYTES:
            return await self._worker.run(load_line, line, self._limits)
        await asyncio.sleep(0)
        return load_line(line, self._limits)

    async def _put(self, batch: Sequence[Exported]) -> None:
        arrivals = [
            arrival(one.capture, await judged(one.capture, self._secrets, self._worker)) for one in batch
        ]
        marked = [Marks(is_pinned=one.is_pinned, note=one.note, color=one.color) for one in batch]
        if arrivals:
            ids = await self._store.write(partial(marks.insert, arrivals=arrivals, marked=marked))
            self._captures.announce(
                {capture_id: one.shown for capture_id, one in zip(ids, arrivals, strict=True)}
            )


class _Reader:
    """Lines of a file, some at a time, however long one of them is."""

    def __init__(self, file: BinaryIO, *, longest: int) -> None:
        self._file = file
        self._longest = longest
        self._number = 0
        self._is_at_end = False

    def next(self) -> list[_Line]:
        """At most a batch and about so many bytes of them; none at the end. Blocks."""
        lines: list[_Line] = []
        size = 0
        # A terminal would wait for a second Ctrl+D if it was read after its end.
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
