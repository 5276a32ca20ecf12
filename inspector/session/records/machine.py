"""Settings, secrets, checks of this machine and verifiers as the JSON objects that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.domain.query.saved_filter import SavedFilter
    from inspector.session.doctor import MachineCheck
    from inspector.session.preferences import Preference
    from inspector.session.signature.receiver_check import Verifier
    from inspector.session.signature.secrets import SecretRow


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
