"""The sentence about a receiver: true of every combination of results, and with the cause if it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.receiver.comparison import compare_reports
from inspector.domain.receiver.framework import FrameworkGuess
from inspector.domain.receiver.report import ReceiverCause
from inspector.domain.receiver.steps import CheckReport, CheckResult
from inspector.domain.receiver.table import TESTS
from inspector.domain.receiver.verdict import STOPPED, concluded

EMPTY = ReceiverCause(
    code="body-empty",
    is_proved=True,
    summary="Your receiver verifies {} instead of the body.",
    fix="Verify the raw body.",
)
HEADER = replace(EMPTY, code="header-name", summary="Your receiver reads another header.")
LEAK = replace(EMPTY, code="receiver-leaks-signature", summary="Your receiver shows the signature.")
NOT_FOUND = replace(
    EMPTY,
    code="receiver-not-found",
    is_proved=False,
    summary="Your receiver responds with 404 to every event.",
)
CAPTCHA = replace(
    NOT_FOUND,
    code="receiver-needs-login",
    summary="Your receiver, or a proxy in front of it, asks for a login or a captcha.",
)


def exchange(status: int) -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=0,
        target="http://localhost:3000/",
        started_ms=0,
        status=status,
        elapsed_ms=6.0,
        outcome="ok" if status < 300 else "http-error",
        error=None,
        signature="original",
        edited=False,
    )
    return AttemptDetail(row=row, response_headers=(), response_body=b"", is_response_cut=False)


def results(*changed: tuple[str, str, int], says: str = "rejects 9.0") -> tuple[CheckResult, ...]:
    """Every test as a correct receiver passes it, except for the changed ones: name, result and status."""
    changes = {name: (result, status) for name, result, status in changed}
    made = []
    for test in TESTS:
        usual = 401 if test.group == "rejects" else 200
        result, status = changes.get(test.name, ("passed", usual))
        made.append(
            CheckResult(
                test=test.name,
                title=test.title,
                group=test.group,
                area=test.area,
                result=result,  # type: ignore[arg-type]
                ok=None if result == "undecided" else result != "failed",
                status=status,
                elapsed_ms=6.0,
                says=says,
                exchanges=(exchange(status),),
            )
        )
    return tuple(made)


def report(found: tuple[CheckResult, ...], **changes: object) -> CheckReport:
    made = CheckReport(verdict="correct", sentence="", results=found, total=len(TESTS), requests=41)
    return concluded(replace(made, **changes))  # type: ignore[arg-type]


REJECTED = results(*((test.name, "failed", 401) for test in TESTS if test.group == "accepts"))
TOTAL = len(TESTS)


@pytest.mark.parametrize(
    ("found", "verdict", "sentence"),
    [
        (report(results()), "correct", f"Your receiver is correct: all {TOTAL} tests pass."),
        (
            report(results(("repeated", "undecided", 200))),
            "correct",
            f"Your receiver is correct: {TOTAL - 1} of {TOTAL} tests pass.",
        ),
        (
            report(results(("not-canonical", "warning", 401))),
            "correct",
            "Your receiver is correct, with 1 warning: it rejects 9.0.",
        ),
        (
            report(results(("not-canonical", "warning", 401), ("time", "warning", 200), says="slow: 2 s")),
            "correct",
            "Your receiver is correct, with 2 warnings: JSON",
        ),
        (
            report(results(("repeated", "failed", 409))),
            "correct",
            "Your receiver verifies signatures correctly, but 1 other test fails: same event twice.",
        ),
        (
            report(results(("tampered", "failed", 500))),
            "correct",
            "Your receiver verifies signatures correctly, but 1 other test fails: body changed",
        ),
        (
            report(results(("last-digit", "failed", 200))),
            "accepts-forged",
            "Your receiver accepts forged deliveries: it compares only the beginning of the signature.",
        ),
        (
            report(results(("unsigned", "failed", 200))),
            "accepts-forged",
            "Your receiver accepts forged deliveries: it accepts events without a signature.",
        ),
        (report(REJECTED), "rejects-valid", "Your receiver rejects valid deliveries."),
        (
            report(REJECTED, is_searched=True),
            "rejects-valid",
            "Your receiver rejects valid deliveries. None of the known mistakes explains it.",
        ),
        (
            report(REJECTED, causes=(EMPTY,), is_searched=True),
            "rejects-valid",
            "Your receiver rejects valid deliveries: it verifies {} instead of the body.",
        ),
        (
            report(REJECTED, causes=(EMPTY, HEADER), is_searched=True),
            "rejects-valid",
            "Your receiver rejects valid deliveries: it verifies {} instead of the body, and reads another"
            " header.",
        ),
        (
            report(REJECTED, causes=(LEAK,), is_searched=True),
            "rejects-valid",
            "Your receiver rejects valid deliveries. None of the known mistakes explains it.",
        ),
        (
            report(REJECTED, causes=(NOT_FOUND,)),
            "rejects-valid",
            "Your receiver rejects valid deliveries: it responds with 404 to every event.",
        ),
        (
            report(REJECTED, causes=(CAPTCHA,)),
            "rejects-valid",
            "Your receiver rejects valid deliveries: it, or a proxy in front of it, asks for a login or a"
            " captcha.",
        ),
        (
            report(results(("unicode", "failed", 401), ("numbers", "failed", 401), ("large", "failed", 413))),
            "rejects-valid",
            "Your receiver rejects some valid deliveries: ",
        ),
        (
            report(results(("valid", "failed", 401), ("unsigned", "failed", 200)), causes=(EMPTY,)),
            "both",
            "Your receiver rejects some valid deliveries and accepts forged ones: it verifies {}",
        ),
        (
            report(
                results(
                    ("unicode", "failed", 500),
                    ("tampered", "failed", 200),
                    ("wrong-secret", "failed", 200),
                    ("last-digit", "failed", 200),
                )
            ),
            "both",
            "Your receiver fails on some valid deliveries: emoji and other scripts. It also accepts forged"
            " ones: it requires a signature but does not verify it.",
        ),
        (report(()), "unreachable", "The check was stopped before its first result."),
        (
            report(results()[:3]),
            "correct",
            f"Stopped after 3 of {TOTAL} tests: none failed.",
        ),
    ],
)
def test_a_verdict_is_a_sentence(found: CheckReport, verdict: str, sentence: str) -> None:
    assert found.verdict == verdict
    assert found.sentence.startswith(sentence)
    assert found.sentence.endswith(".")
    assert ".." not in found.sentence


@pytest.mark.parametrize(("status", "does"), [(401, "rejects"), (500, "fails on"), (302, "does not accept")])
def test_only_a_4xx_is_said_to_reject(status: int, does: str) -> None:
    found = results(*((test.name, "failed", status) for test in TESTS if test.group == "accepts"))
    assert report(found).sentence == f"Your receiver {does} valid deliveries."


def test_the_counts_are_the_second_line() -> None:
    guess = FrameworkGuess(key="express", label="Express", because="x-powered-by")
    failed = sum(test.group == "accepts" for test in TESTS)
    found = report(REJECTED[:-1], framework=guess, elapsed_ms=2_300.0)
    assert found.counts == (
        f"{failed} of {TOTAL} tests fail, 1 could not run. 41 requests in 2.3 s. Probably Express"
        " (x-powered-by)."
    )
    assert report(results(), elapsed_ms=31.4).counts == "41 requests in 31 ms."
    one = report(results(("repeated", "failed", 409)), ended=STOPPED)
    assert one.counts == f"1 of {TOTAL} tests fails. 41 requests in 0 ms. The check was stopped."
    early = report(results()[:3], ended=STOPPED)
    assert "stopped" not in early.counts, "the verdict says it"


def test_receivers_differ_by_result_status_verdict_and_cause() -> None:
    good = report(results())
    assert compare_reports(good, replace(good, elapsed_ms=9.0)).is_equal
    slower = report(tuple(replace(one, elapsed_ms=900.0) for one in results()))
    assert compare_reports(good, slower).is_equal, "times are not a difference"

    other = compare_reports(good, report(results(("tampered", "failed", 200))))
    assert [pair.test for pair in other.differing] == ["tampered"]
    assert other.sentence == f"The receivers differ in 1 of {TOTAL} tests."

    status = compare_reports(good, report(results(("tampered", "passed", 403))))
    assert [pair.test for pair in status.differing] == ["tampered"]
    assert status.is_same_verdict

    cause = compare_reports(report(REJECTED, causes=(EMPTY,)), report(REJECTED, causes=(HEADER,)))
    assert (cause.differing, cause.is_equal) == ((), False)
    assert cause.sentence == f"The receivers respond alike in all {TOTAL} tests, for different reasons."


def test_a_receiver_with_fewer_results_differs_in_the_missing_ones() -> None:
    ended = compare_reports(report(results()), report(results()[:2]))
    assert [pair.test for pair in ended.pairs] == [test.name for test in TESTS]
    assert (len(ended.differing), ended.differing[0].versus) == (TOTAL - 2, None)
