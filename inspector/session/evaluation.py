"""Verdicts and their explanation with the current secrets, without blocking the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from inspector.base.worker import TooMuchWork, Worker
from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import (
    INLINE_BYTES,
    Evaluation,
    evaluate,
    evaluate_bytes,
    evaluate_in_worker,
    is_evaluated_later,
)
from inspector.domain.signature.explanation import Explanation, explain, explain_bytes
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.signature import not_read
from inspector.session.secrets import Secrets
from inspector.store.file.database import connect
from inspector.store.store import Store
from inspector.store.write import captures

EVALUATION_S = 30.0
"""Maximum time of the worker for one capture. A body of 50 MiB takes 10 s on a busy machine."""


async def evaluated(capture: Capture, secrets: Secrets, worker: Worker) -> Evaluation:
    """Evaluate a capture with the active secrets: at once, or in the worker if its body is large.

    If the worker fails twice, for lack of time or memory, only the bytes of the body are checked.
    """
    active, on_file = secrets.active, secrets.had_one
    if not is_evaluated_later(capture):
        return evaluate(capture, active, is_secret_on_file=on_file)
    try:
        return await worker.run_bounded(
            EVALUATION_S, evaluate_in_worker, capture, active, is_secret_on_file=on_file
        )
    except TooMuchWork as error:
        return await evaluated_by_bytes(capture, secrets, not_read(error))


async def evaluated_stored(store: Store, capture_id: int, secrets: Secrets, worker: Worker) -> Evaluation:
    """As `evaluated`, for a stored capture whose body may be large. Raises NotFound if it does not exist.

    The worker reads a large body from the file: here it would be in memory twice, and copying it would block
    the loop.
    """
    if await store.fetch(partial(captures.size, capture_id=capture_id)) <= INLINE_BYTES:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await evaluated(capture, secrets, worker)
    active, on_file = secrets.active, secrets.had_one
    try:
        with store.health.in_words():
            return await worker.run_bounded(
                EVALUATION_S, _evaluate_stored, store.path, capture_id, active, is_secret_on_file=on_file
            )
    except TooMuchWork as error:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await evaluated_by_bytes(capture, secrets, not_read(error))


def _evaluate_stored(
    path: Path, capture_id: int, secrets: Sequence[Secret], *, is_secret_on_file: bool
) -> Evaluation:
    with closing(connect(path, read_only=True)) as connection:
        capture = captures.read(connection, capture_id)
    return evaluate_in_worker(capture, secrets, is_secret_on_file=is_secret_on_file)


async def evaluated_by_bytes(capture: Capture, secrets: Secrets, problem: str) -> Evaluation:
    """Return what `evaluate_bytes` concludes with the active secrets. Hashing runs in a thread."""
    return await asyncio.to_thread(
        evaluate_bytes, capture, secrets.active, problem, is_secret_on_file=secrets.had_one
    )


async def explained(
    capture: Capture,
    secrets: Sequence[Secret],
    others: Sequence[Secret],
    worker: Worker,
    *,
    is_cause_sought: bool,
) -> Explanation:
    """Return the explanation: at once for a small body without a search, otherwise by the worker.

    If the worker fails for lack of time or memory, only the bytes of the body are explained.
    """
    if not is_cause_sought and not is_evaluated_later(capture):
        return explain(capture, secrets, others, is_cause_sought=False)
    work = partial(explain, is_cause_sought=is_cause_sought)
    try:
        return await worker.run_bounded(EVALUATION_S, work, capture, secrets, others)
    except TooMuchWork as error:
        return await asyncio.to_thread(explain_bytes, capture, secrets, not_read(error))
