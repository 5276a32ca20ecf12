"""The next step in a sentence for the user: a command in the terminal, something to click in the window."""

from __future__ import annotations

_is_window = False


def speak_for_window(is_window: bool = True) -> None:
    """Use the words of the window in this process from now on, or those of the terminal again."""
    global _is_window
    _is_window = is_window


def next_step(*, terminal: str, window: str) -> str:
    """Return the sentence for the front end of this process."""
    return window if _is_window else terminal


def or_another_file(before: str = "") -> str:
    """Return the step to use another capture file, after another step such as `Stop it`."""
    step = next_step(terminal="use another --database.", window="select another file.")
    return f"{before}, or {step}" if before else f"{step[0].upper()}{step[1:]}"
