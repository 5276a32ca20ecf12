"""Stored verdicts, gone through from the newest down and replaced where they are others now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import TypeAlias

from inspector.domain.capture import Capture
from inspector.domain.judgement import SAMPLE_SECRET_NAME, Judgement
from inspector.store import follower, ledger
from inspector.store.columns import matched_bits
from inspector.store.headers import load_headers

_NOTE = "verified-down-to"
Judged: TypeAlias = Sequence[tuple[int, Judgement]]

# What is hidden as well: an undo gives it back with the verdict it has.
_VERIFIABLE = "kind != 'refused'"
_NEXT = (
    "SELECT id, verdict, reason, matched, secret, is_trusted, headers, body, kind, received_ms, method,"
    " target, version, remote, claimed, declared, answered, trouble, problem"
    " FROM captures CROSS JOIN bodies ON capture_id = id"
    f" WHERE id < ? AND {_VERIFIABLE} ORDER BY id DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored of one capture's verdict, and what it is to be made from."""

    id: int
    word: str
    reason: str | None
    matched: int
    secret: str | None
    is_trusted: bool
    problem: str | None
    """Why its body was not read."""
    is_kept: bool
    """It was signed with a secret made for a run of samples, which is gone: its verdict stays."""
    capture: Capture

    def is_outdated(self, judgement: Judgement) -> bool:
        """Whether the judgement says anything else than what is stored, or its cause has to be sought
        anew: under other secrets an invalid signature has another."""
        verdict = judgement.verdict
        return verdict.word == "invalid" or (
            (self.word, self.reason, self.matched, self.secret, self.is_trusted, self.problem)
            != (
                verdict.word,
                verdict.reason,
                matched_bits(verdict),
                verdict.secret,
                judgement.is_trusted,
                judgement.problem,
            )
        )


def count_below(connection: Connection, below: int) -> int:
    """How many captures there are to verify."""
    query = f"SELECT count(*) FROM captures WHERE id < ? AND {_VERIFIABLE}"
    return int(connection.execute(query, (below,)).fetchone()[0])


def next_below(connection: Connection, below: int, limit: int, max_bytes: int) -> list[Stored]:
    """The next captures to verify, newest first, with bodies of about `max_bytes` in all."""
    found: list[Stored] = []
    for capture_id, word, reason, matched, secret, is_trusted, headers, body, *rest in connection.execute(
        _NEXT, (below, limit)
    ):
        kind, received_ms, method, target, version, remote, claimed, declared, answered, trouble, problem = (
            rest
        )
        capture = Capture(
            kind=kind,
            received_ms=received_ms,
            method=method,
            target=target,
            version=version,
            headers=load_headers(headers),
            body=body,
            declared=declared,
            remote=remote,
            claimed=claimed,
            answered=answered,
            trouble=trouble,
        )
        found.append(
            Stored(
                id=capture_id,
                word=word,
                reason=reason,
                matched=matched,
                secret=secret,
                is_trusted=bool(is_trusted),
                problem=problem,
                is_kept=kind == "sample" and secret == SAMPLE_SECRET_NAME,
                capture=capture,
            )
        )
        max_bytes -= len(body)
        if max_bytes <= 0:
            break
    return found


def began_below(connection: Connection) -> int | None:
    """Where a run that did not end has come to: captures below are still to be verified."""
    text = ledger.note(connection, _NOTE)
    return int(text) if text is not None and text.isdigit() else None


def begin(connection: Connection) -> int:
    """Note that everything is to be verified; the id below which there is something to do."""
    below = 1 + int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])
    ledger.put_note(connection, _NOTE, str(below))
    return below


def replace(connection: Connection, judged: Judged, *, is_bulk: bool) -> frozenset[int]:
    """Replace judgements; ids of captures whose findings changed. For `is_bulk` see `follower.change`."""
    return follower.rejudge(connection, judged, is_bulk=is_bulk)


def note(connection: Connection, below: int) -> None:
    """Note how far it has come."""
    ledger.put_note(connection, _NOTE, str(below))


def end(connection: Connection) -> None:
    """Note that nothing is left to verify."""
    ledger.put_note(connection, _NOTE, None)
