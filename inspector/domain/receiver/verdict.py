"""The verdict of a check, in a sentence, and the line of counts below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from inspector.base.quantity import counted, duration_text
from inspector.base.visible import visible
from inspector.domain.receiver.behaviour import RECEIVER_CODE, UNSTEADY
from inspector.domain.receiver.report import SUBJECT, ReceiverCause, ReceiverVerdict, clauses
from inspector.domain.receiver.steps import CheckReport, CheckResult

UNEXPLAINED = "None of the known mistakes explains it."
LEAK = f"{RECEIVER_CODE}leaks-signature"
"""A fault that does not explain why valid events are rejected."""
STOPPED = "The check was stopped."
NO_RESULT = "The check was stopped before its first result."
_IGNORES_SIGNATURE = frozenset(("tampered", "wrong-secret", "last-digit"))
_UNVERIFIED = "it does not verify the signature"
_PREFIX_ONLY = frozenset(("last-digit", "truncated"))
_STOPPED_AFTER = "Stopped after"
_MOST_NAMED = 2
"""Maximum failed tests that the sentence names."""
_VERB = re.compile(r"(?!always|ones)[a-z]+s\b(?!:)")
"""A result that begins like `rejects a valid event` can follow `it`."""


def concluded(
    report: CheckReport, unreachable: str | None = None, *, is_cut_short: bool = False
) -> CheckReport:
    """Return the report with the verdict, its sentence and the counts that follow from its results.

    `unreachable` is why there was no connection, as a sentence. A receiver is not called correct if the check
    `is_cut_short` because it crashed, was too slow, or asks to wait for too long.
    """
    if unreachable is not None or not report.results:
        return replace(report, verdict="unreachable", sentence=unreachable or NO_RESULT)
    report = replace(report, verdict=verdict_of(report.results))
    report = replace(report, sentence=_sentence(report))
    report = replace(report, counts=counts_sentence(report))
    if is_cut_short and report.verdict == "correct":
        report = replace(report, verdict="unreachable")
    return report


def verdict_of(results: Sequence[CheckResult]) -> ReceiverVerdict:
    """Return the verdict: only tests that concern the signature count."""
    failed = {one.group for one in results if one.result == "failed" and one.area == "signature"}
    if not any(is_forgery_accepted(one) for one in results):
        failed -= {"rejects"}  # it failed on forged events instead of rejecting them
    if "accepts" not in failed and _leak(results) is not None:
        return "accepts-forged"  # anyone can read the signature there and send it
    if {"accepts", "rejects"} <= failed:
        return "both"
    return "rejects-valid" if "accepts" in failed else "accepts-forged" if "rejects" in failed else "correct"


def counts_sentence(report: CheckReport) -> str:
    """Return `9 of 26 tests fail, 4 could not run. 41 requests in 2.3 s. Probably Express (x-powered-by).`"""
    failed, warnings, undecided = (
        sum(one.result == kind for one in report.results) for kind in ("failed", "warning", "undecided")
    )
    total = max(report.total, len(report.results))
    undecided += total - len(report.results)
    parts: list[str] = []
    for count, one, many in (
        (failed, "fails", "fail"),
        (warnings, "has a warning", "have a warning"),
        (undecided, "could not run", "could not run"),
    ):
        if count:
            of = "" if parts else f" of {total} tests"
            parts.append(f"{count}{of} {one if count == 1 else many}")
    said = [", ".join(parts)] if parts and report.capture_id is None else []
    said.append(f"{counted(report.requests, 'request')} in {_took(report.elapsed_ms)}")
    if (guess := report.framework) is not None:
        said.append(f"Probably {guess.label} ({guess.because})")
    is_said = not report.ended or (report.ended == STOPPED and report.sentence.startswith(_STOPPED_AFTER))
    return " ".join([f"{part}." for part in said] + ([] if is_said else [report.ended]))


def _took(elapsed_ms: float) -> str:
    return f"{elapsed_ms:.0f} ms" if elapsed_ms < 950 else duration_text(elapsed_ms)


def _sentence(report: CheckReport) -> str:
    """Return the verdict as a sentence, with the cause if it was found."""
    if unsteady := next((cause for cause in report.causes if cause.code == UNSTEADY), None):
        return unsteady.summary
    if report.verdict == "correct":
        return _of_correct(report)
    if report.capture_id is not None and report.verdict == "accepts-forged":
        return f"Your receiver accepts capture {report.capture_id:,}, whose signature is not valid."
    if report.capture_id is not None and report.results[-1].ok:
        return _of_capture(report)
    rejects = _rejects(report)
    if report.verdict == "accepts-forged":
        return f"Your receiver accepts forged deliveries: {_forged(report.results)}."
    if report.verdict == "both":
        if not report.is_searched and not any(cause.code != LEAK for cause in report.causes):
            return f"{rejects}{_because(report)} It also accepts forged ones: {_forged(report.results)}."
        rejects += " and accepts forged ones"
    return rejects + _because(report)


def _of_capture(report: CheckReport) -> str:
    """Return the sentence about a receiver that accepts a capture, possibly only if it is signed again, or
    that must reject it."""
    if report.is_withheld:
        return f"Your receiver rejects capture {report.capture_id:,}, whose signature is not valid."
    if len(report.results) == 1:
        does = "accepts" if 200 <= (report.results[0].status or 0) < 300 else "rejects"
        return f"Your receiver {does} capture {report.capture_id:,}."
    return (
        f"Your receiver rejects capture {report.capture_id:,} as captured, and accepts it signed with"
        f" {visible(report.secret)}."
    )


def _rejects(report: CheckReport) -> str:
    """Return the beginning of the sentence about a receiver that rejects valid events."""
    if report.capture_id is not None:
        return f"Your receiver rejects capture {report.capture_id:,}"
    must = [one for one in report.results if one.group == "accepts" and one.result != "undecided"]
    is_some = any(one.result != "failed" for one in must)
    statuses = [one.status or 0 for one in must if one.result == "failed"]
    does = "fails on"
    if any(400 <= status < 500 for status in statuses):
        does = "rejects"
    elif any(300 <= status < 400 for status in statuses):
        does = "does not accept"
    return f"Your receiver {does} {'some ' if is_some else ''}valid deliveries"


def _because(report: CheckReport) -> str:
    """Return the end of the sentence: the cause, or that there is none."""
    proved = [cause for cause in report.causes if cause.is_proved and cause.code != LEAK]
    other = [cause for cause in report.causes if cause.code.startswith(RECEIVER_CODE) and cause.code != LEAK]
    if proved:
        return _causes(proved)
    if other:
        return _causes(other[:1])
    if observed := [cause for cause in report.causes if not cause.is_proved]:
        return f". Possible cause: {observed[0].summary}"
    if report.is_searched:
        return f". {UNEXPLAINED}"
    failed = [one for one in report.results if one.result == "failed" and one.group == "accepts"]
    is_known = any(one.result != "failed" for one in report.results if one.group == "accepts")
    return f": {_named(failed)}." if is_known and failed else "."


def _causes(causes: Sequence[ReceiverCause]) -> str:
    """Return causes as the end of a sentence: `: it verifies {}, and reads another header.`"""
    if all(cause.summary.startswith(SUBJECT) for cause in causes):
        return f": it {clauses([cause.says for cause in causes])}."
    first, *others = (cause.summary for cause in causes)
    if first.startswith(SUBJECT.rstrip()):  # `Your receiver, or a proxy …`
        first = f": it{first.removeprefix(SUBJECT.rstrip())}"
    else:
        first = f". {first}"
    return " ".join([first, *others])


def is_forgery_accepted(result: CheckResult) -> bool:
    """Return whether the receiver accepted a forged event, and did not only fail on it."""
    is_accepted = result.status is not None and 200 <= result.status < 300
    return result.group == "rejects" and result.result == "failed" and is_accepted


def _leak(results: Sequence[CheckResult]) -> CheckResult | None:
    """Return the result of the test that found the expected signature in a response, or None."""
    return next((one for one in results if one.test == "leak" and one.result == "failed"), None)


def _forged(results: Sequence[CheckResult]) -> str:
    """Return which forged events were accepted, as the end of a sentence."""
    leak = _leak(results)
    if leak is not None and not any(is_forgery_accepted(one) for one in results):
        return leak.says
    failed = [one for one in results if is_forgery_accepted(one)]
    names = {one.test for one in failed}
    if names >= _IGNORES_SIGNATURE:
        requires = "unsigned" not in names
        return "it requires a signature but does not verify it" if requires else _UNVERIFIED
    if names <= _PREFIX_ONLY:
        return "it compares only the beginning of the signature"
    if names <= {"unsigned", "empty-signature", "empty"}:
        return "it accepts events without a signature"
    return _named(failed)


def _named(results: Sequence[CheckResult]) -> str:
    """Return the titles of a few tests: `emoji and other scripts, unusual numbers and 3 more`."""
    names = [_within(one.title) for one in results[:_MOST_NAMED]]
    if (more := len(results) - len(names)) > 0:
        names.append(f"{more} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _within(title: str) -> str:
    """Return a title as it is written within a sentence."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _of_correct(report: CheckReport) -> str:
    """Return the sentence about a receiver that verifies signatures correctly."""
    results = report.results
    if report.capture_id is not None:
        return _of_capture(report)
    failed = [one for one in results if one.result == "failed"]
    warned = [one for one in results if one.result == "warning"]
    decided = [one for one in results if one.result != "undecided"]
    if len(results) < report.total:
        found = f"{len(failed)} failed" if failed else "none failed"
        return f"{_STOPPED_AFTER} {len(results)} of {report.total} tests: {found}."
    if failed:
        says = f"{counted(len(failed), 'other test')} {'fails' if len(failed) == 1 else 'fail'}"
        return f"Your receiver verifies signatures correctly, but {says}: {_named(failed)}."
    if warned:
        says = counted(len(warned), "warning")
        first, _, _ = warned[0].says.partition(": ")  # the rest is next to the test
        end = f": it {first}" if _VERB.match(first) else f": {_within(warned[0].title)}"
        return f"Your receiver is correct, with {says}{end}."
    if len(decided) < len(results):
        return f"Your receiver is correct: {len(decided)} of {len(results)} tests pass."
    return f"Your receiver is correct: all {len(results)} tests pass."
