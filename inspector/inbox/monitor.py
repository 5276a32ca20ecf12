"""The monitoring port of a NATS server, the only place that shows whether it syncs each message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import shortened, visible
from inspector.client.outcome import ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target, Tls
from inspector.client.wire import WireRequest

PORT = 8222
_LIMITS = ResponseLimits(connect_s=2.0, whole_s=5.0, response_head=16 * 1024, response_body=256 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What the monitoring port of a server says about it."""

    name: str
    is_synced: bool
    """Whether each message is on the disk before it is acknowledged (`sync_interval: always`)."""
    free_bytes: int | None
    """Bytes that streams can still use on its disk, or None if it does not report them."""


async def read_server(url: str, authority: Path | None = None) -> ServerFacts:
    """Return what the monitoring port at `url` says, such as `http://127.0.0.1:8222`.

    Raises UsageError for another kind of URL, and InspectorError if there is no usable response.
    """
    target = _target(url, authority)
    request = WireRequest(
        method=b"GET",
        target=target.request_target(b"/varz"),
        headers=(
            (b"Host", target.netloc.encode("ascii")),
            (b"User-Agent", b"webhook-inspector"),
            (b"Accept", b"application/json"),
        ),
        body=b"",
    )
    async with Sender(target, limits=_LIMITS) as sender:
        outcome = await sender.send(request)
    if outcome.error is not None:
        raise InspectorError(outcome.error)
    if outcome.status != 200 or outcome.is_response_cut:
        raise InspectorError(f"{target.netloc} responded with {outcome.status}, so it is not a NATS server.")
    return _facts(outcome.response_body, target.netloc)


def _target(url: str, authority: Path | None) -> Target:
    if "@" in url:
        raise UsageError("The URL of a monitoring port must not contain a user or a password. Remove them.")
    try:
        target = Target.parse(f"{url.rstrip('/')}/varz")
    except UsageError as error:
        raise UsageError(
            f"{visible(shortened(url, 60))} is not the URL of a monitoring port. Use one such as"
            f" http://127.0.0.1:{PORT}."
        ) from error
    return Target(
        scheme=target.scheme,
        host=target.host,
        port=target.port,
        path=target.path,
        tls=Tls(authority=authority),
    )


def _facts(body: bytes, place: str) -> ServerFacts:
    name: object = None
    is_synced: object = None
    most: object = None
    used: object = None
    try:
        found = json.loads(body)
        name, storage = found["server_name"], found.get("jetstream") or {}
        config, stats = storage.get("config") or {}, storage.get("stats") or {}
        is_synced, most, used = (
            config.get("sync_always", False),
            config.get("max_storage"),
            stats.get("storage"),
        )
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        name = None
    if not isinstance(name, str) or not isinstance(is_synced, bool):
        raise InspectorError(f"The response of {place} is not from a NATS server.")
    free = max(most - used, 0) if isinstance(most, int) and isinstance(used, int) else None
    return ServerFacts(name=name, is_synced=is_synced, free_bytes=free)
