"""The buttons of the window: outlined, primary, quiet and icon-only, with the shortcut as a key cap."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.tab_order import step_by_arrow
from inspector.gui.kit.theme import Theme

_CONFIRMED_MS = 2_000


class Button(QPushButton):
    """A button 28 px high: `icon text key ⌄`. Primary is filled with the accent, quiet has no frame.

    If there is too little space, the key cap is omitted first, then the icon. Then the text is shortened, and
    the tool tip shows all of it."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        icon: str | None = None,
        key: str = "",
        is_primary: bool = False,
        may_be_primary: bool = False,
        is_quiet: bool = False,
        has_menu: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`may_be_primary`: always use the size of a primary button, so that `set_primary` moves nothing."""
        super().__init__(text, parent)
        self._theme = theme
        self._icon = icon
        self._key = key
        self._may_be_primary = is_primary or may_be_primary
        self._is_primary = is_primary
        self._is_quiet = is_quiet
        self._has_menu = has_menu
        self._is_focus_always_shown = False
        self._confirmation = Confirmation(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        self.setAutoDefault(False)

    @property
    def is_primary(self) -> bool:
        """Whether it is the primary button, which is filled."""
        return self._is_primary

    def set_primary(self, is_primary: bool) -> None:
        """Fill the button or not. Without `may_be_primary`, filling it makes it wider."""
        if is_primary != self._is_primary:
            self._is_primary = is_primary
            self.setFont(self._theme.font(13, 600 if is_primary else 400))  # the metrics follow it
            self.updateGeometry()
            self.update()

    def show_focus_always(self) -> None:
        """Draw the focus ring even if the focus did not come by keyboard."""
        self._is_focus_always_shown = True

    def show_as(self, text: str, icon: str | None) -> None:
        """Show another text and icon."""
        if (text, icon) != (self.text(), self._icon):
            self._icon = icon
            self.setText(text)
            self.setAccessibleName(text)
            self.updateGeometry()

    @Slot()
    def confirm(self) -> None:
        """Show “Copied” for two seconds in place of the text."""
        self._confirmation.show("Copied")

    def confirm_as(self, done: str) -> None:
        """Show another word for two seconds in place of the text."""
        self._confirmation.show(done)

    @property
    def shown_text(self) -> str:
        """The text that is shown now."""
        return self._confirmation.text or self.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the focused button by Return, in the window as in a dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(13, 600 if self._is_primary else 400))
        weight = 600 if self._may_be_primary or self._is_primary else 400
        text = self._theme.metrics(13, weight).horizontalAdvance(self.text())
        width = text + self._beside(has_icon=True, has_key=True)
        return QSize(width, self._theme.px(24 if self._is_quiet else 28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        is_filled = self._is_primary and self.isEnabled()
        tone = "on_accent" if is_filled else "text" if self.isEnabled() else "disabled"
        icon_tone = tone if is_filled or not self.isEnabled() else "text2"
        text, has_icon, has_key = self.fitted()
        icon, is_confirming = self._icon, bool(self._confirmation.text)
        if is_confirming:
            icon, icon_tone = "tick", "on_accent" if is_filled else "valid"
        x = self._margin()
        spare = self.inner_width() - self._beside(has_icon=has_icon, has_key=has_key)
        x += max(0, spare - self.fontMetrics().horizontalAdvance(text)) // 2
        if icon and has_icon:
            paint_icon(painter, icon, self._theme, QRectF(x, 0, px(16), self.height()), icon_tone)
            x += px(16 + 8)
        painter.setFont(self._theme.font(13, 600 if self._is_primary else 400))
        painter.setPen(self._theme.color(tone))
        width = self.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(x, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
        x += width
        if is_confirming:
            return
        if self._key and has_key:
            x += px(8)
            cap = QRectF(x, (self.height() - px(16)) / 2, self._cap_width(), px(16))
            paint_key_cap(painter, cap, self._key, self._theme, "on_accent" if is_filled else None)
            x += self._cap_width()
        if self._has_menu:
            x += px(6 if self._is_quiet else 10)
            area = QRectF(x, 0, px(12), self.height())
            paint_icon(painter, "chevron-down", self._theme, area, icon_tone, 13)

    def _beside(self, *, has_icon: bool, has_key: bool) -> int:
        """Return the width of everything except the text."""
        px = self._theme.px
        width = self._margin() + (px(4) if self._is_quiet else self._margin())
        if self._icon and has_icon:
            width += px(16) + (px(8) if self.text() else 0)
        if self._key and has_key:
            width += px(8) + self._cap_width()
        if self._has_menu:
            width += px(6 if self._is_quiet else 10) + px(12)
        return width

    def inner_width(self) -> int:
        """Return the width in pixels for the icon, the text and the key, with their margins."""
        return self.width()

    def fitted(self) -> tuple[str, bool, bool]:
        """Return the text, shortened if necessary, and whether the icon and the key fit, too."""
        text, metrics = self.shown_text, self.fontMetrics()
        if self._confirmation.text:
            return text, True, False
        for has_icon, has_key in ((True, True), (True, False), (False, False)):
            room = self.inner_width() - self._beside(has_icon=has_icon, has_key=has_key)
            if metrics.horizontalAdvance(text) <= room:
                return text, has_icon, has_key
        if not self.toolTip():
            self.setToolTip(plain_tip(text))
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0)), False, False

    def _margin(self) -> int:
        return 0 if self._is_quiet else self._theme.px(12)

    def _cap_width(self) -> int:
        return key_cap_width(self._key, self._theme, self)

    def _paint_ground(self, painter: QPainter) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        if self._is_primary and self.isEnabled():
            fill = self._theme.color("accent_fill")
            if self.isDown():
                fill = fill.darker(115)
            elif self.underMouse():
                fill = fill.lighter(108)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self._theme.color("on_accent"), 1))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 2, 2)
        elif not self._is_quiet:
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelButtonCommand, option, painter, self)
            if self.hasFocus():
                paint_focus(painter, self, self._theme, is_always=self._is_focus_always_shown)
        else:
            if self.underMouse() or self.isDown():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(hover_tint(self._theme))
                painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
            if self.hasFocus():
                paint_focus(painter, self, self._theme)


class Confirmation(QObject):
    """A text that a button shows for two seconds instead of its own."""

    def __init__(self, button: QWidget) -> None:
        super().__init__(button)
        self._button = button
        self.text = ""
        """Empty while the button shows its own text."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CONFIRMED_MS)
        self._timer.timeout.connect(self._end)

    def show(self, text: str) -> None:
        """Show `text`, also to a screen reader."""
        self.text = text
        self._button.setAccessibleDescription(text)
        self._button.update()
        self._timer.start()

    @Slot()
    def _end(self) -> None:
        self.text = ""
        self._button.setAccessibleDescription("")
        self._button.update()


class IconButton(QToolButton):
    """A button with only an icon. Its name is the tool tip, also for screen readers."""

    def __init__(
        self, theme: Theme, icon: str, name: str, *, tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._tone = "text2"
        self.setAccessibleName(name)
        self.setToolTip(tip or name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        side = theme.px(24)
        self.setFixedSize(side, side)
        self._confirmation = Confirmation(self)

    @Slot()
    def confirm(self) -> None:
        """Show a tick for two seconds in place of the icon."""
        self._confirmation.show("Copied")

    def set_tone(self, tone: str) -> None:
        """Draw the icon in the colour of another token."""
        self._tone = tone
        self.update()

    def set_icon_name(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not step_by_arrow(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isEnabled() and (self.underMouse() or self.isDown() or self.isChecked()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(hover_tint(self._theme))
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        tone = self._tone if self.isEnabled() else "disabled"
        icon = self._icon
        if self._confirmation.text:
            icon, tone = "tick", "valid"
        paint_icon(painter, icon, self._theme, QRectF(self.rect()), tone)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


def hover_tint(theme: Theme) -> QColor:
    """Return the background of a frameless button under the pointer."""
    color = theme.color("text")
    color.setAlphaF(0.08)
    return color


def paint_focus(
    painter: QPainter, widget: QWidget, theme: Theme, *, is_always: bool = False, width: int = 2
) -> None:
    """Draw the focus ring within the edge of a widget if the keyboard is in use, or always.

    Its `width` in pixels is 1 around text without a margin.
    """
    if not is_always and not widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("accent"), width))
    half = width / 2
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(half, half, -half, -half), 3, 3)
    painter.restore()


def key_cap_width(key: str, theme: Theme, widget: QWidget) -> int:
    """Return the width of a key cap that `paint_key_cap` draws."""
    metrics = QFontMetrics(theme.font(11, 500), widget)
    return max(theme.px(16), metrics.horizontalAdvance(key) + theme.px(10))


def paint_key_cap(painter: QPainter, rect: QRectF, key: str, theme: Theme, tone: str | None = None) -> None:
    """Draw a key as an outlined cap; `tone` is the token of its text on a filled background."""
    painter.save()
    outline = theme.color(tone or "outline")
    if tone:
        outline.setAlphaF(0.6)
    painter.setPen(QPen(outline, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush if tone else theme.color("base"))
    painter.drawRoundedRect(rect.translated(QPointF(0.5, 0.5)).adjusted(0, 0, -1, -1), 3, 3)
    painter.setPen(theme.color(tone or "text2"))
    painter.setFont(theme.font(11, 500))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()
