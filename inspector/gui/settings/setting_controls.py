"""The control of a setting: a field with its unit, a switch, a choice, or a list of texts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.controls.switch import Switch
from inspector.gui.kit.controls.value_boxes import ComboBox, LineField
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.theme_cards import ThemeCards
from inspector.session.preferences import Preference

_FIELD = 190
_MOST_LETTERS = 40
"""Labels longer than this in total do not fit next to each other."""


class EntriesEditor(QWidget):
    """An editor that does not change its list, but emits the edited one."""

    entered = Signal(object)
    """The edited list, as a tuple of texts."""

    def __init__(self, theme: Theme, preference: Preference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[str, ...] = ()
        self._lines: list[QWidget] = []
        title = preference.title.lower()
        self.field = LineField(theme, f"Add to {title}", example=preference.example)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._add)
        self.add = Button(theme, "Add")
        self.add.setAccessibleName(f"Add the entry to {title}")
        self.add.setEnabled(False)
        self.add.clicked.connect(self._add)
        self.setFocusProxy(self.field)
        self._rows = column(theme, spacing=2)
        column(
            theme,
            self._rows,
            row(theme, grow(self.field), self.add, spacing=8),
            spacing=4,
            margins=(0, 4, 0, 2),
            on=self,
        )
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Show the saved entries, and clear the field if its text is one of them."""
        entries = preference.saved if isinstance(preference.saved, tuple) else ()
        if self.field.text().strip() in entries:
            self.field.clear()
        if entries == self._entries:
            return
        self._entries = entries
        for line in self._lines:
            self._rows.removeWidget(line)
            line.deleteLater()
        self._lines = [self._line(entry) for entry in entries]
        for line in self._lines:
            self._rows.addWidget(line)

    @property
    def not_added(self) -> str:
        """Text that was typed but not added."""
        return self.field.text().strip()

    def _line(self, entry: str) -> QWidget:
        line = QWidget(self)
        label = ElidedLabel(self._theme, visible(entry), parent=line)
        remove = IconButton(self._theme, "close", f"Remove {visible(entry)}", parent=line)
        remove.clicked.connect(partial(self._remove, entry))
        row(self._theme, grow(label), remove, spacing=6, margins=(6, 0, 0, 0), on=line)
        return line

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.add.setEnabled(bool(text.strip()))

    @Slot()
    def _add(self) -> None:
        text = self.field.text().strip()
        if text and text not in self._entries:
            self.entered.emit((*self._entries, text))

    def _remove(self, entry: str) -> None:
        self.field.setFocus()  # the focused button is about to be removed
        self.entered.emit(tuple(one for one in self._entries if one != entry))


class ValueField(LineField):
    """A field for a number with its unit, or for a text. It is entered by Return, or by leaving it."""

    entered = Signal(object)
    typed = Signal(str)
    """The text that is in the field now, after a key press."""

    def __init__(self, theme: Theme, preference: Preference) -> None:
        super().__init__(theme, preference.title)
        self._saved = ""
        self.setFixedWidth(theme.px(_FIELD))
        self.editingFinished.connect(self._enter)
        self.textEdited.connect(self.typed)
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Show the saved value in place of what was typed."""
        self._saved = preference.saved_text
        self.setText(self._saved)
        self.setCursorPosition(0)  # so that a long address shows its start

    @Slot()
    def _enter(self) -> None:
        text = self.text().strip()
        if text != self._saved:
            self.entered.emit(text)


class SwitchControl(Switch):
    """A switch for a setting that is on or off."""

    entered = Signal(object)

    def __init__(self, theme: Theme, preference: Preference) -> None:
        super().__init__(theme, preference.title)
        self.clicked.connect(self._enter)
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Show whether it is on."""
        self.setChecked(preference.saved is True)

    @Slot(bool)
    def _enter(self, is_on: bool) -> None:
        self.entered.emit(is_on)


class SegmentChoice(SegmentedControl):
    """A choice between few short labels."""

    entered = Signal(object)

    def __init__(self, theme: Theme, preference: Preference) -> None:
        super().__init__(theme, tuple(label for _, label in preference.choices))
        self._values = [value for value, _ in preference.choices]
        self.selected.connect(self._enter)
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Select the saved value."""
        place = self._values.index(preference.saved)
        self.select(place)
        self.setFocusProxy(self.button(place))

    @Slot(int)
    def _enter(self, place: int) -> None:
        self.entered.emit(self._values[place])


class ComboChoice(ComboBox):
    """A choice between long labels."""

    entered = Signal(object)

    def __init__(self, theme: Theme, preference: Preference) -> None:
        super().__init__(theme, preference.title, dict(preference.choices))
        self.setFixedWidth(theme.px(_FIELD))
        self.activated.connect(self._enter)
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Select the saved value."""
        self.setCurrentIndex(self.findData(preference.saved))

    @Slot(int)
    def _enter(self, place: int) -> None:
        self.entered.emit(self.itemData(place))


SettingControl = EntriesEditor | ValueField | SwitchControl | SegmentChoice | ComboChoice | ThemeCards


def control_for(theme: Theme, preference: Preference) -> SettingControl:
    """Return the control for a setting, which shows its saved value."""
    if preference.name == "theme":
        return ThemeCards(theme, preference)
    if preference.kind == "switch":
        return SwitchControl(theme, preference)
    if preference.kind == "list":
        return EntriesEditor(theme, preference)
    if preference.kind == "choice":
        letters = sum(len(label) for _, label in preference.choices)
        return (SegmentChoice if letters <= _MOST_LETTERS else ComboChoice)(theme, preference)
    return ValueField(theme, preference)
