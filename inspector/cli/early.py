"""Ctrl+C and SIGTERM while the program is still being imported: nothing is open yet, so it ends at once.

Imports nothing that takes time; the handlers of `interruption.py` follow once there is something to close.
"""

from __future__ import annotations

import os

INTERRUPTED = 130


def interrupted_status(argv: list[str]) -> int:
    """The exit status after a signal: 0 of the window and of `listen`, which have no other end."""
    is_endless = not argv or argv[0] == "listen" or argv[0].startswith("-")
    return 0 if is_endless else INTERRUPTED


def end_when_interrupted(argv: list[str]) -> None:
    """From here on either signal ends the process, in silence; called in the main thread."""
    status = interrupted_status(argv)
    try:
        import signal  # 8 ms, in which Python's own handler is still there

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: os._exit(status))
    except KeyboardInterrupt:
        os._exit(status)


def ignore_interrupts() -> None:
    """For the very end: Python takes handlers back before it has ended, and a signal would kill it."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
