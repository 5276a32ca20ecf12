"""Colours, fonts and measures for every widget, in one object that follows the system."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetrics, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QProxyStyle,
    QScrollBar,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionSlider,
    QWidget,
)

from inspector.gui.kit.rescaler import Rescaler
from inspector.gui.kit.tokens import DARK, LIGHT, Tokens

__all__ = ["DARK", "LIGHT", "Theme", "Tokens"]

_BODY_PX = 13
_ROW, _COMPACT_ROW = 28, 24
# At a scale close to 1, measures stay whole pixels of the drawing.
_AS_DRAWN = (0.92, 1.09)

_LANE, _HANDLE = 10, 6
SCROLL_BAR_GROUND = "scroll-bar-ground"
"""The property of a scroll area that names the background token of its scroll bars, by default `base`."""
_CONTROLS = ("QLineEdit", "QAbstractButton", "QComboBox", "QAbstractSpinBox")


class Theme(QObject):
    """The light or dark theme of the system, and its text size."""

    changed = Signal()
    """The tokens, the text size or the row height have changed: everything that uses them must be redrawn.

    Fonts, sizes and margins of all widgets have been adjusted before, see `rescale`."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._forced: bool | None = None
        self._system = app.styleHints().colorScheme()
        self.pixmaps: dict[tuple[object, ...], QPixmap] = {}
        """Tinted icons drawn since the last change."""
        self._fonts: dict[tuple[float, int], QFont] = {}
        self._metrics: dict[tuple[float, int], QFontMetrics] = {}
        self._colors: dict[str, QColor] = {}
        scale = QFontInfo(app.font()).pixelSize() / _BODY_PX
        self._system_scale = 1.0 if _AS_DRAWN[0] <= scale <= _AS_DRAWN[1] else max(scale, 0.8)
        self.scale = self._system_scale
        """The text size divided by the one the window is designed for."""
        self._row = _ROW
        self._rescaler = Rescaler()
        self.tokens = LIGHT
        self.is_dark = False
        app.setFont(self.font(_BODY_PX))
        self._draw_controls()
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply()

    def force(self, is_dark: bool | None) -> None:
        """Use light or dark regardless of the system; None follows it again."""
        self._forced = is_dark
        self._follow()

    @property
    def is_system_dark(self) -> bool:
        """Whether the system's theme is dark, whichever one is used."""
        return self._system == Qt.ColorScheme.Dark

    def resize(self, percent: int) -> None:
        """Use another text size, in percent of the system's; everything shown grows or shrinks with it."""
        before, self.scale = self.scale, self._system_scale * percent / 100
        if self.scale == before:
            return
        for cache in (self._fonts, self._metrics, self.pixmaps):
            cache.clear()
        self._app.setFont(self.font(_BODY_PX))
        # Qt only posts the new font to the widgets that inherit it, so `changed` would come before it.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.ApplicationFontChange.value)
        self._rescaler.rescale(before, self.scale)
        self.changed.emit()

    def set_compact(self, is_compact: bool) -> None:
        """Use lower rows in lists and trees, or the usual ones."""
        before, self._row = self._row, _COMPACT_ROW if is_compact else _ROW
        if self._row != before:
            self.changed.emit()
            self._rescaler.lay_out()

    @property
    def row_height(self) -> int:
        """The height of a row in lists and trees, in pixels."""
        return self.px(self._row)

    def px(self, measure: float) -> int:
        """Return a measure of the drawing in pixels at the current text size."""
        return round(measure * self.scale)

    def font(self, px: float, weight: int = 400) -> QFont:
        """Return the system's font in a size of the drawing, with digits of equal width."""
        return QFont(self._font(px, weight))

    def metrics(self, px: float, weight: int = 400) -> QFontMetrics:
        """Return the metrics of `font(px, weight)`, cached because delegates ask for them in each cell."""
        if (px, weight) not in self._metrics:
            self._metrics[px, weight] = QFontMetrics(self._font(px, weight))
        return self._metrics[px, weight]

    def fixed_font(self, px: float = 12, weight: int = 400) -> QFont:
        """Return the system's fixed font, for bytes, digests and headers."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(self.px(px))
        font.setWeight(QFont.Weight(weight))
        return font

    def loud_weight(self) -> int:
        """Return the weight of emphasised text in the list. Light text on dark looks bolder, so dark uses one
        step more."""
        return 600 if self.is_dark else 500

    def color(self, token: str) -> QColor:
        """Return the colour of a token by its name."""
        if token not in self._colors:
            self._colors[token] = QColor(getattr(self.tokens, token))
        return QColor(self._colors[token])

    def code_palette(self, own: QPalette) -> QPalette:
        """Return the palette of a widget with coloured code: selected text keeps its colours."""
        palette, role = QPalette(own), QPalette.ColorRole
        for each, token in (
            (role.Base, "base"),
            (role.Text, "text"),
            (role.Highlight, "selection"),
            (role.HighlightedText, "text"),
        ):
            palette.setColor(each, self.color(token))
        return palette

    def _draw_controls(self) -> None:
        """Draw the standard controls of the application; styles other than Fusion draw their own."""
        style = self._app.style()
        if isinstance(style, WindowStyle):  # from an earlier theme
            style.theme = self
        elif style.name().lower() == "fusion":
            self._app.setStyle(WindowStyle(self))

    def _font(self, px: float, weight: int) -> QFont:
        if (px, weight) not in self._fonts:
            font = QFont(self._app.font())
            font.setPixelSize(self.px(px))
            font.setWeight(QFont.Weight(weight))
            font.setFeature(QFont.Tag("tnum"), 1)
            self._fonts[px, weight] = font
        return self._fonts[px, weight]

    @Slot(Qt.ColorScheme)
    def _follow_system(self, scheme: Qt.ColorScheme) -> None:
        self._system = scheme
        self._follow()

    def _follow(self) -> None:
        before = self.tokens
        self._apply()
        if self.tokens is not before:
            self.changed.emit()

    def _apply(self) -> None:
        self.is_dark = self.is_system_dark if self._forced is None else self._forced
        self.tokens = DARK if self.is_dark else LIGHT
        self.pixmaps.clear()
        self._colors.clear()
        self._app.setPalette(_palette(self.tokens))
        controls = _control_palette(self.tokens)
        for name in _CONTROLS:
            # WORKAROUND(PySide6 6.11): the stub asks for bytes, but the call accepts only text.
            self._app.setPalette(controls, name)  # type: ignore[arg-type]


class WindowStyle(QProxyStyle):
    """Fusion with thin scroll bars: a 6 px handle in a 10 px lane, without arrows.

    Only calls for whole controls are overridden. Qt asks for measures and primitives thousands of times per
    layout, and each call into Python takes microseconds.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__("fusion")
        self.theme = theme

    # WORKAROUND(PySide6 6.11): the stubs of QStyle and QProxyStyle name the last parameter differently.
    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        if kind == QStyle.ContentsType.CT_ScrollBar and isinstance(widget, QScrollBar):
            lane = self.theme.px(_LANE)
            is_upright = widget.orientation() == Qt.Orientation.Vertical
            return QSize(lane, 3 * lane) if is_upright else QSize(3 * lane, lane)
        return super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type]

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if isinstance(option, QStyleOptionSlider) and isinstance(widget, QScrollBar):
            self._draw_scroll_bar(option, painter, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def _draw_scroll_bar(self, option: QStyleOptionSlider, painter: QPainter, bar: QScrollBar) -> None:
        container = bar.parentWidget()  # Qt's own widget between the bar and its area
        area = None if container is None else container.parentWidget()
        ground = None if area is None else area.property(SCROLL_BAR_GROUND)
        painter.fillRect(bar.rect(), self.theme.color(ground or "base"))
        if option.maximum == option.minimum:
            return
        slider = QStyle.SubControl.SC_ScrollBarSlider
        handle = self.subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, slider, bar)
        width = self.theme.px(_HANDLE)
        rect = QRectF(handle)
        if bar.orientation() == Qt.Orientation.Vertical:
            rect = QRectF((bar.width() - width) / 2, rect.top(), width, rect.height())
        else:
            rect = QRectF(rect.left(), (bar.height() - width) / 2, rect.width(), width)
        is_held = bar.isSliderDown() or bar.underMouse()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("control_outline" if is_held else "scroll"))
        painter.drawRoundedRect(rect, width / 2, width / 2)
        painter.restore()


def _palette(tokens: Tokens) -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for key, color in (
        (role.Window, tokens.window),
        (role.WindowText, tokens.text),
        (role.Base, tokens.base),
        (role.AlternateBase, tokens.raised),
        (role.Text, tokens.text),
        (role.BrightText, tokens.on_accent),
        (role.Button, tokens.button),
        (role.ButtonText, tokens.text),
        (role.PlaceholderText, tokens.text2),
        (role.Highlight, tokens.selection),
        (role.HighlightedText, tokens.text),
        (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent),
        (role.Accent, tokens.accent_fill),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.Light, tokens.raised),
        (role.Midlight, tokens.line),
        (role.Mid, tokens.outline),
        (role.Dark, tokens.control_outline),
        (role.Shadow, tokens.outline),
    ):
        palette.setColor(key, QColor(color))
    for key in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        palette.setColor(group.Disabled, key, QColor(tokens.disabled))
    palette.setColor(group.Inactive, role.Highlight, QColor(tokens.selection_no_focus))
    return palette


def _control_palette(tokens: Tokens) -> QPalette:
    """Return the palette of the controls. Fusion derives a control's outline from Window, 40 % darker, and a
    field's focus from Highlight."""
    palette = _palette(tokens)
    outline = QColor(tokens.control_outline)
    value = min(255, round(outline.value() * 1.4))
    window = QColor.fromHsv(max(outline.hsvHue(), 0), outline.hsvSaturation(), value)
    palette.setColor(QPalette.ColorRole.Window, window)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        palette.setColor(group, QPalette.ColorRole.Highlight, QColor(tokens.accent_fill))
        palette.setColor(group, QPalette.ColorRole.HighlightedText, QColor(tokens.on_accent))
    return palette
