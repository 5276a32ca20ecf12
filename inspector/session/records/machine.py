"""Settings, secrets, this machine, its public address and verifiers as the JSON objects of scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.base.clock import rfc3339

if TYPE_CHECKING:
    from inspector.domain.query.saved_filter import SavedFilter
    from inspector.session.address.public_address import OldAddress
    from inspector.session.doctor import MachineCheck
    from inspector.session.preferences import Preference
    from inspector.session.receiver.verifiers import Verifier
    from inspector.session.signature.given_secret import SecretRow
    from inspector.tunnel.state import TunnelState


def setting_record(one: Preference) -> dict[str, Any]:
    """Return a setting as `settings` prints it."""
    return {
        "name": one.name,
        "value": one.in_force,
        "source": one.source,
        "saved": one.saved,
        "default": one.default,
        "range": one.span or None,
        "unit": one.unit or None,
        "choices": [value for value, _ in one.choices] or None,
        "live": one.is_live,
        "part": one.part,
        "help": one.help,
    }


def secret_record(row: SecretRow) -> dict[str, Any]:
    """Return a secret as `secrets` prints it, without its text."""
    return {"name": row.name, "origin": row.origin, "active": row.is_active, "note": row.note}


def machine_check_record(check: MachineCheck) -> dict[str, Any]:
    """Return a check as `doctor` prints it."""
    return {"check": check.name, "ok": check.is_ok, "says": check.says, "fix": check.fix}


def verifier_record(verifier: Verifier) -> dict[str, Any]:
    """Return a receiver as `verifier` lists it, without its text."""
    return {
        "key": verifier.key,
        "language": verifier.language,
        "label": verifier.label,
        "file": verifier.file_name,
    }


def saved_filter_record(one: SavedFilter, count: int | None) -> dict[str, Any]:
    """Return a saved filter as `filters` prints it. `count` is None if nothing was counted."""
    return {
        "name": one.name,
        "query": one.query or None,
        "silence_seconds": one.silence_s or None,
        "alert": one.bell,
        "beep": one.has_beep,
        "matches": count,
    }


def address_record(address: str | None, old: OldAddress | None) -> dict[str, Any]:
    """Return the stored public address as `address` prints it."""
    return {
        "address": address,
        "old": None if old is None else old.text,
        "changed_at": None if old is None else rfc3339(old.changed_ms),
    }


def public_record(state: TunnelState, address: str | None) -> dict[str, Any]:
    """Return the public address as it was last proved, and whether senders reach it."""
    return {
        "public": address,
        "state": state.word,
        "tunnel": state.kind,
        "round_trip_ms": None if state.round_trip_ms is None else round(state.round_trip_ms, 1),
        "since": None if state.since_ms is None else rfc3339(state.since_ms),
        "problem": state.problem,
        "retry_at": None if state.retry_at_ms is None else rfc3339(state.retry_at_ms),
        "added_headers": list(state.added_headers),
        "changes": state.changes,
    }
