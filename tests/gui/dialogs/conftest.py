"""A window for dialogs to belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from inspector.session.session import Session

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Qt's offscreen platform warns of each window that has a least size."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture
async def window(session: Session) -> AsyncIterator[QWidget]:
    """A plain window; what it opened is gone with it."""
    window = QWidget()
    window.resize(900, 600)
    window.show()
    yield window
    window.hide()
    await session.close()
    window.deleteLater()
