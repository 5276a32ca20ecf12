"""The window, told as its user meets it: from the first start to a list that is filtered and cleared."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from inspector.domain.query.scope import Scope
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import at_rest, deliver
from tests.waiting import until


def listed(window: MainWindow) -> list[str]:
    """The respondents in the list, from top to bottom."""
    return [window.model.line_at(row).respondent for row in range(window.model.rowCount())]


async def test_nothing_captured_shows_the_first_steps(window: MainWindow, session: Session) -> None:
    assert window.first_start.isVisible()
    assert not window.list.isVisible()
    await session.address.set("https://example.test/x")
    await until(lambda: window.first_start.pasted.text() == "https://example.test/x")
    assert window.actions_table["copy-public"].isEnabled()


async def test_what_arrives_stands_on_top_of_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: listed(window) == ["bob", "ann"])
    assert window.list.isVisible()
    assert window.model.line_at(0).badge is not None
    await until(lambda: window.filter_row.count.text() == "2 captures")


async def test_it_follows_until_its_user_moves(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(60)))
    await until(lambda: window.model.rowCount() == 60)
    assert window.filter_row.follow.text() == "Following"
    QTest.keyClick(window, Qt.Key.Key_J)
    assert window.list.selected_ids() == (60,)
    assert window.filter_row.follow.text() == "Newest"
    window.list.verticalScrollBar().setValue(280)
    row_on_top = window.list.rowAt(0)
    capture_on_top = window.model.id_at(row_on_top)
    await deliver(session, an_answer(user="new"), an_answer(user="newer"))
    await until(lambda: window.filter_row.follow.text() == "2 new")
    assert window.model.id_at(window.list.rowAt(0)) == capture_on_top
    assert window.list.selected_ids() == (60,)
    QTest.keyClick(window, Qt.Key.Key_F)
    assert window.filter_row.follow.text() == "Following"
    assert window.list.verticalScrollBar().value() == 0
    assert window.list.selected_ids() == ()


async def test_the_first_arrival_is_opened_and_the_list_goes_on_following(
    window: MainWindow, session: Session
) -> None:
    await at_rest("list captures")  # an arrival before that is one of what the list begins with
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.list.selected_ids() == (1,))
    await until(lambda: window.detail.header.user.text() == "ann")
    assert window.filter_row.follow.text() == "Following"
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(60)))
    await until(lambda: window.model.rowCount() == 61)
    assert window.list.selected_ids() == (1,), "later ones leave it as it is"
    assert window.filter_row.follow.text() == "Following"
    assert window.list.verticalScrollBar().value() == 0
    window.listing.reload()
    await at_rest("list captures")
    assert window.list.selected_ids() == (1,)
    assert window.filter_row.follow.text() == "Following"
    assert window.list.verticalScrollBar().value() == 0
    QTest.keyClick(window.list, Qt.Key.Key_J)
    assert window.list.selected_ids() == (61,)
    assert window.filter_row.follow.text() == "Newest"


async def test_a_click_on_the_opened_arrival_ends_following(window: MainWindow, session: Session) -> None:
    await at_rest("list captures")  # an arrival before that is one of what the list begins with
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.list.selected_ids() == (1,))
    place = window.list.visualRect(window.model.index(0, 1)).center()
    QTest.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.filter_row.follow.text() == "Newest"


async def test_keys_walk_through_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(3)))
    await until(lambda: window.model.rowCount() == 3)
    chosen: list[int | None] = []
    window.list.selected.connect(chosen.append)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K):
        QTest.keyClick(window, key)
    assert chosen == [3, 2, 1, 2]


async def test_a_letter_types_where_text_is_entered(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Slash)
    field = window.filter_row.field
    await until(field.hasFocus)
    QTest.keyClicks(field, "jsf")
    assert field.text() == "jsf"
    assert window.filter_row.follow.text() == "Following"


async def test_letters_do_nothing_once_the_focus_has_left_the_filter(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    QGuiApplication.clipboard().setText("before")
    for place in (window.filter_row.follow, window.bar.sample, window.surveys.tree):
        place.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClicks(place, "svcjuefpnr")
        QTest.keyClick(place, Qt.Key.Key_Delete)
    assert window.list.selected_ids() == (1,), "the first arrival, as before"
    assert window.filter_row.follow.text() == "Following"
    window.list.setFocus()
    QTest.keyClicks(window.list, "svc")
    assert QGuiApplication.clipboard().text() == "before"
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 2)  # and no sample among them
    QTest.keyClicks(window.list, "j")
    assert window.list.selected_ids() == (2,)


async def test_the_public_address_is_copied_by_a_key_with_modifiers(
    window: MainWindow, session: Session
) -> None:
    await session.address.set("https://example.test/x")
    await until(window.actions_table["copy-public"].isEnabled)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_C, modifiers)
    assert QGuiApplication.clipboard().text() == "https://example.test/x"


async def test_a_filter_chooses_what_is_listed_and_what_joins_it(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"))
    await deliver(session, an_answer(user="eve"), secret="wrong")
    window.filter_row.field.setText("verdict:invalid")
    await until(lambda: listed(window) == ["eve"])
    await until(lambda: window.filter_row.count.text() == "1 of 2")
    await deliver(session, an_answer(user="bob"))
    await deliver(session, an_answer(user="mallory"), secret="wrong")
    await until(lambda: listed(window) == ["mallory", "eve"])


async def test_a_mistake_is_marked_and_the_list_stays(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: listed(window) == ["ann"])
    height = window.filter_row.height()
    window.filter_row.field.setText("verdit:invalid")
    await until(lambda: "verdit" in window.filter_row.field.accessibleDescription())
    assert listed(window) == ["ann"]
    assert window.filter_row._error.isVisible()
    assert window.filter_row.height() == height
    window.filter_row.field.setText("verdict:valid")
    await until(lambda: window.filter_row.field.accessibleDescription() == "")
    assert not window.filter_row._error.isVisible()


async def test_half_a_value_is_no_mistake_until_its_user_pauses_or_leaves(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: listed(window) == ["ann"])
    row = window.filter_row
    mistakes: list[object] = []
    window.listing.mistaken.connect(mistakes.append)
    row.field.setFocus()
    QTest.keyClicks(row.field, "verdict:inv")
    await until(lambda: [one for one in mistakes if one is not None])
    assert not row._error.isVisible()
    assert row.field.accessibleDescription() == ""
    await until(row._error.isVisible)
    QTest.keyClicks(row.field, "x")
    assert not row._error.isVisible()
    mistakes.clear()
    await until(lambda: mistakes)
    window.list.setFocus()
    assert row._error.isVisible()


async def test_down_after_return_selects_the_first_row(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=user) for user in ("ann", "bob", "eve")))
    await until(lambda: listed(window) == ["eve", "bob", "ann"])
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "user:*")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    QTest.keyClicks(field, "method:POST ")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.list.hasFocus()
    await until(lambda: window.listing.text == "method:POST " and not window.listing.is_searching)
    QTest.keyClick(window.list, Qt.Key.Key_Down)
    assert window.list.selected_ids() == (3,)
    QTest.keyClick(window.list, Qt.Key.Key_Down)
    assert window.list.selected_ids() == (2,)


async def test_a_choice_in_the_tree_filters_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-1", user="ann"), a_completion(survey="s-2", user="bob"))
    scope = Scope(part="surveys", survey_id="s-2", group_id="g-1", user_id="bob")
    await until(lambda: window.survey_model.index_of(Scope(part="surveys", survey_id="s-2")).isValid())
    window.surveys.tree.choose(scope)
    assert window.survey_model.node(window.surveys.tree.currentIndex()).text == "bob"
    await until(lambda: listed(window) == ["bob"])
    window.surveys.tree.choose(Scope())
    await until(lambda: listed(window) == ["bob", "ann"])


async def test_clearing_is_undone_where_it_was_told(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: window.model.rowCount() == 2)
    window.filter_row.field.setText("user:ann")  # typing has not paused: it is taken as it stands
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)
    assert window.status.message == "Cleared 1 capture."
    window.filter_row.field.clear()
    await until(lambda: listed(window) == ["bob"])
    window.status.undo.click()
    await until(lambda: listed(window) == ["bob", "ann"])
    assert not window.status.undo.isVisible()


async def test_an_undo_that_fails_can_be_tried_again(window: MainWindow, session: Session) -> None:
    await session.store.write(lambda connection: connection.execute("PRAGMA busy_timeout = 50").fetchall())
    await deliver(session, an_answer(user="ann"))
    await until(lambda: listed(window) == ["ann"])
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)
    other = sqlite3.connect(session.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    window.actions_table["undo"].trigger()
    await until(lambda: "locked" in window.status.message)
    other.execute("ROLLBACK")
    other.close()
    window.actions_table["undo"].trigger()
    await until(lambda: listed(window) == ["ann"])


async def test_with_a_mistake_in_the_filter_nothing_is_cleared(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    window.filter_row.field.setText("user:")
    window.actions_table["clear"].trigger()
    assert window.status.message == "The filter has a mistake, so nothing was cleared."
    assert session.captures.rows([1])


async def test_a_start_says_nothing_that_is_not_known_yet(session: Session, theme: Theme) -> None:
    await deliver(session, an_answer())
    url = session.ingest.url
    await session.ingest.stop()
    window = MainWindow(session, theme)
    said: set[str] = set()
    first_steps: set[str] = set()

    def look() -> bool:
        first_steps.add(window.first_start.where.text())
        said.update((window.list.message, window.strip.bars.message, window.bar.url.text()))
        is_empty = not window.model.rowCount() or not window.strip.bars.shown.buckets
        return not is_empty and window.bar.url.text() == session.ingest.url

    window.show()
    look()
    window.listener_commands.listen()
    await until(look)
    assert said <= {"", "Counting…", session.ingest.url, url}
    assert not [text for text in first_steps if text.startswith("Nothing is listening")]
    window.filter_row.field.setText("user:nobody")
    await until(lambda: window.list.message == "No captures match.")
    window.end()
    window.deleteLater()


async def test_addresses_are_copied_exactly(window: MainWindow, session: Session) -> None:
    pasted = "https://Example.test/Hook?x=1&y=%20"
    await session.address.set(pasted)
    await until(lambda: window.bar.address.text() == pasted)
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


async def test_listening_is_stopped_and_started(window: MainWindow, session: Session) -> None:
    window.actions_table["stop-listening"].trigger()
    await until(lambda: window.bar.url.text() == "Not listening")
    assert not window.actions_table["sample"].isEnabled()
    window.actions_table["listen"].trigger()
    await until(lambda: window.bar.url.text() == session.ingest.url)


async def test_a_taken_port_is_told_in_a_banner_until_listening_works(theme: Theme, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        session = Session(Options(database=tmp_path / "captures.db", port=port))
        await session.open()
        window = MainWindow(session, theme)
        window.show()
        assert window.bar.url.text() == ""
        window.listener_commands.listen()
        await until(window.banner.isVisible)
        await until(lambda: window.bar.url.text() == "Not listening")
        assert window.bar.start.isVisible()
        assert f"Port {port} on 127.0.0.1 is in use" in window.banner.accessibleName()
    window.bar.start.click()
    await until(lambda: window.bar.url.text() == f"http://127.0.0.1:{port}/")
    assert not window.banner.isVisible()
    window.end()
    await session.close()
    window.deleteLater()


async def test_a_sample_is_marked_and_counts_in_no_survey(window: MainWindow, session: Session) -> None:
    window.actions_table["sample"].trigger()
    await until(lambda: window.status.message.startswith("Sent "))
    await until(lambda: window.model.rowCount() > 9)
    await until(lambda: window.survey_model.index_of(Scope(part="samples")).isValid())
    assert all(window.model.line_at(row).tags[0] == "sample" for row in range(window.model.rowCount()))
    rows = range(window.survey_model.rowCount())
    kinds = {window.survey_model.node(window.survey_model.index(row, 0)).kind for row in rows}
    assert kinds == {"all", "caption", "samples"}


async def test_a_secret_is_switched_in_the_bar(window: MainWindow, session: Session) -> None:
    name = "env:BLITZ_WEBHOOK_SECRET"
    assert window.bar.secret_button.text() == name
    window.bar.secrets_menu.switched.emit(name, False)
    await until(lambda: window.bar.secret_button.text() == "None in use")
    window.first_start.secret_entered.emit(" with space ", False)
    await until(lambda: window.bar.secret_button.text() == "dashboard")
    assert session.secrets.active[0].text == " with space "


async def test_a_small_window_folds_the_tree(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.resize(1024, 700)
    assert not window.surveys.isVisible()
    assert window.bar.sample.text() == "Sample"
    window.filter_row.surveys.click()
    assert window.surveys.isVisible()
    window.resize(1440, 900)
    assert not window.filter_row.surveys.isVisible()
    assert window.surveys.isVisible()


async def test_closing_asks_to_quit_and_stays_until_all_is_closed(window: MainWindow) -> None:
    asked: list[bool] = []
    window.quit_requested.connect(lambda: asked.append(True))
    window.close()
    assert asked == [True]
    assert window.isVisible()


async def test_every_control_has_a_name(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.list.step(1)
    buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
    fields = [one for one in window.findChildren(QLineEdit) if one.isVisible()]
    assert len(buttons) > 5
    assert len(fields) >= 2
    theirs = ("QLineEditIconButton", "QTableCornerButton")  # made and named by Qt
    nameless = [
        one
        for one in (*buttons, *fields)
        if not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
        and one.metaObject().className() not in theirs
    ]
    assert nameless == []


async def test_light_and_dark_repaint_without_a_restart(window: MainWindow, theme: Theme) -> None:
    def lightness() -> int:
        return window.grab().toImage().pixelColor(5, 400).lightness()

    assert lightness() > 200
    theme.force(True)
    await until(lambda: lightness() < 60)
    theme.force(False)
    await until(lambda: lightness() > 200)


async def test_the_end_reads_nothing_of_a_closed_file(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.counts.start(interval_ms=0)
    window.end()
    session.captures.captured.emit((1,))
    session.groups.changed.emit(None)
    await session.close()
    await at_rest()  # an exception in Qt's loop fails the test
