"""The language of the search box and of `--filter`: text to a tree. `store/query/` translates it to SQL."""

from inspector.domain.query.fields import FIELDS, FilterField
from inspector.domain.query.parser import parse
from inspector.domain.query.times import Clock, moment_ms
from inspector.domain.query.tree import (
    And,
    AtPath,
    BetweenTerm,
    Comparing,
    FieldTerm,
    HeaderTerm,
    MomentTerm,
    Node,
    Not,
    Or,
    Phrase,
    QueryError,
    Word,
    field_names,
)

__all__ = [
    "FIELDS",
    "And",
    "AtPath",
    "BetweenTerm",
    "Clock",
    "Comparing",
    "FieldTerm",
    "FilterField",
    "HeaderTerm",
    "MomentTerm",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "QueryError",
    "Word",
    "field_names",
    "moment_ms",
    "parse",
]
