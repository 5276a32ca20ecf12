"""No verb: the window; a verb: the terminal."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from inspector.base.paths import private_umask
from inspector.cli.main import run

if TYPE_CHECKING:
    from inspector.session.options import Options

_LAST_THREADS_S = 0.5


class _Window:
    """Imports Qt only when a window is asked for."""

    def why_not(self) -> str | None:
        """Why there can be no window here; None where there can."""
        from inspector.gui.availability import why_no_window

        return why_no_window()

    def run(self, options: Options) -> int:
        """Open the window, and return the exit status when it was closed."""
        from inspector.gui.app import run as run_window

        return run_window(options)


def main() -> int:
    """The console script's entry; returns the exit status."""
    private_umask()
    status = run(sys.argv[1:], _Window())
    _leave_stuck_threads(status)
    return status


def _leave_stuck_threads(status: int) -> None:
    """Python waits for every thread of an executor before it ends, and a look-up of a name whose server
    does not answer takes half a minute; everything is written and closed by now."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_LAST_THREADS_S)
            if thread.is_alive():
                os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
