"""`respondents`: print respondents with their state."""

from __future__ import annotations

from inspector.cli import arguments
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.survey_options import add_group, add_survey, report_behind, selected_scope
from inspector.cli.verb import Call, Verb

_ROWS_AT_ONCE = 500


def _add_arguments(parser: Parser) -> None:
    add_survey(parser)
    add_group(parser)
    parser.add_argument(
        "--state",
        metavar="STATE",
        choices=("complete", "partial"),
        help="only respondents whose latest run is complete, or partial (including opened)",
    )
    arguments.add_filter(parser)
    parser.add_argument("--untrusted", action="store_true", help="also respondents without a trusted capture")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=arguments.whole("a number", 1, arguments.MAX_ID),
        help="only the N respondents with the latest captures",
    )


async def _run(call: Call) -> int:
    from inspector.cli.output.survey_lines import RespondentLines
    from inspector.session.records.groups import respondent_record

    chosen, out = call.arguments, call.out
    async with call.session(create=False) as session:
        await report_behind(session, out)
        scope = selected_scope(session, chosen)
        ids = await session.groups.respondent_ids(
            scope=scope,
            text=chosen.filter or "",
            state=chosen.state,
            includes_untrusted=chosen.untrusted,
            limit=chosen.limit,
        )
        text: RespondentLines | None = None
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            rows = await session.groups.respondent_rows(ids[start : start + _ROWS_AT_ONCE])
            if out.is_json:
                out.records(map(respondent_record, rows))
            else:
                if text is None:
                    text = RespondentLines(out, scope, rows)
                    out.line(text.heading())
                out.lines(map(text.line, rows))
            if out.is_closed:
                break
    if not ids:
        is_any = chosen.filter or chosen.state or scope is not None
        out.say("No respondents match." if is_any else "No respondents yet.")
    return 0


RESPONDENTS = Verb(
    name="respondents",
    group="look",
    help="print respondents with their state",
    description="Print respondents, the most recent first: the state of the latest run, its"
    " number of answers, how often they took the survey, and the marks of their captures. A respondent is"
    " complete once a completion has arrived.\n\n"
    "With --filter, only respondents with a matching capture are printed.",
    examples=(
        f"{PROGRAM} respondents 'Continuous NPS'",
        f"{PROGRAM} respondents s-1 g-2 --state partial",
        f"{PROGRAM} respondents --filter finding:answer-changed --format json",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
