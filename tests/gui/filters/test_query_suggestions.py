"""What the search box offers while a filter is typed, by the keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.domain.query.fields import FIELDS
from inspector.gui.filters.query_field import QueryField
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion
from tests.gui.conftest import deliver
from tests.waiting import until


def offered(window: MainWindow) -> list[str]:
    """The completions that are shown."""
    suggestions = window.captures.suggestions
    rows = suggestions.rows.rows() if suggestions.isVisible() else []
    return [row.label for row in rows if row.completion is not None]


def press(window: MainWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(window.filter_row.field, key)


async def typed(window: MainWindow, session: Session, text: str, suggested: list[str]) -> QueryField:
    """Type into the filter over a list with one capture, until this is suggested."""
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, text)
    await until(lambda: offered(window) == suggested)
    return field


async def test_a_field_and_a_value_that_exists_are_taken_by_keys_alone(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(survey="s-7", name="Continuous NPS"))
    await until(lambda: window.model.rowCount() == 1)
    await until(lambda: not session.groups.behind)
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "sur")
    await until(lambda: offered(window) == ["survey:s-7"])
    [row] = [one for one in window.captures.suggestions.rows.rows() if one.completion]
    assert (row.note, row.count) == ("Continuous NPS", 1)
    press(window, Qt.Key.Key_Tab)
    assert field.text() == "survey:s-7 "
    assert field.cursorPosition() == len(field.text())
    assert not window.captures.suggestions.isVisible()
    await until(lambda: window.listing.text == field.text())
    assert window.model.rowCount() == 1


async def test_down_opens_all_fields_and_escape_closes_them_before_it_empties_the_box(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "crash ")
    press(window, Qt.Key.Key_Down)
    await until(lambda: len(offered(window)) > 15)
    press(window, Qt.Key.Key_Escape)
    assert not window.captures.suggestions.isVisible()
    assert field.text() == "crash "
    press(window, Qt.Key.Key_Escape)
    assert field.text() == ""


async def test_what_is_typed_on_narrows_the_offers_and_return_accepts_the_first(
    window: MainWindow, session: Session
) -> None:
    field = await typed(window, session, "-verdict:un", ["verdict:unsigned", "verdict:unchecked"])
    press(window, Qt.Key.Key_S)
    await until(lambda: offered(window) == ["verdict:unsigned"])
    press(window, Qt.Key.Key_Return)
    assert field.text() == "-verdict:unsigned "
    await until(lambda: not window.captures.suggestions.isVisible())


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
async def test_a_key_accepts_the_first_suggestion_and_what_is_typed_next_stays_text(
    window: MainWindow, session: Session, key: Qt.Key
) -> None:
    QGuiApplication.clipboard().setText("before")
    field = await typed(window, session, "ver", ["verdict:"])
    press(window, key)
    assert field.text() == "verdict:"
    assert field.hasFocus()
    QTest.keyClicks(field, "vs")
    assert field.text() == "verdict:vs"
    assert QGuiApplication.clipboard().text() == "before"


async def test_return_on_a_complete_value_goes_to_the_list(window: MainWindow, session: Session) -> None:
    await typed(window, session, "verdict:valid", ["verdict:valid", "verdict:invalid"])
    press(window, Qt.Key.Key_Return)
    assert window.list.hasFocus()


async def test_a_wrong_value_shows_those_that_exist_and_return_selects_none(
    window: MainWindow, session: Session
) -> None:
    verdicts = [f"verdict:{word}" for word in FIELDS["verdict"].words]
    field = await typed(window, session, "verdict:zz", verdicts)
    [caption] = [row.label for row in window.captures.suggestions.rows.rows() if row.is_caption]
    assert caption == "Values of verdict. “zz” is not one of them."
    await until(lambda: window.filter_row.error.startswith("verdict: takes one of valid, "))
    press(window, Qt.Key.Key_Return)
    assert field.text() == "verdict:zz"


async def test_down_selects_the_second_suggestion(window: MainWindow, session: Session) -> None:
    field = await typed(window, session, "verdict:un", ["verdict:unsigned", "verdict:unchecked"])
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Tab)
    assert field.text() == "verdict:unchecked"
    assert [chip.text() for chip in field.chips] == ["Unchecked"]


async def test_a_short_list_opens_after_a_long_one(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    field = window.filter_row.field
    field.setFocus()
    press(window, Qt.Key.Key_Down)
    await until(lambda: len(offered(window)) > 15)
    press(window, Qt.Key.Key_Escape)
    QTest.keyClicks(field, "user:")
    await until(lambda: offered(window) == ["user:ann"])


async def test_what_a_value_hides_is_told_and_the_value_is_put_in_as_it_is(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(user="\u202eann\x1b", name="A\u2066B", survey="s\u202e"))
    await until(lambda: window.model.rowCount() == 1)
    await until(lambda: not session.groups.behind)
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "survey:")
    await until(lambda: offered(window) == ["survey:s\\u202e"])
    spoken = window.captures.suggestions.rows.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "survey:s\\u202e A\\u2066B 1"
    field.clear()
    QTest.keyClicks(field, "user:")
    await until(lambda: offered(window) == ["user:\\u202eann\\x1b"])
    press(window, Qt.Key.Key_Return)
    assert field.text() == "user:\u202eann\x1b "
    await until(lambda: window.listing.text == field.text())
    assert window.model.rowCount() == 1


async def test_who_looks_elsewhere_is_offered_nothing(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    window.filter_row.field.setFocus()
    press(window, Qt.Key.Key_Down)
    await until(window.captures.suggestions.isVisible)
    window.list.setFocus()
    assert not window.captures.suggestions.isVisible()


async def test_an_emptied_box_offers_nothing_and_what_was_offered_for_another_text_is_not_put_in(
    window: MainWindow, session: Session
) -> None:
    field = await typed(window, session, "sur", ["survey:s-1"])
    field.setText("verdict:valid")  # as a button may do
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert field.text() == "verdict:valid"
    field.clear()
    QTest.keyClicks(field, "sur")
    await until(lambda: offered(window) == ["survey:s-1"])
    field.clear()
    assert not window.captures.suggestions.isVisible()


async def test_a_click_into_the_field_shows_recent_filters_and_one_is_taken_by_keys(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(user="ann"))
    await deliver(session, a_completion(user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 2)
    field, suggestions = window.filter_row.field, window.captures.suggestions
    for text in ("user:ann", "verdict:invalid since:today"):
        field.setFocus()
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Escape if suggestions.isVisible() else Qt.Key.Key_Return)
        assert window.list.hasFocus()
    field.clear()
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert suggestions.isVisible()
    recent = [row for row in suggestions.rows.rows() if row.query]
    assert [row.query for row in recent] == ["verdict:invalid since:today", "user:ann"]
    assert recent[0].note == "saved as Invalid today"
    assert recent[1].note.startswith("used ")
    await until(lambda: [row.count for row in suggestions.rows.rows() if row.query] == [1, 1])
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert field.text() == "verdict:invalid since:today"
    assert not suggestions.isVisible()


async def test_an_erased_text_shows_recent_filters_again(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    field, suggestions = window.filter_row.field, window.captures.suggestions
    field.setFocus()
    field.setText("user:ann")
    QTest.keyClick(field, Qt.Key.Key_Return)
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    await until(suggestions.isVisible)
    assert [row.query for row in suggestions.rows.rows() if row.query] == ["user:ann"]


async def test_return_applies_the_filter_if_nothing_is_selected(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    field = window.filter_row.field
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert window.captures.suggestions.isVisible()
    press(window, Qt.Key.Key_Return)
    assert window.list.hasFocus()


async def test_verdicts_are_switched_by_a_click_and_the_field_keeps_the_focus(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    field, suggestions = window.filter_row.field, window.captures.suggestions
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    for verdict in ("invalid", "rewritten"):
        QTest.mouseClick(suggestions.toggles[verdict], Qt.MouseButton.LeftButton)
    assert field.text() == "(verdict:rewritten OR verdict:invalid)"
    assert [one for one, toggle in suggestions.toggles.items() if toggle.isChecked()] == list(field.verdicts)
    QTest.mouseClick(suggestions.toggles["rewritten"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(suggestions.toggles["invalid"], Qt.MouseButton.LeftButton)
    assert field.text() == ""
    assert field.hasFocus()
    assert suggestions.isVisible()


async def test_a_list_that_opens_by_tab_does_not_catch_tab(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    window.filter_row.field.setFocus(Qt.FocusReason.TabFocusReason)
    assert not window.captures.suggestions.isVisible()
