"""Values inside bodies by a JSON path, for the few captures that are looked at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from inspector.domain.json.json_path import Step
from inspector.store.query.body_conditions import Sql, bindable
from inspector.store.query.read_bodies import READ_BODIES

MOST_VALUES = 8
"""Values of one body that are told; a path with `[*]` may find thousands."""
MOST_TEXT = 160
"""Characters of each."""
_TEXT = "CAST(b.body AS TEXT)"
# SQLite's functions raise at what is no JSON, or nests deeper than a thousand levels.
_ROOT = f"CASE WHEN json_valid({_TEXT}) THEN {_TEXT} END"


def values(
    connection: sqlite3.Connection, ids: Sequence[int], paths: Sequence[tuple[Step, ...]]
) -> dict[int, tuple[str, ...]]:
    """What stands at each path in these captures, as text; empty where nothing does."""
    wanted = json.dumps(list(ids))
    found: dict[int, list[str]] = {one: [""] * len(paths) for one in ids}
    for number, steps in enumerate(paths):
        source, given, place, text = _chain(steps)
        # A number as it was sent: SQLite would print one of many digits as another.
        exact = f"substr(CAST({text} -> {place}.fullkey AS TEXT), 1, {MOST_TEXT})"
        shown = (
            f"CASE WHEN {place}.type IN ('integer', 'real') AND {place}.fullkey IS NOT NULL THEN {exact}"
            f" WHEN {place}.type IN ('true', 'false', 'null') THEN {place}.type"
            f" ELSE substr({place}.value, 1, {MOST_TEXT}) END"
        )
        rows = connection.execute(
            "SELECT j.value, (SELECT json_group_array(v) FROM"
            f" (SELECT {shown} AS v FROM {source} LIMIT {MOST_VALUES + 1}))"
            " FROM json_each(?) j JOIN captures c ON c.id = j.value WHERE c.is_json = 1",
            (*given, wanted),
        )
        for capture_id, listed in rows:
            texts = json.loads(listed)
            more = texts.pop() if len(texts) > MOST_VALUES else None
            found[capture_id][number] = ", ".join(texts) + (", …" if more is not None else "")
    return {one: tuple(texts) for one, texts in found.items()}


def sort_key(steps: Sequence[Step]) -> Sql:
    """The first value at a path, as what captures `c` are put in the order of: numbers before texts."""
    source, given, place, _ = _chain(steps)
    key = f"CASE WHEN c.is_json = 1 THEN (SELECT {place}.atom FROM {source} LIMIT 1) END"
    return key, given


def _chain(steps: Sequence[Step]) -> tuple[str, tuple[object, ...], str, str]:
    """Tables with their condition, what that binds, the name of the last one, and the text that it reads."""
    tables, conditions = [f"{READ_BODIES} b"], ["b.capture_id = c.id"]
    bound: list[object] = []
    text = _ROOT
    for number, step in enumerate(steps):
        place = f"p{number}"
        if number:
            before = f"p{number - 1}"
            text = f"CASE WHEN {before}.type IN ('object', 'array') THEN {before}.value END"
        tables.append(f"json_each({text}) {place}")
        if step is None:
            conditions.append(f"typeof({place}.key) = 'integer'")
        elif isinstance(step, int):
            conditions.append(f"{place}.key = ?")
            bound.append(step)
        else:
            conditions.append(f"{place}.key = ?")
            bound.append(bindable(step))
    source = f"{' CROSS JOIN '.join(tables)} WHERE {' AND '.join(conditions)}"
    return source, tuple(bound), f"p{len(steps) - 1}", text
