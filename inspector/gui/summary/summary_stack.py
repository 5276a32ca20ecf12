"""What stands beside the tree: captures, or the summary of the scope that was chosen there."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import column, grow
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.respondent_page import RespondentPage
from inspector.gui.summary.saving import PageSaver
from inspector.gui.summary.scope_bar import CAPTURES, SUMMARY, ScopeBar
from inspector.gui.summary.survey_page import SurveyPage
from inspector.session.session import Session
from inspector.session.summaries import SummaryHead


class SummaryStack(QWidget):
    """One choice, *Captures* or *Summary*, is kept while its user walks the tree."""

    scope_requested = Signal(object)
    """A Scope that is to be chosen in the tree."""
    capture_requested = Signal(object)
    """The id of a capture that is to be chosen in the list."""
    compare_requested = Signal(object, object)
    """The ids of two captures that are to be compared."""
    shown = Signal()
    """Captures or a page, or the page with other figures."""

    def __init__(self, session: Session, theme: Theme, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._scope: Scope = EVERYTHING
        self._wanted = CAPTURES
        self._captures: QWidget | None = None
        self.saving = PageSaver(session, theme, self, runner)
        self.bar = ScopeBar(theme, self)
        self.survey = SurveyPage(session, theme, self.saving)
        self.respondent = RespondentPage(session, theme, self.saving)
        self._pages = QStackedWidget()
        self._pages.setBackgroundRole(QPalette.ColorRole.Base)
        self._pages.addWidget(self.survey)
        self._pages.addWidget(self.respondent)
        column(theme, self.bar, Hairline(theme), grow(self._pages), on=self)
        self._show_bar()
        self.bar.selected.connect(self.show_part)
        self.bar.scope_requested.connect(self.scope_requested)
        self.bar.period_selected.connect(self.survey.show_period)
        self.bar.others_included.connect(self.survey.include_others)
        self.bar.others_included.connect(self.respondent.include_others)
        self.bar.save_requested.connect(self.save)
        self.survey.respondent_selected.connect(self.scope_requested)
        self.survey.capture_selected.connect(self._show_capture)
        self.respondent.capture_selected.connect(self._show_capture)
        self.respondent.compare_requested.connect(self.compare_requested)

    def set_captures(self, captures: QWidget) -> None:
        """The list with its detail, which is shown where no summary is."""
        self._captures = captures
        self._pages.addWidget(captures)
        self._pages.setCurrentWidget(captures)

    @property
    def is_summary(self) -> bool:
        """Whether a page is shown in place of the list."""
        return self._pages.currentWidget() is not self._captures

    @property
    def scope(self) -> Scope:
        """The scope that is shown."""
        return self._scope

    @property
    def has_captures(self) -> bool:
        """Whether the scope that is shown has any captures, whatever the filter."""
        return self._has_summary and not self.bar.replay.isHidden()

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """Show what was chosen in the tree, in the way that was chosen last."""
        self._scope = scope
        self._show()

    @Slot(int)
    def show_part(self, part: int) -> None:
        """Captures or the summary, from now on."""
        self._wanted = part
        self._show()

    @Slot()
    def toggle(self) -> None:
        """Captures in place of the summary, or the other way round."""
        if self._has_summary:
            self.show_part(CAPTURES if self.is_summary else SUMMARY)

    @Slot()
    def refresh(self) -> None:
        """Groups know more than they did."""
        self._show_bar()
        if self.is_summary:
            self.survey.refresh()
            self.respondent.refresh()
        self.shown.emit()

    @property
    def _has_summary(self) -> bool:
        return self._scope.survey_id is not None

    def _show(self) -> None:
        is_summary = self._has_summary and self._wanted == SUMMARY
        self._show_bar()
        # A page reads at once only while it is visible, so it is shown before its scope is.
        if is_summary and self._scope.user_id is not None:
            self._pages.setCurrentWidget(self.respondent)
            self.respondent.show_scope(self._scope)
        elif is_summary:
            self._pages.setCurrentWidget(self.survey)
            self.survey.show_scope(self._scope)
        elif self._captures is not None:
            self._pages.setCurrentWidget(self._captures)
        self.shown.emit()

    def _show_bar(self) -> None:
        if self._has_summary:
            self.bar.show_scope(self._scope, self.session.summaries.head(self._scope), self._wanted)
        else:
            self.bar.show_scope(self._scope, SummaryHead(), CAPTURES)

    @Slot(object)
    def _show_capture(self, capture_id: int) -> None:
        self.show_part(CAPTURES)
        self.capture_requested.emit(capture_id)

    @Slot(str)
    def save(self, form: str) -> None:
        """Ask where to save the page that is shown, as `png`, `svg` or `csv`."""
        if self._scope.user_id is not None:
            self.respondent.save(form)
        else:
            self.survey.save(form)
