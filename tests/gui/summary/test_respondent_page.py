"""A respondent's page shows each answer with its captures, and offers to compare contradicting ones."""

from __future__ import annotations

from inspector.domain.query.scope import Scope
from inspector.gui.kit.links import Link
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.summary.test_summary_stack import given, texts
from tests.waiting import until

SURVEY = Scope(part="surveys", survey_id="s-1")


USER = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")


async def test_a_respondent_shows_each_answer_and_a_click_leads_to_its_capture(
    session: Session, window: MainWindow
) -> None:
    await given(session, window, an_answer("8"), a_completion("9"))
    window.surveys.tree.select(USER)
    window.summary_stack.show_part(SUMMARY)
    page = window.summary_stack.respondent
    await until(lambda: page.conflicts.isVisible())
    assert "Question 1 has two answers." in texts(window)
    assert {"first", "conflict"} <= set(texts(window))
    links = [link for link in page.findChildren(Link) if link.accessibleName().startswith("Capture 1,")]
    links[0].click()
    assert not window.summary_stack.is_summary
    await until(lambda: window.list.selected_ids() == (1,))


async def test_what_contradicts_can_be_compared(session: Session, window: MainWindow) -> None:
    await given(session, window, an_answer("8"), a_completion("9"))
    window.surveys.tree.select(USER)
    window.summary_stack.show_part(SUMMARY)
    button = window.summary_stack.respondent.conflicts.compare
    await until(button.isVisible)
    asked: list[tuple[int, int]] = []
    window.summary_stack.compare_requested.disconnect()
    window.summary_stack.compare_requested.connect(lambda one, other: asked.append((one, other)))
    button.click()
    assert asked == [(1, 2)]
