"""Where bugs leave their tracebacks: one private file, made when there is first something to write."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import warnings
from io import TextIOWrapper
from pathlib import Path

from inspector.base.paths import data_folder, make_private_folder

MAX_BYTES = 1024 * 1024

log = logging.getLogger(__name__)


def log_file() -> Path:
    """The file that warnings and errors go to; it need not exist."""
    return data_folder() / "webhook-inspector.log"


def log_to_file() -> None:
    """From here on no library's warning or traceback reaches standard error; the file has them."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.captureWarnings(True)
    sys.unraisablehook = _log_unraisable
    handler = _PrivateFile(log_file(), maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        make_private_folder(Path(self.baseFilename).parent)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A log that cannot be written is not worth a word to the user."""


def _log_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    error = unraisable.exc_value
    log.error("nobody could be told of a failure", exc_info=error if error is not None else False)
