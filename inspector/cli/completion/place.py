"""What may be typed at the end of an unfinished command line."""

from __future__ import annotations

import re
from argparse import Action
from collections.abc import Sequence
from dataclasses import dataclass, field

from inspector.cli.early import verb_place
from inspector.cli.parser import Parser
from inspector.cli.verb import Verb, program_parser


@dataclass(slots=True, kw_only=True)
class CommandPlace:
    """The end of a command line: what is known of the words before it."""

    verb: Verb | None
    """None before the command."""
    parser: Parser
    action: Action | None = None
    """The option or argument whose value is typed. None if only an option or a command can follow."""
    words: list[str] = field(default_factory=list)
    """The words before it that are not options."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """The options before it, with their values."""

    @property
    def is_option_value(self) -> bool:
        """Whether `action` is an option, so that its value can follow."""
        return self.action is not None and bool(self.action.option_strings)

    @property
    def may_end_option(self) -> bool:
        """Whether another option can follow instead of a value."""
        return not self.is_option_value or (self.action is not None and self.action.nargs == "?")


def place_after(words: Sequence[str], verbs: Sequence[Verb]) -> CommandPlace | None:
    """Return the place after these words, or None if they contain a mistake."""
    index = verb_place(words)
    if index is None:
        return _read(CommandPlace(verb=None, parser=program_parser(verbs)), words)
    verb = next((verb for verb in verbs if verb.name == words[index]), None)
    if verb is None:
        return None
    return _read(CommandPlace(verb=verb, parser=verb.parser()), [*words[:index], *words[index + 1 :]])


def _read(place: CommandPlace, words: Sequence[str]) -> CommandPlace | None:
    waiting: str | None = None
    is_optional = False
    for word in words:
        if waiting is not None and not (is_optional and word.startswith("-")):
            place.options[waiting].append(word)
            waiting = None
        elif re.match(r"-[^0-9]", word) is None:
            place.words.append(word)
        else:
            name, equals, value = word.partition("=")
            action = place.parser.option(name)
            if action is None:
                return None
            place.options.setdefault(name, []).extend([value] if equals else [])
            is_optional = action.nargs == "?"
            waiting = name if (action.nargs is None or is_optional) and not equals else None
    if waiting is not None:
        place.action = place.parser.option(waiting)
    elif place.verb is not None:
        place.action = place.parser.argument(len(place.words))
    return place
