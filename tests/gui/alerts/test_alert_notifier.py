"""An alert as its user meets it: told, perhaps with a beep, and a click that leads to the capture."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from inspector.domain.query.alert import Alert
from inspector.gui.shell.main_window import MainWindow
from inspector.session import alerts
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


async def test_an_invalid_signature_is_told_in_the_window_too(window: MainWindow, session: Session) -> None:
    messages: list[str] = []
    window.status.message_changed.connect(messages.append)
    await deliver(session, an_answer(user="eve"), secret="wrong")
    [alert] = await until(
        lambda: [one for one in messages if one.startswith("Invalid today: a new capture. ")]
    )
    assert alert.startswith("Invalid today: a new capture. Answer of ")
    assert "eve" not in alert


async def test_a_click_brings_the_capture_up_though_a_filter_leaves_it_out(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: window.model.rowCount() == 2)  # before that, one row may be the first arrival
    window.filter_row.field.setText("user:bob")
    await until(lambda: window.model.rowCount() == 1)
    window.showMinimized()
    window.alert_notifier.show_capture(1)
    await until(lambda: window.list.selected_ids() == (1,))
    assert not window.isMinimized()
    assert window.filter_row.field.text() == ""


async def test_it_beeps_where_its_rule_says_so(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    beeps: list[str] = []
    monkeypatch.setattr(QApplication, "beep", staticmethod(lambda: beeps.append("beep")))
    monkeypatch.setattr(alerts, "WAIT_S", 0.0)
    await session.preferences.save("saved_filters", ["beep on user:ann"])
    await deliver(session, an_answer(user="bob"))
    await deliver(session, an_answer(user="ann"))
    await until(lambda: beeps)
    assert beeps == ["beep"]


async def test_a_masked_screen_tells_no_details(window: MainWindow, session: Session) -> None:
    messages: list[str] = []
    window.status.message_changed.connect(messages.append)
    window.actions_table["mask"].trigger()
    session.alerts.raised.emit(Alert(title="Invalid signature", said="Answer of Checkout", capture_id=1))
    hidden = "Invalid signature. Details are hidden while the screen is masked."
    await until(lambda: hidden in messages)
