"""The words that fit at the end of a command line, from the parsers and from the capture file."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.cli.completion.place import CommandPlace, place_after
from inspector.cli.output.streams import Output
from inspector.cli.verb import Call, Verb
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

_NEWEST = 50
"""Maximum ids, more than a user reads."""
_MAX_HELP = 60


class CompletionWord(NamedTuple):
    """A word that may be typed, with a few words about it."""

    text: str
    help: str = ""


class Completions(NamedTuple):
    """Words that complete the typed one; or the shell completes the name of a file after `prefix`."""

    words: Sequence[CompletionWord] = ()
    takes_file: bool = False
    prefix: str = ""


async def completions(call: Call, words: Sequence[str], typed: str) -> Completions:
    """Return what may follow `words` and begins with `typed`. A file that cannot be read offers nothing."""
    place = place_after(words, call.verbs)
    if place is None:
        return Completions()
    prefix = ""
    if place.may_end_option and typed.startswith("-"):
        name, equals, value = typed.partition("=")
        if not equals:
            return Completions(_beginning(_options(place), typed))
        place.action, prefix, typed = place.parser.option(name), f"{name}=", value
        if place.action is None or place.action.nargs == 0:
            return Completions()
    if place.verb is None and not place.is_option_value and not prefix:
        return Completions(_beginning([CompletionWord(verb.name, verb.help) for verb in call.verbs], typed))
    kind = _kind(place)
    if kind == "FILE":
        return Completions(takes_file=True, prefix=prefix)
    try:
        found = await _values(_Source(call, place, kind, typed))
    except InspectorError:
        found = ()
    if not found and not typed and not prefix and not place.is_option_value:
        found = _options(place)
    return Completions([word._replace(text=prefix + word.text) for word in _beginning(found, typed)])


def _beginning(words: Iterable[CompletionWord], typed: str) -> list[CompletionWord]:
    """Return the words that begin with `typed`, without those that a terminal could obey."""
    return [
        CompletionWord(text, visible(help_)[:_MAX_HELP])
        for text, help_ in words
        if text.startswith(typed) and visible(text) == text
    ]


def _options(place: CommandPlace) -> list[CompletionWord]:
    """Return the options on the help page that may be given (again)."""
    found = []
    for name in place.parser.option_names:
        action = place.parser.option(name)
        assert action is not None
        if name not in place.options or "repeatable" in (action.help or ""):
            found.append(CompletionWord(name, action.help or ""))
    return found


def _kind(place: CommandPlace) -> str:
    """Return the name of the value on the help page, such as `ID`; for an action, that of its argument."""
    if place.action is None:
        return ""
    if place.action.dest == "words" and place.words:
        names = place.parser.action_words.get(place.words[0], ())
        position = len(place.words) - 1
        return names[position] if position < len(names) else "RULE" if "RULE" in names[-1:] else ""
    return str(place.action.metavar or "")


class _Source:
    """The place on a command line, and the capture file that the line names."""

    def __init__(self, call: Call, place: CommandPlace, kind: str, typed: str) -> None:
        self._call = call
        self.place = place
        self.kind = kind
        self.typed = typed

    @property
    def verb(self) -> str:
        return "" if self.place.verb is None else self.place.verb.name

    @property
    def verbs(self) -> Sequence[Verb]:
        return self._call.verbs

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open the file of `--database` on the unfinished line. Nothing is printed."""
        named = self.place.options.get("--database")
        silent = Call(
            arguments=Namespace(database=_expanded(named[-1]) if named else None),
            out=Output(None, None),
            interruption=self._call.interruption,
        )
        async with silent.session(create=False) as session:
            yield session


def _expanded(name: str) -> Path:
    """Return the file that the shell would pass for `~/captures.db` or `$FILE`. No command is run."""
    return Path(os.path.expandvars(os.path.expanduser(name)))


async def _values(source: _Source) -> Iterable[CompletionWord]:
    action = source.place.action
    if action is not None and action.choices is not None:
        return [CompletionWord(str(choice)) for choice in action.choices]
    if "|" in source.kind:
        return map(CompletionWord, source.kind.split("|"))
    if source.kind == "NAME" and source.place.is_option_value:
        is_variable = action is not None and action.dest.endswith("env")
        return map(CompletionWord, sorted(os.environ)) if is_variable else ()
    values = _OF_ACTIONS.get((source.verb, source.kind)) or _KINDS.get(source.kind)
    return () if values is None else await values(source)


async def _ids(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        rows = session.captures.rows(session.captures.newest(EVERYTHING, _NEWEST))
        return [
            CompletionWord(
                str(id_), " ".join(filter(None, (row.verdict.word, row.survey_name, row.survey_id)))
            )
            for id_, row in rows.items()
        ]


async def _query(source: _Source) -> list[CompletionWord]:
    """Suggest as the search box of the window does. Only stored values need the file."""
    from inspector.domain.query.completion import known_suggestions, place_at

    typed = source.typed
    if typed.startswith("@"):
        return [CompletionWord(f"@{one.text}", one.help) for one in await _saved_filters(source)]
    place = place_at(typed, len(typed))
    if place is None:
        return []
    suggestions = known_suggestions(place)
    if place.field is not None and place.field.stored is not None:
        async with source.session() as session:
            found = await session.captures.suggestions(typed, len(typed))
        suggestions = found[1] if found else []
    return [CompletionWord(typed[: place.start] + one.text, one.help) for one in suggestions]


def _of_field(name: str) -> Callable[[_Source], Awaitable[list[CompletionWord]]]:
    """Return a source of the stored values of a filter field."""

    async def values(source: _Source) -> list[CompletionWord]:
        async with source.session() as session:
            found = await session.captures.suggestions(f"{name}:", len(name) + 1)
        return [CompletionWord(_unquoted(one.text), one.help) for one in found[1]] if found else []

    return values


def _unquoted(value: str) -> str:
    """Return a value of a filter without its quotation marks."""
    return re.sub(r'\\(["\\])', r"\1", value[1:-1]) if value.startswith('"') else value


async def _targets(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(one.name, one.url) for one in session.targets.names()]


async def _saved_filters(source: _Source) -> list[CompletionWord]:
    from inspector.session.filters import stored_filters

    return [CompletionWord(one.name, one.what) for one in stored_filters().all()]


async def _secrets(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(one.name, one.origin) for one in session.secrets.names()]


async def _saved_secrets(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(one.name) for one in session.secrets.names() if one.origin == "saved"]


async def _plans(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        rows = await session.replays.newest(_NEWEST)
        return [
            CompletionWord("last"),
            *(CompletionWord(str(row.id), f"{row.state}, {row.to}") for row in rows),
        ]


async def _rules(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        rules = session.responses.rules
        return [CompletionWord(str(rule.id) if rule.id else "relay", rule.sentence) for rule in rules]


async def _rule(source: _Source) -> list[CompletionWord]:
    """Suggest the next word of a response rule, in quotes or not."""
    from inspector.domain.query.completion import known_suggestions, place_at
    from inspector.domain.response.rule_text import CLAUSES, FIRST_WORDS

    before, space, last = source.typed.rpartition(" ")
    names = source.place.parser.action_words.get(source.place.words[0], ()) if source.place.words else ()
    earlier = source.place.words[1 + names.index("RULE") :] if "RULE" in names else []
    given = [*earlier, *before.split()]
    if not given:
        found = [CompletionWord(word, help_) for word, help_ in FIRST_WORDS.items()]
        if source.place.words[:1] == ["learn"]:  # a study needs a response of its own
            found = [one for one in found if one.text not in ("relay", "200")]
            found.append(CompletionWord("wait", "respond late"))
        return found
    words = [CompletionWord(word) for word in CLAUSES if word == "header" or word not in given]
    if "for" in given and (place := place_at(last, len(last))) is not None:
        words += [CompletionWord(one.text, one.help) for one in known_suggestions(place)]
    return [word._replace(text=f"{before}{space}{word.text}") for word in words]


async def _directions(source: _Source) -> list[CompletionWord]:
    return [CompletionWord("up"), CompletionWord("down")]


async def _forwards(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(str(row.id), row.place) for row in session.forwards.rows()]


async def _hosts(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(host) for host in session.hosts.stored]


async def _settings(source: _Source) -> list[CompletionWord]:
    from inspector.settings.table import SETTINGS

    end = "=" if source.kind == "NAME=VALUE" else ""
    return [CompletionWord(one.name + end, one.help) for one in SETTINGS]


async def _languages(source: _Source) -> list[CompletionWord]:
    from inspector.session.receiver.verifiers import VERIFIERS

    return [CompletionWord(one.key, one.label) for one in VERIFIERS.values()]


async def _topics(source: _Source) -> list[CompletionWord]:
    from inspector.session.handbook import Handbook

    book = Handbook()
    return [
        *(CompletionWord(page.topic, page.title) for page in book.pages()),
        *(CompletionWord(verb.name, verb.help) for verb in source.verbs),
        *(CompletionWord(code, "finding") for code in book.codes),
    ]


async def _clients(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(client) for client in session.requests.clients]


async def _faults(source: _Source) -> list[CompletionWord]:
    from inspector.domain.replay.fault import FAULT_HELP

    return [CompletionWord(f"{name}:", help_) for name, help_ in FAULT_HELP.items()]


async def _columns(source: _Source) -> list[CompletionWord]:
    from inspector.cli.output.capture_columns import COLUMNS

    return _listed(source, dict.fromkeys(COLUMNS, ""))


def _listed(source: _Source, known: Mapping[str, str]) -> list[CompletionWord]:
    """Return the names that can follow in a list with commas, with their descriptions."""
    before, comma, _ = source.typed.rpartition(",")
    used = before.split(",")
    return [
        CompletionWord(f"{before}{comma}{name}", help_) for name, help_ in known.items() if name not in used
    ]


async def _sample_languages(source: _Source) -> list[CompletionWord]:
    from inspector.domain.event.sample_traffic import LANGUAGES

    return _listed(source, LANGUAGES)


async def _question_types(source: _Source) -> list[CompletionWord]:
    from inspector.domain.event.question import QUESTION_TYPES

    return _listed(source, {name: kind.label for name, kind in QUESTION_TYPES.items()})


async def _areas(source: _Source) -> list[CompletionWord]:
    from inspector.domain.receiver.report import AREAS

    return _listed(source, {str(area): text for area, text in AREAS.items()})


async def _samples(source: _Source) -> list[CompletionWord]:
    async with source.session() as session:
        return [CompletionWord(name) for name in session.samples.names()]


_KINDS: Mapping[str, Callable[[_Source], Awaitable[Iterable[CompletionWord]]]] = {
    "ID": _ids,
    "QUERY": _query,
    "SURVEY": _of_field("survey"),
    "GROUP": _of_field("group"),
    "USER": _of_field("user"),
    "URL": _targets,
    "TARGET": _targets,
    "SECRET": _secrets,
    "LABEL": _saved_secrets,
    "PLAN": _plans,
    "NAME=VALUE": _settings,
    "LANGUAGE": _languages,
    "TOPIC": _topics,
    "CLIENT": _clients,
    "NAME:N": _faults,
    "RULE": _rule,
    "NAME,NAME": _columns,
    "LANG,LANG": _sample_languages,
    "TYPE,TYPE": _question_types,
    "AREA,AREA": _areas,
}
"""Sources of values by their name on the help page."""
_OF_ACTIONS: Mapping[tuple[str, str], Callable[[_Source], Awaitable[Iterable[CompletionWord]]]] = {
    ("targets", "NAME"): _targets,
    ("filters", "NAME"): _saved_filters,
    ("sample", "NAME"): _samples,
    ("filters", "QUERY"): _query,
    ("secrets", "NAME"): _saved_secrets,
    ("settings", "NAME"): _settings,
    ("settings", "HOST"): _hosts,
    ("plans", "ID"): _plans,
    ("forward", "ID"): _forwards,
    ("answers", "ID"): _rules,
    ("answers", "DIRECTION"): _directions,
}
"""Sources of values that mean something else in one verb."""
