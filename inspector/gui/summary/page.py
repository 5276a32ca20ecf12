"""The base of both summary pages: when they read, key numbers, marks, menus and reused rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QMenu, QSizePolicy, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import shortened
from inspector.domain.capture.rows import Mark
from inspector.domain.query.scope import Scope
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import column, row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.saving import PageSaver
from inspector.gui.surveys.delegate import paint_mark
from inspector.session.session import Session

_PAUSE_MS = 500
_PAUSE_PART = 3
NARROW = 820
"""The width in design px below which the parts of a survey page are stacked."""
_MAX_CHARACTERS = 36
"""The maximum length of a key number. A longer one would leave no space for the name."""

_NOT_ALIGNED = Qt.AlignmentFlag(0)

W = TypeVar("W", bound=QWidget)


class SummaryPage(QWidget):
    """A page that reads its scope when it is shown, and again after changes, but never while it is hidden."""

    capture_selected = Signal(object)
    """The id of a capture to show."""

    def __init__(
        self, session: Session, theme: Theme, saver: PageSaver, task: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._saver = saver
        self._task = task
        self._scope: Scope | None = None
        self._includes_others = False
        self._is_stale = self._is_reading = False
        self._number = 0
        """The number of the latest reading. Results of older ones are discarded."""
        self._took_s = 0.0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._read)

    def show_scope(self, scope: Scope) -> None:
        """Show another survey, group or respondent."""
        if scope != self._scope:
            self._scope = scope
            self._clear()
            self._restart()

    @Slot(bool)
    def include_others(self, includes_others: bool) -> None:
        """Include or exclude captures that are not verified."""
        if includes_others != self._includes_others:
            self._includes_others = includes_others
            self._restart()

    @Slot()
    def refresh(self) -> None:
        """Read again after a pause, or once the page is shown.

        The pause is half a second, or three times the duration of the latest reading if that is longer.
        """
        self._is_stale = True
        if self.isVisible() and self._scope and not self._is_reading and not self._pause.isActive():
            self._pause.start(max(_PAUSE_MS, round(_PAUSE_PART * 1_000 * self._took_s)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    # ---- for subclasses

    def _clear(self) -> None:
        """Show the name of another scope, without any results of the previous one."""
        raise NotImplementedError

    async def _load(self, scope: Scope, number: int) -> None:
        """Read a scope and show it while `_is_current(number)`. May raise InspectorError."""
        raise NotImplementedError

    def _show_error(self, sentence: str) -> None:
        """Show why the page cannot be read."""
        raise NotImplementedError

    # ---- reading

    def _is_current(self, number: int) -> bool:
        return number == self._number

    def _drop(self) -> None:
        """Ignore the results of the reading in progress."""
        self._number += 1
        self._is_reading = False

    def _restart(self) -> None:
        self._pause.stop()
        self._drop()
        self._is_stale = True
        if self.isVisible():
            self._read()

    @Slot()
    def _read(self) -> None:
        if self._scope is not None:
            self._drop()
            self._is_stale, self._is_reading = False, True
            # Do not cancel a previous reading: that would end the worker process, which others wait for.
            self._session.tasks.spawn(self._reading(self._scope, self._number), self._task)

    async def _reading(self, scope: Scope, number: int) -> None:
        started_s = time.monotonic()
        try:
            await self._load(scope, number)
        except InspectorError as error:
            if self._is_current(number):
                self._show_error(str(error))
        finally:
            if self._is_current(number):
                self._is_reading = False
                self._took_s = time.monotonic() - started_s
                if self._is_stale:
                    self.refresh()


class WidgetPool(Generic[W]):
    """Widgets of a layout, created on demand, reused for other data, and hidden if unused."""

    def __init__(
        self,
        layout: QBoxLayout,
        create: Callable[[], W],
        alignment: Qt.AlignmentFlag = _NOT_ALIGNED,
    ) -> None:
        self._layout = layout
        self._create = create
        self._alignment = alignment
        self._widgets: list[W] = []

    @property
    def shown(self) -> list[W]:
        """The widgets in use."""
        return [widget for widget in self._widgets if not widget.isHidden()]

    def take(self, count: int) -> list[W]:
        """Return the first `count` widgets, and hide the others."""
        self.hide_from(count)
        return [self.show(place) for place in range(count)]

    def show(self, place: int) -> W:
        """Return the widget at a position. Create it if it is the next one."""
        if place == len(self._widgets):
            self._widgets.append(self._create())
            self._layout.addWidget(self._widgets[place], 0, self._alignment)
        self._widgets[place].show()
        return self._widgets[place]

    def hide_from(self, place: int) -> None:
        """Hide the widget at a position and all after it."""
        for widget in self._widgets[place:]:
            widget.hide()


class KeyNumbers(QWidget):
    """Numbers next to each other, each above its caption."""

    def __init__(self, theme: Theme, *, px: float = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = row(theme, spacing=28, on=self)
        self._pairs = WidgetPool(layout, partial(_KeyNumber, theme, px), Qt.AlignmentFlag.AlignTop)

    @property
    def shown(self) -> list[QWidget]:
        """The widgets of the numbers, with both texts as their accessible names."""
        return list(self._pairs.shown)

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show numbers with their captions."""
        for widget, pair in zip(self._pairs.take(len(pairs)), pairs, strict=True):
            widget.show_pair(*pair)


class _KeyNumber(QWidget):
    def __init__(self, theme: Theme, px: float) -> None:
        super().__init__()
        self._number = Label(theme, px=px, weight=600)
        self._caption = Label(theme, px=11, tone="text2")
        column(theme, self._number, self._caption, spacing=2, on=self)

    def show_pair(self, number: str, caption: str) -> None:
        self._number.setText(shortened(number, _MAX_CHARACTERS))
        self._caption.setText(shortened(caption, _MAX_CHARACTERS))
        whole = f"{number} {caption}"
        is_cut = max(len(number), len(caption)) > _MAX_CHARACTERS
        self.setToolTip(plain_tip(whole) if is_cut else "")
        self.setAccessibleName(whole)


def open_choices(
    button: QAbstractButton,
    choices: Iterable[tuple[str, object]],
    then: Callable[[QAction], None],
    *,
    current: object = None,
) -> None:
    """Open a menu of texts and values below a button. `then` gets the action with the selected value.

    With `current`, the choices are radio buttons, and the one with this text is checked.
    """
    menu = QMenu(button)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName(button.text())
    for text, value in choices:
        menu.addAction(text).setData(value)
    if current is not None:
        make_exclusive(menu.actions())
        for action in menu.actions():
            action.setChecked(action.text() == current)
    menu.triggered.connect(then)
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))


def stack_if(is_narrow: bool, layout: QBoxLayout) -> None:
    """Arrange the parts of a row below each other in a narrow window, otherwise next to each other."""
    layout.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)


def draw_text(
    painter: QPainter,
    theme: Theme,
    area: QRectF,
    text: str,
    tone: str,
    *,
    px: float = 11,
    weight: int = 400,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """Draw a text of a chart with a font of the theme, even if its area is too small."""
    painter.setFont(theme.font(px, weight))
    painter.setPen(theme.color(tone))
    painter.drawText(area, alignment | Qt.TextFlag.TextDontClip, text)


class MarkSign(QWidget):
    """A sign for how far a respondent got, as in the tree. Empty if unknown."""

    def __init__(self, theme: Theme, width: float, height: float, mark: Mark | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._mark = mark
        self.setFixedSize(theme.px(width), theme.px(height))

    def show_mark(self, mark: Mark | None) -> None:
        """Show another mark, or none."""
        self._mark = mark
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._mark is not None:
            paint_mark(QPainter(self), QRectF(self.rect()), self._mark, self._theme)
