"""The list of captures with its filter, columns and commands, and selection by other parts."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from inspector.domain.query.scope import EVERYTHING, PINNED, Scope
from inspector.gui.captures.columns_menu import ColumnsMenu
from inspector.gui.captures.drag import DragOut
from inspector.gui.captures.file_commands import FileCommands
from inspector.gui.captures.filter_row import FilterRow
from inspector.gui.captures.list_commands import ClearCommands, ListCommands
from inspector.gui.captures.listing import Listing
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.threads_button import ThreadsButton
from inspector.gui.captures.view import CaptureView
from inspector.gui.filters.query_field import QueryField
from inspector.gui.filters.query_suggestions import QuerySuggestions
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.mask_overlay import LineMask
from inspector.session.preferences import Appearance


class CaptureSelector(QObject):
    """A pending selection of one capture, dropped once the list is complete without it."""

    def __init__(self, window: Window, view: CaptureView, listing: Listing, field: QueryField) -> None:
        super().__init__(window.widget)
        self._window = window
        self._view = view
        self._listing = listing
        self._field = field
        self._id: int | None = None
        self._yields = False
        listing.loaded.connect(self._look)

    def select(self, capture_id: int) -> None:
        """Select a capture. If the filter or the scope excludes it, clear the filter or show all captures."""
        if self._view.select_capture(capture_id):
            return
        self.select_when_listed(capture_id)
        self._field.clear()
        if not self._window.session.captures.matching([capture_id], self._listing.scope, ""):
            self._window.show_scope(EVERYTHING)
        self._listing.current_query()  # applies the empty filter at once
        if not self._listing.is_searching:
            self._listing.reload()

    @Slot(str)
    def show_everywhere(self, text: str) -> None:
        """List all captures that match a filter, whatever their survey."""
        self._window.show_scope(EVERYTHING)
        self._field.setText(text)

    def select_when_listed(self, capture_id: int, *, yields: bool = False) -> None:
        """Select a capture once it is loaded. With `yields`, a selection by the user meanwhile stays."""
        self._id, self._yields = capture_id, yields

    @Slot()
    def _look(self) -> None:
        if self._id is None:
            return
        is_over = (self._yields and self._view.shown is not None) or self._view.select_capture(self._id)
        if is_over or not self._listing.is_searching:
            self._id = None


_MOST_KEPT = 500


class CaptureList(QObject):
    """The parts of the list, connected to each other and to their actions."""

    open_removed = Signal(object)
    """The open capture was removed permanently, by retention or another process: its id, in a list."""

    def __init__(self, window: Window, actions: Actions) -> None:
        parent = window.widget
        super().__init__(parent)
        self._captures = window.session.captures
        session, theme, runner, mask = window.session, window.theme, window.runner, window.screen_mask
        self.filter_row = FilterRow(theme, actions, parent)
        field = self.filter_row.field
        LineMask(mask, field, drawn=mask.rule)
        self.model = CaptureModel(
            mask.rows,
            parent,
            read_answers=mask.answers,
            read_threads=mask.threads,
            show_values=mask.values,
        )
        self.view = CaptureView(self.model, theme, parent)
        self.listing = Listing(session.captures, session.threads, self.model, runner, parent)
        self.selector = CaptureSelector(window, self.view, self.listing, field)
        self.suggestions = QuerySuggestions(
            *(session.captures, session.groups, session.filters, field, runner, theme),
            mask=mask,
            save_key=actions.key("save-filter"),
        )
        self.suggestions.save_requested.connect(actions["save-filter"].trigger)
        self.columns_menu = ColumnsMenu(window, self.view, self.model)
        self.clearing = ClearCommands(window, self.listing)
        self.files = FileCommands(window, self.listing)
        self.commands = ListCommands(window, self.view, self.model, field, self.clearing, self.files)
        self.dragging = DragOut(window, self.view)
        self._connect(window, actions)

    def _connect(self, window: Window, actions: Actions) -> None:
        view, listing, field = self.view, self.listing, self.filter_row.field
        field.query_changed.connect(listing.type)
        field.left_downwards.connect(self._go_to_list)
        listing.mistaken.connect(self.filter_row.show_error)
        listing.requested.connect(view.show_searching)
        listing.searching.connect(self.filter_row.show_searching)
        listing.searching.connect(view.show_searching)
        listing.requested.connect(self._show_filter)
        for request in (listing.requested, listing.ordered, listing.threaded):
            request.connect(view.columns.fit_to_next)
        view.empty.clear_requested.connect(field.clear)
        view.empty.clear_requested.connect(view.setFocus)
        listing.arrived.connect(view.add)
        listing.ordered.connect(view.show_order)
        listing.refused.connect(window.notify)
        view.columns.order_requested.connect(listing.put_in)
        view.reload_requested.connect(listing.reload)
        actions["threads"].toggled.connect(listing.fold)
        listing.threaded.connect(actions["threads"].setChecked)
        view.columns.header.add_button(
            ThreadsButton(window.theme, actions["threads"], actions.key("threads"), view.columns.header)
        )
        view.following_changed.connect(self.filter_row.show_following)
        window.screen_mask.changed.connect(self.model.forget)

        for name, command in (
            ("next", view.select_next),
            ("previous", view.select_previous),
            ("close-capture", view.select_nothing),
            ("follow", view.toggle_following),
            ("columns", self.columns_menu.open),
            ("filter", self.filter_row.focus_field),
            ("export", self.files.export_listed),
        ):
            actions[name].triggered.connect(command)

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """List the captures of a scope, and follow new ones."""
        self.view.follow(True)
        self.view.columns.show_scope(scope)
        self.listing.show_scope(scope)

    @Slot(object)
    def show_appearance(self, appearance: Appearance) -> None:
        """Show answers and times in the form of these settings."""
        self.model.set_forms(draws_answers=appearance.draws_answers, times=appearance.times)
        self.view.columns.show_ages(appearance.times == "relative")

    @Slot()
    def _show_filter(self) -> None:
        self.view.empty.show_filter(bool(self.listing.text.strip()))

    @Slot()
    def reload_after_removal(self) -> None:
        """Read the list again. If the open capture was removed permanently, its place stays open."""
        shown = self.view.shown
        if shown is not None and not self._captures.unlisted([shown], 0):
            self.view.expect_removal()
            self.open_removed.emit([shown])
        self.listing.reload()

    @Slot()
    def reload_after_check(self) -> None:
        """Read the list again if the new verdicts can decide what it has. Selected captures stay listed."""
        if not self.listing.is_everything:
            self.listing.reload_keeping(self.view.selected_ids()[:_MOST_KEPT])

    @Slot()
    def reload_pinned(self) -> None:
        """Read the list again if it shows the pinned captures."""
        if self.listing.scope == PINNED:
            self.listing.reload()

    @Slot()
    def _go_to_list(self) -> None:
        self.listing.current_query()  # do not wait until typing pauses
        self.view.setFocus()
