"""Whether a window or a shared inbox can be opened here, and what the system lacks if not.

Without the libraries of a window, Qt would abort the process.

Imports only the standard library, because `.ci/run` calls it before anything is installed.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# Libraries that Qt loads, and the Debian packages that contain them.
_CORE = {
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
}
_OF_PLATFORM: Mapping[str, Mapping[str, str]] = {
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-glx.so.0": "libxcb-glx0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
        "libwayland-egl.so.1": "libwayland-egl1",
    },
}
_NAMED = "QT_QPA_PLATFORM"
_SURE = ("offscreen", "minimal")
_TRIAL = (
    "from PySide6.QtGui import QGuiApplication as App; app = App([]); raise SystemExit(not app.screens())"
)
_TRIAL_S = 10.0


def why_no_inbox() -> str | None:
    """Return the reason as a sentence for the user, or None if a shared inbox can be used."""
    if all(importlib.util.find_spec(name) is not None for name in ("nats", "nkeys")):
        return None
    return "A shared inbox needs the package nats-py. Run `pip install 'webhook-inspector[inbox]'`."


def why_no_window() -> str | None:
    """Return the reason as a sentence for the user, or None if a window can open."""
    if sys.platform != "linux":
        return None
    platforms = _platforms(os.environ)
    if not platforms:
        return "No display found: neither DISPLAY nor WAYLAND_DISPLAY is set."
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return "PySide6 is not installed. The window needs it."
    plugins = Path(spec.submodule_search_locations[0]) / "Qt/plugins/platforms"
    reasons = []
    for platform in platforms:
        reason = _why_not(platform, plugins)
        if reason is None:
            return None
        reasons.append(reason)
    return reasons[0]


def has_display() -> bool:
    """Return whether the environment names a display, or a platform of Qt. Without one there is no window."""
    return sys.platform != "linux" or bool(_platforms(os.environ))


def _platforms(environment: Mapping[str, str]) -> list[str]:
    """Return the platforms that Qt will try, in order, with their options; empty without a display."""
    if named := environment.get(_NAMED):
        return named.split(";")
    if environment.get("WAYLAND_DISPLAY") and environment.get("XDG_SESSION_TYPE") == "wayland":
        return ["wayland"]
    if environment.get("DISPLAY"):
        return ["xcb"]
    return ["wayland"] if environment.get("WAYLAND_DISPLAY") else []


def _why_not(whole: str, plugins: Path) -> str | None:
    """Return why Qt cannot open a window on a platform, or None if it can."""
    platform = whole.partition(":")[0]
    plugin = plugins / f"libq{platform}.so"
    if platform == "wayland" and not plugin.exists():
        plugin = plugins / "libqwayland-generic.so"  # its name in Qt 6.8
    if not plugin.exists():
        if _starts(whole):  # the user's own plugin, configured by other variables
            return None
        known = ", ".join(sorted(file.stem.removeprefix("libq") for file in plugins.glob("libq*.so")))
        return f"{_NAMED} is {platform!r}, which Qt does not have here. Use one of: {known}."
    if packages := missing_packages(platform):
        return f"System libraries for Qt are missing. On Debian, run: apt install {' '.join(packages)}."
    if trouble := why_not_loaded(str(plugin)):
        return f"Qt cannot open a window: {trouble}."
    if platform == "wayland":
        return None if _wayland_socket(os.environ).is_socket() else _unreached("WAYLAND_DISPLAY")
    if platform == "xcb":
        return None if _is_x_reachable() else _unreached("DISPLAY")
    if platform not in _SURE and not _starts(whole):
        return f"{_NAMED} is {platform!r}, but Qt cannot start this platform."
    return None


def _unreached(variable: str) -> str:
    display = os.environ.get(variable)
    if not display:
        return f"{_NAMED} needs a display, but {variable} is not set."
    return f"Cannot reach the display {display} from {variable}."


def _wayland_socket(environment: Mapping[str, str]) -> Path:
    folder = environment.get("XDG_RUNTIME_DIR", "/nowhere")
    return Path(folder) / environment.get("WAYLAND_DISPLAY", "wayland-0")


def _is_x_reachable() -> bool:
    """Return whether the X server in DISPLAY accepts a connection. If not, Qt would abort."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    has_error = xcb.xcb_connection_has_error(connection) != 0
    xcb.xcb_disconnect(connection)
    return not has_error


def _starts(platform: str) -> bool:
    """Return whether Qt starts on a platform and finds a screen. Tries it in another process, which may
    abort."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and line
            [sys.executable, "-c", _TRIAL],
            env={**os.environ, _NAMED: platform},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def missing_packages(*platforms: str) -> list[str]:
    """Return the missing Debian packages that Qt needs on these platforms."""
    wanted = dict(_CORE)
    for platform in platforms:
        wanted |= _OF_PLATFORM.get(platform, {})
    return [package for library, package in wanted.items() if why_not_loaded(library) is not None]


def why_not_loaded(library: str) -> str | None:
    """Return the error of the system's loader, or None if it loads the library."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return None
