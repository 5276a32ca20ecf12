"""The fields of a query: one entry each, with a reader for its value.

To add one, write its entry here and its comparison in `store/query/selection.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from inspector.base.errors import did_you_mean
from inspector.base.visible import shortened, visible
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.query.times import read_when
from inspector.domain.query.tree import (
    BetweenTerm,
    Comparing,
    FieldOperator,
    FieldTerm,
    HeaderTerm,
    MomentTerm,
    listed,
)
from inspector.domain.respondent.respondent_findings import RESPONDENT_CODES
from inspector.domain.signature.causes import SIGNATURE_CODES, WORDS
from inspector.domain.signature.finding import SENDER_CODES
from inspector.domain.signature.verdict import SHOWN

MAX_ID = 2**63 - 1
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024 * 1024}
_SIZE = re.compile(r"(>=|<=|>|<|)([0-9]{1,12})(b|kb|mb|)", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,19})(?:\.\.([0-9]{1,19}))?", re.ASCII)
_STATUS = re.compile(r"([1-9][0-9]{2})|([1-9])xx", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:(=)(.*))?", re.DOTALL)


_MAX_SCORE = 10
_MAX_LISTED = 20
"""Maximum words that an error lists."""

Stored = Literal["survey", "group", "user", "platform", "trigger", "method", "edge"]
"""Fields whose stored values are suggested during typing."""

DIAGNOSED_FIELDS = frozenset(("finding", "cause", "secret"))
"""Fields whose values a diagnosis can change."""

JSON_PATH = "$.path"
"""The name of the entry for text that begins with `$`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """A field, how its value is read, and its description for the user."""

    name: str
    help: str
    """What the field compares, for the list of fields."""
    reader: Reader
    example: str
    words: tuple[str, ...] = ()
    """The allowed words, if other values are not allowed."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Other spellings of known words."""
    suggested: tuple[str, ...] = ()
    """Values worth suggesting, if others are allowed, too."""
    stored: Stored | None = None
    """The field whose stored values are suggested."""

    def read(self, value: str, *, is_quoted: bool) -> Comparing:
        """Return the comparison with `value`. Raises ValueError with a sentence."""
        if not value:
            raise ValueError(f"{self.name}: needs a value right after the colon, as in {self.example}.")
        return self.reader(self, value, is_quoted)


Reader: TypeAlias = Callable[[FilterField, str, bool], Comparing]
"""Reads the value after a field's colon. The last argument is whether it is in quotes. Raises ValueError with
a sentence."""


def _contained(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    """Read any text."""
    return FieldTerm(name=field.name, op="contains", value=value)


def _equal(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    """Read any text; a `*` in quotes is a plain `*`."""
    op: FieldOperator = "wildcard" if "*" in value and not is_quoted else "equals"
    return FieldTerm(name=field.name, op=op, value=value)


def _equal_in_upper_case(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    """Read as `_equal` does, for stored values in upper case."""
    return _equal(field, value.upper(), is_quoted)


def _prefix(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    """Read the beginning of a text."""
    return FieldTerm(name=field.name, op="prefix", value=value)


def _word(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    """Read one of the known words, in any case."""
    word = field.synonyms.get(value.lower(), value.lower())
    if word not in field.words:
        guess = did_you_mean(word[:100], field.words)
        if guess:
            raise ValueError(f"{field.name}: has no value '{shortened(visible(value), 40)}'.{guess}")
        if len(field.words) > _MAX_LISTED:
            raise ValueError(
                f"{field.name}: takes a code such as {field.example}. Use `help findings` for all."
            )
        raise ValueError(f"{field.name}: takes one of {listed(field.words)}.")
    return FieldTerm(name=field.name, op="is", value=word)


def _time(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    when = read_when(value)
    if when is None:
        raise ValueError(
            f"{field.name}: takes a time such as 15m, 2h, 7d, today, 11:49, 2026-11-01, 2026-11-01T12:30"
            " or 2026-11-01T12:30:00Z."
        )
    return MomentTerm(name=field.name, when=when)


def _header(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    header = _HEADER.fullmatch(value)
    if header is None:
        raise ValueError(f"{field.name}: takes a header's name, or name=value.")
    op: Literal["exists", "equals", "wildcard"] = "exists"
    if header[2]:
        op = "wildcard" if "*" in header[3] and not is_quoted else "equals"
    return HeaderTerm(name=field.name, header=header[1].lower(), op=op, value=header[3] or "")


def _status(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    if value.lower() == "none":
        return FieldTerm(name=field.name, op="is", value="none")
    status = _STATUS.fullmatch(value.lower())
    if status is None:
        raise ValueError(f"{field.name}: takes a status such as 200, a class such as 4xx, or none.")
    low = int(status[1] or f"{status[2]}00")
    return BetweenTerm(name=field.name, low=low, high=low if status[1] else low + 99)


def _size(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    size = _SIZE.fullmatch(value.lower())
    if size is None:
        raise ValueError(f"{field.name}: takes a size such as >10kb, <1mb or 512 (bytes).")
    sign, number = size[1], int(size[2]) * _UNITS[size[3]]
    low = {">": number + 1, ">=": number, "": number}.get(sign)
    high = {"<": number - 1, "<=": number, "": number}.get(sign)
    return BetweenTerm(name=field.name, low=low, high=high)


def _range(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    span = _RANGE.fullmatch(value)
    if span is None:
        raise ValueError(f"{field.name}: takes a number such as 17, or a range such as 17..99.")
    low = int(span[1])
    high = int(span[2]) if span[2] else low
    if not low <= high <= MAX_ID:
        raise ValueError(
            f"{field.name}: takes a range that ends after it starts, with ids below {MAX_ID + 1:,}."
        )
    return BetweenTerm(name=field.name, low=low, high=high)


def _score(field: FilterField, value: str, is_quoted: bool) -> Comparing:
    span = _RANGE.fullmatch(value)
    low, high = (int(span[1]), int(span[2] or span[1])) if span is not None else (1, 0)
    if not low <= high <= _MAX_SCORE:
        raise ValueError(f"{field.name}: takes a score from 0 to {_MAX_SCORE}, or a range such as 0..6.")
    return BetweenTerm(name=field.name, low=low, high=high)


_ENTRIES = (
    FilterField(
        name="survey",
        help="The id or name of the survey",
        reader=_contained,
        example="survey:nps",
        stored="survey",
    ),
    FilterField(
        name="group",
        help="The id of the group: one instance of a survey",
        reader=_equal,
        example="group:g-81f2c07a",
        stored="group",
    ),
    FilterField(
        name="user", help="The user id of the respondent", reader=_equal, example="user:user_*", stored="user"
    ),
    FilterField(
        name="platform",
        help="The platform that showed the survey",
        reader=_equal,
        example="platform:android",
        stored="platform",
    ),
    FilterField(
        name="trigger",
        help="The event that triggered the survey",
        reader=_equal,
        example="trigger:home*",
        stored="trigger",
    ),
    FilterField(
        name="question",
        help="The id or text of an answered question",
        reader=_equal,
        example="question:q-81f2c07a",
    ),
    FilterField(
        name="type",
        help="The type of an answered question",
        reader=_equal,
        example="type:nps_feedback",
        suggested=tuple(QUESTION_TYPES),
    ),
    FilterField(
        name="nps",
        help="An NPS score, or a range of scores",
        reader=_score,
        example="nps:0..6",
        suggested=("0..6", "7..8", "9..10"),
    ),
    FilterField(
        name="method",
        help="The HTTP method",
        reader=_equal_in_upper_case,
        example="method:POST",
        stored="method",
    ),
    FilterField(
        name="kind",
        help="The kind of the capture: captured, sample, imported, cut or refused",
        reader=_word,
        example="kind:imported",
        words=("captured", "sample", "imported", "cut", "refused"),
    ),
    FilterField(
        name="event",
        help="The event in the capture: a completion, an answer or an unknown event",
        reader=_word,
        example="event:answer",
        words=("response_group", "answer", "unknown"),
        synonyms={"completion": "response_group"},
    ),
    FilterField(
        name="verdict",
        help="The verdict of the signature check. valid includes rewritten and bytes-only",
        reader=_word,
        example="verdict:invalid",
        words=SHOWN,
    ),
    FilterField(
        name="finding",
        help="A finding on the capture, by code",
        reader=_word,
        example="finding:secret-whitespace",
        words=(*SIGNATURE_CODES, *RESPONDENT_CODES, *SENDER_CODES),
    ),
    FilterField(
        name="cause",
        help="The only proved cause of an invalid signature, by code",
        reader=_word,
        example="cause:secret-whitespace",
        words=tuple(WORDS),
    ),
    FilterField(
        name="secret",
        help="The secret that verified the signature, or that the proved cause names",
        reader=_equal,
        example="secret:staging",
    ),
    FilterField(
        name="edge",
        help="The edge of a shared inbox that received the capture",
        reader=_equal,
        example="edge:eu-*",
        stored="edge",
    ),
    FilterField(
        name="path", help="The start of the request target", reader=_prefix, example="path:/webhooks/"
    ),
    FilterField(
        name="header",
        help="A header by name, or by name and value (* for any text)",
        reader=_header,
        example="header:content-type=application/json*",
        suggested=("content-type", "user-agent", "x-forwarded-for", "x-webhook-signature"),
    ),
    FilterField(
        name="status",
        help="The status of the last replay. none: no response",
        reader=_status,
        example="status:4xx",
        suggested=("200", "2xx", "3xx", "4xx", "5xx", "none"),
    ),
    FilterField(
        name="size",
        help="The size of the body in bytes. kb is 1,024 bytes, mb 1,048,576",
        reader=_size,
        example="size:>10kb",
        suggested=(">10kb", ">1mb", "<1kb", "0"),
    ),
    FilterField(
        name="id", help="The id of the capture, or a range of ids", reader=_range, example="id:17..99"
    ),
    FilterField(
        name="since",
        help="Captured at this time or later. Local time, or UTC with Z. 15m, 2h and 7d ago",
        reader=_time,
        example="since:2026-11-01T12:30",
        suggested=("15m", "2h", "1d", "7d", "today", "yesterday"),
    ),
    FilterField(
        name="before",
        help="Captured before this time",
        reader=_time,
        example="before:11:49",
        suggested=("15m", "2h", "1d", "7d", "today", "yesterday"),
    ),
    FilterField(
        name="is",
        help="The state of the capture or its respondent, or a past action",
        reader=_word,
        example="is:partial",
        words=(
            "pinned",
            "complete",
            "partial",
            "duplicate",
            "out-of-order",
            "changed",
            "replayed",
            "forwarded",
            "failed",
            "sample",
            "imported",
            "trusted",
            "refused",
        ),
        synonyms={"again": "duplicate", "late": "out-of-order"},
    ),
    FilterField(name="note", help="The text of a note", reader=_contained, example="note:ask"),
    FilterField(
        name=JSON_PATH,
        help="A value in the JSON body. [*] stands for every element of a list",
        reader=_contained,
        example="$.responses[*].response:crash",
    ),
)

FIELDS: Mapping[str, FilterField] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
