"""The dialog for the public address keeps exactly what was pasted, and tells what is no address."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_dialogs import AddressDialog
from inspector.session.session import Session
from tests.waiting import until


@pytest.fixture(autouse=True)
def _empty_clipboard() -> None:
    """A copied address would be suggested."""
    QGuiApplication.clipboard().clear()


async def test_a_copied_address_is_suggested(session: Session, theme: Theme, plain_window: QWidget) -> None:
    for copied, suggested in (
        (" https://quiet-river.example/hook\n", "https://quiet-river.example/hook"),
        ("https://quiet-river.example/ and more", ""),
        ("BLITZ_WEBHOOK_SECRET=x", ""),
    ):
        QGuiApplication.clipboard().setText(copied)
        dialog = AddressDialog(session, theme, plain_window)
        dialog.open()
        assert dialog.field.text() == suggested
        dialog.reject()


async def test_an_address_is_kept_as_it_was_pasted(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = AddressDialog(session, theme, plain_window)
    dialog.open()
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    assert not dialog.verb.isEnabled()
    dialog.field.setText("https://Quiet-River.example/hook?A=1")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: closed)
    assert session.address.text == "https://Quiet-River.example/hook?A=1"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        (" https://x.example/", "https://x.example/"),
        ("https://x.example/\n", "https://x.example/"),
        ("\tx.example/hook\r\n", "https://x.example/hook"),
        ("x.example", "https://x.example"),
        ("http://x.example/", "http://x.example/"),
    ],
)
async def test_what_a_terminal_adds_to_an_address_is_removed(
    session: Session, theme: Theme, plain_window: QWidget, pasted: str, kept: str
) -> None:
    dialog = AddressDialog(session, theme, plain_window)
    dialog.open()
    QGuiApplication.clipboard().setText(pasted)
    QTest.keyClick(dialog.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: session.address.text == kept)


async def test_what_is_no_address_is_told_and_can_be_mended(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = AddressDialog(session, theme, plain_window)
    dialog.open()
    for text, why in (("quiet river", "is not a public address"), ("https://quiet river/", "a space")):
        dialog.field.setText(text)
        dialog.verb.click()
        await until(dialog.error.isVisible)
        assert why in dialog.error.text()
    assert session.address.text is None
    assert dialog.verb.isEnabled()
    dialog.field.setText("https://quiet.example/")
    assert not dialog.error.isVisible()
    dialog.reject()


async def test_escape_leaves_everything_as_it_was(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.address.set("https://before.example/")
    dialog = AddressDialog(session, theme, plain_window)
    dialog.open()
    assert dialog.field.text() == "https://before.example/"
    dialog.field.setText("https://after.example/")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert session.address.text == "https://before.example/"
