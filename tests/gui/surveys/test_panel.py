"""The box over the tree, and the button that leaves out who is done."""

from __future__ import annotations

from inspector.domain.query.scope import PINNED, Scope
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.scope_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import deliver
from tests.gui.summary.test_summary_stack import texts
from tests.waiting import until


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
    window.surveys.tree.choose(user)
    window.stage.show_part(SUMMARY)
    await until(lambda: "2 of 5 answered" in texts(window))
    assert window.survey_model.node(window.survey_model.index_of(user)).note == "2 answers"


async def test_a_search_without_a_match_says_so(session: Session, window: MainWindow) -> None:
    await deliver(session, a_completion("fine"))
    tree, model = window.surveys.tree, window.survey_model
    await until(lambda: model.has_surveys)
    window.surveys.field.setText("nobody")
    await until(lambda: not model.has_surveys)
    assert tree.hint == "No survey, group or user matches. Clear the search to see all."
    window.surveys.only_partial.click()
    assert tree.hint == "No partial respondent matches. Clear the search to see all."
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
