"""The commands on everything shown: the captures of the list, or the scope of a summary."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.kit.context.window import Window
from inspector.gui.replay.replay_commands import ReplayCommands
from inspector.gui.summary.page_bar import CAPTURES
from inspector.gui.summary.summary_stack import SummaryStack


class ShownCommands(QObject):
    """Connects the row above to the list and the summary, and enables the actions on what is shown."""

    def __init__(
        self, window: Window, captures: CaptureList, stack: SummaryStack, replays: ReplayCommands
    ) -> None:
        super().__init__(window.widget)
        self._window = window
        self._captures = captures
        self._stack = stack
        self._replays = replays
        row, model = captures.filter_row, captures.model
        row.choice.selected.connect(stack.show_part)
        stack.part_shown.connect(row.show_part)
        row.field.query_changed.connect(self._show_filtered)
        for name, command in (
            ("follow", self._show_captures),
            ("replay", self._replay),
            ("replay-plan", self._plan_replay),
            ("replay-listed", self._replay_shown),
        ):
            window.action(name).triggered.connect(command)
        for changed in (model.rowsInserted, model.modelReset, stack.shown):
            changed.connect(self._allow)

    @Slot()
    def _show_captures(self) -> None:
        self._stack.show_part(CAPTURES)

    @Slot(str)
    def _show_filtered(self, query: str) -> None:
        """Show the captures that a new query matches, because a summary shows only its own span."""
        is_own = bool(query.strip()) and self._stack.takes_query()
        if query.strip() and self._stack.is_summary and not is_own:
            self._show_captures()
        is_only_span = all(word.startswith(("since:", "before:")) for word in query.split())
        self._stack.bar.show_filter("" if is_own and is_only_span else query)

    @Slot()
    def _allow(self) -> None:
        """Enable the actions for everything shown.

        If a summary hides the filter, clearing and exporting are disabled, because they would act on unseen
        captures. A replay from a summary ignores the filter, and its plan shows the count first.
        """
        has_rows, is_summary = self._captures.model.rowCount() > 0, self._stack.is_summary
        action = self._window.action
        for name in ("clear", "export"):
            action(name).setEnabled(has_rows and not (is_summary and self._captures.listing.text))
        for name in ("replay-plan", "replay-listed"):
            action(name).setEnabled(self._stack.has_captures if is_summary else has_rows)
        action("replay").setEnabled(has_rows and not is_summary)

    @Slot()
    def _replay(self) -> None:
        """Replay the selection, or else the newest listed capture, to the last target."""
        self._replays.in_place.send(self._ids())

    def replay_to(self, to: str) -> None:
        """Replay the selection, or else the newest listed capture, to a target."""
        if ids := self._ids():
            self._replays.in_place.send_to(to, ids)

    def _ids(self) -> tuple[int, ...]:
        """Return the selection, or else select and return the newest listed capture."""
        view, newest = self._captures.view, self._captures.model.newest_id
        ids = view.selected_ids()
        if not ids and newest is not None:
            view.select_capture(newest)
            ids = (newest,)
        return ids

    @Slot()
    def _plan_replay(self) -> None:
        """Open a plan for the selection, or else for everything shown."""
        ids = () if self._stack.is_summary else self._captures.view.selected_ids()
        if ids:
            self._replays.replay(ids)
        else:
            self._replay_shown()

    @Slot()
    def _replay_shown(self) -> None:
        """Open a plan for everything shown: the list, or the scope of a summary."""
        if self._stack.is_summary:
            self._replays.replay_matching(self._stack.scope)
        elif (selected := self._captures.listing.current_query()) is None:
            self._window.notify("The filter has an error. Fix it, then replay again.")
        else:
            self._replays.replay_matching(*selected)
