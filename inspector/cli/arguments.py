"""The options that verbs share, and a parser whose complaints are sentences."""

from __future__ import annotations

import argparse
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.cli.output import standard_output

PROGRAM = "webhook-inspector"
MAX_ID = 2**63 - 1

_WORDS = (
    # argparse puts `argument --port: ` before the words of our own types, which go on from the name.
    (r"^argument (\S+): ignored explicit argument .*$", r"\1 takes no value"),
    (r"^argument (\S+): ", r"\1 "),
    (r"^the following arguments are required: (.*)$", r"What is missing: \1"),
    (r"^unrecognized arguments: (.*)$", r"Too much was given: \1"),
    (r"^ID ", "An ID "),
)
"""What argparse says, and how this program says it."""

IdRange = tuple[int, int]
"""First and last id, both included."""


class Parser(argparse.ArgumentParser):
    """As argparse's, but wrong usage is raised as one sentence, and options are never abbreviated."""

    def __init__(self, name: str | None = None, *, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=PROGRAM if name is None else f"{PROGRAM} {name}",
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Read the arguments; ids and options may stand in any order. Raises UsageError."""
        options, others = self.told_apart(arguments)
        return self.parse_args([*options, "--", *others] if others else options)

    def told_apart(self, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
        """The options, each in one word with its value, and all else. Raises UsageError.

        By itself argparse takes a value that begins with a dash for an option, and is lost where ids
        stand between options.
        """
        options: list[str] = []
        others: list[str] = []
        words = deque(arguments)
        while words:
            word = words.popleft()
            if word == "--":
                return options, [*others, *words]
            if re.match(r"-[^0-9]", word) is None:
                others.append(word)
                continue
            name = word.partition("=")[0]
            action = self._option_string_actions.get(name)
            if action is None:
                raise UsageError(f"There is no option {name}; `{self.prog} --help` shows what there is.")
            if action.nargs is None and word == name:
                if not words or self._is_option(words[0]):
                    raise UsageError(f"{name} needs a value: {name} {action.metavar}.")
                word = f"{name}={words.popleft()}"
            elif action.nargs == "?" and word == name and words and _can_be_read(action, words[0]):
                word = f"{name}={words.popleft()}"
            options.append(word)
        return options, others

    def error(self, message: str) -> NoReturn:
        """Called by argparse with its own words."""
        said = message
        for pattern, ours in _WORDS:
            said = re.sub(pattern, ours, said)
        raise UsageError(f"{said.rstrip('.')}; `{self.prog} --help` shows what there is.")

    def _is_option(self, word: str) -> bool:
        """Whether a word names one of this verb's options; any other may be a value."""
        return word.startswith("--") and word.partition("=")[0] in self._option_string_actions

    def _print_message(self, message: str, file: object = None) -> None:
        """How argparse prints `--help` and `--version`."""
        out = standard_output(is_json=False)
        out.lines(message.removesuffix("\n").split("\n"))
        if out.trouble is not None:
            raise InspectorError(out.trouble)


def _can_be_read(action: argparse.Action, word: str) -> bool:
    """Whether a word is a value of an option that may have one."""
    try:
        return callable(action.type) and action.type(word) is not None
    except argparse.ArgumentTypeError:
        return False


def add_database(parser: argparse.ArgumentParser) -> None:
    """`--database` and `--set`."""
    parser.add_argument(
        "--database",
        metavar="FILE",
        type=_database,
        help="the file that captures are kept in (default: one in the platform's data folder)",
    )
    add_settings(parser)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """`--set`."""
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        type=_assignment,
        action="append",
        help="a setting for this run only; repeatable",
    )


def add_secrets(parser: argparse.ArgumentParser) -> None:
    """Where secrets come from. A secret itself is never an argument: other users could read it."""
    group = parser.add_argument_group(
        "secrets", "Any of these, each repeatable, replaces the default: the variable BLITZ_WEBHOOK_SECRET."
    )
    group.add_argument(
        "--secret-env",
        metavar="NAME",
        type=_name,
        action="append",
        help="the value of an environment variable",
    )
    group.add_argument(
        "--secret-file",
        metavar="FILE",
        type=file_path,
        action="append",
        help="the content of a file, without one final newline",
    )
    group.add_argument(
        "--secret-keyring",
        metavar="LABEL",
        type=_name,
        action="append",
        help="a secret that the window saved in the system keyring",
    )


def add_address(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    parser.add_argument(
        "--host", metavar="ADDRESS", type=_name, help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port",
        metavar="PORT",
        type=whole("a port", 0, 65535),
        help="port to listen on (default: 8787); 0 picks a free one",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """Text for people, JSON lines for programs."""
    parser.add_argument(
        "--format",
        metavar="{text,json}",
        type=_format,
        default="text",
        help="text to read, or one JSON object a line (default: text)",
    )


def add_filter(parser: argparse.ArgumentParser) -> None:
    """`--filter`."""
    from inspector.domain.query.fields import FIELDS

    parser.add_argument(
        "--filter",
        metavar="QUERY",
        type=query,
        help='those that match: words, "phrases", AND, OR, NOT, -, ( ), and the fields below',
    )
    width = max(len(name) for name in FIELDS) + 2
    rows = [f"  {f'{field.name}:':<{width}}{field.help} ({field.example})" for field in FIELDS.values()]
    parser.epilog = "\n".join(("fields of a filter, as in the window's search box:", *rows))


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which captures: ids, else a filter, else all of them."""
    parser.add_argument(
        "ids", metavar="ID", nargs="*", type=id_range, help="a capture's number, or a range such as 17..20"
    )
    add_filter(parser)
    parser.add_argument(
        "--limit", metavar="N", type=whole("a number", 1, MAX_ID), help="only the newest N of them"
    )


def add_target(parser: argparse.ArgumentParser, *, to: str, is_required: bool = True) -> None:
    """Where to send; `to` is the help on it."""
    parser.add_argument("--to", metavar="URL", required=is_required, help=to)
    add_allowed_hosts(parser)


def add_allowed_hosts(parser: argparse.ArgumentParser) -> None:
    """`--allow-host`."""
    parser.add_argument(
        "--allow-host",
        metavar="HOST",
        type=_name,
        action="append",
        help="a host that is not this machine and may be sent to; repeatable",
    )


def id_range(text: str) -> IdRange:
    """`17` or `17..20`."""
    match = re.fullmatch(r"([0-9]{1,19})(?:\.\.([0-9]{1,19}))?", text, re.ASCII)
    first = int(match[1]) if match else 0
    last = int(match[2]) if match and match[2] else first
    if not 1 <= first <= last <= MAX_ID:
        raise argparse.ArgumentTypeError(f"is a capture's number, or a range such as 17..20, not {text!r}")
    return first, last


def file_path(text: str) -> Path:
    """A file's name; an empty one, as of a variable that is not set, would be the folder one is in."""
    return Path(_name(text))


def at_once(text: str) -> int:
    """How many attempts are under way at a time."""
    return whole("a number", 1, 256)(text)


def single_id(text: str) -> int:
    """One capture's number."""
    if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) and 1 <= int(text) <= MAX_ID:
        return int(text)
    raise argparse.ArgumentTypeError(f"is one capture's number, not {text!r}")


def _database(text: str) -> Path:
    path = file_path(text)
    if os.path.exists(path) and not os.path.isfile(path):
        what = "a folder" if os.path.isdir(path) else "a device or the like"
        raise InspectorError(f"{visible(text)} is {what}; name a file for --database.")
    return path


def _name(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("takes a name, and an empty one was given")
    return text


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"takes NAME=VALUE, such as port=9000, not {text!r}")
    return name, value


def query(text: str) -> str:
    """A filter that can be read; raises UsageError, which says where it cannot."""
    from inspector.domain.query import QueryError, parse

    try:
        parse(text)
    except QueryError as error:
        wrong = visible(text[error.position : error.position + min(error.length, 40)])
        where = f"at `{wrong}`, character {error.position + 1}" if wrong else "at its end"
        raise UsageError(f"The filter cannot be read {where}: {error}") from error
    return text


def whole(what: str, low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds; `what` they are is said where one is wrong."""
    span = f"of at least {low}" if high == MAX_ID else f"from {low} to {high}"

    def read(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"takes {what} {span}, not {text!r}")

    return read


def _format(text: str) -> str:
    if text not in ("text", "json"):
        raise argparse.ArgumentTypeError(f"takes text or json, not {text!r}")
    return text
