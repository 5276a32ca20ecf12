"""The layout of the main window, and what it hides or shortens in a small window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QSplitter, QSplitterHandle, QStackedWidget, QWidget

from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.captures.filter_row import FilterRow
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
        banners: Sequence[QWidget],
        surveys: SurveyPanel,
        first_start: FirstStart,
        summary_stack: SummaryStack,
        captures: CaptureList,
        strip: TimeStrip,
        detail: DetailPane,
        status: StatusBar,
    ) -> None:
        """`banners` are under the bar, from top to bottom, with `banner` among them."""
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._bar = bar
        self._banner = banner
        self._surveys = surveys
        self._summary_stack = summary_stack
        self._captures = captures
        self._strip = strip
        self._detail = detail
        self._is_small: bool | None = None
        self._has_timeline = True
        self._has_selection = self._has_detail_always = False
        self._scale = self.tree_width = theme.px(_TREE)
        """In pixels, also while the tree is folded."""
        self.detail_width: int | None = None
        """In pixels, also while the detail is closed; None until the user drags its edge."""
        self._panes = _Splitter(theme, window)
        self._panes.addWidget(captures.view)
        self._panes.addWidget(detail)
        self._panes.setStretchFactor(0, 1)
        self._panes.splitterMoved.connect(self._keep_widths)
        detail.hide()
        captures.listing.loaded.connect(self._open_or_close)
        listed = box(column(theme, strip, Hairline(theme), grow(self._panes)), window)
        self._pages = QStackedWidget(window)
        self._pages.setBackgroundRole(QPalette.ColorRole.Base)
        self._pages.addWidget(first_start)
        summary_stack.set_captures(listed)
        self._pages.addWidget(box(column(theme, captures.filter_row, grow(summary_stack)), window))
        self._whole = _Splitter(theme, window)
        self._whole.addWidget(surveys)
        self._whole.addWidget(self._pages)
        self._whole.setStretchFactor(1, 1)
        self._whole.splitterMoved.connect(self._keep_widths)
        self._overlay = _Overlay(theme, surveys, self._whole, captures.filter_row)
        self._overlay.left.connect(captures.view.setFocus)
        column(theme, bar, *banners, grow(self._whole), status, on=window)

    @property
    def splitters(self) -> tuple[QSplitter, QSplitter]:
        """The splitters between tree and captures, and between list and detail."""
        return self._whole, self._panes

    @property
    def has_captures(self) -> bool:
        """Whether the list is shown, and not the first start page."""
        return self._pages.currentIndex() == 1

    def show_captures(self, has_captures: bool) -> None:
        """Show the list and the detail, or the first start page."""
        if self._pages.currentIndex() == int(has_captures):
            return
        self._banner.show_suggestions(has_captures)
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
        if (scale := self._theme.px(_TREE)) != self._scale:  # another text size
            self._scale = self.tree_width = scale
            self._is_small = self.detail_width = None
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
        self._share_width(self._panes.width())
        if is_open and (current := view.currentIndex()).isValid():
            view.scrollTo(current)

    def restore_widths(self, tree: int | None, detail: int | None) -> None:
        """Restore the widths of tree and detail, as far as they are known."""
        width = self._window.width()
        if tree is not None:
            self.tree_width = min(max(tree, 0), width)
            self._whole.setSizes([self.tree_width, width - self.tree_width])
        if detail is not None:
            self.detail_width = min(max(detail, 0), width)
            self._share_width(self._panes.width())

    @Slot()
    def _keep_widths(self) -> None:
        if not self._detail.isHidden():
            self.detail_width = self._panes.sizes()[1]
        if not self._overlay.is_on and not self._surveys.isHidden():
            self.tree_width = self._whole.sizes()[0]

    def _share_width(self, width: int) -> None:
        """Share `width` between the list and the detail."""
        usual = min(self._theme.px(_DETAIL_SMALL if self._is_small else _DETAIL), self._share(width))
        detail = usual if self.detail_width is None else self.detail_width
        self._panes.setSizes([max(width - detail, 0), detail])

    def _share(self, width: int) -> int:
        """Return the greatest width of a detail next to a list that is still useful."""
        return round(width * (1 - _LIST_PART))

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
        both = width - (0 if is_small else self.tree_width)
        # In a narrower detail, tabs and digests would be cut. A restored width may be that narrow.
        self._detail.setMinimumWidth(min(px(_DETAIL_SMALL), self._share(both)))
        if is_small == self._is_small:
            return
        self._is_small = is_small
        self._overlay.set_on(is_small)
        self._captures.filter_row.show_small(is_small)
        self._summary_stack.bar.show_small(is_small)
        self._bar.show_small(is_small)
        if not is_small:
            self._whole.setSizes([self.tree_width, both])
        self._share_width(both)


class _Overlay(QObject):
    """The tree over the captures in a small window: shown on request, hidden once the user goes elsewhere."""

    left = Signal()
    """The user closed it by Esc."""

    def __init__(self, theme: Theme, panel: QWidget, splitter: QSplitter, row: FilterRow) -> None:
        """`row` has the button that shows and hides it."""
        super().__init__(splitter)
        self._theme = theme
        self._panel = panel
        self._splitter = splitter
        self._row = row
        self.is_on = False
        """Whether the tree is over the captures, shown or hidden."""
        self._edge = Hairline(theme, is_upright=True, parent=panel)
        self._edge.hide()
        panel.installEventFilter(self)
        splitter.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        app.focusChanged.connect(self._follow_focus)

    def set_on(self, is_on: bool) -> None:
        """Put the tree over the captures and hide it, or show it next to them."""
        if is_on == self.is_on:
            return
        self._panel.hide()
        self.is_on = is_on
        if is_on:
            self._panel.setParent(self._splitter.parentWidget())
        else:
            self._splitter.insertWidget(0, self._panel)
            self._panel.show()
        self._edge.setVisible(is_on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if not self.is_on:
            return False
        if watched is self._panel and kind == QEvent.Type.Hide:
            self._app.removeEventFilter(self)
        elif watched is self._panel and kind == QEvent.Type.Show:
            self._place()
            self._app.installEventFilter(self)  # only while it is shown: each event takes microseconds
        elif watched in (self._panel, self._splitter) and kind in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        elif kind == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            self._leave_for(watched)
        elif watched is self._panel and kind == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self._panel.hide()
                self.left.emit()
                return True
        return False

    def _place(self) -> None:
        """Place the tree below the row with its button, if that is shown."""
        area = self._splitter.geometry()
        top = self._row.height() if self._row.isVisible() else 0
        width = min(self._theme.px(_TREE), area.width())
        place = QRect(area.left(), area.top() + top, width, area.height() - top)
        if self._panel.geometry() != place:
            self._panel.setGeometry(place)
        self._edge.setGeometry(place.width() - 1, 0, 1, place.height())
        self._edge.raise_()
        self._panel.raise_()

    def _leave_for(self, now: QWidget) -> None:
        """Hide the tree if `now` is another part of the window. The button decides itself."""
        is_inside = now is self._panel or self._panel.isAncestorOf(now)
        if not is_inside and now is not self._row.surveys and now.window() is self._panel.window():
            self._panel.hide()

    @Slot(QWidget, QWidget)
    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        if self.is_on and now is not None:
            self._leave_for(now)


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
