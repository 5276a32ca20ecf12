"""The button at the right of the list's header that folds captures by respondent."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from inspector.gui.kit.buttons import key_cap_width, paint_focus, paint_key_cap
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.theme import Theme

_TEXT = "Threads"
_ICON, _GAP, _RIGHT, _CAP_HEIGHT = 16, 6, 6, 16


class ThreadsButton(QAbstractButton):
    """A flat button that shows whether its checkable action is on. It stays at the right of its parent."""

    def __init__(self, theme: Theme, action: QAction, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._header = parent
        self._action = action
        self._key = key
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(action.text())
        self.setToolTip(f"{action.text()} ({key})")
        self.clicked.connect(action.trigger)
        action.toggled.connect(self._show_state)
        theme.changed.connect(self._place)
        parent.installEventFilter(self)
        self._show_state()
        self._place()

    def sizeHint(self) -> QSize:
        px, metrics = self._theme.px, self._theme.metrics(12)
        words = metrics.horizontalAdvance(_TEXT) + key_cap_width(self._key, self._theme, self)
        return QSize(px(_ICON + 3 * _GAP + _RIGHT) + words, self._theme.px(24))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        tone = "accent" if self._action.isChecked() else "text2"
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.color("base"))
            paint_icon(painter, "threads", theme, QRectF(0, 0, px(_ICON), self.height()), tone)
            painter.setFont(theme.font(12))
            painter.setPen(theme.color(tone))
            words = self.rect().adjusted(px(_ICON + _GAP), 0, 0, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, _TEXT)
            width, height = key_cap_width(self._key, theme, self), px(_CAP_HEIGHT)
            left = self.width() - px(_RIGHT) - width
            paint_key_cap(
                painter, QRectF(left, (self.height() - height) / 2, width, height), self._key, theme
            )
            if self.hasFocus():
                paint_focus(painter, self, theme)

    @Slot()
    def _place(self) -> None:
        self.resize(self.sizeHint())
        left = self._header.width() - self.width()
        self.move(left, (self._header.height() - self.height() - 1) // 2)

    @Slot()
    def _show_state(self) -> None:
        self.setChecked(self._action.isChecked())
        self.update()
