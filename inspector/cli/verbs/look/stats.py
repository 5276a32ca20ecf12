"""`stats`: print the statistics of a survey or group."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from inspector.cli import arguments
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.survey_options import add_group, add_survey, report_behind, selected_scope
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.query.scope import Scope
    from inspector.session.session import Session
    from inspector.session.summaries import Summary

_EXAMPLES, _MAX_EXAMPLES = 5, 200


def _add_arguments(parser: Parser) -> None:
    add_survey(parser, is_required=True)
    add_group(parser)
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=arguments.moment,
        help="only runs that began since this time: 2h, 7d, 2026-11-01, 11:49",
    )
    parser.add_argument(
        "--before",
        metavar="TIME",
        type=arguments.moment,
        help="only runs that began before this time",
    )
    parser.add_argument(
        "--by-answer",
        action="store_true",
        help="count runs by created_at of their first answer, not by their first arrival",
    )
    parser.add_argument("--untrusted", action="store_true", help="also count captures that are not trusted")
    parser.add_argument(
        "--examples",
        metavar="N",
        type=arguments.whole("a number", 0, _MAX_EXAMPLES),
        default=_EXAMPLES,
        help=f"newest free texts per question (default: {_EXAMPLES})",
    )
    parser.add_argument(
        "--bom",
        action="store_true",
        help="with --format csv: start with a byte order mark, which Excel needs for UTF-8",
    )
    arguments.add_mask(parser, "the output")


async def _run(call: Call) -> int:
    out = call.out
    async with call.session(create=False) as session:
        scope = selected_scope(session, call.arguments)
        assert scope is not None
        await report_behind(session, out)
        if call.arguments.format == "csv":
            await _print_table(call, session, scope)
            return 0
        summary = await _summary(call, session, scope)
        examples = call.arguments.examples if call.arguments.mask in (None, "secrets") else 0
    if out.is_json:
        from inspector.session.records.groups import statistics_record

        out.record(statistics_record(scope, summary, examples=examples))
    else:
        from inspector.cli.output.statistics_lines import StatisticsLines

        out.lines(StatisticsLines(out, examples=examples).lines(scope, summary))
    return 0


async def _summary(call: Call, session: Session, scope: Scope) -> Summary:
    """Count, and show the progress on a terminal."""
    chosen, out = call.arguments, call.out
    counted = session.summaries.counted(
        scope,
        includes_others=chosen.untrusted,
        since_ms=chosen.since,
        before_ms=chosen.before,
        is_by_answer=chosen.by_answer,
    )
    summary: Summary | None = None
    is_shown = False
    async with aclosing(counted) as parts:
        async for summary in parts:
            if summary.tally.captures < summary.total:
                is_shown = True
                out.show_progress(f"Counting {summary.tally.captures:,} of {summary.total:,} captures…")
    if is_shown:
        out.show_progress("")
    assert summary is not None
    return summary


async def _print_table(call: Call, session: Session, scope: Scope) -> None:
    """Print the answers as CSV, with the fields masked that the setting names."""
    from inspector.domain.statistics.answer_table import CSV_BOM, masked_columns

    chosen, out = call.arguments, call.out
    unread = crowded = 0
    mark = CSV_BOM if chosen.bom else ""
    answers = session.summaries.answers(
        scope,
        includes_others=chosen.untrusted,
        since_ms=chosen.since,
        before_ms=chosen.before,
        is_by_answer=chosen.by_answer,
        hidden=masked_columns(session.preferences.fields_of(chosen.mask or "secrets")),
    )
    async with aclosing(answers) as parts:
        async for part in parts:
            unread += part.unread
            crowded += part.crowded
            if part.text:
                out.lines((mark + part.text.removesuffix("\n"),))
                mark = ""
            if out.is_closed:
                return
    _report_left_out(out, unread, crowded)


def _report_left_out(out: Output, unread: int, crowded: int) -> None:
    from inspector.base.quantity import counted

    if unread:
        out.error(f"Not included: {counted(unread, 'capture')} over 64 KiB.")
    if crowded:
        out.error(f"Not included: {counted(crowded, 'respondent')} with over 500 captures.")


STATS = Verb(
    name="stats",
    group="look",
    help="print the statistics of a survey",
    description="Print the statistics of a survey or one of its groups, as in the window's summary: completed"
    " runs, NPS, ratings, options, and the newest free texts. They count trusted captures, and one answer per"
    " question and run.\n\n"
    "--format csv prints every counted answer, one row per answer. Fields in the setting masked_fields are"
    " masked in it.",
    examples=(
        f"{PROGRAM} stats 'Continuous NPS'",
        f"{PROGRAM} stats s-1 g-2 --since 7d --examples 20",
        f"{PROGRAM} stats s-1 --format csv > answers.csv",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
    formats=("text", "json", "csv"),
)
