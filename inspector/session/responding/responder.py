"""What senders get: the decision about each stored capture, and the response that follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.files import read_regular
from inspector.base.visible import visible
from inspector.capture.deliberate import DeliberateResponse, Ending, WaitEnd
from inspector.capture.response import Response
from inspector.domain.capture.capture import Capture
from inspector.domain.response.decision import ResponseDecision, status_in_path
from inspector.domain.response.parts import MAX_BODY, ResponseKind, RuleError, RuleResponse
from inspector.session.captures import Captures
from inspector.store.store import Store
from inspector.store.write import responses as stored

if TYPE_CHECKING:
    from inspector.session.responses import Responses

_ENDINGS: Mapping[ResponseKind, Ending] = {
    "status": "response",
    "relay": "response",
    "close": "close",
    "reset": "reset",
    "never": "never",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedByPath:
    """A response that a sender requested by the last segment of its path."""

    status: int

    @property
    def reason(self) -> str:
        """What its capture shows about it."""
        return f"path: /{self.status}"


class Responder:
    """Decides for the listener what the sender of each capture gets."""

    def __init__(self, store: Store, responses: Responses, captures: Captures) -> None:
        self._store = store
        self._responses = responses
        self._captures = captures

    @staticmethod
    def asked_by_path(capture: Capture) -> AskedByPath | None:
        """Return the response that the path of a capture asks for, before any rule."""
        status = None if capture.kind == "cut" else status_in_path(capture.target)
        return None if status is None else AskedByPath(status=status)

    @property
    def is_deciding(self) -> bool:
        """Whether a rule may respond to the next delivery, so that its response must be decided."""
        return bool(self._responses.deciding) or self.is_learning

    @property
    def is_learning(self) -> bool:
        """Whether a study of retries is running, which deliveries to any path can belong to."""
        return self._responses.learning is not None

    @property
    def needs_evaluation(self) -> bool:
        """Whether a decision needs the evaluation of a large capture: its verdict, survey and so on."""
        return self.is_learning or any(rule.query for rule, _ in self._responses.deciding)

    async def response(self, capture_id: int, usual: int | None, *, is_large: bool) -> Response | None:
        """Return what a rule or a study decides for a stored capture, or None for the usual response.

        What it is, or the `usual` status, is stored with the capture. Raises BusyError if it cannot be.
        """
        matched = await self._store.fetch(self._matches(capture_id)) if is_large else None
        undecided = stored.Undecided(
            capture_id=capture_id,
            rules=self._responses.deciding,
            usual=usual,
            now_ms=now_ms(),
            matched=matched,
        )
        decision = await self._store.write_with_others(stored.decide_responses, undecided)
        self._responses.announce_soon()
        return None if decision is None else await self._made(capture_id, decision)

    async def note_relayed(self, capture_id: int, answer: Response | None, usual: int) -> None:
        """Store that a sender gets the response of a target, or the usual one if there is none."""
        relay = self._responses.relay
        by = None if answer is None or relay is None else relay.reason
        status = usual if answer is None else answer.status
        await self._set_response(capture_id, status, by)

    # ---- internal

    def _matches(self, capture_id: int) -> partial[dict[int, set[int]]]:
        nodes = {rule.id: node for rule, node in self._responses.deciding}
        if (study := self._responses.learning) is not None:
            nodes[stored.STUDY_ID] = stored.study_node(study)
        return partial(stored.matches, ids=(capture_id,), nodes=nodes)

    async def _made(self, capture_id: int, decision: ResponseDecision) -> Response:
        respond, reason = decision.respond, decision.reason
        try:
            body = await asyncio.to_thread(read_body, respond) if respond.body_file else respond.body.encode()
        except RuleError as error:
            log.info("%s", error)
            await self._set_response(capture_id, 500, f"{reason}. {error}")
            return Response(status=500)
        if respond.is_immediate:
            return Response(status=respond.status, headers=respond.headers, body=body)

        async def settle(end: WaitEnd) -> None:
            if end == "gone" and decision.is_studied:
                note = partial(stored.note_end_of_wait, capture_id=capture_id, now_ms=now_ms())
                await self._store.write(note)
                self._responses.announce_soon()
            if end == "full":
                await self._set_response(capture_id, 503, f"{reason}. Too many senders waited.")
            elif respond.kind == "status":
                left = "" if end == "sent" else ". The sender left before."
                status = respond.status if end == "sent" else None
                await self._set_response(capture_id, status, f"{reason}{left}")

        return DeliberateResponse(
            status=respond.status,
            headers=respond.headers,
            body=body,
            wait_s=respond.after_s,
            drip_s=respond.drip_s,
            ending=_ENDINGS[respond.kind],
            settle=settle,
        )

    async def _set_response(self, capture_id: int, status: int | None, by: str | None) -> None:
        await self._store.write(partial(stored.set_response, capture_id=capture_id, status=status, by=by))
        self._captures.judged.emit((capture_id,))


def read_body(respond: RuleResponse) -> bytes:
    """Return the body of a response, from its file if it has one. Raises RuleError if it cannot be read."""
    if not respond.body_file:
        return respond.body.encode()
    path = Path(respond.body_file)
    try:
        data = read_regular(path, MAX_BODY + 1)
    except OSError as error:
        raise RuleError(
            f"Cannot read the body file {visible(str(path))}: {error.strerror}.", "body"
        ) from error
    if len(data) > MAX_BODY:
        raise RuleError(f"The body file {visible(str(path))} is over 64 KiB. Use a smaller one.", "body")
    return data
