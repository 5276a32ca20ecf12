"""Pictures are drawn once, kept within a bound, and drawn anew in other colours."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize
from PySide6.QtGui import QPainter

from inspector.gui.kit.pixmap_cache import PixmapCache
from inspector.gui.kit.theme import Theme

SIZE = QSize(40, 20)


def a_ground(painter: QPainter, rect: QRect) -> None:
    painter.fillRect(rect, 0x336699)


def test_a_picture_is_kept_under_its_key(theme: Theme) -> None:
    pictures = PixmapCache(theme, 10, QObject(theme))
    assert pictures.get("one") is None
    drawn = pictures.draw("one", SIZE, 1.0, a_ground)
    assert pictures.get("one") is drawn
    assert drawn.pixelColor(39, 19).name() == "#336699"


def test_on_a_fine_screen_it_has_as_many_pixels_as_are_shown(theme: Theme) -> None:
    drawn = PixmapCache(theme, 10, QObject(theme)).draw("one", SIZE, 2.0, a_ground)
    assert (drawn.width(), drawn.height(), drawn.devicePixelRatio()) == (80, 40, 2.0)
    assert drawn.pixelColor(79, 39).name() == "#336699"


def test_the_oldest_goes_where_there_are_too_many(theme: Theme) -> None:
    pictures = PixmapCache(theme, 3, QObject(theme))
    for number in range(5):
        pictures.draw(number, SIZE, 1.0, a_ground)
    assert [number for number in range(5) if pictures.get(number)] == [2, 3, 4]


def test_another_theme_forgets_them_all(theme: Theme) -> None:
    pictures = PixmapCache(theme, 3, QObject(theme))
    pictures.draw("one", SIZE, 1.0, a_ground)
    theme.force(True)
    assert len(pictures) == 0
