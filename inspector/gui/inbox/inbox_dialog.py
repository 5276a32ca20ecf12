"""The dialog that asks for a shared inbox: its address, the name of this machine, and how to log in."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.dialog import FormDialog, ask_which
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_ABOUT = (
    "Receive what your team’s edge publishes to a stream of NATS JetStream. Captures are stored and verified"
    " here. What arrived while this machine was away comes first."
)
_SETTINGS = ("inbox", "inbox_member", "inbox_creds", "inbox_authority")


class FileField(QWidget):
    """A line with the path of a file, and a button that selects one."""

    def __init__(self, theme: Theme, name: str, kinds: tuple[str, ...], *, example: str = "") -> None:
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

    Only paths of files are saved in the settings, and a secret only in the system's keyring.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask) -> None:
        super().__init__(session, theme, "Shared inbox", "Connect", parent)
        self._session = session
        self._desk = session.desk
        self._is_waiting = False
        self.explain(_ABOUT)
        self.address = self.add_line("Address", example="nats://inbox.example.com:4222/HOOKS")
        self.add(6)
        self.member = self.add_line("Name of this machine", example="your user name and the host name")
        self.add(6)
        self.creds = FileField(
            theme, "Credentials", ("Credentials (*.creds *.nk)",), example="a .creds file or an nkey seed"
        )
        self.add_field("Credentials, if the server asks for them", self.creds, self.creds.line)
        self.add(6)
        self.authority = FileField(
            theme, "Certificate authority", ("Certificates (*.pem *.crt)",), example="of the system"
        )
        self.add_field("Certificate authority of the server", self.authority, self.authority.line)
        for name, line in zip(_SETTINGS, self._lines, strict=True):
            line.setText(session.settings.text(name))
            LineMask(mask, line)
        self.address.setText(self.address.text() or self._desk.state.address or "")
        self.address.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._start)
        SignalBatcher(self._desk.changed, self).passed.connect(self._follow)
        if self._desk.state.word == "stopped":
            self._show_problem(self._desk.state.problem or "")
        self.address.setFocus()
        self.address.selectAll()
        self._typed()

    @property
    def _lines(self) -> tuple[QLineEdit, ...]:
        return self.address, self.member, self.creds.line, self.authority.line

    @Slot()
    def _typed(self) -> None:
        self.verb.setEnabled(bool(self.address.text().strip()))

    @Slot()
    def _start(self) -> None:
        self.working()
        self.runner.run(self._run(), "connect to the shared inbox", self._show_problem)

    async def _run(self) -> None:
        texts = [line.text().strip() for line in self._lines]
        for name, text in list(zip(_SETTINGS, texts, strict=True))[1:]:
            await self._session.preferences.save(name, text)
        self._is_waiting = True
        await self._desk.start(texts[0], texts[1] or None)
        await self._session.preferences.save("inbox", texts[0])  # from now on, at each start

    @Slot()
    def _follow(self) -> None:
        """Close the dialog once captures can arrive, or show why they cannot."""
        state = self._desk.state
        if not self._is_waiting:
            return
        if state.word in ("catching-up", "live"):
            self._is_waiting = False
            self.accept()
        elif state.word in ("waiting", "stopped") and state.problem:
            self._show_problem(state.problem)

    @Slot(str)
    def _show_problem(self, sentence: str) -> None:
        wrong: QWidget = self.address
        for field in (self.creds, self.authority):
            if field.line.text() and visible(field.line.text()) in sentence:
                wrong = field
        self.form.removeWidget(self.error)
        self.form.insertWidget(self.form.indexOf(wrong) + 1, self.error)
        self.notify(sentence)
