"""Starts the window and ends it: one Qt application, one loop for Qt and asyncio, one session."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

import shiboken6
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

import inspector
from inspector.base.errors import InspectorError
from inspector.base.files import APP
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.single_window import SingleWindow
from inspector.session.options import Options
from inspector.session.session import Session

_THREADS = 4
_FIRST_PAINT_S = 1.0
_TICK_MS = 1_000
_MIDDLE_EVERY = 10
_OLD_EVERY = 60
_SEEN_BY_NOBODY = ("offscreen", "minimal")

log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Open the window and return the exit status once it is closed; raises InspectorError.

    `availability.why_no_window` is to be asked first: Qt aborts where it finds no display.
    """
    # qasync takes the binding that is already imported, and PyQt6 before PySide6 where none is.
    from qasync import QEventLoop

    qInstallMessageHandler(_log_qt)
    app = QApplication([APP])
    app.setApplicationName(APP)
    app.setApplicationDisplayName("Webhook Inspector")
    app.setApplicationVersion(inspector.__version__)
    app.setDesktopFileName(APP)
    # Else Qt ends its loop under a coroutine that still cleans up; only `_main` returning ends it.
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        return runner.run(_main(app, options))


class _Executor(ThreadPoolExecutor):
    """Ends without waiting: a wallet that asks for its password must not hold the program."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


async def _main(app: QApplication, options: Options) -> int:
    loop = asyncio.get_running_loop()
    # First of all: qasync's own executor would leave threads of Qt behind.
    loop.set_default_executor(_Executor(_THREADS))
    quit_asked = asyncio.Event()
    _watch_signals(loop, quit_asked)
    GarbageCollector(app)
    session = Session(options)
    place = SingleWindow(session.database, app)
    try:
        try:
            await session.open()
        except InspectorError as error:
            if is_seen(app):
                await StartErrorBox(str(error)).read(quit_asked)
            raise  # for standard error and the exit status
        session.follow()
        window = MainWindow(session, Theme(app))
        window.quit_requested.connect(quit_asked.set)
        bugs = ExceptionHook(window.runner, loop)
        bugs.start()
        place.give(window)
        try:
            await _start(window, session)
            await quit_asked.wait()
        finally:
            place.leave()
            bugs.stop()
            window.end()
            await window.detail.notes.keep_all()
            await session.close()
    finally:
        await session.close()
        release_clipboard()
    return 0


def release_clipboard() -> None:
    """Replace copied data by its text, in an object that Qt made itself.

    WORKAROUND(PySide6 6.11): Qt destroys the data in the clipboard after Python has ended, and destroying
    an object made in Python calls into Python: SIGSEGV in Shiboken::Object::destroy.
    """
    clipboard = QGuiApplication.clipboard()
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        data = clipboard.mimeData(mode)
        if data is not None and shiboken6.createdByPython(data):
            clipboard.setText(data.text(), mode)


async def _start(window: MainWindow, session: Session) -> None:
    """Draw the window first; then the keyring, which may ask its user, and the port, beside each other."""
    painted = asyncio.Event()
    window.painted.connect(painted.set)
    window.show()
    with contextlib.suppress(TimeoutError):  # hidden behind another it is never painted
        async with asyncio.timeout(_FIRST_PAINT_S):
            await painted.wait()
    window.runner.run(session.load_secrets(), "load secrets")
    window.listener_commands.listen()
    for sentence in session.notices:
        window.banner.add_notice(sentence)
    for sentence in session.preferences.warnings:
        window.notify(sentence)


def _watch_signals(loop: asyncio.AbstractEventLoop, quit_asked: asyncio.Event) -> None:
    """SIGINT and SIGTERM end the program in order; a second one ends it at once."""

    def ask() -> None:
        if quit_asked.is_set():
            os._exit(0)  # as the first would have ended; what was acknowledged is on the disk
        quit_asked.set()

    if sys.platform == "win32":
        # There is no add_signal_handler; Python sees Ctrl+C when a timer of the loop comes round.
        def tick() -> None:
            loop.call_later(0.5, tick)

        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(ask))
        tick()
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """What Qt has to say goes to the log; standard error is for sentences made for the user."""
    levels: dict[Any, int] = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.DEBUG,
        QtMsgType.QtWarningMsg: logging.INFO,
    }
    log.log(levels.get(kind, logging.ERROR), "Qt: %s", message)


class GarbageCollector(QObject):
    """Takes the place of Python's automatic collection for as long as it lives.

    Python collects in whichever thread happens to make an object. A QObject in a cycle would then die in
    a thread of the executor or of the store; Qt cannot stop its timers from there, and when one is due
    it calls into freed memory (seen with PySide6 6.11.3: SIGSEGV in QTimerInfoList::activateTimers).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._collect)
        self._was_automatic = gc.isenabled()
        gc.disable()
        self._timer.start()

    def end(self) -> None:
        """Stop, and let Python collect again if it did before."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        self._ticks += 1
        if self._ticks == 1:
            # What importing and building made lives to the end: looking through it took 30 ms each time.
            gc.collect()
            gc.freeze()
        elif self._ticks % _OLD_EVERY == 0:
            gc.collect(2)
        elif self._ticks % _MIDDLE_EVERY == 0:
            gc.collect(1)
        else:
            gc.collect(0)


class ExceptionHook:
    """In force from `start` to `stop`; before and after it Python's own hooks are."""

    def __init__(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner = runner
        self._loop = loop

    def start(self) -> None:
        """Take what fails from now on."""
        sys.excepthook = self._take
        self._loop.set_exception_handler(self._take_of_loop)

    def stop(self) -> None:
        """Leave it to Python again."""
        sys.excepthook = sys.__excepthook__
        self._loop.set_exception_handler(None)

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self._runner.take_bug(error.with_traceback(trace), "a slot")
        else:
            sys.__excepthook__(kind, error, trace)

    def _take_of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._runner.take_bug(error, str(context.get("message", "a callback")))
        else:
            loop.default_exception_handler(context)


def is_seen(app: QApplication) -> bool:
    """Whether somebody sits before it: a box on Qt's offscreen platform would wait for ever."""
    return app.platformName() not in _SEEN_BY_NOBODY


class StartErrorBox(QMessageBox):
    """One sentence and a way out."""

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

    async def read(self, quit_asked: asyncio.Event) -> None:
        """Show it until it is closed, or until the program is asked to end."""
        self.finished.connect(quit_asked.set)
        self.open()
        await quit_asked.wait()
        self.hide()
        self.deleteLater()
