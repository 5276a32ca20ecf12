"""The window, opened next to a listener on the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from inspector.base.availability import why_no_window


def why_not() -> str | None:
    """Return why no window can open here, as a sentence, or None. May take seconds."""
    problem = why_no_window()
    return problem and f"The window cannot open. {problem}"


def open_on(database: Path) -> str:
    """Open the window on a file, in a process that outlives this one. Return a sentence about it."""
    command = [sys.executable, "-m", "inspector", "--database", str(database)]
    if getattr(sys, "frozen", False):
        del command[1:3]
    subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return "Opening the window on this file."
