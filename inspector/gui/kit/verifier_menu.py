"""The menu of verifiers to copy, grouped by language, and the selected one."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from inspector.session.receiver.verifiers import VERIFIERS


class VerifierChoice:
    """The verifier that was selected last, by default the first one."""

    def __init__(self) -> None:
        self.selected = next(iter(VERIFIERS.values()))

    def select(self, key: str) -> None:
        """Select a verifier by its key, if there is such a verifier."""
        self.selected = VERIFIERS.get(key, self.selected)


class VerifierMenu(QMenu):
    """One submenu per language. A language with a single verifier is an entry of its own."""

    verifier_selected = Signal(str)
    """The key in `VERIFIERS`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: dict[str, QAction] = {}
        """The entry of each verifier, by its key."""
        self._languages: list[QMenu] = []
        exclusive = QActionGroup(self)
        for language, group in groupby(VERIFIERS.values(), lambda one: one.language):
            verifiers = list(group)
            menu = self if len(verifiers) == 1 else self._add_language(language)
            for one in verifiers:
                label = one.label if menu is self else one.label.removeprefix(f"{language}, ")
                entry = menu.addAction(label)
                entry.setData(one.key)
                entry.setCheckable(True)
                exclusive.addAction(entry)
                self.entries[one.key] = entry
        self.triggered.connect(self._select)

    def show_selected(self, key: str) -> None:
        """Check the entry of this verifier."""
        self.entries[key].setChecked(True)

    def _add_language(self, language: str) -> QMenu:
        menu = self.addMenu(language)
        self._languages.append(menu)  # PySide deletes a submenu that Python does not keep
        return menu

    @Slot(QAction)
    def _select(self, entry: QAction) -> None:
        self.verifier_selected.emit(entry.data())
