"""The left side of the window: a search box over the tree."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.query_field import SearchField
from inspector.gui.kit.theme import Theme
from inspector.gui.surveys.model import SurveyModel
from inspector.gui.surveys.view import SurveyView

_TYPING_MS = 150
_OPENED_BY_SEARCH = 5


class SurveyPanel(QWidget):
    """The search box over the tree."""

    def __init__(self, model: SurveyModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.field = SearchField(theme, "Find user or survey", "Find a survey, group or user", self)
        self.only_partial = IconButton(
            theme, "half", "Only partial", tip="Show only those who did not come to the end", parent=self
        )
        self.only_partial.setCheckable(True)
        self.only_partial.toggled.connect(self._show_only_partial)
        self.tree = SurveyView(model, theme, self)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)
        self.field.left_downwards.connect(self._enter)
        layout = QVBoxLayout(self)
        px = theme.px
        layout.setContentsMargins(0, px(8), 0, 0)
        layout.setSpacing(px(8))
        row = QHBoxLayout()
        row.setContentsMargins(px(12), 0, px(8), 0)
        row.setSpacing(px(4))
        row.addWidget(self.field)
        row.addWidget(self.only_partial)
        layout.addLayout(row)
        layout.addWidget(self.tree, 1)

    @Slot(str)
    def _typed(self, text: str) -> None:
        self._typing.start()

    @Slot()
    def _search(self) -> None:
        text = self.field.text()
        self._model.search(text)
        if not text.strip():
            return
        # What was searched for may be a user: open the way to the first few.
        opened = 0
        for row in range(self._model.rowCount()):
            survey = self._model.index(row, 0)
            if self._model.node(survey).kind == "survey" and opened < _OPENED_BY_SEARCH:
                opened += 1
                self.tree.open(survey)
                for number in range(min(self._model.rowCount(survey), _OPENED_BY_SEARCH)):
                    self.tree.open(self._model.index(number, 0, survey))

    @Slot()
    def _enter(self) -> None:
        """From the search box to what it found, or to where the tree stands."""
        if self._typing.isActive():
            self._typing.stop()
            self._search()
        self.tree.setFocus()
        if self.field.text().strip() and (found := self._model.first_found()).isValid():
            self.tree.setCurrentIndex(found)
            self.tree.scrollTo(found)

    @Slot(bool)
    def _show_only_partial(self, only_partial: bool) -> None:
        self._model.show_only_partial(only_partial)

    def join(self, action: QAction) -> None:
        """Have the button and an action say the same; what the action asks for comes into sight."""
        action.toggled.connect(self.only_partial.setChecked)
        action.triggered.connect(self.show)
        self.only_partial.toggled.connect(action.setChecked)

    @Slot()
    def focus_field(self) -> None:
        """Let the user type what to look for, wherever the panel is."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    @Slot()
    def toggle(self) -> None:
        """Show it, or fold it away."""
        self.setVisible(not self.isVisible())
