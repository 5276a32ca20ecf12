"""The window, opened next to a listener on the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.availability import why_no_window

if TYPE_CHECKING:
    from inspector.session.options import Options


def why_not() -> str | None:
    """Return why no window can open here, as a sentence, or None. May take seconds."""
    problem = why_no_window()
    return problem and f"The window cannot open. {problem}"


def open_on(database: Path, options: Options) -> str:
    """Open the window on a file, in a process that outlives this one. Return a sentence about it.

    It gets the secrets and settings of these options, so that it comes to the same verdicts.
    """
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "inspector"]
    given = [
        ("--database", str(database)),
        *(("--secret-env", name) for name in options.secret_env),
        *(("--secret-file", str(file)) for file in options.secret_files),
        *(("--secret-keyring", label) for label in options.secret_keyring),
        *(("--set", f"{name}={value}") for name, value in options.settings),
    ]
    command = [*program, *(f"{name}={value}" for name, value in given)]
    subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return "Opening the window on this file."
