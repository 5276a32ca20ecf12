"""A plan that does not change any more, as sentences in the place of its fields."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.domain.replay.plan_text import Facts
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme


class PlanSentences(QWidget):
    """Captions in grey, what is so below each; a long URL breaks where it has to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(2))

    @property
    def text(self) -> str:
        """All of it, as it is read."""
        return "\n".join(
            part.text() if isinstance(part, Label) else part.toPlainText()
            for part in self._parts
            if isinstance(part, (Label, FlowText))
        )

    def show_facts(self, facts: Facts) -> None:
        """Show another plan."""
        for part in self._parts:
            self._layout.removeWidget(part)
            part.deleteLater()
        self._parts = []
        for caption, sentence in facts:
            head = Label(self._theme, caption, px=11, tone="text2")
            head.setContentsMargins(0, self._theme.px(8), 0, 0)
            text = FlowText(self._theme, font=self._theme.font(13))
            text.setAccessibleName(caption)
            text.show_text(sentence)
            for part in (head, text):
                self._layout.addWidget(part)
                self._parts.append(part)
