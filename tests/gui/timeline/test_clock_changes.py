"""Where the clocks are put forward or back, a bar is still a day, and what is chosen is what is listed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.base.clock import local_time
from inspector.gui.shell.main_window import MainWindow
from tests.builders import a_capture, an_answer
from tests.gui.timeline.test_strip import bucket_of, counts, drag
from tests.store.conftest import put
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("berlin")

_DAY_MS = 86_400_000


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


async def fill(window: MainWindow, *moments: int) -> None:
    """Captures that came at these moments, oldest first."""
    await put(window.session.store, *(a_capture(an_answer(), received_ms=one) for one in moments))
    window.strip_feed.start()
    window.listing.reload()
    await until(lambda: counts(window) == {"valid": len(moments)})


def place_of(window: MainWindow, moment: int) -> int:
    """Which bucket a moment falls into, counted from the first with captures."""
    return bucket_of(window, moment) - bucket_of(window, window.strip.bars.shown.first_ms)


async def test_each_bar_of_a_day_is_a_day_of_this_place(window: MainWindow) -> None:
    """24 October 2026 has 24 hours in Berlin, the 25th has 25, and before it the clocks are an hour ahead."""
    in_day = (
        utc(2026, 10, 24, 22),
        utc(2026, 10, 25, 0, 30),
        utc(2026, 10, 25, 1, 30),
        utc(2026, 10, 25, 22, 59),
    )
    await fill(
        window,
        utc(2026, 8, 15, 10),
        utc(2026, 10, 24, 21, 59),
        *in_day,
        utc(2026, 10, 25, 23),
        utc(2026, 11, 20),
    )
    bars = window.strip.bars
    assert bars.shown.step_ms == _DAY_MS
    assert {f"{local_time(start):%H:%M}" for start in bars.shown.buckets} == {"00:00"}
    assert bars.shown.buckets[utc(2026, 10, 24, 22)][0] == len(in_day)
    number = place_of(window, in_day[0])
    drag(window, number, number)
    assert window.filter_row.field.text() == "since:2026-10-25T00:00 before:2026-10-26T00:00"
    await until(lambda: window.model.rowCount() == len(in_day))
    await until(lambda: counts(window) == {"valid": len(in_day)})
    drag(window, number, number)
    assert window.filter_row.field.text() == "", "a second click takes a day of 25 hours back, too"


async def test_a_reader_of_the_screen_hears_each_day_once(window: MainWindow) -> None:
    await fill(window, utc(2026, 8, 15, 10), utc(2026, 10, 25, 12), utc(2026, 10, 26, 12), utc(2026, 11, 20))
    bars = window.strip.bars
    bars.setFocus()
    QTest.keyClick(bars, Qt.Key.Key_Home)
    QTest.keyClick(bars, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert bars.accessibleDescription() == "15 Aug 2026 to 21 Nov 2026, 4 valid"


async def test_the_axis_has_its_days_at_midnight_in_summer_and_winter(window: MainWindow) -> None:
    await fill(window, utc(2026, 10, 23, 10), utc(2026, 10, 27, 10))
    scale = window.strip.bars.scale
    assert scale is not None
    assert scale.step_ms <= 3_600_000
    for x, text in scale.ticks():
        moment = local_time(scale.start_of(scale.bucket_at(x + 1)))
        assert (moment.minute, text[-2:] in ("00", "ct")) == (0, True), text
        assert moment.hour == (int(text[:2]) if ":" in text else 0), text


@pytest.mark.parametrize(
    ("chosen", "others"),
    [
        ((utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 1, 20)), (utc(2026, 10, 25, 2, 10),)),
        ((utc(2026, 10, 25, 0, 50), utc(2026, 10, 25, 0, 59)), (utc(2026, 10, 24, 23, 50),)),
    ],
)
async def test_nothing_is_lost_that_is_chosen_in_the_hour_that_comes_twice(
    window: MainWindow, chosen: tuple[int, int], others: tuple[int, ...]
) -> None:
    """Half past two is twice that night; the query's words name the first."""
    await fill(window, *sorted((*chosen, *others)))
    window.filter_row.field.setText("verdict:valid")
    drag(window, place_of(window, chosen[0]), place_of(window, chosen[1]))
    ids = {capture for capture, moment in enumerate(sorted((*chosen, *others)), start=1) if moment in chosen}
    await until(lambda: not window.listing.is_searching and window.model.rowCount() == len(chosen))
    assert {window.model.id_at(row) for row in range(window.model.rowCount())} == ids
