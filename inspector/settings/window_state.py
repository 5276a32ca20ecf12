"""The saved state of the window, in its own file next to the settings."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from inspector.base.files import config_folder, replace_file

log = logging.getLogger(__name__)

_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """The columns of the list, by name."""

    chosen: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    """From left to right, including hidden ones."""
    widths: tuple[tuple[str, int], ...] = ()
    """In pixels. Empty if the user has never resized one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowState:
    """The state that the window restores. To add something, add a field."""

    geometry: str = ""
    """In Qt's own format, in base64."""
    tree: int | None = None
    """The width of the tree in pixels, also while it is folded."""
    detail: int | None = None
    """The width of the detail in pixels, also while it is closed."""
    is_response_open: bool = False
    response: int | None = None
    """The height of the response to a replay in px of the drawing, if the user has changed it."""
    columns: Arrangement | None = None
    paths: tuple[str, ...] = ()
    """JSON paths of columns."""
    order: tuple[str, bool] | None = None
    """The column by which the list is sorted, and whether descending. None for newest first."""
    is_threaded: bool = False
    """The list is folded by respondent."""
    is_masked: bool = False
    """The screen was masked, so it may still be shared."""
    recent: tuple[str, ...] = ()
    """The keys of the palette's entries that were run last."""
    database: str = ""
    """The capture file that filter and selection belong to."""
    filter: str = ""
    recent_filters: tuple[tuple[str, int], ...] = ()
    """Filters with the time of their last use in milliseconds, latest first."""
    selected: int | None = None
    """The id of a capture."""
    tab: int = 0
    """The index of the tab in the detail pane."""
    verifier: str = ""
    """The key of the verifier that was copied last."""


def load_window_state(file: Path | None = None) -> WindowState:
    """Return the saved state. Invalid parts are ignored, because nothing depends on them."""
    file = file or _file()
    try:
        if file.stat().st_size > _MOST_BYTES:
            return WindowState()
        stored = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return WindowState()
    if not isinstance(stored, dict):
        return WindowState()
    return WindowState(**_read(stored))


def save_window_state(state: WindowState, file: Path | None = None) -> None:
    """Save the state, readable only by its owner because a filter can contain answers.

    An error is only logged: the window closes in any case.
    """
    file = file or _file()
    try:
        replace_file(file, json.dumps(asdict(state), indent=2) + "\n")
    except Exception as error:  # the window closes in any case
        log.info("cannot save the state of the window in %s: %s", file, error)


_PLAIN_FIELDS = {
    **dict.fromkeys(("geometry", "database", "filter", "verifier"), str),
    **dict.fromkeys(("tab", "selected", "tree", "detail", "response"), int),
    "is_response_open": bool,
    "is_threaded": bool,
    "is_masked": bool,
}
"""Fields with values that JSON supports."""


def _file() -> Path:
    return config_folder() / "window.json"


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the valid fields."""
    found: dict[str, Any] = {}
    for name, kind in _PLAIN_FIELDS.items():
        if type(value := stored.get(name)) is kind:
            found[name] = value
    for name in ("paths", "recent"):
        found[name] = _texts(stored.get(name))
    found["recent_filters"] = tuple(
        (pair[0], pair[1])
        for pair in _list(stored.get("recent_filters"))
        if isinstance(pair, list) and [type(part) for part in pair] == [str, int] and 0 < pair[1] < 2**53
    )
    order = stored.get("order")
    if isinstance(order, list) and [type(part) for part in order] == [str, bool]:
        found["order"] = (order[0], order[1])
    if isinstance(columns := stored.get("columns"), dict):
        found["columns"] = Arrangement(
            chosen=_texts(columns.get("chosen")),
            order=_texts(columns.get("order")),
            widths=tuple(
                (pair[0], pair[1])
                for pair in _list(columns.get("widths"))
                if isinstance(pair, list) and [type(part) for part in pair] == [str, int]
            ),
        )
    assert found.keys() <= {field.name for field in fields(WindowState)}
    return found


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in _list(value) if isinstance(one, str))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
