"""Sends the captures of one forward to its target, and tells each sending as an attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from inspector.base.clock import now_ms
from inspector.domain.capture import SIGNATURE_HEADER, Capture
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.replay.forwarded import forwarded
from inspector.replay.outcome import Limits, Outcome
from inspector.replay.send import Sender
from inspector.replay.target import Target
from inspector.replay.wire import WireRequest, compose

_KILLED = "The program was ended before an answer came; the target may have taken it. It is sent again."


class Courier:
    """Keeps its connections between one capture and the next."""

    def __init__(
        self, target: Target, forward_id: int, *, limits: Limits, is_allowed: Callable[[str], bool]
    ) -> None:
        """`is_allowed` says of the target's host whether it may be another machine."""
        self.target = target
        self.in_flight: dict[int, WireRequest] = {}
        """What has left and was not answered yet, by capture."""
        self._forward_id = forward_id
        self._limits = limits
        self._is_allowed = is_allowed
        self._idle: list[Sender] = []

    def request(self, capture: Capture) -> WireRequest:
        """What goes out for a capture; raises NotReplayable."""
        return compose(forwarded(capture), self.target)

    async def send(
        self,
        capture_id: int,
        capture: Capture,
        request: WireRequest,
        abandoned: Callable[[AttemptDetail | None], Awaitable[None]],
    ) -> tuple[Outcome, AttemptDetail]:
        """Send one, and what came of it.

        Where it is cancelled or cannot be sent, `abandoned` gets the attempt first, null where nothing of it
        left. Raises HostNotAllowed, and UsageError where the target's certificate cannot be used.
        """
        sender = await self._sender()
        is_signed = bool(capture.values(SIGNATURE_HEADER))
        self.in_flight[capture_id] = request
        try:
            outcome = await sender.send(request)
        except BaseException as error:
            await sender.close()
            was = sender.abandoned if isinstance(error, asyncio.CancelledError) else None
            await abandoned(
                None if was is None else self._detail(capture_id, was, request.head, is_signed=is_signed)
            )
            raise
        finally:
            self.in_flight.pop(capture_id, None)
        self._idle.append(sender)
        return outcome, self._detail(capture_id, outcome, request.head, is_signed=is_signed)

    def lost(self, capture_id: int) -> AttemptDetail:
        """The attempt of which a kill took the outcome away."""
        outcome = Outcome(outcome="unknown", error=_KILLED, started_ms=now_ms(), elapsed_ms=0.0)
        return self._detail(capture_id, outcome, b"", is_signed=False)

    async def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            await self._idle.pop().close()

    async def _sender(self) -> Sender:
        """A connection that is free, or a new one; none of before the host was allowed or withdrawn."""
        while True:
            requires_local = not self._is_allowed(self.target.host)
            if not self._idle:
                return Sender(self.target, limits=self._limits, require_local=requires_local)
            sender = self._idle.pop()
            if sender.requires_local == requires_local:
                return sender
            await sender.close()

    def _detail(self, capture_id: int, outcome: Outcome, head: bytes, *, is_signed: bool) -> AttemptDetail:
        return AttemptDetail(
            row=AttemptRow(
                id=0,
                capture_id=capture_id,
                target=self.target.url,
                started_ms=outcome.started_ms,
                status=outcome.status,
                elapsed_ms=outcome.elapsed_ms,
                outcome=outcome.outcome,
                error=outcome.error,
                signature="original" if is_signed else "none",
                edited=False,
                connect_ms=outcome.connect_ms,
                first_byte_ms=outcome.first_byte_ms,
                connected_to=outcome.connected_to,
                forward_id=self._forward_id,
            ),
            sent_head=head,
            answer_headers=outcome.answer_headers,
            answer_body=outcome.answer_body,
            is_answer_cut=outcome.is_answer_cut,
        )
