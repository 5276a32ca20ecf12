"""The stream of a shared inbox: create it, and read what is in it, how it is configured and who reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import nats.errors
from nats.js.errors import APIError

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError, UsageError
from inspector.base.quantity import duration_text, size_text
from inspector.base.tasks import keep_cancellation
from inspector.base.visible import shortened, visible
from inspector.inbox.connection import InboxConnection
from inspector.inbox.errors import NO_STREAM, worded
from inspector.inbox.monitor import PORT, read_server
from inspector.inbox.stream_facts import StreamFacts, StreamMember, load_facts, load_member, whole

ANSWER_S = 5.0
"""Maximum seconds that the server may take to respond."""
NO_DISCARD = "new"
SYNC_UNKNOWN = "sync-unknown"
"""The code of the problem that the monitoring port of the only server cannot be read."""
SAFE_VERSION = (2, 10, 23)
"""The first server version that is not known to lose acknowledged messages in a crash."""
_NANO = 10**9
_MOST_MEMBERS = 1_000
_MOST_BYTES = 4 * 2**20
"""A page of 256 consumers has a quarter of a megabyte."""
_NAME_IN_USE = 10_058
_NO_STORAGE = (10_047, 10_028)
_TOO_FEW_SERVERS = (10_005, 10_074)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """How `create` configures a stream. Its captures are in files, and none is removed to make room."""

    max_age_s: float = 7 * 86_400.0
    """Seconds after which a message is removed. 0 means never."""
    max_bytes: int = 10 * 2**30
    """Bytes of all messages. When they are reached, nothing more is accepted. -1 means no limit."""
    replicas: int = 1
    """The number of servers that store each message."""
    duplicate_window_s: float = 120.0
    """Seconds in which a message that is published again is recognised."""


async def create(connection: InboxConnection, plan: StreamPlan) -> bool:
    """Create the stream with the name in the address. Return False if there is one of this name.

    Raises InspectorError.
    """
    name = connection.address.stream
    try:  # a stream with the same settings would be created again without an error
        await ask(connection, f"$JS.API.STREAM.INFO.{name}")
        return False
    except APIError as error:
        if error.err_code != NO_STREAM:
            raise worded(error, connection.address.text) from error
    config = {
        "name": name,
        "subjects": [f"{name}.>"],
        "retention": "limits",
        "storage": "file",
        "discard": NO_DISCARD,
        "max_age": round(plan.max_age_s * _NANO),
        "max_bytes": plan.max_bytes,
        "max_msgs": -1,
        "num_replicas": plan.replicas,
        "duplicate_window": round(plan.duplicate_window_s * _NANO),
        "allow_direct": True,
    }
    try:
        await ask(connection, f"$JS.API.STREAM.CREATE.{name}", config)
    except APIError as error:
        if error.err_code == _NAME_IN_USE:
            return False
        raise _not_created(error, connection, plan) from error
    return True


async def read_facts(connection: InboxConnection, monitor: str | None = None) -> StreamFacts:
    """Return what the servers say about the stream of the address, and how it is stored.

    If it has one replica, the monitoring port of its server is asked whether it syncs: the one with the URL
    `monitor`, or port 8222 of the host of the connection. Raises as `read_stream` does.
    """
    facts = await read_stream(connection)
    return facts if facts.replicas > 1 else await _with_sync(connection, facts, monitor)


async def read_stream(connection: InboxConnection) -> StreamFacts:
    """Return what the servers say about the stream of the address, without asking whether they sync.

    Raises NotFound if there is no such stream, and InspectorError.
    """
    place = connection.address.text
    before = now_ms()
    try:
        found = await ask(connection, f"$JS.API.STREAM.INFO.{connection.address.stream}")
    except APIError as error:
        raise worded(error, place) from error
    asked_ms = (before + now_ms()) // 2
    facts = _read(lambda: load_facts(found, asked_ms, connection.server_version), place)
    if facts.name != connection.address.stream:  # it becomes a part of commands that users copy
        raise _unreadable(place)
    return facts


def differences(facts: StreamFacts, plan: StreamPlan) -> tuple[tuple[str, str], ...]:
    """Return how a stream differs from a plan: a sentence for each setting, and how to change it."""
    name = visible(facts.name)
    edit = f"nats stream edit {name}"
    wanted = f"{name}.>"
    again = "It cannot be changed. Use another name for the stream."
    rows: list[tuple[object, object, str, str]] = [
        (facts.subjects, (wanted,), "subjects", f"{edit} --subjects '{wanted}'"),
        (facts.storage, "file", "storage", ""),
        (facts.retention, "limits", "retention", ""),
        (facts.discard, NO_DISCARD, "discard", f"{edit} --discard new"),
        (facts.replicas, plan.replicas, "replicas", f"{edit} --replicas {plan.replicas}"),
        (facts.max_age_s, float(plan.max_age_s), "maximum age", f"{edit} --max-age {round(plan.max_age_s)}s"),
        (facts.max_bytes, plan.max_bytes, "maximum bytes", f"{edit} --max-bytes {plan.max_bytes}"),
        (facts.max_messages, -1, "maximum messages", f"{edit} --max-msgs=-1"),
        (facts.max_per_subject, -1, "maximum messages per subject", f"{edit} --max-msgs-per-subject=-1"),
        (
            facts.duplicate_window_s,
            float(plan.duplicate_window_s),
            "duplicate window",
            f"{edit} --dupe-window {round(plan.duplicate_window_s)}s",
        ),
        (facts.allows_direct, True, "direct access", f"{edit} --allow-direct"),
    ]
    return tuple(
        (f"{label}: {_shown(label, is_)}, not {_shown(label, should)}", f"Run `{how}`." if how else again)
        for is_, should, label, how in rows
        if is_ != should
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamProblem:
    """A reason not to publish to a stream."""

    code: str
    """A stable name, such as `discard-old`."""
    sentence: str
    fix: str
    """What to do, as a sentence."""
    loses: bool
    """Whether acknowledged captures can be lost. If not, no capture can be published at all."""


def find_problems(facts: StreamFacts) -> tuple[StreamProblem, ...]:
    """Return why captures that this stream acknowledges can be lost, or why it acknowledges none."""
    return tuple(_problems(facts))


def _problems(facts: StreamFacts) -> Iterator[StreamProblem]:
    name = visible(facts.name)
    edit = f"nats stream edit {name}"
    again = "It cannot be changed. Create a stream with another name by `webhook-inspector inbox init`."

    def problem(code: str, sentence: str, fix: str, *, loses: bool = True) -> StreamProblem:
        return StreamProblem(code=code, sentence=sentence, fix=fix, loses=loses)

    if not any(_includes(one, f"{facts.name}.captures") for one in facts.subjects):
        yield problem(
            "subjects",
            f"The stream {name} does not take messages to {name}.captures.",
            f"Run `{edit} --subjects '{name}.>'`.",
            loses=False,
        )
    if not facts.accepts:
        yield problem(
            "sealed", f"The stream {name} is sealed or a mirror, so it takes no messages.", again, loses=False
        )
    if not facts.acknowledges:
        yield problem(
            "no-ack",
            f"The stream {name} acknowledges no messages (no_ack).",
            f"Run `{edit} --ack`.",
            loses=False,
        )
    if facts.storage != "file":
        yield problem(
            "memory", f"The stream {name} is in memory, so a restart of the server loses captures.", again
        )
    if facts.discard != NO_DISCARD:
        yield problem(
            "discard-old",
            f"When the stream {name} is full, it removes its oldest captures (discard: old), even if a member"
            " has not received them.",
            f"Run `{edit} --discard new`.",
        )
    if facts.retention != "limits":
        yield problem(
            "retention",
            f"The stream {name} removes captures before each member has received them"
            f" (retention: {_text(facts.retention)}).",
            again,
        )
    if facts.max_per_subject > 0:
        yield problem(
            "per-subject",
            f"The stream {name} stores only {facts.max_per_subject:,} messages per subject, and removes older"
            " ones.",
            f"Run `{edit} --max-msgs-per-subject=-1`.",
        )
    if facts.allows_rollup:
        yield problem(
            "rollup",
            f"Anyone who may publish to the stream {name} can remove all its captures with one message"
            " (allow_rollup_hdrs).",
            f"Run `{edit} --no-allow-rollup`.",
        )
    if facts.is_asynchronous:
        yield problem(
            "asynchronous",
            f"The stream {name} acknowledges captures before they are written (persist_mode: async).",
            again,
        )
    if facts.server_version < SAFE_VERSION:
        version = ".".join(map(str, facts.server_version))
        yield problem(
            "old-server",
            f"The server is version {version}. Before 2.10.23, a crash can lose acknowledged messages.",
            "Install nats-server 2.10.23 or newer.",
        )
    if facts.replicas < 2 and facts.is_synced is not True:
        yield _not_synced(facts)


def _not_synced(facts: StreamFacts) -> StreamProblem:
    name = visible(facts.name)
    cluster = f"use three servers and run `nats stream edit {name} --replicas 3`."
    if facts.is_synced is False:
        return StreamProblem(
            code="not-synced",
            sentence=f"The stream {name} has one replica, and its server acknowledges captures before they"
            " are on the disk.",
            fix="Write `sync_interval: always` into the part `jetstream { … }` of the server’s configuration"
            f" and restart the server. Or {cluster}",
            loses=True,
        )
    return StreamProblem(
        code=SYNC_UNKNOWN,
        sentence=f"The stream {name} has one replica, and it is not known whether its server writes captures"
        f" to the disk before it acknowledges them. {facts.why_not_known or ''}".rstrip(),
        fix="Write `http: 127.0.0.1:8222` into the server’s configuration, restart the server, and use"
        f" --inbox-monitor URL if that port has another address from here. Or {cluster}",
        loses=True,
    )


def _includes(pattern: str, subject: str) -> bool:
    """Return whether a subject matches a pattern with `*` (one part) or a final `>` (one or more parts)."""
    wanted, parts = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, parts = wanted[:-1], parts[: max(len(wanted) - 1, 0)] if len(parts) >= len(wanted) else []
    return len(wanted) == len(parts) and all(
        one in ("*", part) for one, part in zip(wanted, parts, strict=True)
    )


async def members(connection: InboxConnection) -> tuple[StreamMember, ...]:
    """Return the consumers of the stream, at most 1,000, those that wait for messages first.

    Raises InspectorError.
    """
    found: list[StreamMember] = []
    place = connection.address.text
    while len(found) < _MOST_MEMBERS:
        try:
            page = await ask(
                connection, f"$JS.API.CONSUMER.LIST.{connection.address.stream}", {"offset": len(found)}
            )
        except APIError as error:
            raise worded(error, place) from error
        rows = _read(lambda page=page: [load_member(one) for one in page["consumers"] or ()], place)  # type: ignore[misc]
        found += rows
        if not rows or len(found) >= whole(page.get("total", 0)):
            break
    return tuple(sorted(found, key=lambda one: (not one.is_connected, one.name, one.consumer)))


async def ask(
    connection: InboxConnection, subject: str, request: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the response of JetStream. Raises APIError for its errors, and InspectorError."""
    payload = b"" if request is None else json.dumps(request).encode()
    refused: list[str] = []
    place = connection.address.text
    try:
        async with asyncio.timeout(ANSWER_S) as limit:

            def note(sentence: str) -> None:
                name = f"“{subject.lower()}”"
                # nats-py passes it on in lower case. Responses arrive at a subject that begins with _INBOX.
                if name in sentence.lower() or "“_inbox" in sentence.lower():
                    refused.append(sentence.replace(name, f"“{subject}”"))
                    limit.reschedule(0)  # the server does not answer what it refuses

            connection.denied.connect(note)
            try:
                with keep_cancellation():
                    reply = await connection.client.request(subject, payload, timeout=2 * ANSWER_S)
            finally:
                connection.denied.disconnect(note)
    except nats.errors.NoRespondersError as error:
        raise BusyError(
            f"No server at {place} responds for JetStream now. Check that most servers of the cluster run."
        ) from error
    except (TimeoutError, OSError, nats.errors.Error) as error:
        raise InspectorError(refused[0]) if refused else worded(error, place) from error
    found = _read(lambda: json.loads(reply.data), place) if len(reply.data) <= _MOST_BYTES else None
    if not isinstance(found, dict):
        raise _unreadable(place)
    if isinstance(failure := found.get("error"), dict):
        said = failure.get("description")
        raise APIError(
            code=failure.get("code"),
            err_code=failure.get("err_code"),
            description=said if isinstance(said, str) else None,
        )
    return found


async def _with_sync(connection: InboxConnection, facts: StreamFacts, monitor: str | None) -> StreamFacts:
    host = connection.host
    url = monitor or f"http://{f'[{host}]' if ':' in host else host}:{PORT}"
    try:
        server = await read_server(url, connection.authority)
    except UsageError:
        raise
    except InspectorError as error:
        return replace(facts, why_not_known=f"The monitoring port {visible(url)} cannot be read. {error}")
    if server.name != facts.leader:
        return replace(
            facts,
            why_not_known=f"{visible(url)} is the monitoring port of {_text(server.name)}, but the stream is"
            f" on {_text(facts.leader)}.",
        )
    return replace(facts, is_synced=server.is_synced, free_bytes=server.free_bytes)


def _not_created(error: APIError, connection: InboxConnection, plan: StreamPlan) -> InspectorError:
    name, said = connection.address.stream, _text(error.description or "an error")
    if error.err_code in _NO_STORAGE:
        return InspectorError(
            f"The server has no room for {size_text(plan.max_bytes)}. Use a lower --max-bytes, or raise"
            " `max_file_store` in its configuration."
        )
    if error.err_code in _TOO_FEW_SERVERS:
        return InspectorError(
            f"The server is not in a cluster of {plan.replicas} running servers. Start them, or use"
            " --replicas 1."
        )
    return InspectorError(
        f"The stream {name} cannot be created: {said}. Check the servers and their streams."
    )


def _read(read: Callable[[], T], place: str) -> T:
    """Return what `read` makes of a response. Raises InspectorError if the response is not as documented."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _unreadable(place) from error


def _unreadable(place: str) -> InspectorError:
    return InspectorError(
        f"The response of {place} cannot be read. Use nats-server 2.10.23 or newer, and check that no stream"
        " takes messages to $JS."
    )


def _text(text: str) -> str:
    return visible(shortened(text, 100)).rstrip(".")


def _shown(label: str, value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _text(", ".join(map(str, value))) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return duration_text(value * 1000) if value else "no limit"
    if isinstance(value, int) and label.startswith("maximum"):
        return "no limit" if value < 0 else size_text(value) if "bytes" in label else f"{value:,}"
    return _text(str(value))
