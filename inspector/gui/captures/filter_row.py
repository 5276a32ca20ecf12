"""The row above the list or the summary: the view, the filter, the number of captures, Follow and Replay."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from inspector.base.quantity import counted
from inspector.domain.query import QueryError
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme

_FOLLOW = 128
_LEAST_COUNT = 99_999
"""The row has space for two numbers of this size, so that the field next to them does not move."""
_PAUSE_MS = 1_000
"""After this pause, typed text counts as complete."""


class FilterRow(QWidget):
    """A row of fixed height in which no part moves while captures arrive.

    In a small window, the tree is a button at its left, and the number is in the status bar.
    """

    count_changed = Signal(str)
    """The number of listed captures as text, if that does not fit in the row; otherwise empty."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setFixedHeight(theme.px(44))
        self.surveys = IconButton(theme, "sidebar", "Show surveys", parent=self)
        self.surveys.clicked.connect(actions["surveys"].trigger)
        self.surveys.hide()
        self.choice = SegmentedControl(theme, ("Captures", "Summary"), self)
        self.choice.setAccessibleName("View")
        self.choice.select(0)
        self.show_part(0, False)
        self.field = QueryField(theme, self)
        self._error = ElidedLabel(theme, px=12, tone="invalid", parent=self)
        self.count = Label(theme, tone="text2", parent=self)
        self.count.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._widest = 0
        self.count.setAccessibleName("Number of listed captures")
        self.follow = Button(
            theme, "Following", icon="tick", key=actions.key("follow"), may_be_primary=True, parent=self
        )
        self.follow.setFixedWidth(max(theme.px(_FOLLOW), self.follow.sizeHint().width()))
        # A click leaves the focus in the list, so that its shortcuts work.
        self.follow.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.follow.clicked.connect(actions["follow"].trigger)
        self._row = row(
            theme,
            self.surveys,
            self.choice,
            grow(self.field),
            self.count,
            self.follow,
            spacing=12,
            margins=(16, 0, 16, 0),
            on=self,
        )
        self._mistake: QueryError | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._mark)
        self.field.query_changed.connect(self._typed)
        self.field.was_left.connect(self._mark)
        self._is_searching = self._is_small = False
        self.counts = (0, 0, 0)
        self.show_count(0, 0)

    def add_last(self, widget: QWidget) -> None:
        """Add a widget of another feature at the right end."""
        self._row.addWidget(widget)

    @property
    def error(self) -> str:
        """The error that is marked in the field, or an empty text."""
        return "" if self._error.isHidden() else self._error.text()

    @Slot()
    def focus_field(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot(object)
    def show_error(self, error: QueryError | None) -> None:
        """Mark an error in the field: at once, or when the user pauses typing or leaves the field."""
        self._mistake = error
        if error is not None and self.field.hasFocus():
            self._pause.start()
        else:
            self._mark()

    @Slot()
    def _typed(self) -> None:
        """Remove the mark, because it refers to the previous text."""
        self._mistake = None
        self._mark()

    @Slot()
    def _mark(self) -> None:
        self._pause.stop()
        error = self._mistake
        if error is not None and self.field.hasFocus() and self.field.is_incomplete(error):
            error = None  # the user may type on, and leaving the field marks it
        self.field.show_error(error)
        self._error.setVisible(error is not None)
        if error is None:
            return
        self._error.setText(str(error))
        text_width = self.field.fontMetrics().horizontalAdvance(self.field.typed)
        left = self.field.x() + self.field.textMargins().left() + self._theme.px(24) + text_width
        right = self.field.geometry().right() - self._theme.px(10)
        self._error.setGeometry(left, 0, max(right - left, 0), self.height())
        self._error.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._error.raise_()

    def show_count(self, listed: int, total: int, unexamined: int = 0) -> None:
        """Show `12,408 captures` or `207 of 12,408`; with `+` if more may be found or diagnosed."""
        self.counts = (listed, total, unexamined)
        may_grow = unexamined or (self._is_searching and listed != total)
        if may_grow:
            text = f"{listed:,}+ of {total:,}"
        elif listed == total:
            text = counted(total, "capture")
        else:
            text = f"{listed:,} of {total:,}"
        self.count.setText(text)
        self.count.setToolTip(f"{counted(unexamined, 'capture')} not diagnosed yet" if unexamined else "")
        self.count_changed.emit(text if self._is_small and (may_grow or listed != total) else "")
        widest = max(10 ** len(str(total)) - 1, _LEAST_COUNT)
        if widest != self._widest:
            self._widest = widest
            width = self._theme.metrics(13).horizontalAdvance(f"{widest:,} of {widest:,}")
            self.count.setFixedWidth(width + self._theme.px(4))

    @Slot(int, bool)
    def show_part(self, part: int, has_summary: bool) -> None:
        """Show whether the captures (0) or the summary (1) of the scope are shown."""
        self.choice.set_enabled(1, has_summary, "Select a survey to see its summary.")
        self.choice.select(part)

    def show_small(self, is_small: bool) -> None:
        """Show the button for the folded tree, and no number, in a small window."""
        self._is_small = is_small
        self.surveys.setVisible(is_small)
        self.count.setVisible(not is_small)
        px = self._theme.px
        self._row.setSpacing(px(8 if is_small else 12))
        self._row.setContentsMargins(px(12 if is_small else 16), 0, px(12 if is_small else 16), 0)
        self.show_count(*self.counts)

    @Slot(bool)
    def show_searching(self, is_searching: bool) -> None:
        """Show during a search that the number may still grow."""
        self._is_searching = is_searching
        self.show_count(*self.counts)

    @Slot(bool, int)
    def show_following(self, is_following: bool, new: int) -> None:
        """Show in the button whether the list follows, and how many captures are new."""
        self.follow.set_primary(not is_following and new > 0)
        if is_following:
            self.follow.show_as("Following", "tick")
        elif new:
            self.follow.show_as(f"{new:,} new", "arrow-up")
        else:
            self.follow.show_as("Newest", "arrow-up")
