"""The commands that add captures: a drop, a paste, a chosen file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from inspector.base.quantity import counted
from inspector.gui.add_captures.add_dialog import AddDialog
from inspector.gui.add_captures.card import AddItem
from inspector.gui.add_captures.drop_area import DropArea, files, items_of
from inspector.gui.captures.file_commands import FileCommands
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ask_which
from inspector.session.file.import_export import ImportProgress
from inspector.session.file.preview import AddPreview, AddSource

MOST_ITEMS = 50
_KINDS = ("Captures (*.ndjson *.http *.har *.json *.txt *.sh)",)


class AddCommands(QObject):
    """Opens the dialog *Add captures*, and adds what the user confirmed."""

    added = Signal(str)
    """A sentence about captures that were added, which can be undone."""

    def __init__(self, window: Window, file_commands: FileCommands) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = window.session
        self._files = file_commands
        self.drop_area = DropArea(window.theme, window.widget)
        self.drop_area.dropped.connect(self.show_items, Qt.ConnectionType.QueuedConnection)
        window.action("paste").triggered.connect(self.paste)
        window.action("import").triggered.connect(self.choose_file)

    @Slot()
    def paste(self) -> None:
        """Show what the clipboard would become."""
        data = QGuiApplication.clipboard().mimeData()
        items = [] if data is None else items_of(data, is_pasted=True)
        if items:
            self.show_items(items)
        else:
            self._window.notify("The clipboard has no text and no files.")

    @Slot()
    def choose_file(self) -> None:
        """Ask for a file with captures."""
        ask_which(self._window.widget, "Add captures", kinds=_KINDS, then=self.read_file)

    @Slot(str)
    def read_file(self, file: str) -> None:
        """Show what a file would become."""
        self.show_items([AddItem(source=AddSource(path=Path(file), may_wait=False), origin="file")])

    @Slot(object)
    def show_items(self, items: Sequence[AddItem]) -> None:
        """Show what these items would become."""
        if items:
            self._window.runner.run(self._show(items), "show dropped captures")

    async def _show(self, items: Sequence[AddItem]) -> None:
        found = await asyncio.to_thread(_without_folders, items)
        self._open(found[:MOST_ITEMS], max(len(found) - MOST_ITEMS, 0))

    def _open(self, items: Sequence[AddItem], left_out: int) -> None:
        window = self._window
        make = partial(AddDialog, self._session, window.theme, window.screen_mask, items, left_out)
        dialog = window.open_dialog(make)
        if dialog is not None:
            dialog.confirmed.connect(self._add)
            dialog.start()

    @Slot(object)
    def _add(self, previews: Sequence[AddPreview]) -> None:
        self._files.run(self._adding(previews), "add captures")

    async def _adding(self, previews: Sequence[AddPreview]) -> None:
        total = sum(preview.count for preview in previews)
        done = last = 0

        def notify(progress: ImportProgress) -> None:
            nonlocal done, last
            done += progress.imported - last
            last = 0 if progress.is_done else progress.imported
            self._files.working.emit(f"Adding {done:,} of {max(total, done):,}…", done / max(total, done, 1))

        progressed = self._session.import_export.progressed
        progressed.connect(notify)
        try:
            addition = await self._session.additions.add(previews)
        finally:
            progressed.disconnect(notify)
        if addition.ids:
            self.added.emit(f"Added {counted(len(addition.ids), 'capture')}.")
        else:
            self._window.notify("Added 0 captures. All of them are in this file already.")


def _without_folders(items: Sequence[AddItem]) -> list[AddItem]:
    """Return the items with the files in a folder instead of the folder itself. Blocks."""
    found: list[AddItem] = []
    for item in items:
        path = item.source.path
        if path is None or not path.is_dir():
            found.append(item)
            continue
        try:
            inside = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
        except OSError:  # its card shows the reason
            found.append(item)
            continue
        found += files(inside, is_pasted=item.origin == "pasted file") or [item]
    return found
