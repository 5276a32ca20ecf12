"""Surveys with their groups and respondents, as the tree shows them."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypedDict, Unpack

from inspector.base.errors import NotFound, UsageError, did_you_mean
from inspector.base.signals import Signal
from inspector.base.visible import shortened, visible
from inspector.domain import query
from inspector.domain.capture.rows import RespondentRow, TreePage, TreeRow
from inspector.domain.query.scope import Part, Scope
from inspector.store.group import respondent_list, tree
from inspector.store.group.respondent_list import State
from inspector.store.group.tree import SurveyName, TreeOptions
from inspector.store.query import selection
from inspector.store.store import Store

CHANGES_S = 0.25
"""Minimum time between two emissions of `changed`."""
_SETTLE_S = 0.02
_ALL = 2**31
GroupKey = tuple[bool, str, str]
"""Whether its captures are samples, survey id, group id."""
_MOST_CANDIDATES = 5
_MOST_WORDS = 8
_MOST_NAMES = 500
"""Number of latest surveys or groups whose names are compared with a misspelt one."""


class PageOptions(TypedDict, total=False):
    """The keywords of `TreeOptions`."""

    limit: int
    search: str
    verified: bool
    samples: bool
    only_partial: bool


class _PartOptions(TypedDict):
    verified: bool
    samples: bool


PARTS: dict[Part, _PartOptions] = {
    "surveys": {"verified": True, "samples": False},
    "samples": {"verified": True, "samples": True},
    "not-verified": {"verified": False, "samples": False},
}
"""The parts of the tree with surveys, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyOverview:
    """A survey with its groups, those with the latest arrivals first."""

    row: TreeRow
    part: Part
    groups: tuple[TreeRow, ...]
    more: int
    """The number of further groups."""


class Groups:
    """Limited pages of the latest rows. Every read is quick and on the loop."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[None] = Signal("groups.changed")
        self._store = store
        self._timer: asyncio.TimerHandle | None = None

    def surveys(self, **options: Unpack[PageOptions]) -> TreePage:
        """Return the surveys with the latest arrivals."""
        return self._store.read(partial(tree.surveys, options=TreeOptions(**options)))

    def groups(self, survey_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the groups of a survey with the latest arrivals."""
        page = partial(tree.groups, survey_id=survey_id, options=TreeOptions(**options))
        return self._store.read(page)

    def respondents(self, survey_id: str, group_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the respondents of a group with the latest arrivals. The user id '' is *Anonymous*."""
        page = partial(tree.respondents, survey_id=survey_id, group_id=group_id)
        return self._store.read(partial(page, options=TreeOptions(**options)))

    async def overview(
        self, *, scope: Scope | None = None, text: str = "", surveys: int, groups: int
    ) -> tuple[list[SurveyOverview], int]:
        """Return surveys with their groups, and the number of further surveys, in the order of the tree.

        `scope` selects one survey. `text` is a query: only surveys and groups with a matching capture are
        returned. `surveys` and `groups` are the maximum numbers per part and per survey. Raises QueryError.
        """
        among: Set[GroupKey] | None = None
        if text.strip():
            condition = selection.where(scope or Scope(), query.parse(text))
            among = await self._store.fetch(partial(tree.matching, chosen=condition))
            surveys = groups = _ALL
        found: list[SurveyOverview] = []
        more = 0
        for part, options in PARTS.items():
            wanted = "" if scope is None else scope.survey_id or ""
            page = self.surveys(limit=surveys, search=wanted, **options)
            more += page.more
            for row in page.rows:
                if scope is not None and (part, row.survey_id) != (scope.part, scope.survey_id):
                    continue
                one = self._overview(row, part, groups, among)
                if one.groups or among is None:
                    found.append(one)
        return found, 0 if scope is not None or among is not None else more

    def _overview(self, row: TreeRow, part: Part, limit: int, among: Set[GroupKey] | None) -> SurveyOverview:
        page = self.groups(row.survey_id, limit=limit, **PARTS[part])
        rows = page.rows
        if among is not None:
            is_sample = part == "samples"
            rows = tuple(one for one in rows if (is_sample, one.survey_id, one.group_id or "") in among)
        return SurveyOverview(row=row, part=part, groups=rows, more=page.more if among is None else 0)

    async def respondent_ids(
        self,
        *,
        scope: Scope | None = None,
        text: str = "",
        state: State | None = None,
        includes_untrusted: bool = False,
        limit: int | None = None,
    ) -> array[int]:
        """Return the stored ids of respondents, those with the latest arrivals first.

        `scope` selects a survey or a group. `text` is a query: only respondents with a matching capture are
        returned. `includes_untrusted` adds those without a trusted capture. Raises QueryError.
        """
        condition = selection.where(scope or Scope(), query.parse(text)) if text.strip() else None
        return await self._store.fetch(
            partial(
                respondent_list.ids,
                scope=scope,
                condition=condition,
                state=state,
                includes_untrusted=includes_untrusted,
                limit=limit,
            )
        )

    async def respondent_rows(self, ids: Sequence[int]) -> list[RespondentRow]:
        """Return the respondents with a few hundred stored ids, without those that no longer exist."""
        return await self._store.fetch(partial(respondent_list.rows, ids=ids))

    async def search_names(self, text: str, limit: int) -> tuple[list[TreeRow], list[TreeRow]]:
        """Return at most `limit` surveys, and respondents, whose name or id contains every word of `text`.

        Samples and untrusted ones are left out. The read runs in a thread.
        """
        words = text.split()[:_MOST_WORDS]
        return await self._store.fetch(partial(tree.search_names, words=words, limit=limit))

    def find(self, text: str) -> Scope:
        """Return the survey with this id, or with this text in its name or id.

        Raises NotFound if there is none, or UsageError with the candidates if there are several.
        """
        found = self._store.read(partial(tree.named, text=text, limit=_MOST_CANDIDATES + 1))
        if not found:
            known = (word for row in self._latest_surveys() for word in (row.name, row.survey_id) if word)
            raise NotFound(f"No survey matches {_quoted(text)}.{did_you_mean(text, known)}")
        whole = [one for one in found if (one.name or "").casefold() == text.casefold()]
        found = whole if len(whole) == 1 else found
        if len(found) > 1:
            raise UsageError(_ambiguous(text, "surveys", [_survey_text(one) for one in found]))
        [one] = found
        part: Part = "samples" if one.is_sample else "surveys" if one.is_verified else "not-verified"
        return Scope(part=part, survey_id=one.survey_id)

    def find_group(self, survey: Scope, text: str) -> Scope:
        """Return the group of a survey with this id, or with this text in its id. Raises as `find` does."""
        survey_id = survey.survey_id
        assert survey_id is not None
        options = PARTS[survey.part]
        is_sample = options["samples"]
        named = partial(tree.named_groups, survey_id=survey_id, text=text, samples=is_sample)
        found = self._store.read(partial(named, limit=_MOST_CANDIDATES + 1))
        if not found:
            known = [one.group_id or "" for one in self.groups(survey_id, limit=_MOST_NAMES, **options).rows]
            raise NotFound(f"No group of this survey matches {_quoted(text)}.{did_you_mean(text, known)}")
        if len(found) > 1:
            raise UsageError(_ambiguous(text, "groups", [_quoted(one) for one in found]))
        return Scope(part=survey.part, survey_id=survey.survey_id, group_id=found[0])

    def _latest_surveys(self) -> list[TreeRow]:
        pages = (self.surveys(limit=_MOST_NAMES, **options) for options in PARTS.values())
        return [row for page in pages for row in page.rows]

    async def settle(self, seconds: float) -> int:
        """Wait until groups include every capture, if a listener updates them, at most `seconds`.

        Return `behind`.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    if not self.behind or not self._store.is_followed:
                        break
                    await asyncio.sleep(_SETTLE_S)
        return self.behind

    @property
    def behind(self) -> int:
        """The number of captures that groups and statistics do not include yet."""
        return self._store.behind()

    @property
    def backlog(self) -> tuple[int, int]:
        """The number of captures that are not evaluated yet, and of the others in `behind`."""
        return self._store.backlog()

    def announce(self) -> None:
        """Emit `changed` soon, once per burst of changes."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHANGES_S, self._emit)

    def close(self) -> None:
        """Emit nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _emit(self) -> None:
        self._timer = None
        self.changed.emit(None)


def _quoted(text: str) -> str:
    return f"'{visible(shortened(text, 60))}'"


def _survey_text(one: SurveyName) -> str:
    id_ = _quoted(one.survey_id)
    return f"{_quoted(one.name)} ({id_[1:-1]})" if one.name else id_


def _ambiguous(text: str, nouns: str, candidates: list[str]) -> str:
    names = ", ".join(candidates[:_MOST_CANDIDATES])
    more = " and others" if len(candidates) > _MOST_CANDIDATES else ""
    return f"{_quoted(text)} matches several {nouns}: {names}{more}. Use the id."
