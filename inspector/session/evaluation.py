"""The verdict on a capture with the current secrets, and its reasons, without holding up the loop."""

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
"""The longest that one capture may keep the worker: a body of 50 MiB takes 10 s on a loaded machine."""


async def judged(capture: Capture, secrets: Secrets, worker: Worker) -> Evaluation:
    """What `judge` concludes with the active secrets: at once, or in the worker if the body is large.

    If the worker cannot do it in time and memory, twice, only the bytes of the body are checked.
    """
    active, on_file = secrets.active, secrets.had_one
    if not is_evaluated_later(capture):
        return evaluate(capture, active, is_secret_on_file=on_file)
    try:
        return await worker.run_bounded(
            EVALUATION_S, evaluate_in_worker, capture, active, is_secret_on_file=on_file
        )
    except TooMuchWork as error:
        return await judged_by_bytes(capture, secrets, not_read(error))


async def judged_stored(store: Store, capture_id: int, secrets: Secrets, worker: Worker) -> Evaluation:
    """As `judged`, of a stored capture whose body may be large; raises NotFound if it is gone.

    The worker reads a large one from the file: here it would be in memory twice, and copies would hold up the
    loop.
    """
    if await store.fetch(partial(captures.size, capture_id=capture_id)) <= INLINE_BYTES:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await judged(capture, secrets, worker)
    active, on_file = secrets.active, secrets.had_one
    try:
        with store.health.in_words():
            return await worker.run_bounded(
                EVALUATION_S, _judge_stored, store.path, capture_id, active, is_secret_on_file=on_file
            )
    except TooMuchWork as error:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await judged_by_bytes(capture, secrets, not_read(error))


def _judge_stored(
    path: Path, capture_id: int, secrets: Sequence[Secret], *, is_secret_on_file: bool
) -> Evaluation:
    with closing(connect(path, read_only=True)) as connection:
        capture = captures.read(connection, capture_id)
    return evaluate_in_worker(capture, secrets, is_secret_on_file=is_secret_on_file)


async def judged_by_bytes(capture: Capture, secrets: Secrets, problem: str) -> Evaluation:
    """What `judge_bytes` concludes with the active secrets; in a thread, as hashing lets others run."""
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
    """What `explain` says: at once if the body is small and no cause is sought, otherwise in the worker.

    If the worker cannot do it in time and memory, only the bytes of the body are explained.
    """
    if not is_cause_sought and not is_evaluated_later(capture):
        return explain(capture, secrets, others, is_cause_sought=False)
    work = partial(explain, is_cause_sought=is_cause_sought)
    try:
        return await worker.run_bounded(EVALUATION_S, work, capture, secrets, others)
    except TooMuchWork as error:
        return await asyncio.to_thread(explain_bytes, capture, secrets, not_read(error))
