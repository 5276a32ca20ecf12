"""Sends consecutive requests to one target over a connection that stays open, and returns the outcomes.

A request is never sent twice. A connection is reused only while the target has left it open and silent. If a
request is lost after that, its outcome is `reset`, because the target may have processed it. Each later
request gets its own connection.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable
from types import TracebackType

from inspector.base.clock import now_ms
from inspector.client.connect import Opened, open_connection, tls_context
from inspector.client.connection import TargetConnection
from inspector.client.deadline_timer import DeadlineTimer
from inspector.client.outcome import FailureReason, Outcome, ResponseLimits
from inspector.client.proxy import Proxy
from inspector.client.response import TargetResponse
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.rows import AttemptOutcome

_STOPPED = "Stopped. The target may have received the request."


class Sender:
    """Sends one request at a time to `target`. As an async context manager, it closes its connection."""

    def __init__(
        self,
        target: Target,
        *,
        limits: ResponseLimits | None = None,
        require_local: bool = False,
        tls: ssl.SSLContext | None = None,
        opened: Callable[[Opened], Awaitable[None]] | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        """With `require_local`, requests are sent only to a loopback address. `tls` checks an HTTPS
        target. `opened` is called with each new connection before anything is sent. Connections lead
        through `proxy`, if there is one."""
        self._target = target
        self._limits = limits or ResponseLimits()
        self._require_local = require_local
        self._tls = tls
        self._opened: Opened | None = None
        self._on_opened = opened
        self._proxy = proxy
        self._keeps = True
        """False once a request on a reused connection was lost, because this target closes connections
        without notice."""
        self._deadline = DeadlineTimer()
        self.abandoned: Outcome | None = None
        """The outcome of a cancelled `send`, usually `unknown`. None if no byte was sent."""

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def connection(self) -> TargetConnection | None:
        """The open connection, or None."""
        return None if self._opened is None else self._opened.connection

    @property
    def requires_local(self) -> bool:
        """Whether requests are sent only to a loopback address."""
        return self._require_local

    async def close(self) -> None:
        """Close the connection. A later `send` opens another."""
        self._deadline.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.close()
            await opened.connection.wait_closed()

    async def send(self, request: WireRequest) -> Outcome:
        """Return the outcome of `request`. A network problem is an outcome and never raised.

        Raises HostNotAllowed before anything is sent if a local target is required and this one is not.
        """
        attempt = _Attempt()
        self.abandoned = None
        opened = await self._ready(attempt)
        if isinstance(opened, FailureReason):
            return attempt.outcome(opened)
        attempt.opened = opened
        connection, answer = opened.connection, attempt.answer
        try:
            with self._deadline.within(self._limits.whole_s - attempt.elapsed_s()):
                await connection.exchange(request, answer)
        except TimeoutError:
            connection.abort()
            return attempt.outcome(answer.trouble if answer.ended is not None else self._out_of_time(answer))
        except BaseException:
            connection.abort()
            stopped = FailureReason(word="unknown", sentence=_STOPPED)
            self.abandoned = attempt.outcome(answer.trouble if answer.ended is not None else stopped)
            raise
        trouble = answer.trouble
        if trouble is not None and answer.first_byte is None and attempt.connect_s is None:
            self._keeps = False
        return attempt.outcome(trouble)

    async def _ready(self, attempt: _Attempt) -> Opened | FailureReason:
        if self._opened is not None:
            if self._keeps and self._opened.connection.can_be_reused():
                return self._opened
            await self._discard()
        limits, tls = self._limits, None
        if self._target.scheme == "https":
            tls = self._tls = self._tls or await tls_context(self._target)
        try:
            with self._deadline.within(min(limits.connect_s, limits.whole_s)):
                opened = await open_connection(
                    self._target,
                    limits=limits,
                    tls=tls,
                    require_local=self._require_local,
                    proxy=self._proxy,
                )
        except TimeoutError:
            sentence = f"No connection to {self._target.netloc} within {limits.connect_s:g} s."
            return FailureReason(word="timeout", sentence=sentence)
        if isinstance(opened, Opened):
            attempt.connect_s = attempt.elapsed_s()
            self._opened = opened
            if self._on_opened is not None:
                await self._on_opened(opened)
        return opened

    async def _discard(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.abort()
            await opened.connection.wait_closed()

    def _out_of_time(self, answer: TargetResponse) -> FailureReason:
        name, seconds = self._target.netloc, f"{self._limits.whole_s:g} s"
        if answer.first_byte is None:
            return FailureReason(word="timeout", sentence=f"No response from {name} within {seconds}.")
        return FailureReason(
            word="timeout", sentence=f"The response of {name} was not complete within {seconds}."
        )


class _Attempt:
    """The times of one attempt, and its response so far."""

    def __init__(self) -> None:
        self.started_ms = now_ms()
        self._start = time.perf_counter()
        self.connect_s: float | None = None
        self.opened: Opened | None = None
        self.answer = TargetResponse()

    def elapsed_s(self) -> float:
        return time.perf_counter() - self._start

    def outcome(self, trouble: FailureReason | None) -> Outcome:
        answer, opened = self.answer, self.opened
        ended = answer.ended if answer.ended is not None else time.perf_counter()
        return Outcome(
            outcome=trouble.word if trouble is not None else _word(answer.status),
            error=trouble.sentence if trouble is not None else None,
            status=answer.status,
            started_ms=self.started_ms,
            elapsed_ms=(ended - self._start) * 1000,
            connect_ms=None if self.connect_s is None else self.connect_s * 1000,
            first_byte_ms=None if answer.first_byte is None else (answer.first_byte - self._start) * 1000,
            response_headers=answer.headers,
            response_body=bytes(answer.body),
            is_response_cut=answer.is_cut or (trouble is not None and answer.status is not None),
            connected_to=None if opened is None else opened.connected_to,
            is_local=None if opened is None else opened.is_local,
        )


def _word(status: int | None) -> AttemptOutcome:
    return "ok" if status is not None and 200 <= status < 300 else "http-error"
