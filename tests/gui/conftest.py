"""What the tests of the window stand on: Qt offscreen, one loop for it and asyncio, a real session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
import pytestqt.plugin
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from inspector.gui.kit.theme import Theme
from inspector.gui.shell.app import release_clipboard
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, signature
from tests.new_file import a_new_file
from tests.waiting import evaluated, until

# WORKAROUND(pytest-qt 4.5): between a fixture and its test it handles Qt's events, and with them steps of
# tasks whose loop is not running at that moment, which then fail. Here the loop itself handles them.
pytestqt.plugin._process_events = lambda: None

T = TypeVar("T")

_HERE = Path(__file__).parent

_messages: list[str] = []
_ended: list[QWidget] = []
"""Windows that are deleted once their session is closed, as in the program: their tasks end with it."""


def was_shown(text: str) -> bool:
    """Return whether a message with this text was shown in the status bar of the fixture `window`.

    The message that is shown now can already be another one: the first delivery, for example, posts its own.
    """
    return any(text in message for message in _messages)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in here needs Qt."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.gui)
            if "plain_window" in getattr(item, "fixturenames", ()):
                # Qt’s offscreen platform warns of minimum sizes and of windows that are brought to the front.
                item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A coroutine in here runs as the window does: on Qt's own loop."""
    return {"qt": _qt_loop}


class _Loop(QEventLoop):  # type: ignore[misc]
    """Stops between a fixture and its test, as asyncio's own loop does."""

    def run_until_complete(self, future: Awaitable[T]) -> T:
        # WORKAROUND(qasync 0.28): it handles Qt's events once more after the loop has stopped, and with
        # them steps of tasks that find no running loop.
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(self._stop)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(self._stop)
        return task.result()

    def _stop(self, _: object) -> None:
        self.stop()


def _qt_loop() -> asyncio.AbstractEventLoop:
    app = QApplication.instance()
    assert app is not None, "the fixture qapp makes it"
    loop: asyncio.AbstractEventLoop = _Loop(app)
    loop.set_default_executor(ThreadPoolExecutor(2))  # qasync's own leaves threads of Qt behind
    return loop


@pytest.fixture(autouse=True)
def _application(qapp: QApplication) -> Iterator[QApplication]:
    """As the program has it: closing a window does not end Qt's loop.

    A theme reads the text size of the system from the application, so no test leaves its own there.
    """
    qapp.setQuitOnLastWindowClosed(False)
    font, palette = qapp.font(), qapp.palette()
    yield qapp
    release_clipboard()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme."""
    theme = Theme(qapp)
    theme.force(False)
    yield theme
    theme.deleteLater()


@pytest.fixture
async def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """A real session on a file of its own, listening, with the samples' secret in its environment."""
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)
    # The internet is not asked for the addresses that tests set.
    settings = (("test_address", "false"),)
    session = Session(Options(database=a_new_file(tmp_path / "captures.db"), port=0, settings=settings))
    await session.open()
    await session.listen()
    yield session
    await session.close()
    while _ended:
        _ended.pop().deleteLater()


def end(window: MainWindow) -> None:
    """End a window of the fixture `session` that is not the fixture `window`."""
    window.end()
    _ended.append(window)


@pytest.fixture
async def window(session: Session, theme: Theme) -> AsyncIterator[MainWindow]:
    """The whole window on that session, shown."""
    window = MainWindow(session, theme)
    _messages.clear()
    window.status.message_changed.connect(_messages.append)
    window.resize(1440, 900)  # the screen of the offscreen platform is smaller
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)  # before that no shortcut works
    yield window
    window.end()
    await session.close()
    window.deleteLater()


@pytest.fixture
async def plain_window(session: Session) -> AsyncIterator[QWidget]:
    """An empty window that dialogs can belong to; they are gone with it."""
    window = QWidget()
    window.resize(900, 600)
    window.show()
    yield window
    window.hide()
    await session.close()
    window.deleteLater()


async def at_rest(*names: str) -> None:
    """Let the loop run until no task of these names is left, and what one had to tell is told."""
    await until(
        lambda: [name for name in map(asyncio.Task.get_name, asyncio.all_tasks()) if name in names],
        lambda left: not left,
    )
    told = asyncio.Event()
    QTimer.singleShot(0, told.set)
    await told.wait()


async def deliver(
    session: Session, *bodies: bytes, secret: str | None = SECRET_TEXT, target: bytes = b"/"
) -> None:
    """Send bodies to the session's listener over one socket, signed unless `secret` is None.

    Then wait until they are evaluated.
    """
    assert session.ingest.url is not None
    host, _, port = session.ingest.url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for body in bodies:
        signed = b"" if secret is None else b"x-webhook-signature: %b\r\n" % signature(body, secret)
        head = b"POST %b HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n%b\r\n" % (target, len(body), signed)
        writer.write(head + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    await evaluated(session)
