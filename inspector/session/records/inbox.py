"""Records of a shared inbox, as `inbox` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.base.clock import rfc3339

if TYPE_CHECKING:
    from inspector.session.inbox.streams import CreatedStream, InboxStatus, StreamFacts, StreamMember


def created_stream_record(address: str, created: CreatedStream) -> dict[str, Any]:
    """Return the result of `inbox init`."""
    return {
        "address": address,
        "created": created.is_new,
        "differences": [{"says": says, "fix": fix} for says, fix in created.differences],
        "problems": [
            {"code": one.code, "says": one.sentence, "fix": one.fix, "loses": one.loses}
            for one in created.problems
        ],
        "stream": _stream(created.facts),
    }


def inbox_status_record(address: str, status: InboxStatus) -> dict[str, Any]:
    """Return the result of `inbox status`."""
    return {
        "address": address,
        "stream": _stream(status.facts),
        "members": None if status.members is None else [_member(one) for one in status.members],
    }


def _stream(facts: StreamFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "created_at": facts.created,
        "messages": facts.messages,
        "bytes": facts.bytes,
        "first": facts.first,
        "last": facts.last,
        "first_at": _time(facts.first_ms),
        "last_at": _time(facts.last_ms),
        "max_age_seconds": facts.max_age_s or None,
        "max_bytes": None if facts.max_bytes < 0 else facts.max_bytes,
        "storage": facts.storage,
        "discard": facts.discard,
        "replicas": facts.replicas,
        "current_replicas": facts.current_replicas,
        "synced": facts.is_synced,
        "duplicate_window_seconds": facts.duplicate_window_s,
    }


def _member(member: StreamMember) -> dict[str, Any]:
    return {
        "member": member.name,
        "consumer": member.consumer,
        "behind": member.behind,
        "position": member.position,
        "connected": member.is_connected,
        "active_at": _time(member.active_ms),
    }


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else rfc3339(milliseconds)
