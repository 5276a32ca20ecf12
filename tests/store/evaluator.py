"""A query asked of one capture in plain Python: what the store's SQL has to agree with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from inspector.domain.capture.capture import Capture
from inspector.domain.json.value import NotJSON, depth_exceeds, parse
from inspector.domain.query import (
    And,
    AtPath,
    BetweenTerm,
    Clock,
    FieldTerm,
    HeaderTerm,
    MomentTerm,
    Node,
    Not,
    Or,
    Phrase,
    Word,
    moment_ms,
)
from inspector.domain.signature.evaluation import Evaluation

_SPELLINGS = (str, str.lower, str.upper)


class Written(str):
    """A JSON number as it stands in the body."""

    @property
    def printed(self) -> str:
        """As SQLite prints it."""
        return self if self.lstrip("-").isdigit() and abs(int(self)) < 2**63 else repr(float(self))


class Members(list[tuple[str, Any]]):
    """A JSON object with every member, also those of one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is stored of a capture."""

    id: int
    capture: Capture
    judgement: Evaluation
    survey_names: tuple[str, ...] = ()
    """The name its survey goes by, and the one in its own body."""
    codes: frozenset[str] = frozenset()
    mark: str | None = None
    """Of its respondent, where it is a trusted capture."""
    is_pinned: bool = False
    note: str = ""
    attempts: tuple[tuple[int | None, str], ...] = field(default=())
    """Status and outcome of each, oldest first."""
    is_forwarded: bool = False
    """They are those of a forward."""
    edge: str | None = None
    """The edge of a shared inbox that it came from."""


def finds(node: Node, known: Known, clock: Clock) -> bool:
    """Whether the query finds the capture."""
    match node:
        case And(parts=parts):
            return all(finds(part, known, clock) for part in parts)
        case Or(parts=parts):
            return any(finds(part, known, clock) for part in parts)
        case Not(part=part):
            return not finds(part, known, clock)
        case Word(text=text) | Phrase(text=text):
            return _is_in_body(text, known) or _contains(known.capture.target, text)
        case MomentTerm(name=name, when=when):
            is_before = known.capture.received_ms < moment_ms(when, clock)
            return is_before == (name == "before")
        case AtPath(steps=steps, value=value):
            places = _at(_parsed(known), steps) if _is_looked_into(known.capture.body) else ()
            return any(_contains(text.encode(), value) for place in places for text in _leaves(place))
        case BetweenTerm(name="nps", low=low, high=high):
            return any((low or 0) <= score <= (high or 0) for score in _scores(known))
        case BetweenTerm(name=name, low=low, high=high):
            number = _number(name, known)
            return number is not None and (low is None or number >= low) and (high is None or number <= high)
        case HeaderTerm(header=header, op=op, value=value):
            return any(
                name.decode("latin-1").lower() == header
                and (op == "exists" or any(_equal(text, op, value) for text in _readings(found)))
                for name, found in known.capture.headers
            )
        case FieldTerm():
            return _field(node, known)


def _field(node: FieldTerm, known: Known) -> bool:
    event, capture, value = known.judgement.event, known.capture, node.value
    if node.name == "survey":
        texts = (event.survey_id, *known.survey_names)
        return any(text is not None and _contains(text.encode(), value) for text in texts)
    if node.name == "note":
        return _contains(known.note.encode(), value)
    if node.name == "path":
        return capture.target.startswith(value.encode())
    if node.name == "finding":
        return value in known.codes
    if node.name == "cause":
        return known.judgement.verdict.word == "invalid" and [value] == _proved(known)
    if node.name == "secret":
        names = (
            known.judgement.verdict.secret,
            *(one.detail.get("secret") for one in known.judgement.findings),
        )
        return any(name is not None and _equal(name, node.op, value) for name in names)
    if node.name == "status":
        return bool(known.attempts) and known.attempts[-1][0] is None
    if node.name == "is":
        return _is(value, known)
    if node.name == "verdict":
        verdict = known.judgement.verdict
        return value in (verdict.word, verdict.shown(is_json=known.judgement.is_json))
    if node.name in ("question", "type"):
        names = ("question_type",) if node.name == "type" else ("question_id", "question_text")
        return any(_equal(text, node.op, value) for text in _questions(known, names))
    stored = {
        "group": event.group_id,
        "user": event.user_id,
        "platform": event.platform,
        "trigger": event.trigger,
        "method": capture.method,
        "kind": capture.kind,
        "event": event.word,
        "edge": known.edge,
    }[node.name]
    return stored is not None and _equal(stored, node.op, value)


def _proved(known: Known) -> list[str]:
    return [finding.code for finding in known.judgement.findings if finding.is_proved]


def _is(word: str, known: Known) -> bool:
    return {
        "pinned": known.is_pinned,
        "complete": known.mark == "complete",
        "partial": known.mark in ("partial", "opened"),
        "duplicate": bool(known.codes & {"redelivery", "answer-repeated"}),
        "out-of-order": "out-of-order" in known.codes,
        "changed": "answer-changed" in known.codes,
        "replayed": bool(known.attempts) and not known.is_forwarded,
        "forwarded": bool(known.attempts) and known.is_forwarded,
        "failed": bool(known.attempts) and known.attempts[-1][1] != "ok",
        "sample": known.capture.kind == "sample",
        "imported": known.capture.kind == "imported",
        "trusted": known.judgement.is_trusted,
        "refused": known.capture.kind == "refused",
    }[word]


def _number(name: str, known: Known) -> int | None:
    if name == "status":
        return known.attempts[-1][0] if known.attempts else None
    return known.id if name == "id" else len(known.capture.body)


def _is_in_body(text: str, known: Known) -> bool:
    spelled = [spell(text) for spell in _SPELLINGS] if not text.isascii() else [text]
    return any(
        _folded(other.encode()) in _folded(known.capture.body)
        for one in spelled
        for other in (one, json.dumps(one)[1:-1], one.replace("/", "\\/"))
    )


def _contains(body: bytes, text: str) -> bool:
    spelled = [text] if text.isascii() else [spell(text) for spell in _SPELLINGS]
    return any(_folded(one.encode()) in _folded(body) for one in spelled)


def _folded(text: bytes) -> bytes:
    return text.lower()  # of bytes: ASCII alone


def _equal(text: str, op: str, value: str) -> bool:
    if op != "wildcard":
        return text == value
    return re.fullmatch(".*".join(map(re.escape, value.split("*"))), text, re.DOTALL) is not None


def _readings(value: bytes) -> Iterator[str]:
    yield value.decode("latin-1")
    yield value.decode("utf-8", "replace")


def _is_looked_into(body: bytes) -> bool:
    """It is JSON, and nests no deeper than a thousand levels."""
    try:
        parse(body)
    except NotJSON:
        return False
    return not depth_exceeds(body, 1000)


def _parsed(known: Known) -> Any:
    return json.loads(
        known.capture.body.decode("utf-8", "replace"),
        object_pairs_hook=Members,
        parse_int=Written,
        parse_float=Written,
    )


def _at(value: Any, steps: tuple[str | int | None, ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, Members):
        inner = [member for name, member in value if name == step]
    elif isinstance(value, list):
        inner = [one for place, one in enumerate(value) if step is None or step == place]
    else:
        inner = []
    for one in inner:
        yield from _at(one, rest)


def _leaves(value: Any, *, is_escaped: bool = False) -> Iterator[str]:
    """The texts at or below a value. SQLite reads a number below an escaped name only as it prints it."""
    if isinstance(value, Members):
        for name, member in value:
            yield from _leaves(member, is_escaped=is_escaped or bool({'"', "\\"} & set(name)))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, is_escaped=is_escaped)
    elif isinstance(value, Written):
        yield from (value.printed,) if is_escaped else (str(value), value.printed)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def _scores(known: Known) -> Iterator[float]:
    """The numbers that answer an NPS question."""
    event = known.judgement.event.word
    if event == "unknown":
        return
    steps: tuple[str | int | None, ...] = ("responses", None) if event == "response_group" else ()
    for one in _at(_parsed(known), steps):
        if "nps_feedback" in _at(one, ("question_type",)):
            yield from (float(value) for value in _at(one, ("response",)) if isinstance(value, Written))


def _questions(known: Known, names: tuple[str, ...]) -> Iterator[str]:
    event = known.judgement.event.word
    if event == "unknown":
        return
    steps: tuple[str | int | None, ...] = ("responses", None) if event == "response_group" else ()
    for name in names:
        for value in _at(_parsed(known), (*steps, name)):
            if isinstance(value, str):
                yield value
