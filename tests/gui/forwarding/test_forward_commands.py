"""Forwarding from the window: the bar's part, its menu, and the dialog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QMenu

from inspector.gui.forwarding.forward_cell import ForwardCell, mark, sentence
from inspector.gui.forwarding.forward_dialog import ForwardDialog
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.forwards import ForwardRow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, SECRET_TEXT, an_answer
from tests.gui.conftest import deliver
from tests.gui.kit.test_theme import contrast
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@asynccontextmanager
async def a_receiver() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A back end that takes everything: its URL, and the bodies."""
    took: list[bytes] = []
    open_ones: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                took.append(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", took
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0.02)


def the_button(cell: ForwardCell) -> Button:
    [button] = cell.findChildren(Button)
    return button


def the_box(cell: ForwardCell) -> QCheckBox:
    [box] = cell.findChildren(QCheckBox)
    return box


def the_dialog(window: MainWindow) -> ForwardDialog:
    return window.findChildren(ForwardDialog)[-1]


def choose(menu: QMenu, text: str) -> None:
    """As a click on an entry of the menu does."""
    [action] = [one for one in menu.actions() if one.text() == text]
    assert action.isEnabled(), text
    action.trigger()


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def a_row(**changes: object) -> ForwardRow:
    values: dict[str, object] = {
        "id": 1,
        "url": "http://localhost:3000/hook",
        "place": "localhost:3000/hook",
        "rule": "",
        "takes": "trusted POSTs",
        "relays": False,
        "is_for_run": False,
        "state": "on",
        "trouble": None,
        "again_ms": 0,
        "waiting": 0,
        "failed": 0,
        "delivered": 0,
        "resumed": 0,
    }
    return ForwardRow(**{**values, **changes})  # type: ignore[arg-type]


async def test_it_begins_with_nowhere_and_one_action_asks_where_to(
    window: MainWindow, session: Session
) -> None:
    cell = window.bar.forwarding
    assert the_button(cell).accessibleName() == "Forwards to Nowhere yet"
    assert not the_box(cell).isVisible()
    QTest.mouseClick(the_button(cell), Qt.MouseButton.LeftButton)
    assert texts(cell.menu) == ["Forward to…"]
    choose(cell.menu, "Forward to…")
    cell.menu.close()
    async with a_receiver() as (url, took):
        dialog = the_dialog(window)
        assert not dialog.verb.isEnabled()
        dialog.target.setText(url)
        dialog.rule.setText("event:answer")
        dialog.verb.click()
        await until(session.forwards.rows)
        await until(lambda: the_button(cell).text().startswith("127.0.0.1:"))
        assert the_box(cell).isChecked()
        await deliver(session, ANSWER)
        await until(lambda: took == [ANSWER])
        await session.forwards.deliver_all(5)


async def test_a_mistaken_filter_cannot_be_used_and_says_so(window: MainWindow) -> None:
    window.actions_table["forward-to"].trigger()
    dialog = the_dialog(window)
    dialog.target.setText("http://localhost:3000/")
    assert dialog.verb.isEnabled()
    dialog.rule.setText("is:nothing")
    assert not dialog.verb.isEnabled()
    dialog.rule.setText("is:pinned")
    assert dialog.verb.isEnabled()
    dialog.reject()


async def test_a_host_beyond_this_machine_is_asked_about_once(window: MainWindow, session: Session) -> None:
    window.actions_table["forward-to"].trigger()
    dialog = the_dialog(window)
    dialog.target.setText("http://192.0.2.1:1/")
    dialog.verb.click()
    await until(dialog.question.isVisible)
    assert dialog.verb.text() == "Allow 192.0.2.1 and forward"
    assert session.forwards.rows() == ()
    dialog.target.setText("http://192.0.2.2:1/")
    assert dialog.question.isHidden()
    assert dialog.verb.text() == "Forward"
    dialog.target.setText("http://192.0.2.1:1/")
    dialog.verb.click()
    await until(dialog.question.isVisible)
    dialog.verb.click()
    await until(session.forwards.rows)
    assert session.hosts.names == ("192.0.2.1",)


async def test_a_target_that_is_this_listener_is_told_in_the_dialog(
    window: MainWindow, session: Session
) -> None:
    window.actions_table["forward-to"].trigger()
    dialog = the_dialog(window)
    dialog.target.setText(session.ingest.url or "")
    dialog.verb.click()
    await until(dialog.error.isVisible)
    assert "is this listener, so" in dialog.error.text()
    dialog.reject()


async def test_the_box_pauses_and_goes_on_and_the_menu_catches_up(
    window: MainWindow, session: Session
) -> None:
    cell = window.bar.forwarding
    async with a_receiver() as (url, took):
        await session.forwards.add(url)
        await until(lambda: the_box(cell).isVisible())
        the_box(cell).click()
        await until(lambda: session.forwards.rows()[0].state == "paused")
        await until(lambda: not the_box(cell).isChecked())
        assert the_button(cell).accessibleName().endswith(", paused")
        await deliver(session, ANSWER)
        cell.menu.fill(session.forwards.rows())
        [catch_up] = [one for one in cell.menu.actions() if one.text().startswith("Catch up")]
        assert not catch_up.isEnabled()
        the_box(cell).click()
        await until(lambda: session.forwards.rows()[0].state == "on")
        cell.menu.fill(session.forwards.rows())
        choose(cell.menu, "Catch up on missed captures")
        await until(lambda: took == [ANSWER])
        await session.forwards.deliver_all(5)


async def test_the_capture_that_is_shown_learns_of_its_attempts(window: MainWindow, session: Session) -> None:
    async with a_receiver() as (url, _):
        await session.forwards.add(url)
        await session.forwards.pause(1)
        await deliver(session, ANSWER)
        await until(lambda: window.model.rowCount() == 1)
        window.list.select_capture(1)
        await session.forwards.resume(1)
        await session.forwards.catch_up(1)
        strip = window.detail.strip
        await until(lambda: strip.accessibleTabName(4) == "Attempts, 1")


async def test_the_menu_changes_the_rule_and_who_waits(window: MainWindow, session: Session) -> None:
    cell = window.bar.forwarding
    await session.forwards.add("http://127.0.0.1:9/")
    cell.menu.fill(session.forwards.rows())
    choose(cell.menu, "Relay responses to senders")
    await until(lambda: session.forwards.rows()[0].relays)
    cell.menu.fill(session.forwards.rows())
    choose(cell.menu, "Change filter…")
    dialog = the_dialog(window)
    assert dialog.target.isReadOnly()
    assert dialog.relays.isChecked()
    dialog.rule.setText("survey:nps")
    dialog.verb.click()
    await until(lambda: session.forwards.rows()[0].rule == "survey:nps")
    cell.menu.fill(session.forwards.rows())
    assert texts(cell.menu)[0] == "Forwards trusted POSTs: survey:nps"
    choose(cell.menu, "Relay responses to senders")
    await until(lambda: not session.forwards.rows()[0].relays)


async def test_removing_asks_where_something_did_not_arrive(window: MainWindow, session: Session) -> None:
    await session.forwards.add("http://127.0.0.1:9/")
    await deliver(session, ANSWER)
    await until(lambda: session.forwards.rows()[0].waiting == 1)
    window.forward_commands.do("remove", 1)
    [question] = window.findChildren(ConfirmDialog)
    said = "\n".join(one.text() for one in question.findChildren(QLabel))
    assert "1 capture did not reach 127.0.0.1:9" in said
    question.cancel.click()
    await until(lambda: not window.findChildren(ConfirmDialog))
    assert len(session.forwards.rows()) == 1
    window.forward_commands.do("remove", 1)
    [question] = window.findChildren(ConfirmDialog)
    assert question.verb.text() == "Remove forward"
    question.verb.click()
    await until(lambda: session.forwards.rows() == ())


async def test_several_have_a_menu_each_and_trouble_is_named_in_the_bar(
    window: MainWindow, session: Session
) -> None:
    cell = window.bar.forwarding
    rows = (
        a_row(),
        a_row(id=2, place="other", state="waiting", trouble="Nothing listens there.", waiting=3, failed=1),
    )
    cell.show_rows(rows)
    assert the_button(cell).accessibleName() == "Forwards to 2 targets, 1 down, 1 failed"
    assert not the_box(cell).isVisible()
    cell.menu.fill(rows)
    assert texts(cell.menu) == ["localhost:3000/hook", "other – down, 3 waiting, 1 failed", "Forward to…"]
    inner = cell.menu.actions()[1].menu()
    assert isinstance(inner, QMenu)
    asked: list[tuple[str, int]] = []
    cell.menu.verb_requested.connect(lambda verb, id_: asked.append((verb, id_)))
    choose(inner, "Pause")
    assert asked == [("pause", 2)]


@pytest.mark.parametrize(
    ("changes", "short", "whole"),
    [
        ({}, "", "On, nothing waiting."),
        ({"waiting": 1}, "", "On, 1 capture waiting."),
        ({"failed": 2}, "2 failed", "On, nothing waiting. 2 captures could not be forwarded."),
        (
            {"state": "waiting", "trouble": "Nothing listens at x.", "waiting": 3},
            "down, 3 waiting",
            "Retrying: Nothing listens at x. 3 captures waiting.",
        ),
        ({"state": "paused"}, "paused", "Paused."),
        ({"state": "paused", "waiting": 2}, "paused", "Paused. 2 captures waiting."),
        ({"state": "paused", "trouble": "it came back."}, "paused", "Paused: it came back."),
    ],
)
def test_how_it_fares_is_said_in_words(changes: dict[str, object], short: str, whole: str) -> None:
    assert mark(a_row(**changes)) == short
    assert sentence(a_row(**changes)) == whole


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
async def test_what_a_menu_tells_can_be_read_and_is_passed_over_by_keys(
    window: MainWindow, theme: Theme, is_dark: bool
) -> None:
    theme.force(is_dark)
    window.bar.forwarding.show_rows((a_row(),))
    QTest.mouseClick(the_button(window.bar.forwarding), Qt.MouseButton.LeftButton)
    menu = window.bar.forwarding.menu
    await until(menu.isVisible)
    facts = [label for label in menu.findChildren(QLabel) if label.isVisible()]
    assert [label.text() for label in facts] == ["Forwards trusted POSTs", "On, nothing waiting."]
    for label in facts:
        drawn = label.palette().color(label.palette().currentColorGroup(), QPalette.ColorRole.WindowText)
        assert contrast(drawn.name(), theme.color("window").name()) >= 4.5
        assert contrast(drawn.name(), theme.color("raised").name()) >= 4.5
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction().text() == "Pause"
    menu.close()


async def test_a_target_that_is_away_is_told_once_and_moves_no_cell(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)
    options = Options(database=tmp_path / "captures.db", port=0, settings=(("forward_tries", "1"),))
    session = Session(options)
    await session.open()
    await session.listen()
    window = MainWindow(session, theme)
    window.resize(1440, 900)
    window.show()
    said: list[str] = []
    window.status.message_changed.connect(lambda: said.append(window.status.message))
    place = f"127.0.0.1:{free_port()}"
    await session.forwards.add(f"http://{place}/")
    cell = window.bar.forwarding
    await until(lambda: cell.button.text() == place)
    cells = window.bar.cells
    before = await until(lambda: [one.geometry() for one in cells])
    for number in range(3):
        await deliver(session, an_answer(str(number), user=f"u-{number}"))
        await until(lambda number=number: session.forwards.rows()[0].failed > number)
    await until(lambda: "3 failed" in cell.state)
    assert [one.geometry() for one in cells] == before
    assert [sentence for sentence in said if place in sentence] == [
        f"Forwarding to {place} is waiting: Nothing listens at {place}."
    ]
    window.end()
    await session.close()
    window.deleteLater()
