"""The chip of the scope in the filter field: shown for any scope but all captures, and the way out of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.context.window import Window
from inspector.gui.surveys.node import scope_name
from inspector.session.summaries import SummaryHead


class ScopeChip(QObject):
    """Names the scope in the field, and leaves the scope when the user removes the chip."""

    def __init__(self, window: Window, field: QueryField) -> None:
        super().__init__(window.widget)
        self._window = window
        self._field = field
        self._scope = EVERYTHING
        field.scope_left.connect(self._leave)
        window.screen_mask.changed.connect(self._show)

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """Name another scope."""
        self._scope = scope
        self._show()

    @Slot()
    def _show(self) -> None:
        scope = self._scope
        if scope == EVERYTHING:
            self._field.show_scope("")
            return
        has_survey = scope.survey_id is not None
        head = self._window.session.summaries.head(scope) if has_survey else SummaryHead()
        name = scope_name(scope, head.name, self._window.screen_mask.name)
        if scope.user_id is not None:
            place = "this respondent"
        elif scope.group_id is not None:
            place = "this group"
        else:
            place = "this survey" if has_survey else name
        self._field.show_scope(name, f"Filter in {place}")

    @Slot()
    def _leave(self) -> None:
        self._window.show_scope(EVERYTHING)
        self._field.setFocus()
