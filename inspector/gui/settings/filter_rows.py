"""The saved filters on the page Alerts of the settings: one row each, with its bell."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import visible
from inspector.domain.query.saved_filter import Bell, SavedFilter
from inspector.gui.filters.filter_dialog import FilterDialog
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_HELP = (
    "A filter with a bell notifies you of new captures that match, at most once per minute. A silence"
    " notifies you if nothing arrives for a time."
)
_NONE = "No saved filters."
_NAME = 180
_ICONS: dict[Bell, tuple[str, str]] = {
    "none": ("funnel", "Alert on {}"),
    "on": ("bell", "Mute the alerts of {}"),
    "muted": ("bell-off", "Alert on {} again"),
}
_SOUGHT = "alerts notifications saved filters bell rules silence over invalid sound"


class FilterRows(QWidget):
    """One line per saved filter: its bell, name and query, and the buttons that edit and remove it."""

    changed = Signal()
    """Emitted when the saved filters have changed, here or elsewhere."""

    def __init__(
        self, session: Session, theme: Theme, mask: Mask, runner: Runner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._mask = mask
        self._runner = runner
        self._lines: list[QWidget] = []
        self.bells: dict[str, IconButton] = {}
        self.edits: dict[str, IconButton] = {}
        self.removals: dict[str, IconButton] = {}
        self.add = Button(theme, "Add a filter…", icon="plus")
        self.add.clicked.connect(self._add_filter)
        self.add_silence = Button(theme, "Add a silence…", icon="plus")
        self.add_silence.clicked.connect(self._add_silence)
        self.none = Label(theme, _NONE, px=12, tone="text2")
        self._rows = column(theme, spacing=6)
        column(
            theme,
            Label(theme, "Alerts and saved filters"),
            Label(theme, _HELP, px=12, tone="text2", wraps=True),
            4,
            self._rows,
            self.none,
            4,
            row(theme, self.add, self.add_silence, STRETCH, spacing=8),
            spacing=4,
            margins=(0, 8, 0, 8),
            on=self,
        )
        SignalBatcher(session.filters.changed, self).passed.connect(self.refresh)
        mask.changed.connect(self.refresh)
        self.refresh()

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether these lower-case words are about saved filters."""
        return all(word in _SOUGHT for word in words)

    @Slot()
    def refresh(self) -> None:
        """Show the current filters, and keep the focus at the same button of the same filter."""
        kinds = (self.bells, self.edits, self.removals)
        focused = [(kind, name) for kind in kinds for name, button in kind.items() if button.hasFocus()]
        for line in self._lines:
            self._rows.removeWidget(line)
            line.hide()
            line.deleteLater()
        for kind in kinds:
            kind.clear()
        every = self._session.filters.all()
        self._lines = [self._line(one) for one in every]
        for line in self._lines:
            self._rows.addWidget(line)
        self.none.setVisible(not every)
        for kind, name in focused:
            (kind.get(name) or self.add).setFocus()
        self.changed.emit()

    def _line(self, one: SavedFilter) -> QWidget:
        theme, line = self._theme, QWidget(self)
        name, query_text = map(visible, self._mask.filter(one) if one.query else (one.name, one.what))
        icon, words = _ICONS[one.bell]
        bell = self.bells[one.name] = IconButton(theme, icon, words.format(name), parent=line)
        bell.set_tone("accent" if one.bell == "on" else "text2")
        bell.clicked.connect(partial(self._do, self._session.filters.toggle_bell, one.name))
        title = ElidedLabel(theme, name, parent=line)
        title.setFixedWidth(theme.px(_NAME))
        query = ElidedLabel(theme, query_text, px=12, tone="text2", parent=line)
        query.setFont(theme.fixed_font(12))
        edit = self.edits[one.name] = IconButton(theme, "edit", f"Edit {name}…", parent=line)
        edit.clicked.connect(partial(self._edit, one))
        removal = self.removals[one.name] = IconButton(theme, "trash", f"Remove {name}", parent=line)
        removal.clicked.connect(partial(self._do, self._session.filters.remove, one.name))
        row(theme, bell, title, grow(query), edit, removal, spacing=8, on=line)
        return line

    def _do(self, change: Any, name: str, _: bool = False) -> None:
        self._runner.run(self._done(change(name)), "change a saved filter")

    async def _done(self, work: Coroutine[Any, Any, object]) -> None:
        await work
        if shiboken6.isValid(self):  # the dialog may be closed by now
            self.refresh()

    def _add_filter(self) -> None:
        self._open(SavedFilter(name="", query="", bell="on"))

    def _add_silence(self) -> None:
        self._open(SavedFilter(name="Silence over 15 min", silence_s=900, bell="on"))

    def _edit(self, one: SavedFilter, _: bool = False) -> None:
        self._open(one, edited=one.name)

    def _open(self, given: SavedFilter, edited: str = "") -> None:
        dialog = FilterDialog(
            self._session, self._theme, given, self.window(), mask=self._mask, edited=edited
        )
        dialog.open()
