"""The check of a receiver as text: the tests in groups, then the verdict, its causes and fixes."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.cli.output.alignment import cut, hanging, wrapped
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.signature_text import labelled
from inspector.cli.output.streams import Painter, Style
from inspector.cli.output.tables import aligned
from inspector.cli.parser import PROGRAM
from inspector.domain.receiver.receiver_test import NEEDS_ACCEPTED
from inspector.domain.receiver.report import GROUPS, SUBJECT, counts_text
from inspector.domain.replay.attempt import status_text
from inspector.session.records.receiver import MARKS

if TYPE_CHECKING:
    from inspector.domain.capture.rows import AttemptDetail
    from inspector.domain.receiver.comparison import VersusReport
    from inspector.domain.receiver.receiver_test import Result
    from inspector.domain.receiver.report import ReceiverCause
    from inspector.session.receiver.check import CheckReport, CheckResult

_STYLES: Mapping[Result, Style] = {
    "passed": "valid",
    "warning": "rewritten",
    "failed": "invalid",
    "undecided": "unchecked",
}
_ORDER: Sequence[Result] = ("failed", "warning", "undecided", "passed")
"""The results from what matters most to what matters least."""
_INDENT = "    "
_DULL = frozenset(
    (
        *(b"date", b"connection", b"keep-alive", b"content-length", b"transfer-encoding", b"etag", b"vary"),
        b"set-cookie",
        *(b"content-security-policy", b"x-content-type-options", b"x-frame-options", b"referrer-policy"),
        *(b"cross-origin-opener-policy", b"strict-transport-security", b"cache-control"),
    )
)
"""Headers that do not explain a rejection. Dates would make equal responses look different."""
_NO_TEXT = re.compile(r"<(style|script|title)\b[^>]*>.*?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>?")
_MOST_HEADERS = 8
_MOST_LINES = 6
_MOST_CHARACTERS = 2_000
"""Maximum characters of a response in text output. JSON has everything that was read."""
_LINE = 160
_NOT_IN_CODE = frozenset(
    ("receiver-not-found", "receiver-redirects", "receiver-needs-login", "receiver-rate-limit")
)
"""Causes that correct code does not cure: the URL or a proxy is wrong."""


def check_lines(report: CheckReport, out: Painter, *, has_all: bool) -> Iterator[str]:
    """Yield the tests in groups, those with failures first, then the verdict and what it is based on.

    `has_all` includes the tests that passed or were not run. Without it, a group that passed takes one line.
    """
    shown: list[list[str]] = []
    was_long = False
    for group in sorted(GROUPS, key=lambda group: _rank(_in(report, group))):
        if results := _in(report, group):
            heading = "" if report.capture_id is not None else GROUPS[group]
            lines = list(_group(heading, results, out, shown, has_all=has_all))
            if was_long:
                yield ""
            was_long = len(lines) > 1
            yield from lines
    if report.results:
        yield ""
    yield from verdict_lines(report, out)


def versus_lines(report: VersusReport, out: Painter, *, has_all: bool) -> Iterator[str]:
    """Yield the tests whose results differ between two receivers, then the verdict on each of them.

    `has_all` includes the tests with equal results.
    """
    if pairs := report.pairs if has_all else report.differing:
        rows = [(visible(pair.title), _short(pair.to), _short(pair.versus)) for pair in pairs]
        yield from aligned([("", "to", "versus"), *rows], out.width)
        yield ""
    yield from (out.paint(line, "strong") for line in wrapped(visible(report.sentence), out.width, indent=0))
    for name, one in (("to", report.to), ("versus", report.versus)):
        yield ""
        yield out.paint(f"{name} {visible(one.to)}", "name")
        yield from verdict_lines(one, out)


def _short(result: CheckResult | None) -> str:
    """Return a result in two words: `✗ 401`."""
    if result is None or result.result == "undecided":
        return f"{MARKS['undecided']} not tested"
    return f"{MARKS[result.result]} {NOTHING if result.status is None else result.status}"


def verdict_lines(report: CheckReport, out: Painter) -> Iterator[str]:
    """Yield the verdict as a sentence and the counts, then each cause with its proof and fix, and the command
    that prints correct code."""
    yield from (out.paint(line, "strong") for line in wrapped(visible(report.sentence), out.width, indent=0))
    for sentence in filter(None, (report.counts, report.note)):
        yield from wrapped(visible(sentence), out.width, indent=0)
    is_faultless = all(one.result not in ("failed", "warning") for one in _of_signature(report))
    if report.verdict == "correct" and not report.causes and is_faultless:
        return
    proof = ""
    for cause in report.causes:
        yield ""
        is_said = cause.summary.removeprefix(SUBJECT.rstrip()).removesuffix(".") in report.sentence
        yield from _cause(cause, out, is_said=is_said, has_proof=cause.proof != proof)
        proof = cause.proof
    if not report.causes:
        yield ""
        if report.is_searched and report.ruled_out:
            secret = visible(report.secret)
            check = f"Compare the receiver's secret with {secret}. A wrong secret leaves no trace."
            if report.capture_id is None:
                check += " If it also checks the app_key or the survey, use --capture."
            yield from labelled("Check", check, out)
            ruled_out = f"Ruled out, each separately: {', '.join(report.ruled_out)}."
            yield from labelled("", ruled_out, out)
    if report.causes and report.causes[0].code in _NOT_IN_CODE:
        return
    verifier = None if report.framework is None else report.framework.verifier
    command = f"{PROGRAM} verifier{'' if verifier is None else f' {verifier}'}"
    yield from labelled("Code", f"`{command}` prints a correct receiver.", out)


def _of_signature(report: CheckReport) -> list[CheckResult]:
    return [result for result in report.results if result.area == "signature"]


def _cause(cause: ReceiverCause, out: Painter, *, is_said: bool, has_proof: bool) -> Iterator[str]:
    """Yield a cause. If the verdict says it already (`is_said`), only yield its reason in the code."""
    what = cause.why if is_said else f"{cause.summary} {cause.why}".rstrip()
    proof = cause.proof if has_proof else ""
    label = "Cause" if cause.is_proved else "Seen"
    if not what or not cause.is_proved:
        what, proof = f"{what} {proof}".strip() or cause.summary, ""
    yield from labelled(label, f"{visible(what)}  [{cause.code}]", out)
    if proof:
        yield from labelled("Proof", visible(proof), out)
    yield from labelled("Fix", visible(cause.fix), out)


def _in(report: CheckReport, group: str) -> list[CheckResult]:
    return [result for result in report.results if result.group == group]


def _rank(results: Sequence[CheckResult]) -> int:
    return min((_ORDER.index(result.result) for result in results), default=len(_ORDER))


def _group(
    heading: str, results: Sequence[CheckResult], out: Painter, shown: list[list[str]], *, has_all: bool
) -> Iterator[str]:
    """Yield a group, sorted by result if it has a heading. `shown` has the responses that were printed."""
    reasons = {result.says for result in results if result.result == "undecided"}
    hidden = {"passed", "undecided"} if reasons == {NEEDS_ACCEPTED} else {"passed"}
    if heading:
        counts = counts_text(result.result for result in results)
        if "undecided" in hidden and not has_all:
            counts += f" ({NEEDS_ACCEPTED})"
        counts = out.paint(counts, _STYLES[_ORDER[_rank(results)]])
        yield f"{out.paint(heading, 'strong')}: {counts}"
    for kind in _ORDER if heading else (None,):
        if kind in hidden and not has_all:
            continue
        alike: dict[str, list[CheckResult]] = {}
        for result in results:
            if kind in (None, result.result):
                alike.setdefault(result.test if has_all else result.says, []).append(result)
        for first, *others in alike.values():
            mark = out.paint(MARKS[first.result], _STYLES[first.result])
            text = f"{visible(first.title)}: {visible(first.says)}"
            yield from hanging(f"{mark} ", text, out.width, indent=2)
            if others:
                titles = "; ".join(visible(other.title) for other in others)
                yield from hanging("  ", f"The same for {len(others)} more: {titles}", out.width, indent=2)
            if first.result in ("failed", "warning"):
                yield from _new_response(first, out, shown)


def _new_response(result: CheckResult, out: Painter, shown: list[list[str]]) -> Iterator[str]:
    """Yield the decisive response of a test, unless the same one was printed before."""
    if not result.exchanges:
        return
    response = list(_response(result.exchanges[result.decisive], out.width))
    if response in shown:
        return
    shown.append(response)
    yield from (out.paint(f"{_INDENT}{line}", "faint") if line else "" for line in response)


def _response(exchange: AttemptDetail, width: int | None) -> Iterator[str]:
    """Yield a response in lines that fit: status, headers and the start of the body.

    Empty without a response, because the result explains why.
    """
    if exchange.row.status is None:
        return
    room = min(_LINE, width - len(_INDENT)) if width is not None else _LINE
    yield status_text(exchange.row.status)
    headers = [pair for pair in exchange.response_headers if pair[0].lower() not in _DULL]
    for name, value in headers[:_MOST_HEADERS]:
        yield cut(f"{visible_bytes(name)}: {visible_bytes(value[:_MOST_CHARACTERS])}", room)
    if (more := len(headers) - _MOST_HEADERS) > 0:
        yield f"… {more:,} more headers"
    body = exchange.response_body
    text = body[:_MOST_CHARACTERS].decode("utf-8", "backslashreplace")
    if any(name.lower() == b"content-type" and b"html" in value for name, value in exchange.response_headers):
        lines = wrapped(visible(_text_of_html(text)), room, indent=0)
    else:
        lines = [
            part for line in visible_block(text).rstrip("\n").split("\n") for part in _pieces(line, room)
        ]
    if not any(lines):
        return
    yield ""
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES or len(body) > _MOST_CHARACTERS or exchange.is_response_cut:
        yield "… --format json prints more of it."


def _text_of_html(page: str) -> str:
    """Return the text of an error page without its markup, in one paragraph."""
    return " ".join(html.unescape(_TAG.sub(" ", _NO_TEXT.sub(" ", page))).split())


def _pieces(line: str, room: int) -> list[str]:
    return textwrap.wrap(line, room, drop_whitespace=False) or [""]
