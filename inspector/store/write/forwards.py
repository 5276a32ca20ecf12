"""Forwards in SQL: their targets and rules, and their waiting and failed deliveries.

A delivery is removed once its target has accepted it. The delivery of a deleted capture is skipped, and stays
until the deletion is final.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspector.base.errors import NotFound
from inspector.domain.capture.capture import BROWSER_HEADERS, SIGNATURE_HEADER, Kind
from inspector.domain.query import Node
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.verdict import VerdictWord
from inspector.store.query import selection
from inspector.store.write import deliveries, journal_transaction, small_tables
from inspector.store.write.columns import has_header
from inspector.store.write.deliveries import Advance, DeliveryState, Queue

_ALL = "SELECT id, url, filter, is_active, options, watermark FROM forwards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """The target and rule of a forward, and its position in the captures."""

    id: int
    url: str
    filter: str
    is_active: bool
    watermark: int
    """The last capture that its rule was applied to."""
    relays: bool = False
    """Whether senders wait for the response of its target."""
    is_for_run: bool = False
    """Whether it ends with the process that created it."""
    since: int = 0
    """The last capture before it was created. It takes later ones only."""
    why_paused: str | None = None
    """In a sentence, why it was paused; None if the user did it."""
    resumes_ms: int = 0
    """When a pause ends automatically; 0 if it does not."""
    queued: int = 0
    """How often another process queued captures. After a change, the listener counts again."""

    @property
    def options(self) -> str:
        """The fields without a column, as JSON."""
        names = ("relays", "is_for_run", "since", "why_paused", "resumes_ms", "queued")
        return json.dumps({name: getattr(self, name) for name in names})


def all_of(connection: sqlite3.Connection) -> tuple[Forward, ...]:
    """Return every forward of the file, oldest first."""
    return tuple(map(_forward, connection.execute(f"{_ALL} ORDER BY id")))


def read(connection: sqlite3.Connection, forward_id: int) -> Forward:
    """Return a forward. Raises NotFound: another process can remove it at any time."""
    found = connection.execute(f"{_ALL} WHERE id = ?", (forward_id,)).fetchone()
    if found is None:
        raise NotFound("This forward does not exist any more.")
    return _forward(found)


def add(connection: sqlite3.Connection, forward: Forward) -> Forward:
    """Store a new forward for later captures; return it with its id and watermark."""
    last = newest(connection)
    made = replace(forward, watermark=last, since=last)
    cursor = connection.execute(
        "INSERT INTO forwards (url, filter, is_active, options, watermark) VALUES (?, ?, ?, ?, ?)",
        (made.url, made.filter, made.is_active, made.options, last),
    )
    return replace(made, id=int(cursor.lastrowid or 0))


def newest(connection: sqlite3.Connection) -> int:
    """Return the id of the newest capture that was ever stored, or that waits for its evaluation."""
    return journal_transaction.newest(connection)


def newest_stored(connection: sqlite3.Connection) -> int:
    """Return the id of the newest capture that is in the file, or 0."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])


def change(connection: sqlite3.Connection, forward: Forward) -> None:
    """Store the changes of a forward, without its watermark."""
    connection.execute(
        "UPDATE forwards SET filter = ?, is_active = ?, options = ? WHERE id = ?",
        (forward.filter, forward.is_active, forward.options, forward.id),
    )


def take_all(connection: sqlite3.Connection, forward_id: int, rule: Node) -> bool:
    """Queue the next captures that the rule takes. Return whether there may be more.

    A capture that is not evaluated yet does not end it: the rule decides once the forward runs again.
    """
    found = scan(connection, forward_id, rule, _NEVER_MS)
    take(connection, forward_id, found)
    return connection.execute("SELECT 1 FROM captures WHERE id > ?", (found.last,)).fetchone() is not None


def end_run(connection: sqlite3.Connection, forward_id: int) -> None:
    """Remove a forward, or store it as ended if it has captures that its target did not get."""
    forward = read(connection, forward_id)
    if any(counts(connection, forward_id)):
        change(connection, replace(forward, is_active=False, why_paused=None, resumes_ms=0))
    else:
        remove(connection, forward_id)


def begin_run(connection: sqlite3.Connection, forward: Forward) -> tuple[Forward, int]:
    """Resume a forward of an earlier run. Return it with the number of captures that its target did not get.

    Those are retried at once, failed ones too. Captures that arrived after that run are skipped.
    """
    before = read(connection, forward.id)
    if not before.is_active and not before.resumes_ms:
        skip_to_newest(connection, forward.id)
    change(connection, replace(forward, is_active=True, why_paused=None, resumes_ms=0))
    connection.execute(
        "UPDATE deliveries SET state = 0, tries = 0, next_ms = 0"
        " WHERE plan_id = 0 AND forward_id = ? AND state IN (0, 4)",
        (forward.id,),
    )
    return read(connection, forward.id), counts(connection, forward.id)[0]


def skip_to_newest(connection: sqlite3.Connection, forward_id: int) -> None:
    """Skip the captures that arrived meanwhile. They can be forwarded later (see `missed`)."""
    connection.execute("UPDATE forwards SET watermark = ? WHERE id = ?", (newest(connection), forward_id))


def remove(connection: sqlite3.Connection, forward_id: int) -> None:
    """Remove a forward and its queue. Its attempts stay."""
    deliveries.remove_queue(connection, Queue(forward_id=forward_id))
    connection.execute("DELETE FROM forwards WHERE id = ?", (forward_id,))


def _forward(values: Any) -> Forward:
    forward_id, url, text, is_active, options, watermark = values
    return Forward(
        id=forward_id,
        url=url,
        filter=text,
        is_active=bool(is_active),
        watermark=watermark,
        **json.loads(options),
    )


_NEVER_MS = 2**62
"""A time that no capture has arrived after."""
SCANNED = 256
"""Maximum number of captures that a rule is applied to at a time."""
# Excludes refused and cut requests, which are incomplete, and imported ones, which did not arrive here.
_KINDS = "c.kind IN ('captured', 'sample')"
_UNJUDGED = "c.reason = 'pending' AND c.deletion IS NULL"
_FROM_BROWSER = has_header(*BROWSER_HEADERS)
_UNSIGNED = f"({_FROM_BROWSER} OR NOT {has_header(SIGNATURE_HEADER)})"
_SETTLED = "(c.id IS NULL OR (c.reason IS NOT 'pending' AND c.deletion IS NULL))"

# The first condition lets SQLite use the index on the deliveries of forwards.
_OF_FORWARD = "q.forward_id > 0 AND q.forward_id = ?"

Respondent = tuple[int, str, str, str]
"""Sample or not, survey, group and user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A capture that waits to be sent or retried."""

    capture_id: int
    tries: int
    """The number of attempts."""
    next_ms: int
    respondent: Respondent | None
    """Captures of one respondent are sent one after another; None if it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The result of applying a rule to the captures up to `last`."""

    last: int
    taken: tuple[int, ...]
    unjudged: tuple[int, ...]
    """Captures that are still to be evaluated, so that the rule decides later."""
    settled: tuple[int, ...] = ()
    """Captures that were `unjudged` and are evaluated now; `taken` has those that are taken."""


LeftOut = tuple[VerdictWord, bool, str, Kind, bool, int]
"""Verdict, trust, method, kind and browser origin of captures that were not taken, with their number."""

# ---- applying the rule


def scan(
    connection: sqlite3.Connection,
    forward_id: int,
    rule: Node,
    pending_since_ms: int,
    *,
    is_for_trusted: bool = False,
) -> Scan:
    """Apply the rule to the next captures, in order of their ids.

    A capture that is not evaluated yet ends the scan, to keep the order, unless it arrived before
    `pending_since_ms`. If the rule `is_for_trusted` captures, those that can never be trusted do not end it.
    Raises NotFound if the forward was removed.
    """
    unjudged_sql = _UNJUDGED
    if is_for_trusted:
        unjudged_sql += f" AND NOT {_UNSIGNED if small_tables.had_secret(connection) else _FROM_BROWSER}"
    watermark = read(connection, forward_id).watermark
    last = connection.execute(
        "SELECT coalesce(max(id), ?) FROM (SELECT id FROM captures WHERE id > ? ORDER BY id LIMIT ?)",
        (watermark, watermark, SCANNED),
    ).fetchone()[0]
    blocking = connection.execute(
        f"SELECT min(c.id) FROM captures c WHERE c.id > ? AND c.id <= ? AND {unjudged_sql}"
        " AND c.received_ms > ?",
        (watermark, last, pending_since_ms),
    ).fetchone()[0]
    if blocking is not None:
        last = blocking - 1
    between = (watermark, last)
    unjudged = connection.execute(
        f"SELECT c.id FROM captures c WHERE c.id > ? AND c.id <= ? AND {unjudged_sql} AND {_KINDS}", between
    )
    settled = connection.execute(
        "SELECT q.capture_id FROM deliveries q LEFT JOIN captures c ON c.id = q.capture_id"
        f" WHERE {_OF_FORWARD} AND q.state = {DeliveryState.PENDING:d} AND {_SETTLED} LIMIT ?",
        (forward_id, SCANNED),
    )
    waiting = frozenset(_ids(unjudged))
    settled_ids = _ids(settled)
    taken = _taken(connection, rule, "c.id > ? AND c.id <= ?", between)
    marks = ", ".join("?" * len(settled_ids))
    late = _taken(connection, rule, f"c.id IN ({marks})", settled_ids) if settled_ids else ()
    return Scan(
        last=last,
        taken=tuple(sorted({*late, *(one for one in taken if one not in waiting)})),
        unjudged=tuple(sorted(waiting)),
        settled=settled_ids,
    )


def take(connection: sqlite3.Connection, forward_id: int, found: Scan) -> None:
    """Queue what a scan found, and move the watermark. Raises NotFound if the forward was removed."""
    read(connection, forward_id)
    _forget(connection, forward_id, found.settled)
    _queue(connection, forward_id, found.unjudged, DeliveryState.PENDING)
    _queue(connection, forward_id, found.taken, DeliveryState.WAITING)
    connection.execute(
        "UPDATE forwards SET watermark = max(watermark, ?) WHERE id = ?", (found.last, forward_id)
    )


def missed(connection: sqlite3.Connection, forward: Forward, rule: Node) -> tuple[int, ...]:
    """Return the captures since the forward was created that it takes, but never delivered and has not
    queued."""
    return _taken(
        connection,
        rule,
        "c.id > ? AND c.id <= (SELECT watermark FROM forwards WHERE id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.capture_id = c.id AND a.forward_id = ?"
        " AND a.status BETWEEN 200 AND 299)"
        " AND NOT EXISTS (SELECT 1 FROM deliveries q"
        " WHERE q.plan_id = 0 AND q.forward_id = ? AND q.position = c.id AND q.state IN (0, 1))",
        (forward.since, forward.id, forward.id, forward.id),
    )


def left_out(connection: sqlite3.Connection, forward_id: int, rule: Node, after: int) -> list[LeftOut]:
    """Return the number of requests after the id `after` that a forward considered and did not take."""
    chosen = selection.where(EVERYTHING, rule)
    found = connection.execute(
        f"SELECT c.verdict, c.is_trusted, c.method, c.kind, {_FROM_BROWSER}, count(*) FROM captures c"
        " WHERE c.id > ? AND c.id <= (SELECT watermark FROM forwards WHERE id = ?) AND c.deletion IS NULL"
        f" AND c.kind IN ('captured', 'sample', 'cut') AND NOT coalesce({_KINDS} AND ({chosen.text}), 0)"
        " AND NOT EXISTS (SELECT 1 FROM deliveries q"
        " WHERE q.plan_id = 0 AND q.forward_id = ? AND q.position = c.id)"
        " GROUP BY 1, 2, 3, 4, 5",
        (after, forward_id, *chosen.values, forward_id),
    )
    return [
        (verdict, bool(is_trusted), method, kind, bool(is_from_browser), count)
        for verdict, is_trusted, method, kind, is_from_browser, count in found
    ]


def left_unsent(connection: sqlite3.Connection, forward_id: int, rule: Node, after: int) -> int:
    """Return the number of captures after the id `after` that the rule takes, and that were never queued."""
    chosen = selection.where(EVERYTHING, rule)
    [count] = connection.execute(
        f"SELECT count(*) FROM captures c WHERE c.id > ? AND {_KINDS} AND ({chosen.text})"
        " AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.capture_id = c.id AND a.forward_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM deliveries q"
        " WHERE q.plan_id = 0 AND q.forward_id = ? AND q.position = c.id)",
        (after, *chosen.values, forward_id, forward_id),
    ).fetchone()
    return int(count)


def queue_again(connection: sqlite3.Connection, forward_id: int, ids: Sequence[int]) -> int:
    """Queue captures as if they had just arrived; return how many of them had failed."""
    [failed] = connection.execute(
        "SELECT count(*) FROM deliveries WHERE plan_id = 0 AND forward_id = ?"
        " AND position IN (SELECT value FROM json_each(?)) AND state = 4",
        (forward_id, json.dumps(list(ids))),
    ).fetchone()
    _forget(connection, forward_id, ids)
    _queue(connection, forward_id, ids, DeliveryState.WAITING)
    return int(failed)


# ---- waiting deliveries


def waiting(connection: sqlite3.Connection, forward_id: int, limit: int) -> tuple[Queued, ...]:
    """Return the first waiting deliveries, in order of arrival."""
    found = connection.execute(
        "SELECT q.capture_id, q.tries, q.next_ms, c.kind = 'sample', c.survey_id, c.group_id, c.user_id"
        " FROM deliveries q CROSS JOIN captures c ON c.id = q.capture_id AND c.deletion IS NULL"
        f" WHERE {_OF_FORWARD} AND q.state = 0 ORDER BY q.position LIMIT ?",
        (forward_id, limit),
    )
    return tuple(
        Queued(
            capture_id=capture_id,
            tries=tries,
            next_ms=next_ms,
            respondent=None if None in of else of,
        )
        for capture_id, tries, next_ms, *rest in found
        for of in [tuple(rest)]
    )


def counts(connection: sqlite3.Connection, forward_id: int) -> tuple[int, int]:
    """Return how many deliveries wait or are in flight, and how many have failed."""
    found = dict(
        connection.execute(
            "SELECT q.state, count(*) FROM deliveries q CROSS JOIN captures c ON c.id = q.capture_id"
            f" WHERE {_OF_FORWARD} AND (c.deletion IS NULL OR q.state = 1) GROUP BY q.state",
            (forward_id,),
        ).fetchall()
    )
    waiting = found.get(DeliveryState.WAITING, 0) + found.get(DeliveryState.STARTED, 0)
    return waiting, found.get(DeliveryState.FAILED, 0)


def has_cleared_in_flight(connection: sqlite3.Connection, forward_id: int) -> bool:
    """Return whether a capture that was cleared is being sent: `counts` includes it until that ends."""
    query = (
        "SELECT 1 FROM deliveries q CROSS JOIN captures c ON c.id = q.capture_id"
        f" WHERE {_OF_FORWARD} AND q.state = 1 AND c.deletion IS NOT NULL LIMIT 1"
    )
    return connection.execute(query, (forward_id,)).fetchone() is not None


def recover(connection: sqlite3.Connection, queue: Queue, started: Sequence[tuple[int, int]]) -> None:
    """Queue started deliveries (position, tries) again after a kill, and remove those without a capture."""
    deliveries.advance(
        connection,
        queue,
        [Advance(position, DeliveryState.WAITING, tries=tries + 1) for position, tries in started],
    )
    connection.execute(
        "DELETE FROM deliveries WHERE plan_id = ? AND forward_id = ?"
        " AND position NOT IN (SELECT id FROM captures)",
        queue,
    )


def _taken(
    connection: sqlite3.Connection, rule: Node, where: str, values: tuple[Any, ...]
) -> tuple[int, ...]:
    chosen = selection.where(EVERYTHING, rule)
    return _ids(
        connection.execute(
            f"SELECT c.id FROM captures c WHERE {where} AND {_KINDS} AND ({chosen.text}) ORDER BY c.id",
            (*values, *chosen.values),
        )
    )


def _ids(rows: sqlite3.Cursor) -> tuple[int, ...]:
    return tuple(row[0] for row in rows)


def _queue(connection: sqlite3.Connection, forward_id: int, ids: Sequence[int], state: DeliveryState) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO deliveries (forward_id, position, capture_id, state)"
        " SELECT ?, value, value, ? FROM json_each(?)",
        (forward_id, state, json.dumps(list(ids))),
    )


def _forget(connection: sqlite3.Connection, forward_id: int, ids: Sequence[int]) -> None:
    deliveries.remove(connection, Queue(forward_id=forward_id), ids)
