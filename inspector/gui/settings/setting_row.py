"""Rows of the settings: one setting, one action, or one key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from inspector.base.errors import UsageError
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.controls.key_hint import KeyHint
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, at, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.setting_controls import EntriesEditor, ValueField, control_for
from inspector.session.preferences import Preference, Preferences

_WAITING = "Takes effect after a restart."
_WORDS, _LEAST = 240, 240
_OF_THIS_RUN = "Overridden for this run: {value}."


class SettingRow(QWidget):
    """A setting that is saved when it is entered. Errors are shown below, and the typed text stays in the
    field."""

    entered = Signal(str, object)
    """The name of the setting, and its new value; None for the default."""

    def __init__(
        self, theme: Theme, preferences: Preferences, preference: Preference, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.preference = preference
        self.facts = Label(theme, px=12, tone="text2")
        self.reset = Link(theme, "Reset")
        self.reset.setAccessibleName(f"Reset {preference.title.lower()}")
        self.reset.clicked.connect(self._restore_default)
        self.state = Label(theme, px=12, weight=500, tone="warning", wraps=True)
        self.error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.error.hide()
        self._theme = theme
        self._line: QBoxLayout | None = None
        self.control = control_for(theme, preference)
        self.control.setAccessibleName(preference.title)
        self.control.setAccessibleDescription(preference.help)
        self.control.entered.connect(self._entered)
        if isinstance(self.control, ValueField):
            self.control.typed.connect(self._typed)
            self.control.setToolTip(preference.span)
        below = (row(theme, self.facts, self.reset, STRETCH, spacing=8), self.state, self.error)
        title = Label(theme, preference.title)
        words = (title, Label(theme, preference.help, px=12, tone="text2", wraps=True))
        if preference.name == "theme":  # its cards explain themselves
            content: QBoxLayout = column(theme, self.control, *below, spacing=2)
        elif isinstance(self.control, EntriesEditor):
            content = column(theme, *words, self.control, *below, spacing=1)
        else:
            middle = at(Qt.AlignmentFlag.AlignVCenter, self.control)
            content = row(theme, grow(column(theme, *words, *below, spacing=1)), middle, spacing=24)
            self._line = content
        # The line is part of the row, so that both are hidden together.
        column(theme, grow(content), Hairline(theme), spacing=8, margins=(0, 8, 0, 0), on=self)
        self.show_preference(preference)

    def minimumSizeHint(self) -> QSize:
        """Return a small width: the control moves below the words if there is too little room."""
        return QSize(self._theme.px(_LEAST), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._line is not None:
            needed = self._theme.px(_WORDS) + self.control.sizeHint().width()
            is_narrow = event.size().width() < needed
            across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
            self._line.setDirection(down if is_narrow else across)
            self._line.setSpacing(self._theme.px(6 if is_narrow else 24))

    def show_preference(self, preference: Preference) -> None:
        """Show the current value."""
        self.preference = preference
        self.control.show_value(preference)
        self.error.hide()
        is_default = preference.is_default or preference.kind == "choice"
        self.facts.setText(f"Default: {preference.default_text}")
        for one in (self.facts, self.reset):
            one.setVisible(not is_default)
        state = _WAITING if preference.is_waiting else ""
        if preference.is_of_this_run:
            state = _OF_THIS_RUN.format(value=preference.in_force_text)
        self.state.setText(state)
        self.state.setVisible(bool(state))

    def disable(self, reason: str) -> None:
        """Show why this machine cannot have the setting."""
        self.control.setEnabled(False)
        self.control.setToolTip(reason)
        self.facts.setText(reason)
        self.facts.show()
        self.reset.hide()

    def notify(self, sentence: str) -> None:
        """Show why the value was not saved."""
        self.error.setText(sentence)
        self.error.show()

    def discard_typed(self) -> None:
        """Discard text that was typed but not entered, and show the saved value."""
        self.control.show_value(self.preference)

    @property
    def not_added(self) -> str:
        """Text that was typed for a list but not added."""
        return self.control.not_added if isinstance(self.control, EntriesEditor) else ""

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether the setting contains each of these lower-case words."""
        one = self.preference
        labels = " ".join(label for _, label in one.choices)
        text = f"{one.name} {one.title} {one.help} {one.part} {labels} {one.saved_text}".lower()
        return all(word in text for word in words)

    @Slot(object)
    def _entered(self, value: object) -> None:
        self.entered.emit(self.preference.name, value)

    @Slot(str)
    def _typed(self, text: str) -> None:
        """Hide the error as soon as the value is right."""
        if not self.error.isVisible():
            return
        try:
            self._preferences.check(self.preference.name, text)
        except UsageError:
            return
        self.error.hide()

    @Slot()
    def _restore_default(self) -> None:
        self.control.setFocus()  # the focused link is about to be hidden
        self.entered.emit(self.preference.name, None)


class ActionRow(QWidget):
    """Something that is set up elsewhere in the window: its name, its state, and the button that opens it."""

    started = Signal(object)
    """The user wants this QAction."""

    def __init__(self, theme: Theme, title: str, state: str, action: QAction) -> None:
        super().__init__()
        self._action = action
        self._text = f"{title} {state} {action.text()}".lower()
        self.button = Button(theme, action.text())
        self.button.setEnabled(action.isEnabled())
        self.button.clicked.connect(self._clicked)
        words = column(
            theme, Label(theme, title), Label(theme, state, px=12, tone="text2", wraps=True), spacing=1
        )
        middle = at(Qt.AlignmentFlag.AlignVCenter, self.button)
        line = row(theme, grow(words), middle, spacing=24)
        column(theme, grow(line), Hairline(theme), spacing=8, margins=(0, 8, 0, 0), on=self)

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether the row contains each of these lower-case words."""
        return all(word in self._text for word in words)

    @Slot()
    def _clicked(self) -> None:
        self.started.emit(self._action)


class KeyRow(QWidget):
    """A command and its keys."""

    def __init__(self, theme: Theme, text: str, keys: Sequence[str]) -> None:
        super().__init__()
        self._text = f"{text} {'+'.join(keys)} {' '.join(keys)} shortcut key".lower()
        row(theme, grow(Label(theme, text)), KeyHint(theme, keys), spacing=12, margins=(0, 3, 0, 3), on=self)

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether the row contains each of these lower-case words."""
        return all(word in self._text for word in words)
