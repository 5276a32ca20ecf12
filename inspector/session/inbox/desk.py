"""The shared inbox that this machine reads: which one, since when, and what it received."""

from __future__ import annotations

import asyncio
import getpass
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.availability import why_no_inbox
from inspector.base.errors import InspectorError, PortTaken, UsageError
from inspector.base.log import log_failure
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, in_own_thread
from inspector.session.file.import_reader import import_limits
from inspector.session.inbox.state import MOST_GAPS, OFF, InboxGap, InboxState, InboxWord
from inspector.session.ingest import Ingest
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import inboxes

if TYPE_CHECKING:
    from inspector.inbox.consumer import SkippedMessage
    from inspector.session.inbox.login import GivenLogin

log = logging.getLogger(__name__)

SHOW_INTERVAL_S = 0.1
"""Minimum time between two announcements of counts."""
MOST_SENTENCES = 3
"""Maximum number of sentences about skipped messages of a kind. The others are only counted."""
_MOST_MEMBER = 64


class Desk:
    """Reads a shared inbox into the capture file, next to the listener. At most one inbox at a time."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Settings,
        ingest: Ingest,
        tasks: Tasks,
        listen: Callable[[], Awaitable[object]],
    ) -> None:
        """`listen` makes this process the listener of the file, which also opens the port."""
        self.changed: Signal[InboxState] = Signal("desk.changed")
        """Emits each new state. Counts alone are announced at most every 0.1 seconds."""
        self.gaps_found: Signal[tuple[InboxGap, ...]] = Signal("desk.gaps_found")
        """Emits gaps that were just noticed."""
        self.message_posted: Signal[str] = Signal("desk.message_posted")
        """Emits sentences about skipped messages, the first few of each kind."""
        self.state = OFF
        self._store = store
        self._settings = settings
        self._ingest = ingest
        self._tasks = tasks
        self._listen = listen
        self._turn = asyncio.Lock()
        """Held while reading starts or stops."""
        self._running: asyncio.Task[None] | None = None
        self._decided = asyncio.Event()
        """Set once it is known whether the first attempt to connect succeeded."""
        self._failure: InspectorError | None = None
        """Why reading has stopped."""
        self._announcement: asyncio.TimerHandle | None = None
        self._posted: dict[str, int] = {}

    @property
    def is_on(self) -> bool:
        """Whether an inbox is being read, or retried."""
        return self._running is not None

    async def start(
        self,
        address: str,
        member: str | None = None,
        login: GivenLogin | None = None,
        *,
        since_ms: int | None = None,
        is_temporary: bool = False,
    ) -> None:
        """Read an inbox, instead of the current one. Return once its messages arrive, or it is retried.

        `member` and `login` replace those of the settings. If the file has not read the inbox before,
        `since_ms` skips messages that were published before this time. The server forgets a member that
        `is_temporary` soon after its last connection. Raises InspectorError if the inbox cannot be read until
        the user changes something. The state then is `stopped`.
        """
        self._interrupt()
        async with self._turn:
            await self._stop()
            self._failure = None
            self._posted.clear()
            self._set(OFF)
            try:
                await self._start(address, member, login, since_ms=since_ms, is_temporary=is_temporary)
            except InspectorError as error:
                self._set(replace(self.state, word="stopped", problem=str(error)))
                raise

    async def stop(self) -> None:
        """Read no longer. What was stored is acknowledged. Does nothing if no inbox is read."""
        self._interrupt()
        async with self._turn:
            await self._stop()
            self._set(OFF)

    def stored_gaps(self, limit: int = MOST_GAPS) -> tuple[InboxGap, ...]:
        """Return the gaps in every inbox that this file was filled from, the newest first."""
        return tuple(
            InboxGap(first=one.first or None, last=one.last or None, noticed_ms=one.noticed_ms, why=one.why)
            for one in self._store.read(partial(inboxes.gaps, limit=limit))
        )

    async def _start(
        self,
        address: str,
        member: str | None,
        login: GivenLogin | None,
        *,
        since_ms: int | None,
        is_temporary: bool,
    ) -> None:
        if (why := why_no_inbox()) is not None:
            raise UsageError(why)
        await in_own_thread(_load_client)
        from inspector.inbox.address import InboxAddress
        from inspector.inbox.connection import InboxConnection
        from inspector.session.inbox.login import GivenLogin, load_login
        from inspector.session.inbox.reader import InboxReader

        place = InboxAddress.parse(address)
        name = (member or self._settings.text("inbox_member")).strip() or default_member()
        if len(name) > _MOST_MEMBER or not name.isprintable():
            raise UsageError(f"The name of a member has at most {_MOST_MEMBER} printable characters.")
        self._set(InboxState(word="connecting", address=place.text, member=name))
        found = await load_login(login or GivenLogin(), self._settings)
        if not self._ingest.has_begun:
            try:
                await self._listen()
            except PortTaken:
                if not self._ingest.has_begun:
                    raise
        self._decided.clear()
        reader = InboxReader(
            connection=InboxConnection(place, found, f"webhook-inspector {name}", reads_captures=True),
            member=name,
            store=self._store,
            ingest=self._ingest,
            limits=import_limits(self._settings),
            desk=self,
            tasks=self._tasks,
            since_ms=since_ms,
            is_temporary=is_temporary,
        )
        self._running = self._tasks.spawn(reader.run(), "read the shared inbox", is_awaited=True)
        self._running.add_done_callback(self._ended)
        await self._decided.wait()
        if self._failure is not None:
            raise self._failure

    def _interrupt(self) -> None:
        """End the reading, so that a `start` that waits for a connection returns."""
        if self._running is not None:
            self._running.cancel()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running})
        if self._announcement is not None:
            self._announcement.cancel()
            self._announcement = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Notice that reading ended because of an error."""
        if task.cancelled() or (error := task.exception()) is None:
            self._decided.set()
            return
        if isinstance(error, InspectorError):
            self._failure = error
        else:
            log_failure(log, f"task {task.get_name()}", error)
            self._failure = InspectorError("Internal error. See the log for details, then connect again.")
        if task is self._running:
            self._running = None
            self._set(replace(self.state, word="stopped", problem=str(self._failure)))
        self._decided.set()

    # ---- what the reader reports

    def show(
        self,
        *,
        word: InboxWord | None = None,
        problem: str | None = None,
        away: int | None = None,
        left: int | None = None,
        is_first: bool | None = None,
        received: int = 0,
    ) -> None:
        """Show a new state. `None` keeps a part, except that a word without a problem ends the last one.

        `received` is the number of captures to add.
        """
        before = self.state
        state = replace(
            before,
            word=word or before.word,
            problem=problem if word else before.problem,
            away=before.away if away is None else away,
            left=before.left if left is None else left,
            is_first=before.is_first if is_first is None else is_first,
            received=before.received + received,
        )
        is_same = (state.word, state.problem, state.away) == (before.word, before.problem, before.away)
        self._set(state, is_count=is_same)
        if state.word != "connecting":
            self._decided.set()

    def show_gap(self, gap: InboxGap) -> None:
        """Show that messages are missing."""
        self._set(replace(self.state, gaps=(*self.state.gaps, gap)[-MOST_GAPS:]))
        self.gaps_found.emit((gap,))

    def show_skipped(self, skipped: SkippedMessage) -> None:
        """Show that a message is not a capture, or cannot be read."""
        self._set(replace(self.state, skipped=self.state.skipped + 1), is_count=True)
        number = self._posted[skipped.kind] = self._posted.get(skipped.kind, 0) + 1
        if number <= MOST_SENTENCES:
            self.message_posted.emit(skipped.why)
        if number == MOST_SENTENCES:
            self.message_posted.emit("Further messages like these are only counted.")

    def _set(self, state: InboxState, *, is_count: bool = False) -> None:
        """Change the state and announce it, a count later together with others."""
        if state == self.state:
            return
        self.state = state
        if not is_count:
            self.changed.emit(state)
        elif self._announcement is None:
            loop = asyncio.get_running_loop()
            self._announcement = loop.call_later(SHOW_INTERVAL_S, self._announce)

    def _announce(self) -> None:
        self._announcement = None
        self.changed.emit(self.state)


def check_address(address: str) -> None:
    """Raise UsageError if this is not the address of a shared inbox."""
    from inspector.inbox.address import InboxAddress

    InboxAddress.parse(address)


def _load_client() -> None:
    """Import the client of NATS. On the loop, that would stall the window for a tenth of a second."""
    import inspector.session.inbox.login
    import inspector.session.inbox.reader  # noqa: F401


def default_member() -> str:
    """Return the user and the host, such as `me@laptop`."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container without a name for its user
        user = "user"
    return f"{user}@{socket.gethostname()}"[:_MOST_MEMBER]
