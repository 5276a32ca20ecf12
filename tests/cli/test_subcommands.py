"""The actions of a verb: the first is the default, and each refuses what it does not take."""

from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.cli.main import VERBS
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from tests.cli.calls import use


async def _say(call: Call) -> int:
    call.out.line(f"{call.arguments.action} {call.arguments.words}")
    return 0


_ACTIONS = (
    Subcommand(name="list", help="list", run=_say),
    Subcommand(name="add", words=("NAME",), help="add", run=_say, options=("--from-file",)),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    parser.add_argument("--from-file", metavar="FILE", help="file")


_VERB = Verb(
    name="things",
    help="things",
    description="Things.",
    examples=(),
    add_arguments=_add_arguments,
    run=run_subcommand("things", _ACTIONS),
)


async def test_without_an_action_it_lists() -> None:
    assert (await use(_VERB)).text == "None []\n"
    assert (await use(_VERB, "add", "x", "--from-file", "f")).text == "add ['x']\n"
    assert (await use(_VERB, "--from-file", "f", "add", "--", "-x")).text == "add ['-x']\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ad", "x"), "Did you mean|Use list or add"),
        (("add",), "Missing argument: NAME"),
        (("add", "x", "y\x1b"), r"Unexpected argument 'y\\x1b'"),
        (("--from-file", "f"), "--from-file cannot be used with `things list`"),
    ],
)
async def test_what_an_action_does_not_take_is_wrong_usage(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        await use(_VERB, *words)


def test_each_action_is_on_the_help_page() -> None:
    for verb in VERBS:
        parser = verb.parser()
        actions = next((one for one in parser._actions if one.dest == "action"), None)
        for name in actions.choices or () if actions else ():
            assert f"\n  {name}" in parser.format_help(), (verb.name, name)
