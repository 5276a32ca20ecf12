"""A parser with this program's errors and help pages."""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import textwrap
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from inspector.base.errors import InspectorError, UsageError, did_you_mean
from inspector.base.visible import shortened, visible
from inspector.cli.output.streams import standard_output

PROGRAM = "webhook-inspector"

_MAX_WIDTH = 100
"""Maximum columns of a help page: longer lines are harder to read."""
_MIN_WIDTH = 40
_MAX_QUOTED = 60
"""Maximum characters of the user's text that an error quotes."""
# Their value must not be an argument, because other users can see the arguments of every process.
_SECRET_OPTIONS = ("--secret", "--secrets", "--webhook-secret", "--signing-secret")
_NOT_AN_ARGUMENT = (
    "A secret is never an argument, because other users of this machine can read arguments."
    " Use --secret-env NAME, --secret-file FILE or --secret-keyring LABEL."
)
_COUNTS = {None: (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}
"""How many words an argument takes, by its `nargs`."""

log = logging.getLogger(__name__)


class ExpectedValue(argparse.ArgumentTypeError):
    """Raised by an option's `type` for a value that it cannot read.

    Its text names what the option takes, such as `a port from 0 to 65535`.
    """


class UnknownOption(UsageError):
    """Raised for an option that this parser does not accept."""

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.name = name


class OptionSection(NamedTuple):
    """A group of arguments and options: each with its values, and its help."""

    title: str
    description: str | None
    rows: Sequence[tuple[str, str]]


class Parser(argparse.ArgumentParser):
    """An argparse parser with errors in one sentence, ids and options in any order, and no abbreviations."""

    def __init__(
        self,
        name: str | None = None,
        *,
        description: str,
        examples: Sequence[str] = (),
        has_tables_first: bool = False,
    ) -> None:
        super().__init__(
            prog=PROGRAM if name is None else f"{PROGRAM} {name}",
            description=description,
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self.tables: list[tuple[str, Sequence[tuple[str, str]]]] = []
        """Titles and rows on the help page."""
        self.has_tables_first = has_tables_first
        """Whether the tables come before the options."""
        self.action_words: Mapping[str, Sequence[str]] = {}
        """For a verb with actions, such as `targets add NAME URL`: the arguments of each action."""
        self.examples = examples
        self._has_name = name is not None
        self._positionals.title = "arguments"

    @property
    def option_names(self) -> tuple[str, ...]:
        """The long names of the options on the help page."""
        return tuple(
            name
            for name, action in self._option_string_actions.items()
            if name.startswith("--") and action.help is not argparse.SUPPRESS
        )

    def option(self, name: str) -> argparse.Action | None:
        """Return the option of this name."""
        return self._option_string_actions.get(name)

    def argument(self, position: int) -> argparse.Action | None:
        """Return the argument that takes the word at this position among those that are not options."""
        for action in self._positional_actions():
            most = _COUNTS[action.nargs][1]  # type: ignore[index]
            if most is None or position < most:
                return action
            position -= most
        return None

    def section(self, title: str, description: str | None = None) -> argparse._ArgumentGroup:
        """Return the group of options with this title on the help page. The first call adds it."""
        found = next((group for group in self._action_groups if group.title == title), None)
        return found or self.add_argument_group(title, description)

    def visible_sections(self) -> Iterator[OptionSection]:
        """Yield the groups of arguments and options on the help page."""
        for group in self._action_groups:
            rows = [
                (_invocation(action), (action.help or "").replace("%%", "%"))
                for action in group._group_actions
                if action.help is not argparse.SUPPRESS
            ]
            if rows:
                yield OptionSection(group.title or "", group.description, rows)

    def has_option(self, name: str) -> bool:
        """Return whether this parser accepts an option of this name."""
        return name in self._option_string_actions

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Read the arguments, with ids and options in any order. Raises UsageError."""
        options, others = self.split(arguments)
        for option in options:
            if option in ("-h", "--help", "--version"):
                return self.parse_args([option])
        self._check_count(others)
        self._check_required(options)
        return self.parse_args([*options, "--", *others] if others else options)

    def split(self, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the options, each as one word with its value, and the other words. Raises UsageError.

        Argparse itself would read a value that begins with a dash as an option, and cannot parse ids between
        options.
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
                raise self.unknown_option(name)
            if action.nargs == 0 and word != name:
                raise UsageError(f"{name} does not take a value. Use {name} without `=`.")
            if action.nargs is None and word == name:
                if not words or self._is_option(words[0]):
                    raise UsageError(f"Missing value: {name} {action.metavar}.{self._see_help()}")
                word = f"{name}={words.popleft()}"
            if action.nargs == "?" and word == name and words and not self._is_option(words[0]):
                word = f"{name}={words.popleft()}"
            options.append(word)
        return options, others

    def unknown_option(self, name: str) -> UnknownOption:
        """Return the error for an option that this parser does not accept."""
        if name in _SECRET_OPTIONS:
            return UnknownOption(f"Unknown option {quoted(name)}. {_NOT_AN_ARGUMENT}", name)
        guess = did_you_mean(name, self.option_names) if name.startswith("--") else ""
        return UnknownOption(f"Unknown option {quoted(name)}.{guess or self._see_help()}", name)

    def _formatted_tables(self, width: int) -> list[str]:
        """Return the tables, all with the same columns. A long text wraps in its own column."""
        indent = 4 + max((len(name) for _, rows in self.tables for name, _ in rows), default=0)
        tables = []
        for title, rows in self.tables:
            lines = [_wrapped(f"{title}:", width)]
            for name, text in rows:
                first, *more = textwrap.wrap(text, max(20, width - indent), break_on_hyphens=False)
                lines += [f"  {name:<{indent - 2}}{first}", *(" " * indent + line for line in more)]
            tables.append("\n".join(lines))
        return tables

    def error(self, message: str) -> NoReturn:
        """Raise UsageError. Argparse calls this for a mistake that `parse` did not find first."""
        log.error("unexpected message of argparse: %s", message)
        raise UsageError(f"The arguments cannot be read.{self._see_help()}")

    def format_usage(self) -> str:
        """Return one line with the required arguments."""
        words = [self.prog] if self._has_name else [self.prog, "[COMMAND]"]
        if self.action_words:
            words.append("[ACTION …]")
        for action in self._positional_actions():
            if action.help is argparse.SUPPRESS:
                continue
            least, most = _COUNTS[action.nargs]  # type: ignore[index]
            word = f"{_name(action)}{'' if most else ' …'}"
            words.append(word if least else f"[{word}]")
        words += [f"{_long(action)} {action.metavar}" for action in self._actions if _is_required(action)]
        return " ".join((*words, "[options]"))

    def format_help(self) -> str:
        """Return the whole help page, at the width of the terminal."""
        width = _page_width()
        parts = [_wrapped(f"Usage: {self.format_usage()}", width, indent="    ")]
        parts += [_wrapped(one, width) for one in (self.description or "").split("\n\n") if one]
        formatter = self._get_formatter()
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(group._group_actions)
            formatter.end_section()
        options = [formatter.format_help().strip("\n")]
        tables = self._formatted_tables(width)
        parts += [*tables, *options] if self.has_tables_first else [*options, *tables]
        if self.examples:
            parts.append("\n".join(("examples:", *(f"  {line}" for line in self.examples))))
        return "\n\n".join(part for part in parts if part) + "\n"

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Read one value. Argparse calls this, and would show its own message for a mistake."""
        try:
            return arg_string if action.type is None else action.type(arg_string)  # type: ignore[operator]
        except ExpectedValue as error:
            raise UsageError(f"{_invalid(action, arg_string)} Use {error}.") from None
        except (argparse.ArgumentTypeError, TypeError, ValueError):
            raise UsageError(f"{_invalid(action, arg_string)}{self._see_help()}") from None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a word that is not one of the choices. Called by argparse."""
        if action.choices is not None and value not in action.choices:
            hint = did_you_mean(str(value), map(str, action.choices)) or f" Use {_one_of(action)}."
            raise UsageError(f"{_invalid(action, str(value))}{hint}")

    def _positional_actions(self) -> list[argparse.Action]:
        return [action for action in self._actions if not action.option_strings]

    def _check_count(self, others: Sequence[str]) -> None:
        least, most = 0, 0
        for action in self._positional_actions():
            low, high = _COUNTS[action.nargs]  # type: ignore[index]
            least += low
            most += len(others) if high is None else high
            if least > len(others):
                what = _one_of(action) if action.choices else _name(action)
                raise UsageError(f"Missing argument: {what}.{self._see_help()}")
        if len(others) > most:
            word = others[most]
            hint = f" Use --port {word}." if word.isdigit() and self.has_option("--port") else ""
            raise UsageError(f"Unexpected argument {quoted(word)}.{hint or self._see_help()}")

    def _check_required(self, options: Sequence[str]) -> None:
        given = {option.partition("=")[0] for option in options}
        for action in self._actions:
            if _is_required(action) and not given.intersection(action.option_strings):
                raise UsageError(f"Missing option: {_long(action)} {action.metavar}.{self._see_help()}")
        for group in self._mutually_exclusive_groups:
            names = [_long(action) for action in group._group_actions]
            used = [name for name in names if name in given]
            if len(used) > 1:
                raise UsageError(f"{used[0]} cannot be used with {used[1]}. Use one of them.")
            if group.required and not used:
                raise UsageError(f"Missing option: {_either(names)}.{self._see_help()}")

    def _see_help(self) -> str:
        return f" See `{self.prog} --help`."

    def _is_option(self, word: str) -> bool:
        """Return whether a word names an option of this verb. Any other word can be a value."""
        return word.startswith("--") and word.partition("=")[0] in self._option_string_actions

    def _print_message(self, message: str, file: object = None) -> None:
        """Print `--help` or `--version`. Called by argparse."""
        out = standard_output(is_json=False)
        out.lines(message.removesuffix("\n").split("\n"))
        if out.trouble is not None:
            raise InspectorError(out.trouble)


class _HelpFormatter(argparse.HelpFormatter):
    """Argparse's two columns, at the width of the page."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=_page_width())

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Wrap a help text without breaking a path at a hyphen. Called by argparse."""
        return textwrap.wrap(text, width, break_on_hyphens=False)


def _page_width() -> int:
    """Return COLUMNS or the width of the terminal, within limits, or 80."""
    return max(_MIN_WIDTH, min(_MAX_WIDTH, shutil.get_terminal_size().columns))


def _wrapped(text: str, width: int, *, indent: str = "") -> str:
    return textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _invocation(action: argparse.Action) -> str:
    """Return an argument or option as it is written: `ID …`, `-h, --help`, `--limit N`."""
    if not action.option_strings:
        return _name(action) if _COUNTS[action.nargs][1] else f"{_name(action)} …"  # type: ignore[index]
    value = "" if action.nargs == 0 else f" [{_name(action)}]" if action.nargs == "?" else f" {_name(action)}"
    return f"{', '.join(action.option_strings)}{value}"


def _is_required(action: argparse.Action) -> bool:
    return bool(action.required and action.option_strings)


def _long(action: argparse.Action) -> str:
    return max(action.option_strings, key=len)


def _name(action: argparse.Action) -> str:
    return str(action.metavar or action.dest)


def _one_of(action: argparse.Action) -> str:
    return _either([str(choice) for choice in action.choices or ()])


def _either(words: Sequence[str]) -> str:
    """Return `check, recount or compact`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _invalid(action: argparse.Action, value: str) -> str:
    """Return the first sentence of the error for a value that cannot be read."""
    if action.option_strings:
        return f"Invalid value {quoted(value)} for {_long(action)}."
    return f"Invalid {_name(action)} {quoted(value)}."


def quoted(word: str) -> str:
    """Return a word of the user as errors quote it: short, on one line, in single quotes."""
    return f"'{visible(shortened(word, _MAX_QUOTED))}'"
