"""A row of the tree of surveys: its texts, and reading the rows of a level from the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import TreePage, TreeRow, VerdictTotals
from inspector.domain.query.scope import PINNED, Part, Scope
from inspector.session.captures import Captures
from inspector.session.groups import Groups, PageOptions

Kind = Literal[
    "root",
    "all",
    "pinned",
    "caption",
    "survey",
    "group",
    "respondent",
    "samples",
    "unverified",
    "loose",
    "more",
]
PAGE = 200
"""Children that a node shows until more are asked for."""

_CHILD: dict[Kind, Kind] = {
    "samples": "survey",
    "unverified": "survey",
    "survey": "group",
    "group": "respondent",
}
_TEXT = 200


def as_it_is(_field: str, text: str) -> str:
    """A name as it may be drawn, where nothing is hidden."""
    return text


@dataclass(slots=True, kw_only=True)
class Node:
    """One row. The model owns it and knows it by its number."""

    number: int
    parent: int
    kind: Kind
    key: str = ""
    """What tells it from its sisters: an id, or its kind."""
    row: TreeRow | None = None
    verified: bool = True
    samples: bool = False
    count: int | None = None
    """Of the fixed rows: how many captures."""
    more: int = 0
    """Of the last child of a long list: how many are not shown."""
    limit: int = PAGE
    children: list[int] = field(default_factory=list)
    name_of: Callable[[str, str], str] = as_it_is
    """How a name may be drawn, by what the sender calls its field."""
    is_loaded: bool = False
    """Its children were read; they are kept fresh from then on."""

    @property
    def child_kind(self) -> Kind | None:
        """What its children are; null where it never has any."""
        return _CHILD.get(self.kind)

    @property
    def scope(self) -> Scope | None:
        """What choosing it lists; null for rows that are not chosen."""
        if self.kind == "all":
            return Scope()
        if self.kind == "pinned":
            return PINNED
        if self.kind == "samples":
            return Scope(part="samples")
        if self.kind == "unverified":
            return Scope(part="not-verified")
        if self.kind == "loose":
            return Scope(part="no-survey")
        if self.row is None:
            return None
        part: Part = "samples" if self.samples else "surveys" if self.verified else "not-verified"
        row = self.row
        return Scope(part=part, survey_id=row.survey_id, group_id=row.group_id, user_id=row.user_id)

    @property
    def text(self) -> str:
        """The name of the row."""
        fixed = {
            "all": "All captures",
            "pinned": "Pinned",
            "caption": "Surveys",
            "samples": "Samples",
            "unverified": "Not verified",
            "loose": "Not from a survey",
        }
        if self.kind in fixed:
            return fixed[self.kind]
        if self.kind == "more":
            return f"Show {min(self.more, PAGE):,} more"
        assert self.row is not None
        if self.kind == "survey":
            field_name = "survey_name" if self.row.name else "survey_id"
            return self._shown(field_name, self.row.name or self.row.survey_id)
        if self.kind == "group":
            return self._shown("group_id", self.row.group_id) or "No group"
        return self._shown("user_id", self.row.user_id) or "Anonymous"

    def _shown(self, field_name: str, text: str | None) -> str:
        return visible(shortened(self.name_of(field_name, text or ""), _TEXT))

    @property
    def note(self) -> str:
        """What stands at the right."""
        if self.row is None:
            return "" if self.count is None else f"{self.count:,}"
        row = self.row
        is_counted = self.verified and not self.samples
        if self.kind == "survey":
            # Samples and unverified surveys have no count of their own: the sum of all verdicts is shown.
            return f"{row.captures if is_counted else row.mix.total:,}"
        if self.kind == "group" and (is_counted or row.users):
            return f"{row.users:,} user{'' if row.users == 1 else 's'}"
        if self.kind == "group" or not row.user_id or row.mark is None:
            return f"{row.captures if is_counted else row.mix.total:,}"
        if row.mark == "opened":
            return "opened"
        if row.mark == "partial":
            return f"{row.answers:,} so far"
        return f"{row.answers:,} answer{'' if row.answers == 1 else 's'}"

    @property
    def unverified(self) -> int:
        """The number in red: unverified captures that claim to belong here."""
        if self.row is None or self.samples or not self.verified:
            return 0
        return self.row.others

    @property
    def tip(self) -> str:
        """The whole name, the mix of verdicts and how many came to the end."""
        if self.row is None:
            return _FIXED_TIPS.get(self.kind, "")
        parts = (mix(self.row.mix), unverified_text(self.unverified), completion(self.row))
        told = "; ".join(part for part in parts if part)
        return f"{self.text}: {told}" if told else self.text


_FIXED_TIPS: dict[Kind, str] = {
    "pinned": "Neither clearing nor retention takes what is pinned.",
    "samples": "Sent by this program; they count in no figure.",
    "unverified": "Surveys that no trusted capture knows: whoever finds the address can send such things.",
    "loose": "Captures without a survey and a group, and those that are no event of the sender.",
}


def unverified_text(count: int) -> str:
    """Return `14 unverified`, or nothing if there are none."""
    return f"{count:,} unverified" if count else ""


def completion(row: TreeRow) -> str:
    """`30 of 40 complete (75%)`: how many of the times it was taken came to a completion."""
    if not row.runs:
        return ""
    return f"{row.completed_runs:,} of {row.runs:,} complete ({row.completed_runs / row.runs:.0%})"


def mix(figures: VerdictTotals) -> str:
    """`12 valid, 1 rewritten, 3 invalid`: what there is of each verdict."""
    parts = (
        (figures.valid, "valid"),
        (figures.rewritten, "rewritten"),
        (figures.invalid, "invalid"),
        (figures.unsigned, "unsigned"),
        (figures.unchecked, "unchecked"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in parts if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row that a level should have."""

    kind: Kind
    key: str
    """What tells it from its sisters."""
    row: TreeRow | None = None
    verified: bool = True
    samples: bool = False
    count: int | None = None
    more: int = 0


class Reader:
    """Bounded and quick; called on the loop."""

    def __init__(self, groups: Groups, captures: Captures) -> None:
        self._groups = groups
        self._captures = captures
        self.only_partial = False
        """Leave out those who came to the end, and what nobody else is in."""

    def top(self, limit: int, search: str) -> list[Wanted]:
        """The rows of the top level: what is fixed, and the surveys between."""
        figures = self._captures.figures()
        surveys = self._groups.surveys(limit=limit, search=search, only_partial=self.only_partial)
        others = self._groups.surveys(
            limit=PAGE, verified=False, search=search, only_partial=self.only_partial
        )
        wanted = [
            Wanted(kind="all", key="all", count=figures.total),
            *self._pinned(figures.pinned, search),
            Wanted(kind="caption", key="caption"),
            *(Wanted(kind="survey", key=_key("survey", row), row=row) for row in surveys.rows),
        ]
        if surveys.more:
            wanted.append(Wanted(kind="more", key="more", more=surveys.more))
        if figures.samples and (
            not search or self._groups.surveys(limit=1, samples=True, search=search).rows
        ):
            wanted.append(Wanted(kind="samples", key="samples", samples=True, count=figures.samples))
        if others.rows:
            claimed = None if others.more else sum(row.mix.total for row in others.rows)
            wanted.append(Wanted(kind="unverified", key="unverified", verified=False, count=claimed))
        if not search and not self.only_partial and figures.total:
            loose = None
            if not (surveys.more or others.more):
                known = sum(row.mix.total for row in (*surveys.rows, *others.rows))
                loose = figures.total - figures.samples - known
            if loose is None or loose > 0:
                wanted.append(Wanted(kind="loose", key="loose", count=loose))
        return wanted

    def _pinned(self, count: int, search: str) -> list[Wanted]:
        is_shown = count > 0 and not search and not self.only_partial
        return [Wanted(kind="pinned", key="pinned", count=count)] if is_shown else []

    def below(self, node: Node, search: str) -> tuple[list[Wanted], bool]:
        """The rows below a node, and whether there are more than these."""
        page = self._page(node, search)
        kind = node.child_kind
        assert kind is not None
        wanted = [
            Wanted(kind=kind, key=_key(kind, row), row=row, verified=node.verified, samples=node.samples)
            for row in page.rows
        ]
        if page.more:
            wanted.append(Wanted(kind="more", key="more", more=page.more))
        return wanted, page.more > 0

    def _page(self, node: Node, search: str) -> TreePage:
        how: PageOptions = {
            "limit": node.limit,
            "search": search,
            "verified": node.verified,
            "samples": node.samples,
            "only_partial": self.only_partial,
        }
        if node.kind in ("samples", "unverified"):
            return self._groups.surveys(**how)
        assert node.row is not None
        if node.kind == "survey":
            return self._groups.groups(node.row.survey_id, **how)
        return self._groups.respondents(node.row.survey_id, node.row.group_id or "", **how)


def _key(kind: Kind, row: TreeRow) -> str:
    ids = {"survey": row.survey_id, "group": row.group_id, "respondent": row.user_id}
    return f"{kind}:{ids[kind] or ''}"
