"""The Settings dialog: pages of settings, one row each, and a search over all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeyEvent, QPalette
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import caps_of
from inspector.gui.kit.context.command_table import COMMANDS
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import EachSignalBatcher
from inspector.gui.kit.context.window import NO_TRAY, has_tray
from inspector.gui.kit.controls.search_field import SearchField
from inspector.gui.kit.dialog import BaseDialog, ConfirmDialog, ask_to_discard
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, box, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.allowed_hosts import AllowedHosts
from inspector.gui.settings.filter_rows import FilterRows
from inspector.gui.settings.pages import ICONS, PageList, Section, SettingsRow
from inspector.gui.settings.setting_row import ActionRow, KeyRow, SettingRow
from inspector.session.filters import SETTING
from inspector.session.session import Session

_WIDTH, _HEIGHT, _SIDE = 860, 640, 212
_ROWS_PER_STEP = 4
SHORTCUTS = "Shortcuts"
_IN_PLACE = (
    (("↑", "↓"), "Move up or down in a list"),
    (("Home", "End"), "Go to the newest or oldest capture"),
    (("Shift", "↓"), "Select several captures"),
    (("Tab",), "Go to the next control"),
    (("←", "→"), "Collapse or expand; next tab"),
    (("Ctrl", "Space"), "Show filter suggestions"),
    (("F2",), "Edit the selected saved filter"),
    (("Space",), "Switch the bell of the selected saved filter, or a response rule"),
    (("Alt", "↑"), "Move the selected saved filter or response rule up; ↓ down"),
    (("Ctrl", "F"), "Find in the body; elsewhere, filter"),
    (("Esc",), "Clear a field; close a dialog"),
)
_REMOVES = (
    "Within a minute, retention removes {}. This cannot be undone. Pinned captures stay. The limit also"
    " applies to later captures."
)
_NOT_ADDED = "“{}” has not been added to {}."
_AT_ONCE = "Changes apply at once."


class SettingsDialog(BaseDialog):
    """A dialog that saves values when they are entered. Esc closes it and discards text that was not entered.

    It asks before saving a limit that would remove captures, and before losing a list entry that was not
    added.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        action: Callable[[str], QAction],
        mask: Mask,
        parent: QWidget | None = None,
    ) -> None:
        """`action` returns the action of a name in the table of commands."""
        super().__init__("Settings", parent)
        self._session = session
        self._theme = theme
        self._action = action
        self._mask = mask
        self.runner = Runner(session.tasks, self)
        self._rows: dict[str, SettingRow] = {}
        """Of the pages that were shown."""
        self.nothing = Label(theme, "No settings match.", tone="text2")
        self.nothing.hide()
        self.hosts = AllowedHosts(session, theme, self.runner)
        self.filters = FilterRows(session, theme, mask, self.runner)
        self.filters.changed.connect(self._count)
        self.sections = {one.name: one for one in self._build_sections()}
        self.field = SearchField(theme, "Find a setting", "Find a setting")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._search)
        self.pages = PageList(theme, tuple(self.sections))
        self.field.left_downwards.connect(self.pages.setFocus)
        self.area = QScrollArea()
        self.area.setAccessibleName("Settings")
        inner = box(column(theme, *self.sections.values(), self.nothing, STRETCH, margins=(28, 20, 28, 8)))
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for one in (inner, self.area.viewport()):
            one.setAutoFillBackground(False)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self._finish)
        self._saving: dict[asyncio.Task[None], tuple[str, object]] = {}
        """The values being saved: the name and value of each task."""
        self._asked: set[str] = set()
        """The limits that the user is being asked about."""
        self._is_finishing = False
        """Whether to close the dialog once the last value is saved."""
        self._is_left = False
        saved = EachSignalBatcher(session.preferences.changed, self).passed
        saved.connect(self._refresh)  # also by a key, the palette or another dialog
        self._lay_out()
        self.pages.currentTextChanged.connect(self._show_page)
        self.pages.setCurrentRow(0)
        self._count()
        self._building = QTimer(self)
        self._building.timeout.connect(self._build_next)
        self._building.start(0)  # so that the first search does not wait for the other pages
        resize_within(self, theme, theme.px(_WIDTH), theme.px(_HEIGHT))

    @property
    def rows(self) -> dict[str, SettingRow]:
        """The row of each setting by its name, also of pages that were not shown yet."""
        for section in self.sections.values():
            section.rows  # noqa: B018 - builds them
        return self._rows

    def _build_sections(self) -> list[Section]:
        """Return a section per page that has rows, in the order of their icons."""
        with_settings = {preference.part for preference in self._session.preferences.all()}
        others = {SHORTCUTS, *(page for page, *_ in self._elsewhere())}
        sections = [
            Section(self._theme, name, self._build_rows, can_be_reset=name in with_settings)
            for name in ICONS
            if name in with_settings or name in others
        ]
        for section in sections:
            section.reset_requested.connect(self._reset_page)
        return sections

    @Slot()
    def _build_next(self) -> None:
        section = next((one for one in self.sections.values() if not one.is_built), None)
        if section is None:
            self._building.stop()
        else:
            section.build_some(_ROWS_PER_STEP)

    def _build_rows(self, page: str) -> Iterator[SettingsRow]:
        """Yield the rows of a page. Those of one page can take 70 ms."""
        theme, preferences = self._theme, self._session.preferences
        for preference in preferences.all():
            if preference.part != page:
                continue
            if preference.name == SETTING:
                yield self.filters
                continue
            setting = self._rows[preference.name] = SettingRow(theme, preferences, preference)
            setting.entered.connect(self._save)
            if preference.name == "keep_listening" and not has_tray():
                setting.disable(NO_TRAY)
            yield setting
        if page == "Replay":
            yield self.hosts
        for place, title, state, name in self._elsewhere():
            if place == page:
                opened = ActionRow(theme, title, state, self._action(name))
                opened.started.connect(self._start_action)
                yield opened
        if page == SHORTCUTS:
            for command in COMMANDS:
                if caps := caps_of(self._action(command.name)):
                    yield KeyRow(theme, command.text.rstrip("…"), caps)
            for keys, text in _IN_PLACE:
                yield KeyRow(theme, text, keys)

    def _elsewhere(self) -> list[tuple[str, str, str, str]]:
        """Return what is set up elsewhere: page, title, state and command."""
        session = self._session
        names = [row.name for row in session.secrets.names() if row.is_active]
        secrets = f"Active: {', '.join(map(visible, names))}." if names else "No active secret."
        address = session.address.text
        return [
            (
                "Public address",
                "Public address",
                self._mask.sentence(visible(address))
                if address
                else "Not set. Senders on the internet need one.",
                "set-address",
            ),
            ("Secrets", "Secrets", secrets, "add-secret"),
            ("Secrets", "Secrets of a project", "Read from an .env file.", "import-secret"),
            ("Storage", "Capture file", f"{visible(str(session.database))}", "maintenance"),
        ]

    def _lay_out(self) -> None:
        theme = self._theme
        side = box(column(theme, self.field, grow(self.pages), spacing=8, margins=(8, 12, 8, 8)))
        side.setFixedWidth(theme.px(_SIDE))
        note = Label(theme, _AT_ONCE, px=12, tone="text2")
        note.setToolTip(f"Saved in {visible(str(self._session.preferences.file))}")
        buttons = box(foot(theme, note, STRETCH, self.close_button, spacing=12))
        for bar in (side, buttons):
            bar.setBackgroundRole(QPalette.ColorRole.Window)
            bar.setAutoFillBackground(True)
        middle = row(theme, side, Hairline(theme, is_upright=True), grow(self.area))
        column(theme, grow(middle), Hairline(theme), buttons, on=self)

    def show_setting(self, name: str) -> None:
        """Open the page of a setting, scroll to it and focus it."""
        if name == SETTING:
            self.show_page("Alerts")
            self.filters.add.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.show_page(self._session.preferences.find(name).part)
        row = self._rows[name]
        row.control.setFocus(Qt.FocusReason.TabFocusReason)
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(row))  # after its layout

    def show_page(self, name: str) -> None:
        """Open a page."""
        self.field.clear()
        self.pages.select(name)

    @Slot(str)
    def _show_page(self, name: str) -> None:
        if not name:  # while a search shows rows of several pages
            return
        self.field.clear()
        for section in self.sections.values():
            section.setVisible(section.name == name)
        self.sections[name].show_all()
        self.nothing.hide()
        self.area.verticalScrollBar().setValue(0)

    @Slot(str)
    def _search(self, text: str) -> None:
        words = text.lower().split()
        if not words:
            if self.pages.currentItem() is None:
                self.pages.setCurrentRow(0)
            return
        self.pages.setCurrentRow(-1)
        count = 0
        for section in self.sections.values():
            found = section.show_matches(words)
            section.setVisible(found > 0)
            count += found
        self.nothing.setVisible(not count)
        self.area.verticalScrollBar().setValue(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close by Esc from the search field, too, even if it contains a text."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.reject()
                return True
        return super().eventFilter(watched, event)

    def _count(self) -> None:
        filters = self._session.preferences.saved_filters
        self.pages.show_count("Alerts", sum(one.bell == "on" for one in filters))

    @Slot(object)
    def _refresh(self, name: str) -> None:
        if not self._is_open:
            return
        self._count()
        row = self._rows.get(name)
        if row is not None and not row.control.hasFocus():
            row.show_preference(self._session.preferences.find(name))

    @Slot(object)
    def _start_action(self, action: QAction) -> None:
        self.reject()
        if not self._is_open:
            QTimer.singleShot(0, action, action.trigger)

    @Slot(str)
    def _reset_page(self, name: str) -> None:
        if name == "Alerts":
            self.runner.run(self._session.preferences.save(SETTING, None), "reset the saved filters")
        for one in self._rows.values():
            if one.preference.part == name and not one.preference.is_default:
                self._save(one.preference.name, None)

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
            self._rows[name].show_preference(preference)
            self._count()

    def _show_error(self, name: str, sentence: str) -> None:
        if self._is_open:
            self._rows[name].notify(sentence)

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
            self._rows[name].discard_typed()

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
        row = next((row for row in self._rows.values() if row.not_added), None)
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
        for one in self._rows.values():
            one.discard_typed()


def _of_row(sentence: str, name: str) -> str:
    """Return an error of the settings file without the name of the setting, which its row shows."""
    if (problem := sentence.removeprefix(f"The setting {name}: ")) != sentence:
        return problem[:1].upper() + problem[1:]
    return sentence.replace(f"The setting {name} ", "It ", 1)
