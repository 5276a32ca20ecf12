"""`forward`: list, add, change, pause, resume, catch up and remove the forwards of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from inspector.base.errors import NotFound, UsageError
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.arguments import not_allowed
from inspector.cli.input import is_confirmed
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser, quoted
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.domain.replay import forward_rule
from inspector.domain.replay.address_text import ALLOW_FIRST

if TYPE_CHECKING:
    from inspector.session.forwards import ForwardRow
    from inspector.session.session import Session

_NOT_RUNNING = "Nothing listens on this file now. Start `listen` or the window to forward."


async def _list(call: Call) -> int:
    from inspector.session.records.sending import forward_record

    out = call.out
    async with call.session(create=False) as session:
        rows, is_running = session.forwards.rows(), session.has_listener
        if is_running:
            rows = tuple(sorted((*rows, *session.forwards.rows_of_run()), key=lambda row: row.id))
    if out.is_json:
        out.records(map(forward_record, rows))
        return 0
    if not rows:
        out.say("No forwards. Add one with `forward add TARGET`.")
        return 0
    out.lines(aligned([(str(row.id), row.state, visible(row.url), _details(row)) for row in rows], out.width))
    if not is_running:
        out.say(_NOT_RUNNING)
    return 0


async def _add(call: Call) -> int:
    async with call.session(create=True) as session:
        url = session.targets.address(call.arguments.words[0])
        await _allow(call, session, url)
        added = await session.forwards.add(url, rule=_rule(call, ""), relays=call.arguments.relay)
        if (problem := await session.forwards.permission.lookup_problem(url)) is not None:
            call.out.say(problem)
        return _report(call, session, session.forwards.find(added), "Added")


async def _change(call: Call) -> int:
    chosen = call.arguments
    async with call.session(create=False) as session:
        row = _row(call, session)
        relays = chosen.relay or (row.relays and not chosen.no_relay)
        rule = _rule(call, row.rule)
        if (rule, relays) == (row.rule, row.relays):
            raise UsageError("Nothing to change. Use --filter, --no-filter, --all, --relay or --no-relay.")
        await session.forwards.change(row.id, rule=rule, relays=relays)
        return _report(call, session, _row(call, session), "Changed")


async def _pause(call: Call) -> int:
    async with call.session(create=False) as session:
        row = _row(call, session)
        await session.forwards.pause(row.id)
        return _report(call, session, _row(call, session), "Paused")


async def _resume(call: Call) -> int:
    async with call.session(create=False) as session:
        row = _row(call, session)
        await _allow(call, session, row.url)
        await session.forwards.resume(row.id)
        return _report(call, session, _row(call, session), "Resumed")


async def _catch_up(call: Call) -> int:
    async with call.session(create=False) as session:
        row = _row(call, session)
        count = await session.forwards.catch_up(row.id)
        is_running = session.has_listener
    if call.out.is_json:
        call.out.record({"forward": row.id, "queued": count})
        return 0
    if not count:
        call.out.line(f"{visible(row.place)} has every capture since forwarding began.")
        return 0
    call.out.line(f"Queued {counted(count, 'capture')} for {visible(row.place)}.")
    if not is_running:
        call.out.say(_NOT_RUNNING)
    return 0


async def _remove(call: Call) -> int:
    async with call.session(create=False) as session:
        row = _row(call, session)
        left = row.waiting + row.failed
        question = f"{counted(left, 'capture')} did not reach {visible(row.place)}. Stop forwarding?"
        if left and not await is_confirmed(call.out, question, is_sure=call.arguments.yes):
            call.out.error("Nothing was removed.")
            return 1
        await session.forwards.remove(row.id)
    if call.out.is_json:
        call.out.record({"name": row.id, "removed": True})
    else:
        call.out.line(f"Removed forward {row.id} to {visible(row.url)}.")
    return 0


def _report(call: Call, session: Session, row: ForwardRow, done: str) -> int:
    from inspector.session.records.sending import forward_record

    if call.out.is_json:
        call.out.record(forward_record(row))
        return 0
    call.out.line(f"{done} forward {row.id} to {visible(row.url)} ({visible(row.takes)}).")
    if row.state != "paused" and not session.has_listener:
        call.out.say(_NOT_RUNNING)
    return 0


def _row(call: Call, session: Session) -> ForwardRow:
    """Return the forward on the command line. Raises UsageError and NotFound."""
    word: str = call.arguments.words[0]
    if not re.fullmatch(r"[0-9]{1,18}", word, re.ASCII):
        raise UsageError(f"Invalid ID {quoted(word)}. Use a number from `forward list`.")
    try:
        return session.forwards.find(int(word))
    except NotFound as error:
        if session.has_listener and any(row.id == int(word) for row in session.forwards.rows_of_run()):
            raise UsageError(
                f"Forward {word} ends with its run of `listen`. Stop that run instead."
            ) from None
        raise NotFound(f"{error} `forward list` shows the forwards.") from error


async def _allow(call: Call, session: Session, url: str) -> None:
    """Check the host of a target, and store allowed hosts, because the listener is another process."""
    host = await session.forwards.permission.host_to_allow(url)
    if host is not None:
        raise not_allowed(host, what="captures")
    for allowed in call.arguments.allow_host or ():
        await session.hosts.allow(allowed)


def _rule(call: Call, before: str) -> str:
    """Return the rule with the changes of the command line."""
    chosen = call.arguments
    if chosen.filter is not None and not chosen.filter.strip():
        raise UsageError("--filter is empty. To forward every trusted POST, use --no-filter.")
    rule: str = "" if chosen.no_filter else before if chosen.filter is None else chosen.filter
    return forward_rule.with_untrusted(rule) if chosen.all else rule


def _details(row: ForwardRow) -> str:
    parts = [
        visible(row.takes),
        "for one run of `listen`" if row.is_for_run else "",
        "relays" if row.relays else "",
        f"{row.waiting:,} waiting" if row.waiting else "",
        f"{row.failed:,} failed" if row.failed else "",
        _trouble(row),
    ]
    return ", ".join(filter(None, parts))


def _trouble(row: ForwardRow) -> str:
    """Return why a forward is paused or waits, and the command that allows its host if it must be allowed."""
    command = f"Allow it with `forward resume {row.id} --allow-host {urlsplit(row.url).hostname}`."
    return visible((row.trouble or "").replace(ALLOW_FIRST, command))


_RULE = ("--filter", "--no-filter", "--all", "--relay", "--no-relay")
_ACTIONS = (
    Subcommand(name="list", help="forwards with their rules and queues", run=_list),
    Subcommand(
        name="add",
        words=("TARGET",),
        help="forward new captures to 3000, localhost:3000/hook, a URL or a named target",
        run=_add,
        options=(*_RULE, "--allow-host"),
    ),
    Subcommand(name="change", words=("ID",), help="change its rule", run=_change, options=_RULE),
    Subcommand(name="pause", words=("ID",), help="send nothing until it is resumed", run=_pause),
    Subcommand(
        name="resume",
        words=("ID",),
        help="send queued captures and new ones",
        run=_resume,
        options=("--allow-host",),
    ),
    Subcommand(
        name="catch-up", words=("ID",), help="send the captures that its target did not get", run=_catch_up
    ),
    Subcommand(
        name="remove",
        words=("ID",),
        help="remove it with its queue",
        run=_remove,
        options=("--yes",),
    ),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    rule = parser.add_mutually_exclusive_group()
    rule.add_argument(
        "--filter",
        metavar="QUERY",
        type=arguments.query,
        help="forward only captures that match QUERY; `webhook-inspector list --help` lists its fields",
    )
    rule.add_argument("--no-filter", action="store_true", help="forward every trusted POST")
    parser.add_argument("--all", action="store_true", help="also forward untrusted captures")
    relay = parser.add_mutually_exclusive_group()
    relay.add_argument(
        "--relay", action="store_true", help="respond to valid captures with the target's response"
    )
    relay.add_argument("--no-relay", action="store_true", help="respond to senders at once")
    arguments.add_allowed_hosts(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask before removing")


FORWARD = Verb(
    name="forward",
    group="send",
    help="forward new captures to a target, even after a restart",
    description="Manage the forwards that are stored with the file. They run while `listen` or the window"
    " captures into it, and take changes at once. By default, a forward takes trusted POSTs that are not"
    " samples. `listen --forward` forwards for one run, without a stored forward.",
    examples=(
        "webhook-inspector forward add 3000",
        "webhook-inspector forward add localhost:3000/hook --filter survey:nps",
        "webhook-inspector forward catch-up 1",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("forward", _ACTIONS),
    uses_secrets=False,
)
