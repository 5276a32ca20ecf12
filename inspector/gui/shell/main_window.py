"""The window: its parts, where they stand, and in one method how they are wired."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.captures.columns_menu import ColumnsMenu
from inspector.gui.captures.file_commands import FileCommands
from inspector.gui.captures.filter_row import FilterRow
from inspector.gui.captures.list_commands import ListCommands
from inspector.gui.captures.listing import Listing
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.query_suggestions import QueryOffers
from inspector.gui.captures.view import CaptureView
from inspector.gui.captures.wanted import WantedCapture
from inspector.gui.compare.comparing import Comparing
from inspector.gui.detail.pane import DetailPane
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.forwarding.forward_commands import ForwardCommands
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import EachSignalBatcher, IdsSignalBatcher, SignalBatcher
from inspector.gui.kit.icons import app_icon
from inspector.gui.kit.tab_order import TabOrder
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.replay_commands import ReplayCommands
from inspector.gui.secrets.secret_commands import SecretCommands
from inspector.gui.shell.banner import Banner
from inspector.gui.shell.check_status import CheckStatus, DiagnosisStatus
from inspector.gui.shell.commands import Commands
from inspector.gui.shell.connection_bar import ConnectionBar
from inspector.gui.shell.frame import Frame
from inspector.gui.shell.program_commands import ProgramCommands
from inspector.gui.shell.saved_layout import SavedLayout
from inspector.gui.shell.session_events import SessionEvents
from inspector.gui.shell.status_bar import StatusBar
from inspector.gui.shell.work_status import WorkStatus
from inspector.gui.summary.summary_stack import SummaryStack
from inspector.gui.summary.wiring import Wiring
from inspector.gui.surveys.model import SurveyModel
from inspector.gui.surveys.view import SurveyPanel
from inspector.gui.timeline.feed import StripFeed
from inspector.gui.timeline.strip import TimeStrip
from inspector.session.session import Session

_TITLE_BAR = 32
_FIGURES_MS = 500
_DIAGNOSES_MS = 500
_FORWARDS_MS = 200
_ARRIVALS_MS = 33
"""The list takes new captures so often: each time what is in sight is painted anew."""


class MainWindow(QWidget):
    """One window on one session."""

    quit_requested = Signal()
    """Its user closed it, and knows of what still runs: the program is to end."""
    painted = Signal()
    """It has been drawn for the first time."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._is_painted = False
        self.actions_table = Actions(theme, self)
        self.screen_mask = Mask(session, self)
        self.runner = Runner(session.tasks, self)
        self.bar = ConnectionBar(theme, self.actions_table, self)
        self.banner = Banner(theme, self)
        self.survey_model = SurveyModel(session.groups, session.captures, self)
        self.surveys = SurveyPanel(self.survey_model, theme, self)
        self.filter_row = FilterRow(theme, self.actions_table, self)
        self.model = CaptureModel(self.screen_mask.rows, self, show_values=self.screen_mask.values)
        self.list = CaptureView(self.model, theme, self)
        self.listing = Listing(session.captures, self.model, self.runner, self)
        self.wanted = WantedCapture(self.list, self.listing, self)
        self.strip = TimeStrip(theme, self)
        self.strip_feed = StripFeed(
            session, self.listing, self.filter_row.field, self.strip, self.runner, self
        )
        self.offers = QueryOffers(
            *(session.captures, self.filter_row.field, self.runner, theme), mask=self.screen_mask
        )
        self.detail = DetailPane(session, theme, self.actions_table, self, mask=self.screen_mask)
        self.stage = SummaryStack(session, theme, self.runner, self)
        self.first_start = FirstStart(theme, self.actions_table, self)
        self.status = StatusBar(theme, self)
        self.checking = CheckStatus(theme, session, self.status)
        self.diagnosing = DiagnosisStatus(theme, self.status)
        self.commands = Commands(self, session, theme, self.runner, self.listing, mask=self.screen_mask)
        self.file_commands = FileCommands(self, session, self.runner, self.listing)
        self.moving = WorkStatus(theme, self.status)
        self.secret_commands = SecretCommands(self, session, theme, self.runner)
        self.replay_commands = ReplayCommands(self, session, theme)
        self.program = ProgramCommands(self, session, theme, self.screen_mask)
        self.forward_commands = ForwardCommands(self, session, theme, self.runner, self.screen_mask)
        self.list_commands = ListCommands(
            session,
            self.list,
            self.model,
            field=self.filter_row.field,
            runner=self.runner,
            theme=theme,
            actions=self.actions_table,
            mask=self.screen_mask,
            window=self,
        )
        self.columns_menu = ColumnsMenu(self.list, self.model, session, theme, self.runner, self)
        self._figures_timer = QTimer(self)
        self._figures_timer.setInterval(_FIGURES_MS)
        self.status.add(self.diagnosing)
        self.status.add(self.checking)
        self.status.add(self.moving)
        detail = self.detail
        self._tab_order = TabOrder(
            self,
            (
                *(self.bar, self.banner, self.surveys, self.first_start, self.stage),
                *(self.filter_row, self.strip.bars, *self.strip.legend.entries, self.list),
                *(detail.header, detail.strip, detail, detail.action_bar, self.status),
            ),
        )
        self.announced = SessionEvents(self, session)
        self._lay_out()
        self._wire()
        self._show_all()

    # ---- built once

    def _lay_out(self) -> None:
        px = self._theme.px
        self.setWindowTitle("Webhook Inspector")
        self.setWindowIcon(app_icon())
        room = self.screen().availableGeometry()
        self.setMinimumSize(min(px(860), room.width()), min(px(520), room.height()))
        # A title bar stands above what is sized here.
        self.resize(min(px(1440), room.width()), min(px(900), room.height() - px(_TITLE_BAR)))
        self.frame = Frame(self, self._theme)
        self.memory = SavedLayout(self, self._session, self.frame.splitters)

    def _wire(self) -> None:
        """Every connection between the parts, from the session's announcements to the keys."""
        session, actions, commands = self._session, self.actions_table, self.commands
        Wiring(self, self.stage)
        Comparing(self, session, self._theme, self.runner, actions)
        secrets, files = self.secret_commands, self.file_commands

        # What the session announces.
        IdsSignalBatcher(session.captures.captured, self, _ARRIVALS_MS).passed.connect(
            self.announced.captured
        )
        IdsSignalBatcher(session.captures.judged, self).passed.connect(self.announced.judged)
        SignalBatcher(session.captures.removed, self).passed.connect(self.announced.reload)
        SignalBatcher(session.captures.restored, self).passed.connect(self.announced.reload)
        SignalBatcher(session.groups.changed, self).passed.connect(self.announced.grouped)
        SignalBatcher(session.ingest.listening, self).passed.connect(self.announced.show_listening)
        SignalBatcher(session.ingest.trouble, self).passed.connect(self.announced.show_trouble)
        SignalBatcher(session.maintenance.told, self).passed.connect(self.status.notify)
        SignalBatcher(session.secrets.changed, self).passed.connect(self.announced.show_secrets)
        SignalBatcher(session.address.changed, self).passed.connect(self.announced.show_address)
        SignalBatcher(session.forwards.changed, self, _FORWARDS_MS).passed.connect(
            self.announced.show_forwards
        )
        IdsSignalBatcher(session.forwards.forwarded, self, _FORWARDS_MS).passed.connect(self.model.refresh)
        SignalBatcher(session.replays.changed, self).passed.connect(self.status.run.show_runs)
        EachSignalBatcher(session.replays.ended, self).passed.connect(self.status.run.announce)
        SignalBatcher(session.diagnoses.progressed, self, _DIAGNOSES_MS).passed.connect(
            self.announced.diagnosed
        )

        # The list and what it holds.
        self.filter_row.field.textChanged.connect(self.listing.type)
        self.listing.mistaken.connect(self.filter_row.show_error)
        self.listing.arrived.connect(self.list.add)
        self.listing.searching.connect(self.filter_row.show_searching)
        self.listing.requested.connect(self.list.show_searching)
        self.listing.searching.connect(self.list.show_searching)
        self.listing.loaded.connect(self.announced.show_figures)
        self.model.rowsInserted.connect(self.announced.allow_listed)
        self.model.modelReset.connect(self.announced.allow_listed)
        self.stage.shown.connect(self.announced.allow_listed)
        self.list.following_changed.connect(self.filter_row.show_following)
        self.list.selected.connect(self.detail.show_capture)
        self.list.selection_changed.connect(self.detail.selection_changed)
        self.list.selection_changed.connect(secrets.selection_changed)
        self.list.columns.order_requested.connect(self.listing.put_in)
        self.listing.ordered.connect(self.list.show_order)
        self.listing.refused.connect(self.status.notify)
        self.list_commands.delete_requested.connect(commands.delete)
        self.list_commands.scope_requested.connect(self.surveys.tree.choose)
        self.list_commands.export_requested.connect(files.export_some)
        self.surveys.tree.scope_selected.connect(self._show_scope)
        self.survey_model.settled.connect(self.surveys.tree.viewport().update)

        # The detail.
        self.detail.scope_requested.connect(self.surveys.tree.choose)
        self.detail.replay_requested.connect(commands.replay)
        self.detail.edit_requested.connect(commands.edit_and_replay)
        self.detail.report_requested.connect(files.save_report)
        self.detail.notes.done.connect(self.list.setFocus)
        self.detail.focus_released.connect(self.list.setFocus)
        self.detail.signature.remedy_requested.connect(secrets.apply)

        # Bars, pages, the status line.
        self.bar.secrets_menu.switched.connect(secrets.switch)
        self.bar.secrets_menu.removed.connect(secrets.remove)
        self.bar.forwarding.menu.verb_requested.connect(self.forward_commands.do)
        self.bar.forwarding.switched.connect(self.forward_commands.switch)
        self.first_start.secret_entered.connect(secrets.use)
        self.first_start.visibility_requested.connect(self.announced.show_figures)
        self.checking.ended.connect(self.status.notify)
        self.checking.check_clicked.connect(actions["check-again"].trigger)
        self.diagnosing.diagnose_clicked.connect(actions["diagnose-all"].trigger)
        files.working.connect(self.moving.show_part)
        files.ended.connect(self.moving.hide)
        self.moving.stop_clicked.connect(files.stop)
        secrets.diagnosing.connect(self.announced.diagnosed)
        self.status.undo_clicked.connect(actions["undo"].trigger)
        commands.not_listening.connect(self.banner.show_not_listening)
        commands.starting.connect(self.announced.show_starting)
        commands.started.connect(self.announced.show_listening_result)
        commands.port_suggested.connect(self.banner.suggest)
        self.banner.accepted.connect(commands.listen_elsewhere)
        commands.cleared.connect(self.status.offer_undo)
        commands.undone.connect(self.status.withdraw_undo)
        self._figures_timer.timeout.connect(self.announced.show_figures)

        # Whoever has a sentence for the status line.
        parts = (
            *(commands, files, secrets, self.forward_commands, self.list_commands, self.columns_menu),
            *(self.first_start, self.detail.action_bar, self.detail.notes, self.runner),
        )
        for part in parts:
            part.message_posted.connect(self.status.notify)

        # Actions.
        stage = self.stage
        actions.use_bare_keys_in(self.list, self.detail, stage.bar, stage.survey, stage.respondent)
        actions["next"].triggered.connect(self.list.choose_next)
        actions["previous"].triggered.connect(self.list.choose_previous)
        actions["follow"].triggered.connect(self.list.toggle_following)
        actions["columns"].triggered.connect(self.columns_menu.open)
        actions["zoom-in"].triggered.connect(self.strip_feed.zoom_in)
        actions["zoom-out"].triggered.connect(self.strip_feed.zoom_out)
        actions["filter"].triggered.connect(self.filter_row.focus_field)
        self.filter_row.field.left_downwards.connect(self._go_to_list)
        actions["find-survey"].triggered.connect(self.surveys.focus_field)
        actions["surveys"].triggered.connect(self.surveys.toggle)
        self.surveys.join(actions["only-partial"])
        actions["replay"].triggered.connect(self._replay_selected)
        actions["sample"].triggered.connect(commands.send_sample)
        actions["listen"].triggered.connect(commands.listen)
        actions["stop-listening"].triggered.connect(commands.stop_listening)
        actions["copy-local"].triggered.connect(commands.copy_local)
        actions["copy-public"].triggered.connect(commands.copy_public)
        actions["connect"].triggered.connect(self.first_start.ask)
        actions["set-address"].triggered.connect(commands.set_address)
        actions["forget-address"].triggered.connect(commands.forget_address)
        actions["forward-to"].triggered.connect(self.forward_commands.add)
        actions["add-secret"].triggered.connect(secrets.add)
        actions["copy-secret"].triggered.connect(secrets.copy_generated)
        actions["import-secret"].triggered.connect(secrets.import_file)
        actions["try-secret"].triggered.connect(secrets.try_one)
        actions["check-receiver"].triggered.connect(commands.check_receiver)
        actions["check-again"].triggered.connect(secrets.check_again)
        actions["diagnose-all"].triggered.connect(secrets.diagnose_all)
        actions["copy-verifier"].triggered.connect(self.detail.action_bar.copy_verifier)
        actions["clear"].triggered.connect(commands.clear)
        actions["undo"].triggered.connect(commands.undo)
        actions["delete-for-good"].triggered.connect(commands.delete_for_good)
        actions["maintenance"].triggered.connect(commands.maintain)
        actions["export"].triggered.connect(files.export_listed)
        actions["import"].triggered.connect(files.import_file)
        actions["about"].triggered.connect(commands.about)
        actions["quit"].triggered.connect(self.replay_commands.ask_to_quit)
        self.replay_commands.quit_allowed.connect(self.quit_requested)

    def _show_all(self) -> None:
        self.announced.show_all()
        self.memory.restore()
        self.listing.reload()
        self.strip_feed.start()
        self._figures_timer.start()
        self.list.setFocus()

    # ---- what its user does

    @Slot(object)
    def _show_scope(self, scope: object) -> None:
        self.list.follow(True)
        self.listing.show_scope(scope)  # type: ignore[arg-type]

    @Slot()
    def _go_to_list(self) -> None:
        self.listing.chosen()  # not only once typing pauses
        self.list.setFocus()

    @Slot()
    def _replay_selected(self) -> None:
        if ids := self.list.selected_ids():
            self.commands.replay(ids)

    def fit(self) -> None:
        """Make room for what there is room for."""
        self.frame.fit(self.width())

    def end(self) -> None:
        """Disappear and look at the session no more; called once, before that is closed.

        Whatever reads does so when a timer asks for it: relays, figures, the tree, the tabs.
        """
        self.memory.save()
        self.listing.stop()
        self.strip_feed.stop()
        self.replay_commands.end()
        self.hide()
        for timer in self.findChildren(QTimer):
            timer.stop()
            timer.blockSignals(True)

    # ---- Qt's side

    def closeEvent(self, event: QCloseEvent) -> None:
        """The program ends in order (see app.py), and the window with it."""
        event.ignore()
        self.replay_commands.ask_to_quit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame.fit(self.width())

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        return self._tab_order.step(next)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()
