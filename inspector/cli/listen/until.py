"""The end of `listen --until`, for tests: after enough matching captures, or at the timeout."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.cli import arguments
from inspector.cli.parser import ExpectedValue, Parser
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

LOOKED_AGAIN = 2_000
"""Maximum recent captures without a match that are checked again when groups change."""


def add_until(parser: Parser) -> None:
    """Add `--until`, `--count` and `--timeout`."""
    group = parser.add_argument_group("for tests")
    group.add_argument(
        "--until",
        metavar="QUERY",
        type=arguments.query,
        help="exit with 0 once --count captures match QUERY (syntax as in --filter)",
    )
    group.add_argument(
        "--count",
        metavar="N",
        type=arguments.whole("a number", 1, arguments.MAX_ID),
        help="number of captures that must match (default: 1)",
    )
    group.add_argument(
        "--timeout",
        metavar="TIME",
        type=duration,
        help="exit with 1 if they have not matched within this time: 30s, 2m, or seconds",
    )


def duration(text: str) -> float:
    """Read a time above 0 in seconds: `30s`, `500ms`, `2m`, `1h` or `30`."""
    seconds = arguments.seconds(text)
    if not seconds:
        raise ExpectedValue("a time above 0, such as 30s or 2m")
    return seconds


def check_until(chosen: Namespace) -> None:
    """Raise UsageError for an option without the one that it belongs to."""
    for name in ("count", "timeout"):
        if getattr(chosen, name) is not None and chosen.until is None:
            raise UsageError(f"--{name} needs a condition. Add --until QUERY.")


class Until:
    """Counts the matching captures of this run. Sets `ended` when there are enough, or at the timeout."""

    def __init__(self, session: Session, chosen: Namespace, ended: asyncio.Event) -> None:
        self._session = session
        self._query: str = chosen.until
        self._wanted: int = chosen.count or 1
        self._timeout_s: float | None = chosen.timeout
        self._ended = ended
        self._others: dict[int, None] = {}
        """Captures without a match so far, oldest first."""
        self._found = 0
        self.is_late = False
        session.captures.captured.connect(self._captured)
        session.captures.judged.connect(self._judged)
        session.groups.changed.connect(self._grouped)

    @property
    def is_met(self) -> bool:
        """Whether enough captures have matched."""
        return self._found >= self._wanted

    @property
    def says(self) -> str:
        """The reason why it was not met."""
        return f"Timed out: {self._found:,} of {self._wanted:,} captures matched."

    async def watch_time(self) -> None:
        """Set `ended` at the timeout."""
        if self._timeout_s is not None:
            await asyncio.sleep(self._timeout_s)
            self.is_late = not self.is_met
            self._ended.set()

    def _captured(self, ids: tuple[int, ...]) -> None:
        last = self._session.ingest.earlier.last_id
        self._look(tuple(id_ for id_ in ids if id_ > last))

    def _judged(self, ids: tuple[int, ...]) -> None:
        self._look(tuple(id_ for id_ in ids if id_ in self._others))

    def _grouped(self, _: object) -> None:
        """Check captures again, because their respondents or their findings across captures have changed."""
        self._look(tuple(self._others))

    def _look(self, ids: tuple[int, ...]) -> None:
        if not ids or self.is_met:
            return
        captures = self._session.captures
        matching = captures.matching(ids, EVERYTHING, self._query)
        # A pending capture can still change.
        evaluated = {
            id_ for id_, row in captures.rows(sorted(matching)).items() if row.verdict.reason != "pending"
        }
        self._found += len(evaluated)
        for id_ in ids:
            if id_ in evaluated:
                self._others.pop(id_, None)
            else:
                self._others[id_] = None
        while len(self._others) > LOOKED_AGAIN:
            del self._others[next(iter(self._others))]
        if self._found >= self._wanted:
            self._ended.set()
