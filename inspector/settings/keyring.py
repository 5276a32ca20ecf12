"""The system keyring for secrets, by an allow-list: a plain-text file is never chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from inspector.base.errors import InspectorError
from inspector.base.files import APP

T = TypeVar("T")

# keyring takes the best back end that is installed, and with `keyrings.alt` that may be a plain file.
ALLOWED = {
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "Secret Service",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}
TIMEOUT_S = 60.0
"""A locked wallet asks its user for a password first."""

NO_KEYRING = (
    "This system has no keyring that is safe to use, so a secret is used until the program ends. To have it"
    " at each start, set the environment variable BLITZ_WEBHOOK_SECRET."
)


class Keyring:
    """Reads and writes secrets; every method blocks and is called in a thread."""

    def __init__(self) -> None:
        self._backend: Any = None
        self.name: str | None = None
        """Of the keyring in use, once `find` was called; None where there is none."""

    def find(self) -> str | None:
        """Choose the keyring and return its name; None where no allowed one works."""
        import keyring  # takes a tenth of a second, and is not needed by most verbs

        backend: Any = keyring.get_keyring()
        # A chain of several: the first that is allowed.
        for candidate in (backend, *getattr(backend, "backends", ())):
            kind: type = type(candidate)
            name = ALLOWED.get(f"{kind.__module__}.{kind.__qualname__}")
            if name is not None:
                self._backend, self.name = candidate, name
                return name
        return None

    def get(self, database: str, label: str) -> str | None:
        """The text saved under `label` for that file, None where there is none."""
        found: str | None = self._call(lambda backend: backend.get_password(_service(database), label))
        return found

    def put(self, database: str, label: str, text: str) -> None:
        """Save a text; raises InspectorError where the keyring refuses."""
        self._call(lambda backend: backend.set_password(_service(database), label, text))

    def drop(self, database: str, label: str) -> None:
        """Forget a text; one that is not there is fine."""

        def drop(backend: Any) -> None:
            if backend.get_password(_service(database), label) is not None:
                backend.delete_password(_service(database), label)

        self._call(drop)

    def _call(self, work: Callable[[Any], T]) -> T:
        if self._backend is None:
            raise InspectorError(NO_KEYRING)
        outcome: list[T] = []
        failure: list[BaseException] = []

        def attempt() -> None:
            try:
                outcome.append(work(self._backend))
            except Exception as error:  # back ends raise what they like
                failure.append(error)

        # A daemon thread: a wallet that waits for its password must not keep the program from ending.
        thread = threading.Thread(target=attempt, name="keyring", daemon=True)
        thread.start()
        thread.join(TIMEOUT_S)
        if outcome:
            return outcome[0]
        why = (
            f"said: {failure[0] or type(failure[0]).__name__}"
            if failure
            else "did not answer within a minute"
        )
        raise InspectorError(f"The keyring ({self.name}) {why}. Unlock it and try again.")


def _service(database: str) -> str:
    """Saved secrets belong to the file of captures."""
    return f"{APP}:{database}"
