"""Where things are kept, and that only their owner can read them."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "webhook-inspector"


def private_umask() -> None:
    """From here on whatever this process creates is its owner's alone."""
    os.umask(0o077)


def data_folder() -> Path:
    """The platform's folder for this program's data; not created here."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def config_folder() -> Path:
    """The platform's folder for this program's settings; not created here."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False))


def default_database() -> Path:
    """The file captures are kept in when none is named."""
    return data_folder() / "captures.db"


def make_private_folder(folder: Path) -> None:
    """Create `folder` with mode 0700; one that exists keeps the mode that its owner chose."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def resource(name: str) -> Path:
    """The path of a file in `resources/`, in a source checkout, an editable install and a wheel."""
    here = Path(__file__).resolve().parent.parent
    for root in (here / "resources", here.parent / "resources"):
        if root.is_dir():
            return root / name
    raise FileNotFoundError(f"resources/{name} is not installed beside {here}")
