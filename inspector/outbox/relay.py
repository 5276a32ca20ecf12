"""Relays the responses of a target to the senders of captures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from inspector.capture.response import Response
from inspector.client.outcome import Outcome
from inspector.domain.query import Node
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import selection
from inspector.store.store import Store
from inspector.store.write.forwards import Forward

MAX_BODY = 64 * 1024
"""Maximum size of a relayed body. Larger bodies are omitted because a partial one is useless."""
_PASSED_ON = (b"content-type", b"content-encoding")
"""The relayed headers. Without Content-Encoding a compressed body could not be read."""


class ResponseWaiters:
    """Senders that wait for the response to their capture, or may still do so.

    A delivery leaves once it is decided whether its sender waits. Otherwise a sender could get a failure
    that the forward retries, too, and the target would get the capture twice.
    """

    def __init__(self, decided: Callable[[], None]) -> None:
        """`decided` is called after each decision, as a delivery may leave now."""
        self._decided = decided
        self._undecided: set[int] = set()
        self._waiting: dict[int, asyncio.Future[Response | None]] = {}

    def expect(self, capture_id: int) -> None:
        """Hold the delivery of a capture until `response` or `forget`."""
        self._undecided.add(capture_id)

    def forget(self, capture_id: int) -> None:
        """Let a delivery leave whose sender does not wait."""
        if capture_id in self._undecided:
            self._undecided.remove(capture_id)
            self._decided()

    def is_undecided(self, capture_id: int) -> bool:
        """Return whether the sender of a capture may still decide to wait for its response."""
        return capture_id in self._undecided

    async def response(self, capture_id: int, seconds: float) -> Response | None:
        """Return the target's response to a capture, or None on timeout."""
        coming = self._waiting[capture_id] = asyncio.get_running_loop().create_future()
        self.forget(capture_id)
        try:
            # Not `timeout`: it would discard a response that arrives at the last moment.
            await asyncio.wait({coming}, timeout=seconds)
            return coming.result() if coming.done() else None
        finally:
            del self._waiting[capture_id]

    def settle(self, capture_id: int, outcome: Outcome | None) -> bool:
        """End the wait for a capture after its delivery, or without an outcome if it is not sent now.

        Return whether its sender gets the target's response.
        """
        coming = self._waiting.get(capture_id)
        if coming is None or coming.done():
            return False
        response = None if outcome is None else relayed(outcome)
        coming.set_result(response)
        return response is not None

    def give_up(self) -> None:
        """Release all waiting senders with the usual response."""
        for capture_id in tuple(self._waiting):
            self.settle(capture_id, None)


def relayed(outcome: Outcome) -> Response | None:
    """Return the response for a sender: status, content headers and complete body. None without a status."""
    if outcome.status is None:
        return None
    if outcome.is_response_cut or len(outcome.response_body) > MAX_BODY:
        return Response(status=outcome.status)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in outcome.response_headers
        if name.lower() in _PASSED_ON
    ]
    return Response(status=outcome.status, headers=tuple(headers), body=outcome.response_body)


class RelayingForward(Protocol):
    """What relaying needs of a running forward."""

    forward: Forward
    rule: Node
    waiters: ResponseWaiters
    problem: str | None


class ResponseRelay:
    """Decides for each capture whether its sender waits, and for which response. Only one forward relays.

    A forward of this run precedes one of the file.
    """

    def __init__(self, running: Mapping[int, RelayingForward], store: Store, seconds: float) -> None:
        """`running` are the running forwards. A sender waits for at most `seconds`."""
        self._running = running
        self._store = store
        self._seconds = seconds

    @property
    def is_relaying(self) -> bool:
        """Whether a forward currently relays, so that senders of valid captures have to wait."""
        return self._forwarder() is not None

    def may_respond(self, word: str) -> bool:
        """Return whether the sender of a capture with this verdict may have to wait."""
        return word == "valid" and self.is_relaying

    def expect(self, capture_id: int) -> None:
        """Hold the delivery of a recorded capture until `response` or `forget`: its sender may wait."""
        if (forwarder := self._forwarder()) is not None:
            forwarder.waiters.expect(capture_id)

    def forget(self, capture_id: int) -> None:
        """Let the delivery of a capture leave, as its sender does not wait."""
        for forwarder in self._running.values():
            forwarder.waiters.forget(capture_id)

    async def response(self, capture_id: int) -> Response | None:
        """Return the target's response to a capture, or None if its sender gets the usual one."""
        forwarder = self._forwarder()
        if forwarder is None or not self._store.read(
            partial(selection.matching, among=[capture_id], scope=EVERYTHING, query=forwarder.rule)
        ):
            return None
        return await forwarder.waiters.response(capture_id, self._seconds)

    def give_up(self) -> None:
        """Release all waiting senders with the usual response."""
        for forwarder in self._running.values():
            forwarder.waiters.give_up()

    def _forwarder(self) -> RelayingForward | None:
        if not self._running:  # asked for each capture
            return None
        relaying = [one for one in self._running.values() if one.forward.relays and one.problem is None]
        return max(relaying, key=lambda one: one.forward.is_for_run, default=None)
