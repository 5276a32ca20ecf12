"""What the pane shows if no capture or several are selected."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.gui.kit.buttons import Button, key_cap_width, paint_key_cap
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, row
from inspector.gui.kit.theme import Theme


class NoCapture(QWidget):
    """A title, a sentence, and keys to continue with."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label(theme, "No capture selected", px=15, weight=600)
        self._sentence = Label(
            theme,
            "New captures appear in the list as they arrive. Select one to inspect it.",
            tone="text2",
            wraps=True,
        )
        keys = row(theme, STRETCH, spacing=18)
        for names, what in (
            (("next", "previous"), "choose"),
            (("filter",), "filter"),
            (("follow",), "follow or stop"),
        ):
            keys.addWidget(_Keys(theme, tuple(actions.key(name) for name in names), what))
        keys.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.px(8))
        layout.addStretch(4)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addSpacing(theme.px(8))
        layout.addLayout(keys)
        layout.addStretch(5)

    def show_reason(self, title: str, sentence: str) -> None:
        """Show another reason why there is nothing."""
        self._title.setText(title)
        self._sentence.setText(sentence)


class ManyCaptures(QWidget):
    """The number of selected captures, and commands for all of them."""

    replay_clicked = Signal()
    compare_clicked = Signal()
    """Shown if two are selected."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label(theme, px=15, weight=600)
        sentence = Label(theme, "They are sent in the order in which they arrived.", tone="text2", wraps=True)
        self.replay = Button(theme, "Replay", icon="replay", key=actions.key("replay"))
        self.replay.clicked.connect(self.replay_clicked)
        self.compare = Button(theme, "Compare the two", key=actions.key("compare"))
        self.compare.clicked.connect(self.compare_clicked)
        row_layout = row(theme, STRETCH, self.replay, self.compare, STRETCH, spacing=8)
        more = row(theme, STRETCH, spacing=8)
        for name, text, icon in (
            ("pin", "Pin", "pin"),
            ("export-selected", "Export…", "save"),
            ("copy-id", "Copy ids", "copy"),
            ("delete", "Clear", "trash"),
        ):
            button = Button(theme, text, icon=icon, is_quiet=True)
            keys = actions.key(name)
            button.setToolTip(f"{actions[name].text()} ({keys})" if keys else actions[name].text())
            button.clicked.connect(actions[name].trigger)
            more.addWidget(button)
        more.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.px(8))
        layout.addStretch(4)
        for label in (self._title, sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addSpacing(theme.px(8))
        layout.addLayout(row_layout)
        layout.addLayout(more)
        layout.addStretch(5)

    def show_count(self, count: int) -> None:
        """Show another number of selected captures."""
        self._title.setText(f"{count:,} captures selected")
        self.replay.show_as(f"Replay {count:,}", "replay")
        self.compare.setVisible(count == 2)


class _Keys(QWidget):
    """One or two key caps and their effect."""

    def __init__(self, theme: Theme, keys: tuple[str, ...], what: str) -> None:
        super().__init__()
        self._theme = theme
        self._keys = tuple(key for key in keys if key)
        self._what = what
        self.setAccessibleName(f"{' or '.join(self._keys)}: {what}")
        width = QFontMetrics(theme.font(12), self).horizontalAdvance(what) + 2
        for key in self._keys:
            width += key_cap_width(key, theme, self) + theme.px(6)
        self.setFixedSize(width, theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0
        for key in self._keys:
            width = key_cap_width(key, self._theme, self)
            cap = QRectF(x, (self.height() - self._theme.px(16)) / 2, width, self._theme.px(16))
            paint_key_cap(painter, cap, key, self._theme)
            x += width + self._theme.px(6)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text2"))
        painter.drawText(
            QRectF(x, 0, self.width() - x, self.height()), Qt.AlignmentFlag.AlignVCenter, self._what
        )
