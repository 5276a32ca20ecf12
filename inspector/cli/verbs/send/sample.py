"""`sample`: send signed sample events to a URL."""

from __future__ import annotations

import asyncio
import re
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.quantity import duration_text
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.arguments import check_host
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.plan_report import LATE_MS
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, ExpectedValue, Parser
from inspector.cli.replay_options import edited_value, number, seed
from inspector.cli.verb import Call, Verb
from inspector.domain.event.sample_traffic import (
    DEFAULT_RESPONDENTS,
    LANGUAGES,
    MOST_DELIVERIES,
    TrafficOptions,
)

if TYPE_CHECKING:
    from inspector.domain.event.sample_traffic import SampleDelivery
    from inspector.session.samples import Outcome, SampleResult, SampleRun
    from inspector.session.session import Session

_PROGRESS_S = 0.1


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="saved sample to send (default: the built-in survey)"
    )
    arguments.add_target(parser, to="URL, or the name of a target (default path: /)", is_required=False)
    _add_traffic(parser)
    saved = parser.section("saved samples").add_mutually_exclusive_group()
    saved.add_argument("--list", action="store_true", help="print the names of the saved samples")
    saved.add_argument(
        "--save", metavar="ID", type=arguments.single_id, help="save the body of a capture as NAME"
    )
    saved.add_argument("--remove", action="store_true", help="remove the sample NAME")


def _add_traffic(parser: Parser) -> None:
    """Add the options for many samples."""
    many = parser.section(
        "many samples",
        "A SHARE is a number from 0 to 1, such as 0.3. With any of these options, the respondents and their"
        " answers are invented, and only a summary of the responses is printed.",
    )
    whole = arguments.whole("a number", 1, MOST_DELIVERIES)
    many.add_argument("--count", metavar="N", type=whole, help="number of deliveries")
    many.add_argument(
        "--respondents",
        metavar="N",
        type=whole,
        help=f"number of respondents (default: {DEFAULT_RESPONDENTS}, or as many as --count needs)",
    )
    many.add_argument(
        "--rate",
        metavar="N",
        type=number,
        help="deliveries per second (default: as fast as responses arrive)",
    )
    many.add_argument(
        "--at-once", metavar="N", type=arguments.at_once, help="number of concurrent deliveries (default: 1)"
    )
    many.add_argument(
        "--languages",
        metavar="LANG,LANG",
        type=_words,
        help=f"languages of the questions and answers (default: all of {', '.join(LANGUAGES)})",
    )
    many.add_argument(
        "--types",
        metavar="TYPE,TYPE",
        type=_words,
        help="question types, such as nps_feedback (default: all)",
    )
    for option, text in (
        ("--drop-out", "respondents that leave before the completion"),
        ("--duplicates", "deliveries that are sent twice, to the byte"),
        ("--out-of-order", "deliveries that swap places with the respondent's next one"),
        ("--unsigned", "deliveries without a signature"),
        ("--wrong-secret", "deliveries that are signed with another secret"),
    ):
        many.add_argument(option, metavar="SHARE", type=_share, help=f"share of {text} (default: 0)")
    many.add_argument(
        "--edit",
        metavar="PATH=VALUE",
        type=edited_value,
        action="append",
        help="new value, wherever a body has this path, such as '$.platform=ios'; repeatable",
    )
    many.add_argument(
        "--seed", metavar="N", type=seed, help="random seed; the same seed sends the same bodies again"
    )


def _share(text: str) -> float:
    if not re.fullmatch(r"0|1|[01]?\.[0-9]{1,9}", text, re.ASCII) or float(text) > 1:
        raise ExpectedValue("a share from 0 to 1, such as 0.3")
    return float(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


async def _run(call: Call) -> int:
    given = call.arguments
    name: str | None = given.name
    traffic = [option for option in _TRAFFIC if _value(given, option) is not None]
    if given.list or given.save is not None or given.remove:
        if name is None and not given.list:
            raise UsageError("Name the sample, as in “webhook-inspector sample NAME --save 17”.")
        if given.to is not None or traffic:
            option = "--to" if given.to is not None else traffic[0]
            raise UsageError(f"{option} sends a sample. Use it without --list, --save and --remove.")
        return await _manage(call, name or "")
    to: str | None = given.to
    if to is None:
        raise UsageError(f"Missing option: --to URL. See `{PROGRAM} sample --help`.")
    _check_traffic(given, traffic, name)
    async with call.session(create=True) as session:
        await session.load_secrets()
        check_host(await session.replays.plan(to, ids=()), what="samples")
        if traffic:
            run = await _traffic(session, given)
            printed = _Deliveries(call.out, run)
            run.delivered = printed.add
        else:
            run = await session.samples.prepare(to, name=name)
        with call.interruption.stopping_gently() as stop:
            working = session.tasks.spawn(run.work(), "send samples", is_awaited=True)
            stopping = session.tasks.spawn(stop.wait(), "wait for an interruption")
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not working.done():
                run.stop()
            result = await working
    call.out.show_progress("")
    _total(call.out, result, is_whole=not run.is_stopped)
    if traffic:
        _details(call.out, result, is_repeatable=given.seed is not None or name is not None)
    if run.is_stopped:
        return INTERRUPTED
    return 1 if result.failed or result.accepted else 0


_TRAFFIC = (
    *("--count", "--respondents", "--rate", "--at-once", "--languages", "--types", "--drop-out"),
    *("--duplicates", "--out-of-order", "--unsigned", "--wrong-secret", "--edit", "--seed"),
)
_OF_SURVEY = ("--respondents", "--languages", "--types", "--drop-out", "--duplicates", "--out-of-order")
"""Options that make no sense for one saved body."""


def _value(given: Namespace, option: str) -> object:
    return getattr(given, option.removeprefix("--").replace("-", "_"))


def _check_traffic(given: Namespace, traffic: list[str], name: str | None) -> None:
    """Raise UsageError for options that make no sense together."""
    if name is not None and (wrong := [option for option in traffic if option in _OF_SURVEY]):
        raise UsageError(f"{wrong[0]} is about the built-in survey. Use it without NAME.")
    if given.out_of_order and (given.at_once or 1) > 1:
        raise UsageError("--out-of-order needs one delivery at a time. Use it without --at-once.")


async def _traffic(session: Session, given: Namespace) -> SampleRun:
    options = TrafficOptions(
        deliveries=given.count,
        respondents=given.respondents,
        drop_out=given.drop_out or 0.0,
        languages=tuple(LANGUAGES) if given.languages is None else given.languages,
        types=given.types or (),
        duplicates=given.duplicates or 0.0,
        out_of_order=given.out_of_order or 0.0,
        unsigned=given.unsigned or 0.0,
        wrong_secret=given.wrong_secret or 0.0,
    )
    return await session.samples.prepare_traffic(
        given.to,
        name=given.name,
        options=options,
        seed=given.seed,
        edits=given.edit or (),
        rate=given.rate,
        at_once=given.at_once or 1,
    )


class _Deliveries:
    """Prints an object per delivery, or the progress. Stops the run if the reader closes the pipe."""

    def __init__(self, out: Output, run: SampleRun) -> None:
        self._out = out
        self._run = run
        self._shown = 0.0

    def add(self, number: int, one: SampleDelivery, outcome: Outcome) -> None:
        if self._out.is_json:
            from inspector.session.records.sending import sample_record

            self._out.record(sample_record(number, one, outcome))
            if self._out.is_closed:
                self._run.stop()
        elif self._out.is_live and (now := time.monotonic()) - self._shown >= _PROGRESS_S:
            self._shown = now
            result = self._run.result
            done = f"{result.deliveries:,}" + ("" if result.total is None else f" of {result.total:,}")
            rate = result.deliveries / max(result.elapsed_s, 0.001)
            self._out.show_progress(
                f"Sending samples: {done}, {rate:,.0f} per second, {result.failed:,} failed"
            )


async def _manage(call: Call, name: str) -> int:
    given, out = call.arguments, call.out
    async with call.session(create=given.save is not None) as session:
        if given.list:
            for one in session.samples.names():
                if out.is_json:
                    out.record({"name": one})
                else:
                    out.line(one)
            return 0
        if given.save is not None:
            capture_id = arguments.known_id(session, given.save)
            body = (await session.captures.detail(capture_id)).capture.body
            name = await session.samples.save(name, body)
            sentence = f"Saved capture {capture_id} as the sample {name}."
        else:
            await session.samples.remove(name)
            sentence = f"Removed the sample {name}."
    if not out.is_json:
        out.line(sentence)
    return 0


def _total(out: Output, result: SampleResult, *, is_whole: bool) -> None:
    if out.is_json:
        from inspector.session.records.sending import sample_result_record

        out.record(sample_result_record(result, is_interrupted=not is_whole))
    else:
        if result.sent or not result.failed:
            signed = "a new secret for this run" if result.secret is None else result.secret
            rest = "" if is_whole else ". Interrupted before the remaining ones"
            samples = "1 sample" if result.sent == 1 else f"{result.sent:,} samples"
            out.line(f"Sent {samples}, signed with {visible(signed)}{rest}.")
        if result.failed:
            out.error(f"{result.failed:,} failed. {result.error}" if result.sent else str(result.error))
    if result.is_rejected:
        out.error(_explanation(result.secret))


def _details(out: Output, result: SampleResult, *, is_repeatable: bool) -> None:
    """Print what a load test is about: responses and times."""
    if not out.is_json:
        responses = ", ".join(f"{count:,} × {status}" for status, count in result.statuses) or "none"
        pace = f"{result.deliveries / max(result.elapsed_s, 0.001):,.0f} per second"
        out.line(f"Responses: {responses}, in {duration_text(result.elapsed_s * 1000)} ({pace}).")
        if (times := result.times) is not None:
            parts = (("median", times.median_ms), ("95 % under", times.p95_ms), ("99 % under", times.p99_ms))
            told = ", ".join(f"{what} {_ms(value)}" for what, value in parts)
            out.line(f"Response times: {told}, slowest {_ms(times.slowest_ms)}.")
        if result.rejected:
            out.line(f"Rejected without a valid signature, as they should be: {result.rejected:,}.")
    if result.accepted:
        accepted = f"Accepted without a valid signature: {result.accepted:,}."
        out.error(f"{accepted} The receiver does not verify every signature.")
    if result.is_gone:
        out.error(f"Stopped, because {result.without_response} deliveries in succession got no response.")
    if result.latest_ms >= LATE_MS:
        late = f"The latest delivery was {duration_text(result.latest_ms)} late."
        out.say(f"{late} Use --at-once with a larger number.")
    if not is_repeatable:
        out.say(f"--seed {result.seed} repeats the same answers.")


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _explanation(secret: str | None) -> str:
    """Return how a rejected sample was signed, and the next step."""
    if secret is None:
        return (
            "No secret is set, so the samples were signed with a new one, and the receiver rejected them."
            " Set BLITZ_WEBHOOK_SECRET to the receiver's secret, or use --secret-file FILE."
        )
    return f"The samples were signed with {secret}. Check that the receiver has the same secret."


SAMPLE = Verb(
    name="sample",
    group="send",
    help="send signed sample events to a URL",
    description="Send signed sample events with all question types: an answer to each question, then the"
    " completion. A listener on the same --database file marks them as samples, which are not counted in"
    " statistics. With NAME, send a saved sample: its exact body, signed like the others.\n\nWith the options"
    " for many samples, it is a load test of your receiver. Ctrl+C ends it with the summary.",
    examples=(
        "webhook-inspector sample --to http://127.0.0.1:8787/",
        "webhook-inspector sample --to http://localhost:3000/hook",
        "webhook-inspector sample --to http://localhost:3000 --secret-file secret.txt",
        "webhook-inspector sample --to http://localhost:3000 --count 5000 --rate 50",
        "webhook-inspector sample --to staging --respondents 200 --drop-out 0.3",
        "webhook-inspector sample promoter --save 17",
        "webhook-inspector sample promoter --to http://localhost:3000/hook",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
