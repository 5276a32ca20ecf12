"""What the window says while nothing new is trusted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, SECRET_TEXT, signature
from tests.session.conftest import post
from tests.waiting import evaluated, until


async def test_a_banner_says_that_the_secret_of_the_file_is_missing(
    session: Session, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    await session.close()
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    without = Session(Options(database=session.database, port=0))
    await without.open()
    window = MainWindow(without, theme)
    window.show()
    await without.listen()
    await until(window.banner.isVisible)
    assert "New captures are not trusted, and forwards are on hold." in window.banner.accessibleName()
    await without.secrets.add("dashboard", SECRET_TEXT, save=False)
    await until(lambda: not window.banner.isVisible())
    window.end()
    await without.close()
    window.deleteLater()


async def test_after_a_start_with_another_secret_the_status_bar_offers_to_re_verify(
    session: Session, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await session.listen()
    await post(url, ANSWER, (b"x-webhook-signature", signature(ANSWER, "another secret")))
    await evaluated(session)
    await session.close()
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "another secret")
    later = Session(Options(database=session.database, port=0))
    await later.open()
    window = MainWindow(later, theme)
    window.show()
    await later.listen()
    await until(window.checking.isVisible)
    [link] = window.checking.findChildren(Link)
    assert link.accessibleName() == "Re-verify all captures with the current secrets"
    assert later.captures.rows([1])[1].shown == "invalid"
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    await until(lambda: later.captures.rows([1])[1].shown, lambda shown: shown == "valid")
    await until(lambda: not window.checking.isVisible())
    window.end()
    await later.close()
    window.deleteLater()


async def test_after_a_change_of_the_secrets_captures_are_re_verified_at_once(
    window: MainWindow, session: Session
) -> None:
    assert session.ingest.url is not None
    signed = (b"x-webhook-signature", signature(ANSWER, "another secret"))
    await post(session.ingest.url, ANSWER, signed)
    await evaluated(session)
    await session.secrets.add("dashboard", "another secret", save=False)
    await until(lambda: session.captures.rows([1])[1].shown, lambda shown: shown == "valid")
    await until(lambda: not window.checking.isVisible())
