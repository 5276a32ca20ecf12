"""The commands that change the text size, and the appearance settings as they take effect."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.theme import Theme
from inspector.session.preferences import Appearance


def apply_appearance(theme: Theme, appearance: Appearance) -> None:
    """Use the theme, text size and row height of these settings."""
    theme.force(appearance.is_dark)
    theme.set_compact(appearance.is_compact)
    theme.resize(appearance.text_size)


class AppearanceCommands(QObject):
    """Applies the settings of the page *Appearance* to a whole window, as soon as they are saved."""

    changed = Signal(object)
    """The new Appearance, after the theme has adopted it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._shown = window.session.preferences.appearance
        for name, step in (("larger-text", 1), ("smaller-text", -1), ("reset-text", 0)):
            window.action(name).triggered.connect(partial(self._step, step))
        SignalBatcher(window.session.preferences.changed, self).passed.connect(self._apply)

    def show(self) -> None:
        """Emit the current appearance."""
        self.changed.emit(self._shown)

    def _step(self, step: int, _: bool = False) -> None:
        """Use the next larger or smaller text size; 0 restores the default."""
        preference = self._window.session.preferences.find("text_size")
        sizes = [value for value, _ in preference.choices]
        if step:
            place = sizes.index(preference.in_force) + step
            size = sizes[min(max(place, 0), len(sizes) - 1)]
        else:
            size = preference.default
        if size == preference.in_force:
            return
        save = self._window.session.preferences.save("text_size", size)
        self._window.runner.run(save, "save the text size")
        self._window.notify(f"Text size {size} %.")

    @Slot()
    def _apply(self) -> None:
        appearance = self._window.session.preferences.appearance
        if appearance != self._shown:
            self._shown = appearance
            apply_appearance(self._window.theme, appearance)
            self.changed.emit(appearance)
