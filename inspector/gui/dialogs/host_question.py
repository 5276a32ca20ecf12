"""Asks once for each host that is not this machine, before anything is sent there."""

from __future__ import annotations

from inspector.gui.dialogs.question import Question
from inspector.gui.theme import Theme


class HostQuestion(Question):
    """Hidden until there is something to ask; `allow` is the button that says yes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Allow and replay")

    def ask(self, host: str) -> None:
        """Ask about a host."""
        self.put(
            f"{host} is not this machine, and what is sent there holds people’s answers and your app key."
            " This is asked once for each host and file.",
            f"Allow {host}" if len(host) < 22 else "Allow this host",
        )
        self.allow.setFocus()
