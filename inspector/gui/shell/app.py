"""The start and end of the window: one Qt application, one loop for Qt and asyncio, one session."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import shiboken6
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox

import inspector
from inspector.base.errors import InspectorError
from inspector.base.files import APP
from inspector.base.next_step import speak_for_window
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import ask_for_database
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.appearance_commands import apply_appearance
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.single_window import SingleWindow
from inspector.session.options import Options
from inspector.session.session import Session

_THREADS = 4
_FIRST_PAINT_S = 1.0
_TICK_MS = 1_000
_MIDDLE_EVERY = 10
_OLD_EVERY = 60
_MANY_MODULES = 50
_INVISIBLE_PLATFORMS = ("offscreen", "minimal")

log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Open the window, and return the exit status when it is closed. Raises InspectorError.

    Call `availability.why_no_window` first: Qt aborts the process if it finds no display.
    """
    # qasync uses the Qt binding that is already imported; by default, it prefers PyQt6 to PySide6.
    from qasync import QEventLoop

    speak_for_window()
    qInstallMessageHandler(_log_qt)
    app = QApplication([APP])
    app.setApplicationName(APP)
    app.setApplicationDisplayName("Webhook Inspector")
    app.setApplicationVersion(inspector.__version__)
    app.setDesktopFileName(APP)
    # Otherwise Qt ends its loop while a coroutine still cleans up. Only `main` may end it.
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        return runner.run(main(app, options))


class _Executor(ThreadPoolExecutor):
    """An executor that ends without waiting: a wallet waiting for its password must not keep the program
    running."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


async def main(app: QApplication, options: Options) -> int:
    """Show the window on one session until it is closed, and return the exit status.

    Raises InspectorError if the session cannot be opened.
    """
    loop = asyncio.get_running_loop()
    # Set first: qasync's own executor would leave Qt threads running.
    loop.set_default_executor(_Executor(_THREADS))
    quit_requested = asyncio.Event()
    _watch_signals(loop, quit_requested)
    GarbageCollector(app)
    session, place = await _opened(app, options, quit_requested)
    try:
        session.follow()
        theme = Theme(app)
        apply_appearance(theme, session.preferences.appearance)
        window = MainWindow(session, theme)
        window.quit_requested.connect(quit_requested.set)
        bugs = ExceptionHook(window.runner, loop)
        bugs.start()
        place.give(window)
        try:
            await _start(window, session)
            await quit_requested.wait()
        finally:
            place.leave()
            bugs.stop()
            window.end()
            await window.save_notes()
            await session.close()
    finally:
        await session.close()
        release_clipboard()
    return 0


async def _opened(
    app: QApplication, options: Options, quit_requested: asyncio.Event
) -> tuple[Session, SingleWindow]:
    """Return the open session. If its file cannot be opened, let the user select another one."""
    while True:
        session = Session(options)
        place = SingleWindow(session.database, app)
        try:
            await session.open()
            return session, place
        except InspectorError as error:
            place.leave()
            await session.close()
            another = await StartErrorBox(str(error)).read(quit_requested) if is_seen(app) else None
            if another is None:
                raise  # for standard error and the exit status
            options = replace(options, database=another)


def release_clipboard() -> None:
    """Replace copied data by its text, in an object that Qt created itself.

    WORKAROUND(PySide6 6.11): Qt destroys the data in the clipboard after Python has ended, and destroying an
    object created in Python calls into Python: SIGSEGV in Shiboken::Object::destroy.
    """
    clipboard = QGuiApplication.clipboard()
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        data = clipboard.mimeData(mode)
        if data is not None and shiboken6.createdByPython(data):
            clipboard.setText(data.text(), mode)


async def _start(window: MainWindow, session: Session) -> None:
    """Draw the window first. Then open the port and the keyring, which may ask the user, at the same time."""
    painted = asyncio.Event()
    window.painted.connect(painted.set)
    window.show()
    with contextlib.suppress(TimeoutError):  # a window behind another one is never painted
        async with asyncio.timeout(_FIRST_PAINT_S):
            await painted.wait()
    window.runner.run(session.load_secrets(), "load secrets")
    window.address_commands.start_with_listener()
    window.listener_commands.listen()
    window.inbox.commands.start_configured()
    for sentence in session.notices:
        window.banner.add_notice(sentence)
    for sentence in session.preferences.warnings:
        window.notify(sentence)


def _watch_signals(loop: asyncio.AbstractEventLoop, quit_requested: asyncio.Event) -> None:
    """End the program cleanly on SIGINT, SIGTERM and SIGHUP, and immediately on a second one."""

    def ask() -> None:
        if quit_requested.is_set():
            os._exit(0)  # the exit status of a clean end; acknowledged captures are on disk
        quit_requested.set()

    if sys.platform == "win32":
        # The loop has no add_signal_handler. Python sees Ctrl+C at the next timer of the loop.
        def tick() -> None:
            loop.call_later(0.5, tick)

        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(ask))
        tick()
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets SIGHUP
            loop.add_signal_handler(number, ask)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Write Qt's messages to the log. Standard error contains only sentences for the user."""
    levels: dict[Any, int] = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.DEBUG,
        QtMsgType.QtWarningMsg: logging.INFO,
    }
    log.log(levels.get(kind, logging.ERROR), "Qt: %s", message)


class GarbageCollector(QObject):
    """A replacement for Python's automatic garbage collection, until `end`.

    Python collects in any thread that creates an object. A QObject in a cycle would then be destroyed in a
    thread of the executor or of the store. Qt cannot stop its timers from there, and the next timer calls
    into freed memory (seen with PySide6 6.11.3: SIGSEGV in QTimerInfoList::activateTimers).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticks = 0
        self._modules = 0
        """The number of modules at the last freeze."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._was_automatic = gc.isenabled()
        gc.disable()
        self.start()

    def start(self, interval_ms: int = _TICK_MS) -> None:
        """Start collecting at this interval."""
        self._timer.start(interval_ms)

    def end(self) -> None:
        """Stop, and restore Python's collection if it was on."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        self._ticks += 1
        if self._ticks == 1:
            gc.collect()
            self._freeze()
        elif self._ticks % _OLD_EVERY == 0:
            gc.collect(2)
        elif self._ticks % _MIDDLE_EVERY == 0:
            gc.collect(1)
            if len(sys.modules) >= self._modules + _MANY_MODULES:  # the client of a shared inbox has 187
                self._freeze()
        else:
            gc.collect(0)

    def _freeze(self) -> None:
        """Scan the current objects no more. Those of imports and of the window are permanent, and scanning
        them took 30 ms each time."""
        gc.freeze()
        self._modules = len(sys.modules)


class ExceptionHook:
    """Reports errors in slots and callbacks, which no caller sees, from `start` to `stop`."""

    def __init__(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner = runner
        self._loop = loop

    def start(self) -> None:
        """Start reporting errors."""
        sys.excepthook = self._take
        self._loop.set_exception_handler(self._take_of_loop)

    def stop(self) -> None:
        """Restore Python's own hooks."""
        sys.excepthook = sys.__excepthook__
        self._loop.set_exception_handler(None)

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self._runner.report_bug(error.with_traceback(trace), "a slot")
        else:
            sys.__excepthook__(kind, error, trace)

    def _take_of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._runner.report_bug(error, str(context.get("message", "a callback")))
        else:
            loop.default_exception_handler(context)


def is_seen(app: QApplication) -> bool:
    """Return whether a user can see a box. On Qt's offscreen platform it would wait forever."""
    return app.platformName() not in _INVISIBLE_PLATFORMS


class StartErrorBox(QMessageBox):
    """A box with the reason why the program cannot start, for users who do not see standard error."""

    selected = Signal()
    """The user selected another file."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.setIcon(QMessageBox.Icon.Critical)
        self.setWindowTitle("Webhook Inspector")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(sentence)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setStandardButtons(QMessageBox.StandardButton.Close)
        self.another = self.addButton("Another file…", QMessageBox.ButtonRole.ActionRole)
        self._file: Path | None = None
        self.buttonClicked.connect(self._ask)

    async def read(self, quit_requested: asyncio.Event) -> Path | None:
        """Show the box until it is closed, or until the program must end. Return the file that the user
        selected instead, or None."""
        self.rejected.connect(quit_requested.set)
        self.selected.connect(quit_requested.set)
        self.open()
        await quit_requested.wait()
        self.hide()
        self.deleteLater()
        if self._file is not None:
            quit_requested.clear()
        return self._file

    @Slot(QAbstractButton)
    def _ask(self, button: QAbstractButton) -> None:
        if button is self.another:
            ask_for_database(self, self._select).rejected.connect(self.open)

    def _select(self, file: str) -> None:
        self._file = Path(file)
        self.selected.emit()
