"""The dialog of a saved filter: its name, what it selects, and its alert."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QStackedWidget, QWidget

from inspector.domain.query import QueryError
from inspector.domain.query.saved_filter import SavedFilter, read_silence, spoken_silence
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.layout import STRETCH, box, caption, column, row
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_CAPTURES, _SILENCE = 0, 1


class FilterDialog(FormDialog):
    """A form for a new filter, or for a saved one. Return saves it."""

    saved = Signal(object)
    """The name under which the filter was saved."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        given: SavedFilter,
        parent: QWidget | None = None,
        *,
        mask: Mask,
        edited: str = "",
    ) -> None:
        """`edited` is the name of the saved filter that is edited; empty for a new filter."""
        super().__init__(
            session,
            theme,
            f"Edit “{mask.about(edited, given.query)}”" if edited else "Save a filter",
            "Save filter",
            parent,
        )
        self._session = session
        self._edited_name = edited
        self.name = self.add_line("Name", name="Name of the filter")
        self.name.setText(given.name or (given.suggested_name if given.query else ""))
        self.kind = SegmentedControl(theme, ("New captures", "Silence"))
        self.kind.setAccessibleName("Selects")
        self.kind.select(_SILENCE if given.silence_s else _CAPTURES)
        self.kind.selected.connect(self._show_kind)
        self.add(2, caption(theme, "Selects", self.kind, px=12), self.kind)
        self.query = LineField(theme, "Filter", example="verdict:invalid since:today", text=given.query)
        self.query.setFont(theme.fixed_font(12))
        self.silence = LineField(
            theme, "Silence over", example="15m", text=spoken_silence(given.silence_s or 900)
        )
        self._pages = QStackedWidget(self)
        for line in (self.query, self.silence):
            line.textChanged.connect(self.error.hide)
            name = caption(theme, line.accessibleName(), line, px=12)
            self._pages.addWidget(box(column(theme, name, line, spacing=6)))
        self._pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.add(2, self._pages)
        self.alert = QCheckBox("Alert me")
        self.alert.setChecked(given.bell == "on")
        self.beep = QCheckBox("With a sound")
        self.beep.setChecked(given.has_beep)
        self.beep.setEnabled(self.alert.isChecked())
        self.alert.toggled.connect(self.beep.setEnabled)
        self._bell = given.bell
        self.add(8, row(theme, self.alert, self.beep, STRETCH, spacing=16), self.error)
        LineMask(mask, self.name, drawn=lambda text: mask.about(text, self.query.text()))
        LineMask(mask, self.query, drawn=mask.rule)
        self.verb.clicked.connect(self._save)
        self.name.textChanged.connect(self._typed)
        self.query.textChanged.connect(self._typed)
        self.name.setFocus()
        self.name.selectAll()
        self._show_kind(self.kind.current)
        self._typed()

    @Slot(int)
    def _show_kind(self, kind: int) -> None:
        """Show the field of the kind, in the place of the other."""
        self._pages.setCurrentIndex(kind)
        self._typed()

    @Slot()
    def _typed(self) -> None:
        has_query = bool(self.query.text().strip()) or self.kind.current == _SILENCE
        self.verb.setEnabled(bool(self.name.text().strip()) and has_query)

    @Slot()
    def _save(self) -> None:
        self.working()
        self.runner.run(self._saved(), "save a filter", self.notify)

    async def _saved(self) -> None:
        is_silence = self.kind.current == _SILENCE
        muted = "muted" if self._bell == "muted" else "none"
        new = SavedFilter(
            name=self.name.text(),
            query="" if is_silence else self.query.text(),
            silence_s=read_silence(self.silence.text()) if is_silence else 0,
            bell="on" if self.alert.isChecked() else muted,  # type: ignore[arg-type]
            has_beep=self.beep.isChecked(),
        )
        try:
            new.checked()
        except QueryError as error:
            self.query.setFocus()
            self.query.setSelection(error.position, error.length)
            raise
        if self._edited_name:
            new = await self._session.filters.change(self._edited_name, new)
        else:
            new = await self._session.filters.put(new)
        self.accept()
        self.saved.emit(new.name)
