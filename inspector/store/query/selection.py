"""Scopes and queries in SQL. Only this module decides which captures they select.

To add a field to the query language, add its comparison to `_FIELDS`.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, assert_never

from inspector.base.clock import now_ms
from inspector.domain.query import (
    And,
    AtPath,
    BetweenTerm,
    Clock,
    FieldTerm,
    HeaderTerm,
    MomentTerm,
    Node,
    Not,
    Or,
    Phrase,
    Word,
    moment_ms,
)
from inspector.domain.query.scope import Scope
from inspector.domain.signature.verdict import SHOWN
from inspector.store.group import shapes
from inspector.store.query import body_conditions
from inspector.store.query.body_conditions import Sql, any_of, bindable, like, spellings
from inspector.store.verdict_sql import shown_condition
from inspector.store.write.marks import PINNED_SQL


class Cost(IntEnum):
    """The data that a condition reads. In AND and OR, cheaper conditions come first."""

    ROW = 0
    TABLE = 1
    HEADERS = 2
    BODY = 3
    JSON = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition over `captures c`, and the values that it binds."""

    text: str
    values: tuple[object, ...] = ()
    cost: Cost = Cost.ROW


def joined(operator: str, conditions: Sequence[Condition]) -> Condition:
    """Join conditions in order of cost: SQLite evaluates them in order, and only as many as necessary."""
    if not conditions:
        return Condition(text="1")
    ordered = sorted(conditions, key=lambda condition: condition.cost)
    return Condition(
        text=f" {operator} ".join(f"({condition.text})" for condition in ordered),
        values=tuple(value for condition in ordered for value in condition.values),
        cost=ordered[-1].cost,
    )


def ids(
    connection: sqlite3.Connection,
    scope: Scope,
    query: Node,
    *,
    newest_first: bool,
    limit: int | None = None,
    clock: Clock | None = None,
) -> array[int]:
    """Return the captures that scope and query select; with a limit, the newest of them."""
    chosen = where(scope, query, clock)
    text = f"SELECT c.id FROM captures c WHERE {chosen.text} ORDER BY c.id DESC"
    values = chosen.values
    if limit is not None:
        text += " LIMIT ?"
        values = (*values, limit)
    found = array("q", (row[0] for row in connection.execute(text, values)))
    if not newest_first:
        found.reverse()
    return found


def ids_between(connection: sqlite3.Connection, chosen: Condition, low: int, high: int) -> array[int]:
    """Return the captures from `low` to `high` inclusive that match a condition, newest first.

    They are read as one text: each row of a result releases the interpreter lock and must win it back.
    """
    found = connection.execute(
        f"SELECT json_group_array(c.id) FROM captures c WHERE c.id BETWEEN ? AND ? AND ({chosen.text})",
        (low, high, *chosen.values),
    ).fetchone()[0]
    return array("q", sorted(json.loads(found), reverse=True))


def matching(
    connection: sqlite3.Connection,
    among: Sequence[int],
    scope: Scope,
    query: Node,
    clock: Clock | None = None,
) -> set[int]:
    """Return which of a few captures scope and query select."""
    chosen = where(scope, query, clock)
    rows = connection.execute(
        f"SELECT c.id FROM json_each(?) j CROSS JOIN captures c ON c.id = j.value WHERE {chosen.text}",
        (json.dumps(list(among)), *chosen.values),
    )
    return {row[0] for row in rows}


def where(scope: Scope, query: Node, clock: Clock | None = None) -> Condition:
    """Return the condition for undeleted captures that scope and query select, by default at this time."""
    clock = clock or Clock(now_ms=now_ms())
    return joined("AND", [Condition(text="c.deletion IS NULL"), *_scope(scope), _node(query, clock)])


def _scope(scope: Scope) -> list[Condition]:
    if scope.part == "all":
        return []
    if scope.part == "pinned":
        return [Condition(text=PINNED_SQL)]
    if scope.part == "no-survey":
        loose = "c.kind != 'sample' AND (c.survey_id IS NULL OR c.group_id IS NULL OR c.event = 'unknown')"
        return [Condition(text=loose)]
    conditions = [Condition(text=f"c.kind {'=' if scope.part == 'samples' else '!='} 'sample'")]
    if scope.survey_id is not None:
        conditions.append(Condition(text="c.survey_id = ?", values=(scope.survey_id,)))
        conditions.append(Condition(text="c.group_id IS NOT NULL AND c.event != 'unknown'"))
    if scope.group_id is not None:
        conditions.append(Condition(text="c.group_id = ?", values=(scope.group_id,)))
    if scope.user_id is not None:
        conditions.append(Condition(text="c.user_id IS ?", values=(scope.user_id or None,)))
    if scope.part == "not-verified":
        unverified = "c.is_trusted = 0 AND c.event != 'unknown' AND c.group_id IS NOT NULL"
        conditions.append(Condition(text=unverified))
        if scope.survey_id is None:
            unknown = "(SELECT survey_id FROM surveys WHERE is_sample = 0 AND captures = 0)"
            conditions.append(Condition(text=f"c.survey_id IN {unknown}", cost=Cost.TABLE))
    return conditions


def _node(node: Node, clock: Clock) -> Condition:
    match node:
        case And(parts=parts):
            return joined("AND", [_node(part, clock) for part in parts])
        case Or(parts=parts):
            return joined("OR", [_node(part, clock) for part in parts])
        case Not(part=part):
            inner = _node(part, clock)
            return Condition(text=f"({inner.text}) IS NOT TRUE", values=inner.values, cost=inner.cost)
        case Word(text=text) | Phrase(text=text):
            return _condition(Cost.BODY, body_conditions.contained(text))
        case MomentTerm(name=name, when=when):
            sign = ">=" if name == "since" else "<"
            return Condition(text=f"c.received_ms {sign} ?", values=(moment_ms(when, clock),))
        case AtPath(steps=steps, value=value):
            return _condition(Cost.JSON, body_conditions.at_path(steps, value))
        case FieldTerm() | BetweenTerm() | HeaderTerm():
            cost, compare = _FIELDS[node.name]
            return _condition(cost, compare(node))
        case _:
            assert_never(node)


def _condition(cost: Cost, sql: Sql) -> Condition:
    return Condition(text=sql[0], values=sql[1], cost=cost)


# ---- fields


def _survey(field: FieldTerm) -> Sql:
    likes = tuple(map(like, spellings(field.value)))
    parts = [any_of(f"{column} LIKE ? ESCAPE '\\'", likes) for column in ("c.survey_id", "c.survey_name")]
    named, values = any_of("name LIKE ? ESCAPE '\\'", likes)
    same = "(c.kind = 'sample', c.survey_id) IN (SELECT is_sample, survey_id FROM surveys"
    parts.append((f"{same} WHERE {named})", values))
    return " OR ".join(text for text, _ in parts), tuple(value for _, values in parts for value in values)


def _compared(column: str, op: str, value: str) -> Sql:
    """Return the condition for equality, with each `*` as any text."""
    if op == "wildcard":
        pattern = value.replace("[", "[[]").replace("?", "[?]")  # only `*` is special
        return f"{column} GLOB ?", (bindable(pattern),)
    return f"{column} = ?", (bindable(value),)


def _equal(column: str) -> Callable[[FieldTerm], Sql]:
    return lambda field: _compared(column, field.op, field.value)


def _verdict(field: FieldTerm) -> Sql:
    """Return the condition for a shown verdict. `valid` includes its two kinds."""
    shown = next(one for one in SHOWN if one == field.value)
    return shown_condition(shown), ()


def _question(*names: str) -> Callable[[FieldTerm], Sql]:
    def chosen(field: FieldTerm) -> Sql:
        pieces = field.value.split("*") if field.op == "wildcard" else [field.value]
        literal = max(pieces, key=len)
        is_whole = field.op != "wildcard"

        def compare(value: str) -> Sql:
            return _compared(value, field.op, field.value)

        return body_conditions.at_question(names, compare, literal, is_whole=is_whole)

    return chosen


def _nps(scores: BetweenTerm) -> Sql:
    return body_conditions.at_scores("nps_feedback", scores.low or 0, scores.high or 0)


def _finding(field: FieldTerm) -> Sql:
    if (condition := shapes.FINDINGS_SQL.get(field.value)) is not None:
        return condition, ()
    return "EXISTS (SELECT 1 FROM findings f WHERE f.capture_id = c.id AND f.code = ?)", (field.value,)


# Both read the findings first, because few captures are invalid.
_PROVED = "SELECT capture_id FROM findings WHERE is_proved AND NOT is_between AND"


def _cause(field: FieldTerm) -> Sql:
    alone = f"c.id IN ({_PROVED} code = ?) AND NOT EXISTS ({_PROVED} capture_id = c.id AND code != ?)"
    return f"c.verdict = 'invalid' AND {alone}", (field.value, field.value)


def _secret(field: FieldTerm) -> Sql:
    by_check, of_check = _compared("c.secret", field.op, field.value)
    by_cause, of_cause = _compared("json_extract(detail, '$.secret')", field.op, field.value)
    return f"{by_check} OR c.id IN ({_PROVED} {by_cause})", (*of_check, *of_cause)


def _edge(field: FieldTerm) -> Sql:
    is_edge, values = _compared("o.edge", field.op, field.value)
    return f"EXISTS (SELECT 1 FROM inbox_captures o WHERE o.capture_id = c.id AND {is_edge})", values


def _path(field: FieldTerm) -> Sql:
    value = bindable(field.value).encode()
    return "substr(c.target, 1, ?) = ?", (len(value), value)


def _header(header: HeaderTerm) -> Sql:
    """Return the condition for a header.

    Each byte of a stored header is one character. The typed text can be UTF-8 or Latin-1.
    """
    parts: list[Sql] = [("1", ())]
    if header.op != "exists":
        text = bindable(header.value)
        spelled = {text.encode().decode("latin-1"): None, text: None}
        parts = [_compared("json_extract(h.value, '$[1]')", header.op, spelling) for spelling in spelled]
    return (
        "c.headers LIKE ? ESCAPE '\\' AND EXISTS (SELECT 1 FROM json_each(c.headers) h"
        f" WHERE lower(json_extract(h.value, '$[0]')) = ? AND ({' OR '.join(text for text, _ in parts)}))",
        (like(f'"{header.header}"'), header.header, *(value for _, values in parts for value in values)),
    )


_LAST_ATTEMPT = "FROM attempts a WHERE a.capture_id = c.id ORDER BY a.id DESC LIMIT 1"


def _bounded(number: str, between: BetweenTerm) -> Sql:
    bounds = [
        (sign, bound) for sign, bound in ((">=", between.low), ("<=", between.high)) if bound is not None
    ]
    return (
        " AND ".join(f"{number} {sign} ?" for sign, _ in bounds),
        tuple(bound for _, bound in bounds),
    )


def _number(column: str) -> Callable[[BetweenTerm], Sql]:
    return lambda between: _bounded(column, between)


def _status(status: FieldTerm | BetweenTerm) -> Sql:
    if isinstance(status, FieldTerm):
        return f"(SELECT a.status IS NULL {_LAST_ATTEMPT})", ()
    return _bounded(f"(SELECT a.status {_LAST_ATTEMPT})", status)


# As in grouping, completeness only considers trusted captures.
_MARK = (
    "(SELECT r.mark FROM respondents r WHERE r.is_sample = (c.kind = 'sample')"
    " AND r.survey_id = c.survey_id AND r.group_id = c.group_id AND r.user_id = coalesce(c.user_id, '')"
    " AND r.solo = CASE WHEN c.event = 'response_group' AND c.user_id IS NULL THEN c.id ELSE 0 END)"
)
_GROUPED = "c.is_trusted = 1 AND c.event != 'unknown' AND"
_CODES = "EXISTS (SELECT 1 FROM findings f WHERE f.capture_id = c.id AND f.code IN"
_IS: Mapping[str, str] = {
    "pinned": PINNED_SQL,
    "complete": f"{_GROUPED} {_MARK} = 'complete'",
    "partial": f"{_GROUPED} {_MARK} IN ('partial', 'opened')",
    "duplicate": f"{_CODES} ('redelivery', 'answer-repeated'))",
    "out-of-order": f"{_CODES} ('out-of-order'))",
    "changed": f"{_CODES} ('answer-changed'))",
    "replayed": "EXISTS (SELECT 1 FROM attempts a WHERE a.capture_id = c.id AND a.forward_id IS NULL)",
    "forwarded": "EXISTS (SELECT 1 FROM attempts a WHERE a.capture_id = c.id AND a.forward_id IS NOT NULL)",
    "failed": f"(SELECT NOT a.is_expected {_LAST_ATTEMPT})",
    "sample": "c.kind = 'sample'",
    "imported": "c.kind = 'imported'",
    "trusted": "c.is_trusted = 1",
    "refused": "c.kind = 'refused'",
}


def _is(field: FieldTerm) -> Sql:
    return _IS[field.value], ()


def _note(field: FieldTerm) -> Sql:
    noted, values = any_of("instr(lower(m.note), lower(?))", spellings(field.value))
    return f"EXISTS (SELECT 1 FROM marks m WHERE m.capture_id = c.id AND {noted})", values


_FIELDS: Mapping[str, tuple[Cost, Callable[[Any], Sql]]] = {
    "survey": (Cost.TABLE, _survey),
    "group": (Cost.ROW, _equal("c.group_id")),
    "user": (Cost.ROW, _equal("c.user_id")),
    "platform": (Cost.ROW, _equal("c.platform")),
    "trigger": (Cost.ROW, _equal("c.trigger")),
    "question": (Cost.JSON, _question("question_id", "question_text")),
    "type": (Cost.JSON, _question("question_type")),
    "nps": (Cost.JSON, _nps),
    "method": (Cost.ROW, _equal("c.method")),
    "kind": (Cost.ROW, _equal("c.kind")),
    "event": (Cost.ROW, _equal("c.event")),
    "verdict": (Cost.ROW, _verdict),
    "finding": (Cost.TABLE, _finding),
    "cause": (Cost.TABLE, _cause),
    "secret": (Cost.TABLE, _secret),
    "edge": (Cost.TABLE, _edge),
    "path": (Cost.ROW, _path),
    "header": (Cost.HEADERS, _header),
    "status": (Cost.TABLE, _status),
    "size": (Cost.ROW, _number("c.size")),
    "id": (Cost.ROW, _number("c.id")),
    "is": (Cost.TABLE, _is),
    "note": (Cost.TABLE, _note),
}
