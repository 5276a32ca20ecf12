"""The time strip in a real window: it counts what is listed, and what is dragged becomes a filter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from inspector.domain.query.span import Span
from inspector.domain.timeline import VERDICTS
from inspector.gui.main_window import MainWindow
from inspector.gui.strip.legend import Legend, is_chosen, toggled
from inspector.gui.theme import Theme
from tests.builders import a_capture, an_answer
from tests.store.conftest import put
from tests.waiting import until

START = 1_790_000_000_000


async def fill(window: MainWindow, *seconds: int, signed: bool = True) -> None:
    """Captures that came so many seconds after START."""
    store = window._session.store
    await put(
        store, *(a_capture(an_answer(), signed=signed, received_ms=START + one * 1000) for one in seconds)
    )
    window.strip_feed.start()
    window.listing.reload()


def counts(window: MainWindow) -> dict[str, int]:
    return {word: n for word, n in zip(VERDICTS, window.strip.bars.sums(), strict=True) if n}


def drag(window: MainWindow, first: int, last: int) -> None:
    """Drag from one bucket to another."""
    bars = window.strip.bars
    assert bars.scale is not None
    places = [QPointF(bars.scale.x_of(bars.scale.start_of(one)) + 3, 20) for one in (first, last)]
    for kind, place in zip(
        (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease),
        (places[0], places[1], places[1]),
        strict=True,
    ):
        button = Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(
            kind, place, QPointF(bars.mapToGlobal(QPoint(0, 0))) + place, button, held, Qt.KeyboardModifier(0)
        )
        QApplication.sendEvent(bars, event)


async def test_it_counts_what_is_listed_by_verdict_and_goes_on_as_more_arrives(window: MainWindow) -> None:
    await fill(window, 0, 1, 1)
    await until(lambda: counts(window) == {"valid": 3})
    ids = await put(window._session.store, a_capture(an_answer(), signed=False, received_ms=START + 2000))
    window._session.captures.captured.emit(tuple(ids))
    await until(lambda: counts(window) == {"valid": 3, "unsigned": 1})
    assert [entry.accessibleName() for entry in window.strip.legend.entries][3] == "Unsigned, 1"


async def test_what_is_dragged_is_written_into_the_filter_and_the_rest_stays_in_sight(
    window: MainWindow,
) -> None:
    await fill(window, *range(10))
    await until(lambda: counts(window) == {"valid": 10})
    window.filter_row.field.setText("verdict:valid")
    drag(window, 2, 4)
    text = window.filter_row.field.text()
    assert text.startswith("verdict:valid since:")
    assert " before:" in text
    await until(lambda: window.model.rowCount() == 3)
    await until(lambda: counts(window) == {"valid": 3})
    assert sum(window.strip.bars.shown.total) == 10


async def test_a_click_chooses_one_bar_and_another_takes_that_back(window: MainWindow) -> None:
    await fill(window, *range(10))
    await until(lambda: counts(window) == {"valid": 10})
    drag(window, 3, 3)
    await until(lambda: window.model.rowCount() == 1)
    await until(lambda: counts(window) == {"valid": 1})
    drag(window, 8, 8)
    assert window.filter_row.field.text() == ""
    await until(lambda: window.model.rowCount() == 10)


async def test_the_keyboard_chooses_a_span_too(window: MainWindow) -> None:
    await fill(window, *range(10))
    await until(lambda: counts(window) == {"valid": 10})
    bars = window.strip.bars
    bars.setFocus()
    QTest.keyClick(bars, Qt.Key.Key_Home)
    assert "1 valid" in bars.accessibleDescription()
    QTest.keyClick(bars, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert "2 valid" in bars.accessibleDescription()
    QTest.keyClick(bars, Qt.Key.Key_Return)
    await until(lambda: window.model.rowCount() == 2)
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    assert window.filter_row.field.text() == ""


async def test_an_entry_of_the_legend_filters_and_takes_that_back(window: MainWindow) -> None:
    await fill(window, 0, 1)
    await fill(window, 2, signed=False)
    await until(lambda: counts(window) == {"valid": 2, "unsigned": 1})
    window.filter_row.field.setText("method:POST verdict:invalid")
    window.strip.legend.entries[3].click()
    assert window.filter_row.field.text() == "method:POST verdict:unsigned"
    await until(lambda: window.model.rowCount() == 1)
    await until(window.strip.legend.entries[3].isChecked)
    window.strip.legend.entries[3].click()
    assert window.filter_row.field.text() == "method:POST"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-verdict:invalid", "-verdict:invalid verdict:invalid"),
        ("crash OR verdict:invalid", "(crash OR verdict:invalid) verdict:invalid"),
        ("verdict:valid  -verdict:rewritten crash", "crash verdict:invalid"),
        ("crash AND NOT verdict:rewritten verdict:valid", "crash verdict:invalid"),
        ('"verdict:invalid"', '"verdict:invalid" verdict:invalid'),
        ("(verdict:unsigned)", "(verdict:unsigned) verdict:invalid"),
        ("crash verdict:INVALID", "crash"),
        ("verdict:invalid  crash  slow", "crash  slow"),
    ],
)
def test_the_legend_takes_the_place_of_its_own_filters_alone(before: str, after: str) -> None:
    assert toggled(before, "verdict:invalid") == after


def test_what_only_looks_like_its_filter_marks_no_entry() -> None:
    assert is_chosen("crash verdict:invalid", "verdict:invalid")
    for text in ("-verdict:invalid", "crash OR verdict:invalid", '"verdict:invalid"', 'verdict:invalid "'):
        assert not is_chosen(text, "verdict:invalid")


async def test_a_filter_that_cannot_be_read_stays_as_it_is(window: MainWindow) -> None:
    window.filter_row.field.setText('crash "')
    window.strip.legend.entries[3].click()
    assert window.filter_row.field.text() == 'crash "'
    assert not window.strip.legend.entries[3].isChecked()


async def test_zooming_in_shows_the_last_of_it_in_finer_bars(window: MainWindow) -> None:
    await fill(window, 0, *range(100_000, 100_010))
    await until(lambda: counts(window) == {"valid": 11})
    bars = window.strip.bars
    coarse = bars.shown.step_ms
    QTest.keyClick(bars, Qt.Key.Key_Plus)
    await until(lambda: counts(window) == {"valid": 10})
    assert bars.shown.step_ms < coarse
    QTest.keyClick(bars, Qt.Key.Key_Minus)
    await until(lambda: counts(window) == {"valid": 11})


async def test_clearing_empties_it_and_undoing_brings_it_back(window: MainWindow) -> None:
    await fill(window, 0, 1)
    await until(lambda: counts(window) == {"valid": 2})
    deletion = await window._session.captures.clear()
    await until(lambda: counts(window) == {})
    assert window.strip.bars.accessibleDescription() == "Nothing was captured."
    await window._session.captures.undo(deletion)
    await until(lambda: counts(window) == {"valid": 2})


@pytest.mark.parametrize("text", ["since:999999999d", "before:999999999d"])
async def test_a_span_from_before_all_time_does_no_harm(window: MainWindow, text: str) -> None:
    await fill(window, 0)
    await until(lambda: counts(window) == {"valid": 1})
    window.filter_row.field.setText(text)
    await until(lambda: window.strip.bars._span != Span())
    window.grab()


async def test_a_span_typed_into_the_filter_is_marked(window: MainWindow) -> None:
    await fill(window, 0)
    await until(lambda: counts(window) == {"valid": 1})
    window.filter_row.field.setText("since:2026-09-21")
    await until(lambda: window.strip.bars._span != Span())


def test_no_number_of_the_legend_touches_its_word(theme: Theme) -> None:
    above = QWidget()
    legend = Legend(theme, above)
    for number in (0, 5_000, 12_408, 1_234_567):
        legend.show_counts((number,) * 5)
        legend.resize(legend.sizeHint())
        legend.grab()
        metrics = theme.metrics(12)
        for entry in legend.entries:
            word = 26 + metrics.horizontalAdvance(entry.text())
            digits = metrics.horizontalAdvance(f"{number:,}")
            assert word + 8 <= entry.width() - 6 - digits
    above.deleteLater()
