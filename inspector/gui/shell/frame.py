"""The layout of the main window, and what it hides or shortens in a small window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QStackedWidget, QWidget

from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.detail.pane import DetailPane
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import box, column, grow
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.banner import Banner
from inspector.gui.shell.connection_bar import ConnectionBar
from inspector.gui.shell.status_bar import StatusBar
from inspector.gui.summary.summary_stack import SummaryStack
from inspector.gui.surveys.view import SurveyPanel
from inspector.gui.timeline.strip import TimeStrip
from inspector.session.preferences import Appearance

_TREE, _DETAIL, _DETAIL_SMALL = 248, 528, 464
_SMALL = 1200
_LOW = 600
_LIST_PART = 0.52
"""The list's share of list and detail if large text leaves too little space for both."""


class Frame(QObject):
    """The bars at the top and bottom; between them the tree, and the list next to the detail.

    The detail is open while something is selected, so that the list has the full width otherwise.
    """

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        *,
        bar: ConnectionBar,
        banner: Banner,
        surveys: SurveyPanel,
        first_start: FirstStart,
        summary_stack: SummaryStack,
        captures: CaptureList,
        strip: TimeStrip,
        detail: DetailPane,
        status: StatusBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._bar = bar
        self._surveys = surveys
        self._summary_stack = summary_stack
        self._captures = captures
        self._strip = strip
        self._detail = detail
        self._is_small: bool | None = None
        self._has_timeline = True
        self._has_selection = self._has_detail_always = False
        self.detail_width = 0
        """In pixels, also while the detail is closed."""
        self._panes = _Splitter(theme, window)
        self._panes.addWidget(captures.view)
        self._panes.addWidget(detail)
        self._panes.setStretchFactor(0, 1)
        self._panes.splitterMoved.connect(self._keep_width)
        detail.hide()
        captures.listing.loaded.connect(self._open_or_close)
        listed = box(column(theme, captures.filter_row, strip, Hairline(theme), grow(self._panes)), window)
        self._pages = QStackedWidget(window)
        self._pages.setBackgroundRole(QPalette.ColorRole.Base)
        self._pages.addWidget(first_start)
        summary_stack.set_captures(listed)
        self._pages.addWidget(summary_stack)
        self._whole = _Splitter(theme, window)
        self._whole.addWidget(surveys)
        self._whole.addWidget(self._pages)
        self._whole.setStretchFactor(1, 1)
        column(theme, bar, banner, grow(self._whole), status, on=window)

    @property
    def splitters(self) -> tuple[QSplitter, QSplitter]:
        """The splitters between tree and captures, and between list and detail."""
        return self._whole, self._panes

    def show_captures(self, has_captures: bool) -> None:
        """Show the list and the detail, or the first start page."""
        if self._pages.currentIndex() == int(has_captures):
            return
        focused = self._window.focusWidget()
        is_inside = focused is None or self._pages.isAncestorOf(focused)
        self._pages.setCurrentIndex(int(has_captures))
        if has_captures and is_inside:  # unless the user is typing in the tree's search field
            self._captures.view.setFocus()

    def show_appearance(self, appearance: Appearance) -> None:
        """Show or hide what the settings of the page *Appearance* say."""
        self._has_timeline = appearance.has_timeline
        self._has_detail_always = appearance.has_detail_always
        self._open_or_close()
        self._is_small = None  # the text size may have changed
        self.fit()

    @Slot(object)
    def show_selection(self, ids: Sequence[int]) -> None:
        """Open the detail for the selected captures, or close it if there are none."""
        self._has_selection = bool(ids)
        self._open_or_close()

    @Slot()
    def _open_or_close(self) -> None:
        """Open or close the detail. A search in progress may still find the captures that were selected."""
        detail, view = self._detail, self._captures.view
        is_open = self._has_selection or self._has_detail_always
        if is_open == (not detail.isHidden()) or (not is_open and self._is_reading):
            return
        focused = self._window.focusWidget()
        if not is_open and focused is not None and detail.isAncestorOf(focused):
            view.setFocus()
        detail.setVisible(is_open)
        self._share_width()
        if is_open and (current := view.currentIndex()).isValid():
            view.scrollTo(current)

    @Slot()
    def _keep_width(self) -> None:
        self.detail_width = self._panes.sizes()[1]

    def _share_width(self) -> None:
        """Give the detail its width, and the list the remaining one."""
        self._panes.setSizes([max(self._panes.width() - self.detail_width, 0), self.detail_width])

    @property
    def _is_reading(self) -> bool:
        """Whether the list is being read, so that its selection may come back."""
        listing = self._captures.listing
        return listing.is_searching and self._captures.view.is_restoring

    def fit(self) -> None:
        """Collapse the tree and shorten texts in a narrow window, and hide the timeline in a low one."""
        width, px = self._window.width(), self._theme.px
        # With large text on a low screen, a capture does not fit below the timeline.
        self._strip.setVisible(self._has_timeline and self._window.height() >= px(_LOW))
        is_small = width < px(_SMALL)
        tree, detail = px(_TREE), px(_DETAIL_SMALL if is_small else _DETAIL)
        both = width - (0 if is_small else tree)
        share = round(both * (1 - _LIST_PART))
        # In a narrower detail, tabs and digests would be cut. A restored splitter may make it that narrow.
        self._detail.setMinimumWidth(min(px(_DETAIL_SMALL), share))
        if is_small == self._is_small:
            return
        self._is_small = is_small
        self._surveys.setVisible(not is_small)
        self._captures.filter_row.surveys.setVisible(is_small)
        self._summary_stack.bar.show_small(is_small)
        self._bar.show_small(is_small)
        self._whole.setSizes([tree, width - tree])
        self.detail_width = min(detail, share)
        self._panes.setSizes([both - self.detail_width, self.detail_width])


class _Splitter(QSplitter):
    """A splitter. Qt also accepts a grab some pixels next to a handle of one pixel."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._theme = theme
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        return _Handle(self._theme, self)


class _Handle(QSplitterHandle):
    def __init__(self, theme: Theme, parent: QSplitter) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("line"))
