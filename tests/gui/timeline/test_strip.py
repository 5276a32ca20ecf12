"""The time strip in a real window: it counts what is listed, and what is dragged becomes a filter."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from inspector.base.clock import local_time
from inspector.domain.query.terms import Span
from inspector.domain.signature.verdict import COUNTED
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.timeline.strip import Legend, is_filtered_by, toggled
from tests.builders import a_capture, an_answer
from tests.store.conftest import put
from tests.waiting import until

START = 1_790_000_000_000


async def fill(window: MainWindow, *seconds: int, signed: bool = True) -> None:
    """Captures that came so many seconds after START."""
    store = window.session.store
    await put(
        store, *(a_capture(an_answer(), signed=signed, received_ms=START + one * 1000) for one in seconds)
    )
    window.strip_feed.start()
    window.listing.reload()


def counts(window: MainWindow) -> dict[str, int]:
    return {word: n for word, n in zip(COUNTED, window.strip.legend.counts, strict=True) if n}


def bucket_of(window: MainWindow, moment_ms: int | None) -> int:
    """The number of the bucket on the axis that a moment falls into."""
    scale = window.strip.bars.scale
    assert scale is not None
    assert moment_ms is not None
    return scale.bucket_at(scale.x_of(moment_ms) + 1)


def drag(window: MainWindow, first: int, last: int) -> None:
    """Drag from one bucket to another, counted from the first with captures."""
    bars = window.strip.bars
    assert bars.scale is not None
    zero = bucket_of(window, bars.shown.first_ms)
    places = [QPointF(bars.scale.x_of(bars.scale.start_of(zero + one)) + 3, 20) for one in (first, last)]
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
    ids = await put(window.session.store, a_capture(an_answer(), signed=False, received_ms=START + 2000))
    window.session.captures.captured.emit(tuple(ids))
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
    assert window.filter_row.field.text() == "verdict:unsigned method:POST"
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
    assert is_filtered_by("crash verdict:invalid", "verdict:invalid")
    for text in ("-verdict:invalid", "crash OR verdict:invalid", '"verdict:invalid"', 'verdict:invalid "'):
        assert not is_filtered_by(text, "verdict:invalid")


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
    for _ in range(2):
        QTest.keyClick(bars, Qt.Key.Key_Plus)
        await until(lambda: bars.shown.total[0] == 10)
    await until(lambda: bars.shown.step_ms < coarse)
    assert counts(window) == {"valid": 11}, "the legend counts the list, which zooming leaves alone"
    for _ in range(2):
        QTest.keyClick(bars, Qt.Key.Key_Minus)
    await until(lambda: bars.shown.total[0] == 11)


def turn_wheel(window: MainWindow, x: float, notches: int) -> None:
    """Turn the wheel with the pointer at a place."""
    bars = window.strip.bars
    place = QPointF(x, 20)
    event = QWheelEvent(
        *(place, QPointF(bars.mapToGlobal(QPoint(0, 0))) + place, QPoint(), QPoint(0, 120 * notches)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier(0), Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(bars, event)


def span_in_sight(window: MainWindow) -> int:
    scale = window.strip.bars.scale
    return 0 if scale is None else scale.end_ms - scale.first_ms


async def test_the_wheel_zooms_around_the_pointer_and_back(window: MainWindow) -> None:
    burst = range(40_000, 40_010)
    await fill(window, 0, *burst, 90_000, 100_000)
    await until(lambda: counts(window) == {"valid": 13})
    bars = window.strip.bars
    assert bars.scale is not None
    x = bars.scale.x_of(START + 40_005_000)
    for length_ms in (24 * 3_600_000, 6 * 3_600_000, 3_600_000, 900_000):
        at_ms = bars.scale.moment_at(x)
        turn_wheel(window, x, 1)
        await until(partial(span_in_sight, window), lambda span, least=length_ms: least <= span < 1.3 * least)
        assert abs(bars.scale.x_of(at_ms) - x) < 2
    assert bars.shown.total[0] == 10
    assert counts(window) == {"valid": 13}
    for _ in range(4):
        turn_wheel(window, x, -1)
    await until(lambda: bars.shown.total[0] == 13)


async def test_the_axis_ends_at_the_newest_capture(window: MainWindow) -> None:
    await fill(window, 0, 3)
    await until(lambda: counts(window) == {"valid": 2})
    bars = window.strip.bars
    assert bars.scale is not None
    assert bars.scale.end_ms == START + 4_000
    assert bars.scale.right == bars.width()


async def test_the_legend_counts_a_span_to_the_millisecond(window: MainWindow) -> None:
    await fill(window, *range(0, 1_000_000, 10_000))  # buckets of hours: the span begins within one
    await until(lambda: counts(window) == {"valid": 100})
    start = local_time(START + 500_000_000 + 1)
    window.filter_row.field.setText(f"since:{start:%Y-%m-%dT%H:%M:%S}")
    await until(lambda: window.model.rowCount() == 50 and counts(window) == {"valid": 50})


async def test_clearing_empties_it_and_undoing_brings_it_back(window: MainWindow) -> None:
    await fill(window, 0, 1)
    await until(lambda: counts(window) == {"valid": 2})
    deletion = await window.session.captures.clear()
    await until(lambda: counts(window) == {})
    assert window.strip.bars.accessibleDescription() == "No captures match."
    await window.session.captures.undo(deletion)
    await until(lambda: counts(window) == {"valid": 2})


@pytest.mark.parametrize("text", ["since:999999999d", "before:999999999d"])
async def test_a_span_from_before_all_time_does_no_harm(window: MainWindow, text: str) -> None:
    await fill(window, 0)
    await until(lambda: counts(window) == {"valid": 1})
    window.filter_row.field.setText(text)
    await until(lambda: window.strip.bars.span != Span())
    window.grab()


async def test_a_span_typed_into_the_filter_is_marked(window: MainWindow) -> None:
    await fill(window, 0)
    await until(lambda: counts(window) == {"valid": 1})
    window.filter_row.field.setText("since:2026-09-21")
    await until(lambda: window.strip.bars.span != Span())


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
