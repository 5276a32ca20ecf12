"""The main window. It builds the features and connects them to the session and to each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from inspector.domain.query.scope import Scope
from inspector.gui.add_captures.add_commands import AddCommands
from inspector.gui.alerts.alert_notifier import AlertNotifier
from inspector.gui.alerts.tray import Tray
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.check.check_commands import CheckCommands
from inspector.gui.compare.compare_commands import CompareCommands
from inspector.gui.detail.pane import DetailPane
from inspector.gui.filters.filter_commands import FilterCommands
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.forwarding.forward_commands import ForwardCommands
from inspector.gui.handbook.handbook_commands import HandbookCommands
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import EachSignalBatcher, IdsSignalBatcher, SignalBatcher
from inspector.gui.kit.context.window import D, has_tray
from inspector.gui.kit.controls.key_hint import KeyHint
from inspector.gui.kit.dialog import open_dialog
from inspector.gui.kit.focus_ring import FocusRing
from inspector.gui.kit.icons import app_icon
from inspector.gui.kit.tab_order import TabOrder
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.maintenance_commands import MaintenanceCommands
from inspector.gui.palette.palette_commands import PaletteCommands
from inspector.gui.public_address.address_commands import AddressCommands
from inspector.gui.public_address.changed_banner import ChangedBanner
from inspector.gui.replay.replay_commands import ReplayCommands
from inspector.gui.responses.response_commands import ResponseCommands
from inspector.gui.secrets.secret_commands import SecretCommands
from inspector.gui.settings.appearance_commands import AppearanceCommands
from inspector.gui.settings.settings_commands import SettingsCommands
from inspector.gui.shell.banner import Banner
from inspector.gui.shell.capture_counts import CaptureCounts
from inspector.gui.shell.capture_windows import CaptureWindows
from inspector.gui.shell.connection_bar import ConnectionBar
from inspector.gui.shell.frame import Frame
from inspector.gui.shell.history import History
from inspector.gui.shell.listener_commands import ListenerCommands
from inspector.gui.shell.program_commands import ProgramCommands
from inspector.gui.shell.replay_hint import ReplayHint
from inspector.gui.shell.saved_layout import SavedLayout
from inspector.gui.shell.scope_chip import ScopeChip
from inspector.gui.shell.session_state import InboxDisplay, SessionState
from inspector.gui.shell.shown_commands import ShownCommands
from inspector.gui.shell.status_bar import StatusBar
from inspector.gui.shell.tree_filters import TreeFilters
from inspector.gui.shell.work_status import DiagnosisStatus, VerificationStatus, WorkStatus
from inspector.gui.summary.summary_stack import SummaryCommands, SummaryStack
from inspector.gui.surveys.model import SurveyModel
from inspector.gui.surveys.view import SurveyPanel
from inspector.gui.timeline.strip import StripFeed, TimeStrip
from inspector.session.session import Session

_TITLE_BAR = 32
_DIAGNOSES_MS = 500
_FORWARDS_MS = 200
_ARRIVALS_MS = 33
"""Interval in which the list takes new captures. Each time it repaints the visible rows."""


class MainWindow(QWidget):
    """One window on one session. Features see it as a `Window`."""

    quit_requested = Signal()
    """The user closed the window, and has confirmed this if replays are running: the program must end."""
    painted = Signal()
    """The window has been drawn for the first time."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.actions_table = Actions(theme, self)
        self.screen_mask = Mask(session, self)
        self.runner = Runner(session.tasks, self)
        self._is_painted = False
        self._build_views()
        self._build_commands()
        self._lay_out()
        self._connect()
        self._show_all()

    # ---- construction

    def _build_views(self) -> None:
        session, theme, actions = self.session, self.theme, self.actions_table
        self.bar = ConnectionBar(theme, actions, self)
        self.changed_banner = ChangedBanner(theme, self)
        self.banner = Banner(theme, self)
        self.survey_model = SurveyModel(
            session.groups, session.captures, self, saved_filters=session.filter_counts.all
        )
        self.surveys = SurveyPanel(self.survey_model, theme, self)
        self.surveys.connect_to(self)
        self.captures = CaptureList(self, actions)
        self.filter_row, self.list = self.captures.filter_row, self.captures.view
        self.model, self.listing = self.captures.model, self.captures.listing
        self.scope_chip = ScopeChip(self, self.filter_row.field)
        self.strip = TimeStrip(theme, self)
        self.strip_feed = StripFeed(self, self.listing, self.filter_row.field, self.strip)
        self.detail = DetailPane(session, theme, actions, self, mask=self.screen_mask)
        self.summary_stack = SummaryStack(session, theme, self.runner, self)
        self.first_start = FirstStart(theme, actions, self)
        self.status = StatusBar(theme, self)
        self.checking = VerificationStatus(theme, session, self.status)
        self.diagnosing = DiagnosisStatus(theme, self.status)
        self.moving = WorkStatus(theme, self.status)

    def _build_commands(self) -> None:
        self.listener_commands = ListenerCommands(self)
        self.address_commands = AddressCommands(self)
        self.secret_commands = SecretCommands(self)
        self.replay_commands = ReplayCommands(self)
        self.forward_commands = ForwardCommands(self)
        self.inbox = InboxDisplay(self, self.bar, self.status)
        self.response_commands = ResponseCommands(self, self.actions_table)
        self.add_commands = AddCommands(self, self.captures.files)
        self.compare_commands = CompareCommands(self)
        self.check_commands = CheckCommands(self)
        self.summary_commands = SummaryCommands(self, self.summary_stack)
        self.filter_commands = FilterCommands(self, self.filter_row.field)
        self.tree_filters = TreeFilters(self, self.surveys.tree, self.survey_model, self.filter_commands)
        self.settings_commands = SettingsCommands(self)
        self.appearance_commands = AppearanceCommands(self)
        self.maintenance_commands = MaintenanceCommands(self)
        self.program_commands = ProgramCommands(self)
        self.handbook_commands = HandbookCommands(self)
        shown_commands = ShownCommands(self, self.captures, self.summary_stack, self.replay_commands)
        self.palette_commands = PaletteCommands(
            self,
            self.actions_table,
            self.settings_commands.open_setting,
            shown_commands.replay_to,
            self.tree_filters.select,
        )
        self.tray = Tray(self)
        self.alert_notifier = AlertNotifier(self, self.tray)
        FocusRing(self.theme, self)

    def _lay_out(self) -> None:
        px, detail = self.theme.px, self.detail
        self.setWindowTitle("Webhook Inspector")
        self.setWindowIcon(app_icon())
        room = self.screen().availableGeometry()
        self.setMinimumSize(min(px(860), room.width()), min(px(520), room.height()))
        # The area sized here does not include the title bar.
        self.resize(min(px(1440), room.width()), min(px(900), room.height() - px(_TITLE_BAR)))
        self.filter_row.add_last(self.replay_commands.button)
        for work in (self.diagnosing, self.checking, self.moving, self.listener_commands.many.status):
            self.status.add_work(work)
        self.status.add_hint(KeyHint(self.theme, self.actions_table.caps("replay"), parent=self.status))
        self.status.add_last(
            self.maintenance_commands.details,
            *self.palette_commands.reminders,
        )
        banners = (self.changed_banner, self.banner, self.inbox.banner, self.program_commands.mask_banner)
        self.frame = Frame(
            self,
            self.theme,
            bar=self.bar,
            banner=self.banner,
            banners=banners,
            surveys=self.surveys,
            first_start=self.first_start,
            summary_stack=self.summary_stack,
            captures=self.captures,
            strip=self.strip,
            detail=detail,
            status=self.status,
        )
        self._tab_order = TabOrder(
            self,
            (
                *(self.bar, *banners),
                *(self.surveys, self.first_start, self.filter_row),
                *(self.summary_stack, self.strip.bars, *self.strip.legend.entries, self.list),
                *(detail.header, detail.strip, detail, detail.action_bar, self.status),
            ),
        )
        self.capture_windows = CaptureWindows(self, self.captures, self._connect_pane)
        self.history = History(self, self.captures, self.summary_stack)
        self.replay_hint = ReplayHint(self, self.captures, self.status)
        self.session_state = SessionState(self, self.bar, self.banner, self.first_start, self.status)
        self.layout_memory = SavedLayout(
            self, self.frame, self.captures, detail, self.palette_commands, self.replay_commands.fold
        )
        self.counts = CaptureCounts(
            self.session,
            self.captures,
            self,
            status=self.status,
            first_start=self.first_start,
            diagnosing=self.diagnosing,
            frame=self.frame,
        )

    def _connect(self) -> None:
        """Connect the session to the features that show it, and the features to each other."""
        session, actions, view, listing = self.session, self.actions_table, self.list, self.listing
        model, tree, summary_stack, detail = self.model, self.survey_model, self.summary_stack, self.detail

        # The session.
        captured = IdsSignalBatcher(session.captures.captured, self, _ARRIVALS_MS).passed
        captured.connect(self.counts.count_arrivals)
        captured.connect(listing.take)
        judged = IdsSignalBatcher(session.captures.judged, self).passed
        judged.connect(listing.take_evaluated)
        judged.connect(model.refresh)
        judged.connect(self.counts.count_pins)
        removed = SignalBatcher(session.captures.removed, self).passed
        removed.connect(self.captures.reload_after_removal)
        restored = SignalBatcher(session.captures.restored, self).passed
        restored.connect(listing.reload)
        for much_changed in (removed, restored):
            much_changed.connect(tree.refresh)
        grouped = SignalBatcher(session.groups.changed, self).passed
        grouped.connect(tree.refresh)
        grouped.connect(listing.take_grouped)
        grouped.connect(model.refresh_nameless)
        grouped.connect(self.counts.show)

        SignalBatcher(session.maintenance.message_posted, self).passed.connect(self.notify)
        diagnosed = SignalBatcher(session.diagnoses.progressed, self, _DIAGNOSES_MS).passed
        diagnosed.connect(self.counts.show_diagnosis)
        SignalBatcher(session.replays.changed, self).passed.connect(self.status.run.show_runs)
        EachSignalBatcher(session.replays.ended, self).passed.connect(self.status.run.announce)
        forwarded = IdsSignalBatcher(session.forwards.forwarded, self, _FORWARDS_MS).passed
        forwarded.connect(model.refresh)

        # The list and the tree.
        view.selected.connect(detail.show_capture)
        view.selected.connect(self.palette_commands.look_at)
        view.selection_changed.connect(self.replay_commands.button.show_selection)
        for follower in (detail, self.secret_commands, self.compare_commands, self.palette_commands):
            view.selection_changed.connect(follower.selection_changed)
        view.selection_changed.connect(self.frame.show_selection)
        listing.loaded.connect(self.counts.show)
        self.surveys.tree.scope_selected.connect(self.captures.show_scope)
        self.surveys.tree.drag_requested.connect(self.captures.dragging.drag_respondent)
        self.surveys.tree.scope_selected.connect(self.scope_chip.show_scope)
        self.surveys.tree.scope_selected.connect(self.summary_commands.show_scope)
        self.counts.pins_changed.connect(tree.refresh)
        self.counts.pins_changed.connect(self.captures.reload_pinned)

        # The detail and the summary.
        self._connect_pane(detail)
        self.captures.open_removed.connect(detail.refresh)
        self.replay_commands.reason_requested.connect(self.check_commands.why_rejected)
        detail.focus_released.connect(view.setFocus)
        detail.close_requested.connect(view.select_nothing)
        summary_stack.span_selected.connect(self.strip_feed.filter_span)
        summary_stack.compare_requested.connect(self.compare_commands.compare_two)
        self.filter_row.count_changed.connect(self.status.show_listed)
        summary_stack.saving.table_requested.connect(self.captures.files.write_table)
        self.summary_commands.replay_requested.connect(self.replay_commands.replay_matching)

        # Bars and pages.
        self.listener_commands.starting.connect(self.bar.show_starting)
        self.listener_commands.starting.connect(self.first_start.show_starting)
        self.listener_commands.listening_changed.connect(self.bar.show_listening)
        self.listener_commands.listening_changed.connect(self.first_start.show_listening)
        for shown in (self.bar.public, self.first_start, self.changed_banner, self.status):
            self.address_commands.changed.connect(shown.show_view)
        for place in (self.bar.public, self.first_start.public.tiles):
            place.page_requested.connect(self.address_commands.open_page)
        self.first_start.public.tiles.selected.connect(self.address_commands.select)
        self.changed_banner.copy_clicked.connect(self.address_commands.copy)
        self.changed_banner.confirmed.connect(self.address_commands.confirm)
        self.address_commands.alert_raised.connect(self.alert_notifier.show_alert)
        self.listener_commands.not_listening.connect(self.banner.show_not_listening)
        self.listener_commands.port_suggested.connect(self.banner.suggest)
        self.listener_commands.port_suggested.connect(self.first_start.suggest)
        self.listener_commands.port_suggested.connect(self.bar.show_port_taken)
        self.first_start.elsewhere_requested.connect(self.listener_commands.listen_elsewhere)
        self.banner.accepted.connect(self.listener_commands.listen_elsewhere)
        self.bar.sample_menu.aboutToShow.connect(self.listener_commands.read_samples)
        self.bar.sample_menu.selected.connect(self.listener_commands.send_saved_sample)
        self.bar.sample_menu.removed.connect(self.listener_commands.remove_sample)
        self.listener_commands.samples_changed.connect(self.bar.sample_menu.show_names)
        self.bar.secrets_menu.switched.connect(self.secret_commands.switch)
        self.bar.secrets_menu.removed.connect(self.secret_commands.remove)
        self.bar.forwarding.menu.verb_requested.connect(self.forward_commands.do)
        self.bar.forwarding.switched.connect(self.forward_commands.switch)
        self.forward_commands.rows_changed.connect(self.bar.forwarding.show_rows)
        self.bar.add_response_menu(self.response_commands.menu)
        self.response_commands.response_changed.connect(self.bar.show_response)
        self.response_commands.filter_requested.connect(self.captures.selector.show_everywhere)
        self.first_start.secret_entered.connect(self.secret_commands.use)
        self.first_start.visibility_requested.connect(self.counts.show)

        # The status bar.
        for part in (self.first_start, self.runner):
            part.message_posted.connect(self.notify)
        self.checking.ended.connect(self.notify)
        self.checking.ended.connect(self.captures.reload_after_check)
        self.checking.reverify_clicked.connect(actions["re-verify"].trigger)
        self.checking.undo_clicked.connect(self.secret_commands.undo_change)
        self.diagnosing.link_clicked.connect(actions["diagnose-all"].trigger)
        self.secret_commands.diagnosing.connect(self.counts.show_diagnosis)
        self.captures.files.working.connect(self.moving.show_part)
        self.captures.files.ended.connect(self.moving.hide)
        self.moving.link_clicked.connect(self.captures.files.stop)
        self.captures.clearing.cleared.connect(self.status.show_undo)
        self.add_commands.added.connect(self.status.show_undoable)
        self.captures.clearing.undone.connect(self.status.hide_undo)
        self.status.undo_clicked.connect(actions["undo"].trigger)
        self.status.message_changed.connect(self.maintenance_commands.show_details)
        self.status.retention.clicked.connect(self.settings_commands.open_retention)
        self.program_commands.mask_banner.select_fields.clicked.connect(
            self.settings_commands.open_masked_fields
        )

        for styled in (self.frame, self.captures):
            self.appearance_commands.changed.connect(styled.show_appearance)

        # Actions.
        actions.use_bare_keys_in(
            view, detail, summary_stack.bar, summary_stack.survey, summary_stack.respondent
        )
        # Refreshed for the next time, because the palette reads its entries when it opens.
        self.palette_commands.opened.connect(self.replay_commands.look)
        self.replay_commands.quit_allowed.connect(self.quit_requested)
        self.tray.quit_requested.connect(self.replay_commands.ask_to_quit)
        self.replay_commands.in_place.left.connect(view.setFocus)

    def _connect_pane(self, pane: DetailPane) -> None:
        """Connect a pane to the features that it leads to: the one next to the list, or one in a window."""
        pane.scope_requested.connect(self.show_scope)
        pane.replay_requested.connect(self.replay_commands.in_place.send)
        pane.edit_requested.connect(self.replay_commands.edit_and_replay)
        pane.report_requested.connect(self.captures.files.save_report)
        pane.compare_requested.connect(self.compare_commands.compare)
        pane.cure_requested.connect(self.secret_commands.apply)
        pane.undo_requested.connect(self.secret_commands.undo_change)
        self.secret_commands.cured.connect(pane.show_cured)
        pane.help_requested.connect(self.handbook_commands.open_finding)
        pane.filter_requested.connect(self.captures.selector.show_everywhere)
        pane.reason_requested.connect(self.check_commands.why_rejected)
        pane.message_posted.connect(self.notify)
        self.replay_commands.add_to(pane)

    def _show_all(self) -> None:
        self.add_commands.drop_area.watch_fields()
        self.listener_commands.show_state()
        self.address_commands.show()
        self.session_state.show()
        self.forward_commands.show_rows()
        self.response_commands.show_response()
        self.counts.show()
        self.counts.count_pins()
        self.runner.run(self.counts.count_undiagnosed(), "count invalid signatures without a diagnosis")
        self.appearance_commands.show()
        self.layout_memory.restore()
        self.listing.reload()
        self.strip_feed.start()
        self.counts.start()
        (self.list if self.frame.has_captures else self.first_start.public.tiles).setFocus()

    # ---- the Window protocol

    @property
    def widget(self) -> QWidget:
        """The parent of menus and of objects that live as long as the window."""
        return self

    def action(self, name: str) -> QAction:
        """Return the action of this name in the table of commands."""
        return self.actions_table[name]

    @Slot(str)
    def notify(self, message: str) -> None:
        """Show a message in the status bar."""
        self.status.notify(message)

    def open_dialog(self, make: Callable[[QWidget], D], *, is_modal: bool = True) -> D | None:
        """Open the dialog that `make` returns for its parent. Return None if an open one stays."""
        return open_dialog(self, partial(make, self), is_modal=is_modal)

    @Slot(object)
    def select_capture(self, capture_id: int) -> None:
        """Select a capture in the list once it is there. Leave a filter or scope that excludes it."""
        self.captures.selector.select(capture_id)

    @Slot(object)
    def show_scope(self, scope: Scope) -> None:
        """Select a scope in the tree, and list its captures."""
        self.surveys.tree.select(scope)

    # ---- the end

    async def save_notes(self) -> None:
        """Save every typed note, in this window and in those of single captures."""
        for pane in (self.detail, *self.capture_windows.panes):
            await pane.save_notes()

    def end(self) -> None:
        """Close the window and stop reading from the session. Called once, before the session is closed.

        Everything that reads is started by a timer: batched signals, counts, the tree, the tabs.
        """
        self.layout_memory.save()
        self.listing.stop()
        self.strip_feed.stop()
        self.replay_commands.end()
        self.hide()
        for timer in self.findChildren(QTimer):
            timer.stop()
            timer.blockSignals(True)

    # ---- Qt events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Request a clean end of the program (see app.py), which also closes the window, or only hide it."""
        event.ignore()
        if self.session.preferences.keeps_listening and has_tray():
            self.hide()
        else:
            self.replay_commands.ask_to_quit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for watcher in (self.history, self.capture_windows):
            watcher.watch(self.windowHandle())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame.fit()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        return self._tab_order.step(next)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()
