"""The window on a session; the only package that imports PySide6 and qasync.

`shell` has the application and the main window, `kit` what any feature may use, and every other folder is one
feature. A feature sees the window as the protocol in `kit/context/window.py`.
"""

import sys

import PySide6.QtCore  # noqa: F401 - it loads the module below
import shiboken6

from inspector.base import signals

signals.is_alive = shiboken6.isValid

# WORKAROUND(PySide6 6.11): it searches the source of every module that is imported from here on for its name,
# for features that this program does not use: a sixth of the start, and 20 MB of sources in memory.
if (_feature := sys.modules.get("shibokensupport.feature")) is not None:
    vars(_feature)["_mod_uses_pyside"] = lambda module: False
