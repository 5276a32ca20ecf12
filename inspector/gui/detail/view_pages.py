"""The pages of the tabs in the pane, each built when it is needed for the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext, ViewKind

View = TypeVar("View", bound=DetailView)


class ViewPages(QStackedWidget):
    """One page per tab. A page is built when its tab shows a capture, because all of them take 40 ms.

    A page that is built late shows the same capture as the others.
    """

    built = Signal(object)
    """A DetailView that has just been built and shows nothing yet."""

    def __init__(self, context: ViewContext, kinds: Sequence[ViewKind]) -> None:
        """`kinds`: the classes of the views, in the order of their tabs."""
        super().__init__()
        self._context = context
        self._kinds = kinds
        self._tab = 0
        self._views: dict[Callable[[ViewContext], DetailView], DetailView] = {}
        self.shown: ShownCapture | None = None
        """The capture in the pane, once it has been read."""

    def view(self, kind: Callable[[ViewContext], View]) -> View:
        """Return the view of this class. Build it if necessary."""
        if kind not in self._views:
            self._views[kind] = view = kind(self._context)
            self.addWidget(view.as_widget)
            self.built.emit(view)
            if self.shown is not None:
                view.show_capture(replace(self.shown, is_new=True))
            if kind is self._kinds[self._tab]:
                self._turn()
        return cast("View", self._views[kind])

    def existing(self, kind: Callable[[ViewContext], View]) -> View | None:
        """Return the view of this class, or None if it is not built."""
        return cast("View | None", self._views.get(kind))

    @property
    def current(self) -> DetailView:
        """The view in the current tab."""
        return self.view(self._kinds[self._tab])

    @Slot(int)
    def show_tab(self, tab: int) -> None:
        """Turn to the page of a tab. It is built as soon as there is a capture to show."""
        self._tab = tab
        self._turn()
        if self.shown is not None:
            self.view(self._kinds[tab])

    def show_capture(self, shown: ShownCapture) -> None:
        """Show a capture on every page."""
        self.shown = shown
        for view in self._views.values():
            view.show_capture(shown)
        self.view(self._kinds[self._tab])

    def clear(self) -> None:
        """Release the capture."""
        self.shown = None
        for view in self._views.values():
            view.clear()

    def _turn(self) -> None:
        current = self._views.get(self._kinds[self._tab])
        if current is not None:
            self.setCurrentWidget(current.as_widget)
        for view in self._views.values():
            view.set_active(view is current)


class HasPages(Protocol):
    """A pane."""

    pages: ViewPages


class TabView(Generic[View]):
    """An attribute of a pane: the view in one of its tabs, built when it is read for the first time."""

    def __init__(self, kind: Callable[[ViewContext], View]) -> None:
        self._kind = kind

    def __get__(self, pane: HasPages, _: object = None) -> View:
        return pane.pages.view(self._kind)
