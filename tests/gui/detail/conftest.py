"""A pane of its own on a real session, and a watch on the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from inspector.domain.signature.evaluation import evaluate
from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_secret
from tests.waiting import until


@pytest.fixture
async def pane(session: Session, theme: Theme) -> AsyncIterator[DetailPane]:
    """The detail pane, shown in the size it has in a window of 1440 by 900."""
    window = QWidget()
    pane = DetailPane(session, theme, Actions(theme, window), window)
    pane.resize(528, 760)
    window.resize(528, 760)
    window.show()
    yield pane
    window.hide()
    for timer in pane.findChildren(QTimer):
        timer.stop()  # as the main window does at its end
        timer.blockSignals(True)
    await session.close()
    window.deleteLater()


async def put(session: Session, body: bytes, **changes: object) -> int:
    """Keep one capture as if it had been received, judged under the tests' secret, and wait for its group."""
    capture = a_capture(body, **changes)
    stored = await session.store.append(
        new_capture(capture, evaluate(capture, [a_secret()], is_secret_on_file=False))
    )
    await until(lambda: session.groups.behind == 0)
    # What the follower announced before this write has been handed to the loop before its end.
    await session.store.write(lambda connection: None)
    return stored


def tab_name(pane: DetailPane, label: str) -> str:
    """Return the name of a tab with its count or badge, as a screen reader gets it."""
    labels = [pane.strip.tabText(tab) for tab in range(pane.strip.count())]
    return pane.strip.accessibleTabName(labels.index(label))
