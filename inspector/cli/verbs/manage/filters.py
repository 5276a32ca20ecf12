"""`filters`: list, add, change and remove saved filters, and switch their alerts."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.files import default_database
from inspector.base.visible import visible
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.query.saved_filter import SavedFilter
    from inspector.session.filters import Filters

_ALERT_WORDS = {"none": "", "on": "alerts", "muted": "alerts muted"}


def _filters(call: Call) -> Filters:
    from inspector.session.filters import stored_filters

    return stored_filters(call.options().settings)


async def _list(call: Call) -> int:
    from inspector.session.records.machine import saved_filter_record

    every = _filters(call).all()
    has_file = await asyncio.to_thread(os.path.exists, call.options().database or default_database())
    counts = await _counts(call, every) if has_file else [None] * len(every)
    if call.out.is_json:
        call.out.records(saved_filter_record(one, count) for one, count in zip(every, counts, strict=True))
        return 0
    if not every:
        call.out.say("No saved filters. Add one with `filters add NAME QUERY`.")
    rows = []
    for one, count in zip(every, counts, strict=True):
        number = "" if count is None else f"{count:,}"
        rows.append((visible(one.name), number, visible(one.what), _alert_text(one)))
    call.out.lines(aligned(rows, call.out.width))
    return 0


async def _counts(call: Call, every: tuple[SavedFilter, ...]) -> list[int | None]:
    """Return how many captures of the file match each filter; None for a silence."""
    from inspector.domain.query import parse
    from inspector.domain.query.scope import EVERYTHING

    counts: list[int | None] = []
    async with call.session(create=False) as session:
        counting = session.captures.counting()
        for one in every:
            found = await counting.count(EVERYTHING, parse(one.query)) if one.query else None
            counts.append(None if found is None else found[0])
    return counts


def _alert_text(one: SavedFilter) -> str:
    words = _ALERT_WORDS[one.bell]
    return f"{words} with a sound" if words and one.has_beep else words


async def _add(call: Call) -> int:
    from inspector.domain.query.saved_filter import SavedFilter

    name, query = call.arguments.words
    return await _added(call, SavedFilter(name=name, query=query))


async def _add_silence(call: Call) -> int:
    from inspector.domain.query.saved_filter import SavedFilter, read_silence

    name, time = call.arguments.words
    return await _added(call, SavedFilter(name=name, silence_s=read_silence(time), bell="on"))


async def _added(call: Call, new: SavedFilter) -> int:
    chosen = call.arguments
    new = replace(new, bell="on" if chosen.alert else new.bell, has_beep=bool(chosen.beep))
    return _say_saved(call, await _filters(call).add(new))


async def _change(call: Call) -> int:
    name, query = call.arguments.words
    filters = _filters(call)
    return _say_saved(call, await filters.change(name, replace(filters.find(name), query=query, silence_s=0)))


async def _rename(call: Call) -> int:
    name, new_name = call.arguments.words
    return _say_saved(call, await _filters(call).rename(name, new_name))


async def _alert(call: Call) -> int:
    name, state = call.arguments.words
    if state not in ("on", "off"):
        raise UsageError(f"An alert is on or off, not {visible(state)}. Use `filters alert NAME on`.")
    filters = _filters(call)
    changed = replace(filters.find(name), bell="on" if state == "on" else "muted")
    return _say_saved(call, await filters.change(name, changed))


async def _move(call: Call) -> int:
    name, direction = call.arguments.words
    if direction not in ("up", "down"):
        raise UsageError(f"A filter moves up or down, not {visible(direction)}. Use `filters move NAME up`.")
    filters = _filters(call)
    await filters.move(name, -1 if direction == "up" else 1)
    return _say_saved(call, filters.find(name))


async def _remove(call: Call) -> int:
    removed, _ = await _filters(call).remove(call.arguments.words[0])
    if call.out.is_json:
        call.out.record({"name": removed.name, "removed": True})
    else:
        call.out.line(f"Removed the filter {visible(removed.name)}.")
    return 0


def _say_saved(call: Call, one: SavedFilter) -> int:
    from inspector.session.records.machine import saved_filter_record

    if call.out.is_json:
        call.out.record(saved_filter_record(one, None))
    else:
        alert = _alert_text(one)
        end = f" ({alert})" if alert else ""
        call.out.line(f"Saved the filter {visible(one.name)}: {visible(one.what)}{end}.")
    return 0


_NEW = ("--alert", "--beep")
_ACTIONS = (
    Subcommand(name="list", help="names, queries, alerts and numbers of matches", run=_list),
    Subcommand(name="add", words=("NAME", "QUERY"), help="save a filter", run=_add, options=_NEW),
    Subcommand(
        name="silence",
        words=("NAME", "TIME"),
        help="alert if nothing arrives for a time such as 15m",
        run=_add_silence,
        options=_NEW,
    ),
    Subcommand(name="change", words=("NAME", "QUERY"), help="replace its query", run=_change),
    Subcommand(name="rename", words=("NAME", "NEW"), help="give it another name", run=_rename),
    Subcommand(name="alert", words=("NAME", "STATE"), help="switch its alert on or off", run=_alert),
    Subcommand(name="move", words=("NAME", "DIRECTION"), help="move it up or down", run=_move),
    Subcommand(name="remove", words=("NAME",), help="remove it", run=_remove),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    parser.add_argument("--alert", action="store_true", help="notify of new matches while the window runs")
    parser.add_argument("--beep", action="store_true", help="with a sound")


FILTERS = Verb(
    name="filters",
    help="list, add, change and remove saved filters and their alerts",
    description="Manage saved filters: queries with a name. They are entries of the window’s tree, and every"
    " --filter takes `@NAME`. The window notifies you of new captures that match a filter with an alert, at"
    " most once per minute. Saved filters are settings, so they apply to every file.",
    examples=(
        "webhook-inspector filters add Again is:duplicate --alert",
        "webhook-inspector filters silence Quiet 15m",
        "webhook-inspector list --filter '@Invalid today'",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("filters", _ACTIONS),
    uses_secrets=False,
)
