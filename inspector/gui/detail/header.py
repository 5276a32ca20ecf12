"""The top of the pane: what it is, whose it is, when it came, and its verdict."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.event.answers import AnswersPage
from inspector.domain.query.scope import scope_of
from inspector.gui.detail import capture_text
from inspector.gui.detail.hints import HintChip
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, at, column, grow, row
from inspector.gui.kit.links import ElidedLink, shared
from inspector.gui.kit.theme import Theme


class DetailHeader(QWidget):
    """88 high, so that the tabs below never move: title and badge, the path survey › group › user as links,
    and one line of facts with a chip that unfolds hints."""

    scope_requested = Signal(object)
    """A Scope: what a link of the path leads to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self._row: CaptureRow | None = None
        self.title = ElidedLabel(theme, px=16, weight=600)
        self._badge = BadgeLabel(theme)
        self.survey, self.group, self.user = ElidedLink(theme), ElidedLink(theme), ElidedLink(theme)
        self.user.elide_middle()
        self.survey.clicked.connect(self._go_to_survey)
        self.group.clicked.connect(self._go_to_group)
        self.user.clicked.connect(self._go_to_user)
        self._arrows = (_Arrow(theme), _Arrow(theme))
        self._no_path = Label(theme, px=12, tone="text2")
        self._facts = ElidedLabel(theme, px=12, tone="text2")
        self._facts.setMinimumHeight(px(20))  # as high as the chip, whether that is there or not
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
        """Show another capture; the page of answers comes later where the body is large."""
        row = self._row = detail.row
        self.title.setText(capture_text.title(row, page))
        self.title.setAccessibleName(self.title.text())
        self._badge.show_badge(Badge.of(row.verdict, row.is_json))
        survey = row.survey_name or row.survey_id
        for link, text in ((self.survey, survey), (self.group, row.group_id), (self.user, row.user_id)):
            link.show_text(visible(text) if text else "")
            link.setVisible(bool(text))
        # A group is looked up within its survey, a respondent within both.
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

    @Slot()
    def _go_to_survey(self) -> None:
        if self._row is not None:
            self.scope_requested.emit(scope_of(self._row, 1))

    @Slot()
    def _go_to_group(self) -> None:
        if self._row is not None:
            self.scope_requested.emit(scope_of(self._row, 2))

    @Slot()
    def _go_to_user(self) -> None:
        if self._row is not None:
            self.scope_requested.emit(scope_of(self._row, 3))


class _Arrow(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(theme.px(8), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_icon(QPainter(self), "chevron-right", self._theme, QRectF(self.rect()), "text2", 11)
