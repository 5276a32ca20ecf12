"""Runs one program for its parent on Linux, and leaves no process of it behind, however the parent ends.

Started by its path with `python -I -S`, which takes 17 ms: it imports nothing but the standard library. The
kernel sends it SIGTERM when its parent dies, also by SIGKILL. (The signal follows the thread that started
it: the loop's here, which is the main one and ends with the process. Asking for the signal between fork and
exec of the parent would run Python code there, next to threads that may hold locks.) Without this wrapper,
the program would get the signal, but not what it has forked.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

GRACE_S = 1.5
"""Seconds between the request to end and the kill. `listen` ends within two."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
if sys.platform != "win32":  # which only imports the constants
    _SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
CANNOT_START = 126
"""The exit status if the program cannot be started, as in a shell."""


def main(arguments: list[str]) -> int:
    """Run `arguments[2:]` for the parent with the id `arguments[0]`, and return its exit status.

    `arguments[1]` is a folder to remove if the parent has died.
    """
    parent, folder, command = int(arguments[0]), arguments[1], arguments[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    prctl(_PR_SET_CHILD_SUBREAPER, 1)  # whatever the program leaves behind becomes a child of this process
    status = _run(command, prctl) if os.getppid() == parent else 1
    if os.getppid() != parent:
        from shutil import rmtree  # this takes 5 ms, for which a start need not wait

        rmtree(folder, ignore_errors=True)
    return status


def _run(command: list[str], prctl: ctypes._NamedFuncPointer) -> int:
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == keeper:
            _become(command)
        os._exit(CANNOT_START)
    status = _wait(child)
    _kill_the_rest()
    return status


def _become(command: list[str]) -> None:
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and a program would inherit that
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        os.write(2, f"Cannot start {command[0]}: {error.strerror}\n".encode())


def _wait(child: int) -> int:
    """Return the exit status of the program, which is asked to end at a signal, and killed after a while."""
    kill_at: float | None = None
    while True:
        if kill_at is None:
            number = signal.sigwait(_SIGNALS)
        else:
            received = signal.sigtimedwait(_SIGNALS, max(0.0, kill_at - time.monotonic()))
            if received is None:
                _signal_group(child, signal.SIGKILL)
                kill_at = time.monotonic() + GRACE_S
                continue
            number = received.si_signo
        if number != signal.SIGCHLD:
            if kill_at is None:
                kill_at = time.monotonic() + GRACE_S
                _signal_group(child, signal.SIGTERM)
            continue
        status = _reaped(child)
        if status is not None:
            return status


def _reaped(child: int) -> int | None:
    """Reap every child that has ended. Return the exit status of the program, or None if it still runs."""
    ended = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            ended = code if code >= 0 else 128 - code


def _kill_the_rest() -> None:
    """Kill all processes that the program has left, also those in a session of their own."""
    while True:
        pids = _children()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            # The children of those that end become children of this process.
            pid, _ = os.waitpid(-1, 0 if pids else os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def _children() -> list[int]:
    """Return the ids of child processes, or nothing if the kernel does not list them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        os.kill(leader, number)  # it has not yet become the leader of its group


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
