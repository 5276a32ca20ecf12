"""The system keyring for secrets. Only allowed back ends are used, never a plain-text file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from inspector.base.errors import InspectorError
from inspector.base.files import APP
from inspector.base.next_step import next_step

T = TypeVar("T")

# keyring selects the best installed back end. With `keyrings.alt`, that may be a plain file.
ALLOWED = {
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "Secret Service",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}
TIMEOUT_S = 60.0
"""Enough time for the user to enter the password of a locked wallet."""


def no_keyring() -> str:
    """Return why secrets cannot be saved, and what to do."""
    step = next_step(
        terminal="Set the environment variable BLITZ_WEBHOOK_SECRET to have it at each start.",
        window="Start a keyring such as GNOME Keyring or KWallet to save it.",
    )
    return f"This system has no secure keyring, so the secret is forgotten when the program ends. {step}"


class Keyring:
    """Access to stored secrets. Every method blocks, so call it in a thread."""

    def __init__(self) -> None:
        self._backend: Any = None
        self.name: str | None = None
        """The name of the keyring in use. None before `find`, or if there is none."""

    def find(self) -> str | None:
        """Select the keyring and return its name, or None if no allowed one works."""
        import keyring  # takes a tenth of a second, and most verbs do not need it

        backend: Any = keyring.get_keyring()
        # a chain of several back ends: use the first allowed one
        for candidate in (backend, *getattr(backend, "backends", ())):
            kind: type = type(candidate)
            name = ALLOWED.get(f"{kind.__module__}.{kind.__qualname__}")
            if name is not None:
                self._backend, self.name = candidate, name
                return name
        return None

    def get(self, database: str, label: str) -> str | None:
        """Return the text saved under `label` for this file, or None."""
        found: str | None = self._call(lambda backend: backend.get_password(_service(database), label))
        return found

    def put(self, database: str, label: str, text: str) -> None:
        """Save a text. Raises InspectorError if the keyring refuses."""
        self._call(lambda backend: backend.set_password(_service(database), label, text))

    def drop(self, database: str, label: str) -> None:
        """Remove a text, if there is one."""

        def drop(backend: Any) -> None:
            if backend.get_password(_service(database), label) is not None:
                backend.delete_password(_service(database), label)

        self._call(drop)

    def _call(self, work: Callable[[Any], T]) -> T:
        if self._backend is None:
            raise InspectorError(no_keyring())
        outcome: list[T] = []
        failure: list[BaseException] = []

        def attempt() -> None:
            try:
                outcome.append(work(self._backend))
            except Exception as error:  # back ends can raise any exception
                failure.append(error)

        # A daemon thread: a wallet that waits for its password must not keep the program alive.
        thread = threading.Thread(target=attempt, name="keyring", daemon=True)
        thread.start()
        thread.join(TIMEOUT_S)
        if outcome:
            return outcome[0]
        why = (
            f"reported: {failure[0] or type(failure[0]).__name__}"
            if failure
            else "did not respond within a minute"
        )
        raise InspectorError(f"The keyring ({self.name}) {why}. Unlock it and try again.")


def _service(database: str) -> str:
    """Return the service name: saved secrets belong to the capture file."""
    return f"{APP}:{database}"
