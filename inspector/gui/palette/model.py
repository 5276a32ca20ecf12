"""What the palette lists: hits under the captions of their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.gui.kit.labels import plain_tip
from inspector.gui.palette.entry import UNAVAILABLE, Hit

Index = QModelIndex | QPersistentModelIndex

HIT_ROLE = Qt.ItemDataRole.UserRole
_NOWHERE = QModelIndex()


class PaletteModel(QAbstractListModel):
    """Rows are hits, and before the first of each part its caption."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[Hit | str] = []

    def hold(self, hits: Sequence[Hit]) -> None:
        """Have other hits, in the order of their captions."""
        self.beginResetModel()
        self._rows = []
        part = ""
        for hit in hits:
            caption = UNAVAILABLE if hit.entry.reason else hit.entry.part
            if caption != part:
                part = caption
                self._rows.append(part)
            self._rows.append(hit)
        self.endResetModel()

    def hit_at(self, row: int) -> Hit | None:
        """The hit of a row; null for a caption."""
        row_at = self._rows[row] if 0 <= row < len(self._rows) else None
        return row_at if isinstance(row_at, Hit) else None

    def row_of(self, hit: Hit) -> int:
        """The row of one of the hits."""
        return self._rows.index(hit)

    def next_row(self, row: int, step: int) -> int:
        """The next row with a hit, round the end; -1 where there is none."""
        count = len(self._rows)
        for _ in range(count):
            row = (row + step) % count
            if isinstance(self._rows[row], Hit):
                return row
        return -1

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.hit_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()] if index.isValid() else ""
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        entry = row.entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{entry.title}: {entry.reason or entry.hint}" if entry.hint else "")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            keys = "+".join(entry.keys)
            return ", ".join(part for part in (entry.title, entry.reason or entry.hint, keys) if part)
        return row if role == HIT_ROLE else None
