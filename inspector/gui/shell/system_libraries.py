"""What Qt's own libraries need of a Linux system, and the Debian packages that have it.

Loads nothing but the standard library: `.ci/run` asks it before anything is installed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

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


def missing_packages(*platforms: str) -> list[str]:
    """The Debian packages without which Qt cannot start on these of its platforms."""
    wanted = dict(_CORE)
    for platform in platforms:
        wanted |= _OF_PLATFORM.get(platform, {})
    return [package for library, package in wanted.items() if why_not_loaded(library) is not None]


def why_not_loaded(library: str) -> str | None:
    """What the system's loader says against a library, None where it loads."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return None
