"""Check a receiver: send it good and bad events and say in words what is wrong with it."""

from __future__ import annotations

import secrets as tokens
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.domain.capture import SIGNATURE_HEADER
from inspector.domain.header_pairs import Pair, with_headers
from inspector.domain.probe import PROBES, Reply, slowness
from inspector.domain.probe_events import Delivery, Maker
from inspector.domain.secret import Secret
from inspector.replay.outcome import Outcome
from inspector.replay.send import Sender
from inspector.replay.target import Target
from inspector.replay.wire import WireRequest
from inspector.session.replays import Replays
from inspector.session.secrets import Secrets
from inspector.session.targets import Destination, Targets

ANSWER_BYTES = 64 * 1024
"""What is compared of two answers."""
_TIME = "Time to answer"
TITLES = (*(probe.title for probe in PROBES), _TIME)
"""What is tested, in order; the last one sends nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one test of the receiver found out."""

    test: str
    title: str
    """The test in a few words, for who does not know its name."""
    ok: bool
    status: int | None
    """Of the last answer; null where there was none."""
    elapsed_ms: float
    """Of the slowest answer."""
    says: str


class ReceiverCheck:
    """Sends the events of the check; nothing of them is kept here."""

    def __init__(self, secrets: Secrets, targets: Targets, replays: Replays) -> None:
        self._secrets = secrets
        self._targets = targets
        self._replays = replays

    async def run(
        self, to: str | Destination, *, sign_with: str | None = None
    ) -> AsyncGenerator[CheckResult, None]:
        """Each test's result as it is known; the last one is about time.

        `to` is a URL, or a named target with its headers and certificates. The events are signed with the
        active secret of the name `sign_with`, else with the first one. Raises InspectorError where there is
        none, or where nobody can be reached, and UsageError for what is no target or a host not allowed.
        """
        destination = await self._targets.resolve(to) if isinstance(to, str) else to
        target = destination.target
        maker = Maker(key=self._secret(sign_with).key, run=tokens.token_hex(4))
        is_allowed = target.host in self._replays.allowed_hosts
        limits = replace(destination.limits, answer_body=ANSWER_BYTES)
        replies: list[Reply] = []
        accepted: frozenset[str] = frozenset()
        async with Sender(target, limits=limits, require_local=not is_allowed) as sender:
            for probe in PROBES:
                found = [_reply(await sender.send(_request(target, one))) for one in probe.sends(maker)]
                if not replies and found[0].is_nobody:
                    raise InspectorError(f"The receiver cannot be checked: {found[0].error}")
                replies += found
                finding = probe.reads(found, accepted)
                if all(reply.is_accepted for reply in found):
                    accepted |= {probe.name}
                yield CheckResult(
                    test=probe.name,
                    title=probe.title,
                    ok=finding.ok,
                    status=found[-1].status,
                    elapsed_ms=max(reply.elapsed_ms for reply in found),
                    says=finding.says,
                )
        finding = slowness(replies)
        yield CheckResult(
            test="time",
            title=_TIME,
            ok=finding.ok,
            status=None,
            elapsed_ms=max(reply.elapsed_ms for reply in replies),
            says=finding.says,
        )

    def _secret(self, name: str | None) -> Secret:
        active = self._secrets.active
        if not active:
            raise InspectorError(
                "There is no secret to sign with: give the one of the receiver, as BLITZ_WEBHOOK_SECRET."
            )
        found = next((secret for secret in active if name in (None, secret.name)), None)
        if found is None:
            raise UsageError(f"The secret {visible(name or '')} is not in use any more.")
        return found


def _reply(outcome: Outcome) -> Reply:
    return Reply(
        status=outcome.status,
        elapsed_ms=outcome.elapsed_ms,
        body=outcome.answer_body,
        error=outcome.error,
        is_cut=outcome.is_answer_cut and outcome.error is None,
        is_nobody=outcome.outcome in ("refused", "unreachable", "tls"),
    )


def _request(target: Target, delivery: Delivery) -> WireRequest:
    headers: list[Pair] = [
        (b"Host", target.netloc.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"%d" % len(delivery.body)),
    ]
    if delivery.signature is not None:
        headers.append((SIGNATURE_HEADER, delivery.signature))
    return WireRequest(
        method=b"POST",
        target=target.request_target(b"/"),
        headers=tuple(with_headers(headers, target.headers)),
        body=delivery.body,
    )
