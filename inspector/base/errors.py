"""The errors that are shown to the user, and the word that the user probably meant.

InspectorError            a sentence that says what happened and what to do; exit status 3
+-- UsageError            the command or a setting was wrong; exit status 2
+-- NotFound              what was named does not exist; exit status 1
+-- BusyError             the work was stopped or can be retried later
+-- TakenError            another process already does it
+-- PortTaken             another program listens on the port

Anything else that is raised is a bug: it is logged with its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable


class InspectorError(Exception):
    """A problem that the user can solve. `str(error)` is a sentence for the user."""

    exit_status = 3


class UsageError(InspectorError):
    """Wrong usage: an invalid option, setting or filter, or a host that is not allowed yet."""

    exit_status = 2


class NotFound(InspectorError):
    """Raised if the requested thing does not exist, such as a capture with this id."""

    exit_status = 1


class BusyError(InspectorError):
    """Raised if something cannot be done now (stopping, disk full, file locked) but may work later."""


class TakenError(InspectorError):
    """Raised if another process captures into this file."""


class PortTaken(InspectorError):
    """Raised if another program listens on the port."""

    def __init__(self, place: str, port: int, free_port: int | None) -> None:
        on = "" if place == "127.0.0.1" else f" on {place}"
        super().__init__(f"Port {port}{on} is in use.")
        self.free_port = free_port
        """An alternative port to listen on; None if none was found."""


_CUTOFF = 0.6  # the library's default: `lisen` finds `listen`, `foo` finds nothing


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to `word`, or None if none is similar."""
    from difflib import get_close_matches  # importing takes 3 ms, and is needed only for a mistake

    words = {one.lower(): one for one in known}
    found = get_close_matches(word.lower()[:100], words, n=1, cutoff=_CUTOFF)
    return words[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'X'?`, or an empty text if no known word is similar."""
    found = nearest(word, known)
    return "" if found is None else f" Did you mean '{found}'?"
