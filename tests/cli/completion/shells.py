"""Interactive shells on pseudo-terminals, in which a test presses Tab."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inspector.cli.main import VERBS
from inspector.cli.verbs.completion import COMPLETION
from tests.cli.calls import use
from tests.e2e.program import PROGRAM
from tests.waiting import PATIENCE_S

COMMANDS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "--interactive"),
}
_START = {
    "bash": 'PS1="rea""dy> "; bind "set bell-style none"; source {script}',
    "zsh": 'PS1="rea""dy> "; autoload -Uz compinit; compinit -u -D; source {script}',
    "fish": 'function fish_prompt; echo -n "rea""dy> "; end; source {script}',
}
# It completes, and of other commands it only notes the words, one a line.
_STUB = """#!/bin/sh
case "$1" in
completion) exec {program} "$@" ;;
*) printf '%s\\n' "$@" > {noted}.new; mv {noted}.new {noted} ;;
esac
"""


class Shell:
    """A running shell; what a user types and what the screen shows."""

    def __init__(self, terminal: int, noted: Path) -> None:
        self._terminal = terminal
        self._noted = noted
        self.shown = ""

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def until(self, text: str) -> str:
        """Wait until the screen has shown `text` since the last call, and return all that it has shown."""
        start, deadline = len(self.shown), time.monotonic() + PATIENCE_S
        while text not in self.shown[start:]:
            left = deadline - time.monotonic()
            ready = select.select([self._terminal], [], [], max(left, 0))[0]
            assert ready, f"{text!r} was not shown: {self.shown[start:]!r}"
            part = os.read(self._terminal, 65536).decode(errors="replace")
            self._show(part)
        return self.shown[start:]

    def run(self, keys: str) -> list[str]:
        """Type a command line with its Tabs and Enter; return the words that the program got."""
        self._noted.unlink(missing_ok=True)
        self.type(keys)
        # Typed only after the completion, which reads no keys; the shell reads it then.
        self.type("\r")
        deadline = time.monotonic() + PATIENCE_S
        while not self._noted.exists():
            assert time.monotonic() < deadline, f"the command did not run: {self.shown!r}"
            if select.select([self._terminal], [], [], 0.05)[0]:
                self._show(os.read(self._terminal, 65536).decode(errors="replace"))
        return self._noted.read_text().splitlines()

    def _show(self, part: str) -> None:
        self.shown += part
        if "\x1b[c" in part or "\x1b[0c" in part:  # fish asks what the terminal is
            os.write(self._terminal, b"\x1b[?62;c")


@contextmanager
def shell(name: str, folder: Path, **environment: str) -> Iterator[Shell]:
    """Start a shell in `folder` that has sourced its script."""
    import fcntl
    import pty
    import termios

    programs, noted, script = folder / "bin", folder / "noted", folder / f"script.{name}"
    programs.mkdir()
    stub = programs / "webhook-inspector"
    stub.write_text(_STUB.format(program=PROGRAM, noted=noted))
    stub.chmod(0o700)
    script.write_bytes(subprocess.check_output([str(PROGRAM), "completion", name]))
    env = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "TERM": "xterm",
        "HOME": str(folder),
        **environment,
    }
    master, slave = pty.openpty()
    process = subprocess.Popen(
        COMMANDS[name],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=env,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    running = Shell(master, noted)
    try:
        running.type(_START[name].format(script=script) + "\r")
        running.until("ready> ")
        yield running
    finally:
        process.kill()
        process.wait()
        os.close(master)


async def words(line: str) -> Sequence[str]:
    """The words that the program suggests to zsh for a line, which is split at spaces."""
    done = await use(COMPLETION, "zsh", "--", *line.split(" "), verbs=VERBS)
    return [one.partition("\t")[0] for one in done.text.splitlines()[1:]]
