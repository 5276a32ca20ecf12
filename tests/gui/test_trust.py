"""What the window says while nothing new is trusted."""

from __future__ import annotations

import pytest

from inspector.gui.main_window import MainWindow
from inspector.gui.theme import Theme
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import SECRET_TEXT
from tests.waiting import until


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
