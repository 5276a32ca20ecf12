"""Checks of this machine: whether the program can work here, and what to do if not.

They work without a capture file, and neither create nor change anything.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

from inspector import __version__
from inspector.base.availability import has_display, missing_packages, why_no_window
from inspector.base.errors import InspectorError, PortTaken
from inspector.base.files import default_database
from inspector.base.log import log_file, newest_errors
from inspector.base.quantity import counted, host_and_port, size_text
from inspector.base.visible import shortened, visible
from inspector.base.worker import TooMuchWork, Worker
from inspector.capture.address import port_owner
from inspector.capture.bound_port import BoundPort
from inspector.domain.mask.mask import hidden_digests, scrubbed
from inspector.domain.signature.secret import MIN_CHARACTERS, Secret, remarks
from inspector.session.address.listener_tls import ListenerTls
from inspector.session.address.public_check import check_address, installed_tunnels
from inspector.session.file.storage_limit import disk_space
from inspector.session.options import DEFAULT_SECRET_ENV, Options
from inspector.session.signature.secrets import WITHOUT_KEYRING, Secrets
from inspector.settings.keyring import Keyring
from inspector.settings.settings import Settings
from inspector.store import journal
from inspector.store.file import files, migrations
from inspector.store.file.database import connect_unchanged, format_version, recognise
from inspector.store.file.disk_errors import damage_mark
from inspector.store.file.locks import ListenerLock
from inspector.store.write import small_tables

MAX_ERRORS = 3
MAX_ERROR_CHARACTERS = 160
RECENT = timedelta(days=1)
"""An error in the log that is older needs no action."""
WINDOW_S = 30.0
_MAX_SECRETS = 20
"""Saved secrets whose text is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCheck:
    """The result of one check."""

    name: str
    """A stable name, such as `port`."""
    is_ok: bool
    says: str
    """One or more sentences."""
    fix: str | None = None
    """What to do, as a sentence. None if nothing, or if `says` includes it."""


class Doctor:
    """Checks this machine for a session with these options."""

    def __init__(self, options: Options) -> None:
        """Raises UsageError for an invalid setting of the command line."""
        self._options = options
        # An invalid settings file is a result of `doctor`, not an error.
        self._settings = Settings(options.settings, is_file_used=False)
        self._settings_problem: str | None = None
        try:
            self._settings = Settings(options.settings)
        except InspectorError as error:
            self._settings_problem = str(error)
        self._database = (options.database or default_database()).resolve()
        self._secrets: tuple[Secret, ...] = ()
        """Secrets whose text is known."""
        self._has_keyring = True
        self._inactive: tuple[str, ...] = ()

    async def results(self) -> AsyncIterator[MachineCheck]:
        """Yield each check when it is done."""
        yield _program()
        yield self._settings_check()
        yield self._folder()
        yield await self._file()
        yield self._disk()
        yield await self._port()
        tls = ListenerTls(self._settings, self._options.host or self._settings.text("host"))
        if tls.is_on:
            yield await _tls(tls)
        yield _good("tunnels", installed_tunnels())
        if (public := await self._public(tls)) is not None:
            yield public
        yield await self._keyring()
        yield self._secrets_check()
        yield await _window()
        yield self._log()

    def _settings_check(self) -> MachineCheck:
        if self._settings_problem is not None:
            return _bad("settings", self._settings_problem)
        if self._settings.warnings:
            return _bad("settings", " ".join(self._settings.warnings), "Correct or delete these entries.")
        file = self._settings.file
        if not file.exists():
            return _good("settings", "No settings file, so every setting has its default.")
        return _good("settings", f"{file} is valid.")

    def _folder(self) -> MachineCheck:
        folder = self._database.parent
        name = visible(str(folder))
        if not folder.exists():
            if not files.is_in_own_folder(self._database):
                return _bad("folder", f"There is no folder {name}.", "Create it, or use another --database.")
            above = _existing(folder)
            if not os.access(above, os.W_OK | os.X_OK):
                return _bad(
                    "folder",
                    f"{name} cannot be created: {visible(str(above))} is not writable.",
                    "Use --database FILE in another folder.",
                )
            return _good("folder", f"{name} will be created at the first start.")
        if not os.access(folder, os.W_OK | os.X_OK):
            return _bad(
                "folder",
                f"{name} is not writable.",
                f"Run `chmod u+rwx {name}`, or use --database FILE in another folder.",
            )
        if files.is_in_own_folder(self._database) and _is_open_to_others(folder):
            return _bad("folder", f"Other users can open {name}.", f"Run `chmod 700 {name}`.")
        return _good("folder", f"{name} is writable.")

    async def _file(self) -> MachineCheck:
        path, name = self._database, visible(str(self._database))
        try:
            if not path.exists():
                return _good("database", f"{name} will be created at the first start.")
            recognise(path)
            version = await asyncio.to_thread(format_version, path) if path.stat().st_size else 0
            beside = journal.path_of(path)
            if beside.exists():
                recognise(beside, journal.KIND)
                await asyncio.to_thread(format_version, beside, journal.KIND)
        except InspectorError as error:
            return _bad("database", str(error))
        except (OSError, sqlite3.Error) as error:
            return _bad("database", f"{name} cannot be read: {error}.", "Run `maintain check`.")
        for one in (path, beside):
            if damage_mark(one).exists():
                said = f"{visible(str(one))} is damaged."
                return _bad("database", said, "Restart `listen` or the window to repair it.")
        if not os.access(path, os.W_OK):
            return _bad("database", f"{name} is not writable.", f"Run `chmod u+rw {name}`.")
        if _is_open_to_others(path):
            return _bad("database", f"Other users can read {name}.", f"Run `chmod 600 {name}`.")
        size = size_text(path.stat().st_size)
        is_old = 0 < version < migrations.LATEST
        update = (
            f" The next start converts it to format {migrations.LATEST} and keeps a copy." if is_old else ""
        )
        return _good("database", f"{name} is readable ({size}, format {version}).{update}")

    def _disk(self) -> MachineCheck:
        folder = _existing(self._database.parent)
        try:
            free, reserve = disk_space(folder, self._settings)
        except OSError as error:
            return _bad("disk", f"The free space of {visible(str(folder))} is unknown: {error.strerror}.")
        said = f"{size_text(free)} free, {size_text(reserve)} reserved."
        if free < reserve:
            return _bad(
                "disk",
                f"{said} Senders get 503.",
                "Free some space, or lower the setting disk_reserve_bytes.",
            )
        return _good("disk", said)

    async def _port(self) -> MachineCheck:
        given = self._options.port
        port = self._settings.whole("port") if given is None else given
        host = self._options.host or self._settings.text("host")
        bound = BoundPort(host, port)
        try:
            await bound.bind()
        except PortTaken as error:
            return await self._taken(error, port)
        except InspectorError as error:
            return _bad("port", str(error))
        finally:
            bound.close()
        return _good("port", f"{host_and_port(host, port)} is free." if port else "Any free port is used.")

    async def _public(self, tls: ListenerTls) -> MachineCheck | None:
        """Check the public address, if the file has one."""
        given = self._options.port
        port = BoundPort(
            self._options.host or self._settings.text("host"),
            self._settings.whole("port") if given is None else given,
        )
        is_on = self._settings.is_on("test_address")
        try:
            result = await check_address(self._database, port, tls, is_on=is_on)
        finally:
            port.close()
        if result is None:
            return None
        return MachineCheck(name="public", is_ok=result.is_ok, says=result.says, fix=result.fix)

    async def _taken(self, error: PortTaken, port: int) -> MachineCheck:
        owner = await asyncio.to_thread(port_owner, port)
        holder = ListenerLock(self._database).holder()
        if owner is not None and f"(process {owner[0]})" in holder:
            return _good("port", f"Port {port} is used by {visible(holder)}, which captures into this file.")
        stop = "Stop the program that uses it" if owner is None else "Stop that program"
        free = "" if error.free_port is None else f", or use --port {error.free_port}"
        who = "" if owner is None else f" by {visible(owner[1])} (process {owner[0]})"
        return _bad("port", f"Port {port} is in use{who}.", f"{stop}{free}.")

    async def _keyring(self) -> MachineCheck:
        """Check the keyring, and read the secrets of the file and of the command line from it."""
        try:
            saved = await asyncio.to_thread(self._stored_names)
        except (InspectorError, sqlite3.Error, OSError):  # a result of its own
            saved = ()
        wanted = tuple(dict.fromkeys((*self._options.secret_keyring, *saved)))[:_MAX_SECRETS]
        keyring = Keyring()
        name = await asyncio.to_thread(keyring.find)
        self._has_keyring = name is not None
        if name is None:
            if not wanted:
                return _good(
                    "keyring",
                    f"No secure keyring was found. Use {DEFAULT_SECRET_ENV} instead of saved secrets.",
                )
            return _bad(
                "keyring",
                f"No secure keyring was found, so these secrets cannot be read: {_listed(wanted)}.",
                f"{WITHOUT_KEYRING} Or start a keyring such as GNOME Keyring or KWallet.",
            )
        missing: list[str] = []
        for label in wanted:
            try:
                text = await asyncio.to_thread(keyring.get, str(self._database), label)
            except InspectorError as error:
                return _bad("keyring", str(error))
            if text is None:
                missing.append(label)
            else:
                self._secrets += (Secret(name=label, text=text, is_saved=True),)
        if missing:
            return _bad(
                "keyring",
                f"{name} does not have the secrets {_listed(missing)}.",
                "Remove them with `secrets remove NAME` and add them again.",
            )
        return _good("keyring", f"{name} works.")

    def _stored_names(self) -> tuple[str, ...]:
        """Return the names of the active secrets of the file, and note the inactive ones."""
        if not self._database.exists():
            return ()
        with closing(connect_unchanged(self._database)) as connection:
            rows = small_tables.secret_names(connection)
        self._inactive = tuple(row.name for row in rows if not row.is_active)
        return tuple(row.name for row in rows if row.is_active)

    def _secrets_check(self) -> MachineCheck:
        given = Secrets(None)
        try:
            given.load_given(self._options)
        except InspectorError as error:
            return _bad("secrets", str(error))
        self._secrets = (*given.active, *self._secrets)
        if not self._secrets:
            way = f"activate {visible(self._inactive[0])}" if self._inactive else "add NAME"
            how = f"Set {DEFAULT_SECRET_ENV}, or run `secrets {way}`."
            return _bad(
                "secrets",
                "No active secret, so signatures cannot be checked.",
                how if self._has_keyring else WITHOUT_KEYRING,
            )
        said = [f"{visible(one.name)}: {remark}" for one in self._secrets for remark in _remarks(one)]
        names = _listed([one.name for one in self._secrets])
        if said:
            return _bad("secrets", " ".join(said), "Compare it with the sender’s dashboard.")
        return _good("secrets", f"{counted(len(self._secrets), 'secret')}: {names}.")

    def _log(self) -> MachineCheck:
        file = log_file()
        try:
            errors = newest_errors(file, MAX_ERRORS)
        except OSError as error:
            return _bad("log", f"{visible(str(file))} cannot be read: {error.strerror}.")
        if not errors:
            return _good("log", f"No errors in {visible(str(file))}.")
        hidden = [one.text for one in self._secrets]
        said = [f"{one.at:%Y-%m-%d %H:%M} {_shown(one.text, hidden)}." for one in errors]
        if errors[-1].at < datetime.now().astimezone() - RECENT:
            return _good("log", f"No errors in the last day. The newest: {said[-1]}")
        return _bad("log", " ".join(said), f"See {visible(str(file))}.")


def _program() -> MachineCheck:
    system = f"{platform.system()} {platform.release()}"
    parts = (f"Webhook Inspector {__version__}", f"Python {platform.python_version()}", system)
    return _good("program", f"{', '.join(parts)}, SQLite {sqlite3.sqlite_version}.")


async def _tls(tls: ListenerTls) -> MachineCheck:
    try:
        says, is_ok = await tls.check()
    except InspectorError as error:
        return _bad("tls", str(error))
    return _good("tls", says) if is_ok else _bad("tls", says, "Renew it, or use another --tls-cert.")


async def _window() -> MachineCheck:
    worker = Worker()  # the check loads libraries of Qt
    try:
        problem, packages = await worker.run_bounded(WINDOW_S, window_problem)
    except (TooMuchWork, OSError) as error:  # OSError: no process can be started
        return _bad("window", f"The check of the window failed: {error}.")
    finally:
        worker.close()
    if problem is None:
        return _good("window", f"A window can open (PySide6 {_version_of('PySide6-Essentials')}).")
    if has_display():
        return _bad("window", problem)
    needed = f" The window also needs system libraries: apt install {' '.join(packages)}." if packages else ""
    return _good("window", f"No display, so the program works in the terminal.{needed}")


def window_problem() -> tuple[str | None, list[str]]:
    """Return why no window can open, or None, and the Debian packages that Qt would need for X11."""
    return why_no_window(), [] if has_display() else missing_packages("xcb")


def _remarks(secret: Secret) -> Iterator[str]:
    yield from remarks(secret.text)
    if len(secret.text) < MIN_CHARACTERS:
        yield f"It has fewer than {MIN_CHARACTERS} characters."


def _shown(text: str, hidden: list[str]) -> str:
    return visible(shortened(hidden_digests(scrubbed(text, hidden)), MAX_ERROR_CHARACTERS)).rstrip(".")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _is_open_to_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(map(visible, names))


def _good(name: str, says: str) -> MachineCheck:
    return MachineCheck(name=name, is_ok=True, says=says)


def _bad(name: str, says: str, fix: str | None = None) -> MachineCheck:
    return MachineCheck(name=name, is_ok=False, says=says, fix=fix)
