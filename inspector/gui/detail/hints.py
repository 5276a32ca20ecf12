"""The hints of a capture: a button with their number, and a sheet that unfolds over the content."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QWidget

from inspector.base.quantity import counted
from inspector.gui.detail.capture_text import Hint
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.layout import STRETCH, at, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme


class HintChip(QAbstractButton):
    """A button such as `2 hints` that unfolds the hints. Esc, or a click elsewhere, folds them."""

    followed = Signal(object)
    """The Hint whose link was clicked. The hints are folded before."""

    def __init__(self, theme: Theme, below: QWidget) -> None:
        """Create a button whose hints unfold below `below`, over the content there."""
        super().__init__()
        self._theme = theme
        self._below = below
        self.shown: tuple[Hint, ...] = ()
        self.sheet = HintSheet(theme, below)
        self.sheet.hide()
        self.sheet.followed.connect(self._follow)
        self.sheet.fold_requested.connect(self._fold)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._unfold)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The hints without their links."""
        return tuple(hint.text for hint in self.shown)

    def show_hints(self, hints: tuple[Hint, ...]) -> None:
        """Show other hints, folded. If they are the same, do nothing."""
        if hints == self.shown:
            return
        self.shown = hints
        self.setChecked(False)
        self.setText(counted(len(hints), "hint"))
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(" ".join(self.sentences))
        self.setToolTip(plain_tip("\n".join(self.sentences)))
        self.setVisible(bool(hints))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        text = QFontMetrics(self._theme.font(11.5, 500), self).horizontalAdvance(self.text())
        return QSize(text + self._theme.px(5 + 14 + 2 + 13 + 3), self._theme.px(18))

    def event(self, event: QEvent) -> bool:
        return _takes_escape(event, self.isChecked()) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isChecked():
            self.setChecked(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        px, theme = self._theme.px, self._theme
        is_lit = self.underMouse() or self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent" if is_lit else "control_outline"), 1))
        painter.setBrush(theme.color("accent_soft" if self.isChecked() else "raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        paint_icon(painter, "info", theme, QRectF(px(5), 0, px(12), self.height()), "text2", 12)
        painter.setFont(theme.font(11.5, 500))
        painter.setPen(theme.color("text2"))
        area = QRectF(px(5 + 14), 0, self.width(), self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())
        arrow = QRectF(self.width() - px(16), 0, px(12), self.height())
        paint_icon(painter, "chevron-down", theme, arrow, "text2", 10)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)

    @Slot(bool)
    def _unfold(self, is_open: bool) -> None:
        over = self._below.parentWidget()
        if is_open and over is not None:
            self.sheet.setParent(over)
            self.sheet.show_hints(self.shown)
            self.sheet.move(self._below.mapTo(over, QPoint(0, self._below.height())))
            self.sheet.setFixedWidth(self._below.width())
            self.sheet.raise_()
        focused = QApplication.focusWidget()
        if not is_open and focused is not None and self.sheet.isAncestorOf(focused):
            self.setFocus()
        self.sheet.setVisible(is_open)
        self.sheet.fit()
        if is_open:
            self.sheet.focus_first()
            QApplication.instance().focusChanged.connect(self._fold_elsewhere)  # type: ignore[union-attr]
        else:
            QApplication.instance().focusChanged.disconnect(self._fold_elsewhere)  # type: ignore[union-attr]

    @Slot(QWidget, QWidget)
    def _fold_elsewhere(self, _: QWidget | None, now: QWidget | None) -> None:
        is_here = now is self or (now is not None and self.sheet.isAncestorOf(now))
        if now is not None and not is_here:
            self.setChecked(False)

    @Slot()
    def _fold(self) -> None:
        self.setChecked(False)

    @Slot(object)
    def _follow(self, hint: Hint) -> None:
        self.setChecked(False)
        self.followed.emit(hint)


class HintSheet(QWidget):
    """The hints below each other, each with an icon and its link."""

    followed = Signal(object)
    """The Hint whose link was clicked."""
    fold_requested = Signal()
    """Esc was pressed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setMinimumHeight(theme.px(40 + 36 + 4))  # covers the strip and the tabs completely
        self._layout = column(theme, STRETCH, spacing=6, margins=(20, 10, 16, 12), on=self)
        self.rows: list[HintRow] = []

    def show_hints(self, hints: tuple[Hint, ...]) -> None:
        """Show these hints. The rows are reused."""
        while len(self.rows) < len(hints):
            added = HintRow(self._theme)
            added.link.clicked.connect(partial(self._follow, len(self.rows)))
            self.rows.append(added)
            self._layout.insertWidget(self._layout.count() - 1, added)
        self._shown = hints
        for number, hint_row in enumerate(self.rows):
            hint_row.setVisible(number < len(hints))
            hint_row.show_hint(hints[number] if number < len(hints) else Hint(text=""))

    def fit(self) -> None:
        """Be as high as the texts in the current width."""
        layout = self._layout
        for _ in range(2):  # a text knows its height once it has its width
            layout.invalidate()
            layout.activate()
            self.resize(self.width(), max(self.minimumHeight(), layout.sizeHint().height()))

    def focus_first(self) -> None:
        """Focus the first link, or the first sentence."""
        links = [row.link for row in self.rows if row.link.isVisible()]
        (links[0] if links else self.rows[0].text).setFocus()

    def event(self, event: QEvent) -> bool:
        return _takes_escape(event, is_open=True) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.fold_requested.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for y in (0, self.height() - 1):
            painter.fillRect(0, y, self.width(), 1, self._theme.color("outline"))

    def _follow(self, number: int) -> None:
        self.followed.emit(self._shown[number])


class HintRow(QWidget):
    """One hint: an icon, its sentence, and its link below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = FlowText(theme, font=theme.font(12), tone="text")
        self.link = Link(theme)
        below = at(Qt.AlignmentFlag.AlignLeft, self.link)
        row(theme, grow(column(theme, self.text, below)), margins=(20, 0, 0, 0), on=self)

    def show_hint(self, hint: Hint) -> None:
        """Show another hint, without a link if it has none."""
        self.text.show_text(hint.text)
        self.link.show_text(hint.link)
        self.link.setVisible(bool(hint.link))

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        paint_icon(QPainter(self), "info", self._theme, QRectF(0, 0, px(14), px(17)), "text2", 14)


def _takes_escape(event: QEvent, is_open: bool) -> bool:
    """Take Esc for this widget, before it closes more than the hints. Return whether it did."""
    is_escape = (
        is_open
        and event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
    )
    if is_escape:
        event.accept()
    return is_escape
