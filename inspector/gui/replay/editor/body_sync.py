"""Keeps the three forms of an edited body in step: the JSON, the exact text, and the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QObject, Signal

from inspector.domain.json.json_edit import ValuePath
from inspector.domain.replay.body_edit import BodyLayout, EditedBody, edited_body
from inspector.session.session import Session

BodySide = Literal["captured", "text", "layout", "values"]
_INLINE = 4 * 1024
"""Characters of a body that are read on the loop, in at most 6 ms. A longer body goes to the worker."""


class BodySync(QObject):
    """The edited body. Edits that are made while the worker reads an earlier one are added to it."""

    changed = Signal(object, str)
    """Emits the EditedBody, and the side that was edited."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.original = ""
        self.body: EditedBody | None = None
        """None until the captured body is read."""
        self._base = BodyLayout(text="", shown="")
        self._text: str | None = None
        self._shown: str | None = None
        self._values: dict[ValuePath, str | None] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, original: str) -> None:
        """Read the captured body."""
        self.original = original
        self.set_text(original, "captured")

    def set_text(self, text: str, side: BodySide = "text") -> None:
        """Replace the exact text."""
        self._text, self._shown = text, None
        self._values.clear()
        self._start(side)

    def set_layout(self, shown: str) -> None:
        """Follow an edit of the JSON."""
        self._text, self._shown = None, shown
        self._start("layout")

    def set_values(self, values: Mapping[ValuePath, str | None]) -> None:
        """Replace the sources of single values."""
        self._values.update(values)
        self._start("values")

    async def settled(self) -> None:
        """Wait until the last edit is read."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})

    def cancel(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _start(self, side: BodySide) -> None:
        self.cancel()
        size = max(len(self._text or self._base.text), len(self.original))
        if size <= _INLINE:
            self._apply(
                edited_body(
                    self.original, self._base, text=self._text, shown=self._shown, values=dict(self._values)
                ),
                side,
            )
        else:
            self._task = self._session.tasks.spawn(self._read(side), "read an edited body")

    async def _read(self, side: BodySide) -> None:
        body = await self._session.worker.run(
            edited_body,
            self.original,
            self._base,
            text=self._text,
            shown=self._shown,
            values=dict(self._values),
        )
        self._apply(body, side)

    def _apply(self, body: EditedBody, side: BodySide) -> None:
        self.body, self._base = body, body.base
        self._text = self._shown = None
        self._values.clear()
        self.changed.emit(body, side)
