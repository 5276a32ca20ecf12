"""The tunnel that makes the listener reachable, or the pasted address that is tested in the same way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import get_args
from urllib.parse import urlsplit

from inspector.base.clock import datable
from inspector.base.errors import BusyError, InspectorError
from inspector.base.files import data_folder
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.visible import visible
from inspector.session.address.public_address import PublicAddress, public_address
from inspector.session.file.watcher import CommitPoll
from inspector.session.ingest import Ingest
from inspector.session.preferences import Preferences
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import small_tables
from inspector.tunnel.health import ProbeResult, probe
from inspector.tunnel.kind import Launch, TunnelKind
from inspector.tunnel.kinds import KINDS, kind
from inspector.tunnel.process import TunnelProcess
from inspector.tunnel.public_url import PublicUrlError, is_this_machine
from inspector.tunnel.state import StateWord, TunnelState
from inspector.tunnel.tunnel import TEST_EVERY_S, Tunnel, TunnelPace

__all__ = [
    "TEST_EVERY_S",
    "TUNNEL_TITLES",
    "PublicUrlError",
    "StateWord",
    "TunnelChoice",
    "TunnelPace",
    "TunnelState",
    "Tunnels",
    "first_installed",
    "stored_state",
    "tunnel_choices",
]

TUNNEL_TITLES = {one.name: one.title.rstrip("…") for one in KINDS}
"""The title of each kind, by its name."""
MAX_LINES = 200
_NOTE = "public-state"
_LAST_RESPONSES_S = 1.0
_PASSED_ON_S = 0.25
"""What a tunnel program gets to pass the last response on: `ssh` ends at once when it is stopped."""
_TEXTS = ("kind", "url", "problem", "reason", "changes")
_NUMBERS = ("round_trip_ms", "since_ms", "checked_ms", "retry_at_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelChoice:
    """A kind of tunnel as a front end offers it."""

    name: str
    title: str
    caption: str
    program: str
    """Empty if the user names the program."""
    keeps_url: bool
    """Whether the URL is the same after a restart."""
    get_it: str
    """Where to get the program. Empty for the user's own."""
    needs: str | None
    """What the user must give: None, "host" or "command"."""
    is_installed: bool


def tunnel_choices() -> tuple[TunnelChoice, ...]:
    """Return the kinds of tunnels in the order of their table. Looks for their programs on PATH."""
    return tuple(
        TunnelChoice(
            name=one.name,
            title=one.title,
            caption=one.caption,
            program=one.program,
            keeps_url=one.keeps_url,
            get_it=one.get_it,
            needs=one.needs,
            is_installed=one.is_installed(),
        )
        for one in KINDS
    )


def first_installed() -> TunnelChoice:
    """Return the first kind that needs only its program. Raises InspectorError if none is installed."""
    for one in tunnel_choices():
        if one.is_installed and one.needs is None:
            return one
    raise InspectorError(f"No tunnel program is installed. Get cloudflared from {KINDS[0].get_it}.")


def stored_state(connection: sqlite3.Connection) -> TunnelState | None:
    """Return the state of the public address that the listener of a file stored last, or None."""
    note = small_tables.note(connection, _NOTE)
    try:
        fields = json.loads(note or "null")
        for names, limited in ((_TEXTS, visible), (_NUMBERS, datable)):
            fields |= {name: limited(fields[name]) for name in names if fields[name] is not None}
        state = TunnelState(**{**fields, "added_headers": tuple(map(visible, fields["added_headers"]))})
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ):  # none, of another version, or written by anyone
        return None
    return state if state.word in get_args(StateWord) else None


class Tunnels:
    """At most one tunnel, or the pasted address, and whether senders reach the listener through it."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Settings,
        preferences: Preferences,
        address: PublicAddress,
        ingest: Ingest,
        tasks: Tasks,
        pace: TunnelPace | None = None,
    ) -> None:
        self.changed: Signal[TunnelState] = Signal("tunnels.changed")
        """Emits each new state. Its words count seconds, so a front end that shows them repaints."""
        self.state = TunnelState()
        self._store = store
        self._settings = settings
        self._address = address
        self._ingest = ingest
        self._tasks = tasks
        self._pace = pace or TunnelPace()
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._tunnel: Tunnel | None = None
        self._running: asyncio.Task[None] | None = None
        self._first: TunnelProcess | None = None
        """The first run of `_running`, which may be cancelled before it could stop it."""
        self._known = address.text, address.is_set_here
        """The public address at the last change."""
        self._launched: tuple[TunnelKind, Launch] | None = None
        """What runs, or ran until listening ended."""
        self._last: tuple[TunnelKind, Launch] | None = None
        """What was started last, also if the user has stopped it."""
        self._has_stored = False
        """Whether the file has the state of this process."""
        self._one_by_one = asyncio.Lock()
        """Starts and stops follow one another."""
        ingest.listening.connect(self._listening_changed)
        address.changed.connect(self._address_changed)
        preferences.changed.connect(self._setting_changed)

    def lines(self) -> tuple[str, ...]:
        """Return the last lines of both streams of the tunnel program, at most 200."""
        return tuple(self._lines)

    def kinds(self) -> tuple[TunnelChoice, ...]:
        """Return the kinds of tunnels in the order of their table. Looks for their programs on PATH."""
        return tunnel_choices()

    # ---- a tunnel

    async def start(
        self,
        kind_name: str,
        *,
        host: str | None = None,
        command: str | None = None,
        public_url: str | None = None,
    ) -> None:
        """Start a tunnel to the listener, in place of the current one. Returns once the program runs.

        Without `host`, `command` and `public_url`, those of the settings are used. Raises UsageError if the
        program is missing or something that the kind needs, and InspectorError if nothing listens.
        """
        self._check_listening()
        chosen, launch = self._checked(kind_name, host, command, public_url)
        chosen.check(self._to_listener(launch))
        async with self._one_by_one:
            await self._launch(chosen, launch)

    def check(self, kind_name: str, *, host: str | None, command: str | None, public_url: str | None) -> None:
        """Raise UsageError if `start` could not start such a tunnel. The listener need not be running yet."""
        self._checked(kind_name, host, command, public_url)

    def _checked(
        self, kind_name: str, host: str | None, command: str | None, public_url: str | None
    ) -> tuple[TunnelKind, Launch]:
        chosen = kind(kind_name)
        if chosen.needs == "host":
            host = host or self._settings.text("tunnel_host") or None
        if chosen.needs == "command":
            command = command or self._settings.text("tunnel_command") or None
        if chosen.needs is not None:
            public_url = public_url or self._settings.text("tunnel_url") or None
        scratch = data_folder() / "tunnels"
        launch = Launch(port=0, scratch=scratch, host=host, command=command, public_url=public_url)
        chosen.check(launch)
        if chosen.default_url is not None and public_url is None:
            name = urlsplit(chosen.default_url(launch)).hostname or ""
            if is_this_machine(name):  # a test of this URL would come back without any tunnel
                step = next_step(
                    terminal="Use --public-url with the URL of the server.",
                    window="Enter the URL of the server.",
                )
                raise PublicUrlError(f"{name} is this machine, so this URL is the listener itself. {step}")
        chosen.found(launch)
        return chosen, launch

    async def start_configured(self) -> None:
        """Start the tunnel of the settings, if there is one. Raises as `start` does."""
        name = self._settings.text("tunnel")
        if name != "off":
            await self.start(name)

    async def stop(self) -> None:
        """Stop the tunnel. Its address stays, in case it comes back. Does nothing without a tunnel."""
        async with self._one_by_one:
            if self._launched is not None:
                self._launched = None
                await self._end()
                self._show(replace(self.state, word="stopped", problem=None, reason=None, retry_at_ms=None))

    async def use_address(self, text: str) -> None:
        """Use a pasted address in place of the tunnel, which is stopped.

        Raises UsageError if the text is not an address.
        """
        text = public_address(text)
        await self.stop()  # the pasted address does not end in the guarded path, so nothing would be captured
        await self._address.set(text)

    async def retry(self) -> None:
        """Start a tunnel that waits, has failed or was stopped again now, as it was started last.

        Raises as `start` does.
        """
        if self._launched is not None and self._tunnel is not None:
            self._tunnel.retry()
        elif self._last is not None:
            self._check_listening()
            async with self._one_by_one:
                await self._launch(*self._last)

    async def probe(self) -> None:
        """Test the address now, and return once the result is in `state`."""
        if self._tunnel is not None:
            await self._tunnel.probe()

    def follow(self, commits: CommitPoll, tasks: Tasks) -> None:
        """While another process captures into the file, show the state that it stores."""
        tasks.spawn(commits.watch(self._look, "the tunnel of the file"), "follow the tunnel of the file")

    async def close(self) -> None:
        """Stop the tunnel or the tests at the end of the session, after the last responses."""
        async with self._one_by_one:
            if self._launched is not None:
                await self._ingest.finish_responses(_LAST_RESPONSES_S)
                await asyncio.sleep(_PASSED_ON_S)
            self._launched = None
            await self._end()
        if self._has_stored:
            self._has_stored = False
            with suppress(BusyError):  # a full disk: other processes see that this one has ended
                await self._store_state(TunnelState())

    # ---- internal

    def _check_listening(self) -> None:
        if self._ingest.url is None:
            raise InspectorError("Nothing listens yet, so there is nothing to make reachable. Listen first.")

    async def _launch(self, chosen: TunnelKind, launch: Launch) -> None:
        launch = self._to_listener(launch)
        await self._end()
        self._lines.clear()
        begin = partial(TunnelProcess, chosen, launch, self._note_line)
        first = begin()
        try:
            await first.start()
        except BaseException:
            await first.stop()
            self._launched = None
            self._test_pasted()
            raise
        self._launched = self._last = chosen, launch
        self._run(kind=chosen, begin=begin, first=first)

    def _test_pasted(self) -> None:
        """Test the stored address, if it was set on this machine and something listens."""
        url = self._address.text if self._address.is_set_here else None
        if url is not None and self._ingest.url is not None and self._settings.is_on("test_address"):
            self._run(url=url)
        elif url is None and self._address.text is not None:
            step = next_step(
                terminal="If it is yours, use `address set` with it.",
                window="If it is yours, paste it again.",
            )
            self._show(TunnelState(problem=f"It was not set on this machine, so it is not tested. {step}"))
        else:
            self._show(TunnelState())

    def _run(
        self,
        *,
        kind: TunnelKind | None = None,
        begin: Callable[[], TunnelProcess] | None = None,
        first: TunnelProcess | None = None,
        url: str | None = None,
    ) -> None:
        self._first = first
        tunnel = self._tunnel = Tunnel(
            test=self._test,
            changed=self._show,
            tasks=self._tasks,
            pace=self._pace,
            kind=kind,
            begin=begin,
            url=url,
        )
        self._running = self._tasks.spawn(tunnel.run(first), "keep the public address reachable")

    async def _end(self) -> None:
        """End what runs, and wait until nothing of it is left."""
        running, self._running, self._tunnel = self._running, None, None
        first, self._first = self._first, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        if first is not None:
            await first.stop()

    def _to_listener(self, launch: Launch) -> Launch:
        """Return `launch` with the current address of the listener."""
        assert self._ingest.url is not None
        place = urlsplit(self._ingest.url)
        return replace(launch, port=place.port or 0, is_tls=place.scheme == "https")

    async def _test(self, url: str) -> ProbeResult:
        """Test a URL, for a tunnel with the path that senders use."""
        path = self._address.path if self._launched is not None else None
        result = await probe(f"{url}{path or ''}", self._ingest.probes)
        has_tls = (self._ingest.url or "").startswith("https:")
        if result.problem is None or not has_tls or not url.startswith("http:"):
            return result
        step = "This port accepts only HTTPS. Use an https:// address."
        return replace(result, problem=f"{result.problem} {step}")

    def _show(self, state: TunnelState) -> None:
        """Announce the state, and store each new word or URL for other processes."""
        before = self.state
        self._set(state)
        if (state.word, state.url) != (before.word, before.url):
            self._has_stored = True
            storing = retry_while_busy(partial(self._store_state, state))
            self._tasks.spawn(storing, "store the state of the public address")

    def _set(self, state: TunnelState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)

    async def _look(self) -> None:
        """Take over the state that the listener of the file has stored."""
        if self._ingest.url is None and not self._has_stored:
            state = self._store.read(stored_state) if self._store.has_listener else None
            self._set(state or TunnelState())

    async def _store_state(self, state: TunnelState) -> None:
        """Store the state for other processes, such as `doctor`."""
        note = None if state.word == "none" else json.dumps(asdict(state))
        await self._store.write(lambda connection: small_tables.put_note(connection, _NOTE, note))

    def _note_line(self, stream: str, line: str) -> None:
        self._lines.append(line)

    # ---- changes by others

    def _listening_changed(self, url: str | None) -> None:
        """Follow the listener: a tunnel leads to its port, and a test needs it."""
        self._tasks.spawn(self._follow_listener(), "follow the listener with the tunnel")

    async def _follow_listener(self) -> None:
        async with self._one_by_one:
            launched = self._launched
            if self._ingest.url is None:
                if self._running is None:
                    return  # the state may be that of another process
                await self._end()
                self._show(TunnelState() if launched is None else replace(self.state, word="stopped"))
            elif launched is None:
                await self._end()
                if not self._has_stored and self._store.read(stored_state) is not None:
                    await retry_while_busy(partial(self._store_state, TunnelState()))  # of a killed process
                self._test_pasted()
            elif self._running is None:
                try:
                    await self._launch(*launched)
                except InspectorError as error:  # such as a program that is gone
                    await self._end()
                    self._show(TunnelState(kind=launched[0].name, word="stopped", problem=str(error)))

    def _address_changed(self, text: str | None) -> None:
        known = text, self._address.is_set_here
        if known == self._known:
            return  # only the old address has changed, or whether the path is guarded
        self._known = known
        if self._launched is None:
            self._test_again()
        elif not self._address.has_path:
            self._tasks.spawn(self._give_way(), "stop the tunnel for another address")

    async def _give_way(self) -> None:
        """Stop the tunnel, in place of which another process has set an address, or none."""
        await self.stop()
        await self._follow_listener()

    def _setting_changed(self, name: str) -> None:
        if name == "test_address":
            self._test_again()

    def _test_again(self) -> None:
        if self._launched is None:
            self._tasks.spawn(self._follow_listener(), "test the new public address")
