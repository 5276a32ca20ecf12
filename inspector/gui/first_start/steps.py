"""Parts of the first start page: a step whose number becomes a tick, a field, and a card for samples."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.icons import IconMark
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, Panel, Part, add, at, column, grow, row
from inspector.gui.kit.theme import Theme


class StepNumber(QWidget):
    """A number in a ring that becomes a tick: grey while it waits, accent when it is next."""

    def __init__(self, theme: Theme, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = number
        self._state = "waiting"
        self.setFixedSize(theme.px(28), theme.px(28))
        theme.changed.connect(self.update)

    def show_state(self, state: str) -> None:
        """Show a state: `waiting`, `next` or `done`."""
        self._state = state
        self.setAccessibleName(f"Step {self._number}, {state}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self._state == "done":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("valid"))
            painter.drawEllipse(ring.adjusted(1, 1, -1, -1))
            side = self.width() / 28
            tick = QPainterPath()
            tick.moveTo(9 * side, 14.4 * side)
            tick.lineTo(12.6 * side, 17.8 * side)
            tick.lineTo(19.2 * side, 10.4 * side)
            ground = QColor(self._theme.tokens.base)
            painter.strokePath(tick, QPen(ground, 2.2 * side, c=Qt.PenCapStyle.RoundCap))
            return
        is_next = self._state == "next"
        painter.setPen(QPen(self._theme.color("accent" if is_next else "outline"), 1.5))
        painter.drawEllipse(ring)
        painter.setPen(self._theme.color("accent" if is_next else "text2"))
        painter.setFont(self._theme.font(13, 600))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))


class GuideStep(QWidget):
    """A number, a title and a state, above a sentence and the controls."""

    def __init__(self, theme: Theme, number: int, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.number = StepNumber(theme, number, self)
        self._tick = IconMark(theme, "tick", px=14, parent=self)
        self._tick.set_tone("valid")
        self.status = Label(theme, px=12, tone="text2", parent=self)
        self.text = Label(theme, tone="text2", wraps=True, parent=self)
        self.text.hide()
        self._parts = column(theme, spacing=8)
        head = row(
            theme,
            Label(theme, title, px=15, weight=600, parent=self),
            STRETCH,
            self._tick,
            self.status,
            spacing=4,
        )
        row(
            theme,
            at(Qt.AlignmentFlag.AlignTop, self.number),
            grow(column(theme, head, self.text, 4, self._parts, spacing=5, margins=(0, 4, 0, 0))),
            spacing=16,
            on=self,
        )
        self._shown: tuple[str, str] | None = None
        self.show_status("", "text2")

    def add(self, *parts: Part) -> None:
        """Append parts below the sentence, from top to bottom."""
        for part in parts:
            add(self._parts, self._theme, part)

    def show_text(self, text: str) -> None:
        """Show a sentence below the title."""
        self.text.setText(text)
        self.text.setVisible(bool(text))

    def show_status(self, text: str, tone: str = "text2") -> None:
        """Show the state in the colour of a token; with a tick if the colour is `valid`."""
        if (text, tone) == self._shown:
            return
        self._shown = text, tone
        self.status.setText(text)
        self.status.set_tone(tone)
        self.status.setFont(self._theme.font(12, 400 if tone == "text2" else 600))
        self._tick.setVisible(tone == "valid")


class SampleCard(Panel):
    """A card that sends a sample, for users who have no sender yet."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, fill="raised", line="line", radius=5, parent=parent)
        text = "Send yourself a signed sample. It stays on this machine and is marked as a sample."
        words = column(
            theme,
            Label(theme, "Nothing to connect yet?", weight=600, parent=self),
            Label(theme, text, tone="text2", wraps=True, parent=self),
            spacing=2,
        )
        self.button = Button(theme, "Send sample", icon="send", key=actions.key("sample"), parent=self)
        self.button.clicked.connect(actions["sample"].trigger)
        actions["sample"].enabledChanged.connect(self.button.setEnabled)
        row(theme, grow(words), self.button, spacing=6, margins=(16, 11, 16, 11), on=self)


class StepField(QLineEdit):
    """A field 28 px high."""

    def __init__(self, theme: Theme, placeholder: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font(13))
        self.setTextMargins(theme.px(6), 0, theme.px(6), 0)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px(28))
