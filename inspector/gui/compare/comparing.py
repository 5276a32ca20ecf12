"""Opens comparisons: of two captures, or of one with the previous of its respondent or another by number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from inspector.gui.compare.results import previous_of_respondent
from inspector.gui.compare.window import CompareWindow
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import open_dialog
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow


from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtWidgets import QWidget

from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label


class AskOther(FormDialog):
    """One field; a number that no capture has is told and the dialog stays."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        capture_id: int,
        compare: Callable[[int, int], Coroutine[Any, Any, object]],
        parent: QWidget | None = None,
    ) -> None:
        """`compare` raises InspectorError where there is no such capture."""
        super().__init__(session, theme, f"Compare capture {capture_id:,} with", "Compare", parent)
        self._id = capture_id
        self._compare = compare
        text = (
            "Its number stands in the Id column of the list: a right click on the head of the list shows that"
            " column. Or select two captures in the list, and compare these."
        )
        self.form.addWidget(Label(theme, text, tone="text2", wraps=True))
        self.form.addSpacing(theme.px(6))
        self.field = self.add_line("Number of the other capture")
        self.form.addWidget(self.trouble)
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed("")
        self.field.setFocus()

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(_number(text) is not None)

    @Slot()
    def _use(self) -> None:
        if (number := _number(self.field.text())) is not None:
            self.working(is_kept=False)
            comparing = self.runner.run(self._start(number), "compare two captures", self.notify)
            self.rejected.connect(comparing.cancel)

    async def _start(self, number: int) -> None:
        await self._compare(self._id, number)
        self.accept()


def _number(text: str) -> int | None:
    digits = text.strip().removeprefix("id:").replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


class Comparing(QObject):
    """What the window does when its user wants to compare."""

    message_posted = Signal(str)
    """Why there is nothing to compare."""

    def __init__(
        self, window: MainWindow, session: Session, theme: Theme, runner: Runner, actions: Actions
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._theme = theme
        self._runner = runner
        self._actions = actions
        self._selected: tuple[int, ...] = ()
        window.list.selection_changed.connect(self.selection_changed)
        window.detail.compare_requested.connect(self.compare)
        self.message_posted.connect(window.status.notify)
        actions["compare"].triggered.connect(self._compare_selected)
        actions["compare-with"].triggered.connect(self._ask)
        self.selection_changed(())

    @Slot(object)
    def selection_changed(self, ids: tuple[int, ...]) -> None:
        """Other captures are chosen."""
        self._selected = tuple(ids)
        self._actions["compare"].setEnabled(len(ids) in (1, 2))
        self._actions["compare-with"].setEnabled(len(ids) == 1)

    @Slot(object)
    def compare(self, ids: tuple[int, ...]) -> None:
        """Open a window on two captures, or on one and the previous capture of its respondent."""
        if len(ids) == 2:
            self._runner.run(self.open(min(ids), max(ids)), "compare two captures")
        elif len(ids) == 1:
            self._runner.run(self._open_previous(ids[0]), "compare with the previous capture")

    async def open(self, first: int, second: int) -> CompareWindow:
        """A window that compares two captures; raises InspectorError where one of them is gone."""
        mask = self._window.screen_mask  # what it hides is not compared, lest that tells of it
        details = [await mask.detail(await self._session.captures.detail(one)) for one in (first, second)]
        window = CompareWindow(self._session, self._theme, self._window)
        window.show()
        window.compare(details[0], details[1], is_masked=mask.is_on)
        return window

    async def _open_previous(self, capture_id: int) -> None:
        row = (await self._session.captures.detail(capture_id)).row
        previous = await previous_of_respondent(self._session, row)
        if previous is None:
            why = (
                "It is the first capture of its respondent."
                if row.user_id
                else "It belongs to no respondent."
            )
            self.message_posted.emit(f"{why} Select two captures to compare them.")
            return
        await self.open(previous, capture_id)

    @Slot()
    def _compare_selected(self) -> None:
        self.compare(self._selected)

    @Slot()
    def _ask(self) -> None:
        if len(self._selected) == 1:
            of = self._selected[0]
            open_dialog(
                self._window, partial(AskOther, self._session, self._theme, of, self.open, self._window)
            )
