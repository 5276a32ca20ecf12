"""What the search box offers while a filter is typed, by the keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.gui.filters.query_field import QueryField
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion
from tests.gui.conftest import deliver
from tests.waiting import until


def offered(window: MainWindow) -> list[str]:
    model = window.captures.suggestions.model()
    rows = range(model.rowCount()) if window.captures.suggestions.isVisible() else ()
    return [str(model.index(row, 0).data()) for row in rows]


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
    await until(lambda: offered(window) == ["survey:"])
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert field.text() == "survey:"
    await until(lambda: offered(window) == ["Continuous NPS"])
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Tab)
    assert field.text() == 'survey:"Continuous NPS" '
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
    field = await typed(window, session, "-verdict:un", ["unsigned", "unchecked"])
    press(window, Qt.Key.Key_S)
    await until(lambda: offered(window) == ["unsigned"])
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
    await typed(window, session, "verdict:valid", ["valid", "invalid"])
    press(window, Qt.Key.Key_Return)
    assert window.list.hasFocus()


async def test_down_selects_the_second_suggestion(window: MainWindow, session: Session) -> None:
    field = await typed(window, session, "verdict:un", ["unsigned", "unchecked"])
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
    await until(lambda: offered(window) == ["ann"])


async def test_what_a_value_hides_is_told_and_the_value_is_put_in_as_it_is(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(user="\u202eann\x1b", name="A\u2066B", survey="s\u202e"))
    await until(lambda: window.model.rowCount() == 1)
    await until(lambda: not session.groups.behind)
    field = window.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "survey:")
    await until(lambda: offered(window) == ["A\\u2066B"])
    spoken = window.captures.suggestions.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "A\\u2066B s\\u202e"
    field.clear()
    QTest.keyClicks(field, "user:")
    await until(lambda: offered(window) == ["\\u202eann\\x1b"])
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
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
    field = await typed(window, session, "sur", ["survey:"])
    field.setText("verdict:valid")  # as a button may do
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert field.text() == "verdict:valid"
    field.clear()
    QTest.keyClicks(field, "sur")
    await until(lambda: offered(window) == ["survey:"])
    field.clear()
    assert not window.captures.suggestions.isVisible()
