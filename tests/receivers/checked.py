"""Checks receivers of the corpus, and compares each report with what its entry says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inspector.session.options import Options
from inspector.session.receiver.check import CheckReport
from inspector.session.session import Session
from tests.receivers.corpus import CORPUS, SECRET, STAGING, CorpusReceiver
from tests.receivers.servers import SERVERS, kept_folder, started

VERDICTS = {
    "correct": "correct",
    "faulty": "rejects-valid",
    "picky": "rejects-valid",
    "unexplained": "rejects-valid",
    "fails": "rejects-valid",
    "careless": "accepts-forged",
}


@asynccontextmanager
async def a_session(folder: Path, *, secret: str = SECRET) -> AsyncIterator[Session]:
    """A session with a secret, by default that of the corpus, and a saved one that is not active."""
    settings = (("test_address", "false"),)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLITZ_WEBHOOK_SECRET", secret)
        session = Session(Options(database=folder / "captures.db", settings=settings, port=0))
        await session.open()
    try:
        await session.load_secrets()
        await session.secrets.add("staging", STAGING, save=False)
        await session.secrets.set_active("staging", False)
        yield session
    finally:
        await session.close()


async def report_of(session: Session, url: str, *, answer_s: float | None = None) -> CheckReport:
    """Check the receiver and return the report. `answer_s` is how long each response may take."""
    to = await session.targets.resolve(url)
    if answer_s is not None:
        to = replace(to, limits=replace(to.limits, whole_s=answer_s))
    async with aclosing(session.receiver_check.run(to)) as steps:
        last = [step async for step in steps][-1]
    assert isinstance(last, CheckReport)
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One receiver, and the report of its check."""

    server: str
    entry: CorpusReceiver
    report: CheckReport

    @property
    def name(self) -> str:
        return f"{self.server}{self.entry.route}"

    @property
    def missed(self) -> list[str]:
        """The codes that had to be found."""
        if self.entry.kind == "unexplained":
            return []
        return [code for code in self.entry.codes if code not in self._codes]

    @property
    def wrong(self) -> list[str]:
        """The codes of causes that the receiver does not have."""
        expected = set(self.entry.codes)
        return [
            cause.code
            for cause in self.report.causes
            if cause.code not in expected
            and (cause.is_proved or self.entry.kind in ("correct", "fails", "careless"))
        ]

    @property
    def is_guess_right(self) -> bool:
        """Whether the guess at the framework is right, or there is none."""
        guess = self.report.framework
        right = self.entry.framework or SERVERS[self.server].framework
        return guess is None or guess.label == right

    @property
    def problems(self) -> list[str]:
        """What is wrong with the report, as words; empty if it says what the entry says."""
        return list(self._problems())

    @property
    def _codes(self) -> list[str]:
        return [cause.code for cause in self.report.causes]

    def _problems(self) -> Iterator[str]:
        entry, report = self.entry, self.report
        if report.verdict != ("both" if entry.is_forgeable else VERDICTS[entry.kind]):
            yield f"verdict {report.verdict}"
        if not self.is_guess_right:
            yield f"framework {report.framework}"
        yield from (f"missed {code}" for code in self.missed)
        yield from (f"wrong: {code}" for code in self.wrong)
        if entry.kind in ("faulty", "picky"):
            yield from (f"not proved: {one.code}" for one in report.causes if not one.is_proved)
            details = {key: value for cause in report.causes for key, value in cause.detail.items()}
            for key, value in entry.detail.items():
                if not self.missed and details.get(key) != value:
                    yield f"{key} {details.get(key)!r} instead of {value!r}"
        if entry.kind == "unexplained" and (not report.ruled_out or not report.is_searched):
            yield "nothing was ruled out"
        results = {one.test: one.result for one in report.results}
        if entry.kind == "correct":
            warned = tuple(name for name, result in results.items() if result == "warning")
            if warned != entry.warned:
                yield f"warnings: {warned}"
            yield from (f"{name} {result}" for name, result in results.items() if result == "failed")
        yield from (f"{name} {results.get(name)}" for name in entry.failed if results.get(name) != "failed")


async def checked(
    server: str, folder: Path, kept: Path, routes: Collection[str] | None = None
) -> list[Checked]:
    """Check every receiver of one process in turn, or those of some routes. Raises Missing if this machine
    cannot run it."""
    entries = [one for one in CORPUS if server in one.servers and (routes is None or one.route in routes)]
    process = started(server, folder, kept_folder(kept, server))
    receiver = await asyncio.to_thread(process.__enter__)
    try:
        async with a_session(folder) as session:
            url = f"http://127.0.0.1:{receiver.port}"
            return [
                Checked(server=server, entry=one, report=await report_of(session, url + one.route))
                for one in entries
            ]
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)
