"""Rows, threads and respondents of the tree are dragged out as files and folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from inspector.domain.query.scope import Scope
from inspector.gui.captures import drag
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.captures.test_threads import click, folded
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """The paths of each drag, as the program that they are dropped on gets them."""
    seen: list[list[Path]] = []

    class Dropped(QDrag):
        def exec(self, *_: object) -> Qt.DropAction:
            seen.append([Path(url.toLocalFile()) for url in self.mimeData().urls()])
            return Qt.DropAction.CopyAction

    monkeypatch.setattr(drag, "QDrag", Dropped)
    return seen


def pull(view: QWidget, start: QPoint) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in (1, 2):
        QTest.mouseMove(view, start + QPoint(0, step * QApplication.startDragDistance()))


async def test_a_thread_is_a_folder_and_a_capture_a_file(
    window: MainWindow, dropped: list[list[Path]]
) -> None:
    await folded(window)
    click(window, 0, "time")
    click(window, 2, "time", Qt.KeyboardModifier.ControlModifier)
    window.list.drag_requested.emit()
    [[file, folder]] = dropped
    assert file.name == "capture-4.json"
    assert folder.name == "respondent-a-1"
    assert sorted(one.name for one in folder.iterdir()) == [f"capture-{one}.json" for one in (1, 3, 6)]
    assert (folder / "capture-6.json").read_bytes() == an_answer("a said", user="a")
    await window.session.maintenance.delete_for_good()
    assert not folder.exists()


async def test_a_respondent_of_the_tree_is_a_folder(
    window: MainWindow, session: Session, dropped: list[list[Path]]
) -> None:
    user = "../../etc/päss\nwd"
    await deliver(session, an_answer("1", user=user), an_answer("2", user=user))
    await until(lambda: not session.groups.behind)
    tree, scope = window.surveys.tree, Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id=user)
    await until(lambda: window.survey_model.index_of(Scope(part="surveys", survey_id="s-1")).isValid())
    tree.select(scope)
    index = window.survey_model.index_of(scope)
    pull(tree.viewport(), tree.visualRect(index).center())
    [[folder]] = dropped
    assert folder.name == "respondent-______etc_p_ss_wd-1"
    assert folder.parent.parent == session.database.parent
    assert len(list(folder.iterdir())) == 2


async def test_too_many_captures_are_not_dragged(
    window: MainWindow, session: Session, dropped: list[list[Path]]
) -> None:
    await deliver(session, *(an_answer(f"{number}") for number in range(drag.MOST_DRAGGED + 1)))
    window.actions_table["threads"].trigger()
    await until(lambda: window.model.rowCount() == 1)
    click(window, 0, "time")
    window.list.drag_requested.emit()
    assert dropped == []
    assert was_shown("Cannot drag more than 100 captures. Export them instead.")
