"""Captures from files and texts: what they would become, and adding them after the user has seen it."""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import BinaryIO, cast

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, NotFound
from inspector.base.signals import Signal
from inspector.base.tasks import Slices, in_own_thread
from inspector.base.visible import visible
from inspector.base.worker import Worker
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.capture.native import ExportedCapture
from inspector.domain.request_text.raw_request import RawRequest
from inspector.domain.request_text.recognise import (
    MAX_BYTES,
    Recognised,
    capture_of,
    is_export,
    recognise,
)
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.signature import digest
from inspector.session.captures import Addition, Captures
from inspector.session.file.import_export import ImportExport, ImportResult
from inspector.session.file.import_reader import ImportReader, KnownCaptures
from inspector.session.file.preview import MAX_PREVIEWED, AddPreview, AddSource, CureOffer, PreviewTally
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import evaluated
from inspector.store.file.files import is_capture_file
from inspector.store.store import Store
from inspector.store.write.captures import read

_INLINE_BYTES = 8 * 1024
"""A longer text is recognised by the worker."""
_DRAGGED = re.compile(r"capture-(\d{1,15})(?: ?\(\d{1,3}\))?\.json")
"""The name of a body that was dragged out of the window, or of its copy."""
_START = 64 * 1024


class Additions:
    """Previews of files and texts, and adding their captures as `imported`. They are never forwarded."""

    def __init__(
        self, store: Store, secrets: Secrets, captures: Captures, import_export: ImportExport, worker: Worker
    ) -> None:
        self.previewed: Signal[tuple[AddSource, int]] = Signal("additions.previewed")
        """Emits, while an export is read, its source and the number of captures so far."""
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._import_export = import_export
        self._worker = worker

    # ---- preview

    async def preview(
        self, source: AddSource, *, is_cured: bool = False, sign_with: str | None = None
    ) -> AddPreview:
        """Return what a source would become, with the verdicts of the active secrets.

        `is_cured` applies the suggested cure, and `sign_with` is the name of the secret for a JSON body.
        If it cannot be read, that is the reason.
        """
        try:
            return await self._preview(source, is_cured=is_cured, sign_with=sign_with)
        except InspectorError as error:
            return AddPreview(source=source, kind="unknown", reason=str(error))

    async def _preview(self, source: AddSource, *, is_cured: bool, sign_with: str | None) -> AddPreview:
        async with self._opened(source) as file:
            found, start, size = await self._recognised(source, file)
            base = AddPreview(source=source, kind=found.kind, title=found.title, size=size)
            if found.reason:
                return replace(base, reason=found.reason)
            if found.kind == "export":
                return await self._of_export(base, start)
        return await self._of_requests(base, found, is_cured=is_cured, sign_with=sign_with)

    @asynccontextmanager
    async def _opened(self, source: AddSource) -> AsyncIterator[BinaryIO]:
        """Yield the content of a source. Raises InspectorError if it cannot be read."""
        path = source.path
        # Closing the capture file in this process would drop the locks of its open connections (POSIX).
        if path is not None and await in_own_thread(partial(is_capture_file, path, self._store.path)):
            raise InspectorError(
                f"{source.name} is the capture file in use. Its captures are listed already."
            )
        async with source.opened() as file:
            yield file

    async def _recognised(self, source: AddSource, file: BinaryIO) -> tuple[Recognised, BinaryIO, int]:
        """Return what a source is, its content from the start, and its size."""
        size = 0 if source.path is None else (await in_own_thread(source.path.stat)).st_size
        start = await in_own_thread(lambda: _first_bytes(file))
        if is_export(start):
            return Recognised(kind="export"), _joined(start, file), size
        data = start + await in_own_thread(lambda: file.read(MAX_BYTES + 1 - len(start)))
        if len(data) > _INLINE_BYTES:
            found = await self._worker.run(recognise, data)
        else:
            found = recognise(data)
        if found.kind == "export" and len(data) > MAX_BYTES:  # its first line is invalid and long
            return Recognised(kind="export"), _joined(data, file), size
        return found, io.BytesIO(data), size or len(data)

    async def _of_export(self, preview: AddPreview, file: BinaryIO) -> AddPreview:
        tally = PreviewTally()
        known = KnownCaptures(self._store)
        await known.begin()
        slices = Slices()
        invalid = duplicates = 0
        is_partial = False
        async for lines in ImportReader(file, self._import_export.limits, self._worker).batches():
            invalid += sum(line.problem is not None for line in lines)
            captures = [line.found.capture for line in lines if isinstance(line.found, ExportedCapture)]
            for capture, copy in zip(captures, await known.ids(captures), strict=True):
                if copy is not None:
                    duplicates += 1
                    continue
                tally.add(capture, await evaluated(capture, self._secrets, self._worker))
                await slices.pause()
            self.previewed.emit((preview.source, tally.count))
            if tally.count + duplicates >= MAX_PREVIEWED:
                is_partial = True
                break
        if not tally.count and not duplicates:
            reason = "It has no captures." if not invalid else "None of its lines is a valid capture."
            return replace(preview, reason=reason, invalid=invalid)
        return replace(tally.on(preview), duplicates=duplicates, invalid=invalid, is_partial=is_partial)

    async def _of_requests(
        self, preview: AddPreview, found: Recognised, *, is_cured: bool, sign_with: str | None
    ) -> AddPreview:
        tally = PreviewTally()
        known = KnownCaptures(self._store)
        await known.begin()
        now, key = now_ms(), self._key(sign_with if found.kind == "json" else None)
        captures: list[Capture] = []
        slices = Slices()
        duplicates = proved = 0
        offered: list[RawRequest] = []
        for request in found.requests:
            cure = request.cure
            capture = capture_of(cure.request if is_cured and cure is not None else request, now)
            if key is not None:
                signed = (SIGNATURE_HEADER, digest(key, capture.body).encode("ascii"))
                capture = capture._replace(headers=(*capture.headers, signed))
            evaluation = await evaluated(capture, self._secrets, self._worker)
            if cure is not None and not is_cured:
                other = await evaluated(capture_of(cure.request, now), self._secrets, self._worker)
                is_proved = _is_better(other, evaluation)
                proved += is_proved
                if is_proved or not cure.needs_proof:
                    offered.append(request)
            if request.received_ms is not None and (await known.ids([capture]))[0] is not None:
                duplicates += 1
                continue
            captures.append(capture)
            tally.add(capture, evaluation)
            await slices.pause()
        notes = (*found.notes, *await self._same_body(preview.source, captures))
        remarks = dict.fromkeys(remark for request in found.requests for remark in request.remarks)
        return replace(
            tally.on(preview),
            captures=tuple(captures),
            duplicates=duplicates,
            notes=(*notes, *list(remarks)[:5]),
            cure=_offer(offered, is_proved=proved > 0),
            is_cured=is_cured,
            sign_with=sign_with,
        )

    async def _same_body(self, source: AddSource, captures: Sequence[Capture]) -> tuple[str, ...]:
        """Return a note on the capture that was dragged out as this file, if its body is still the same."""
        named = None if source.path is None else _DRAGGED.fullmatch(source.path.name)
        if named is None or len(captures) != 1:
            return ()
        try:
            stored = await self._store.fetch(partial(read, capture_id=int(named[1])))
        except NotFound:
            return ()
        if stored.body != captures[0].body:
            return ()
        return (f"Capture {named[1]} has the same body, with its own headers.",)

    def _key(self, name: str | None) -> bytes | None:
        if name is None:
            return None
        for secret in (*self._secrets.active, *self._secrets.inactive):
            if secret.name == name and secret.text:
                return secret.key
        raise InspectorError(f"There is no secret “{visible(name)}” to sign with. Add it, then try again.")

    # ---- add

    async def add(self, previews: Collection[AddPreview]) -> Addition:
        """Add the captures of these previews, which `undo` removes again.

        Raises InspectorError if they cannot be stored or read. What was stored before that stays.
        """
        ids = array("q")
        try:
            for preview in previews:
                ids.extend((await self.take(preview)).ids)
        finally:
            addition = Addition(ids=ids)
            if ids:
                self._captures.undo_steps.append(addition)
        return addition

    async def take_unseen(
        self, source: AddSource, *, is_cured: bool = False, sign_with: str | None = None
    ) -> tuple[AddPreview, ImportResult | None]:
        """Add the captures of a source without a preview and without undo. The result is None if it has none,
        for the reason of the returned preview.

        An export is read once. Raises InspectorError if the captures cannot be stored.
        """
        async with self._opened(source) as file:
            found, start, size = await self._recognised(source, file)
            base = AddPreview(source=source, kind=found.kind, title=found.title, size=size)
            if found.kind == "export":
                return base, await self._import_export.take(start)
        if found.reason:
            return replace(base, reason=found.reason), None
        preview = await self._of_requests(base, found, is_cured=is_cured, sign_with=sign_with)
        result = await self._import_export.take_captures(preview.captures)
        known = preview.duplicates + result.progress.duplicates
        return preview, result._replace(progress=replace(result.progress, duplicates=known))

    async def take(self, preview: AddPreview) -> ImportResult:
        """Add the captures of one preview, without undo."""
        if preview.kind != "export":
            return await self._import_export.take_captures(preview.captures)
        async with self._opened(preview.source) as file:
            return await self._import_export.take(file)


def _is_better(cured: Evaluation, found: Evaluation) -> bool:
    """Return whether the signature is valid only after the cure, or only then over the bytes themselves."""
    verdict = cured.verdict
    return verdict.word == "valid" and not set(verdict.matched) <= set(found.verdict.matched)


def _offer(requests: Sequence[RawRequest], *, is_proved: bool) -> CureOffer | None:
    if not requests or requests[0].cure is None:
        return None
    cure = requests[0].cure
    return CureOffer(note=f"{cure.note} {cure.proof}" if is_proved else cure.note, label=cure.label)


def _first_bytes(file: BinaryIO) -> bytes:
    """Return at least one line, or the first `_START` bytes. Blocks."""
    start = b""
    while len(start) < _START and b"\n" not in start:
        # a pipe returns what it has, so that the lines of a running export are stored as they come
        part = file.read1(_START - len(start)) if isinstance(file, io.BufferedIOBase) else file.read(_START)
        if not part:
            break
        start += part
    return start


class _Joined(io.RawIOBase):
    """Bytes that were read already, followed by the rest of their stream."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = memoryview(start)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part: bytes | memoryview = self._start[: len(buffer)]
        self._start = self._start[len(part) :]
        if not part:
            part = (
                self._rest.read1(len(buffer))
                if isinstance(self._rest, io.BufferedIOBase)
                else self._rest.read(len(buffer))
            )
        buffer[: len(part)] = part
        return len(part)


def _joined(start: bytes, rest: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Joined(start, rest), 1024 * 1024))
