"""The contents of bodies in SQL: conditions on their text and JSON, and the values at JSON paths."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from inspector.domain.json.json_path import Step

Sql: TypeAlias = tuple[str, tuple[object, ...]]
"""A condition over `captures c`, and the values that it binds."""

# Replaces the table `bodies`: bodies as they are read, decoded if they arrived compressed. The index
# captures_encoded has the few ids to decode. `database.connect` defines the function.
READ_BODIES = """(
  SELECT capture_id, CASE WHEN capture_id IN (SELECT id FROM captures WHERE encoding IS NOT NULL)
    THEN decoded_body(body, (SELECT encoding FROM captures WHERE id = capture_id)) ELSE body END AS body
  FROM bodies
)"""
MAX_VALUES = 8
"""Maximum number of values per body and path. A path with `[*]` may match thousands."""
MAX_VALUE_TEXT = 160
"""Maximum characters per value."""
_TEXT = "CAST(b.body AS TEXT)"
# SQLite's functions raise if the text is not JSON, or is nested deeper than a thousand levels.
_JSON = f"CASE WHEN json_valid({_TEXT}) THEN {_TEXT} END"
_ROOT = f"json_each({_JSON})"
_RESPONSES = f"json_each({_JSON}, '$.responses')"
# A member of an object without nested objects. Without escapes, a quote begins or ends a text.
_FLAT = (
    "instr(b.body, ?) AND NOT instr(b.body, x'5c')"
    " AND substr(b.body, 1, 1) = x'7b' AND NOT instr(substr(b.body, 2), x'7b')"
)
_NUMBER = re.compile(r"[-+0-9.eE]+|[-+]?inf|nan", re.IGNORECASE)
"""Texts that SQLite may print for a number."""
_IN_NUMBER = re.compile(r"[-+0-9.e]+", re.IGNORECASE)
"""A part of a number."""
_HAS_EXPONENT = " OR ".join(f"{_TEXT} LIKE '%{digit}e%'" for digit in range(10))
"""The body may have a number that SQLite prints differently. GLOB takes four times as long."""


def contained(text: str) -> Sql:
    """Return the condition that body or target contains a text, ignoring case and the spelling of JSON."""
    spelled = spellings(text)
    for spelling in tuple(spelled):
        spelled += (json.dumps(spelling)[1:-1], spelling.replace("/", "\\/"))
    spelled = tuple(dict.fromkeys(spelled))
    likes = tuple(map(like, spelled))
    in_target = any_of("CAST(c.target AS TEXT) LIKE ? ESCAPE '\\'", likes)
    in_event = any_of(f"{_TEXT} LIKE ? ESCAPE '\\'", likes)
    # LIKE ends at a NUL, which no event contains, being JSON. The other condition takes three times as long.
    in_other = any_of(f"instr(lower({_TEXT}), lower(?))", spelled)
    return (
        f"{in_target[0]} OR EXISTS (SELECT 1 FROM {READ_BODIES} b WHERE b.capture_id = c.id"
        f" AND CASE WHEN c.event != 'unknown' THEN {in_event[0]} ELSE {in_other[0]} END)",
        (*in_target[1], *in_event[1], *in_other[1]),
    )


def at_path(steps: Sequence[Step], text: str) -> Sql:
    """Return the condition that a value at or below a path contains `text`, ignoring case.

    A number is compared as it is in the body and as SQLite prints it.
    """
    spelled = spellings(text)
    is_in_number = _IN_NUMBER.fullmatch(text) is not None

    def contains(place: str) -> Sql:
        values = (_atom(place), _written(place)) if is_in_number else (_atom(place),)
        parts = [any_of(f"instr(lower({value}), lower(?))", spelled) for value in values]
        return " OR ".join(part for part, _ in parts), tuple(one for _, bound in parts for one in bound)

    def compare(place: str) -> Sql:
        here, below = contains(place), contains("t")
        return (
            f"CASE WHEN {place}.type IN ('object', 'array')"
            f" THEN EXISTS (SELECT 1 FROM json_tree({place}.value) t WHERE {below[0]}) ELSE {here[0]} END",
            (*below[1], *here[1]),
        )

    # A body without the last name or without the text is not parsed.
    names = [step for step in steps if isinstance(step, str)]
    held = [_spelled_out(f'"{name}"') for name in names[-1:]]
    if text:
        likes, values = any_of(f"{_TEXT} LIKE ? ESCAPE '\\'", tuple(map(like, spelled)))
        held.append((f"({likes} OR {_HAS_EXPONENT})" if is_in_number else likes, values))
    exists, values = _exists(_by_name(steps), held, compare)
    return f"c.is_json = 1 AND {exists}", values


def at_question(names: Sequence[str], compare: Callable[[str], Sql], literal: str, *, is_whole: bool) -> Sql:
    """Return the condition that `compare` is true for a member of a question that the capture answers.

    `literal` is a part of each such value. If `is_whole`, it is the whole value, in quotes unless it is a
    number.
    """

    def compare_atom(place: str) -> Sql:
        condition, values = compare(f"coalesce({_written(place)}, CAST({place}.atom AS TEXT))")
        return f"{place}.type IN ('text', 'integer', 'real') AND {condition}", values

    is_text = is_whole and _NUMBER.fullmatch(literal) is None
    held = [_spelled_out(f'"{literal}"' if is_text else literal)] if literal else []
    flat = any_of(_FLAT, [f'"{name}":"{literal}"' for name in names]) if is_text else None
    if flat is not None:
        flat = flat[0], tuple(bindable(str(value)).encode() for value in flat[1])
    answer = _exists([tuple(names)], held, compare_atom, flat)
    completion = _exists([None, tuple(names)], held, compare_atom, root=_RESPONSES)
    return (
        f"CASE c.event WHEN 'answer' THEN {answer[0]} WHEN 'response_group' THEN {completion[0]} END",
        (*answer[1], *completion[1]),
    )


def at_scores(kind: str, low: int, high: int) -> Sql:
    """Return the condition that the capture answers a question of type `kind` with a number from `low` to
    `high`."""

    def scored(members: str, source: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM {READ_BODIES} b{source} CROSS JOIN json_each({members}) t"
            f" CROSS JOIN json_each({members}) r WHERE b.capture_id = c.id"
            " AND (instr(b.body, ?) OR instr(b.body, x'5c'))"  # with escapes, it can be spelled differently
            " AND t.key = 'question_type' AND t.atom = ? AND r.key = 'response'"
            " AND r.type IN ('integer', 'real') AND r.value BETWEEN ? AND ?)"
        )

    values = (kind.encode(), kind, low, high)
    answer = scored(_JSON, "")
    one = "CASE WHEN e.type = 'object' THEN e.value END"
    completion = scored(one, f" CROSS JOIN {_RESPONSES} e")
    return (
        f"CASE c.event WHEN 'answer' THEN {answer} WHEN 'response_group' THEN {completion} END",
        (*values, *values),
    )


def spellings(text: str) -> tuple[str, ...]:
    """Return the spellings to search: SQLite only ignores the case of ASCII, so others are added in both
    cases."""
    text = bindable(text)
    return (text,) if text.isascii() else tuple(dict.fromkeys((text, text.lower(), text.upper())))


def like(text: str) -> str:
    """Return the LIKE pattern for texts that contain `text`, with a backslash as escape."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{bindable(escaped)}%"


def bindable(text: str) -> str:
    """Return text without lone surrogates. SQLite rejects them; a command line can have them, stored text
    cannot."""
    return text.encode("utf-8", "replace").decode()


def any_of(condition: str, values: Sequence[str]) -> Sql:
    """Return the condition for any of the values, in parentheses."""
    return f"({' OR '.join([condition] * len(values))})", tuple(values)


def _atom(place: str) -> str:
    """Return the text of a value other than an object or array. Numbers are as SQLite prints them."""
    words = " ".join(f"WHEN '{word}' THEN '{word}'" for word in ("null", "true", "false"))
    return f"CASE {place}.type {words} ELSE {place}.atom END"


def _written(place: str) -> str:
    """Return the text of a number as it is in the body, or null if SQLite prints the same text.

    SQLite may print numbers with a fraction, an exponent or over 64 bits differently.
    """
    # With one path SQLite returns a number; with two, an array as text. Older versions do not find a name
    # with an escape by its path.
    twice = f"json_extract({place}.json, {place}.fullkey, {place}.fullkey)"
    return (
        f"CASE WHEN typeof({place}.atom) = 'real' AND NOT instr({place}.fullkey, '\\')"
        f" THEN substr({twice}, 2, (length({twice}) - 3) / 2) END"
    )


def _spelled_out(text: str) -> Sql:
    """Return the condition that the body contains exactly this text."""
    return "instr(b.body, ?)", (bindable(text).encode(),)


def _exists(
    steps: Sequence[tuple[str, ...] | int | None],
    held: Sequence[Sql],
    compare: Callable[[str], Sql],
    known: Sql | None = None,
    root: str = _ROOT,
) -> Sql:
    """Return the condition that `compare` is true for a value at these steps (see `_walk`).

    A body without escapes is not parsed if one of the conditions in `held` is false. No body is parsed if
    `known` is true: then it has such a value.
    """
    outer, outer_values = ["b.capture_id = c.id"], list[object]()
    if held:
        outer.append(f"({' AND '.join(condition for condition, _ in held)} OR instr(b.body, x'5c'))")
        outer_values += [value for _, bound in held for value in bound]
    walk = _walk(steps, root)
    sources, conditions, values = walk.sources, walk.conditions, walk.values
    if steps:
        last, last_values = compare(f"p{len(steps) - 1}")
    else:  # the root itself: everything in it
        sources.append(_ROOT.replace("json_each", "json_tree") + " p0")
        last, last_values = compare("p0")
    conditions.append(f"({last})")
    values += last_values
    parsed = f"EXISTS (SELECT 1 FROM {' CROSS JOIN '.join(sources)} WHERE {' AND '.join(conditions)})"
    if known is not None:
        parsed = f"CASE WHEN {known[0]} THEN 1 ELSE {parsed} END"
        values = [*known[1], *values]
    return (
        f"EXISTS (SELECT 1 FROM {READ_BODIES} b WHERE {' AND '.join(outer)} AND {parsed})",
        (*outer_values, *values),
    )


class _Walk(NamedTuple):
    """A JSON path in SQL: tables p0, p1, … with their conditions, and the values that these bind."""

    sources: list[str]
    conditions: list[str]
    values: list[object]


def _walk(steps: Sequence[tuple[str, ...] | int | None], root: str = _ROOT) -> _Walk:
    """Return the tables and conditions for these steps: names, an index, or None for every element."""
    walk = _Walk([], [], [])
    for number, step in enumerate(steps):
        place = f"p{number}"
        walk.sources.append(f"{f'json_each({_below(number - 1)})' if number else root} {place}")
        if step is None:
            walk.conditions.append(f"typeof({place}.key) = 'integer'")
        elif isinstance(step, int):
            walk.conditions.append(f"{place}.key = ?")
            walk.values.append(step)
        else:
            walk.conditions.append(f"{place}.key IN ({', '.join('?' * len(step))})")
            walk.values.extend(map(bindable, step))
    return walk


def _below(number: int) -> str:
    """Return the JSON text that the step after this one searches."""
    return f"CASE WHEN p{number}.type IN ('object', 'array') THEN p{number}.value END"


def _by_name(steps: Sequence[Step]) -> list[tuple[str, ...] | int | None]:
    return [(step,) if isinstance(step, str) else step for step in steps]


# ---- values at JSON paths


def values_at(
    connection: sqlite3.Connection, ids: Sequence[int], paths: Sequence[tuple[Step, ...]]
) -> dict[int, tuple[str, ...]]:
    """Return the value at each path in these few captures as text, empty if there is none."""
    wanted = json.dumps(list(ids))
    found: dict[int, list[str]] = {one: [""] * len(paths) for one in ids}
    for number, steps in enumerate(paths):
        source, bound, place = _values_of(steps)
        # A number as it was sent: SQLite would print one with many digits differently.
        text = _below(len(steps) - 2) if len(steps) > 1 else _JSON
        exact = f"substr(CAST({text} -> {place}.fullkey AS TEXT), 1, {MAX_VALUE_TEXT})"
        shown = (
            f"CASE WHEN {place}.type IN ('integer', 'real') AND {place}.fullkey IS NOT NULL THEN {exact}"
            f" WHEN {place}.type IN ('true', 'false', 'null') THEN {place}.type"
            f" ELSE substr({place}.value, 1, {MAX_VALUE_TEXT}) END"
        )
        rows = connection.execute(
            "SELECT j.value, (SELECT json_group_array(v) FROM"
            f" (SELECT {shown} AS v FROM {source} LIMIT {MAX_VALUES + 1}))"
            " FROM json_each(?) j JOIN captures c ON c.id = j.value WHERE c.is_json = 1",
            (*bound, wanted),
        )
        for capture_id, listed in rows:
            texts = json.loads(listed)
            more = texts.pop() if len(texts) > MAX_VALUES else None
            found[capture_id][number] = ", ".join(texts) + (", …" if more is not None else "")
    return {one: tuple(texts) for one, texts in found.items()}


def sort_key(steps: Sequence[Step]) -> Sql:
    """Return the first value at a path, as the sort key of captures `c`: numbers before texts."""
    source, bound, place = _values_of(steps)
    return f"CASE WHEN c.is_json = 1 THEN (SELECT {place}.atom FROM {source} LIMIT 1) END", bound


def _values_of(steps: Sequence[Step]) -> tuple[str, tuple[object, ...], str]:
    """Return tables with their condition, the values that it binds, and the table of the values at a path."""
    sources, conditions, values = _walk(_by_name(steps))
    tables = " CROSS JOIN ".join((f"{READ_BODIES} b", *sources))
    where = " AND ".join(("b.capture_id = c.id", *conditions))
    return f"{tables} WHERE {where}", tuple(values), f"p{len(steps) - 1}"
