"""Bodies that are not as documented: each shape once, and who brought what is new.

Both findings about the sender are read from here and stored with no capture, so one that departs
from the documents all day costs a number a capture.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping

from inspector.domain.finding import Finding
from inspector.domain.shape import AS_DOCUMENTED, Shape, departs_from_docs, new_shape

FINDINGS_SQL: Mapping[str, str] = {
    "departs-from-docs": "c.shape IN (SELECT hash FROM shapes WHERE departures != '[]')",
    "new-shape": "c.id IN (SELECT capture_id FROM news)",
}
"""Whether a capture `c` has one of these findings, which stand in no other table."""

_COUNTS = "is_trusted AND deletion IS NULL AND kind != 'sample'"

# By the index of each shape that has it no further than the first, as a sender may have it all day. A
# quoted text that begins with a word of ours is found in a list of such as a whole only.
_FIRST = (
    "SELECT min((SELECT id FROM captures INDEXED BY captures_by_shape"
    f" WHERE shape = s.hash AND shape IS NOT NULL AND {_COUNTS} AND id <= ? ORDER BY id LIMIT 1))"
    " FROM shapes s WHERE instr(s.news, ?)"
)


def hash_of(shape: Shape) -> int | None:
    """The column `shape` of a capture; null where the body is as documented."""
    if shape is AS_DOCUMENTED or shape == AS_DOCUMENTED:
        return None
    text = json.dumps((shape.departures, shape.news)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big", signed=True)


def put(connection: sqlite3.Connection, shapes: Iterable[Shape]) -> None:
    """Keep these shapes; those that are as documented need no keeping."""
    for shape in {shape for shape in shapes if shape is not AS_DOCUMENTED}:
        if (number := hash_of(shape)) is not None:
            connection.execute(
                "INSERT OR IGNORE INTO shapes VALUES (?, ?, ?)",
                (number, json.dumps(shape.departures), json.dumps(shape.news)),
            )


def findings(connection: sqlite3.Connection, capture_id: int) -> tuple[Finding, ...]:
    """What is to be said of the sender at this capture."""
    found: list[Finding] = []
    row = connection.execute(
        "SELECT departures FROM shapes WHERE hash = (SELECT shape FROM captures WHERE id = ?)", (capture_id,)
    ).fetchone()
    if row is not None and (departures := tuple(json.loads(row[0]))):
        found.append(departs_from_docs(departures))
    query = "SELECT what FROM news WHERE capture_id = ? ORDER BY what"
    if news := tuple(json.loads(what) for (what,) in connection.execute(query, (capture_id,))):
        found.append(new_shape(news))
    return tuple(found)


def news_of(connection: sqlite3.Connection, where: str, values: tuple[object, ...] = ()) -> set[str]:
    """What no document knows in the captures that match, as the texts that `news` keeps."""
    found = connection.execute(
        f"SELECT DISTINCT news FROM shapes WHERE hash IN (SELECT shape FROM captures WHERE {where})", values
    )
    return {json.dumps(what) for (news,) in found for what in json.loads(news)}


def follow(connection: sqlite3.Connection, after: int, last: int) -> None:
    """Note what the captures after `after`, up to `last`, are the first to have."""
    found = connection.execute(
        "SELECT c.id, s.news FROM captures c CROSS JOIN shapes s ON s.hash = c.shape"
        f" WHERE c.id > ? AND c.id <= ? AND {_COUNTS} ORDER BY c.id",
        (after, last),
    ).fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO news VALUES (?, ?)",
        ((json.dumps(what), capture_id) for capture_id, news in found for what in json.loads(news)),
    )


def refollow(connection: sqlite3.Connection, news: Iterable[str], watermark: int) -> frozenset[int]:
    """Find anew which capture up to the watermark is the first to have each; ids that gained or lost one."""
    changed: set[int] = set()
    for what in news:
        old = connection.execute("SELECT capture_id FROM news WHERE what = ?", (what,)).fetchone()
        first = connection.execute(_FIRST, (watermark, what)).fetchone()
        if old == first:
            continue
        changed.update(one for one in (*(old or ()), *first) if one is not None)
        if first[0] is None:
            connection.execute("DELETE FROM news WHERE what = ?", (what,))
        else:
            connection.execute("INSERT OR REPLACE INTO news VALUES (?, ?)", (what, first[0]))
    return frozenset(changed)
