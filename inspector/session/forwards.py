"""Forwards of new captures. They are stored with the file, and run while it has a listener."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from functools import partial

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError, NotFound, UsageError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay import forward_rule
from inspector.outbox.forwarder import ForwardContext, Forwarder, new_forward
from inspector.outbox.loop_detector import LONGEST_LOOP_PAUSE_S, LoopPauses
from inspector.outbox.permission import ForwardPermission, HostPermissions
from inspector.outbox.relay import ResponseRelay
from inspector.outbox.stored_forward import (
    ForwardRow,
    begin_run,
    end_run,
    is_changed,
    left_out_reasons,
    place,
    row,
)
from inspector.session.address.public_address import PublicAddress
from inspector.session.captures import Captures
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import response_limits, retry_policy
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import forwards as stored
from inspector.store.write.forwards import Forward

LOOKED_UP_S = 1.0
"""Maximum time to look up the names of targets at the start."""
_PART = 500

__all__ = ["ForwardRow", "Forwards"]


class Forwards:
    """The forwards of this session. Those of the file resume with each listener on it."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        tasks: Tasks,
        captures: Captures,
        hosts: HostPermissions,
        address: PublicAddress,
        secrets: Secrets,
    ) -> None:
        self.changed: Signal[None] = Signal("forwards.changed")
        """Emitted when rows change, at each step of each delivery."""
        self.attempted: Signal[AttemptRow] = Signal("forwards.attempted")
        """Emits each attempt once it is committed."""
        self.forwarded: Signal[tuple[int, ...]] = Signal("forwards.forwarded")
        """The ids of captures with a new attempt."""
        self.message_posted: Signal[str] = Signal("forwards.message_posted")
        """Sentences: a target fails or has recovered, a delivery has failed, a forward was paused."""
        self._store = store
        self._tasks = tasks
        self.permission = ForwardPermission(hosts, lambda: address.text)
        """Where captures may be forwarded."""
        self._is_open = False
        self._began_after = 0
        """The last capture before this run."""
        self._turn = asyncio.Lock()
        """Changes run one after another: each stops its forward and starts it again."""
        self._for_run: list[tuple[Forward, bool]] = []
        """The forwards to begin with this run, and whether they catch up with an earlier run."""
        self._resumed: dict[int, int] = {}
        self._paused: dict[int, str] = {}
        """The forwards that were paused in this run, with the reason in a word or two."""
        self._forwards: dict[int, Forward] = {}
        self._running: dict[int, Forwarder] = {}
        self._resuming: dict[int, asyncio.Task[None]] = {}
        """Tasks that end pauses automatically."""
        self._loops = LoopPauses()
        self.relaying = ResponseRelay(self._running, store, settings.number("relay_seconds"))
        self._context = ForwardContext(
            store=store,
            tasks=tasks,
            limits=response_limits(settings),
            policy=retry_policy(settings),
            at_once=settings.whole("forward_at_once"),
            max_queued=settings.whole("forward_queue"),
            hosts=hosts,
            attempted=self._attempted,
            notify=self.message_posted.emit,
            changed=lambda: self.changed.emit(None),
            pause=self._pause_later,
            why_held=lambda: secrets.missing,
        )
        for forward in store.read(stored.all_of):
            if not forward.is_for_run:
                self._forwards[forward.id] = forward
        captures.captured.connect(self._arrived)
        captures.judged.connect(self._arrived)
        captures.removed.connect(self._count_again)
        captures.restored.connect(self._count_again)
        address.changed.connect(self._address_changed)
        secrets.changed.connect(self._secrets_changed)

    # ---- state

    def rows(self) -> tuple[ForwardRow, ...]:
        """Return every forward, oldest first."""
        running, resumed = self._running.get, self._resumed.get
        return tuple(
            row(one, running(one.id), self._store, resumed=resumed(one.id, 0))
            for one in self._forwards.values()
        )

    def rows_of_run(self) -> tuple[ForwardRow, ...]:
        """Return the forwards of one run of the listener, which may be another process. Reads on the loop."""
        return tuple(
            row(one, self._running.get(one.id), self._store)
            for one in self._store.read(stored.all_of)
            if one.is_for_run
        )

    def all(self) -> tuple[Forward, ...]:
        """Return every forward without its counts, oldest first."""
        return tuple(self._forwards.values())

    def find(self, forward_id: int) -> ForwardRow:
        """Return a forward. Raises NotFound."""
        found = next((one for one in self.rows() if one.id == forward_id), None)
        if found is None:
            raise NotFound(f"There is no forward {forward_id}.")
        return found

    @property
    def is_any_running(self) -> bool:
        """Whether any forward is running."""
        return bool(self._running)

    # ---- called for the user

    async def add(self, url: str, *, rule: str = "", relays: bool = False) -> int:
        """Forward the captures that arrive from now on. Return the id of the forward.

        Raises QueryError. Raises UsageError for an invalid target or a host that is not allowed.
        """
        await self.permission.check(url)
        async with self._turn:
            if self._has(new_forward(url, rule, relays)):
                raise UsageError("A forward with this target and rule already exists.")
            forward = await self._store.write(partial(stored.add, forward=new_forward(url, rule, relays)))
            await self._keep(forward)
        return forward.id

    def add_for_run(self, url: str, *, rule: str = "", relays: bool = False, catches_up: bool = True) -> None:
        """Forward everything that this process captures. Call it before listening.

        With `catches_up`, also deliver what the last run with the same target and rule did not. Raises as
        `add`, but a target that leads back here is only detected when listening starts.
        """
        self._for_run.append((replace(new_forward(url, rule, relays), is_for_run=True), catches_up))

    async def change(self, forward_id: int, *, rule: str, relays: bool) -> None:
        """Change the rule for new captures, and whether senders wait for the target's response.

        Only one forward can make senders wait. Raises QueryError.
        """
        forward_rule.rule(rule)
        async with self._turn:
            await self._keep(replace(self._known(forward_id), filter=rule.strip(), relays=relays))

    async def pause(self, forward_id: int, why: str | None = None, *, seconds: float | None = None) -> None:
        """Send nothing until it is resumed, or for `seconds`. Queued deliveries stay.

        Captures that arrive meanwhile are not forwarded, unless the pause ends automatically.
        """
        async with self._turn:
            forward = self._forwards.get(forward_id)
            if forward is None or not (forward.is_active or (forward.resumes_ms and seconds is None)):
                return
            resumes_ms = 0 if seconds is None else now_ms() + int(seconds * 1000)
            self._paused[forward_id] = "while paused" if seconds is None else "loop"
            if why is not None:
                until = "" if seconds is None else f" It resumes in {seconds:g} s."
                self.message_posted.emit(f"Forwarding to {place(forward.url)} is paused: {why}{until}")
            await self._keep(replace(forward, is_active=False, why_paused=why, resumes_ms=resumes_ms))

    async def resume(self, forward_id: int) -> None:
        """Send the queued captures and those that arrive from now on. Raises UsageError as `add` does.

        Captures that arrived during a pause with an automatic end are sent, too.
        """
        await self.permission.check(self._known(forward_id).url)
        async with self._turn:
            forward = self._known(forward_id)
            if not forward.is_active:
                if not forward.resumes_ms:
                    await self._store.write(partial(stored.skip_to_newest, forward_id=forward_id))
                await self._keep(replace(forward, is_active=True, why_paused=None, resumes_ms=0))

    async def catch_up(self, forward_id: int) -> int:
        """Queue the captures since the forward was created that never reached its target. Return their
        number.

        Raises InspectorError if it is paused.
        """
        async with self._turn:
            forward, running = self._known(forward_id), self._running.get(forward_id)
            if not forward.is_active:
                raise InspectorError("Resume the forward before it catches up.")
            rule = forward_rule.rule(forward.filter)
            ids = await self._store.fetch(partial(stored.missed, forward=forward, rule=rule))
            for start in range(0, len(ids), _PART):
                part = ids[start : start + _PART]
                again = partial(stored.queue_again, forward_id=forward_id, ids=part)
                failed = await self._store.write(again)
                if running is not None:
                    running.queued_again(len(part), failed=failed)
            if ids and running is None:  # the process that listens counts again
                await self._keep(replace(forward, queued=forward.queued + 1))
            return len(ids)

    async def remove(self, forward_id: int) -> None:
        """Remove a forward and its queue. Its attempts stay."""
        async with self._turn:
            del self._forwards[self._known(forward_id).id]
            self._loops.forget(forward_id)
            await self._stop_one(forward_id)
            await self._store.write(partial(stored.remove, forward_id=forward_id))
        self.changed.emit(None)

    async def left_out(self, forward_id: int) -> tuple[tuple[str, int], ...]:
        """Return why captures of this run are not forwarded, with the number per reason."""
        forward = self._known(forward_id)
        reasons = await left_out_reasons(self._store, forward, after=self._began_after)
        if forward_id in self._paused or not forward.is_active:
            rule = forward_rule.rule(forward.filter)
            unsent = partial(stored.left_unsent, forward_id=forward_id, rule=rule, after=self._began_after)
            reasons[self._paused.get(forward_id, "while paused")] += await self._store.fetch(unsent)
        reasons = +reasons  # without zeros
        return tuple(reasons.most_common())

    # ---- while the listener runs

    async def open(self) -> None:
        """Get ready, as the file's listener, before captures arrive.

        The forward of an earlier run of the same command is resumed. Others stay in the file as long as their
        target did not get everything.
        """
        if self._is_open:
            return
        self._is_open = True
        left = [one for one in await self._store.fetch(stored.all_of) if one.is_for_run]
        for forward, catches_up in self._for_run:
            if self._has(forward):
                continue  # each capture already goes there
            same = next((one for one in left if (one.url, one.filter) == (forward.url, forward.filter)), None)
            if same is not None:
                left.remove(same)
            begun, resumed = await begin_run(self._store, forward, same, catches_up=catches_up)
            self._forwards[begun.id], self._resumed[begun.id] = begun, resumed
        for one in left:
            await end_run(self._store, one.id)

    async def begin(self, listening: str) -> None:
        """Start forwarding. `listening` is the address that no target may have."""
        self.permission.listening = listening
        self._began_after = await self._store.fetch(stored.newest_stored)
        with contextlib.suppress(BusyError):  # the journal cannot be used yet
            self._began_after = await self._store.fetch(stored.newest)
        forwards = tuple(self._forwards.values())
        if forwards:
            # A name that cannot be looked up now leads nowhere now, so it cannot cause a loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKED_UP_S):
                    await asyncio.gather(*map(self._look_for_loop, forwards))
        for forward in forwards:
            self._start_one(forward.id)

    async def deliver_all(self, seconds: float) -> None:
        """Wait for at most `seconds` until all captures so far are delivered, failed, or cannot be delivered
        now."""
        done = asyncio.Event()

        def look(_: None = None) -> None:
            if all(forwarder.is_done for forwarder in self._running.values()):
                done.set()

        self.changed.connect(look)
        look()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await done.wait()
        self.changed.disconnect(look)

    async def stop(self) -> None:
        """Start no more deliveries, and wait until those in flight are stored."""
        running = list(self._running.values())
        self._running.clear()
        for task in self._resuming.values():
            task.cancel()
        self._resuming.clear()
        await asyncio.gather(*[forwarder.stop() for forwarder in running])

    async def close(self) -> None:
        """Stop, and end the forwards of this run."""
        await self.stop()
        if self._is_open:
            for forward in self._forwards.values():
                if forward.is_for_run:
                    await end_run(self._store, forward.id)

    # ---- called by the listener

    def notice(self, capture: Capture) -> None:
        """Note a trusted capture: it may be a forwarded one that has returned.

        Untrusted ones prove nothing: anyone could stop forwarding with a copy.
        """
        for forward_id, forwarder in self._running.items():
            if forwarder.loop_detector.arrived(capture.method, capture.body):
                self._pause_for_loop(forward_id)

    async def follow(self) -> None:
        """Apply what other processes changed in the forwards of the file."""
        async with self._turn:
            found = {one.id: one for one in await self._store.fetch(stored.all_of)}
            known = [one for one in found.values() if one.id in self._forwards or not one.is_for_run]
            changed = [one for one in known if is_changed(one, self._forwards.get(one.id))]
            gone = [one for one in self._forwards if one not in found]
            for forward_id in gone:
                del self._forwards[forward_id]
                await self._stop_one(forward_id)
            for forward in changed:
                before = self._forwards.get(forward.id)
                self._forwards[forward.id] = forward
                if before is not None and not is_changed(replace(forward, queued=before.queued), before):
                    self._count_again(None)
                    continue
                await self._stop_one(forward.id)
                if self.permission.listening is not None:
                    self._start_one(forward.id)
        for forward in changed:
            await self._look_for_loop(forward)
        if gone or changed:
            self.changed.emit(None)

    # ---- internal

    def _has(self, forward: Forward) -> bool:
        """Return whether an active forward has the same target and rule."""
        same = (forward.url, forward.filter)
        return any(one.is_active and (one.url, one.filter) == same for one in self._forwards.values())

    def _known(self, forward_id: int) -> Forward:
        """Return a forward as it is stored, because another process may have changed it. Raises NotFound."""
        for forward in self._store.read(stored.all_of) if forward_id in self._forwards else ():
            if forward.id == forward_id:
                return forward
        raise NotFound("This forward does not exist any more.")

    async def _keep(self, forward: Forward) -> None:
        """Store changes of a forward, and apply them."""
        changed = [forward]
        if forward.relays:
            others = [one for one in self._forwards.values() if one.relays and one.id != forward.id]
            changed += [replace(one, relays=False) for one in others]
        for one in changed:
            self._forwards[one.id] = one
            await self._stop_one(one.id)
            await self._store.write(partial(stored.change, forward=one))
            if self.permission.listening is not None:
                self._start_one(one.id)
        self.changed.emit(None)

    def _start_one(self, forward_id: int) -> None:
        forward = self._forwards[forward_id]
        if forward.resumes_ms:
            work = self._resume_later(forward_id, (forward.resumes_ms - now_ms()) / 1000)
            self._resuming[forward_id] = self._tasks.spawn(work, "resume a forward")
        if not forward.is_active or forward_id in self._running:
            return
        try:
            now = self._store.read(partial(stored.read, forward_id=forward_id))
            forwarder = Forwarder(now, self._context)
        except NotFound:  # another process has just removed it, so that `follow` does
            return
        except InspectorError as error:  # from another version, with terms that this one does not know
            self._pause_later(forward_id, str(error))
            return
        self._running[forward_id] = forwarder
        forwarder.start()

    async def _resume_later(self, forward_id: int, seconds: float) -> None:
        await asyncio.sleep(min(max(0.0, seconds), LONGEST_LOOP_PAUSE_S))
        del self._resuming[forward_id]  # the following change must not cancel this task
        self.message_posted.emit(f"Forwarding to {place(self._known(forward_id).url)} resumes.")
        try:
            await self.resume(forward_id)
        except InspectorError as error:
            await self.pause(forward_id, str(error))

    async def _stop_one(self, forward_id: int) -> None:
        resuming = self._resuming.pop(forward_id, None)
        if resuming is not None:
            resuming.cancel()
        forwarder = self._running.pop(forward_id, None)
        if forwarder is not None:
            await forwarder.stop()

    async def _look_for_loop(self, forward: Forward) -> None:
        if forward.is_active:
            loop = await self.permission.loop(forward.url)
            if loop is not None:
                await self.pause(forward.id, loop)

    def _pause_for_loop(self, forward_id: int) -> None:
        """Pause a forward whose deliveries return here, for longer if the last such pause was recent."""
        why = "each delivery returns to this listener, so another program sends it back."
        pausing = self.pause(forward_id, why, seconds=self._loops.next_s(forward_id))
        self._tasks.spawn(pausing, "pause a forward")

    def _pause_later(self, forward_id: int, why: str) -> None:
        """Pause a forward from a new task. For callers that the pause stops."""
        self._tasks.spawn(self.pause(forward_id, why), "pause a forward")

    def _attempted(self, row: AttemptRow) -> None:
        self.attempted.emit(row)
        self.forwarded.emit((row.capture_id,))

    def _arrived(self, ids: tuple[int, ...]) -> None:
        for forwarder in self._running.values():
            forwarder.wake()

    def _secrets_changed(self, _: None) -> None:
        self._arrived(())

    def _count_again(self, _: None) -> None:
        for forwarder in self._running.values():
            forwarder.count_again()

    def _address_changed(self, address: str | None) -> None:
        for forward in self._forwards.values():
            self._tasks.spawn(self._look_for_loop(forward), "look for a loop")
