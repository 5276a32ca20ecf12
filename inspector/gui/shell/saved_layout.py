"""Gives a window back what it looked like when it was closed, and remembers it at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QSplitter

from inspector.domain.json.json_path import PathError, path_steps
from inspector.session.captures import Order
from inspector.session.session import Session
from inspector.settings.window_state import WindowState, load_window_state, save_window_state

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow


class SavedLayout(QObject):
    """Restores once, when the window is built; saves once, when it ends."""

    def __init__(self, window: MainWindow, session: Session, splitters: Sequence[QSplitter]) -> None:
        super().__init__(window)
        self._window = window
        self._database = str(session.database)
        self._splitters = tuple(splitters)

    def restore(self) -> None:
        """What was remembered; filter and selection only where they belong to the same file."""
        state, window = load_window_state(), self._window
        if state.geometry:
            window.restoreGeometry(_bytes(state.geometry))
        window.fit()  # once for this width: later it leaves the splitters alone
        for splitter, saved in zip(self._splitters, state.splitters, strict=False):
            splitter.restoreState(_bytes(saved))
        if 0 <= state.tab < window.detail.strip.count():
            window.detail.show_tab(state.tab)
        window.actions_table["mask"].setChecked(state.is_masked)  # before anything is drawn
        window.columns_menu.use_paths(list(filter(_is_path, state.paths)))
        if state.columns is not None:
            window.list.columns.arrange(state.columns)
        if state.order is not None and (order := _order(*state.order)) is not None:
            window.listing.put_in(order)
        if state.database == self._database:
            if state.filter:
                window.filter_row.field.setText(state.filter)
                window.listing.chosen()  # at once, not once typing pauses
            if state.selected is not None:
                window.wanted.want(state.selected, yields=True)

    def save(self) -> None:
        """Remember it."""
        window = self._window
        order = window.list.columns.order
        save_window_state(
            WindowState(
                geometry=_text(window.saveGeometry()),
                splitters=tuple(_text(splitter.saveState()) for splitter in self._splitters),
                columns=window.list.columns.remembered(),
                paths=window.model.paths,
                is_masked=window.screen_mask.is_on,
                order=None if order == Order() else (order.by, order.is_descending),
                database=self._database,
                filter=window.filter_row.field.text(),
                selected=window.list.shown,
                tab=window.detail.strip.currentIndex(),
            )
        )


def _order(by: str, is_descending: bool) -> Order | None:
    if by.startswith("$"):
        return Order(by=by, is_descending=is_descending, steps=path_steps(by)) if _is_path(by) else None
    return Order(by=by, is_descending=is_descending) if by in ORDERS else None


ORDERS = ("time", "size", "verdict", "survey", "status")


def _is_path(text: str) -> bool:
    try:
        path_steps(text)
    except PathError:
        return False
    return True


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("utf-8", "replace")))
