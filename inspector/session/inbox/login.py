"""The login of a shared inbox: a file, a login in the system keyring, or the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.base.next_step import next_step
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.inbox.login import InboxLogin, write_key
from inspector.settings.keyring import Keyring
from inspector.settings.settings import Settings

MOST_BYTES = 64 * 1024
"""Maximum size of a login in the keyring."""
_PLACE = "inbox"
"""Logins of inboxes belong to no capture file."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLogin:
    """The login that the user gave for this run. The settings have the remainder."""

    file: Path | None = None
    """A .creds file, or a file with the seed of an nkey."""
    label: str | None = None
    """The name of a login in the keyring."""
    authority: Path | None = None
    """The authority that issued the servers' certificates."""


async def load_login(given: GivenLogin, settings: Settings) -> InboxLogin:
    """Return the login that was given, or else that of the settings.

    Raises UsageError for a file that cannot be used, NotFound if the keyring does not have the login, and
    InspectorError.
    """
    if given.file is not None and given.label is not None:
        raise UsageError("--inbox-creds cannot be used with --inbox-keyring. Use one of them.")
    authority = given.authority or _path(settings, "inbox_authority")
    file, label = given.file, given.label
    if file is None and label is None:
        file = _path(settings, "inbox_creds")
        label = None if file else settings.text("inbox_keyring") or None
    secret = None if label is None else await _saved(label)
    login = InboxLogin(file=file, secret=secret, authority=authority)
    await in_own_thread(login.options)
    return login


async def create_key(file: Path) -> str:
    """Write the seed of a new nkey to a file that only the user can read, and return its public key.

    Raises InspectorError, also if the file exists.
    """
    return await in_own_thread(lambda: write_key(file))


async def save_login(label: str, text: str) -> str:
    """Save a login in the keyring and return the name of the keyring.

    `text` is that of a .creds file, the seed of an nkey, or `USER:PASSWORD`. Raises UsageError for another
    text, and InspectorError.
    """
    login = InboxLogin(secret=text.strip())
    login.options()

    def save(keyring: Keyring) -> str:
        keyring.put(_PLACE, label, text.strip())
        return keyring.name or ""

    return await _with_keyring(save)


async def remove_login(label: str) -> None:
    """Remove a login from the keyring. Raises NotFound if there is none, and InspectorError."""
    await _saved(label)
    await _with_keyring(lambda keyring: keyring.drop(_PLACE, label))


async def _saved(label: str) -> str:
    text = await _with_keyring(lambda keyring: keyring.get(_PLACE, label))
    if text is None:
        step = next_step(
            terminal=f"Save it with `webhook-inspector inbox login {visible(label)}`.",
            window="Enter it again.",
        )
        raise NotFound(f"The keyring has no inbox login {visible(label)}. {step}")
    return text


async def _with_keyring(work: Callable[[Keyring], T]) -> T:
    def call() -> T:
        keyring = Keyring()
        if keyring.find() is None:
            step = next_step(terminal="Use --inbox-creds FILE instead.", window="Log in with a file instead.")
            raise InspectorError(f"This system has no secure keyring. {step}")
        return work(keyring)

    return await in_own_thread(call)


def _path(settings: Settings, name: str) -> Path | None:
    text = settings.text(name)
    return Path(text).expanduser() if text else None
