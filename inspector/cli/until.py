"""`listen --until`: for tests, which wait for captures and go on."""

from __future__ import annotations

import argparse
import asyncio
import re
from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.cli import arguments
from inspector.cli.parser import Parser
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)?", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
LOOKED_AGAIN = 2_000
"""So many of the last captures that did not match are asked about again as groups change."""


def add_arguments(parser: Parser) -> None:
    """`--until`, `--count` and `--timeout`."""
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
    """`30s`, `500ms`, `2m`, `1h` or `30` in seconds."""
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"takes a time such as 30s or 2m, not {text!r}")
    return seconds


def check(chosen: Namespace) -> None:
    """Raises UsageError where an option stands without the one that it belongs to."""
    for name in ("count", "timeout"):
        if getattr(chosen, name) is not None and chosen.until is None:
            raise UsageError(f"--{name} says something of --until QUERY, which was not given.")


class Until:
    """Counts captures of this run that match, each once; sets `ended` when there are enough or it is late."""

    def __init__(self, session: Session, chosen: Namespace, ended: asyncio.Event) -> None:
        self._session = session
        self._query: str = chosen.until
        self._wanted: int = chosen.count or 1
        self._timeout_s: float | None = chosen.timeout
        self._ended = ended
        self._others: dict[int, None] = {}
        """Captures that did not match so far, oldest first."""
        self._found = 0
        self.is_late = False
        session.captures.captured.connect(self._captured)
        session.captures.judged.connect(self._judged)
        session.groups.changed.connect(self._grouped)

    @property
    def is_met(self) -> bool:
        """Enough captures have matched."""
        return self._found >= self._wanted

    @property
    def says(self) -> str:
        """What came of it, where it was not met."""
        return f"The time is over: {self._found:,} of {self._wanted:,} captures matched."

    async def watch_time(self) -> None:
        """Ends it when its time is over."""
        if self._timeout_s is not None:
            await asyncio.sleep(self._timeout_s)
            self.is_late = not self.is_met
            self._ended.set()

    def _captured(self, ids: tuple[int, ...]) -> None:
        self._look(ids)

    def _judged(self, ids: tuple[int, ...]) -> None:
        self._look(tuple(id_ for id_ in ids if id_ in self._others))

    def _grouped(self, _: object) -> None:
        """What a capture's respondent is has changed, and what was found between captures."""
        self._look(tuple(self._others))

    def _look(self, ids: tuple[int, ...]) -> None:
        if not ids or self.is_met:
            return
        captures = self._session.captures
        matching = captures.matching(ids, EVERYTHING, self._query)
        # Of one that is not judged yet nothing can be said.
        judged = {
            id_ for id_, row in captures.rows(sorted(matching)).items() if row.verdict.reason != "pending"
        }
        self._found += len(judged)
        for id_ in ids:
            if id_ in judged:
                self._others.pop(id_, None)
            else:
                self._others[id_] = None
        while len(self._others) > LOOKED_AGAIN:
            del self._others[next(iter(self._others))]
        if self._found >= self._wanted:
            self._ended.set()
