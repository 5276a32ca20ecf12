"""An SSH server in a process of its own, which a test can freeze and kill.

Arguments: its port (0 for any), the file of its host key, and `serve`, `key` (lets any key in), `refuse` (no
forwards) or `reject` (no user). Prints a JSON object per event.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import asyncssh

from tests.tunnel.recordings import LOCALHOST_RUN, PINGGY


def note(**event: Any) -> None:
    print(json.dumps(event), flush=True)


class Unreachable(asyncssh.SSHListener):
    """A forward that is granted, and through which nothing comes."""

    def get_port(self) -> int:
        return 8

    def close(self) -> None:
        pass

    async def wait_closed(self) -> None:
        pass


class Server(asyncssh.SSHServer):
    def __init__(self, way: str) -> None:
        self._way = way

    def begin_auth(self, username: str) -> bool:
        note(user=username)
        return self._way in ("reject", "key")

    def public_key_auth_supported(self) -> bool:
        return self._way == "key"

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        note(key=key.get_fingerprint())
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        note(password=password)
        return False

    async def server_requested(self, listen_host: str, listen_port: int) -> Any:
        note(requested=[listen_host, listen_port])
        if self._way == "refuse":
            return False
        if listen_port in (0, 80):  # as the services do, which never open that port
            return Unreachable()
        return True


async def run_command(process: asyncssh.SSHServerProcess[str]) -> None:
    """Print what localhost.run and pinggy print."""
    note(command=process.command, terminal=process.term_type)
    lines = LOCALHOST_RUN if process.command else PINGGY
    for stream, line in lines:
        if stream == "stdout":
            process.stdout.write(f"{line}\r\n")
    await process.wait_closed()


async def main(port: str, key: str, way: str) -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        int(port),
        server_factory=lambda: Server(way),
        server_host_keys=[key],
        process_factory=run_command,
    )
    note(port=server.get_port())
    await asyncio.Event().wait()


if __name__ == "__main__":
    if not Path(sys.argv[2]).exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(sys.argv[2])
    asyncio.run(main(*sys.argv[1:]))
