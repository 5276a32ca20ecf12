"""The relay as a response rule: a forward of `Forwards`, which this shows among the rules and switches."""

from __future__ import annotations

from functools import partial

from inspector.base.errors import NotFound
from inspector.domain.response.parts import RuleError, RuleResponse
from inspector.domain.response.rule import ResponseRule, place
from inspector.session.forwards import Forwards
from inspector.session.targets import Targets
from inspector.store.store import Store
from inspector.store.write import responses as stored
from inspector.store.write.forwards import Forward

RELAY_ID = 0
"""The id of the rule that shows the forward that relays. It comes after the others."""


class RelayRule:
    """The rule of the forward that relays, or that did until the user switched its relaying off."""

    def __init__(self, store: Store, forwards: Forwards, targets: Targets) -> None:
        self._store = store
        self._forwards = forwards
        self._targets = targets
        self._idle = store.read(stored.idle_relay)
        """The forward whose relaying is switched off."""
        self.rule = self._made()

    def is_changed(self) -> bool:
        """Look at the forwards again, and return whether the rule changed."""
        self._idle = self._store.read(stored.idle_relay)
        before, self.rule = self.rule, self._made()
        return before != self.rule

    async def begin(self, rule: ResponseRule) -> None:
        """Let a forward relay, or add one. Raises RuleError, and UsageError as `Forwards.add` does."""
        target = rule.respond.target
        forwards = self._forwards.all()
        if not target and len(forwards) != 1:
            what = "There is no forward" if not forwards else "There is more than one forward"
            raise RuleError(f"{what}. Write the target after relay, as in `relay localhost:3000`.", "respond")
        url = self._targets.address(target) if target else forwards[0].url
        same = next((one for one in forwards if one.url == url), None)
        if same is None:
            await self._forwards.add(url, rule=rule.query, relays=True)
        elif rule.query in ("", same.filter):
            await self._forwards.change(same.id, rule=same.filter, relays=True)
        else:
            raise RuleError(
                f"{place(url)} already gets captures by forward {same.id}. Change the filter of that"
                " forward, or leave the query out.",
                "query",
            )
        self.is_changed()

    async def change(self, rule: ResponseRule) -> bool:
        """Change the query of the relay. Return False if `rule` relays nothing, or another target."""
        found, target = self._relaying(), rule.respond.target
        if found is None or rule.respond.kind != "relay":
            return False
        if target and self._targets.address(target) != found.url:
            return False
        await self._forwards.change(found.id, rule=rule.query, relays=found.relays)
        self.is_changed()
        return True

    async def switch(self, is_on: bool) -> None:
        """Let the forward relay or not. Its captures are sent in any case. Raises NotFound."""
        found = self._relaying()
        if found is None:
            raise NotFound("No forward relays its responses. Add one with `relay TARGET`.")
        await self._store.write(partial(stored.put_idle_relay, forward_id=None if is_on else found.id))
        await self._forwards.change(found.id, rule=found.filter, relays=is_on)
        self.is_changed()

    async def remove(self) -> None:
        """Let no forward relay, and show none. Raises NotFound."""
        await self.switch(False)
        await self._store.write(partial(stored.put_idle_relay, forward_id=None))
        self.is_changed()

    def _made(self) -> ResponseRule | None:
        found = self._relaying()
        if found is None:
            return None
        respond = RuleResponse(kind="relay", target=found.url)
        return ResponseRule(id=RELAY_ID, is_on=found.relays, query=found.filter, respond=respond)

    def _relaying(self) -> Forward | None:
        forwards = self._forwards.all()
        return next((one for one in forwards if one.relays), None) or next(
            (one for one in forwards if one.id == self._idle), None
        )
