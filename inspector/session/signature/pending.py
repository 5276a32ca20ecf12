"""Captures that are stored as pending: those with large bodies, and those that came before the secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from inspector.base.errors import InspectorError
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.worker import Worker
from inspector.domain.capture.capture import Kind
from inspector.domain.signature.evaluation import Evaluation
from inspector.session.captures import Captures
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import (
    UnlessChanged,
    evaluated_stored,
    with_current_secrets,
)
from inspector.store.evaluator import read_evaluated
from inspector.store.group import follower
from inspector.store.store import Store
from inspector.store.write import captures as stored

log = logging.getLogger(__name__)


class PendingCaptures:
    """Evaluates pending captures in the worker, one at a time, so that large bodies hold up nothing else."""

    def __init__(
        self,
        *,
        store: Store,
        secrets: Secrets,
        captures: Captures,
        tasks: Tasks,
        worker: Worker,
        evaluated: Callable[[int, Kind, Evaluation], None],
    ) -> None:
        """`evaluated(id, kind, evaluation)` is called for each capture once its evaluation is stored."""
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._tasks = tasks
        self._worker = worker
        self._evaluated = evaluated
        self._waiting: asyncio.Queue[int] = asyncio.Queue()
        self._is_started = False
        captures.restored.connect(self._restored)

    def start(self) -> None:
        """Evaluate the pending captures of earlier runs, and from now on each that is added."""
        if not self._is_started:
            self._is_started = True
            self._tasks.spawn(self._run(), "evaluate pending captures")

    def add(self, ids: Iterable[int]) -> None:
        """Queue captures that were just stored as pending."""
        for capture_id in ids:
            self._waiting.put_nowait(capture_id)

    async def evaluate_first(self, capture_id: int) -> None:
        """Evaluate a capture before a rule responds to it. If that is not possible, do it later."""
        try:
            await self._evaluate(capture_id)
        except InspectorError as error:
            log.info("cannot evaluate capture %d before its response: %s", capture_id, error)
            self.add((capture_id,))

    async def _run(self) -> None:
        await self._add_stored()
        while True:
            capture_id = await self._waiting.get()
            while self._secrets.is_loading:
                await self._loaded()
            found = self._store.read(partial(read_evaluated, capture_id=capture_id))
            if found is None or found.reason != "pending":  # a rule needed its evaluation before
                continue
            try:
                await retry_while_busy(partial(self._evaluate, capture_id))
            except InspectorError as error:  # it was cleared meanwhile
                log.info("capture %d stays pending: %s", capture_id, error)
            except Exception:
                log.exception("cannot evaluate capture %d", capture_id)

    async def _add_stored(self) -> None:
        self.add(await retry_while_busy(partial(self._store.fetch, stored.pending)))

    def _restored(self, _: None) -> None:
        """Evaluate restored captures that were cleared before they were evaluated."""
        if self._is_started:
            self._tasks.spawn(self._add_stored(), "evaluate restored captures")

    async def _evaluate(self, capture_id: int) -> None:
        await with_current_secrets(self._secrets, partial(self._evaluate_once, capture_id))

    async def _evaluate_once(self, capture_id: int, unless_changed: UnlessChanged) -> None:
        read = partial(stored.read, capture_id=capture_id, is_head_alone=True)
        kind = (await self._store.fetch(read)).kind
        evaluation = await evaluated_stored(self._store, capture_id, self._secrets, self._worker)
        job = partial(follower.reevaluate, evaluated=[(capture_id, evaluation)])
        marked = await self._store.write(unless_changed(job))
        self._evaluated(capture_id, kind, evaluation)
        self._captures.judged.emit(tuple(sorted({capture_id, *marked})))

    async def _loaded(self) -> None:
        """Wait for the saved secrets."""
        done = asyncio.Event()

        def changed(_: None) -> None:
            done.set()

        self._secrets.changed.connect(changed)
        try:
            if self._secrets.is_loading:
                await done.wait()
        finally:
            self._secrets.changed.disconnect(changed)
