"""The state of the session in bars and pages: its secrets, problems, retention, and shared inbox."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.inbox.inbox_commands import InboxCommands
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.shell.banner import Banner, InboxBanner
from inspector.gui.shell.connection_bar import ConnectionBar
from inspector.gui.shell.status_bar import StatusBar
from inspector.gui.shell.work_status import InboxProgress
from inspector.session.evaluator import STOPPED


class SessionState(QObject):
    """Shows the state, and follows its changes."""

    def __init__(
        self, window: Window, bar: ConnectionBar, banner: Banner, first_start: FirstStart, status: StatusBar
    ) -> None:
        super().__init__(window.widget)
        self._session = session = window.session
        self._bar = bar
        self._banner = banner
        self._first_start = first_start
        self._status = status
        for moment, show in (
            (session.ingest.storage_limit.problem_changed, self._show_problem),
            (session.ingest.evaluator.problem_changed, self._show_problem),
            (session.secrets.changed, self._show_secrets),
            (session.preferences.changed, self._show_retention),
        ):
            SignalBatcher(moment, self).passed.connect(show)

    def show(self) -> None:
        """Show the current state."""
        self._show_secrets()
        self._show_retention()

    @Slot()
    def _show_secrets(self) -> None:
        secrets = self._session.secrets
        problem, is_generated = secrets.keyring_problem, bool(secrets.generated)
        self._show_problem()
        self._bar.show_secrets(secrets.names(), problem)
        self._first_start.show_secrets(bool(secrets.active), problem, is_generated=is_generated)

    @Slot()
    def _show_problem(self) -> None:
        """Show why captures currently cannot be stored or are not trusted."""
        ingest = self._session.ingest
        self._banner.show_problem(ingest.storage_limit.problem or self._session.secrets.missing)
        self._status.show_evaluation(STOPPED if ingest.evaluator.has_stopped else "")

    @Slot()
    def _show_retention(self) -> None:
        self._status.show_retention(self._session.maintenance.limits)


class InboxDisplay(QObject):
    """The commands of the shared inbox, and the parts that show it: a cell, a banner and a progress."""

    def __init__(self, window: Window, bar: ConnectionBar, status: StatusBar) -> None:
        super().__init__(window.widget)
        self.commands = InboxCommands(window)
        self.banner = InboxBanner(window.theme, window.widget)
        self.progress = InboxProgress(window.theme, status)
        status.add_work(self.progress)
        for show in (bar.show_inbox, self.banner.show_view, self.progress.show_view):
            self.commands.changed.connect(show)
        self.banner.accepted.connect(self.commands.solve)
        self.commands.show()
