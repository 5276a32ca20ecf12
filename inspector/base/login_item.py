"""Starts this program when the user logs in: one file or registry value per platform."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import APP, replace_file

_TITLE = "Webhook Inspector"
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


def login_command() -> tuple[str, ...]:
    """Return the command that opens the window of this installation."""
    return (sys.executable, "-m", "inspector")


def start_at_login(is_on: bool) -> None:
    """Start the program at each login, or no longer. Raises InspectorError if that cannot be stored."""
    try:
        if sys.platform == "win32":
            _write_registry(is_on)
            return
        file = login_file()
        if not is_on:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, _launch_agent() if sys.platform == "darwin" else _desktop_entry())
    except OSError as error:
        raise InspectorError(
            f"The program cannot be started at login: {error.strerror or error}. Add it to the startup"
            " programs of your desktop."
        ) from error


def login_file() -> Path:
    """Return the file that starts the program at login: an XDG autostart entry, or a launch agent."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{APP}.plist"
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "autostart" / f"{APP}.desktop"


def _desktop_entry() -> str:
    command = " ".join(map(_quoted, login_command()))
    return (
        f"[Desktop Entry]\nType=Application\nName={_TITLE}\nExec={command}\nIcon={APP}\n"
        "Comment=Started at login by its setting start_at_login\nTerminal=false\n"
    )


def _quoted(argument: str) -> str:
    """Return an argument of Exec as the Desktop Entry Specification quotes it."""
    for special in ("\\", '"', "`", "$"):
        argument = argument.replace(special, f"\\{special}")
    # The value is a string, in which a backslash is written twice; % would begin a field code.
    return '"' + argument.replace("\\", "\\\\").replace("%", "%%") + '"'


def _launch_agent() -> str:
    import plistlib  # only for macOS, and it loads an XML parser

    agent = {"Label": APP, "ProgramArguments": list(login_command()), "RunAtLoad": True}
    return plistlib.dumps(agent).decode("utf-8")


def _write_registry(is_on: bool) -> None:
    if sys.platform == "win32":
        import subprocess
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            if is_on:
                command = subprocess.list2cmdline(login_command())
                winreg.SetValueEx(key, APP, 0, winreg.REG_SZ, command)
            else:
                with contextlib.suppress(FileNotFoundError):
                    winreg.DeleteValue(key, APP)
