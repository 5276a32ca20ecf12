"""The tree's model: bounded, lazy, and quiet while things arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from inspector.domain.capture.rows import TreePage, TreeRow, VerdictTotals
from inspector.domain.query.scope import Scope
from inspector.gui.surveys.model import Index, SurveyModel


class Tree:
    """What the session would know: rows by their ids, the latest first."""

    def __init__(self) -> None:
        self.users: dict[tuple[str, str, str], TreeRow] = {}
        self.others: dict[str, TreeRow] = {}
        self.samples = 0
        self.reads = 0
        self.now = 0

    def see(self, survey: str, group: str, user: str, **changes: Any) -> None:
        self.now += 1
        row = TreeRow(survey_id=survey, group_id=group, user_id=user, mark="partial", answers=1, captures=1)
        self.users[survey, group, user] = replace(row, last_ms=self.now, **changes)

    def surveys(self, **how: Any) -> TreePage:
        rows: dict[str, TreeRow] = {}
        known = self.users if how["verified"] else {}
        for (survey, _, _), row in known.items():
            before = rows.get(survey, TreeRow(survey_id=survey, name=f"Survey {survey}"))
            last = max(before.last_ms, row.last_ms)
            rows[survey] = replace(
                before,
                captures=before.captures + row.captures,
                last_ms=last,
                mix=VerdictTotals(total=before.mix.total + 1),
            )
        if not how.get("verified", True):
            rows = self.others
        return self._page(rows, how)

    def groups(self, survey_id: str, **how: Any) -> TreePage:
        rows: dict[str, TreeRow] = {}
        for (survey, group, _), row in self.users.items():
            if survey == survey_id:
                before = rows.get(group, TreeRow(survey_id=survey, group_id=group))
                rows[group] = replace(
                    before, users=before.users + 1, last_ms=max(before.last_ms, row.last_ms)
                )
        return self._page(rows, how)

    def respondents(self, survey_id: str, group_id: str, **how: Any) -> TreePage:
        rows = {
            user: row
            for (survey, group, user), row in self.users.items()
            if (survey, group) == (survey_id, group_id)
        }
        return self._page(rows, how)

    def figures(self) -> VerdictTotals:
        others = sum(row.mix.total for row in self.others.values())
        return VerdictTotals(total=len(self.users) + others + self.samples, samples=self.samples)

    def _page(self, rows: dict[str, TreeRow], how: dict[str, Any]) -> TreePage:
        self.reads += 1
        latest = sorted(rows.values(), key=lambda row: -row.last_ms)
        return TreePage(rows=tuple(latest[: how["limit"]]), more=max(0, len(latest) - how["limit"]))


class Searching(Tree):
    """Only the surveys that contain what is searched for."""

    def surveys(self, **how: Any) -> TreePage:
        page = super().surveys(**{"verified": True, **how})
        return replace(page, rows=tuple(row for row in page.rows if how["search"] in row.survey_id))


def a_model(tree: Tree) -> SurveyModel:
    model = SurveyModel(_WithDefaults(tree), tree)  # type: ignore[arg-type]
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.destroyed.connect(tester.deleteLater)  # the connection keeps it alive as long as its model
    return model


class _WithDefaults:
    """The keyword defaults of the session's groups."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def surveys(self, **how: Any) -> TreePage:
        return self._tree.surveys(**{"verified": True, **how})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tree, name)


def texts(model: SurveyModel, parent: Index | None = None) -> list[str]:
    where = parent if parent is not None else model.index(-1, -1)
    return [str(model.index(row, 0, where).data()) for row in range(model.rowCount(where))]


def opened(model: SurveyModel, scope: Scope) -> Index:
    index = model.index_of(scope)
    assert index.isValid()
    if model.canFetchMore(index):
        model.fetchMore(index)
    return index


def test_an_empty_file_shows_where_surveys_will_appear() -> None:
    model = a_model(Tree())
    assert texts(model) == ["All captures", "Surveys"]
    assert not model.has_surveys


def test_levels_are_read_when_they_are_opened() -> None:
    tree = Tree()
    tree.see("s", "g", "ann", answers=2)
    tree.see("s", "g", "bob", mark="complete", answers=5)
    model = a_model(tree)
    survey = opened(model, Scope(part="surveys", survey_id="s"))
    group = opened(model, Scope(part="surveys", survey_id="s", group_id="g"))
    assert texts(model, survey) == ["g"]
    assert texts(model, group) == ["bob", "ann"]
    assert model.node(model.index(0, 0, group)).note == "5 answers"
    assert model.node(model.index(1, 0, group)).note == "2 so far"
    reads = tree.reads
    model.unload(survey)
    model.refresh()
    assert tree.reads == reads + 2  # the two questions of the top level


def test_a_long_level_is_bounded_and_shows_more_when_asked() -> None:
    tree = Tree()
    for number in range(450):
        tree.see("s", "g", f"u{number:03}")
    model = a_model(tree)
    opened(model, Scope(part="surveys", survey_id="s"))
    group = opened(model, Scope(part="surveys", survey_id="s", group_id="g"))
    assert model.rowCount(group) == 201
    assert texts(model, group)[-1] == "Show 200 more"
    model.show_more(model.index(200, 0, group))
    assert model.rowCount(group) == 401
    assert texts(model, group)[-1] == "Show 50 more"
    model.show_more(model.index(400, 0, group))
    assert model.rowCount(group) == 450


def test_what_arrives_moves_nothing_that_stands() -> None:
    tree = Tree()
    for survey in ("a", "b", "c"):
        tree.see(survey, "g", "ann")
    model = a_model(tree)
    assert texts(model)[2:] == ["Survey c", "Survey b", "Survey a"]
    place = QPersistentModelIndex(model.index_of(Scope(part="surveys", survey_id="a")))
    tree.see("a", "g", "bob")
    tree.see("d", "g", "ann")
    model.refresh()
    assert texts(model)[2:] == ["Survey d", "Survey c", "Survey b", "Survey a"]
    assert place.isValid()
    assert model.node(place).note == "2"


def test_the_chosen_respondent_stays_though_newer_ones_push() -> None:
    tree = Tree()
    tree.see("s", "g", "chosen")
    model = a_model(tree)
    opened(model, Scope(part="surveys", survey_id="s"))
    opened(model, Scope(part="surveys", survey_id="s", group_id="g"))
    index = model.index_of(Scope(part="surveys", survey_id="s", group_id="g", user_id="chosen"))
    model.retained = model.node(index).number
    place = QPersistentModelIndex(index)
    for number in range(300):
        tree.see("s", "g", f"u{number}")
    model.refresh()
    assert place.isValid()
    assert model.node(place).text == "chosen"


def test_what_is_gone_leaves_the_tree() -> None:
    tree = Tree()
    tree.see("s", "g", "ann")
    model = a_model(tree)
    tree.users.clear()
    model.refresh()
    assert texts(model) == ["All captures", "Surveys"]


def test_samples_and_what_is_not_verified_stand_last_with_numbers() -> None:
    tree = Tree()
    tree.see("s", "g", "ann")
    tree.samples = 21
    tree.others["evil"] = TreeRow(survey_id="evil", mix=VerdictTotals(total=3))
    model = a_model(tree)
    assert texts(model) == ["All captures", "Surveys", "Survey s", "Samples", "Not verified"]
    notes = [model.node(model.index(row, 0)).note for row in range(5)]
    assert notes == ["25", "", "1", "21", "3"]


def test_the_red_number_is_of_unverified_captures_that_claim_to_belong_there() -> None:
    tree = Tree()
    tree.see("s", "g", "ann", others=2)
    model = a_model(tree)
    opened(model, Scope(part="surveys", survey_id="s"))
    opened(model, Scope(part="surveys", survey_id="s", group_id="g"))
    index = model.index_of(Scope(part="surveys", survey_id="s", group_id="g", user_id="ann"))
    assert model.node(index).unverified == 2
    assert "2 untrusted" in model.node(index).tip
    assert str(index.data(Qt.ItemDataRole.AccessibleTextRole)) == "ann, 1 so far, 2 untrusted"


def test_what_is_only_claimed_is_counted_at_every_level() -> None:
    tree = Tree()
    tree.others["evil"] = TreeRow(survey_id="evil", others=3, mix=VerdictTotals(total=3))
    model = a_model(tree)
    part = opened(model, Scope(part="not-verified"))
    assert [model.node(model.index(0, 0, part)).note] == ["3"] == [model.node(part).note]


def test_names_are_shown_safely_and_never_as_markup() -> None:
    tree = Tree()
    tree.see("s", "g", "<b>x</b>\u202e")
    model = a_model(tree)
    opened(model, Scope(part="surveys", survey_id="s"))
    group = opened(model, Scope(part="surveys", survey_id="s", group_id="g"))
    assert texts(model, group) == [r"<b>x</b>\u202e"]
    assert "<b>" not in str(model.index(0, 0, group).data(3))  # ToolTipRole


def test_a_search_narrows_the_surveys() -> None:
    tree = Searching()
    tree.see("one", "g", "ann")
    tree.see("two", "g", "ann")
    model = a_model(tree)
    model.search("two")
    assert texts(model)[2:] == ["Survey two"]
    model.search("")
    assert len(texts(model)) == 4
