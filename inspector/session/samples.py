"""Signed sample events, to see everything at work before the first real delivery."""

from __future__ import annotations

import asyncio
import secrets as tokens
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, NotFound, UsageError, did_you_mean
from inspector.base.files import resource
from inspector.base.visible import shortened, visible
from inspector.client.outcome import Outcome
from inspector.client.target import Target
from inspector.domain.event.sample import PACE_MS, sample_bodies
from inspector.domain.event.sample_traffic import (
    MOST_SEED,
    SampleDelivery,
    TrafficOptions,
    repeated_traffic,
    survey_traffic,
)
from inspector.domain.json.json_edit import ValuePath
from inspector.domain.replay.body_edit import with_edits
from inspector.outbox.permission import HostPermissions
from inspector.outbox.sample_run import SampleResult, SampleRun
from inspector.outbox.target_sender import TargetSender
from inspector.session.ingest import Ingest
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Targets
from inspector.store.store import Store
from inspector.store.write import small_tables

__all__ = ["MAX_SAMPLE_BYTES", "MAX_SAVED", "Outcome", "SampleResult", "SampleRun", "Samples"]

MAX_RESPONDENTS = 1_000
MAX_SAVED = 100
MAX_SAMPLE_BYTES = 256 * 1024
_LONGEST_NAME = 60


_PATH_HINT = "Use a path of the samples, such as $.platform or $.response."
_CHECKED = 40
"""Deliveries that are searched for the path of an edit. They include whole respondents."""
_MOST_WITHOUT_RESPONSE = 10
_LASTS_MS = 90_000
"""How long ago a respondent of current traffic began."""
_FIXED_MS = 1_767_258_000_000
"""2026-01-01T09:00:00Z, when the first respondent of repeatable traffic begins."""


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

    async def send(
        self, to: str | None = None, *, name: str | None = None, respondents: int = 2
    ) -> SampleResult:
        """Send the events of whole respondents, one after another, to a target or to our own listener.

        Raises as `prepare` does.
        """
        async with self._turn:
            run = await self.prepare(to, name=name, respondents=respondents)
            return await run.work()

    async def prepare(
        self, to: str | None = None, *, name: str | None = None, respondents: int = 2
    ) -> SampleRun:
        """Return the run that sends the built-in sample, or a saved one if there is a `name`.

        In the built-in one, each respondent answers every question and then completes. Only the last of
        several stops half-way. A saved one is sent with its exact body, signed like the others. Raises as
        `Targets.resolve` does, and NotFound for an unknown name.
        """
        if name is not None:
            bodies = [self._saved(name)]
        else:
            # The last answer is from now, the previous ones are in the past.
            bodies = sample_bodies(
                await asyncio.to_thread(resource("samples/survey.json").read_bytes),
                respondents=max(1, min(respondents, MAX_RESPONDENTS)),
                started_ms=now_ms() - 12 * PACE_MS,
                run=tokens.token_hex(4),
            )
        made = (SampleDelivery(body=body) for body in bodies)
        return await self._run(to, made, seed=None, total=len(bodies))

    async def prepare_traffic(
        self,
        to: str | None = None,
        *,
        name: str | None = None,
        options: TrafficOptions,
        seed: int | None = None,
        edits: Sequence[tuple[ValuePath, str]] = (),
        rate: float | None = None,
        at_once: int = 1,
    ) -> SampleRun:
        """Return the run that sends many samples, or a saved one many times.

        The same `seed` makes the same bodies, with times from a fixed day. Without one, the times are
        current. Each of the `edits` sets a value wherever a body has its path. Raises as `prepare` does, and
        UsageError for an impossible option, or if no body has the path of an edit.
        """
        started_ms: Callable[[int], int]
        if seed is None:
            seed, started_ms = tokens.randbelow(MOST_SEED), lambda _: now_ms() - _LASTS_MS
        else:
            started_ms = lambda number: _FIXED_MS + number * 1_000  # noqa: E731
        if name is None:
            survey, languages = await asyncio.to_thread(
                lambda: [resource(f"samples/{file}.json").read_bytes() for file in ("survey", "languages")]
            )

            def made() -> Iterator[SampleDelivery]:
                return survey_traffic(survey, languages, options, seed=seed, started_ms=started_ms)

            total = options.deliveries
        else:
            body = self._saved(name)

            def made() -> Iterator[SampleDelivery]:
                return repeated_traffic(body, options, seed=seed)

            total = options.deliveries or 1
        if edits:
            await asyncio.to_thread(lambda: _check_edits(list(islice(made(), _CHECKED)), edits))
        return await self._run(
            to,
            (_edited(one, edits) for one in made()) if edits else made(),
            seed=seed,
            total=total,
            rate=rate,
            at_once=at_once,
            most_without_response=_MOST_WITHOUT_RESPONSE,
        )

    def _saved(self, name: str) -> bytes:
        self._check(name)
        return self._store.read(lambda connection: small_tables.saved_sample(connection, name)) or b""

    async def _run(
        self,
        to: str | None,
        made: Iterator[SampleDelivery],
        *,
        seed: int | None,
        total: int | None,
        rate: float | None = None,
        at_once: int = 1,
        most_without_response: int = 1,
    ) -> SampleRun:
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

        async def announce(nonces: list[str]) -> None:
            await self._store.write(
                lambda connection: small_tables.put_nonces(connection, nonces, made_for_run, now_ms())
            )

        return SampleRun(
            made,
            destination=destination,
            connect=lambda: TargetSender(destination, self._hosts, tls=tls),
            announce=announce,
            key=key,
            secret=None if secret is None else secret.name,
            seed=seed,
            total=total,
            rate=rate,
            at_once=at_once,
            most_without_response=most_without_response,
        )


def _check_edits(first: Sequence[SampleDelivery], edits: Sequence[tuple[ValuePath, str]]) -> None:
    """Raise UsageError if none of these bodies has the path of an edit, or its new value is not valid."""
    for edit in edits:
        problem: UsageError | None = None
        for one in first:
            try:
                with_edits(one.body.decode("utf-8", "replace"), (edit,), hint=_PATH_HINT)
                break
            except UsageError as error:
                problem = problem or error
        else:
            if problem is not None:
                raise problem


def _edited(one: SampleDelivery, edits: Sequence[tuple[ValuePath, str]]) -> SampleDelivery:
    text = one.body.decode("utf-8", "surrogateescape")
    for edit in edits:
        with suppress(UsageError):  # an answer has other paths than a completion
            text = with_edits(text, (edit,))
    return replace(one, body=text.encode("utf-8", "surrogateescape"))
