"""Captures or the summary: the choice stays while one walks the tree, and each capture is a click away."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import CAPTURES, SUMMARY
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

CARDS = "inspector.gui.summary.chart_cards"


SURVEY = Scope(part="surveys", survey_id="s-1")


USER = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")


async def given(session: Session, window: MainWindow, *bodies: bytes) -> None:
    await deliver(session, *bodies)
    await until(lambda: window.model.rowCount() == len(bodies) and not session.groups.behind)
    await until(lambda: window.survey_model.index_of(SURVEY).isValid())


def texts(window: MainWindow) -> list[str]:
    """Everything that stands on the page in sight."""
    page = (
        window.summary_stack.survey
        if window.summary_stack.survey.isVisible()
        else window.summary_stack.respondent
    )
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


async def test_the_choice_is_kept_while_one_walks_the_tree(session: Session, window: MainWindow) -> None:
    await given(session, window, an_answer("8"), a_completion("9", user="u-2"))
    tree, summary_stack = window.surveys.tree, window.summary_stack
    summary = window.filter_row.choice.button(SUMMARY)
    assert not summary.isEnabled(), "everything has no summary"
    assert summary.toolTip() == "Select a survey to see its summary."
    place = window.list.mapTo(window, QPoint(0, 0))
    tree.select(SURVEY)
    assert summary.isEnabled()
    assert not summary_stack.is_summary
    window.grab()  # which lays it out
    assert window.list.mapTo(window, QPoint(0, 0)) == place, "nothing moves"
    window.filter_row.choice.selected.emit(SUMMARY)
    assert summary_stack.survey.isVisible()
    tree.select(USER)
    assert summary_stack.respondent.isVisible()
    tree.select(EVERYTHING)
    assert window.list.isVisible()
    tree.select(SURVEY)
    assert summary_stack.survey.isVisible()
    window.filter_row.choice.selected.emit(CAPTURES)
    assert window.list.isVisible()


async def test_in_a_small_window_the_folded_tree_can_be_shown_from_a_summary_too(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, an_answer("8"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    button = window.filter_row.surveys
    assert not button.isVisible()
    window.resize(1024, 700)
    await until(button.isVisible)
    assert not window.surveys.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.surveys.isVisible()
    assert window.surveys.width() == 248
    QTest.mouseClick(window.summary_stack.survey, Qt.MouseButton.LeftButton)
    assert not window.surveys.isVisible()


async def test_a_key_goes_there_and_back(session: Session, window: MainWindow) -> None:
    await given(session, window, an_answer("8"))
    action = window.actions_table["summary"]
    assert not action.isEnabled()
    window.surveys.tree.select(SURVEY)
    assert action.isEnabled()
    action.trigger()
    assert window.summary_stack.is_summary
    action.trigger()
    assert not window.summary_stack.is_summary


async def test_a_filter_that_a_summary_hides_chooses_nothing_to_clear_or_export(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, an_answer("8"), an_answer("9", user="u-2"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    acting = [window.actions_table[name] for name in ("clear", "export")]
    assert all(action.isEnabled() for action in acting), "all of the survey is meant"
    window.filter_row.field.setText("user:u-2")
    await until(lambda: window.model.rowCount() == 1)
    window.summary_stack.show_part(CAPTURES)
    assert all(action.isEnabled() for action in acting)
    window.summary_stack.show_part(SUMMARY)
    assert not any(action.isEnabled() for action in acting)


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("query", ["user:u-2", "user:nobody", "verdict:"])
async def test_a_replay_from_the_summary_plans_the_whole_scope_at_the_first_press_whatever_the_filter(
    session: Session, window: MainWindow, query: str
) -> None:
    await given(session, window, an_answer("8"), an_answer("9", user="u-2"), an_answer("7", survey="s-2"))
    window.surveys.tree.select(SURVEY)
    window.filter_row.field.setText(query)
    window.summary_stack.show_part(SUMMARY)
    for press in (window.summary_stack.bar.replay.click, window.actions_table["replay-listed"].trigger):
        press()
        await until(lambda: [one.windowTitle() for one in window.findChildren(ReplayDialog)], _is_of_two)
        assert window.filter_row.field.text() == query
        window.findChildren(ReplayDialog)[0].close()
        await until(lambda: not window.findChildren(ReplayDialog))


def _is_of_two(titles: list[str]) -> bool:
    return titles == ["Replay 2 captures"]


async def test_a_survey_shows_its_figures_and_counts_on_while_it_is_seen(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, a_completion("fine"), an_answer("well", user="u-2"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "50.0 %" in texts(window))
    await until(lambda: {"fine", "well", "of 2 respondents complete"} <= set(texts(window)))
    await deliver(session, a_completion("third", user="u-3"), a_completion("4th", user="u-4"))
    await until(lambda: "75.0 %" in texts(window))
    await until(lambda: "4th" in texts(window))


async def test_what_is_not_verified_counts_only_once_it_is_included(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, a_completion("true"))
    await deliver(session, a_completion("forged", user="u-2"), secret=None)
    await until(lambda: not session.groups.behind)
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "true" in texts(window))
    assert "forged" not in texts(window)
    others = window.summary_stack.bar.others
    await until(others.isVisible)
    assert others.text() == "Include 1 untrusted"
    others.click()
    await until(lambda: {"true", "forged"} <= set(texts(window)))


async def test_a_capture_is_chosen_though_a_filter_left_it_out(session: Session, window: MainWindow) -> None:
    await given(session, window, an_answer("8"), a_completion("9"))
    window.surveys.tree.select(USER)
    window.filter_row.field.setText("event:response_group")
    await until(lambda: window.model.rowCount() == 1)
    window.summary_stack.capture_requested.emit(1)
    await until(lambda: window.list.selected_ids() == (1,))
    assert window.filter_row.field.text() == ""


async def test_the_charts_are_loaded_when_a_summary_is_first_opened(
    session: Session, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, CARDS, raising=False)
    await given(session, window, a_completion("fine"))
    window.surveys.tree.select(SURVEY)
    await until(lambda: window.model.rowCount() == 1)
    assert CARDS not in sys.modules, "38 MB that a user who only looks at captures does not need"
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: CARDS in sys.modules and "fine" in texts(window))


def test_nothing_loads_the_charts_before_a_page_is_shown() -> None:
    code = (
        "import sys, inspector.gui.shell.app, inspector.gui.shell.main_window;"
        " assert not {'pyqtgraph', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_what_is_replayed_is_written_on_the_button(session: Session, window: MainWindow) -> None:
    await given(session, window, an_answer("8"), a_completion("9"), an_answer("7", user="u-2"))
    tree, button = window.surveys.tree, window.summary_stack.bar.replay
    tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: button.text() == "Replay 3 captures…")
    tree.select(USER)
    await until(lambda: button.text() == "Replay 2 in order…")
    tree.select(replace(USER, user_id="u-2"))
    await until(lambda: button.text() == "Replay 1 capture…")
    await deliver(session, an_answer("forged"), secret=None)
    await until(lambda: not session.groups.behind)
    for scope, words in ((SURVEY, "4 captures, 1 untrusted"), (USER, "3 in order, 1 untrusted")):
        tree.select(scope)
        await until(lambda words=words: button.text() == f"Replay {words}…")  # type: ignore[misc]
        assert button.accessibleName() == button.text()
        await until(lambda: button.width() >= button.sizeHint().width())
        assert not button.toolTip(), "what matters is read without the mouse"
