"""The language of the search box and of `--filter`: text to a tree. What it finds is the store's business."""

from inspector.domain.query.fields import FIELDS, FilterField
from inspector.domain.query.parser import parse
from inspector.domain.query.tokens import QueryError
from inspector.domain.query.tree import And, Field, Node, Not, Or, Phrase, Word, field_names

__all__ = [
    "FIELDS",
    "And",
    "Field",
    "FilterField",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "QueryError",
    "Word",
    "field_names",
    "parse",
]
