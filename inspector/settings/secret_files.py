"""Secrets in files: one that contains only a secret, and an .env file."""

from __future__ import annotations

from pathlib import Path

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible

MAX_BYTES = 4096
"""Maximum size of a secret in bytes."""
MAX_DOTENV_BYTES = 1024 * 1024
_LIKELY = ("WEBHOOK", "SECRET", "BLITZ")


def read_secret(file: Path) -> str:
    """Return the content of a secret file without one final line feed. Raises InspectorError.

    A carriage return before it stays. It may be in the secret of one side only, which is diagnosed.
    """
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BYTES + 2)
    except OSError as error:
        raise InspectorError(f"Cannot read the secret in {visible(str(file))}: {error.strerror}.") from error
    data = data.removesuffix(b"\n")
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"{visible(str(file))} is larger than {MAX_BYTES:,} bytes, so it is not a "
            "secret. Choose the file with the secret."
        )
    return data.decode("utf-8", "surrogateescape")


def dotenv_secrets(file: Path) -> tuple[tuple[str, str], ...]:
    """Return the variables of an .env file that may be webhook secrets, likely ones first.

    Raises InspectorError if the file cannot be read.
    """
    import dotenv

    try:
        if file.stat().st_size > MAX_DOTENV_BYTES:
            raise UsageError(f"{visible(str(file))} is too large for an .env file. Choose another file.")
        # Without interpolation: a secret with a $ is used exactly as it is.
        found = dotenv.dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise InspectorError(f"Cannot read {visible(str(file))} as an .env file: {error}.") from error
    texts = [(name, text) for name, text in found.items() if text and len(text) <= MAX_BYTES]
    return tuple(sorted(texts, key=lambda pair: -sum(word in pair[0].upper() for word in _LIKELY)))
