"""The first five minutes: three steps, each with its tick once it has happened, and a sample."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from inspector.domain.capture.rows import VerdictTotals
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_dialogs import AddressDialog
from inspector.gui.public_address.address_view import AddressView
from inspector.gui.public_address.tiles import PASTE
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.session.tunnels import StateWord, TunnelState
from inspector.settings.keyring import no_keyring
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one


def states(page: FirstStart) -> list[str]:
    """What a screen reader says of each number."""
    return [step.number.accessibleName().partition(", ")[2] for step in page.steps]


def shown(page: FirstStart) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


def statuses(page: FirstStart) -> list[str]:
    return [step.status.text() for step in page.steps]


def view(word: StateWord, **facts: Any) -> AddressView:
    """An address with a tunnel in this state."""
    state = TunnelState(word=word, kind="cloudflared", url="https://example.test", **facts)
    return AddressView(address="https://example.test/in/x", state=state, now_ms=0)


@pytest.fixture
def page(theme: Theme, window: MainWindow) -> FirstStart:
    """The page of a window without secrets."""
    page = FirstStart(theme, Actions(theme, window), window)
    page.show_totals(VerdictTotals())
    return page


async def test_the_steps_move_on_as_they_happen(page: FirstStart) -> None:
    assert states(page) == ["next", "waiting", "waiting"]
    assert statuses(page) == ["no tunnel yet", "no secret yet", "no delivery yet"]
    page.show_view(view("starting"))
    assert states(page) == ["next", "next", "waiting"], "an address that is not proved is not done"
    page.show_view(view("reachable", round_trip_ms=42.4))
    assert states(page) == ["done", "next", "waiting"]
    assert statuses(page)[0] == "round trip 42 ms"
    page.show_secrets(True, None)
    assert states(page) == ["done", "done", "next"]
    page.show_totals(VerdictTotals(total=1, invalid=1))
    assert states(page) == ["done", "done", "next"]
    assert statuses(page)[1:] == ["secret is active", "1 invalid, none valid yet"]
    page.show_totals(VerdictTotals(total=2, invalid=1, valid=1))
    assert states(page) == ["done", "done", "done"]
    assert statuses(page)[2] == "first valid signature"
    assert page.title.text() == "Blitzllama is connected"


async def test_return_presses_the_button_that_has_the_focus(window: MainWindow) -> None:
    QTest.keyClick(window.first_start.public.tiles.tile(PASTE), Qt.Key.Key_Return)
    await until(lambda: window.findChildren(AddressDialog))
    dialog = window.findChildren(AddressDialog)[-1]
    await until(dialog.field.hasFocus)
    dialog.reject()


async def test_tab_leads_through_its_controls_alone(window: MainWindow) -> None:
    page = window.first_start
    seen: list[QWidget] = []
    for _ in range(40):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        here = window.focusWidget()
        if here is page or page.isAncestorOf(here):
            seen.append(here)
    assert page not in seen
    assert {page.public.tiles.tile(PASTE), page.sample_card.button} <= set(seen)


async def test_once_it_is_connected_it_says_nothing_that_has_passed(
    window: MainWindow, session: Session
) -> None:
    page = window.first_start
    assert "Nothing to connect yet?" in shown(page)
    assert (
        page.where.text()
        == "Three steps connect Blitzllama to this machine. Nothing leaves it unless you send it."
    )
    await deliver(session, an_answer(), secret="another")
    await until(window.list.isVisible)
    window.actions_table["connect"].trigger()
    await until(lambda: page.title.text() == "Waiting for the first valid signature")
    assert "Nothing to connect yet?" not in shown(page), "something is connected"
    assert page.where.text().startswith("Three steps connect Blitzllama")
    await deliver(session, an_answer())
    await until(lambda: page.title.text() == "Blitzllama is connected")
    assert page.where.text() == "Valid deliveries are arriving."
    await session.stop_listening()
    await until(lambda: page.where.text() == "Not listening. Start listening in the bar above.")


async def test_a_tunnel_that_is_down_takes_its_tick_back(page: FirstStart) -> None:
    page.show_secrets(True, None)
    page.show_listening("http://127.0.0.1:8787")
    page.show_view(view("reachable", round_trip_ms=42))
    page.show_totals(VerdictTotals(total=1, valid=1))
    assert states(page) == ["done", "done", "done"]
    assert page.title.text() == "Blitzllama is connected"
    for word in ("unreachable", "restarting", "stopped"):
        page.show_view(view(word))  # type: ignore[arg-type]
        assert states(page) == ["next", "done", "done"]
        assert page.title.text() == "Blitzllama was connected"
        assert page.where.text().endswith("Now the public address does not lead here.")


async def test_a_long_start_says_what_stands_in_the_way(page: FirstStart) -> None:
    facts = {"since_ms": 1_000, "problem": "The public address responded with 502."}
    page.show_view(
        replace(view("starting"), address=None, state=TunnelState(word="starting", kind="cloudflared"))
    )
    assert page.public.proof.text().startswith("Waiting for the URL of the tunnel.")
    early, late = (replace(view("starting", **facts), now_ms=now) for now in (4_000, 20_000))
    page.show_view(early)
    assert page.public.proof.text().startswith("Waiting for the first test request")
    page.show_view(late)
    assert page.public.proof.text() == "Not reachable yet. The public address responded with 502."


async def test_a_sample_is_no_delivery(page: FirstStart) -> None:
    told: list[str] = []
    page.message_posted.connect(told.append)
    page.show_totals(VerdictTotals(total=5, samples=5))
    assert statuses(page)[2] == "no delivery yet"
    assert told == []


async def test_what_happens_for_the_first_time_is_told_once(page: FirstStart) -> None:
    told: list[str] = []
    page.message_posted.connect(told.append)
    for figures in (
        VerdictTotals(total=1, invalid=1),
        VerdictTotals(total=2, invalid=2),
        VerdictTotals(total=3, invalid=2, valid=1),
        VerdictTotals(total=4, invalid=2, valid=2),
        VerdictTotals(),  # cleared
        VerdictTotals(total=4, invalid=2, valid=2),  # and given back
    ):
        page.show_totals(figures)
    assert told == ["First delivery received.", "First valid signature: Blitzllama is connected."]


async def test_the_address_is_copied_from_both_of_its_steps(window: MainWindow, session: Session) -> None:
    page, clipboard = window.first_start, QGuiApplication.clipboard()
    assert not page.copy_address.isEnabled()
    await session.address.set("https://example.test/x")
    await until(page.copy_address.isEnabled)
    assert page.public.code.text == "https://example.test/x"
    for button in (page.copy_address, page.public.copy):
        clipboard.clear()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert clipboard.text() == "https://example.test/x"
    assert page.copy_address.shown_text == "Copied"


async def test_a_sample_shows_everything_alive_within_five_seconds(
    window: MainWindow, session: Session
) -> None:
    started = time.process_time()
    window.actions_table["sample"].trigger()
    await until(lambda: window.list.isVisible() and window.model.rowCount() > 5)
    await until(lambda: session.groups.behind == 0 and window.survey_model.rowCount() > 2)
    assert time.process_time() - started < 5


async def test_the_steps_can_be_looked_at_again_with_their_ticks(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer())
    await until(window.list.isVisible)
    window.actions_table["connect"].trigger()
    assert window.first_start.isVisible()
    await until(lambda: states(window.first_start)[1:] == ["done", "done"])
    await deliver(session, an_answer(user="another"))
    await until(lambda: window.model.rowCount() == 2)
    assert window.first_start.isVisible(), "it stays until its user goes"
    window.first_start.back.click()
    assert window.list.isVisible()


async def test_a_generated_secret_can_be_copied_until_the_first_valid_delivery(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET", raising=False)
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    await session.load_secrets()
    await session.listen()
    window = MainWindow(session, theme)
    window.show()
    page, clipboard = window.first_start, QGuiApplication.clipboard()
    copy = window.actions_table["copy-secret"]
    assert not copy.isEnabled()
    assert not page.copy_secret.isEnabled()
    QTest.mouseClick(page.generate, Qt.MouseButton.LeftButton)
    copied = clipboard.text()
    await until(page.copy_secret.isEnabled)
    assert not page.generate.isVisible()
    assert window.focusWidget() is page.copy_secret, "the button of the secret is gone"
    [secret] = session.secrets.active
    assert copied == secret.text, "one click makes, uses and copies it"
    clipboard.clear()
    QTest.mouseClick(page.copy_secret, Qt.MouseButton.LeftButton)
    assert clipboard.text() == secret.text
    assert page.copy_secret.shown_text == "Copied"
    menu = window.bar.secrets_menu
    menu.fill(session.secrets.names(), None)
    assert copy in menu.actions()
    clipboard.clear()
    await deliver(session, an_answer(), secret="another")
    await until(lambda: window.model.rowCount() == 1)
    copy.trigger()
    assert clipboard.text() == secret.text, "the sender does not sign with it yet"
    await deliver(session, an_answer(user="ann"), secret=secret.text)
    await until(lambda: not copy.isEnabled())
    menu.fill(session.secrets.names(), None)
    assert copy not in menu.actions()
    window.actions_table["connect"].trigger()
    await until(lambda: not page.copy_secret.isEnabled())
    window.end()
    await session.close()
    window.deleteLater()


async def test_it_says_why_a_secret_is_not_saved_and_what_to_do_instead(page: FirstStart) -> None:
    page.show_secrets(False, no_keyring())
    assert no_keyring() in page.steps[1].text.text()
    page.show_secrets(False, "The keyring (KWallet) reported: locked. Unlock it and try again.")
    assert page.steps[1].text.text().endswith("reported: locked. Unlock it and try again.")
    page.show_secrets(False, None)
    assert page.steps[1].text.text().endswith("Saved in the system keyring.")


async def test_nothing_captured_shows_the_first_steps(window: MainWindow, session: Session) -> None:
    assert window.first_start.isVisible()
    assert not window.list.isVisible()
    await session.address.set("https://example.test/x")
    await until(lambda: window.first_start.public.field.text() == "https://example.test/x")
    assert window.actions_table["copy-public"].isEnabled()
