"""A page and each of its cards are saved as a picture, a drawing or a table, for their user alone."""

from __future__ import annotations

import codecs
import csv
import re
import stat
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from inspector.base.clock import local_time, now_ms
from inspector.domain.mask.mask import DOTS
from inspector.domain.statistics.answer_table import ANSWER_COLUMNS, HISTORY_COLUMNS
from inspector.domain.statistics.survey_counts import MAX_TEXTS
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.cards import Card
from inspector.gui.summary.page_bar import SUMMARY
from inspector.gui.summary.saving import file_name
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import at_rest, was_shown
from tests.gui.summary.test_summary_stack import SURVEY, USER, given, texts
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def page(session: Session, window: MainWindow) -> QWidget:
    """A survey's page with a formula for a text."""
    await given(session, window, a_completion("=1+1"), an_answer("fine", user="u-2"))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: {"=1+1", "fine"} <= set(texts(window)))
    return window.summary_stack.survey


async def saved(window: MainWindow, file: Path) -> Path:
    """Answer the dialog that asks where to."""
    dialog = window.summary_stack.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    await at_rest("save a table", "save a picture", "save a drawing")
    assert mode_of(file) == 0o600
    return file


def table(file: Path) -> list[list[str]]:
    assert file.read_bytes().startswith(codecs.BOM_UTF8), "Excel reads it as UTF-8"
    with file.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.reader(lines))


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def menu_of(button: QWidget) -> QMenu:
    """What a click on a button opens."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu), "a menu is open"
    return menu


async def test_the_form_is_chosen_in_the_menu_of_the_button(
    page: QWidget, window: MainWindow, tmp_path: Path
) -> None:
    menu = menu_of(window.summary_stack.bar.save)
    assert [action.text() for action in menu.actions()] == ["PNG…", "SVG…", "CSV…"]
    for _ in range(3):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert "=1+1" in (await saved(window, tmp_path / "page.csv")).read_text()


async def test_the_time_is_chosen_in_the_menu_of_the_button(page: QWidget, window: MainWindow) -> None:
    period = window.summary_stack.bar.period
    menu = menu_of(period)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["All time"]
    assert menu.actions()[0].actionGroup().isExclusive(), "radio buttons"
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert period.text() == "Last hour"
    menu = menu_of(period)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Last hour"]
    QTest.keyClick(menu, Qt.Key.Key_Escape)


async def test_a_page_is_saved_as_a_picture(page: QWidget, window: MainWindow, tmp_path: Path) -> None:
    window.summary_stack.bar.save_requested.emit("png")
    picture = QImage(str(await saved(window, tmp_path / "page.png")))
    survey = window.summary_stack.survey
    board = survey.grid.page
    assert picture.width() == 2 * board.width()
    assert picture.height() > 2 * (board.height() + survey.head.height()), "with a caption"
    colors = {
        picture.pixelColor(x, y).name() for x in range(0, picture.width(), 7) for y in range(60, 400, 5)
    }
    assert "#3b6bbd" in colors, "the bar of those who are done"


async def test_a_page_is_saved_as_a_drawing_with_texts(
    page: QWidget, window: MainWindow, tmp_path: Path
) -> None:
    window.summary_stack.bar.save_requested.emit("svg")
    drawing = (await saved(window, tmp_path / "page.svg")).read_text()
    assert "Respondents over time" in drawing
    assert "#3b6bbd" in drawing
    assert "<image" not in drawing, "a drawing, and no pixels"
    assert "Survey one" in drawing
    today = local_time(now_ms())
    assert f"All time  \u00b7  as of {today.day} {today:%b %Y}, " in drawing


async def test_a_page_is_saved_as_a_table_without_formulas(
    page: QWidget, window: MainWindow, tmp_path: Path
) -> None:
    window.summary_stack.bar.save_requested.emit("csv")
    rows = table(await saved(window, tmp_path / "page.csv"))
    assert rows[0] == list(ANSWER_COLUMNS)
    cells = [cell for row in rows for cell in row]
    assert "'=1+1" in cells
    assert "=1+1" not in cells


async def test_a_table_has_a_row_for_each_answer_however_long_and_many_they_are(
    session: Session, window: MainWindow, tmp_path: Path
) -> None:
    long = "Здравствуйте " * 100 + "the end"
    bodies = [an_answer(f"answer {number}", user=f"u-{number}") for number in range(MAX_TEXTS + 5)]
    await given(session, window, *bodies, a_completion(long, user="u-long"), an_answer("loose", user=None))
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: window.summary_stack.survey.summary is not None)
    window.summary_stack.bar.save_requested.emit("csv")
    head, *rows = table(await saved(window, tmp_path / "page.csv"))
    answers = [row[head.index("answer")] for row in rows]
    wanted = [*(f"answer {number}" for number in range(MAX_TEXTS + 5)), long, "loose"]
    assert sorted(answers) == sorted(wanted)
    times = {row[head.index(name)] for row in rows for name in ("received_at", "created_at")}
    assert all(datetime.fromisoformat(time).tzinfo is not None for time in times)


async def test_a_card_without_a_question_is_saved_with_iso_times(
    page: QWidget, window: MainWindow, tmp_path: Path
) -> None:
    card = next(one for one in page.findChildren(Card) if one.title == "Respondents over time")
    card.save("csv")
    head, *rows = table(await saved(window, tmp_path / "time.csv"))
    assert head == ["from", "done", "partial_or_opened"]
    assert [row[1:] for row in rows if row[1:] != ["0", "0"]] == [["1", "1"]]
    assert all(datetime.fromisoformat(row[0]).tzinfo is not None for row in rows)


async def test_a_card_is_saved_without_its_buttons(page: QWidget, window: MainWindow, tmp_path: Path) -> None:
    [card] = [one for one in page.findChildren(Card) if one.question is not None]
    card.save("csv")
    rows = table(await saved(window, tmp_path / "card.csv"))
    assert rows[0] == list(ANSWER_COLUMNS)
    assert len(rows) == 3
    card.save("svg")
    drawing = (await saved(window, tmp_path / "card.svg")).read_text()
    assert "Search texts" not in drawing
    assert "Survey one  \u00b7  All time  \u00b7  as of " in drawing
    assert card.menu_button.isVisible(), "it is back"


async def test_a_respondent_is_saved_as_a_table(session: Session, window: MainWindow, tmp_path: Path) -> None:
    long = "a long answer " * 50
    await given(session, window, an_answer("8"), a_completion(long))
    window.surveys.tree.select(USER)
    window.summary_stack.show_part(SUMMARY)
    await until(window.summary_stack.respondent.conflicts.isVisible)
    window.summary_stack.bar.save_requested.emit("csv")
    rows = table(await saved(window, tmp_path / "user.csv"))
    assert rows[0] == list(HISTORY_COLUMNS)
    said = [(row[2], row[5], row[6]) for row in rows[1:]]
    assert said == [("answer", "8", "first"), ("completion", long, "conflict")]
    assert all(datetime.fromisoformat(row[0]).tzinfo is not None for row in rows[1:])


@pytest.mark.parametrize(
    ("title", "name"),
    [("What do you think?", "what-do-you-think"), ("../../etc/passwd", "etc-passwd"), ("…", "summary")],
)
def test_a_file_is_named_after_what_it_shows_and_nothing_else(title: str, name: str) -> None:
    assert file_name(title) == name


async def test_a_long_question_is_whole_in_a_picture_of_its_card(
    session: Session, window: MainWindow, tmp_path: Path
) -> None:
    question = "How likely are you, " + "all things considered and " * 9 + "in the end, to recommend us?"
    body = a_completion("fine").replace(b"Question 1?", question.encode())
    await given(session, window, body)
    window.surveys.tree.select(SURVEY)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: question in texts(window))
    [card] = [one for one in window.summary_stack.survey.findChildren(Card) if one.question is not None]
    card.save("svg")
    drawing = (await saved(window, tmp_path / "card.svg")).read_text()
    words = " ".join(re.findall(r">([^<]+)</text>", drawing))
    assert question in " ".join(words.split())


async def test_a_picture_of_a_respondent_names_survey_and_group(
    session: Session, window: MainWindow, tmp_path: Path
) -> None:
    await given(session, window, a_completion("fine"))
    window.surveys.tree.select(USER)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: window.summary_stack.respondent.story is not None)
    window.summary_stack.bar.save_requested.emit("svg")
    drawing = (await saved(window, tmp_path / "user.svg")).read_text()
    assert "Survey one  \u00b7  g-1  \u00b7  as of " in drawing


async def test_a_table_hides_what_was_chosen_to_be_hidden_though_the_screen_is_not_masked(
    page: QWidget, session: Session, window: MainWindow, tmp_path: Path
) -> None:
    await session.preferences.save("masked_fields", ["user_id", "$.responses[*].response", "$.response"])
    [card] = [one for one in page.findChildren(Card) if one.question is not None]
    card.save("csv")
    file = await saved(window, tmp_path / "card.csv")
    rows = table(file)
    cells = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {(row["user_id"], row["answer"]) for row in cells} == {(DOTS, DOTS)}
    assert [row["group_id"] for row in cells] == ["g-1", "g-1"], "what was not chosen stays"
    await until(lambda: was_shown("Saved card.csv, masked."))
    window.summary_stack.bar.save_requested.emit("csv")
    text = (await saved(window, tmp_path / "page.csv")).read_text()
    assert "fine" not in text
    assert "u-2" not in text
    assert DOTS in text


async def test_a_respondents_table_and_its_name_hide_who_it_is(
    session: Session, window: MainWindow, tmp_path: Path
) -> None:
    await given(session, window, an_answer("fine"))
    await session.preferences.save("masked_fields", ["user_id", "response"])
    window.surveys.tree.select(USER)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: window.summary_stack.respondent.story is not None)
    window.summary_stack.bar.save_requested.emit("csv")
    dialog = window.summary_stack.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert [Path(one).name for one in dialog.selectedFiles()] == ["summary.csv"]
    assert "fine" not in (await saved(window, tmp_path / "user.csv")).read_text()


async def test_a_picture_of_what_was_chosen_to_be_hidden_is_asked_about_first(
    page: QWidget, session: Session, window: MainWindow, tmp_path: Path
) -> None:
    await session.preferences.save("masked_fields", ["response"])
    window.summary_stack.bar.save_requested.emit("png")
    question = window.summary_stack.findChild(ConfirmDialog)
    assert isinstance(question, ConfirmDialog)
    assert window.summary_stack.findChild(QFileDialog) is None
    QTest.keyClick(question.focusWidget(), Qt.Key.Key_Escape)
    window.summary_stack.bar.save_requested.emit("svg")
    question = next(one for one in window.summary_stack.findChildren(ConfirmDialog) if one.isVisible())
    question.verb.click()
    await saved(window, tmp_path / "page.svg")
    await until(lambda: was_shown("Saved page.svg, not masked."))


async def test_a_table_is_saved_without_a_byte_order_mark_if_the_setting_says_so(
    session: Session, window: MainWindow, page: QWidget, tmp_path: Path
) -> None:
    await session.preferences.save("csv_bom", False)
    window.summary_stack.save("csv")
    file = await saved(window, tmp_path / "plain.csv")
    assert file.read_bytes().startswith(b"received_at,")
