"""Two captures are compared from the list's selection, from a conflict, with the previous one, by number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.capture.capture_diff import compare_captures
from inspector.domain.capture.diff_text import by_path_sentence, sentence
from inspector.domain.mask.mask import DOTS, MaskedField, masked_body
from inspector.domain.query.scope import Scope
from inspector.gui.compare.compare_commands import AskOther
from inspector.gui.compare.lines import SIGNS, LineModel, LineTable
from inspector.gui.compare.window import BY_PATH, BY_QUESTION, CompareWindow
from inspector.gui.detail.marked_text import differing_part
from inspector.gui.kit.context.runner import BUG
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import at_rest, deliver, was_shown
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one


async def compared(window: MainWindow) -> CompareWindow:
    """The window of the comparison that was asked for."""
    await until(lambda: any(one.model.lines for one in window.findChildren(CompareWindow)))
    return window.findChildren(CompareWindow)[-1]


async def two(window: MainWindow, session: Session) -> None:
    """Two captures of one respondent: an answer, and the completion that says otherwise."""
    await deliver(session, an_answer("8", question="q-2", order=2), a_completion("fine", "9"))
    await until(lambda: window.model.rowCount() == 2 and session.groups.behind == 0)


def said(widget: CompareWindow) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


async def test_two_that_are_selected_are_compared_by_question(window: MainWindow, session: Session) -> None:
    await two(window, session)
    window.list.selectAll()
    bar = window.replay_commands.several_of(window.detail).bar
    await until(bar.compare.isVisible)
    bar.compare.click()
    found = await compared(window)
    assert found.windowTitle() == "Compare 1 and 2"
    assert "1 of 1 common question has a different answer." in said(found)
    assert found.choice.current == BY_QUESTION
    rows = [[found.model.index(row, column).data() for column in range(4)] for row in range(2)]
    assert rows == [
        ["+  only in the second", "1  Question 1?", "–", "“fine”"],
        ["≠  changed", "2  Question 2?", "“8”", "“9”"],
    ]
    found.choice.button(BY_PATH).click()
    paths = [line.name for line in found.model.lines]
    assert "$.responses[1].response" in paths
    assert any(not line.is_difference for line in found.model.lines) or found.only.isChecked()
    found.only.setChecked(True)
    assert all(line.is_difference for line in found.model.lines)


async def test_differences_are_walked_through_round_and_round(window: MainWindow, session: Session) -> None:
    await two(window, session)
    await deliver(session, a_completion("fine", "9", "x"), a_completion("well", "9", "y"))
    await until(lambda: window.model.rowCount() == 4)
    window.detail.compare_requested.emit((3, 4))
    found = await compared(window)
    walked = [found.table.currentIndex().row()]
    for _ in range(2):
        found.go_to_next()
        walked.append(found.table.currentIndex().row())
    assert walked == [0, 2, 0], "the second question did not change"
    found.go_to_previous()
    assert found.table.currentIndex().row() == 2
    assert found.values[0].toPlainText() == "“x”"
    assert found.values[1].toPlainText() == "“y”"


async def test_a_conflict_leads_to_the_capture_it_conflicts_with(
    window: MainWindow, session: Session
) -> None:
    await two(window, session)
    window.list.select_capture(2)
    note = lambda: window.detail.answers.rows[1].note  # noqa: E731
    await until(lambda: len(window.detail.answers.rows) > 1 and note().compare.isVisible())
    note().compare.click()
    found = await compared(window)
    assert found.windowTitle() == "Compare 1 and 2"
    assert found.table.currentIndex().row() == 1, "the question in conflict, and not the first difference"


async def test_the_conflict_bar_compares_at_the_question_in_conflict(
    window: MainWindow, session: Session
) -> None:
    """The other questions are only in the completion."""
    await deliver(session, an_answer("8", question="q-3", order=3), a_completion("fine", "9", "9", "7"))
    user = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")
    await until(lambda: window.survey_model.index_of(replace(user, group_id=None, user_id=None)).isValid())
    window.surveys.tree.select(user)
    window.summary_stack.show_part(SUMMARY)
    await until(window.summary_stack.respondent.conflicts.compare.isVisible)
    window.summary_stack.respondent.conflicts.compare.click()
    found = await compared(window)
    assert found.model.lines[found.table.currentIndex().row()].name == "3"


async def test_the_table_begins_where_its_heads_do(window: MainWindow, session: Session) -> None:
    await two(window, session)
    window.detail.compare_requested.emit((1, 2))
    found = await compared(window)
    head = found.table.horizontalHeader()
    image = head.grab(QRect(0, 0, head.sectionSize(0), head.height() - 2)).toImage()
    ground = image.pixelColor(image.width() - 1, 0)
    first = next(
        x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y) != ground
    )
    left = head.mapTo(found, QPoint(first, 0)).x()
    assert abs(left - found.sentence.mapTo(found, QPoint(0, 0)).x()) <= 2


async def test_what_changed_since_the_previous_one_of_the_respondent_is_said(
    window: MainWindow, session: Session
) -> None:
    await two(window, session)
    await deliver(session, a_completion("fine", "9", user="somebody else"))
    await until(lambda: window.model.rowCount() == 3 and session.groups.behind == 0)
    since = window.detail.answers.since_previous
    window.list.select_capture(2)
    await until(since.isVisible)
    assert "Changed since the respondent’s previous capture, answer 2 at " in since.fact.sentence
    assert since.fact.sentence.endswith(": question 2.")
    since.link.click()
    assert (await compared(window)).windowTitle() == "Compare 1 and 2"
    window.list.select_capture(1)
    await until(lambda: window.detail.shown is not None and window.detail.shown.exact.row.id == 1)
    await at_rest("compare with the previous capture")
    assert not since.isVisible(), "nothing came before it"


async def test_the_key_compares_with_the_previous_one_and_says_where_there_is_none(
    window: MainWindow, session: Session
) -> None:
    await two(window, session)
    window.list.select_capture(1)
    window.actions_table["compare"].trigger()
    await until(lambda: was_shown("This is the respondent’s first capture."))
    window.list.select_capture(2)
    window.actions_table["compare"].trigger()
    assert (await compared(window)).windowTitle() == "Compare 1 and 2"


async def test_another_is_named_by_its_number(window: MainWindow, session: Session) -> None:
    await two(window, session)
    window.list.select_capture(1)
    window.actions_table["compare-with"].trigger()
    asking = window.findChildren(AskOther)[-1]
    assert not asking.verb.isEnabled()
    assert asking.focusWidget() is asking.field
    asking.field.setText("99")
    asking.verb.click()
    await until(lambda: "99" in asking.error.text())
    asking.field.setText("id:2")
    asking.verb.click()
    assert (await compared(window)).windowTitle() == "Compare 1 and 2"


async def test_what_the_mask_hides_is_hidden_here_too(window: MainWindow, session: Session) -> None:
    await two(window, session)
    window.screen_mask.set_on(True)
    window.detail.compare_requested.emit((1, 2))
    found = await compared(window)
    assert "Masked values are not compared." in said(found)
    found.choice.button(BY_PATH).click()
    found.only.setChecked(False)
    assert '"key"' not in [line.first for line in found.model.lines if line.name == "$.app_key"]


async def test_of_hidden_answers_it_is_not_said_that_they_are_the_same(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("8"), an_answer("9"))
    await session.preferences.save("masked_fields", ["response"])
    await until(lambda: window.model.rowCount() == 2 and session.groups.behind == 0)
    window.screen_mask.set_on(True)
    window.detail.compare_requested.emit((1, 2))
    found = await compared(window)
    assert "1 common question. Its answer is masked and was not compared." in said(found)
    assert "All visible values are the same. " in said(found)
    assert "alike" not in said(found)
    assert found.place.text() == "No differences in visible values, 1 masked"
    assert found.model.index(0, 0).data() == "•  masked, not compared"
    found.choice.button(BY_PATH).click()
    found.only.setChecked(False)
    signs = {line.name: found.model.index(row, 0).data() for row, line in enumerate(found.model.lines)}
    assert signs["$.response"] == signs["$.app_key"] == "•  masked, not compared"


def test_what_is_hidden_counts_neither_as_the_same_nor_as_a_difference() -> None:
    def masked(one: bytes, other: bytes, *fields: str) -> tuple[str, str]:
        names = [MaskedField.parse(field) for field in fields]
        found = compare_captures(masked_body(one, names), masked_body(other, names), is_masked=True)
        return sentence(found), by_path_sentence(found)

    one, other = a_completion("a", "b", "c"), a_completion("x", "y", "c")
    assert (
        masked(one, one, "response")[0]
        == "3 common questions. Their answers are masked and were not compared."
    )
    said, by_path = masked(one, other, "$.responses[0].response")
    assert said == "1 of 2 common questions has a different answer. 1 more is masked and was not compared."
    assert by_path.endswith(" differs. 1 is masked and was not compared.")
    said, _ = masked(one, other, "$.responses[0].response", "$.responses[1].response")
    assert said == "1 common question has the same answer. 2 more are masked and were not compared."
    assert masked(one, other, "responses")[0] == "The answers are masked and were not compared."
    assert masked(b"a", b"b", "$.a[0]") == ("The bodies are masked and were not compared.", "")
    assert sentence(compare_captures(f'"{DOTS}"'.encode(), f'"{DOTS}"'.encode())).startswith(
        "The bodies are identical"
    )


def test_what_is_said_first_tells_how_they_differ() -> None:
    one, other = a_completion("a", "b"), a_completion("a", "c")
    assert sentence(compare_captures(one, one)) == "The bodies are identical."
    assert sentence(compare_captures(one, other)) == "1 of 2 common questions has a different answer."
    assert sentence(compare_captures(one, one + b" ")) == "2 common questions have the same answers."
    assert by_path_sentence(compare_captures(one, one + b" ")).startswith("The bodies have the same values")
    assert sentence(compare_captures(b"x", one)) == "The first body is not JSON."
    numbers = compare_captures(b'{"a": 1, "b": 2}', b'{"a": 1.0, "b": 3}')
    assert sentence(numbers) == "No questions in common."
    assert by_path_sentence(numbers).endswith("bodies differs. 1 is equal, but written differently.")


def test_what_differs_in_two_values_is_marked_and_no_more() -> None:
    assert differing_part("abcd", "abXd") == (2, 3)
    assert differing_part("aa", "aaa") == (2, 2)
    assert differing_part("same", "same") == (4, 4)


async def test_differences_are_told_without_colour(window: MainWindow, session: Session) -> None:
    assert len({sign for sign, _ in SIGNS.values()}) == len({word for _, word in SIGNS.values()}) == 6
    await two(window, session)
    window.detail.compare_requested.emit((1, 2))
    found = await compared(window)
    grey = found.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    assert not grey.isNull()


async def test_the_one_difference_is_brought_into_sight(window: MainWindow, session: Session) -> None:
    many = ["alike"] * 30
    await deliver(session, a_completion(*many, "8"), a_completion(*many, "9"))
    await until(lambda: window.model.rowCount() == 2)
    window.detail.compare_requested.emit((1, 2))
    found = await compared(window)
    await until(found.isVisible)
    if found.only.isChecked():
        QTest.mouseClick(found.only, Qt.MouseButton.LeftButton, pos=QPoint(8, found.only.height() // 2))
    assert not found.only.isChecked()
    QTest.mouseClick(found.choice.button(BY_PATH), Qt.MouseButton.LeftButton)
    row = next(number for number, line in enumerate(found.model.lines) if line.is_difference)
    assert row > 60, "far below what is in sight at first"

    def is_in_sight() -> bool:
        area = found.table.visualRect(found.model.index(row, 0))
        return found.table.viewport().rect().contains(area.center())

    await until(is_in_sight)
    found.table.scrollToTop()
    assert not is_in_sight()
    QTest.keyClick(found, Qt.Key.Key_F7)
    assert is_in_sight(), "it is the chosen one already"


def test_no_outcome_is_cut(theme: Theme) -> None:
    table = LineTable(theme, LineModel(None))  # type: ignore[arg-type]
    room = table.columnWidth(0) - 8 - 6
    for sign, word in SIGNS.values():
        assert theme.metrics(12, 600).horizontalAdvance(f"{sign}  {word}") <= room
    table.deleteLater()


async def test_a_comparison_that_is_closed_while_it_is_made_ends_without_a_word(
    window: MainWindow, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    long = "x" * 20_000  # over what is compared at once
    await deliver(session, a_completion(f"{long}1"), a_completion(f"{long}2"))
    await until(lambda: window.model.rowCount() == 2)
    window.list.selectAll()
    window.actions_table["compare"].trigger()
    await until(lambda: window.findChildren(CompareWindow))
    [found] = window.findChildren(CompareWindow)
    assert "Comparing…" in said(found)
    QTest.keyClick(found, Qt.Key.Key_Escape)
    await until(lambda: not window.findChildren(CompareWindow))
    await at_rest("compare two captures")
    assert not caplog.records
    assert BUG not in window.status.message


async def test_asking_for_a_number_that_is_closed_while_it_reads_opens_nothing(
    window: MainWindow, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    await two(window, session)
    window.list.select_capture(1)
    window.actions_table["compare-with"].trigger()
    asking = window.findChildren(AskOther)[-1]
    QTest.keyClicks(asking.field, "2")
    QTest.keyClick(asking.field, Qt.Key.Key_Return)
    QTest.keyClick(asking.field, Qt.Key.Key_Escape)
    await at_rest("compare two captures")
    await until(lambda: not window.findChildren(AskOther))
    assert not window.findChildren(CompareWindow)
    assert not caplog.records
