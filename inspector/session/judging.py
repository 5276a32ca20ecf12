"""The verdict on a capture under the secrets of now, reached where the loop is not held up by it."""

from __future__ import annotations

from inspector.base.worker import Worker
from inspector.domain.capture import Capture
from inspector.domain.judgement import Judgement, is_judged_later, judge, judge_apart
from inspector.session.secrets import Secrets


async def judged(capture: Capture, secrets: Secrets, worker: Worker) -> Judgement:
    """What `judge` concludes with the active secrets: at once, or in the worker where the body is large."""
    active, on_file = secrets.active, secrets.is_active_on_file
    if is_judged_later(capture):
        return await worker.run(judge_apart, capture, active, is_secret_on_file=on_file)
    return judge(capture, active, is_secret_on_file=on_file)
