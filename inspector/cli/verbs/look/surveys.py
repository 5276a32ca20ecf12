"""`surveys`: print the surveys with their groups."""

from __future__ import annotations

from inspector.cli import arguments
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.survey_options import add_survey, report_behind, selected_scope
from inspector.cli.verb import Call, Verb

_MOST_SURVEYS = 10_000
_MOST_GROUPS = 1_000


def _add_arguments(parser: Parser) -> None:
    add_survey(parser)
    arguments.add_filter(parser)


async def _run(call: Call) -> int:
    from inspector.cli.output.survey_lines import SurveyLines
    from inspector.session.records.groups import survey_record

    out = call.out
    async with call.session(create=False) as session:
        await report_behind(session, out)
        found, more = await session.groups.overview(
            scope=selected_scope(session, call.arguments),
            text=call.arguments.filter or "",
            surveys=_MOST_SURVEYS,
            groups=_MOST_GROUPS,
        )
    if out.is_json:
        out.records(map(survey_record, found))
    elif found:
        text = SurveyLines(out, found)
        out.lines((text.heading(), *(line for one in found for line in text.lines(one))))
    else:
        out.say("No surveys match." if call.arguments.filter else "No surveys yet.")
    if more:
        out.error(f"{more:,} more surveys are not listed. Use --filter to select some.")
    return 0


SURVEYS = Verb(
    name="surveys",
    group="look",
    help="print surveys with their groups",
    description="Print surveys with their groups, the most recent first: completed runs, last"
    " capture, and captures per verdict. Samples and surveys without a trusted capture are marked, and come"
    " last.\n\n"
    "SURVEY selects one survey. With --filter, only surveys and groups with a matching capture are printed;"
    " their counts include all captures.",
    examples=(
        f"{PROGRAM} surveys",
        f"{PROGRAM} surveys 'Continuous NPS' --format json",
        f"{PROGRAM} surveys --filter 'verdict:invalid since:2h'",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
