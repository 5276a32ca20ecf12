"""Chips in the filter field: the scope and the verdicts, by keyboard and mouse."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest

from inspector.domain.query.scope import EVERYTHING
from inspector.gui.filters.query_field import QueryField
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion
from tests.gui.conftest import deliver
from tests.waiting import until


def chips(field: QueryField) -> list[str]:
    return [chip.text() for chip in field.chips]


async def two_verdicts(window: MainWindow, session: Session) -> QueryField:
    """A list with a valid and an invalid capture, and the focus in the filter."""
    await deliver(session, a_completion(user="ann"))
    await deliver(session, a_completion(user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 2)
    window.filter_row.field.setFocus()
    return window.filter_row.field


async def test_a_typed_verdict_becomes_a_chip_and_several_mean_any_of_them(
    window: MainWindow, session: Session
) -> None:
    field = await two_verdicts(window, session)
    QTest.keyClicks(field, "method:POST verdict:invalid user:eve")
    assert chips(field) == ["Invalid"]
    assert field.typed == "method:POST user:eve"
    assert field.text() == "verdict:invalid method:POST user:eve"
    assert field.accessibleName() == "Filter, Invalid"
    await until(lambda: window.listing.text == field.text() and window.model.rowCount() == 1)
    window.captures.suggestions.hide()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), chips(field)) == ("", [])
    QTest.keyClicks(field, "verdict:valid verdict:invalid ")
    assert chips(field) == ["Valid", "Invalid"]
    await until(lambda: window.listing.text == "(verdict:valid OR verdict:invalid)")
    await until(lambda: window.model.rowCount() == 2)


async def test_left_reaches_the_chips_and_backspace_removes_them(
    window: MainWindow, session: Session
) -> None:
    field = await two_verdicts(window, session)
    field.setText("(verdict:rewritten OR verdict:invalid) a")
    QTest.keyClick(field, Qt.Key.Key_Home)
    QTest.keyClick(field, Qt.Key.Key_Left)
    assert field.chips[1].hasFocus()
    QTest.keyClick(field.chips[1], Qt.Key.Key_Left)
    assert field.chips[0].hasFocus()
    QTest.keyClick(field.chips[0], Qt.Key.Key_Delete)
    assert field.text() == "verdict:invalid a"
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Home)
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert (field.text(), chips(field)) == ("a", [])


async def test_a_click_removes_a_chip(window: MainWindow, session: Session) -> None:
    field = await two_verdicts(window, session)
    field.setText("verdict:invalid a")
    QTest.mouseClick(field.chips[0], Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert field.text() == "a"
    await until(lambda: window.listing.text == "a")


async def test_the_scope_is_a_chip_and_backspace_leaves_it(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-7", name="Continuous NPS", user="ann"))
    await deliver(session, a_completion(survey="s-8", name="Checkout", user="eve"))
    field, model = window.filter_row.field, window.survey_model

    def found() -> list[QModelIndex]:
        indexes = [model.index(place, 0) for place in range(model.rowCount())]
        return [index for index in indexes if model.node(index).text == "Checkout"]

    [survey] = await until(found)
    window.surveys.tree.setCurrentIndex(survey)
    assert chips(field) == ["Checkout"]
    assert field.placeholderText() == "Filter in this survey"
    assert field.text() == ""
    field.setFocus()
    QTest.keyClicks(field, "ann")
    QTest.keyClick(field, Qt.Key.Key_Home)
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert chips(field) == []
    assert window.listing.scope == EVERYTHING
    assert field.hasFocus()
    await until(lambda: window.model.rowCount() == 1)


async def test_a_mistake_is_marked_where_it_is_typed(window: MainWindow, session: Session) -> None:
    field = await two_verdicts(window, session)
    field.setText("verdict:invalid user:")
    await until(lambda: field.accessibleDescription() == "" and window.listing.current_query() is None)
    QTest.keyClick(field, Qt.Key.Key_End)
    window.list.setFocus()
    assert "user: needs a value" in field.accessibleDescription()
