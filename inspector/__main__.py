"""The entry point: a window without a verb, the terminal with one."""

from __future__ import annotations

import gc
import os
import sys

from inspector.cli.early import end_when_interrupted, ignore_interrupts

TYPE_CHECKING = False  # `typing` takes 5 ms, in which Ctrl+C is not handled yet
if TYPE_CHECKING:
    from inspector.session.options import Options

_LAST_THREADS_S = 0.5
_CYCLES_AFTER = (100_000, 20, 100)
"""By default, Python looks for garbage after 700 new objects: 50 ms of each start, which has none. A start
creates up to 80,000."""


class _Window:
    """Opens the window; imports Qt only then."""

    def why_not(self) -> str | None:
        """Return why a window cannot open here, or None if it can."""
        from inspector.base.availability import why_no_window

        return why_no_window()

    def run(self, options: Options) -> int:
        """Open the window, and return the exit status when it is closed."""
        from inspector.gui.shell.app import run as run_window

        return run_window(options)


def main() -> int:
    """Run the console script and return the exit status."""
    if getattr(sys, "frozen", False):
        # First, because a frozen build (PyInstaller) starts its worker as this program, with its own options.
        import multiprocessing

        multiprocessing.freeze_support()
    gc.set_threshold(*_CYCLES_AFTER)
    end_when_interrupted(sys.argv[1:])
    _fill_closed_descriptors()
    from inspector.base.files import private_umask
    from inspector.cli.main import run

    private_umask()
    status = run(sys.argv[1:], _Window())
    ignore_interrupts()
    gc.freeze()  # Python would look for garbage among all objects again at the end: 40 ms
    _leave_stuck_threads(status)
    return status


def _fill_closed_descriptors() -> None:
    """Fill closed standard streams. Otherwise, the next opened file would take the place of one, and the
    output of a library would be written into it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _leave_stuck_threads(status: int) -> None:
    """End the process without waiting for threads. Python would wait for every thread of an executor, and the
    lookup of a name on a server that does not respond takes half a minute. Everything is written and closed
    by now."""
    import threading

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_LAST_THREADS_S)
            if thread.is_alive():
                os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
