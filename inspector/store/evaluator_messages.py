"""What the evaluator and its owner say to each other through their pipe. Secrets never leave it."""

from __future__ import annotations

from typing import NamedTuple

from inspector.domain.signature.secret import Secret


class Keys(NamedTuple):
    """Message: the secrets to check with, from now on."""

    secrets: tuple[Secret, ...] | None
    """None while they are being loaded. Captures are stored as pending meanwhile."""
    is_secret_on_file: bool
    changes: int = 0
    """The number of changes of the saved secrets that these include (see `evaluations.secret_changes`)."""


class First(NamedTuple):
    """Message: evaluate up to this capture without a pause, because its sender waits.

    It does not overtake others: readers remember the last id that they saw.
    """

    id: int


class FileDamaged(NamedTuple):
    """Message: the capture file was found to be damaged, for this reason. Store nothing more in it."""

    why: str


class Wake(NamedTuple):
    """Message: something may have been written."""


class Stop(NamedTuple):
    """Message: end after the current step."""


class Taken(NamedTuple):
    """Announcement: the last list of messages is in effect."""


class Stored(NamedTuple):
    """Announcement: captures that were evaluated and stored. It is short, because there may be thousands."""

    ids: list[int]
    """Ascending."""
    up_to: int
    """All captures of the journal up to this one are stored."""
    bytes: int
    """The sum of their sizes in the journal (see `NewEntry.size`)."""
    untrusted_bytes: int
    """The sum of the sizes of the untrusted ones in the capture file (see `estimated_bytes`)."""
    trusted: list[int]
    pending: list[int]
    """Large ones, which are evaluated later."""
    secrets: frozenset[str]
    """Names of the secrets that captures other than samples were signed with."""
    skipped: list[int]
    """Captures that are not stored, because their message of a shared inbox is stored already."""


class Followed(NamedTuple):
    """Announcement: groups changed, and the findings of these captures."""

    marked: frozenset[int]


class Synced(NamedTuple):
    """Announcement: the captures of the journal up to this one are on disk in the capture file."""

    up_to: int


class KeysOutdated(NamedTuple):
    """Announcement: a process changed the saved secrets, and captures wait for the new `Keys`."""


class Idle(NamedTuple):
    """Announcement: there is nothing to do."""


class Begun(NamedTuple):
    """Announcement of a careful evaluator: the evaluation of this capture begins."""

    id: int


class Hindered(NamedTuple):
    """Announcement: why captures cannot be evaluated now, or None once they can be."""

    sentence: str | None
    is_last: bool = False
    """Whether the process ends, because only a new one can continue."""


class Failed(NamedTuple):
    """Announcement: a bug, for the log."""

    work: str
    """What failed."""
    error: str
    """The traceback."""


class StartState(NamedTuple):
    """Where a process begins, and how."""

    announced: int
    """Captures of the journal up to this one are stored and were announced."""
    identity: tuple[int, int] | None = None
    """The device and inode of the capture file (see `files.identity`)."""
    careful: int = 0
    """The number of captures that are evaluated one by one, because a process died."""
    skipped: frozenset[int] = frozenset()
    """Captures during whose evaluation processes died. They are stored by their bytes."""
