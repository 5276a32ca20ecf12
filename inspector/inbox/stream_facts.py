"""What the servers say about the stream of a shared inbox, its configuration and its consumers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_NANO = 10**9
_MOST_SUBJECTS = 100
_MOST_CHARACTERS = 256
"""The longest name of a stream, consumer or subject in JetStream has 255."""
# The name of a durable consumer is the name of its member and eight random characters.
_SUFFIX = re.compile(r"-[0-9a-z]{8}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What the server says about a stream. Texts are from the server and can contain anything."""

    name: str
    created: str
    """When the stream was created, exactly as the server writes it."""
    subjects: tuple[str, ...]
    storage: str
    """`file` or `memory`."""
    discard: str
    """`new` if a full stream refuses messages, `old` if it removes some."""
    retention: str
    """`limits` if messages stay until a limit is reached."""
    replicas: int
    max_age_s: float
    """0 means no limit."""
    max_bytes: int
    """-1 means no limit, as in the other limits."""
    max_messages: int
    max_message_bytes: int
    max_consumers: int
    max_per_subject: int
    """Maximum messages per subject. Others are removed, even with `discard: new`."""
    duplicate_window_s: float
    allows_direct: bool
    """Whether each replica lets members fetch single messages."""
    acknowledges: bool
    """False if the stream never acknowledges a message."""
    accepts: bool
    """False if the stream is sealed, or a copy of another one, so that it accepts no messages."""
    allows_rollup: bool
    """Whether a message can remove all earlier ones."""
    is_asynchronous: bool
    """Whether the server acknowledges messages of this stream before they are written."""
    first: int
    """The sequence of the oldest message, or of the next one if there is none."""
    last: int
    """The sequence of the newest message that was ever stored."""
    messages: int
    bytes: int
    first_ms: int | None
    """When the oldest message was stored, in milliseconds since 1970 by the server's clock."""
    last_ms: int | None
    leader: str
    """The name of the server that accepts messages for the stream."""
    current_replicas: int
    """The number of replicas that have every message, with the leader."""
    ahead_ms: int
    """How far the server's clock is ahead of the clock of this machine, in milliseconds."""
    server_version: tuple[int, int, int]
    """The version of the server of the connection."""
    is_synced: bool | None = None
    """Whether the only replica is on the disk before a message is acknowledged. None if it is not known."""
    why_not_known: str | None = None
    """Why `is_synced` is not known, as a sentence."""
    free_bytes: int | None = None
    """Bytes that the server can still store, or None if it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMember:
    """A consumer of a stream: a member of the inbox with one of its files."""

    consumer: str
    name: str
    """The name of the member, or of the consumer if another program made it."""
    behind: int
    """The number of messages that it has not acknowledged."""
    position: int
    """The sequence of the newest message that it acknowledged, as are all before it."""
    is_connected: bool
    """Whether it waits for messages now."""
    active_ms: int | None
    """When it last began to read, received or acknowledged a message, by the server's clock."""


def load_facts(found: Mapping[str, Any], asked_ms: int, version: tuple[int, int, int]) -> StreamFacts:
    """Return the facts in a response to STREAM.INFO, which arrived about when the clock showed `asked_ms`.

    Raises KeyError, TypeError or ValueError for another response.
    """
    config, state, cluster = found["config"], found["state"], found.get("cluster") or {}
    created = _text(found["created"])
    datetime.fromisoformat(created)
    replicas = cluster.get("replicas") or ()
    messages = whole(state["messages"])
    server_ms = _moment(found.get("ts"))
    return StreamFacts(
        name=_text(config["name"]),
        created=created,
        subjects=tuple(map(_text, (config.get("subjects") or ())[:_MOST_SUBJECTS])),
        storage=_text(config["storage"]),
        discard=_text(config["discard"]),
        retention=_text(config["retention"]),
        replicas=whole(config["num_replicas"]),
        max_age_s=whole(config.get("max_age", 0)) / _NANO,
        max_bytes=_limit(config, "max_bytes"),
        max_messages=_limit(config, "max_msgs"),
        max_message_bytes=_limit(config, "max_msg_size"),
        max_consumers=_limit(config, "max_consumers"),
        max_per_subject=-1
        if config.get("discard_new_per_subject")
        else _limit(config, "max_msgs_per_subject"),
        duplicate_window_s=whole(config.get("duplicate_window", 0)) / _NANO,
        allows_direct=bool(config.get("allow_direct")),
        acknowledges=not config.get("no_ack"),
        accepts=not (config.get("sealed") or config.get("mirror")),
        allows_rollup=bool(config.get("allow_rollup_hdrs")),
        is_asynchronous=config.get("persist_mode") == "async",
        first=whole(state["first_seq"]),
        last=whole(state["last_seq"]),
        messages=messages,
        bytes=whole(state["bytes"]),
        first_ms=_moment(state.get("first_ts")) if messages else None,
        last_ms=_moment(state.get("last_ts")) if messages else None,
        leader=_text(cluster.get("leader", "")),
        current_replicas=1 + sum(one.get("current") is True for one in replicas),
        ahead_ms=0 if server_ms is None else server_ms - asked_ms,
        server_version=version,
    )


def load_member(found: Mapping[str, Any]) -> StreamMember:
    """Return the member in an entry of a response to CONSUMER.LIST. Raises as `load_facts`."""
    config, consumer = found["config"], _text(found["name"])
    delivered, acknowledged = found.get("delivered") or {}, found.get("ack_floor") or {}
    given = (config.get("metadata") or {}).get("member")
    name = given[:_MOST_CHARACTERS] if isinstance(given, str) else _SUFFIX.sub("", consumer, count=1)
    # A member creates its consumer each time it begins to read.
    moments = (found.get("created"), delivered.get("last_active"), acknowledged.get("last_active"))
    active = [_moment(one) for one in moments]
    return StreamMember(
        consumer=consumer,
        name=name,
        behind=whole(found.get("num_pending", 0)) + whole(found.get("num_ack_pending", 0)),
        position=whole(acknowledged.get("stream_seq", 0)),
        is_connected=whole(found.get("num_waiting", 0)) > 0,
        active_ms=max((one for one in active if one is not None), default=None),
    )


def _limit(config: Mapping[str, Any], name: str) -> int:
    return whole(config.get(name, -1)) or -1  # 0 means the same


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise ValueError
    return value


def whole(value: object) -> int:
    """Return a whole number. Raises TypeError for another value."""
    if type(value) is not int:
        raise TypeError(value)
    return value


def _moment(text: object) -> int | None:
    """Return a time of the server in milliseconds since 1970, or None for none (year 1) or another value."""
    if not isinstance(text, str):
        return None
    moment = datetime.fromisoformat(text)
    return None if moment.year == 1 or moment.tzinfo is None else round(moment.timestamp() * 1000)
