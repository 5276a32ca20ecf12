"""Sends the captures of one forward to its target, and tells each sending as an attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from inspector.base.clock import now_ms
from inspector.client.edit import Prepared, forwarded
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target
from inspector.client.wire import WireRequest, compose
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, SignatureState
from inspector.domain.replay.attempt import Standing
from inspector.outbox.attempt_writer import attempt_of

_KILLED = "The program was ended before an answer came; the target may have taken it. It is sent again."


class ForwardSender:
    """Keeps its connections between one capture and the next."""

    def __init__(
        self, target: Target, forward_id: int, *, limits: ResponseLimits, is_allowed: Callable[[str], bool]
    ) -> None:
        """`is_allowed` says of the target's host whether it may be another machine."""
        self.target = target
        self.in_flight: dict[int, WireRequest] = {}
        """What has left and was not answered yet, by capture."""
        self._forward_id = forward_id
        self._limits = limits
        self._is_allowed = is_allowed
        self._idle: list[Sender] = []

    def prepared(self, capture: Capture) -> Prepared:
        """Return what goes out for a capture; raises NotReplayable."""
        request = compose(forwarded(capture), self.target)
        is_signed = bool(capture.values(SIGNATURE_HEADER))
        signature: SignatureState = "original" if is_signed else "none"
        return Prepared(request=request, signature=signature, is_edited=False, sent_body=None)

    async def send(
        self,
        capture_id: int,
        prepared: Prepared,
        standing: Standing,
        abandoned: Callable[[AttemptDetail | None], Awaitable[None]],
    ) -> tuple[Outcome, AttemptDetail]:
        """Send one capture, and return what came of it.

        If it is cancelled or cannot be sent, `abandoned` gets the attempt first, or None if nothing of it was
        sent. Raises HostNotAllowed, and UsageError if the target's certificate cannot be used.
        """
        sender = await self._sender()
        kept = partial(
            attempt_of,
            prepared,
            target=self.target,
            capture_id=capture_id,
            standing=standing,
            forward_id=self._forward_id,
        )
        self.in_flight[capture_id] = prepared.request
        try:
            outcome = await sender.send(prepared.request)
        except BaseException as error:
            await sender.close()
            was = sender.abandoned if isinstance(error, asyncio.CancelledError) else None
            await abandoned(None if was is None else kept(was))
            raise
        finally:
            self.in_flight.pop(capture_id, None)
        self._idle.append(sender)
        return outcome, kept(outcome)

    def lost(self, capture_id: int) -> AttemptDetail:
        """Return the attempt whose outcome a kill took away."""
        return AttemptDetail(
            row=AttemptRow(
                id=0,
                capture_id=capture_id,
                target=self.target.url,
                started_ms=now_ms(),
                status=None,
                elapsed_ms=0.0,
                outcome="unknown",
                error=_KILLED,
                signature="none",
                edited=False,
                forward_id=self._forward_id,
            ),
            answer_headers=(),
            answer_body=b"",
            is_answer_cut=False,
        )

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
