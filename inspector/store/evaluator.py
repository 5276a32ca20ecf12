"""The work of the evaluator: from the journal to rows, groups and announcements."""

from __future__ import annotations

import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.signature.evaluation import (
    PENDING,
    Evaluation,
    evaluate,
    evaluate_bytes,
    is_evaluated_later,
)
from inspector.domain.signature.secret import SAMPLE_SECRET_NAME, Secret
from inspector.domain.signature.signature import SKIPPED, not_read
from inspector.store import journal
from inspector.store.evaluator_messages import (
    Begun,
    Failed,
    FileDamaged,
    First,
    Followed,
    Keys,
    KeysOutdated,
    StartState,
    Stored,
    Synced,
)
from inspector.store.file import files
from inspector.store.file.database import connect
from inspector.store.file.disk_errors import EVALUATING, Health, is_locked
from inspector.store.file.kept_connection import KeptConnection
from inspector.store.group import follower
from inspector.store.group.follower import Follower
from inspector.store.journal import Entry
from inspector.store.write import captures, evaluations, small_tables
from inspector.store.write.columns import estimated_bytes
from inspector.store.write.evaluations import Outdated
from inspector.store.write.large_values import is_large, release_memory

BATCH = 256
BATCH_BYTES = 8 * 2**20
SYNC_EVERY = 4_096
SYNC_BYTES = 32 * 2**20
"""Number of captures, and of bytes of their bodies, after which the capture file is synced, so that the
journal can discard them. It overwrites them, and senders wait meanwhile."""
TELL_S = 0.05
"""Time between two announcements of what the follower did."""
FLOOD_PER_S = 1_500
FLOOD_BATCH = 32
"""Captures per second, and at a time, above which evaluation gives way to new ones."""
MOST_BEHIND = 50_000
"""Number of waiting captures above which it no longer does."""
BREAK = 5
"""How many times as long as a batch the next one waits in a flood, when the senders need the processor for
their responses. After the flood, there are no breaks."""

MOST_CPU_S = 30.0
"""Processor time after which the evaluation of one capture, or a step of the follower, is endless. Both take
milliseconds. Other time would also pass while the machine is busy or suspended, or the disk is slow."""


class Evaluated(NamedTuple):
    """The verdict of a stored capture."""

    word: str
    """`Verdict.word`."""
    reason: str | None


class JournalEvaluator:
    """Evaluates the captures of the journal in order, and runs the follower.

    Its position is in the file, so it can end at any moment.
    """

    def __init__(self, path: Path, start: StartState, send: Callable[[object], None]) -> None:
        self._send = send
        self._health = Health(path)
        self._file = KeptConnection(
            path,
            self._health,
            prepare=self._find_position,
            identity=start.identity,
            # The journal keeps each capture until the capture file is synced, so most commits need no sync.
            synchronous="NORMAL",
        )
        self._journal_path = journal.path_of(path)
        self._journal_health = Health(self._journal_path)
        self._health.then = self._journal_health.then = EVALUATING
        self._journal: sqlite3.Connection | None = None
        self._journal_identity: tuple[int, int] | None = None
        self._is_journal_replaced = False
        self._follower = Follower(self._followed)
        self._has_follower_failed = False
        self._keys = Keys(None, True)
        self._has_told_outdated = False
        """Whether the owner knows that these keys are outdated."""
        self._careful = start.careful
        self._skipped = start.skipped
        self._evaluated = start.announced
        self._synced = -1
        self._unsynced_bytes = 0
        self._wanted = 0
        """The last capture whose sender waits."""
        self._marked: frozenset[int] = frozenset()
        self._is_followed = False
        """Whether the follower did something that was not announced yet."""
        self._told_at = 0.0
        self._had_large = False
        """Whether a large body was stored since `release_memory`."""
        self.break_s = 0.0
        """How long the next step should wait, because captures arrived very fast during the last one."""

    @property
    def must_end(self) -> bool:
        """Whether only a new process can continue: SQLite would mistake another log for the lost one."""
        return self._health.lost_log is not None or self._is_journal_replaced

    def take(self, message: object) -> None:
        """Take a message of the owner."""
        if isinstance(message, Keys):
            self._keys, self._has_told_outdated = message, False
        elif isinstance(message, First):
            self._wanted = max(self._wanted, message.id)
        elif isinstance(message, FileDamaged):
            self._health.found_damage(message.why)

    def step(self) -> bool | None:
        """Do the next piece of work. Return whether there is more to do now, or None if there was nothing.

        Raises InspectorError if the file or the journal cannot be used now. Nothing is lost then.
        """
        with self._writing() as connection:  # it finds its position
            is_outdated = self._is_outdated(connection)
        if is_outdated and not self._has_told_outdated:
            self._has_told_outdated = True
            self._send(KeysOutdated())
        limit = BATCH if not self._careful else 1
        began = time.monotonic()
        entries = [] if is_outdated else self._waiting(limit)
        may_be_flooded = len(entries) >= FLOOD_BATCH
        last = self._last_arrived() if may_be_flooded else 0
        if entries:
            self._store(entries)
        if self._evaluated - self._synced >= SYNC_EVERY or self._unsynced_bytes >= SYNC_BYTES:
            self.sync()
        has_more = self._follow() or len(entries) == limit
        is_idle = not has_more and not entries and not is_outdated
        if self._is_followed and (is_idle or time.monotonic() - self._told_at > TELL_S):
            self._send(Followed(self._marked))
            self._is_followed, self._marked = False, frozenset()
            self._told_at = time.monotonic()
        self.break_s = self._break_s(entries[-1], last, time.monotonic() - began) if may_be_flooded else 0.0
        return None if is_idle else has_more or (bool(entries) and self._wanted > self._evaluated)

    def sync(self) -> None:
        """Sync the capture file to disk, and announce up to which capture. Raises as `step` does."""
        if self._synced == self._evaluated:
            return
        with self._writing() as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            journal.set_evaluated(connection, self._evaluated)
            connection.execute("COMMIT")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._file.check_names()
        self._synced, self._unsynced_bytes = self._evaluated, 0
        self._send(Synced(self._synced))

    def release_memory(self) -> None:
        """Return the memory that large bodies took to the system. Raises as `step` does."""
        if not self._had_large:
            return
        with self._writing() as connection:
            release_memory(connection)
        if self._journal is not None:
            release_memory(self._journal)
        self._had_large = False

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._close_journal()

    # ---- the two files

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to the capture file. If anything fails, undo it and raise InspectorError."""
        try:
            yield self._file.open()
            if self._file.was_locked:
                self._file.was_locked = False
                self._file.set_patience()
        except Exception as error:
            self._file.was_locked = is_locked(error)
            self._file.undo(error)
            raise self._file.worded(error) from None

    def _find_position(self, connection: sqlite3.Connection) -> None:
        """Continue where the file ends, or at captures in it that were not announced before a death."""
        self._evaluated = min(self._evaluated, journal.evaluated(connection))
        self._synced = -1  # the last captures in it may not be synced

    def _waiting(self, limit: int) -> list[Entry]:
        """Read the next captures from the journal. Raises InspectorError if it cannot be read."""
        if self._journal_health.damage is not None:
            raise BusyError(self._journal_health.damage)
        try:
            if self._journal is None:
                self._journal_identity = files.identity(self._journal_path)
                self._journal = connect(self._journal_path, read_only=True)
            elif files.identity(self._journal_path) not in (None, self._journal_identity):
                self._is_journal_replaced = True  # restored by the listener (see `KeptConnection`)
                raise BusyError(f"{self._journal_path} was replaced.")
            return journal.waiting(self._journal, self._evaluated, limit=limit, max_bytes=BATCH_BYTES)
        except sqlite3.Error as error:
            self._close_journal()
            worded = self._journal_health.worded(error)
            raise worded or BusyError(f"Cannot read {self._journal_path}: {error}.") from error
        except (TypeError, ValueError) as error:
            raise self._journal_health.found_damage(str(error)) from error

    def _last_arrived(self) -> int:
        """Return the id of the newest capture in the journal."""
        assert self._journal is not None
        return journal.last_waiting(self._journal)

    def _break_s(self, entry: Entry, last: int, seconds: float) -> float:
        """Return how long the next captures can wait after a step of `seconds` that ended with this one.

        `last` is the newest capture at its beginning.
        """
        arrived = self._last_arrived()
        gives_way = (
            arrived - last > FLOOD_PER_S * seconds
            and entry.origin is None  # no sender waits for the response to a message of a shared inbox
            and self._wanted <= self._evaluated
            and arrived - self._evaluated < MOST_BEHIND
        )
        return BREAK * seconds if gives_way else 0.0

    def _close_journal(self) -> None:
        opened, self._journal = self._journal, None
        if opened is not None:
            opened.close()

    # ---- evaluation

    def _store(self, entries: Sequence[Entry]) -> None:
        """Store captures with their evaluations."""
        self._had_large = self._had_large or any(is_large(entry.capture.body) for entry in entries)
        if self._careful:
            self._careful -= 1
            self._send(Begun(entries[0].id))
        try:
            with self._writing() as connection:
                self._commit(connection, [(entry, self._evaluate(connection, entry)) for entry in entries])
        except Outdated:  # they are evaluated again with the new keys
            return
        except InspectorError:
            raise
        except Exception as error:  # a bug, which must not hold up other captures
            if len(entries) > 1:
                for entry in entries:
                    self._store([entry])
                return
            self._report(f"cannot store capture {entries[0].id} as evaluated", error)
            with suppress(Outdated), self._writing() as connection:
                self._commit(connection, [(entries[0], self._by_bytes(connection, entries[0]))])

    def _commit(self, connection: sqlite3.Connection, done: Sequence[tuple[Entry, Evaluation]]) -> None:
        up_to = done[-1][0].id
        connection.execute("BEGIN IMMEDIATE")
        if self._is_outdated(connection):  # since a moment
            raise Outdated
        on_file = small_tables.had_secret(connection)  # perhaps since a moment, by another process
        done = [(one, each.on_file(is_secret_on_file=on_file)) for one, each in done]
        # Stored by an import as pending (see `journal_transaction.reserve_ids`), or before a death.
        known = _known(connection, [entry for entry, _ in done])
        stored = journal.evaluated(connection)  # others up to this one were removed since they were read
        new = [one for one in done if one[0].id > stored and one[0].id not in known]
        skipped = captures.insert_entries(connection, new)
        again = [(one, each) for one, each in done if known.get(one.id) and each is not PENDING]
        marked = _evaluate_known(connection, again) if again else frozenset()
        journal.set_evaluated(connection, up_to)
        connection.execute("COMMIT")
        self._file.check_names()  # before the announcement: the file may be gone
        self._evaluated = up_to
        self._unsynced_bytes += sum(len(entry.capture.body) for entry, _ in done)
        self._announce(done, skipped)
        if known:
            self._followed(marked | known.keys())

    def _announce(self, done: Sequence[tuple[Entry, Evaluation]], skipped: set[int]) -> None:
        new = [one for one in done if one[0].id not in skipped] if skipped else done
        self._send(
            Stored(
                ids=[entry.id for entry, _ in new],
                up_to=self._evaluated,
                bytes=sum(entry.size for entry, _ in done),
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
                skipped=sorted(skipped),
            )
        )

    def _evaluate(self, connection: sqlite3.Connection, entry: Entry) -> Evaluation:
        secrets, is_own = self._secrets(connection, entry)
        if secrets is None or (is_evaluated_later(entry.capture) and not is_own):
            return PENDING
        if entry.id in self._skipped:
            return self._by_bytes(connection, entry, SKIPPED)
        try:
            with _ended_if_endless():
                return evaluate(entry.capture, secrets, is_secret_on_file=self._keys.is_secret_on_file)
        except Exception as error:
            self._report(f"cannot evaluate capture {entry.id}", error)
            return self._by_bytes(connection, entry)

    def _by_bytes(
        self, connection: sqlite3.Connection, entry: Entry, problem: str = not_read("internal error")
    ) -> Evaluation:
        """Return the result of `evaluate_bytes`, which depends on less of what the sender sent."""
        secrets, _ = self._secrets(connection, entry)
        by_bytes = evaluate_bytes(
            entry.capture, secrets or (), problem, is_secret_on_file=self._keys.is_secret_on_file
        )
        if entry.capture.kind == "refused":
            return replace(by_bytes, is_trusted=False, is_trusted_without_secret=False)
        return by_bytes

    def _secrets(
        self, connection: sqlite3.Connection, entry: Entry
    ) -> tuple[tuple[Secret, ...] | None, bool]:
        """Return the secrets to check a capture with, or None while they are being loaded.

        Also return whether one of them is that of the capture itself, because it is a sample.
        """
        secrets = self._keys.secrets
        if entry.nonce is not None:
            _, run_secret = small_tables.find_nonce(connection, entry.nonce)
            if run_secret is not None:
                return (*(secrets or ()), Secret(name=SAMPLE_SECRET_NAME, text=run_secret)), True
        return secrets, False

    def _is_outdated(self, connection: sqlite3.Connection) -> bool:
        """Return whether the saved secrets changed since the owner sent the keys."""
        keys = self._keys
        return keys.secrets is not None and keys.changes != evaluations.secret_changes(connection)

    def _followed(self, marked: frozenset[int]) -> None:
        self._is_followed = True
        self._marked |= marked

    def _follow(self) -> bool:
        """Let the follower take a step. Return whether there is more for it to do."""
        try:
            with self._writing() as connection, _ended_if_endless():
                has_more = self._follower.step(connection)
        except InspectorError:
            raise
        except Exception as error:  # a bug, which must not hold up the evaluation
            if not self._has_follower_failed:
                self._report("cannot keep groups up to date", error)
            self._has_follower_failed = True
            return False
        self._has_follower_failed = False
        return has_more

    def _report(self, work: str, error: Exception) -> None:
        self._send(Failed(work, "".join(traceback.format_exception(error))))


@contextmanager
def _ended_if_endless() -> Iterator[None]:
    """Let the system end this process if the block is endless. Its owner then starts another one.

    Windows has no such timer.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _known(connection: sqlite3.Connection, entries: Sequence[Entry]) -> dict[int, bool]:
    """Return which of these are in the capture file, and whether they are pending there."""
    found = connection.execute(
        "SELECT id, reason IS 'pending' FROM captures WHERE id BETWEEN ? AND ?",
        (entries[0].id, entries[-1].id),
    )
    ids = {entry.id for entry in entries}
    return {entry_id: bool(is_pending) for entry_id, is_pending in found if entry_id in ids}


def _evaluate_known(
    connection: sqlite3.Connection, evaluated: Sequence[tuple[Entry, Evaluation]]
) -> frozenset[int]:
    """Evaluate captures that are stored as pending. Return the captures whose findings changed."""
    for entry, _ in evaluated:
        if entry.nonce is not None:
            small_tables.use_nonce(connection, entry.nonce)
    return follower.reevaluate(connection, [(entry.id, evaluation) for entry, evaluation in evaluated])


def read_evaluated(connection: sqlite3.Connection, capture_id: int) -> Evaluated | None:
    """Return the verdict of a stored capture, or None if the capture no longer exists."""
    query = "SELECT verdict, reason FROM captures WHERE id = ?"
    found = connection.execute(query, (capture_id,)).fetchone()
    return None if found is None else Evaluated(*found)
