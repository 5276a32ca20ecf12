"""Sends signed events of a search and reads what the replies show in addition to their status."""

from __future__ import annotations

import html
import re
from collections.abc import Generator
from dataclasses import dataclass

from inspector.base.visible import visible_bytes
from inspector.domain.receiver.framework import guess
from inspector.domain.receiver.receiver_causes import STATUSES, SYMPTOMS, Symptom
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.search import causes_found
from inspector.domain.receiver.search.combinations import Choice, Combinations, Place
from inspector.domain.receiver.search.hypotheses import RAW, MessageForm, messages_of
from inspector.domain.receiver.search.leaks import Leaks
from inspector.domain.receiver.search.probes import (
    DOCUMENTED,
    Probe,
    ReceiverCase,
    headers_with,
    request_of,
    with_other_end,
)
from inspector.domain.signature.finding import Finding

_JAVASCRIPT = ("express", "fastify", "koa", "next", "workers", "lambda")
_MOST_ERRORS = 3
"""After this number of requests in a row without a response, the search stops."""
_VARYING = re.compile(r"[0-9a-f]{8,}|\d+|[0-9a-z+/=_-]{24,}", re.IGNORECASE)
_MOST_ASKED_AGAIN = 6
"""How often a new kind of rejection leads to the question whether the receiver now rejects everything so."""
_ASKS_FOR_LOGIN = b"www-authenticate"
Print = tuple[int | str | None, str]
"""The status of a response and its text without varying parts."""


class SearchStoppedError(Exception):
    """The search cannot continue; nothing is proved."""


@dataclass(slots=True)
class ProbeHit:
    """A request that the receiver accepted, or passed on to code that failed."""

    choice: Choice
    is_accepted: bool
    probe: int
    header: str | None = None
    """The header that it read, if that is known."""


class Prober:
    """Yields the probes of one search and remembers how the receiver rejects."""

    def __init__(self, case: ReceiverCase, space: Combinations) -> None:
        self.space = space
        self.sent = 0
        self.most = case.most
        self.is_text_stable = False
        """Whether equal rejections have equal texts."""
        self.refusals: dict[str, set[Print]] = {name: set() for name in space.kinds}
        self.symptoms: dict[str, Symptom] = {}
        self.leaks = Leaks(space.keys)
        framework = guess([case.first])
        self.is_javascript = framework is None or framework.key in _JAVASCRIPT
        """Whether the receiver may be written in JavaScript."""
        self.statuses: set[int | None] = set()
        """The statuses of all responses."""
        self._noted: set[tuple[int | None, bytes]] = set()
        """Responses whose text was read: it takes 80 ms for 64 KiB, and most receivers repeat a few."""
        self._number = 0
        self._errors = 0
        self._asked_again = 0

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return self.most - self.sent

    def use(self, space: Combinations) -> None:
        """Use other events from now on."""
        self.space = space
        self.refusals = {name: set() for name in space.kinds}

    def send(
        self,
        body: bytes,
        values: dict[str, str],
        words: str,
        faults: tuple[Finding, ...] = (),
        *,
        is_control: bool = False,
    ) -> Generator[Probe, Reply, Reply]:
        """Send one request. Raises SearchStoppedError if no more may be sent or the receiver is gone."""
        if self.sent >= self.most:
            raise SearchStoppedError
        self.sent += 1
        request = request_of(body, values)
        reply = yield Probe(request=request, words=words, faults=faults, is_control=is_control)
        self.statuses.add(reply.status)
        self._errors = self._errors + 1 if reply.error is not None else 0
        if reply.status == 429:
            self.note_status(reply)
        if self._errors >= _MOST_ERRORS or reply.is_unreachable or reply.status == 429:
            raise SearchStoppedError
        self.leaks.read(reply, body, values.values())
        self.note(reply)
        return reply

    def signed(
        self,
        kind: str,
        form: MessageForm,
        place: Place,
        only: str | None = None,
        *,
        body: bytes | None = None,
        is_control: bool = False,
    ) -> Generator[Probe, Reply, tuple[Reply, bytes]]:
        """Send a new event of a kind, or `body`, signed in this way under all header names or `only` one."""
        body = self.fresh(kind) if body is None else body
        message = messages_of(body).get(form)
        made = (body if message is None else message.make()) or b""
        key, digest = self.space.keys[place[0]], self.space.digests[place[1]]
        value = digest.value(key.key, made)
        # Under one name, the digest already has the form of that header.
        values = {only: value} if only else headers_with(value, key.key, made)
        if is_control:
            values = {name: with_other_end(each) for name, each in values.items()}
        faults = self.space.faults(place, message)
        shown = only if only != DOCUMENTED else None
        words = f"{self.space.kinds[kind].words}, {causes_found.signed(faults, shown)}"
        if is_control:
            words += ", with one digit changed"
        reply = yield from self.send(body, values, words, faults, is_control=is_control)
        return reply, body

    def under(
        self, kind: str, form: MessageForm, place: Place, names: list[str]
    ) -> Generator[Probe, Reply, Reply]:
        """Send a new event with the signature only under these names."""
        body = self.fresh(kind)
        message = messages_of(body).get(form)
        made = (body if message is None else message.make()) or b""
        key, digest = self.space.keys[place[0]], self.space.digests[place[1]]
        values = headers_with(digest.value(key.key, made), key.key, made)
        faults = self.space.faults(place, message)
        shown = names[0] if len(names) == 1 else f"{names[0]} or {len(names) - 1} others"
        words = f"{self.space.kinds[kind].words}, {causes_found.signed(faults, shown)}"
        return (yield from self.send(body, {name: values[name] for name in names}, words, faults))

    def control(self, kind: str, *, only: str | None = None) -> Generator[Probe, Reply, Reply]:
        """Send an event with a wrong signature in the documented form."""
        reply, _ = yield from self.signed(kind, RAW, (0, 0), only, is_control=True)
        return reply

    def try_(self, choice: Choice) -> Generator[Probe, Reply, ProbeHit | None]:
        """Send an event signed in this way. Return a hit, or None after excluding it.

        Raises SearchStoppedError if the receiver also accepts a wrong signature of the same form, or rejects
        wrong ones otherwise than before.
        """
        kind = choice.kind
        form = self.space.best(choice.mask)
        reply, _ = yield from self.signed(kind, form, choice.place)
        probe = self.sent - 1
        if not reply.is_accepted and self.print_of(reply) in self.refusals[kind]:
            self.space.exclude(choice)
            return None
        control, _ = yield from self.signed(kind, form, choice.place, is_control=True)
        if control.is_accepted:
            if self.space.kinds[kind].is_event:
                raise SearchStoppedError
            self.space.distrust(kind)
            return None
        if self.print_of(control) == self.print_of(reply):
            yield from self._check_same(kind)
            self.refusals[kind].add(self.print_of(reply))
            self._learn_length(choice.place, control)
            self.space.exclude(choice)
            return None
        return ProbeHit(choice=choice, is_accepted=reply.is_accepted, probe=probe)

    def _check_same(self, kind: str) -> Generator[Probe, Reply, None]:
        """Raise SearchStoppedError if the receiver no longer rejects a wrong signature as it did: after many
        of them, it may reject everything, and then no rejection shows anything."""
        if self._asked_again == _MOST_ASKED_AGAIN or not self.refusals[kind]:
            return
        self._asked_again += 1
        reply = yield from self.control(kind)
        if self.print_of(reply) not in self.refusals[kind]:
            raise SearchStoppedError

    def fresh(self, kind: str) -> bytes:
        """Return a new event of a kind."""
        self._number += 1
        return self.space.kinds[kind].make(self._number)

    def print_of(self, reply: Reply) -> Print:
        """Return what equal responses have in common."""
        if reply.error is not None:
            return ("timeout" if reply.is_timeout else "error", "")
        text = reply.body[:4096].decode("utf-8", "replace") if self.is_text_stable else ""
        return reply.status, _VARYING.sub("", text)

    def is_refusal(self, kind: str, reply: Reply) -> bool:
        """Return whether the receiver responds in this way to wrong signatures."""
        return self.print_of(reply) in self.refusals[kind]

    # ---- what replies show

    def note(self, reply: Reply) -> None:
        """Read the known texts of frameworks in a response that is not 2xx."""
        seen = reply.status, reply.body
        if reply.is_accepted or seen in self._noted:
            return
        self._noted.add(seen)
        text = html.unescape(reply.body.decode("utf-8", "replace"))
        asked = next((value for name, value in reply.headers if name.lower() == _ASKS_FOR_LOGIN), None)
        if asked is not None:
            text = f"WWW-Authenticate: {visible_bytes(asked)}\n{text}"
        for symptom in SYMPTOMS:
            fits = not symptom.statuses or reply.status in symptom.statuses
            if symptom.code not in self.symptoms and fits and symptom.pattern.search(text):
                self.symptoms[symptom.code] = symptom
                self.space.suspect(symptom.suspects)

    def note_status(self, reply: Reply) -> None:
        """Note a status with which receivers refuse every event."""
        symptom = status_symptom(reply)
        if symptom is not None:
            self.symptoms.setdefault(symptom.code, symptom)

    def _learn_length(self, place: Place, control: Reply) -> None:
        """Learn from a comparison that fails on digests of another length."""
        usual = next((status for status, _ in self.refusals["plain"] if isinstance(status, int)), None)
        length, documented = self.space.length(place[1]), self.space.length(0)
        if usual is None or control.status is None or length == documented:
            return
        if usual < 500 <= control.status:
            self.space.only_length(documented)
        elif control.status < 500 <= usual:
            self.space.only_length(length)


def status_symptom(reply: Reply) -> Symptom | None:
    """Return what a status means with which a receiver refuses every event; None if it may be a verdict."""
    if reply.error is not None or reply.status is None:
        return None
    if 300 <= reply.status < 400:
        code, says = "receiver-redirects", f"Your receiver {reply.words}."
    elif reply.status in STATUSES:
        code, says = STATUSES[reply.status]
    else:
        return None
    return _of_status(code, says, is_final=True)


def failing_symptom(status: int) -> Symptom:
    """Return that a receiver responds to every event as if it had failed."""
    return _of_status("receiver-fails", f"Your receiver responds with {status} to every event.")


def _of_status(code: str, says: str, *, is_final: bool = False) -> Symptom:
    return Symptom(code=code, pattern=re.compile(""), says=says, is_final=is_final)


__all__ = ["DOCUMENTED", "ProbeHit", "Prober", "SearchStoppedError", "failing_symptom", "status_symptom"]
