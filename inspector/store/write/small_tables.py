"""The small tables next to the captures: secret names, sample nonces, named targets, allowed hosts, notes."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspector.base.files import machine_mark

_GENERATED = "generated-secrets"
_USED_TARGETS = "last-target"
_MOST_USED = 8
_GIVEN_HERE = "given-here"
_MOST_GIVEN = 1_000
_SEAL_LENGTH = 64
_HAD_SECRET = "had-secret"  # noqa: S105 - the name of a note, which migrations.py sets, too


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretName:
    """The name of a saved secret, whose text is in the keyring."""

    name: str
    is_active: bool


def secret_names(connection: sqlite3.Connection) -> tuple[SecretName, ...]:
    """Return the saved secrets in the order in which they were added."""
    return tuple(
        SecretName(name=name, is_active=bool(is_active))
        for name, is_active in connection.execute(
            "SELECT name, is_active FROM secrets ORDER BY position, name"
        )
    )


def had_secret(connection: sqlite3.Connection) -> bool:
    """Return whether a secret was ever active on this file, in any process. Its text may no longer exist."""
    return note(connection, _HAD_SECRET) is not None


def note_secret(connection: sqlite3.Connection) -> None:
    """Note permanently that a secret was active on this file."""
    put_note(connection, _HAD_SECRET, "1")


def put_secret_name(connection: sqlite3.Connection, name: str, *, is_active: bool) -> None:
    """Add the name of a secret, or change whether it is active."""
    connection.execute(
        "INSERT INTO secrets VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM secrets), ?)"
        " ON CONFLICT DO UPDATE SET is_active = excluded.is_active",
        (name, is_active),
    )
    if is_active:
        note_secret(connection)


def add_secret(connection: sqlite3.Connection, name: str, *, is_generated: bool) -> None:
    """Add the name of an active secret, and note whether this program generated it."""
    put_secret_name(connection, name, is_active=True)
    if is_generated:
        _put_generated(connection, generated_secrets(connection) | {name})


def drop_secret_name(connection: sqlite3.Connection, name: str) -> None:
    """Remove the name of a secret."""
    connection.execute("DELETE FROM secrets WHERE name = ?", (name,))
    forget_generated(connection, name)


def generated_secrets(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the names of secrets that this program generated and that have not signed a delivery yet."""
    return frozenset(json.loads(note(connection, _GENERATED) or "[]"))


def forget_generated(connection: sqlite3.Connection, name: str) -> None:
    """Note that a sender uses a generated secret, or that it was removed."""
    if name in (names := generated_secrets(connection)):
        _put_generated(connection, names - {name})


def _put_generated(connection: sqlite3.Connection, names: frozenset[str]) -> None:
    put_note(connection, _GENERATED, json.dumps(sorted(names)) if names else None)


NONCES_KEPT = 10_000
"""Maximum number of announced samples that have not arrived. Above it, the oldest are removed."""


def put_nonces(connection: sqlite3.Connection, nonces: list[str], secret: str | None, now_ms: int) -> None:
    """Announce samples before they are sent. `secret` is the one generated for this run, if any."""
    connection.executemany(
        "INSERT INTO nonces VALUES (?, ?, ?)", ((nonce, secret, now_ms) for nonce in nonces)
    )
    connection.execute(
        "DELETE FROM nonces WHERE nonce IN"
        " (SELECT nonce FROM nonces ORDER BY made_ms DESC LIMIT -1 OFFSET ?)",
        (NONCES_KEPT,),
    )


def find_nonce(connection: sqlite3.Connection, nonce: str) -> tuple[bool, str | None]:
    """Return whether a nonce was announced and not used yet, and the secret generated for its run."""
    found = connection.execute("SELECT secret FROM nonces WHERE nonce = ?", (nonce,)).fetchone()
    return (False, None) if found is None else (True, found[0])


def use_nonce(connection: sqlite3.Connection, nonce: str) -> None:
    """Remove a nonce: it is valid for one capture."""
    connection.execute("DELETE FROM nonces WHERE nonce = ?", (nonce,))


_SAVED_SAMPLE = "sample:"


def sample_names(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the saved samples, in alphabetical order."""
    found = connection.execute(
        "SELECT name FROM notes WHERE substr(name, 1, ?) = ? ORDER BY name",
        (len(_SAVED_SAMPLE), _SAVED_SAMPLE),
    )
    return tuple(name.removeprefix(_SAVED_SAMPLE) for (name,) in found)


def saved_sample(connection: sqlite3.Connection, name: str) -> bytes | None:
    """Return the body of a saved sample, or None."""
    text = note(connection, _SAVED_SAMPLE + name)
    return None if text is None else base64.b64decode(text)


def put_sample(connection: sqlite3.Connection, name: str, body: bytes | None) -> None:
    """Save or replace a sample; None removes it."""
    text = None if body is None else base64.b64encode(body).decode("ascii")
    put_note(connection, _SAVED_SAMPLE + name, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTarget:
    """A named target: its URL and options, never the value of a header."""

    name: str
    url: str
    options: Mapping[str, Any]


def targets(connection: sqlite3.Connection) -> tuple[StoredTarget, ...]:
    """Return the named targets in the order in which they were added."""
    return tuple(
        StoredTarget(name=name, url=url, options=json.loads(options))
        for name, url, options in connection.execute("SELECT name, url, options FROM targets ORDER BY id")
    )


def put_target(connection: sqlite3.Connection, target: StoredTarget, replaces: str | None) -> bool:
    """Add a target, or change the one named `replaces`. Return False if another target has its name."""
    taken = "SELECT 1 FROM targets WHERE name = ?1 AND name IS NOT ?2"
    if connection.execute(taken, (target.name, replaces)).fetchone() is not None:
        return False
    values = (target.name, target.url, json.dumps(dict(target.options)))
    changed = connection.execute(
        "UPDATE targets SET name = ?, url = ?, options = ? WHERE name = ?", (*values, replaces)
    )
    if not changed.rowcount:
        connection.execute("INSERT INTO targets (name, url, options) VALUES (?, ?, ?)", values)
    return True


def drop_target(connection: sqlite3.Connection, name: str) -> None:
    """Remove the target of this name, if it exists."""
    connection.execute("DELETE FROM targets WHERE name = ?", (name,))


def allowed_hosts(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the remote hosts to which captures may be sent: those that were allowed on this machine."""
    given = _given_here(connection)
    found = connection.execute("SELECT host FROM allowed_hosts ORDER BY host")
    return tuple(host for (host,) in found if given and _seal("host", host) in given)


def allow_host(connection: sqlite3.Connection, host: str, now_ms: int) -> None:
    """Store that the user agreed to send captures to `host`."""
    connection.execute("INSERT OR IGNORE INTO allowed_hosts VALUES (?, ?)", (host, now_ms))
    give_here(connection, "host", host)


def revoke_host(connection: sqlite3.Connection, host: str) -> None:
    """Require permission again before anything is sent to `host`."""
    connection.execute("DELETE FROM allowed_hosts WHERE host = ?", (host,))
    take_back(connection, "host", host)


def is_given_here(connection: sqlite3.Connection, what: str, value: str) -> bool:
    """Return whether the user of this machine agreed to `value`: a host, an address, or a body file's rule.

    A file of captures can come from someone else, who must not decide what is sent from here. What has no
    seal of this machine does not count. Files of earlier versions have no seals, but they can come from
    someone else, too, and anyone can remove seals. The price is that their users are asked again once.
    """
    return _seal(what, value) in _given_here(connection)


def give_here(connection: sqlite3.Connection, what: str, value: str) -> None:
    """Note that the user of this machine agreed to `value`. Above 1,000, the oldest are forgotten."""
    seal = _seal(what, value)
    if seal not in (given := _given_here(connection)):
        put_note(connection, _GIVEN_HERE, json.dumps([*given, seal][-_MOST_GIVEN:]))


def take_back(connection: sqlite3.Connection, what: str, value: str) -> None:
    """Undo `give_here`, if it was noted."""
    seal = _seal(what, value)
    if seal in (given := _given_here(connection)):
        put_note(connection, _GIVEN_HERE, json.dumps([one for one in given if one != seal]))


def _seal(what: str, value: str) -> str:
    # Not the mark itself: anyone who gets a file could then write another one that counts here.
    text = json.dumps([what, value])
    return hmac.digest(machine_mark().encode(), text.encode(), "sha256").hex()


def _given_here(connection: sqlite3.Connection) -> list[str]:
    text = note(connection, _GIVEN_HERE) or "[]"
    if len(text) > _MOST_GIVEN * (_SEAL_LENGTH + 4):
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # a file can come from anyone
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def note(connection: sqlite3.Connection, name: str) -> str | None:
    """Return a small fact about the file, such as the public address, or None."""
    found = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def put_note(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    """Set a fact, or remove it."""
    if value is None:
        connection.execute("DELETE FROM notes WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))


def used_targets(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the URLs and names of the targets that were used last, the latest first."""
    return tuple(filter(None, (note(connection, _USED_TARGETS) or "").split("\n")))


def note_used_target(connection: sqlite3.Connection, to: str) -> None:
    """Note that this URL or named target was used now."""
    others = [one for one in used_targets(connection) if one != to]
    put_note(connection, _USED_TARGETS, "\n".join([to, *others][:_MOST_USED]))
