"""One run of a tunnel program: it is started, its URL is learned, and it ends without leaving anything."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

from inspector.base.errors import InspectorError
from inspector.base.files import make_private_folder
from inspector.base.tasks import Tasks, in_own_thread
from inspector.base.visible import shortened, visible
from inspector.client.outcome import ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.tunnel import leftovers
from inspector.tunnel.keeper import CANNOT_START, GRACE_S
from inspector.tunnel.kind import KnownFailure, Launch, ProgramRun, StatusPage, TunnelFailed, TunnelKind
from inspector.tunnel.program import Program, shown_line
from inspector.tunnel.public_url import NotPublic, checked_url, given_url

START_S = 60.0
"""The longest wait for a URL."""

_PAGE_LIMITS = ResponseLimits(connect_s=2.0, whole_s=3.0, response_head=16 * 1024, response_body=64 * 1024)
_UNEXPECTED = (KeyError, IndexError, TypeError, AttributeError, ValueError)
"""What reading JSON of another shape raises."""
_GONE = 404

_IS_LINUX = sys.platform == "linux"
_KEEPER = Path(__file__).with_name("keeper.py")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
_LAST_LINES_S = 0.5
_EXPLAINS_FOR_S = 30.0
"""How long after its line a known failure still explains the end of a program."""

# Everything else could be a secret of this program or of the user.
_ENVIRONMENT = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+"
    r"|(?:https?|no|all)_proxy|SSL_CERT_(?:FILE|DIR)"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TEMP|TMP|USERPROFILE|USERNAME|HOMEDRIVE|HOMEPATH"
    r"|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES(?:\(X86\))?",
    re.IGNORECASE,
)


class TunnelProcess:
    """One run of a tunnel program, from its start until it has ended and left nothing behind."""

    def __init__(self, kind: TunnelKind, launch: Launch, on_line: Callable[[str, str], None]) -> None:
        """`on_line` is called with `stdout` or `stderr` and each line, which is visible and bounded."""
        self._kind = kind
        self._launch = launch
        self._on_line = on_line
        self._tasks = Tasks()
        self._program: Program | None = None
        self._folder: Path | None = None
        self._status_address: str | None = None
        self._url: str | None = None
        self._failed: TunnelFailed | None = None
        self._matched: tuple[KnownFailure, float] | None = None
        self._last_line = ""
        self._changed = asyncio.Event()
        self._ended: asyncio.Future[TunnelFailed] | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the program. Raises UsageError if it is not installed, with where to get it.

        Raises InspectorError if its folder cannot be created.
        """
        assert self._program is None, "a run starts once"
        self._kind.check(self._launch)
        path = self._kind.found(self._launch)
        if self._launch.public_url is not None:
            self._url = given_url(self._launch.public_url)
        elif self._kind.default_url is not None:
            self._url = self._kind.default_url(self._launch)
        program = self._program = Program(self._read_line, self._exited)
        self._ended = asyncio.get_running_loop().create_future()
        preparing = self._tasks.spawn(in_own_thread(self._prepared), "prepare a tunnel", is_awaited=True)
        try:
            run, arguments = await asyncio.shield(preparing)
            await self._execute(program, [path, *arguments], run)
        except BaseException as error:
            self._program = None
            await asyncio.wait([preparing])  # a cancelled start leaves no folder either
            await self._remove_folder()
            if not isinstance(error, OSError):
                raise
            why = visible(error.strerror or str(error)).lower()
            raise InspectorError(f"Cannot start {visible(path)}: {why}.") from None
        if not _IS_LINUX:
            await in_own_thread(partial(leftovers.write_down, run.folder, program.pid))
        if self._kind.status is not None and self._url is None:
            self._tasks.spawn(self._poll(), f"learn the URL of {self._kind.name}")

    async def _execute(self, program: Program, command: list[str], run: ProgramRun) -> None:
        if _IS_LINUX:
            keeper = (sys.executable, "-I", "-S", str(_KEEPER), str(os.getpid()), str(run.folder))
            command = [*keeper, *command]
        await asyncio.get_running_loop().subprocess_exec(
            lambda: program,
            *command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=run.folder,
            env=_environment(self._kind.environment),
            **_separately(),
        )

    async def url(self, *, other_than: str | None = None) -> str:
        """Return the checked public URL as soon as it is known. Raises TunnelFailed with the reason.

        With `other_than`, wait until the running program gives another URL. Some do after hours.
        """
        try:
            async with asyncio.timeout(None if other_than is not None else START_S):
                while self._url is None or self._url == other_than:
                    if self._failed is not None:
                        raise self._failed
                    await self._changed.wait()
        except TimeoutError:
            raise TunnelFailed(
                f"{self._name} gave no URL within {START_S:.0f} s. See the log of the tunnel.",
                reason="no URL",
            ) from None
        return self._url

    async def ended(self) -> TunnelFailed:
        """Return why the program has ended, once it has and nothing of it is left."""
        assert self._ended is not None
        return await asyncio.shield(self._ended)

    async def is_connected(self) -> bool | None:
        """Return whether the program reports that it is connected. None if it has no status page.

        A user's configuration may turn the pages off, so a URL without them also gives None.
        """
        if self._kind.status is None:
            return None
        if self._failed is not None:
            return False
        if self._status_address is None:
            return None if self._url is not None else False
        return await _is_ready(self._kind.status, self._status_address)

    async def stop(self) -> None:
        """Terminate the program and all that it has started, then kill them. Returns once all have ended.

        Does nothing after its end.
        """
        if self._program is None:
            return
        self._fail(TunnelFailed("The tunnel was stopped.", reason="stopped", retry_after=None))
        await self.ended()

    # Starting

    @property
    def _name(self) -> str:
        """The name of the program in sentences."""
        return "The command" if self._kind.needs == "command" else self._kind.name

    def _prepared(self) -> tuple[ProgramRun, tuple[str, ...]]:
        """Return the run with a folder of its own, and the arguments. Blocks."""
        make_private_folder(self._launch.scratch)
        if not _IS_LINUX:
            leftovers.sweep(self._launch.scratch)
        # mkdtemp makes the folder private: mode 0700.
        self._folder = Path(tempfile.mkdtemp(prefix="tunnel-", dir=self._launch.scratch))
        if self._kind.server is not None:
            make_private_folder(self._kind.server(self._launch).known_hosts(self._launch).parent)
        port = _free_port()
        if self._kind.status is not None and self._kind.status.address_in_line is None:
            self._status_address = f"127.0.0.1:{port}"
        run = ProgramRun(launch=self._launch, folder=self._folder, status_port=port)
        return run, self._kind.arguments(run)

    # Learning the URL

    def _read_line(self, stream: str, line: str) -> None:
        self._on_line(stream, shown_line(line))
        if line.strip():
            self._last_line = line
        self._match_failure(line)
        pages = self._kind.status
        if pages is not None and pages.address_in_line is not None and self._status_address is None:
            self._status_address = pages.address_in_line(line)
        if self._kind.url_in_line is None or self._launch.public_url is not None:
            return
        if (self._url is None or self._kind.renews_url) and (url := self._kind.url_in_line(line)):
            self._learn(url)

    def _match_failure(self, line: str) -> None:
        known = self._kind.failure(line)
        if known is None:
            return
        now = time.monotonic()
        order = self._kind.failures.index
        # The first of the table is the most exact: a consequence of it must not replace it.
        if (
            self._matched is None
            or now - self._matched[1] > _EXPLAINS_FOR_S
            or order(known) <= order(self._matched[0])
        ):
            self._matched = known, now
        if known.ends_run:
            self._tasks.spawn(self._fail_soon(self._explained(known)), f"end {self._kind.name}")

    async def _fail_soon(self, problem: TunnelFailed) -> None:
        await asyncio.sleep(_LAST_LINES_S)  # the next lines can contain the next step, such as a link
        self._fail(problem)

    async def _poll(self) -> None:
        assert self._kind.status is not None
        pause = _FIRST_PAUSE_S
        while self._url is None and self._failed is None:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)
            if self._status_address is not None:
                url = await _learned_url(self._kind.status, self._status_address)
                if url is not None:
                    self._learn(url)

    def _learn(self, text: str) -> None:
        try:
            url = checked_url(text, self._kind.hosts)
        except NotPublic as error:
            self._fail(
                TunnelFailed(
                    f"{self._name} gave {error}. The tunnel was stopped.", reason="bad URL", retry_after=None
                )
            )
            return
        if url != self._url:
            self._url = url
            self._notify()

    # The end

    def _fail(self, problem: TunnelFailed) -> None:
        """End the program because of `problem`, unless it ends already."""
        if self._failed is None:
            self._failed = problem
            self._notify()
        if self._stopping is None:
            self._stopping = self._tasks.spawn(self._terminate(), f"stop {self._kind.name}")

    async def _terminate(self) -> None:
        assert self._program is not None
        if not _IS_LINUX:
            await in_own_thread(partial(leftovers.end_tree, self._program.pid))
            return
        self._program.terminate()
        try:
            async with asyncio.timeout(2 * GRACE_S):
                await self._program.exited.wait()
        except TimeoutError:
            self._program.kill()  # of the keeper: the kernel kills the program then

    def _exited(self, program: Program) -> None:
        self._tasks.spawn(self._finish(program), f"end of {self._kind.name}")

    async def _finish(self, program: Program) -> None:
        assert self._ended is not None
        await program.drain()
        await self._remove_folder()
        if self._failed is None:
            self._failed = self._why_ended(program.status)
        self._ended.set_result(self._failed)
        self._notify()

    def _why_ended(self, status: int) -> TunnelFailed:
        if self._matched is not None and time.monotonic() - self._matched[1] <= _EXPLAINS_FOR_S:
            return self._explained(self._matched[0])
        last = shortened(visible(self._last_line.strip()), 200)
        if status == CANNOT_START and self._last_line.startswith("Cannot start "):
            return TunnelFailed(f"{last}.", reason="cannot start", retry_after=None)
        how = (
            f" with exit status {status}"
            if 0 < status < 128
            else f" by signal {status - 128}"
            if status
            else ""
        )
        rest = f" Its last line was: {last}" if last else ""
        return TunnelFailed(f"{self._name} ended{how}.{rest}", reason="ended")

    def _explained(self, known: KnownFailure) -> TunnelFailed:
        server = None if self._kind.server is None else self._kind.server(self._launch)
        sentence = known.sentence.format(
            host="" if server is None else server.host,
            file="" if server is None else visible(str(server.known_hosts(self._launch))),
        )
        return TunnelFailed(sentence, reason=known.reason, retry_after=known.retry_after)

    async def _remove_folder(self) -> None:
        if self._folder is not None:
            await in_own_thread(partial(rmtree, self._folder, ignore_errors=True))

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _environment(also: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _ENVIRONMENT.fullmatch(name) or name in also}


def _separately() -> dict[str, Any]:
    """Return the arguments for a process that gets no signals of the terminal, such as Ctrl+C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class _Page(NamedTuple):
    """A response with JSON."""

    status: int
    content: Any


async def _learned_url(pages: StatusPage, address: str) -> str | None:
    """Return the URL that the pages at `address` show, unchecked, or None if they do not have it yet."""
    for path in pages.url_paths:
        page = await _read_page(address, path)
        if page is None:
            return None
        if page.status == _GONE:
            continue
        try:
            url = pages.read_url(page.content)
        except _UNEXPECTED:
            return None
        return url if isinstance(url, str) else None
    return None


async def _is_ready(pages: StatusPage, address: str) -> bool:
    """Return whether the program at `address` reports a connected tunnel."""
    page = await _read_page(address, pages.ready_path)
    try:
        return page is not None and pages.is_ready(page.status, page.content)
    except _UNEXPECTED:
        return False


async def _read_page(address: str, path: str) -> _Page | None:
    target = Target.parse(f"http://{address}{path}")
    headers = ((b"Host", target.netloc.encode()), (b"Accept", b"application/json"))
    request = WireRequest(method=b"GET", target=path.encode(), headers=headers, body=b"")
    async with Sender(target, limits=_PAGE_LIMITS, require_local=True) as sender:
        outcome = await sender.send(request)
    if outcome.status is None or outcome.error is not None or outcome.is_response_cut:
        return None
    try:
        content = json.loads(outcome.response_body)
    except (ValueError, RecursionError):
        content = None
    return _Page(outcome.status, content)
