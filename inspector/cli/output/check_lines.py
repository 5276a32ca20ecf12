"""The check of a receiver as text: the tests in groups, then the verdict, its causes and fixes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.cli.output.alignment import cut, hanging, wrapped
from inspector.cli.output.signature_text import labelled
from inspector.cli.output.streams import Painter, Style
from inspector.cli.parser import PROGRAM
from inspector.domain.receiver.report import GROUPS, counts_text
from inspector.domain.replay.attempt import status_text
from inspector.session.records.receiver import MARKS

if TYPE_CHECKING:
    from inspector.domain.capture.rows import AttemptDetail
    from inspector.domain.receiver.receiver_test import Result
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
_DULL = frozenset((b"date", b"connection", b"keep-alive", b"content-length", b"transfer-encoding", b"etag"))
"""Headers that do not explain a rejection. Dates would make equal responses look different."""
_MOST_HEADERS = 8
_MOST_LINES = 8
_MOST_CHARACTERS = 2_000
"""Maximum characters of a response in text output. JSON has everything that was read."""
_LINE = 160


def check_lines(report: CheckReport, out: Painter, *, has_all: bool) -> Iterator[str]:
    """Yield the tests in groups, those with failures first, then the verdict and what it is based on.

    `has_all` includes the tests that passed. Without it, a group that passed takes one line.
    """
    shown: list[list[str]] = []
    was_long = False
    for group in sorted(GROUPS, key=lambda group: _rank(_in(report, group))):
        if results := _in(report, group):
            lines = list(_group(GROUPS[group], results, out, shown, has_all=has_all))
            if was_long:
                yield ""
            was_long = len(lines) > 1
            yield from lines
    if report.results:
        yield ""
    yield from verdict_lines(report, out)


def verdict_lines(report: CheckReport, out: Painter) -> Iterator[str]:
    """Yield the verdict as a sentence and the counts, then each cause with its proof and fix, and the command
    that prints correct code."""
    yield from (out.paint(line, "strong") for line in wrapped(visible(report.sentence), out.width, indent=0))
    for sentence in filter(None, (report.counts, report.note)):
        yield from wrapped(visible(sentence), out.width, indent=0)
    for cause in report.causes:
        yield ""
        label = "Cause" if cause.is_proved else "Seen"
        yield from labelled(label, f"{visible(cause.summary)}  [{cause.code}]", out)
        if cause.why:
            yield from labelled("Why", visible(cause.why), out)
        if cause.proof:
            yield from labelled("Proof" if cause.is_proved else "", visible(cause.proof), out)
        yield from labelled("Fix", visible(cause.fix), out)
    if report.ruled_out and not any(cause.is_proved for cause in report.causes):
        yield ""
        yield from labelled("", f"Ruled out, each separately: {', '.join(report.ruled_out)}.", out)
    if report.verdict in ("rejects-valid", "accepts-forged", "both"):
        verifier = None if report.framework is None else report.framework.verifier
        if not report.causes and not report.ruled_out:
            yield ""
        command = f"{PROGRAM} verifier{'' if verifier is None else f' {verifier}'}"
        yield from labelled("Code", f"`{command}` prints a correct receiver.", out)


def _in(report: CheckReport, group: str) -> list[CheckResult]:
    return [result for result in report.results if result.group == group]


def _rank(results: Sequence[CheckResult]) -> int:
    return min((_ORDER.index(result.result) for result in results), default=len(_ORDER))


def _group(
    heading: str, results: Sequence[CheckResult], out: Painter, shown: list[list[str]], *, has_all: bool
) -> Iterator[str]:
    """Yield a group. `shown` has the responses that were already printed."""
    counts = out.paint(counts_text(result.result for result in results), _STYLES[_ORDER[_rank(results)]])
    yield f"{out.paint(heading, 'strong')}: {counts}"
    for kind in _ORDER if has_all else _ORDER[:-1]:
        alike: dict[str, list[CheckResult]] = {}
        for result in results:
            if result.result == kind:
                alike.setdefault(result.test if has_all else result.says, []).append(result)
        for first, *others in alike.values():
            mark = out.paint(MARKS[kind], _STYLES[kind])
            text = f"{visible(first.title)}: {visible(first.says)}"
            yield from hanging(f"{mark} ", text, out.width, indent=2)
            if others:
                titles = "; ".join(visible(other.title) for other in others)
                yield from hanging("  ", f"The same for {len(others)} more: {titles}", out.width, indent=2)
            if kind in ("failed", "warning"):
                yield from _new_response(first, out, shown)


def _new_response(result: CheckResult, out: Painter, shown: list[list[str]]) -> Iterator[str]:
    """Yield the decisive response of a test, unless the same one was printed before."""
    if not result.exchanges:
        return
    exchange = next((one for one in result.exchanges if one.row.outcome != "ok"), result.exchanges[-1])
    response = list(_response(exchange, out.width))
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
    if not body:
        return
    text = visible_block(body[:_MOST_CHARACTERS].decode("utf-8", "backslashreplace"))
    lines = [part for line in text.rstrip("\n").split("\n") for part in _pieces(line, room)]
    yield ""
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES or len(body) > _MOST_CHARACTERS or exchange.is_response_cut:
        yield "… --format json prints more of it."


def _pieces(line: str, room: int) -> list[str]:
    return textwrap.wrap(line, room, drop_whitespace=False) or [""]
