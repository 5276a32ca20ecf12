"""Free texts are searched, unfolded, and lead to their respondent; nothing that was sent is markup."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import Scope
from inspector.domain.statistics.survey_counts import MAX_TEXT
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.links import Link
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.cards import TextsCard
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import a_capture, a_completion
from tests.gui.conftest import deliver
from tests.gui.summary.test_summary_stack import given, texts
from tests.gui.summary.test_survey_page import given as given_captures
from tests.gui.summary.test_survey_page import text_card, titles
from tests.store.conftest import put
from tests.waiting import until

SURVEY = Scope(part="surveys", survey_id="s-1")


async def test_a_texts_respondent_is_a_link(session: Session, window: MainWindow) -> None:
    await given(session, window, a_completion("fine"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "fine" in texts(window))
    [link] = [one for one in window.summary_stack.survey.findChildren(Link) if one.accessibleName() == "u-1"]
    link.click()
    await until(window.summary_stack.respondent.isVisible)
    assert window.summary_stack.respondent.head.name == "u-1"


async def test_texts_are_searched(session: Session, window: MainWindow) -> None:
    await given(session, window, a_completion("Login fails"), a_completion("All good", user="u-2"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "All good" in texts(window))
    [card] = window.summary_stack.survey.findChildren(TextsCard)
    card.field.setText("login")
    await until(lambda: "All good" not in texts(window))
    assert "Login fails" in texts(window)


async def test_a_long_text_unfolds_by_click_and_by_key_and_stays_so_as_others_arrive(
    session: Session, window: MainWindow
) -> None:
    long = "many words\n" + "and more " * 70 + "the end"
    await given(session, window, a_completion("short"), a_completion(long, user="u-2"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "short" in texts(window))
    page = window.summary_stack.survey

    def whole() -> list[str]:
        return [one.toPlainText() for one in page.findChildren(FlowText) if one.isVisible()]

    def arrows() -> list[IconButton]:
        found = page.findChildren(IconButton)
        return [one for one in found if "text" in one.accessibleName() and one.isVisible()]

    assert not whole()
    await until(lambda: len(arrows()) == 1)
    [line] = [one for one in page.findChildren(QLabel) if one.text().startswith("many") and one.isVisible()]
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert whole() == [long]
    await deliver(session, a_completion("newer", user="u-3"))
    await until(lambda: "newer" in texts(window))
    assert whole() == [long]
    QTest.keyClick(arrows()[0], Qt.Key.Key_Space)
    assert not whole()
    QTest.keyClick(arrows()[0], Qt.Key.Key_Space)
    assert whole() == [long]


async def test_what_was_sent_is_never_markup(session: Session, window: MainWindow) -> None:
    hostile = "<b>bold</b><img src='file:///etc/passwd'>"
    await given(session, window, a_completion(hostile, user="<i>u</i>", name="<h1>s</h1>"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: hostile in texts(window))
    assert "<h1>s</h1>" in texts(window)


async def test_a_text_is_found_by_what_stands_at_its_end(session: Session, window: MainWindow) -> None:
    long = "a" * MAX_TEXT + " Crash\u00c9 at the end"
    await given_captures(
        session,
        window,
        a_capture(a_completion(long)),
        a_capture(a_completion({"said": long}, user="u-2")),
        a_capture(a_completion("short", user="u-3")),
    )
    await until(lambda: "Question 1?" in titles(window))
    card = text_card(window, "Question 1?")
    card.field.setText("crash\u00e9 AT")
    await until(lambda: len(card.texts) == 2 and "short" not in card.texts)
    assert not card.nothing
    card.field.setText("nowhere")
    await until(lambda: card.nothing == "No matching texts.")
    card.field.setText("")
    await until(lambda: len(card.texts) == 3)


async def test_a_long_text_that_comes_during_a_search_is_searched_too(
    session: Session, window: MainWindow
) -> None:
    await given_captures(session, window, a_capture(a_completion("short")))
    await until(lambda: "Question 1?" in titles(window))
    card = text_card(window, "Question 1?")
    card.field.setText("end")
    await until(lambda: card.nothing == "No matching texts.")
    await put(session.store, a_capture(a_completion("a" * MAX_TEXT + " end", user="u-2")))
    await until(lambda: not session.groups.behind)
    window.summary_stack.refresh()
    await until(lambda: len(card.texts) == 1)


async def test_two_questions_are_searched_at_once(session: Session, window: MainWindow) -> None:
    long = "a" * MAX_TEXT
    await given_captures(
        session,
        window,
        a_capture(a_completion(f"{long} one", f"{long} two")),
        a_capture(a_completion(f"{long} three", f"{long} four", user="u-2")),
    )
    await until(lambda: "Question 2?" in titles(window))
    one, other = (text_card(window, f"Question {number}?") for number in (1, 2))
    one.field.setText("one")
    await until(lambda: len(one.texts) == 1)
    other.field.setText("four")
    await until(lambda: len(other.texts) == 1)
    assert len(one.texts) == 1
