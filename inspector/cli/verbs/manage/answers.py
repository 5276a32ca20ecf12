"""`answers`: list, add, change and order response rules, and learn how the sender retries."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.clock import local_time, now_ms
from inspector.base.errors import NotFound, UsageError
from inspector.base.quantity import duration_text
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.arguments import not_allowed
from inspector.cli.listen.until import duration
from inspector.cli.output.alignment import wrapped
from inspector.cli.output.attempt_lines import moment_text
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser, quoted
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.responses import ResponseRule, RetryStudy
    from inspector.session.session import Session

_NOT_RUNNING = "Nothing listens on this file now. Start `listen` or the window to apply the rules."
_RELAY = "relay"
"""The id of the relay on the command line."""
_SHOWN = 10
_MOST_SHOWN = 1_000
LOOK_S = 0.25
"""How soon Ctrl+C ends a study."""


async def _list(call: Call) -> int:
    from inspector.domain.response.rule import EVERYTHING_ELSE
    from inspector.session.records.responses import response_rule_record

    out = call.out
    async with call.session(create=False) as session:
        responses = session.responses
        rules = responses.rules
        counts = [await responses.count(rule) for rule in rules]
        rest = await responses.count_rest()
        left = [responses.left(rule.id) for rule in rules]
    if out.is_json:
        facts = zip(rules, counts, left, strict=True)
        out.records(response_rule_record(rule, matches=count, left=one) for rule, count, one in facts)
        return 0
    width = max(len(f"{count:,}") for count in (*counts, rest))
    rows = [
        (_name(rule), "on" if rule.is_on else "off", f"{count:>{width},}", _sentence(rule, one))
        for rule, count, one in zip(rules, counts, left, strict=True)
    ]
    rows.append(("", "", f"{rest:>{width},}", EVERYTHING_ELSE))
    out.lines(aligned(rows, out.width))
    if not rules:
        out.say("No response rules. Add one with `answers add '503 first 3'`.")
    return 0


def _name(rule: ResponseRule) -> str:
    return str(rule.id) if rule.id else _RELAY


def _sentence(rule: ResponseRule, left: int | None) -> str:
    query = f" ({visible(rule.query)})" if rule.query else ""
    return f"{visible(rule.sentence)}{query}{'' if left is None else f', {left:,} left'}"


async def _add(call: Call) -> int:
    from inspector.session.responses import ResponseRule

    rule = ResponseRule.parse(call.arguments.words[0])
    async with call.session(create=True) as session:
        await _allow(call, session, rule)
        added = await session.responses.add(rule)
        return _report(call, session, added, "Added")


async def _change(call: Call) -> int:
    from inspector.session.responses import ResponseRule

    rule = ResponseRule.parse(call.arguments.words[1])
    async with call.session(create=False) as session:
        before = _rule(call, session)
        await _allow(call, session, rule)
        changed = await session.responses.change(before.id, rule)
        return _report(call, session, changed, "Changed")


async def _duplicate(call: Call) -> int:
    async with call.session(create=False) as session:
        copy = await session.responses.duplicate(_rule(call, session).id)
        return _report(call, session, copy, "Added")


async def _move(call: Call) -> int:
    direction = call.arguments.words[1]
    if direction not in ("up", "down"):
        raise UsageError(f"A rule moves up or down, not {visible(direction)}. Use `answers move ID up`.")
    async with call.session(create=False) as session:
        rule = _rule(call, session)
        await session.responses.move(rule.id, -1 if direction == "up" else 1)
        return _report(call, session, rule, "Moved")


async def _switch(call: Call, *, is_on: bool) -> int:
    async with call.session(create=False) as session:
        rule = await session.responses.switch(_rule(call, session).id, is_on)
        return _report(call, session, rule, "Switched on" if is_on else "Switched off")


async def _reset(call: Call) -> int:
    async with call.session(create=False) as session:
        rule = _rule(call, session)
        await session.responses.reset(rule.id)
        return _report(call, session, rule, "Reset the count of")


async def _remove(call: Call) -> int:
    async with call.session(create=False) as session:
        rule = await session.responses.remove(_rule(call, session).id)
    if call.out.is_json:
        call.out.record({"name": rule.id, "removed": True})
    else:
        goes_on = "" if rule.id else " Its captures are still forwarded."
        call.out.line(f"Removed {rule.number}: {visible(rule.sentence)}.{goes_on}")
    return 0


async def _preview(call: Call) -> int:
    from inspector.session.records.responses import response_preview_record

    out = call.out
    async with call.session(create=False) as session:
        responses = session.responses
        found = await responses.preview(responses.rules, call.arguments.limit or _SHOWN)
    if out.is_json:
        out.records(map(response_preview_record, found))
        return 0
    if not found:
        out.say("No captures yet, so there is nothing to preview.")
    rows = []
    for one in found:
        row = one.row
        what = " ".join(filter(None, (row.survey_name or row.survey_id, row.user_id, row.summary)))
        rows.append((str(row.id), _time(row.received_ms), one.response, one.by, visible(what)))
    out.lines(aligned(rows, out.width))
    return 0


def _report(call: Call, session: Session, rule: ResponseRule, done: str) -> int:
    from inspector.session.records.responses import response_rule_record

    left = session.responses.left(rule.id)
    if call.out.is_json:
        call.out.record(response_rule_record(rule, matches=None, left=left))
        return 0
    number = rule.number if done[0] != "A" or rule.id else "the relay"
    call.out.line(f"{done} {number}: {_sentence(rule, left)}.")
    if rule.is_on and not session.has_listener:
        call.out.say(_NOT_RUNNING)
    return 0


def _rule(call: Call, session: Session) -> ResponseRule:
    """Return the rule on the command line. Raises UsageError and NotFound."""
    word: str = call.arguments.words[0]
    if word == _RELAY:
        word = "0"
    if not re.fullmatch(r"[0-9]{1,9}", word, re.ASCII):
        raise UsageError(f"Invalid ID {quoted(word)}. Use a number from `answers list`, or relay.")
    try:
        return session.responses.find(int(word))
    except NotFound as error:
        if int(word) == 0:
            sentence = "No forward relays its responses. Add one with `answers add relay TARGET`."
            raise NotFound(sentence) from error
        raise NotFound(f"{error} `answers list` shows the rules.") from error


async def _allow(call: Call, session: Session, rule: ResponseRule) -> None:
    """Check the host of a target, and store allowed hosts, because the listener is another process."""
    if rule.respond.kind == "relay" and rule.respond.target:
        url = session.targets.address(rule.respond.target)
        host = await session.forwards.permission.host_to_allow(url)
        if host is not None:
            raise not_allowed(host, what="captures")
        for allowed in call.arguments.allow_host or ():
            await session.hosts.allow(allowed)


# ---- the study of retries


async def _learn(call: Call) -> int:
    """Begin a study, print its deliveries as they come, and its report at the end or at Ctrl+C."""
    chosen = call.arguments
    async with call.session(create=False) as session:
        if not session.has_listener:
            raise UsageError("Nothing listens on this file now. Start `listen` or the window first.")
        quiet_s = vars(chosen)["for"]
        study = await session.responses.learn(
            chosen.words[0] or "503",
            successes=chosen.until_2xx or 0,
            takes_untrusted=chosen.all,
            ends_with_process=True,
            **({} if quiet_s is None else {"quiet_s": quiet_s}),
        )
        call.out.say(f"{study.sentence} Press Ctrl+C to stop and report.")
        with call.interruption.stopping_gently() as stop:
            session.follow()
            await _follow(call, session, stop)
        if session.responses.learning is not None:
            await session.responses.stop_learning()
        found = session.responses.report or study
        _print_study(call, found, is_followed=True)
        return 0 if found.deliveries else 1


async def _follow(call: Call, session: Session, stop: asyncio.Event) -> None:
    """Print each delivery of the running study, until it ends or the user stops it."""
    wake = asyncio.Event()

    def changed(_: None) -> None:
        wake.set()

    session.responses.changed.connect(changed)
    told: list[str] = []
    while True:
        wake.clear()
        study = session.responses.learning or session.responses.report
        if study is not None and not call.out.is_json:
            lines = [_delivery_line(study, place) for place in range(len(study.deliveries))]
            # When a sender stops waiting, the line of its delivery changes and is printed again.
            lines, told = [line for line in lines if line not in told], lines
            if lines:
                await in_own_thread(partial(call.out.lines, lines))
        if stop.is_set() or session.responses.learning is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await wake.wait()


async def _stop(call: Call) -> int:
    async with call.session(create=False) as session:
        _print_study(call, await session.responses.stop_learning())
    return 0


async def _show_report(call: Call) -> int:
    async with call.session(create=False) as session:
        study = session.responses.learning or session.responses.report
    if study is None:
        raise NotFound("There is no study of retries in this file. Begin one with `answers learn`.")
    _print_study(call, study)
    return 0


def _print_study(call: Call, study: RetryStudy, *, is_followed: bool = False) -> None:
    from inspector.session.records.responses import retry_study_record

    out = call.out
    if out.is_json:
        out.record(retry_study_record(study))
        return
    lines = [""]  # apart from the deliveries that were printed, and from the ^C of a terminal
    if not is_followed:
        fails = "once" if study.times == 1 else f"{study.times:,} times"
        begun = moment_text(study.begun_ms)
        lines = [f"{begun}: a delivery fails {fails} ({visible(study.rule.text)}).", ""]
        lines += [_delivery_line(study, place) for place in range(len(study.deliveries))]
    sentences = (study.sentence,) if study.is_running(now_ms()) else study.conclusions
    out.lines((*lines, *_wrapped(sentences, out.width)))


def _wrapped(sentences: tuple[str, ...], width: int | None) -> Iterator[str]:
    for sentence in sentences:
        yield from wrapped(visible(sentence), width, indent=0)


def _delivery_line(study: RetryStudy, place: int) -> str:
    """Return one delivery: when, the gap, what it got, and how it compares with the first."""
    one = study.deliveries[place]
    gap = f"+{duration_text(study.gap_ms(place))}" if place else ""
    left = one.left_after_ms
    stopped = f", stopped waiting after {duration_text(left)}" if left is not None else ""
    others = [what for what in one.differences if what != "other body"]
    more = f", {', '.join(others)}" if others else ""
    return (
        f"{_time(one.received_ms)}  {gap:<12}  {one.response:<5}  {study.note(place)}{visible(more)}{stopped}"
    )


def _time(milliseconds: int) -> str:
    return f"{local_time(milliseconds):%H:%M:%S}"


_ALLOWED = ("--allow-host",)
_ACTIONS = (
    Subcommand(name="list", help="rules in order, with the number of captures that match", run=_list),
    Subcommand(
        name="add", words=("RULE",), last_word="several", help="add a rule", run=_add, options=_ALLOWED
    ),
    Subcommand(
        name="change",
        words=("ID", "RULE"),
        last_word="several",
        help="replace a rule",
        run=_change,
        options=_ALLOWED,
    ),
    Subcommand(name="duplicate", words=("ID",), help="add a copy after it", run=_duplicate),
    Subcommand(name="move", words=("ID", "DIRECTION"), help="move it up or down", run=_move),
    Subcommand(name="on", words=("ID",), help="switch it on", run=partial(_switch, is_on=True)),
    Subcommand(name="off", words=("ID",), help="switch it off", run=partial(_switch, is_on=False)),
    Subcommand(name="reset", words=("ID",), help="let it count again from the first delivery", run=_reset),
    Subcommand(name="remove", words=("ID",), help="remove it", run=_remove),
    Subcommand(
        name="preview",
        help="what the newest captures would get if they arrived now",
        run=_preview,
        options=("--limit",),
    ),
    Subcommand(
        name="learn",
        words=("RULE",),
        last_word="any",
        help="let the next delivery fail (default: 503), and report its retries",
        run=_learn,
        options=("--for", "--until-2xx", "--all"),
    ),
    Subcommand(name="stop", help="stop learning, and report", run=_stop),
    Subcommand(name="report", help="print the latest report", run=_show_report),
)


def _add_arguments(parser: Parser) -> None:
    from inspector.domain.response.rule_text import FORMS

    add_subcommands(parser, _ACTIONS)
    parser.tables.append(("rules", FORMS))
    parser.add_argument(
        "--limit",
        metavar="N",
        type=arguments.whole("a number", 1, _MOST_SHOWN),
        help=f"number of captures in the preview (default: {_SHOWN})",
    )
    parser.add_argument(
        "--for",
        metavar="TIME",
        type=duration,
        help="stop learning this long after the last delivery (default: 10m)",
    )
    parser.add_argument(
        "--until-2xx",
        metavar="N",
        type=arguments.whole("a number", 1, 200),
        help="stop learning after N deliveries that got a 2xx",
    )
    parser.add_argument("--all", action="store_true", help="learn from untrusted deliveries, too")
    arguments.add_allowed_hosts(parser)


ANSWERS = Verb(
    name="answers",
    help="decide what senders get in response, and learn how they retry",
    description="Manage the response rules that are stored with the file. The first rule that takes a"
    " delivery decides what its sender gets; without one, it gets 200. Each delivery is captured first."
    " `listen` and the window take changes at once. `listen --answer RULE` adds a rule for one run.\n\n"
    "`answers learn` lets one delivery fail three times, or as often as `first N` says, while `listen` or the"
    " window runs. It shows when the sender delivers it again, and what is different. `answers learn wait"
    " 31s` responds late instead.",
    examples=(
        "webhook-inspector answers add 503 for survey:nps first 3",
        "webhook-inspector answers add '200 after 31s for event:completion'",
        "webhook-inspector answers learn 503 --for 30m",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("answers", _ACTIONS),
    uses_secrets=False,
)
