"""The text form of a response rule: `503 after 2s for survey:nps first 3 header 'Retry-After: 30'`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TypeAlias

from inspector.base.errors import did_you_mean
from inspector.base.visible import shortened, visible
from inspector.domain.response.parts import (
    KIND_WORDS,
    RuleError,
    RulePart,
    RuleResponse,
    WhichDeliveries,
    check,
)

FORMS = (
    ("503", "respond with this status, from 200 to 599"),
    ("close, reset", "close or reset the connection without a response"),
    ("never", "never respond; the connection is closed after 10 minutes"),
    ("relay [TARGET]", "respond with the response of a target that captures are forwarded to"),
    ("… after 31s", "after this time, up to 10 minutes"),
    ("… drip 10s", "send the bytes of the response over this time"),
    ("… for QUERY", "only to captures that match QUERY (syntax as in --filter)"),
    ("… first N", "only to the first N of them; the next rules get the others"),
    ("… every N", "only to every N-th of them"),
    ("… with P% [seed S]", "only with this probability; a seed repeats the choice"),
    ("… header 'NAME: VALUE'", "with this header; repeatable"),
    ("… body TEXT|@FILE", "with this text, or the bytes of a file, up to 64 KiB"),
)
"""The parts of a rule and their meanings, for help pages."""
FIRST_WORDS = {
    **{str(status): HTTPStatus(status).phrase for status in (503, 500, 429, 200)},
    **{str(kind): f"{words[0].lower()}{words[1:]}" for kind, words in KIND_WORDS.items()},
}
"""Words that often begin a rule, and their meanings."""
MAX_LENGTH = 200_000
CLAUSES: dict[str, RulePart] = {
    "after": "after",
    "drip": "drip",
    "for": "query",
    "first": "which",
    "every": "which",
    "with": "which",
    "seed": "which",
    "header": "headers",
    "body": "body",
}
"""The words that begin a clause, and the part of the rule that each is about."""
_SECONDS = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)(ms|s|m|min|)", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0}
_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,~-]+", re.ASCII)
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One word of a rule, as a shell would split it."""

    start: int
    end: int
    value: str
    """Without its quotes."""
    is_quoted: bool


Parts: TypeAlias = tuple[str, WhichDeliveries, RuleResponse]
"""The query of a rule, which of the matching deliveries it takes, and what their senders get."""


def parse(text: str) -> Parts:
    """Return the parts of a rule. Raises RuleError, whose sentence begins with the text and the place."""
    try:
        return _parse(text)
    except RuleError as error:
        position = 0 if error.position is None else error.position
        shown = visible(shortened(text.strip(), 60))
        where = f"“{shown}”, character {position + 1}: " if shown else ""
        raise RuleError(f"{where}{error}", error.part, position, max(1, error.length)) from error


def written(query: str, which: WhichDeliveries, respond: RuleResponse) -> str:
    """Return the text of a rule, from which `parse` returns its parts again."""
    parts = [respond.word]
    if respond.target:
        parts.append(_quoted(respond.target))
    if respond.after_s:
        parts.append(f"after {_duration(respond.after_s)}")
    if respond.drip_s:
        parts.append(f"drip {_duration(respond.drip_s)}")
    if query:
        parts.append(f"for {_quoted_query(query)}")
    if which.kind in ("first", "every"):
        parts.append(f"{which.kind} {which.number}")
    elif which.kind == "chance":
        seed = f" seed {which.seed}" if which.seed else ""
        parts.append(f"with {f'{which.percent:.6f}'.rstrip('0').rstrip('.')}%{seed}")
    parts += [f"header {_quoted(f'{name}: {value}')}" for name, value in respond.headers]
    if respond.body_file:
        parts.append(f"body {_quoted(f'@{respond.body_file}')}")
    elif respond.body:
        parts.append(f"body {_quoted(f'@{respond.body}' if respond.body.startswith('@') else respond.body)}")
    return " ".join(parts)


def _parse(text: str) -> Parts:
    if len(text) > MAX_LENGTH:
        raise RuleError(f"A rule has at most {MAX_LENGTH:,} characters, not {len(text):,}.", "respond")
    pieces = _pieces(text)
    reader = _Reader(text, pieces)
    query, which, respond = reader.read()
    try:
        check(query, which, respond)
    except RuleError as error:
        position, length = reader.places.get(error.part, (0, len(text)))
        if error.part == "query" and error.position is not None and reader.is_query_raw:
            position, length = position + error.position, error.length
        raise RuleError(str(error), error.part, position, length) from error
    return query, which, respond


class _Reader:
    """Reads the words of one rule from left to right."""

    def __init__(self, text: str, pieces: list[_Piece]) -> None:
        self.places: dict[RulePart, tuple[int, int]] = {}
        """Where each part of the rule is: position and length."""
        self.is_query_raw = True
        """Whether the query is in the text as it is, without quotes around all of it."""
        self._text = text
        self._pieces = pieces
        self._next = 0
        self._seen: set[str] = set()
        self._query = ""
        self._which = WhichDeliveries()
        self._respond = RuleResponse()

    def read(self) -> Parts:
        """Return the parts of the rule. Raises RuleError."""
        self._respond = self._head()
        while self._next < len(self._pieces):
            self._read_clause()
        if "seed" in self._seen and "with" not in self._seen:
            position, length = self.places["which"]
            sentence = "A seed belongs to a probability, as in `with 20% seed 7`."
            raise RuleError(sentence, "which", position, length)
        return self._query, self._which, self._respond

    def _head(self) -> RuleResponse:
        if not self._pieces:
            raise RuleError("A rule begins with its response, as in `503 first 3`.", "respond", 0, 1)
        head = self._take("respond")
        if head.value.isascii() and head.value.isdigit() and len(head.value) == 3:
            return RuleResponse(status=int(head.value))
        if head.value == "wait":  # a late 200, for a study of retries
            if self._peek() is None:
                sentence = "“wait” needs a value. Write a time, as in `wait 31s`."
                raise RuleError(sentence, "after", head.start, head.end - head.start)
            self._seen.add("after")
            return RuleResponse(after_s=_seconds(self._take("after"), "after"))
        kind = next((one for one in KIND_WORDS if one == head.value), None)
        if kind is None:
            guess = did_you_mean(head.value, KIND_WORDS)
            raise RuleError(
                f"“{visible(shortened(head.value, 40))}” is not a response. Use a status from 200 to 599,"
                f" close, reset, never or relay.{guess}",
                "respond",
                head.start,
                head.end - head.start,
            )
        target = ""
        if kind == "relay" and (piece := self._peek()) is not None and not self._is_clause(piece):
            target = self._take("respond").value
        return RuleResponse(kind=kind, target=target)

    def _read_clause(self) -> None:
        word = self._pieces[self._next]
        if not self._is_clause(word):
            guess = did_you_mean(word.value, CLAUSES) or f" After the response come {', '.join(CLAUSES)}."
            raise RuleError(
                f"“{visible(shortened(word.value, 40))}” is not expected here.{guess}",
                "respond",
                word.start,
                word.end - word.start,
            )
        self._next += 1
        name, part = word.value, CLAUSES[word.value]
        if name in self._seen and name != "header":
            raise RuleError(f"“{name}” is given twice. Remove one.", part, word.start, len(name))
        if part == "which" and name != "seed" and self._seen & {"first", "every", "with"}:
            raise RuleError("Use one of first, every and with.", part, word.start, len(name))
        self._seen.add(name)
        self._read_value(word, part)

    def _read_value(self, word: _Piece, part: RulePart) -> None:
        name = word.value
        if name == "for":
            self._query = self._query_after(word)
            return
        if self._peek() is None:
            raise RuleError(f"“{name}” needs a value. {_NEEDS[name]}", part, word.start, len(name))
        value = self._take(part)
        respond, which = self._respond, self._which
        match name:
            case "after":
                self._respond = replace(respond, after_s=_seconds(value, part))
            case "drip":
                self._respond = replace(respond, drip_s=_seconds(value, part))
            case "header":
                self._respond = replace(respond, headers=(*respond.headers, _header(value)))
            case "body":
                self._respond = _with_body(respond, value)
            case "with":
                self._which = replace(which, kind="chance", percent=_percent(value))
            case "seed":
                self._which = replace(which, seed=_number(value, name))
            case "first":
                self._which = replace(which, kind="first", number=_number(value, name))
            case "every":
                self._which = replace(which, kind="every", number=_number(value, name))

    def _query_after(self, word: _Piece) -> str:
        """Return the query: every word up to the next clause, as it is written."""
        begin = self._next
        while (piece := self._peek()) is not None and not self._is_clause(piece):
            self._next += 1
        found = self._pieces[begin : self._next]
        if not found:
            raise RuleError(f"“for” needs a query. {_NEEDS['for']}", "query", word.start, 3)
        start, end = found[0].start, found[-1].end
        self.places["query"] = (start, end - start)
        parts: list[str] = []
        last = start
        for piece in found:
            raw = self._text[piece.start : piece.end]
            is_whole = raw.startswith("'")  # a shell's quotes, which are not part of the query
            self.is_query_raw = self.is_query_raw and not is_whole
            parts += (self._text[last : piece.start], piece.value if is_whole else raw)
            last = piece.end
        return "".join(parts)

    def _peek(self) -> _Piece | None:
        return self._pieces[self._next] if self._next < len(self._pieces) else None

    def _take(self, part: RulePart) -> _Piece:
        piece = self._pieces[self._next]
        self._next += 1
        self.places[part] = (piece.start, piece.end - piece.start)
        return piece

    @staticmethod
    def _is_clause(piece: _Piece) -> bool:
        return not piece.is_quoted and piece.value in CLAUSES


_NEEDS = {
    "after": "Write a time, as in `after 31s`.",
    "drip": "Write a time, as in `drip 10s`.",
    "for": "Write one after it, as in `for survey:nps`.",
    "first": "Write a number, as in `first 3`.",
    "every": "Write a number, as in `every 10`.",
    "with": "Write a probability, as in `with 20%`.",
    "seed": "Write a number, as in `seed 7`.",
    "header": "Write it in quotes, as in `header 'Retry-After: 30'`.",
    "body": "Write a text in quotes, or @ and a file name.",
}


def _pieces(text: str) -> list[_Piece]:
    """Split a text as a shell does: at white space outside of quotes."""
    pieces: list[_Piece] = []
    place = 0
    while place < len(text):
        if text[place] in _SPACE:
            place += 1
            continue
        piece = _piece(text, place)
        pieces.append(piece)
        place = piece.end
    return pieces


def _piece(text: str, start: int) -> _Piece:
    value: list[str] = []
    place, is_quoted = start, False
    while place < len(text) and text[place] not in _SPACE:
        character = text[place]
        if character == "\\" and place + 1 < len(text):
            value.append(text[place + 1])
            place, is_quoted = place + 2, True
        elif character in "'\"":
            inside, place = _inside(text, place)
            value.append(inside)
            is_quoted = True
        else:
            value.append(character)
            place += 1
    return _Piece(start=start, end=place, value="".join(value), is_quoted=is_quoted)


def _inside(text: str, start: int) -> tuple[str, int]:
    """Return what the quotes at `start` contain, and the place after them."""
    quote, place = text[start], start + 1
    value: list[str] = []
    while place < len(text):
        if text[place] == quote:
            return "".join(value), place + 1
        if quote == '"' and text[place] == "\\" and place + 1 < len(text):
            place += 1
        value.append(text[place])
        place += 1
    raise RuleError("This quote is not closed. Add a closing quote.", "respond", start, len(text) - start)


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in CLAUSES else "'" + text.replace("'", "'\\''") + "'"


def _quoted_query(text: str) -> str:
    """Return a query as it is, or in quotes if a part of it would be read as something else."""
    if "'" not in text and "\\" not in text:
        try:
            pieces = _pieces(text)
        except RuleError:
            pieces = []
        if pieces and all(piece.is_quoted or piece.value not in CLAUSES for piece in pieces):
            return text
    return "'" + text.replace("'", "'\\''") + "'"


def _duration(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _seconds(piece: _Piece, part: RulePart) -> float:
    found = _SECONDS.fullmatch(piece.value)
    if found is None:
        raise _wrong(piece, part, "is not a time. Use seconds, as in 31s, 0.5s or 2m.")
    return round(float(found[1]) * _UNITS[found[2]], 3)


def _number(piece: _Piece, name: str) -> int:
    if not _NUMBER.fullmatch(piece.value):
        raise _wrong(piece, "which", f"is not a number. {_NEEDS[name]}")
    return int(piece.value)


def _percent(piece: _Piece) -> float:
    found = _PERCENT.fullmatch(piece.value)
    if found is None:
        raise _wrong(piece, "which", "is not a probability. Use per cent, as in 20%.")
    return float(found[1])


def _header(piece: _Piece) -> tuple[str, str]:
    name, colon, value = piece.value.partition(":")
    if not colon:
        raise _wrong(piece, "headers", "is not a header. Write NAME: VALUE, as in 'Retry-After: 30'.")
    return name, value.strip(" \t")


def _with_body(respond: RuleResponse, piece: _Piece) -> RuleResponse:
    text = piece.value
    if text.startswith("@@"):
        return replace(respond, body=text[1:])
    if text.startswith("@"):
        if len(text) == 1:
            raise _wrong(piece, "body", "has no file name. Write it after the @.")
        return replace(respond, body_file=text[1:])
    return replace(respond, body=text)


def _wrong(piece: _Piece, part: RulePart, why: str) -> RuleError:
    shown = visible(shortened(piece.value, 40))
    return RuleError(f"“{shown}” {why}", part, piece.start, piece.end - piece.start)
