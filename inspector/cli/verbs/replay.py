"""`replay`: send captures to a URL, byte for byte."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError
from inspector.cli import arguments
from inspector.cli.arguments import check_host, note_undiagnosed, selected_ids
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.plan_report import (
    late_sentence,
    left_sentences,
    outline_lines,
    outline_record,
    pace_sentence,
    progress_line,
    skipped_lines,
    summary_lines,
    undated_sentence,
)
from inspector.cli.output.rows import AttemptLines
from inspector.cli.output.streams import Output, json_line
from inspector.cli.parser import Parser
from inspector.cli.replay_options import (
    add_destination,
    add_edit,
    add_faults,
    add_plan_options,
    add_request_options,
    check_resumption,
    destination_of,
    headers_of,
    plan_name,
    plan_options_of,
    request_options_of,
)
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.rows import AttemptRow

if TYPE_CHECKING:
    from inspector.session.replays import Plan, PlanSummary, Progress, Run
    from inspector.session.requests import Requests
    from inspector.session.session import Session


def _add_arguments(parser: Parser) -> None:
    arguments.add_selection(parser, if_blank="To replay every capture, omit --filter.")
    arguments.add_target(
        parser,
        to="URL, or the name of a target; a path other than / replaces the captured path",
        is_required=False,
    )
    add_destination(parser)
    add_plan_options(parser)
    add_edit(parser)
    add_request_options(parser)
    parser.section("plan").add_argument(
        "--resume",
        metavar="PLAN",
        type=plan_name,
        help="resume a stopped plan: its number, or last",
    )
    parser.section("plan").add_argument(
        "--retry-unknown", action="store_true", help="with --resume: resend deliveries that may have arrived"
    )
    parser.section("plan").add_argument(
        "--dry-run", action="store_true", help="only print what would be sent"
    )
    add_faults(parser)


async def _run(call: Call) -> int:
    chosen, out = call.arguments, call.out
    check_resumption(chosen)
    async with call.session(create=False) as session:
        if chosen.secret_keyring:
            await session.load_secrets()
        if chosen.resume is None:
            note_undiagnosed(session, chosen, out)
            plan = await _new_plan(session, chosen)
            if not plan.count:
                out.error("No captures match, so nothing was sent.")
                return 1
        else:
            plan = await _old_plan(session, chosen)
        if plan.resumes is not None and not plan.deliveries:
            return await _complete(session, plan.resumes, out)
        if chosen.dry_run:
            outline = await session.replays.preview(plan)
            if out.is_json:
                out.record(outline_record(plan, outline))
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
    _total(out, progress, summary)
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


async def _new_plan(session: Session, chosen: Namespace) -> Plan:
    course, manner = plan_options_of(chosen), await request_options_of(chosen)
    destination = await destination_of(session, chosen)
    ids = await selected_ids(session, chosen)
    return await session.replays.plan(destination, ids=ids, course=course, manner=manner)


async def _old_plan(session: Session, chosen: Namespace) -> Plan:
    plan_id = chosen.resume or session.replays.latest()
    if plan_id is None:
        raise InspectorError("There is no plan to resume. `plans` lists the plans of the file.")
    return await session.replays.resume(
        plan_id, is_retrying_unknown=chosen.retry_unknown, headers=await headers_of(chosen)
    )


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

    def add(self, row: AttemptRow) -> None:
        if not self._unprinted:  # the attempts of one commit are announced together
            asyncio.get_running_loop().call_soon(self.flush)
        self._unprinted.append(row)

    def show(self, progress: Progress) -> None:
        """Show progress in one line on a terminal, in place of the previous one."""
        if not progress.is_done:
            self._out.show_progress(progress_line(progress, time.monotonic() - self._began))

    def flush(self) -> None:
        """Print the attempts since the last call."""
        from inspector.session.records import attempt_record

        rows, self._unprinted = self._unprinted, []
        if not rows:
            return
        self._out.show_progress("")  # on a terminal, both use the same line
        if self._out.is_json:
            compared = self._requests.since(rows)
            self._out.lines(
                json_line(attempt_record(row, compared[row.id].since if row.id in compared else None))
                for row in rows
            )
        else:
            self._out.lines(self._text.line(row) for row in rows)
        if self._out.is_closed:
            self.has_stopped = True
            self._run.stop()


def _total(out: Output, progress: Progress, summary: PlanSummary) -> None:
    if out.is_json:
        out.record(
            {
                "sent": progress.sent,
                "succeeded": progress.succeeded,
                "failed": progress.failed,
                "skipped": progress.skipped,
                "unexpected": progress.unexpected,
            }
        )
        out.say_block((*skipped_lines(progress), *summary.faults))
        return
    told = progress.counts("succeeded") if progress.sent else []
    if skipped := progress.skipped - progress.dropped:
        told.append(f"{skipped:,} skipped")
    if progress.left:
        told.append(f"{progress.left:,} not sent")
    what = f"{progress.sent:,} sent" if progress.sent else "Nothing was sent"
    out.line(f"{what}: {', '.join(told)}." if told else f"{what}.")
    out.lines(skipped_lines(progress))
    out.lines(summary_lines(summary))


REPLAY = Verb(
    name="replay",
    group="send",
    help="send captures to a URL, byte for byte",
    description="Send captures, oldest first: those with the given ids, else those that match --filter, else"
    " all. Method, headers and body are sent as captured, and each attempt is stored. Without changes, the"
    " signature stays valid.\n\nA replay is stored as a plan. --resume sends the deliveries that a stopped"
    " plan has not sent.",
    examples=(
        "webhook-inspector replay 17 --to http://localhost:3000/hook",
        "webhook-inspector replay --filter survey:nps --to http://localhost:3000/hook",
        "webhook-inspector replay --original-timing --speed 3 --to http://localhost/",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
