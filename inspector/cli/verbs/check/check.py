"""`check`: send good and bad events to a receiver, and report what is wrong with it and why."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, cast

from inspector.base.errors import InspectorError, UsageError
from inspector.cli import arguments
from inspector.cli.arguments import check_host
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.streams import Output
from inspector.cli.parser import ExpectedValue, Parser
from inspector.cli.replay_options import add_destination, destination_of, number
from inspector.cli.verb import Call, Verb
from inspector.domain.receiver.report import AREAS, Area

if TYPE_CHECKING:
    from inspector.domain.receiver.comparison import VersusReport, VersusStep
    from inspector.session.receiver.check import CheckReport, CheckStep, CheckStop
    from inspector.session.session import Session


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--capture",
        metavar="ID",
        type=arguments.single_id,
        help="capture to send instead of made-up events, to find out why it is rejected; last is the newest",
    )
    parser.add_argument(
        "--resign-unverified",
        action="store_true",
        help="also sign a capture that is not valid (anyone may have sent it)",
    )
    parser.add_argument(
        "--require",
        metavar="AREA,AREA",
        type=_areas,
        help="areas in which a failed test leads to exit status 1 (default: all, see below)",
    )
    parser.add_argument("--all", action="store_true", help="also print the tests that passed")
    arguments.add_target(parser, to="URL of the receiver, or the name of a target (default path: /)")
    sending = parser.section(arguments.TARGET)
    sending.add_argument("--versus", metavar="URL", help="second receiver, to print how the two differ")
    sending.add_argument(
        "--rate", metavar="N", type=number, help="requests per second (default: as fast as responses arrive)"
    )
    add_destination(parser)
    parser.tables.append(("areas of --require (the receiver …)", tuple(AREAS.items())))


def _areas(text: str) -> tuple[Area, ...]:
    words = tuple(filter(None, map(str.strip, text.split(","))))
    if not words or not AREAS.keys() >= set(words):
        raise ExpectedValue(f"{', '.join(AREAS)}, or several of them with commas")
    return cast("tuple[Area, ...]", words)


async def _run(call: Call) -> int:
    from inspector.domain.receiver.comparison import VersusReport
    from inspector.session.receiver.check import CheckStop

    out, given, stop = call.out, call.arguments, CheckStop()
    _check_usage(given)
    async with call.session(create=given.capture is None) as session:
        await session.load_secrets()
        steps = await _steps(session, given, stop)
        with call.interruption.stopping_gently() as interruption:
            waiting = session.tasks.spawn(_stopping(interruption, stop), "wait for an interruption")
            report = await _last(steps, out, stop)
            waiting.cancel()
    out.show_progress("")
    if isinstance(report, VersusReport):
        _print_differences(call, report)
        status = int(bool(_differing_areas(report) & set(given.require or AREAS)))
    else:
        _print(call, report)
        status = int(_has_failed(report, given.require or ()))
        if report.verdict == "unreachable":
            status = InspectorError.exit_status
    return INTERRUPTED if interruption.is_set() else status


def _check_usage(given: Namespace) -> None:
    """Raise UsageError for options that make no sense together."""
    if given.versus is not None and given.capture is not None:
        raise UsageError("--versus compares the results of the tests. Use it without --capture.")
    if given.versus is not None and given.format == "junit":
        raise UsageError("--versus prints text or JSON. Use it without --format junit.")
    if given.resign_unverified and given.capture is None:
        raise UsageError("--resign-unverified is about a capture. Use it with --capture.")
    if given.require is not None and given.capture is not None:
        raise UsageError("--require is about the tests. Use it without --capture.")


async def _steps(
    session: Session, given: Namespace, stop: CheckStop
) -> AsyncIterator[CheckStep | VersusStep | VersusReport]:
    """Return the check that the options describe, ready to start. Raises UsageError."""
    what = "events" if given.capture is None else "captures"
    places = [await destination_of(session, given)]
    if given.versus is not None:
        places.append(await destination_of(session, given, given.versus))
    for place in places:
        check_host(await session.replays.plan(place, ids=()), what=what)
    check, pace = session.receiver_check, given.rate
    if given.versus is not None:
        return check.versus(*places, per_second=pace, stop=stop)
    if given.capture is not None:
        capture_id = arguments.known_id(session, given.capture)
        return check.why(
            capture_id,
            places[0],
            is_resigning_unverified=given.resign_unverified,
            per_second=pace,
            stop=stop,
        )
    return check.run(places[0], per_second=pace, stop=stop)


async def _stopping(interruption: asyncio.Event, stop: CheckStop) -> None:
    await interruption.wait()
    stop.set()


async def _last(
    steps: AsyncIterator[CheckStep | VersusStep | VersusReport], out: Output, stop: CheckStop
) -> CheckReport | VersusReport:
    """Show the steps of a check as they come, and return the report, which is the last one."""
    from inspector.domain.receiver.comparison import VersusReport, VersusStep
    from inspector.session.receiver.check import TITLES, CauseProbe, CheckNotice, CheckReport, CheckResult

    report: CheckReport | VersusReport | None = None
    async for given in steps:
        step = given.step if isinstance(given, VersusStep) else given
        if isinstance(given, CheckReport | VersusReport):
            report = given
        elif isinstance(step, CauseProbe):
            out.show_progress(
                f"Searching for the cause: {step.sent} of at most {step.most} requests, Ctrl+C stops"
            )
        elif isinstance(step, CheckNotice):
            out.show_progress(step.says)
        elif isinstance(step, CheckResult):
            if out.is_json and step is given:
                from inspector.session.records.receiver import check_record

                out.record(check_record(step))
                if out.is_closed:
                    stop.set()
            if step.title in TITLES:
                done = TITLES.index(step.title) + 1
                out.show_progress(f"Testing: {done} of {len(TITLES)}, Ctrl+C stops")
    assert report is not None
    return report


def _print(call: Call, report: CheckReport) -> None:
    """Print a report. Raises InspectorError if there is no result, because the receiver could not be
    reached."""
    out, given = call.out, call.arguments
    if out.is_json:
        from inspector.session.records.receiver import check_report_record

        out.record(check_report_record(report))
    elif given.format == "junit":
        from inspector.session.records.receiver import junit_text

        out.write(junit_text(report, given.require).encode())
    if not report.results:
        raise InspectorError(report.sentence)
    if given.format == "text":
        from inspector.cli.output.check_lines import check_lines

        out.lines(check_lines(report, out, has_all=given.all))
        _say_secret(out, report)
    if report.is_withheld:
        out.say("Use --resign-unverified to sign it anyway, and to find out whether it would be accepted.")


def _print_differences(call: Call, report: VersusReport) -> None:
    """Print how two receivers differ. Raises InspectorError if one has no result, because it could not be
    reached."""
    out, given = call.out, call.arguments
    if out.is_json:
        from inspector.session.records.receiver import compared_test_record, versus_record

        out.records(map(compared_test_record, report.pairs))
        out.record(versus_record(report))
    if not (report.to.results and report.versus.results):
        raise InspectorError(report.sentence)
    if not out.is_json:
        from inspector.cli.output.check_lines import versus_lines

        out.lines(versus_lines(report, out, has_all=given.all))
        _say_secret(out, report.to)


def _say_secret(out: Output, report: CheckReport) -> None:
    if report.capture_id is None:
        out.say(f"The events were signed with {report.secret}.")


def _has_failed(report: CheckReport, required: Sequence[Area]) -> bool:
    """Return whether a test of a required area failed, or an area that was named was not tested."""
    failed = {result.area for result in report.results if result.result == "failed"}
    tested = {result.area for result in report.results if result.result in ("passed", "warning", "failed")}
    return bool(failed & set(required) or set(required) - tested) if required else bool(failed)


def _differing_areas(report: VersusReport) -> set[Area]:
    areas = {pair.area for pair in report.differing}
    return areas if report.is_same_verdict else areas | {"signature"}


CHECK = Verb(
    name="check",
    group="check",
    help="test a receiver, and find out why it rejects deliveries",
    description="Send signed, forged, repeated and unusual events to a receiver. Report what it does wrong,"
    " and what to fix. If it rejects valid events, find out what it verifies instead, with at most 120 more"
    " requests. The events are signed with an active secret, which must be the receiver's.\n\n"
    "Their user ids begin with webhook-inspector-check, so you can find them in your data. With --capture,"
    " send a capture instead.\n\nThe exit status is 1 if a test failed, or if the receivers of --to and"
    " --versus differ. It is 3 if a receiver cannot be reached, or makes the check end early.",
    examples=(
        "webhook-inspector check --to http://localhost:3000/hook",
        "webhook-inspector check --to http://localhost:3000/ --secret-file secret.txt",
        "webhook-inspector check --to staging --require signature,idempotency",
        "webhook-inspector check --to http://localhost:3000/hook --capture 17",
        "webhook-inspector check --to http://localhost:3000/hook --versus staging",
        "webhook-inspector check --to staging --format junit > check.xml",
    ),
    add_arguments=_add_arguments,
    run=_run,
    formats=("text", "json", "junit"),
)
