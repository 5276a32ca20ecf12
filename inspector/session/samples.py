"""Signed sample events, to see everything at work before the first real delivery."""

from __future__ import annotations

import asyncio
import secrets as tokens
from collections.abc import Callable
from dataclasses import dataclass, replace

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, NotFound, UsageError, did_you_mean
from inspector.base.files import resource
from inspector.base.visible import shortened, visible
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER
from inspector.domain.capture.headers import with_headers
from inspector.domain.event.sample import PACE_MS, sample_bodies
from inspector.domain.signature.signature import digest
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.session.ingest import Ingest
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Targets
from inspector.store.store import Store
from inspector.store.write import small_tables

MAX_RESPONDENTS = 1_000
MAX_SAVED = 100
MAX_SAMPLE_BYTES = 256 * 1024
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """The result of a run of samples."""

    sent: int
    """Samples with a 2xx response."""
    failed: int
    error: str | None
    """The first failure, in a sentence."""
    secret: str | None
    """The name of the secret that signed them; None if one was generated for this run."""
    is_rejected: bool = False
    """Whether the receiver responded to at least one with a 4xx status."""


class Samples:
    """Sends samples. The secret that signs them never leaves this machine."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        targets: Targets,
        hosts: HostPermissions,
        ingest: Ingest,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._targets = targets
        self._hosts = hosts
        self._ingest = ingest
        self._turn = asyncio.Lock()

    def names(self) -> tuple[str, ...]:
        """Return the names of the saved samples, in alphabetical order."""
        return self._store.read(small_tables.sample_names)

    async def save(self, name: str, body: bytes) -> str:
        """Save a body as a sample, in place of one with this name. Return the name as it is stored.

        Raises UsageError if the name or the body is not suitable, or if there are too many samples.
        """
        name = visible(" ".join(name.split()))
        if not name or len(name) > _LONGEST_NAME:
            raise UsageError(f"Enter a name of 1 to {_LONGEST_NAME} characters.")
        if len(body) > MAX_SAMPLE_BYTES:
            raise UsageError(f"The body has {len(body):,} bytes. A sample has at most {MAX_SAMPLE_BYTES:,}.")
        names = self.names()
        if name not in names and len(names) >= MAX_SAVED:
            raise UsageError(f"There are already {MAX_SAVED} saved samples. Remove one first.")
        await self._store.write(lambda connection: small_tables.put_sample(connection, name, body))
        return name

    async def remove(self, name: str) -> None:
        """Remove a saved sample. Raises NotFound if there is none of this name."""
        self._check(name)
        await self._store.write(lambda connection: small_tables.put_sample(connection, name, None))

    def _check(self, name: str) -> None:
        names = self.names()
        if name not in names:
            saved = (
                f" Saved samples: {shortened(', '.join(names), 200)}." if names else " No samples are saved."
            )
            wrong = shortened(visible(name), _LONGEST_NAME)
            raise NotFound(f"There is no sample “{wrong}”.{did_you_mean(name, names) or saved}")

    async def _bodies(self, name: str | None, respondents: int) -> list[bytes]:
        if name is not None:
            self._check(name)
            body = self._store.read(lambda connection: small_tables.saved_sample(connection, name))
            return [] if body is None else [body]
        template = await asyncio.to_thread(resource("samples/survey.json").read_bytes)
        # The last answer is from now, the previous ones are in the past.
        return sample_bodies(
            template,
            respondents=max(1, min(respondents, MAX_RESPONDENTS)),
            started_ms=now_ms() - 12 * PACE_MS,
            run=tokens.token_hex(4),
        )

    async def send(
        self,
        to: str | None = None,
        *,
        name: str | None = None,
        respondents: int = 2,
        told: Callable[[SampleResult], object] | None = None,
    ) -> SampleResult:
        """Send the events of whole respondents, one after another, to a target or to our own listener.

        Each respondent answers every question separately and then completes. Only the last of several stops
        half-way. With a `name`, send that saved sample instead: its exact body, signed like the others.
        `told` is called at the start and after each event. Raises as `Targets.resolve` does, and
        UsageError for a host that is not allowed, and NotFound for an unknown name.
        """
        own = self._ingest.url
        url = to or own
        if url is None:
            raise InspectorError("Nothing is listening here. Start listening, or name a URL to send to.")
        destination = await self._targets.resolve(url)
        target = destination.target
        is_own = own is not None and Target.parse(own).port == target.port
        tls = await self._ingest.tls.own_context(target) if is_own else None
        secret = self._secrets.active[0] if self._secrets.active else None
        key = secret.key if secret is not None else None
        made_for_run = None
        if key is None:
            made_for_run = tokens.token_hex(16)
            key = made_for_run.encode()
        bodies = await self._bodies(name, respondents)
        nonces = [tokens.token_hex(16) for _ in bodies]
        await self._store.write(
            lambda connection: small_tables.put_nonces(connection, nonces, made_for_run, now_ms())
        )
        name = None if secret is None else secret.name
        result = SampleResult(sent=0, failed=0, error=None, secret=name)
        tell = told or (lambda _: None)
        tell(result)
        async with self._turn, TargetSender(destination, self._hosts, tls=tls) as sender:
            for body, nonce in zip(bodies, nonces, strict=True):
                outcome = await sender.send(_request(target, body, nonce, key))
                if outcome.is_success:
                    result = replace(result, sent=result.sent + 1)
                else:
                    error = result.error or outcome.error or f"{target.netloc} responded {outcome.status}."
                    is_rejected = result.is_rejected or 400 <= (outcome.status or 0) < 500
                    result = replace(result, failed=result.failed + 1, error=error, is_rejected=is_rejected)
                tell(result)
                if outcome.status is None:
                    break  # the receiver is gone
        return result


def _request(target: Target, body: bytes, nonce: str, key: bytes) -> WireRequest:
    headers = (
        (b"Host", target.netloc.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"%d" % len(body)),
        (SIGNATURE_HEADER, digest(key, body).encode()),
        (SAMPLE_HEADER, nonce.encode()),
    )
    return WireRequest(
        method=b"POST",
        target=target.request_target(b"/"),
        headers=tuple(with_headers(headers, target.headers)),
        body=body,
    )
