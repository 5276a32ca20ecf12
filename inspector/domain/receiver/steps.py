"""The steps of a check: the result of each test, each request of a search, and the report at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.receiver.framework import FrameworkGuess
from inspector.domain.receiver.receiver_test import Result
from inspector.domain.receiver.report import Area, ReceiverCause, ReceiverVerdict, TestGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one test of the receiver."""

    test: str
    title: str
    """The test in a few words."""
    group: TestGroup
    area: Area
    result: Result
    ok: bool | None
    """Whether the receiver did nothing wrong; None if the test could not decide this."""
    status: int | None
    """The status of the decisive response; None without one."""
    elapsed_ms: float
    """The duration of the slowest response."""
    says: str
    exchanges: tuple[AttemptDetail, ...] = ()
    """The requests and responses in order. They are not stored, so they have no ids."""
    decisive: int = 0
    """The place of the exchange that decided the result, if there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseProbe:
    """One request of the search for a cause: an event, signed as a faulty receiver may expect it."""

    words: str
    """`signed over {}`."""
    is_accepted: bool
    exchange: AttemptDetail
    sent: int
    """The number of requests of the search so far."""
    most: int
    """The most requests that the search may send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNotice:
    """What the check does between two requests, for example a wait that the receiver asked for."""

    says: str
    """A sentence."""
    wait_s: float = 0.0
    """The seconds until it continues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The last step of a check: its verdict and all that it found."""

    verdict: ReceiverVerdict
    sentence: str
    """The verdict as a sentence: `Your receiver rejects valid deliveries: it verifies {} instead of the
    body.`"""
    counts: str = ""
    """The line below it: `9 of 26 tests fail, 4 could not run. 41 requests in 2.3 s. Probably Express
    (x-powered-by).`"""
    causes: tuple[ReceiverCause, ...] = ()
    ruled_out: tuple[str, ...] = ()
    framework: FrameworkGuess | None = None
    results: tuple[CheckResult, ...] = ()
    probes: tuple[CauseProbe, ...] = ()
    requests: int = 0
    """The number of requests sent."""
    elapsed_ms: float = 0.0
    to: str = ""
    """The URL of the receiver, or the name of the target."""
    secret: str = ""
    """The name of the secret that signed the events."""
    started_ms: int = 0
    """Milliseconds since 1970."""
    total: int = 0
    """The number of tests that were requested; fewer have a result if the check ended early."""
    capture_id: int | None = None
    """The capture to explain, or None for made-up events."""
    note: str = ""
    """A remark on what was sent, as a sentence: a capture that was re-signed first. Otherwise empty."""
    is_withheld: bool = False
    """The capture was not signed again, because it is not valid and the user did not ask for that."""
    ended: str = ""
    """Why the check or its search ended early, as a sentence; empty if it was complete."""
    is_searched: bool = False
    """Whether the search for a cause was complete."""


CheckStep: TypeAlias = CheckResult | CauseProbe | CheckNotice | CheckReport
