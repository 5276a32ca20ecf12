"""Threads as the user has them: T folds, arrows open and fold, and a thread stands for all its captures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from inspector.gui.captures.columns import NUMBERS
from inspector.gui.captures.threads_button import ThreadsButton
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from inspector.store.query import threads
from tests.builders import a_completion, an_answer
from tests.gui.captures.test_capture_list import cells, fill, ids
from tests.gui.conftest import deliver, end
from tests.waiting import until

USERS = ("a", "b", "a", "c", "b", "a")


async def folded(window: MainWindow) -> None:
    await fill(window, *(an_answer(f"{user} said", user=user) for user in USERS))
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_T)
    await until(lambda: window.model.is_threaded and ids(window) == [6, 5, 4])


def click(window: MainWindow, row: int, column: str, modifier: Qt.KeyboardModifier | None = None) -> None:
    area = window.list.visualRect(window.model.index(row, NUMBERS[column]))
    keys = modifier or Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton, keys, area.center())


async def test_t_folds_and_unfolds(window: MainWindow) -> None:
    await folded(window)
    assert cells(window, "event") == ["3 captures", "2 captures", "Answer 1"]
    assert cells(window, "respondent") == ["a", "b", "c"]
    assert window.filter_row.count.text() == "6 captures"
    QTest.keyClick(window.list, Qt.Key.Key_T)
    await until(lambda: ids(window) == [6, 5, 4, 3, 2, 1])


async def test_the_button_in_the_header_folds(window: MainWindow) -> None:
    await fill(window, an_answer(user="a"), an_answer(user="a"))
    button = window.findChild(ThreadsButton)
    assert button is not None
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await until(lambda: ids(window) == [2])
    assert button.isChecked()


async def test_arrows_open_and_fold_a_thread_whose_rows_do_not_repeat_it(window: MainWindow) -> None:
    await folded(window)
    QTest.keyClick(window.list, Qt.Key.Key_Down)
    QTest.keyClick(window.list, Qt.Key.Key_Right)
    assert ids(window) == [6, 6, 3, 1, 5, 4]
    assert cells(window, "respondent") == ["a", "", "", "", "b", "c"]
    assert cells(window, "survey")[1:4] == ["", "", ""]
    assert cells(window, "event")[:4] == ["3 captures", "Answer 1", "Answer 1", "Answer 1"]
    for _ in range(2):
        QTest.keyClick(window.list, Qt.Key.Key_J)
    assert window.list.selected_ids() == (3,)
    QTest.keyClick(window.list, Qt.Key.Key_Left)
    assert ids(window) == [6, 5, 4]
    assert window.list.selected_ids() == (6, 3, 1)


async def test_a_click_on_the_chevron_opens_without_selecting(window: MainWindow) -> None:
    await folded(window)
    click(window, 1, "gutter")
    assert ids(window) == [6, 5, 5, 2, 4]
    assert window.list.selected_ids() == ()
    click(window, 1, "gutter")
    assert ids(window) == [6, 5, 4]


async def test_a_selected_thread_stands_for_all_its_captures(window: MainWindow) -> None:
    await folded(window)
    click(window, 0, "time")
    assert window.list.selected_ids() == (6, 3, 1)
    click(window, 2, "time", Qt.KeyboardModifier.ControlModifier)
    assert window.list.selected_ids() == (6, 4, 3, 1)
    QTest.keyClick(window.list, Qt.Key.Key_P)
    await until(lambda: window.session.captures.figures().pinned == 4)


async def test_while_following_a_new_capture_moves_its_thread_to_the_top(
    window: MainWindow, session: Session
) -> None:
    await folded(window)
    click(window, 2, "gutter")  # of one capture: nothing to open
    window.list.follow(True)
    click(window, 1, "gutter")
    await deliver(session, an_answer("b again", user="b"), an_answer("new", user="d"))
    await until(lambda: ids(window) == [8, 7, 7, 5, 2, 6, 4])
    assert cells(window, "event")[:2] == ["Answer 1", "3 captures"]
    assert window.list.is_following


async def test_what_arrives_while_a_thread_is_selected_joins_when_the_list_follows_again(
    window: MainWindow, session: Session
) -> None:
    await folded(window)
    click(window, 1, "time")
    await deliver(session, an_answer("c again", user="c"))
    await until(lambda: "1 new" in window.filter_row.follow.shown_text)
    assert ids(window) == [6, 5, 4]
    assert window.list.selected_ids() == (5, 2)
    QTest.keyClick(window.list, Qt.Key.Key_F)
    await until(lambda: ids(window) == [7, 6, 5])
    assert cells(window, "event")[0] == "2 captures"


async def test_a_filter_decides_what_a_thread_consists_of(window: MainWindow) -> None:
    await folded(window)
    window.filter_row.field.setText("-id:3")
    await until(lambda: ids(window) == [6, 5, 4] and cells(window, "event")[0] == "2 captures")
    click(window, 0, "time")
    assert window.list.selected_ids() == (6, 1)


async def test_a_capture_inside_a_folded_thread_can_be_selected(window: MainWindow) -> None:
    await folded(window)
    assert window.list.select_capture(3)
    assert ids(window) == [6, 6, 3, 1, 5, 4]
    assert window.list.selected_ids() == (3,)


async def test_another_order_ends_the_threads(window: MainWindow) -> None:
    await folded(window)
    order = window.list.columns.order_by("size")
    assert order is not None
    window.listing.put_in(order)
    await until(lambda: len(ids(window)) == 6)
    assert not window.actions_table["threads"].isChecked()
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [6, 5, 4])


async def test_a_thread_shows_the_latest_answer_to_each_question(window: MainWindow) -> None:
    await fill(window, a_completion("Good"), an_answer("Better", question="q-1"))
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [2])
    assert [part.words for part in window.model.line_at(0).parts] == ["“Better”"]
    assert cells(window, "answer") == ["“Better”"]


async def test_an_evaluated_capture_changes_the_verdict_of_its_thread(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("1", user="a"), secret="wrong")
    await deliver(session, an_answer("2", user="a"))
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [2])
    assert cells(window, "verdict")[0].startswith("Invalid")
    await session.captures.delete([1])
    await until(lambda: cells(window, "verdict") == ["Bytes only"] or cells(window, "verdict") == ["Valid"])


async def test_the_open_capture_stays_listed_after_it_was_cured(window: MainWindow, session: Session) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    for user in ("a", "b", "a", "a"):
        await deliver(session, an_answer(user=user), secret="mine")
    QTest.keyClicks(window.filter_row.field, "verdict:invalid")
    await until(lambda: ids(window) == [4, 3, 2, 1])
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [4, 2])
    assert window.list.select_capture(3)
    QTest.keyClick(window.list, Qt.Key.Key_4)  # the tab Signature
    cure = window.detail.signature.buttons.cure
    await until(lambda: cure.isVisible() and cure.isEnabled())
    QTest.mouseClick(cure, Qt.MouseButton.LeftButton)
    await until(lambda: cells(window, "verdict") == ["Valid"])
    assert ids(window) == [3]
    assert window.list.selected_ids() == (3,)
    assert window.list.shown == 3
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [])


async def test_threads_are_remembered(window: MainWindow, session: Session, theme: Theme) -> None:
    await folded(window)
    window.layout_memory.save()
    again = MainWindow(session, theme)
    again.show()
    await until(lambda: again.model.is_threaded and again.model.rowCount() == 3)
    end(again)


async def test_the_header_button_makes_room_for_the_title(window: MainWindow) -> None:
    await fill(window, an_answer())
    button = window.findChild(ThreadsButton)
    assert button is not None
    header = window.list.horizontalHeader()
    last = header.sectionViewportPosition(len(NUMBERS) - 1)
    assert button.mapTo(header, QPoint(0, 0)).x() > last
    header.resizeSection(NUMBERS["survey"], 4_000)
    assert not button.isVisible()


async def test_a_complete_result_does_not_move_the_first_threads(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_FIRST_SPAN", 2)
    resets: list[int] = []
    window.model.modelReset.connect(lambda: resets.append(window.model.rowCount()))
    await fill(window, *(an_answer(f"{user} said", user=user) for user in USERS))
    resets.clear()
    window.actions_table["threads"].trigger()
    await until(lambda: ids(window) == [6, 5, 4])
    await until(lambda: cells(window, "event")[0] == "3 captures")
    assert resets == [2]
