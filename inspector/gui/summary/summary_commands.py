"""The commands of the summary, and the changes of the session that it shows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup

from inspector.domain.query.scope import Scope
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.summary.saving import FORMS
from inspector.gui.summary.summary_stack import SummaryStack

_CHANGES_MS = 250


class SummaryCommands(QObject):
    """The commands of one summary; each action is enabled while it can be done."""

    replay_requested = Signal(object)
    """The Scope whose captures are to be replayed, whatever the filter."""

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
        """Show the scope that was selected in the tree."""
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
