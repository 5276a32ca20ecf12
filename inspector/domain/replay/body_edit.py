"""An edited body in its three forms: the exact text, its layout, and the event that it is.

An edit of one is followed by the others. Pure and picklable, for the worker if the body is long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.domain.capture.line_diff import LinePair
from inspector.domain.event.event_form import EventForm, event_form, numbers_of, text_source
from inspector.domain.json.json_edit import (
    ValueChange,
    ValuePath,
    followed,
    laid_out,
    quoted,
    value_changes,
    value_spans,
    with_values,
)
from inspector.domain.json.json_path import step_text
from inspector.domain.json.source import JsonSyntaxError, compact, pretty
from inspector.domain.json.value import NotJSON

MAX_SHOWN_CHANGES = 20
_PIECE = 64 * 1024
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLayout:
    """A text of a body, and the layout that is edited instead of it."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedBody:
    """A body after an edit."""

    text: str
    """The exact text that is sent."""
    shown: str
    """The text with one value per line; as typed while it is not JSON."""
    base: BodyLayout
    """The last state that was JSON, which edits of the layout are compared with."""
    problem: str | None
    """Why it is not JSON, as a sentence with the line of `shown`; None if it is."""
    form: EventForm | None
    """None if the text is not JSON, or too large."""
    changes: tuple[ValueChange, ...] | None
    """The values that differ from the original; None if either is not JSON."""
    lines: tuple[int, ...]
    """The numbers of the lines of `shown` with a changed value, from 0."""


def edited_body(
    original: str,
    base: BodyLayout,
    *,
    text: str | None = None,
    shown: str | None = None,
    values: Mapping[ValuePath, str | None] | None = None,
) -> EditedBody:
    """Return the body after an edit of its text, of its layout, or of single values.

    `values` maps paths to new sources, which are set last.
    """
    if shown is not None:
        text = followed(base.text, base.shown, shown)
    elif text is None:
        text = base.text
    if values:
        with suppress(JsonSyntaxError):
            text, shown = with_values(text, values), None
    problem = _problem(text)
    if shown is None:
        shown = laid_out(text)
    elif problem is not None:
        problem = _problem(shown) or problem
    if problem is not None:
        return EditedBody(
            text=text, shown=shown, base=base, problem=problem, form=None, changes=None, lines=()
        )
    changes = _changes(original, text)
    return EditedBody(
        text=text,
        shown=shown,
        base=BodyLayout(text=text, shown=shown),
        problem=None,
        form=_form(text),
        changes=changes,
        lines=_lines(shown, changes or ()),
    )


def with_edits(
    text: str, edits: Sequence[tuple[ValuePath, str]], *, hint: str = "`show ID` prints the body."
) -> str:
    """Return the text with other values at these paths, in which None is every element of an array.

    A value is JSON if it is quoted, an object, an array, true, false or null. Anything else is a text or a
    number, in the form of the value that it replaces. Raises UsageError for a path without a value, with
    `hint` as the next step, or if the text is not JSON.
    """
    for path, value in edits:
        try:
            spans = value_spans(text, len(path))
        except JsonSyntaxError as error:
            raise UsageError(f"The body is not JSON, so its values cannot be edited. {error.short}") from None
        found = [
            one
            for one in spans
            if len(one) == len(path) and all(step in (None, own) for step, own in zip(path, one, strict=True))
        ]
        if not found:
            named = "$" + "".join("[*]" if step is None else step_text(step) for step in path)
            raise UsageError(f"The body has no value at {named}. {hint}")
        is_json = value[:1] in ('"', "{", "[") or value in ("true", "false", "null")
        if is_json and (problem := _problem(value)) is not None:
            raise UsageError(f"The new value {shortened(visible(value), 60)} is not JSON. {problem}")
        sources = {one: text[spans[one].start : spans[one].end] for one in found}
        text = with_values(
            text, {one: value if is_json else text_source(source, value) for one, source in sources.items()}
        )
    return text


def _problem(text: str) -> str | None:
    try:
        value_spans(text, 0)
    except JsonSyntaxError as error:
        return error.short
    return None


def _form(text: str) -> EventForm | None:
    try:
        return event_form(text)
    except NotJSON:
        return None


def _changes(original: str, text: str) -> tuple[ValueChange, ...] | None:
    try:
        return value_changes(original, text)
    except JsonSyntaxError:
        return None


def _lines(shown: str, changes: Sequence[ValueChange]) -> tuple[int, ...]:
    if not changes:
        return ()
    spans = value_spans(shown)
    found: set[int] = set()
    for change in changes:
        span = spans.get(change.path)
        if span is not None and change.path:
            first = shown.count("\n", 0, span.member)
            found.update(range(first, first + shown.count("\n", span.member, span.end) + 1))
    return tuple(sorted(found))


def change_lines(changes: Sequence[ValueChange], form: EventForm | None) -> tuple[tuple[LinePair, ...], str]:
    """Return the changed values as lines such as `"response":"9"`, and how many more there are.

    The order is that of the new text.
    """
    pairs = [
        LinePair(before=_line(change, change.before), after=_line(change, change.after), is_same=False)
        for change in changes[:MAX_SHOWN_CHANGES]
    ]
    left = changes[MAX_SHOWN_CHANGES:]
    if not left:
        return tuple(pairs), ""
    orders = numbers_of(left, form)
    more = f"{len(left):,} more {'line' if len(left) == 1 else 'lines'}"
    if len(orders) == len(left):
        joined = orders[0] if len(orders) == 1 else f"{', '.join(orders[:-1])} and {orders[-1]}"
        more += f": {'answer' if len(orders) == 1 else 'answers'} {shortened(joined, 80)}"
    return tuple(pairs), more


def _line(change: ValueChange, source: str | None) -> str | None:
    if source is None:
        return None
    name = change.path[-1] if change.path else None
    head = f"{quoted(name)}:" if isinstance(name, str) else ""
    whole = {"{": "{…}", "[": "[…]"}.get(source, source)
    return shortened(visible(head + whole), _LONGEST)


def formatted(text: str) -> str | None:
    """Return the text with one line per value; None if it is not JSON."""
    try:
        return "".join(pretty(text, _PIECE))
    except JsonSyntaxError:
        return None


def compacted(text: str) -> str | None:
    """Return the text on one line, without white space between values; None if it is not JSON."""
    try:
        return compact(text)
    except JsonSyntaxError:
        return None
