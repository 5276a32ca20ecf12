"""Every setting with its help, default and range, searchable; what was allowed is withdrawn here."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.gui.buttons import Button
from inspector.gui.dialogs.allowed_hosts import AllowedHosts
from inspector.gui.dialogs.setting_row import SettingRow
from inspector.gui.labels import ElidedLabel, Hairline, Label
from inspector.gui.query_field import SearchField
from inspector.gui.runner import Runner
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme
from inspector.session.session import Session

_HOSTS = "allowed hosts replay forward withdraw another machine"


class SettingsDialog(QDialog):
    """What is entered is saved at once; Esc closes."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._session = session
        self._theme = theme
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.runner = Runner(session.tasks, self)
        self.field = SearchField(theme, "Find a setting", "Find a setting")
        self.field.textChanged.connect(self._search)
        self.rows: dict[str, SettingRow] = {}
        self._captions: dict[str, Label] = {}
        self._nothing = Label(theme, "No setting has these words.", tone="text2")
        self._nothing.hide()
        self.hosts = AllowedHosts(session, theme, self.runner)
        self.area = QScrollArea()
        self.area.setAccessibleName("Settings")
        self.area.setWidget(self._build_rows())
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.viewport().setAutoFillBackground(False)
        use_thin_scroll_bars(self.area, theme)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self.accept)
        self._lay_out()
        self.resize(px(640), px(640))

    def _build_rows(self) -> QWidget:
        px = self._theme.px
        inner = QWidget()
        inner.setAutoFillBackground(False)
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(20), px(4), px(20), px(16))
        column.setSpacing(0)
        parts: dict[str, list[SettingRow]] = {}
        for preference in self._session.preferences.all():
            row = self.rows[preference.name] = SettingRow(self._theme, preference)
            row.entered.connect(self._save)
            parts.setdefault(preference.part, []).append(row)
        order = sorted(parts, key=lambda part: part not in ("Alerts", "Privacy"))
        for part in order:
            caption = self._captions[part] = Label(self._theme, part, px=12, weight=600, tone="text2")
            caption.setContentsMargins(0, px(14), 0, px(4))
            column.addWidget(caption)
            for row in parts[part]:
                column.addWidget(row)
        column.addWidget(self.hosts)
        column.addWidget(self._nothing)
        column.addStretch(1)
        return inner

    def _lay_out(self) -> None:
        theme, px = self._theme, self._theme.px
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(16), px(20), px(10))
        head.setSpacing(px(10))
        head.addWidget(Label(theme, "Settings", px=16, weight=600))
        head.addWidget(self.field)
        place = visible(str(self._session.preferences.file))
        foot = QHBoxLayout()
        foot.setContentsMargins(px(20), px(10), px(20), px(10))
        foot.setSpacing(px(12))
        foot.addWidget(
            ElidedLabel(theme, f"Saved in {place}", px=12, tone="text2", mode=Qt.TextElideMode.ElideMiddle), 1
        )
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self.area, 1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(foot)

    def show_setting(self, name: str) -> None:
        """Bring one setting into sight, with the focus on it."""
        self.field.clear()
        row = self.rows[name]
        row.control.setFocus()
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(row))  # once it is laid out

    @Slot(str)
    def _search(self, text: str) -> None:
        words = text.lower().split()
        shown = [row for row in self.rows.values() if row.is_about(words)]
        for row in self.rows.values():
            row.setVisible(row in shown)
        for part, caption in self._captions.items():
            caption.setVisible(any(row.preference.part == part for row in shown))
        has_hosts = all(word in _HOSTS for word in words)
        self.hosts.setVisible(has_hosts)
        self._nothing.setVisible(not shown and not has_hosts)

    @Slot(str, object)
    def _save(self, name: str, value: object) -> None:
        self.runner.run(self._saved(name, value), f"save setting {name}", self.rows[name].tell)

    async def _saved(self, name: str, value: object) -> None:
        try:
            preference = await self._session.preferences.save(name, value)
        except InspectorError as error:
            raise InspectorError(_of_row(str(error), name)) from error
        if shiboken6.isValid(self):  # it may have been closed meanwhile
            self.rows[name].show_preference(preference)


def _of_row(sentence: str, name: str) -> str:
    """A sentence of the settings file for whoever sees the row and need not be told its name."""
    if (told := sentence.removeprefix(f"Setting {name}: ")) != sentence:
        return told[:1].upper() + told[1:]
    return sentence.replace(f"Setting {name} ", "It ", 1)
