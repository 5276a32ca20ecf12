"""One capture of a preview in a row, and sentences with a link after them."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.kit.answer_row import AnswerRowPainter
from inspector.gui.kit.badges import paint_glyph
from inspector.gui.kit.labels import direction_of, draw_line, plain_tip
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.session.file.preview import PreviewRow

_HEIGHT = 28
_GLYPH, _GAP = 14, 8
_EVENT, _SURVEY, _RESPONDENT = 84, 152, 164
_LEAST_ANSWER = 160
_LINE = 20


class PreviewRowView(QWidget):
    """A capture as the list would show it: verdict, event, survey, respondent and answers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = CaptureLine(id=0)
        self._answers = AnswerRowPainter(theme)
        self.setFixedHeight(theme.px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_row(self, row: PreviewRow) -> None:
        """Show a capture, masked already."""
        line = self._line = line_of(row.row.id, row.row, row.answers)
        word = "" if line.badge is None else line.badge.word
        answers = ", ".join(part.words for part in line.parts) or line.answer
        words = ", ".join(part for part in (word, line.event, line.survey, line.respondent, answers) if part)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip("\n".join((word, line.event, line.survey, line.respondent, answers))))
        self.update()

    def rescaled(self, ratio: float) -> None:
        """Follow the text size."""
        self.setFixedHeight(self._theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, line = self._theme, self._theme.px, self._line
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.height()
        if line.badge is not None:
            paint_glyph(painter, QRectF(0, 0, px(_GLYPH), height), line.badge, theme)
        left = float(px(_GLYPH + _GAP))
        weight = theme.loud_weight() if line.is_loud else 400
        left = self._cell(painter, left, px(_EVENT), line.event, "text", weight)
        # The answers keep some room: first the respondent, then the survey gives way.
        excess = max(left + px(_SURVEY + _RESPONDENT + _LEAST_ANSWER) - self.width(), 0)
        respondent = max(px(_RESPONDENT) - excess, px(72))
        survey = max(px(_SURVEY) - max(excess - px(_RESPONDENT) + respondent, 0), px(48))
        left = self._cell(painter, left, survey, line.survey, "text")
        left = self._cell(painter, left, respondent, line.respondent, "text2", middle=True)
        area = QRectF(left, 0, self.width() - left, height)
        if line.parts:
            self._answers.paint(painter, area, line.parts)
        else:
            self._cell(painter, left, area.width(), line.answer, "text2")

    def _cell(
        self,
        painter: QPainter,
        left: float,
        width: float,
        text: str,
        tone: str,
        weight: int = 400,
        *,
        middle: bool = False,
    ) -> float:
        """Draw a text, and return where the next cell begins."""
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        painter.setFont(self._theme.font(13, weight))
        painter.setPen(self._theme.color(tone))
        shown = painter.fontMetrics().elidedText(text, mode, int(width))
        area = QRectF(left, 0, width, self.height())
        draw_line(painter, area, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        return left + width + self._theme.px(_GAP)


class LinkedNote(QWidget):
    """Sentences, wrapped to the width, with a link after the last word."""

    def __init__(self, theme: Theme, tone: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = tone
        self._text = ""
        self._lines: tuple[object, tuple[QTextLayout, int, QPointF]] | None = None
        self.link = Link(theme, px=13, parent=self)
        self.link.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """The sentences."""
        return self._text

    def show_note(self, text: str, link: str = "", tone: str = "text") -> None:
        """Show other sentences, already safe to display, and a link, if it has a text."""
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.link.show_text(link)
        self.link.setVisible(bool(link))
        self.setVisible(bool(text or link))
        self.updateGeometry()
        self._place_link()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid_out(width)[1]

    def sizeHint(self) -> QSize:
        width = self.width() if self.width() > self._theme.px(200) else self._theme.px(640)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(_LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_link()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color(self._tone))
        self._laid_out(self.width())[0].draw(painter, QPointF(0, 0))

    @Slot()
    def _place_link(self) -> None:
        if self.link.isHidden():
            return
        size = self.link.sizeHint()
        _, _, place = self._laid_out(self.width())
        line = self._theme.px(_LINE)
        self.link.setGeometry(
            round(place.x()), round(place.y() + (line - size.height()) / 2), size.width(), size.height()
        )

    def _laid_out(self, width: int) -> tuple[QTextLayout, int, QPointF]:
        """Return the lines, their height with the link, and the place of the link.

        The last result is used again: a dialog of fifty cards asks for these heights after each of them.
        """
        key = (self._text, width, self.link.text(), self.link.isHidden(), self._theme.px(_LINE))
        if self._lines is None or self._lines[0] != key:
            self._lines = key, self._lay_out(width)
        return self._lines[1]

    def _lay_out(self, width: int) -> tuple[QTextLayout, int, QPointF]:
        theme, line_height = self._theme, self._theme.px(_LINE)
        font = theme.font(13)
        layout = QTextLayout(self._text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(direction_of(self._text))
        layout.setTextOption(option)
        layout.beginLayout()
        top, used = 0, 0.0
        drop = (line_height - QFontMetrics(font).height()) / 2
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            line.setPosition(QPointF(0, top + drop))
            used = line.naturalTextWidth()
            top += line_height
        layout.endLayout()
        place = QPointF(0, top)
        if not self.link.isHidden() or self.link.text():
            after = used + theme.px(8) if used else 0
            if top and after + self.link.sizeHint().width() <= width:
                place = QPointF(after, top - line_height)
            else:
                top += line_height
        return layout, math.ceil(top), place
