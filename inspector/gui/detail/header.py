"""The top of the pane: the title, path, facts, verdict and hints of a capture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.event.answers import AnswersPage
from inspector.domain.query.scope import scope_of
from inspector.gui.detail import capture_text
from inspector.gui.detail.hints import HintChip
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.links import ElidedLink, PathArrow, shared
from inspector.gui.kit.theme import Theme


class DetailHeader(QWidget):
    """Title, badge and ×, the links survey › group › user, and a line of facts with a button for hints.

    The height is fixed, so that nothing below ever moves.
    """

    scope_requested = Signal(object)
    """The scope of a link in the path."""
    close_requested = Signal()
    """The user clicked ×."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self._row: CaptureRow | None = None
        self.title = ElidedLabel(theme, px=16, weight=600)
        self._badge = BadgeLabel(theme)
        self.close_button = IconButton(theme, "close", "Close the detail", tip="Close the detail (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.survey, self.group, self.user = ElidedLink(theme), ElidedLink(theme), ElidedLink(theme)
        self.user.elide_middle()
        for level, link in enumerate((self.survey, self.group, self.user), start=1):
            link.clicked.connect(partial(self._go, level))
        self._arrows = (PathArrow(theme), PathArrow(theme))
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
            row(theme, grow(self.title), self._badge, self.close_button, spacing=10),
            self._path,
            row(theme, grow(self._facts), self.hints, spacing=8),
            spacing=3,
            margins=(20, 11, 12, 7),
            on=self,
        )
        self.setFixedHeight(px(88))

    def show_detail(self, detail: CaptureDetail, page: AnswersPage | None) -> None:
        """Show another capture. For large bodies, `page` follows later."""
        row = detail.row
        self.title.setText(capture_text.title(row, page))
        self.title.setAccessibleName(self.title.text())
        self._badge.show_badge(Badge.of(row.verdict, row.is_json))
        self._show_path(row)
        self._no_path.setText("" if row.kind == "refused" else "Not from a survey")
        self._facts.setText(capture_text.facts(detail, now_ms()))
        self.hints.show_hints(capture_text.hints(detail, page))
        self._share_width()

    def show_several(self, count: int, rows: Sequence[CaptureRow], facts: str) -> None:
        """Show how many captures are selected, and the part of the path that `rows` have in common."""
        self.title.setText(f"{count:,} captures selected")
        self.title.setAccessibleName(self.title.text())
        self._badge.hide()
        self._show_path(_common(rows))
        self._no_path.setText("Several surveys" if rows else "")
        self._facts.setText(facts)
        self.hints.show_hints(())
        self._share_width()

    def _show_path(self, row: CaptureRow | None) -> None:
        self._row = row
        if row is None:
            for part in (self.survey, self.group, self.user, *self._arrows):
                part.hide()
            self.survey.show_text("")
            self._no_path.show()
            return
        survey = row.survey_name or row.survey_id
        for link, text in ((self.survey, survey), (self.group, row.group_id), (self.user, row.user_id)):
            link.show_text(visible(text) if text else "")
            link.setVisible(bool(text))
        # A group needs its survey to be found, a respondent needs both.
        self.group.setEnabled(bool(row.survey_id))
        self.user.setEnabled(bool(row.survey_id and row.group_id))
        self._arrows[0].setVisible(bool(survey and row.group_id))
        self._arrows[1].setVisible(bool((survey or row.group_id) and row.user_id))
        self._no_path.setVisible(not (survey or row.group_id or row.user_id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        self.hints.setChecked(False)

    def _share_width(self) -> None:
        """Shorten the longest part of the path first."""
        links = [link for link in (self.survey, self.group, self.user) if not link.isHidden()]
        arrows = [arrow for arrow in self._arrows if not arrow.isHidden()]
        room = self.width() - self._theme.px(20 + 12)
        room -= sum(arrow.width() for arrow in arrows) + self._path.spacing() * (len(links) + len(arrows))
        widths = shared(room, [link.sizeHint().width() for link in links])
        for link, width in zip(links, widths, strict=True):
            link.setMaximumWidth(width)

    def _go(self, level: int) -> None:
        if self._row is not None:
            self.scope_requested.emit(scope_of(self._row, level))


def _common(rows: Sequence[CaptureRow]) -> CaptureRow | None:
    """Return a row with the survey, group and respondent of all `rows`; None if their surveys differ."""
    surveys = {row.survey_id for row in rows}
    if len(surveys) != 1 or None in surveys:
        return None
    groups, users = {row.group_id for row in rows}, {row.user_id for row in rows}
    group = groups.pop() if len(groups) == 1 else None
    return rows[0]._replace(group_id=group, user_id=users.pop() if group and len(users) == 1 else None)
