"""Captures until they are in the journal: whether they are stored, and what counts meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.errors import BusyError
from inspector.base.tasks import Slices
from inspector.base.worker import Worker
from inspector.capture.response import Response
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture, HeaderPairs, header_values
from inspector.domain.signature.evaluation import INLINE_BYTES
from inspector.session.captures import Captures
from inspector.session.evaluator import Evaluator
from inspector.session.file.storage_limit import QuotaUsed, StorageLimit
from inspector.session.responding.responder import Responder
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import evaluated
from inspector.store.journal import NewEntry, new_entry
from inspector.store.store import Store
from inspector.store.write import small_tables
from inspector.store.write.inboxes import Origin

if TYPE_CHECKING:
    from inspector.capture.request_handler import AfterCommit


class Intake:
    """Stores captures while there is space for them, and returns what responds to their senders."""

    def __init__(
        self,
        *,
        store: Store,
        limit: StorageLimit,
        secrets: Secrets,
        worker: Worker,
        captures: Captures,
        evaluator: Evaluator,
        responder: Responder,
        large_recorded: Callable[[int], None],
    ) -> None:
        """`large_recorded` is called with the id of each capture that has a large body."""
        self.used_nonces: set[str] = set()
        """Nonces of samples that cannot be used again."""
        self._store = store
        self._limit = limit
        self._secrets = secrets
        self._worker = worker
        self._captures = captures
        self._evaluator = evaluator
        self._responder = responder
        self._large_recorded = large_recorded

    def take_directly(self, capture: Capture, after_commit: AfterCommit) -> bool:
        """Begin to store a capture, if it gets the usual response, is not a sample, and there is space."""
        if self._responder.expected(capture) is not None or header_values(capture.headers, SAMPLE_HEADER):
            return False
        entry = new_entry(capture)
        if not self._limit.is_for_untrusted(entry.size):
            return False
        try:
            reserved = self._limit.reserve(len(capture.body))
        except BusyError:
            return False
        self._limit.reserve_untrusted(entry.size)
        self._store.recorder.queue(entry, partial(self._taken, entry, reserved, after_commit))
        return True

    def _taken(
        self,
        entry: NewEntry,
        reserved: int,
        after_commit: AfterCommit,
        capture_id: int,
        error: BaseException | None,
    ) -> None:
        self._limit.release(reserved)
        if error is None:
            self._recorded(capture_id, entry.capture)
            self._evaluator.wake()
        else:
            self._not_written(error, (entry,))
        after_commit(error)

    async def take(self, capture: Capture) -> Awaitable[Response | None] | None:
        """Store a capture, and return after its commit. Raises BusyError if it cannot be stored.

        If a rule or a target responds to the sender, return an awaitable of that response.
        """
        reserved = self._limit.reserve(len(capture.body))
        try:
            return await self._store_capture(capture)
        finally:
            self._limit.release(reserved)

    async def _store_capture(self, capture: Capture) -> Awaitable[Response | None] | None:
        nonce = self._nonce(capture)
        if nonce is not None:
            capture = capture._replace(kind="sample")
        expected = self._responder.expected(capture)
        if expected is not None:
            capture = expected.noted_in(capture)
        capture_id = await self._record(capture, nonce)
        return None if expected is None else self._responder.response(capture_id, expected)

    async def take_refused(self, capture: Capture) -> None:
        """Store a refused request."""
        if not self._limit.is_for_refused:
            return
        await self._record(capture, None)

    async def _record(self, capture: Capture, nonce: str | None) -> int:
        """Write a capture to the journal. Return its id. Raises BusyError."""
        entry = new_entry(capture, nonce)
        await self._reserve(entry)
        try:
            capture_id = await self._store.recorder.record(entry)
        except Exception as error:
            self._not_written(error, (entry,))
            raise
        self._recorded(capture_id, capture)
        self._evaluator.wake()
        return capture_id

    async def take_published(
        self, published: Sequence[tuple[Capture, Origin]]
    ) -> tuple[int, tuple[Origin, ...]]:
        """Store captures of a shared inbox, in order and in one commit.

        Return the number of handled ones, the first ones, and which of these were refused: they are
        untrusted, and their quota is full. Raises BusyError if not even the first can be handled now.
        """
        reserved = self._limit.reserve(sum(len(capture.body) for capture, _ in published))
        entries: list[NewEntry] = []
        refused: list[Origin] = []
        slices = Slices()
        try:
            for capture, origin in published:
                await slices.pause()  # with a full quota, each is evaluated here
                nonce = self._nonce(capture)  # a sample of this machine, which it sent to an edge
                if nonce is not None:
                    capture = capture._replace(kind="sample")
                entry = new_entry(capture, nonce, origin)
                try:
                    await self._reserve(entry, is_in_stream=True)
                except QuotaUsed:
                    refused.append(origin)
                except BusyError:
                    if not entries and not refused:
                        raise
                    break
                else:
                    entries.append(entry)
            ids = await self._store.recorder.record_all(entries) if entries else []
        except Exception as error:
            self._not_written(error, entries)
            raise
        finally:
            self._limit.release(reserved)
        for capture_id, entry in zip(ids, entries, strict=True):
            self._recorded(capture_id, entry.capture)
        self._evaluator.wake()
        return len(entries) + len(refused), tuple(refused)

    async def _reserve(self, entry: NewEntry, *, is_in_stream: bool = False) -> None:
        """Count an entry as untrusted until it is evaluated. Raises QuotaUsed if the quota is full.

        With `is_in_stream`, the capture waits while no secret shows which captures are genuine. This
        raises BusyError then.
        """
        limit = self._limit
        if not limit.is_for_untrusted(entry.size) and entry.capture.kind != "refused":
            # The sender waits: only a genuine capture can still be stored.
            found = await evaluated(entry.capture, self._secrets, self._worker)
            if not found.is_trusted:
                self._unuse(entry)
                if is_in_stream and (self._secrets.missing is not None or self._secrets.is_awaited):
                    raise BusyError(
                        "The quota for untrusted captures is full, and no secret is active. Add the secret,"
                        " or raise the setting untrusted_bytes."
                    )
                limit.refuse_untrusted(entry.size, is_in_stream=is_in_stream)
        limit.reserve_untrusted(entry.size)

    def _not_written(self, error: BaseException, entries: Sequence[NewEntry]) -> None:
        for entry in entries:
            self._limit.release_untrusted(entry.size, 0)
            self._unuse(entry)
        if entries and isinstance(error, BusyError):
            self._limit.failed(error)

    def _unuse(self, entry: NewEntry) -> None:
        if entry.nonce is not None:
            self.used_nonces.discard(entry.nonce)

    def _recorded(self, capture_id: int, capture: Capture) -> None:
        self._store.recorder.recorded(capture_id)
        if capture_id > self._evaluator.up_to:
            self._captures.expected.add(capture_id)
        if len(capture.body) > INLINE_BYTES:
            self._large_recorded(capture_id)

    def _nonce(self, capture: Capture) -> str | None:
        """Return the nonce of a sample that this program announced, or None."""
        announced = self.announced(capture.headers) if capture.kind == "captured" else None
        if announced is None:
            return None
        self.used_nonces.add(announced)  # valid once; the commit removes it from the file
        return announced

    def announced(self, headers: HeaderPairs) -> str | None:
        """Return the unused nonce of a sample, or None."""
        values = header_values(headers, SAMPLE_HEADER)
        if len(values) != 1:
            return None
        nonce = values[0].decode("ascii", "replace")
        if nonce in self.used_nonces:
            return None
        is_known, _ = self._store.read(lambda connection: small_tables.find_nonce(connection, nonce))
        return nonce if is_known else None
