"""The left of the Replay window: what is sent, where to, and how, as sentences and two fields."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from inspector.domain.course import MAX_AT_ONCE
from inspector.gui.dialogs.host_question import HostQuestion
from inspector.gui.labels import Label
from inspector.gui.theme import Theme

_WIDTH = 260


class ReplayPlan(QWidget):
    """Fixed while a run is on its way."""

    changed = Signal()
    """The target was edited."""
    allowed = Signal()
    """The host that was asked about may be sent to."""

    def __init__(self, theme: Theme, target: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setFixedWidth(px(_WIDTH))
        self._what = Label(theme, wraps=True)
        self.target = QLineEdit(target)
        self.target.setPlaceholderText("http://localhost:3000/hook")
        self.target.setAccessibleName("Target URL")
        self.target.setMinimumHeight(px(28))
        self.target.setTextMargins(px(5), 0, px(5), 0)
        self.target.textChanged.connect(self._edited)
        self._path = Label(theme, px=11, tone="text2", wraps=True)
        self.at_once = QSpinBox()
        self.at_once.setRange(1, MAX_AT_ONCE)
        self.at_once.setAccessibleName("At once")
        self.at_once.setMinimumHeight(px(28))
        self.at_once.valueChanged.connect(self._counted)
        self._order = Label(theme, px=12, tone="text2")
        self.question = HostQuestion(theme)
        self.question.allow.clicked.connect(self.allowed)
        self._fixed = Label(theme, "The plan cannot change while it runs.", px=11, tone="text2", wraps=True)
        at_once = QHBoxLayout()
        at_once.setSpacing(px(8))
        at_once.addWidget(self.at_once)
        at_once.addWidget(self._order, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(20), px(16), px(16), px(12))
        layout.setSpacing(px(4))
        layout.addWidget(Label(theme, "Plan", px=13, weight=600))
        self._part(layout, "What", self._what)
        self._part(layout, "To", self.target)
        layout.addWidget(self._path)
        self._part(layout, "How", Label(theme, "Exactly as it arrived, with its signature", wraps=True))
        self._part(layout, "Order", Label(theme, "As they arrived"))
        self._part(layout, "At once", None)
        layout.addLayout(at_once)
        layout.addSpacing(px(8))
        layout.addWidget(self.question)
        layout.addStretch(1)
        layout.addWidget(self._fixed)
        self.show_running(False)
        self._counted(1)
        self._edited()

    def show_what(self, what: str) -> None:
        """Say what is sent."""
        self._what.setText(what)

    def show_running(self, is_running: bool) -> None:
        """Whether the plan is fixed."""
        self.target.setReadOnly(is_running)
        self.at_once.setEnabled(not is_running)
        self._fixed.setVisible(is_running)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self._theme.color("line"))

    def _part(self, layout: QVBoxLayout, caption: str, part: QWidget | None) -> None:
        layout.addSpacing(self._theme.px(8))
        label = Label(self._theme, caption, px=11, tone="text2")
        layout.addWidget(label)
        if part is not None:
            label.setBuddy(part)
            layout.addWidget(part)

    @Slot()
    def _edited(self) -> None:
        after = self.target.text().strip().partition("://")[2]
        path = after[after.find("/") :] if "/" in after else ""
        has_path = path not in ("", "/")
        place = "this path, whatever the captured one was" if has_path else "the path as captured"
        self._path.setText(f"Sent to {place}.")
        self.question.hide()
        self.changed.emit()

    @Slot(int)
    def _counted(self, number: int) -> None:
        self._order.setText("so that order is kept" if number == 1 else "order is not kept")
