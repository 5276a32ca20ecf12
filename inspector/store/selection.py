"""A scope and a query as SQL: the one place that says which captures they choose.

To add a field of the query language, add its comparison to `_FIELDS`.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never

from inspector.domain.query import And, Field, Node, Not, Or, Phrase, Word
from inspector.domain.scope import Scope

Sql: TypeAlias = tuple[str, tuple[object, ...]]
"""A condition over `captures c`, and the values that it binds."""


def ids(
    connection: sqlite3.Connection, scope: Scope, query: Node, *, newest_first: bool, limit: int | None = None
) -> array[int]:
    """The captures that scope and query choose; with a limit, the newest of them."""
    condition, values = where(scope, query)
    text = f"SELECT c.id FROM captures c WHERE {condition} ORDER BY c.id DESC"
    if limit is not None:
        text += " LIMIT ?"
        values = (*values, limit)
    found = array("q", (row[0] for row in connection.execute(text, values)))
    if not newest_first:
        found.reverse()
    return found


def matching(connection: sqlite3.Connection, among: Sequence[int], scope: Scope, query: Node) -> set[int]:
    """Which of a few captures scope and query choose."""
    condition, values = where(scope, query)
    found: set[int] = set()
    for start in range(0, len(among), 500):
        part = among[start : start + 500]
        marks = ", ".join("?" * len(part))
        rows = connection.execute(
            f"SELECT c.id FROM captures c WHERE c.id IN ({marks}) AND {condition}", (*part, *values)
        )
        found.update(row[0] for row in rows)
    return found


def where(scope: Scope, query: Node) -> Sql:
    """The condition for what scope and query choose and no deletion hides."""
    conditions = [("c.deletion IS NULL", ()), _scope(scope), _node(query)]
    return _joined(" AND ", conditions)


def _scope(scope: Scope) -> Sql:
    if scope.part == "all":
        return "1", ()
    if scope.part == "no-survey":
        return "c.kind != 'sample' AND (c.survey_id IS NULL OR c.group_id IS NULL OR c.event = 'unknown')", ()
    conditions: list[Sql] = [("c.kind = 'sample'" if scope.part == "samples" else "c.kind != 'sample'", ())]
    if scope.survey_id is not None:
        conditions.append(("c.survey_id = ?", (scope.survey_id,)))
        conditions.append(("c.group_id IS NOT NULL AND c.event != 'unknown'", ()))
    if scope.group_id is not None:
        conditions.append(("c.group_id = ?", (scope.group_id,)))
    if scope.user_id is not None:
        conditions.append(("c.user_id IS ?", (scope.user_id or None,)))
    if scope.part == "not-verified":
        conditions.append(("c.is_trusted = 0 AND c.event != 'unknown' AND c.group_id IS NOT NULL", ()))
        if scope.survey_id is None:
            unknown = "(SELECT survey_id FROM surveys WHERE is_sample = 0 AND captures = 0)"
            conditions.append((f"c.survey_id IN {unknown}", ()))
    return _joined(" AND ", conditions)


def _node(node: Node) -> Sql:
    match node:
        case And(parts=parts):
            return _joined(" AND ", [_node(part) for part in parts]) if parts else ("1", ())
        case Or(parts=parts):
            return _joined(" OR ", [_node(part) for part in parts])
        case Not(part=part):
            condition, values = _node(part)
            return f"NOT coalesce(({condition}), 0)", values
        case Word(text=text) | Phrase(text=text):
            return _contained(text)
        case Field(name=name):
            return _FIELDS[name](node)
        case _:
            assert_never(node)


def _joined(operator: str, conditions: Sequence[Sql]) -> Sql:
    text = operator.join(f"({condition})" for condition, _ in conditions)
    return text, tuple(value for _, values in conditions for value in values)


def _contained(text: str) -> Sql:
    """In body or target. LIKE folds ASCII alone, so other letters are also sought in lower and upper
    case, and as the escapes that JSON may spell them with."""
    spellings = dict.fromkeys((text, text.lower(), text.upper()) if not text.isascii() else (text,))
    for spelling in tuple(spellings):
        spellings[json.dumps(spelling)[1:-1]] = None
    body = "(SELECT CAST(body AS TEXT) FROM bodies WHERE capture_id = c.id)"
    conditions: list[Sql] = []
    for spelling in spellings:
        conditions.append((f"{body} LIKE ? ESCAPE '\\'", (_like(spelling),)))
        conditions.append(("CAST(c.target AS TEXT) LIKE ? ESCAPE '\\'", (_like(spelling),)))
    return _joined(" OR ", conditions)


def _survey(field: Field) -> Sql:
    like = _like(field.value)
    named = "(SELECT survey_id FROM surveys WHERE name LIKE ? ESCAPE '\\')"
    return (
        f"c.survey_id LIKE ? ESCAPE '\\' OR c.survey_name LIKE ? ESCAPE '\\' OR c.survey_id IN {named}",
        (like, like, like),
    )


def _equal(column: str) -> Callable[[Field], Sql]:
    def compare(field: Field) -> Sql:
        if field.op == "wildcard":
            pattern = field.value.replace("[", "[[]").replace("?", "[?]")  # `*` alone is special
            return f"{column} GLOB ?", (_bindable(pattern),)
        return f"{column} = ?", (_bindable(field.value),)

    return compare


def _finding(field: Field) -> Sql:
    return "EXISTS (SELECT 1 FROM findings f WHERE f.capture_id = c.id AND f.code = ?)", (field.value,)


_FIELDS: Mapping[str, Callable[[Field], Sql]] = {
    "survey": _survey,
    "group": _equal("c.group_id"),
    "user": _equal("c.user_id"),
    "event": _equal("c.event"),
    "verdict": _equal("c.verdict"),
    "finding": _finding,
}


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{_bindable(escaped)}%"


def _bindable(text: str) -> str:
    """SQLite takes no lone surrogate, which a command line can hold; nothing stored has one either."""
    return text.encode("utf-8", "replace").decode()
