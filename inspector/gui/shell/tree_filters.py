"""The saved filters in the tree, connected to their commands and counts."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QEvent, QObject, Slot

from inspector.base.errors import InspectorError
from inspector.gui.filters.filter_commands import FilterCommands
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.surveys.model import SurveyModel
from inspector.gui.surveys.view import SurveyView


class TreeFilters(QObject):
    """Keeps the rows of saved filters up to date, and starts their counts."""

    def __init__(
        self, window: Window, tree: SurveyView, model: SurveyModel, commands: FilterCommands
    ) -> None:
        super().__init__(window.widget)
        self._tree = tree
        self._model = model
        self._runner = window.runner
        self._preferences = window.session.preferences
        session = window.session
        tree.filter_selected.connect(commands.select)
        tree.filter_requested.connect(commands.add)
        tree.bell_clicked.connect(commands.toggle_bell)
        tree.edit_requested.connect(commands.edit)
        tree.remove_requested.connect(commands.remove)
        tree.move_requested.connect(commands.move)
        tree.menu_requested.connect(commands.open_menu)
        commands.saved.connect(self.select)
        SignalBatcher(session.filters.changed, self).passed.connect(model.refresh_filters)
        SignalBatcher(session.filter_counts.changed, self).passed.connect(model.refresh_filters)
        session.filter_counts.start()
        window.widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Read the settings when the user comes back, because the terminal may have changed the filters."""
        if event.type() == QEvent.Type.WindowActivate:
            self._runner.run(self._refresh(), "read the settings")
        return super().eventFilter(watched, event)

    async def _refresh(self) -> None:
        with suppress(InspectorError):  # the next save reports it
            await self._preferences.refresh()

    @Slot(object)
    def select(self, name: str) -> None:
        """Select a saved filter, and apply it."""
        self._model.refresh_filters()
        if (index := self._model.filter_index(name)).isValid():
            self._tree.setCurrentIndex(index)
