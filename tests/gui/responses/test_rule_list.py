"""The list of response rules by keys and mouse: selecting, switching, moving, removing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from inspector.gui.kit.theme import Theme
from inspector.gui.responses.rule_list import RuleLine, RuleList

LINES = (
    RuleLine(key=7, sentence="503 for the first 3", note="survey:nps", number="8 match", is_movable=True),
    RuleLine(key=9, sentence="Wait 31 s, then 200", note="", number="off", is_on=False, is_movable=True),
    RuleLine(key=4, sentence="204", note="", number="12 match", is_movable=True),
    RuleLine(key=None, sentence="Everything else: 200 OK", note="Sent as soon as the capture is on disk."),
)


class Shown:
    """The list, with what it emitted."""

    def __init__(self, rules: RuleList) -> None:
        self.rules = rules
        self.moved: list[tuple[object, int]] = []
        self.switched: list[tuple[object, bool]] = []
        self.removed: list[object] = []
        self.selected: list[object] = []
        rules.moved.connect(lambda key, by: self.moved.append((key, by)))
        rules.switched.connect(lambda key, is_on: self.switched.append((key, is_on)))
        rules.remove_requested.connect(self.removed.append)
        rules.rule_selected.connect(self.selected.append)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.rules, key, modifier)

    def row(self, place: int) -> QPoint:
        """Return the middle of a row."""
        return self.rules.visualRect(self.rules.model().index(place, 0)).center()

    def drag(self, start: QPoint, *way: QPoint) -> None:
        """Press at `start`, move along the way, and release at its end."""
        port, left = self.rules.viewport(), Qt.MouseButton.LeftButton
        QTest.mousePress(port, left, pos=start)
        for point in way:
            QTest.mouseMove(port, point)
            QApplication.processEvents()
        QTest.mouseRelease(port, left, pos=way[-1])


@pytest.fixture
def shown(theme: Theme) -> Iterator[Shown]:
    rules = RuleList(theme)
    rules.resize(420, 400)
    QAbstractItemModelTester(rules.model(), QAbstractItemModelTester.FailureReportingMode.Fatal, rules)
    rules.show_lines(LINES)
    rules.select(7)
    rules.show()
    yield Shown(rules)
    rules.deleteLater()


def test_the_keys_select_switch_move_and_remove_a_rule(shown: Shown) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    shown.press(Qt.Key.Key_Down)
    assert shown.rules.selected == 9
    shown.press(Qt.Key.Key_Space)
    assert shown.switched == [(9, True)]
    shown.press(Qt.Key.Key_Up, alt)
    shown.press(Qt.Key.Key_Down, alt)
    assert shown.moved == [(9, -1), (9, 1)]
    shown.press(Qt.Key.Key_Delete)
    assert shown.removed == [9]


def test_the_last_row_is_fixed_and_no_rule_goes_below_it(shown: Shown) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    shown.rules.select(4)
    shown.press(Qt.Key.Key_Down, alt)
    shown.press(Qt.Key.Key_Down)
    assert shown.selected[-1] is None
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Delete):
        shown.press(key)
    shown.press(Qt.Key.Key_Up, alt)
    shown.drag(shown.row(3), shown.row(2), shown.row(0))
    assert (shown.moved, shown.switched, shown.removed) == ([], [], [])


def test_a_click_on_the_switch_switches_and_one_on_the_sentence_selects(shown: Shown) -> None:
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(shown.rules.viewport(), left, pos=shown.rules.switch_area(1).center())
    assert shown.switched == [(9, True)]
    assert shown.rules.selected == 9
    QTest.mouseClick(shown.rules.viewport(), left, pos=shown.row(0))
    assert shown.rules.selected == 7
    assert shown.switched == [(9, True)]


def test_a_rule_is_dragged_to_another_place(shown: Shown) -> None:
    shown.drag(shown.row(0), shown.row(1), shown.row(2) + QPoint(0, 20))
    assert shown.moved == [(7, 2)]
    shown.drag(shown.row(2), shown.row(1), shown.row(0) - QPoint(0, 20))
    assert shown.moved == [(7, 2), (4, -2)]
    shown.drag(shown.row(1), shown.row(1) + QPoint(0, 22))  # back where it was
    assert len(shown.moved) == 2
    assert shown.rules.drop_at is None


def test_other_rows_keep_the_selected_rule_selected(shown: Shown) -> None:
    shown.rules.select(9)
    before = len(shown.selected)
    shown.rules.show_lines((LINES[1], LINES[0], *LINES[2:]))
    assert shown.rules.selected == 9
    assert len(shown.selected) == before
    spoken = shown.rules.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Wait 31 s, then 200, off"
