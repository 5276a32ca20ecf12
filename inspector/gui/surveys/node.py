"""The rows of the survey tree: their texts, and reading the rows of a level from the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import TreePage, TreeRow
from inspector.domain.query.saved_filter import Bell, SavedFilter
from inspector.domain.query.scope import Part, Scope
from inspector.session.captures import Captures
from inspector.session.groups import Groups, PageOptions

Kind = Literal[
    "root",
    "all",
    "pinned",
    "filters",
    "filter",
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
"""Children that a node shows until more are requested."""
PART_NAMES: dict[Part, str] = {
    "all": "All captures",
    "pinned": "Pinned",
    "surveys": "Surveys",
    "samples": "Samples",
    "not-verified": "Not verified",
    "no-survey": "Not from a survey",
}
"""The names of the top-level rows, by part of the captures."""

_PARTS: dict[Kind, Part] = {
    "all": "all",
    "pinned": "pinned",
    "caption": "surveys",
    "samples": "samples",
    "unverified": "not-verified",
    "loose": "no-survey",
}
_CHILD: dict[Kind, Kind] = {
    "samples": "survey",
    "unverified": "survey",
    "survey": "group",
    "group": "respondent",
}
_MAX_CHARACTERS = 200
_FIXED_TIPS: dict[Kind, str] = {
    "pinned": "Clearing and retention never remove pinned captures.",
    "samples": "Sent by this program. Not counted in statistics.",
    "unverified": "Surveys seen only in untrusted captures. Anyone who finds the address can send these.",
    "loose": "Captures without a survey or group, and unknown events.",
    "filters": "Saved filters. Ctrl+S saves the filter in the field.",
}
SavedFilterReader: TypeAlias = Callable[[], Sequence[tuple[SavedFilter, int | None]]]
"""Returns the saved filters in order, each with its count if that is known."""
BELL_WORDS: dict[Bell, str] = {"none": "no alerts", "on": "alerts you", "muted": "alerts muted"}
BELL_TIPS: dict[Bell, str] = {
    "none": "No alerts. Click the icon to be alerted.",
    "on": "Alerts you. Click the bell to mute it.",
    "muted": "Alerts are muted. Click the bell to be alerted.",
}


def unmasked(_field: str, text: str) -> str:
    """Return a name unchanged, if nothing is masked."""
    return text


def scope_name(scope: Scope, survey_name: str | None, name_of: Callable[[str, str], str]) -> str:
    """Return the name of a scope as it may be displayed, such as that of its respondent."""
    if scope.user_id is not None:
        return visible(shortened(name_of("user_id", scope.user_id), _MAX_CHARACTERS)) or "Anonymous"
    if scope.group_id is not None:
        return visible(shortened(name_of("group_id", scope.group_id), _MAX_CHARACTERS)) or "No group"
    if scope.survey_id is not None:
        field_name = "survey_name" if survey_name else "survey_id"
        return visible(shortened(name_of(field_name, survey_name or scope.survey_id), _MAX_CHARACTERS))
    return PART_NAMES[scope.part]


@dataclass(slots=True, kw_only=True)
class Node:
    """A row. The reader sets its content, and the model sets its number and position in the tree."""

    kind: Kind
    key: str
    """Unique below one parent: an id, or the kind."""
    row: TreeRow | None = None
    saved: SavedFilter | None = None
    """The filter of a row of kind `filter`."""
    shown_name: str = ""
    """Its name as it may be displayed."""
    shown_query: str = ""
    """Its query in the same way."""
    verified: bool = True
    samples: bool = False
    count: int | None = None
    """The number of captures in a row with a fixed name."""
    more: int = 0
    """The number of children that are not shown, in the last row of a long list."""
    number: int = 0
    parent: int = 0
    limit: int = PAGE
    children: list[int] = field(default_factory=list)
    is_loaded: bool = False
    """Whether its children were read. If so, they are kept up to date."""
    name_of: Callable[[str, str], str] = unmasked
    """A function that returns a name as it may be displayed. It gets the sender's field and the name."""

    def update(self, other: Node) -> bool:
        """Copy the content of another node with the same key, and return whether anything changed."""
        is_changed = False
        for name in ("row", "saved", "shown_name", "shown_query", "count", "more"):
            value = getattr(other, name)
            if getattr(self, name) != value:
                setattr(self, name, value)
                is_changed = True
        return is_changed

    @property
    def child_kind(self) -> Kind | None:
        """The kind of its children; None if it never has any."""
        return _CHILD.get(self.kind)

    @property
    def scope(self) -> Scope | None:
        """The scope that selecting the row lists; None for a row that cannot be selected."""
        if self.kind in _PARTS and self.kind != "caption":
            return Scope(part=_PARTS[self.kind])
        if self.row is None:
            return None
        part: Part = "samples" if self.samples else "surveys" if self.verified else "not-verified"
        row = self.row
        return Scope(part=part, survey_id=row.survey_id, group_id=row.group_id, user_id=row.user_id)

    @property
    def text(self) -> str:
        """The name of the row."""
        if self.kind in _PARTS:
            return PART_NAMES[_PARTS[self.kind]]
        if self.kind == "filters":
            return "Filters"
        if self.saved is not None:
            return self.shown_name
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
        return visible(shortened(self.name_of(field_name, text or ""), _MAX_CHARACTERS))

    @property
    def note(self) -> str:
        """The count on the right."""
        if self.row is None:
            return "" if self.count is None else f"{self.count:,}"
        row = self.row
        is_counted = self.verified and not self.samples
        if self.kind == "survey":
            # Samples and unverified surveys have no count of their own, so show the sum of all verdicts.
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
    def short_note(self) -> str:
        """The count on the right without its word, for a row that has no space for the name."""
        return self.note.partition(" ")[0]

    @property
    def unverified(self) -> int:
        """The number of unverified captures that claim to belong here."""
        if self.row is None or self.samples or not self.verified:
            return 0
        return self.row.others

    @property
    def tip(self) -> str:
        """The full name, the captures per verdict, and the share of complete runs."""
        if self.saved is not None:
            what = self.shown_query or "Number of silences in this run"
            return f"{self.shown_name}: {visible(what)}\n{BELL_TIPS[self.saved.bell]}"
        if self.row is None:
            return _FIXED_TIPS.get(self.kind, "")
        parts = (self.row.mix.in_words, unverified_text(self.unverified), completion(self.row))
        facts = "; ".join(part for part in parts if part)
        return f"{self.text}: {facts}" if facts else self.text


def unverified_text(count: int) -> str:
    """Return `14 untrusted`, or an empty text if there are none."""
    return f"{count:,} untrusted" if count else ""


def completion(row: TreeRow) -> str:
    """Return how many runs are complete: `30 of 40 complete (75%)`."""
    if not row.runs:
        return ""
    return f"{row.completed_runs:,} of {row.runs:,} complete ({row.completed_runs / row.runs:.0%})"


class TreeReader:
    """A reader of bounded lists of rows, fast enough for the event loop."""

    def __init__(
        self, groups: Groups, captures: Captures, saved_filters: SavedFilterReader | None = None
    ) -> None:
        self._groups = groups
        self._captures = captures
        self._saved_filters = saved_filters
        self.filter_of: Callable[[SavedFilter], tuple[str, str]] = lambda one: (one.name, one.query)
        """Returns the name and the query of a saved filter as they may be displayed."""
        self.only_partial = False
        """Whether to exclude complete respondents, and groups and surveys without partial ones."""

    def top(self, limit: int, search: str) -> list[Node]:
        """Return the rows of the top level: those with fixed names, and the surveys between them."""
        figures = self._captures.figures()
        surveys = self._groups.surveys(limit=limit, search=search, only_partial=self.only_partial)
        others = self._groups.surveys(
            limit=PAGE, verified=False, search=search, only_partial=self.only_partial
        )
        wanted = [
            Node(kind="all", key="all", count=figures.total),
            *self._pinned(figures.pinned, search),
            *([] if search or self.only_partial else self.filters()),
            Node(kind="caption", key="caption"),
            *(Node(kind="survey", key=_key("survey", row), row=row) for row in surveys.rows),
        ]
        if surveys.more:
            wanted.append(Node(kind="more", key="more", more=surveys.more))
        if figures.samples and (
            not search or self._groups.surveys(limit=1, samples=True, search=search).rows
        ):
            wanted.append(Node(kind="samples", key="samples", samples=True, count=figures.samples))
        if others.rows:
            claimed = None if others.more else sum(row.mix.total for row in others.rows)
            wanted.append(Node(kind="unverified", key="unverified", verified=False, count=claimed))
        if not search and not self.only_partial and figures.total:
            loose = None
            if not (surveys.more or others.more):
                known = sum(row.mix.total for row in (*surveys.rows, *others.rows))
                loose = figures.total - figures.samples - known
            if loose is None or loose > 0:
                wanted.append(Node(kind="loose", key="loose", count=loose))
        return wanted

    def filters(self) -> list[Node]:
        """Return the caption of the saved filters, and one row per filter."""
        if self._saved_filters is None:
            return []
        rows = [Node(kind="filters", key="filters")]
        for one, count in self._saved_filters():
            name, query = self.filter_of(one)
            row = Node(kind="filter", key=f"filter:{one.name}", saved=one, count=count)
            row.shown_name, row.shown_query = name, query
            rows.append(row)
        return rows

    def _pinned(self, count: int, search: str) -> list[Node]:
        is_shown = count > 0 and not search and not self.only_partial
        return [Node(kind="pinned", key="pinned", count=count)] if is_shown else []

    def below(self, node: Node, search: str) -> tuple[list[Node], bool]:
        """Return the rows below a node, and whether more exist."""
        page = self._page(node, search)
        kind = node.child_kind
        assert kind is not None
        wanted = [
            Node(kind=kind, key=_key(kind, row), row=row, verified=node.verified, samples=node.samples)
            for row in page.rows
        ]
        if page.more:
            wanted.append(Node(kind="more", key="more", more=page.more))
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
