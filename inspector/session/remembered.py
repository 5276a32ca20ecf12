"""What a face remembers of itself between two runs; nothing else depends on it."""

from __future__ import annotations

from inspector.settings.window_state import (
    Arrangement,
    WindowState,
    load_window_state,
    save_window_state,
)

__all__ = ["Arrangement", "WindowState", "load_window_state", "save_window_state"]
