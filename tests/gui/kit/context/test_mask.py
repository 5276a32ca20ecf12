"""A screen that is shared: what the mask hides, what it leaves, and that copying stays exact."""

from __future__ import annotations

import json
from functools import partial

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from inspector.domain.mask.mask import DOTS
from inspector.domain.query.scope import Scope
from inspector.gui.captures.columns import NUMBERS
from inspector.gui.detail.body.json_tree import JsonTree
from inspector.gui.detail.signature.digests import DigestView
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, an_answer, signature
from tests.gui.conftest import at_rest, deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

KEY, USER = "key-5f3c9a71", "someone-0412"
BODY_SENT = json.dumps(json.loads(an_answer(user=USER)) | {"app_key": KEY}, separators=(",", ":")).encode()
DIGEST = signature(BODY_SENT).decode()


@pytest.fixture
async def filled(window: MainWindow, session: Session) -> MainWindow:
    """One signed answer, chosen."""
    await deliver(session, BODY_SENT)
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    await until(lambda: window.detail.shown is not None)
    return window


def shown(window: QWidget) -> str:
    """Every text in sight, with tool tips and what a screen reader is told."""
    parts: list[str] = []
    for one in window.findChildren(QWidget):
        if not one.isVisible():
            continue
        parts += (one.toolTip(), one.accessibleName(), one.accessibleDescription())
        if isinstance(one, (QLabel, QLineEdit)):
            parts.append(one.text())
        elif isinstance(one, (QPlainTextEdit, QTextEdit)):
            parts.append(one.toPlainText())
        elif isinstance(one, DigestView):
            parts.append(one.text)
        elif isinstance(one, QAbstractItemView) and one.model() is not None:
            parts += cells(one)
    return "\n".join(parts)


def cells(view: QAbstractItemView) -> list[str]:
    """What a list, a table or the first level of a tree shows."""
    model = view.model()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    indexes = [model.index(row, column) for row in range(model.rowCount()) for column in range(columns)]
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    return [str(index.data(role)) for index in indexes for role in roles]


def mask(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert window.screen_mask.is_on


async def look_at_all(window: MainWindow) -> str:
    """Walk through the tabs, and gather what they show."""
    texts = []
    for tab in range(window.detail.strip.count()):
        window.detail.strip.setCurrentIndex(tab)
        await at_rest("show a capture")
        if window.detail.current_view is window.detail.signature:
            await until(window.detail.signature.digests.isVisible)
        texts.append(shown(window))
    window.detail.show_view("Body")
    for view in range(4):
        window.detail.body.choice.button(view).click()
        await at_rest("show a body")
        texts.append(shown(window))
    return "\n".join(texts)


async def test_without_it_everything_is_shown(filled: MainWindow) -> None:
    text = await look_at_all(filled)
    assert KEY in text
    assert DIGEST in text


async def test_no_key_and_no_digest_stays_on_any_tab(filled: MainWindow) -> None:
    await look_at_all(filled)
    mask(filled)
    text = await look_at_all(filled)
    assert KEY not in text
    assert DIGEST not in text
    assert SECRET_TEXT not in text
    assert DOTS in text


async def test_what_is_chosen_in_the_settings_is_hidden_in_the_list_too(
    filled: MainWindow, session: Session
) -> None:
    await session.preferences.save("mask", "secrets")
    await session.preferences.save("masked_fields", ["user_id", "response"])
    assert filled.model.line_at(0).respondent == USER
    mask(filled)
    await until(lambda: filled.model.line_at(0).respondent == DOTS)
    assert filled.model.line_at(0).answer == DOTS
    index = filled.model.index(0, 5)
    assert USER not in str(index.data(Qt.ItemDataRole.ToolTipRole))
    assert USER not in await look_at_all(filled)
    await session.preferences.save("masked_fields", [])
    await until(lambda: filled.model.line_at(0).respondent == USER)


async def test_a_path_of_dots_still_leads_to_the_respondent(filled: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    mask(filled)
    led: list[Scope] = []
    filled.detail.scope_requested.connect(led.append)
    await until(lambda: DOTS in filled.detail.header.title.text())

    def is_led() -> bool:
        filled.detail.header.user.click()  # it leads nowhere until the respondent is counted
        return bool(led)

    await until(is_led)
    assert led[0].user_id == USER


async def test_the_tree_draws_dots_for_a_hidden_name(filled: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["survey_name", "survey_id"])
    model = filled.survey_model
    scope = Scope(part="surveys", survey_id=json.loads(BODY_SENT)["survey_id"])
    await until(lambda: model.index_of(scope).isValid())
    mask(filled)
    index: QModelIndex = model.index_of(scope)
    await until(lambda: index.data(Qt.ItemDataRole.DisplayRole) == DOTS)


async def test_a_copied_body_is_exact(filled: MainWindow) -> None:
    mask(filled)
    filled.detail.action_bar.copy_body()
    data = QGuiApplication.clipboard().mimeData()
    assert data is not None
    assert bytes(data.data("application/octet-stream").data()) == BODY_SENT


async def test_an_invalid_signature_is_not_said_to_have_the_same_digits(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, BODY_SENT, secret="wrong")
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    window.detail.show_view("Signature")
    mask(window)
    digests = window.detail.signature.digests
    await until(digests.isVisible)
    await until(lambda: digests.received.text == DOTS)
    assert digests.raw.text == DOTS
    assert "differ" in digests.raw_note.toPlainText()


async def test_it_goes_as_it_came_and_its_sign_with_it(filled: MainWindow) -> None:
    filled.detail.show_view("Headers")
    mask(filled)
    reminders = [one for one in filled.status.findChildren(QWidget) if one.accessibleName() == "Masked"]
    assert reminders[0].isVisible()
    QTest.keyClick(filled, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert not reminders[0].isVisible()
    assert DIGEST in await look_at_all(filled)


async def test_a_page_of_answers_is_covered_while_chosen_fields_are_hidden(
    filled: MainWindow, session: Session
) -> None:
    survey = json.loads(BODY_SENT)["survey_id"]
    await until(lambda: filled.survey_model.index_of(Scope(part="surveys", survey_id=survey)).isValid())
    filled.surveys.tree.select(Scope(part="surveys", survey_id=survey))
    filled.summary_stack.toggle()
    await until(filled.summary_stack.survey.isVisible)
    await session.preferences.save("mask", "secrets")
    mask(filled)
    covers = partial(filled.findChildren, MaskOverlay)
    # Credentials are not on such a page.
    await until(lambda: [one for one in covers() if one.isVisible()], lambda visible: visible == [])
    await session.preferences.save("masked_fields", ["response"])
    await until(lambda: [one for one in filled.findChildren(MaskOverlay) if one.isVisible()])
    cover = next(one for one in filled.findChildren(MaskOverlay) if one.isVisible())
    assert cover.geometry() == filled.summary_stack.survey.geometry()
    assert not filled.summary_stack.survey.isEnabled()
    filled.screen_mask.set_on(False)
    assert not cover.isVisible()
    assert filled.summary_stack.survey.isEnabled()


async def test_a_column_of_the_body_hides_what_was_read_before(filled: MainWindow, session: Session) -> None:
    filled.model.set_paths(["$.app_key"])
    await until(lambda: filled.model.line_at(0).values == (KEY,))
    mask(filled)
    await until(lambda: filled.model.line_at(0).values == (DOTS,))


async def test_a_copied_value_is_exact(filled: MainWindow) -> None:
    filled.detail.show_view("Body")
    mask(filled)
    tree = filled.detail.body.tree
    await until(lambda: DOTS in str(member(tree, "app_key").siblingAtColumn(1).data()))
    tree.setCurrentIndex(member(tree, "app_key"))
    next(action for action in tree.actions() if action.text() == "Copy value").trigger()
    await until(lambda: QGuiApplication.clipboard().text() == f'"{KEY}"')


def member(tree: JsonTree, name: str) -> QModelIndex:
    """A member of the outermost object; none until the tree is made."""
    rows = [tree.json.index(row, 0) for row in range(tree.json.rowCount())]
    rows += [
        tree.json.index(row, 0, above) for above in list(rows) for row in range(tree.json.rowCount(above))
    ]
    return next((index for index in rows if index.data() == name), QModelIndex())


async def test_what_an_answer_was_before_is_hidden_as_it_is(window: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["response"])
    await deliver(session, an_answer("was secret", at="2026-01-01T10:00:00.000Z"))
    await deliver(session, an_answer("is secret", at="2026-01-01T11:00:00.000Z"))
    await until(lambda: session.groups.behind == 0 and window.model.rowCount() == 2)
    mask(window)
    window.list.select_capture(2)
    await until(lambda: "The previous answer was" in shown(window))
    assert "was secret" not in shown(window)


async def menu_at(window: MainWindow, column: str) -> QMenu:
    """The menu of a cell in the first row, opened as by a click of the right button."""
    view = window.list
    index = window.model.index(0, NUMBERS[column])
    view.scrollTo(index)
    place = view.visualRect(index).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse,
        place,
        view.viewport().mapToGlobal(place),
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view.viewport(), asked)
    await until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


async def test_a_value_copied_from_the_list_is_exact_and_a_filter_does_not_show_it(
    filled: MainWindow, session: Session
) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    filled.captures.columns_menu.add_path("$.app_key")
    await until(lambda: filled.model.line_at(0).values == (KEY,))
    mask(filled)
    await until(lambda: filled.model.line_at(0).values == (DOTS,))
    await until(lambda: filled.model.line_at(0).respondent == DOTS)
    for column, exact in (("path-1", KEY), ("respondent", USER)):
        menu = await menu_at(filled, column)
        for name in ("filter-value", "exclude-value"):
            assert not filled.actions_table[name].isEnabled()
        copy = filled.actions_table["copy-value"]
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(copy).center())
        await until(lambda: QApplication.activePopupWidget() is None)
        assert QGuiApplication.clipboard().text() == exact
    unmask(filled)
    await until(lambda: filled.model.line_at(0).values == (KEY,))
    menu = await menu_at(filled, "path-1")
    by_value = filled.actions_table["filter-value"]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(by_value).center())
    assert filled.filter_row.field.text() == f"$.app_key:{KEY}"


def unmask(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert not window.screen_mask.is_on


async def test_a_body_counts_its_own_bytes_not_those_of_the_dots(filled: MainWindow) -> None:
    filled.detail.show_view("Body")
    said = f"{len(BODY_SENT):,} bytes"
    await until(lambda: filled.detail.body.size_label.text() == said)
    mask(filled)
    await until(lambda: DOTS in shown(filled.detail.body))
    assert filled.detail.body.size_label.text() == said
    assert said in shown(filled.detail.header)


async def test_a_percent_encoded_name_in_the_request_line_hides_its_value(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(), target=b"/x?app%5Fkey=SECRETKEY")
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    await until(lambda: "SECRETKEY" in shown(window))
    mask(window)
    await until(lambda: "SECRETKEY" not in shown(window))
    assert "SECRETKEY" not in await look_at_all(window)


async def test_the_message_says_what_is_hidden_and_what_is_not_and_leads_to_the_choice(
    window: MainWindow, session: Session
) -> None:
    banner = window.program_commands.mask_banner
    assert not banner.isVisible()
    mask(window)
    assert banner.isVisible()
    assert banner.preset.currentText() == "People"
    assert banner.sentence.text() == (
        "Hidden: secrets, digests, app_key, user ids, e-mail addresses, answers, notes"
        " and the public address. Visible: surveys, questions, groups and headers."
    )
    banner.preset.setFocus()
    QTest.keyClick(banner.preset, Qt.Key.Key_Up)
    await session.preferences.save("masked_fields", ["user_id", "response"])
    said = (
        "Hidden: secrets, digests, app_key and 2 selected fields."
        " Visible: user ids, answers, notes and the public address."
    )
    await until(lambda: banner.sentence.text() == said)
    assert session.preferences.mask_preset == "secrets"
    await session.preferences.save("mask", "everything")
    said = "Hidden: everything except surveys and questions, and 2 selected fields."
    await until(lambda: banner.sentence.text() == said)
    banner.select_fields.click()
    [settings] = await until(lambda: window.findChildren(SettingsDialog))
    row = settings.rows["masked_fields"]
    await until(lambda: row.isAncestorOf(QApplication.focusWidget()))
    settings.reject()
    banner.unmask.click()
    assert window.status.message == "The screen is no longer masked."
    assert not banner.isVisible()


async def test_people_are_hidden_by_default_on_every_tab(filled: MainWindow, session: Session) -> None:
    await session.address.set("https://quiet-river.example.com/in/k3v9q2m8")
    await session.captures.put_note(1, "call someone@example.com")
    await until(lambda: "quiet-river" in shown(filled.bar))
    mask(filled)
    text = await look_at_all(filled)
    for hidden in (USER, "quiet-river", "k3v9q2m8", "someone@example.com", json.loads(BODY_SENT)["response"]):
        assert hidden not in text.replace(filled.detail.notes.editor.toPlainText(), "")
    filled.detail.show_view("Notes")
    assert not filled.detail.notes.editor.isEnabled()
    assert session.captures.rows([1])[1].note == "call someone@example.com"
    filled.screen_mask.set_on(False)
    assert filled.detail.notes.editor.toPlainText() == "call someone@example.com"
