"""One capture as a request: what it would look like, one sending of it as edited, and snippets of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from inspector.base.errors import InspectorError
from inspector.base.signals import Signal
from inspector.base.worker import Worker
from inspector.client.edit import Prepared, prepare
from inspector.client.preview import preview
from inspector.client.snippets.table import SNIPPETS, snippet
from inspector.client.wire import NotReplayable, reason_not_replayable
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail
from inspector.domain.replay.attempt import Since, Standing, compare_responses, since_last
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox.attempts import attempt_of
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.session.captures import Captures
from inspector.session.replays import Replays, signing_key
from inspector.session.secrets import Secrets
from inspector.session.targets import Destination, Targets
from inspector.store.store import Store
from inspector.store.write import attempts

SNIPPET_LABELS: Mapping[str, str] = {name: entry.label for name, entry in SNIPPETS.items()}
"""The clients that a request can be copied for, with what each is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be sent, and what of it differs from what came."""

    head: bytes
    body: bytes
    differs: tuple[str, ...]
    """In sentences; none where every byte goes out as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedAttempt:
    """An attempt beside the one before it."""

    before: AttemptRow | None
    since: Since | None
    """Null where its own outcome is not known."""


def not_replayable(detail: CaptureDetail) -> str | None:
    """Why a capture can be sent nowhere, in a sentence; None where it can."""
    return reason_not_replayable(detail.capture, is_masked=_is_masked(detail))


class Requests:
    """Previews and sends single captures."""

    def __init__(
        self,
        *,
        store: Store,
        captures: Captures,
        secrets: Secrets,
        targets: Targets,
        replays: Replays,
        hosts: HostPermissions,
        worker: Worker,
    ) -> None:
        self.attempted: Signal[AttemptRow] = Signal("requests.attempted")
        """Each attempt, once it is kept."""
        self._store = store
        self._captures = captures
        self._secrets = secrets
        self._targets = targets
        self._replays = replays
        self._hosts = hosts
        self._worker = worker

    @property
    def clients(self) -> tuple[str, ...]:
        """Those that a request can be copied for."""
        return tuple(SNIPPETS)

    async def snippet(self, name: str, capture_id: int, to: str) -> str:
        """The text for one client that sends a capture to a URL or a named target, signature and all.

        Raises InspectorError where the capture can be sent to no target, or this client cannot do it.
        """
        detail = await self._captures.detail(capture_id)
        if (reason := not_replayable(detail)) is not None:
            raise NotReplayable(reason)
        return snippet(name, detail.capture, (await self._targets.resolve(to)).target)

    async def preview(self, detail: CaptureDetail, to: str, manner: RequestOptions) -> Preview:
        """What a target would be sent; raises InspectorError where it can be sent nothing."""
        destination = await self._targets.resolve(to)
        prepared = self._prepared(detail, destination, manner)
        body = prepared.request.body
        if len(body) <= _INLINE:
            differs = preview(detail.capture, prepared)
        else:
            differs = await self._worker.run(preview, detail.capture, prepared)
        return Preview(head=prepared.request.head, body=body, differs=differs)

    async def asks_host(self, to: str) -> str | None:
        """A host beyond this machine that its user has to allow before anything is sent there."""
        return await self._hosts.host_to_allow((await self._targets.resolve(to)).target)

    async def send(self, capture_id: int, to: str, manner: RequestOptions) -> AttemptRow:
        """Send one capture once and keep the attempt.

        Raises UsageError where a host has to be allowed first or a secret is not at hand, and
        InspectorError where there is nothing to send.
        """
        detail = await self._captures.detail(capture_id)
        destination = await self._targets.resolve(to)
        target = destination.target
        prepared = self._prepared(detail, destination, manner)
        kept = partial(
            attempt_of,
            prepared,
            target=target,
            capture_id=capture_id,
            standing=Standing(detail.row.verdict.word, detail.row.is_trusted),
        )
        await self._replays.remember_target(target.url)
        async with TargetSender(
            destination, self._hosts, is_following_redirects=manner.is_following_redirects
        ) as sender:
            try:
                outcome = await sender.send(prepared.request)
            except asyncio.CancelledError:
                if sender.abandoned is not None:  # the target may have taken it
                    await self._keep(kept(sender.abandoned))
                raise
        return await self._keep(kept(outcome))

    def since(self, rows: Sequence[AttemptRow]) -> dict[int, ComparedAttempt]:
        """What each of some hundred attempts says beside the one before it; without those cleared since."""
        ids = [row.id for row in rows]
        found = self._store.read(lambda connection: attempts.each_before(connection, ids))
        return {
            row.id: ComparedAttempt(before=found[row.id], since=since_last(row, found[row.id]))
            for row in rows
            if row.id in found
        }

    async def compare(self, before: AttemptDetail, after: AttemptDetail) -> LineDiff:
        """Two responses line by line; of more than a few lines the worker compares them."""
        if _response_size(before) + _response_size(after) <= _INLINE_RESPONSES:
            return compare_responses(before, after)
        return await self._worker.run(compare_responses, before, after)

    async def _keep(self, attempt: AttemptDetail) -> AttemptRow:
        [attempt_id] = await self._store.write(lambda connection: attempts.insert(connection, [attempt]))
        row = replace(attempt.row, id=attempt_id)
        self.attempted.emit(row)
        return row

    def _prepared(self, detail: CaptureDetail, destination: Destination, manner: RequestOptions) -> Prepared:
        if destination.has_marker:
            manner = replace(manner, has_marker=True)
        key = signing_key(self._secrets, manner.sign_with)
        if key is not None and detail.row.verdict.word != "valid" and not manner.is_resigning_unverified:
            raise InspectorError(_UNVERIFIED)
        return prepare(
            detail.capture,
            destination.target,
            manner,
            capture_id=detail.row.id,
            key=key,
            is_masked=_is_masked(detail),
        )


def _is_masked(detail: CaptureDetail) -> bool:
    return detail.row.verdict.reason == "masked"


def _response_size(attempt: AttemptDetail) -> int:
    return len(attempt.response_body) + sum(
        len(name) + len(value) for name, value in attempt.response_headers
    )


_INLINE_RESPONSES = 2 * 1024
"""Bytes of two responses. Comparing these takes at most 8 ms, but 500 ms for 2,000 repetitive lines."""
_INLINE = 16 * 1024
"""Bytes of a body that is looked into at once; a larger one is looked into by the worker process."""
_UNVERIFIED = (
    "Its signature is not valid, so nobody knows who wrote it; signing it again has to be confirmed first."
)
