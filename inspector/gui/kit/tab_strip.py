"""The tab bar of the window: names with a count or a badge; the current one is underlined."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QWidget

from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.wheel import leave_wheel_to_page

_HEIGHT, _LOW_HEIGHT, _GLYPH = 36, 28, 12
_GAP, _LEAST_GAP = 24, 6
_BESIDE = 4
"""Between a name and its count or badge; always less than to the next tab."""
_MOST_WIDTHS = 200


class TabStrip(QTabBar):
    """Qt's own tab bar for keyboard and screen readers, with its own drawing."""

    def __init__(
        self,
        theme: Theme,
        names: tuple[str, ...],
        parent: QWidget | None = None,
        *,
        widest: tuple[str, ...] = (),
        is_small: bool = False,
    ) -> None:
        """`widest`: for each tab, the widest count that moves no other tab.

        `is_small`: lower and in smaller text, for views within a view. Such tabs have no shortcuts.
        """
        super().__init__(parent)
        self._theme = theme
        self._height, self._font_px = (_LOW_HEIGHT, 12) if is_small else (_HEIGHT, 13)
        self._widest = widest or ("",) * len(names)
        self._counts = [""] * len(names)
        self._badges: list[Badge | None] = [None] * len(names)
        self._widths: dict[tuple[str, str, bool, float], int] = {}
        """Widths by name, count, badge and scale. A layout asks for them a hundred times."""
        # Each of these lays out all tabs again, so they come first.
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        for number, name in enumerate(names):
            self.addTab(name)
            if not is_small:
                self.setTabToolTip(number, plain_tip(f"{name}  {number + 1}"))
        self.setFixedHeight(theme.px(self._height))
        leave_wheel_to_page(self)
        theme.changed.connect(self.update)

    def set_count(self, tab: int, count: int | None) -> None:
        """Show a count after the name of a tab; None and 0 show nothing."""
        text = f"{count:,}" if count else ""
        if text != self._counts[tab]:
            self._counts[tab] = text
            self._name(tab, text)
            self._measure_again()

    def set_badge(self, tab: int, badge: Badge | None) -> None:
        """Show a badge after the name of a tab; None shows nothing."""
        if badge is not self._badges[tab]:
            self._badges[tab] = badge
            self._name(tab, badge.word if badge else "")
            self._measure_again()

    def tabSizeHint(self, index: int) -> QSize:
        width = self._width_of(index, has_count=self._has_counts())
        whole, room = self._whole_width(has_counts=False), self.width() - self._least_gaps()
        if 0 < room < whole:  # even the names do not fit: each is shortened
            width = width * room // whole
        gap = self._gap() if index < self.count() - 1 else 0
        return QSize(width + gap, self._theme.px(self._height))

    def _width_of(self, index: int, *, has_count: bool) -> int:
        """Return the width of a tab without the gap after it."""
        theme, px = self._theme, self._theme.px
        count, has_badge = self._counts[index] if has_count else "", self._badges[index] is not None
        key = f"{index} {self.tabText(index)}", count if has_count else "\0", has_badge, theme.scale
        if (known := self._widths.get(key)) is not None:
            return known
        # In the weight of the current tab, so that nothing moves when it becomes current.
        width = theme.metrics(self._font_px, 600).horizontalAdvance(self.tabText(index))
        if has_count:
            advance = theme.metrics(12, 400).horizontalAdvance
            room = max(advance(count), advance(self._widest[index]))
            width += px(_BESIDE) + room if room else 0
        if has_badge:
            width += px(_BESIDE + _GLYPH)
        if len(self._widths) > _MOST_WIDTHS:
            self._widths.clear()
        self._widths[key] = width
        return width

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        has_counts = self._has_counts()
        for index in range(self.count()):
            gap = self._gap() if index < self.count() - 1 else 0
            area = QRectF(self.tabRect(index)).adjusted(0, 0, -gap, 0)
            is_current = index == self.currentIndex()
            font = theme.font(self._font_px, 600 if is_current else 500)
            painter.setFont(font)
            painter.setPen(theme.color("text" if is_current else "text2"))
            metrics = QFontMetrics(font, self)
            room = area.width() - (px(_BESIDE + _GLYPH) if self._badges[index] is not None else 0)
            name = self.tabText(index)
            if metrics.horizontalAdvance(name) > room + 1:
                name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)
            # Right after its own name. The space reserved for a bolder name is before the next tab.
            x = area.left() + metrics.horizontalAdvance(name)
            if has_counts and self._counts[index]:
                painter.setFont(theme.font(12))
                painter.setPen(theme.color("text2"))
                painter.drawText(
                    area.adjusted(x + px(_BESIDE) - area.left(), 0, 0, 0),
                    Qt.AlignmentFlag.AlignVCenter,
                    self._counts[index],
                )
            badge = self._badges[index]
            if badge is not None:
                paint_glyph(
                    painter, QRectF(x + px(_BESIDE), area.top(), px(_GLYPH), area.height()), badge, theme
                )
            if is_current:
                painter.fillRect(
                    QRectF(area.left(), self.height() - 2, area.width(), 2), theme.color("accent")
                )
                if self.hasFocus():
                    paint_focus(painter, self, self._theme, width=1)

    def _gap(self) -> int:
        """Return the gap between two tabs, reduced so that every tab is visible."""
        px = self._theme.px
        room = self.width() - self._whole_width(has_counts=self._has_counts())
        return max(px(_LEAST_GAP), min(px(_GAP), room // max(self.count() - 1, 1)))

    def _has_counts(self) -> bool:
        """Return whether there is space for the counts; the names have priority."""
        return self._whole_width(has_counts=True) + self._least_gaps() <= self.width()

    def _least_gaps(self) -> int:
        return self._theme.px(_LEAST_GAP) * (self.count() - 1)

    def _whole_width(self, *, has_counts: bool) -> int:
        return sum(self._width_of(index, has_count=has_counts) for index in range(self.count()))

    def _name(self, tab: int, note: str) -> None:
        self.setAccessibleTabName(tab, f"{self.tabText(tab)}, {note}" if note else self.tabText(tab))

    def _measure_again(self) -> None:
        # WORKAROUND(Qt 6.11): no call reports a changed size hint. Setting a text again lays out the bar.
        self.setTabText(0, self.tabText(0) + " ")
        self.setTabText(0, self.tabText(0).rstrip())
