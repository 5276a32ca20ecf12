"""The filter decides what is listed; a mistake in it is marked, and the list stays."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import Scope
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until


def listed(window: MainWindow) -> list[str]:
    """The respondents in the list, from top to bottom."""
    return [window.model.line_at(row).respondent for row in range(window.model.rowCount())]


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
    assert window.list.selected_ids() == ()
    assert window.filter_row.follow.text() == "Following"
    window.list.setFocus()
    QTest.keyClicks(window.list, "svc")
    assert QGuiApplication.clipboard().text() == "before"
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 2)  # and no sample among them
    QTest.keyClicks(window.list, "j")
    assert window.list.selected_ids() == (2,)


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
    assert window.filter_row.error
    assert window.filter_row.height() == height
    window.filter_row.field.setText("verdict:valid")
    await until(lambda: window.filter_row.field.accessibleDescription() == "")
    assert not window.filter_row.error


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
    assert not row.error
    assert row.field.toolTip() == ""
    mistakes.clear()
    QTest.keyClicks(row.field, "x")
    await until(lambda: row.error)
    QTest.keyClick(row.field, Qt.Key.Key_Backspace)
    assert not row.error
    mistakes.clear()
    await until(lambda: mistakes)
    window.list.setFocus()
    assert row.error


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


async def test_no_part_of_the_row_moves_while_captures_arrive_or_are_selected(
    window: MainWindow, session: Session
) -> None:
    row = window.filter_row
    parts = (row.choice, row.field, row.count, row.follow, window.replay_commands.button)

    def places() -> list[QRect]:
        window.grab()  # which lays it out
        return [part.geometry() for part in parts]

    await deliver(session, *(an_answer(f"{number}") for number in range(40)))
    await until(lambda: window.model.rowCount() == 40)
    before = places()
    assert parts[3].width() >= 128
    assert parts[4].width() == 144
    window.list.verticalScrollBar().setValue(200)
    await until(lambda: row.follow.text() == "Newest")
    assert places() == before
    await deliver(session, *(an_answer(f"more {number}") for number in range(12)))
    await until(lambda: row.follow.text() == "12 new" and row.follow.is_primary)
    assert places() == before
    window.list.selectAll()
    await until(lambda: window.replay_commands.button.text() == "Replay 52")
    assert places() == before
    row.field.setText("more")
    await until(lambda: row.count.text() == "12 of 52")
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-1"))
    await until(lambda: row.field.chips)
    assert places() == before
    row.show_count(81_234, 99_999)
    assert places() == before
    row.choice.button(1).click()
    assert window.summary_stack.is_summary
    assert places() == before


async def test_a_query_that_is_typed_over_a_summary_lists_what_matches(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("8", user="ann"), an_answer("9", user="bob"))
    await until(lambda: window.model.rowCount() == 2 and not session.groups.behind)
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-1"))
    window.filter_row.choice.button(1).click()
    assert window.summary_stack.is_summary
    window.filter_row.field.setFocus()
    QTest.keyClicks(window.filter_row.field, "ann")
    assert not window.summary_stack.is_summary
    await until(lambda: window.model.rowCount() == 1)
    window.filter_row.choice.button(1).click()
    assert window.summary_stack.is_summary, "the user may still look at it"
    labels = [one for one in window.summary_stack.bar.findChildren(QLabel) if one.isVisible()]
    assert "without the filter" in [label.text() for label in labels]


async def test_in_a_small_window_the_number_is_in_the_status_bar(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("8", user="ann"), an_answer("9", user="bob"))
    await until(lambda: window.model.rowCount() == 2)
    window.resize(1024, 700)
    await until(lambda: not window.filter_row.count.isVisible())
    window.filter_row.field.setText("user:ann")
    await until(lambda: window.status.counts.text().startswith("1 of 2 captures"))
    window.resize(1440, 900)
    await until(lambda: window.status.counts.text().startswith("2 captures"))
    assert window.filter_row.count.text() == "1 of 2"
