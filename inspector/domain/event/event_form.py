"""An event as a form: the respondent, and each question with its answer and its source in the body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inspector.domain.event.answers import AnswerEntry, answer_entry
from inspector.domain.event.event import Answer, Completion, Item, by_number, created_ms, items_of, read_event
from inspector.domain.event.question import unwrapped
from inspector.domain.json.json_edit import ValueChange, ValuePath, ValueSpan, quoted, value_spans
from inspector.domain.json.source import JsonSyntaxError
from inspector.domain.json.value import JsonValue, NotJSON, parse_bounded

MAX_FORM_QUESTIONS = 100
"""Further questions are edited in the JSON. Surveys have a few dozen."""
_TIME = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,6})?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A value of the event with its source."""

    path: ValuePath
    text: str
    source: str | None
    """As in the body; None if the body does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormQuestion:
    """A question with its answer, and the source of the response."""

    path: ValuePath
    item: Item
    entry: AnswerEntry
    source: str | None

    @property
    def texts(self) -> tuple[str, ...]:
        """The answer as plain texts: none if it is skipped, several for options."""
        return tuple(map(_plain, _elements(self.item.response)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForm:
    """The parts of a body that can be edited without JSON."""

    word: str
    """`response_group`, `answer` or `unknown`."""
    survey_id: str | None
    user: FormField
    platform: FormField
    times: tuple[FormField, ...]
    """Each `created_at`."""
    questions: tuple[FormQuestion, ...]
    """In question order."""
    more: int
    """The number of further questions."""

    @property
    def answered(self) -> datetime | None:
        """The latest `created_at`."""
        found = [ms for one in self.times if (ms := created_ms(one.text)) is not None]
        return datetime.fromtimestamp(max(found) / 1000, UTC) if found else None


def event_form(text: str) -> EventForm:
    """Return the form of a body. Raises JsonSyntaxError or NotJSON if it is not JSON or too large."""
    spans = value_spans(text)
    value = parse_bounded(text.encode("utf-8", "surrogatepass"))
    event = read_event(value)
    numbered = sorted(enumerate(items_of(event)), key=lambda one: by_number(one[1].question_order))
    is_answer = isinstance(event, Answer)
    paths = [() if is_answer else ("responses", place) for place, _ in numbered]
    times = [
        field for path in paths if (field := _field(text, spans, (*path, "created_at"))).source is not None
    ]
    return EventForm(
        word=event.word,
        survey_id=event.survey_id,
        user=_field(text, spans, ("user_id",), event.user_id),
        platform=_field(text, spans, ("platform",), event.platform),
        times=tuple(times),
        questions=tuple(
            _question(text, spans, path, item)
            for path, (_, item) in zip(paths[:MAX_FORM_QUESTIONS], numbered, strict=False)
        ),
        more=max(0, _count(value, event) - MAX_FORM_QUESTIONS),
    )


def _count(value: JsonValue, event: object) -> int:
    responses = value.get("responses") if isinstance(event, Completion) and isinstance(value, dict) else None
    return len(responses) if isinstance(responses, list) else 1


def _field(
    text: str, spans: Mapping[ValuePath, ValueSpan], path: ValuePath, shown: str | None = None
) -> FormField:
    span = spans.get(path)
    source = None if span is None else text[span.start : span.end]
    if shown is None and source is not None:
        shown = _plain(_parsed(source))
    return FormField(path=path, text=shown or "", source=source)


def _question(text: str, spans: Mapping[ValuePath, ValueSpan], path: ValuePath, item: Item) -> FormQuestion:
    is_bare = text[spans[path].start] != "{"  # an element that is not an object is the response itself
    place = path if is_bare else (*path, "response")
    span = spans.get(place)
    return FormQuestion(
        path=place,
        item=item,
        entry=answer_entry(item),
        source=None if span is None else text[span.start : span.end],
    )


def _parsed(source: str) -> JsonValue:
    try:
        return parse_bounded(source.encode("utf-8", "surrogatepass"))
    except NotJSON:
        return None


def _elements(response: JsonValue) -> list[JsonValue]:
    response = unwrapped(response)
    if response is None or response == "":
        return []
    return response if isinstance(response, list) else [response]


def _plain(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    return str(value) if isinstance(value, int) else getattr(value, "source", str(value))


# ---- sources of edited values


def text_source(original: str | None, text: str) -> str:
    """Return the source of a text or a number in the form of the original: quoted or not, in a list or not.

    An equal value keeps the original source.
    """
    if original is None:
        return quoted(text)
    value = _parsed(original)
    inner = unwrapped(value)
    if inner is not None and not isinstance(inner, (list, dict, bool)) and _plain(inner) == text:
        return original
    is_number = isinstance(inner, (int, float)) and not isinstance(inner, bool)
    source = text if is_number and _NUMBER.fullmatch(text) else quoted(text)
    return f"[{source}]" if isinstance(value, list) else source


def skipped_source(original: str | None) -> str:
    """Return the source of a skipped answer: `[]` for a list, else `""`; an empty original stays."""
    value = None if original is None else _parsed(original)
    if original is not None and not _elements(value):
        return original
    return "[]" if isinstance(value, list) else '""'


def options_source(original: str | None, texts: Sequence[str], *, is_several: bool) -> str:
    """Return the source of selected options. Each option of the original keeps its source, also the space
    around it."""
    if not texts:
        return skipped_source(original)
    value = None if original is None else _parsed(original)
    if not is_several and len(texts) == 1:
        return text_source(original, texts[0])
    if original is None or not isinstance(value, list) or not value:
        return f"[{','.join(map(quoted, texts))}]"
    try:
        spans = value_spans(original, 1)
    except JsonSyntaxError:
        return f"[{','.join(map(quoted, texts))}]"
    places = [spans[number,] for number in range(len(value))]
    known: dict[str, list[int]] = {}
    for number, option in enumerate(value):
        known.setdefault(_plain(option), []).append(number)
    between = original[places[0].end : places[1].start] if len(places) > 1 else ","
    parts = [original[: places[0].start]]
    for place, text in enumerate(texts):
        own = known[text].pop(0) if known.get(text) else -1
        if place:
            parts.append(original[places[own - 1].end : places[own].start] if own > 0 else between)
        parts.append(original[places[own].start : places[own].end] if own >= 0 else quoted(text))
    parts.append(original[places[-1].end :])
    return "".join(parts)


def moved_times(times: Sequence[FormField], by: timedelta) -> dict[ValuePath, str]:
    """Return the sources of all times moved by `by`, each in its own form and zone. Others are left out."""
    return {one.path: source for one in times if (source := _moved(one.text, by)) is not None}


def _moved(text: str, by: timedelta) -> str | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found["moment"]) + by
    except (ValueError, OverflowError):
        return None
    return quoted(f"{moment:%Y-%m-%dT%H:%M:%S}{found['fraction'] or ''}{found['zone'] or ''}")


# ---- changes in words


def numbers_of(changes: Sequence[ValueChange], form: EventForm | None) -> tuple[str, ...]:
    """Return the numbers of the questions that changes are about, without duplicates."""
    orders = {} if form is None else {one.path: one.entry.order for one in form.questions}
    return tuple(dict.fromkeys(order for change in changes if (order := orders.get(change.path))))
