"""The two captures of a comparison: what each is, when it came, and its verdict."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector.base.clock import now_ms
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.detail.words import day_and_time, title
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.theme import Theme


class ComparedHead(QWidget):
    """One of the two."""

    def __init__(self, theme: Theme, which: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._which = Label(theme, which, px=11, tone="text2")
        self._title = ElidedLabel(theme, px=15, weight=600)
        self._facts = Label(theme, px=12, tone="text2", wraps=True)
        self._badge = BadgeLabel(theme)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        for label in (self._which, self._title, self._facts):
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        row.addLayout(words, 1)
        row.addWidget(self._badge)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show another capture."""
        row = detail.row
        self._title.setText(title(row, None))
        facts = [f"number {row.id:,}", day_and_time(row.received_ms, now_ms()), f"{row.size:,} bytes"]
        if row.kind != "captured":
            facts.append(row.kind)
        self._facts.setText("  ·  ".join(facts))
        self._badge.show_badge(Badge.of(row.verdict, row.is_json))
