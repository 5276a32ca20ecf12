"""The hosts that captures may be sent to, on the page Replay of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import shiboken6
from PySide6.QtWidgets import QWidget

from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_HELP = (
    "Other machines that captures from this file may be sent to. If you revoke one, you will be asked again"
    " before the next delivery."
)
_NONE = "None. You will be asked before anything leaves this machine."
_OF_THIS_RUN = "allowed for this run"
_HOSTS = "allowed hosts replay forward revoke another machine"


class AllowedHosts(QWidget):
    """One line per host, with the button that revokes it."""

    def __init__(self, session: Session, theme: Theme, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._runner = runner
        self._lines: list[QWidget] = []
        self.buttons: dict[str, Button] = {}
        title = Label(theme, "Allowed hosts")
        self.none = Label(theme, _NONE, px=12, tone="text2", wraps=True)
        self._rows = column(theme, spacing=4)
        column(
            theme,
            title,
            Label(theme, _HELP, px=12, tone="text2", wraps=True),
            self._rows,
            self.none,
            spacing=4,
            margins=(0, 8, 0, 8),
            on=self,
        )
        self.refresh()

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether these lower-case words are about allowed hosts."""
        return all(word in _HOSTS for word in words)

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
