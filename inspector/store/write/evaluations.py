"""Stored evaluations: re-verified from the newest down, and completed by diagnoses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from inspector.base.errors import InspectorError
from inspector.domain.capture.capture import BROWSER_HEADERS, Capture
from inspector.domain.signature.content import CONTENT_ENCODING
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.finding import Finding
from inspector.store.verdict_sql import matched_bits
from inspector.store.write import captures, small_tables
from inspector.store.write.columns import OF_CAPTURE, capture_of, has_header

_NOTE = "verified-down-to"
_FORMAT_NOTE = "verified-for-format"  # migrations.py sets it
_WITH_NOTE = "verified-with"
_CHANGES_NOTE = "secret-changes"

# Includes deleted captures: an undo restores them with their verdict.
_VERIFIABLE = "kind != 'refused'"
# What an older version of the program evaluated differently: compressed bodies, and browser requests.
_OTHERWISE = f"{_VERIFIABLE} AND {has_header(CONTENT_ENCODING, *BROWSER_HEADERS)}"
_COMPARED = "verdict, reason, matched, secret, is_trusted, problem, encoding"
_PROBLEM = _COMPARED.split(", ").index("problem")
_SECRET = _COMPARED.split(", ").index("secret")
_NEXT = (
    f"SELECT id, body, {_COMPARED}, {OF_CAPTURE} FROM captures CROSS JOIN bodies ON capture_id = id"
    " WHERE id < ? AND {where} ORDER BY id DESC LIMIT ?"
)


class Outdated(InspectorError):
    """Raised if captures were evaluated with secrets that have changed since. Nothing of them is stored."""

    def __init__(self) -> None:
        super().__init__("The secrets changed meanwhile. Try again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """The stored evaluation of a capture, and the capture to re-evaluate."""

    id: int
    compared: tuple[Any, ...]
    """The values of _COMPARED."""
    capture: Capture

    @property
    def word(self) -> Any:
        """The stored verdict."""
        return self.compared[0]

    @property
    def problem(self) -> str | None:
        """Why its body was not read, or not as a receiver reads it."""
        problem: str | None = self.compared[_PROBLEM]
        return problem

    @property
    def secret(self) -> str | None:
        """The name of the secret that matched."""
        name: str | None = self.compared[_SECRET]
        return name

    @property
    def is_kept(self) -> bool:
        """Whether its verdict stays: this program signs samples, and the secret may no longer exist."""
        return self.capture.kind == "sample" and self.word == "valid"

    def is_outdated(self, evaluation: Evaluation) -> bool:
        """Return whether the evaluation differs, or its cause must be searched again.

        With other secrets, an invalid signature may have another cause.
        """
        return evaluation.verdict.word == "invalid" or self.differs(evaluation)

    def differs(self, evaluation: Evaluation) -> bool:
        """Return whether the evaluation differs."""
        verdict = evaluation.verdict
        return self.compared != (
            verdict.word,
            verdict.reason,
            matched_bits(verdict),
            verdict.secret,
            evaluation.is_trusted,
            evaluation.problem,
            evaluation.encoding,
        )


def count_below(connection: Connection, below: int, *, is_part: bool = False) -> int:
    """Return the number of captures to verify. With `is_part`, only those for `format_below`."""
    query = f"SELECT count(*) FROM captures WHERE id < ? AND {_OTHERWISE if is_part else _VERIFIABLE}"
    return int(connection.execute(query, (below,)).fetchone()[0])


def next_below(
    connection: Connection, below: int, limit: int, max_bytes: int, *, is_part: bool = False
) -> list[StoredEvaluation]:
    """Return the next captures to verify, newest first, with about `max_bytes` of bodies in total.

    With `is_part`, only those for `format_below`.
    """
    found: list[StoredEvaluation] = []
    where = _OTHERWISE if is_part else _VERIFIABLE
    width = _COMPARED.count(",") + 1
    for capture_id, body, *values in connection.execute(_NEXT.format(where=where), (below, limit)):
        capture = capture_of(values[width:], body)
        found.append(StoredEvaluation(id=capture_id, compared=tuple(values[:width]), capture=capture))
        max_bytes -= len(body)
        if max_bytes <= 0:
            break
    return found


def began_below(connection: Connection) -> int | None:
    """Return the id below which an unfinished run must still verify captures, or None."""
    return _noted_id(connection, _NOTE)


def format_below(connection: Connection) -> int | None:
    """Return the id below which captures still have the evaluation of an older version, or None."""
    return _noted_id(connection, _FORMAT_NOTE)


def _noted_id(connection: Connection, name: str) -> int | None:
    text = small_tables.note(connection, name)
    return int(text) if text is not None and text.isdigit() else None


def secret_changes(connection: Connection) -> int:
    """Return how many times the saved secrets of the file were changed, by any process."""
    return _noted_id(connection, _CHANGES_NOTE) or 0


def note_secret_change(connection: Connection) -> int:
    """Note, in the transaction that changes the saved secrets, that all captures must be verified.

    Return what `secret_changes` returns from now on. After the commit, nothing that was evaluated with older
    secrets is stored (see `Outdated`). The process that made the change verifies what was stored before.
    """
    made = secret_changes(connection) + 1
    small_tables.put_note(connection, _CHANGES_NOTE, str(made))
    begin(connection)
    return made


def begin(connection: Connection) -> int:
    """Note that all captures must be verified. Return the id that all of them are below."""
    below = 1 + int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])
    small_tables.put_note(connection, _NOTE, str(below))
    return below


def note(connection: Connection, below: int, *, is_part: bool = False) -> None:
    """Note that the captures from `below` on are verified."""
    small_tables.put_note(connection, _FORMAT_NOTE if is_part else _NOTE, str(below))


def end(connection: Connection, secrets: str | None) -> None:
    """Note that all captures are verified.

    `secrets` is a short text that identifies the secrets of the stored verdicts, or None after a run for
    `format_below`.
    """
    small_tables.put_note(connection, _FORMAT_NOTE, None)
    if secrets is not None:
        small_tables.put_note(connection, _NOTE, None)
        small_tables.put_note(connection, _WITH_NOTE, secrets)


def verified_with(connection: Connection) -> str | None:
    """Return the secrets of the stored verdicts, as passed to `end`, or None if they are unknown."""
    return small_tables.note(connection, _WITH_NOTE)


def adopt(connection: Connection, secrets: str) -> None:
    """Note these as the secrets of the stored verdicts, if they are unknown or there is no capture yet."""
    known = verified_with(connection)
    is_empty = connection.execute("SELECT 1 FROM captures LIMIT 1").fetchone() is None
    if secrets != known and (known is None or is_empty):
        small_tables.put_note(connection, _WITH_NOTE, secrets)


_UNEXAMINED = "verdict = 'invalid' AND NOT is_examined AND deletion IS NULL"


def unexamined(connection: sqlite3.Connection, among: Sequence[int]) -> list[int]:
    """Return which of these captures are invalid and not diagnosed yet, in order."""
    query = f"SELECT id FROM captures WHERE id IN (SELECT value FROM json_each(?)) AND {_UNEXAMINED}"
    found = {row[0] for row in connection.execute(query, (json.dumps(list(among)),))}
    return [one for one in among if one in found]


def newest_unexamined(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Return the newest invalid captures without a diagnosis, newest first."""
    query = f"SELECT id FROM captures WHERE {_UNEXAMINED} ORDER BY id DESC LIMIT ?"
    return [row[0] for row in connection.execute(query, (limit,))]


def count_unexamined(connection: sqlite3.Connection) -> int:
    """Return the number of invalid captures without a diagnosis."""
    return int(connection.execute(f"SELECT count(*) FROM captures WHERE {_UNEXAMINED}").fetchone()[0])


def put_diagnosis(connection: sqlite3.Connection, capture_id: int, findings: Sequence[Finding]) -> None:
    """Replace the findings of the check with those of a diagnosis."""
    changed = connection.execute(
        "UPDATE captures SET is_examined = 1 WHERE id = ? AND verdict = 'invalid'", (capture_id,)
    ).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        captures.put_findings(connection, capture_id, findings, is_between=False)


def expecting(connection: sqlite3.Connection, expected_hash: int, but: int, limit: int = 20) -> list[int]:
    """Return captures whose expected signature has this hash, oldest first."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT id FROM captures WHERE expected_hash = ? AND id != ? AND deletion IS NULL"
            " ORDER BY id LIMIT ?",
            (expected_hash, but, limit),
        )
    ]


def is_any_valid_with(connection: sqlite3.Connection, secret: str) -> bool:
    """Return whether a delivery has a valid signature that was made with this secret.

    Samples do not count: this program signs them.
    """
    query = (
        "SELECT 1 FROM captures WHERE secret = ? AND verdict = 'valid' AND kind != 'sample'"
        " AND deletion IS NULL LIMIT 1"
    )
    return connection.execute(query, (secret,)).fetchone() is not None


def count_valid(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Return how many of these captures have a valid signature."""
    query = "SELECT count(*) FROM captures WHERE id IN (SELECT value FROM json_each(?)) AND verdict = 'valid'"
    return int(connection.execute(query, (json.dumps(list(ids)),)).fetchone()[0])
