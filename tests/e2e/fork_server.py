"""Starts the program by forking a process that has imported it: imports are most of the work of a start.

Everything else is as from a shell: a process with its own arguments, environment, folder, streams and exit
status. Tests of the start itself, and of how the process looks from outside, start the script.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

_SETTLE_S = 5.0
"""How long verbs wait for the evaluation of captures, and `listen` for the cause of an invalid signature.
Both take longer on a busy machine."""
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_")
"""The beginnings of variables that Python and the system read before the program begins."""


def can_fork(environment: Mapping[str, str]) -> bool:
    """Return whether a process with these variables can be forked."""
    return hasattr(os, "fork") and _read_at_start(environment) == _read_at_start(os.environ)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


class ForkedProgram(subprocess.Popen[bytes]):
    """A process of the program, with the streams, environment, folder and session of these arguments.

    With a `preexec_fn`, its standard input becomes its terminal.
    """

    # WORKAROUND(Python 3.14): there is no public way to start the process differently.
    def _execute_child(self, args: Sequence[str], _: object, preexec_fn: object, *others: Any) -> None:
        environment, pipes = others[3], others[7:13]
        request = {
            "argv": list(args),
            "environ": dict(os.environ if environment is None else environment),
            "folder": str(others[2] or os.getcwd()),
            "has_terminal": preexec_fn is not None,
            "has_session": others[18],
        }
        self._turn = threading.Lock()
        self.pid, self._status = _server().start(request, (pipes[0], pipes[3], pipes[5]))
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._turn:
            if self.returncode is None:
                if not select.select([self._status], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
                self.returncode = int(os.read(self._status, 20))
                os.close(self._status)
            return self.returncode


@cache
def _server() -> _Server:
    return _Server()


class _Server:
    """The process that forks. It ends with this one."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._turn = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def start(self, request: dict[str, Any], streams: Sequence[int]) -> tuple[int, int]:
        """Return the id of the new process, and the pipe that its exit status is read from."""
        status, theirs = os.pipe()
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(request).encode())
            file.seek(0)
            with self._turn:
                socket.send_fds(self._control, [b"+"], [*streams, file.fileno(), theirs])
                pid = int.from_bytes(self._control.recv(8))
        os.close(theirs)
        return pid, status


# ---- in the process that forks


def _serve(control: socket.socket) -> tuple[list[int], dict[str, Any]]:
    """Fork for each request. Return the streams and the request, in the forked process only."""
    running: dict[int, int] = {}

    def report() -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pipe = running.pop(ended[0])
                with suppress(BrokenPipeError):  # its test does not wait for it
                    os.write(pipe, b"%d" % os.waitstatus_to_exitcode(ended[1]))
                os.close(pipe)

    # A handler in Python would not run if its signal came right before the wait for the next request.
    ends, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    while True:
        if ends in select.select([control, ends], [], [])[0]:
            os.read(ends, 65_536)
            report()
            continue
        message, passed, _, _ = socket.recv_fds(control, 1, 5)
        if not message:
            os._exit(0)
        if not (pid := os.fork()):
            control.detach()  # it is closed with all others
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with open(passed[3], "rb") as file:
                return passed[:3], json.load(file)
        running[pid] = passed[4]
        for one in passed[:4]:
            os.close(one)
        control.sendall(pid.to_bytes(8))


def _become_the_program(streams: Sequence[int], request: Mapping[str, Any]) -> None:
    for place, one in enumerate(streams):
        os.dup2(one, place)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if request["has_terminal"] or request["has_session"]:
        os.setsid()
    if request["has_terminal"]:
        import fcntl
        import termios

        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also if the tests were started by nohup
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", closefd=False, errors="backslashreplace")
    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    os.chdir(request["folder"])
    sys.argv = request["argv"]
    sys.path[0] = os.path.dirname(sys.argv[0])


def _import_program() -> None:
    import inspector

    for module in pkgutil.walk_packages(inspector.__path__, "inspector."):
        if not module.name.startswith("inspector.gui"):
            importlib.import_module(module.name)
    from inspector.cli import survey_options
    from inspector.cli.output import arriving
    from inspector.session import session

    session.SETTLE_S = survey_options.SETTLE_S = arriving.CAUSE_S = _SETTLE_S


if __name__ == "__main__":
    sys.path[0] = ""
    _import_program()
    gc.collect()
    gc.freeze()  # so that its memory stays shared
    _become_the_program(*_serve(socket.socket(fileno=int(sys.argv[1]))))
    sys.exit(importlib.import_module("inspector.__main__").main())
