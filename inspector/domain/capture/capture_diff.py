"""The difference between two captures: by question, as grouping compares answers, and by JSON path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.event.event import Item, by_number, items_of, read_event
from inspector.domain.event.question import normal_form, question_type, response_text
from inspector.domain.json.json_index import JsonIndex, index_json
from inspector.domain.json.value import NotJSON, parse, parse_bounded
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.content import decoded

MAX_SHOWN = 1_000
"""Maximum characters of a value in a line. The whole value is compared."""
MAX_PATHS = 5_000
_DOTS = DOTS.encode()
_MAX_PARSED = 10_000
"""A longer value is compared by its source, not by its meaning."""

DiffWord = Literal["same", "written-otherwise", "changed", "only-first", "only-second", "hidden"]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One question or path with the values of both captures. Texts are made visible."""

    name: str
    """The number of a question, or a path."""
    label: str = ""
    """The text of a question."""
    first: str | None
    """None if the first capture has no such question or path."""
    second: str | None
    word: DiffWord

    @property
    def is_difference(self) -> bool:
        """Whether the line is shown as a difference. A hidden line never is."""
        return self.word not in ("same", "hidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureDiff:
    """The common parts and the differences of two captures."""

    is_same_body: bool
    """Whether the bodies are equal byte for byte, as transferred."""
    questions: tuple[DiffLine, ...] = ()
    paths: tuple[DiffLine, ...] = ()
    is_part: bool = False
    """Whether one of the captures has more or deeper values than are compared by path."""
    no_json: tuple[bool, bool] = (False, False)
    """Whether each of the two is not JSON, and therefore has neither questions nor paths."""
    is_hidden: bool = False
    """Whether one of the captures is hidden as a whole."""

    @property
    def changed(self) -> tuple[DiffLine, ...]:
        """Questions with different answers."""
        return tuple(line for line in self.questions if line.word == "changed")

    @property
    def in_common(self) -> int:
        """The number of questions in both captures."""
        return sum(line.first is not None and line.second is not None for line in self.questions)

    @property
    def hidden(self) -> int:
        """The number of these that were not compared because a mask hides the answers."""
        return sum(line.word == "hidden" for line in self.questions)


def compare_captures(
    first: bytes,
    second: bytes,
    codings: tuple[str | None, str | None] = (None, None),
    *,
    is_masked: bool = False,
) -> CaptureDiff:
    """Compare two bodies; `codings` are their compressions. Pure and picklable, for the worker.

    With `is_masked`, values that consist of dots are hidden: the result shows neither that they differ nor
    that they are equal.
    """
    if is_masked and any(body.startswith(_DOTS) for body in (first, second)):
        return CaptureDiff(is_same_body=False, is_hidden=True)
    bodies = [
        body if coding is None else decoded(body, coding).body
        for body, coding in zip((first, second), codings, strict=True)
    ]
    outlines = [index_json(body.decode("utf-8", "replace")) for body in bodies]
    return CaptureDiff(
        is_same_body=first == second and not (is_masked and _DOTS in first),
        questions=compare_questions(*bodies, is_masked=is_masked),
        paths=_compare_paths(*outlines, is_masked=is_masked),
        is_part=any(not one.is_whole or len(one.starts) > MAX_PATHS for one in outlines),
        no_json=(outlines[0].broken is not None, outlines[1].broken is not None),
    )


def compare_questions(first: bytes, second: bytes, *, is_masked: bool = False) -> tuple[DiffLine, ...]:
    """Return every question answered in one of them, matched by id and number, in question order."""
    ones, others = _items(first), _items(second)
    lines: list[DiffLine] = []
    for key in sorted(_merged(ones, others), key=lambda key: by_number(key[1])):
        one, other = ones.get(key), others.get(key)
        item = other or one
        assert item is not None
        word = _word(one, other, one is not None and other is not None and _agree(one, other))
        if is_masked and one is not None and other is not None and _is_hidden(one, other):
            word = "hidden"
        lines.append(
            DiffLine(
                name="" if item.question_order is None else str(item.question_order),
                label=visible((item.question_text or "")[:MAX_SHOWN]),
                first=None if one is None else _said(one),
                second=None if other is None else _said(other),
                word=word,
            )
        )
    return tuple(lines)


_QuestionKey = tuple[str | None, int | None, int]


def _items(body: bytes) -> dict[_QuestionKey, Item]:
    """Return the questions of a body. Repeats of a question are numbered."""
    try:
        items = items_of(read_event(parse_bounded(body)))
    except NotJSON:
        return {}
    turns: Counter[tuple[str | None, int | None]] = Counter()
    found: dict[_QuestionKey, Item] = {}
    for item in items:
        question = (item.question_id, item.question_order)
        found[*question, turns[question]] = item
        turns[question] += 1
    return found


def _agree(one: Item, other: Item) -> bool:
    return normal_form(one.response) == normal_form(other.response)


def _is_hidden(one: Item, other: Item) -> bool:
    """Return whether a mask hides an answer or its question."""
    return any(
        DOTS in (item.question_id or "")
        or DOTS in response_text(item.response, item.question_type, MAX_SHOWN)
        for item in (one, other)
    )


def _said(item: Item) -> str:
    said = visible(response_text(item.response, item.question_type, MAX_SHOWN))
    kind = question_type(item.question_type)
    return said or ("Skipped" if kind is None else kind.empty)


def _word(one: object, other: object, is_same: bool) -> DiffWord:
    if one is None:
        return "only-second"
    if other is None:
        return "only-first"
    return "same" if is_same else "changed"


# ---- request and headers


def compare_requests(first: Capture, second: Capture) -> tuple[DiffLine, ...]:
    """Return the method and the target of both captures."""
    pairs = (
        ("method", first.method.encode(), second.method.encode()),
        ("target", first.target, second.target),
    )
    return tuple(_bytes_line(name, one, other) for name, one, other in pairs)


def compare_headers(first: HeaderPairs, second: HeaderPairs) -> tuple[DiffLine, ...]:
    """Return every header, matched by its name in any case. Repeats of a name are matched in their order."""
    ones, others = _numbered(first), _numbered(second)
    lines = []
    for key in _merged(ones, others):
        one, other = ones.get(key), others.get(key)
        pair = one or other
        assert pair is not None
        line = _bytes_line(visible_bytes(pair[0]), one and one[1], other and other[1])
        if one and other and line.word == "same" and one != other:  # the case of the name differs
            texts = [_shown(f"{visible_bytes(name)}: {visible_bytes(value)}") for name, value in (one, other)]
            line = replace(line, first=texts[0], second=texts[1], word="written-otherwise")
        lines.append(line)
    return tuple(lines)


def _numbered(headers: HeaderPairs) -> dict[tuple[bytes, int], tuple[bytes, bytes]]:
    turns: Counter[bytes] = Counter()
    found: dict[tuple[bytes, int], tuple[bytes, bytes]] = {}
    for name, value in headers:
        key = name.lower()
        found[key, turns[key]] = (name, value)
        turns[key] += 1
    return found


def _bytes_line(name: str, one: bytes | None, other: bytes | None) -> DiffLine:
    shown = [None if value is None else _shown(visible_bytes(value)) for value in (one, other)]
    return DiffLine(name=name, first=shown[0], second=shown[1], word=_word(one, other, one == other))


# ---- by path


def _compare_paths(first: JsonIndex, second: JsonIndex, *, is_masked: bool) -> tuple[DiffLine, ...]:
    ones, others = dict(_leaves(first)), dict(_leaves(second))
    lines: list[DiffLine] = []
    for path in _merged(ones, others):
        one, other = ones.get(path), others.get(path)
        word = _word(one, other, one == other)
        if is_masked and one is not None and other is not None and (DOTS in one or DOTS in other):
            word = "hidden"
        elif word == "changed" and _means_the_same(one or "", other or ""):
            word = "written-otherwise"
        lines.append(DiffLine(name=path, first=_shown(one), second=_shown(other), word=word))
    return tuple(lines)


def _leaves(outline: JsonIndex) -> Iterator[tuple[str, str]]:
    """Yield path and source of each value without members. The path of a repeated name ends in its number."""
    paths = [""]
    turns: Counter[str] = Counter()
    for value in range(1, min(len(outline.starts), MAX_PATHS + 1)):
        path = paths[outline.parents[value]] + outline.step(value)
        turns[path] += 1
        if turns[path] > 1:
            path = f"{path} #{turns[path]}"
        paths.append(path)
        if not outline.is_container(value) or not outline.count(value):
            yield path, outline.text[outline.starts[value] : outline.ends[value]]


def _shown(source: str | None) -> str | None:
    return None if source is None else shortened(visible(source[: MAX_SHOWN + 1]), MAX_SHOWN)


def _means_the_same(one: str, other: str) -> bool:
    """Return whether two sources are the same value in JavaScript, such as `1` and `1.0`."""
    if max(len(one), len(other)) > _MAX_PARSED:
        return False
    try:
        values = parse(one.encode("utf-8", "replace")), parse(other.encode("utf-8", "replace"))
    except NotJSON:
        return False
    return values[0] == values[1] and isinstance(values[0], bool) == isinstance(values[1], bool)


def _merged(first: Mapping[Key, object], second: Mapping[Key, object]) -> Iterator[Key]:
    """Yield all keys in the order of the first. A key only in the second follows its predecessor there."""
    after: dict[Key | None, list[Key]] = {}
    anchor: Key | None = None
    for key in second:
        if key in first:
            anchor = key
        else:
            after.setdefault(anchor, []).append(key)
    yield from after.get(None, ())
    for key in first:
        yield key
        yield from after.get(key, ())
