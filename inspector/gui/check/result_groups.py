"""The results of a check as the rows of its list: failures first, by group and within a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from inspector.base.quantity import duration_text
from inspector.base.visible import visible
from inspector.domain.receiver.receiver_test import NEEDS_ACCEPTED, Result
from inspector.domain.receiver.report import GROUPS, TestGroup, counts_text
from inspector.gui.detail.attempt_text import whole_milliseconds
from inspector.session.receiver.check import CheckResult

RowState = Literal["passed", "warning", "failed", "undecided", "sending", "waiting"]
SHOWN_FAILED, SHOWN_OTHERS = 5, 2
"""Rows of a group that are listed at first, with and without failures in it. One more row takes the place
that *Show 1 more* would take."""
_RANKS: Mapping[RowState, int] = {"failed": 0, "warning": 1, "sending": 2, "passed": 2, "undecided": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One test in the list, with its status and time."""

    title: str
    state: RowState
    status: str = ""
    took: str = ""
    note: str = ""
    """Shown in place of status and time: `needs a 2xx`."""
    sentence: str = ""
    """The result as a sentence, for the tool tip."""
    other: RowState | None = None
    """The result of the second receiver, if two are compared."""
    other_status: str = ""

    @property
    def differs(self) -> bool:
        """Whether the second receiver behaves differently."""
        return self.other is not None and (self.other, self.other_status) != (self.state, self.status)

    @property
    def spoken(self) -> str:
        """The row for screen readers."""
        parts = [self.title, self.state, self.note or self.status, self.took]
        if self.other is not None:
            parts.append(f"second receiver {self.other} {self.other_status}")
        return ", ".join(filter(None, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultGroup:
    """A group with the rows of its tests."""

    name: TestGroup
    rows: tuple[ResultRow, ...]
    note: str = ""
    """`9 of 9 fail`."""
    is_loud: bool = False
    """Whether a test failed, or two receivers differ."""
    is_open: bool = True
    most: int | None = None
    """The rows to list at first; None for all."""

    @property
    def title(self) -> str:
        """The heading of the group."""
        return GROUPS[self.name]


def grouped(
    planned: Sequence[tuple[str, TestGroup]],
    results: Sequence[CheckResult],
    *,
    is_running: bool,
    others: Sequence[CheckResult] | None = None,
) -> list[ResultGroup]:
    """Return the groups of a check that runs, in the order of its tests, or has ended, with failures first.

    `planned` are the titles of all tests in order. `others` are the results of a second receiver.
    """
    rows = _rows(planned, results, is_running=is_running, others=others)
    groups = [
        ResultGroup(name=name, rows=found)
        for name in GROUPS
        if (found := tuple(row for row, group in rows if group == name))
    ]
    if is_running or not results:
        return groups
    ended = [_ended(group, is_compared=others is not None) for group in groups]
    return sorted(ended, key=_group_rank)


def _rows(
    planned: Sequence[tuple[str, TestGroup]],
    results: Sequence[CheckResult],
    *,
    is_running: bool,
    others: Sequence[CheckResult] | None,
) -> list[tuple[ResultRow, TestGroup]]:
    known = {result.title: result for result in results}
    compared = {result.title: result for result in others or ()}
    accepts_valid = any(result.group == "accepts" and result.result == "passed" for result in results)
    # The search may repeat tests with another signature, and then results follow that were not planned.
    titles = dict(planned) | {result.title: result.group for result in results}
    rows: list[tuple[ResultRow, TestGroup]] = []
    is_next = is_running
    for title, group in titles.items():
        result = known.get(title)
        if result is not None:
            row = _row(result, accepts_valid=accepts_valid)
        elif is_next:
            row, is_next = ResultRow(title=title, state="sending", note="sending…"), False
        else:
            row = ResultRow(
                title=title, state="waiting", note="not run" if results and not is_running else ""
            )
        if (other := compared.get(title)) is not None:
            row = replace(row, other=other.result, other_status=_status(other), took="", note="")
        rows.append((row, group))
    return rows


def _row(result: CheckResult, *, accepts_valid: bool) -> ResultRow:
    is_undecided = result.result == "undecided"
    return ResultRow(
        title=result.title,
        state=result.result,
        status=_status(result),
        took=_took(result.elapsed_ms) if result.exchanges else "",
        note="" if not is_undecided else "not decided" if accepts_valid else NEEDS_ACCEPTED,
        sentence=sentence_of(result),
    )


def _took(elapsed_ms: float) -> str:
    """Return `18 ms`, or whole seconds if the column is too narrow for milliseconds."""
    return whole_milliseconds(elapsed_ms) if elapsed_ms < 9_950 else duration_text(elapsed_ms)


def _status(result: CheckResult) -> str:
    return "–" if result.status is None else str(result.status)


def sentence_of(result: CheckResult) -> str:
    """Return what a test found, as a sentence."""
    says = visible(result.says)
    return f"{says[:1].upper()}{says[1:]}."


def _ended(group: ResultGroup, *, is_compared: bool) -> ResultGroup:
    """Return a group of a check that has ended: sorted, with its counts, folded if nothing is wrong in it."""
    states = [row.state for row in group.rows]
    results: list[Result] = [
        state if state in ("passed", "warning", "failed") else "undecided" for state in states
    ]
    if is_compared:
        count = sum(row.differs for row in group.rows)
        rows = tuple(sorted(group.rows, key=lambda row: (not row.differs, _RANKS.get(row.state, 4))))
        note = f"{count} of {len(rows)} {'differs' if count == 1 else 'differ'}" if count else "no difference"
        return replace(group, rows=rows, note=note, is_loud=count > 0, is_open=count > 0, most=count or None)
    has_failed, is_open = "failed" in states, set(states) != {"passed"}
    most = SHOWN_FAILED if has_failed else SHOWN_OTHERS
    return replace(
        group,
        rows=tuple(sorted(group.rows, key=lambda row: _RANKS.get(row.state, 4))),
        note=counts_text(results),
        is_loud=has_failed,
        is_open=is_open,
        most=most if is_open and len(states) > most + 1 else None,
    )


def _group_rank(group: ResultGroup) -> tuple[int, int]:
    states = {row.state for row in group.rows}
    worst = min(_RANKS.get(state, 4) for state in states)
    is_passed = not group.is_open
    return (4 if is_passed else worst if worst < 2 else 3), list(GROUPS).index(group.name)
