"""The server of the handbook's page about shared inboxes, with the configuration that readers copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nkeys
import pytest

from inspector.capture.tls import generated
from inspector.inbox.login import write_key
from tests.handbook_tables import HANDBOOK
from tests.inbox.servers import STREAM, NatsServer

PAGE = HANDBOOK / "shared-inbox.md"
ADDRESS = f"tls://inbox.example.com/{STREAM}"
"""The address on the page."""
NAMES = ("admin", "edge", "member")
_BLOCK = re.compile(r"^```(?:text|ini)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def block_with(text: str) -> str:
    """The only block of the page that contains a text."""
    [found] = [block for block in _BLOCK.findall(PAGE.read_text("utf-8")) if text in block]
    return found


class HandbookServer(NatsServer):
    """A server with the configuration of the page, and with its folder, ports and certificate replaced."""

    def __init__(self, folder: Path, public_keys: Mapping[str, str]) -> None:
        """`public_keys` are those of `NAMES`."""
        super().__init__(folder, name="inbox")
        self._certificate = generated(folder / "tls", "127.0.0.1")
        assert self._certificate.authority is not None
        self.authority = self._certificate.authority
        self._keys = public_keys

    @property
    def url(self) -> str:
        """The URL, which requires TLS."""
        return f"tls://127.0.0.1:{self.port}"

    def _text(self) -> str:
        text = block_with("sync_interval")
        for on_page, here in (
            ('listen: "0.0.0.0:4222"', f'listen: "127.0.0.1:{self.port}"'),
            ('http: "127.0.0.1:8222"', f'http: "127.0.0.1:{self.monitor_port}"'),
            ("store_dir: /var/lib/inbox", f'store_dir: "{self._folder}/jetstream"'),
            *((f'"public key of {name}.nk"', self._keys[name]) for name in NAMES),
        ):
            assert text.count(on_page) == 1, on_page
            text = text.replace(on_page, here)
        return text

    def start(self, *, waits: bool = True) -> None:
        """Start it with the certificate in the variables of its unit."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TLS_CERT", str(self._certificate.certificate))
            patch.setenv("TLS_KEY", str(self._certificate.key or self._certificate.certificate))
            super().start(waits=waits)


def public_key(file: Path) -> str:
    """The public key to the seed in a file."""
    found: bytes = nkeys.from_seed(bytearray(file.read_bytes().strip())).public_key
    return found.decode()


@contextmanager
def handbook_server(folder: Path) -> Iterator[HandbookServer]:
    """The running server, with a key `NAME.nk` in `folder` for each of `NAMES`. It has no stream yet."""
    server = HandbookServer(folder, {name: write_key(folder / f"{name}.nk") for name in NAMES})
    try:
        server.start()
        yield server
    finally:
        server.end()
