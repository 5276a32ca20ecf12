"""The bar shows where the program listens, and which secret is active."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.waiting import until


async def test_the_public_address_is_copied_by_a_key_with_modifiers(
    window: MainWindow, session: Session
) -> None:
    await session.address.set("https://example.test/x")
    await until(window.actions_table["copy-public"].isEnabled)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_C, modifiers)
    assert QGuiApplication.clipboard().text() == "https://example.test/x"


async def test_addresses_are_copied_exactly(window: MainWindow, session: Session) -> None:
    pasted = "https://Example.test/Hook?x=1&y=%20"
    await session.address.set(pasted)
    await until(lambda: window.bar.public.address.text() == pasted)
    window.actions_table["copy-public"].trigger()
    assert QGuiApplication.clipboard().text() == pasted
    window.actions_table["copy-local"].trigger()
    assert QGuiApplication.clipboard().text() == session.ingest.url


async def test_a_copy_button_of_the_bar_shows_a_tick_for_a_while(
    window: MainWindow, session: Session
) -> None:
    button = window.bar.copy_url
    before = button.grab().toImage()
    button.click()
    assert QGuiApplication.clipboard().text() == session.ingest.url
    assert button.accessibleDescription() == "Copied"
    assert button.grab().toImage() != before
    await until(lambda: button.accessibleDescription() == "")
    assert button.grab().toImage() == before


async def test_a_secret_is_switched_in_the_bar(window: MainWindow, session: Session) -> None:
    name = "env:BLITZ_WEBHOOK_SECRET"
    assert window.bar.secret_button.text() == name
    window.bar.secrets_menu.switched.emit(name, False)
    await until(lambda: window.bar.secret_button.text() == "None active")
    window.first_start.secret_entered.emit(" with space ", False)
    await until(lambda: window.bar.secret_button.text() == "dashboard")
    assert session.secrets.active[0].text == " with space "
