"""The work of the evaluator, in its own process: from the journal to rows, groups and announcements."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from inspector.domain.signature.evaluation import PENDING, Evaluation, evaluate, is_evaluated_later
from inspector.domain.signature.secret import SAMPLE_SECRET_NAME, Secret
from inspector.store import journal
from inspector.store.file.database import connect, connect_to_write
from inspector.store.group import follower
from inspector.store.group.follower import Follower
from inspector.store.journal import Entry
from inspector.store.write import captures, small_tables
from inspector.store.write.columns import estimated_bytes

BATCH = 256
BATCH_BYTES = 8 * 2**20
POLL_S = 1.0
"""Time after which an idle evaluator checks for respondents that another process queued."""
SYNC_EVERY = 4_096
"""Number of captures after which the capture file is synced, so that the journal can discard them."""
NICE = 10
TELL_S = 0.05
"""Time between two announcements of what the follower did."""
PAUSE_S = 0.01
"""Time between two batches while captures keep arriving, so that there are fewer and larger ones."""

log = logging.getLogger(__name__)


class Evaluated(NamedTuple):
    """Announcement: a capture whose sender waits (see `First`) is stored."""

    id: int
    word: str
    """`Verdict.word`."""
    reason: str | None


class Keys(NamedTuple):
    """Message: the secrets to check with, from now on."""

    secrets: tuple[Secret, ...] | None
    """None while they are being loaded. Captures are stored as pending meanwhile."""
    is_secret_on_file: bool


class First(NamedTuple):
    """Message: evaluate up to this capture without a pause, because its sender waits.

    It does not overtake others: readers remember the last id that they saw.
    """

    id: int


class Wake(NamedTuple):
    """Message: something may have been written."""


class Stop(NamedTuple):
    """Message: end after the current step."""


class Stored(NamedTuple):
    """Announcement: captures that were evaluated and stored. It is short, because there may be thousands."""

    ids: list[int]
    """Ascending."""
    up_to: int
    """All captures of the journal up to this one are stored."""
    bytes: int
    """The sum of their sizes in the journal (see `NewEntry.size`)."""
    untrusted_bytes: int
    """The sum of the sizes of the untrusted ones in the capture file (see `estimated_bytes`)."""
    trusted: list[int]
    pending: list[int]
    """Large ones, which are evaluated later."""
    secrets: frozenset[str]
    """Names of the secrets that captures other than samples were signed with."""


class Followed(NamedTuple):
    """Announcement: groups changed, and the findings of these captures."""

    marked: frozenset[int]


class Synced(NamedTuple):
    """Announcement: the captures of the journal up to this one are on disk in the capture file."""

    up_to: int


class Idle(NamedTuple):
    """Announcement: there is nothing to do."""


class Evaluator:
    """Evaluates the captures of the journal in order, and runs the follower."""

    def __init__(self, path: Path, send: Callable[[object], None]) -> None:
        self._send = send
        self._file = connect_to_write(path)
        self._journal = connect(journal.path_of(path), read_only=True)
        # The journal keeps each capture until the capture file is synced, so most commits need no sync.
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._follower = Follower(self._followed)
        self._keys = Keys(None, True)
        self._evaluated = journal.evaluated(self._file)
        self._synced = self._evaluated
        self._wanted: set[int] = set()
        """Captures whose senders wait."""
        self._marked: frozenset[int] = frozenset()
        self._is_followed = False
        """Whether the follower did something that was not announced yet."""
        self._told_at = 0.0

    def take(self, message: object) -> None:
        """Take a message of the owner."""
        if isinstance(message, Keys):
            self._keys = message
        elif isinstance(message, First):
            if message.id > self._evaluated:
                self._wanted.add(message.id)
            else:  # it was stored while the message was in transit
                self._answer(message.id)

    def step(self) -> bool | None:
        """Do the next piece of work. Return whether there is more to do now, or None if there was nothing."""
        entries = journal.waiting(self._journal, self._evaluated, limit=BATCH, max_bytes=BATCH_BYTES)
        if entries:
            self._store(entries)
        if self._evaluated - self._synced >= SYNC_EVERY:
            self.sync()
        has_more = self._follower.step(self._file) or len(entries) == BATCH
        is_idle = not has_more and not entries
        if self._is_followed and (is_idle or time.monotonic() - self._told_at > TELL_S):
            self._send(Followed(self._marked))
            self._is_followed, self._marked = False, frozenset()
            self._told_at = time.monotonic()
        return None if is_idle else has_more or bool(entries and self._wanted)

    def _followed(self, marked: frozenset[int]) -> None:
        self._is_followed = True
        self._marked |= marked

    def sync(self) -> None:
        """Sync the capture file to disk, and announce up to which capture."""
        if self._synced < self._evaluated:
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("BEGIN IMMEDIATE")
            journal.set_evaluated(self._file, self._evaluated)
            self._file.execute("COMMIT")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._synced = self._evaluated
            self._send(Synced(self._synced))

    def _store(self, entries: Sequence[Entry]) -> None:
        """Store captures with their evaluations."""
        done = [(entry, self._evaluate(entry)) for entry in entries]
        self._file.execute("BEGIN IMMEDIATE")
        try:
            on_file = small_tables.had_secret(self._file)  # perhaps since a moment, by another process
            done = [(one, each.on_file(is_secret_on_file=on_file)) for one, each in done]
            known = self._known(entries)  # an import stored them as pending (see `journal.reserve_ids`)
            captures.insert_entries(self._file, [one for one in done if one[0].id not in known])
            again = [(one.id, each) for one, each in done if one.id in known and each is not PENDING]
            marked = follower.reevaluate(self._file, again) if again else frozenset()
            journal.set_evaluated(self._file, entries[-1].id)
            self._file.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise
        self._evaluated = entries[-1].id
        self._announce(done)
        if known:
            self._followed(marked | known)
        for entry_id in [one for one in self._wanted if one <= self._evaluated]:
            self._wanted.discard(entry_id)
            self._answer(entry_id)

    def _answer(self, entry_id: int) -> None:
        found = read_evaluated(self._file, entry_id)
        self._send(found or Evaluated(entry_id, "unchecked", None))  # it was removed

    def _announce(self, new: Sequence[tuple[Entry, Evaluation]]) -> None:
        self._send(
            Stored(
                ids=[entry.id for entry, _ in new],
                up_to=self._evaluated,
                bytes=sum(entry.size for entry, _ in new),
                untrusted_bytes=sum(
                    estimated_bytes(entry.capture, evaluation)
                    for entry, evaluation in new
                    if not evaluation.is_trusted
                ),
                trusted=[entry.id for entry, evaluation in new if evaluation.is_trusted],
                pending=[entry.id for entry, evaluation in new if evaluation.verdict.reason == "pending"],
                secrets=frozenset(
                    evaluation.verdict.secret
                    for entry, evaluation in new
                    if evaluation.verdict.secret is not None and entry.capture.kind != "sample"
                ),
            )
        )

    def _known(self, entries: Sequence[Entry]) -> set[int]:
        """Return which of these are in the capture file."""
        found = self._file.execute(
            "SELECT id FROM captures WHERE id BETWEEN ? AND ?", (entries[0].id, entries[-1].id)
        )
        return {entry.id for entry in entries} & {row[0] for row in found}

    def _evaluate(self, entry: Entry) -> Evaluation:
        capture = entry.capture
        secrets, is_secret_on_file = self._keys
        run_secret = None
        if entry.nonce is not None:
            _, run_secret = small_tables.find_nonce(self._file, entry.nonce)
        if run_secret is not None:
            secrets = (*(secrets or ()), Secret(name=SAMPLE_SECRET_NAME, text=run_secret))
        elif secrets is None or is_evaluated_later(capture):
            return PENDING
        return evaluate(capture, secrets, is_secret_on_file=is_secret_on_file)


def read_evaluated(connection: sqlite3.Connection, capture_id: int) -> Evaluated | None:
    """Return a capture as it was announced, or None if it no longer exists."""
    query = "SELECT id, verdict, reason FROM captures WHERE id = ?"
    found = connection.execute(query, (capture_id,)).fetchone()
    return None if found is None else Evaluated(*found)


def run(path: Path, messages: Connection) -> None:
    """Evaluate until the owner sends Stop or dies. Runs in its own process."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT)):
        signal.signal(number, signal.SIG_IGN)  # they go to the whole group; the owner decides
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    evaluator = Evaluator(path, messages.send)
    with suppress(EOFError, BrokenPipeError):
        while True:
            while messages.poll(0):
                message = messages.recv()
                if isinstance(message, Stop):
                    return
                evaluator.take(message)
            more = evaluator.step()
            if more is None:
                evaluator.sync()
                messages.send(Idle())
            messages.poll(POLL_S if more is None else 0 if more else PAUSE_S)
