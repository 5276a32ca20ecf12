"""The reader of the handbook: links, history, search, find, and nothing fetched."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.handbook.handbook_window import HandbookWindow
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.handbook import TOPICS, Handbook
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def reader(theme: Theme, plain_window: QWidget) -> HandbookWindow:
    """The handbook at its first page."""
    reader = HandbookWindow(theme, Handbook(), plain_window)
    reader.show_topic(TOPICS[0])
    reader.show()
    reader.activateWindow()
    await until(reader.isActiveWindow)  # before that no shortcut works
    return reader


def first_visible_line(reader: HandbookWindow) -> str:
    """The line at the top of the page, below the margin of a heading."""
    return reader.page.cursorForPosition(QPoint(30, 14)).block().text()


def ground_lightness(reader: HandbookWindow) -> int:
    """How light the ground of the page is, from 0 to 255."""
    return reader.page.grab(QRect(0, 0, 20, 20)).toImage().pixelColor(5, 5).lightness()


async def test_f1_opens_the_handbook_once(window: MainWindow) -> None:
    QTest.keyClick(window.list, Qt.Key.Key_F1)
    reader = window.findChild(HandbookWindow)
    assert isinstance(reader, HandbookWindow)
    assert reader.page.topic == TOPICS[0]
    reader.show_topic("limits")
    window.action("handbook").trigger()
    assert [one.page.topic for one in window.findChildren(HandbookWindow)] == ["limits"]
    reader.close()


async def test_every_topic_is_shown_with_its_tables(reader: HandbookWindow) -> None:
    for place, topic in enumerate(TOPICS):
        reader.list.setCurrentRow(place)
        assert reader.page.topic == topic
        text = reader.page.toPlainText()
        assert text.startswith(Handbook().page(topic).title)
        assert "| --- |" not in text
        assert "<!--" not in text


async def test_a_code_block_is_apart_from_the_text_below_it(reader: HandbookWindow) -> None:
    reader.show_topic("getting-started")
    layout = reader.page.document().documentLayout()
    is_fence = QTextFormat.Property.BlockCodeFence
    gaps = []
    block = reader.page.document().begin()
    while block.next().isValid():
        below = block.next()
        if block.blockFormat().hasProperty(is_fence) and not below.blockFormat().hasProperty(is_fence):
            gaps.append(layout.blockBoundingRect(below).top() - layout.blockBoundingRect(block).bottom())
        block = below
    assert gaps
    assert min(gaps) >= 8


async def test_a_link_leads_to_its_heading_and_back_and_forward_return(reader: HandbookWindow) -> None:
    reader.show_topic("signatures")
    reader.page.anchorClicked.emit(QUrl("findings.md#body-bom"))
    assert reader.where == ("findings", "body-bom")
    assert first_visible_line(reader) == "body-bom"
    QTest.keyClick(reader, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert reader.where == ("signatures", "")
    reader.forward.click()
    assert first_visible_line(reader) == "body-bom"
    assert not reader.forward.isEnabled()
    reader.page.anchorClicked.emit(QUrl("#body-crlf"))
    assert reader.where == ("findings", "body-crlf")


async def test_a_long_page_is_shown_by_chapter(reader: HandbookWindow) -> None:
    reader.show_topic("json")
    assert "Capture in full" in reader.page.toPlainText()
    assert "received_at" not in reader.page.toPlainText()
    reader.page.anchorClicked.emit(QUrl("#capture"))
    assert "received_at" in reader.page.toPlainText()
    assert reader.page.anchorAt(QPoint(30, 30)) == "json.md"
    assert "Verification" not in reader.page.toPlainText()


async def test_only_https_leaves_the_handbook_and_nothing_is_loaded(
    reader: HandbookWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    for link in ("file:///etc/passwd", "http://example.com/", "javascript:x", "https://example.com/"):
        reader.page.anchorClicked.emit(QUrl(link))
    assert opened == ["https://example.com/"]
    assert reader.page.loadResource(2, QUrl("https://example.com/picture.png")) is None


async def test_the_search_lists_sections_and_opens_the_first_one(reader: HandbookWindow) -> None:
    QTest.keyClicks(reader.field, "secret-whitespace")
    assert reader.found.text().endswith("sections")
    QTest.keyClick(reader.field, Qt.Key.Key_Return)
    assert reader.where == ("findings", "secret-whitespace")
    assert reader.list.hasFocus()
    reader.field.setText("qwxz")
    assert (reader.list.count(), reader.found.text()) == (0, "No matching sections.")
    reader.field.clear()
    assert reader.list.count() == len(TOPICS)
    assert reader.list.currentRow() == TOPICS.index("findings")


async def test_find_marks_each_match_of_the_page(reader: HandbookWindow) -> None:
    reader.show_topic("filters")
    QTest.keyClick(reader, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(reader.find_bar.field, "survey")
    await until(lambda: reader.find_bar.count.text().startswith("1 of "))
    assert len(reader.page.extraSelections()) > 3
    QTest.keyClick(reader.find_bar.field, Qt.Key.Key_Escape)
    assert not reader.find_bar.isVisible()
    assert reader.isVisible()
    assert reader.page.extraSelections() == []


async def test_the_page_follows_the_theme_and_stays_where_it_is(reader: HandbookWindow, theme: Theme) -> None:
    reader.show_topic("findings", "body-bom")
    theme.force(True)
    assert first_visible_line(reader) == "body-bom"
    await until(lambda: ground_lightness(reader) < 80)
    theme.force(False)


async def test_the_code_of_a_finding_opens_its_section(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(), secret="samples secret ")
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    window.detail.strip.setCurrentIndex(3)
    await until(lambda: window.detail.signature.cards and window.detail.signature.cards[0].isVisible())
    card = window.detail.signature.cards[0]
    card.code.click()
    reader = window.findChild(HandbookWindow)
    assert isinstance(reader, HandbookWindow)
    assert reader.where == ("findings", card.code.text())
    reader.close()
