"""Checks of a receiver as JSON objects, as JUnit XML for pipelines, and as text to share."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from inspector.base.clock import rfc3339
from inspector.base.visible import visible
from inspector.domain.receiver.comparison import VersusReport
from inspector.domain.receiver.report import GROUPS, counts_text
from inspector.session.records.captures import request_and_response

if TYPE_CHECKING:
    from inspector.domain.receiver.comparison import ResultPair
    from inspector.domain.receiver.receiver_test import Result
    from inspector.domain.receiver.report import Area, ReceiverCause
    from inspector.session.receiver.check import CheckReport, CheckResult

MARKS: Mapping[Result, str] = {"passed": "✓", "warning": "!", "failed": "✗", "undecided": "?"}
"""The sign for each result."""
_COMPARED = ("result", "ok", "status", "elapsed_ms", "says")
_MOST_BYTES = 48 * 1024
"""Maximum bytes of a sent body in a record. The event of 1 MB is longer."""
_MOST_BASE64 = _MOST_BYTES // 3 * 4
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot contain, not even escaped."""


def check_record(result: CheckResult) -> dict[str, Any]:
    """Return the result of one receiver test as `check` prints it, with the request and the response."""
    return {
        "test": result.test,
        "ok": result.ok,
        "status": result.status,
        "elapsed_ms": round(result.elapsed_ms, 3),
        "says": result.says,
        "result": result.result,
        "title": result.title,
        "group": result.group,
        "area": result.area,
        "exchanges": [
            {
                "status": one.row.status,
                "elapsed_ms": None if one.row.elapsed_ms is None else round(one.row.elapsed_ms, 3),
                "outcome": one.row.outcome,
                "error": one.row.error,
                **_bounded(request_and_response(one, b""), len(one.sent_body or b"")),
            }
            for one in result.exchanges
        ],
    }


def _bounded(exchange: dict[str, Any], sent_bytes: int) -> dict[str, Any]:
    """Return an exchange with the start of a large body: a line of JSON must stay readable."""
    sent = exchange["sent"]
    if sent is not None:
        sent = {**sent, "body": sent["body"][:_MOST_BASE64], "cut": sent_bytes > _MOST_BYTES}
    return {**exchange, "sent": sent}


def check_report_record(report: CheckReport) -> dict[str, Any]:
    """Return the verdict of a check as `check` prints it last."""
    guess = report.framework
    return {
        "verdict": report.verdict,
        "sentence": report.sentence,
        "causes": [_cause_record(cause) for cause in report.causes],
        "ruled_out": list(report.ruled_out),
        "framework": None if guess is None else guess.key,
        "framework_because": None if guess is None else guess.because,
        "verifier": None if guess is None else guess.verifier,
        "requests": report.requests,
        "elapsed_ms": round(report.elapsed_ms, 3),
        "tests": {
            "total": max(report.total, len(report.results)),
            **{
                kind: sum(result.result == kind for result in report.results)
                for kind in ("passed", "warning", "failed", "undecided")
            },
        },
        "searched": report.is_searched,
        "probes": [
            {"words": probe.words, "accepted": probe.is_accepted, "status": probe.exchange.row.status}
            for probe in report.probes
        ],
        "ended": report.ended or None,
        "note": report.note or None,
        "withheld": report.is_withheld,
        "capture": report.capture_id,
        "to": report.to,
        "secret": report.secret,
        "started_at": rfc3339(report.started_ms),
    }


def _cause_record(cause: ReceiverCause) -> dict[str, Any]:
    return {
        **cause.detail,
        "code": cause.code,
        "proved": cause.is_proved,
        "summary": cause.summary,
        "why": cause.why or None,
        "proof": cause.proof or None,
        "fix": cause.fix,
    }


def report_json(report: CheckReport | VersusReport) -> str:
    """Return a check as JSON lines: one object per test, and the verdict, as `check` prints them."""
    if isinstance(report, VersusReport):
        records = [*map(compared_test_record, report.pairs), versus_record(report)]
    else:
        records = [*map(check_record, report.results), check_report_record(report)]
    return "".join(f"{json.dumps(record)}\n" for record in records)


def compared_test_record(pair: ResultPair) -> dict[str, Any]:
    """Return the results of one test at two receivers as `check --versus` prints them."""
    return {
        "test": pair.test,
        "title": pair.title,
        "group": pair.group,
        "area": pair.area,
        "equal": pair.is_equal,
        **{
            side: None if result is None else {key: check_record(result)[key] for key in _COMPARED}
            for side, result in (("to", pair.to), ("versus", pair.versus))
        },
    }


def versus_record(report: VersusReport) -> dict[str, Any]:
    """Return how two receivers differ as `check --versus` prints it last."""
    return {
        "equal": report.is_equal,
        "sentence": report.sentence,
        "differing": [pair.test for pair in report.differing],
        "to": check_report_record(report.to),
        "versus": check_report_record(report.versus),
    }


def junit_text(report: CheckReport, required: Collection[Area] | None = None) -> str:
    """Return a check as JUnit XML: one test case per test, with the verdict and the causes as properties.

    A failed test of an area that is not `required` is skipped. By default, every area is required.
    """
    suite = ElementTree.Element(
        "testsuite",
        name=_xml(f"Check of {report.to}"),
        timestamp=rfc3339(report.started_ms),
        time=f"{report.elapsed_ms / 1000:.3f}",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(report):
        ElementTree.SubElement(properties, "property", name=name, value=_xml(value))
    for result in report.results:
        _add_case(suite, result, is_required=required is None or result.area in required)
    if report.verdict == "unreachable":
        case = ElementTree.SubElement(suite, "testcase", classname="check", name="Reach the receiver")
        ElementTree.SubElement(case, "error", message=_xml(report.sentence))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _properties(report: CheckReport) -> Iterator[tuple[str, str]]:
    yield "verdict", report.verdict
    yield "sentence", report.sentence
    for cause in report.causes:
        yield "cause", f"{cause.code}: {cause.summary} {cause.fix}"
    if report.framework is not None:
        yield "framework", report.framework.label
    yield "requests", str(report.requests)


def _add_case(suite: ElementTree.Element, result: CheckResult, *, is_required: bool) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=GROUPS[result.group],
        name=result.title,
        time=f"{result.elapsed_ms / 1000:.3f}",
    )
    if result.result == "failed" and is_required:
        failure = ElementTree.SubElement(case, "failure", message=_xml(result.says), type=result.area)
        statuses = [str(one.row.status or one.row.error) for one in result.exchanges]
        failure.text = _xml(f"{result.says}\nResponses: {', '.join(statuses)}")
    elif result.result in ("failed", "undecided"):
        ElementTree.SubElement(case, "skipped", message=_xml(result.says))
    elif result.result == "warning":
        ElementTree.SubElement(case, "system-out").text = _xml(f"Warning: {result.says}")


def _xml(text: str) -> str:
    """Return text for XML: what a receiver sent can contain characters that XML cannot."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def report_text(report: CheckReport | VersusReport) -> str:
    """Return a check as text for sharing: the verdict, its causes, and one line per test.

    For two receivers, the tests that differ come first, and then both checks.
    """
    if isinstance(report, VersusReport):
        lines = [report.sentence, *map(_difference, report.differing), ""]
        return "\n".join([*lines, report_text(report.to), report_text(report.versus)])
    lines = [f"Check of {visible(report.to)}, signed with {visible(report.secret)}", ""]
    lines += [visible(line) for line in (report.sentence, report.counts, report.note) if line]
    for cause in report.causes:
        label = "Cause" if cause.is_proved else "Seen"
        lines += ["", f"{label}: {visible(cause.summary)} [{cause.code}]"]
        lines += [f"{name}: {visible(text)}" for name, text in _parts(cause) if text]
    if report.ruled_out and not any(cause.is_proved for cause in report.causes):
        lines += ["", f"Ruled out: {', '.join(report.ruled_out)}."]
    for group, heading in GROUPS.items():
        if results := [result for result in report.results if result.group == group]:
            lines += ["", f"{heading}: {counts_text(result.result for result in results)}"]
            lines += map(_line, results)
    return "\n".join([*lines, ""])


def _parts(cause: ReceiverCause) -> tuple[tuple[str, str], ...]:
    return ("Why", cause.why), ("Proof", cause.proof), ("Fix", cause.fix)


def _difference(pair: ResultPair) -> str:
    sides = [
        "? not run" if result is None else f"{MARKS[result.result]} {result.status or '–'}"
        for result in (pair.to, pair.versus)
    ]
    return f"{pair.title}: {' · '.join(sides)}"


def _line(result: CheckResult) -> str:
    status = "–" if result.status is None else str(result.status)
    took = f"{result.elapsed_ms:,.1f} ms" if result.exchanges else ""
    return f"{MARKS[result.result]} {result.title}: {visible(result.says)} ({status}{took and f', {took}'})"
