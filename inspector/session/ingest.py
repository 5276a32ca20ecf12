"""The parts of the listener, which starts and stops, and what the evaluator reports about captures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
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
from inspector.domain.capture.capture import HeaderPairs, Kind
from inspector.domain.capture.stray import Stray
from inspector.domain.signature.evaluation import Evaluation
from inspector.outbox.permission import HostPermissions
from inspector.session.address.listener_tls import ListenerTls
from inspector.session.address.public_address import PublicAddress
from inspector.session.address.strays import Strays
from inspector.session.captures import Captures
from inspector.session.evaluator import Evaluator
from inspector.session.file.storage_limit import StorageLimit
from inspector.session.forwards import Forwards
from inspector.session.intake import Intake
from inspector.session.responding.responder import Responder
from inspector.session.responses import Responses
from inspector.session.signature.pending import PendingCaptures
from inspector.session.signature.secrets import Secrets
from inspector.settings.settings import Settings
from inspector.store.evaluator_messages import Stored
from inspector.store.journal import WaitingEntries, waiting_since
from inspector.store.store import Store
from inspector.store.write import captures as stored
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
        self._port = port
        self._url: str | None = None
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
        self.intake = Intake(
            store=store,
            limit=self.storage_limit,
            secrets=secrets,
            worker=worker,
            captures=captures,
            evaluator=self.evaluator,
            responder=self.responder,
            large_recorded=self._note_large,
        )
        """What stores captures in the journal."""
        self.evaluator.stored.connect(self._evaluated)
        self.evaluator.followed.connect(lambda marked: store.followed(marked))
        self.evaluator.synced.connect(self._discard)
        self.evaluator.keys_outdated.connect(self._refresh_secrets)
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
            take=self.intake.take,
            take_directly=self.intake.take_directly,
            take_refused=self.intake.take_refused,
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
                self.intake.used_nonces |= await self._store.recorder.nonces()
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

    async def _take_stray(self, stray: Stray) -> None:
        """Store a stray request. Raises BusyError if only captures are stored now."""
        if not self.storage_limit.is_for_refused:
            raise BusyError("There is no room for stray requests.")
        await self._strays.take(stray)

    def _is_ours(self, headers: HeaderPairs, remote: str) -> bool:
        """Return whether this program sent a request, on any path: a sample, or a replay to itself."""
        return self.intake.announced(headers) is not None or self._hosts.own.has(remote)

    def _note_large(self, capture_id: int) -> None:
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
        self.evaluator.use(active, is_secret_on_file=self._secrets.had_one, changes=self._secrets.changes)

    def _refresh_secrets(self, _: None) -> None:
        self._tasks.spawn(retry_while_busy(self._secrets.refresh), "read the changed secrets")

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
