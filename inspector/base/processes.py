"""Starts processes that run the program's own code: by a fork server, if the platform has one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

PRELOADED = (
    "inspector.base.worker",
    "inspector.domain.signature.evaluation",
    "inspector.store.evaluator_process",
)
"""Modules that the fork server imports once for all processes: those that nearly every process needs."""


_TERMINAL_SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)}
"""Ctrl+C and the end of the terminal reach each process. The program decides what they mean."""


@cache
def process_context() -> SpawnContext | ForkServerContext:
    """Return the context that starts processes. They have no file, lock or socket of this one.

    The first call takes as long as the start of Python, so a loop should make it in a thread. Then each start
    of a process takes a few milliseconds. Raises OSError if no process can be started.
    """
    _give_less_to_processes()
    if "forkserver" not in multiprocessing.get_all_start_methods() or getattr(sys, "frozen", False):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    _start_fork_server(context)
    return context


def _start_fork_server(context: ForkServerContext) -> None:
    from multiprocessing import forkserver, resource_tracker

    context.set_forkserver_preload(list(PRELOADED))
    # Signals that are blocked here stay blocked in the fork server and in its processes. So none is
    # interrupted before it can ignore them.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _TERMINAL_SIGNALS)
    try:
        resource_tracker.ensure_running()  # unblocks SIGINT
        signal.pthread_sigmask(signal.SIG_BLOCK, _TERMINAL_SIGNALS)
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    first = context.Process(target=int)  # nothing else shows that the modules are imported
    try:
        first.start()
    except EOFError as error:  # the fork server ended after it was connected to
        raise OSError("the process that starts others has ended") from error
    first.join()


@cache
def _give_less_to_processes() -> None:
    """Make `multiprocessing` give new processes only what they need.

    By default they run the main module again, fail if the working folder was removed, and import modules of
    Python from the working folder, such as a `socket.py` that happens to be there.
    """
    from multiprocessing import spawn, util

    spawn.get_preparation_data = _preparation_data
    if not (getattr(sys, "frozen", False) or sys.flags.safe_path):
        arguments = util._args_from_interpreter_flags  # type: ignore[attr-defined]
        # WORKAROUND(Python 3.11): there is no public way to start them with -P.
        util._args_from_interpreter_flags = lambda: [*arguments(), "-P"]  # type: ignore[attr-defined]


def _preparation_data(name: str) -> dict[str, object]:
    return {"name": name, "authkey": multiprocessing.current_process().authkey, "sys_path": sys.path}


def end_with_parent() -> None:
    """Leave Ctrl+C and the end of the terminal to the parent of this process, and end when it has ended."""
    for number in _TERMINAL_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, name="parent-watch", daemon=True).start()


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "not a process of process_context"
    parent.join()
    os._exit(1)
