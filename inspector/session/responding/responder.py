"""What senders get: the decision about each stored capture, and the response that follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError
from inspector.base.files import read_regular
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.visible import visible
from inspector.capture.deliberate import DeliberateResponse, Ending, WaitEnd
from inspector.capture.response import Response
from inspector.domain.capture.capture import Capture
from inspector.domain.response.decision import ResponseDecision, status_in_path
from inspector.domain.response.parts import MAX_BODY, ResponseKind, RuleError, RuleResponse
from inspector.domain.signature.evaluation import INLINE_BYTES
from inspector.outbox.relay import ResponseRelay
from inspector.session.captures import Captures
from inspector.session.evaluator import Evaluator
from inspector.session.signature.pending import PendingCaptures
from inspector.session.signature.secrets import Secrets
from inspector.store.evaluator import Evaluated
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

EVALUATION_S = 10.0
"""How long a sender waits for the evaluation of its capture if a rule or a target responds to it."""
STORED_S = 1.0
"""The same if no rule asks for anything that is evaluated. Then the response is stored with the capture."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedByPath:
    """A response that a sender requested by the last segment of its path."""

    status: int

    @property
    def reason(self) -> str:
        """What its capture shows about it."""
        return f"path: /{self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedResponse:
    """What may decide the response to a capture, as known on its arrival."""

    usual: int
    """The status of the usual response."""
    asked: AskedByPath | None
    is_relayed: bool
    """Whether its sender may get the response of a target."""
    is_decided: bool
    """Whether a rule or a study may decide it."""
    is_large: bool
    """Whether the capture is evaluated after it is stored, because its body is large."""

    @property
    def is_immediate(self) -> bool:
        """Whether only the path decides it, so that it needs no evaluation."""
        return not (self.is_relayed or self.is_decided)

    def noted_in(self, capture: Capture) -> Capture:
        """Return the capture with what its row shows about its response until that is decided."""
        if self.asked is not None:
            return capture._replace(answered=self.asked.status, answered_by=self.asked.reason)
        return capture._replace(answered=None)


class Responder:
    """Decides for the listener what the sender of each capture gets, from its arrival on."""

    def __init__(
        self,
        *,
        store: Store,
        responses: Responses,
        relaying: ResponseRelay,
        captures: Captures,
        evaluator: Evaluator,
        pending: PendingCaptures,
        secrets: Secrets,
        tasks: Tasks,
    ) -> None:
        self.undecided: set[int] = set()
        """Captures whose response is not decided yet. Afterwards they are announced as `judged`."""
        self._store = store
        self._responses = responses
        self._relaying = relaying
        self._captures = captures
        self._evaluator = evaluator
        self._pending = pending
        self._secrets = secrets
        self._tasks = tasks

    def expected(self, capture: Capture) -> ExpectedResponse | None:
        """Return what may decide the response to a capture that arrives, or None for the usual response."""
        usual = capture.answered
        if usual is None:
            return None
        is_whole = capture.kind != "cut"
        status = status_in_path(capture.target) if is_whole else None
        is_decided = is_whole and (bool(self._responses.deciding) or self._is_learning)
        is_relayed = self._relaying.is_relaying
        if status is None and not is_decided and not is_relayed:
            return None
        return ExpectedResponse(
            usual=usual,
            asked=None if status is None else AskedByPath(status=status),
            is_relayed=is_relayed,
            is_decided=is_decided,
            is_large=len(capture.body) > INLINE_BYTES,
        )

    def response(self, capture_id: int, expected: ExpectedResponse) -> Awaitable[Response | None]:
        """Return an awaitable of the response to a capture that was just stored: None is the usual one.

        Await it in any case, because the delivery to a target waits for the decision.
        """
        if not expected.is_immediate:
            self.undecided.add(capture_id)
        if expected.is_relayed:
            self._relaying.expect(capture_id)
        return self._response(capture_id, expected)

    # ---- internal

    @property
    def _is_learning(self) -> bool:
        """Whether a study of retries is running, which deliveries to any path can belong to."""
        return self._responses.learning is not None

    @property
    def _needs_evaluation(self) -> bool:
        """Whether a decision needs the evaluation of a large capture: its verdict, survey and so on."""
        return self._is_learning or any(rule.query for rule, _ in self._responses.deciding)

    async def _response(self, capture_id: int, expected: ExpectedResponse) -> Response | None:
        """Decide the response to a stored capture, and store what it is."""
        asked, usual = expected.asked, expected.usual
        by_path = None if asked is None else Response(status=asked.status)
        if expected.is_immediate:
            return by_path
        answer = None
        try:
            found = await self._evaluated_in_time(capture_id, expected)
            if found is None:
                return by_path if asked is not None else await self._by_first_rules(capture_id, expected)
            is_awaited = expected.is_decided and self._needs_evaluation and not self._secrets.is_loading
            if found.reason == "pending" and is_awaited:
                await self._pending.evaluate_first(capture_id)
            is_relayed = expected.is_relayed and self._relaying.may_respond(found.word)
            if expected.is_decided and (asked is None or self._is_learning):
                answer = await self._decided(
                    capture_id, None if is_relayed else usual, is_large=expected.is_large
                )
            if asked is not None:
                answer = by_path
            elif answer is None and is_relayed:
                answer = await self._relaying.response(capture_id)
                await self._note_relayed(capture_id, answer, usual)
            elif answer is None and not expected.is_decided:
                await self._note_relayed(capture_id, None, usual)
        except BusyError as error:
            log.info("cannot store the response to capture %d: %s", capture_id, error)
        finally:
            self._relaying.forget(capture_id)
            self.undecided.discard(capture_id)
            self._captures.judged.emit((capture_id,))
        return answer

    async def _evaluated_in_time(self, capture_id: int, expected: ExpectedResponse) -> Evaluated | None:
        """Evaluate a capture for its response, if that is possible now."""
        try:
            needs_it = expected.is_relayed or self._needs_evaluation
            async with asyncio.timeout(EVALUATION_S if needs_it else STORED_S):
                return await self._evaluator.evaluated(capture_id)
        except (TimeoutError, BusyError):
            log.info("capture %d was not evaluated in time for its response", capture_id)
            return None

    async def _by_first_rules(self, capture_id: int, expected: ExpectedResponse) -> Response | None:
        """Return what the rules before the first query decide: they need no evaluation.

        It is stored once the capture is evaluated, as is the usual response if they decide nothing.
        """
        decision: ResponseDecision | None = None
        rules = tuple(takewhile(lambda one: not one[0].query, self._responses.deciding))
        if rules and expected.is_decided and not self._is_learning:
            undecided = stored.Undecided(capture_id=capture_id, rules=rules, usual=None, now_ms=now_ms())
            try:
                [decision] = await self._store.write(
                    lambda connection: stored.decide_responses(connection, [undecided])
                )
            except BusyError as error:
                log.info("cannot decide the response to capture %d: %s", capture_id, error)
        if decision is None:
            await self._set_response(capture_id, expected.usual, None)
            return None
        self._responses.announce_soon()
        if decision.respond.is_immediate or decision.respond.kind != "status":
            status = decision.respond.status if decision.respond.is_immediate else None
            await self._set_response(capture_id, status, decision.reason)
        return await self._made(capture_id, decision)

    async def _decided(self, capture_id: int, usual: int | None, *, is_large: bool) -> Response | None:
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

    async def _note_relayed(self, capture_id: int, answer: Response | None, usual: int) -> None:
        """Store that a sender gets the response of a target, or the usual one if there is none."""
        relay = self._responses.relay
        by = None if answer is None or relay is None else relay.reason
        status = usual if answer is None else answer.status
        await self._set_response(capture_id, status, by)

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
        """Store the response to a capture, or do so once the capture is evaluated."""
        note = partial(stored.set_response, capture_id=capture_id, status=status, by=by)

        async def note_later() -> None:
            if await retry_while_busy(partial(self._evaluator.evaluated, capture_id)) is not None:
                await retry_while_busy(partial(self._store.write, note))
                self._captures.judged.emit((capture_id,))

        if capture_id > self._evaluator.up_to:
            self._tasks.spawn(note_later(), "store a response")
        else:
            await self._store.write(note)
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
