"""The check of a receiver with valid and invalid events, and the reports of the latest checks."""

from __future__ import annotations

import secrets as tokens
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.receiver.events import Maker
from inspector.domain.receiver.receiver_test import Result
from inspector.domain.receiver.report import GROUPS, TestGroup
from inspector.domain.receiver.steps import CauseProbe, CheckNotice, CheckReport, CheckResult, CheckStep
from inspector.domain.receiver.table import TESTS
from inspector.domain.receiver.verdict import concluded
from inspector.domain.signature.secret import Secret
from inspector.outbox.permission import HostPermissions
from inspector.session.captures import Captures
from inspector.session.receiver.receiver_sender import CheckEnded, CheckStop, ReceiverSender
from inspector.session.receiver.run_tests import TestRun
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Destination, Targets

__all__ = [
    "ALL_GROUPS",
    "MARKS",
    "TITLES",
    "CauseProbe",
    "CheckNotice",
    "CheckReport",
    "CheckResult",
    "CheckStep",
    "CheckStop",
    "ReceiverCheck",
    "as_text",
    "conclusion",
    "planned",
]

TITLES = tuple(test.title for test in TESTS)
"""The tests in order."""
ALL_GROUPS = frozenset(GROUPS)


def planned(groups: Collection[TestGroup] = ALL_GROUPS) -> tuple[tuple[str, TestGroup], ...]:
    """Return the titles of the tests of these groups in order, each with its group."""
    return tuple((test.title, test.group) for test in TESTS if test.group in groups)


class ReceiverCheck:
    """Sends the events of the check. Nothing is stored in the file."""

    def __init__(
        self, secrets: Secrets, targets: Targets, hosts: HostPermissions, captures: Captures
    ) -> None:
        self._secrets = secrets
        self._targets = targets
        self._hosts = hosts
        self._captures = captures

    async def run(
        self,
        to: str | Destination,
        *,
        sign_with: str | None = None,
        groups: Collection[TestGroup] = ALL_GROUPS,
        per_second: float | None = None,
        stop: CheckStop | None = None,
    ) -> AsyncGenerator[CheckStep, None]:
        """Yield the result of each test when it is known, each request that searches for a cause, and at
        the end a `CheckReport`.

        `to` is a URL, or a named target with its headers and certificates. The active secret `sign_with`, by
        default that of `likely_secret`, signs the events. Only the tests of `groups` are run, after the first
        valid event. At most `per_second` requests are sent, by default as fast as the receiver responds.
        `stop` ends the check at any time, and the report then has what was found.

        An unreachable receiver is a report without results. Raises InspectorError without a secret, and
        UsageError for an invalid target or pace, or a host that is not allowed.
        """
        destination = await self._targets.resolve(to) if isinstance(to, str) else to
        secret = self._secret(sign_with or await self.likely_secret())
        run = tokens.token_hex(4)
        started_ms, started = now_ms(), time.perf_counter()
        ended = ""
        async with ReceiverSender(
            destination, self._hosts, run=run, per_second=per_second, stop=stop
        ) as sender:
            tests = TestRun(sender, Maker(key=secret.key, run=run), groups)
            try:
                async with aclosing(tests.steps()) as steps:
                    async for step in steps:
                        yield step
            except CheckEnded as end:
                ended = str(end)
        report = CheckReport(
            verdict="correct",
            sentence="",
            causes=tests.causes,
            results=tuple(tests.results),
            requests=sender.requests,
            elapsed_ms=1000 * (time.perf_counter() - started),
            to=destination.text,
            secret=secret.name,
            started_ms=started_ms,
            total=len(tests.tests),
            ended=ended,
        )
        yield concluded(report, tests.unreachable)

    async def likely_secret(self) -> str | None:
        """Return the active secret that verified the newest valid capture, otherwise the first active one."""
        active = [secret.name for secret in self._secrets.active]
        if len(active) > 1:
            for name in await self._verifying():
                if name in active:
                    return name
        return active[0] if active else None

    async def _verifying(self) -> list[str | None]:
        ids = await self._captures.ids(EVERYTHING, "verdict:valid kind:captured", limit=1)
        return [row.verdict.secret for row in self._captures.rows(ids).values()]

    def _secret(self, name: str | None) -> Secret:
        found = next((secret for secret in self._secrets.active if secret.name == name), None)
        if name is None:
            raise InspectorError("No secret for signing. Set BLITZ_WEBHOOK_SECRET to the receiver's secret.")
        if found is None:
            raise UsageError(
                f"The secret {visible(name)} is no longer active. Activate it or choose another one."
            )
        return found


MARKS: Mapping[Result, str] = {"passed": "✓", "warning": "!", "failed": "✗", "undecided": "?"}
"""The sign for each result."""
WRONG_PATH = "Every event got 404. Check the path of the URL."


def conclusion(results: Sequence[CheckResult]) -> str:
    """Return the conclusion of all results so far, in one or two sentences."""
    total = len(TITLES)
    failed, warnings, undecided = (
        sum(result.result == kind for result in results) for kind in ("failed", "warning", "undecided")
    )
    if len(results) < total:
        found = f"{failed} failed" if failed else "none failed"
        return f"Stopped after {len(results)} of {total} tests: {found}."
    if {exchange.row.status for result in results for exchange in result.exchanges} == {404}:
        return WRONG_PATH
    if failed:
        more = [f"{warnings} with a warning"] if warnings else []
        more += [f"{undecided} undecided"] if undecided else []
        rest = f", {' and '.join(more)}" if more else ""
        return f"{failed} of {total} tests failed{rest}."
    more = [f"{warnings} {'has' if warnings == 1 else 'have'} a warning"] if warnings else []
    more += [f"{undecided} {'is' if undecided == 1 else 'are'} undecided"] if undecided else []
    if more:
        return f"None of the {total} tests failed, but {' and '.join(more)}."
    return f"This receiver is correct. It passed all {total} tests."


def as_text(results: Sequence[CheckResult], *, to: str, secret: str) -> str:
    """Return all results for sharing: one line per test in columns, and the conclusion."""
    lines = [f"Check of {visible(to)}, signed with {visible(secret)}", ""]
    for result in results:
        status = "–" if result.status is None else str(result.status)
        lines.append(
            f"{MARKS[result.result]} {result.result:<9}  {result.test:<14} {status:>3}"
            f" {result.elapsed_ms:>8,.1f} ms  {visible(result.says)}"
        )
    return "\n".join([*lines, "", conclusion(results), ""])
