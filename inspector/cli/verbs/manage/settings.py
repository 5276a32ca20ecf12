"""`settings`: list, print, save and reset settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspector.base.errors import NotFound, did_you_mean
from inspector.base.visible import shortened, visible
from inspector.cli.output.alignment import hanging
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.preferences import Preference, Preferences
    from inspector.settings.setting import Value

_INDENT = 4


def _preferences(call: Call, *, is_file_used: bool = True) -> Preferences:
    from inspector.session.preferences import Preferences
    from inspector.settings.settings import Settings

    return Preferences(Settings(call.options().settings, is_file_used=is_file_used))


async def _list(call: Call) -> int:
    from inspector.session.records.machine import setting_record

    out, part = call.out, None
    preferences = _preferences(call)
    out.say_block(preferences.warnings)
    for one in preferences.all():
        if out.is_json:
            out.record(setting_record(one))
            continue
        if one.part != part:
            out.line(out.paint(f"{'' if part is None else chr(10)}{one.part}", "strong"))
            part = one.part
        out.lines(_lines(out, one))
    return 0


async def _get(call: Call) -> int:
    from inspector.session.records.machine import setting_record

    one = _preferences(call).find(call.arguments.words[0])
    if call.out.is_json:
        call.out.record(setting_record(one))
    else:
        call.out.line(_written(one.in_force))
    return 0


async def _set(call: Call) -> int:
    name, value = call.arguments.words
    return await _save(call, name, value)


async def _reset(call: Call) -> int:
    return await _save(call, call.arguments.words[0], None)


async def _save(call: Call, name: str, text: str | None) -> int:
    from inspector.session.records.machine import setting_record

    # An invalid value in the file must not prevent its own repair.
    preferences = _preferences(call, is_file_used=False)
    await preferences.save(name, text)
    one = preferences.find(name)
    if call.out.is_json:
        call.out.record(setting_record(one))
        return 0
    value = _written(one.saved)
    done = f"Reset {one.name} to {value}" if text is None else f"Saved {one.name} = {value}"
    call.out.line(f"{done}. A running program uses it after a restart.")
    return 0


async def _hosts(call: Call) -> int:
    async with call.session(create=False) as session:
        hosts = session.hosts.stored
    if call.out.is_json:
        call.out.records({"host": host} for host in hosts)
        return 0
    if not hosts:
        call.out.say("No remote hosts are allowed. Captures are sent only to this machine.")
    call.out.lines(map(visible, hosts))
    return 0


async def _revoke(call: Call) -> int:
    host = call.arguments.words[0].lower()
    async with call.session(create=False) as session:
        if host not in session.hosts.stored:
            guess = did_you_mean(host, session.hosts.stored)
            raise NotFound(f"The host {visible(shortened(host, 60))} is not allowed.{guess}")
        await session.hosts.revoke(host)
    if call.out.is_json:
        call.out.record({"name": host, "removed": True})
    else:
        call.out.line(f"Nothing is sent to {visible(host)} any more until it is allowed again.")
    return 0


def _lines(out: Output, one: Preference) -> Iterator[str]:
    is_number = one.kind in ("whole", "number")
    value = one.in_force_text if is_number else _written(one.in_force)
    default = ""
    if one.in_force != one.default:
        default = f", default {one.default_text if is_number else _written(one.default)}"
    given = f"{value} ({one.source}{default})"
    if out.width is None or len(one.name) + len(given) + 5 <= out.width:
        yield f"  {out.paint(one.name, 'strong')} = {given}"
    else:
        yield f"  {out.paint(one.name, 'strong')} ="
        yield from hanging(" " * _INDENT, given, out.width, indent=_INDENT)
    span = f" Range: {one.span}." if one.span else ""
    if one.choices:
        span = f" Values: {', '.join(str(value) for value, _ in one.choices)}."
    yield from hanging(" " * _INDENT, f"{one.help}{span}", out.width, indent=_INDENT)


def _written(value: Value) -> str:
    from inspector.settings.setting import written

    return visible(written(value))


_ACTIONS = (
    Subcommand(name="list", help="each setting with its value, source and meaning", run=_list),
    Subcommand(name="get", words=("NAME",), help="print the current value", run=_get),
    Subcommand(name="set", words=("NAME", "VALUE"), help="save a value in the settings file", run=_set),
    Subcommand(name="reset", words=("NAME",), help="restore the default", run=_reset),
    Subcommand(name="hosts", help="remote hosts that this file's captures may be sent to", run=_hosts),
    Subcommand(name="revoke", words=("HOST",), help="stop allowing this host", run=_revoke),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)


SETTINGS = Verb(
    name="settings",
    help="list, save and reset settings",
    description="List every setting with its value, its source (default, file or --set) and its meaning."
    " Saved settings are used by the window and by every command. `settings hosts` lists the remote hosts"
    " that were allowed for this file.",
    examples=(
        "webhook-inspector settings",
        "webhook-inspector settings set port 9000",
        "webhook-inspector settings reset port",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("settings", _ACTIONS),
    uses_secrets=False,
)
