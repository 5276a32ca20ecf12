"""The verb's position on the command line, and Ctrl+C and SIGTERM while the program is being imported.

Nothing is open yet, so either signal ends the process at once. This module must not import anything slow.
`verb.Interruption` takes over when there is something to close.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


VALUE_OPTIONS = frozenset(
    (
        *("--database", "--format", "--color", "--set", "--secret-env", "--secret-file", "--secret-keyring"),
        *("--host", "--port", "--allow-host", "--tls-cert", "--tls-key"),
    )
)
"""Options with a value that may precede the verb: those of every verb, and those of the window."""
FLAGS = frozenset(("-h", "--help", "--version", "--quiet", "--tls"))


def verb_place(argv: Sequence[str]) -> int | None:
    """Return the index of the verb, or None if an option that only a verb has comes first, or if there is no
    verb."""
    place = 0
    while place < len(argv):
        name, equals, _ = argv[place].partition("=")
        if not name.startswith("-"):
            return place
        if name in VALUE_OPTIONS:
            place += 1 if equals else 2
        elif name in FLAGS:
            place += 1
        else:
            return None
    return None


def interrupted_status(argv: Sequence[str]) -> int:
    """Return the exit status after a signal: 0 for the window and endless verbs, which have no other end."""
    place = verb_place(argv)
    return 0 if place is None or argv[place] in ("listen", "follow") else INTERRUPTED


def end_when_interrupted(argv: list[str]) -> None:
    """Make either signal end the process silently. Called in the main thread."""
    status = interrupted_status(argv)
    try:
        import signal  # 8 ms, in which Python's own handler is still active

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: os._exit(status))
    except KeyboardInterrupt:
        os._exit(status)


def ignore_interrupts() -> None:
    """Ignore both signals. Python removes its handlers before it ends, so a late signal would kill it."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
