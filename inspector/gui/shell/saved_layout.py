"""The layout of the window, saved at the end and restored at the next start."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject

from inspector.domain.json.json_path import PathError, path_steps
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.context.window import Window
from inspector.gui.palette.palette_commands import PaletteCommands
from inspector.gui.replay.panel import ResponseFold
from inspector.gui.shell.frame import Frame
from inspector.session.captures import Order
from inspector.settings.window_state import WindowState, load_window_state, save_window_state


class SavedLayout(QObject):
    """Restores once, when the window is built; saves once, when it ends."""

    def __init__(
        self,
        window: Window,
        frame: Frame,
        captures: CaptureList,
        detail: DetailPane,
        palette: PaletteCommands,
        response: ResponseFold,
    ) -> None:
        super().__init__(window.widget)
        self._window = window
        self._frame = frame
        self._captures = captures
        self._detail = detail
        self._palette = palette
        self._response = response
        self._database = str(window.session.database)

    def restore(self) -> None:
        """Restore the layout. The filter and selection are restored only for the same file."""
        state, captures = load_window_state(), self._captures
        if state.geometry:
            self._window.widget.restoreGeometry(_bytes(state.geometry))
        self._frame.fit()  # once for this width: later it does not change the widths
        self._frame.restore_widths(state.tree, state.detail)
        if 0 <= state.tab < self._detail.strip.count():
            self._detail.strip.setCurrentIndex(state.tab)
        self._detail.verifier.select(state.verifier)
        self._response.restore(state.is_response_open, state.response)
        self._window.action("mask").setChecked(state.is_masked)  # before anything is drawn
        self._palette.use_recent(state.recent)
        captures.columns_menu.use_paths(list(filter(_is_path, state.paths)))
        if state.columns is not None:
            captures.view.columns.arrange(state.columns)
        if state.order is not None and (order := _order(*state.order)) is not None:
            captures.listing.put_in(order)
        self._window.action("threads").setChecked(state.is_threaded)
        captures.suggestions.recent.restore(state.recent_filters)
        if state.database == self._database:
            if state.filter:
                captures.filter_row.field.setText(state.filter)
                captures.listing.current_query()  # immediately, not after a pause in typing
            if state.selected is not None:
                captures.selector.select_when_listed(state.selected, yields=True)

    def save(self) -> None:
        """Save the layout."""
        captures, columns = self._captures, self._captures.view.columns
        order = columns.order
        save_window_state(
            WindowState(
                geometry=_text(self._window.widget.saveGeometry()),
                tree=self._frame.tree_width,
                detail=self._frame.detail_width,
                is_response_open=self._response.is_open,
                response=self._response.height,
                columns=columns.remembered(),
                paths=captures.model.paths,
                is_threaded=captures.listing.is_threaded,
                recent=self._palette.recent,
                is_masked=self._window.screen_mask.is_on,
                order=None if order == Order() else (order.by, order.is_descending),
                database=self._database,
                filter=captures.filter_row.field.text(),
                recent_filters=captures.suggestions.recent.all(),
                selected=captures.view.shown,
                tab=self._detail.strip.currentIndex(),
                verifier=self._detail.verifier.selected.key,
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
