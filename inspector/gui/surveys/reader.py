"""What the levels of the tree should hold, read from the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inspector.domain.capture.rows import TreePage, TreeRow
from inspector.gui.surveys.node import PAGE, Kind, Node
from inspector.session.captures import Captures
from inspector.session.groups import Groups


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
        how: dict[str, Any] = {
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
