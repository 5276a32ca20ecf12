"""Stored verdicts, gone through from the newest down and replaced where they are others now."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import TypeAlias

from inspector.domain.capture.capture import BROWSER_HEADERS, Capture
from inspector.domain.signature.content import CONTENT_ENCODING
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.finding import Finding
from inspector.store.group import follower
from inspector.store.verdict_sql import matched_bits
from inspector.store.write import captures, small_tables
from inspector.store.write.columns import OF_CAPTURE, capture_of, has_header

_NOTE = "verified-down-to"
_FORMAT_NOTE = "verified-for-format"  # migrations.py sets it
_WITH_NOTE = "verified-with"
Evaluated: TypeAlias = Sequence[tuple[int, Evaluation]]

# What is hidden as well: an undo gives it back with the verdict it has.
_VERIFIABLE = "kind != 'refused'"
# What an older version of the program evaluated differently: compressed bodies, and requests of browsers.
_OTHERWISE = f"{_VERIFIABLE} AND {has_header(CONTENT_ENCODING, *BROWSER_HEADERS)}"
_NEXT = (
    f"SELECT id, verdict, reason, matched, secret, is_trusted, problem, encoding, body, {OF_CAPTURE}"
    " FROM captures CROSS JOIN bodies ON capture_id = id"
    " WHERE id < ? AND {where} ORDER BY id DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """What is stored of one capture's verdict, and what it is to be made from."""

    id: int
    word: str
    reason: str | None
    matched: int
    secret: str | None
    is_trusted: bool
    problem: str | None
    """Why its body was not read."""
    encoding: str | None
    is_kept: bool
    """It is a sample, signed by this program with a secret that may be gone: its verdict stays."""
    capture: Capture

    def is_outdated(self, judgement: Evaluation) -> bool:
        """Whether the judgement says anything else than what is stored, or its cause has to be sought
        anew: under other secrets an invalid signature has another."""
        verdict = judgement.verdict
        return verdict.word == "invalid" or (
            (
                self.word,
                self.reason,
                self.matched,
                self.secret,
                self.is_trusted,
                self.problem,
                self.encoding,
            )
            != (
                verdict.word,
                verdict.reason,
                matched_bits(verdict),
                verdict.secret,
                judgement.is_trusted,
                judgement.problem,
                judgement.encoding,
            )
        )


def count_below(connection: Connection, below: int, *, is_part: bool = False) -> int:
    """Return the number of captures to verify; with `is_part`, of those for `format_below`."""
    query = f"SELECT count(*) FROM captures WHERE id < ? AND {_OTHERWISE if is_part else _VERIFIABLE}"
    return int(connection.execute(query, (below,)).fetchone()[0])


def next_below(
    connection: Connection, below: int, limit: int, max_bytes: int, *, is_part: bool = False
) -> list[StoredEvaluation]:
    """Return the next captures to verify, newest first, with bodies of about `max_bytes` in all; with
    `is_part`, only those for `format_below`."""
    found: list[StoredEvaluation] = []
    for (
        capture_id,
        word,
        reason,
        matched,
        secret,
        is_trusted,
        problem,
        encoding,
        body,
        *values,
    ) in connection.execute(_NEXT.format(where=_OTHERWISE if is_part else _VERIFIABLE), (below, limit)):
        capture = capture_of(values, body)
        found.append(
            StoredEvaluation(
                id=capture_id,
                word=word,
                reason=reason,
                matched=matched,
                secret=secret,
                is_trusted=bool(is_trusted),
                problem=problem,
                encoding=encoding,
                is_kept=capture.kind == "sample" and word == "valid",
                capture=capture,
            )
        )
        max_bytes -= len(body)
        if max_bytes <= 0:
            break
    return found


def began_below(connection: Connection) -> int | None:
    """Where a run that did not end has come to: captures below are still to be verified."""
    return _noted_id(connection, _NOTE)


def format_below(connection: Connection) -> int | None:
    """Return the id below which captures still have the evaluation of an older version, or None."""
    return _noted_id(connection, _FORMAT_NOTE)


def _noted_id(connection: Connection, name: str) -> int | None:
    text = small_tables.note(connection, name)
    return int(text) if text is not None and text.isdigit() else None


def begin(connection: Connection) -> int:
    """Note that everything is to be verified; the id below which there is something to do."""
    below = 1 + int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])
    small_tables.put_note(connection, _NOTE, str(below))
    return below


def replace(connection: Connection, judged: Evaluated, *, is_bulk: bool) -> frozenset[int]:
    """Replace judgements; ids of captures whose findings changed. For `is_bulk` see `follower.change`."""
    return follower.reevaluate(connection, judged, is_bulk=is_bulk)


def note(connection: Connection, below: int, *, is_part: bool = False) -> None:
    """Note how far it has come."""
    small_tables.put_note(connection, _FORMAT_NOTE if is_part else _NOTE, str(below))


def end(connection: Connection, secrets: str | None) -> None:
    """Note that nothing is left to verify. `secrets` are those of the stored verdicts, as a short text; None
    after a run for `format_below`."""
    small_tables.put_note(connection, _FORMAT_NOTE, None)
    if secrets is not None:
        small_tables.put_note(connection, _NOTE, None)
        small_tables.put_note(connection, _WITH_NOTE, secrets)


def verified_with(connection: Connection) -> str | None:
    """The secrets of the stored verdicts, as `end` was given them; None if that is not known."""
    return small_tables.note(connection, _WITH_NOTE)


def adopt(connection: Connection, secrets: str) -> None:
    """Note that stored verdicts are of these secrets, if there is no capture yet or nothing is known."""
    known = verified_with(connection)
    is_empty = connection.execute("SELECT 1 FROM captures LIMIT 1").fetchone() is None
    if secrets != known and (known is None or is_empty):
        small_tables.put_note(connection, _WITH_NOTE, secrets)


_UNEXAMINED = "verdict = 'invalid' AND NOT is_examined AND deletion IS NULL"


def unexamined(connection: sqlite3.Connection, among: Sequence[int]) -> list[int]:
    """Which of these captures are invalid and were not examined yet, in their order."""
    marks = ", ".join("?" * len(among))
    found = {
        row[0]
        for row in connection.execute(
            f"SELECT id FROM captures WHERE id IN ({marks}) AND {_UNEXAMINED}", among
        )
    }
    return [one for one in among if one in found]


def newest_unexamined(connection: sqlite3.Connection, limit: int) -> list[int]:
    """The newest captures that wait for a diagnosis, newest first."""
    query = f"SELECT id FROM captures WHERE {_UNEXAMINED} ORDER BY id DESC LIMIT ?"
    return [row[0] for row in connection.execute(query, (limit,))]


def count_unexamined(connection: sqlite3.Connection) -> int:
    """How many captures wait for a diagnosis."""
    return int(connection.execute(f"SELECT count(*) FROM captures WHERE {_UNEXAMINED}").fetchone()[0])


def put_diagnosis(connection: sqlite3.Connection, capture_id: int, findings: Sequence[Finding]) -> None:
    """Replace the findings of the check by those of a diagnosis."""
    changed = connection.execute(
        "UPDATE captures SET is_examined = 1 WHERE id = ? AND verdict = 'invalid'", (capture_id,)
    ).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        captures.put_findings(connection, capture_id, findings, is_between=False)


def expecting(connection: sqlite3.Connection, expected_hash: int, but: int, limit: int = 20) -> list[int]:
    """Captures whose signature should have had this hash, oldest first."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT id FROM captures WHERE expected_hash = ? AND id != ? AND deletion IS NULL"
            " ORDER BY id LIMIT ?",
            (expected_hash, but, limit),
        )
    ]


def count_sharing(connection: sqlite3.Connection, code: str) -> int:
    """How many captures have a proved finding of this code."""
    return int(
        connection.execute(
            "SELECT count(*) FROM findings f JOIN captures c ON c.id = f.capture_id"
            " WHERE f.code = ? AND NOT f.is_between AND f.is_proved AND c.deletion IS NULL",
            (code,),
        ).fetchone()[0]
    )
