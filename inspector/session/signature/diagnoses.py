"""Diagnoses of invalid signatures, in the background: the selected capture first, then the newest."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.errors import BusyError, NotFound
from inspector.base.log import log_failure
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.worker import TooMuchWork, Worker
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.signature.evaluation import short_hash
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.observation import header_of_another_capture
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.signature import received
from inspector.domain.signature.verdict import Verdict
from inspector.session.captures import Captures
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import (
    EVALUATION_S,
    UnlessChanged,
    evaluated,
    explained,
    with_current_secrets,
)
from inspector.store.store import Store
from inspector.store.write import captures as stored
from inspector.store.write import evaluations

if TYPE_CHECKING:
    from inspector.domain.signature.explanation import Explanation

MAX_WAITING = 1_000
"""Maximum number of queued captures.

The oldest beyond it stay *not diagnosed yet* until they are opened or *Diagnose all* is requested.
"""
MAX_TRIED = 100
MAX_TRIED_BYTES = 16 * 2**20
"""Maximum number of captures that a secret is tried on, and their approximate size."""
_TELL_S = 0.25
LATELY = 8
"""Number of recently proved causes that are tried first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisProgress:
    """The number of invalid captures without a diagnosis."""

    left: int
    is_all: bool
    """Whether all of them will be diagnosed, or only the queued ones."""


class Diagnoses:
    """Runs one search at a time in the worker, and stores the result with the capture."""

    def __init__(
        self, *, store: Store, secrets: Secrets, captures: Captures, tasks: Tasks, worker: Worker
    ) -> None:
        self.progressed: Signal[DiagnosisProgress] = Signal("diagnoses.progressed")
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._tasks = tasks
        self._worker = worker
        self._waiting: OrderedDict[int, None] = OrderedDict()  # the next one is last
        self._lately: OrderedDict[str, None] = OrderedDict()
        self._is_all = False
        self._told_at = 0.0
        self._has_work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Diagnose invalid captures as they arrive."""
        if self._task is None:
            self._captures.captured.connect(self._take)
            self._captures.judged.connect(self._take)
            self._task = self._tasks.spawn(self._work(), "diagnose invalid signatures")

    @property
    def left(self) -> int:
        """The number of invalid captures without a diagnosis. Reads on the loop: 40 ms for 100,000."""
        return self._store.read(evaluations.count_unexamined)

    async def count_left(self) -> int:
        """As `left`, without blocking the loop."""
        return await self._store.fetch(evaluations.count_unexamined)

    def is_left(self, capture_id: int) -> bool:
        """Return whether this capture is invalid and not diagnosed yet. Reads on the loop."""
        return bool(self._store.read(partial(evaluations.unexamined, among=(capture_id,))))

    def all(self) -> None:
        """Diagnose all invalid captures without a diagnosis, newest first."""
        self._is_all = True
        self._has_work.set()

    async def explain(self, capture_id: int) -> Explanation:
        """Explain the signature of a capture with the current secrets.

        The cause of an invalid one is searched for at once, before all queued captures, and stored. Raises
        NotFound if the capture does not exist.
        """
        from inspector.domain.signature.explanation import NAMED_BYTES, as_stored

        capture = await self._store.fetch(lambda connection: stored.read(connection, capture_id))
        secrets, others = self._secrets.active, self._secrets.inactive
        explanation = await explained(capture, secrets, others, self._worker, is_cause_sought=False)
        if capture.kind == "sample":
            explanation = as_stored(explanation, capture, self._captures.verdict(capture_id))
        if explanation.verdict.word != "invalid":
            if explanation.shown in ("rewritten", "bytes-only") and len(capture.body) > NAMED_BYTES:
                return await explained(capture, secrets, others, self._worker, is_cause_sought=True)
            return explanation
        was_waiting = capture_id in self._waiting
        self._waiting.pop(capture_id, None)
        try:
            return replace(explanation, findings=await self._examine(capture_id, capture))
        except (asyncio.CancelledError, BusyError):
            if was_waiting:  # the caller has moved on, but the capture stays queued
                self._take((capture_id,))
            raise

    async def try_secret(self, ids: Sequence[int], text: str) -> dict[int, Verdict]:
        """Return the verdicts on these captures with a secret that is not saved.

        At most `MAX_TRIED` captures are checked. Captures that no longer exist are omitted.
        """
        secrets = (Secret(name="tried", text=text),)
        found, _ = await self._store.fetch(
            partial(stored.read_some, ids=ids[:MAX_TRIED], max_bytes=MAX_TRIED_BYTES)
        )
        verdicts: dict[int, Verdict] = {}
        for capture_id, capture in found:
            if capture is None:
                continue
            tried = await explained(capture, secrets, (), self._worker, is_cause_sought=False)
            verdicts[capture_id] = tried.verdict
            await asyncio.sleep(0)
        return verdicts

    # ---- internal

    def _take(self, ids: Sequence[int]) -> None:
        for capture_id in self._store.read(partial(evaluations.unexamined, among=ids)):
            self._waiting[capture_id] = None
            self._waiting.move_to_end(capture_id)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popitem(last=False)
        if self._waiting:
            self._has_work.set()

    async def _work(self) -> None:
        while True:
            await self._has_work.wait()
            await retry_while_busy(self._examine_next)

    async def _examine_next(self) -> None:
        """Diagnose the next capture. Raises BusyError; the capture then stays next."""
        capture_id = self._next()
        if capture_id is None:
            self._told_at = 0.0
            await self._tell()
            if not self._waiting and not self._is_all:  # and none was added during the emission
                self._has_work.clear()
            return
        try:
            await self._examine_one(capture_id)
        except BusyError:
            self._waiting[capture_id] = None
            raise
        await self._tell()

    async def _examine_one(self, capture_id: int) -> None:
        try:
            capture = await self._store.fetch(partial(stored.read, capture_id=capture_id))
            await self._examine(capture_id, capture)
        except NotFound:
            pass  # cleared meanwhile
        except BusyError:
            raise
        except Exception as error:
            log_failure(log, f"diagnosing capture {capture_id}", error)
            await self._store.write(partial(evaluations.put_diagnosis, capture_id=capture_id, findings=()))

    async def _tell(self) -> None:
        """Emit the remaining number at most every `_TELL_S`: counting many takes longer than a diagnosis."""
        now = asyncio.get_running_loop().time()
        if now >= self._told_at + _TELL_S:
            self._told_at = now
            self.progressed.emit(DiagnosisProgress(left=await self.count_left(), is_all=self._is_all))

    def _next(self) -> int | None:
        if self._waiting:
            return self._waiting.popitem(last=True)[0]
        if self._is_all:
            newest = self._store.read(lambda connection: evaluations.newest_unexamined(connection, 1))
            if newest:
                return newest[0]
            self._is_all = False
        return None

    async def _examine(self, capture_id: int, capture: Capture) -> tuple[Finding, ...]:
        return await with_current_secrets(self._secrets, partial(self._examine_once, capture_id, capture))

    async def _examine_once(
        self, capture_id: int, capture: Capture, unless_changed: UnlessChanged
    ) -> tuple[Finding, ...]:
        # Their import takes 15 ms, and few commands diagnose anything.
        from inspector.domain.signature.diagnosis import Evidence, diagnose, not_searched

        secrets, others = self._secrets.active, self._secrets.inactive
        evidence = Evidence(
            capture=capture,
            secrets=secrets,
            other_secrets=others,
            recently_proved=frozenset(self._lately),
        )
        try:
            findings = await self._worker.run_bounded(EVALUATION_S, diagnose, evidence)
        except TooMuchWork as error:
            findings = (not_searched(error),)
        # The rarest cause is last: an altered body also has the signature of its original.
        if any(finding.code == "unexplained" for finding in findings):
            other = await self._belonging_to(capture_id, capture)
            if other is not None:
                seen = tuple(finding for finding in findings if finding.code != "unexplained")
                findings = (other, *seen)
        # The diagnosis is stored with the verdict, so only for the same secrets: those of the listener. A
        # command that only reads the file stores a cause only if there is none.
        if self._task is not None or self.is_left(capture_id):
            job = partial(evaluations.put_diagnosis, capture_id=capture_id, findings=findings)
            await self._store.write(unless_changed(job))
            self._captures.judged.emit((capture_id,))
        for finding in findings:
            if finding.is_proved:
                self._lately[finding.code] = None
                self._lately.move_to_end(finding.code)
        while len(self._lately) > LATELY:
            self._lately.popitem(last=False)
        return findings

    async def _belonging_to(self, capture_id: int, capture: Capture) -> Finding | None:
        """Return the finding that this signature belongs to another capture, proved by its digest."""
        signature = received(capture)
        if signature is None or len(signature) != 64:
            return None
        candidates = self._store.read(
            lambda connection: evaluations.expecting(connection, short_hash(signature), but=capture_id)
        )
        for other in candidates:
            found = await self._store.fetch(partial(stored.read, capture_id=other))
            if found.body != capture.body and (secret := await self._secret_of(signature, found)) is not None:
                return header_of_another_capture(other, secret)
        return None

    async def _secret_of(self, signature: bytes, capture: Capture) -> str | None:
        """Return the name of the active secret that gives this signature for a capture."""
        others = tuple(pair for pair in capture.headers if pair[0].lower() != SIGNATURE_HEADER)
        signed = capture._replace(headers=(*others, (SIGNATURE_HEADER, signature)))
        return (await evaluated(signed, self._secrets, self._worker)).verdict.secret
