"""`plans`: list, inspect, resume and cancel replay plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from inspector.base.clock import local_time
from inspector.base.errors import NotFound, UsageError
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.output.plan_report import deliveries_in_words, left_sentences, summary_lines
from inspector.cli.output.streams import Output
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser, quoted
from inspector.cli.send_plan import resumed_plan, send_plan
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.domain.replay.plan_text import plan_facts

if TYPE_CHECKING:
    from inspector.session.replays import DeliveryOutcome, PlanRow, PlanSummary
    from inspector.session.session import Session

_ROWS_AT_ONCE = 1_000


async def _list(call: Call) -> int:
    from inspector.session.records.sending import plan_record

    out = call.out
    async with call.session(create=False) as session:
        rows = await session.replays.newest(call.arguments.limit or arguments.MAX_ID)
    if out.is_json:
        out.records(map(plan_record, rows))
        return 0
    if not rows:
        out.say("No replay plans yet. `replay` creates one.")
    table = [
        (str(row.id), f"{local_time(row.made_ms):%Y-%m-%d %H:%M}", row.state, _progress(row), visible(row.to))
        for row in rows
    ]
    out.lines(aligned(table, out.width))
    return 0


async def _show(call: Call) -> int:
    from inspector.session.records.sending import delivery_record, plan_details_record

    out = call.out
    async with call.session(create=False) as session:
        plan_id = _plan_id(call, session)
        row = await session.replays.find(plan_id)
        summary = await session.replays.summary(plan_id)
        if out.is_json:
            out.record(plan_details_record(row, summary))
        else:
            await _print_head(out, session, row, summary)
        position = -1
        while part := await session.replays.outcomes(plan_id, after=position, limit=_ROWS_AT_ONCE):
            position = part[-1].position
            if out.is_json:
                out.records(map(delivery_record, part))
            else:
                out.lines(_delivery_line(out, one) for one in part)
            if out.is_closed:
                break
        if not out.is_json:
            out.error(*left_sentences(plan_id, summary))
    return 0


async def _resume(call: Call) -> int:
    async with call.session(create=False) as session:
        if call.arguments.secret_keyring:
            await session.load_secrets()
        plan = await resumed_plan(session, call.arguments, _plan_id(call, session))
        return await send_plan(call, session, plan)


async def _cancel(call: Call) -> int:
    from inspector.session.records.sending import plan_record

    async with call.session(create=False) as session:
        plan_id = _plan_id(call, session)
        count = await session.replays.cancel(plan_id)
        row = await session.replays.find(plan_id)
    if call.out.is_json:
        call.out.record(plan_record(row))
    else:
        call.out.line(f"Cancelled plan {plan_id}: {deliveries_in_words(count)} will not be sent.")
    return 0


def _plan_id(call: Call, session: Session) -> int:
    """Return the id of the plan on the command line, a number or `last`."""
    word: str = call.arguments.words[0]
    if word == "last":
        latest = session.replays.latest()
        if latest is None:
            raise NotFound("There are no replay plans.")
        return latest
    if not re.fullmatch(r"[0-9]{1,18}", word, re.ASCII) or int(word) < 1:
        raise UsageError(f"Invalid ID {quoted(word)}. Use the number of a plan, or last.")
    return int(word)


async def _print_head(out: Output, session: Session, row: PlanRow, summary: PlanSummary) -> None:
    plan = await session.replays.details(row.id)
    what = f"{deliveries_in_words(row.total)}, created on {local_time(row.made_ms):%Y-%m-%d %H:%M:%S}"
    facts = plan_facts(what, plan.url, plan.name, plan.course, plan.manner)
    state = (f"Plan {row.id}", f"{row.state}, {_progress(row)}")
    out.lines(aligned([(name, ", ".join(text.split("\n"))) for name, text in (state, *facts)], out.width))
    out.lines(summary_lines(summary))
    out.line()


def _progress(row: PlanRow) -> str:
    parts = [
        f"{row.done:,} of {row.total:,} sent",
        f"{row.left:,} left" if row.left else "",
        f"{row.skipped:,} skipped" if row.skipped else "",
        f"{row.started:,} unfinished" if row.started and row.state == "stopped" else "",
    ]
    return ", ".join(filter(None, parts))


def _delivery_line(out: Output, one: DeliveryOutcome) -> str:
    said = [f"capture {one.capture_id}"]
    if one.outcome is None:
        said.append(one.state_word)
    else:
        mark = f"{'✓' if one.is_expected else '✗'} {one.outcome}"
        said.append(out.paint(mark, "valid" if one.is_expected else "invalid"))
    if one.status is not None:
        said.append(str(one.status))
    if one.elapsed_ms is not None:
        said.append(f"{one.elapsed_ms:,.0f} ms")
    if one.fault is not None:
        said.append(f"fault {visible(one.fault)}")
    if one.error is not None:
        said.append(visible(one.error))
    return f"{one.position + 1:>5}  {'  '.join(said)}"


_ACTIONS = (
    Subcommand(name="list", help="plans with their states", run=_list, options=("--limit",)),
    Subcommand(name="show", words=("ID",), help="one plan with its deliveries", run=_show),
    Subcommand(
        name="resume",
        words=("ID",),
        help="send the remaining deliveries of a stopped plan",
        run=_resume,
        options=("--retry-unknown", "--dry-run", "--header-file", "--allow-host"),
    ),
    Subcommand(name="cancel", words=("ID",), help="skip the remaining deliveries", run=_cancel),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=arguments.whole("a number", 1, arguments.MAX_ID),
        help="only the newest N plans",
    )
    parser.add_argument(
        "--retry-unknown", action="store_true", help="resend deliveries that may have arrived"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what would be sent")
    parser.add_argument(
        "--header-file",
        metavar="FILE",
        type=arguments.file_path,
        help="file with the headers of the plan's URL, one NAME: VALUE per line",
    )
    arguments.add_allowed_hosts(parser)


PLANS = Verb(
    name="plans",
    group="send",
    help="list, inspect, resume and cancel replays",
    description="Every replay is a plan that is stored before anything is sent. List the plans, show the"
    " outcome of each delivery, resume a stopped plan without sending anything twice, or cancel it. ID is the"
    " number of a plan, or last.",
    examples=(
        "webhook-inspector plans",
        "webhook-inspector plans show last",
        "webhook-inspector plans resume 3 --retry-unknown",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("plans", _ACTIONS),
)
