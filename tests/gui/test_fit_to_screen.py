"""No dialog is larger than the screen, with text of any size, and its buttons are always in sight."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog

from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.compare.window import CompareWindow
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.log import LogDialog
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one


@pytest.fixture(params=[13, 20], ids=["100 %", "150 %"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Theme]:
    """Text as large as the window is drawn for, and half as large again."""
    font = qapp.font()
    font.setPixelSize(request.param)
    qapp.setFont(font)
    theme = Theme(qapp)
    theme.force(False)
    yield theme
    theme.deleteLater()


async def two(window: MainWindow, session: Session) -> None:
    """Two captures, with a long text each."""
    words = "It was slow at first, and then it was not. " * 60
    await deliver(session, an_answer(words, question="q-2", order=2), a_completion(words, "9"))
    await until(lambda: window.model.rowCount() == 2 and session.groups.behind == 0)


async def is_within(dialog: QDialog, foot: str) -> None:
    """The dialog is on the screen with all its buttons."""
    await until(dialog.isVisible)
    await until(lambda: any(one.text() == foot for one in buttons(dialog)))
    room = dialog.screen().availableGeometry().size()
    assert dialog.width() <= room.width()
    assert dialog.height() < room.height()
    [button] = [one for one in buttons(dialog) if one.text() == foot]
    place = button.mapTo(dialog, button.rect().bottomRight())
    assert dialog.rect().contains(place)
    assert button.visibleRegion().boundingRect() == button.rect()


def buttons(dialog: QDialog) -> list[QAbstractButton]:
    return [one for one in dialog.findChildren(QAbstractButton) if one.isVisible()]


async def test_compare(window: MainWindow, session: Session) -> None:
    await two(window, session)
    window.detail.compare_requested.emit((1, 2))
    await until(lambda: any(one.model.lines for one in window.findChildren(CompareWindow)))
    [dialog] = window.findChildren(CompareWindow)
    await is_within(dialog, "Close")


async def test_edit(window: MainWindow, session: Session, theme: Theme) -> None:
    await two(window, session)
    dialog = EditDialog(session, theme, 1, window)
    dialog.show()
    await until(dialog.fields.body_text)
    await is_within(dialog, "Replay edited")
    await is_within(dialog, "Close")


async def test_replay(window: MainWindow, session: Session, theme: Theme) -> None:
    await two(window, session)
    dialog = ReplayDialog(session, theme, (1, 2), window)
    dialog.show()
    await is_within(dialog, "Replay 2")
    await is_within(dialog, "Close")


async def test_check(window: MainWindow, session: Session, theme: Theme) -> None:
    dialog = CheckDialog(session, theme, window)
    dialog.show()
    await is_within(dialog, "Close")


async def test_settings(window: MainWindow, session: Session, theme: Theme) -> None:
    dialog = SettingsDialog(session, theme, window.action, window.screen_mask, window)
    dialog.show()
    await is_within(dialog, "Close")


async def test_the_log(window: MainWindow, session: Session, theme: Theme) -> None:
    dialog = LogDialog(session, theme, [], window)
    dialog.show()
    await is_within(dialog, "Close")


async def test_a_secret_whose_name_has_no_room_is_shortened(
    window: MainWindow, session: Session, theme: Theme
) -> None:
    dialog = CheckDialog(session, theme, window)
    dialog.show()
    await until(lambda: dialog.fields.secret.count())
    name = "env:BLITZ_WEBHOOK_SECRET"
    dialog.fields.secret.setFixedWidth(theme.px(400))
    dialog.fields.secret.grab()
    assert (dialog.fields.secret.shown_text, dialog.fields.secret.toolTip()) == (name, "")
    dialog.fields.secret.setFixedWidth(theme.px(120))
    dialog.fields.secret.grab()
    first, _, last = dialog.fields.secret.shown_text.partition("…")
    assert name.startswith(first)
    assert name.endswith(last)
    assert name in dialog.fields.secret.toolTip()
