"""Listening is started and stopped, on another port if the configured one is in use."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until


async def test_a_port_in_use_is_told_with_a_button_that_listens_on_a_free_one(
    theme: Theme, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        window = MainWindow(session, theme)
        window.show()
        window.listener_commands.listen()
        await until(window.banner.button.isVisible)
        assert window.banner.sentence == f"Port {port} is in use."
        verb = window.banner.button.text()
        assert verb.startswith("Listen on ")
        window.banner.button.click()
        await until(lambda: session.ingest.url)
        assert session.ingest.url == f"http://127.0.0.1:{verb.removeprefix('Listen on ')}/"
        assert not window.banner.isVisible()
        await deliver(session, an_answer(user="ann"), secret=None)
        await until(lambda: window.model.rowCount() == 1)
        window.actions_table["stop-listening"].trigger()
        await until(lambda: session.ingest.url is None)
        window.actions_table["listen"].trigger()
        await until(lambda: session.ingest.url)
        assert session.ingest.url.endswith(f":{verb.removeprefix('Listen on ')}/"), "until the program ends"
    window.end()
    await session.close()
    window.deleteLater()


@pytest.mark.parametrize("place", ["bar", "first_start"])
async def test_a_taken_port_is_left_in_one_click_from_the_bar_and_from_the_first_page(
    theme: Theme, tmp_path: Path, place: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        window = MainWindow(session, theme)
        window.show()
        window.listener_commands.listen()
        button = window.bar.start if place == "bar" else window.first_start.elsewhere
        await until(lambda: button.isVisible() and button.text().startswith("Listen on "))
        assert window.first_start.where.text() == f"Port {port} is in use."
        assert not any(tile.is_primary for tile in window.first_start.public.tiles.tiles)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await until(lambda: session.ingest.url)
        await until(lambda: window.first_start.where.text().startswith("Three steps connect"))
        assert not window.first_start.elsewhere.isVisible()
    window.end()
    await session.close()
    window.deleteLater()


async def test_listening_is_stopped_and_started(window: MainWindow, session: Session) -> None:
    window.actions_table["stop-listening"].trigger()
    await until(lambda: window.bar.url.text() == "Not listening")
    assert not window.actions_table["sample"].isEnabled()
    window.actions_table["listen"].trigger()
    await until(lambda: window.bar.url.text() == short_address(session.ingest.url or ""))


async def test_a_taken_port_is_told_in_a_banner_until_listening_works(theme: Theme, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        window = MainWindow(session, theme)
        window.show()
        assert window.bar.url.text() == ""
        window.listener_commands.listen()
        await until(window.banner.isVisible)
        await until(lambda: window.bar.url.text() == "Port in use")
        assert window.bar.start.text().startswith("Listen on ")
        assert f"Port {port} is in use" in window.banner.accessibleName()
    window.actions_table["listen"].trigger()
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
        *("Sample survey, 14 events", "Save one with Edit (E)")
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
