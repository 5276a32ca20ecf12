"""The verdicts of a query as chips, and the rest of its text: two views of one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.domain.query.parser import Token, tokens
from inspector.domain.query.terms import required_terms
from inspector.domain.query.tree import FieldTerm, QueryError
from inspector.domain.signature.verdict import SHOWN, ShownVerdict

_FIELD = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChippedQuery:
    """A query as the user sees it: any of the verdicts, and all other conditions."""

    verdicts: tuple[ShownVerdict, ...] = ()
    """Without repetitions, in the order of `SHOWN`. Empty for every verdict."""
    rest: str = ""

    @property
    def before(self) -> str:
        """The beginning of `text`, up to the rest."""
        terms = [f"{_FIELD}:{one}" for one in self.verdicts]
        head = f"({' OR '.join(terms)})" if len(terms) > 1 else "".join(terms)
        if not head or not self.rest.strip():
            return head
        return f"{head} (" if _has_or(self.rest) else f"{head} "

    @property
    def text(self) -> str:
        """The query for everything else, such as `(verdict:rewritten OR verdict:invalid) since:today`."""
        rest = self.rest if self.rest.strip() or not self.verdicts else ""
        return f"{self.before}{rest}{')' if self.before.endswith(' (') else ''}"

    def with_verdicts(self, verdicts: Sequence[str]) -> ChippedQuery:
        """Return the same query for other verdicts."""
        return ChippedQuery(verdicts=tuple(one for one in SHOWN if one in verdicts), rest=self.rest)


def chipped(text: str) -> ChippedQuery:
    """Return the chips of a query: those of a required `verdict:…`, or of several joined by `OR` in
    parentheses.

    A query with two required verdicts has no chips, because chips mean any of them. An invalid query
    has none either.
    """
    try:
        found = _groups(text)
        whole = _only_verdicts(text)
    except QueryError:
        return ChippedQuery(rest=text)
    if whole:
        return ChippedQuery(rest="").with_verdicts(whole)
    if len(found) != 1:
        return ChippedQuery(rest=text)
    start, end, verdicts = found[0]
    before, after = text[:start].rstrip(), text[end:]
    return ChippedQuery(rest=f"{before}{after}" if before else after.lstrip()).with_verdicts(verdicts)


def _groups(text: str) -> list[tuple[int, int, list[str]]]:
    """Return the required parts that are only about verdicts: start, end and verdicts."""
    found = [
        (one.position, one.position + one.length, [one.term.value])
        for one in required_terms(text)
        if isinstance(one.term, FieldTerm) and one.term.name == _FIELD and not one.is_negated
    ]
    every = list(tokens(text))
    if any(token.sign in ("AND", "NOT") for token in every) or _has_or(text):
        return []
    for number, token in enumerate(every):
        is_negated = number > 0 and every[number - 1].sign == "-"
        if token.sign == "(" and not is_negated and (inner := _inside(every, number)):
            last = every[number + 2 * len(inner)]
            found.append((token.position, last.position + 1, inner))
    return found


def _inside(every: Sequence[Token], opening: int) -> list[str]:
    """Return the verdicts of `(verdict:a OR verdict:b)`; empty if the parentheses contain anything else."""
    if opening and _depth(every[:opening]):
        return []
    verdicts = []
    for number in range(opening + 1, len(every) - 1, 2):
        if (verdict := _verdict(every[number])) is None:
            return []
        verdicts.append(verdict)
        if every[number + 1].sign == ")":
            return verdicts if len(verdicts) > 1 else []
        if every[number + 1].sign != "OR":
            return []
    return []


def _only_verdicts(text: str) -> list[str]:
    """Return the verdicts of `verdict:a OR verdict:b`; empty for any other query."""
    every = list(tokens(text))
    verdicts = [_verdict(token) for token in every[::2]]
    is_only = len(every) > 1 and len(every) % 2 == 1 and all(token.sign == "OR" for token in every[1::2])
    return [one for one in verdicts if one is not None] if is_only and None not in verdicts else []


def _verdict(token: Token) -> str | None:
    term = token.term
    return term.value if isinstance(term, FieldTerm) and term.name == _FIELD else None


def _depth(every: Sequence[Token]) -> int:
    return sum((token.sign == "(") - (token.sign == ")") for token in every)


def _has_or(text: str) -> bool:
    """Return whether a query has an `OR` outside parentheses; False while it cannot be read."""
    try:
        every = list(tokens(text))
    except QueryError:
        return False
    return any(token.sign == "OR" and not _depth(every[:number]) for number, token in enumerate(every))
