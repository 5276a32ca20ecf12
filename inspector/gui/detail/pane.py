"""The pane at the right: the chosen capture under its header, in tabs, with what can be done below."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.event.answers import AnswersPage, page_of
from inspector.domain.query.scope import Scope
from inspector.domain.signature.evaluation import is_large
from inspector.gui.detail.action_bar import ActionBar, CopyAs
from inspector.gui.detail.answers.tab import AnswersTab
from inspector.gui.detail.attempts import AttemptsTab, AttemptsWatch
from inspector.gui.detail.body.tab import BodyTab
from inspector.gui.detail.empty_state import ManyCaptures, NoCapture
from inspector.gui.detail.header import DetailHeader
from inspector.gui.detail.headers import HeadersTab
from inspector.gui.detail.notes import NotesTab
from inspector.gui.detail.signature.tab import SignatureTab
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.theme import Theme
from inspector.session.requests import SNIPPET_LABELS, not_replayable
from inspector.session.session import Session

TABS = ("Answers", "Body", "Headers", "Signature", "Attempts", "Notes")
ANSWERS, BODY, HEADERS, SIGNATURE, ATTEMPTS, NOTES = range(6)

_NONE, _ONE, _MANY = range(3)
_PATIENCE_S = 0.05
_PATH = ("survey_id", "group_id", "user_id")
_OF_ONE = (
    *("save-report", "edit-replay", "find-body", "copy-body"),
    *(f"copy-as-{client}" for client in SNIPPET_LABELS),
)
"""Actions on the capture that is shown."""


class DetailPane(QStackedWidget):
    """One capture, none, or how many are chosen. Its widgets are made once and used again."""

    replay_requested = Signal(object)
    """A tuple of ids."""
    edit_requested = Signal(object)
    """The id of the capture that is shown."""
    report_requested = Signal(object)
    """The id of the capture that is shown."""
    compare_requested = Signal(object)
    """A tuple of two ids, or of one that is to be compared with the previous of its respondent."""
    focus_released = Signal()
    """What had the focus in here was hidden: something else must take it."""
    scope_requested = Signal(object)
    """A Scope: a survey, group or respondent of the path was followed."""

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
        self._load = LatestTask(session.tasks, "show a capture")
        self._attempts_load = LatestTask(session.tasks, "show new attempts")
        self._actions = actions
        self._id: int | None = None
        self._selected: tuple[int, ...] = ()
        self._detail: CaptureDetail | None = None
        px = theme.px
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)

        self._nothing = NoCapture(theme, actions)
        self._many = ManyCaptures(theme, actions)
        self._many.replay_clicked.connect(self._replay)
        self._many.compare_clicked.connect(self._compare_selected)
        self.header = DetailHeader(theme)
        self.header.scope_requested.connect(self._go)
        self.strip = TabStrip(theme, TABS)
        self.answers = AnswersTab(session, theme, self._mask)
        self.answers.compare_requested.connect(self.compare_requested)
        self.body = BodyTab(session, theme)
        self.headers = HeadersTab(theme)
        self.signature = SignatureTab(session, theme, actions, self._mask)
        self.attempts = AttemptsTab(session, theme, self._mask)
        self.notes = NotesTab(session, theme)
        self.action_bar = ActionBar(theme, actions)
        self.action_bar.replay_clicked.connect(self._replay)
        self.body.message_posted.connect(self.action_bar.notify)
        self._copy_as = CopyAs(session, self.action_bar, self)
        self._pages = QStackedWidget()
        # Of a page that was never shown the text is a word wide and as high as that: what it asks for is not
        # to be taken from what stands above.
        self._pages.setMinimumHeight(px(60))
        for page in (self.answers, self.body, self.headers, self.signature, self.attempts, self.notes):
            self._pages.addWidget(page)
        self.strip.currentChanged.connect(self._show_page)
        one = QWidget()
        strip = QHBoxLayout()
        strip.setContentsMargins(px(20), 0, 0, 0)
        strip.addWidget(self.strip)
        below = Hairline(theme)
        layout = QVBoxLayout(one)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(strip)
        layout.addWidget(below)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.action_bar)
        for whole in (self._nothing, one, self._many):
            self.addWidget(whole)

        self._attempts_watch = AttemptsWatch(session, self)
        self._attempts_watch.came.connect(self._reload)
        SignalBatcher(session.secrets.changed, self).passed.connect(self._secrets_changed)
        actions["save-report"].triggered.connect(self._report)
        actions["edit-replay"].triggered.connect(self._edit)
        actions["find-body"].triggered.connect(self._find_in_body)
        actions["note"].triggered.connect(self._write_note)
        for name in _OF_ONE:
            actions[name].setEnabled(False)
        self._tab_actions = QActionGroup(self)
        for number in range(len(TABS)):
            self._tab_actions.addAction(actions[f"tab-{number + 1}"])
        self._tab_actions.triggered.connect(self._show_tab_of)

    # ---- what is chosen

    @Slot(object)
    def show_capture(self, capture_id: int | None) -> None:
        """Show a capture; what was still being read of another is given up."""
        if capture_id is not None and capture_id == self._id:
            return
        self._id = capture_id
        self._attempts_load.cancel()  # of the one before, which must not be taken for this one's
        self._attempts_watch.watch(capture_id)
        if capture_id is None:
            self._load.cancel()
            self._turn_to(_MANY if len(self._selected) > 1 else _NONE)
            self._nothing.show_reason(
                "No capture selected",
                "New captures appear in the list as they arrive. Select one to inspect it.",
            )
            self._forget()
            return
        self._load.start(self._show(capture_id))

    @Slot(object)
    def selection_changed(self, ids: Iterable[int]) -> None:
        """Several at once are only counted."""
        self._selected = tuple(ids)
        self._offer_actions()
        if len(self._selected) > 1:
            self._many.show_count(len(self._selected))
            self._turn_to(_MANY)
        elif self.currentIndex() == _MANY:
            self._turn_to(_ONE if self._detail is not None else _NONE)

    @Slot(object)
    def refresh(self, ids: Iterable[int]) -> None:
        """Read the capture that is shown again if it is one of `ids`, which look different now."""
        if self._id is not None and self._id in ids:
            self._load.start(self._show(self._id))

    @Slot()
    def show_again(self) -> None:
        """Make every tab anew of the capture that is shown: other parts of it are hidden now."""
        self._detail = None
        if self._id is not None:
            self._load.start(self._show(self._id))

    def show_tab(self, tab: int) -> None:
        """Show a tab by its place, from 0."""
        self.strip.setCurrentIndex(tab)

    # ---- showing it

    async def _show(self, capture_id: int) -> None:
        try:
            detail = await self._session.captures.detail(capture_id)
        except InspectorError as error:
            self._turn_to(_NONE)
            self._nothing.show_reason("This capture is gone", str(error))
            self._forget()
            return
        before, self._detail = self._detail, detail
        is_same = before is not None and before.row.id == capture_id
        shown = await self._mask.detail(detail)
        page = None if is_large(detail.capture) else page_of(shown.capture)
        self._show_frame(detail, shown, page)
        self.headers.show_detail(shown)
        self.attempts.show_detail(shown)
        self.notes.show_detail(detail)
        self.signature.show_detail(detail, is_anew=before is None)
        if not is_same:
            exact = detail.capture.body if self._mask.is_on else None
            self.body.show_detail(shown, exact=exact)
        if len(self._selected) < 2:
            self._turn_to(_ONE)
        if page is None:
            if not is_same:
                self.answers.show_page(shown, AnswersPage(kind="unknown", title="Reading the answers"))
            await asyncio.sleep(_PATIENCE_S)  # who walks past a large body does not start the worker
            page = await self._session.worker.run(page_of, shown.capture)
            self._show_frame(detail, shown, page)
        self.answers.show_page(shown, page)

    def _show_frame(self, detail: CaptureDetail, shown: CaptureDetail, page: AnswersPage | None) -> None:
        """Frame a capture: as it may be shown; what is copied and sent is the capture itself."""
        row = detail.row
        self.header.show_detail(shown, page)
        self.strip.set_count(ANSWERS, page.count if page is not None else None)
        self.strip.set_count(HEADERS, len(detail.capture.headers))
        self.strip.set_count(ATTEMPTS, len(detail.attempts))
        self.strip.set_count(NOTES, 1 if row.note else None)
        self.strip.set_badge(SIGNATURE, Badge.of(row.verdict, row.is_json))
        reason = not_replayable(detail)
        self.action_bar.show_capture(detail.capture.body, reason)
        self.action_bar.show_pinned(detail.is_pinned)
        self._copy_as.show_detail(detail)
        self._offer_actions()

    def _offer_actions(self) -> None:
        """Enable what acts on one capture while only that is selected."""
        detail = self._detail if len(self._selected) < 2 else None
        for name in ("save-report", "find-body"):
            self._actions[name].setEnabled(detail is not None)
        self._actions["edit-replay"].setEnabled(detail is not None and not_replayable(detail) is None)

    def _turn_to(self, page: int) -> None:
        """Show a page. If it hides what has the focus, Qt would pass that on to any other control."""
        if page == self.currentIndex():
            return
        focused = self.window().focusWidget()
        has_focus = focused is not None and self.isAncestorOf(focused)
        self.setCurrentIndex(page)
        if has_focus:
            self.focus_released.emit()

    def _forget(self) -> None:
        """Let go of the bytes of what was shown."""
        self._detail = None
        self.body.forget()
        self.signature.forget()
        self.notes.forget()
        self.action_bar.show_capture(b"", None)
        self.action_bar.show_pinned(False)
        self._copy_as.show_detail(None)
        for name in _OF_ONE:
            self._actions[name].setEnabled(False)

    @Slot(int)
    def _show_page(self, tab: int) -> None:
        self._pages.setCurrentIndex(tab)
        self.body.set_active(tab == BODY)
        self.signature.set_active(tab == SIGNATURE)
        self.action_bar.show_for_signature(tab == SIGNATURE)

    # ---- what changes meanwhile

    @Slot()
    def _secrets_changed(self) -> None:
        self.signature.refresh()

    @Slot()
    def _reload(self) -> None:
        if self._id is not None:
            self._attempts_load.start(self._reload_attempts(self._id))

    async def _reload_attempts(self, capture_id: int) -> None:
        try:
            detail = await self._session.captures.detail(capture_id)
        except InspectorError:
            return  # it was cleared, and the list says so
        self._detail = detail
        self.attempts.show_detail(await self._mask.detail(detail))
        self.strip.set_count(ATTEMPTS, len(detail.attempts))

    # ---- what its user does

    @Slot(object)
    def _go(self, scope: Scope) -> None:
        """The path of the header leads by what was sent, though dots may stand there."""
        if self._detail is not None:
            row = self._detail.row
            names = {name: getattr(row, name) for name in _PATH if getattr(scope, name) is not None}
            self.scope_requested.emit(replace(scope, **names))

    @Slot()
    def _replay(self) -> None:
        ids = self._selected if len(self._selected) > 1 else (self._id,) if self._id is not None else ()
        if ids:
            self.replay_requested.emit(ids)

    @Slot()
    def _edit(self) -> None:
        if self._id is not None:
            self.edit_requested.emit(self._id)

    @Slot()
    def _write_note(self) -> None:
        if self._id is not None:
            self.show_tab(NOTES)
            self.notes.write()

    @Slot()
    def _compare_selected(self) -> None:
        self.compare_requested.emit(self._selected)

    @Slot()
    def _report(self) -> None:
        if self._id is not None:
            self.report_requested.emit(self._id)

    @Slot()
    def _find_in_body(self) -> None:
        if self._id is not None:
            self.show_tab(BODY)
            self.body.open_find()

    @Slot(QAction)
    def _show_tab_of(self, action: QAction) -> None:
        self.show_tab(self._tab_actions.actions().index(action))
