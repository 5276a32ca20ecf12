"""The hosts that captures may be sent to, each with a button to revoke it."""

from __future__ import annotations

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
    "Hosts beyond this machine that captures of this file may be sent to. One that is withdrawn is asked for"
    " again."
)
_NONE = "None: before anything leaves this machine you are asked."
_OF_THIS_RUN = "this run allows it"


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
        """Show the hosts that are allowed now."""
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
            end = self.buttons[host] = Button(theme, "Withdraw", parent=line)
            end.setAccessibleName(f"Withdraw {visible(host)}")
            end.clicked.connect(partial(self._withdraw, host))
        row(theme, grow(name), end, spacing=6, on=line)
        return line

    def _withdraw(self, host: str, _: bool = False) -> None:
        self._runner.run(self._withdrawn(host), "withdraw a host")

    async def _withdrawn(self, host: str) -> None:
        await self._session.hosts.revoke(host)
        if shiboken6.isValid(self):  # the dialog may have been closed meanwhile
            self.refresh()
