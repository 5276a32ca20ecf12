"""How the stage is connected to the rest of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup

from inspector.domain.query.scope import Scope
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.summary.scope_bar import FORMS
from inspector.gui.summary.summary_stack import SummaryStack

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow

_CHANGES_MS = 250


class Wiring(QObject):
    """Made once by the main window; it lives with it."""

    def __init__(self, window: MainWindow, stage: SummaryStack) -> None:
        super().__init__(window)
        self._window = window
        session = stage.session
        window.surveys.tree.scope_selected.connect(stage.show_scope)
        window.surveys.tree.scope_selected.connect(self._allow)
        stage.scope_requested.connect(window.surveys.tree.choose)
        stage.capture_requested.connect(self._choose)
        stage.compare_requested.connect(self._compare)
        stage.respondent.conflicts.offer_compare()
        stage.bar.surveys.clicked.connect(window.actions_table["surveys"].trigger)
        stage.bar.replay_requested.connect(self._replay)
        window.actions_table["replay-listed"].triggered.connect(self._replay_shown)
        stage.saving.message_posted.connect(window.status.notify)
        stage.saving.table_requested.connect(window.file_commands.write_table)
        window.actions_table["summary"].triggered.connect(stage.toggle)
        window.actions_table["summary"].setEnabled(False)
        self._forms = QActionGroup(self)
        for form in FORMS:
            action = self._forms.addAction(window.actions_table[f"save-{form}"])
            action.setData(form)
        self._forms.triggered.connect(self._save)
        others = window.actions_table["include-others"]
        others.toggled.connect(stage.bar.others.setChecked)
        stage.bar.others.toggled.connect(others.setChecked)
        stage.shown.connect(self._offer)
        self._offer()
        SignalBatcher(session.groups.changed, self, _CHANGES_MS).passed.connect(stage.refresh)
        SignalBatcher(session.captures.removed, self).passed.connect(stage.refresh)
        SignalBatcher(session.captures.restored, self).passed.connect(stage.refresh)

    @Slot(object)
    def _allow(self, scope: Scope) -> None:
        self._window.actions_table["summary"].setEnabled(scope.survey_id is not None)

    @Slot()
    def _offer(self) -> None:
        """What can be done with a page, while one is shown."""
        stage, actions = self._window.stage, self._window.actions_table
        for form in FORMS:
            actions[f"save-{form}"].setEnabled(stage.is_summary)
        actions["include-others"].setEnabled(stage.is_summary and not stage.bar.others.isHidden())

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self._window.stage.save(action.data())

    @Slot(object)
    def _choose(self, capture_id: int) -> None:
        """Choose a capture in the list; a filter that leaves it out is emptied."""
        window = self._window
        if window.list.choose(capture_id):
            return
        window.filter_row.field.clear()
        window.listing.chosen()  # takes the empty filter at once
        if window.listing.is_searching:
            window.wanted.want(capture_id)

    @Slot(object, object)
    def _compare(self, one: int, other: int) -> None:
        """Compare two captures as the detail asks for it."""
        self._window.detail.compare_requested.emit((one, other))

    @Slot()
    def _replay(self) -> None:
        """Open the plan for the whole scope, which the button counts; the filter stays."""
        self._window.commands.replay_scope(self._window.stage.scope)

    @Slot()
    def _replay_shown(self) -> None:
        """Open the plan for everything shown: the list, or all that a summary is about."""
        if self._window.stage.is_summary:
            self._replay()
        else:
            self._window.commands.replay_listed()
