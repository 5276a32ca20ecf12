"""Every command of the README and the handbook works as written, and prints what the page shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.fork_server import ForkedProgram, can_fork
from tests.e2e.program import PATIENCE_S, PROGRAM, receiving, wait_for_listener
from tests.e2e.terminal import on_terminal
from tests.handbook_tables import HANDBOOK, ROOT
from tests.inbox import handbook_server
from tests.inbox.handbook_server import HandbookServer
from tests.ports import free_port

_BLOCK = re.compile(r"^( *)```(sh|console)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_SETUP = re.compile(r"python3 -m venv|cloudflared|pipx |uv tool ")
_MAY_FAIL = re.compile(r"webhook-inspector ((check|verify|replay|doctor|compare)\b|sample .*--unsigned)")
"""Commands with exit status 1 for a negative result. This receiver accepts everything, and has no keyring."""
_QUOTED = re.compile(r"'[^']*'")
_FOR_A_SHELL = re.compile(r"[^\w\s/.,:=%@+-]")
"""What only a shell understands, outside of quotes."""
_TIME = re.compile(r"\b\d\d:\d\d:\d\d(\.\d+)?|\d{4}-\d\d-\d\d|\b\d+ ms|127\.0\.0\.1:\d+|g-sample-\w+")


class Reader:
    """A person who types what a page says, in a folder and with settings of their own."""

    def __init__(self, folder: Path, receiver: str, *, prepared: Path | None = None) -> None:
        """`prepared` is the folder of a reader who has prepared what the pages need."""
        self.port = free_port()
        self._receiver = receiver.rsplit(":", 1)[1].rstrip("/")
        self._folder = folder
        if prepared is not None:
            shutil.copytree(prepared, folder, dirs_exist_ok=True)
        settings = folder / "config" / "webhook-inspector"
        settings.mkdir(parents=True, exist_ok=True)
        self._settings = settings / "settings.json"
        self._settings.write_text(json.dumps({"port": self.port}))
        (folder / "secret.txt").write_text("my secret\n")
        self._listener: subprocess.Popen[bytes] | None = None
        self._edge: subprocess.Popen[bytes] | None = None
        self._edge_port = free_port()
        self._inbox: HandbookServer | None = None
        self._environment = {
            **os.environ,
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "SIGNATURE": "0" * 64,
        }
        self._environment.pop("BLITZ_WEBHOOK_SECRET", None)

    def run(self, command: str) -> None:
        """Run a command to its end. One that listens runs until the next one, and an edge until `stop`."""
        if handbook_server.ADDRESS in command and self._inbox is None:
            self._start_inbox()
        typed = self._here(command)
        if " listen" not in command:
            done = self._done(typed)
            assert done.returncode in ((0, 1) if _MAY_FAIL.search(command) else (0,)), (command, done.stderr)
            assert b"Something" not in done.stderr, done.stderr
            return
        if " --inbox " in command:
            assert self._edge is None, "an edge is running"
            self._edge = self._started(f"{typed} --port {self._edge_port}")
            wait_for_listener(f"http://127.0.0.1:{self._edge_port}/")
            return
        self.stop_listening()
        port = re.search(r"--port (\d+)", typed)
        self._listener = self._started(typed)
        wait_for_listener(f"http://127.0.0.1:{port[1] if port and port[1] != '0' else self.port}/")
        if "--until" in command:
            if "--from-inbox" in command:
                self._sample("--edit '$.user_id=ci-42'", f"{self._edge_port}/in/8f3c0d1qv5k7m")
            else:
                self._sample("--secret-file secret.txt")  # the last ones may come too late
            assert self._listener.wait(PATIENCE_S) == 0, command
            self._listener.communicate()
            self._listener = None

    def transcript(self, text: str) -> str:
        """Run the commands of a transcript on a terminal of 80 columns, and return it as it is now."""
        lines = text.splitlines()
        now: list[str] = []
        for place, line in enumerate(lines):
            if not line.startswith("$ "):
                continue
            now.append(line)
            end = next((at for at in range(place + 1, len(lines)) if lines[at].startswith("$ ")), len(lines))
            shown = lines[place + 1 : end]
            if line.startswith("$ cat "):
                (self._folder / line[6:]).write_text("\n".join(shown) + "\n")
                now += shown
                continue
            with on_terminal(
                "-c",
                f"cd {self._folder}; unset BLITZ_WEBHOOK_SECRET; {self._here(line[2:])}",
                program=Path("/bin/bash"),
                **{name: self._environment[name] for name in ("PATH", "XDG_DATA_HOME", "XDG_CONFIG_HOME")},
            ) as terminal:
                terminal.ended()
                now += terminal.text.rstrip("\n").splitlines()
        return "\n".join(now)

    def prepare(self) -> None:
        """Create what the pages of the handbook take for granted: captures and files."""
        (self._folder / "body.json").write_text('{"user_id":"u1","response":9}\n')
        (self._folder / "request.txt").write_text("x-webhook-signature: 00\n\n{}\n")
        self.run("webhook-inspector listen --set refused_per_second=1")
        self.send_samples()
        self.send_samples()
        self.stop_listening()

    def send_samples(self) -> None:
        """Send samples to this reader's listener."""
        done = self._sample()
        assert done.returncode == 0, done.stderr

    def stop_listening(self) -> None:
        """Press Ctrl+C where the listener runs, if one does."""
        if self._listener is not None:
            _interrupt(self._listener)
            self._listener = None

    def stop(self) -> None:
        """End everything that this reader started."""
        try:
            self.stop_listening()
            if self._edge is not None:
                _interrupt(self._edge)
        finally:
            if self._inbox is not None:
                self._inbox.end()

    def _start_inbox(self) -> None:
        """Set up the server of the page about shared inboxes, with the keys that its reader has created."""
        keys = {
            name: handbook_server.public_key(self._folder / f"{name}.nk") for name in handbook_server.NAMES
        }
        self._inbox = HandbookServer(self._folder, keys)
        self._settings.write_text(
            json.dumps({"port": self.port, "inbox_authority": str(self._inbox.authority)})
        )
        self._inbox.start()

    def _started(self, typed: str) -> subprocess.Popen[bytes]:
        # Its own process: the next one needs its port.
        return self._process(typed, f"exec env {typed}", start_new_session=True)

    def _process(self, typed: str, for_shell: str, *, start_new_session: bool) -> subprocess.Popen[bytes]:
        """Start a command. Most need no shell, so they are forks of the program."""
        program, *arguments = shlex.split(typed)
        is_plain = program == PROGRAM.name and not _FOR_A_SHELL.search(_QUOTED.sub("", typed))
        popen = ForkedProgram if is_plain and can_fork(self._environment) else subprocess.Popen
        return popen(
            [str(PROGRAM), *arguments] if popen is ForkedProgram else ["bash", "-c", for_shell],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=start_new_session,
        )

    def _sample(self, options: str = "", place: str = "") -> subprocess.CompletedProcess[bytes]:
        place = place or f"{self.port}/"
        return self._done(f"webhook-inspector sample --to http://127.0.0.1:{place} {options}")

    def _here(self, command: str) -> str:
        # No test reaches the internet: each tunnel is a program that does nothing, to this listener itself.
        tunnel = f"--tunnel-command 'sleep 600' --public-url http://127.0.0.1:{self.port}"
        command = re.sub(r"--tunnel( ssh --tunnel-host|-command).* --public-url \S+", tunnel, command)
        command = re.sub(r"--tunnel(?![\w-])", tunnel, command)
        if self._inbox is not None:
            command = command.replace(handbook_server.ADDRESS, self._inbox.address())
            command = re.sub(r"\b8222\b", str(self._inbox.monitor_port), command)
        typed = re.sub(r"\b8787\b", str(self.port), command)
        return re.sub(r"\b3000\b", self._receiver, typed)

    def _done(self, typed: str) -> subprocess.CompletedProcess[bytes]:
        with self._process(typed, typed, start_new_session=False) as process:
            try:
                out, errors = process.communicate(timeout=PATIENCE_S)
            finally:
                process.kill()
        return subprocess.CompletedProcess(typed, process.returncode, out, errors)


@contextmanager
def reading(folder: Path, *, prepared: Path | None = None) -> Iterator[Reader]:
    """A reader with a server of their own that accepts every delivery."""
    with receiving() as (receiver, url):
        receiver.take = lambda *_: 200  # type: ignore[method-assign]
        reader = Reader(folder, url, prepared=prepared)
        try:
            yield reader
        finally:
            reader.stop()


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl+C in a terminal, and wait for the end."""
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE_S) in (0, 130)
    process.communicate()


def _masked(text: str) -> str:
    return _TIME.sub("…", "\n".join(line.rstrip() for line in text.splitlines()))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages of the handbook take for granted. Each page gets a copy."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        with reading(folder) as reader:
            reader.prepare()
    return folder


PAGES = (ROOT / "README.md", *sorted(HANDBOOK.glob("*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_works_as_written(page: Path, prepared: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    blocks = [
        (kind, re.sub(rf"^{indent}", "", code, flags=re.MULTILINE))
        for indent, kind, code in _BLOCK.findall(text)
    ]
    if not blocks:
        return
    with reading(tmp_path, prepared=None if page.name == "README.md" else prepared) as reader:
        for kind, code in blocks:
            if kind == "console":
                assert _masked(reader.transcript(code)) == _masked(code.rstrip("\n"))
                continue
            for command in code.replace("\\\n", "").splitlines():
                if not _SETUP.match(command):
                    reader.run(command)
