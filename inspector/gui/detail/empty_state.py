"""The pages of the pane if no capture or more than one is selected."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLayout, QWidget

from inspector.gui.kit.buttons import key_cap_width, paint_key_cap
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, Stretch, column, row
from inspector.gui.kit.theme import Theme


class NoCapture(QWidget):
    """A title, a sentence and the shortcuts to continue with."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label(theme, "No capture selected", px=15, weight=600)
        self._sentence = Label(
            theme,
            "New captures appear in the list as they arrive. Select one to inspect it.",
            tone="text2",
            wraps=True,
        )
        keys = [
            _Keys(theme, tuple(actions.key(name) for name in names), effect)
            for names, effect in (
                (("next", "previous"), "select"),
                (("filter",), "filter"),
                (("follow",), "toggle following"),
            )
        ]
        _centre(theme, self, self._title, self._sentence, row(theme, STRETCH, *keys, STRETCH, spacing=18))

    def show_reason(self, title: str, sentence: str) -> None:
        """Show another reason why no capture is shown."""
        self._title.setText(title)
        self._sentence.setText(sentence)


def _centre(theme: Theme, on: QWidget, title: Label, sentence: Label, *rows: QLayout) -> None:
    """Lay out a title, a sentence and rows slightly above the middle."""
    for label in (title, sentence):
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    column(
        theme, Stretch(4), title, sentence, 8, *rows, Stretch(5), spacing=8, margins=(11, 11, 11, 11), on=on
    )


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
