"""The answers of a target that senders wait for: *relay the target's answer*."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from inspector.capture.response import Response
from inspector.client.outcome import Outcome
from inspector.domain.query import Node
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.evaluation import Evaluation
from inspector.store.query import selection
from inspector.store.store import Store
from inspector.store.write.forwards import Forward

MAX_BODY = 64 * 1024
"""A longer body is left out whole: half of one helps nobody."""
_PASSED_ON = (b"content-type", b"content-encoding")
"""Without the latter a compressed body could not be read."""


class Relays:
    """What senders wait for, by capture; each wait is settled once."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[Response | None]] = {}

    async def answer(self, capture_id: int, seconds: float) -> Response | None:
        """What the target answers to a capture; null where nothing has come of it in time."""
        coming: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        self._waiting[capture_id] = coming
        try:
            async with asyncio.timeout(seconds):
                return await coming
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(capture_id, None)

    def settle(self, capture_id: int, outcome: Outcome | None) -> bool:
        """The first sending of a capture has ended, or there will be none now; whether its sender is told
        what the target said."""
        coming = self._waiting.pop(capture_id, None)
        if coming is None or coming.done():
            return False
        answer = None if outcome is None else relayed(outcome)
        coming.set_result(answer)
        return answer is not None

    def give_up(self) -> None:
        """Let every sender have the usual answer at once."""
        for capture_id in tuple(self._waiting):
            self.settle(capture_id, None)


def relayed(outcome: Outcome) -> Response | None:
    """A target's answer as it is passed on: status, type and a whole body; null where none came."""
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
    """A forward at work, as far as its responses are relayed."""

    forward: Forward
    rule: Node
    relays: Relays
    problem: str | None


class Relaying:
    """Asked by the listener about each capture; one forward at most relays."""

    def __init__(self, running: Mapping[int, RelayingForward], store: Store, seconds: float) -> None:
        """`running` are the forwards at work; a sender waits for so many seconds at most."""
        self._running = running
        self._store = store
        self._seconds = seconds

    def may_answer(self, judgement: Evaluation) -> bool:
        """Whether a sender may have to wait: its capture is valid, and a target that relays takes any now."""
        return judgement.verdict.word == "valid" and self._forwarder() is not None

    async def answer(self, capture_id: int) -> Response | None:
        """What a target answers to a capture; null where its sender gets the usual answer."""
        forwarder = self._forwarder()
        if forwarder is None or not self._store.read(
            partial(selection.matching, among=[capture_id], scope=EVERYTHING, query=forwarder.rule)
        ):
            return None
        return await forwarder.relays.answer(capture_id, self._seconds)

    def give_up(self) -> None:
        """Let every sender have the usual answer now."""
        for forwarder in self._running.values():
            forwarder.relays.give_up()

    def _forwarder(self) -> RelayingForward | None:
        for forwarder in self._running.values():
            if forwarder.forward.relays and forwarder.problem is None:
                return forwarder
        return None
