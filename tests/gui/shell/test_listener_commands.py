"""Listening is started and stopped, on another port if the configured one is in use."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import a_capture, an_answer
from tests.gui.conftest import deliver, was_shown
from tests.ports import free_port
from tests.store.conftest import put
from tests.waiting import until


def offered(window: MainWindow) -> list[Button]:
    """The visible buttons that listen on another port."""
    buttons = window.findChildren(Button)
    return [one for one in buttons if one.isVisible() and one.text().startswith("Listen on ")]


@pytest.mark.parametrize("is_first_start", [True, False])
async def test_a_port_in_use_is_told_with_one_button_that_listens_on_a_free_one(
    theme: Theme, tmp_path: Path, is_first_start: bool
) -> None:
    port = free_port()  # the next one, which is offered, is not a port of clients either
    with socket.create_server(("127.0.0.1", port)):
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        if not is_first_start:
            await put(session.store, a_capture(an_answer(user="eve")))
        window = MainWindow(session, theme)
        window.show()
        await until(lambda: window.frame.has_captures is not is_first_start)
        window.listener_commands.listen()
        [button] = await until(lambda: offered(window))
        assert window.first_start.isAncestorOf(button) is is_first_start
        assert window.banner.isAncestorOf(button) is not is_first_start
        sentence = window.first_start.where.text() if is_first_start else window.banner.sentence
        assert sentence == f"Port {port} is in use."
        assert window.banner.isVisible() is not is_first_start
        assert (window.bar.url.text(), window.bar.start.text()) == ("Port in use", "Start")
        if is_first_start:
            assert not any(tile.is_primary for tile in window.first_start.public.tiles.tiles)
        verb = button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await until(lambda: session.ingest.url)
        assert session.ingest.url == f"http://127.0.0.1:{verb.removeprefix('Listen on ')}/"
        await until(lambda: not offered(window))
        assert not window.banner.isVisible()
        if is_first_start:
            await until(lambda: window.first_start.where.text().startswith("Three steps connect"))
        count = window.model.rowCount()
        await deliver(session, an_answer(user="ann"), secret=None)
        await until(lambda: window.model.rowCount() == count + 1)
        window.actions_table["stop-listening"].trigger()
        await until(lambda: session.ingest.url is None)
        await until(window.actions_table["listen"].isVisible)
        window.actions_table["listen"].trigger()
        await until(lambda: session.ingest.url)
        assert session.ingest.url.endswith(f":{verb.removeprefix('Listen on ')}/"), "until the program ends"
    window.end()
    await session.close()
    window.deleteLater()


async def test_the_suggestion_of_a_port_moves_with_the_page(theme: Theme, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        session = Session(Options(database=tmp_path / "captures.db", port=taken.getsockname()[1]))
        await session.open()
        await put(session.store, a_capture(an_answer(user="eve")))
        window = MainWindow(session, theme)
        window.show()
        window.listener_commands.listen()
        await until(lambda: [window.banner.isAncestorOf(one) for one in offered(window)] == [True])
        window.actions_table["connect"].trigger()
        await until(lambda: [window.first_start.isAncestorOf(one) for one in offered(window)] == [True])
        window.first_start.back.click()
        await until(lambda: [window.banner.isAncestorOf(one) for one in offered(window)] == [True])
    window.end()
    await session.close()
    window.deleteLater()


async def test_listening_is_stopped_and_started(window: MainWindow, session: Session) -> None:
    window.actions_table["stop-listening"].trigger()
    await until(lambda: window.bar.url.text() == "Not listening")
    assert not window.actions_table["sample"].isEnabled()
    buttons = window.bar.sample, window.first_start.sample_card.button
    assert not any(button.isEnabled() for button in buttons)
    window.actions_table["listen"].trigger()
    await until(lambda: window.bar.url.text() == short_address(session.ingest.url or ""))
    await until(lambda: all(button.isEnabled() for button in buttons))


async def test_a_taken_port_is_told_in_a_banner_until_listening_works(theme: Theme, tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        await put(session.store, a_capture(an_answer(user="eve")))
        window = MainWindow(session, theme)
        window.show()
        assert window.bar.url.text() == ""
        window.listener_commands.listen()
        await until(window.banner.isVisible)
        await until(lambda: window.bar.url.text() == "Port in use")
        assert f"Port {port} is in use" in window.banner.accessibleName()
    QTest.mouseClick(window.bar.start, Qt.MouseButton.LeftButton)  # the port is free now
    await until(lambda: window.bar.url.text() == f"127.0.0.1:{port}")
    assert window.bar.start.text() == "Start"
    assert not window.banner.isVisible()
    window.end()
    await session.close()
    window.deleteLater()


async def test_saved_samples_are_sent_and_removed_in_the_menu(window: MainWindow, session: Session) -> None:
    menu = window.bar.sample_menu
    menu.aboutToShow.emit()
    assert [one.text() for one in menu.actions() if one.text()] == [
        *("Sample survey, 14 events", "Send many samples…", "Save one with Edit (E)")
    ]
    await session.samples.save("a & b", b'{"mine":1.0}')
    menu.aboutToShow.emit()
    [entry] = [one for one in menu.actions() if one.text() == "a && b"]
    entry.trigger()
    await until(lambda: session.captures.rows([1]))
    detail = await session.captures.detail(1)
    assert (detail.capture.body, detail.row.kind) == (b'{"mine":1.0}', "sample")
    await until(lambda: was_shown("Sent the sample a & b, signed with env:BLITZ_WEBHOOK_SECRET."))
    removal = menu.actions()[-1].menu()
    removal.actions()[0].trigger()
    await until(lambda: session.samples.names() == ())
