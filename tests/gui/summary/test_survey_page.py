"""A survey's page says the same time of all its figures, and shows no card of what is not there any more."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu

from inspector.base.clock import now_ms
from inspector.domain.query.scope import Scope
from inspector.domain.query.terms import Span
from inspector.domain.statistics.survey_counts import MAX_QUESTIONS, MAX_TEXTS
from inspector.gui.kit.buttons import Button
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.cards import AT_FIRST, Card, TextsCard
from inspector.gui.summary.chart_cards import TimeCard
from inspector.gui.summary.charts import TimeChart
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import a_capture, a_completion, an_answer
from tests.gui.conftest import at_rest
from tests.store.conftest import put
from tests.waiting import until

SURVEY = Scope(part="surveys", survey_id="s-1")


DAY_MS = 86_400_000


async def given(session: Session, window: MainWindow, *captures: Any) -> None:
    """Store captures and show the page of their survey."""
    await put(session.store, *captures)
    await until(lambda: not session.groups.behind)
    window.survey_model.refresh()
    await until(lambda: window.survey_model.index_of(SURVEY).isValid())
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: figures(window))


def figures(window: MainWindow) -> dict[str, str]:
    """The five at the top, by what they are called."""
    head = window.summary_stack.survey.head.numbers
    words = [label.text() for label in head.findChildren(QLabel) if label.isVisible()]
    return dict(zip(words[1::2], words[::2], strict=True))


def titles(window: MainWindow) -> list[str]:
    """Of the cards in sight."""
    return sorted(card.title for card in window.summary_stack.survey.findChildren(Card) if card.isVisible())


def text_card(window: MainWindow, title: str) -> TextsCard:
    [card] = [one for one in window.summary_stack.survey.findChildren(TextsCard) if one.title == title]
    return card


async def test_in_a_period_every_figure_is_of_that_period(session: Session, window: MainWindow) -> None:
    now = now_ms()
    before = now - 3 * DAY_MS
    await given(
        session,
        window,
        a_capture(a_completion("a", group="g-0"), received_ms=before),
        a_capture(an_answer("b", user="u-2", group="g-0"), received_ms=before, signed=False),
        a_capture(an_answer("c", user=None), received_ms=before),
        a_capture(a_completion("d", user="u-3"), received_ms=now - 1_000),
        a_capture(a_completion("e", user="u-4"), received_ms=now),
    )
    await until(lambda: figures(window).get("captures") == "4")
    assert figures(window)["of 5 valid"] == "80.0 %"
    page = window.summary_stack.survey
    assert "2 groups" in page.head.facts
    assert "1 answer without a user is not counted." in page.head.notes
    window.summary_stack.bar.period_selected.emit(DAY_MS)
    await until(lambda: figures(window).get("respondents") == "2")
    assert (figures(window)["captures"], figures(window)["valid"]) == ("2", "100 %")
    assert "1 group" in page.head.facts
    assert page.head.notes == ""
    window.summary_stack.bar.period_selected.emit(None)
    await until(lambda: figures(window).get("respondents") == "3" and figures(window)["captures"] == "4")


async def test_what_is_not_verified_is_of_the_period_too(session: Session, window: MainWindow) -> None:
    now = now_ms()
    await given(
        session,
        window,
        a_capture(a_completion("a"), received_ms=now),
        a_capture(an_answer("b", user="u-2"), received_ms=now, signed=False),
        a_capture(an_answer("c", user="u-3"), received_ms=now - 3 * DAY_MS, signed=False),
    )
    window.summary_stack.bar.period_selected.emit(DAY_MS)
    window.summary_stack.bar.others.click()
    await until(lambda: figures(window).get("respondents") == "2")
    assert (figures(window)["captures"], figures(window)["valid"]) == ("2", "50.0 %")


async def test_a_question_whose_answers_are_out_of_the_period_has_no_card(
    session: Session, window: MainWindow
) -> None:
    now = now_ms()
    await given(
        session,
        window,
        a_capture(a_completion("a", "b"), received_ms=now - 3 * DAY_MS),
        a_capture(a_completion("c", user="u-2"), received_ms=now),
    )
    both = ["Completion", "Question 1?", "Question 2?", "Respondents over time"]
    await until(lambda: titles(window) == both)
    window.summary_stack.bar.period_selected.emit(DAY_MS)
    await until(lambda: titles(window) == [title for title in both if title != "Question 2?"])
    window.summary_stack.bar.period_selected.emit(None)
    await until(lambda: titles(window) == both)


async def test_a_question_whose_answers_were_cleared_has_no_card(
    session: Session, window: MainWindow
) -> None:
    await given(
        session, window, a_capture(a_completion("a", "b")), a_capture(an_answer("c", user="u-2", group="g-2"))
    )
    await until(lambda: "Question 2?" in titles(window))
    deletion = await session.captures.clear(text="event:response_group")
    await until(lambda: titles(window) == ["Completion", "How are you?", "Respondents over time"])
    await session.captures.undo(deletion)
    await until(lambda: "Question 2?" in titles(window))


async def test_a_card_that_is_gone_takes_its_search_along(session: Session, window: MainWindow) -> None:
    now = now_ms()
    await given(
        session,
        window,
        *(
            a_capture(a_completion("a", f"b {number}", user=f"u-{number}"), received_ms=now - 3 * DAY_MS)
            for number in range(MAX_TEXTS + 1)
        ),
        a_capture(a_completion("c", user="u-x"), received_ms=now),
    )
    await until(lambda: "Question 2?" in titles(window))
    card = text_card(window, "Question 2?")
    card.field.setText("b 0")
    await until(lambda: card.texts == ["b 0"])
    window.summary_stack.bar.period_selected.emit(DAY_MS)
    await until(lambda: "Question 2?" not in titles(window))
    window.summary_stack.bar.period_selected.emit(None)
    await until(lambda: "Question 2?" in titles(window))
    await until(lambda: len(text_card(window, "Question 2?").texts) == AT_FIRST)


async def test_one_answer_is_told_in_the_singular(session: Session, window: MainWindow) -> None:
    body = an_answer("eleven").replace(b"input_feedback", b"nps_feedback")
    await given(session, window, a_capture(body))
    await until(lambda: "How are you?" in titles(window))
    assert set(figures(window)) == {"respondent", "capture", "valid"}
    words = {label.text() for label in window.summary_stack.survey.grid.findChildren(QLabel)}
    assert {"of 1 respondent complete", "1 answer out of range is not counted."} <= words


async def test_a_survey_of_very_many_questions_says_that_not_all_are_shown(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, a_capture(a_completion(*(["a"] * (MAX_QUESTIONS + 1)))))
    head = window.summary_stack.survey.head
    await until(lambda: head.notes == "Only the first 100 questions are counted.")


def time_card(window: MainWindow) -> TimeCard:
    [card] = [one for one in window.summary_stack.survey.findChildren(TimeCard) if one.isVisible()]
    return card


def labels(window: MainWindow, text: str) -> list[QLabel]:
    return [one for one in window.summary_stack.bar.findChildren(QLabel) if one.text() == text]


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_a_span_dragged_in_the_chart_counts_only_it_and_is_added_to_the_filter(
    session: Session, window: MainWindow
) -> None:
    now = now_ms() // DAY_MS * DAY_MS
    await given(
        session,
        window,
        a_capture(a_completion("a", user="u-1"), received_ms=now - 20 * DAY_MS),
        a_capture(a_completion("b", user="u-2"), received_ms=now - 10 * DAY_MS),
        a_capture(a_completion("c", user="u-3"), received_ms=now),
    )
    await until(lambda: figures(window).get("respondents") == "3")
    await until(lambda: "Respondents over time" in titles(window))
    chart = time_card(window).findChildren(TimeChart)[0]
    area = chart.plot_area
    [start, end] = [
        QPoint(round(area.left() + part * area.width()), round(area.center().y())) for part in (0.3, 0.7)
    ]
    QTest.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(chart.viewport(), end)
    QTest.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=end)
    await until(lambda: figures(window).get("respondent") == "1")
    assert figures(window)["capture"] == "1"
    assert " to " in window.summary_stack.bar.period.text()
    assert "since:" in window.filter_row.field.text()
    assert "before:" in window.filter_row.field.text()
    assert not any(one.isVisible() for one in labels(window, "without the filter")), "it shows the same time"
    window.summary_stack.bar.period_selected.emit(None)
    await until(lambda: figures(window).get("respondents") == "3")


async def test_a_span_is_selected_by_keys(session: Session, window: MainWindow) -> None:
    now = now_ms() // DAY_MS * DAY_MS
    await given(
        session,
        window,
        a_capture(a_completion("a", user="u-1"), received_ms=now - 20 * DAY_MS),
        a_capture(a_completion("c", user="u-3"), received_ms=now),
    )
    await until(lambda: figures(window).get("respondents") == "2")
    await until(lambda: "Respondents over time" in titles(window))
    chart = time_card(window).findChildren(TimeChart)[0]
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    await until(lambda: figures(window).get("respondent") == "1")


async def test_respondents_are_placed_by_the_time_of_their_answers(
    session: Session, window: MainWindow
) -> None:
    old = a_completion("a", user="u-1", at="2021-01-01T10:00:00.000Z")
    await given(session, window, a_capture(old), a_capture(a_completion("b", user="u-2")))
    await until(lambda: figures(window).get("respondents") == "2")
    await until(lambda: "Respondents over time" in titles(window))
    page = window.summary_stack.survey
    assert page.summary is not None
    assert sum(map(bool, page.summary.by_time()[0])) == 1, "they arrived together"
    time_card(window).times_selected.emit(True)
    await until(lambda: page.summary is not None and page.summary.is_by_answer and page.summary.is_whole)
    assert page.summary is not None
    assert [count for count in page.summary.by_time()[0] if count] == [1, 1]
    page.grid.span_selected.emit(Span(since_ms=page.summary.spans.edges[1]))
    await until(lambda: figures(window).get("respondent") == "1")
    assert (figures(window)["capture"], figures(window)["of all 2 valid"]) == ("1", "100 %")
    assert window.filter_row.field.text() == "", "a filter is about arrivals"


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_the_menu_of_times_leads_there_and_back(session: Session, window: MainWindow) -> None:
    await given(session, window, a_capture(a_completion("a")))
    await until(lambda: "Respondents over time" in titles(window))
    for word in ("by answer", "by arrival"):
        button = next(one for one in time_card(window).findChildren(Button) if one.text().startswith("by "))
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        gc.collect()  # as the program does once a second
        menu = next(one for one in button.findChildren(QMenu) if one.isVisible())
        entry = next(one for one in menu.actions() if one.text() == word)
        assert [one.text() for one in menu.actions() if one.isChecked()] == [button.text()]
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())
        await until(lambda button=button, word=word: button.text() == word)


async def test_the_charts_are_loaded_when_a_survey_is_selected(
    session: Session, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "inspector.gui.summary.chart_cards"
    await put(session.store, a_capture(a_completion("a")))
    await until(lambda: not session.groups.behind)
    window.survey_model.refresh()
    await until(lambda: window.survey_model.index_of(SURVEY).isValid())
    monkeypatch.delitem(sys.modules, name, raising=False)
    window.surveys.tree.select(SURVEY)
    await until(lambda: name in sys.modules)
    assert not window.summary_stack.is_summary
    await at_rest("load the charts")
