"""Check a receiver: send it good and bad events and say in words what is wrong with it."""

from __future__ import annotations

import secrets as tokens
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from inspector.base.errors import InspectorError
from inspector.domain.capture import SIGNATURE_HEADER
from inspector.domain.probe import PROBES, Delivery, Maker, Reply, slowness
from inspector.replay.outcome import Limits, Outcome
from inspector.replay.send import Sender
from inspector.replay.target import Target
from inspector.replay.wire import WireRequest
from inspector.session.replays import Replays
from inspector.session.secrets import Secrets
from inspector.settings.settings import Settings

ANSWER_BYTES = 64 * 1024
"""What is compared of two answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one test of the receiver found out."""

    test: str
    ok: bool
    status: int | None
    """Of the last answer; null where there was none."""
    elapsed_ms: float
    """Of the slowest answer."""
    says: str


class ReceiverCheck:
    """Sends the events of the check; nothing of them is kept here."""

    def __init__(self, secrets: Secrets, replays: Replays, settings: Settings) -> None:
        self._secrets = secrets
        self._replays = replays
        self._limits = Limits(
            connect_s=settings.number("connect_seconds"),
            whole_s=settings.number("answer_seconds"),
            answer_body=ANSWER_BYTES,
        )

    async def run(self, to: str) -> AsyncGenerator[CheckResult, None]:
        """Each test's result as it is known; the last one is about time.

        The events are signed with the first active secret. Raises InspectorError where there is none,
        or where nobody can be reached, and UsageError for a URL that is no target or a host not allowed.
        """
        target = Target.parse(to)
        secret = next(iter(self._secrets.active), None)
        if secret is None:
            raise InspectorError(
                "There is no secret to sign with: give the one of the receiver, as BLITZ_WEBHOOK_SECRET."
            )
        maker = Maker(key=secret.key, run=tokens.token_hex(4))
        is_allowed = target.host in self._replays.allowed_hosts
        replies: list[Reply] = []
        takes_others = False
        async with Sender(target, limits=self._limits, require_local=not is_allowed) as sender:
            for probe in PROBES:
                found = [_reply(await sender.send(_request(target, one))) for one in probe.sends(maker)]
                if not replies and found[0].is_nobody:
                    raise InspectorError(f"The receiver cannot be checked: {found[0].error}")
                takes_others = takes_others or (not replies and found[0].is_accepted)
                replies += found
                finding = probe.reads(found, takes_others)
                yield CheckResult(
                    test=probe.name,
                    ok=finding.ok,
                    status=found[-1].status,
                    elapsed_ms=max(reply.elapsed_ms for reply in found),
                    says=finding.says,
                )
        finding = slowness(replies)
        yield CheckResult(
            test="time",
            ok=finding.ok,
            status=None,
            elapsed_ms=max(reply.elapsed_ms for reply in replies),
            says=finding.says,
        )


def _reply(outcome: Outcome) -> Reply:
    return Reply(
        status=outcome.status,
        elapsed_ms=outcome.elapsed_ms,
        body=outcome.answer_body,
        error=outcome.error,
        is_nobody=outcome.outcome in ("refused", "unreachable", "tls"),
    )


def _request(target: Target, delivery: Delivery) -> WireRequest:
    headers = [
        (b"Host", target.netloc.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"%d" % len(delivery.body)),
    ]
    if delivery.signature is not None:
        headers.append((SIGNATURE_HEADER, delivery.signature))
    return WireRequest(
        method=b"POST", target=target.request_target(b"/"), headers=tuple(headers), body=delivery.body
    )
