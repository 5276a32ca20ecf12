"""Charts say their numbers, follow the theme, and are looked at and not handled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from inspector.domain.statistics.scores import nps
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.charts import NpsChart, RankChart, TimeChart


def show(chart: QWidget, width: int = 600) -> QWidget:
    chart.resize(width, chart.height())
    chart.show()
    QApplication.processEvents()
    return chart


def colors(chart: QWidget) -> set[str]:
    picture = chart.grab().toImage()
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


@pytest.fixture
def time_chart(theme: Theme) -> Iterator[TimeChart]:
    chart = TimeChart(theme)
    chart.show_counts(("10 Nov", "11 Nov"), (7, 1), (3, 0))
    show(chart)
    yield chart
    chart.deleteLater()


def test_time_is_drawn_in_two_colours_that_follow_the_theme(time_chart: TimeChart, theme: Theme) -> None:
    assert {"#3b6bbd", "#6593de", "#ffffff"} <= colors(time_chart)
    theme.force(True)
    assert {"#6d99e4", "#4a6ca8", "#1a1c1f"} <= colors(time_chart)


@pytest.mark.parametrize("width", range(300, 700, 37))
def test_no_time_on_the_axis_is_cut_off_at_its_end(theme: Theme, width: int) -> None:
    chart = TimeChart(theme)
    chart.show_counts(tuple(f"{hour:02}:50" for hour in range(25)), (1,) * 25, (0,) * 25)
    show(chart, width)
    for at, label in chart.ticks:
        assert at + theme.metrics(11).horizontalAdvance(label) / 2 <= chart.plot_area.right()
    assert len(chart.ticks) > 2
    chart.deleteLater()


def test_a_time_axis_of_several_days_has_their_dates(theme: Theme) -> None:
    chart = TimeChart(theme)
    clock = ("12:00", "18:00", "{} Nov", "06:00")
    labels = [clock[place % 4].format(10 + place // 4) for place in range(32)]
    chart.show_counts(labels, (1,) * 32, (0,) * 32, names=[f"{place}" for place in range(32)])
    show(chart, 700)
    assert [label for _, label in chart.ticks if "Nov" in label] == [f"{day} Nov" for day in range(10, 18)]
    assert "31: 1 complete" in chart.accessibleDescription()
    chart.deleteLater()


def test_a_chart_says_its_numbers_to_a_screen_reader(time_chart: TimeChart, theme: Theme) -> None:
    assert "10 Nov: 7 complete, 3 partial or opened" in time_chart.accessibleDescription()
    chart = NpsChart(theme)
    chart.show_counts([0] * 9 + [2, 1], nps({"9": 2, "10": 1}))
    assert chart.accessibleName() == "NPS +100"
    assert "9: 2, 10: 1" in chart.accessibleDescription()
    ranks = RankChart(theme)
    ranks.show_rows([("crash", 3, 0.75)])
    assert ranks.accessibleDescription() == "crash: 3, 75 %"


def test_the_wheel_is_for_the_page(time_chart: TimeChart) -> None:
    before = time_chart.view_range
    event = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(time_chart.viewport(), event)
    assert not event.isAccepted()
    assert time_chart.view_range == before


def test_nps_has_a_colour_for_each_kind_of_people(theme: Theme) -> None:
    chart = NpsChart(theme)
    chart.show_counts([1] * 11, nps({str(number): 1 for number in range(11)}))
    assert {"#a5663c", "#838c98", "#3b6bbd"} <= colors(show(chart))


@pytest.mark.parametrize("counts", [(), (0,), (1,), (10**9, 3)])
def test_any_counts_can_be_drawn(theme: Theme, counts: tuple[int, ...]) -> None:
    chart = TimeChart(theme)
    chart.show_counts([str(place) for place in range(len(counts))], counts, [0] * len(counts))
    assert ("#3b6bbd" in colors(show(chart))) == any(counts), "a bar for each count above 0"


def test_options_of_any_length_and_stars_and_faces_can_be_drawn(theme: Theme) -> None:
    for glyph in ("", "star", "face"):
        chart = RankChart(theme)
        chart.show_rows([("5", 1, 1.0), ("very long " * 50, 10**9, 0.001), ("", 0, 0.0)], glyph)
        show(chart, 200).grab()
        assert chart.height() == 3 * 24
