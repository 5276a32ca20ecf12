"""The top of the pane: the title, path, facts, verdict and hints of a capture."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.base.clock import now_ms
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.event.answers import AnswersPage
from inspector.domain.query.scope import scope_of
from inspector.gui.detail import capture_text
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label, plain_tip
from inspector.gui.kit.layout import STRETCH, at, column, grow, row
from inspector.gui.kit.links import ElidedLink, shared
from inspector.gui.kit.theme import Theme


class HintChip(QAbstractButton):
    """A button such as `2 hints` that expands the hints. Esc collapses them."""

    def __init__(self, theme: Theme, below: QWidget) -> None:
        """Create a button whose hints expand below `below`, over the content there."""
        super().__init__()
        self._theme = theme
        self._below = below
        self.sentences: tuple[str, ...] = ()
        self.sheet = _Sheet(theme)
        self.sheet.hide()
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._unfold)
        theme.changed.connect(self.update)
        self.hide()

    def show_hints(self, sentences: tuple[str, ...]) -> None:
        """Show other hints, collapsed. If they are the same, do nothing."""
        if sentences == self.sentences:
            return
        self.sentences = sentences
        self.setChecked(False)
        self.setText(counted(len(sentences), "hint"))
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(" ".join(sentences))
        self.setToolTip(plain_tip("\n".join(sentences)))
        self.setVisible(bool(sentences))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        text = QFontMetrics(self._theme.font(12), self).horizontalAdvance(self.text())
        return QSize(text + self._theme.px(2 * 8 + 14), self._theme.px(20))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isChecked():
            self.setChecked(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 1) if self.underMouse() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text"))
        area = QRectF(px(8), 0, self.width(), self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())
        arrow = QRectF(self.width() - px(18), 0, px(12), self.height())
        paint_icon(painter, "chevron-down", theme, arrow, "text2", 11)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)

    @Slot(bool)
    def _unfold(self, is_open: bool) -> None:
        over = self._below.parentWidget()
        if is_open and over is not None:
            self.sheet.setParent(over)
            self.sheet.show_sentences(self.sentences)
            self.sheet.move(self._below.mapTo(over, QPoint(0, self._below.height())))
            self.sheet.setFixedWidth(self._below.width())
            self.sheet.raise_()
        self.sheet.setVisible(is_open)
        self.sheet.adjustSize()  # the height of the texts depends on their width


class _Sheet(QWidget):
    """The hints below each other, each with an icon."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setMinimumHeight(theme.px(38))  # covers the tabs below completely
        self._layout = column(theme, spacing=4, margins=(20, 8, 16, 10), on=self)
        self._rows: list[_Hint] = []

    def show_sentences(self, sentences: tuple[str, ...]) -> None:
        """Show these sentences. The rows are reused."""
        while len(self._rows) < len(sentences):
            self._rows.append(_Hint(self._theme))
            self._layout.addWidget(self._rows[-1])
        for number, hint in enumerate(self._rows):
            hint.setVisible(number < len(sentences))
            hint.text.show_text(sentences[number] if number < len(sentences) else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("outline"))


class _Hint(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = FlowText(theme, font=theme.font(12), tone="text")
        row(theme, self.text, margins=(20, 0, 0, 0), on=self)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        paint_icon(QPainter(self), "info", self._theme, QRectF(0, 0, px(14), px(17)), "text2", 14)


class DetailHeader(QWidget):
    """Title and badge, the links survey › group › user, and a line of facts with a button for hints.

    The height is fixed, so that the tabs below never move.
    """

    scope_requested = Signal(object)
    """The scope of a link in the path."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self._row: CaptureRow | None = None
        self.title = ElidedLabel(theme, px=16, weight=600)
        self._badge = BadgeLabel(theme)
        self.survey, self.group, self.user = ElidedLink(theme), ElidedLink(theme), ElidedLink(theme)
        self.user.elide_middle()
        for level, link in enumerate((self.survey, self.group, self.user), start=1):
            link.clicked.connect(partial(self._go, level))
        self._arrows = (_Arrow(theme), _Arrow(theme))
        self._no_path = Label(theme, px=12, tone="text2")
        self._facts = ElidedLabel(theme, px=12, tone="text2")
        self._facts.setMinimumHeight(px(20))  # as high as the button
        self.hints = HintChip(theme, self)

        self._path = row(
            theme,
            *(self.survey, self._arrows[0], self.group, self._arrows[1], self.user, self._no_path),
            STRETCH,
            spacing=6,
        )
        column(
            theme,
            row(theme, grow(self.title), at(Qt.AlignmentFlag.AlignTop, self._badge), spacing=12),
            self._path,
            row(theme, grow(self._facts), self.hints, spacing=8),
            spacing=4,
            margins=(20, 12, 16, 2),
            on=self,
        )
        self.setFixedHeight(px(88))

    def show_detail(self, detail: CaptureDetail, page: AnswersPage | None) -> None:
        """Show another capture. For large bodies, `page` follows later."""
        row = self._row = detail.row
        self.title.setText(capture_text.title(row, page))
        self.title.setAccessibleName(self.title.text())
        self._badge.show_badge(Badge.of(row.verdict, row.is_json))
        survey = row.survey_name or row.survey_id
        for link, text in ((self.survey, survey), (self.group, row.group_id), (self.user, row.user_id)):
            link.show_text(visible(text) if text else "")
            link.setVisible(bool(text))
        # A group needs its survey to be found, a respondent needs both.
        self.group.setEnabled(bool(row.survey_id))
        self.user.setEnabled(bool(row.survey_id and row.group_id))
        self._arrows[0].setVisible(bool(survey and row.group_id))
        self._arrows[1].setVisible(bool((survey or row.group_id) and row.user_id))
        has_path = bool(survey or row.group_id or row.user_id)
        self._no_path.setText("" if row.kind == "refused" else "Not from a survey")
        self._no_path.setVisible(not has_path)
        self._facts.setText(capture_text.facts(detail, now_ms()))
        self.hints.show_hints(capture_text.hints(detail, page))
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        self.hints.setChecked(False)

    def _share_width(self) -> None:
        """Shorten the longest part of the path first."""
        links = [link for link in (self.survey, self.group, self.user) if link.text()]
        arrows = [arrow for arrow in self._arrows if not arrow.isHidden()]
        room = self.width() - self._theme.px(20 + 16)
        room -= sum(arrow.width() for arrow in arrows) + self._path.spacing() * (len(links) + len(arrows))
        widths = shared(room, [link.sizeHint().width() for link in links])
        for link, width in zip(links, widths, strict=True):
            link.setMaximumWidth(width)

    def _go(self, level: int) -> None:
        if self._row is not None:
            self.scope_requested.emit(scope_of(self._row, level))


class _Arrow(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(theme.px(8), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_icon(QPainter(self), "chevron-right", self._theme, QRectF(self.rect()), "text2", 11)
