"""`settings`: list, print, save and reset settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inspector.base.visible import visible
from inspector.cli.output.columns import wrapped
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.settings.table import written

if TYPE_CHECKING:
    from inspector.session.preferences import Preference, Preferences

_INDENT = 4


def _preferences(call: Call) -> Preferences:
    from inspector.session.preferences import Preferences
    from inspector.settings.settings import Settings

    return Preferences(Settings(call.options().settings))


async def _list(call: Call) -> int:
    out, part = call.out, None
    preferences = _preferences(call)
    out.say_block(preferences.warnings)
    for one in preferences.all():
        if out.is_json:
            out.record(_record(one))
            continue
        if one.part != part:
            out.line(out.paint(f"{'' if part is None else chr(10)}{one.part}", "strong"))
            part = one.part
        out.lines(_lines(out, one))
    return 0


async def _get(call: Call) -> int:
    one = _preferences(call).find(call.arguments.words[0])
    if call.out.is_json:
        call.out.record(_record(one))
    else:
        call.out.line(visible(written(one.in_force)))
    return 0


async def _set(call: Call) -> int:
    name, value = call.arguments.words
    return await _save(call, name, value)


async def _reset(call: Call) -> int:
    return await _save(call, call.arguments.words[0], None)


async def _save(call: Call, name: str, text: str | None) -> int:
    await _preferences(call).save(name, text)
    one = _preferences(call).find(name)  # as the next program reads it
    if call.out.is_json:
        call.out.record(_record(one))
        return 0
    done = "Reset" if text is None else "Saved"
    value = visible(written(one.saved))
    call.out.line(f"{done} {one.name} = {value}. A running program uses it after a restart.")
    return 0


def _lines(out: Output, one: Preference) -> Iterator[str]:
    value = visible(written(one.in_force))
    default = "" if one.in_force == one.default else f", default {visible(written(one.default))}"
    yield f"  {out.paint(one.name, 'strong')} = {value} ({one.source}{default})"
    span = f" Range: {one.span}." if one.span else ""
    for line in wrapped(f"{one.help}{span}", out.width, indent=_INDENT):
        yield f"{' ' * _INDENT}{line}"


def _record(one: Preference) -> dict[str, Any]:
    return {
        "name": one.name,
        "value": one.in_force,
        "source": one.source,
        "saved": one.saved,
        "default": one.default,
        "range": one.span or None,
        "live": one.is_live,
        "part": one.part,
        "help": one.help,
    }


_ACTIONS = (
    Subcommand(name="list", help="each setting with its value, source and meaning", run=_list),
    Subcommand(name="get", words=("NAME",), help="print the current value", run=_get),
    Subcommand(name="set", words=("NAME", "VALUE"), help="save a value in the settings file", run=_set),
    Subcommand(name="reset", words=("NAME",), help="restore the default", run=_reset),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)


SETTINGS = Verb(
    name="settings",
    help="list, save and reset settings",
    description="List every setting with its value, its source (default, file or --set) and its meaning."
    " Saved settings are used by the window and by every verb.",
    examples=(
        "webhook-inspector settings",
        "webhook-inspector settings set port 9000",
        "webhook-inspector settings reset port",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("settings", _ACTIONS),
    uses_secrets=False,
)
