"""What senders get in response: the rules of the file and of this run, and the forward that relays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from inspector.base.clock import now_ms
from inspector.base.errors import NotFound, UsageError
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain import query
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.query.tree import And, Node, Not
from inspector.domain.replay import forward_rule
from inspector.domain.response.decision import decide
from inspector.domain.response.parts import RuleError
from inspector.domain.response.retry_study import DEFAULT, QUIET_S, RetryStudy, StudiedDelivery
from inspector.domain.response.rule import MAX_RULES, ResponseRule
from inspector.session.captures import Captures
from inspector.session.forwards import Forwards
from inspector.session.responding.relay_rule import RELAY_ID, RelayRule
from inspector.session.responding.responder import read_body
from inspector.session.targets import Targets
from inspector.store.query.search import Search
from inspector.store.store import Store
from inspector.store.write import responses as stored

__all__ = [
    "RELAY_ID",
    "PreviewedCapture",
    "ResponseRule",
    "Responses",
    "RetryStudy",
    "RuleError",
    "StudiedDelivery",
]

_RELAYED = "verdict:valid"
OWNER_EVERY_S = 1.0
"""How often it is checked whether the process that began a study is alive."""
ANNOUNCE_S = 0.25
"""Minimum time between two announcements of new counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedCapture:
    """A stored capture, and what its sender would get if it arrived now."""

    row: CaptureRow
    rule: ResponseRule | None
    """None for the usual response."""

    @property
    def response(self) -> str:
        """`503`, `close`, `reset`, `never` or `relay`; `200` for the usual response."""
        return "200" if self.rule is None else self.rule.respond.word

    @property
    def by(self) -> str:
        """`rule 1`, or `everything else`."""
        return "everything else" if self.rule is None else self.rule.number


class Responses:
    """The response rules, the first of which wins: those of this run, those of the file, then the relay."""

    def __init__(
        self, store: Store, forwards: Forwards, targets: Targets, captures: Captures, tasks: Tasks
    ) -> None:
        self.changed: Signal[None] = Signal("responses.changed")
        """Emitted when rules change, and at most every 0.25 s while deliveries are counted."""
        self._store = store
        self._relay = RelayRule(store, forwards, targets)
        self._captures = captures
        self._tasks = tasks
        self._for_run: tuple[ResponseRule, ...] = ()
        self._of_file = store.read(stored.rules)
        self._counts: dict[int, int] = {}
        self._study: RetryStudy | None = None
        self._ending: asyncio.Task[None] | None = None
        self._is_announcing = False
        self._decided_by: tuple[tuple[ResponseRule, ...], tuple[tuple[ResponseRule, Node], ...]] | None = None
        """The rules, and those of them that are on with their queries."""
        self._read_counts()
        forwards.changed.connect(self._forwards_changed)

    # ---- rules

    @property
    def rules(self) -> tuple[ResponseRule, ...]:
        """Every rule in order. Rules of this run have negative ids; the relay has `RELAY_ID`."""
        return (*self._for_run, *self._of_file, *filter(None, (self.relay,)))

    def find(self, rule_id: int) -> ResponseRule:
        """Return a rule. Raises NotFound."""
        found = next((rule for rule in self.rules if rule.id == rule_id), None)
        if found is None:
            raise NotFound(f"There is no response rule {rule_id}.")
        return found

    def asked(self, rule_id: int) -> int:
        """Return how many matching deliveries reached a rule since it was added or reset."""
        return self._counts.get(rule_id, 0)

    def left(self, rule_id: int) -> int | None:
        """Return how many more deliveries a rule for the first n takes; None for other rules."""
        which = self.find(rule_id).which
        return max(0, which.number - self.asked(rule_id)) if which.kind == "first" else None

    def add_for_run(self, rules: Iterable[ResponseRule | str]) -> None:
        """Put rules before those of the file until this process ends. Call it before listening.

        Raises RuleError. Rules that relay belong to `Forwards.add_for_run`.
        """
        made = [_with_whole_path(ResponseRule.parse(one) if isinstance(one, str) else one) for one in rules]
        for rule in made:
            read_body(rule.respond)
        self._for_run = tuple(replace(rule, id=-place) for place, rule in enumerate(made, 1))

    async def add(self, new: ResponseRule | str) -> ResponseRule:
        """Add a rule after the others. Return it with its id. Raises UsageError, also for a body file.

        A rule that relays makes a forward relay, or adds that forward, as `Forwards.add` does.
        """
        rule = await self._checked(new)
        if rule.respond.kind == "relay":
            await self._relay.begin(rule)
            self.changed.emit(None)
            return self.find(RELAY_ID)
        added = replace(rule, id=0)

        def change(rules: list[ResponseRule]) -> list[ResponseRule]:
            if len(rules) >= MAX_RULES:
                raise UsageError(f"There are {MAX_RULES} response rules, which is the maximum. Remove one.")
            return [*rules, added]

        await self._change(change)
        return self._of_file[-1]

    async def change(self, rule_id: int, new: ResponseRule | str) -> ResponseRule:
        """Replace a rule, which keeps its id, switch and count. Raises NotFound or UsageError."""
        before, rule = self.find(rule_id), await self._checked(new)
        if rule_id == RELAY_ID and await self._relay.change(rule):
            self.changed.emit(None)
            return self.find(RELAY_ID)
        if rule_id == RELAY_ID or rule.respond.kind == "relay":  # a rule of another kind takes its place
            added = await self.add(rule)
            if added.id != rule_id:
                await self.remove(rule_id)
            return added
        made = replace(rule, id=rule_id, is_on=before.is_on)
        await self._change_one(rule_id, lambda _: [made])
        return made

    async def switch(self, rule_id: int, is_on: bool) -> ResponseRule:
        """Switch a rule on or off. Raises NotFound."""
        if rule_id == RELAY_ID:
            await self._relay.switch(is_on)
            self.changed.emit(None)
        else:
            await self._change_one(rule_id, lambda rule: [replace(rule, is_on=is_on)])
        return self.find(rule_id)

    async def duplicate(self, rule_id: int) -> ResponseRule:
        """Add a copy of a rule after it. Raises NotFound or UsageError."""
        self._refuse_relay(rule_id, "A sender gets one relayed response, so a relay cannot be duplicated.")
        if len(self._of_file) >= MAX_RULES:
            raise UsageError(f"There are {MAX_RULES} response rules, which is the maximum. Remove one.")
        await self._change_one(rule_id, lambda rule: [rule, replace(rule, id=0)])
        return self._of_file[self._places()[rule_id] + 1]

    async def move(self, rule_id: int, by: int) -> None:
        """Move a rule up (negative) or down in the order. Raises NotFound, or UsageError for the relay."""
        self._refuse_relay(rule_id, "A relay comes after the other rules, so it cannot be moved.")
        self._refuse_for_run(self.find(rule_id))

        def change(rules: list[ResponseRule]) -> list[ResponseRule]:
            old = next((at for at, rule in enumerate(rules) if rule.id == rule_id), None)
            if old is None:
                raise NotFound(f"There is no response rule {rule_id}.")
            rules.insert(min(max(old + by, 0), len(rules) - 1), rules.pop(old))
            return rules

        await self._change(change)

    async def remove(self, rule_id: int) -> ResponseRule:
        """Remove a rule and return it. The forward of a relay stays. Raises NotFound."""
        found = self.find(rule_id)
        if rule_id == RELAY_ID:
            await self._relay.remove()
            self.changed.emit(None)
        else:
            await self._change_one(rule_id, lambda _: [])
        return found

    async def reset(self, rule_id: int) -> None:
        """Let a rule begin to count again. Raises NotFound."""
        self.find(rule_id)
        await self._store.write(partial(stored.forget_counts, ids=(rule_id,)))
        self._read_counts()
        self.changed.emit(None)

    # ---- the study of a sender's retries

    @property
    def learning(self) -> RetryStudy | None:
        """The running study, or None."""
        study = self._study
        return study if study is not None and study.is_running(now_ms()) else None

    @property
    def report(self) -> RetryStudy | None:
        """The latest study of the file once it has ended, or None."""
        return self._study if self.learning is None else None

    async def learn(
        self,
        text: str = DEFAULT,
        *,
        quiet_s: float = QUIET_S,
        successes: int = 0,
        takes_untrusted: bool = False,
        ends_with_process: bool = False,
    ) -> RetryStudy:
        """Let the next delivery fail, and note what comes again. Return the study.

        `text` is `503`, `wait 31s` or another rule without `every` and `with`: the delivery fails three
        times, or as often as `first N` says. It ends `quiet_s` after its last delivery, after `successes`
        deliveries with a 2xx if that is not 0, and with `stop_learning`. With `ends_with_process`, the
        listener also ends it once this process has ended, for example by a kill. By default, the delivery is
        a trusted POST that is not a sample. Raises UsageError, also if a study is running.
        """
        study = RetryStudy.parse(text, begun_ms=now_ms(), quiet_s=quiet_s, successes=successes)
        rule = await self._checked(study.rule)
        if takes_untrusted:
            rule = replace(rule, query=forward_rule.with_untrusted(rule.query))
        lock = self._store.undo_lock
        if ends_with_process:
            lock.hold()  # it shows that this process is alive
        study = replace(study, rule=rule, owner=lock.name if ends_with_process else None)
        await self._end_without_owner()
        if not await self._store.write(partial(stored.begin_study, made=study, now_ms=now_ms())):
            stop = next_step(terminal="Stop it with `answers stop`.", window="Stop it first.")
            raise UsageError(f"A study of retries is running. {stop}")
        self._read_counts()
        self.changed.emit(None)
        return study

    async def stop_learning(self) -> RetryStudy:
        """End the running study, and return it with its conclusions. Raises NotFound if none is running."""
        ended = await self._store.write(partial(stored.stop_study, now_ms=now_ms()))
        self._read_counts()
        self.changed.emit(None)
        if ended is None:
            raise NotFound("No study of retries is running.")
        return ended

    # ---- previews

    async def count(self, rule: ResponseRule) -> int:
        """Return how many stored captures match the query of a rule, which must be valid.

        It is counted in a thread until the caller is cancelled.
        """
        return await self._count(_node(rule))

    async def count_rest(self, rules: Sequence[ResponseRule] | None = None) -> int:
        """Return how many stored captures match no rule that is switched on. By default, of all rules."""
        on = [Not(part=_node(rule)) for rule in (self.rules if rules is None else rules) if rule.is_on]
        return await self._count(And(parts=tuple(on)))

    async def preview(
        self, rules: Sequence[ResponseRule], limit: int, about: ResponseRule | None = None
    ) -> tuple[PreviewedCapture, ...]:
        """Return the newest captures in their order, with the rule that would respond if they arrived now.

        With `about`, only captures that match this rule. The counts of `rules` continue as they are now.
        """
        chosen = query.parse("") if about is None else _node(about)
        nodes = {rule.id: _node(rule) for rule in rules if rule.is_on}
        ids: list[int] = []
        async with aclosing(Search(self._store, EVERYTHING, chosen).parts()) as parts:
            async for part in parts:
                ids += part[: limit - len(ids)]
                if len(ids) == limit:
                    break
        ids.reverse()
        matches = await self._store.fetch(partial(stored.matches, ids=ids, nodes=nodes))
        rows, counts = self._captures.rows(ids), dict(self._counts)

        def decided(id_: int) -> ResponseRule | None:
            return decide(rules, lambda rule: id_ in matches[rule.id], counts)

        return tuple([PreviewedCapture(row=rows[id_], rule=decided(id_)) for id_ in ids if id_ in rows])

    @staticmethod
    def matching_query(rule: ResponseRule) -> str:
        """Return the query that finds the captures which `count` counts."""
        is_relay = rule.respond.kind == "relay"
        return f"{_RELAYED} {forward_rule.whole(rule.query)}" if is_relay else rule.query

    # ---- called by the session

    async def begin(self) -> None:
        """Let the rules of this run begin to count. Called before captures arrive."""
        if self._for_run:
            ids = [rule.id for rule in self._for_run]
            await self._store.write(partial(stored.forget_counts, ids=ids))
            self._read_counts()

    @property
    def deciding(self) -> tuple[tuple[ResponseRule, Node], ...]:
        """The rules that are on, with their queries. A relay responds after them."""
        rules = (*self._for_run, *self._of_file)
        if self._decided_by is None or self._decided_by[0] != rules:
            self._decided_by = rules, tuple([(rule, _node(rule)) for rule in rules if rule.is_on])
        return self._decided_by[1]

    @property
    def relay(self) -> ResponseRule | None:
        """The rule that shows the forward that relays."""
        return self._relay.rule

    async def follow(self) -> None:
        """Apply what other processes changed in the rules of the file."""
        before = self._of_file, self._counts, self._study
        # On the loop, because a change of our own must not come between the reading and its result.
        self._of_file = self._store.read(stored.rules)
        self._read_counts()
        is_changed = (self._of_file, self._counts, self._study) != before
        if self._relay.is_changed() or is_changed:
            self.changed.emit(None)

    # ---- internal

    def announce_soon(self) -> None:
        """Emit `changed` after `ANNOUNCE_S`, once for all decisions until then."""
        if not self._is_announcing:
            self._is_announcing = True
            self._tasks.spawn(self._announce(), "announce the counts of response rules")

    async def _announce(self) -> None:
        await asyncio.sleep(ANNOUNCE_S)
        self._is_announcing = False
        self._read_counts()
        self.changed.emit(None)

    async def _checked(self, new: ResponseRule | str) -> ResponseRule:
        rule = ResponseRule.parse(new) if isinstance(new, str) else new.checked()
        rule = _with_whole_path(rule)
        if rule.respond.body_file:
            await asyncio.to_thread(read_body, rule.respond)
        return rule

    def _refuse_for_run(self, rule: ResponseRule) -> None:
        if rule.id < 0:
            raise UsageError(
                f"{rule.number[:1].upper()}{rule.number[1:]} was given by --answer. Restart to change it."
            )

    def _refuse_relay(self, rule_id: int, why: str) -> None:
        if rule_id == RELAY_ID and self.relay is not None:
            raise UsageError(why)

    def _places(self) -> dict[int, int]:
        return {rule.id: at for at, rule in enumerate(self._of_file)}

    async def _change(self, change: Callable[[list[ResponseRule]], list[ResponseRule]]) -> None:
        self._of_file = await self._store.write(partial(stored.change_rules, change=change))
        self._read_counts()
        self.changed.emit(None)

    async def _change_one(self, rule_id: int, made: Callable[[ResponseRule], list[ResponseRule]]) -> None:
        self._refuse_for_run(self.find(rule_id))

        def change(rules: list[ResponseRule]) -> list[ResponseRule]:
            if all(rule.id != rule_id for rule in rules):
                raise NotFound(f"There is no response rule {rule_id}.")
            return [one for rule in rules for one in (made(rule) if rule.id == rule_id else [rule])]

        await self._change(change)

    async def _count(self, node: Node) -> int:
        counting = self._captures.counting()
        try:
            found = await counting.count(EVERYTHING, node)
        finally:
            counting.stop()  # if the caller is cancelled, nothing is counted any more
        return 0 if found is None else found[0]

    def _read_counts(self) -> None:
        """Read the counts and the study, which change with deliveries."""
        self._counts, self._study = self._store.read(lambda one: (stored.counts(one), stored.study(one)))
        self._await_end()

    def _await_end(self) -> None:
        """Emit `changed` at the end of the study, unless more deliveries postpone it."""
        if self.learning is not None and self._ending is None:
            self._ending = self._tasks.spawn(self._announce_end(), "announce the end of a study of retries")

    def _forwards_changed(self, _: None) -> None:
        if self._relay.is_changed():
            self.changed.emit(None)

    async def _end_without_owner(self) -> None:
        """End the running study if the process that began it was killed."""
        study = self.learning
        if study is not None and study.owner is not None and self._store.undo_lock.is_dead(study.owner):
            with contextlib.suppress(NotFound):  # another process has just ended it
                await self.stop_learning()

    async def _announce_end(self) -> None:
        if (study := self.learning) is not None:
            left_s = study.left_s(now_ms()) + 0.01
            await asyncio.sleep(left_s if study.owner is None else min(left_s, OWNER_EVERY_S))
            await self._end_without_owner()
        self._ending = None
        self._await_end()
        if self.learning is None:
            self.changed.emit(None)


def _node(rule: ResponseRule) -> Node:
    """Return what a rule matches. A forward relays the responses to valid captures that it takes."""
    if rule.respond.kind == "relay":
        return And(parts=(query.parse(_RELAYED), forward_rule.rule(rule.query)))
    return query.parse(rule.query)


def _with_whole_path(rule: ResponseRule) -> ResponseRule:
    """Return the rule with the whole path of its body file: the listener can be in another folder."""
    if not rule.respond.body_file:
        return rule
    path = Path(rule.respond.body_file).expanduser().absolute()
    return replace(rule, respond=replace(rule.respond, body_file=str(path)))
