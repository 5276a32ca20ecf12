"""Verbs with actions, such as `secrets add NAME`: the first word is the action, and without one they list."""

from __future__ import annotations

import argparse
import shlex
from argparse import Namespace
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from inspector.base.errors import UsageError
from inspector.cli.parser import PROGRAM, Parser, quoted

if TYPE_CHECKING:
    from inspector.cli.verb import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand:
    """One action of a verb."""

    name: str
    words: tuple[str, ...] = ()
    """Names of the arguments after it. All are required."""
    help: str
    run: Callable[[Call], Coroutine[Any, Any, int]]
    """Returns the exit status. `arguments.words` has the values of `words`, in their order."""
    if_more: str | None = None
    """The error for further words, if they must not be quoted, such as a secret."""
    last_word: Literal["one", "several", "any"] = "one"
    """With `several`, the last argument may be several words without quotes. With `any`, it may also be
    left out."""
    options: tuple[str, ...] = ()
    """Options of this verb that this action takes, such as `--url`. Other actions refuse them."""


def add_subcommands(parser: Parser, subcommands: Sequence[Subcommand]) -> None:
    """Add the arguments `action` and `words`. The first subcommand is the default."""
    names = tuple(one.name for one in subcommands)
    parser.add_argument("action", metavar="ACTION", nargs="?", choices=names, help=argparse.SUPPRESS)
    parser.add_argument("words", metavar="ARGUMENT", nargs="*", help=argparse.SUPPRESS)
    rows = [(" ".join((one.name, *_shown_words(one))), one.help) for one in subcommands]
    parser.tables.append((f"actions ({names[0]} is the default)", rows))
    parser.action_words = {one.name: one.words for one in subcommands}
    parser.has_tables_first = True


def run_subcommand(
    verb: str, subcommands: Sequence[Subcommand]
) -> Callable[[Call], Coroutine[Any, Any, int]]:
    """Return the `run` of a verb with these actions."""

    async def run(call: Call) -> int:
        return await _selected(verb, subcommands, call.arguments).run(call)

    return run


def _shown_words(one: Subcommand) -> Sequence[str]:
    return (*one.words[:-1], f"[{one.words[-1]}]") if one.last_word == "any" else one.words


def _joined(one: Subcommand, given: list[str]) -> list[str]:
    """Return the arguments of an action, the last of which can be several words."""
    if one.last_word == "one" or not one.words:
        return given
    place = len(one.words) - 1
    if len(given) <= place:
        return [*given, ""] if one.last_word == "any" and len(given) == place else given
    last = given[place:]
    return [*given[:place], last[0] if len(last) == 1 else shlex.join(last)]


def _selected(verb: str, subcommands: Sequence[Subcommand], chosen: Namespace) -> Subcommand:
    """Return the action of a command line. Raises UsageError for words or options that it does not take."""
    name = chosen.action or subcommands[0].name
    action = next(one for one in subcommands if one.name == name)
    see = f" See `{PROGRAM} {verb} --help`."
    given: list[str] = _joined(action, chosen.words)
    chosen.words = given
    if len(given) < len(action.words):
        raise UsageError(f"Missing argument: {action.words[len(given)]}.{see}")
    if len(given) > len(action.words) and action.if_more is not None:
        raise UsageError(action.if_more)
    if len(given) > len(action.words):
        raise UsageError(f"Unexpected argument {quoted(given[len(action.words)])}.{see}")
    for option in {option for one in subcommands for option in one.options} - {*action.options}:
        if getattr(chosen, option.removeprefix("--").replace("-", "_")) not in (None, False, []):
            raise UsageError(f"{option} cannot be used with `{verb} {name}`.{see}")
    return action
