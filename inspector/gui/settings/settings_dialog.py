"""The Settings dialog: a searchable list of every setting with its help, default and range, and allowed
hosts."""

from __future__ import annotations

import asyncio
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import BaseDialog, ConfirmDialog, ask_to_discard
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, foot, grow, resize_within, row
from inspector.gui.kit.search_field import SearchField
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.setting_row import SettingRow
from inspector.session.session import Session

_HELP = (
    "Other machines that captures from this file may be sent to. If you revoke one, you will be asked again"
    " before the next delivery."
)
_NONE = "None. You will be asked before anything leaves this machine."
_OF_THIS_RUN = "allowed for this run"


class AllowedHosts(QWidget):
    """One line per host, with the button that revokes it."""

    def __init__(self, session: Session, theme: Theme, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._session = session
        self._theme = theme
        self._runner = runner
        self._lines: list[QWidget] = []
        self.buttons: dict[str, Button] = {}
        caption = Label(theme, "Allowed hosts", px=12, weight=600, tone="text2")
        caption.setContentsMargins(0, px(14), 0, px(4))
        self.none = Label(theme, _NONE, px=12, tone="text2", wraps=True)
        self._rows = column(theme, spacing=4)
        column(
            theme,
            caption,
            Label(theme, _HELP, px=12, tone="text2", wraps=True),
            self._rows,
            self.none,
            spacing=4,
            on=self,
        )
        self.refresh()

    def refresh(self) -> None:
        """Show the currently allowed hosts."""
        for line in self._lines:
            self._rows.removeWidget(line)
            line.deleteLater()
        self.buttons.clear()
        hosts = self._session.hosts.names
        self._lines = [self._line(host) for host in hosts]
        for line in self._lines:
            self._rows.addWidget(line)
        self.none.setVisible(not hosts)

    def _line(self, host: str) -> QWidget:
        theme, line = self._theme, QWidget(self)
        name = ElidedLabel(theme, visible(host), parent=line)
        end: QWidget
        if host in self._session.options.allow_hosts:
            end = Label(theme, _OF_THIS_RUN, px=12, tone="text2", parent=line)
        else:
            end = self.buttons[host] = Button(theme, "Revoke", parent=line)
            end.setAccessibleName(f"Revoke {visible(host)}")
            end.clicked.connect(partial(self._revoke, host))
        row(theme, grow(name), end, spacing=6, on=line)
        return line

    def _revoke(self, host: str, _: bool = False) -> None:
        self._runner.run(self._revoked(host), "revoke a host")

    async def _revoked(self, host: str) -> None:
        await self._session.hosts.revoke(host)
        if shiboken6.isValid(self):  # the dialog may be closed by now
            self.refresh()


_HOSTS = "allowed hosts replay forward revoke another machine"
_REMOVES = (
    "Within a minute, retention removes {}. This cannot be undone. Pinned captures stay. The limit also"
    " applies to later captures."
)
_NOT_ADDED = "“{}” has not been added to {}."


class SettingsDialog(BaseDialog):
    """A dialog that saves values when they are entered. Esc closes it and discards text that was not entered.

    It asks before saving a limit that would remove captures, and before losing a list entry that was not
    added.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Settings", parent)
        self._session = session
        self._theme = theme
        self.runner = Runner(session.tasks, self)
        self.field = SearchField(theme, "Find a setting", "Find a setting")
        self.field.textChanged.connect(self._search)
        self.rows: dict[str, SettingRow] = {}
        self._captions: dict[str, Label] = {}
        self.nothing = Label(theme, "No settings match.", tone="text2")
        self.nothing.hide()
        self.hosts = AllowedHosts(session, theme, self.runner)
        self.area = QScrollArea()
        self.area.setAccessibleName("Settings")
        self.area.setWidget(self._build_rows())
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.viewport().setAutoFillBackground(False)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self._finish)
        self._saving: dict[asyncio.Task[None], tuple[str, object]] = {}
        """The values being saved: the name and value of each task."""
        self._asked: set[str] = set()
        """The limits that the user is being asked about."""
        self._is_finishing = False
        """Whether to close the dialog once the last value is saved."""
        self._is_left = False
        self._lay_out()
        resize_within(self, theme, theme.px(640), theme.px(640))

    def _build_rows(self) -> QWidget:
        theme = self._theme
        parts: dict[str, list[QWidget]] = {}
        for preference in self._session.preferences.all():
            setting = self.rows[preference.name] = SettingRow(theme, preference)
            setting.entered.connect(self._save)
            parts.setdefault(preference.part, []).append(setting)
        rows: list[QWidget] = []
        for part in sorted(parts, key=lambda part: part not in ("Alerts", "Privacy")):
            caption = self._captions[part] = Label(theme, part, px=12, weight=600, tone="text2")
            caption.setContentsMargins(0, theme.px(14), 0, theme.px(4))
            rows += [caption, *parts[part]]
        inner = QWidget()
        inner.setAutoFillBackground(False)
        column(theme, *rows, self.hosts, self.nothing, STRETCH, margins=(20, 4, 20, 16), on=inner)
        return inner

    def _lay_out(self) -> None:
        theme = self._theme
        title = Label(theme, "Settings", px=16, weight=600)
        head = column(theme, title, self.field, spacing=10, margins=(20, 16, 20, 10))
        place, middle = visible(str(self._session.preferences.file)), Qt.TextElideMode.ElideMiddle
        saved = ElidedLabel(theme, f"Saved in {place}", px=12, tone="text2", mode=middle)
        buttons = foot(theme, grow(saved), self.close_button, spacing=12)
        column(theme, head, Hairline(theme), grow(self.area), Hairline(theme), buttons, on=self)

    def show_setting(self, name: str) -> None:
        """Scroll to a setting and focus it."""
        self.field.clear()
        row = self.rows[name]
        row.control.setFocus()
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(row))  # after its layout

    @Slot(str)
    def _search(self, text: str) -> None:
        words = text.lower().split()
        shown = [row for row in self.rows.values() if row.is_about(words)]
        for one in self.rows.values():
            one.setVisible(one in shown)
        for part, caption in self._captions.items():
            caption.setVisible(any(row.preference.part == part for row in shown))
        has_hosts = all(word in _HOSTS for word in words)
        self.hosts.setVisible(has_hosts)
        self.nothing.setVisible(not shown and not has_hosts)

    # ---- saving

    @property
    def is_saving(self) -> bool:
        """Whether an entered value is not saved yet."""
        return bool(self._saving)

    @Slot(str, object)
    def _save(self, name: str, value: object) -> None:
        begun = [one for other, one in self._saving.values() if other == name]
        is_same = bool(begun) and begun[-1] == value  # by Return and then by the loss of focus
        if not is_same and name not in self._asked:
            self._start(name, value, is_agreed=False)

    def _start(self, name: str, value: object, *, is_agreed: bool) -> None:
        work = self._saved(name, value, is_agreed=is_agreed)
        task = self.runner.run(work, f"save setting {name}", partial(self._show_error, name))
        self._saving[task] = name, value
        task.add_done_callback(self._ended)

    async def _saved(self, name: str, value: object, *, is_agreed: bool) -> None:
        try:
            if not is_agreed:
                count, words = await self._session.maintenance.would_remove(name, value)
                if count and not self._is_open:
                    return
                if count:
                    self._is_finishing = False
                    self._asked.add(name)
                    ask = partial(self._ask_limit, name, value, count, words)
                    QTimer.singleShot(0, self, ask)  # outside this task
                    return
            preference = await self._session.preferences.save(name, value)
        except InspectorError as error:
            self._is_finishing = False
            raise InspectorError(_of_row(str(error), name)) from error
        if self._is_open:
            self.rows[name].show_preference(preference)

    def _show_error(self, name: str, sentence: str) -> None:
        if self._is_open:
            self.rows[name].notify(sentence)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._saving[task]
        if self._is_finishing and not self.is_saving and self._is_open:
            self.reject()

    @property
    def _is_open(self) -> bool:
        """Whether the dialog is still open."""
        return not self._is_left and shiboken6.isValid(self)

    def _ask_limit(self, name: str, value: object, count: int, words: str) -> None:
        many = f"{count:,} capture{'' if count == 1 else 's'}"
        text = _REMOVES.format(words)
        question = ConfirmDialog(self._session, self._theme, f"Remove {many}?", text, f"Remove {many}", self)
        question.finished.connect(partial(self._answered, name))
        question.accepted.connect(partial(self._start, name, value, is_agreed=True))
        question.open()

    def _answered(self, name: str, result: int) -> None:
        self._asked.discard(name)
        if result == QDialog.DialogCode.Rejected:
            self.rows[name].discard_typed()

    # ---- closing

    @Slot()
    def _finish(self) -> None:
        """Close once every value is saved, unless one fails."""
        self._is_finishing = self.is_saving
        if not self._is_finishing:
            self.reject()

    def reject(self) -> None:
        """Close, by Esc, the button or the frame. Ask first about an entry that was not added."""
        self._is_finishing = False
        row = next((row for row in self.rows.values() if row.not_added), None)
        if row is None:
            super().reject()
            return
        self._discard_typed()  # before the focus is lost
        row.control.setFocus()  # the question returns the focus to it
        text = _NOT_ADDED.format(visible(row.not_added), row.preference.title)
        ask_to_discard(self._session, self._theme, "Discard your input?", text, self)

    def done(self, result: int) -> None:
        """Close. The focused field loses the focus, but its text must not count as entered."""
        self._is_left = True
        self._discard_typed()
        super().done(result)

    def _discard_typed(self) -> None:
        for one in self.rows.values():
            one.discard_typed()


def _of_row(sentence: str, name: str) -> str:
    """Return an error of the settings file without the name of the setting, which its row shows."""
    if (problem := sentence.removeprefix(f"The setting {name}: ")) != sentence:
        return problem[:1].upper() + problem[1:]
    return sentence.replace(f"The setting {name} ", "It ", 1)
