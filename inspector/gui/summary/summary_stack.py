"""The list or a summary next to the tree, and the commands of the summary."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.domain.query.terms import Span
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import box, column, grow
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page_bar import CAPTURES, SUMMARY, PageBar
from inspector.gui.summary.respondent_page import RespondentPage
from inspector.gui.summary.saving import FORMS, PageSaver
from inspector.gui.summary.survey_page import SurveyPage, load_charts
from inspector.session.session import Session

_CHANGES_MS = 250


class SummaryStack(QWidget):
    """The list of captures, or the summary of the scope selected in the tree.

    The selection of *Captures* or *Summary* stays when the scope changes.
    """

    scope_requested = Signal(object)
    """A scope to select in the tree."""
    capture_requested = Signal(object)
    """The id of a capture to select in the list."""
    compare_requested = Signal(object, object)
    """The ids of two captures to compare."""
    span_selected = Signal(object)
    """A Span of arrivals to add to the filter."""
    part_shown = Signal(int, bool)
    """`CAPTURES` or `SUMMARY`, and whether the scope has a summary."""
    shown = Signal()
    """Emitted when the list or a page is shown, or when its counts may have changed."""

    def __init__(self, session: Session, theme: Theme, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._scope: Scope = EVERYTHING
        self._part = CAPTURES
        self._has_filtered = False
        self._is_prepared = False
        self._captures: QWidget | None = None
        self.saving = PageSaver(session, theme, self, runner)
        self.bar = PageBar(theme, self)
        self.survey = SurveyPage(session, theme, self.saving)
        self.respondent = RespondentPage(session, theme, self.saving)
        self._pages = QStackedWidget()
        self._pages.setBackgroundRole(QPalette.ColorRole.Base)
        self._pages.addWidget(self.survey)
        self._pages.addWidget(self.respondent)
        self._top = box(column(theme, Hairline(theme), self.bar, Hairline(theme)), self)
        self._top.hide()
        column(theme, self._top, grow(self._pages), on=self)
        self.bar.scope_requested.connect(self.scope_requested)
        self.bar.period_selected.connect(self.survey.show_period)
        self.bar.save_requested.connect(self.save)
        self.survey.span_selected.connect(self._show_span)
        self.survey.respondent_selected.connect(self.scope_requested)
        self.respondent.compare_requested.connect(self.compare_requested)
        for page in (self.survey, self.respondent):
            self.bar.others_included.connect(page.include_others)
            page.capture_selected.connect(self._show_capture)

    def set_captures(self, captures: QWidget) -> None:
        """Use a widget as the list with its detail."""
        self._captures = captures
        self._pages.addWidget(captures)
        self._pages.setCurrentWidget(captures)

    @property
    def is_summary(self) -> bool:
        """Whether a page is shown instead of the list."""
        return self._pages.currentWidget() is not self._captures

    @property
    def scope(self) -> Scope:
        """The shown scope."""
        return self._scope

    @property
    def has_captures(self) -> bool:
        """Whether the scope has any captures, regardless of the filter."""
        return self._has_summary and self.bar.has_captures

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """Show another scope, as captures or summary."""
        self._scope = scope
        if self._has_summary and not self._is_prepared:
            self._is_prepared = True
            self.session.tasks.spawn(self._prepare(), "load the charts")
        self._show()

    @Slot(object, bool)
    def _show_span(self, span: Span, is_by_answer: bool) -> None:
        self.bar.show_span(span)
        if not is_by_answer:
            self._has_filtered = True
            self.span_selected.emit(span)

    def takes_query(self) -> bool:
        """Return whether the last query is from a span selected here, which the summary already shows."""
        is_own, self._has_filtered = self._has_filtered, False
        return is_own

    async def _prepare(self) -> None:
        """Load what the first summary of a session would wait for: the worker process takes a second, the
        chart library half a second."""
        await self.session.summaries.prepare()
        await load_charts()

    @Slot(int)
    def show_part(self, part: int) -> None:
        """Show `CAPTURES` or `SUMMARY`, also for later scopes."""
        self._part = part
        self._show()

    @Slot()
    def toggle(self) -> None:
        """Switch between captures and summary."""
        if self._has_summary:
            self.show_part(CAPTURES if self.is_summary else SUMMARY)

    @Slot()
    def refresh(self) -> None:
        """Show the current counts."""
        self._show_bar()
        if self.is_summary:
            self.survey.refresh()
            self.respondent.refresh()
        self.shown.emit()

    @Slot(str)
    def save(self, form: str) -> None:
        """Ask where to save the shown page as one of `FORMS`."""
        if self._scope.user_id is not None:
            self.respondent.save(form)
        else:
            self.survey.save(form)

    @property
    def _has_summary(self) -> bool:
        return self._scope.survey_id is not None

    def _show(self) -> None:
        self._show_bar()
        if self._has_summary and self._part == SUMMARY:
            page = self.survey if self._scope.user_id is None else self.respondent
            # A page reads at once only while it is visible, so show it before its scope.
            self._pages.setCurrentWidget(page)
            page.show_scope(self._scope)
        elif self._captures is not None:
            self._pages.setCurrentWidget(self._captures)
        self._top.setVisible(self.is_summary)
        self.part_shown.emit(SUMMARY if self.is_summary else CAPTURES, self._has_summary)
        self.shown.emit()

    def _show_bar(self) -> None:
        if self._has_summary:
            self.bar.show_scope(self._scope, self.session.summaries.head(self._scope))

    @Slot(object)
    def _show_capture(self, capture_id: int) -> None:
        self.show_part(CAPTURES)
        self.capture_requested.emit(capture_id)


class SummaryCommands(QObject):
    """The commands of a summary. Each action is enabled only if it is possible."""

    replay_requested = Signal(object)
    """The scope whose captures to replay, regardless of the filter."""

    def __init__(self, window: Window, stack: SummaryStack) -> None:
        super().__init__(window.widget)
        self._stack = stack
        session, mask = window.session, window.screen_mask
        self._summary = window.action("summary")
        self._summary.triggered.connect(stack.toggle)
        self._summary.setEnabled(False)
        self._forms = QActionGroup(self)
        for form in FORMS:
            self._forms.addAction(window.action(f"save-{form}")).setData(form)
        self._forms.triggered.connect(self._save)
        self._others = window.action("include-others")
        self._others.toggled.connect(stack.bar.others.setChecked)
        stack.bar.others.toggled.connect(self._others.setChecked)
        stack.bar.replay_requested.connect(self._replay)
        stack.saving.message_posted.connect(window.notify)
        stack.capture_requested.connect(window.select_capture)
        stack.scope_requested.connect(window.show_scope)
        stack.shown.connect(self._allow)
        stack.bar.draw_names_by(mask.name)
        for page in (stack.survey, stack.respondent):
            MaskOverlay(window.theme, mask, page)
        mask.changed.connect(stack.refresh)
        SignalBatcher(session.groups.changed, self, _CHANGES_MS).passed.connect(stack.refresh)
        SignalBatcher(session.captures.removed, self).passed.connect(stack.refresh)
        SignalBatcher(session.captures.restored, self).passed.connect(stack.refresh)
        self._allow()

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """Show the scope selected in the tree."""
        self._stack.show_scope(scope)
        self._summary.setEnabled(scope.survey_id is not None)

    @Slot()
    def _allow(self) -> None:
        is_summary = self._stack.is_summary
        for action in self._forms.actions():
            action.setEnabled(is_summary)
        self._others.setEnabled(is_summary and not self._stack.bar.others.isHidden())

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self._stack.save(action.data())

    @Slot()
    def _replay(self) -> None:
        self.replay_requested.emit(self._stack.scope)
