"""The bar over a summary: its path gives way where it is longest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from inspector.domain.query.scope import Scope
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.links import ElidedLink, shared
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page_bar import PageBar
from inspector.session.summaries import SummaryHead

USER = "0f8fad5b-d9cb-469f-a165-70867728950e"


pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def bar(theme: Theme) -> Iterator[PageBar]:
    bar = PageBar(theme)
    bar.resize(1_200, bar.height())
    bar.show()
    yield bar
    bar.close()


def is_whole(part: ElidedLabel | ElidedLink) -> bool:
    return part.width() >= part.sizeHint().width()


def test_only_the_longest_name_of_the_path_is_shortened(bar: PageBar) -> None:
    name = "A survey with a very long name " * 5
    scope = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id=USER)
    bar.show_scope(scope, SummaryHead(name=name, captures=5))
    QApplication.processEvents()  # it is laid out again
    survey, group, here = bar.path
    assert survey.text() == name
    assert not is_whole(survey)
    assert is_whole(group)
    assert is_whole(here)
    scope = Scope(part="surveys", survey_id="s-1", group_id="g-1")
    bar.show_scope(scope, SummaryHead(name=name, captures=5))
    QApplication.processEvents()  # it is laid out again
    root, survey, _ = bar.path
    assert root.text() == "Surveys"
    assert is_whole(root)
    assert not is_whole(survey)


def test_a_path_that_is_shown_again_with_room_is_whole(bar: PageBar) -> None:
    scope = Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id=USER)
    bar.show_scope(scope, SummaryHead(name="long " * 60, captures=5))
    QApplication.processEvents()  # it is laid out again
    bar.show_scope(scope, SummaryHead(name="Short name", captures=5))
    QApplication.processEvents()  # it is laid out again
    assert all(is_whole(part) for part in bar.path)


@pytest.mark.parametrize(
    ("room", "wishes", "given"),
    [
        (100, [10, 20, 30], [10, 20, 30]),
        (100, [80, 20, 30], [50, 20, 30]),
        (90, [80, 10, 60], [40, 10, 40]),
        (-5, [80, 10], [0, 0]),
    ],
)
def test_room_is_shared_so_that_the_longest_gives_way(room: int, wishes: list[int], given: list[int]) -> None:
    assert shared(room, wishes) == given
