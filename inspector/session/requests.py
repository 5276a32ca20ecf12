"""Single captures as requests: previews, sending with edits, and snippets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError, UsageError
from inspector.base.signals import Signal
from inspector.base.worker import Worker
from inspector.client.edit import Prepared, prepare
from inspector.client.preview import preview_lines
from inspector.client.snippets.table import SNIPPETS, snippet
from inspector.client.wire import NotReplayable, reason_not_replayable
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.line_diff import LineDiff, LinePair
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail
from inspector.domain.replay.attempt import Since, Standing, compare_responses, compare_sent, since_last
from inspector.domain.replay.request_options import RequestOptions
from inspector.outbox.attempts import attempt_of
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.session.captures import Captures
from inspector.session.replays import Replays, signing_key
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Destination, Targets
from inspector.store.store import Store
from inspector.store.write import attempts

if TYPE_CHECKING:
    from inspector.domain.json.json_edit import ValuePath

SNIPPET_LABELS: Mapping[str, str] = {name: entry.label for name, entry in SNIPPETS.items()}
"""The clients that a request can be copied for, with their labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The request that would be sent, and how it differs from the captured one."""

    head: bytes
    body: bytes
    headers: tuple[LinePair, ...]
    """The changed headers as lines; values of a target's own headers are masked."""
    notes: tuple[str, ...]
    """Sentences about all other differences except the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedAttempt:
    """An attempt compared with the previous one."""

    before: AttemptRow | None
    since: Since | None
    """None if its own outcome is unknown."""


def not_replayable(detail: CaptureDetail) -> str | None:
    """Return in a sentence why a capture cannot be sent at all, or None."""
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
        """Emits each attempt once it is stored."""
        self._store = store
        self._captures = captures
        self._secrets = secrets
        self._targets = targets
        self._replays = replays
        self._hosts = hosts
        self._worker = worker

    @property
    def clients(self) -> tuple[str, ...]:
        """The clients that a request can be copied for."""
        return tuple(SNIPPETS)

    async def snippet(self, name: str, capture_id: int, to: str, manner: RequestOptions | None = None) -> str:
        """Return the text for one client that sends a capture with its signature to a URL or a named target.

        `manner` edits and signs it first.

        Raises InspectorError if the capture cannot be sent, or if this client cannot send it.
        """
        detail = await self._captures.detail(capture_id)
        if (reason := not_replayable(detail)) is not None:
            raise NotReplayable(reason)
        destination = await self._targets.resolve(to)
        capture = detail.capture
        if manner is not None:
            request = self._prepared(detail, destination, manner).request
            own = frozenset(name for name, _ in destination.target.headers)
            headers = tuple(pair for pair in request.headers if pair[0] not in own)
            capture = capture._replace(
                method=request.method.decode("ascii"), headers=headers, body=request.body
            )
        return snippet(name, capture, destination.target)

    async def snippet_of(self, name: str, attempt: AttemptDetail, to: str) -> str:
        """Return the text for one client that sends the request of an attempt again, to a URL or a named
        target.

        Raises InspectorError if this client cannot send it.
        """
        target = (await self._targets.resolve(to)).target
        line, *lines = attempt.sent_head.rstrip(b"\r\n").split(b"\r\n")
        method, raw_target, _ = line.split(b" ")
        own = {name.lower() for name, _ in target.headers}
        headers = (tuple(one.split(b": ", 1)) for one in lines)
        capture = Capture(
            kind="captured",
            received_ms=attempt.row.started_ms,
            method=method.decode("ascii"),
            target=raw_target,
            headers=tuple((field, value) for field, value in headers if field.lower() not in own),
            body=attempt.sent_body or b"",
        )
        return snippet(name, capture, target)

    async def edited_body(self, capture_id: int, edits: Sequence[tuple[ValuePath, str]]) -> bytes:
        """Return the body of a capture with other values at these paths; every other byte stays.

        Raises UsageError as `with_edits` does, or if the body is not UTF-8.
        """
        from inspector.domain.replay.body_edit import with_edits

        body = (await self._captures.detail(capture_id)).capture.body
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError("The body is not UTF-8 text, so its values cannot be edited.") from None
        if len(body) <= _INLINE:
            edited = with_edits(text, edits)
        else:
            edited = await self._worker.run(with_edits, text, edits)
        return edited.encode("utf-8", "surrogatepass")

    async def preview(self, detail: CaptureDetail, to: str, manner: RequestOptions) -> Preview:
        """Return the request that a target would get. Raises InspectorError if there is none."""
        destination = await self._targets.resolve(to)
        prepared = self._prepared(detail, destination, manner)
        body = prepared.request.body
        hidden = frozenset(name.lower() for name, _ in destination.target.headers)
        if len(body) <= _INLINE:
            headers, notes = preview_lines(detail.capture, prepared, hidden)
        else:
            headers, notes = await self._worker.run(preview_lines, detail.capture, prepared, hidden)
        return Preview(head=prepared.request.head, body=body, headers=headers, notes=notes)

    async def asks_host(self, to: str) -> str | None:
        """Return the remote host that the user must allow before anything is sent there, or None."""
        return await self._hosts.host_to_allow((await self._targets.resolve(to)).target)

    async def send(self, capture_id: int, to: str, manner: RequestOptions) -> AttemptRow:
        """Send one capture once and store the attempt.

        Raises UsageError if a host must be allowed first or a secret is missing, and InspectorError if there
        is nothing to send.
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
        await self._replays.remember_target(to)
        async with TargetSender(
            destination,
            self._hosts,
            is_following_redirects=manner.is_following_redirects,
            own=self._hosts.own,
        ) as sender:
            try:
                outcome = await sender.send(prepared.request)
            except asyncio.CancelledError:
                if sender.abandoned is not None:  # the target may have received it
                    await self._keep(kept(sender.abandoned))
                raise
        return await self._keep(kept(outcome))

    def since(self, rows: Sequence[AttemptRow]) -> dict[int, ComparedAttempt]:
        """Return how each of up to a few hundred attempts compares with the previous one.

        Removed attempts are omitted.
        """
        ids = [row.id for row in rows]
        found = self._store.read(lambda connection: attempts.each_before(connection, ids))
        return {
            row.id: ComparedAttempt(before=found[row.id], since=since_last(row, found[row.id]))
            for row in rows
            if row.id in found
        }

    async def latest_at(self, capture_ids: Sequence[int], to: str) -> dict[int, AttemptRow]:
        """Return the latest attempt of each capture at a target. Captures never sent there are omitted."""
        url = (await self._targets.resolve(to)).target.url
        return await self._store.fetch(partial(attempts.latest_at, capture_ids=capture_ids, url=url))

    async def compare(self, before: AttemptDetail, after: AttemptDetail) -> LineDiff:
        """Return the difference of two responses by line. The worker compares all but small ones."""
        if _response_size(before) + _response_size(after) <= _INLINE_RESPONSES:
            return compare_responses(before, after)
        return await self._worker.run(compare_responses, before, after)

    async def compare_sent(self, before: AttemptDetail, after: AttemptDetail) -> LineDiff:
        """Return the difference of two requests by line. The worker compares all but small ones."""
        if sum(len(one.sent_body or b"") for one in (before, after)) <= _INLINE_RESPONSES:
            return compare_sent(before, after)
        return await self._worker.run(compare_sent, before, after)

    async def _keep(self, attempt: AttemptDetail) -> AttemptRow:
        [attempt_id] = await self._store.write(lambda connection: attempts.insert(connection, [attempt]))
        row = attempt.row.with_id(attempt_id)
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
"""Maximum size of two responses that are compared here. This takes up to 8 ms, but 500 ms for 2,000
repetitive lines."""
_INLINE = 16 * 1024
"""Maximum size of a body that is compared here. The worker process compares larger ones."""
_UNVERIFIED = "Its signature is not valid, so its sender is unknown. Confirm before re-signing it."
