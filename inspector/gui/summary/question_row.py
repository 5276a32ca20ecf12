"""A question of a respondent's page: the answer as it stands now, and beside it how it came about."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.domain.respondent.respondent_history import QuestionStory
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.history import History


class QuestionRow(QWidget):
    """Used again for another question."""

    capture_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._entry = EntryView(theme)
        self._entry.line.hide()
        self._history = History(theme)
        self._history.capture_selected.connect(self.capture_selected)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.setContentsMargins(px(4), 0, px(16), 0)
        self._both.setSpacing(px(8))
        self._both.addWidget(self._entry, 1, Qt.AlignmentFlag.AlignTop)
        self._both.addWidget(self._history, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._both)
        line = QVBoxLayout()
        line.setContentsMargins(px(48), 0, px(24), 0)
        line.addWidget(Hairline(theme))
        layout.addLayout(line)

    def show_story(self, story: QuestionStory, *, is_narrow: bool) -> None:
        """Show another question."""
        self._entry.show_entry(story.entry)
        self._history.show_said(story.history)
        self._history.setVisible(bool(story.history))
        self.set_narrow(is_narrow)

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether the history stands below the answer."""
        self._both.setDirection(
            QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        )
