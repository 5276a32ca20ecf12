"""Reads a query: a space or `AND`, `OR`, parentheses, `-` or `NOT`, "phrases", words, `field:value`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.base.errors import did_you_mean
from inspector.domain.json.json_path import PathError, is_path, read_path
from inspector.domain.query.fields import FIELDS, JSON_PATH, FilterField
from inspector.domain.query.tree import (
    And,
    AtPath,
    Comparing,
    Node,
    Not,
    Or,
    Phrase,
    QueryError,
    Word,
    listed,
)

MAX_LENGTH = 4096
"""Maximum characters of a query."""

_SPACE = re.compile(r"\s+")
_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):(?!//)")
_HEADER_NAME = re.compile(r'[^\s()"=]+=(?=")')
_WORD = re.compile(r"[^\s()]+")
_NOT_SOUGHT = re.compile("[\0\ud800-\udfff]")
_OPERATOR = re.compile(
    r"(?P<name>[A-Za-z-]+|\$[.\[][^=<>!:]*)(?P<operator>[=<>!]=|[=<>])(?P<value>.*)", re.DOTALL
)
OPERATORS = ("AND", "OR", "NOT")
"""Words that are not searched for, in upper case only."""
NEGATIONS = ("-", "NOT")
_SCHEMES = frozenset(("data", "file", "ftp", "http", "https", "mailto", "tel", "urn", "ws", "wss"))
"""A word that begins with a URL scheme is a word, even without `//`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`(`, `)`, `-`, one of `OPERATORS`, or a search term."""

    sign: str
    """The sign itself; empty for a term."""
    position: int
    length: int
    term: Word | Phrase | Comparing | None = None


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order. Raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"A filter has at most {MAX_LENGTH:,} characters, not {len(text):,}. Shorten it.",
            MAX_LENGTH,
            len(text) - MAX_LENGTH,
        )
    if wrong := _NOT_SOUGHT.search(text):
        what = "is half of a surrogate pair" if wrong[0] != "\0" else "is a NUL"
        raise QueryError(f"This character {what} and cannot be searched for. Remove it.", wrong.start(), 1)
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        token = _token(text, position)
        yield token
        position += token.length


def _token(text: str, position: int) -> Token:
    sign = text[position]
    if sign in "()" or (sign == "-" and _is_negation(text, position)):
        return Token(sign=sign, position=position, length=1)
    if sign == '"':
        phrase, end = _phrase(text, position)
        if not phrase:
            raise QueryError(
                "These quotes are empty. Put the text to search for between them.", position, end - position
            )
        return Token(sign="", position=position, length=end - position, term=Phrase(text=phrase))
    if sign == "$" and is_path(text, position):
        return _at_path(text, position)
    named = _FIELD.match(text, position)
    if named and (named[1].lower() in FIELDS or named[1].lower() not in _SCHEMES):
        return _field(text, position, named)
    word = _WORD.match(text, position)
    assert word is not None
    if word[0] in OPERATORS:
        return Token(sign=word[0], position=position, length=len(word[0]))
    _refuse_operator(word[0], position)
    return Token(sign="", position=position, length=len(word[0]), term=Word(text=word[0]))


def _refuse_operator(word: str, position: int) -> None:
    """Raise QueryError for `verdict=invalid`. A search for this text would silently find nothing."""
    found = _OPERATOR.fullmatch(word)
    if found is None:
        return
    name, operator, value = found["name"], found["operator"], found["value"]
    entry = FIELDS.get(JSON_PATH if name.startswith("$") else name.lower())
    if entry is None:
        return
    raise QueryError(
        f"A field needs a colon: {_with_colon(entry, name, operator, value)}."
        " Use quotes to search for the text itself.",
        position,
        len(word),
    )


def _with_colon(entry: FilterField, name: str, operator: str, value: str) -> str:
    """Return `verdict:invalid` for `verdict=invalid`, or the example of the field if that is not valid
    either."""
    if entry.name == "size" and operator not in ("=", "==", "!="):
        value = operator + value
    written = f"{'-' if operator == '!=' else ''}{name}:{value}"
    try:
        list(tokens(written))
    except QueryError:
        return entry.example
    return written


def _field(text: str, position: int, named: re.Match[str]) -> Token:
    entry = FIELDS.get(named[1].lower())
    if entry is None:
        guess = did_you_mean(named[1], FIELDS)
        use = f"{guess} Use" if guess else f" Use {listed(tuple(FIELDS))}, or"
        raise QueryError(
            f"{named[1]}: is not a filter field.{use} quotes to search for the text itself.",
            position,
            len(named[0]),
        )
    start = named.end()
    value, end, is_quoted = _value(text, start)
    if entry.name == "header" and (name := _HEADER_NAME.match(text, start)):
        value, end = _phrase(text, name.end())  # header:name="a value"
        value, is_quoted = name[0] + value, True
    try:
        term = entry.read(value, is_quoted=is_quoted)
    except ValueError as error:
        place = start if value else position
        raise QueryError(str(error), place, end - place) from None
    return Token(sign="", position=position, length=end - position, term=term)


def _at_path(text: str, position: int) -> Token:
    try:
        steps, start = read_path(text, position)
    except PathError as error:
        raise QueryError(str(error), error.position, error.length) from None
    value, end, _ = _value(text, start)
    if not value:
        sentence = f"A path needs a value right after its colon, as in {FIELDS[JSON_PATH].example}."
        raise QueryError(sentence, position, end - position)
    term = AtPath(name=JSON_PATH, steps=steps, value=value)
    return Token(sign="", position=position, length=end - position, term=term)


def _value(text: str, start: int) -> tuple[str, int, bool]:
    """Return the word or phrase at `start` (or an empty text), its end, and whether it is a phrase."""
    if text.startswith('"', start):
        return *_phrase(text, start), True
    word = _WORD.match(text, start)
    return (word[0], word.end(), False) if word else ("", start, False)


def _phrase(text: str, position: int) -> tuple[str, int]:
    r"""Return the text in the quotes that open at `position`, and its end. `\"` and `\\` are escapes."""
    phrase = _PHRASE.match(text, position)
    if phrase is None:
        raise QueryError("This quote is not closed. Add a closing quote.", position, len(text) - position)
    return _ESCAPED.sub(r"\1", phrase[1]), phrase.end()


def _is_negation(text: str, position: int) -> bool:
    following = text[position + 1 : position + 2]
    return following not in ("", ")") and not following.isspace()


MAX_DEPTH = 50
"""Maximum depth of parentheses."""
MAX_TERMS = 100
"""Maximum words, phrases and fields. SQLite refuses an expression of a thousand parts."""


def parse(text: str) -> Node:
    """Return the tree of `text`; an empty text matches everything. Raises QueryError."""
    parser = _Parser(text)
    if not parser.tokens:
        return And(parts=())
    tree = parser.either(0)
    if left_over := parser.token:
        raise QueryError(
            "This closing parenthesis has no opening one. Remove it.", left_over.position, left_over.length
        )
    return tree


_ENDS = (")", "OR")
"""The tokens that end a sequence of parts."""
_NOTHING_BEFORE = "Put a condition before this {}."


class _Parser:
    """A reader of the tokens, once from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self._next = 0
        terms = [token for token in self.tokens if token.term is not None]
        if len(terms) > MAX_TERMS:
            beyond = terms[MAX_TERMS]
            raise QueryError(
                f"A filter has at most {MAX_TERMS:,} conditions, not {len(terms):,}. Shorten it.",
                beyond.position,
                len(text) - beyond.position,
            )

    @property
    def token(self) -> Token | None:
        """The next token; None at the end."""
        return self.tokens[self._next] if self._next < len(self.tokens) else None

    def either(self, depth: int) -> Node:
        """Read one or more sequences with `OR` between them."""
        parts = [self.sequence(depth)]
        while (token := self.token) is not None and token.sign == "OR":
            self._after(token)
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))

    def sequence(self, depth: int) -> Node:
        """Read one or more parts that must all match, with or without `AND` between them."""
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
                else "These parentheses are empty. Put a condition between them."
                if depth
                else "This closing parenthesis has no opening one. Remove it."
            )
            raise QueryError(sentence, token.position, token.length)
        return parts[0] if len(parts) == 1 else And(parts=tuple(parts))

    def part(self, token: Token, depth: int) -> Node:
        """Read a term or a parenthesis, negated or not."""
        is_negated = False
        while token.sign in NEGATIONS:
            is_negated = not is_negated
            token = self._after(token)
        self._next += 1
        node = self.inside(token, depth + 1) if token.sign == "(" else token.term
        assert node is not None
        return Not(part=node) if is_negated else node

    def _after(self, operator: Token) -> Token:
        """Skip an operator. Raises QueryError if nothing follows it."""
        self._next += 1
        following = self.token
        if following is None or following.sign in (*_ENDS, "AND"):
            what = "this minus" if operator.sign == "-" else f"this {operator.sign}"
            raise QueryError(f"Put a condition after {what}.", operator.position, operator.length)
        return following

    def inside(self, opening: Token, depth: int) -> Node:
        """Read the part between `opening` and its closing parenthesis."""
        if depth > MAX_DEPTH:
            raise QueryError(
                f"Parentheses can be nested {MAX_DEPTH} deep. Use fewer.", opening.position, opening.length
            )
        if self.token is None:
            raise QueryError(
                "This parenthesis is not closed. Add a closing one.", opening.position, opening.length
            )
        node = self.either(depth)
        if self.token is None:
            raise QueryError(
                "This parenthesis is not closed. Add a closing one.", opening.position, opening.length
            )
        self._next += 1
        return node
