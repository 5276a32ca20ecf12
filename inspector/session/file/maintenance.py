"""Keeping the file within its limits, permanent deletion, and the long jobs: check, recount, compact."""

from __future__ import annotations

import asyncio
import logging
import threading
from array import array
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeVar

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.base.worker import Worker
from inspector.domain.capture.retention import CapturesToRemove, RetentionLimits, size_in_words
from inspector.session.captures import Captures
from inspector.session.file.body_files import BodyFiles
from inspector.settings.settings import Settings
from inspector.store import journal, journal_recovery
from inspector.store.file import file_check
from inspector.store.file.disk_errors import mark_damaged
from inspector.store.group import follower, recount, shapes
from inspector.store.group.respondents import StoredRespondentKey
from inspector.store.store import Store
from inspector.store.write import deletions
from inspector.store.write.batching import FEW, Pace

RETAIN_EVERY_S = 60.0
"""How often a listener removes captures beyond the limits."""

_READ = 5_000
_NAMED = 5
"""Maximum number of captures with a wrong body that are listed."""
_UNOWNED = "Export what can be read, and import it into a new file."
_DAMAGED = (
    "Start Webhook Inspector again. It sets the file aside, recovers what can be "
    "read and does not delete the damaged file."
)
_PAUSED = "Nothing is captured while the file is compacted. Senders get 503."

T = TypeVar("T")

Job = Literal["check", "recount", "compact"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedCaptures:
    """Captures that were removed permanently."""

    ids: array[int]
    size: int
    """The size of their bodies."""

    @property
    def count(self) -> int:
        """The number of captures."""
        return len(self.ids)


_LIMITS: Mapping[str, Callable[[RetentionLimits, float], RetentionLimits]] = {
    "keep_count": lambda limits, value: replace(limits, count=int(value)),
    "keep_days": lambda limits, value: replace(limits, days=value),
    "keep_bytes": lambda limits, value: replace(limits, size=int(value)),
}
"""The settings that limit what is retained, and the limits with a value of each."""


class Maintenance:
    """Removes captures permanently, but never pinned ones."""

    def __init__(
        self, store: Store, settings: Settings, captures: Captures, tasks: Tasks, body_files: BodyFiles
    ) -> None:
        self.message_posted: Signal[str] = Signal("maintenance.message_posted")
        """Emits a sentence about removed captures."""
        self._store = store
        self._settings = settings
        self._captures = captures
        self._tasks = tasks
        self._body_files = body_files
        self._is_retaining = False

    # ---- within the limits

    @property
    def limits(self) -> RetentionLimits:
        """The limits in the settings."""
        return RetentionLimits(
            count=self._settings.whole("keep_count") or None,
            days=self._settings.number("keep_days") or None,
            size=self._settings.whole("keep_bytes") or None,
        )

    async def would_remove(self, name: str, given: object) -> tuple[int, str]:
        """Return how many captures this value of the setting `name` would remove, and a text about them.

        Return zero if the setting is not a limit, or the value disables the limit. Raises UsageError for an
        invalid value.
        """
        value = self._settings.read(name, given)
        if name not in _LIMITS or not isinstance(value, (int, float)) or not value:
            return 0, ""
        keep = _LIMITS[name](self.limits, value)
        found = await self.surplus(keep)
        return len(found.ids), found.in_words(keep, len(found.ids))

    def start(self) -> None:
        """Apply the limits from now on, including later changes. Does nothing if already started."""
        if not self._is_retaining:
            self._is_retaining = True
            self._tasks.spawn(self._retain(), "apply retention")

    async def _retain(self) -> None:
        while True:
            try:
                if self.limits.is_limited:
                    await self.retain()
            except InspectorError as error:  # disk full or file locked: try again later
                log.info("retention waits: %s", error)
            await asyncio.sleep(RETAIN_EVERY_S)

    async def retain(self) -> RemovedCaptures:
        """Remove the captures beyond the limits of the settings, and announce it."""
        limits = self.limits
        found = await self.surplus(limits)
        removed = await self.remove(found.ids)
        if removed.count:
            self.message_posted.emit(f"Retention removed {found.in_words(limits, removed.count)}.")
        return removed

    async def surplus(self, keep: RetentionLimits, among: Sequence[int] | None = None) -> CapturesToRemove:
        """Return the captures beyond these limits, of all or of some captures in ascending order.

        Without limits, return all of the given captures. Pinned ones are never returned.
        """
        if among is not None:
            return await self._store.fetch(
                partial(deletions.surplus_of, ids=among, keep=keep, now_ms=now_ms())
            )
        return await self._store.fetch(partial(deletions.surplus_of_all, keep=keep, now_ms=now_ms()))

    async def remove(self, ids: Sequence[int], stop: asyncio.Event | None = None) -> RemovedCaptures:
        """Remove captures permanently until `stop` is set, except those that were pinned meanwhile."""
        pace = Pace(self._store, is_bulk=len(ids) > FEW)
        gone = array("q")
        size = 0
        marked: set[int] = set()
        try:
            async for part in pace.parts(ids):
                if stop is not None and stop.is_set():
                    break
                one = await pace.write(partial(deletions.remove_unpinned, ids=part, is_bulk=pace.is_bulk))
                gone.extend(one.ids)
                size += one.size
                marked |= one.marked
        finally:
            if gone:
                self._captures.removed.emit(None)
                self._captures.judged.emit(tuple(sorted(marked)))
        if gone:
            await pace.finish()
            await self._store.empty_log()
        return RemovedCaptures(ids=gone, size=size)

    def count_pinned(self, among: Sequence[int] | None = None) -> int:
        """Return the number of pinned captures, of all or of some. Reads on the loop."""
        return self._store.read(partial(deletions.count_pinned, among=among))

    # ---- cleared captures

    async def delete_for_good(self) -> int:
        """Overwrite cleared captures, so that the clearing cannot be undone, and return their number.

        Captures that another running process can still restore stay.
        """
        self._body_files.remove()
        final = self._captures.deletions
        count = await self._store.purge(is_own_final=True)
        self._captures.forget_deletions(final)
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """The progress of a job."""

    job: Job
    part: float
    """From 0 to 1."""
    doing: str
    """The current step, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """The result of a job."""

    job: Job
    is_well: bool
    """Whether the file was undamaged, or its statistics were correct. True after a compaction."""
    said: tuple[str, ...]
    """Sentences: one per problem, or one that reports that there is none."""
    before: int | None = None
    after: int | None = None
    """The size of the file in bytes, before and after a compaction."""


class MaintenanceJobs:
    """Runs one job at a time. Cancelling the caller stops the job, and the file stays undamaged."""

    def __init__(
        self, store: Store, captures: Captures, worker: Worker, pause: Callable[[str | None], None]
    ) -> None:
        """`pause(why)` makes a listener of this process respond with 503 until `pause(None)`."""
        self.progressed: Signal[JobProgress] = Signal("maintenance_jobs.progressed")
        self._store = store
        self._captures = captures
        self._worker = worker
        self._pause = pause
        self.is_running = False
        """Whether a job is running, or about to end."""

    async def run(self, job: Job) -> JobResult:
        """Run a job. Raises InspectorError if it cannot run now."""
        if self.is_running:
            raise BusyError("Another maintenance job is running. Stop it or wait for it to finish.")
        work: dict[Job, Callable[[], Awaitable[JobResult]]] = {
            "check": self._check,
            "recount": self._recount,
            "compact": self._compact,
        }
        self.is_running = True
        try:
            return await work[job]()
        finally:
            self.is_running = False

    async def _check(self) -> JobResult:
        """Search for damage. The next start of a listener recovers it."""
        health = self._store.health
        found = await self._in_thread("check", file_check.check)
        if found:
            health.found_damage(found[0])
        else:
            found = await self._check_bodies()
            if found:  # it does not harm new captures
                mark_damaged(self._store.path, found[0])
        self._tell("check", 1.0, "Checked")
        if found:
            return JobResult(job="check", is_well=False, said=(*found, _DAMAGED))
        path = journal.path_of(self._store.path)
        try:
            why = await self._store.read_journal(journal_recovery.find_problem)
        except BusyError as error:
            return JobResult(job="check", is_well=False, said=(str(error),))
        if why is not None:
            mark_damaged(path, why)
            return JobResult(job="check", is_well=False, said=(f"The journal {path}: {why}.", _DAMAGED))
        if count := await self._store.fetch(file_check.unowned_bodies):
            said = f"Bodies without a capture: {count:,}."
            return JobResult(job="check", is_well=False, said=(said, _UNOWNED))
        return JobResult(job="check", is_well=True, said=("The file is not damaged.",))

    async def _check_bodies(self) -> list[str]:
        wrong: list[int] = []
        place: int | None = 0
        while place is not None:
            with self._store.health.in_words():
                some, place, part = await self._worker.run(
                    file_check.compare_bodies, self._store.path, after=place
                )
            wrong += some
            done = file_check.TABLES_PART + (1 - file_check.TABLES_PART) * part
            self._tell("check", done, "Comparing bodies with their hashes")
        if not wrong:
            return []
        named = ", ".join(map(str, wrong[:_NAMED])) + (", …" if len(wrong) > _NAMED else "")
        what = "Captures whose body is missing or differs from the one that arrived"
        return [f"{what}: {len(wrong):,} ({named})."]

    async def _compact(self) -> JobResult:
        with self._alone():
            before, after = await self._in_thread("compact", file_check.compact)
        said = f"The file was {size_in_words(before)} and is now {size_in_words(after)}."
        return JobResult(job="compact", is_well=True, said=(said,), before=before, after=after)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Ensure that no process captures meanwhile. Raises InspectorError if another process does."""
        if self._store.is_listener:
            self._pause(_PAUSED)
            try:
                yield
            finally:
                self._pause(None)
            return
        try:
            self._store.lock.acquire("webhook-inspector maintain compact")
        except InspectorError as error:
            raise InspectorError(
                f"Nothing can be captured into a file while it is compacted. {error}"
            ) from None
        try:
            yield
        finally:
            self._store.lock.release()

    # ---- recount

    async def _recount(self) -> JobResult:
        wrong = await self._refold()
        said = [f"Corrected respondents: {wrong:,}."] if wrong else []
        if wrong := await self._find_news():
            said.append(f"Corrected findings on new shapes: {wrong:,}.")
        for level in recount.LEVELS:
            self._tell("recount", 0.92, f"Adding up {level}")
            found = await self._store.fetch(partial(recount.differences, level=level))
            pace = Pace(self._store)
            while found:
                part, found = found[: pace.size], found[pace.size :]
                await pace.write(partial(recount.repair, level=level, found=part))
                said.append(f"Corrected sums in {level}: {len(part):,}.")
        self._tell("recount", 0.96, "Adding up totals")
        difference = await self._store.fetch(recount.wrong_figures)
        if difference is not None:
            await self._store.write(partial(follower.shift_figures, difference=difference))
            said.append("The totals of the file were wrong and are corrected.")
        self._tell("recount", 1.0, "Counted")
        if said:
            self._captures.restored.emit(None)
        return JobResult(
            job="recount",
            is_well=not said,
            said=tuple(said) or ("Everything was recounted. There are no differences.",),
        )

    async def _refold(self) -> int:
        """Recount every respondent, and return how many were wrong."""
        last = await self._store.fetch(recount.last_respondent)
        pace = Pace(self._store)
        wrong = done = 0
        while rows := await self._store.fetch(
            partial(recount.respondents_after, row_id=done, last=last, limit=_READ)
        ):
            wrong += await self._refold_these(pace, [key for _, key in rows])
            done = rows[-1][0]
            self._tell("recount", 0.9 * done / last, f"Counting respondents, {done:,} of {last:,}")
        unknown = await self._store.fetch(recount.unknown_respondents)
        return wrong + await self._refold_these(pace, unknown)

    async def _refold_these(self, pace: Pace, keys: Sequence[StoredRespondentKey]) -> int:
        wrong = start = 0
        while start < len(keys):
            part = keys[start : start + pace.size]
            differing, marked = await pace.write(partial(recount.refold, keys=part))
            wrong += max(differing, bool(marked))
            start += len(part)
            if marked:
                self._captures.judged.emit(tuple(sorted(marked)))
        return wrong

    async def _find_news(self) -> int:
        """Find the first capture with each new shape again. Return the number of captures that changed."""
        pace = Pace(self._store)
        news: list[str] = sorted(await self._store.fetch(shapes.all_news))
        changed: set[int] = set()
        while news:
            part, news = news[: pace.size], news[pace.size :]
            changed |= await pace.write(partial(recount.find_news, news=part))
        if changed:
            self._captures.judged.emit(tuple(sorted(changed)))
        return len(changed)

    # ---- threads

    async def _in_thread(
        self, job: Job, work: Callable[[Any, file_check.ProgressReport, threading.Event], T]
    ) -> T:
        """Return the result of `work`. If the caller is cancelled, stop the work and wait for its end."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()

        def told(part: float, doing: str) -> None:
            loop.call_soon_threadsafe(self._tell, job, part, doing)

        working = asyncio.to_thread(work, self._store.path, told, stop)
        running = Tasks().spawn(working, f"{job} the file", is_awaited=True)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.gather(running, return_exceptions=True)
            raise

    def _tell(self, job: Job, part: float, doing: str) -> None:
        self.progressed.emit(JobProgress(job=job, part=part, doing=doing))
