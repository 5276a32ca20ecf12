"""The follower keeps groups and counts up to date with the captures, between the batches of the writer."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.verdict import COUNTED
from inspector.store.group import grouping, refold_queue, respondents, shapes
from inspector.store.group.respondents import StoredRespondentKey
from inspector.store.verdict_sql import COUNTED_SQL
from inspector.store.write import captures, small_tables
from inspector.store.write.columns import ESTIMATED_BYTES_SQL

STEP_S = 0.002
"""Maximum duration of a step on the writer's thread. It determines the number of captures per step."""
_MOST = 256
ALTERED = "id IN (SELECT id FROM altered)"
"""The condition for the captures that `change` changes, while its `alter` runs."""

# What a set of captures adds to the single row of counts. Samples only count in `samples`.
_FIGURES = ("total", "samples", *COUNTED, "body_bytes", "untrusted_bytes")
_SUM = (
    "SELECT count(*), coalesce(sum(kind = 'sample'), 0), "
    + ", ".join(f"coalesce(sum(kind != 'sample' AND ({COUNTED_SQL}) = '{name}'), 0)" for name in COUNTED)
    + ", coalesce(sum(size), 0), "
    f"coalesce(sum(CASE WHEN is_trusted THEN 0 ELSE {ESTIMATED_BYTES_SQL} END), 0) FROM captures"
)

# The next captures, with the columns of `respondents.Each`.
_NEXT = (
    "SELECT kind, survey_id, group_id, user_id,"
    f" id, event, body_hash, items, '{{}}', is_trusted, {COUNTED_SQL}, received_ms"
    " FROM captures WHERE id > ? AND deletion IS NULL ORDER BY id LIMIT ?"
)


class Follower:
    """Reads captures by id from a stored watermark. After a kill it resumes there, so nothing is lost."""

    def __init__(self, followed: Callable[[frozenset[int]], None]) -> None:
        """`followed(ids)` is called on the writer's thread after each step, with captures whose findings
        changed."""
        self._followed = followed
        self._batch = self._refolds = 8

    def step(self, connection: sqlite3.Connection) -> bool:
        """Add the next captures in one transaction. Return whether there are more."""
        if not _has_work(connection):  # without a lock that another process may be waiting for
            return False
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        watermark = read_watermark(connection)
        found = connection.execute(_NEXT, (watermark, self._batch)).fetchall()
        if not found:
            return self._work_off(connection, watermark, started)
        gained: defaultdict[StoredRespondentKey, grouping.Gain] = defaultdict(grouping.Gain)
        named: set[grouping.SurveyKey] = set()
        for kind, survey, group, user, *rest in found:
            capture = respondents.Each(*rest)
            key = respondents.key_of(capture.id, kind, capture.event, survey, group, user)
            if key is not None:
                gained[key].count(capture)
                if capture.is_trusted and capture.event == "response_group":  # only completions have a name
                    named.add(key[:2])
        has_more = len(found) == self._batch
        # Captures hidden before they were counted are skipped. They are counted if they are restored.
        last = capture.id if has_more else _newest(connection)
        shift_figures(connection, figures_of(connection, "id > ? AND id <= ?", (watermark, last)))
        connection.execute("UPDATE figures SET watermark = ?", (last,))
        shapes.follow(connection, watermark, last)
        added = grouping.add(connection, gained, named, watermark, last)
        refold_queue.defer_respondents(connection, added.unsure)
        connection.execute("COMMIT")
        taken = time.perf_counter() - started
        if has_more or taken > STEP_S:
            self._batch = _fitting(self._batch, taken)
        self._followed(added.marked)
        return has_more or refold_queue.waiting(connection) > 0

    def _work_off(self, connection: sqlite3.Connection, watermark: int, started: float) -> bool:
        """If there are no new captures, recount some of the respondents that a large change queued."""
        if (newest := _newest(connection)) > watermark:
            watermark = newest
            connection.execute("UPDATE figures SET watermark = ?", (watermark,))
        marked = refold_queue.work_off(connection, self._refolds, watermark, seconds=STEP_S)
        has_more = refold_queue.waiting(connection) > 0
        connection.execute("COMMIT")
        self._refolds = _fitting(self._refolds, time.perf_counter() - started)
        self._followed(marked)
        return has_more


def _fitting(batch: int, taken: float) -> int:
    """Return the size of the next batch. The last one may only have waited for the processor or the disk."""
    return int(min(max(batch * STEP_S / max(taken, 1e-9), batch / 2, 1), batch * 2, _MOST))


def _newest(connection: sqlite3.Connection) -> int:
    """Return the id of the last capture, hidden or not."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])


def _has_work(connection: sqlite3.Connection) -> bool:
    """Return whether captures are not counted yet, or respondents are queued."""
    newest = "(SELECT coalesce(max(id), 0) FROM captures)"
    query = f"SELECT watermark < {newest} OR refolds > 0 FROM figures"
    return bool(connection.execute(query).fetchone()[0])


def read_watermark(connection: sqlite3.Connection) -> int:
    """Return the id of the last capture that counts and groups include."""
    return int(connection.execute("SELECT watermark FROM figures").fetchone()[0])


def read_figures(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Return the stored counts in the order of `figures_of`."""
    return tuple(connection.execute(f"SELECT {', '.join(_FIGURES)} FROM figures").fetchone())


def untrusted_bytes(connection: sqlite3.Connection) -> int:
    """Return the size of all untrusted captures, including those that are not counted yet."""
    stored, watermark = connection.execute("SELECT untrusted_bytes, watermark FROM figures").fetchone()
    ahead = connection.execute(
        f"SELECT coalesce(sum({ESTIMATED_BYTES_SQL}), 0) FROM captures"
        " WHERE id > ? AND NOT is_trusted AND deletion IS NULL",
        (watermark,),
    ).fetchone()[0]
    return int(stored + ahead)


def change(
    connection: sqlite3.Connection,
    ids: Iterable[int],
    alter: Callable[[], object],
    *,
    is_bulk: bool = False,
) -> frozenset[int]:
    """Run `alter`, which changes or hides these captures, and update counts and groups.

    This is part of the caller's transaction. While `alter` runs, the captures are in the table `altered`.
    With `is_bulk`, respondents are left to the follower (see refold_queue.py). Return the captures whose
    findings changed.
    """
    watermark = read_watermark(connection)
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS altered (id INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM altered")
    # As one text: each statement releases the interpreter lock and must win it back.
    connection.execute(
        "INSERT OR IGNORE INTO altered SELECT value FROM json_each(?)", (json.dumps(list(ids)),)
    )
    where = f"{ALTERED} AND id <= (SELECT watermark FROM figures)"
    before = figures_of(connection, where)
    if is_bulk:
        refold_queue.defer(connection, where)
    else:
        keys, news = _keys(connection, where), shapes.news_of(connection, where)
    alter()
    after = figures_of(connection, where)
    shift_figures(connection, tuple(new - old for new, old in zip(after, before, strict=True)))
    if is_bulk:
        refold_queue.defer(connection, where)
        return frozenset()
    changed = shapes.refollow(connection, news | shapes.news_of(connection, where), watermark)
    return changed | grouping.refold(connection, keys | _keys(connection, where), watermark)


def work_off(connection: sqlite3.Connection, limit: int) -> bool:
    """Recount respondents that a bulk change queued, if no follower runs. Return whether there are more."""
    refold_queue.work_off(connection, limit, read_watermark(connection))
    return refold_queue.waiting(connection) > 0


def reevaluate(
    connection: sqlite3.Connection, evaluated: Iterable[tuple[int, Evaluation]], *, is_bulk: bool = False
) -> frozenset[int]:
    """Replace the evaluations of these captures. Return the captures whose findings changed.

    The file decides whether captures evaluated without a secret are trusted, as in `captures.insert`.
    """
    on_file = small_tables.had_secret(connection)
    evaluations = {one: each.on_file(is_secret_on_file=on_file) for one, each in evaluated}

    def alter() -> None:
        seen = shapes.hashes_of(connection, ALTERED)
        for capture_id, evaluation in evaluations.items():
            captures.set_evaluation(connection, capture_id, evaluation)
        shapes.forget(connection, seen)

    changed = change(connection, evaluations, alter, is_bulk=is_bulk)
    # `change` skips hidden captures, but the name of a survey may be from a deleted one.
    hidden = connection.execute(
        "SELECT DISTINCT kind = 'sample', survey_id FROM captures"
        f" WHERE {ALTERED} AND deletion IS NOT NULL AND survey_id IS NOT NULL"
    ).fetchall()
    grouping.rename(connection, ((bool(one), survey) for one, survey in hidden), read_watermark(connection))
    return changed


def figures_of(
    connection: sqlite3.Connection, where: str, values: tuple[object, ...] = ()
) -> tuple[int, ...]:
    """Return what the matching undeleted captures add to each column of the counts."""
    return tuple(connection.execute(f"{_SUM} WHERE {where} AND deletion IS NULL", values).fetchone())


def shift_figures(connection: sqlite3.Connection, difference: tuple[int, ...]) -> None:
    """Add to the stored counts."""
    connection.execute(
        "UPDATE figures SET " + ", ".join(f"{name} = {name} + ?" for name in _FIGURES), difference
    )


def _keys(connection: sqlite3.Connection, where: str) -> set[StoredRespondentKey]:
    """Return the respondents of the matching undeleted captures."""
    found = connection.execute(
        "SELECT id, kind, event, survey_id, group_id, user_id FROM captures"
        f" WHERE {where} AND deletion IS NULL"
    )
    return {key for row in found if (key := respondents.key_of(*row)) is not None}
