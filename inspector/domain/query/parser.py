"""Reads a query: a space or `AND`, `OR`, parentheses, `-` or `NOT`, "phrases", words, `field:value`."""

from __future__ import annotations

from inspector.domain.query.tokens import NEGATIONS, Token, tokens
from inspector.domain.query.tree import And, Node, Not, Or, QueryError

MAX_DEPTH = 50
"""Parentheses within parentheses."""
MAX_TERMS = 100
"""Words, phrases and fields: SQLite takes no expression of a thousand parts."""


def parse(text: str) -> Node:
    """The tree of `text`; an empty text finds everything. Raises QueryError."""
    parser = _Parser(text)
    if not parser.tokens:
        return And(parts=())
    tree = parser.either(0)
    if left_over := parser.token:
        raise QueryError("Nothing was opened that this could close.", left_over.position, left_over.length)
    return tree


_ENDS = (")", "OR")
"""What ends a sequence of parts."""
_NOTHING_BEFORE = "Something must stand before this {}."


class _Parser:
    """Walks the tokens once, from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self._next = 0
        terms = [token for token in self.tokens if token.term is not None]
        if len(terms) > MAX_TERMS:
            beyond = terms[MAX_TERMS]
            raise QueryError(
                f"A filter may have {MAX_TERMS} words; this one has {len(terms)}.",
                beyond.position,
                len(text) - beyond.position,
            )

    @property
    def token(self) -> Token | None:
        """The one to be read next, None at the end."""
        return self.tokens[self._next] if self._next < len(self.tokens) else None

    def either(self, depth: int) -> Node:
        """One or more sequences with `OR` between them."""
        parts = [self.sequence(depth)]
        while (token := self.token) is not None and token.sign == "OR":
            self._after(token)
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))

    def sequence(self, depth: int) -> Node:
        """One or more parts that must all match, with or without `AND` between them."""
        parts: list[Node] = []
        while (token := self.token) is not None and token.sign not in _ENDS:
            if token.sign == "AND":
                if not parts:
                    raise QueryError(_NOTHING_BEFORE.format("AND"), token.position, token.length)
                token = self._after(token)
            parts.append(self.part(token, depth))
        if not parts:
            assert token is not None
            sentence = (
                _NOTHING_BEFORE.format("OR")
                if token.sign == "OR"
                else "There is nothing between these parentheses."
                if depth
                else "Nothing was opened that this could close."
            )
            raise QueryError(sentence, token.position, token.length)
        return parts[0] if len(parts) == 1 else And(parts=tuple(parts))

    def part(self, token: Token, depth: int) -> Node:
        """A term or a parenthesis, negated or not."""
        is_negated = False
        while token.sign in NEGATIONS:
            is_negated = not is_negated
            token = self._after(token)
        self._next += 1
        node = self.inside(token, depth + 1) if token.sign == "(" else token.term
        assert node is not None
        return Not(part=node) if is_negated else node

    def _after(self, operator: Token) -> Token:
        """Step over an operator to what it applies to. Raises QueryError if there is nothing."""
        self._next += 1
        following = self.token
        if following is None or following.sign in (*_ENDS, "AND"):
            what = "this minus" if operator.sign == "-" else f"this {operator.sign}"
            raise QueryError(f"Something must follow {what}.", operator.position, operator.length)
        return following

    def inside(self, opening: Token, depth: int) -> Node:
        """What stands between `opening` and its closing parenthesis."""
        if depth > MAX_DEPTH:
            raise QueryError(f"A filter may nest {MAX_DEPTH} deep.", opening.position, opening.length)
        if self.token is None:
            raise QueryError("This parenthesis is never closed.", opening.position, opening.length)
        node = self.either(depth)
        if self.token is None:
            raise QueryError("This parenthesis is never closed.", opening.position, opening.length)
        self._next += 1
        return node
