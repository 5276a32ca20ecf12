"""Exports, reports and tables: the files that the window writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.files import NewFile, write_new
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.report import report
from inspector.domain.query.scope import Scope
from inspector.domain.statistics.answer_table import CSV_BOM
from inspector.gui.captures.listing import Listing
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ask_where
from inspector.session.summaries import AnswersPart


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTable:
    """A CSV table to save. It is read in parts while it is written."""

    parts: Callable[[], AsyncGenerator[AnswersPart, None]]
    captures: int = 0
    """The approximate number of captures to read; 0 if that is fast."""
    is_masked: bool = False


_NATIVE = "Captures, one per line (*.ndjson)"


class FileCommands(QObject):
    """Commands that write a file, one at a time. Results are posted to the window."""

    working = Signal(str, object)
    """A sentence about the current work, and its progress from 0 to 1, or None if unknown."""
    ended = Signal()
    """Emitted when the current work ends."""

    def __init__(self, window: Window, listing: Listing) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = window.session
        self._listing = listing
        self._task: asyncio.Task[Any] | None = None
        self._is_stopping = False

    # ---- reports

    @Slot(object)
    def save_report(self, capture_id: int) -> None:
        """Ask where to save a masked report of one capture for support."""
        ask_where(
            self._window.widget,
            "Save report",
            kinds="Markdown (*.md)",
            name=f"webhook-{capture_id}.md",
            then=partial(self.write_report, capture_id),
        )

    def write_report(self, capture_id: int, file: str) -> None:
        """Write the masked report of a capture to a file that only the user can read."""
        self._window.runner.run(self._write_report(capture_id, Path(file)), "save a report")

    async def _write_report(self, capture_id: int, file: Path) -> None:
        detail = await self._session.captures.detail(capture_id)
        explanation = await self._session.diagnoses.explain(capture_id)
        text = await self._session.worker.run(report, detail, explanation)
        await asyncio.to_thread(write_new, file, text, replaces=True)
        self._window.notify(f"Saved a masked report of capture {capture_id} as {visible(file.name)}.")

    # ---- tables

    @Slot(object, object)
    def write_table(self, file: Path, table: SavedTable) -> None:
        """Write a CSV table that only the user can read. An existing file is replaced."""
        self.run(self._write_table(file, table), "save a table")

    async def _write_table(self, file: Path, table: SavedTable) -> None:
        captures = unread = crowded = 0
        with NewFile(file, replaces=True) as target:
            if self._session.preferences.has_csv_bom:
                target.write(CSV_BOM)
            async with aclosing(table.parts()) as parts:
                async for part in parts:
                    await asyncio.to_thread(target.write, part.text)
                    captures += part.captures
                    unread += part.unread
                    crowded += part.crowded
                    if table.captures:
                        read = f"Saving answers from {captures:,} of {table.captures:,} captures…"
                        self.working.emit(read, min(1, captures / table.captures))
        left_out = []
        if unread:
            left_out.append(f"{counted(unread, 'capture')} over 64 KiB")
        if crowded:
            left_out.append(f"{counted(crowded, 'respondent')} with over 500 captures")
        message = f"Saved {visible(file.name)}{', masked' if table.is_masked else ''}."
        self._window.notify(f"{message} Not included: {', '.join(left_out)}." if left_out else message)

    # ---- export

    @Slot()
    def export_listed(self) -> None:
        """Ask where to export all listed captures."""
        if self._listing.current_query() is None:
            self._window.notify("The filter has an error. Fix it, then export again.")
            return
        title = "Export captures, not masked"
        ask_where(self._window.widget, title, kinds=_NATIVE, name="captures.ndjson", then=self.write_export)

    def export_some(self, ids: Sequence[int]) -> None:
        """Ask where to export these captures, oldest first."""
        title = f"Export {counted(len(ids), 'capture')}, not masked"
        name = f"capture-{ids[0]}.ndjson" if len(ids) == 1 else "captures.ndjson"
        then = partial(self.write_some, tuple(sorted(ids)))
        ask_where(self._window.widget, title, kinds=_NATIVE, name=name, then=then)

    def write_some(self, ids: Sequence[int], file: str) -> None:
        """Export these captures to a file that only the user can read."""
        self.run(self._export(ids, Path(file)), "export captures")

    @Slot(str)
    def write_export(self, file: str) -> None:
        """Export the listed captures, oldest first, to a file that only the user can read."""
        if (query := self._listing.current_query()) is not None:
            self.run(self._export_listed(*query, Path(file)), "export captures")

    async def _export_listed(self, scope: Scope, text: str, file: Path) -> None:
        await self._export(await self._session.captures.chosen(scope, text), file)

    async def _export(self, ids: Sequence[int], file: Path) -> None:
        count = 0
        with NewFile(file, replaces=True) as target:
            async for part in self._session.import_export.exported(ids):
                await asyncio.to_thread(target.write, "".join(f"{line}\n" for line in part.lines))
                count += part.captures
                self.working.emit(f"Exporting {count:,} of {len(ids):,}…", count / max(1, len(ids)))
        self._window.notify(f"Exported {counted(count, 'capture')} to {visible(file.name)}, not masked.")

    # ---- running and stopping

    @Slot()
    def stop(self) -> None:
        """Cancel the current work. Captures that are already imported stay."""
        if self._task is not None:
            self._is_stopping = True
            self._task.cancel()

    def run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run file work, unless other file work is running, which is posted."""
        if self._task is not None:
            work.close()
            self._window.notify("Another file operation is running. Wait for it to finish or stop it.")
            return
        self._window.runner.run(self._alone(work), name)

    async def _alone(self, work: Coroutine[Any, Any, None]) -> None:
        self._task, self._is_stopping = asyncio.current_task(), False
        try:
            await work
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise  # the program is ending
            self._window.notify("Stopped.")
        finally:
            self._task = None
            self.ended.emit()
