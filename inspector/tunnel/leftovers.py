"""Ends tunnel programs that survived the process which started them, where the system does not do that.

Linux does it (`keeper.py`). Elsewhere each run writes down its process, and the next start sweeps.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree

_NAME = "process.json"
_KILL_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """A process that cannot be confused with a later one of the same id."""

    pid: int
    started: float
    command: list[str]


def write_down(folder: Path, pid: int) -> None:
    """Note in the folder of a run that this process has started the process `pid`."""
    identities = {"owner": _identity(os.getpid()), "program": _identity(pid)}
    record = {name: None if one is None else asdict(one) for name, one in identities.items()}
    (folder / _NAME).write_text(json.dumps(record), encoding="utf-8")


def sweep(scratch: Path) -> None:
    """End the programs of runs whose owner has died, and remove their folders.

    A process is ended only if its start and its command are those that were noted.
    """
    for file in scratch.glob(f"*/{_NAME}"):
        try:
            record = json.loads(file.read_bytes()[: 64 * 1024])
            owner, program = (
                None if record[name] is None else _Identity(**record[name]) for name in ("owner", "program")
            )
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            continue
        if owner is not None and _identity(owner.pid) == owner:
            continue
        if program is not None and _identity(program.pid) == program:
            end_tree(program.pid)
        rmtree(file.parent, ignore_errors=True)


def end_tree(pid: int) -> None:
    """Ask a process and all that it has started to end, and kill them after a while. Blocks."""
    import psutil

    with suppress(psutil.Error):
        first = psutil.Process(pid)
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(processes, timeout=_KILL_S)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()


def _identity(pid: int) -> _Identity | None:
    """Return the identity of a running process, or None."""
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return _Identity(pid=pid, started=process.create_time(), command=process.cmdline())
    except (psutil.Error, TypeError, ValueError, OverflowError):  # a damaged note can have any id
        return None
