"""The log: one private file for warnings and tracebacks, created with its first record."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import data_folder, make_private_folder

MAX_BYTES = 1024 * 1024
MOST_ALIKE = 10
ALIKE_SECONDS = 60.0
"""At most `MOST_ALIKE` records of one kind are written in this time, so that no sender can flood the log."""

_READ_BYTES = 256 * 1024
"""How much of the end of a log is searched for errors."""
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
# As `_FORMAT` writes it. Lines without a time belong to the record before: a traceback.
_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_RECORD = re.compile(
    rf"^(?P<at>{_TIME}),\d+ \d+ (?P<level>[A-Z]+) [\w.]+: (?P<message>.*)\n?"
    rf"(?P<traceback>(?:(?!{_TIME},)(?:.+\n?|\n))*)",
    re.MULTILINE,
)
_RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)

log = logging.getLogger(__name__)


def log_file() -> Path:
    """Return the path of the log. The file may not exist."""
    return data_folder() / "webhook-inspector.log"


def log_to_file() -> None:
    """Write warnings and tracebacks of all libraries to the log instead of standard error."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.captureWarnings(True)
    sys.unraisablehook = _log_unraisable
    handler = _PrivateFile(log_file())
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.getLogger().addHandler(handler)


def log_failure(logger: logging.Logger, work: str, error: BaseException) -> None:
    """Log that `work` failed: an InspectorError in one line, any other error (a bug) with its traceback."""
    if isinstance(error, InspectorError):
        logger.warning("%s failed: %s", work, error)
    else:
        logger.error("%s failed", work, exc_info=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedError:
    """An error in the log."""

    at: datetime
    """In local time."""
    text: str
    """The message and, for a bug, the name of the exception. Never the text of the exception."""


def newest_errors(file: Path, most: int) -> tuple[LoggedError, ...]:
    """Return the newest errors of a log, oldest first; none without a log. Raises OSError."""
    try:
        with file.open("rb") as log_bytes:
            log_bytes.seek(max(0, log_bytes.seek(0, os.SEEK_END) - _READ_BYTES))
            text = log_bytes.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ()
    found: list[LoggedError] = []
    for record in _RECORD.finditer(text):
        if record["level"] not in ("ERROR", "CRITICAL"):
            continue
        raised = _RAISED.findall(record["traceback"])
        at = datetime.strptime(record["at"], "%Y-%m-%d %H:%M:%S").astimezone()
        found.append(LoggedError(at=at, text=": ".join((record["message"], *raised[-1:]))))
    return tuple(found[-most:])


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8", delay=True)
        self._counts: Counter[tuple[str, int, str, int]] = Counter()
        self._counted_since = 0.0

    def _open(self) -> TextIOWrapper:
        make_private_folder(Path(self.baseFilename).parent)
        return super()._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless too many of its kind were logged within `ALIKE_SECONDS`."""
        count = self._count(record)
        if count <= MOST_ALIKE:
            super().emit(record)
        if count == MOST_ALIKE:
            super().emit(_like(record, f"more of these follow, not logged for {ALIKE_SECONDS:g} seconds"))

    def _count(self, record: logging.LogRecord) -> int:
        """Count this record, and return how many of its kind were logged within this time."""
        if record.created - self._counted_since > ALIKE_SECONDS:
            self._counted_since = record.created
            self._counts.clear()
        kind = (record.name, record.levelno, record.pathname, record.lineno)
        self._counts[kind] += 1
        return self._counts[kind]

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Ignore a log that cannot be written, because the user cannot do anything about it now."""


def _like(record: logging.LogRecord, message: str) -> logging.LogRecord:
    """Return a record from the same place with another message."""
    return logging.LogRecord(record.name, record.levelno, record.pathname, record.lineno, message, None, None)


def _log_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    error = unraisable.exc_value
    log.error("cannot raise an error", exc_info=error if error is not None else False)
