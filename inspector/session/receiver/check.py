"""Checks of a receiver with valid and forged events, and the reports of the latest ones."""

from __future__ import annotations

import secrets as tokens
from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AsyncExitStack, aclosing

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.base.worker import Worker
from inspector.client.wire import NotReplayable
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.receiver.comparison import (
    ResultPair,
    Side,
    VersusReport,
    VersusStep,
    compare_reports,
)
from inspector.domain.receiver.events import Maker
from inspector.domain.receiver.report import GROUPS, TestGroup
from inspector.domain.receiver.steps import CauseProbe, CheckNotice, CheckReport, CheckResult, CheckStep
from inspector.domain.receiver.table import TESTS
from inspector.domain.signature.secret import Secret
from inspector.outbox.permission import HostPermissions
from inspector.session.captures import Captures
from inspector.session.receiver.check_run import CheckRun, SigningSecrets
from inspector.session.receiver.receiver_sender import CheckStop, ReceiverSender
from inspector.session.receiver.repeat import repeated
from inspector.session.receiver.run_capture import CaptureRun
from inspector.session.receiver.run_tests import TestRun
from inspector.session.requests import not_replayable
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Destination, Targets

__all__ = [
    "ALL_GROUPS",
    "TITLES",
    "CauseProbe",
    "CheckNotice",
    "CheckReport",
    "CheckResult",
    "CheckStep",
    "CheckStop",
    "ReceiverCheck",
    "ResultPair",
    "Side",
    "VersusReport",
    "VersusStep",
    "planned",
]

TITLES = tuple(test.title for test in TESTS)
"""The tests in order."""
ALL_GROUPS = frozenset(GROUPS)
MOST_REPORTS = 5
MOST_REPORT_BYTES = 32 * 1024 * 1024
"""Maximum size of all stored reports."""


def planned(groups: Collection[TestGroup] = ALL_GROUPS) -> tuple[tuple[str, TestGroup], ...]:
    """Return the titles of the tests of these groups in order, each with its group."""
    return tuple((test.title, test.group) for test in TESTS if test.group in groups)


class ReceiverCheck:
    """Sends the events of checks, and keeps the latest reports until the program ends. Nothing is stored in
    the file."""

    def __init__(
        self,
        secrets: Secrets,
        targets: Targets,
        hosts: HostPermissions,
        captures: Captures,
        worker: Worker,
    ) -> None:
        self._secrets = secrets
        self._targets = targets
        self._hosts = hosts
        self._captures = captures
        self._worker = worker
        self._reports: deque[CheckReport] = deque()

    # ---- checks

    async def run(
        self,
        to: str | Destination,
        *,
        sign_with: str | None = None,
        groups: Collection[TestGroup] = ALL_GROUPS,
        is_searching: bool = True,
        per_second: float | None = None,
        stop: CheckStop | None = None,
    ) -> AsyncGenerator[CheckStep, None]:
        """Yield the result of each test when it is known, each request that searches for a cause, and at
        the end a `CheckReport`.

        `to` is a URL, or a named target with its headers and certificates. The active secret `sign_with`, by
        default that of `likely_secret`, signs the events. Only the tests of `groups` are run, after the first
        valid event. Unless `is_searching` is off, the cause of a rejection is searched for. At most
        `per_second` requests are sent, by default as fast as the receiver responds. `stop` ends the check at
        any time, and the report then has what was found.

        An unreachable receiver is a report without results. Raises InspectorError without a secret, and
        UsageError for an invalid target or pace, or a host that is not allowed.
        """
        destination = await self._resolved(to)
        secrets, run = await self._signing(sign_with), tokens.token_hex(4)
        tests = TestRun(Maker(key=secrets.signing.key, run=run), groups)
        async with ReceiverSender(
            destination, self._hosts, run=run, secrets=secrets.known, per_second=per_second, stop=stop
        ) as sender:
            check = CheckRun(
                destination,
                tests,
                sender,
                run=run,
                secrets=secrets,
                worker=self._worker,
                is_searching=is_searching,
            )
            async with aclosing(_steps(check)) as steps:
                async for step in steps:
                    yield step
        yield self._kept(check.report())

    async def why(
        self,
        capture_id: int,
        to: str | Destination,
        *,
        sign_with: str | None = None,
        is_resigning_unverified: bool = False,
        per_second: float | None = None,
        stop: CheckStop | None = None,
    ) -> AsyncGenerator[CheckStep, None]:
        """Yield the steps that explain why a receiver rejects a capture, and at the end a `CheckReport`.

        The capture is sent as it was captured. If it is rejected and its signature is not the one that a
        receiver must accept, it is signed first. Then the cause is searched with variants of it. A capture
        that is not valid is signed only with `is_resigning_unverified`, because anyone may have sent it.
        `sign_with` is by default the secret that verified the capture. Raises as `run` does, NotFound for an
        unknown capture, and NotReplayable if it cannot be sent.
        """
        detail = await self._captures.detail(capture_id)
        if (reason := not_replayable(detail)) is not None:
            raise NotReplayable(reason)
        destination = await self._resolved(to)
        verified = detail.row.verdict.secret
        if sign_with is None and any(secret.name == verified for secret in self._secrets.active):
            sign_with = verified
        secrets, run = await self._signing(sign_with), tokens.token_hex(4)
        tests = CaptureRun(detail, secrets.signing, run, is_resigning_unverified=is_resigning_unverified)
        async with ReceiverSender(
            destination,
            self._hosts,
            run=run,
            secrets=secrets.known,
            composed=tests.composed(destination),
            per_second=per_second,
            stop=stop,
        ) as sender:
            check = CheckRun(destination, tests, sender, run=run, secrets=secrets, worker=self._worker)
            async with aclosing(_steps(check)) as steps:
                async for step in steps:
                    yield step
        yield self._kept(check.report())

    async def versus(
        self,
        to: str | Destination,
        versus: str | Destination,
        *,
        sign_with: str | None = None,
        groups: Collection[TestGroup] = ALL_GROUPS,
        is_searching: bool = True,
        per_second: float | None = None,
        stop: CheckStop | None = None,
    ) -> AsyncGenerator[VersusStep | VersusReport, None]:
        """Yield the steps of the checks of two receivers, test by test in turn, and at the end how they
        differ.

        The arguments are those of `run`, and `per_second` is for each of the two. Raises as `run` does.
        """
        secrets = await self._signing(sign_with)
        checks: dict[Side, CheckRun] = {}
        sides: tuple[tuple[Side, str | Destination], ...] = (("to", to), ("versus", versus))
        async with AsyncExitStack() as stack:
            for side, place in sides:
                destination, run = await self._resolved(place), tokens.token_hex(4)
                sender = ReceiverSender(
                    destination, self._hosts, run=run, secrets=secrets.known, per_second=per_second, stop=stop
                )
                checks[side] = CheckRun(
                    destination,
                    TestRun(Maker(key=secrets.signing.key, run=run), groups),
                    await stack.enter_async_context(sender),
                    run=run,
                    secrets=secrets,
                    worker=self._worker,
                    is_searching=is_searching,
                )
            async with aclosing(_in_turn(checks)) as steps:
                async for step in steps:
                    yield step
            for side, check in checks.items():
                async with aclosing(check.searched()) as searched:
                    async for probe in searched:
                        yield VersusStep(side=side, step=probe)
        mine, theirs = (self._kept(check.report()) for check in checks.values())
        yield compare_reports(mine, theirs)

    async def repeat(self, report: CheckReport, result: CheckResult) -> CheckResult:
        """Send the requests of a result again, byte for byte, and return the new result.

        Raises InspectorError if the target or its headers are no longer known, and UsageError if the host is
        not allowed.
        """
        destination = await self._resolved(report.to)
        return await repeated(
            report, result, destination, self._hosts, (*self._secrets.active, *self._secrets.inactive)
        )

    # ---- reports

    @property
    def reports(self) -> tuple[CheckReport, ...]:
        """The reports of the latest checks, newest first."""
        return tuple(self._reports)

    def previous(self, report: CheckReport) -> CheckReport | None:
        """Return the report before this one, of the same receiver and the same capture, or None."""
        before = (one for one in self._reports if one.started_ms < report.started_ms)
        return next((one for one in before if _subject(one) == _subject(report)), None)

    def _kept(self, report: CheckReport) -> CheckReport:
        """Keep a report with results, and forget the oldest ones."""
        if report.results:
            self._reports.appendleft(report)
        sizes = [_size(one) for one in self._reports]
        while len(sizes) > MOST_REPORTS or (len(sizes) > 1 and sum(sizes) > MOST_REPORT_BYTES):
            self._reports.pop()
            sizes.pop()
        return report

    # ---- secrets and targets

    async def _resolved(self, to: str | Destination) -> Destination:
        destination = await self._targets.resolve(to) if isinstance(to, str) else to
        self._hosts.check(await self._hosts.host_to_allow(destination.target))
        return destination

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

    async def _signing(self, name: str | None) -> SigningSecrets:
        """Return the secrets of a check that signs with this one. Raises InspectorError without one."""
        signing = self._secret(name or await self.likely_secret())
        return SigningSecrets(signing=signing, active=self._secrets.active, other=self._secrets.inactive)

    def _secret(self, name: str | None) -> Secret:
        found = next((secret for secret in self._secrets.active if secret.name == name), None)
        if name is None:
            raise InspectorError("No secret for signing. Set BLITZ_WEBHOOK_SECRET to the receiver's secret.")
        if found is None:
            raise UsageError(
                f"The secret {visible(name)} is no longer active. Activate it or choose another one."
            )
        return found


async def _steps(check: CheckRun) -> AsyncGenerator[CheckStep, None]:
    async with aclosing(check.tested()) as tested:
        async for step in tested:
            yield step
    async with aclosing(check.searched()) as searched:
        async for probe in searched:
            yield probe


async def _in_turn(checks: Mapping[Side, CheckRun]) -> AsyncGenerator[VersusStep, None]:
    """Yield the results of each test at one receiver after another, so that their times are comparable."""
    async with AsyncExitStack() as stack:
        running = {
            side: await stack.enter_async_context(aclosing(check.tested())) for side, check in checks.items()
        }
        while running:
            for side, steps in list(running.items()):
                async for step in steps:
                    yield VersusStep(side=side, step=step)
                    if isinstance(step, CheckResult):
                        break
                else:
                    del running[side]


def _subject(report: CheckReport) -> tuple[str, int | None]:
    return report.to, report.capture_id


def _size(report: CheckReport) -> int:
    exchanges = [
        *(one for result in report.results for one in result.exchanges),
        *(probe.exchange for probe in report.probes),
    ]
    return sum(
        len(one.sent_head)
        + len(one.sent_body or b"")
        + len(one.response_body)
        + sum(len(name) + len(value) for name, value in one.response_headers)
        for one in exchanges
    )
