"""The list in a real window: columns, orders, marks, its menu, dragging out, and what is remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.base.files import config_folder
from inspector.domain.query import parse
from inspector.domain.query.scope import PINNED
from inspector.gui.captures.columns import quoted, with_term
from inspector.gui.captures.drag import dragged
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.captures import Order
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import a_capture, an_answer
from tests.gui.conftest import at_rest, end
from tests.session.test_replays import receiver
from tests.store.conftest import put
from tests.waiting import until


async def fill(window: MainWindow, *bodies: bytes, **changes: object) -> None:
    received = (a_capture(body, **changes) for body in bodies)  # type: ignore[arg-type]
    stored = await put(window.session.store, *received)
    window.listing.reload()
    await until(lambda: set(stored) <= set(ids(window)))


def ids(window: MainWindow) -> list[int]:
    return [window.model.id_at(row) for row in range(window.model.rowCount())]


def cells(window: MainWindow, column: str) -> list[str]:
    from inspector.gui.captures.columns import NUMBERS

    return [str(window.model.index(row, NUMBERS[column]).data()) for row in range(window.model.rowCount())]


def click_head(window: MainWindow, name: str) -> None:
    from inspector.gui.captures.columns import NUMBERS

    header = window.list.horizontalHeader()
    if window.list.isColumnHidden(NUMBERS[name]):
        window.list.columns.select({*window.list.columns.selected, name})
    place = QPoint(header.sectionViewportPosition(NUMBERS[name]) + 12, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def sort_by(window: MainWindow, name: str) -> None:
    order = window.list.columns.order_by(name)
    assert order is not None
    window.list.columns.order_requested.emit(order)


async def test_the_status_tells_delivered_never_sent_and_no_response_apart(window: MainWindow) -> None:
    session = window.session
    session.follow()  # as the program does: what was sent since a row was read is noticed
    await fill(window, an_answer("1"), an_answer("2"), an_answer("3"))
    assert cells(window, "status") == ["–"] * 3
    never, mixed, dead = sorted(ids(window))
    async with receiver() as (url, _):
        await session.replays.start(await session.replays.plan(url, ids=[mixed])).wait()
    for _ in range(2):  # nothing listens there any more
        away = await session.replays.plan(f"{url}other", ids=[mixed, dead])
        await session.replays.start(away).wait()
    window.list.columns.select({*window.list.columns.selected, "status"})

    def shown() -> dict[int, str]:
        return dict(zip(ids(window), cells(window, "status"), strict=True))

    await until(shown, lambda cell: cell == {never: "–", mixed: "200, no response", dead: "no response"})


# ---- keys


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
async def test_the_filter_is_left_for_what_it_found_by_a_key(window: MainWindow, key: Qt.Key) -> None:
    await fill(window, b"one", b"two", b"two again")
    QTest.keyClick(window, Qt.Key.Key_Slash)
    field = window.filter_row.field
    await until(field.hasFocus)
    QTest.keyClicks(field, "two")
    await until(lambda: ids(window) == [3, 2])
    if key == Qt.Key.Key_Escape:
        QTest.keyClick(field, key)
        assert field.hasFocus(), "it empties the field first"
        await until(lambda: ids(window) == [3, 2, 1])
    QTest.keyClick(field, key)
    assert window.list.hasFocus()
    QTest.keyClick(window.list, Qt.Key.Key_J)
    assert window.list.currentIndex().isValid()
    assert field.text() == ("" if key == Qt.Key.Key_Escape else "two")


# ---- orders


async def test_a_click_on_a_head_sorts_and_another_turns_it_round(window: MainWindow) -> None:
    await fill(window, b"xx", b"x", b"xxx")
    sort_by(window, "size")
    await until(lambda: ids(window) == [3, 1, 2])
    assert not window.list.is_following
    sort_by(window, "size")
    await until(lambda: ids(window) == [2, 1, 3])
    sort_by(window, "time")
    await until(lambda: ids(window) == [3, 2, 1])


async def test_in_another_order_what_arrives_is_counted_and_following_brings_it_back(
    window: MainWindow,
) -> None:
    await fill(window, b"xx", b"x")
    sort_by(window, "size")
    await until(lambda: ids(window) == [1, 2])
    new = await put(window.session.store, a_capture(b"xxx"))
    window.session.captures.captured.emit(tuple(new))
    await until(lambda: window.filter_row.follow.text() == "1 new")
    assert ids(window) == [1, 2]
    window.actions_table["follow"].trigger()
    await until(lambda: ids(window) == [3, 2, 1])
    assert window.list.is_following


async def test_a_capture_that_is_chosen_is_found_again_in_another_order(window: MainWindow) -> None:
    await fill(window, b"xx", b"x", b"xxx")
    sort_by(window, "size")
    await until(lambda: ids(window) == [3, 1, 2])
    assert window.list.select_capture(1)
    assert window.list.currentIndex().row() == 1
    assert window.list.selected_ids() == (1,)


async def test_another_order_leaves_selected_what_is_and_the_detail_as_it_is(window: MainWindow) -> None:
    await fill(window, b"xx", b"x", b"xxx")
    chosen: list[object] = []
    window.list.select_capture(1)
    window.list.selected.connect(chosen.append)
    click_head(window, "size")
    await until(lambda: ids(window) == [3, 1, 2])
    assert window.list.selected_ids() == (1,)
    assert window.list.currentIndex().row() == 1
    click_head(window, "size")
    await until(lambda: ids(window) == [2, 1, 3])
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert set(window.list.selected_ids()) == {1, 3}
    click_head(window, "time")
    await until(lambda: ids(window) == [3, 2, 1])
    assert set(window.list.selected_ids()) == {1, 3}
    assert window.list.shown == 3
    assert chosen == [3], "the detail was never told that nothing is chosen"


async def test_what_is_chosen_comes_back_with_what_a_filter_hid(window: MainWindow) -> None:
    await fill(window, b"one", b"two", b"three")
    window.list.select_capture(2)
    QTest.keyClicks(window.filter_row.field, "three")
    await until(lambda: ids(window) == [3])
    assert window.list.shown is None
    window.filter_row.field.clear()
    await until(lambda: ids(window) == [3, 2, 1])
    assert window.list.selected_ids() == (2,)


async def test_who_follows_again_has_nothing_selected_after_another_order(window: MainWindow) -> None:
    await fill(window, b"xx", b"x")
    window.list.select_capture(1)
    click_head(window, "size")
    await until(lambda: not window.model.is_by_time)
    QTest.keyClick(window, Qt.Key.Key_F)
    await until(lambda: window.model.is_by_time)
    assert window.list.selected_ids() == ()
    assert window.list.is_following


# ---- columns from the body


async def test_a_column_from_the_body_shows_what_stands_there_and_sorts(window: MainWindow) -> None:
    await fill(window, b'{"n":2}', b'{"n":10}', b"no JSON")
    window.captures.columns_menu.add_path("$.n")
    window.list.viewport().repaint()
    await until(lambda: cells(window, "path-1") == ["", "10", "2"])
    sort_by(window, "path-1")
    await until(lambda: ids(window) == [1, 2, 3])
    window.captures.columns_menu.remove_path("$.n")
    await until(lambda: ids(window) == [3, 2, 1])
    assert "path-1" not in window.list.columns.selected


async def test_what_is_no_path_is_told_and_changes_nothing(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(window, "notify", told.append)
    for text in ("n", "$", "$.a b", "$.n:x"):
        window.captures.columns_menu.add_path(text)
    assert len(told) == 4
    assert window.model.paths == ()


async def test_removing_one_of_two_keeps_the_other_with_its_values(window: MainWindow) -> None:
    await fill(window, b'{"a":1,"b":2}')
    window.captures.columns_menu.add_path("$.a")
    window.captures.columns_menu.add_path("$.b")
    window.captures.columns_menu.remove_path("$.a")
    await until(lambda: cells(window, "path-1") == ["2"])
    assert "path-1" in window.list.columns.selected


# ---- marks


async def test_p_pins_and_again_unpins_and_the_list_shows_it(window: MainWindow) -> None:
    await fill(window, b"x", b"y")
    window.list.selectAll()
    window.actions_table["pin"].trigger()
    await until(lambda: cells(window, "gutter") == ["pinned", "pinned"])
    window.list.select_capture(1)
    window.actions_table["pin"].trigger()
    await until(lambda: cells(window, "gutter") == ["pinned", ""])


async def test_the_button_below_a_capture_is_down_while_it_is_pinned(window: MainWindow) -> None:
    await fill(window, b"x")
    window.list.select_capture(1)
    button = window.detail.action_bar.pin
    await until(lambda: window.detail.action_bar.edit.isEnabled() and not button.isChecked())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await until(lambda: button.isChecked() and button.toolTip() == "Unpin (P)")
    window.actions_table["pin"].trigger()
    await until(lambda: not button.isChecked() and button.toolTip() == "Pin (P)")


async def test_what_is_pinned_has_its_own_place_in_the_tree(window: MainWindow, session: Session) -> None:
    await fill(window, b"x", b"y", b"z")
    tree = window.survey_model
    assert not tree.index_of(PINNED).isValid()
    window.list.select_capture(2)
    window.actions_table["pin"].trigger()
    await until(lambda: tree.index_of(PINNED).isValid())
    window.surveys.tree.select(PINNED)
    await until(lambda: ids(window) == [2])
    await session.captures.pin([3])
    await until(lambda: ids(window) == [3, 2])
    assert tree.node(tree.index_of(PINNED)).note == "2"
    await session.captures.pin([2, 3], is_pinned=False)
    await until(lambda: not tree.index_of(PINNED).isValid())
    await until(lambda: ids(window) == [3, 2, 1])


async def test_a_colour_has_its_word_and_can_be_taken(window: MainWindow) -> None:
    await fill(window, b"x")
    window.list.select_capture(1)
    window.actions_table["color-teal"].trigger()
    await until(lambda: cells(window, "gutter") == ["marked teal"])
    window.actions_table["color-none"].trigger()
    await until(lambda: cells(window, "gutter") == [""])


async def test_a_note_is_a_tag(window: MainWindow, session: Session) -> None:
    await fill(window, b"x")
    await session.captures.put_note(1, "ask <b>them</b>")
    await until(lambda: cells(window, "tags") == ["note"])


async def test_clearing_leaves_what_is_pinned_and_says_so_and_can_be_undone(window: MainWindow) -> None:
    await fill(window, b"x", b"y", b"z")
    window.list.select_capture(2)
    window.actions_table["pin"].trigger()
    await until(lambda: "pinned" in cells(window, "gutter"))
    window.actions_table["clear"].trigger()
    await until(lambda: ids(window) == [2])
    assert window.status.message == "Cleared 2 captures. 1 pinned capture stays."
    window.actions_table["undo"].trigger()
    await until(lambda: ids(window) == [3, 2, 1])


async def test_clearing_a_few_can_be_undone_too(window: MainWindow) -> None:
    await fill(window, b"x", b"y", b"z")
    window.list.select_capture(2)
    window.actions_table["delete"].trigger()
    await until(lambda: ids(window) == [3, 1])
    window.actions_table["undo"].trigger()
    await until(lambda: ids(window) == [3, 2, 1])


# ---- the menu


async def test_the_menu_offers_what_can_be_done_and_filters_by_the_value(window: MainWindow) -> None:
    await fill(window, an_answer(user="u-1"), an_answer(user="u 2"))
    window.list.select_capture(2)
    window.list.cell = (2, "respondent")
    menu = window.captures.commands.menu()
    assert window.actions_table["filter-value"] in menu.actions()
    window.actions_table["filter-value"].trigger()
    assert window.filter_row.field.text() == 'user:"u 2"'
    await until(lambda: ids(window) == [2])
    window.filter_row.field.clear()
    await until(lambda: ids(window) == [2, 1])
    window.list.select_capture(2)
    window.list.cell = (2, "respondent")
    window.actions_table["exclude-value"].trigger()
    await until(lambda: ids(window) == [1])


def offered(window: MainWindow) -> set[str]:
    return {action.objectName() for action in window.captures.commands.menu().actions() if action.isEnabled()}


async def test_the_menu_offers_what_the_selection_allows(window: MainWindow) -> None:
    await fill(window, *(an_answer(user="ann") for _ in range(7)))
    single = {"edit-replay", "copy-as-curl", "compare-with", "show-respondent", "note", "save-report"}
    several = {"replay", "copy-id", "pin", "export-selected", "delete"}
    window.list.select_capture(7)
    await until(window.actions_table["copy-as-curl"].isEnabled)
    assert single | several | {"compare"} <= offered(window)
    window.actions_table["copy-as-curl"].trigger()
    await until(lambda: QGuiApplication.clipboard().text(), lambda text: "curl" in text)
    window.list.selectAll()
    assert several <= offered(window)
    assert not (single | {"compare"}) & offered(window)
    for name in ("edit-replay", "save-report", "note", "show-respondent"):
        assert not window.actions_table[name].isEnabled()
    bar = window.replay_commands.several_of(window.detail).bar
    buttons = {one.text() for one in bar.findChildren(Button) if one.isVisible()}
    assert buttons == {"Replay with a plan…", "Copy"}
    [copies, more] = bar.menus
    assert "Copy the id" in [action.text() for action in copies.actions()]
    copies.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "7\n6\n5\n4\n3\n2\n1"
    next(one for one in more.actions() if one.text() == "Clear selected captures").trigger()
    await until(lambda: ids(window) == [])


async def test_the_menu_leads_to_the_respondent(window: MainWindow) -> None:
    await fill(window, an_answer(user="ann"), an_answer(user="bob"), b"{}")
    window.list.select_capture(3)
    assert not window.actions_table["show-respondent"].isEnabled()
    window.list.select_capture(1)
    window.actions_table["show-respondent"].trigger()
    await until(lambda: ids(window) == [1])
    assert window.listing.scope.user_id == "ann"


async def test_a_link_to_a_missing_capture_selects_nothing_later(
    window: MainWindow, session: Session
) -> None:
    await fill(window, an_answer(user="ann"), an_answer(user="bob"))
    for follow in (window.select_capture, window.summary_stack.capture_requested.emit):
        deletion = await session.captures.delete([1])
        await until(lambda: ids(window) == [2])
        follow(1)
        await until(lambda: not window.listing.is_searching)
        await at_rest("list captures")
        assert window.list.selected_ids() == ()
        await session.captures.undo(deletion)
        await until(lambda: ids(window) == [2, 1])
        assert window.list.selected_ids() == ()


async def test_ids_and_values_are_copied(window: MainWindow) -> None:
    await fill(window, an_answer(user="u-1"), an_answer(user="u-2"))
    window.list.selectAll()
    window.actions_table["copy-id"].trigger()
    assert QGuiApplication.clipboard().text() == "2\n1"
    window.list.cell = (1, "respondent")
    window.actions_table["copy-value"].trigger()
    assert QGuiApplication.clipboard().text() == "u-1"


async def test_nothing_can_be_done_with_nothing(window: MainWindow) -> None:
    await fill(window, b"x")
    assert not window.actions_table["pin"].isEnabled()
    window.list.select_capture(1)
    assert window.actions_table["pin"].isEnabled()
    assert window.actions_table["note"].isEnabled()


def test_a_filter_is_narrowed_whatever_it_is_and_whatever_the_value() -> None:
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'
    for text in ("", "crash", "crash OR slow"):
        for term in ("user:u-1", 'user:"a b"', "since:11:49 before:11:50"):
            for is_included in (True, False):
                parse(with_term(text, term, is_included=is_included))


# ---- dragged out


async def test_a_capture_is_dragged_out_as_a_file_with_exactly_its_bytes(session: Session) -> None:
    body = b'{"a": 1.0,\r\n "b":"\xc3\xa4"}'
    await put(session.store, a_capture(b"x"), a_capture(body))
    (url,) = dragged(session, [2]).urls()
    assert read(url.toLocalFile()) == ("capture-2.json", body, 0o600)
    await session.maintenance.delete_for_good()
    assert not is_there(url.toLocalFile())
    (url,) = dragged(session, [1]).urls()
    await session.close()
    assert not is_there(url.toLocalFile())
    assert [name for name in names_beside(session) if "captures.db." in name] == []


def is_there(path: str) -> bool:
    return Path(path).exists()


def names_beside(session: Session) -> list[str]:
    """The files beside the database, but the lock and the journal, which stay."""
    files = session.database.parent.iterdir()
    return [file.name for file in files if not file.name.endswith((".lock", ".journal"))]


def read(path: str) -> tuple[str, bytes, int]:
    file = Path(path)
    return file.name, file.read_bytes(), file.stat().st_mode & 0o777


# ---- remembered


async def test_the_next_window_has_its_columns_order_filter_and_selection(
    window: MainWindow, session: Session, theme: Theme
) -> None:
    await fill(window, b'{"n":1}', b'{"n":2}', b'{"n":3}')
    window.captures.columns_menu.add_path("$.n")
    window.list.columns.select({*window.list.columns.selected, "size"} - {"event"})
    window.listing.put_in(Order(by="size", is_descending=False))
    window.filter_row.field.setText("id:2..3")
    await until(lambda: sorted(ids(window)) == [2, 3])
    QTest.keyClick(window.filter_row.field, Qt.Key.Key_Return)
    window.list.select_capture(2)
    window.detail.show_view("Headers")
    window.layout_memory.save()
    saved = config_folder() / "window.json"
    assert saved.stat().st_mode & 0o77 == 0
    again = MainWindow(session, theme)
    again.show()
    try:
        assert again.filter_row.field.text() == "id:2..3"
        assert [query for query, _ in again.captures.suggestions.recent.all()] == ["id:2..3"]
        assert again.model.paths == ("$.n",)
        assert again.list.columns.selected == window.list.columns.selected
        assert again.list.columns.order == Order(by="size", is_descending=False)
        await until(lambda: again.list.shown == 2)
        assert ids(again) == [3, 2]
        await until(again.detail.headers.isVisible)
        assert again.detail.current_view.label == "Headers"
    finally:
        for one in (again, window):
            one.end()
        await session.close()  # what still reads for them ends, too
        again.deleteLater()


async def test_of_another_file_neither_filter_nor_selection_comes_back(
    window: MainWindow, theme: Theme, tmp_path: Path
) -> None:
    await fill(window, b"x")
    window.filter_row.field.setText("id:1")
    window.layout_memory.save()
    other = Session(Options(database=tmp_path / "other.db", port=0))
    await other.open()
    again = MainWindow(other, theme)
    assert again.filter_row.field.text() == ""
    end(again)
    await other.close()


async def test_a_file_that_holds_nonsense_is_passed_over(
    window: MainWindow, session: Session, theme: Theme
) -> None:
    saved = config_folder() / "window.json"
    saved.parent.mkdir(parents=True, exist_ok=True)
    nonsense = {
        "geometry": "!!",
        "tree": -7,
        "detail": 10**30,
        "columns": {"chosen": ["nowhere", 3], "order": "x", "widths": [["size", -4], ["size"]]},
        "paths": ["nope", "$.ok"],
        "order": ["nowhere", True],
        "selected": "x",
        "filter": 7,
    }
    for text in (json.dumps(nonsense), "[]", "{", "\0"):
        saved.write_text(text)
        again = MainWindow(session, theme)
        again.hide()
        assert again.list.columns.order == Order()
        end(again)


async def test_what_is_masked_on_the_screen_is_masked_in_columns_from_the_body(window: MainWindow) -> None:
    await fill(window, b'{"app_key":"very secret","o":{"app_key":"very secret"},"n":1}')
    window.screen_mask.set_on(True)
    for path in ("$.app_key", "$.o", "$.n"):
        window.captures.columns_menu.add_path(path)
    await until(lambda: cells(window, "path-3") == ["1"])
    assert cells(window, "path-1") == cells(window, "path-2") == ["••••••••"]
    window.screen_mask.set_on(False)
    await until(lambda: cells(window, "path-1") == ["very secret"])
