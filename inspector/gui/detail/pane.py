"""The right pane: the selected capture with its header, one tab per view, and the action bar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QPalette
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.event.answers import AnswersPage, page_of
from inspector.domain.query.scope import Scope
from inspector.domain.signature.evaluation import is_large
from inspector.gui.detail.action_bar import ActionBar
from inspector.gui.detail.answers.tab import AnswersTab
from inspector.gui.detail.attempts import AttemptsTab, AttemptsWatch
from inspector.gui.detail.body.tab import BodyTab
from inspector.gui.detail.capture_text import Hint
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext, ViewKind
from inspector.gui.detail.empty_state import NoCapture
from inspector.gui.detail.header import DetailHeader
from inspector.gui.detail.headers import HeadersTab
from inspector.gui.detail.notes import NotesTab
from inspector.gui.detail.signature.cure_buttons import OF_CAUSE
from inspector.gui.detail.signature.tab import SignatureTab
from inspector.gui.detail.view_pages import TabView, ViewPages
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.signal_batcher import IdsSignalBatcher, SignalBatcher
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import box, column, grow, row
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.verifier_menu import VerifierChoice
from inspector.session.requests import SNIPPET_LABELS, not_replayable
from inspector.session.session import Session
from inspector.session.signature.cures import CureResult

VIEWS: tuple[ViewKind, ...] = (
    AnswersTab,
    BodyTab,
    HeadersTab,
    SignatureTab,
    AttemptsTab,
    NotesTab,
)
"""All views in the order of their tabs. The keys 1 to 6 open the first six."""

_NONE, _ONE, _MANY, _READING = range(4)
_PATIENCE_S = 0.05
"""Moving past a large body must not start the worker."""
_PATH = ("survey_id", "group_id", "user_id")
_OF_ONE = (
    *("save-report", "edit-replay", "find-body", "copy-body"),
    *OF_CAUSE,
    *(f"copy-as-{client}" for client in SNIPPET_LABELS),
)
"""Actions on the shown capture."""


class DetailPane(QStackedWidget):
    """The selected capture, the number of selected captures, or a hint. The widgets are reused."""

    replay_requested = Signal(object)
    """A tuple of ids."""
    edit_requested = Signal(object)
    """The id of the shown capture."""
    report_requested = Signal(object)
    """The id of the shown capture."""
    compare_requested = Signal(object)
    """A tuple of two ids, or of one to compare with the previous capture of its respondent."""
    focus_released = Signal()
    """Another widget must take the focus: the focused one was hidden, or the user left the note by Esc."""
    scope_requested = Signal(object)
    """The scope of the survey, group or respondent that the user followed in the path."""
    filter_requested = Signal(str)
    """A query: the user wants to see all captures like this one."""
    help_requested = Signal(str)
    """The code of a finding to explain."""
    close_requested = Signal()
    """The user has finished with this capture."""
    cure_requested = Signal(object)
    """The CauseOffer that the user selected."""
    undo_requested = Signal()
    """The user wants to undo the cure."""
    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""
    message_posted = Signal(str)
    """A message that does not fit in the action bar, or why a note could not be saved."""

    answers = TabView(AnswersTab)
    body = TabView(BodyTab)
    headers = TabView(HeadersTab)
    signature = TabView(SignatureTab)
    attempts = TabView(AttemptsTab)
    notes = TabView(NotesTab)

    def __init__(
        self,
        session: Session,
        theme: Theme,
        actions: Actions,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._mask = mask or Mask(session, self)
        self._task = LatestTask(session.tasks, "show a capture", self)
        self._attempts_task = LatestTask(session.tasks, "show new attempts", self)
        self._actions = actions
        self._id: int | None = None
        self._selected: tuple[int, ...] = ()
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)

        self.verifier = VerifierChoice()
        context = ViewContext(
            session=session, theme=theme, actions=actions, mask=self._mask, verifier=self.verifier
        )
        self.pages = ViewPages(context, VIEWS)
        self.no_capture = NoCapture(theme, actions)
        self._many = QStackedWidget()
        """The place of the page for several captures."""
        self._show_several: Callable[[Sequence[int]], QWidget] | None = None
        self.header = DetailHeader(theme)
        labels, widest = zip(*((kind.label, kind.widest_count) for kind in VIEWS), strict=True)
        self.strip = TabStrip(theme, labels, widest=widest)
        self.action_bar = ActionBar(session, theme, actions)
        # A page that was never shown requests the height of its text at the width of one word.
        self.pages.setMinimumHeight(theme.px(60))
        tabs = row(theme, self.strip, margins=(20, 0, 20, 0))
        self._build_above: Callable[[], DetailView] | None = None
        self._above: DetailView | None = None
        """The view of another feature, between the header and the tabs."""
        self._parts = column(theme, self.header, tabs, Hairline(theme), grow(self.pages), self.action_bar)
        for page in (self.no_capture, box(self._parts), self._many, QWidget()):
            self.addWidget(page)
        self._connect()

    def use_below_header(self, build: Callable[[], DetailView]) -> None:
        """Show the view of another feature on every tab. It is built when the first capture is shown."""
        self._build_above = build

    @property
    def above(self) -> DetailView | None:
        """The view of another feature below the header, built if necessary."""
        if self._above is None and self._build_above is not None:
            self._above = self._build_above()
            if self.shown is not None:
                self._above.show_capture(replace(self.shown, is_new=True))
            self._parts.insertWidget(1, self._above.as_widget)
        return self._above

    def use_for_several(self, show: Callable[[Sequence[int]], QWidget]) -> None:
        """Show the page of another feature while several captures are selected. `show` gets their ids and
        returns the page."""
        self._show_several = show

    def _connect(self) -> None:
        self.header.scope_requested.connect(self._go)
        self.header.close_requested.connect(self.close_requested)
        self.header.hints.followed.connect(self._follow_hint)
        self.action_bar.message_posted.connect(self.message_posted)
        self.pages.built.connect(self._connect_view)
        self.strip.currentChanged.connect(self.pages.show_tab)
        self._attempts_watch = AttemptsWatch(self._session, self)
        self._attempts_watch.attempted.connect(self._reload_attempts)
        IdsSignalBatcher(self._session.captures.judged, self).passed.connect(self.refresh)
        SignalBatcher(self._session.groups.changed, self).passed.connect(self.refresh_nameless)
        self._mask.changed.connect(self.show_again)
        SignalBatcher(self._session.secrets.changed, self).passed.connect(self._secrets_changed)
        actions = self._actions
        actions["save-report"].triggered.connect(self._report)
        actions["edit-replay"].triggered.connect(self._edit)
        actions["find-body"].triggered.connect(self._find_in_body)
        actions["note"].triggered.connect(self._write_note)
        for name in (*OF_CAUSE, "copy-verifier"):
            actions[name].triggered.connect(partial(self._do_on_signature, name))
        for name in _OF_ONE:
            actions[name].setEnabled(False)
        self._tab_actions = QActionGroup(self)
        for number in range(1, min(len(VIEWS), 6) + 1):
            self._tab_actions.addAction(actions[f"tab-{number}"])
        self._tab_actions.triggered.connect(self._show_tab_of)

    @Slot(object)
    def _connect_view(self, view: DetailView) -> None:
        """Connect the view of a tab, once it is built."""
        if isinstance(view, AnswersTab):
            view.compare_requested.connect(self.compare_requested)
        elif isinstance(view, BodyTab):
            view.message_posted.connect(self.action_bar.notify)
        elif isinstance(view, SignatureTab):
            view.help_requested.connect(self.help_requested)
            view.filter_requested.connect(self.filter_requested)
            view.cure_requested.connect(self.cure_requested)
            view.undo_requested.connect(self.undo_requested)
            view.buttons.message_posted.connect(self.action_bar.notify)
        elif isinstance(view, AttemptsTab):
            view.reason_requested.connect(self.reason_requested)
        elif isinstance(view, NotesTab):
            view.done.connect(self.focus_released)
            view.message_posted.connect(self.message_posted)

    # ---- selection

    @Slot(object)
    def show_capture(self, capture_id: int | None) -> None:
        """Show a capture, and cancel the reading of another."""
        if capture_id is not None and capture_id == self._id:
            return
        self._id = capture_id
        self._attempts_task.cancel()  # for the previous capture
        self._attempts_watch.watch(capture_id)
        if capture_id is not None:
            if self.currentIndex() == _NONE:
                self._turn_to(_READING)  # the pane opens now, and the hint must not flash in it
            self._task.start(self._show(capture_id))
            return
        self._task.cancel()
        self._turn_to(_MANY if len(self._selected) > 1 else _NONE)
        self.no_capture.show_reason(
            "No capture selected",
            "New captures appear in the list as they arrive. Select one to inspect it.",
        )
        self._clear()

    @Slot(object)
    def selection_changed(self, ids: Iterable[int]) -> None:
        """If several captures are selected, show only their number."""
        self._selected = tuple(ids)
        self._enable_actions()
        if len(self._selected) > 1:
            if self._show_several is not None:
                page = self._show_several(self._selected)
                if self._many.indexOf(page) < 0:
                    self._many.addWidget(page)
            self._turn_to(_MANY)
        elif self.currentIndex() == _MANY:
            self._turn_to(_ONE if self.shown is not None else _NONE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the capture on Esc, unless a part of the pane used the key, such as an open search."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_requested.emit()
        else:
            super().keyPressEvent(event)

    @Slot(object)
    def refresh(self, ids: Iterable[int]) -> None:
        """Read the shown capture again if it is one of the changed `ids`."""
        if self._id is not None and self._id in ids:
            self._task.start(self._show(self._id))

    @Slot()
    def refresh_nameless(self) -> None:
        """Read the shown capture again if its survey has a name by now, after it was grouped."""
        row = None if self.shown is None else self.shown.exact.row
        if row is None or row.id != self._id or not row.survey_id or row.survey_name:
            return
        now = self._session.captures.rows([row.id]).get(row.id)
        if now is not None and now.survey_name:
            self._task.start(self._show(row.id))

    @Slot()
    def show_again(self) -> None:
        """Draw every view again after a change of the mask."""
        self.pages.shown = None
        if self._id is not None:
            self._task.start(self._show(self._id))

    def show_view(self, label: str) -> None:
        """Open the tab of a view by its label."""
        self.strip.setCurrentIndex([kind.label for kind in VIEWS].index(label))

    @property
    def current_view(self) -> DetailView:
        """The view in the current tab."""
        return self.pages.current

    @property
    def shown(self) -> ShownCapture | None:
        """The capture in the pane, once it has been read."""
        return self.pages.shown

    # ---- display

    async def _show(self, capture_id: int) -> None:
        try:
            detail = await self._session.captures.detail(capture_id)
        except InspectorError as error:
            self._turn_to(_NONE)
            self.no_capture.show_reason("This capture no longer exists", str(error))
            self._clear()
            return
        masked = await self._mask.detail(detail)
        shown = ShownCapture(
            exact=detail,
            masked=masked,
            page=None if is_large(detail.capture) else page_of(masked.capture),
            is_masked=self._mask.is_on,
            is_new=self.shown is None or self.shown.exact.row.id != capture_id,
        )
        self._show_everywhere(shown)
        if len(self._selected) < 2:
            self._turn_to(_ONE)
        if shown.page is None:
            await asyncio.sleep(_PATIENCE_S)
            page: AnswersPage = await self._session.worker.run(page_of, masked.capture)
            self._show_everywhere(replace(shown, page=page, is_new=False))

    def _show_everywhere(self, shown: ShownCapture) -> None:
        """Show the header, the marks of the tabs, the action bar, and every view that is built."""
        self.header.show_detail(shown.masked, shown.page)
        self._show_marks(shown)
        self.action_bar.show_detail(shown.exact)
        if self.above is not None:
            self.above.show_capture(shown)
        self.pages.show_capture(shown)
        self._enable_actions()

    def _show_marks(self, shown: ShownCapture) -> None:
        for tab, kind in enumerate(VIEWS):
            mark = kind.mark(shown)
            if isinstance(mark, Badge):
                self.strip.set_badge(tab, mark)
            else:
                self.strip.set_count(tab, mark)

    def _enable_actions(self) -> None:
        """Enable the actions on one capture if only that is selected."""
        detail = self.shown.exact if self.shown is not None and len(self._selected) < 2 else None
        for name in ("save-report", "find-body"):
            self._actions[name].setEnabled(detail is not None)
        self._actions["edit-replay"].setEnabled(detail is not None and not_replayable(detail) is None)

    def _turn_to(self, page: int) -> None:
        """Show a page. If the focused widget gets hidden, request a new one before Qt picks any control."""
        if page == self.currentIndex():
            return
        focused = self.window().focusWidget()
        has_focus = focused is not None and self.isAncestorOf(focused)
        self.setCurrentIndex(page)
        if has_focus:
            self.focus_released.emit()

    def _clear(self) -> None:
        """Release the capture."""
        if self._above is not None:
            self._above.clear()
        self.pages.clear()
        self.action_bar.show_detail(None)
        for name in _OF_ONE:
            self._actions[name].setEnabled(False)

    # ---- changes

    @Slot()
    def _secrets_changed(self) -> None:
        if (shown := self.shown) is not None:
            # These are about the previous secrets. A tab that is built later must not show them.
            self.pages.shown = replace(shown, exact=replace(shown.exact, findings=()))
        if (signature := self.pages.existing(SignatureTab)) is not None:
            signature.refresh()

    @Slot(object)
    def show_cured(self, result: CureResult | None) -> None:
        """Show the result of the requested cure, None if it failed, if this pane requested it."""
        if (signature := self.pages.existing(SignatureTab)) is not None:
            signature.show_cured(result)

    async def save_notes(self) -> None:
        """Save every typed note at the end of the program."""
        if (notes := self.pages.existing(NotesTab)) is not None:
            await notes.save_all()

    @Slot()
    def _reload_attempts(self) -> None:
        if self._id is not None:
            self._attempts_task.start(self._show_attempts(self._id))

    async def _show_attempts(self, capture_id: int) -> None:
        try:
            detail = await self._session.captures.detail(capture_id)
        except InspectorError:
            return  # it was cleared, and the list shows that
        masked = await self._mask.detail(detail)
        if self.shown is not None:
            self.pages.shown = shown = replace(self.shown, exact=detail, masked=masked, is_new=False)
            for view in (self._above, self.pages.existing(AttemptsTab)):
                if view is not None:
                    view.show_capture(shown)
            self._show_marks(shown)

    # ---- user input

    @Slot(object)
    def _go(self, scope: Scope) -> None:
        """Follow a part of the path by its exact id, even if the mask hides it."""
        if self.shown is not None:
            exact = self.shown.exact.row
            names = {name: getattr(exact, name) for name in _PATH if getattr(scope, name) is not None}
            self.scope_requested.emit(replace(scope, **names))

    @Slot(object)
    def _follow_hint(self, hint: Hint) -> None:
        if hint.view:
            self.show_view(hint.view)
        elif hint.code:
            self.help_requested.emit(hint.code)
        else:
            self.filter_requested.emit(hint.query)

    @Slot()
    def _edit(self) -> None:
        if self._id is not None:
            self.edit_requested.emit(self._id)

    @Slot()
    def _write_note(self) -> None:
        if self._id is not None:
            self.show_view("Notes")
            self.notes.write()

    def _do_on_signature(self, name: str, _: bool = False) -> None:
        self.signature.buttons.do(name)

    @Slot()
    def _report(self) -> None:
        if self._id is not None:
            self.report_requested.emit(self._id)

    @Slot()
    def _find_in_body(self) -> None:
        if self._id is not None:
            self.show_view("Body")
            self.body.open_find()

    @Slot(QAction)
    def _show_tab_of(self, action: QAction) -> None:
        self.strip.setCurrentIndex(self._tab_actions.actions().index(action))
