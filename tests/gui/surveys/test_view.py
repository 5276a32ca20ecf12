"""The tree under mouse and keyboard, and the search box and the button above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from inspector.domain.query.scope import PINNED, Scope
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import SUMMARY
from inspector.gui.surveys.delegate import SurveyDelegate
from inspector.gui.surveys.model import SurveyModel
from inspector.gui.surveys.view import SurveyPanel, SurveyView
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import deliver, was_shown
from tests.gui.summary.test_summary_stack import texts
from tests.gui.surveys.test_model import Searching, Tree, a_model
from tests.waiting import until

SURVEY = Scope(part="surveys", survey_id="s")


GROUP = Scope(part="surveys", survey_id="s", group_id="g")


@pytest.fixture
def tree() -> Tree:
    tree = Tree()
    for number in range(300):
        tree.see("s", "g", f"u{number:03}")
    return tree


@pytest.fixture
def view(tree: Tree, theme: Theme) -> Iterator[SurveyView]:
    view = SurveyView(a_model(tree), theme)
    view.resize(248, 700)
    view.show()
    yield view
    view.close()


def model_of(view: SurveyView) -> SurveyModel:
    model = view.model()
    assert isinstance(model, SurveyModel)
    return model


def click(view: SurveyView, index: QModelIndex, x: int = 120) -> None:
    middle = QPoint(x, view.visualRect(index).center().y())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def listed(window: MainWindow) -> list[str]:
    """The respondents in the list, from top to bottom."""
    return [window.model.line_at(row).respondent for row in range(window.model.rowCount())]


def test_the_red_number_does_not_cut_a_name_while_the_note_can_be_shorter(theme: Theme) -> None:
    def row_of(user: str, others: int) -> QImage:
        tree = Tree()
        tree.see("s", "g", user, others=others, mark="complete", answers=4)
        view = SurveyView(a_model(tree), theme)
        view.resize(248, 700)
        view.show()
        model = model_of(view)
        for scope in (SURVEY, GROUP):
            view.setExpanded(model.index_of(scope), True)
        place = view.visualRect(model.index_of(replace(GROUP, user_id=user)))
        picture = view.viewport().grab(place).toImage()
        view.close()
        return picture

    assert row_of("user_169", 1) != row_of("user_269", 1), "the middle of the name is shown"
    assert row_of("user_169", 1) == row_of("user_169", 1)


def test_the_chevron_opens_and_the_name_chooses(view: SurveyView) -> None:
    chosen: list[Scope] = []
    view.scope_selected.connect(chosen.append)
    survey = model_of(view).index_of(SURVEY)
    click(view, survey, x=20)
    assert view.isExpanded(survey)
    assert chosen == []
    click(view, survey)
    assert chosen == [SURVEY]


def test_closing_a_node_forgets_what_was_below(view: SurveyView) -> None:
    survey = model_of(view).index_of(SURVEY)
    view.expand(survey)
    assert model_of(view).rowCount(survey) == 1
    view.collapse(survey)
    assert model_of(view).rowCount(survey) == 0
    assert model_of(view).hasChildren(survey)


@pytest.mark.parametrize("by_key", [False, True], ids=["mouse", "keyboard"])
def test_more_are_shown_when_asked(view: SurveyView, by_key: bool) -> None:
    view.expand(model_of(view).index_of(SURVEY))
    group = model_of(view).index_of(GROUP)
    view.expand(group)
    more = model_of(view).index(200, 0, group)
    view.scrollTo(more)
    if by_key:
        view.setCurrentIndex(more)
        QTest.keyClick(view, Qt.Key.Key_Return)
    else:
        click(view, more)
    assert model_of(view).rowCount(model_of(view).index_of(GROUP)) == 300


def test_a_choice_and_what_is_open_outlive_a_refresh(view: SurveyView, tree: Tree) -> None:
    view.select(Scope(part="surveys", survey_id="s", group_id="g", user_id="u299"))
    chosen: list[Scope] = []
    view.scope_selected.connect(chosen.append)
    for number in range(400):
        tree.see("s", "g", f"new{number}")
    model_of(view).refresh()
    assert chosen == []
    assert model_of(view).node(view.currentIndex()).text == "u299"
    assert view.isExpanded(model_of(view).index_of(GROUP))


def test_what_is_cleared_takes_the_choice_back_to_everything(view: SurveyView, tree: Tree) -> None:
    view.select(GROUP)
    chosen: list[Scope] = []
    view.scope_selected.connect(chosen.append)
    tree.users.clear()
    model_of(view).refresh()
    assert chosen == [Scope()]


async def test_a_search_opens_the_way_to_what_it_found(theme: Theme) -> None:
    tree = Searching()
    tree.see("one", "g", "ann")
    tree.see("two", "g", "bob")
    panel = SurveyPanel(a_model(tree), theme)
    panel.field.setText("two")
    model = model_of(panel.tree)
    await until(lambda: panel.tree.isExpanded(model.index_of(Scope(part="surveys", survey_id="two"))))
    assert model.index_of(Scope(part="surveys", survey_id="two", group_id="g", user_id="bob")).isValid()
    assert not model.index_of(Scope(part="surveys", survey_id="one")).isValid()
    panel.deleteLater()


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return])
async def test_a_key_leads_from_the_search_to_what_it_found(
    window: MainWindow, session: Session, key: Qt.Key
) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: window.survey_model.has_surveys)
    field = window.surveys.field
    QTest.keyClicks(field, "bob")
    QTest.keyClick(field, key)
    await until(lambda: window.listing.scope.user_id == "bob")
    assert window.surveys.tree.hasFocus()


def test_a_row_whose_number_changes_is_drawn_anew_and_the_others_are_not(
    view: SurveyView, tree: Tree
) -> None:
    before = view.grab().toImage()
    delegate = view.itemDelegate()
    assert isinstance(delegate, SurveyDelegate)
    drawn = len(delegate.pictures)
    view.grab()
    assert len(delegate.pictures) == drawn
    tree.see("s", "g", "one more")
    model_of(view).refresh()
    assert view.grab().toImage() != before
    assert drawn < len(delegate.pictures) <= drawn + 2


async def test_only_partial_leaves_out_surveys_where_everybody_is_done(
    session: Session, window: MainWindow
) -> None:
    await deliver(session, a_completion("x", survey="s-1"), an_answer("x", survey="s-2"))
    done, begun = (Scope(part="surveys", survey_id=id_) for id_ in ("s-1", "s-2"))
    model = window.survey_model
    await until(lambda: model.index_of(done).isValid() and model.index_of(begun).isValid())
    button = window.surveys.only_partial
    assert button.accessibleName() == "Only partial"
    button.click()
    await until(lambda: not model.index_of(done).isValid())
    assert model.index_of(begun).isValid()
    button.click()
    await until(lambda: model.index_of(done).isValid())


async def test_a_skipped_question_counts_as_an_answer_neither_in_the_tree_nor_on_the_page(
    session: Session, window: MainWindow
) -> None:
    await deliver(session, an_answer("first", order=1), a_completion("fine", "", ["good"], None, [""]))
    user = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1")
    await until(lambda: window.survey_model.index_of(Scope(part="surveys", survey_id="s-1")).isValid())
    window.surveys.tree.select(user)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: "2 of 5 answered" in texts(window))
    assert window.survey_model.node(window.survey_model.index_of(user)).note == "2 answers"


async def test_a_search_without_a_match_says_so(session: Session, window: MainWindow) -> None:
    await deliver(session, a_completion("fine"))
    tree, model = window.surveys.tree, window.survey_model
    await until(lambda: model.has_surveys)
    window.surveys.field.setText("nobody")
    await until(lambda: not model.has_surveys)
    assert tree.hint == "No matching survey, group or respondent. Clear the search to see all."
    window.surveys.only_partial.click()
    assert tree.hint == "No matching partial respondent. Clear the search to see all."
    window.surveys.field.clear()
    await until(lambda: tree.hint, "No partial respondents.".__eq__)
    window.surveys.only_partial.click()
    await until(lambda: model.has_surveys)


async def test_the_hint_keeps_clear_of_rows_that_are_no_survey(session: Session, window: MainWindow) -> None:
    """The first capture is no event, and it is pinned: neither makes a survey."""
    tree, model = window.surveys.tree, window.survey_model
    await deliver(session, b'{"ping":true}')
    await session.captures.pin([1])
    await until(lambda: model.index_of(PINNED).isValid())
    await until(
        lambda: [model.node(model.index(row, 0)).kind for row in range(model.rowCount())][-1] == "loose"
    )
    assert not model.has_surveys
    lowest = max(tree.visualRect(model.index(row, 0)).bottom() for row in range(model.rowCount()))
    assert tree.hint_area.top() > lowest


async def test_a_choice_in_the_tree_filters_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-1", user="ann"), a_completion(survey="s-2", user="bob"))
    scope = Scope(part="surveys", survey_id="s-2", group_id="g-1", user_id="bob")
    await until(lambda: window.survey_model.index_of(Scope(part="surveys", survey_id="s-2")).isValid())
    window.surveys.tree.select(scope)
    assert window.survey_model.node(window.surveys.tree.currentIndex()).text == "bob"
    await until(lambda: listed(window) == ["bob"])
    window.surveys.tree.select(Scope())
    await until(lambda: listed(window) == ["bob", "ann"])


async def test_a_sample_is_marked_and_counts_in_no_survey(window: MainWindow, session: Session) -> None:
    window.actions_table["sample"].trigger()
    await until(lambda: was_shown("Sent "))
    await until(lambda: window.model.rowCount() > 9)
    await until(lambda: window.survey_model.index_of(Scope(part="samples")).isValid())
    assert all(window.model.line_at(row).tags[0] == "sample" for row in range(window.model.rowCount()))
    rows = range(window.survey_model.rowCount())
    kinds = {window.survey_model.node(window.survey_model.index(row, 0)).kind for row in rows}
    assert kinds == {"all", "filters", "filter", "caption", "samples"}
