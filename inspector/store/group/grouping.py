"""The stored results of grouping: each affected respondent is folded once, then its group and survey.

`fold` decides; SQL only sums. After every change of a capture up to the watermark, `refold` recounts its
respondent. For new captures, the follower calls `add`. It extends the stored progress of a respondent, so its
cost does not depend on the number of earlier captures.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from inspector.domain.respondent import progress, respondent_findings
from inspector.domain.respondent.respondent import MAX_CAPTURES, Respondent, counted, fold, folded
from inspector.domain.respondent.respondent_findings import FoundDetails
from inspector.store.group import respondents, rollups
from inspector.store.group.respondents import KEY_COLUMNS, Each, StoredRespondent, StoredRespondentKey
from inspector.store.group.rollups import COLUMNS, Change, VerdictCounts
from inspector.store.write.captures import put_findings

SurveyKey: TypeAlias = tuple[bool, str]
"""Whether the survey consists of samples, and its id."""
_Findings: TypeAlias = dict[tuple[int, str], str]
"""The detail of a finding as JSON, by capture and code."""

MAX_FOLDED = 8
"""Up to this number of captures, folding all of them costs less than storing progress."""

# The stored respondents among those in `refolds`, up to and including the given key.
_WAITING = (
    "refolds q CROSS JOIN respondents r ON"
    + " AND".join(f" r.{name} = q.{name}" for name in StoredRespondentKey._fields)
    + f" WHERE ({', '.join(f'q.{name}' for name in StoredRespondentKey._fields)}) <= (?, ?, ?, ?, ?)"
)
_LOST = (
    f"SELECT q.is_sample, q.survey_id, q.group_id, {', '.join(f'-sum(r.{name})' for name in COLUMNS)},"
    " -sum(r.user_id != '' AND r.captures > 0), -sum(r.runs), -sum(r.completed_runs)"
    f" FROM {_WAITING} GROUP BY 1, 2, 3"
)


@dataclass(slots=True)
class Gain:
    """The new captures of one respondent, summed up."""

    tally: VerdictCounts = field(default_factory=VerdictCounts)
    last_ms: int = 0
    """Arrival time of the last one."""
    trusted: list[Each] = field(default_factory=list)
    """The trusted ones, ordered by id."""

    def count(self, capture: Each) -> None:
        """Add the next capture by id."""
        self.tally.count(capture.mix, bool(capture.is_trusted))
        self.last_ms = max(self.last_ms, capture.received_ms)
        if capture.is_trusted:
            self.trusted.append(capture)


class Added(NamedTuple):
    """The consequences of new captures."""

    marked: frozenset[int]
    """Captures whose findings changed."""
    unsure: Sequence[StoredRespondentKey]
    """Respondents that must be recounted because their captures did not arrive in order."""


def add(
    connection: sqlite3.Connection,
    gained: Mapping[StoredRespondentKey, Gain],
    named: Collection[SurveyKey],
    before: int,
    watermark: int,
) -> Added:
    """Add the captures after `before`, up to the watermark. `gained` contains those of each respondent.

    `named` are the surveys whose name may have changed.
    """
    changes = _Changes(connection, watermark)
    for key, gain in gained.items():
        changes.add(key, gain, before)
    changes.apply()
    for survey in named:
        changes.name(survey)
    return Added(frozenset(changes.marked), changes.unsure)


def refold(
    connection: sqlite3.Connection, keys: Iterable[StoredRespondentKey], watermark: int
) -> frozenset[int]:
    """Recount these respondents from their captures up to the watermark.

    Return the captures whose findings changed.
    """
    return refold_for(connection, list(keys), watermark, seconds=math.inf)[0]


def refold_for(
    connection: sqlite3.Connection, keys: Sequence[StoredRespondentKey], watermark: int, *, seconds: float
) -> tuple[frozenset[int], int]:
    """As `refold`, for at most `seconds` but at least one respondent. Also return how many were counted."""
    until = time.perf_counter() + seconds
    changes = _Changes(connection, watermark)
    count = 0
    for key in keys:
        if count and time.perf_counter() > until:
            break
        changes.recount(key)
        count += 1
    changes.apply()
    changes.tidy()
    return frozenset(changes.marked), count


def rename(connection: sqlite3.Connection, surveys: Iterable[SurveyKey], watermark: int) -> None:
    """Update the names of these surveys: the capture with the name may no longer be trusted."""
    changes = _Changes(connection, watermark)
    for survey in surveys:
        changes.name(survey)


def drop(connection: sqlite3.Connection, last: StoredRespondentKey, watermark: int) -> None:
    """Remove the respondents in `refolds` up to `last`. None of them may have an undeleted capture."""
    changes = _Changes(connection, watermark)
    for is_sample, survey_id, group_id, *lost in connection.execute(_LOST, last).fetchall():
        change = Change(VerdictCounts(*lost[: len(COLUMNS)]), *lost[len(COLUMNS) :])
        changes.groups[bool(is_sample), survey_id, group_id].add(change)
    connection.execute(f"DELETE FROM respondents WHERE id IN (SELECT r.id FROM {_WAITING})", last)
    connection.execute(f"DELETE FROM refolds WHERE ({KEY_COLUMNS}) <= (?, ?, ?, ?, ?)", last)
    changes.apply()
    changes.tidy()


class _Changes:
    """The changes of one transaction. Respondents are written at once, groups and surveys in `apply`."""

    def __init__(self, connection: sqlite3.Connection, watermark: int) -> None:
        self.groups: defaultdict[tuple[bool, str, str], Change] = defaultdict(Change)
        self.marked: set[int] = set()
        self.unsure: list[StoredRespondentKey] = []
        self._connection = connection
        self._watermark = watermark
        self._surveys: defaultdict[SurveyKey, Change] = defaultdict(Change)

    def add(self, key: StoredRespondentKey, gain: Gain, before: int) -> None:
        """Add the captures of a respondent after `before`."""
        row = respondents.read(self._connection, key)
        was = (row.is_user, row.runs, row.completed_runs)
        row.tally.add(gain.tally)
        row.last_ms = max(row.last_ms, gain.last_ms)
        if row.is_counted_only:  # earlier captures are not read again, so that a flood does not slow down
            self._count_only(key, row, before)
        elif row.tally.captures > MAX_CAPTURES:
            self._count_only(key, row)
        elif not gain.trusted:
            pass  # there is nothing to fold
        elif row.tally.captures <= MAX_FOLDED or row.progress is None:
            self._fold(key, row, respondents.trusted(self._connection, key, self._watermark))
        elif not row.progress or not self._extend(key, row, gain.trusted):
            row.progress = ""
            self.unsure.append(key)
        self._store(key, row, was, gain.tally)

    def recount(self, key: StoredRespondentKey) -> None:
        """Recount a respondent. Its captures may have findings and may no longer be trusted."""
        old, row = respondents.read(self._connection, key), StoredRespondent()
        captures = respondents.first(self._connection, key, self._watermark)
        if len(captures) <= MAX_CAPTURES:
            for one in captures:
                row.tally.count(one.mix, bool(one.is_trusted))
                row.last_ms = max(row.last_ms, one.received_ms)
            self._fold(key, row, captures)
        else:
            for mix, is_trusted, number, last_ms in respondents.sums(self._connection, key, self._watermark):
                row.tally.count(mix, bool(is_trusted), number)
                row.last_ms = max(row.last_ms, last_ms)
            if row.tally.captures > MAX_CAPTURES:
                self._count_only(key, row)
            else:  # most of them are not trusted
                self._fold(
                    key, row, respondents.trusted(self._connection, key, self._watermark), is_all=False
                )
        gained = VerdictCounts()
        gained.add(row.tally)
        gained.add(old.tally, -1)
        self._store(key, row, (old.is_user, old.runs, old.completed_runs), gained)

    def apply(self) -> None:
        """Add the changes of respondents to their groups and surveys."""
        for key, change in self.groups.items():
            rollups.add(self._connection, "groups", key, change)
            survey = self._surveys[key[:2]]
            survey.add(change)
        for survey_key, change in self._surveys.items():
            rollups.add(self._connection, "surveys", survey_key, change)

    def tidy(self) -> None:
        """Update latest arrivals and names, and remove empty rows, after captures were removed."""
        for key in self.groups:
            rollups.tidy(self._connection, "groups", key)
        for survey_key in self._surveys:
            rollups.tidy(self._connection, "surveys", survey_key)
            self.name(survey_key)

    def name(self, key: SurveyKey) -> None:
        """Store the last trusted name of a survey, by capture id.

        If all captures with a name were deleted, the survey keeps its last one.
        """
        is_sample, survey_id = key
        found = self._connection.execute(
            "SELECT survey_name, id FROM captures INDEXED BY captures_naming"
            " WHERE survey_id = ? AND survey_name IS NOT NULL AND is_trusted AND (kind = 'sample') = ?"
            " AND id <= ? AND deletion IS NULL ORDER BY id DESC LIMIT 1",
            (survey_id, is_sample, self._watermark),
        ).fetchone()
        if found is None:
            self._connection.execute(
                "UPDATE surveys SET name = NULL, name_from = 0 WHERE is_sample = ? AND survey_id = ?"
                " AND EXISTS (SELECT 1 FROM captures c WHERE c.id = name_from"
                " AND (NOT c.is_trusted OR c.survey_name IS NOT name))",
                (is_sample, survey_id),
            )
            return
        self._connection.execute(
            "UPDATE surveys SET name = ?, name_from = ?"
            " WHERE is_sample = ? AND survey_id = ? AND name_from != ?",
            (*found, is_sample, survey_id, found[1]),
        )

    def _fold(
        self,
        key: StoredRespondentKey,
        row: StoredRespondent,
        captures: Sequence[Each],
        *,
        is_all: bool = True,
    ) -> None:
        """Fold a respondent. Unless `is_all`, its earlier findings are also searched beyond `captures`."""
        bore: _Findings = {}
        for one in captures:
            if one.findings != "{}":
                bore.update(((one.id, code), detail) for code, detail in json.loads(one.findings).items())
        if not is_all:
            bore.update(self._borne(key))
        facts = [one.fact for one in captures if one.is_trusted]
        self._put(row, fold(facts, is_anonymous=key.is_anonymous) if facts else None, bore)

    def _extend(self, key: StoredRespondentKey, row: StoredRespondent, captures: Sequence[Each]) -> bool:
        """Extend the progress of a respondent by these captures. Return whether their order allowed it."""
        assert row.progress
        now = progress.load(row.progress)
        found: FoundDetails = {}
        for one in captures:
            copy_of = respondents.first_with_body(self._connection, key, one.body_hash, before=one.id)
            more = now.extend(one.fact, copy_of=copy_of, is_anonymous=key.is_anonymous)
            if more is None:
                return False
            found.update(more)
        state = folded(now, captures=row.tally.captures, findings=found, is_anonymous=key.is_anonymous)
        self._put(row, state, {})
        return True

    def _count_only(self, key: StoredRespondentKey, row: StoredRespondent, after: int = 0) -> None:
        """Only count a respondent. If it was only counted before, add its captures after `after`."""
        is_complete = (after > 0 and row.mark == "complete") or respondents.has_completion(
            self._connection, key, self._watermark, after
        )
        state = counted(
            captures=row.tally.captures, completions=int(is_complete), is_anonymous=key.is_anonymous
        )
        self._put(row, state, {} if after else self._borne(key))

    def _borne(self, key: StoredRespondentKey) -> _Findings:
        found = respondents.found(self._connection, key, self._watermark)
        return {(capture_id, code): detail for capture_id, code, detail in found}

    def _put(self, row: StoredRespondent, state: Respondent | None, bore: _Findings) -> None:
        """Set the folded state of a respondent, and replace the previous findings of its captures."""
        if state is not None:
            row.mark, row.answers = state.mark, state.answers
            row.runs, row.completed_runs = state.runs, state.completed_runs
            row.is_counted_only = state.is_counted_only
        row.progress = None
        if state is not None and state.progress is not None and state.captures > MAX_FOLDED:
            row.progress = progress.dump(state.progress)
        findings = state.findings if state is not None else ()
        for capture_id, code in bore.keys() - {(one[0], one[1]) for one in findings}:
            self._connection.execute(
                "DELETE FROM findings WHERE capture_id = ? AND is_between AND code = ?", (capture_id, code)
            )
            self.marked.add(capture_id)
        for capture_id, code, detail in findings:
            before = bore.get((capture_id, code))
            if before != json.dumps(detail):
                put_findings(
                    self._connection, capture_id, [respondent_findings.finding(code, detail)], is_between=True
                )
            if before is None:
                self.marked.add(capture_id)

    def _store(
        self,
        key: StoredRespondentKey,
        row: StoredRespondent,
        was: tuple[bool, int, int],
        gained: VerdictCounts,
    ) -> None:
        """Store a respondent, and note the change of its group."""
        respondents.write(self._connection, key, row)
        is_user, runs, completed_runs = was
        change = self.groups[key[:3]]
        change.tally.add(gained)
        if key.user_id:
            change.users += row.is_user - is_user
        change.runs += row.runs - runs
        change.completed_runs += row.completed_runs - completed_runs
        change.last_ms = max(change.last_ms, row.last_ms)
