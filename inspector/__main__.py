"""No verb: the window; a verb: the terminal."""

from __future__ import annotations

import os
import sys

from inspector.cli.early import end_when_interrupted, ignore_interrupts

TYPE_CHECKING = False  # `typing` takes 5 ms, in which Ctrl+C is not ours yet
if TYPE_CHECKING:
    from inspector.session.options import Options

_LAST_THREADS_S = 0.5


class _Window:
    """Imports Qt only when a window is asked for."""

    def why_not(self) -> str | None:
        """Why there can be no window here; None where there can."""
        from inspector.gui.shell.availability import why_no_window

        return why_no_window()

    def run(self, options: Options) -> int:
        """Open the window, and return the exit status when it was closed."""
        from inspector.gui.shell.app import run as run_window

        return run_window(options)


def main() -> int:
    """The console script's entry; returns the exit status."""
    if getattr(sys, "frozen", False):
        # First: a frozen build (PyInstaller) starts its worker as this program, with options of its own.
        import multiprocessing

        multiprocessing.freeze_support()
    end_when_interrupted(sys.argv[1:])
    _fill_closed_descriptors()
    from inspector.base.files import private_umask
    from inspector.cli.main import run

    private_umask()
    status = run(sys.argv[1:], _Window())
    ignore_interrupts()
    _leave_stuck_threads(status)
    return status


def _fill_closed_descriptors() -> None:
    """Where one of the standard streams is closed, the next file that is opened would take its place, and
    what a library prints would be written into it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _leave_stuck_threads(status: int) -> None:
    """Python waits for every thread of an executor before it ends, and a look-up of a name whose server
    does not answer takes half a minute; everything is written and closed by now."""
    import threading

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_LAST_THREADS_S)
            if thread.is_alive():
                os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
