"""Response rules in SQL: the rules of the file, their counts, and the decision about one capture."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from inspector.base.errors import NotFound, UsageError
from inspector.domain.capture.capture import Capture
from inspector.domain.query import And, Node
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.replay import forward_rule
from inspector.domain.response.decision import ResponseDecision, decide
from inspector.domain.response.parts import RuleResponse
from inspector.domain.response.retry_study import RetryStudy
from inspector.domain.response.rule import MAX_RULES, ResponseRule
from inspector.store.query import selection
from inspector.store.write import captures, small_tables

_RULES, _COUNTS, _IDLE_RELAY, _STUDY = "response-rules", "response-counts", "idle-relay", "retry-study"

_BODY_FILE = "rule with a body file"

_ID = re.compile(r"-?[0-9]{1,9}")
_MAX_ID = 999_999_999
_ANY = And(parts=())
"""The query of a rule for every capture."""

log = logging.getLogger(__name__)


def rules(connection: sqlite3.Connection) -> tuple[ResponseRule, ...]:
    """Return the rules of the file in their order, without rules of a newer version.

    A rule with a body file is off until it is switched on on this machine: otherwise a file of captures from
    someone else could publish any file of this user.
    """
    found = {}
    for entry in _stored(connection)[1]:
        try:
            rule_id, rule = int(entry["id"]), ResponseRule.parse(entry["text"])
        except (UsageError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            log.info("cannot read a response rule: %s", error)
            continue
        is_ours = not rule.respond.body_file or small_tables.is_given_here(
            connection, _BODY_FILE, entry["text"]
        )
        if 0 < rule_id <= _MAX_ID:
            found[rule_id] = replace(rule, id=rule_id, is_on=bool(entry.get("on") and is_ours))
    return tuple(found.values())


def change_rules(
    connection: sqlite3.Connection, change: Callable[[list[ResponseRule]], list[ResponseRule]]
) -> tuple[ResponseRule, ...]:
    """Store what `change` makes of the rules, and return it. A rule with the id 0 gets a new one."""
    before = rules(connection)
    last = max((_stored(connection)[0], *(rule.id for rule in before)))
    made = []
    for rule in change(list(before)):
        last += not rule.id
        made.append(rule if rule.id else replace(rule, id=last))
    entries = [{"id": rule.id, "on": rule.is_on, "text": rule.text} for rule in made]
    for rule in before:
        if rule.respond.body_file:
            small_tables.take_back(connection, _BODY_FILE, rule.text)
    for rule in made:
        if rule.respond.body_file and rule.is_on:
            small_tables.give_here(connection, _BODY_FILE, rule.text)
    small_tables.put_note(connection, _RULES, json.dumps({"last": last, "rules": entries}))
    known = {rule.id for rule in made}
    forget_counts(connection, [one for one in counts(connection) if one > 0 and one not in known])
    return tuple(made)


def counts(connection: sqlite3.Connection) -> dict[int, int]:
    """Return how many matching deliveries reached each rule since it was added or reset, by its id."""
    found = _json(connection, _COUNTS)
    if not isinstance(found, dict):
        return {}
    return {int(one): count for one, count in found.items() if _ID.fullmatch(one) and type(count) is int}


def forget_counts(connection: sqlite3.Connection, ids: Collection[int]) -> None:
    """Let these rules begin to count again."""
    before = counts(connection)
    after = {one: count for one, count in before.items() if one not in ids}
    if after != before:
        _put_counts(connection, after)


def idle_relay(connection: sqlite3.Connection) -> int | None:
    """Return the forward that relayed until the user switched its relaying off, or None."""
    found = _json(connection, _IDLE_RELAY)
    return found if type(found) is int else None


def put_idle_relay(connection: sqlite3.Connection, forward_id: int | None) -> None:
    """Note the forward whose relaying was switched off, or none."""
    small_tables.put_note(connection, _IDLE_RELAY, None if forward_id is None else str(forward_id))


def matches(
    connection: sqlite3.Connection, ids: Sequence[int], nodes: Mapping[int, Node]
) -> dict[int, set[int]]:
    """Return which of a few captures each rule matches, by its id."""
    return {one: selection.matching(connection, ids, EVERYTHING, node) for one, node in nodes.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A stored capture whose sender waits for its response."""

    capture_id: int
    rules: Sequence[tuple[ResponseRule, Node]]
    """The rules that are on, with their queries."""
    usual: int | None
    """The status to store if none of them responds."""
    now_ms: int
    matched: Mapping[int, Collection[int]] | None = None
    """What `matches` returned for a large capture, so that no search in it holds up other commits."""


def decide_responses(
    connection: sqlite3.Connection, waiting: Sequence[Undecided]
) -> list[ResponseDecision | None]:
    """Return what the sender of each capture gets, or None for the usual response, and store it.

    The status is stored too, if it is sent at once. A study of retries precedes the rules, and what a path
    requested precedes both.
    """
    # As few statements as possible (see `Writer.run_with_others`).
    by_path = _requested_by_path(connection, [one.capture_id for one in waiting])
    is_studying = (found := study(connection)) is not None and any(
        found.is_running(one.now_ms) for one in waiting
    )
    matching = _Matching(connection, waiting)
    asked = counts(connection)
    before = dict(asked)
    decisions: list[ResponseDecision | None] = []
    changes: list[tuple[int, int | None, str | None]] = []
    for one in waiting:
        requested = by_path.get(one.capture_id)
        decision = _studied(connection, one, requested) if is_studying else None
        if requested is not None:
            decisions.append(None)
            continue
        if decision is None:
            rule = decide([rule for rule, _ in one.rules], partial(matching.has, one), asked)
            decision = None if rule is None else ResponseDecision(respond=rule.respond, reason=rule.reason)
        if decision is None:
            changes.append((one.capture_id, one.usual, None))
        else:
            status = decision.respond.status if decision.respond.is_immediate else None
            changes.append((one.capture_id, status, decision.reason))
        decisions.append(decision)
    if asked != before:
        _put_counts(connection, asked)
    _set_responses(connection, changes)
    return decisions


class _Matching:
    """Which of several captures each rule matches: one search per query, and none without a query."""

    def __init__(self, connection: sqlite3.Connection, waiting: Sequence[Undecided]) -> None:
        self._connection = connection
        self._ids = [one.capture_id for one in waiting if one.matched is None]
        self._found: dict[Node, set[int]] = {}

    def has(self, one: Undecided, rule: ResponseRule) -> bool:
        """Return whether a rule matches a capture."""
        if one.matched is not None:
            return one.capture_id in one.matched.get(rule.id, ())
        node = next(node for its, node in one.rules if its is rule)
        if node == _ANY:
            return True
        if node not in self._found:
            self._found[node] = selection.matching(self._connection, self._ids, EVERYTHING, node)
        return one.capture_id in self._found[node]


# ---- the study of retries

_AGAIN = """
SELECT c.body_hash = f.body_hash AND c.size = f.size
FROM captures c JOIN captures f ON f.id = :first
WHERE c.id = :id AND c.kind NOT IN ('cut', 'refused') AND c.is_trusted >= f.is_trusted AND (
  c.body_hash = f.body_hash AND c.size = f.size
  OR c.survey_id IS NOT NULL AND (c.survey_id, c.group_id, c.user_id, c.event, c.question_order)
    IS (f.survey_id, f.group_id, f.user_id, f.event, f.question_order))
"""
"""Whether a capture is the first delivery again: null if not, 1 with the same bytes, 0 with others."""


STUDY_ID = 0
"""The id of the study among those of rules, in what `matches` takes and returns."""


def study_node(study: RetryStudy) -> Node:
    """Return which captures can be the first delivery of a study."""
    return forward_rule.rule(study.rule.query)


def study(connection: sqlite3.Connection) -> RetryStudy | None:
    """Return the latest study of retries, running or ended, or None."""
    text = small_tables.note(connection, _STUDY)
    try:
        return None if text is None else RetryStudy.load(text)
    except UsageError as error:
        log.info("cannot read the study of retries: %s", error)
        return None


def begin_study(connection: sqlite3.Connection, made: RetryStudy, now_ms: int) -> bool:
    """Store a new study. Return False if another one is running."""
    before = study(connection)
    if before is not None and before.is_running(now_ms):
        return False
    small_tables.put_note(connection, _STUDY, made.stored)
    return True


def stop_study(connection: sqlite3.Connection, now_ms: int) -> RetryStudy | None:
    """End the running study and return it; None if none is running."""
    found = study(connection)
    if found is None or not found.is_running(now_ms):
        return None
    ended = replace(found, stopped_ms=now_ms)
    small_tables.put_note(connection, _STUDY, ended.stored)
    return ended


def note_end_of_wait(connection: sqlite3.Connection, capture_id: int, now_ms: int) -> None:
    """Note in the study that the sender of a delivery has closed the connection."""
    found = study(connection)
    if found is not None:
        small_tables.put_note(connection, _STUDY, found.with_end_of_wait(capture_id, now_ms).stored)


def _head(connection: sqlite3.Connection, capture_id: int) -> Capture | None:
    try:
        return captures.read(connection, capture_id, is_head_alone=True)
    except NotFound:  # it was cleared meanwhile
        return None


def _studied(connection: sqlite3.Connection, one: Undecided, by_path: str | None) -> ResponseDecision | None:
    """Add a capture to the running study if it is a delivery of it. Return what its sender then gets."""
    found = study(connection)
    if found is None or not found.is_running(one.now_ms):
        return None
    capture_id, matched = one.capture_id, one.matched
    is_same_body, first = True, None
    if found.deliveries:
        first_id = found.deliveries[0].capture_id
        again = connection.execute(_AGAIN, {"first": first_id, "id": capture_id}).fetchone()
        if again is None:
            return None
        is_same_body = bool(again[0])
        first = _head(connection, first_id)
    elif matched is not None:
        if capture_id not in matched.get(STUDY_ID, ()):
            return None
    elif not selection.matching(connection, [capture_id], EVERYTHING, study_node(found)):
        return None
    capture = _head(connection, capture_id)
    if capture is None:
        return None
    respond = found.rule.respond if found.is_next_failing else RuleResponse()
    response = respond.word if by_path is None else str(capture.answered)
    added = found.with_delivery(capture_id, capture, first, response=response, is_same_body=is_same_body)
    small_tables.put_note(connection, _STUDY, added.stored)
    reason = f"learning retries: {ResponseRule(respond=respond).sentence}"
    return ResponseDecision(respond=respond, reason=reason, is_studied=True)


def set_response(
    connection: sqlite3.Connection, capture_id: int, *, status: int | None, by: str | None
) -> None:
    """Store the status that the sender of a capture gets, if any, and what decided it."""
    connection.execute(
        "UPDATE captures SET answered = ?, answered_by = ? WHERE id = ?", (status, by, capture_id)
    )


def _requested_by_path(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str | None]:
    """Return the reasons that are stored before a decision: of captures whose path requested a response."""
    found = connection.execute(
        "SELECT c.id, c.answered_by FROM json_each(?) j CROSS JOIN captures c ON c.id = j.value"
        " WHERE c.answered_by IS NOT NULL",
        (json.dumps(list(ids)),),
    )
    return dict(found.fetchall())


def _set_responses(
    connection: sqlite3.Connection, changes: Sequence[tuple[int, int | None, str | None]]
) -> None:
    """Store ids, statuses and reasons of responses, as `set_response` does."""
    connection.execute(
        "UPDATE captures SET answered = made.status, answered_by = made.reason FROM"
        " (SELECT value ->> 0 AS id, value ->> 1 AS status, value ->> 2 AS reason FROM json_each(?)) made"
        " WHERE captures.id = made.id",
        (json.dumps(changes),),
    )


def _stored(connection: sqlite3.Connection) -> tuple[int, list[Any]]:
    """Return the last id and the stored rules. A file of captures can come from anyone."""
    found = _json(connection, _RULES)
    last, entries = (found.get("last"), found.get("rules")) if isinstance(found, dict) else (0, [])
    return last if type(last) is int and 0 <= last <= _MAX_ID else 0, entries[:MAX_RULES] if isinstance(
        entries, list
    ) else []


def _json(connection: sqlite3.Connection, name: str) -> Any:
    text = small_tables.note(connection, name)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError) as error:
        log.info("cannot read the note %s: %s", name, error)
        return None


def _put_counts(connection: sqlite3.Connection, made: dict[int, int]) -> None:
    small_tables.put_note(connection, _COUNTS, json.dumps(made) if made else None)
