"""Whether a window can open here. Qt aborts the process when it cannot, so it is found out before."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

# What Qt's own libraries need of the system, and the Debian packages that have it.
_CORE = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
}
_X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
_BY_PLATFORM = {"xcb": _X11, "wayland": _WAYLAND}


def why_no_window() -> str | None:
    """A sentence for the user, or None where a window can open."""
    if sys.platform != "linux":
        return None
    platform = _platform(os.environ)
    if platform is None:
        return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return "PySide6, which draws the window, is not installed."
    wanted = {**_CORE, **_BY_PLATFORM.get(platform, {})}
    missing = [package for library, package in wanted.items() if not _loads(library)]
    if missing:
        return f"Qt needs system libraries that are missing; on Debian: apt install {' '.join(missing)}."
    plugin = Path(spec.submodule_search_locations[0]) / "Qt/plugins/platforms" / f"libq{platform}.so"
    if plugin.exists() and (trouble := _trouble(str(plugin))):
        return f"Qt cannot draw a window here: {trouble}."
    if platform == "wayland" and not _wayland_socket(os.environ).is_socket():
        return f"The display {os.environ.get('WAYLAND_DISPLAY', '')} cannot be reached."
    if platform == "xcb" and not _is_reachable():
        return f"The display {os.environ.get('DISPLAY', '')} cannot be reached."
    return None


def _platform(environment: Mapping[str, str]) -> str | None:
    """The name of the platform plugin that Qt will choose, None where there is no display for it."""
    if named := environment.get("QT_QPA_PLATFORM"):
        return named.split(";")[0].split(":")[0]
    if environment.get("WAYLAND_DISPLAY") and environment.get("XDG_SESSION_TYPE") == "wayland":
        return "wayland"
    if environment.get("DISPLAY"):
        return "xcb"
    return "wayland" if environment.get("WAYLAND_DISPLAY") else None


def _wayland_socket(environment: Mapping[str, str]) -> Path:
    folder = environment.get("XDG_RUNTIME_DIR", "/nowhere")
    return Path(folder) / environment.get("WAYLAND_DISPLAY", "wayland-0")


def _loads(library: str) -> bool:
    return _trouble(library) is None


def _trouble(library: str) -> str | None:
    """What the system's loader says against a library, None where it loads."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return None


def _is_reachable() -> bool:
    """Whether the X server that DISPLAY names lets us in; Qt aborts where it does not."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    has_error = xcb.xcb_connection_has_error(connection) != 0
    xcb.xcb_disconnect(connection)
    return not has_error
