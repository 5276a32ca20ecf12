"""The preview of a rule: the stored captures that match it, and what each would get if it arrived now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.base.visible import visible
from inspector.domain.response.rule import ResponseRule, place
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.kit.answer_row import AnswerRowPainter
from inspector.gui.kit.badges import paint_glyph
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label, draw_line, plain_tip
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.pixmap_cache import PixmapCache
from inspector.gui.kit.table import AnyIndex
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.rule_words import is_refusal
from inspector.session.responses import PreviewedCapture
from inspector.session.session import Session

_Request = tuple[tuple[ResponseRule, ...], ResponseRule | None]
_MOST = 60
"""Maximum number of captures in the list."""
_AGAIN_MS = 1_000
"""Time between two readings of the same preview while deliveries arrive."""
_ROW_ROLE = Qt.ItemDataRole.UserRole
_NONE = QModelIndex()
_HEIGHT = 28
_TIME, _EVENT, _RESPONDENT = 58, 76, 68
_GLYPH, _GAP = 14, 10
_ARROW, _STATUS, _RULE = 16, 30, 112
_LONGEST = "Completion"
_NARROW = 560
"""Below this width of the list, respondents are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """A capture, and what it would get."""

    line: CaptureLine
    response: str
    """`503`, or a word such as `close`."""
    is_refused: bool
    """Whether the sender would see a failure."""
    rule: str
    """`rule 1`, or `everything else`."""

    @property
    def spoken(self) -> str:
        """The row for screen readers."""
        line = self.line
        word = "" if line.badge is None else line.badge.word
        answers = ", ".join(part.words for part in line.parts) or line.answer
        parts = (line.time, word, line.event, line.respondent, answers, f"gets {self.response}", self.rule)
        return ", ".join(filter(None, parts))


class _PreviewModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[PreviewLine, ...] = ()

    def show_rows(self, rows: Sequence[PreviewLine]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        shown = self.rows[index.row()]
        if role == _ROW_ROLE:
            return shown
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shown.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(shown.spoken.replace(", ", "\n"))
        return None


class PreviewPane(QWidget):
    """A sentence with the number of matches, and the newest of them with their responses."""

    def __init__(self, session: Session, theme: Theme, mask: Mask) -> None:
        super().__init__()
        self._responses = session.responses
        self._mask = mask
        self._task = LatestTask(session.tasks, "preview response rules", self)
        self._asked: _Request | None = None
        self._is_stale = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._read_again)
        self.about = ElidedLabel(theme, px=12, tone="text2")
        self.show_link = Link(theme, "Show them", px=13)
        self._model = _PreviewModel(self)
        self.list = QListView()
        self._delegate = _PreviewDelegate(theme, self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Preview")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(theme.px(3 * _HEIGHT))
        head = row(
            theme,
            Label(theme, "Preview", weight=600),
            grow(self.about),
            self.show_link,
            spacing=10,
        )
        column(theme, head, 6, grow(self.list), on=self)
        theme.changed.connect(self.list.scheduleDelayedItemsLayout)
        mask.changed.connect(self._mask_changed)

    @Slot()
    def _mask_changed(self) -> None:
        self._is_stale = True
        self._read_again()

    @property
    def rows(self) -> tuple[PreviewLine, ...]:
        """The rows, in the order in which they would arrive."""
        return self._model.rows

    def show_about(self, sentence: str, *, has_matches: bool) -> None:
        """Show how many captures match. Without matches there are none to show in the list."""
        self.about.setText(sentence)
        self.show_link.setVisible(has_matches)

    def preview(self, rules: tuple[ResponseRule, ...], about: ResponseRule | None) -> None:
        """Show what these rules would send to the captures that match `about`, or to any with None.

        It is read in a thread. Other rules interrupt it; the same ones are read again, but not all the time,
        because each delivery changes the counts.
        """
        if (rules, about) == self._asked:
            self._is_stale = True
            if not self._task.is_running and not self._again.isActive():
                self._again.start()
            return
        if about is None or self._asked is None or self._asked[1] is None or self._asked[1].id != about.id:
            self._model.show_rows(())
        self._asked = rules, about
        self._task.start(self._read(rules, about))

    def stop(self) -> None:
        """Stop reading."""
        self._again.stop()
        self._task.cancel()

    @Slot()
    def _read_again(self) -> None:
        if self._is_stale and self._asked is not None:
            self._task.start(self._read(*self._asked))

    async def _read(self, rules: tuple[ResponseRule, ...], about: ResponseRule | None) -> None:
        self._is_stale = False
        found = await self._responses.preview(rules, _MOST, about)
        QTimer.singleShot(0, self, partial(self._show, (rules, about), found))

    def _show(self, asked: _Request, found: Sequence[PreviewedCapture]) -> None:
        if asked != self._asked:
            return
        ids = [one.row.id for one in found]
        rows, answers = self._mask.rows(ids), self._mask.answers(ids)
        lines = tuple(
            PreviewLine(
                line=line_of(one.row.id, rows.get(one.row.id), answers.get(one.row.id, ())),
                response=one.response,
                is_refused=is_refusal(one.rule),
                rule=self._by(one),
            )
            for one in found
        )
        if lines != self._model.rows:
            top = self.list.verticalScrollBar().value()
            self._model.show_rows(lines)
            self.list.verticalScrollBar().setValue(top)
        if self._is_stale:
            self._again.start()

    def _by(self, one: PreviewedCapture) -> str:
        """Return which rule would respond. That of a relay is named by its target."""
        if one.rule is None or one.rule.respond.kind != "relay":
            return one.by
        return visible(self._mask.sentence(place(one.rule.respond.target)))


class _PreviewDelegate(QStyledItemDelegate):
    """Draws time, verdict, event, respondent and answers, then an arrow, the response and its rule."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._answers = AnswerRowPainter(theme)
        self._pictures = PixmapCache(theme, 2 * _MOST, self)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw a row from its cached image, which is created if necessary: drawing one takes 0.7 ms."""
        shown: PreviewLine = index.data(_ROW_ROLE)
        rect, ratio = QRect(option.rect), painter.device().devicePixelRatioF()
        key = (shown, rect.width(), rect.height(), ratio)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures.draw(key, rect.size(), ratio, partial(self._draw, shown))
        painter.drawImage(rect.topLeft(), picture)
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 2), self._theme.color("accent"))

    def _draw(self, shown: PreviewLine, painter: QPainter, rect: QRect) -> None:
        theme, px, line = self._theme, self._theme.px, shown.line
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, theme.color("base"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))
        time_width = max(px(_TIME), theme.metrics(13).horizontalAdvance(line.time) + 2)
        self._text(painter, rect.left(), time_width, rect, line.time, "text2")
        left = rect.left() + time_width + px(_GAP)
        if line.badge is not None:
            paint_glyph(painter, QRectF(left, rect.top(), px(_GLYPH), rect.height()), line.badge, theme)
        left += px(_GLYPH + _GAP)
        weight = theme.loud_weight() if line.is_loud else 400
        event_width = max(px(_EVENT), theme.metrics(13, theme.loud_weight()).horizontalAdvance(_LONGEST) + 2)
        self._text(painter, left, event_width, rect, line.event, "text", weight)
        left += event_width + px(_GAP)
        if rect.width() >= px(_NARROW):
            middle = Qt.TextElideMode.ElideMiddle
            self._text(painter, left, px(_RESPONDENT), rect, line.respondent, "text2", mode=middle)
            left += px(_RESPONDENT + _GAP)
        right = rect.right() - px(_ARROW + _STATUS + _RULE + 2 * _GAP)
        area = QRectF(left, rect.top(), right - px(_GAP) - left, rect.height())
        if line.parts:
            self._answers.paint(painter, area, line.parts)
        else:
            self._text(painter, left, int(area.width()), rect, line.answer, "text2")
        paint_icon(painter, "arrow-right", theme, QRectF(right, rect.top(), px(_ARROW), rect.height()))
        self._response(painter, right + px(_ARROW + _GAP), rect, shown)

    def _response(self, painter: QPainter, left: int, rect: QRect, shown: PreviewLine) -> None:
        """Draw the response and its rule. A word such as `close` may need a part of the rule's room."""
        theme, px = self._theme, self._theme.px
        font_width = theme.metrics(13, 600).horizontalAdvance(shown.response) + 2
        width = max(px(_STATUS), font_width)
        tone = "invalid" if shown.is_refused else "text"
        self._text(painter, left, width, rect, shown.response, tone, 600)
        left += width + px(_GAP)
        self._text(painter, left, rect.right() - left, rect, shown.rule, "text2", px=12)

    def _text(
        self,
        painter: QPainter,
        left: int,
        width: int,
        rect: QRect,
        text: str,
        tone: str,
        weight: int = 400,
        *,
        px: float = 13,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setFont(self._theme.font(px, weight))
        painter.setPen(self._theme.color(tone))
        shown = painter.fontMetrics().elidedText(text, mode, max(width, 0))
        area = QRect(left, rect.top(), max(width, 0), rect.height())
        draw_line(painter, area, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
