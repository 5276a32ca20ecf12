"""`targets`: list, add, change and remove named targets."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible, visible_bytes
from inspector.cli.input import read_hidden
from inspector.cli.output.streams import is_terminal_input
from inspector.cli.output.tables import aligned
from inspector.cli.parser import ExpectedValue, Parser
from inspector.cli.replay_options import add_destination, headers_of, number, readable
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.session import Session
    from inspector.session.targets import NamedTarget

# What --without removes, by its word: fields of NamedTarget with their empty values.
_PARTS: dict[str, dict[str, Any]] = {
    "headers": {"headers": (), "missing": ()},
    "ca": {"authority": None},
    "cert": {"certificate": None},
    "key": {"key": None},
    "seconds": {"connect_s": None, "answer_s": None},
    "mark": {"has_marker": False},
}


async def _list(call: Call) -> int:
    from inspector.session.records.sending import target_record

    async with call.session(create=False) as session:
        names = [target.name for target in session.targets.names()]
        targets = [await session.targets.whole(name) for name in names]
    found = [target for target in targets if target is not None]
    if call.out.is_json:
        call.out.records(map(target_record, found))
        return 0
    if not found:
        call.out.say("No targets. Add one with `targets add NAME URL`.")
    call.out.lines(
        aligned([(visible(one.name), visible(one.url), _details(one)) for one in found], call.out.width)
    )
    return 0


async def _add(call: Call) -> int:
    from inspector.session.targets import NamedTarget

    name, url = call.arguments.words
    async with call.session(create=True) as session:
        target = await _edited(call, session, NamedTarget(name=name, url=url))
        return await _save(call, session, target, replaces=None)


async def _change(call: Call) -> int:
    name = call.arguments.words[0]
    async with call.session(create=False) as session:
        session.targets.check_known(name)
        old = await session.targets.whole(name)
        assert old is not None
        target = await _edited(call, session, old)
        if target == old:
            raise UsageError("Nothing to change. Use an option such as --url URL.")
        if target.missing and not target.headers:
            raise InspectorError(
                f"The values of these headers are not available: {', '.join(map(visible, target.missing))}."
                " Give them again with --header-file, or use --without headers."
            )
        return await _save(call, session, target, replaces=name)


async def _remove(call: Call) -> int:
    name = call.arguments.words[0]
    async with call.session(create=False) as session:
        session.targets.check_known(name)
        await session.targets.remove(name)
    if call.out.is_json:
        call.out.record({"name": name, "removed": True})
    else:
        call.out.line(f"Removed the target {visible(name)}.")
    return 0


async def _save(call: Call, session: Session, target: NamedTarget, *, replaces: str | None) -> int:
    from inspector.session.records.sending import target_record

    if target.headers:
        await session.targets.check_keyring()
    problem = await session.targets.save(target, replaces=replaces)
    if problem is not None:
        raise InspectorError(problem)
    saved = session.targets.find(target.name.strip())
    assert saved is not None
    if call.out.is_json:
        call.out.record(target_record(saved))
    else:
        call.out.line(f"Saved the target {visible(saved.name)}: {visible(saved.url)}.")
    return 0


async def _edited(call: Call, session: Session, target: NamedTarget) -> NamedTarget:
    """Return the target with the changes of the command line."""
    chosen = call.arguments
    for part in chosen.without or ():
        target = replace(target, **_PARTS[part])
    changes = {
        "name": chosen.rename,
        "url": chosen.url,
        "authority": readable(chosen.ca),
        "certificate": readable(chosen.cert),
        "key": readable(chosen.key),
        "connect_s": chosen.connect_seconds,
        "answer_s": chosen.answer_seconds,
        "has_marker": chosen.mark or None,
    }
    target = replace(target, **{name: value for name, value in changes.items() if value is not None})
    if chosen.header_file is not None:
        target = replace(target, headers=await headers_of(chosen), missing=())
    if chosen.header or chosen.header_env:
        await session.targets.check_keyring()  # before the user types a value
        own = await _typed(call, chosen)
        names = {name.lower() for name, _ in own}
        kept = tuple(pair for pair in target.headers if pair[0].lower() not in names)
        left = tuple(name for name in target.missing if name.lower().encode() not in names)
        if left:
            raise InspectorError(f"The values of {', '.join(map(visible, left))} are also not available.")
        target = replace(target, headers=(*kept, *own), missing=())
    return target


async def _typed(call: Call, chosen: Namespace) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers whose values come from the environment or a prompt."""
    found: list[tuple[str, str]] = []
    for name, variable in chosen.header_env or ():
        value = os.environ.get(variable)
        if value is None:
            raise InspectorError(f"The environment variable {visible(variable)} is not set.")
        found.append((name, value))
    for name in chosen.header or ():
        if not is_terminal_input():
            raise UsageError(
                f"The value of {visible(name)} cannot be asked for without a terminal. Use --header-file or"
                " --header-env."
            )
        found.append((name, await read_hidden(call.out, f"Value of {visible(name)} (not shown): ")))
    return tuple((name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in found)


def _details(target: NamedTarget) -> str:
    """Return the options of a target in words, without the values of headers."""
    names = [visible_bytes(name) for name, _ in target.headers]
    missing = ", ".join(map(visible, target.missing))
    said = [
        f"headers {', '.join(names)}" if names else "",
        f"headers without values: {missing}" if missing else "",
        f"CA {visible(str(target.authority))}" if target.authority else "",
        f"certificate {visible(str(target.certificate))}" if target.certificate else "",
        f"key {visible(str(target.key))}" if target.key else "",
        f"connects in {target.connect_s:g} s" if target.connect_s else "",
        f"responds in {target.answer_s:g} s" if target.answer_s else "",
        "marked" if target.has_marker else "",
    ]
    return ", ".join(filter(None, said))


def _header_name(text: str) -> str:
    if not text or re.search(r"[\s:=]", text):  # Authorization: Bearer …, or with =
        raise UsageError(
            "Invalid --header: it takes only a name, because other users can see command lines. Use --header"
            " NAME, and the value is asked for."
        )
    return text


def _header_env(text: str) -> tuple[str, str]:
    name, equals, variable = text.partition("=")
    if not equals or re.search(r"^$|[\s:]", name) or re.search(r"^$|\s", variable):
        # The text is not quoted, because it may be a value by mistake.
        raise UsageError("Invalid --header-env. Use NAME=VARIABLE, such as Authorization=STAGING_TOKEN.")
    return name, variable


def _part(text: str) -> str:
    if text not in _PARTS:
        raise ExpectedValue(f"one of {', '.join(_PARTS)}")
    return text


_CONNECTION = (
    *("--header-file", "--header", "--header-env", "--ca", "--cert", "--key"),
    *("--connect-seconds", "--answer-seconds", "--mark"),
)
_ACTIONS = (
    Subcommand(name="list", help="names, URLs and options, never header values", run=_list),
    Subcommand(name="add", words=("NAME", "URL"), help="save a target", run=_add, options=_CONNECTION),
    Subcommand(
        name="change",
        words=("NAME",),
        help="change its name, URL or options",
        run=_change,
        options=("--url", "--rename", "--without", *_CONNECTION),
    ),
    Subcommand(name="remove", words=("NAME",), help="remove it with its header values", run=_remove),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    parser.add_argument("--url", metavar="URL", help="new URL")
    parser.add_argument("--rename", metavar="NAME", help="new name")
    parser.add_argument(
        "--without",
        metavar="PART",
        type=_part,
        action="append",
        help=f"remove an option: {', '.join(_PARTS)}; repeatable",
    )
    add_destination(parser, "connection to the target", values="replaces all its headers")
    parser.add_argument(
        "--header",
        metavar="NAME",
        type=_header_name,
        action="append",
        help="header to add; you are asked for its value; repeatable",
    )
    parser.add_argument(
        "--header-env",
        metavar="NAME=VARIABLE",
        type=_header_env,
        action="append",
        help="header whose value is in an environment variable; repeatable",
    )
    for name, what in (("connect", "to connect"), ("answer", "to respond")):
        parser.add_argument(
            f"--{name}-seconds",
            metavar="N",
            type=number,
            help=f"maximum seconds {what} (default: the setting {name}_seconds)",
        )
    parser.add_argument(
        "--mark", action="store_true", help="add the header x-webhook-inspector-replay to each request"
    )


TARGETS = Verb(
    name="targets",
    help="list, add, change and remove named targets",
    description="Manage named targets: a URL with its own headers, certificates and time limits. `replay`,"
    " `sample` and `check` take a name for --to. The values of headers are stored in the system keyring.",
    examples=(
        "webhook-inspector targets add staging https://staging.example/hook",
        "webhook-inspector targets change staging --header Authorization",
        "webhook-inspector replay 17 --to staging",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("targets", _ACTIONS),
    uses_secrets=False,
)
