"""What a table has to be told so that it looks like a list: no grid, no frames, rows of one height."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from inspector.gui.kit.scroll_bars import use_thin_scroll_bars
from inspector.gui.kit.theme import Theme


def look_plain(view: QTableView, header: QHeaderView, theme: Theme) -> None:
    """Set a table up as the list of captures."""
    view.setAccessibleName("Captures")
    view.setHorizontalHeader(header)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.setDragEnabled(True)
    view.viewport().setBackgroundRole(QPalette.ColorRole.Base)
    use_thin_scroll_bars(view, theme)
    rows = view.verticalHeader()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(theme.px(28))
    rows.setDefaultSectionSize(theme.px(28))
    rows.hide()
