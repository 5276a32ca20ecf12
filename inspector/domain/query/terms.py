"""The terms of a query that everything found has to obey: read from its text, taken out, added to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inspector.domain.query.tokens import Token, tokens
from inspector.domain.query.tree import Comparing, Phrase, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """A term in no parentheses and beside no `OR`, and where it stands with its minus."""

    term: Word | Phrase | Comparing
    is_negated: bool
    position: int
    length: int

    @property
    def meaning(self) -> tuple[bool, Word | Phrase | Comparing]:
        """What it asks for, however it is written."""
        return self.is_negated, self.term


def required(text: str) -> list[Required]:
    """Those terms of a query, in order. Raises QueryError."""
    top = _at_top(text)
    if _has_or(top):
        return []
    found = []
    for number, token in enumerate(top):
        if token.term is None:
            continue
        minuses = 0
        while minuses < number and top[number - minuses - 1].sign == "-":
            minuses += 1
        position = top[number - minuses].position
        found.append(
            Required(
                term=token.term,
                is_negated=bool(minuses % 2),
                position=position,
                length=token.position + token.length - position,
            )
        )
    return found


def without(text: str, is_unwanted: Callable[[Required], bool]) -> str:
    """The query without those of its required terms; the rest as it is. Raises QueryError."""
    kept, end = "", 0
    for one in required(text):
        if is_unwanted(one):
            kept += text[end : one.position]
            end = one.position + one.length
            end += len(text[end:]) - len(text[end:].lstrip())
    return (kept + text[end:]).strip()


def with_also(text: str, term: str) -> str:
    """The query narrowed by another term. Raises QueryError."""
    text = text.strip()
    if _has_or(_at_top(text)):
        text = f"({text})"
    return f"{text} {term}".strip()


def _at_top(text: str) -> list[Token]:
    """What stands in no parentheses."""
    found, depth = [], 0
    for token in tokens(text):
        depth -= token.sign == ")"
        if not depth:
            found.append(token)
        depth += token.sign == "("
    return found


def _has_or(top: list[Token]) -> bool:
    return any(token.sign == "OR" for token in top)
