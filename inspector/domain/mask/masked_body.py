"""A body as it may be seen by anybody: chosen fields hidden in its own text, every other character kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.domain.json.json_path import Step, read_path
from inspector.domain.json.source import Broken
from inspector.domain.json.walk import Walk
from inspector.domain.mask.mask import DOTS

LARGEST = 4 * 1024 * 1024
"""Bytes: a larger body is hidden whole, since taking it apart would take many seconds."""

_NAME = re.compile(r"[^\s$.\[\]\"':,*]{1,100}")
_OF_AN_ANSWER = frozenset(("response", "question_text"))
_HIDDEN = f'"{DOTS}"'
_BOM = "\ufeff"
_QUOTE = r"(?:\\?[\"']|%2[27])?"
_BLANK = r"(?:\s|\+|%20)*"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedField:
    """A field whose value is hidden: every one of a name, or the values at one path."""

    name: str = ""
    steps: tuple[Step, ...] = ()
    """Empty where it is a name; None is any element of an array."""

    @classmethod
    def parse(cls, text: str) -> MaskedField:
        """`user_id` or `$.responses[*].response`; raises UsageError, in words, for neither."""
        text = text.strip()
        if _NAME.fullmatch(text):
            return cls(name=text)
        if text.startswith("$"):
            steps, end = read_path(f"{text}:", 0)
            if steps and end == len(text) + 1:
                return cls(steps=steps)
        raise UsageError(
            f"A field is a name, such as user_id, or a path, such as $.responses[*].response, not"
            f" {visible(text)!r}."
        )

    @property
    def last_name(self) -> str:
        """The name of the field that it ends in; empty where it ends in an element."""
        last = self.steps[-1] if self.steps else self.name
        return last if isinstance(last, str) else ""


APP_KEY = MaskedField(name="app_key")
"""Hidden whatever else is."""


def hides(fields: Sequence[MaskedField], name: str) -> bool:
    """Whether a value that the sender calls `name` is hidden, wherever it stands.

    With the list of answers, or a single element of it, the answer to each question is.
    """
    names = {field.last_name for field in fields}
    return name in names or (name in _OF_AN_ANSWER and bool(names & {"responses", ""}))


def hides_path(fields: Sequence[MaskedField], steps: Sequence[Step]) -> bool:
    """Whether what stands at a path of a body is hidden: by a name in it, or with what it stands within."""
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    return hides(fields, name) or any(
        field.name in steps if field.name else _is_within(steps, field.steps) for field in fields
    )


def _is_within(steps: Sequence[Step], outer: Sequence[Step]) -> bool:
    """Whether a path may lead to what `outer` leads to, or into it; null is any element in either."""
    return len(steps) >= len(outer) and all(
        one == other or (None in (one, other) and not isinstance(one or other, str))
        for one, other in zip(steps, outer, strict=False)
    )


def masked_body(body: bytes, fields: Sequence[MaskedField]) -> bytes:
    """The body with eight dots for the value of each of `fields`, whatever kind of value that is.

    What is no JSON, or stops being it, is searched for their names; where a path is among them, nobody
    knows where it leads there, and nothing of it is shown.
    """
    if len(body) > LARGEST:
        return f"{DOTS} {len(body):,} bytes, too many to be masked field by field.".encode()
    text = body.decode("utf-8", "surrogateescape")
    parts: list[str] = []
    position = 0
    for start, end, shown in _places(text, fields):
        parts += (text[position:start], shown)
        position = end
    parts.append(text[position:])
    return "".join(parts).encode("utf-8", "surrogateescape")


def hidden_sources(body: bytes, fields: Sequence[MaskedField]) -> Iterator[str]:
    """What `masked_body` hides, as it stands in a body that is not too large for it."""
    text = body.decode("utf-8", "surrogateescape")
    for start, end, _ in _places(text, fields):
        yield text[start:end]


def _places(text: str, fields: Sequence[MaskedField]) -> Iterator[tuple[int, int, str]]:
    names = frozenset(field.name for field in fields if field.name)
    paths = [field.steps for field in fields if field.steps]
    mark = len(text) - len(text.removeprefix(_BOM))  # no part of the JSON, and often met
    for start, end, shown in _hidden(text[mark:], names, paths):
        yield mark + start, mark + end, shown


def _hidden(
    text: str, names: frozenset[str], paths: Sequence[tuple[Step, ...]]
) -> Iterator[tuple[int, int, str]]:
    """What is to be hidden, in order: from where to where, and what stands there instead."""

    def is_meant() -> bool:
        return walk.name in names or any(map(walk.is_at, paths))

    walk = Walk(text)
    opened: int | None = None  # the start of an object or array that is hidden as a whole
    try:
        for kind, start, end in walk:
            if kind in "}]":
                if start == opened:
                    yield start, end, _HIDDEN
                    opened = None
            elif opened is not None:
                continue
            elif is_meant():
                if kind in "{[":
                    opened = start
                else:
                    yield start, end, _HIDDEN
            elif kind == "string" and _is_wrapped(text[start:end], walk.depth > 0, names):
                yield start, end, _HIDDEN
    except Broken:
        if opened is not None or is_meant():  # it stopped within what is hidden, or may have
            yield walk.end if opened is None else opened, len(text), _HIDDEN
        elif paths and text[walk.end :].strip():
            yield walk.end, len(text), DOTS
        else:
            yield from _named(text, walk.end, names)


def _is_wrapped(text: str, is_nested: bool, names: frozenset[str]) -> bool:
    """Whether a string contains JSON with a hidden field: the whole body may be one, or a value of it."""
    return (not is_nested or '\\"' in text) and any(name in text for name in names)


def spellings(name: str) -> str:
    """Return a regular expression for a name in which any character may be percent-encoded."""
    return "".join(f"(?:{re.escape(one)}|{_encoded(one)})" for one in name)


def _encoded(character: str) -> str:
    return "".join(f"%(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))


def _named(text: str, begin: int, names: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """The values that follow a name in what is not JSON: `"app_key": "…"`, `app_key=…`, `app%5Fkey=…`."""
    if not names:
        return
    # It may have stopped between a name and its value.
    begin = max(text.rfind("\n", 0, begin), text.rfind(",", 0, begin), text.rfind("{", 0, begin)) + 1
    either = "|".join(map(spellings, sorted(names)))
    value = re.compile(
        rf"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{{2}}))(?:{either})(?!\w){_QUOTE}{_BLANK}(?:[:=]|%3[AaDd]){_BLANK}"
        r"(?P<value>[\[{](?s:.*)|\\?\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,;&}\]]+)"
    )
    for found in value.finditer(text, begin):
        yield *found.span("value"), DOTS
