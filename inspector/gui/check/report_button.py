"""The button that saves the report of a check: as text, as JSON lines, or as JUnit XML."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from inspector.base.files import write_new
from inspector.base.visible import visible
from inspector.domain.receiver.comparison import VersusReport
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import ask_where
from inspector.gui.kit.menus import open_above
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import CheckReport
from inspector.session.records.receiver import junit_text, report_json, report_text
from inspector.session.session import Session


class _Format(NamedTuple):
    label: str
    kinds: str
    ending: str


_FORMATS = {
    "text": _Format("Text…", "Text (*.txt)", "txt"),
    "json": _Format("JSON…", "JSON lines (*.ndjson)", "ndjson"),
    "junit": _Format("JUnit…", "JUnit XML (*.xml)", "xml"),
}


class ReportButton(Button):
    """A button with a menu of formats, disabled while there is no report."""

    message_posted = Signal(str)

    def __init__(self, session: Session, theme: Theme, runner: Runner) -> None:
        super().__init__(theme, "Save report", icon="save", has_menu=True)
        self._session = session
        self._runner = runner
        self._report: CheckReport | VersusReport | None = None
        self.menu_of_formats = QMenu(self)
        for name, form in _FORMATS.items():
            self.menu_of_formats.addAction(form.label).setData(name)
        self.menu_of_formats.addSeparator()
        self.copy_action = self.menu_of_formats.addAction("Copy as text")
        self.menu_of_formats.triggered.connect(self._act)
        self.clicked.connect(self._open)
        self.show_report(None)

    def show_report(self, report: CheckReport | VersusReport | None) -> None:
        """Save this report from now on. A comparison cannot be saved for CI."""
        self._report = report
        for action in self.menu_of_formats.actions():
            if action.data() == "junit":
                action.setVisible(not isinstance(report, VersusReport))
        self.setEnabled(report is not None)

    @Slot()
    def _open(self) -> None:
        open_above(self.menu_of_formats, self)

    @Slot(QAction)
    def _act(self, action: QAction) -> None:
        if self._report is None:
            return
        if action is self.copy_action:
            QGuiApplication.clipboard().setText(report_text(self._report))
            self.message_posted.emit("Copied the report.")
            return
        form = _FORMATS[action.data()]
        name = f"receiver-check.{form.ending}"
        ask_where(self.window(), "Save report", kinds=form.kinds, name=name, then=self.write)

    @Slot(str)
    def write(self, file: str) -> None:
        """Write the report in the format of the file's ending, by default as text."""
        if self._report is not None:
            work = self._written(self._report, Path(file))
            self._runner.run(work, "save a report", self.message_posted.emit)

    async def _written(self, report: CheckReport | VersusReport, file: Path) -> None:
        """Write the report, readable only by the user. The file dialog has asked before replacing a file."""
        endings = {f".{form.ending}": name for name, form in _FORMATS.items()}
        # Reports may have bodies of a megabyte, so the worker writes them.
        form = endings.get(file.suffix.lower(), "text")
        if form == "junit" and isinstance(report, CheckReport):
            text = await self._session.worker.run(junit_text, report)
        else:
            writer = report_json if form == "json" else report_text
            text = await self._session.worker.run(writer, report)
        await asyncio.to_thread(write_new, file, text, replaces=True)
        self.message_posted.emit(f"Saved the report as {visible(file.name)}.")
