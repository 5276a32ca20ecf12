"""Response rules in SQL: the rules of the file, their counts, and the decision about one capture."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inspector.base.errors import UsageError
from inspector.domain.query import Node
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.response.decision import decide
from inspector.domain.response.rule import ResponseRule
from inspector.store.query import selection
from inspector.store.write import small_tables

_RULES, _COUNTS, _IDLE_RELAY = "response-rules", "response-counts", "idle-relay"

log = logging.getLogger(__name__)


def rules(connection: sqlite3.Connection) -> tuple[ResponseRule, ...]:
    """Return the rules of the file in their order, without rules of a newer version."""
    found = []
    for entry in _stored(connection)["rules"]:
        try:
            rule = ResponseRule.parse(entry["text"])
        except UsageError as error:
            log.info("cannot read response rule %s: %s", entry["id"], error)
            continue
        found.append(replace(rule, id=entry["id"], is_on=entry["on"]))
    return tuple(found)


def change_rules(
    connection: sqlite3.Connection, change: Callable[[list[ResponseRule]], list[ResponseRule]]
) -> tuple[ResponseRule, ...]:
    """Store what `change` makes of the rules, and return it. A rule with the id 0 gets a new one."""
    last: int = _stored(connection)["last"]
    made = []
    for rule in change(list(rules(connection))):
        last += not rule.id
        made.append(rule if rule.id else replace(rule, id=last))
    entries = [{"id": rule.id, "on": rule.is_on, "text": rule.text} for rule in made]
    small_tables.put_note(connection, _RULES, json.dumps({"last": last, "rules": entries}))
    known = {rule.id for rule in made}
    forget_counts(connection, [one for one in counts(connection) if one > 0 and one not in known])
    return tuple(made)


def counts(connection: sqlite3.Connection) -> dict[int, int]:
    """Return how many deliveries each rule was asked about since it was added or reset, by its id."""
    text = small_tables.note(connection, _COUNTS)
    return {} if text is None else {int(one): count for one, count in json.loads(text).items()}


def forget_counts(connection: sqlite3.Connection, ids: Collection[int]) -> None:
    """Let these rules begin to count again."""
    before = counts(connection)
    after = {one: count for one, count in before.items() if one not in ids}
    if after != before:
        _put_counts(connection, after)


def idle_relay(connection: sqlite3.Connection) -> int | None:
    """Return the forward that relayed until the user switched its relaying off, or None."""
    text = small_tables.note(connection, _IDLE_RELAY)
    return None if text is None else int(text)


def put_idle_relay(connection: sqlite3.Connection, forward_id: int | None) -> None:
    """Note the forward whose relaying was switched off, or none."""
    small_tables.put_note(connection, _IDLE_RELAY, None if forward_id is None else str(forward_id))


def matches(
    connection: sqlite3.Connection, ids: Sequence[int], nodes: Mapping[int, Node]
) -> dict[int, set[int]]:
    """Return which of a few captures each rule matches, by its id."""
    return {one: selection.matching(connection, ids, EVERYTHING, node) for one, node in nodes.items()}


def decide_response(
    connection: sqlite3.Connection,
    capture_id: int,
    rules: Sequence[tuple[ResponseRule, Node]],
    usual: int | None,
) -> ResponseRule | None:
    """Return the rule that responds to a capture, and store it with the capture.

    The status is stored too, if the response is sent at once. Without a rule, the status is `usual`.
    """
    asked = counts(connection)
    before = dict(asked)
    nodes = {rule.id: node for rule, node in rules}

    def is_match(rule: ResponseRule) -> bool:
        return bool(selection.matching(connection, [capture_id], EVERYTHING, nodes[rule.id]))

    rule = decide([rule for rule, _ in rules], is_match, asked)
    if asked != before:
        _put_counts(connection, asked)
    if rule is None:
        set_response(connection, capture_id, status=usual, by=None)
    else:
        status = rule.respond.status if rule.respond.is_immediate else None
        set_response(connection, capture_id, status=status, by=rule.reason)
    return rule


def set_response(
    connection: sqlite3.Connection, capture_id: int, *, status: int | None, by: str | None
) -> None:
    """Store the status that the sender of a capture gets, if any, and what decided it."""
    connection.execute(
        "UPDATE captures SET answered = ?, answered_by = ? WHERE id = ?", (status, by, capture_id)
    )


def _stored(connection: sqlite3.Connection) -> dict[str, Any]:
    text = small_tables.note(connection, _RULES)
    return {"last": 0, "rules": []} if text is None else json.loads(text)


def _put_counts(connection: sqlite3.Connection, made: dict[int, int]) -> None:
    small_tables.put_note(connection, _COUNTS, json.dumps(made) if made else None)
