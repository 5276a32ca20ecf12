"""Which senders wait for a target's answer, and what they get."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from inspector.capture.response import Response
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.evaluation import Evaluation
from inspector.outbox.forwarder import Forwarder
from inspector.store.query import selection
from inspector.store.store import Store


class Relaying:
    """Asked by the listener about each capture; one forward at most relays."""

    def __init__(self, running: Mapping[int, Forwarder], store: Store, seconds: float) -> None:
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

    def _forwarder(self) -> Forwarder | None:
        for forwarder in self._running.values():
            if forwarder.forward.relays and forwarder.problem is None:
                return forwarder
        return None
