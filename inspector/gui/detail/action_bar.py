"""The bar below the pane: what can be done with the capture that is shown."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, QPoint, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import ElidedLabel, Hairline
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.session.requests import SNIPPET_LABELS
from inspector.session.session import Session
from inspector.session.verifiers import VERIFIERS, verifier_text

_TOLD_MS = 4_000
_LEAST, _MARKS, _ROOMY = 440, 460, 560
"""Widths in px of the drawing: below the last one labels are shorter, below the second marks are left out."""


class ActionBar(QWidget):
    """Replay, and next to it edit and copy, or on the Signature tab a verifier; the menu has the rest."""

    replay_clicked = Signal()
    snippet_requested = Signal(str)
    """The name of a client that the request is to be copied for."""
    message_posted = Signal(str)
    """What happened while there is no room for it in the bar."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self._body = b""
        self.verifier = next(iter(VERIFIERS.values()))
        """What was chosen last, until the program ends."""
        self._replay = Button(theme, "Replay", icon="replay", key=actions.key("replay"))
        self._replay.clicked.connect(self.replay_clicked)
        edit = actions["edit-replay"]
        self._edit = Button(theme, "Edit and replay", icon="edit", key=actions.key("edit-replay"))
        self._edit.clicked.connect(edit.trigger)
        self._copy = Button(theme, "Copy", icon="copy", has_menu=True)
        self._copy.setToolTip("Copy the body, or a command that sends this request")
        self._copy.clicked.connect(self._open_copies)
        copy = actions["copy-verifier"]
        self._copy_verifier = Button(theme, copy.text(), icon="copy", key=actions.key("copy-verifier"))
        self._copy_verifier.setToolTip("Copy a receiver that checks signatures, ready to be saved and run")
        self._copy_verifier.clicked.connect(copy.trigger)
        self._language = Button(theme, self.verifier.label, has_menu=True)
        self._language.clicked.connect(self._open_languages)
        self._languages = QMenu(self)
        self._languages.triggered.connect(self._choose_language)
        for verifier in VERIFIERS.values():
            action = QAction(verifier.label, self._languages)
            action.setData(verifier.key)
            self._languages.addAction(action)
        make_exclusive(self._languages.actions())
        self._pin = IconButton(theme, "pin", "Pin")
        self._pin.setCheckable(True)
        self._pin_key = actions.key("pin")
        self._pin.clicked.connect(actions["pin"].trigger)
        self._note = IconButton(theme, "note", "Note", tip=f"Write a note ({actions.key('note')})")
        self._note.clicked.connect(actions["note"].trigger)
        self._more = IconButton(theme, "more", "More to do with this capture")
        self._more.clicked.connect(self._open_more)
        self._menu = QMenu(self)
        self._copies = QMenu("Copy as", self)
        self._copy_action = actions["copy-body"]
        self._copy_action.triggered.connect(self.copy_body)
        self._copies.addAction(self._copy_action)
        self._copies.addSeparator()
        self._snippets = {client: actions[f"copy-as-{client}"] for client in SNIPPET_LABELS}
        for client, action in self._snippets.items():
            action.setData(client)
            self._copies.addAction(action)
        self._copies.triggered.connect(self._ask_snippet)  # whether it was chosen here or elsewhere
        compares = (actions["compare"], actions["compare-with"])
        for one in (actions["replay"], edit, None, copy, actions["save-report"], *compares):
            if one is None:
                self._menu.addMenu(self._copies)
                self._menu.addSeparator()
            else:
                self._menu.addAction(one)
        self._told = ElidedLabel(theme, px=12, tone="text2")
        self._told.setMinimumWidth(1)  # in a narrow pane its "…" would take the key of Replay
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOLD_MS)
        self._timer.timeout.connect(self._hush)
        row_layout = row(
            theme,
            *(self._replay, self._edit, self._copy, self._copy_verifier, self._language),
            grow(self._told),
            row(theme, *(self._pin, self._note, self._more)),
            spacing=8,
            margins=(20, 0, 16, 0),
        )
        column(theme, Hairline(theme), grow(row_layout), on=self)
        self.setFixedHeight(px(48))
        self.show_for_signature(False)
        self.show_pinned(False)

    def show_capture(self, body: bytes, not_replayable: str | None) -> None:
        """Act on another capture; `not_replayable` says why it cannot be sent."""
        self._body = body
        for button in (self._replay, self._edit):
            button.setEnabled(not_replayable is None)
            button.setToolTip(not_replayable or "")
        for snippet in self._snippets.values():
            snippet.setEnabled(not_replayable is None)
        self._copy.setEnabled(bool(body) or not_replayable is None)
        self._copy_action.setEnabled(bool(body))
        self._hush()

    def show_pinned(self, is_pinned: bool) -> None:
        """Whether the capture is pinned: the button is down then."""
        verb = "Unpin" if is_pinned else "Pin"
        self._pin.setChecked(is_pinned)
        self._pin.setAccessibleName(verb)
        self._pin.setToolTip(f"{verb} ({self._pin_key})")

    def show_for_signature(self, is_signature: bool) -> None:
        """Offer a verifier in place of edit and copy; both are in the menu, too."""
        for button in (self._edit, self._copy):
            button.setVisible(not is_signature)
        for button in (self._copy_verifier, self._language):
            button.setVisible(is_signature)
        self._hush()

    @Slot()
    def copy_verifier(self) -> None:
        """Put a receiver that checks signatures into the clipboard, in the chosen language."""
        text = verifier_text(self.verifier)
        QGuiApplication.clipboard().setText(text)
        count = len(text.splitlines())
        self._confirm(self._copy_verifier, f"Copied {counted(count, 'line')}.")

    def copy_snippet(self, client: str, text: str, *, to: str, is_signed: bool) -> None:
        """Put a command that sends the request into the clipboard, and say what it carries."""
        QGuiApplication.clipboard().setText(text)
        label = self._snippets[client].text()
        carried = " It carries a signature: anyone who has it can send this delivery." if is_signed else ""
        where = f"It sends to {shortened(visible(to), 80)}."
        self._confirm(self._copy, f"{label.replace('Copy', 'Copied', 1)}.", where + carried)

    @Slot()
    def copy_body(self) -> None:
        """Put the body into the clipboard: its bytes, and as text what of it is UTF-8."""
        data = QMimeData()
        data.setData("application/octet-stream", self._body)
        text = self._body.decode("utf-8", "replace")
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        is_text = text.encode() == self._body
        changed = "" if is_text else "What is not UTF-8 became � in the text."
        self._confirm(self._copy, f"Copied {counted(len(self._body), 'byte')}.", changed)

    def _confirm(self, button: Button, done: str, more: str = "") -> None:
        """Confirm in the button, and show `more` next to it. Without a visible button, show both there."""
        if button.isVisible():
            button.confirm()
            done = ""
        if said := " ".join(part for part in (done, more) if part):
            self.notify(said)

    def notify(self, sentence: str) -> None:
        """Say what happened, here for some seconds, or elsewhere where this has no room for it."""
        if not self.isVisible() or self._told.fontMetrics().horizontalAdvance(sentence) > self._told.width():
            self.message_posted.emit(sentence)
            return
        self._told.setText(sentence)
        self._timer.start()

    def minimumSizeHint(self) -> QSize:
        """As little as its short labels need: the list beside the pane wants its room, too."""
        return QSize(self._theme.px(_LEAST), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        has_room = event.size().width() >= self._theme.px(_ROOMY)
        self._edit.show_as("Edit and replay" if has_room else "Edit", "edit")
        self._copy_verifier.show_as("Copy a verifier" if has_room else "Verifier", "copy")
        for mark in (self._pin, self._note):  # which keys and the list's menu set, too
            mark.setVisible(event.size().width() >= self._theme.px(_MARKS))

    @Slot()
    def _open_languages(self) -> None:
        for action in self._languages.actions():
            action.setChecked(action.data() == self.verifier.key)
        _open_above(self._languages, self._language)

    @Slot(QAction)
    def _choose_language(self, action: QAction) -> None:
        self.verifier = VERIFIERS[action.data()]
        self._language.show_as(self.verifier.label, None)

    @Slot()
    def _open_copies(self) -> None:
        _open_above(self._copies, self._copy)

    @Slot(QAction)
    def _ask_snippet(self, action: QAction) -> None:
        if action.data() is not None:
            self.snippet_requested.emit(action.data())

    @Slot()
    def _open_more(self) -> None:
        _open_above(self._menu, self._more)

    @Slot()
    def _hush(self) -> None:
        self._told.setText("")


def _open_above(menu: QMenu, button: QWidget) -> None:
    """The bar stands at the bottom of the window: its menus open upwards."""
    menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


_SOMEWHERE = "http://localhost:3000/"
"""Where a copied command sends to, while nothing has been sent anywhere."""


class CopyAs(QObject):
    """Asks the session for what the action bar's menu names, and tells there what came of it."""

    def __init__(self, session: Session, bar: ActionBar, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._bar = bar
        self._load = LatestTask(session.tasks, "copy a request")
        self._detail: CaptureDetail | None = None
        bar.snippet_requested.connect(self._ask)

    def show_detail(self, detail: CaptureDetail | None) -> None:
        """Copy this one from now on."""
        self._detail = detail

    @Slot(str)
    def _ask(self, client: str) -> None:
        if self._detail is not None:
            self._load.start(self._copy(client, self._detail))

    async def _copy(self, client: str, detail: CaptureDetail) -> None:
        to = self._session.replays.last_target or _SOMEWHERE
        try:
            text = await self._session.requests.snippet(client, detail.row.id, to)
        except InspectorError as error:
            self._bar.notify(str(error))
            return
        is_signed = bool(detail.capture.values(SIGNATURE_HEADER))
        self._bar.copy_snippet(client, text, to=to, is_signed=is_signed)
