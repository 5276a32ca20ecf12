"""The difference between two captures as lines of text, with a minus before the first and a plus before the
second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.base.quantity import counted
from inspector.cli.output.attempt_lines import difference_lines, moment_text
from inspector.cli.output.capture_columns import verdict_badge
from inspector.cli.output.streams import Painter
from inspector.domain.capture.capture_diff import DiffLine
from inspector.domain.capture.diff_text import by_path_sentence, sentence
from inspector.domain.capture.rows import CaptureDetail
from inspector.session.comparisons import CaptureComparison

_EVENTS = {"response_group": "completion", "answer": "answer", "unknown": "unknown event"}
_WORDS = {
    "changed": "",
    "same": "same",
    "written-otherwise": "equal, but written differently",
    "only-first": "",
    "only-second": "",
    "hidden": "masked",
}


class ComparisonLines:
    """Formats a comparison. Payload text is escaped."""

    def __init__(self, out: Painter, *, has_same: bool) -> None:
        """`has_same` also shows what is the same."""
        self._out = out
        self._has_same = has_same

    def lines(self, compared: CaptureComparison) -> Iterator[str]:
        """Yield the verdict on the whole, then one section for each part that differs."""
        yield self._minus(_head(compared.first))
        yield self._plus(_head(compared.second))
        yield ""
        yield from self._sentences(compared)
        yield from self._section("Request", compared.request)
        yield from self._section("Headers", compared.headers)
        yield from self._section("Answers", compared.body.questions)
        yield from self._section("Body", compared.body.paths)
        if compared.text is not None:
            yield from self._title("Body")
            for line in difference_lines(compared.text):
                yield (
                    self._minus(line[2:])
                    if line.startswith("- ")
                    else (self._plus(line[2:]) if line.startswith("+ ") else line)
                )

    def _sentences(self, compared: CaptureComparison) -> Iterator[str]:
        if compared.is_same:
            yield "The requests are the same: method, target, headers and body."
            return
        if changed := [line.name for line in compared.request if line.is_difference]:
            yield f"The {' and the '.join(changed)} {_differ(len(changed))}."
        if different := sum(line.is_difference for line in compared.headers):
            yield f"{different:,} of {counted(len(compared.headers), 'header')} {_differ(different)}."
        for said in (sentence(compared.body), by_path_sentence(compared.body) if compared.body.paths else ""):
            if said:
                yield said

    def _section(self, title: str, lines: Sequence[DiffLine]) -> Iterator[str]:
        shown = [line for line in lines if line.is_difference or self._has_same]
        if not shown:
            return
        yield from self._title(title)
        for line in shown:
            name = "  ".join(part for part in (line.name, line.label) if part)
            word = _WORDS[line.word]
            yield f"{name}{self._out.paint(f'  ({word})', 'faint') if word else ''}"
            if line.word == "same":
                yield f"  {line.first}"
                continue
            if line.first is not None:
                yield self._minus(line.first)
            if line.second is not None:
                yield self._plus(line.second)

    def _title(self, title: str) -> Iterator[str]:
        yield ""
        yield self._out.paint(title, "strong")

    def _minus(self, text: str) -> str:
        return self._out.paint(f"- {text}", "invalid")

    def _plus(self, text: str) -> str:
        return self._out.paint(f"+ {text}", "valid")


def _head(detail: CaptureDetail) -> str:
    row = detail.row
    event = "refused" if row.kind == "refused" else _EVENTS[row.event]
    return (
        f"capture {row.id}  {moment_text(row.received_ms)}  {verdict_badge(row.shown)}"
        f"  {event}, {counted(row.size, 'byte')}"
    )


def _differ(count: int) -> str:
    return "differs" if count == 1 else "differ"
