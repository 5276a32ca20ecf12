"""Answers that can be changed: the cells, stars, chips and texts of the Answers tab as fields.

Each emits what the user entered. Delete skips the question.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.base.visible import visible
from inspector.gui.detail.answers.entry import chips_height, wrapped_chips
from inspector.gui.detail.answers.ratings import Rating
from inspector.gui.detail.long_text import wrap_mode
from inspector.gui.kit.controls.value_boxes import TextBox
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_elided, plain_tip
from inspector.gui.kit.theme import Theme

_CHIP_GAP, _TICK = 6, 18
_FEWEST_LINES, _MOST_LINES = 2, 6
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Down)
_FORWARD = (Qt.Key.Key_Right, Qt.Key.Key_Up)
_SKIP = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class RatingField(Rating):
    """Cells, stars or faces to click. Digits and arrow keys select a number, too."""

    is_editable = True
    picked = Signal(object)
    """Emits the number, or None if the question is skipped."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._typed = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setToolTip("0 to 9 or arrow keys select; Delete skips the question")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event)
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        is_cell = self._number_at(event) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_cell else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        kind, key, text = self._kind, event.key(), event.text()
        if kind is None or kind.low is None or kind.high is None:
            return
        low, high, number = kind.low, kind.high, self._number
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in _SKIP:
            self.picked.emit(None)
        elif key in (*_BACK, *_FORWARD):
            step = 1 if key in _FORWARD else -1
            start = low - 1 if number is None and step > 0 else high + 1 if number is None else number
            self.picked.emit(min(high, max(low, start + step)))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.picked.emit(low if key == Qt.Key.Key_Home else high)
        elif text.isdecimal() and text.isascii():
            whole = int(self._typed + text)  # 1 and then 0 are 10, if there is a 10
            entered = whole if low <= whole <= high else int(text)
            self._typed = text if entered < 10 else ""
            if low <= entered <= high:
                self.picked.emit(entered)
            return
        else:
            super().keyPressEvent(event)
        self._typed = ""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._typed = ""
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        kind = self._kind
        if kind is not None and kind.low is not None and self.hasFocus():
            area = self.area_of(kind.low if self._number is None else self._number)
            _paint_ring(self, self._theme, area)

    def _number_at(self, event: QMouseEvent) -> int | None:
        kind = self._kind
        if kind is None or kind.low is None or kind.high is None:
            return None
        numbers = range(kind.low, kind.high + 1)
        return next((one for one in numbers if self.area_of(one).contains(event.position())), None)


class ChipsField(QWidget):
    """Options as chips to tick, wrapped to the width, then the link that adds another option.

    The arrow keys move between them, Space ticks.
    """

    changed = Signal(object)
    """Emits the ticked texts, in the order of the chips."""
    other_requested = Signal()
    OTHER = "+ Other…"

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._question = ""
        self._texts: tuple[str, ...] = ()
        self._ticked: frozenset[int] = frozenset()
        self._is_several = True
        self._current = 0
        self._places: list[QRectF] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_options(
        self, question: str, texts: tuple[str, ...], ticked: frozenset[int], *, is_several: bool
    ) -> None:
        """Show the options of a question, of which those with the given indexes are ticked."""
        self._question = question
        self._texts, self._ticked, self._is_several = texts, ticked, is_several
        self._current = min(self._current, len(texts))
        self._name()
        self._place()
        self.update()

    def _name(self) -> None:
        selected = ", ".join(visible(self._texts[number]) for number in sorted(self._ticked)) or "Skipped"
        at = self._shown(self._current)
        state = "selected" if self._current in self._ticked else "not selected"
        self.setAccessibleName(f"{self._question} {selected}".strip())
        self.setAccessibleDescription(at if self._current == len(self._texts) else f"{at}, {state}")

    def _shown(self, number: int) -> str:
        return self.OTHER if number == len(self._texts) else visible(self._texts[number])

    # ---- input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, place in enumerate(self._places):
            if place.contains(event.position()) and event.button() == Qt.MouseButton.LeftButton:
                self._current = number
                self._press()
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in _BACK or key in _FORWARD:
            step = -1 if key in (Qt.Key.Key_Left, Qt.Key.Key_Up) else 1
            self._current = min(len(self._texts), max(0, self._current + step))
            self._name()
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._press()
        elif key in _SKIP:
            self.changed.emit(())
        else:
            super().keyPressEvent(event)

    def _press(self) -> None:
        if self._current == len(self._texts):
            self.other_requested.emit()
            return
        is_ticked = self._current in self._ticked
        if self._is_several:
            ticked = self._ticked ^ {self._current}
        else:
            ticked = frozenset() if is_ticked else frozenset({self._current})
        self.changed.emit(tuple(self._texts[number] for number in sorted(ticked)))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for number, place in enumerate(self._places):
                if place.contains(event.pos().toPointF()):
                    QToolTip.showText(event.globalPos(), plain_tip(self._shown(number)), self)
                    return True
        return super().event(event)

    # ---- drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self.height())

    def _place(self) -> None:
        px, metrics = self._theme.px, QFontMetrics(self._theme.font(13), self)
        widths = (
            metrics.horizontalAdvance(self._shown(number)[:500])
            + px(19)
            + (px(_TICK) if number in self._ticked else 0)
            for number in range(len(self._texts) + 1)
        )
        self._places = wrapped_chips(widths, float(self.width()), self._theme, _CHIP_GAP)
        self.setFixedHeight(chips_height(self._places, self._theme))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:  # closes it even after an exception (see timeline/bars.py)
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(13))
        tone = "text" if self.isEnabled() else "disabled"
        for number, place in enumerate(self._places):
            is_ticked, left = number in self._ticked, px(9)
            if number < len(self._texts):
                painter.setPen(QPen(theme.color("accent" if is_ticked else "control_outline"), 1))
                painter.setBrush(theme.color("accent_soft" if is_ticked else "base"))
                painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            if is_ticked:
                tick = QRectF(place.left() + px(8), place.top(), px(12), place.height())
                paint_icon(painter, "tick", theme, tick, "accent", 13)
                left += px(_TICK)
            painter.setPen(theme.color("accent" if number == len(self._texts) and self.isEnabled() else tone))
            draw_elided(painter, place.adjusted(left, 0, 1 - px(9), 0), self._shown(number))
            if number == self._current and self.hasFocus():
                _paint_ring(self, theme, place, painter)


class AnswerText(TextBox):
    """Free text, two to six lines high."""

    edited = Signal(str)
    """Emits the text that the user entered."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._is_filling = False
        self._fewest = _FEWEST_LINES
        self.setFont(theme.font(14))
        self.setPlaceholderText("Skipped")
        self.setWordWrapMode(wrap_mode(""))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._changed)

    def show_text(self, text: str, *, is_line: bool = False) -> bool:
        """Show another text, one line high with `is_line`. Return whether the field shows it exactly."""
        self._fewest = 1 if is_line else _FEWEST_LINES
        if text != self.whole_text():
            self._is_filling = True
            self.setWordWrapMode(wrap_mode(text))
            self.setPlainText(text)
            self._is_filling = False
        self._fit()
        return self.whole_text() == text

    def whole_text(self) -> str:
        """Return the exact text; `toPlainText` would replace no-break spaces by plain ones."""
        return self.document().toRawText().replace("\u2029", "\n")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.setWordWrapMode(wrap_mode(self.whole_text() + source.text()))
        super().insertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.ignore()  # it sends
        else:
            super().keyPressEvent(event)

    def _changed(self) -> None:
        self._fit()
        if not self._is_filling:
            self.edited.emit(self.whole_text())

    def _fit(self) -> None:
        whole = int(self.document().size().height())
        lines = max(self._fewest, min(_MOST_LINES, whole))
        policy = Qt.ScrollBarPolicy
        is_long = whole > _MOST_LINES
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if is_long else policy.ScrollBarAlwaysOff)
        around = 2 * (self.frameWidth() + int(self.document().documentMargin()))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + around)


def _paint_ring(widget: QWidget, theme: Theme, area: QRectF, painter: QPainter | None = None) -> None:
    """Draw the focus ring around a part of a widget if the keyboard is in use."""
    if not widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
        return
    brush = painter or QPainter(widget)
    brush.save()
    brush.setRenderHint(QPainter.RenderHint.Antialiasing)
    brush.setBrush(Qt.BrushStyle.NoBrush)
    brush.setPen(QPen(theme.color("accent"), 2))
    brush.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3)
    brush.restore()
