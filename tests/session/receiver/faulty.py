"""Receivers with one fault each, in this process and with real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from inspector.domain.json.value import NotJSON
from tests.builders import SECRET_TEXT

NAME = "x-webhook-signature"
ACCEPTED = 200
DIGIT_S = 30e-6
"""The time that a receiver takes for each right digit: long, so that the test is short."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as a receiver sees it."""

    request: web.Request
    body: bytes
    memory: set[Any]
    """Lasts as long as the receiver."""

    @property
    def sent(self) -> str:
        return self.request.headers.get(NAME, "")

    @property
    def has_header(self) -> bool:
        return NAME in self.request.headers

    @property
    def is_post(self) -> bool:
        return self.request.method == "POST"

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, body: bytes | None = None, *, key: str = SECRET_TEXT) -> bool:
        return self.sent == digest(self.body if body is None else body, key)


def digest(body: bytes, key: str = SECRET_TEXT) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def correct(call: Call) -> int:
    """The status of a receiver without a fault."""
    if not call.is_post:
        return 405
    if not call.is_signed():
        return 401
    try:
        json.loads(call.body)
    except ValueError:
        return 400
    return ACCEPTED


Answer = int | web.Response | None
Fault = Callable[[Call], Answer | Awaitable[Answer]]


@asynccontextmanager
async def receiving(fault: Fault) -> AsyncIterator[str]:
    """A receiver that responds as `fault` says, and correctly if that is None."""
    memory: set[Any] = set()

    async def handle(request: web.Request) -> web.Response:
        call = Call(request=request, body=await request.read(), memory=memory)
        answer = fault(call)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, web.Response):
            return answer
        status = correct(call) if answer is None else answer
        return web.Response(status=status, text="ok" if status == ACCEPTED else "")

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


def accepts_if(condition: Callable[[Call], bool]) -> Fault:
    """A receiver that also accepts posted events that meet the condition."""
    return lambda call: ACCEPTED if correct(call) == 401 and condition(call) else None


def rejects_if(condition: Callable[[Call], bool], status: int = 400) -> Fault:
    """A receiver that does not accept posted and signed events that meet the condition."""
    return lambda call: status if correct(call) == ACCEPTED and condition(call) else None


def signs(change: Callable[[bytes], bytes]) -> Fault:
    """A receiver that verifies the changed body."""

    def answer(call: Call) -> Answer:
        try:
            return (ACCEPTED if call.is_signed(change(call.body)) else 401) if call.is_post else 405
        except (NotJSON, ValueError):
            return 400

    return answer


def text(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return lambda body: change(body.decode()).encode()


def throws_if_lengths_differ(call: Call) -> Answer:
    """As timingSafeEqual does."""
    return 500 if call.is_post and len(call.sent) != 64 else None


def remembers_signatures(call: Call) -> Answer:
    if correct(call) == ACCEPTED:
        call.memory.add(call.sent)
    return ACCEPTED if call.is_post and call.sent in call.memory else None


def accepts_once(call: Call) -> Answer:
    if correct(call) != ACCEPTED:
        return None
    is_known = call.sent in call.memory
    call.memory.add(call.sent)
    return 409 if is_known else None


def closes_after_completion(call: Call) -> Answer:
    if correct(call) != ACCEPTED:
        return None
    user, is_completion = call.event["user_id"], "responses" in call.event
    if is_completion:
        call.memory.add(user)
    return 409 if user in call.memory and not is_completion else None


async def one_per_respondent(call: Call) -> Answer:
    if correct(call) != ACCEPTED:
        return None
    user = call.event["user_id"]
    if user in call.memory:
        return 409
    call.memory.add(user)
    await asyncio.sleep(0.02)
    call.memory.discard(user)
    return None


def limits_requests(call: Call) -> Answer:
    """Allows 100 requests, which is enough for all tests but the measurement."""
    call.memory.add(len(call.memory))
    return 429 if len(call.memory) > 100 else None


async def is_slow(call: Call) -> Answer:
    if b"Unusual" in call.body or b"1e+21" in call.body:
        await asyncio.sleep(1.1)
    return None


def compares_digit_by_digit(call: Call) -> Answer:
    right = 0
    for one, other in zip(call.sent, digest(call.body), strict=False):
        if one != other:
            break
        right += 1
    until = time.perf_counter() + right * DIGIT_S
    while time.perf_counter() < until:
        pass
    return None


def responds_if_rejected(text: Callable[[Call], str]) -> Fault:
    return lambda call: web.Response(status=401, text=text(call)) if correct(call) == 401 else None
