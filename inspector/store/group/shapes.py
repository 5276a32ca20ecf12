"""Bodies that differ from the documentation: each shape once, and the first capture with each departure.

Both findings about the sender belong to the first trusted capture with a departure and are read from here. If
a sender departs from the documentation all day, each capture costs one number, and the departure is reported
once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping

from inspector.domain.event.shape import AS_DOCUMENTED, Shape, departs_from_docs, new_shape
from inspector.domain.signature.finding import Finding

FINDINGS_SQL: Mapping[str, str] = {
    "departs-from-docs": "c.id IN (SELECT capture_id FROM news WHERE what LIKE '[%')",
    "new-shape": "c.id IN (SELECT capture_id FROM news WHERE what LIKE '\"%')",
}
"""Conditions that a capture `c` has one of these findings, which no other table contains.

The column `what` is JSON: a list with one text for a departure, a text for something undocumented (news).
"""

_COUNTS = "is_trusted = 1 AND deletion IS NULL AND kind != 'sample'"

# Reads only up to the first capture of each shape, by the index: a sender may use the shape all day. The
# quotes in the text ensure that it matches a whole text of the list.
FIRST_QUERY = (
    "SELECT min((SELECT id FROM captures INDEXED BY captures_by_shape"
    f" WHERE shape = s.hash AND shape IS NOT NULL AND {_COUNTS} AND id <= ? ORDER BY id LIMIT 1))"
    " FROM shapes s WHERE instr({column}, ?)"
)


def hash_of(shape: Shape) -> int | None:
    """Return the column `shape` of a capture, or None if the body is as documented."""
    if shape is AS_DOCUMENTED or shape == AS_DOCUMENTED:
        return None
    text = json.dumps((shape.departures, shape.news)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big", signed=True)


def put(connection: sqlite3.Connection, shapes: Iterable[Shape]) -> None:
    """Store these shapes, without documented ones."""
    for shape in {shape for shape in shapes if shape is not AS_DOCUMENTED}:
        if (number := hash_of(shape)) is not None:
            connection.execute(
                "INSERT OR IGNORE INTO shapes VALUES (?, ?, ?)",
                (number, json.dumps(shape.departures), json.dumps(shape.news)),
            )


def hashes_of(connection: sqlite3.Connection, where: str, values: tuple[object, ...] = ()) -> str:
    """Return the shapes of the matching captures, for `forget`."""
    query = f"SELECT json_group_array(DISTINCT shape) FROM captures WHERE shape IS NOT NULL AND {where}"
    return str(connection.execute(query, values).fetchone()[0])


def forget(connection: sqlite3.Connection, hashes: str) -> None:
    """Remove those of these shapes that no capture has any more: their texts are from bodies."""
    connection.execute(
        "DELETE FROM shapes WHERE hash IN (SELECT value FROM json_each(?))"
        " AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.shape = hash)",
        (hashes,),
    )


def findings(connection: sqlite3.Connection, capture_id: int) -> tuple[Finding, ...]:
    """Return the findings about the sender at this capture."""
    query = "SELECT what FROM news WHERE capture_id = ? ORDER BY what"
    learned = [json.loads(what) for (what,) in connection.execute(query, (capture_id,))]
    departures = tuple(what[0] for what in learned if isinstance(what, list))
    news = tuple(what for what in learned if isinstance(what, str))
    found: list[Finding] = []
    if departures:
        found.append(departs_from_docs(departures))
    if news:
        found.append(new_shape(news))
    return tuple(found)


def news_of(connection: sqlite3.Connection, where: str, values: tuple[object, ...] = ()) -> set[str]:
    """Return everything that the matching captures can be the first with, as texts of the table `news`."""
    found = connection.execute(
        "SELECT DISTINCT departures, news FROM shapes"
        f" WHERE hash IN (SELECT shape FROM captures WHERE {where})",
        values,
    )
    return {what for row in found for what in _what(*row)}


def all_news(connection: sqlite3.Connection) -> set[str]:
    """As `news_of`, for all existing and removed captures."""
    learned = {what for (what,) in connection.execute("SELECT what FROM news")}
    shapes = connection.execute("SELECT DISTINCT departures, news FROM shapes")
    return learned | {what for row in shapes for what in _what(*row)}


def follow(connection: sqlite3.Connection, after: int, last: int) -> None:
    """Store everything that the captures after `after`, up to `last`, are the first with."""
    found = connection.execute(
        "SELECT c.id, s.departures, s.news FROM captures c CROSS JOIN shapes s ON s.hash = c.shape"
        f" WHERE c.id > ? AND c.id <= ? AND {_COUNTS} ORDER BY c.id",
        (after, last),
    ).fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO news VALUES (?, ?)",
        ((what, capture_id) for capture_id, *row in found for what in _what(*row)),
    )


def refollow(connection: sqlite3.Connection, news: Iterable[str], watermark: int) -> frozenset[int]:
    """Find the first capture of each up to the watermark again. Return those that gained or lost one."""
    changed: set[int] = set()
    for what in news:
        old = connection.execute("SELECT capture_id FROM news WHERE what = ?", (what,)).fetchone()
        column, text = ("s.departures", what[1:-1]) if what.startswith("[") else ("s.news", what)
        first = connection.execute(FIRST_QUERY.format(column=column), (watermark, text)).fetchone()
        if old == first:
            continue
        changed.update(one for one in (*(old or ()), *first) if one is not None)
        if first[0] is None:
            connection.execute("DELETE FROM news WHERE what = ?", (what,))
        else:
            connection.execute("INSERT OR REPLACE INTO news VALUES (?, ?)", (what, first[0]))
    return frozenset(changed)


def _what(departures: str, news: str) -> list[str]:
    """Return the columns of a shape as texts of the table `news`."""
    found = [json.dumps([departure]) for departure in json.loads(departures)]
    return found + [json.dumps(one) for one in json.loads(news)]
