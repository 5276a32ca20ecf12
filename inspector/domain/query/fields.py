"""The fields of a query: one entry each, with how its value is read.

To add one, write its entry here and its comparison in `store/query/selection.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.query.times import read_when
from inspector.domain.query.tree import BetweenTerm, Comparing, FieldTerm, HeaderTerm, MomentTerm, listed
from inspector.domain.respondent.respondent_findings import RESPONDENT_CODES
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import SENDER_CODES
from inspector.domain.signature.verdict import SHOWN

Compares = Literal[
    "contained",
    "equal, * for any text",
    "one of the known words",
    "the beginning",
    "a header",
    "a status",
    "a size",
    "a number or a range",
    "a time",
]

MAX_ID = 2**63 - 1
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024 * 1024}
_SIZE = re.compile(r"(>=|<=|>|<|)([0-9]{1,12})(b|kb|mb|)", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,19})(?:\.\.([0-9]{1,19}))?", re.ASCII)
_STATUS = re.compile(r"([1-9][0-9]{2})|([1-9])xx", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:(=)(.*))?", re.DOTALL)


def read_contained(name: str, value: str) -> FieldTerm:
    """Any text."""
    return FieldTerm(name=name, op="contains", value=value)


def read_equal(name: str, value: str, *, is_quoted: bool) -> FieldTerm:
    """Any text; a `*` in quotes is a plain `*`."""
    return FieldTerm(name=name, op="wildcard" if "*" in value and not is_quoted else "equals", value=value)


def read_word(name: str, value: str, words: tuple[str, ...], synonyms: Mapping[str, str]) -> FieldTerm:
    """One of `words`, in any case."""
    word = synonyms.get(value.lower(), value.lower())
    if word not in words:
        raise ValueError(f"{name}: takes one of {listed(words)}.")
    return FieldTerm(name=name, op="is", value=word)


def read_special(name: str, compares: Compares, value: str, *, is_quoted: bool) -> Comparing:
    """What is neither a text nor a word."""
    if compares == "the beginning":
        return FieldTerm(name=name, op="prefix", value=value)
    if compares == "a header":
        return _header(name, value, is_quoted=is_quoted)
    if compares == "a status":
        return _status(name, value.lower())
    if compares == "a size":
        return _size(name, value.lower())
    if compares == "a time":
        when = read_when(value)
        if when is None:
            raise ValueError(
                f"{name}: takes a time such as 15m, 2h, 7d, today, 11:49, 2026-11-01, 2026-11-01T12:30"
                " or 2026-11-01T12:30:00Z."
            )
        return MomentTerm(name=name, when=when)
    return _range(name, value)


def _header(name: str, value: str, *, is_quoted: bool) -> HeaderTerm:
    header = _HEADER.fullmatch(value)
    if header is None:
        raise ValueError(f"{name}: takes a header's name, or name=value.")
    op: Literal["exists", "equals", "wildcard"] = "exists"
    if header[2]:
        op = "wildcard" if "*" in header[3] and not is_quoted else "equals"
    return HeaderTerm(name=name, header=header[1].lower(), op=op, value=header[3] or "")


def _status(name: str, value: str) -> Comparing:
    if value == "none":
        return FieldTerm(name=name, op="is", value=value)
    status = _STATUS.fullmatch(value)
    if status is None:
        raise ValueError(f"{name}: takes a status such as 200, a class such as 4xx, or none.")
    low = int(status[1] or f"{status[2]}00")
    return BetweenTerm(name=name, low=low, high=low if status[1] else low + 99)


def _size(name: str, value: str) -> BetweenTerm:
    size = _SIZE.fullmatch(value)
    if size is None:
        raise ValueError(f"{name}: takes a size such as >10kb, <1mb or 512 (bytes).")
    sign, number = size[1], int(size[2]) * _UNITS[size[3]]
    low = {">": number + 1, ">=": number, "": number}.get(sign)
    high = {"<": number - 1, "<=": number, "": number}.get(sign)
    return BetweenTerm(name=name, low=low, high=high)


def _range(name: str, value: str) -> BetweenTerm:
    span = _RANGE.fullmatch(value)
    if span is None:
        raise ValueError(f"{name}: takes a number such as 17, or a range such as 17..99.")
    low = int(span[1])
    high = int(span[2]) if span[2] else low
    if not low <= high <= MAX_ID:
        raise ValueError(f"{name}: takes a range that ends after it begins, and below {MAX_ID + 1}.")
    return BetweenTerm(name=name, low=low, high=high)


Stored = Literal["survey", "group", "user", "platform", "trigger", "method"]
"""Values that exist are suggested while a user types."""

JSON_PATH = "$.path"
"""The name of the entry for what begins with `$`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """A field, how it compares, and what the user is told about it."""

    name: str
    help: str
    """What it looks at, for the list of fields."""
    compares: Compares
    example: str
    words: tuple[str, ...] = ()
    """The known words, where it takes no others."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Other spellings of known words."""
    suggested: tuple[str, ...] = ()
    """Values that are worth offering, of those it takes."""
    stored: Stored | None = None
    """Whose stored values are suggested."""
    is_upper_case: bool = False
    """The stored values are in upper case, whatever the user types."""

    def read(self, value: str, *, is_quoted: bool) -> Comparing:
        """The comparison with `value`. Raises ValueError with a sentence."""
        if not value:
            raise ValueError(f"{self.name}: needs a value right after the colon, as in {self.example}.")
        if self.is_upper_case:
            value = value.upper()
        if self.compares == "contained":
            return read_contained(self.name, value)
        if self.compares == "equal, * for any text":
            return read_equal(self.name, value, is_quoted=is_quoted)
        if self.compares == "one of the known words":
            return read_word(self.name, value, self.words, self.synonyms)
        return read_special(self.name, self.compares, value, is_quoted=is_quoted)


_ENTRIES = (
    FilterField(
        name="survey",
        help="The survey's id or name",
        compares="contained",
        example="survey:nps",
        stored="survey",
    ),
    FilterField(
        name="group",
        help="The group's id: one instance of a survey",
        compares="equal, * for any text",
        example="group:g-81f2c07a",
        stored="group",
    ),
    FilterField(
        name="user",
        help="The respondent's user id",
        compares="equal, * for any text",
        example="user:user_*",
        stored="user",
    ),
    FilterField(
        name="platform",
        help="Where the survey was shown",
        compares="equal, * for any text",
        example="platform:android",
        stored="platform",
    ),
    FilterField(
        name="trigger",
        help="What requested the survey",
        compares="equal, * for any text",
        example="trigger:home*",
        stored="trigger",
    ),
    FilterField(
        name="question",
        help="The id or the text of a question it answers",
        compares="equal, * for any text",
        example="question:q-81f2c07a",
    ),
    FilterField(
        name="type",
        help="The type of a question it answers",
        compares="equal, * for any text",
        example="type:nps_feedback",
        suggested=tuple(QUESTION_TYPES),
    ),
    FilterField(
        name="method",
        help="The HTTP method",
        compares="equal, * for any text",
        example="method:POST",
        stored="method",
        is_upper_case=True,
    ),
    FilterField(
        name="kind",
        help="How the capture arrived: captured, sample, imported, cut or refused",
        compares="one of the known words",
        example="kind:imported",
        words=("captured", "sample", "imported", "cut", "refused"),
    ),
    FilterField(
        name="event",
        help="What the capture tells: a completion, an answer, or something unknown",
        compares="one of the known words",
        example="event:answer",
        words=("response_group", "answer", "unknown"),
        synonyms={"completion": "response_group"},
    ),
    FilterField(
        name="verdict",
        help="The verdict of the signature check; valid includes rewritten and bytes-only",
        compares="one of the known words",
        example="verdict:invalid",
        words=SHOWN,
    ),
    FilterField(
        name="finding",
        help="A finding on the capture, by its code",
        compares="one of the known words",
        example="finding:secret-whitespace",
        words=(*SIGNATURE_CODES, *RESPONDENT_CODES, *SENDER_CODES),
    ),
    FilterField(
        name="path",
        help="How the request's target begins",
        compares="the beginning",
        example="path:/webhooks/",
    ),
    FilterField(
        name="header",
        help="A header by its name, or with its value (* for any text)",
        compares="a header",
        example="header:content-type=application/json*",
        suggested=("content-type", "user-agent", "x-forwarded-for", "x-webhook-signature"),
    ),
    FilterField(
        name="status",
        help="The status that the last replay was answered with; none: no answer came",
        compares="a status",
        example="status:4xx",
        suggested=("200", "2xx", "3xx", "4xx", "5xx", "none"),
    ),
    FilterField(
        name="size",
        help="The body's bytes; kb is 1,024 of them, mb 1,048,576",
        compares="a size",
        example="size:>10kb",
        suggested=(">10kb", ">1mb", "<1kb", "0"),
    ),
    FilterField(
        name="id",
        help="The capture's number, or a range",
        compares="a number or a range",
        example="id:17..99",
    ),
    FilterField(
        name="since",
        help="Captured then or later; local time, or UTC with Z; 15m, 2h and 7d ago",
        compares="a time",
        example="since:2026-11-01T12:30",
        suggested=("15m", "2h", "1d", "7d", "today", "yesterday"),
    ),
    FilterField(
        name="before",
        help="Captured earlier than that",
        compares="a time",
        example="before:11:49",
        suggested=("15m", "2h", "1d", "7d", "today", "yesterday"),
    ),
    FilterField(
        name="is",
        help="What it is, or its respondent is, or what was done with it",
        compares="one of the known words",
        example="is:partial",
        words=(
            "pinned",
            "complete",
            "partial",
            "duplicate",
            "out-of-order",
            "replayed",
            "forwarded",
            "failed",
            "sample",
            "imported",
            "trusted",
            "refused",
        ),
    ),
    FilterField(
        name="note",
        help="The note on the capture",
        compares="contained",
        example="note:ask",
    ),
    FilterField(
        name=JSON_PATH,
        help="A value in the body's JSON; [*] is every element of a list",
        compares="contained",
        example="$.responses[*].response:crash",
    ),
)

FIELDS: Mapping[str, FilterField] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
