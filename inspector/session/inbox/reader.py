"""Reads one shared inbox into the capture file: connects, stores captures, acknowledges them, and retries."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError
from inspector.base.quantity import counted
from inspector.base.tasks import Tasks
from inspector.base.visible import visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import NewerMessage, NotOurs, load_message
from inspector.domain.capture.native import BadLine, ImportLimits
from inspector.inbox.connection import InboxConnection
from inspector.inbox.consumer import (
    InboxBatch,
    InboxConsumer,
    MissingMessages,
    ReceivedCapture,
    SkippedMessage,
    read_message,
)
from inspector.inbox.stream import read_stream
from inspector.inbox.stream_facts import StreamFacts
from inspector.session.file.storage_limit import QUOTA_ADVICE
from inspector.session.inbox.state import InboxGap, InboxWord
from inspector.session.ingest import Ingest
from inspector.store import journal
from inspector.store.store import Store
from inspector.store.write import captures as stored_captures
from inspector.store.write import inboxes
from inspector.store.write.inboxes import NOT_READ, Origin, StoredInbox

if TYPE_CHECKING:
    from inspector.session.inbox.desk import Desk

T = TypeVar("T")

CHUNK = 250
"""Captures per commit of the journal: its thread must not hold the interpreter for long."""
MOST_AHEAD = 2_000
"""Maximum captures that wait for their evaluation. Those of local senders wait behind them."""
FIRST_DELAY_S = 0.2
MOST_DELAY_S = 5.0
STORE_AGAIN_S = 1.0
LAG_S = 10.0
"""How long the leader of a cluster may lack messages that this machine received, before they count as lost.
For a moment, a new leader is behind the replica that sent them."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_@-]+")
_MOST_NAME = 64


class InboxReader:
    """One reading of a shared inbox. `run` it once."""

    def __init__(
        self,
        *,
        connection: InboxConnection,
        member: str,
        store: Store,
        ingest: Ingest,
        limits: ImportLimits,
        desk: Desk,
        tasks: Tasks,
        since_ms: int | None = None,
        is_temporary: bool = False,
    ) -> None:
        """`since_ms`: messages from this time on, if the file has not read the inbox before.

        `is_temporary`: the server forgets this member soon after its last connection.
        """
        self._connection = connection
        self._address = connection.address
        self._member = member
        self._store = store
        self._ingest = ingest
        self._limits = limits
        self._desk = desk
        self._tasks = tasks
        self._since_ms = since_ms
        self._is_temporary = is_temporary
        self._consumer: InboxConsumer | None = None
        self._inbox_id = 0
        self._position = 0
        """The last message of that inbox that this run stored or skipped."""
        self._last: tuple[int, tuple[object, ...]] | None = None
        """The sequence of the capture of that inbox that this run stored last, and its mark."""
        self._word: InboxWord = "connecting"
        """What it does while there is no problem."""
        self._has_read = False
        """Whether reading has begun once, so that problems are retried."""
        self._began: float | None = None
        """When the current reading began to receive, or None if it has not."""
        self._behind_since: float | None = None
        """Since when the leader of the stream lacks messages that this machine received."""
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled. Raises InspectorError if that cannot succeed before the first message."""
        self._connection.changed.connect(self._connection_changed)
        self._ingest.evaluator.stored.connect(self._evaluated)
        self._ingest.evaluator.problem_changed.connect(self._evaluated)
        try:
            await self._connection.open(waits=True)
            delay = 0.0
            while True:
                try:
                    await self._read()
                except BusyError as error:
                    problem = str(error)
                except InspectorError as error:
                    if not self._has_read:
                        raise
                    problem = str(error)
                if self._consumer is not None and self._consumer.was_deleted:
                    # By a copy of this file, as a rule. With one name, both would delete it again and again.
                    await self._written(partial(inboxes.rename_consumer, inbox_id=self._inbox_id))
                # An attempt that ends without a response can take longer, and must be shown.
                began, self._began = self._began, None
                if began is not None and self._now() - began > MOST_DELAY_S:
                    delay = 0.0
                # The first failure is not shown, because a new leader of the stream causes it, too.
                if delay and self._connection.is_connected:
                    self._desk.show(word="waiting", problem=problem)
                delay = min(max(2 * delay, FIRST_DELAY_S), MOST_DELAY_S)
                await self._pause(delay)
        finally:
            if self._consumer is not None:
                await self._consumer.stop()
            await self._connection.close()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _connection_changed(self, problem: str | None) -> None:
        self._changed.set()
        if problem is not None:
            self._desk.show(word="waiting", problem=problem)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until there is a connection again."""
        await asyncio.sleep(seconds)
        while not self._connection.is_connected:
            self._changed.clear()
            await self._changed.wait()

    # ---- reading

    async def _read(self) -> None:
        """Read from the position on. Raises BusyError to be called again, or another InspectorError."""
        facts = await read_stream(self._connection)
        inbox = await self._find_inbox(facts)
        is_first = inbox.position == NOT_READ and not self._position
        if is_first and not inbox.is_recreated:
            self._position = max(facts.first - 1, 0)  # a new file misses nothing that was removed before
        since_ms = self._since_ms if is_first else None
        if self._since_ms is not None and not is_first and not self._has_read:
            self._desk.message_posted.emit(
                f"This file has read {self._address.stream} before, so it continues after its last message."
                " A start time counts for a new file only."
            )
        if facts.first > facts.last > self._position and since_ms is None:
            # It is empty, so no message shows the gap.
            gap = MissingMessages(self._position + 1, facts.last)
            await self._store_batch(InboxBatch((), (), (gap,), facts.last, 0))
        name = f"{_NOT_IN_A_NAME.sub('-', self._member)[:_MOST_NAME]}-{inbox.suffix}"
        if self._consumer is not None:
            await self._consumer.stop()
        self._consumer = consumer = InboxConsumer(
            self._connection, name, self._member, self._limits, is_temporary=self._is_temporary
        )
        left = await consumer.start(self._position, since_ms)
        if is_first:
            self._position = consumer.position
            await self._written(partial(inboxes.advance, inbox_id=inbox.id, sequence=self._position))
        self._has_read = True
        self._began = self._now()
        self._word = "catching-up" if left else "live"
        self._desk.show(word=self._word, away=left, left=left, is_first=is_first)
        while True:
            batch = await consumer.next()
            await self._store_batch(batch)
            await consumer.acknowledge()
            left = 0 if batch.position >= facts.last else min(left, batch.left)
            self._word = "catching-up" if left else "live"
            self._desk.show(word=self._word, left=left)

    async def _find_inbox(self, facts: StreamFacts) -> StoredInbox:
        """Return the inbox of the file that is this stream, and set the position in it."""
        stream, moment = self._address.stream, now_ms()
        has_other_messages = await self._recognise(facts)
        opening = partial(
            _open, stream=stream, created=facts.created, member=self._member, address=self._address.text
        )
        inbox, why = await self._written(partial(opening, now_ms=moment))
        if inbox.id != self._inbox_id:
            self._inbox_id, self._position, self._last = inbox.id, 0, None
        waiting = await self._retried(
            partial(self._store.read_journal, partial(journal.largest_origin, inbox_id=inbox.id))
        )
        self._position = max(self._position, inbox.position, waiting or 0)
        if not has_other_messages and self._may_catch_up(facts):
            raise BusyError(
                f"The leader of {stream} does not have all of its messages yet. It is asked again."
            )
        if has_other_messages or facts.last < self._position:
            position = 0 if has_other_messages else facts.last
            again = partial(_begin_again, inbox_id=inbox.id, stream=stream, position=position)
            inbox, why = await self._written(partial(again, now_ms=moment))
            self._inbox_id, self._position, self._last = inbox.id, position, None
        if why is not None:
            self._desk.show_gap(InboxGap(first=None, last=None, noticed_ms=moment, why=why))
        return inbox

    def _may_catch_up(self, facts: StreamFacts) -> bool:
        """Return whether the leader lacks messages that it may still get from the other servers."""
        if facts.replicas == 1 or facts.last >= self._position:
            self._behind_since = None
            return False
        now = self._now()
        if self._behind_since is None:
            self._behind_since = now
        return now - self._behind_since < LAG_S

    async def _recognise(self, facts: StreamFacts) -> bool:
        """Recognise a stream that the file knows by the last capture from it.

        Return True if the stream has another message in its place: it lost its end, and has a new one.
        """
        known = await self._store.fetch(partial(inboxes.of_stream, stream=self._address.stream))
        is_known = any(inbox.created == facts.created for inbox, *_ in known)
        for inbox, capture_id, sequence in known:
            if is_known and inbox.created != facts.created:
                continue
            if self._last is not None and self._inbox_id == inbox.id:
                sequence, mark = self._last
            else:
                [(_, stored)], _ = await self._store.fetch(
                    partial(stored_captures.read_some, ids=[capture_id], max_bytes=0)
                )
                if stored is None:  # none, or it was deleted
                    continue
                mark = _mark(stored, len(stored.body))
            is_there = await self._is_in_stream(sequence, mark)
            if is_known:
                return is_there is False
            if is_there:
                await self._written(partial(inboxes.note_created, inbox_id=inbox.id, created=facts.created))
                break
        return False

    async def _is_in_stream(self, sequence: int, mark: tuple[object, ...]) -> bool | None:
        """Return whether a message is the capture with this mark, or None if it cannot be read any more."""
        message = await read_message(self._connection, sequence)
        if message is None:
            return None
        try:
            found = load_message(message.headers, message.data or b"", self._limits)
        except NotOurs:
            return False
        except (NewerMessage, BadLine):
            return None
        return found is not None and _mark(found.capture, found.size) == mark

    # ---- storing

    async def _store_batch(self, batch: InboxBatch) -> None:
        """Store a batch, however long that takes: a message that cannot be stored is never skipped."""
        for first, last in batch.missing:
            number = last - first + 1
            what = f"Message {first:,}" if number == 1 else f"Messages {first:,} to {last:,}"
            were, them = ("was", "it") if number == 1 else ("were", "them")
            why = (
                f"{what} of {self._address.stream} {were} removed before this machine received {them}."
                f" Up to {counted(number, 'capture')} may be missing."
            )
            moment = now_ms()
            await self._written(
                partial(
                    inboxes.put_gap, inbox_id=self._inbox_id, first=first, last=last, now_ms=moment, why=why
                )
            )
            self._desk.show_gap(InboxGap(first=first, last=last, noticed_ms=moment, why=why))
        last = 0
        for start in range(0, len(batch.captures), CHUNK):
            last = await self._store_captures(batch.captures[start : start + CHUNK])
        for one_skipped in batch.skipped:
            self._desk.show_skipped(one_skipped)
        if last < batch.position:
            await self._written(partial(inboxes.advance, inbox_id=self._inbox_id, sequence=batch.position))
        self._position = batch.position

    async def _store_captures(self, captures: Sequence[ReceivedCapture]) -> int:
        """Store captures, except refused ones. Return the last sequence, or 0 if that one was refused."""
        await self._wait_for_evaluation()
        last = 0
        published = [(one.capture, Origin(self._inbox_id, one.sequence, one.edge)) for one in captures]
        while published:
            number, refused = await self._retried(partial(self._take, published))
            capture, origin = published[number - 1]
            self._last = origin.sequence, _mark(capture, len(capture.body))
            del published[:number]
            for one in refused:
                why = (
                    f"Message {one.sequence:,} is skipped because it is untrusted and the quota for such"
                    f" captures is full. {QUOTA_ADVICE} A new file then gets it from the stream."
                )
                self._desk.show_skipped(SkippedMessage(one.sequence, "untrusted", why))
            self._desk.show(received=number - len(refused))
            last = 0 if origin in refused else origin.sequence
        return last

    async def _take(self, published: Sequence[tuple[Capture, Origin]]) -> tuple[int, tuple[Origin, ...]]:
        """Store captures as the intake does, also if reading stops now: their commit cannot be cancelled."""
        storing = self._tasks.spawn(
            self._ingest.intake.take_published(published), "store captures of the inbox", is_awaited=True
        )
        try:
            return await asyncio.shield(storing)
        except asyncio.CancelledError:
            await asyncio.gather(storing, return_exceptions=True)
            raise

    async def _wait_for_evaluation(self) -> None:
        """Let the captures of local senders not wait behind thousands of an inbox."""
        evaluator, recorder = self._ingest.evaluator, self._store.recorder
        while evaluator.problem is None and recorder.last_id - evaluator.up_to > MOST_AHEAD:
            self._changed.clear()
            await self._changed.wait()

    def _evaluated(self, _: object) -> None:
        self._changed.set()

    async def _written(self, job: Callable[..., T]) -> T:
        return await self._retried(partial(self._store.write, job))

    async def _retried(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns. While the file cannot be written, show why and try again."""
        has_failed = False
        while True:
            try:
                result = await work()
            except BusyError as error:
                has_failed = True
                self._desk.show(word="waiting", problem=visible(str(error)))
            else:
                if has_failed:
                    self._desk.show(word=self._word)
                return result
            await asyncio.sleep(STORE_AGAIN_S)


def _open(
    connection: sqlite3.Connection, *, stream: str, created: str, member: str, address: str, now_ms: int
) -> tuple[StoredInbox, str | None]:
    """Return the inbox that is this stream, and the sentence about a gap if the stream was created again."""
    inbox = inboxes.open_inbox(connection, stream=stream, created=created, member=member, address=address)
    if not inbox.is_recreated:
        return inbox, None
    why = (
        f"The stream {stream} was created again. Captures of the earlier stream that this machine had not"
        " received are missing."
    )
    inboxes.put_gap(connection, inbox.id, 0, 0, now_ms=now_ms, why=why)
    return inbox, why


def _mark(capture: Capture, size: int) -> tuple[object, ...]:
    """Return what distinguishes a capture from others, without its body."""
    return capture.received_ms, capture.method, capture.target, capture.remote, capture.headers, size


def _begin_again(
    connection: sqlite3.Connection, *, inbox_id: int, stream: str, position: int, now_ms: int
) -> tuple[StoredInbox, str]:
    """Return a new inbox for a stream that lost its end, and the sentence about the gap.

    Messages up to `position` are stored here already.
    """
    inbox = inboxes.begin_again(connection, inbox_id, now_ms)
    inboxes.advance(connection, inbox.id, position)
    why = (
        f"The stream {stream} lost messages that this machine had received, and uses their numbers again."
        " Captures that were published at that time can be missing."
    )
    if not position:
        why += " It is read again from its start, so others can be here twice."
    inboxes.put_gap(connection, inbox.id, 0, 0, now_ms=now_ms, why=why)
    return inbox._replace(position=position), why
