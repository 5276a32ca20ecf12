"""The dialogs that ask for a public address, or for what a kind of tunnel needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.base.errors import UsageError
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.tunnels import PublicUrlError, TunnelChoice

_MOST = 2_000
"""Maximum characters that are read from the clipboard."""


def _copied_address() -> str:
    """Return the address in the clipboard, or an empty text if it is something else."""
    text = QGuiApplication.clipboard().text()[:_MOST].strip()
    return text if text.startswith("https://") and len(text.split()) == 1 else ""


class AddressDialog(FormDialog):
    """A dialog with one field. If the text is not an address, it shows an error and stays open."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__(session, theme, "Public address", "Use address", parent)
        self._session = session
        self.explain(
            "Paste the address of a tunnel or proxy that leads to this listener. https:// is added if it is"
            " missing. A test request shows whether senders can reach it."
        )
        example = "https://quiet-river-hatch.example.com/"
        self.field = self.add_line("Address", name="Public address", example=example)
        self.field.setText(session.address.text or _copied_address())
        if mask is not None:
            LineMask(mask, self.field)
        self.add(self.error)
        self.field.selectAll()
        self.field.setFocus()
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed(self.field.text())

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(bool(text.strip()))

    @Slot()
    def _use(self) -> None:
        self.working()
        self.runner.run(self._set(self.field.text()), "use a public address", self.notify)

    async def _set(self, text: str) -> None:
        await self._session.tunnels.use_address(text)
        self.accept()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    title: str
    about: str
    caption: str
    setting: str
    example: str
    url_caption: str


_URL_SETTING = "tunnel_url"
_WORDS: Mapping[str, _Words] = {
    "host": _Words(
        title="Tunnel through your server",
        about="ssh -R forwards a port of your server to this listener. Its web server must pass requests on"
        " to that port. Use a key to log in: ssh cannot ask for a password here.",
        caption="Server",
        setting="tunnel_host",
        example="user@example.com:22",
        url_caption="Public URL",
    ),
    "command": _Words(
        title="Tunnel with your command",
        about="Any program that makes a port public. {port} becomes the port of this listener. The command"
        " runs without a shell.",
        caption="Command",
        setting="tunnel_command",
        example="bore local {port} --to bore.example.com",
        url_caption="Public URL, if the program does not print it",
    ),
}


class TunnelForm(FormDialog):
    """Two fields and the button that starts the tunnel. If it cannot start, the reason is shown here,
    below the field that is wrong."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        choice: TunnelChoice,
        parent: QWidget | None = None,
        *,
        mask: Mask,
    ) -> None:
        self._words = words = _WORDS[choice.needs or "command"]
        super().__init__(session, theme, words.title, "Start", parent)
        self._session = session
        self._choice = choice
        self.explain(words.about)
        self.field = self.add_line(words.caption, example=words.example)
        self.add(8)
        self.url = self.add_line(words.url_caption, name="Public URL", example="https://hooks.example.com")
        for line, name in ((self.field, words.setting), (self.url, _URL_SETTING)):
            line.setText(session.settings.text(name))
            LineMask(mask, line)
            line.textChanged.connect(self._typed)
        self.add(self.error)
        self.field.setFocus()
        self.field.selectAll()
        self.verb.clicked.connect(self._start)
        self._typed()

    @Slot()
    def _typed(self) -> None:
        is_enough = bool(self.field.text().strip()) and (
            self._choice.needs != "host" or bool(self.url.text().strip())
        )
        self.verb.setEnabled(is_enough)

    @Slot()
    def _start(self) -> None:
        text, url = self.field.text().strip(), self.url.text().strip()
        host, command = (text, None) if self._choice.needs == "host" else (None, text)
        try:
            self._session.tunnels.check(self._choice.name, host=host, command=command, public_url=url or None)
        except UsageError as error:
            wrong = self.url if isinstance(error, PublicUrlError) else self.field
            self._show_errors_below(wrong)
            self.notify(str(error))
            wrong.setFocus()
            return
        self._show_errors_below(self.url)
        self.working()
        self.runner.run(self._run(host, command, url), "start a tunnel", self.notify)

    def _show_errors_below(self, line: QLineEdit) -> None:
        self.form.removeWidget(self.error)
        self.form.insertWidget(self.form.indexOf(line) + 1, self.error)

    async def _run(self, host: str | None, command: str | None, url: str) -> None:
        for name, value in ((self._words.setting, host or command or ""), (_URL_SETTING, url)):
            await self._session.preferences.save(name, value)  # suggested the next time
        await self._session.tunnels.start(
            self._choice.name, host=host, command=command, public_url=url or None
        )
        self.accept()
