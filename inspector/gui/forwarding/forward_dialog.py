"""The dialog that asks which new captures to forward, and where."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.query import QueryError
from inspector.domain.replay import forward_rule
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.target import TargetField
from inspector.session.forwards import ForwardRow
from inspector.session.session import Session

_RELAY = "Relay the target’s response to senders"


class ForwardDialog(FormDialog):
    """A URL, a filter and a check box. A host that is not a loopback address must be allowed first."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        row: ForwardRow | None,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        """`row` is the forward to change; None creates one."""
        title, verb = ("Forward new captures", "Forward") if row is None else ("Change forward", "Change")
        super().__init__(session, theme, title, verb, parent)
        self._session = session
        self._row = row
        self._mask = mask or Mask(session, self)
        self._verb = verb
        self._asked: str | None = None
        """The host that the user is asked to allow."""
        self.explain(
            "Each new capture that matches the filter is forwarded as it arrives: byte for byte, in order per"
            " respondent, with retries. Senders do not wait for the target."
        )
        self.to = TargetField(session, theme, self.runner, "", mask=self._mask, has_menu=False)
        self.target = self.to.line
        self.add_field("To", self.to, self.target)
        self._path = Label(theme, px=11, tone="text2", wraps=True)
        self.add(self._path, 6)
        example = "survey:nps event:response_group"
        self.rule = self.add_line("Filter", example=example)
        self._takes = Label(theme, px=11, tone="text2", wraps=True)
        self.add(self._takes, 6)
        self.relays = QCheckBox(_RELAY)
        self.relays.setToolTip(
            "Only for valid captures and within a time limit. Otherwise senders get the usual response."
        )
        self.add(self.relays)
        self.question = Label(theme, px=12, tone="warning", wraps=True)
        self.question.hide()
        self.add(self.question, self.error)
        if row is not None:
            self.target.setText(row.url)
            self.to.set_fixed(True)
            self.rule.setText(row.rule)
            self.relays.setChecked(row.relays)
        LineMask(self._mask, self.rule, drawn=self._mask.rule)
        self._mask.changed.connect(self._typed)
        (self.target if row is None else self.rule).setFocus()
        self.target.textChanged.connect(self._typed)
        self.rule.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed()

    @Slot()
    def _typed(self) -> None:
        self.question.hide()
        self._asked = None
        self.verb.show_as(self._verb, None)
        after = self.to.url().partition("://")[2]
        path = after[after.find("/") :] if "/" in after else ""
        place = "the captured path" if path in ("", "/") else "this path, not to the captured one"
        self._path.setText(f"Sent to {place}.{self._without()}")
        try:
            takes = forward_rule.in_words(self.rule.text())
            text = f"Forwards {visible(self._mask.takes(takes, self.rule.text()))}."
        except QueryError as error:
            text = f"The filter has an error: {error}"
            self.verb.setEnabled(False)
        else:
            self.verb.setEnabled(bool(self.to.text))
        self._takes.setText(text)

    def _without(self) -> str:
        """Return a note if the text is a named target, because a forward uses only its URL."""
        named = None if "://" in self.to.text else self._session.targets.find(self.to.text)
        if named is None:
            return ""
        url = visible(self._mask.sentence(named.url))
        return f" “{visible(named.name)}” is {url}. Its headers and certificates are not used."

    @Slot()
    def _use(self) -> None:
        self.working()
        self.runner.run(self._set(), "forward captures", self.notify)

    async def _set(self) -> None:
        rule, relays = self.rule.text(), self.relays.isChecked()
        forwards = self._session.forwards
        if self._row is not None:
            await forwards.change(self._row.id, rule=rule, relays=relays)
            self.accept()
            return
        if await self.to.resolved() is None:
            self.notify("")
            return
        url = self.to.url()
        host = await forwards.permission.host_to_allow(url)
        if host is not None and host != self._asked:
            self._ask(host)
            return
        if host is not None:
            await self._session.hosts.allow(host)
        await forwards.add(url, rule=rule, relays=relays)
        self.accept()

    def _ask(self, host: str) -> None:
        self._asked = host
        self.question.setText(
            f"{visible(host)} is not localhost. Captures contain people’s answers and your app key."
            " You are asked once per host and file."
        )
        self.question.show()
        self.verb.show_as(f"Allow {shortened(visible(host), 24)} and forward", None)
        self.verb.setEnabled(True)
        self.fit()
