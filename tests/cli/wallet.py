"""A keyring for the processes of a test: a file in place of the system's keyring."""

from __future__ import annotations

import json
import os
from pathlib import Path

_SITE = """
import json, os, keyring
from keyring.backend import KeyringBackend

class DBusKeyring(KeyringBackend):
    priority = 1
    def _read(self):
        with open(os.environ["TEST_WALLET"]) as file:
            return json.load(file)
    def _write(self, kept):
        with open(os.environ["TEST_WALLET"], "w") as file:
            json.dump(kept, file)
    def get_password(self, service, username):
        return self._read().get(username)
    def set_password(self, service, username, password):
        self._write({**self._read(), username: password})
    def delete_password(self, service, username):
        kept = self._read()
        del kept[username]
        self._write(kept)

DBusKeyring.__module__ = "keyring.backends.kwallet"
keyring.set_keyring(DBusKeyring())
"""


class WalletFile:
    """A wallet that allows what KWallet does. Give `environment` to the processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = folder / "wallet.json"
        self._file.write_text("{}")
        (folder / "sitecustomize.py").write_text(_SITE)
        path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        self.environment = {"PYTHONPATH": path, "TEST_WALLET": str(self._file)}

    @property
    def kept(self) -> dict[str, str]:
        """The texts by their names."""
        kept: dict[str, str] = json.loads(self._file.read_text())
        return kept
