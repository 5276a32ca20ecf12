"""The dialog that asks for a shared inbox: its address, the name of this machine, and how to log in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.secret_field import SecretField
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.dialog import FormDialog, ask_which
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.inbox.desk import default_member
from inspector.session.session import Session

_ABOUT = (
    "Receive the captures that your team’s edges publish to a stream of NATS JetStream. They are stored and"
    " verified here. Captures that arrived while this machine was away come first."
)
_STARTS = ("All captures in the stream", "New captures only")
ALL, NEW = range(2)
"""With what a new file begins: the places of the segmented control."""
_WAYS = ("No login", "File", "Keyring")
NO_LOGIN, FILE, KEYRING = range(3)
"""How to log in: the places of the segmented control."""


class FileField(QWidget):
    """A line with the path of a file, and a button that selects one."""

    def __init__(self, theme: Theme, name: str, kinds: tuple[str, ...], *, example: str) -> None:
        """`kinds`: the kinds of files that are suggested, such as `Certificates (*.pem)`."""
        super().__init__()
        self._name = name
        self._kinds = kinds
        self.line = LineField(theme, name, example=example)
        self.select = Button(theme, "Select…")
        self.select.setAccessibleName(f"Select a file: {name}")
        self.select.clicked.connect(self._ask)
        row(theme, grow(self.line), self.select, spacing=6, on=self)

    @Slot()
    def _ask(self) -> None:
        ask_which(self, self._name, kinds=self._kinds, then=self.line.setText)


class InboxDialog(FormDialog):
    """A dialog that stays open until captures can arrive. A problem is shown below the field that is wrong.

    Only paths of files are saved in the settings, and a login only in the system's keyring.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        connect_to: Callable[[str, int | None], Awaitable[None]],
        parent: QWidget | None = None,
        *,
        mask: Mask,
    ) -> None:
        """`connect_to` connects to an address with the saved settings.

        It also gets the time from which on captures are stored in a new file, or None for all.
        """
        super().__init__(session, theme, "Shared inbox", "Connect", parent)
        self._session = session
        self._connect_to = connect_to
        self._desk = session.desk
        self._is_started = False
        self.explain(_ABOUT)
        self.address = self.add_line("Address", example="tls://inbox.example.com/HOOKS")
        self.add(6)
        self.member = self.add_line("Name of this machine", example=visible(default_member()))
        self.add(6)
        self.way = SegmentedControl(theme, _WAYS)
        self.way.setAccessibleName("Log in with")
        self.add_field("Log in with", self.way)
        files = "Credentials (*.creds *.nk)"
        self.creds = FileField(theme, "Credentials", (files,), example="A .creds file or an nkey seed")
        self.login = SecretField(theme, "Login", example="USER:PASSWORD, or an nkey seed")
        self.add(self.creds, self.login, 6)
        self.login.text.textChanged.connect(self._edited)
        certificates = ("Certificates (*.pem *.crt)",)
        self.authority = FileField(
            theme, "Certificate authority", certificates, example="The authorities of the system"
        )
        self.add_field("Certificate authority of the server", self.authority, self.authority.line)
        self.add(6)
        self.begins = SegmentedControl(theme, _STARTS)
        self.begins.setAccessibleName("A new file begins with")
        self.begins.setToolTip("Forwards send all captures that arrive · a file that was connected continues")
        self.add_field("A new file begins with", self.begins)
        self.begins.select(ALL)
        self._fill(mask)
        self.address.textChanged.connect(self._typed)
        self.way.selected.connect(self._show_way)
        self.verb.clicked.connect(self._start)
        SignalBatcher(self._desk.changed, self).passed.connect(self._follow)
        if self._desk.state.word == "stopped":
            self._show_problem(self._desk.state.problem or "")
        self.address.setFocus()
        self._typed()

    def _fill(self, mask: Mask) -> None:
        """Show the values of the settings, and which ways to log in are possible."""
        settings, secrets = self._session.settings, self._session.secrets
        self._label = settings.text("inbox_keyring")
        for line, name in (
            (self.address, "inbox"),
            (self.member, "inbox_member"),
            (self.creds.line, "inbox_creds"),
            (self.authority.line, "inbox_authority"),
        ):
            line.setText(settings.text(name))
            line.textChanged.connect(self._edited)
            LineMask(mask, line)
        if not self.address.text() and self._desk.state.address is not None:
            self.address.setText(self._desk.state.address)
        if self._label:
            self.login.text.setPlaceholderText("Saved. Enter another one to replace it.")
        if secrets.keyring_problem is not None and not self._label:
            self.way.set_enabled(KEYRING, False, secrets.keyring_problem)
        way = FILE if self.creds.line.text() else KEYRING if self._label else NO_LOGIN
        self.way.select(way)
        self._show_way(way)

    @Slot(int)
    def _show_way(self, way: int) -> None:
        self.creds.setVisible(way == FILE)
        self.login.setVisible(way == KEYRING)
        self._edited()
        self._typed()
        self.fit()

    @Slot()
    def _typed(self) -> None:
        self.verb.setEnabled(bool(self.address.text().strip()) and not self._is_working)

    @Slot()
    def _start(self) -> None:
        self.working()
        self._is_started = False  # an earlier attempt may still be retried
        self.runner.run(self._run(), "connect to the shared inbox", self._show_problem)

    async def _run(self) -> None:
        address, way = self.address.text().strip(), self.way.current
        since_ms = now_ms() if self.begins.current == NEW else None
        label = ""
        if way == KEYRING:
            label = await self._saved_login(address)
        creds = self.creds.line.text().strip() if way == FILE else ""
        for name, value in (
            ("inbox_member", self.member.text().strip()),
            ("inbox_creds", creds),
            ("inbox_keyring", label),
            ("inbox_authority", self.authority.line.text().strip()),
        ):
            await self._session.preferences.save(name, value)
        await self._connect_to(address, since_ms)
        await self._session.preferences.save("inbox", address)  # from now on, at each start
        self._is_started = True
        self._follow()

    async def _saved_login(self, address: str) -> str:
        """Save the login that was entered, and return its name in the keyring."""
        text = self.login.text.text()
        if not text and self._label:
            return self._label
        from inspector.session.inbox.login import save_login  # it loads the client of NATS

        label = address.rpartition("/")[2]
        await save_login(label, text)
        return label

    @Slot()
    def _follow(self) -> None:
        """Close the dialog once captures can arrive, or show why they cannot."""
        state = self._desk.state
        if not self._is_started:
            return
        if state.word in ("catching-up", "live"):
            self.accept()
        elif state.problem is not None:
            self._show_problem(state.problem)

    @Slot(str)
    def _show_problem(self, sentence: str) -> None:
        wrong: QWidget = self.address
        for field in (self.creds, self.authority):
            path = field.line.text().strip()
            if path and not field.isHidden() and visible(path) in sentence:
                wrong = field
        if self.way.current == FILE and "the credentials" in sentence:
            wrong = self.creds
        elif "certificate" in sentence:
            wrong = self.authority
        if self.way.current == KEYRING and "keyring" in sentence:
            wrong = self.login
        self.form.removeWidget(self.error)
        self.form.insertWidget(self.form.indexOf(wrong) + 1, self.error)
        self.notify(sentence)
