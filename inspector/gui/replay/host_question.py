"""Asks once for each host that is not a loopback address, before anything is sent there."""

from __future__ import annotations

from inspector.gui.kit.question import Question
from inspector.gui.kit.theme import Theme

_CAPTURES = "what is sent there holds people’s answers and your app key."


class HostQuestion(Question):
    """Hidden until there is something to ask; `allow` is the button that says yes."""

    def __init__(self, theme: Theme, holds: str = _CAPTURES) -> None:
        """`holds`: what is to be known of what is sent there, as the second half of a sentence."""
        super().__init__(theme, "Allow and replay")
        self._holds = holds

    def ask(self, host: str) -> None:
        """Ask about a host."""
        self.put(
            f"{host} is not a loopback address, and {self._holds} This is asked once for each host and file.",
            f"Allow {host}" if len(host) < 22 else "Allow this host",
        )
        self.allow.setFocus()
