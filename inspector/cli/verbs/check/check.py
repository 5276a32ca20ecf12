"""`check`: send good and bad events to a receiver, and report what is wrong with it and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, cast

from inspector.base.errors import InspectorError
from inspector.cli import arguments
from inspector.cli.arguments import check_host
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.streams import Output
from inspector.cli.parser import ExpectedValue, Parser
from inspector.cli.replay_options import add_destination, destination_of, number
from inspector.cli.verb import Call, Verb
from inspector.domain.receiver.report import AREAS, Area

if TYPE_CHECKING:
    from inspector.session.receiver.check import CheckReport, CheckStep, CheckStop


def _add_arguments(parser: Parser) -> None:
    arguments.add_target(parser, to="URL of the receiver, or the name of a target (default path: /)")
    parser.add_argument(
        "--require",
        metavar="AREA,AREA",
        type=_areas,
        help="areas in which a failed test leads to exit status 1 (default: all, see below)",
    )
    parser.add_argument(
        "--rate", metavar="N", type=number, help="requests per second (default: as fast as responses arrive)"
    )
    parser.add_argument("--all", action="store_true", help="also print the tests that passed")
    add_destination(parser)
    parser.tables.append(("areas of --require (the receiver …)", tuple(AREAS.items())))


def _areas(text: str) -> tuple[Area, ...]:
    words = tuple(filter(None, map(str.strip, text.split(","))))
    if not words or not AREAS.keys() >= set(words):
        raise ExpectedValue(f"{', '.join(AREAS)}, or several of them with commas")
    return cast("tuple[Area, ...]", words)


async def _run(call: Call) -> int:
    from inspector.session.receiver.check import CheckStop

    out, given, stop = call.out, call.arguments, CheckStop()
    async with call.session(create=True) as session:
        await session.load_secrets()
        destination = await destination_of(session, given)
        check_host(await session.replays.plan(destination, ids=()), what="events")
        secret = await session.receiver_check.likely_secret()
        steps = session.receiver_check.run(destination, sign_with=secret, per_second=given.rate, stop=stop)
        with call.interruption.stopping_gently() as interruption:
            waiting = session.tasks.spawn(_stopping(interruption, stop), "wait for an interruption")
            report = await _last(steps, out, stop)
            waiting.cancel()
    out.show_progress("")
    _print(call, report)
    if interruption.is_set():
        return INTERRUPTED
    return _status(report, given.require or ())


async def _stopping(interruption: asyncio.Event, stop: CheckStop) -> None:
    await interruption.wait()
    stop.set()


async def _last(steps: AsyncIterator[CheckStep], out: Output, stop: CheckStop) -> CheckReport:
    """Show the steps of a check as they come, and return the last one."""
    from inspector.session.receiver.check import TITLES, CauseProbe, CheckNotice, CheckReport, CheckResult

    report: CheckReport | None = None
    async for step in steps:
        if isinstance(step, CheckReport):
            report = step
        elif isinstance(step, CauseProbe):
            out.show_progress(
                f"Searching the cause: {step.sent} of at most {step.most} requests, Ctrl+C stops"
            )
        elif isinstance(step, CheckNotice):
            out.show_progress(step.says)
        elif isinstance(step, CheckResult):
            if out.is_json:
                from inspector.session.records.receiver import check_record

                out.record(check_record(step))
                if out.is_closed:
                    stop.set()
            done = TITLES.index(step.title) + 1
            out.show_progress(f"Testing: {done} of {len(TITLES)}, Ctrl+C stops")
    assert report is not None
    return report


def _print(call: Call, report: CheckReport) -> None:
    """Print a report. Raises InspectorError if the receiver could not be reached."""
    out, given = call.out, call.arguments
    if out.is_json:
        from inspector.session.records.receiver import check_report_record

        out.record(check_report_record(report))
    elif given.format == "junit":
        from inspector.session.records.receiver import junit_text

        out.write(junit_text(report, given.require).encode())
    if report.verdict == "unreachable":
        raise InspectorError(report.sentence)
    if given.format == "text":
        from inspector.cli.output.check_lines import check_lines

        out.lines(check_lines(report, out, has_all=given.all))
        out.say(f"The events were signed with {report.secret}.")


def _status(report: CheckReport, required: Sequence[Area]) -> int:
    """Return 0 if no test of a required area failed, and each area that was named was tested."""
    failed = {result.area for result in report.results if result.result == "failed"}
    tested = {result.area for result in report.results if result.result in ("passed", "warning", "failed")}
    if not required:
        return 1 if failed else 0
    return 1 if failed & set(required) or set(required) - tested else 0


CHECK = Verb(
    name="check",
    group="check",
    help="send good and bad events to a receiver and report its mistakes",
    description="Send signed, forged, repeated and unusual events to a receiver. Report how it responds, what"
    " it does wrong, and what to fix. The events are signed with the first secret, which must be the"
    " receiver's.\n\n"
    "Their user ids begin with webhook-inspector-check, so you can find them in your data.\n\nThe exit status"
    " is 1 if a test failed, and 3 if the receiver cannot be reached.",
    examples=(
        "webhook-inspector check --to http://localhost:3000/hook",
        "webhook-inspector check --to http://localhost:3000/ --secret-file secret.txt",
        "webhook-inspector check --to staging --require signature,idempotency",
        "webhook-inspector check --to http://localhost:3000/hook --format json",
        "webhook-inspector check --to staging --format junit > check.xml",
    ),
    add_arguments=_add_arguments,
    run=_run,
    formats=("text", "json", "junit"),
)
