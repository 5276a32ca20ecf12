"""Questions within a window before a request goes to a new host, or is resent after an unknown outcome."""

from __future__ import annotations

from PySide6.QtCore import Qt

from inspector.base.quantity import counted
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import Panel, at, column
from inspector.gui.kit.theme import Theme
from inspector.session.replays import PlanSummary

_CAPTURES = "Captures contain people’s answers and your app key."


class Question(Panel):
    """A sentence on amber, hidden until there is a question. The `allow` button agrees."""

    def __init__(self, theme: Theme, yes: str) -> None:
        super().__init__(theme, fill="warning_soft", radius=4)
        self.text = Label(theme, px=12, tone="warning", wraps=True)
        self.allow = Button(theme, yes)
        column(
            theme,
            self.text,
            at(Qt.AlignmentFlag.AlignLeft, self.allow),
            spacing=8,
            margins=(12, 10, 12, 10),
            on=self,
        )
        self.hide()

    def put(self, text: str, yes: str) -> None:
        """Ask a question; `yes` is the text of the button."""
        self.text.setText(text)
        self.allow.show_as(yes, None)
        self.show()


class HostQuestion(Question):
    """A question that is asked once for each host that is not a loopback address."""

    def __init__(self, theme: Theme, content: str = _CAPTURES) -> None:
        """`content`: the content of the requests, as a sentence."""
        super().__init__(theme, "Allow and replay")
        self._content = content

    def ask(self, host: str, content: str = "") -> None:
        """Ask about a host. `content` replaces the sentence about the requests."""
        self.put(
            f"{host} is not localhost. {content or self._content} You are asked once per host and file.",
            f"Allow {host}" if len(host) < 22 else "Allow this host",
        )
        self.allow.setFocus()


class UnknownQuestion(Question):
    """The question whether to resend deliveries without a response; `plan_id` is their plan."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Resend")
        self.plan_id: int | None = None

    def ask(self, summary: PlanSummary) -> None:
        """Ask about the deliveries of a plan with an unknown outcome; hide if there are none."""
        count = len(summary.unknown)
        self.plan_id = summary.plan_id if count else None
        self.hide()
        if count:
            self.put(
                f"{counted(count, 'capture')} may have arrived, but there was no response. If you resend, the"
                " receiver may get duplicates.",
                f"Resend {count:,}",
            )
