"""One setting in the dialog: its help, control, default and range; a list of texts has an editor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from inspector.base.quantity import size_text
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import LineField
from inspector.session.preferences import Preference


class EntriesEditor(QWidget):
    """An editor that does not change its list, but emits the edited one."""

    edited = Signal(object)
    """The edited list, as a tuple of texts."""

    def __init__(self, theme: Theme, title: str, example: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._entries: tuple[str, ...] = ()
        self._lines: list[QWidget] = []
        self.field = LineField(theme, f"Add to {title.lower()}", example=example)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._add)
        self.add = Button(theme, "Add")
        self.add.setAccessibleName(f"Add the entry to {title.lower()}")
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

    def show_entries(self, entries: tuple[str, ...]) -> None:
        """Show these entries, and clear the field if its text is one of them."""
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
            self.edited.emit((*self._entries, text))

    def _remove(self, entry: str) -> None:
        self.field.setFocus()  # the focused button is about to be removed
        self.edited.emit(tuple(one for one in self._entries if one != entry))


_WAITING = "Takes effect after a restart."
_OF_THIS_RUN = "Overridden for this run: {value}."


class SettingRow(QWidget):
    """A setting that is saved when it is entered. Errors are shown below, and the typed text stays in the
    field."""

    entered = Signal(str, object)
    """The name of the setting, and its new value; None for the default."""

    def __init__(self, theme: Theme, preference: Preference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preference = preference
        title = Label(theme, preference.title, weight=500)
        self.reset = Link(theme, "Reset")
        self.reset.setAccessibleName(f"Reset {preference.title.lower()}")
        self.reset.clicked.connect(self._restore_default)
        self.facts = Label(theme, px=12, tone="text2", wraps=True)
        self.state = Label(theme, px=12, weight=500, tone="warning", wraps=True)
        self.error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.error.hide()
        self.control, self._show_value = self._build_control(theme)
        self.control.setAccessibleName(preference.title)
        self.control.setAccessibleDescription(preference.help)
        is_list = preference.kind == "list"
        head, below = ((), (self.control,)) if is_list else ((self.control,), ())
        words = column(
            theme,
            row(theme, title, STRETCH, *head, spacing=12),
            Label(theme, preference.help, px=12, tone="text2", wraps=True),
            *below,
            row(theme, grow(self.facts), self.reset, spacing=12),
            self.state,
            self.error,
            spacing=2,
        )
        # The line is part of the row, so that both are hidden together.
        column(theme, grow(words), Hairline(theme), spacing=8, margins=(0, 8, 0, 0), on=self)
        self.show_preference(preference)

    def show_preference(self, preference: Preference) -> None:
        """Show the current value."""
        self.preference = preference
        self._show_value()
        self.error.hide()
        default = _shown(preference, preference.default)
        facts = [f"Default: {default}"] if default else []
        if preference.span:
            facts.append(preference.span)
        self.facts.setText("  ·  ".join(facts))
        self.reset.setVisible(not preference.is_default)
        state = _WAITING if preference.is_waiting else ""
        if preference.is_of_this_run:
            state = _OF_THIS_RUN.format(value=_shown(preference, preference.in_force))
        self.state.setText(state)
        self.state.setVisible(bool(state))

    def notify(self, sentence: str) -> None:
        """Show why the value was not saved."""
        self.error.setText(sentence)
        self.error.show()

    def discard_typed(self) -> None:
        """Discard text that was typed but not entered, and show the saved value."""
        self._show_value()

    @property
    def not_added(self) -> str:
        """Text that was typed for a list but not added."""
        return self._entries.field.text().strip() if self.preference.kind == "list" else ""

    def is_about(self, words: list[str]) -> bool:
        """Return whether the setting contains each of these lower-case words."""
        preference = self.preference
        text = f"{preference.name} {preference.title} {preference.help} {preference.part}".lower()
        return all(word in text for word in words)

    def _build_control(self, theme: Theme) -> tuple[QWidget, Callable[[], None]]:
        kind = self.preference.kind
        if kind == "switch":
            self._switch = QCheckBox("On")
            self._switch.clicked.connect(self._switched)
            return self._switch, self._show_switch
        if kind == "list":
            self._entries = EntriesEditor(theme, self.preference.title, self.preference.example)
            self._entries.edited.connect(self._edited)
            return self._entries, self._show_entries
        self._field = LineField(theme, self.preference.title)
        self._field.setFixedWidth(theme.px(150))
        self._field.editingFinished.connect(self._typed)
        return self._field, self._show_text

    def _show_switch(self) -> None:
        self._switch.setChecked(self.preference.saved is True)

    def _show_entries(self) -> None:
        saved = self.preference.saved
        self._entries.show_entries(saved if isinstance(saved, tuple) else ())

    def _show_text(self) -> None:
        self._field.setText(_plain(self.preference.saved))

    @Slot(bool)
    def _switched(self, is_on: bool) -> None:
        self.entered.emit(self.preference.name, is_on)

    @Slot(object)
    def _edited(self, entries: object) -> None:
        self.entered.emit(self.preference.name, entries)

    @Slot()
    def _typed(self) -> None:
        typed = self._field.text().strip()
        if typed != _plain(self.preference.saved):
            self.entered.emit(self.preference.name, typed)

    @Slot()
    def _restore_default(self) -> None:
        self.control.setFocus()  # the focused link is about to be hidden
        self.entered.emit(self.preference.name, None)


def _plain(value: object) -> str:
    """Return a value as typed: `0.5`, `10`, never `10.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(preference: Preference, value: object) -> str:
    """Return a value as text, with sizes also in units; empty for an empty list."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(value) if value else "none"
    if preference.name.endswith("_bytes") and isinstance(value, int) and value:
        return f"{value} ({size_text(value)})"
    return _plain(value)
