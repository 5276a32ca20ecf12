"""Writes the generated tables of the README and the handbook: `python -m tests.handbook_tables`.

Each is between `<!-- generated: NAME -->` and `<!-- end -->`. A test fails if one is stale.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from inspector.base.files import default_database
from inspector.cli.arguments import as_typed
from inspector.cli.listen.console import COMMANDS as KEYS
from inspector.cli.main import VERBS
from inspector.cli.manual import ENVIRONMENT, EXIT_STATUSES
from inspector.cli.verb import GROUPS, Verb
from inspector.domain.event.shape import departs_from_docs, new_shape
from inspector.domain.query import FIELDS
from inspector.domain.receiver.receiver_causes import RECEIVER_CAUSES
from inspector.domain.receiver.report import GROUPS as TEST_GROUPS
from inspector.domain.receiver.table import TESTS
from inspector.domain.respondent.respondent_findings import RESPONDENT_CODES
from inspector.domain.respondent.respondent_findings import finding as respondent_finding
from inspector.domain.signature.cause import Cause
from inspector.domain.signature.causes import CAUSES
from inspector.gui.kit.context.command_table import COMMANDS, Command
from inspector.session.handbook import TOPICS
from inspector.settings.setting import Setting, written
from inspector.settings.table import SETTINGS
from inspector.tunnel.kinds import KINDS

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "resources" / "schemas"
HANDBOOK = ROOT / "resources" / "handbook"
PAGES = (ROOT / "README.md", *sorted(HANDBOOK.glob("*.md")))
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Replace every generated table."""
    for page in PAGES:
        text = page.read_text("utf-8")
        if (fresh := with_fresh_tables(text)) != text:
            page.write_text(fresh, "utf-8")


def with_fresh_tables(text: str) -> str:
    """Return a page with its tables as they must be."""
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block[2]]()}\n{block[3]}", text)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _verbs() -> str:
    """All verbs by group."""
    rows: list[tuple[str, str]] = []
    for group, title in GROUPS.items():
        rows.append((f"**{title}**", ""))
        rows += [(f"`{verb.name}`", verb.help) for verb in VERBS if verb.group == group]
    return _table(("command", "does"), rows)


def _commands() -> str:
    """The help page of each verb without the common options, in the order of the overview."""
    verbs = (verb for group in GROUPS for verb in VERBS if verb.group == group)
    return "\n\n".join(f"## {verb.name}\n\n```text\n{_own_part(_help_page(verb))}\n```" for verb in verbs)


def _own_part(page: str) -> str:
    own, _, common = page.partition("\ncommon options:\n")
    return f"{own}\nexamples:{common.partition(f'{chr(10)}examples:')[2]}".rstrip("\n")


def _help_page(verb: Verb) -> str:
    """Return the page at 80 columns, with the paths of a user on Linux."""
    os.environ["COLUMNS"] = "80"
    here = as_typed(default_database())
    return verb.parser().format_help().replace(here, "~/.local/share/webhook-inspector/captures.db")


def _common_options() -> str:
    """The options of every verb, of one that checks signatures."""
    page = _help_page(next(verb for verb in VERBS if verb.name == "verify"))
    common = page.partition("\ncommon options:\n")[2].partition("\nexamples:")[0]
    return f"```text\n{common.rstrip(chr(10))}\n```"


def _statuses() -> str:
    return _table(("status", "meaning"), EXIT_STATUSES)


def _environment() -> str:
    return _table(("variable", "effect"), ((f"`{name}`", text) for name, text in ENVIRONMENT))


def _keys() -> str:
    """The keys of `listen`."""
    return _table(("key", "does"), ((f"`{key}`", one.help) for key, one in KEYS.items()))


def _shortcuts() -> str:
    rows = [(_keys_of(one), one.text.rstrip("…")) for one in COMMANDS if one.keys]
    return _table(("keys", "command"), rows)


def _keys_of(command: Command) -> str:
    return ", ".join(f"`{keys}`" for keys in command.keys)


def _settings() -> str:
    """One table per part of the Settings dialog."""
    parts = dict.fromkeys(setting.part for setting in SETTINGS)
    return "\n\n".join(
        f"## {part}\n\n"
        + _table(
            ("setting", "default", "meaning"),
            ((f"`{one.name}`", _default(one), one.help) for one in SETTINGS if one.part == part),
        )
        for part in parts
    )


def _default(setting: Setting) -> str:
    is_number = type(setting.default) in (int, float) and not setting.choices
    return setting.shown(setting.default) if is_number else written(setting.default)


def _fields() -> str:
    return _table(
        ("field", "matches", "example"),
        ((f"`{one.name}:`", one.help, f"`{one.example}`") for one in FIELDS.values()),
    )


def _words() -> str:
    """The fields that take one of a few words."""
    rows = [
        (f"`{one.name}:`", ", ".join(f"`{word}`" for word in one.words))
        for one in FIELDS.values()
        if one.words and one.name != "finding"
    ]
    return _table(("field", "words"), rows)


_SUBJECTS = ("Secret", "Digest", "Body", "Header", "Receiver", "Other")
_ACROSS, _SENDER = "Across captures", "Sender"


def _subject(code: str) -> str:
    word = code.partition("-")[0].capitalize()
    return word if word in _SUBJECTS else "Other"


def _findings() -> str:
    """A section per finding, by subject, after a list of links."""
    sections: dict[str, list[tuple[str, str]]] = {one: [] for one in (*_SUBJECTS, _ACROSS, _SENDER)}
    for cause in (*CAUSES, *RECEIVER_CAUSES):
        sections[_subject(cause.code)].append((cause.code, _finding(cause)))
    more = [respondent_finding(code, {"of": "N", "questions": "N"}) for code in RESPONDENT_CODES]
    for one in more:
        sections[_ACROSS].append((one.code, f"{one.summary}\n\nWhat to do: {one.fix}"))
    for one in (departs_from_docs(("…",)), new_shape(("…",))):
        sections[_SENDER].append((one.code, f"{one.summary.removesuffix('.')}\n\nWhat to do: {one.fix}"))
    links = (
        f"* {subject}: {', '.join(f'[`{code}`](#{code})' for code, _ in entries)}"
        for subject, entries in sections.items()
    )
    body = (
        f"## {subject}\n\n" + "\n\n".join(f"### {code}\n\n{text}" for code, text in entries)
        for subject, entries in sections.items()
    )
    return "\n".join(links) + "\n\n" + "\n\n".join(body)


def _finding(cause: Cause) -> str:
    """The meaning, the proof, and what to do: about a sender, and about a receiver that has the fault."""
    parts = [_sentence(cause.meaning)]
    if cause.proof != "–":
        parts.append(f"Proof: {cause.proof}.")
    at = cause.at_receiver
    if at is None or at.fix != cause.fix:
        parts.append(f"What to do: {cause.fix}")
    if at is not None:
        start = "In [a receiver](receiver.md)" if at.fix != cause.fix else "What to do"
        parts.append(f"{start}: {f'{at.why} ' if at.why else ''}{at.fix}")
    return "\n\n".join(parts)


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _objects() -> str:
    """A section per JSON object, with its keys."""
    schemas = [json.loads(file.read_text("utf-8")) for file in sorted(SCHEMAS.glob("*.json"))]
    return "\n\n".join(
        f"## {schema['title']}\n\n{schema['description']}\n\n" + _object_keys(schema) for schema in schemas
    )


def _object_keys(schema: Mapping[str, Any]) -> str:
    """The keys of an object, with those of the objects in it."""
    base = [one["$ref"] for one in (schema, *schema.get("allOf", ())) if "$ref" in one]
    intro = "".join(f"All keys of `{one.removesuffix('.json')}`, and:\n\n" for one in base)
    return intro + _table(("key", "type", "meaning"), _rows(schema, ""))


def _rows(schema: Mapping[str, Any], before: str) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", ())
    for key, value in schema.get("properties", {}).items():
        mark = "" if key in required else "?"
        yield f"`{before}{key}`{mark}", _type(value), value.get("description", "")
        if "properties" in value:
            yield from _rows(value, f"{before}{key}.")
        elif isinstance(items := value.get("items"), dict) and "properties" in items:
            yield from _rows(items, f"{before}{key}[].")


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].removesuffix(".json")
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(
            f"`{word}`" if isinstance(word, str) else json.dumps(word) for word in schema["enum"]
        )
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(map(_type, several))
    kind = schema.get("type", "any")
    kinds = [kind] if isinstance(kind, str) else kind
    items = schema.get("items")
    return " or ".join(
        f"array of {_type(items)}" if one == "array" and isinstance(items, dict) else one for one in kinds
    )


def _receiver_tests() -> str:
    """Every test of a receiver by group."""
    rows: list[tuple[str, str, str]] = []
    for group, title in TEST_GROUPS.items():
        rows.append((f"**{title}**", "", ""))
        rows += [(test.title, f"`{test.name}`", f"`{test.area}`") for test in TESTS if test.group == group]
    return _table(("test", "name in JSON", "area"), rows)


def _tunnels() -> str:
    """Every kind of tunnel, with what it keeps, changes and needs."""
    rows = [
        (
            f"`{one.name}`",
            f"[{one.program}]({one.get_it})" if one.get_it else "any program",
            f"{one.caption}{_NEEDS[one.needs]}",
            "stays the same" if one.keeps_url else "changes",
            one.changes,
        )
        for one in KINDS
    ]
    return _table(("kind", "program", "what it is", "URL after a restart", "in a request"), rows)


_NEEDS: Mapping[str | None, str] = {
    None: "",
    "host": "; needs `--tunnel-host`",
    "command": "; needs `--tunnel-command`",
}


def _topics() -> str:
    """Links to the pages, from the root of the repository."""
    links = [f"[{topic}](resources/handbook/{topic}.md)" for topic in TOPICS]
    return " ·\n".join(" · ".join(links[at : at + 5]) for at in range(0, len(links), 5))


TABLES: Mapping[str, Callable[[], str]] = {
    "topics": _topics,
    "tunnels": _tunnels,
    "receiver-tests": _receiver_tests,
    "verbs": _verbs,
    "commands": _commands,
    "common-options": _common_options,
    "environment": _environment,
    "exit-statuses": _statuses,
    "keys": _keys,
    "shortcuts": _shortcuts,
    "settings": _settings,
    "fields": _fields,
    "words": _words,
    "findings": _findings,
    "objects": _objects,
}


if __name__ == "__main__":
    main()
