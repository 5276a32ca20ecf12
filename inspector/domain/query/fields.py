"""The fields a query may name: one entry each.

To add one, write its entry here and its comparison in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from inspector.domain.finding import CODES
from inspector.domain.query.tree import Comparison, Field

Compares = Literal["contained", "equal, * for any text", "one of the known words"]


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

    def read(self, value: str, *, is_quoted: bool) -> Field:
        """The comparison with `value`; a `*` in quotes is a plain `*`. Raises ValueError with a sentence."""
        if not value:
            raise ValueError(f"{self.name}: needs a value right after the colon, as in {self.example}.")
        op: Comparison
        if self.compares == "contained":
            op = "contains"
        elif self.compares == "equal, * for any text":
            op = "wildcard" if "*" in value and not is_quoted else "equals"
        else:
            op = "is"
            word = value.lower()
            value = self.synonyms.get(word, word)
            if value not in self.words:
                raise ValueError(f"{self.name}: takes one of {listed(self.words)}.")
        return Field(name=self.name, op=op, value=value)


def listed(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


FIELDS: Mapping[str, FilterField] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            FilterField(
                name="survey", help="The survey's id or name", compares="contained", example="survey:nps"
            ),
            FilterField(
                name="group",
                help="The group's id: one instance of a survey",
                compares="equal, * for any text",
                example="group:g-81f2c07a",
            ),
            FilterField(
                name="user",
                help="The respondent's user id",
                compares="equal, * for any text",
                example="user:user_*",
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
                name="finding",
                help="A finding on the capture, by its code",
                compares="one of the known words",
                example="finding:secret-whitespace",
                words=CODES,
            ),
            FilterField(
                name="verdict",
                help="What the signature check said",
                compares="one of the known words",
                example="verdict:invalid",
                words=("valid", "invalid", "unsigned", "unchecked"),
            ),
        )
    }
)
