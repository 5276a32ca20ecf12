"""Adjusts what exists already to another text size: fonts, sizes, margins and rows of every widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, cast

import shiboken6
from PySide6.QtCore import QMargins, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QBoxLayout,
    QDialog,
    QGridLayout,
    QHeaderView,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QTextEdit,
    QTreeView,
    QWidget,
)

_NO_LIMIT = 16_777_215  # QWIDGETSIZE_MAX
_HAIRLINE = 1
_HAS_FONT = Qt.WidgetAttribute.WA_SetFont


class Rescalable(Protocol):
    """A widget that keeps measures of its own."""

    def rescaled(self, ratio: float) -> None:
        """Adjust these measures, which were made for a text size `ratio` times smaller."""


class Rescaler:
    """Multiplies the measures of all widgets.

    A measure is a whole number of pixels. Its value at scale 1 is remembered, so that no sequence of changes
    adds up rounding errors.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[int, float]] = {}
        """Per object and measure: the pixels last set, and their exact value at scale 1."""
        self._seen: dict[tuple[int, str], tuple[int, float]] = {}
        self._before = self._now = 1.0

    def rescale(self, before: float, now: float) -> None:
        """Adjust every widget from one scale to another."""
        self._before, self._now, self._seen = before, now, {}
        widgets = QApplication.allWidgets()
        for widget in widgets:
            self._adjust(widget)
        for widget in widgets:
            # Not isinstance, with which Python reads the attributes of a protocol 1,000 times: 8 ms.
            if hasattr(type(widget), "rescaled"):
                cast("Rescalable", widget).rescaled(now / before)
        self._known = self._seen  # destroyed widgets are forgotten
        self.lay_out(widgets)

    def lay_out(self, widgets: Iterable[QWidget] | None = None) -> None:
        """Lay out and draw every widget again."""
        for widget in QApplication.allWidgets() if widgets is None else widgets:
            if isinstance(widget, QAbstractItemView):
                widget.doItemsLayout()
            widget.updateGeometry()
            if widget.isVisible():
                widget.update()

    def _px(self, at: QWidget | QLayout, name: str, pixels: int) -> int:
        """Return a measure at the new scale."""
        key = shiboken6.getCppPointer(at)[0], name
        last, exact = self._known.get(key, (-1, 0.0))
        if last != pixels:
            exact = pixels / self._before
        found = max(round(exact * self._now), _HAIRLINE)
        self._seen[key] = found, exact
        return found

    def _adjust(self, widget: QWidget) -> None:
        if widget.testAttribute(_HAS_FONT) and widget.font().pixelSize() > 0:
            font = widget.font()
            font.setPixelSize(self._px(widget, "font", font.pixelSize()))
            widget.setFont(font)
        measures: tuple[tuple[str, int, Callable[[int], None]], ...] = (
            ("least width", widget.minimumWidth(), widget.setMinimumWidth),
            ("least height", widget.minimumHeight(), widget.setMinimumHeight),
            ("most width", widget.maximumWidth(), widget.setMaximumWidth),
            ("most height", widget.maximumHeight(), widget.setMaximumHeight),
        )
        is_growing = self._now > self._before
        for name, pixels, use in reversed(measures) if is_growing else measures:
            # A text whose height follows its content is measured again without this.
            if _HAIRLINE < pixels < _NO_LIMIT and not isinstance(widget, QTextEdit):
                use(min(self._px(widget, name, pixels), _room(widget, name)))
        if isinstance(widget, QHeaderView):
            self._adjust_header(widget)
        elif isinstance(widget, QTreeView):
            if (indent := widget.indentation()) > 0:
                widget.setIndentation(self._px(widget, "indent", indent))
        elif isinstance(widget, QTextEdit | QPlainTextEdit):
            if (margin := round(widget.document().documentMargin())) > 0:
                widget.document().setDocumentMargin(self._px(widget, "document", margin))
        elif isinstance(widget, QLineEdit):
            widget.setTextMargins(self._margins(widget, widget.textMargins()))
        elif isinstance(widget, QDialog) and widget.isVisible():
            room = widget.screen().availableGeometry()
            ratio = self._now / self._before
            size = QSize(round(widget.width() * ratio), round(widget.height() * ratio))
            widget.resize(size.boundedTo(room.size()))
        if (layout := widget.layout()) is not None:
            self._adjust_layout(layout)

    def _adjust_header(self, header: QHeaderView) -> None:
        least, usual = header.minimumSectionSize(), header.defaultSectionSize()
        if header.orientation() == Qt.Orientation.Vertical:
            height = self._px(header, "row", usual)
            header.setMinimumSectionSize(min(height, self._px(header, "least row", least)))
            header.setDefaultSectionSize(height)
            return
        # A view keeps the widths that its user set, and must not take these for such.
        was_blocked = header.blockSignals(True)
        if least > 0:
            header.setMinimumSectionSize(self._px(header, "least section", least))
        for section in range(header.count()):
            if header.sectionResizeMode(section) == QHeaderView.ResizeMode.Interactive:
                size = header.sectionSize(section)
                if size > 0:
                    header.resizeSection(section, self._px(header, f"section {section}", size))
        header.blockSignals(was_blocked)

    def _margins(self, at: QWidget | QLayout, margins: QMargins) -> QMargins:
        sides = (margins.left(), margins.top(), margins.right(), margins.bottom())
        return QMargins(
            *(self._px(at, f"margin {place}", side) if side else 0 for place, side in enumerate(sides))
        )

    def _adjust_layout(self, layout: QLayout) -> None:
        layout.setContentsMargins(self._margins(layout, layout.contentsMargins()))
        if isinstance(layout, QGridLayout):
            if layout.horizontalSpacing() > 0:
                layout.setHorizontalSpacing(self._px(layout, "across", layout.horizontalSpacing()))
            if layout.verticalSpacing() > 0:
                layout.setVerticalSpacing(self._px(layout, "down", layout.verticalSpacing()))
            for column in range(layout.columnCount()):
                if (width := layout.columnMinimumWidth(column)) > 0:
                    layout.setColumnMinimumWidth(column, self._px(layout, f"column {column}", width))
            for row in range(layout.rowCount()):
                if (height := layout.rowMinimumHeight(row)) > 0:
                    layout.setRowMinimumHeight(row, self._px(layout, f"row {row}", height))
        elif layout.spacing() > 0:
            layout.setSpacing(self._px(layout, "spacing", layout.spacing()))
        for place in range(layout.count()):
            item = layout.itemAt(place)
            if item is None:
                continue
            if (inner := item.layout()) is not None:
                self._adjust_layout(inner)
            elif (spacer := item.spacerItem()) is not None and isinstance(layout, QBoxLayout):
                is_across = layout.direction() in (
                    QBoxLayout.Direction.LeftToRight,
                    QBoxLayout.Direction.RightToLeft,
                )
                size = spacer.sizeHint().width() if is_across else spacer.sizeHint().height()
                if size > 0:
                    size = self._px(layout, f"space {place}", size)
                    fixed, least = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum
                    if is_across:
                        spacer.changeSize(size, 0, fixed, least)
                    else:
                        spacer.changeSize(0, size, least, fixed)
        layout.invalidate()


def _room(widget: QWidget, name: str) -> int:
    """Return the largest value of a measure: a window must fit on its screen."""
    if not widget.isWindow():
        return _NO_LIMIT
    room = widget.screen().availableGeometry()
    return room.width() if name.endswith("width") else room.height()
