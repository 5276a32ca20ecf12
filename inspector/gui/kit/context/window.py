"""The window as features see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QSystemTrayIcon, QWidget

from inspector.domain.query.scope import Scope
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

D = TypeVar("D", bound=QDialog)
NO_TRAY = "This desktop has no tray, so a closed window could not be opened again."
"""Why the window cannot hide in the tray."""


class Window(Protocol):
    """The interface that a feature may use of the window around it; the main window implements it.

    A feature uses nothing else, so it can be built, tested and removed without the others.
    """

    @property
    def session(self) -> Session:
        """The session that the window shows."""

    @property
    def theme(self) -> Theme:
        """Colours, fonts and sizes."""

    @property
    def runner(self) -> Runner:
        """Starts coroutines, and posts the errors of failed ones."""

    @property
    def screen_mask(self) -> Mask:
        """The mask that filters what is drawn while the screen is shared."""

    @property
    def widget(self) -> QWidget:
        """The parent of menus and of objects that live as long as the window."""

    def action(self, name: str) -> QAction:
        """Return the action of this name in the table of commands."""

    def notify(self, message: str) -> None:
        """Show a message in the status bar."""

    def open_dialog(self, make: Callable[[QWidget], D], *, is_modal: bool = True) -> D | None:
        """Open the dialog that `make` returns for its parent, in place of the open one.

        Return None if the open one stays, because it asks about unsaved input.
        """

    def select_capture(self, capture_id: int) -> None:
        """Select a capture in the list once it is there. Leave a filter or scope that excludes it."""

    def show_scope(self, scope: Scope) -> None:
        """Select a scope in the tree, and list its captures."""


def bring_to_front(window: QWidget) -> None:
    """Show a window above all others, even if it was minimised."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def has_tray() -> bool:
    """Return whether this desktop shows icons in a tray, from which a hidden window can be shown again."""
    return QSystemTrayIcon.isSystemTrayAvailable()
