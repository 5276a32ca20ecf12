"""Sending a plan in the terminal: its preview, its attempts as they are stored, and its result."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections import Counter
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError
from inspector.cli.arguments import check_host
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.attempt_lines import AttemptLines, rejection_hint
from inspector.cli.output.plan_report import (
    failed_lines,
    late_sentence,
    left_sentences,
    outline_lines,
    pace_sentence,
    progress_line,
    skipped_lines,
    summary_lines,
    undated_sentence,
)
from inspector.cli.output.streams import Output
from inspector.cli.replay_options import headers_of
from inspector.cli.verb import Call
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay.attempt import path_hint

if TYPE_CHECKING:
    from inspector.session.replays import Plan, PlanSummary, Progress, Run
    from inspector.session.requests import Requests
    from inspector.session.session import Session

MAX_REASONS = 100
"""Maximum different reasons that are counted."""


async def resumed_plan(session: Session, chosen: Namespace, plan_id: int | None) -> Plan:
    """Return the remainder of a plan, or of the newest if `plan_id` is None. Raises InspectorError."""
    plan_id = plan_id or session.replays.latest()
    if plan_id is None:
        raise InspectorError("There is no plan to resume. `plans` lists the plans of the file.")
    return await session.replays.resume(
        plan_id, is_retrying_unknown=chosen.retry_unknown, headers=await headers_of(chosen)
    )


async def send_plan(call: Call, session: Session, plan: Plan) -> int:
    """Send a plan, or print its preview with --dry-run. Return the exit status."""
    from inspector.session.records.sending import preview_record

    chosen, out = call.arguments, call.out
    if plan.resumes is not None and not plan.deliveries:
        return await _complete(session, plan.resumes, out)
    if chosen.dry_run:
        outline = await session.replays.preview(plan)
        if out.is_json:
            out.record(preview_record(plan, outline))
        else:
            out.lines(outline_lines(plan, outline))
        return 0
    check_host(plan, what="captures")
    if plan.undated:
        out.say(undated_sentence(plan.undated))
    if plan.course.is_paced:
        out.say(pace_sentence(plan))
    with call.interruption.stopping_gently() as stop:
        run = session.replays.start(plan)
        printed = Attempts(out, run, session.requests)
        run.attempted.connect(printed.add)
        run.progressed.connect(printed.show)
        waiting = session.tasks.spawn(run.wait(), "wait for the replay", is_awaited=True)
        stopping = session.tasks.spawn(stop.wait(), "wait for an interruption")
        await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        is_interrupted = not waiting.done()
        run.stop()
        progress = await waiting
        printed.flush()
        out.show_progress("")
    assert run.plan_id is not None
    summary = await session.replays.summary(run.plan_id)
    _total(out, progress, summary, printed.reasons)
    if printed.hint is not None:
        out.say(printed.hint)
    late = late_sentence(plan, progress)
    out.error(*left_sentences(run.plan_id, summary))
    if late:
        out.say(late)
    if is_interrupted or printed.has_stopped:
        return INTERRUPTED
    if not progress.sent:
        return 1
    return 1 if progress.unexpected or (plan.resumes is not None and summary.unknown) else 0


async def _complete(session: Session, plan_id: int, out: Output) -> int:
    """Report that a plan has nothing left to send."""
    summary = await session.replays.summary(plan_id)
    sentence = f"Plan {plan_id} is complete. There is nothing left to send."
    if out.is_json:
        out.say(sentence)
    else:
        out.line(sentence)
    out.error(*left_sentences(plan_id, summary))
    return 1 if summary.unknown else 0


class Attempts:
    """Prints attempts as they are stored. Stops the run if the reader closes the pipe."""

    def __init__(self, out: Output, run: Run, requests: Requests) -> None:
        self._out = out
        self._run = run
        self._requests = requests
        self._text = AttemptLines(out)
        self._unprinted: list[AttemptRow] = []
        self._began = time.monotonic()
        self.has_stopped = False
        self.reasons: Counter[str] = Counter()
        """Why attempts failed, in sentences, which their rows may cut."""
        self.hint: str | None = None
        """How to find out why the first capture was rejected."""

    def add(self, row: AttemptRow) -> None:
        is_failed = row.outcome not in ("ok", "unknown") and not row.is_expected
        why = row.error or path_hint(row)
        if is_failed and not why and self.hint is None:
            self.hint = rejection_hint(row)
        if is_failed and why and (why in self.reasons or len(self.reasons) < MAX_REASONS):
            self.reasons[why] += 1
        if not self._unprinted:  # the attempts of one commit are announced together
            asyncio.get_running_loop().call_soon(self.flush)
        self._unprinted.append(row)

    def show(self, progress: Progress) -> None:
        """Show progress in one line on a terminal, in place of the previous one."""
        if not progress.is_done:
            self._out.show_progress(progress_line(progress, time.monotonic() - self._began))

    def flush(self) -> None:
        """Print the attempts since the last call."""
        from inspector.session.records.captures import attempt_records

        rows, self._unprinted = self._unprinted, []
        if not rows:
            return
        self._out.show_progress("")  # on a terminal, both use the same line
        if self._out.is_json:
            self._out.records(attempt_records(self._requests, rows))
        else:
            compared = self._requests.since(rows)
            changes = {id_: attempt.since for id_, attempt in compared.items()}
            self._out.lines(self._text.line(row, since=changes.get(row.id)) for row in rows)
        if self._out.is_closed:
            self.has_stopped = True
            self._run.stop()


def _total(out: Output, progress: Progress, summary: PlanSummary, reasons: Counter[str]) -> None:
    if out.is_json:
        from inspector.session.records.sending import progress_record

        out.record(progress_record(progress))
        out.say_block((*skipped_lines(progress), *summary.faults))
        return
    told = progress.counts("succeeded") if progress.sent else []
    if skipped := progress.skipped - progress.dropped:
        told.append(f"{skipped:,} skipped")
    if progress.left:
        told.append(f"{progress.left:,} not sent")
    what = f"{progress.sent:,} sent" if progress.sent else "Nothing was sent"
    out.line(f"{what}: {', '.join(told)}." if told else f"{what}.")
    out.lines(failed_lines(reasons, out.width))
    out.lines(skipped_lines(progress))
    out.lines(summary_lines(summary))
