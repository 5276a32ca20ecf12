"""Everything in the window and its dialogs is reached by keyboard, and has a name for who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.command_table import COMMANDS, MENU
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import COMPLETION, a_completion, an_answer
from tests.gui.conftest import at_rest, deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
)


PARTS_OF_A_CONTROL = (QScrollBar, QHeaderView)


"""What its control names and moves."""


def is_part(widget: QWidget) -> bool:
    """Made by Qt itself within a control: its button to empty a field, a tab bar's arrows, a popup."""
    if isinstance(widget, PARTS_OF_A_CONTROL) or widget.objectName().startswith("qt_"):
        return True
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, CONTROLS):
            return True
        around = around.parentWidget()
    return False


def controls(top: QWidget) -> list[QWidget]:
    """What its user can operate, in sight or not."""
    return [one for one in top.findChildren(QWidget) if isinstance(one, CONTROLS) and not is_part(one)]


def described(widget: QWidget) -> str:
    """Enough to find a widget by."""
    names = []
    around: QWidget | None = widget
    while around is not None:
        names.append(type(around).__name__)
        around = around.parentWidget()
    return " in ".join(names)


def name_of(widget: QWidget) -> str:
    """What a screen reader is told of it: its name, else its own text or that of its label."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


def nameless(top: QWidget) -> list[str]:
    """Controls of which a screen reader could only say what kind of thing they are."""
    return [described(one) for one in controls(top) if one.isVisible() and not name_of(one)]


def unreachable(top: QWidget) -> list[str]:
    """Controls that neither Tab nor an action leads to."""
    return [
        described(one)
        for one in controls(top)
        if one.isVisibleTo(top)
        and one.isEnabledTo(top)
        and not one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.accessibleName() not in KEYS_ELSEWHERE
        and not is_led_to_by_arrows(one)
    ]


def is_led_to_by_arrows(widget: QWidget) -> bool:
    """One of a few of which another is on: Tab leads to that one, and the arrow keys from there."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    on = group.checkedButton() if group is not None and group.exclusive() else None
    return on is not None and on is not widget and bool(on.focusPolicy() & Qt.FocusPolicy.TabFocus)


KEYS_ELSEWHERE = ("Filter suggestions", "Commands")


"""Lists whose field keeps the focus and passes the keys on."""


def tab_stops(top: QWidget) -> list[QWidget]:
    """What Tab leads to, in the order in which it does: walked by the key itself."""
    first = top.focusWidget()
    if first is None:
        QTest.keyClick(top, Qt.Key.Key_Tab)
        first = top.focusWidget()
    assert first is not None, "nothing in it takes the focus"
    stops = [first]
    for _ in range(200):
        QTest.keyClick(stops[-1], Qt.Key.Key_Tab)
        one = top.focusWidget()
        assert one is not None
        if one is first or (isinstance(top, QDialog) and one in stops):
            return stops  # a dialog may open with the focus on a text that is only read
        assert one not in stops, f"Tab goes round in {described(one)}"
        stops.append(one)
    raise AssertionError("Tab never comes back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a dialog is opened."""

    action: str
    needs_captures: bool = False


DIALOGS = (
    Opening(action="settings"),
    Opening(action="shortcuts"),
    Opening(action="handbook"),
    Opening(action="log"),
    Opening(action="add-secret"),
    Opening(action="try-secret", needs_captures=True),
    Opening(action="set-address"),
    Opening(action="connect-inbox"),
    Opening(action="maintenance"),
    Opening(action="check-receiver"),
    Opening(action="replay-plan", needs_captures=True),
    Opening(action="edit-replay", needs_captures=True),
    Opening(action="compare", needs_captures=True),
    Opening(action="compare-with", needs_captures=True),
    Opening(action="replay-listed", needs_captures=True),
    Opening(action="paste"),
    Opening(action="save-filter", needs_captures=True),
)


@pytest.fixture
async def filled(window: MainWindow, session: Session) -> MainWindow:
    """The window with some captures, one of them chosen."""
    await deliver(session, an_answer(user="ann"), a_completion(user="ann"))
    await deliver(session, an_answer(user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 3)
    window.list.select_capture(2)
    await until(lambda: window.detail.shown is not None)
    return window


def opened(window: MainWindow) -> list[QDialog]:
    """The dialogs that are open."""
    return [one for one in window.findChildren(QDialog) if one.isVisible()]


def picture(window: MainWindow, one: QWidget) -> QImage:
    """How a control looks within the window."""
    return window.grab(QRect(one.mapTo(window, QPoint(0, 0)), one.size())).toImage()


async def test_each_control_of_the_first_start_has_a_name(window: MainWindow) -> None:
    assert nameless(window) == []
    assert unreachable(window) == []


async def test_each_control_of_the_filled_window_has_a_name_on_each_tab(filled: MainWindow) -> None:
    for tab in range(filled.detail.strip.count()):
        filled.detail.strip.setCurrentIndex(tab)
        await at_rest("show a capture", "show new attempts", "explain a signature")
        assert nameless(filled) == [], filled.detail.strip.tabText(tab)
        assert unreachable(filled) == [], filled.detail.strip.tabText(tab)


@pytest.mark.parametrize("opening", DIALOGS, ids=lambda opening: opening.action)
async def test_each_control_of_a_dialog_has_a_name(filled: MainWindow, opening: Opening) -> None:
    QGuiApplication.clipboard().setText(COMPLETION.decode())  # for `paste`
    filled.filter_row.field.setText("verdict:valid")  # for `save-filter`
    await until(lambda: filled.listing.text == "verdict:valid")
    filled.actions_table[opening.action].trigger()
    await until(lambda: opened(filled))
    dialog = opened(filled)[0]
    assert dialog.windowTitle().strip()
    await until(lambda: nameless(dialog), lambda names: names == [])  # what it shows is read first
    await until(lambda: unreachable(dialog), lambda names: names == [])
    assert tab_stops(dialog)
    await at_rest("count captures to replay")
    dialog.close()


async def test_each_control_of_the_settings_has_a_name_on_each_page(filled: MainWindow) -> None:
    filled.actions_table["settings"].trigger()
    (dialog,) = await until(lambda: opened(filled))
    assert isinstance(dialog, SettingsDialog)
    for page in range(dialog.pages.count()):
        dialog.pages.setCurrentRow(page)
        await until(lambda: nameless(dialog), lambda names: names == [])  # pages are built when shown
        await until(lambda: unreachable(dialog), lambda names: names == [])
    dialog.close()


async def test_each_control_of_a_masked_window_has_a_name(filled: MainWindow) -> None:
    filled.actions_table["mask"].trigger()
    await at_rest("show a capture")
    assert nameless(filled) == []
    assert unreachable(filled) == []


async def test_tab_walks_as_one_reads_and_back_to_where_it_began(filled: MainWindow) -> None:
    filled.bar.findChildren(IconButton)[0].setFocus()
    stops = tab_stops(filled)
    parts = [
        filled.bar,
        filled.surveys,
        filled.filter_row,
        filled.strip,
        filled.list,
        filled.detail,
        filled.status,
    ]
    walked = [next(part for part in parts if part is one or part.isAncestorOf(one)) for one in stops]
    seen = list(dict.fromkeys(walked))
    assert seen == parts
    assert walked == sorted(walked, key=parts.index), "it leaves no part and returns"


async def test_tab_walks_from_the_strip_down_the_columns_of_its_legend(filled: MainWindow) -> None:
    filled.filter_row.field.setFocus()
    stops = [one for one in tab_stops(filled) if filled.strip.isAncestorOf(one)]
    assert stops == [filled.strip.bars, *filled.strip.legend.entries]


async def test_back_tab_walks_the_same_way_back(filled: MainWindow) -> None:
    filled.bar.findChildren(IconButton)[0].setFocus()
    stops = tab_stops(filled)
    for one in reversed(stops):
        QTest.keyClick(filled.focusWidget(), Qt.Key.Key_Backtab)
        assert filled.focusWidget() is one


async def test_buttons_that_are_made_later_are_reached_where_they_stand(filled: MainWindow) -> None:
    filled.list.select_capture(3)
    filled.detail.show_view("Signature")
    card = "FindingCard"
    await until(lambda: any(card in described(one) for one in controls(filled) if one.isVisible()))
    stops = tab_stops(filled)
    buttons = [place for place, one in enumerate(stops) if card in described(one)]
    bar = [place for place, one in enumerate(stops) if filled.detail.action_bar.isAncestorOf(one)]
    tabs = stops.index(filled.detail.strip)
    assert buttons
    assert tabs < min(buttons) or tabs > max(bar), "after the tabs"
    assert max(buttons) < min(bar)


async def test_each_stop_shows_that_it_has_the_focus(filled: MainWindow) -> None:
    stops = tab_stops(filled)
    looked: dict[QWidget, QImage] = {}
    for _ in stops:
        QTest.keyClick(filled.focusWidget(), Qt.Key.Key_Tab)
        for other in stops:
            if other is not filled.focusWidget():
                looked.setdefault(other, picture(filled, other))
    for _ in stops:
        one = filled.focusWidget()
        assert picture(filled, one) != looked[one], f"{described(one)} looks the same"
        QTest.keyClick(one, Qt.Key.Key_Tab)


async def test_the_answers_are_one_stop_and_the_arrow_keys_move_within(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(*(f"answer {number}" for number in range(1, 10))))
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    answers = window.detail.answers

    def texts() -> list[str]:
        return [one.toPlainText() for one in answers.findChildren(FlowText) if one.isVisible()]

    await until(lambda: "answer 9" in texts())
    [stop] = [one for one in tab_stops(window) if answers.isAncestorOf(one) or one is answers]
    stop.setFocus()
    walked = []
    for _ in range(18):
        focused = window.focusWidget()
        assert isinstance(focused, FlowText)
        walked.append(focused.toPlainText())
        QTest.keyClick(focused, Qt.Key.Key_Down)
    numbers = range(1, 10)
    assert walked == [text for one in numbers for text in (f"Question {one}?", f"answer {one}")]
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Up)
    last = window.focusWidget()
    assert isinstance(last, FlowText)
    assert last.toPlainText() == "Question 9?"
    QTest.keyClick(last, Qt.Key.Key_Tab)
    assert not answers.isAncestorOf(window.focusWidget())
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
    assert window.focusWidget() is last, "Tab leads back to where the focus was"


async def test_an_icon_button_with_the_focus_has_a_ring_in_the_accent(filled: MainWindow) -> None:
    button = filled.surveys.only_partial
    for _ in tab_stops(filled):
        if button.hasFocus():
            break
        QTest.keyClick(filled.focusWidget(), Qt.Key.Key_Tab)
    image = picture(filled, button)
    accent = filled.theme.color("accent")
    edge = [image.pixelColor(image.width() // 2, y) for y in range(3)]
    assert any(abs(one.red() - accent.red()) + abs(one.blue() - accent.blue()) < 60 for one in edge)


def test_no_two_actions_have_the_same_keys() -> None:
    keys = [QKeySequence(one).toString() for command in COMMANDS for one in command.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("replay", "R"), ("edit-replay", "E"), ("next", "J"), ("previous", "K"), ("filter", "/"),
        ("follow", "F"), ("palette", "Ctrl+K"), ("shortcuts", "?"),
        *((f"tab-{number}", str(number)) for number in range(1, 7)),
    ],
)  # fmt: skip
def test_the_keys_that_hands_remember_stay(name: str, key: str) -> None:
    assert {command.name: command.keys[0] for command in COMMANDS if command.keys}[name] == key


async def test_every_action_does_something(window: MainWindow) -> None:
    for command in COMMANDS:
        action = window.actions_table[command.name]
        signal = "toggled(bool)" if command.is_checkable else "triggered(bool)"
        assert action.receivers(f"2{signal}") > 0, f"{command.name} is not wired"


def test_the_menu_names_actions_of_the_table() -> None:
    assert {name for name in MENU if name} <= {command.name for command in COMMANDS}


async def test_the_whole_way_to_a_signature_is_walked_by_keys(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await deliver(session, an_answer(user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 2)
    QTest.keyClick(window, Qt.Key.Key_J)
    QTest.keyClick(window, Qt.Key.Key_4)
    await until(lambda: window.detail.strip.currentIndex() == 3)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_commands.palette.field.hasFocus()
    QTest.keyClicks(window.palette_commands.palette.field, "headers")
    QTest.keyClick(window.palette_commands.palette.field, Qt.Key.Key_Return)
    await until(lambda: window.detail.strip.currentIndex() == 2)
    assert not window.palette_commands.palette.isVisible()


async def test_every_control_has_a_name(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.list.step(1)
    buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
    fields = [one for one in window.findChildren(QLineEdit) if one.isVisible()]
    assert len(buttons) > 5
    assert len(fields) >= 2
    theirs = ("QLineEditIconButton", "QTableCornerButton")  # made and named by Qt
    nameless = [
        one
        for one in (*buttons, *fields)
        if not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
        and one.metaObject().className() not in theirs
    ]
    assert nameless == []
