"""Colours can be read, and measures follow the system's text size."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from inspector.base.files import resource
from inspector.gui.kit.badges import Badge, BadgeLabel, paint_glyph
from inspector.gui.kit.context.command_table import COMMANDS, MENU
from inspector.gui.kit.icons import pixmap
from inspector.gui.kit.theme import DARK, LIGHT, SCROLL_BAR_GROUND, Theme, Tokens

VERDICTS = ("valid", "warning", "invalid", "unsigned", "unchecked")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_wherever_it_stands(tokens: Tokens) -> None:
    grounds = (tokens.base, tokens.window, tokens.raised, tokens.selection, tokens.fresh)
    for ground in grounds:
        assert contrast(tokens.text, ground) >= 4.5
        assert contrast(tokens.text2, ground) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent_fill) >= 4.5
    assert contrast(tokens.control_outline, tokens.base) >= 3
    for verdict in VERDICTS:
        color = getattr(tokens, verdict)
        for ground in (tokens.base, getattr(tokens, f"{verdict}_soft"), tokens.selection):
            assert round(contrast(color, ground), 1) >= 4.5


def test_every_token_is_a_colour() -> None:
    for tokens in (LIGHT, DARK):
        assert all(QColor(value).isValid() for value in dataclasses.asdict(tokens).values())


def test_the_theme_tells_when_it_changes_and_only_then(theme: Theme) -> None:
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(theme.is_dark))
    theme.force(True)
    theme.force(True)
    theme.force(False)
    assert told == [True, False]


def test_measures_grow_with_the_systems_text(qapp: QApplication) -> None:
    large = QFont(qapp.font())
    large.setPixelSize(26)
    qapp.setFont(large)
    theme = Theme(qapp)
    assert theme.px(28) == 56
    assert theme.font(11).pixelSize() == 22
    theme.deleteLater()


def test_all_text_has_its_new_size_when_a_change_is_reported(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    part = QWidget(window)
    sizes: list[tuple[int, int]] = []
    theme.changed.connect(lambda: sizes.append((window.font().pixelSize(), part.font().pixelSize())))
    theme.resize(150)
    theme.resize(100)
    assert sizes == [(20, 20), (13, 13)]


def glyph(badge: Badge, theme: Theme) -> QImage:
    image = QImage(28, 28, QImage.Format.Format_ARGB32)
    image.fill(theme.color("base"))
    painter = QPainter(image)
    paint_glyph(painter, QRectF(0, 0, 28, 28), badge, theme)
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_badges_are_told_apart_without_colour(theme: Theme, is_dark: bool) -> None:
    theme.force(is_dark)
    shapes = [bytes(glyph(badge, theme).constBits()) for badge in Badge]
    for one, other in itertools.combinations(shapes, 2):
        # Of 784 pixels; a ring with a tick and one with a question mark have 60 that are quite others.
        assert sum(abs(a - b) > 60 for a, b in zip(one, other, strict=True)) >= 40
    assert len({badge.word for badge in Badge}) == len(Badge)


def test_it_follows_the_system_while_running(qapp: QApplication, theme: Theme) -> None:
    theme.force(None)
    label = BadgeLabel(theme)
    pictures = []
    for scheme, tokens in ((Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT)):
        qapp.styleHints().colorSchemeChanged.emit(scheme)  # as Qt does when the system changes
        assert theme.tokens is tokens
        assert qapp.palette().color(QPalette.ColorRole.Base).name() == tokens.base
        pictures.append(label.grab().toImage())
    assert pictures[0] != pictures[1], "what is painted is painted anew"
    label.deleteLater()


def test_a_badge_label_has_its_word_for_a_screen_reader(theme: Theme) -> None:
    label = BadgeLabel(theme)
    label.show_badge(Badge.REWRITTEN)
    assert label.accessibleName() == "Signature: Rewritten"
    assert label.sizeHint().height() == theme.px(24)
    label.deleteLater()


def test_every_icon_can_be_drawn_and_is_tinted(theme: Theme) -> None:
    files = sorted(resource("icons").glob("*.svg"))
    assert len(files) > 20
    for file in files:
        image = pixmap(file.stem, theme, "accent").toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        assert any(pixel.alpha() > 100 for pixel in pixels), file.name
        assert "<text" not in file.read_text()


def test_the_table_of_actions_is_whole() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert {name for name in MENU if name} <= set(names)
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(set(keys)) == len(keys)
    for command in COMMANDS:
        if command.icon:
            assert resource(f"icons/{command.icon}.svg").is_file()


def test_every_scroll_area_has_thin_bars_on_its_ground(theme: Theme) -> None:
    area = QPlainTextEdit("line\n" * 100)
    area.setProperty(SCROLL_BAR_GROUND, "window")
    area.resize(200, 100)
    bar = area.verticalScrollBar()
    picture = area.grab().toImage()
    left = bar.mapTo(area, bar.rect().topLeft()).x()
    assert bar.width() == theme.px(10)
    assert picture.pixelColor(left, 50) == theme.color("window")
    across = {picture.pixelColor(left + bar.width() // 2, y).name() for y in range(100)}
    assert theme.tokens.scroll in across, "the handle"
