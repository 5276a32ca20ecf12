"""The options of a session from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_SECRET_ENV = "BLITZ_WEBHOOK_SECRET"  # noqa: S105 - the name that the sender's documents use


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of a session. The defaults are those of the program without arguments."""

    database: Path | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """Name and value of settings for this run."""
    host: str | None = None
    port: int | None = None
    secret_env: tuple[str, ...] = ()
    secret_files: tuple[Path, ...] = ()
    secret_keyring: tuple[str, ...] = ()
    """If all three are empty, the environment variable of the sender's documentation is used, if set."""
    use_saved_secrets: bool = False
    """Whether to use the saved active secrets of the file too, as the window does."""
    falls_back_to_saved: bool = False
    """Whether to use these if no other secret is given, as the terminal does."""
    allow_hosts: tuple[str, ...] = ()
    """Remote hosts that are allowed in this run."""
    name: str = "webhook-inspector"
    """The name of this process, for others that find the file in use."""
