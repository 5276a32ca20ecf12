"""Captures in windows of their own, opened by a double-click on a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication

from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.detail.pane import VIEWS, DetailPane
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.window import Window, bring_to_front
from inspector.gui.kit.dialog import STAYS_OPEN, BaseDialog
from inspector.gui.kit.focus_ring import FocusRing
from inspector.gui.kit.layout import column, grow, resize_within
from inspector.gui.kit.tab_order import TabOrder
from inspector.session.requests import SNIPPET_LABELS

_WIDTH, _HEIGHT = 560, 760
_ACTIONS = frozenset(
    (
        *("replay", "response", "edit-replay", "compare", "pin", "note"),
        *("find-body", "copy-body", "save-report", "add-secret", "try-secret", "re-verify"),
        *("apply-cure", "show-same-cause", "copy-sender-message", "copy-verifier"),
        *(f"copy-as-{client}" for client in SNIPPET_LABELS),
        *(f"tab-{number}" for number in range(1, len(VIEWS) + 1)),
    )
)
"""The actions of the main window that this window has, too."""


class CaptureWindow(BaseDialog):
    """One capture in its own window. Esc closes it, and the mask covers it, too."""

    def __init__(self, window: Window, capture_id: int) -> None:
        super().__init__(f"Capture {capture_id:,}", window.widget)
        theme = window.theme
        self.capture_id = capture_id
        self.setWindowFlags(Qt.WindowType.Window)
        self.setProperty(STAYS_OPEN, True)
        self.actions_table = Actions(theme, self, only=_ACTIONS)
        self.pane = pane = DetailPane(
            window.session, theme, self.actions_table, self, mask=window.screen_mask
        )
        pane.header.close_button.hide()  # its title bar has one
        column(theme, grow(pane), on=self)
        self.actions_table.use_bare_keys_in(pane)
        self._tab_order = TabOrder(self, (pane.header, pane.strip, pane, pane.action_bar))
        FocusRing(theme, self)
        pane.close_requested.connect(self.reject)
        pane.focus_released.connect(pane.strip.setFocus)
        self.finished.connect(self._end)
        resize_within(self, theme, theme.px(_WIDTH), theme.px(_HEIGHT))

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        return self._tab_order.step(next)

    @Slot()
    def _end(self) -> None:
        """Save the note, and stop reading."""
        self.pane.show_capture(None)


class CaptureWindows(QObject):
    """Opens one window per capture, by its action or by a double-click in the list."""

    def __init__(
        self, window: Window, captures: CaptureList, connect_pane: Callable[[DetailPane], None]
    ) -> None:
        """`connect_pane` connects a pane to the features that it leads to."""
        super().__init__(window.widget)
        self._window = window
        self._captures = captures
        self._connect_pane = connect_pane
        self._pressed: tuple[float, QPoint, int] | None = None
        """The time, place and capture of the last press on a row."""
        self._is_second = False
        window.action("open-window").triggered.connect(self._open_selected)

    @property
    def panes(self) -> list[DetailPane]:
        """The panes of the open windows."""
        return [one.pane for one in self._window.widget.findChildren(CaptureWindow)]

    def watch(self, handle: QWindow) -> None:
        """Open the double-clicked captures of this window."""
        handle.installEventFilter(self)

    def open(self, capture_id: int) -> CaptureWindow:
        """Show a capture in its own window, or bring that to the front."""
        for one in self._window.widget.findChildren(CaptureWindow):
            if one.capture_id == capture_id and one.isVisible():
                bring_to_front(one)
                return one
        opened = CaptureWindow(self._window, capture_id)
        self._connect_pane(opened.pane)
        opened.actions_table["replay"].triggered.connect(partial(self._replay, opened.pane))
        for name, command in (
            ("compare", opened.pane.compare_requested.emit),
            ("pin", self._captures.commands.pin_these),
        ):
            opened.actions_table[name].triggered.connect(partial(_call, command, (capture_id,)))
        for leading in (opened.pane.scope_requested, opened.pane.filter_requested):
            leading.connect(self._show_main)
        for name in ("response", "add-secret", "try-secret", "re-verify"):
            opened.actions_table[name].triggered.connect(self._window.action(name).trigger)
        opened.pane.show_capture(capture_id)
        opened.show()
        opened.pane.strip.setFocus()
        return opened

    @Slot()
    def _show_main(self) -> None:
        bring_to_front(self._window.widget)

    def _replay(self, pane: DetailPane, _: bool = False) -> None:
        if pane.shown is not None:
            pane.replay_requested.emit((pane.shown.exact.row.id,))

    @Slot()
    def _open_selected(self) -> None:
        if (capture_id := self._captures.view.shown) is not None:
            self.open(capture_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow presses before the widgets get them: the first click of two can open the detail below the
        pointer, and the second one must not press anything there."""
        kind = event.type()
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonRelease:
            was_second, self._is_second = self._is_second, False
            return was_second
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return False
        place = event.globalPosition().toPoint()
        if self._is_second_press(place):
            self._is_second = True
            if kind == QEvent.Type.MouseButtonDblClick and self._pressed is not None:
                capture_id, self._pressed = self._pressed[2], None
                self.open(capture_id)
            return True
        self._pressed = None
        view = self._captures.view
        inside = view.viewport().mapFromGlobal(place)
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and view.isVisible():
            under = QApplication.widgetAt(place) if view.viewport().rect().contains(inside) else None
            row = view.indexAt(inside).row() if under is None or under is view.viewport() else -1
            if row >= 0:
                self._pressed = time.monotonic(), place, self._captures.model.id_at(row)
        return False

    def _is_second_press(self, place: QPoint) -> bool:
        if self._pressed is None:
            return False
        at, first, _ = self._pressed
        is_near = (place - first).manhattanLength() <= QApplication.startDragDistance()
        return is_near and time.monotonic() - at <= QApplication.doubleClickInterval() / 1000


def _call(command: Callable[[tuple[int, ...]], object], ids: tuple[int, ...], _: bool = False) -> None:
    command(ids)
