"""Commands that compare two captures, or one with the respondent's previous one or any other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.compare.window import CompareWindow
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class CompareCommands(QObject):
    """The commands that compare captures."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._selected: tuple[int, ...] = ()
        self._selection_action = window.action("compare")
        self._selection_action.triggered.connect(self._compare_selected)
        self._other_action = window.action("compare-with")
        self._other_action.triggered.connect(self._ask)
        window.screen_mask.changed.connect(self._close_all)
        self.selection_changed(())

    @Slot(object)
    def selection_changed(self, ids: tuple[int, ...]) -> None:
        """Use these captures for the commands."""
        self._selected = tuple(ids)
        self._selection_action.setEnabled(len(ids) in (1, 2))
        self._other_action.setEnabled(len(ids) == 1)

    @Slot(object)
    def compare(self, ids: tuple[int, ...]) -> None:
        """Open a window on two captures, or on one and the previous capture of its respondent."""
        if len(ids) == 2:
            self._window.runner.run(self.open(min(ids), max(ids)), "compare two captures")
        elif len(ids) == 1:
            self._window.runner.run(self._open_previous(ids[0]), "compare with the previous capture")

    @Slot(object, object)
    def compare_two(self, one: int, other: int) -> None:
        """Open a window on two captures."""
        self.compare((one, other))

    async def open(self, first: int, second: int) -> CompareWindow:
        """Open a window that compares two captures. Raises InspectorError if one of them is gone."""
        session, mask = self._window.session, self._window.screen_mask
        # Masked values must not be compared, because a difference would reveal them.
        details = [await mask.detail(await session.captures.detail(one)) for one in (first, second)]
        window = CompareWindow(session, self._window.theme, self._window.widget)
        window.show()
        window.compare(details[0], details[1], is_masked=mask.is_on)
        return window

    async def _open_previous(self, capture_id: int) -> None:
        session = self._window.session
        row = (await session.captures.detail(capture_id)).row
        previous = await session.comparisons.previous(row)
        if previous is None:
            why = (
                "This is the respondent’s first capture."
                if row.user_id
                else "This capture has no respondent."
            )
            self._window.notify(f"{why} Select two captures to compare them.")
            return
        await self.open(previous, capture_id)

    @Slot()
    def _compare_selected(self) -> None:
        self.compare(self._selected)

    @Slot()
    def _ask(self) -> None:
        if len(self._selected) == 1:
            [capture_id] = self._selected
            window = self._window
            window.open_dialog(partial(AskOther, window.session, window.theme, capture_id, self.open))

    @Slot()
    def _close_all(self) -> None:
        """Close all comparisons, because they show values that are now hidden. New ones are masked."""
        for compared in self._window.widget.findChildren(CompareWindow):
            compared.close()


class AskOther(FormDialog):
    """A dialog for the id of the other capture. If the id is unknown, it shows a message and stays open."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        capture_id: int,
        compare: Callable[[int, int], Coroutine[Any, Any, object]],
        parent: QWidget | None = None,
    ) -> None:
        """Create a dialog. `compare` raises InspectorError if a capture does not exist."""
        super().__init__(session, theme, f"Compare capture {capture_id:,} with another", "Compare", parent)
        self._id = capture_id
        self._compare = compare
        self.explain("The number is in the Id column. Right-click the list header to show it.")
        self.field = self.add_line("Number of the other capture")
        self.add(self.error)
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
