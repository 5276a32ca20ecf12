"""From the wire to the journal, and from the evaluator to the announcement of captures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from inspector.base.errors import BusyError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.worker import Worker
from inspector.capture.address import network_warning, usable_url
from inspector.capture.bound_port import BoundPort
from inspector.capture.guard import Guard
from inspector.capture.limits import Limits
from inspector.capture.probes import Probes
from inspector.capture.response import Response
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture, HeaderPairs, Kind, header_values
from inspector.domain.capture.stray import Stray
from inspector.domain.signature.evaluation import INLINE_BYTES, Evaluation
from inspector.outbox.permission import HostPermissions
from inspector.session.address.listener_tls import ListenerTls
from inspector.session.address.public_address import PublicAddress
from inspector.session.address.strays import Strays
from inspector.session.captures import Captures
from inspector.session.evaluator import Evaluator
from inspector.session.file.storage_limit import StorageLimit
from inspector.session.forwards import Forwards
from inspector.session.responding.responder import Responder
from inspector.session.responses import Responses
from inspector.session.signature.pending import PendingCaptures
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import evaluated
from inspector.settings.settings import Settings
from inspector.store.evaluator_messages import Stored
from inspector.store.journal import NewEntry, WaitingEntries, new_entry, waiting_since
from inspector.store.store import Store
from inspector.store.write import captures as stored
from inspector.store.write import small_tables
from inspector.store.write.inboxes import Origin
from inspector.store.write.large_values import return_large_blocks

if TYPE_CHECKING:
    from inspector.capture.listener import Listener

RELEASE_AFTER_S = 2.0
NOTICED_BYTES = 8 * 2**20
"""Approximate size of the bodies that are read at a time to notice trusted captures."""
REST_S = 2.0
"""How long a stop waits for the evaluation of what was captured."""

log = logging.getLogger(__name__)


class Ingest:
    """The owner of the listener, which handles each request until its capture is announced."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Settings,
        secrets: Secrets,
        captures: Captures,
        forwards: Forwards,
        responses: Responses,
        tasks: Tasks,
        worker: Worker,
        port: BoundPort,
        strays: Strays,
        address: PublicAddress,
        hosts: HostPermissions,
    ) -> None:
        self.listening: Signal[str | None] = Signal("ingest.listening")
        """Emits the address when listening begins, and None when it ends."""
        self.storage_limit = StorageLimit(store, settings)
        self.probes = Probes()
        """Requests of our own that prove that the public address leads to this listener."""
        self.guard = Guard(
            limits=limits(settings),
            path=lambda: address.path,
            take=self._take_stray,
            is_ours=self._is_ours,
        )
        """Decides which requests are strays. They are never captures."""
        self.tls = ListenerTls(settings, port.host)
        """The certificate of the port, if it accepts HTTPS only."""
        self._store = store
        self._settings = settings
        self._secrets = secrets
        self._captures = captures
        self._strays = strays
        self._address = address
        self._hosts = hosts
        self._forwards = forwards
        self._responses = responses
        self._tasks = tasks
        self._worker = worker
        self._port = port
        self._url: str | None = None
        self._used_nonces: set[str] = set()
        self._large_came = asyncio.Event()
        self._last_large = 0
        """The last capture with a large body that the journal has not discarded yet, or 0."""
        self._pending = PendingCaptures(
            store=store,
            secrets=secrets,
            captures=captures,
            tasks=tasks,
            worker=worker,
            evaluated=self._evaluated_later,
        )
        self.evaluator = Evaluator(store, tasks)
        """The process that evaluates captures."""
        self.responder = Responder(
            store=store,
            responses=responses,
            relaying=forwards.relaying,
            captures=captures,
            evaluator=self.evaluator,
            pending=self._pending,
            secrets=secrets,
            tasks=tasks,
        )
        """What the senders of captures get."""
        self.evaluator.stored.connect(self._evaluated)
        self.evaluator.followed.connect(lambda marked: store.followed(marked))
        self.evaluator.synced.connect(self._discard)
        self.evaluator.problem_changed.connect(self.storage_limit.evaluation_failed)
        store.is_held_up = lambda: self.evaluator.problem is not None
        self._turn = asyncio.Lock()
        """Held while listening starts or stops, which may take seconds."""
        self._has_begun = False
        """Whether the background work has begun, which runs from the first start to the end."""
        secrets.changed.connect(self._secrets_changed)

    # ---- start and stop

    @cached_property
    def listener(self) -> Listener:
        """The listener. It is built at its first use, because its libraries take 0.1 s to import."""
        from inspector.capture.listener import Listener

        return Listener(
            port=self._port,
            limits=limits(self._settings),
            take=self._take,
            take_refused=self._take_refused,
            probes=self.probes,
            guard=self.guard,
        )

    @property
    def url(self) -> str | None:
        """The URL for a sender on this machine, `http://127.0.0.1:8787/`, or None while not listening."""
        return None if self._url is None else usable_url(self._url)

    @property
    def has_begun(self) -> bool:
        """Whether this process is the file's listener, even if its port is closed."""
        return self._has_begun

    @property
    def network_warning(self) -> str | None:
        """A warning if other machines can send to this address, or None."""
        return None if self._url is None else network_warning(self._url)

    @property
    def earlier(self) -> WaitingEntries:
        """The captures of an earlier run, which are evaluated first and announced like new ones."""
        return self._store.recorder.earlier

    async def start(self, name: str, port: int | None = None) -> str:
        """Become the file's listener, listen, and return the bound URL. Raises InspectorError.

        `port` replaces the configured one from now on. Pending captures of earlier runs are evaluated.
        """
        async with self._turn:
            if self._url is not None:
                return self._url
            tls = await self.tls.server_context()
            if not self._has_begun:
                self._store.become_listener(name, self.evaluator)
                self._has_begun = True
                self._use_secrets()
                await self.storage_limit.open_journal()
                self._used_nonces |= await self._store.recorder.nonces()
                return_large_blocks()
                self._note_use()
                self.storage_limit.check()
                self._tasks.spawn(self.storage_limit.watch(), "check free disk space")
                self._pending.start()
                self._tasks.spawn(self._release_memory(), "release the memory of large bodies")
                self._tasks.spawn(self._store.purge(), "make earlier deletions final")
                await self._forwards.open()
                await self._responses.begin()
            try:
                self._url = await self.listener.start(port, tls)
            finally:
                # Afterwards, because it takes processor time; and if the port is taken: groups need it.
                self.evaluator.start()
            self.listening.emit(self.url)
            return self._url

    async def stop(self) -> None:
        """Respond to the requests in flight, and stop listening. Does nothing if not listening."""
        async with self._turn:
            if self._url is not None:
                self._forwards.relaying.give_up()
                await self.listener.stop()
                await self.evaluator.rest(REST_S)
                self._url = None
                self.listening.emit(None)

    async def unevaluated(self) -> int:
        """Return the number of captures that are not evaluated yet. They wait in the journal."""
        try:
            found = await self._store.read_journal(partial(waiting_since, after=self.evaluator.up_to))
        except BusyError as error:
            log.info("cannot count the captures in the journal: %s", error)
            return 0
        return found.number if found else 0

    async def finish_responses(self, seconds: float) -> None:
        """Wait until the requests in flight have their responses, for at most `seconds`."""
        await self.listener.handler.rest(seconds)

    # ---- requests

    async def _take(self, capture: Capture) -> Awaitable[Response | None] | None:
        """Store a capture, and return after its commit. Raises BusyError if it cannot be stored.

        If a rule or a target responds to the sender, return an awaitable of that response.
        """
        reserved = self.storage_limit.reserve(len(capture.body))
        try:
            return await self._store_capture(capture)
        finally:
            self.storage_limit.release(reserved)

    async def _store_capture(self, capture: Capture) -> Awaitable[Response | None] | None:
        nonce = self._nonce(capture)
        if nonce is not None:
            capture = replace(capture, kind="sample")
        expected = self.responder.expected(capture)
        if expected is not None:
            capture = expected.noted_in(capture)
        capture_id = await self._record(capture, nonce)
        return None if expected is None else self.responder.response(capture_id, expected)

    async def _take_refused(self, capture: Capture) -> None:
        """Store a refused request."""
        if not self.storage_limit.is_for_refused:
            return
        await self._record(capture, None)

    async def _take_stray(self, stray: Stray) -> None:
        """Store a stray request. Raises BusyError if only captures are stored now."""
        if not self.storage_limit.is_for_refused:
            raise BusyError("There is no room for stray requests.")
        await self._strays.take(stray)

    def _is_ours(self, headers: HeaderPairs, remote: str) -> bool:
        """Return whether this program sent a request, on any path: a sample, or a replay to itself."""
        return self._announced(headers) is not None or self._hosts.own.has(remote)

    async def _record(self, capture: Capture, nonce: str | None) -> int:
        """Write a capture to the journal. Return its id. Raises BusyError."""
        entry = new_entry(capture, nonce)
        await self._reserve(entry)
        try:
            capture_id = await self._store.recorder.record(entry)
        except Exception as error:
            self._not_written(error, (entry,))
            raise
        self._recorded(capture_id, capture)
        self.evaluator.wake()
        return capture_id

    async def take_published(self, published: Sequence[tuple[Capture, Origin]]) -> int:
        """Store captures of a shared inbox, in order and in one commit. Return the number of stored ones.

        Raises BusyError if not even the first can be stored now.
        """
        reserved = self.storage_limit.reserve(sum(len(capture.body) for capture, _ in published))
        entries: list[NewEntry] = []
        try:
            for capture, origin in published:
                nonce = self._nonce(capture)  # a sample of this machine, which it sent to an edge
                if nonce is not None:
                    capture = replace(capture, kind="sample")
                entry = new_entry(capture, nonce, origin)
                try:
                    await self._reserve(entry, is_waiting=True)
                except BusyError:
                    if not entries:
                        raise
                    break
                entries.append(entry)
            ids = await self._store.recorder.record_all(entries)
        except Exception as error:
            self._not_written(error, entries)
            raise
        finally:
            self.storage_limit.release(reserved)
        for capture_id, entry in zip(ids, entries, strict=True):
            self._recorded(capture_id, entry.capture)
        self.evaluator.wake()
        return len(ids)

    async def _reserve(self, entry: NewEntry, *, is_waiting: bool = False) -> None:
        """Count an entry as untrusted until it is evaluated. Raises BusyError if the quota is full.

        With `is_waiting`, the capture is not lost if it is refused now.
        """
        limit = self.storage_limit
        if not limit.is_for_untrusted(entry.size) and entry.capture.kind != "refused":
            # The sender waits: only a genuine capture can still be stored.
            found = await evaluated(entry.capture, self._secrets, self._worker)
            if not found.is_trusted:
                self._unuse(entry)
                limit.refuse_untrusted(entry.size, is_waiting=is_waiting)
        limit.reserve_untrusted(entry.size)

    def _not_written(self, error: Exception, entries: Sequence[NewEntry]) -> None:
        for entry in entries:
            self.storage_limit.release_untrusted(entry.size, 0)
            self._unuse(entry)
        if entries and isinstance(error, BusyError):
            self.storage_limit.failed(error)

    def _unuse(self, entry: NewEntry) -> None:
        if entry.nonce is not None:
            self._used_nonces.discard(entry.nonce)

    def _recorded(self, capture_id: int, capture: Capture) -> None:
        if capture_id > self.evaluator.up_to:
            self._captures.expected.add(capture_id)
        if len(capture.body) > INLINE_BYTES:
            self._last_large = capture_id
            self._large_came.set()

    def _evaluated(self, found: Stored) -> None:
        """Announce captures that were evaluated and stored."""
        self.storage_limit.release_untrusted(found.bytes, found.untrusted_bytes)
        self._pending.add(found.pending)
        for name in found.secrets:
            self._note_delivery(name)
        self._note_trusted(found.trusted)
        self._captures.expected.difference_update(found.skipped)
        if found.ids:
            self._captures.announce(found.ids)

    def _evaluated_later(self, capture_id: int, kind: Kind, evaluation: Evaluation) -> None:
        if evaluation.verdict.secret is not None and kind != "sample":
            self._note_delivery(evaluation.verdict.secret)
        if evaluation.is_trusted:
            self._note_trusted([capture_id])

    def _note_trusted(self, ids: Sequence[int]) -> None:
        if ids and (self._forwards.is_any_running or self._address.is_watching):
            self._tasks.spawn(self._notice(ids), "notice trusted captures")

    async def _notice(self, ids: Sequence[int]) -> None:
        """Show trusted captures to all that look for deliveries of their own."""
        while ids:
            read = partial(stored.read_some, ids=ids, max_bytes=NOTICED_BYTES)
            found, ids = await retry_while_busy(partial(self._store.fetch, read))
            for _, capture in found:
                if capture is not None:  # it was not cleared meanwhile
                    self._forwards.notice(capture)
                    if capture.kind != "sample":
                        self._address.notice(capture)

    def _secrets_changed(self, _: None) -> None:
        self._use_secrets()
        self._captures.doubt_unchecked()
        if self._has_begun:
            self._note_use()

    def _note_use(self) -> None:
        self._tasks.spawn(retry_while_busy(self._secrets.note_use), "store that a secret is in use")

    def _discard(self, up_to: int) -> None:
        self._tasks.spawn(self._discard_recorded(up_to), "remove evaluated captures from the journal")

    async def _discard_recorded(self, up_to: int) -> None:
        await retry_while_busy(partial(self._store.recorder.discard, up_to))
        if 0 < self._last_large <= up_to:
            self._last_large = 0
            self._large_came.set()  # they were overwritten, which filled the page cache again

    def _use_secrets(self) -> None:
        active = None if self._secrets.is_loading else self._secrets.active
        self.evaluator.use(active, is_secret_on_file=self._secrets.had_one)

    def _nonce(self, capture: Capture) -> str | None:
        """Return the nonce of a sample that this program announced, or None."""
        announced = self._announced(capture.headers) if capture.kind == "captured" else None
        if announced is None:
            return None
        self._used_nonces.add(announced)  # valid once; the commit removes it from the file
        return announced

    def _announced(self, headers: HeaderPairs) -> str | None:
        """Return the unused nonce of a sample, or None."""
        values = header_values(headers, SAMPLE_HEADER)
        if len(values) != 1:
            return None
        nonce = values[0].decode("ascii", "replace")
        if nonce in self._used_nonces:
            return None
        is_known, _ = self._store.read(lambda connection: small_tables.find_nonce(connection, nonce))
        return nonce if is_known else None

    async def _release_memory(self) -> None:
        """Return the memory of large bodies to the system after `RELEASE_AFTER_S` without one. Never
        returns."""
        while True:
            await self._large_came.wait()
            while self._large_came.is_set():
                self._large_came.clear()
                await asyncio.sleep(RELEASE_AFTER_S)
            await retry_while_busy(self._store.release_memory)

    def _note_delivery(self, name: str) -> None:
        """Note that the sender has the secret of a valid delivery. Samples do not count: they are our own."""
        if self._secrets.is_generated(name):
            self._tasks.spawn(self._secrets.note_delivery(name), "store a delivery")


def limits(settings: Settings) -> Limits:
    """Return the limits of the port from the settings."""
    return Limits(
        connections=settings.whole("connections"),
        head_bytes=settings.whole("head_bytes"),
        head_fields=settings.whole("head_fields"),
        head_seconds=settings.number("head_seconds"),
        body_bytes=settings.whole("body_bytes"),
        idle_seconds=settings.number("idle_seconds"),
        whole_seconds=settings.number("whole_seconds"),
        in_flight_bytes=settings.whole("in_flight_bytes"),
        keep_alive_seconds=settings.number("keep_alive_seconds"),
        refused_per_second=settings.whole("refused_per_second"),
    )
