"""The rule of a forward as a masked screen shows it: a value that it looks for may be one that is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.domain import query
from inspector.domain.mask.mask import DOTS, is_private_header
from inspector.domain.mask.masked_body import APP_KEY, MaskedField, hides, hides_path
from inspector.domain.mask.masked_capture import masked_sentence
from inspector.domain.query import And, Field, Node, Not, Or, QueryError
from inspector.domain.query.tree import AtPath, Header, Phrase, Word

SENT_AS: Mapping[str, tuple[str, ...]] = {
    "survey": ("survey_name", "survey_id"),
    "group": ("group_id",),
    "user": ("user_id",),
    "platform": ("platform",),
    "trigger": ("trigger",),
    "question": ("question_id", "question_text"),
}
"""What a sender calls the values that a filter looks for."""


def masked_rule(text: str, fields: Sequence[MaskedField]) -> str:
    """The rule with nothing hidden in it; eight dots where it looks for what is."""
    try:
        node = query.parse(text)
    except QueryError:
        return DOTS
    return DOTS if any(_is_hidden(part, fields) for part in _parts(node)) else masked_sentence(text, fields)


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Not):
        yield from _parts(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _parts(part)
    else:
        yield node


def _is_hidden(node: Node, fields: Sequence[MaskedField]) -> bool:
    if isinstance(node, Word | Phrase):  # whatever stands in a body
        return bool(fields)
    if isinstance(node, AtPath):
        return hides_path((APP_KEY, *fields), node.steps)
    if isinstance(node, Header):
        return bool(node.value) and is_private_header(node.header.encode())
    return isinstance(node, Field) and any(hides(fields, name) for name in SENT_AS.get(node.name, ()))
