"""Keep the attempts of a run: gathered while the next requests go on, and committed many at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from inspector.base.errors import BusyError
from inspector.base.tasks import Tasks
from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.mask.mask import DOTS
from inspector.domain.mask.masked_response import Credentials
from inspector.domain.replay.attempt import Standing, is_expected
from inspector.store.store import Store
from inspector.store.write import attempts

UNKEPT = 256
UNKEPT_BYTES = 16 * 1024 * 1024
"""So many attempts, and so much of what was sent and answered, may be in memory alone; then sending waits."""
GATHER_S = 0.005
"""From one commit to the next at least. For each the writing thread has to win the interpreter lock from
a busy loop several times: a commit for every few attempts takes more than half of the rate."""


Job = Callable[[sqlite3.Connection], list[int]]


def insertion(group: Sequence[AttemptDetail]) -> Job:
    """What keeps a group of attempts and nothing else."""
    return partial(attempts.insert, attempts=group)


def attempt_of(
    prepared: Prepared,
    outcome: Outcome,
    target: Target,
    *,
    capture_id: int,
    standing: Standing,
    fault: str | None = None,
    plan_id: int | None = None,
    forward_id: int | None = None,
) -> AttemptDetail:
    """Return what is stored of one sending, without the values of the target's own headers.

    Its id is given when it is committed.
    """
    attempt = AttemptDetail(
        row=AttemptRow(
            id=0,
            capture_id=capture_id,
            target=target.url,
            started_ms=outcome.started_ms,
            status=outcome.status,
            elapsed_ms=outcome.elapsed_ms,
            outcome=outcome.outcome,
            error=outcome.error,
            signature=prepared.signature,
            edited=prepared.is_edited,
            connect_ms=outcome.connect_ms,
            first_byte_ms=outcome.first_byte_ms,
            connected_to=outcome.connected_to,
            fault=fault,
            plan_id=plan_id,
            forward_id=forward_id,
            redirects=outcome.redirects,
            path=sent_path(prepared.request),
            is_expected=is_expected(
                outcome.outcome,
                outcome.status,
                signature=prepared.signature,
                standing=standing,
                is_cut_short=prepared.request.is_cut_short,
            ),
        ),
        sent_head=kept_head(prepared.request, target),
        sent_body=prepared.sent_body,
        answer_headers=outcome.answer_headers,
        answer_body=outcome.answer_body,
        is_answer_cut=outcome.is_answer_cut,
    )
    return without_credentials(attempt, target)


def without_credentials(attempt: AttemptDetail, target: Target) -> AttemptDetail:
    """Return an attempt whose response repeats no value of the target's own headers."""
    if not target.headers:
        return attempt
    credentials, row = Credentials(value for _, value in target.headers), attempt.row
    is_cut, headers = attempt.is_answer_cut, attempt.answer_headers
    encoding = b"".join(value for name, value in headers if name.lower() == b"content-encoding")
    return replace(
        attempt,
        row=replace(
            row,
            error=None if row.error is None else credentials.hidden_text(row.error),
            redirects=tuple(replace(one, url=credentials.hidden_text(one.url)) for one in row.redirects),
        ),
        answer_headers=tuple((name, credentials.hidden(value)) for name, value in headers),
        answer_body=credentials.hidden_body(attempt.answer_body, encoding, is_cut=is_cut),
    )


def sent_path(request: WireRequest) -> str:
    r"""Return the path of a request without its query; `\xNN` stands for each byte that is not UTF-8."""
    return request.target.partition(b"?")[0].decode("utf-8", "backslashreplace")


def kept_head(request: WireRequest, target: Target) -> bytes:
    """The head as it was sent, but for what headers of the target's own say: the file never holds that."""
    own, hidden = {name.lower() for name, _ in target.headers}, DOTS.encode()
    if not own:
        return request.head
    headers = tuple((name, hidden if name.lower() in own else value) for name, value in request.headers)
    return replace(request, headers=headers).head


class Recording:
    """Commits the attempts of one run, each once, in the order in which they are added."""

    def __init__(
        self,
        store: Store,
        kept: Callable[[Sequence[AttemptRow]], None],
        job: Callable[[Sequence[AttemptDetail]], Job] = insertion,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """`kept` is called with the rows of each group, ids and all, once it is committed by `job`."""
        self._store = store
        self._kept = kept
        self._job = job
        self._ended = ended
        self._is_asked = False
        self._unkept: list[AttemptDetail] = []
        self._bytes = 0
        self._has_more = asyncio.Event()
        self._has_room = asyncio.Event()
        self._is_finishing = False
        self._task = Tasks().spawn(self._work(), "keep attempts", is_awaited=True)

    async def add(self, attempt: AttemptDetail) -> None:
        """Take an attempt to be kept; waits only while too many are in memory alone.

        Raises what keeps them from being committed: BusyError where the disk is full.
        """
        self._unkept.append(attempt)
        self._bytes += _size(attempt)
        self._has_more.set()
        while self._is_full() and not self._task.done():
            self._has_room.clear()
            await self._has_room.wait()
        self.check()

    def ask(self) -> None:
        """Have a group committed soon, though it be an empty one: `job` has more to keep."""
        self._is_asked = True
        self._has_more.set()

    def check(self) -> None:
        """Raises as `add` once nothing is committed any more."""
        if self._task.done():
            self._task.result()

    async def finish(self) -> None:
        """Return once everything is committed; raises as `add`, after one more try."""
        self._is_finishing = True
        self._has_more.set()
        try:
            await self._task
        except BusyError:
            await self._commit()

    def _is_full(self) -> bool:
        return len(self._unkept) >= UNKEPT or self._bytes >= UNKEPT_BYTES

    async def _work(self) -> None:
        try:
            while self._unkept or self._is_asked or not self._is_finishing:
                await self._has_more.wait()
                self._has_more.clear()
                if self._unkept or self._is_asked:
                    await self._commit()
                    if not self._is_finishing:
                        await asyncio.sleep(GATHER_S)
        finally:
            self._has_room.set()
            self._ended()

    async def _commit(self) -> None:
        group = tuple(self._unkept)
        self._is_asked = False
        ids = await self._store.write(self._job(group))
        del self._unkept[: len(group)]
        self._bytes -= sum(map(_size, group))
        self._has_room.set()
        self._kept([replace(attempt.row, id=id_) for attempt, id_ in zip(group, ids, strict=True)])


def _size(attempt: AttemptDetail) -> int:
    """Bytes of it that are in memory for its sake alone."""
    return len(attempt.answer_body) + len(attempt.sent_body or b"") + len(attempt.sent_head)
