"""What scripts, pipelines and colleagues get of a check: JSON objects, JUnit XML and text."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from inspector.domain.receiver.framework import FrameworkGuess
from inspector.domain.receiver.report import ReceiverCause
from inspector.domain.receiver.steps import CheckReport, CheckResult
from inspector.domain.receiver.verdict import concluded
from inspector.session.records.receiver import check_record, check_report_record, junit_text, report_text

CAUSE = ReceiverCause(
    code="body-empty",
    is_proved=True,
    summary="Your receiver verifies {} instead of the body.",
    why="No JSON parser runs before the route.",
    proof="It accepted an event signed over {}.",
    fix="Verify the raw body.",
    detail={"dialect": "javascript"},
)


def a_result(result: str = "passed", **changes: object) -> CheckResult:
    boring: dict[str, object] = {
        "test": "valid",
        "title": "Valid completion",
        "group": "accepts",
        "area": "signature",
        "result": result,
        "ok": {"failed": False, "undecided": None}.get(result, True),
        "status": 200,
        "elapsed_ms": 6.0,
        "says": "accepts it",
    }
    return CheckResult(**{**boring, **changes})  # type: ignore[arg-type]


def a_report(*results: CheckResult, **changes: object) -> CheckReport:
    report = CheckReport(
        verdict="correct",
        sentence="",
        results=results,
        requests=41,
        elapsed_ms=2_300,
        to="http://localhost:3000/hook",
        secret="production",
        total=len(results),
    )
    return concluded(replace(report, **changes))  # type: ignore[arg-type]


REJECTS = (
    a_result("failed", says="rejects a valid event (responds with 401)", status=401),
    a_result(test="unsigned", title="No signature", group="rejects", says="rejects it with 401"),
    a_result("undecided", test="repeated", title="Same event twice", group="behaves", area="idempotency"),
)


def test_the_last_object_has_the_verdict_and_the_causes_with_their_details() -> None:
    guess = FrameworkGuess(key="express", label="Express", because="x-powered-by", verifier="node")
    record = check_report_record(a_report(*REJECTS, causes=(CAUSE,), framework=guess))
    assert record["verdict"] == "rejects-valid"
    assert record["sentence"] == (
        "Your receiver rejects valid deliveries: it verifies {} instead of the body."
    )
    assert record["causes"] == [
        {
            "code": "body-empty",
            "proved": True,
            "summary": "Your receiver verifies {} instead of the body.",
            "why": "No JSON parser runs before the route.",
            "proof": "It accepted an event signed over {}.",
            "fix": "Verify the raw body.",
            "dialect": "javascript",
        }
    ]
    assert (record["framework"], record["framework_because"], record["verifier"]) == (
        "express", "x-powered-by", "node",
    )  # fmt: skip
    assert record["tests"] == {"total": 3, "passed": 1, "warning": 0, "failed": 1, "undecided": 1}
    assert record["requests"] == 41


def test_a_detail_of_a_cause_cannot_replace_its_code() -> None:
    report = a_report(*REJECTS, causes=(replace(CAUSE, detail={"code": "x", "proved": False}),))
    [cause] = check_report_record(report)["causes"]
    assert (cause["code"], cause["proved"]) == ("body-empty", True)


def test_an_object_of_a_test_has_its_group_and_area() -> None:
    record = check_record(REJECTS[2])
    assert (record["group"], record["area"], record["ok"]) == ("behaves", "idempotency", None)


def test_junit_has_a_case_per_test_and_properties_for_the_verdict() -> None:
    hostile = a_result(
        "failed", test="x", status=401, says="responds with \x00\x1b]0;<b>&\ud800\ufffe", group="rejects"
    )
    warned = a_result("warning", test="y", title="JSON with 9.0", says="rejects 9.0")
    report = a_report(*REJECTS, hostile, warned, causes=(CAUSE,))
    root = ElementTree.fromstring(junit_text(report).encode())
    suite = root.find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "2", "errors": "0", "skipped": "1",
    }  # fmt: skip
    cases = {(case.get("classname"), case.get("name")) for case in suite.iter("testcase")}
    assert ("Rejects what it must", "No signature") in cases
    failures = [failure.get("message") for failure in suite.iter("failure")]
    assert failures == [
        "rejects a valid event (responds with 401)",
        "responds with \\u0000\\u001b]0;<b>&\\ud800\\ufffe",
    ]
    properties = [(one.get("name"), one.get("value")) for one in suite.iter("property")]
    assert ("verdict", "rejects-valid") in properties
    assert ("cause", f"body-empty: {CAUSE.summary} {CAUSE.fix}") in properties
    assert [out.text for out in suite.iter("system-out")] == ["Warning: rejects 9.0"]


def test_junit_skips_a_failure_that_is_not_required() -> None:
    late = a_result("failed", test="repeated", group="behaves", area="idempotency")
    root = ElementTree.fromstring(junit_text(a_report(late), required=("signature",)))
    assert (len(list(root.iter("failure"))), len(list(root.iter("skipped")))) == (0, 1)


def test_junit_of_an_unreachable_receiver_is_an_error() -> None:
    report = concluded(a_report(), "Nothing listens at localhost:3000.")
    root = ElementTree.fromstring(junit_text(report))
    assert [error.get("message") for error in root.iter("error")] == ["Nothing listens at localhost:3000."]


def test_text_has_the_verdict_first_and_a_line_per_test() -> None:
    lines = report_text(a_report(*REJECTS, causes=(CAUSE,))).splitlines()
    assert lines[:4] == [
        "Check of http://localhost:3000/hook, signed with production",
        "",
        "Your receiver rejects valid deliveries: it verifies {} instead of the body.",
        "1 of 3 tests fails, 1 could not run. 41 requests in 2.3 s.",
    ]
    assert "Cause: Your receiver verifies {} instead of the body. [body-empty]" in lines
    assert "Accepts what it must: 1 of 1 fails" in lines
    assert "✗ Valid completion: rejects a valid event (responds with 401) (401)" in lines
