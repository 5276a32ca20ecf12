"""Replays that need no plan: one key sends the selection to the last target."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.errors import InspectorError
from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.kit.context.runner import Runner
from inspector.session.replays import Run
from inspector.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class HostToAllow:
    """The question whether captures may be sent to a remote host."""

    host: str
    to: str
    ids: tuple[int, ...]
    """None of them if only the target was changed."""


class InPlaceReplay(QObject):
    """What is being sent, to which target, and what must be asked first. Strips show it."""

    changed = Signal()
    """The target, a question, or a delivery in flight has changed."""
    began = Signal()
    """Something is sent."""
    run_started = Signal(object)
    """The Run of several captures."""
    left = Signal()
    """The control that the user pressed disappears. The list must take the focus."""

    def __init__(self, session: Session, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._sending: dict[int, tuple[float, asyncio.Task[None]]] = {}
        self._failures: dict[int, str] = {}
        self._waiting: tuple[int, ...] = ()
        """The captures to send once the target is known."""
        self.is_asking_target = False
        self.problem = ""
        """Why the entered target cannot be used, or an empty text."""
        self.question: HostToAllow | None = None
        self.run: Run | None = None
        """The last run of several captures."""

    @property
    def target(self) -> str | None:
        """The URL or the name of the last target, or None."""
        return self._session.replays.last_target

    @property
    def target_url(self) -> str | None:
        """The URL of the last target, as its attempts have it, or None."""
        to = self.target
        try:
            return None if to is None else self._session.targets.address(to)
        except InspectorError:
            return None

    @property
    def is_waiting_for_target(self) -> bool:
        """Whether captures are sent as soon as the target is known."""
        return bool(self._waiting)

    def sending_for(self, capture_id: int) -> float | None:
        """Return for how many seconds a capture is in flight, or None."""
        sending = self._sending.get(capture_id)
        return None if sending is None else time.monotonic() - sending[0]

    def failure_of(self, capture_id: int) -> str:
        """Return why a capture could not be sent at all, or an empty text."""
        return self._failures.get(capture_id, "")

    # ---- sending

    def send(self, ids: tuple[int, ...]) -> None:
        """Send these captures to the last target, in order of arrival. Captures in flight are skipped."""
        ids = self._idle(ids)
        if not ids:
            return
        if (to := self.target) is None:
            self.ask_target(ids)
        else:
            self._runner.run(self._check_and_send(to, ids), "replay", self._show_problem)

    def send_to(self, to: str, ids: tuple[int, ...] = ()) -> None:
        """Send captures to a target that the user entered or selected; without any, only use it from now on.

        The captures that wait for a target are sent, too.
        """
        if ids and not (ids := self._idle(ids)):
            return
        ids = ids or self._waiting
        self._runner.run(self._check_and_send(to, ids), "replay to a target", self._show_problem)

    def _idle(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Return the captures that are not in flight; none if several are being sent already."""
        ids = tuple(one for one in ids if one not in self._sending)
        is_busy = self.run is not None and not self.run.progress.is_done
        return () if len(ids) > 1 and is_busy else ids

    def resume(self, plan_id: int) -> None:
        """Send the remaining deliveries of the run of several captures that was stopped."""
        self._runner.run(self._resume(plan_id), "resume a replay")
        self.left.emit()

    @Slot()
    def stop(self) -> None:
        """Stop the run of several captures. It can be resumed."""
        if self.run is not None:
            self.run.stop()
            self.left.emit()

    async def _resume(self, plan_id: int) -> None:
        plan = await self._session.replays.resume(plan_id)
        if plan.asks_host is None:
            self.begin_run(self._session.replays.start(plan))
        else:  # it was revoked since
            self._show_problem(f"{plan.asks_host} is no longer allowed. Replay again to allow it.")

    def cancel(self, capture_id: int) -> None:
        """Cancel the delivery of a capture. The target may have received it."""
        if (sending := self._sending.get(capture_id)) is not None:
            sending[1].cancel()
            self.left.emit()

    async def _check_and_send(self, to: str, ids: tuple[int, ...]) -> None:
        self._waiting = ids
        self.is_asking_target, self.problem = self.is_asking_target or self.target is None, ""
        host = await self._session.requests.asks_host(to)
        was_asking, self.is_asking_target = self.is_asking_target, False
        if host is not None:
            self.question = HostToAllow(host=host, to=to, ids=ids)
            self.changed.emit()
            return
        await self._deliver(to, ids)
        if was_asking:
            self.left.emit()

    async def _deliver(self, to: str, ids: tuple[int, ...]) -> None:
        self._waiting = ()
        self.question = None
        for one in ids:
            self._failures.pop(one, None)
        if not ids:
            await self._session.replays.remember_target(to)
        elif len(ids) == 1:
            task = self._runner.run(self._send_one(to, ids[0]), "replay a capture")
            self._sending[ids[0]] = time.monotonic(), task
            task.add_done_callback(partial(self._end, ids[0]))  # also if it is cancelled before it begins
            self.began.emit()
        else:
            self.begin_run(self._session.replays.start(await self._session.replays.plan(to, ids=ids)))
        self.changed.emit()

    def begin_run(self, run: Run) -> None:
        """Show this run of several captures."""
        self.run = run
        self.began.emit()
        self.run_started.emit(run)

    async def _send_one(self, to: str, capture_id: int) -> None:
        try:
            await self._session.requests.send(capture_id, to, RequestOptions())
        except InspectorError as error:
            self._failures[capture_id] = str(error)

    def _end(self, capture_id: int, _: object) -> None:
        self._sending.pop(capture_id, None)
        if shiboken6.isValid(self):  # the window may be closed by now
            self.changed.emit()

    def _show_problem(self, sentence: str) -> None:
        """Ask for a target, because this one cannot be used."""
        self.is_asking_target, self.problem = True, sentence
        self.changed.emit()

    # ---- questions

    @Slot()
    def ask_target(self, ids: tuple[int, ...] = ()) -> None:
        """Ask for a target, and then send these captures to it."""
        self._waiting = ids
        self.is_asking_target, self.problem, self.question = True, "", None
        self.changed.emit()

    @Slot()
    def forget_problem(self) -> None:
        """Hide the error, because the target is edited."""
        if self.problem:
            self.problem = ""
            self.changed.emit()

    @Slot()
    def allow(self) -> None:
        """Allow the host of the question, and send what waits for it."""
        if (question := self.question) is not None:
            self._runner.run(self._allow(question), "allow a host", self._show_problem)
            self.left.emit()

    async def _allow(self, question: HostToAllow) -> None:
        await self._session.hosts.allow(question.host)
        await self._deliver(question.to, question.ids)

    @Slot()
    def dismiss(self) -> None:
        """Cancel the question. Nothing is sent."""
        self._waiting = ()
        self.is_asking_target, self.problem, self.question = False, "", None
        self.changed.emit()
        self.left.emit()
