"""The dialog *Add captures*: one card per file or text. Nothing is added until the user confirms."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from inspector.base.quantity import counted
from inspector.gui.add_captures.card import AddCard, AddItem
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, column, foot, grow, grow_within, resize_within
from inspector.gui.kit.theme import Theme
from inspector.session.file.preview import AddPreview, AddSource
from inspector.session.session import Session

_WIDTH = 918
_AT_ONCE = 8
"""The number of cards that the dialog opens with. Fifty at once would take 0.3 s."""
_PROMISE = "Nothing is added until you confirm. Added captures are marked and never forwarded."


class AddDialog(BaseDialog):
    """Shows what each item would become, and emits the ticked ones when the user confirms."""

    confirmed = Signal(object)
    """The previews to add."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        mask: Mask,
        items: Sequence[AddItem],
        left_out: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """`left_out` is the number of files beyond the limit."""
        super().__init__("Add captures", parent)
        self._session = session
        self._theme = theme
        self._mask = mask
        self.runner = Runner(session.tasks, self)
        self._reading: asyncio.Task[Any] | None = None
        self._is_placed = False
        secrets = (*session.secrets.active, *session.secrets.inactive)
        names = tuple(dict.fromkeys(one.name for one in secrets if one.text))
        self._items = items
        self._make_card = partial(AddCard, theme, mask, secrets=names, parent=self)
        self.cards: list[AddCard] = []
        """One per item; those of many items are made one after another, as they are read."""
        self._cards = column(theme, spacing=10)
        self.promise = Label(theme, _PROMISE, tone="text2", wraps=True)
        self.note = Label(theme, "One step to undo: Ctrl Z.", px=12, tone="text2")
        self.cancel = Button(theme, "Cancel", key="Esc")
        self.cancel.clicked.connect(self.reject)
        self.verb = Button(theme, "Add captures", key="Enter", is_primary=True)
        self.verb.setDefault(True)
        self.verb.clicked.connect(self._confirm)
        self._lay_out(left_out)
        for item in items[:_AT_ONCE]:
            self._add_card(item)
        self._connect()
        self._count()
        resize_within(self, theme, theme.px(_WIDTH), self._wanted_height())
        self.verb.setFocus()

    def _lay_out(self, left_out: int) -> None:
        theme = self._theme
        parts: list[Any] = [self.promise, 8, self._cards, 10]
        if left_out:
            more = f"{counted(left_out, 'more file')} {'is' if left_out == 1 else 'are'} left out."
            parts.append(Label(theme, f"{more} Add them in a second step.", tone="text2", wraps=True))
        self._inner = box(column(theme, *parts, STRETCH, margins=(20, 14, 20, 8)))
        self._scrolled = Scrolled(theme, self._inner, self)
        self._scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._foot = box(foot(theme, self.note, STRETCH, self.cancel, self.verb), self)
        self._foot.setAutoFillBackground(True)
        self._foot.setBackgroundRole(QPalette.ColorRole.Window)
        column(theme, grow(self._scrolled, 1), Hairline(theme), self._foot, on=self)
        self.setMinimumWidth(theme.px(560))

    def _connect(self) -> None:
        self.runner.message_posted.connect(self._show_problem)
        self._mask.changed.connect(self._show_again)
        self._session.additions.previewed.connect(self._show_progress)
        self.finished.connect(self._end)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)

    def _add_card(self, item: AddItem) -> None:
        card = self._make_card(item)
        self.cards.append(card)
        self._cards.addWidget(card)
        card.changed.connect(self._count)
        card.changed.connect(self._fit_soon)
        card.preview_requested.connect(partial(self._preview_again, card))

    # ---- previews

    def start(self) -> None:
        """Read the items one after another."""
        self._reading = self.runner.run(self._preview_all(), "preview captures", self._give_up)

    async def _preview_all(self) -> None:
        for number, item in enumerate(self._items):
            if number == len(self.cards):
                self._add_card(item)
            await self._preview(self.cards[number])

    def _give_up(self, sentence: str) -> None:
        """Show on the remaining cards why they were not read."""
        for item in self._items[len(self.cards) :]:
            self._add_card(item)
        for card in self.cards:
            if card.preview is None:
                self._show(card, AddPreview(source=card.item.source, kind="unknown", reason=sentence))

    async def _preview(self, card: AddCard) -> None:
        choice = card.choice
        preview = await self._session.additions.preview(
            card.item.source, is_cured=choice.is_cured, sign_with=choice.sign_with
        )
        if choice == card.choice:
            QTimer.singleShot(0, self, partial(self._show, card, preview))

    def _show(self, card: AddCard, preview: AddPreview) -> None:
        card.show_preview(preview)
        self._count()

    def _preview_again(self, card: AddCard) -> None:
        self.runner.run(self._preview(card), "preview captures")

    def _show_progress(self, progress: tuple[AddSource, int]) -> None:
        source, count = progress
        for card in self.cards:
            if card.item.source is source:
                card.show_progress(count)

    @Slot(str)
    def _show_problem(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.set_tone("invalid")

    @Slot()
    def _show_again(self) -> None:
        for card in self.cards:
            if card.preview is not None:
                card.show_preview(card.preview)

    # ---- confirmation

    @property
    def ticked(self) -> list[AddPreview]:
        """The previews of the ticked cards."""
        return [card.preview for card in self.cards if card.is_ticked and card.preview is not None]

    @Slot()
    def _count(self) -> None:
        ticked = self.ticked
        count = sum(preview.count for preview in ticked)
        is_partial = any(preview.is_partial for preview in ticked)
        text = (
            "Add all captures"
            if is_partial
            else f"Add {counted(count, 'capture')}"
            if count
            else "Add captures"
        )
        self.verb.show_as(text, None)
        is_read = len(self.cards) == len(self._items) and all(one.preview is not None for one in self.cards)
        self.verb.setEnabled(count > 0 and is_read)
        if self.verb.isEnabled() and self.focusWidget() in (None, self.cancel):
            self.verb.setFocus()  # it was disabled when the dialog opened, and Enter must not cancel

    @Slot()
    def _confirm(self) -> None:
        self.confirmed.emit(tuple(self.ticked))
        self.accept()

    @Slot()
    def _end(self) -> None:
        self._session.additions.previewed.disconnect(self._show_progress)
        if self._reading is not None:
            self._reading.cancel()

    # ---- size

    def _wanted_height(self) -> int:
        layout = self._inner.layout()
        assert layout is not None
        room = min(self._theme.px(_WIDTH), self.screen().availableGeometry().width())
        width = self._scrolled.viewport().width() if self.isVisible() else room
        inner = (
            layout.totalHeightForWidth(width)
            if layout.hasHeightForWidth()
            else layout.totalSizeHint().height()
        )
        return inner + 1 + self._foot.sizeHint().height()

    @Slot()
    def _fit_soon(self) -> None:
        self._fitting.start()

    @Slot()
    def _fit(self) -> None:
        """Grow to the height of the cards, at most to that of the screen. Never shrink."""
        # A window that is resized before the window manager has placed it ends up in a corner of the screen.
        if self._is_placed and (wanted := self._wanted_height()) > self.height():
            grow_within(self, self._theme, wanted)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_placed:
            self._is_placed = True
            self._fit_soon()
