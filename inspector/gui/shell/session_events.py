"""What the window shows of each announcement of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from inspector.domain.query.scope import PINNED
from inspector.session.diagnoses import DiagnosisProgress
from inspector.session.session import Session

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow


class SessionEvents(QObject):
    """The slots that the main window connects to the session; each brings its parts in line."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._pinned = 0

    def show_all(self) -> None:
        """Everything that announcements tell of, as it is now."""
        self.show_listening(self._session.ingest.url)
        if self._session.ingest.url is None:  # the program begins to listen once the window is drawn
            self.show_starting()
        self.show_address(self._session.address.text)
        self.show_secrets()
        self.show_forwards()
        self.show_trouble()
        self.show_figures()
        self._look_at_pins()
        self._window.runner.run(self._count_unexamined(), "count what was not examined")

    @Slot(object)
    def captured(self, ids: tuple[int, ...]) -> None:
        """Captures that were just committed."""
        self._window.status.count_arrivals(len(ids))
        self._window.frame.show_captures(not self._window.first_start.is_asked)
        self._window.listing.take(ids)

    @Slot(object)
    def judged(self, ids: tuple[int, ...]) -> None:
        """Rows that look different now."""
        self._window.listing.take_judged(ids)
        self._window.model.refresh(ids)
        self._window.detail.refresh(ids)
        self._look_at_pins()

    def _look_at_pins(self) -> None:
        pinned = self._session.captures.figures().pinned
        if pinned != self._pinned:
            self._pinned = pinned
            self._window.survey_model.refresh()
            if self._window.listing.scope == PINNED:
                self._window.listing.reload()

    async def _count_unexamined(self) -> None:
        self._window.diagnosing.show_left(await self._session.diagnoses.count_left(), False)

    @Slot(object)
    def diagnosed(self, progress: DiagnosisProgress) -> None:
        """How many invalid signatures are still to be examined."""
        self._window.diagnosing.show_left(progress.left, progress.is_all)
        self.show_figures()

    @Slot()
    def reload(self) -> None:
        """Much has changed: read the list and the tree anew."""
        self._window.listing.reload()
        self._window.survey_model.refresh()

    @Slot()
    def grouped(self) -> None:
        """Groups and figures have moved."""
        self._window.survey_model.refresh()
        self._window.listing.take_grouped()
        self._window.model.refresh_nameless()
        self.show_figures()

    @Slot(object)
    def show_listening(self, url: str | None) -> None:
        """Where it listens; null where it does not."""
        self._window.bar.show_listening(url)
        self._window.first_start.show_listening(url)
        self._window.actions_table["listen"].setVisible(url is None)
        self._window.actions_table["stop-listening"].setVisible(url is not None)
        self._window.actions_table["copy-local"].setEnabled(url is not None)
        self._window.actions_table["sample"].setEnabled(url is not None)

    @Slot()
    def show_starting(self) -> None:
        """Show nothing of the listener: it is not known yet whether it can listen."""
        self._window.bar.show_starting()
        self._window.first_start.show_starting()

    @Slot()
    def show_listening_result(self) -> None:
        """Whether it listens, after an attempt to start that may have failed."""
        self.show_listening(self._session.ingest.url)

    @Slot(object)
    def show_address(self, address: str | None) -> None:
        """The public address; null where there is none."""
        self._window.bar.show_address(address)
        self._window.first_start.show_address(address)
        for name in ("copy-public", "forget-address"):
            self._window.actions_table[name].setEnabled(address is not None)

    @Slot()
    def show_secrets(self) -> None:
        """The secrets there are."""
        secrets = self._session.secrets
        self.show_trouble()
        self._window.bar.show_secrets(secrets.names(), secrets.keyring_problem)
        generated = bool(secrets.generated)
        self._window.first_start.show_secrets(
            bool(secrets.active), secrets.keyring_problem, is_generated=generated
        )
        self._window.actions_table["copy-secret"].setEnabled(generated)
        self._window.actions_table["check-receiver"].setEnabled(bool(secrets.active))

    @Slot()
    def show_trouble(self) -> None:
        """Why captures cannot be stored now, or are not trusted."""
        sentence = self._session.ingest.current_trouble or self._session.secrets.missing
        self._window.banner.show_trouble(sentence)

    @Slot()
    def show_forwards(self) -> None:
        """The forwards there are, and how they fare."""
        rows = tuple(map(self._window.screen_mask.forward, self._session.forwards.rows()))
        self._window.bar.forwarding.show_rows(rows)
        self._window.forward_commands.follow(rows)

    @Slot()
    def allow_listed(self) -> None:
        """Enable what can be done with everything shown; a filter that a summary hides clears and exports
        nothing unseen. A replay from a summary ignores the filter: its plan shows the count first."""
        window = self._window
        has_rows, is_summary = window.model.rowCount() > 0, window.stage.is_summary
        for name in ("clear", "export"):
            window.actions_table[name].setEnabled(has_rows and not (is_summary and window.listing.text))
        can_replay = window.stage.has_captures if is_summary else has_rows
        window.actions_table["replay-listed"].setEnabled(can_replay)

    @Slot()
    def show_figures(self) -> None:
        """How many captures there are, and how many are listed."""
        figures = self._session.captures.figures()
        listed = self._window.model.rowCount()
        total = max(figures.total, listed)
        self._window.status.show_figures(figures, self._session.groups.behind)
        unexamined = self._window.diagnosing.left if "finding:" in self._window.listing.text else 0
        self._window.filter_row.show_count(
            total if self._window.listing.is_everything else listed, total, unexamined
        )
        self._window.first_start.show_figures(figures)
        self._window.frame.show_captures(total > 0 and not self._window.first_start.is_asked)
