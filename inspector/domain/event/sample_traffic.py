"""Deliveries of many invented respondents, as a sender makes them: the traffic of a load test.

The questions are those of the sample survey, their texts are in `resources/samples/languages.json`. The same
seed makes the same deliveries. They are made one respondent at a time, so any number needs little memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice, repeat
from random import Random
from typing import Any, Literal

from inspector.base.errors import UsageError, did_you_mean
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample import answer_body, completion_body

SampleMark = Literal["duplicate", "out-of-order", "unsigned", "wrong-secret"]
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "el": "Greek",
    "uk": "Ukrainian",
    "ar": "Arabic",
    "hi": "Hindi",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}
DEFAULT_RESPONDENTS = 10
MOST_DELIVERIES = 10_000_000
MOST_SEED = 2**31 - 1
_LONGEST_MS = 15_000
"""Maximum time between two answers of a respondent."""
_GOLDEN, _SILVER = 0.6180339887498949, 0.41421356237309515
"""Steps of two sequences that do not move together, so that duplicates are not always the unsigned ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOptions:
    """The deliveries to make. Shares are from 0 to 1."""

    deliveries: int | None = None
    """The number of deliveries. By default, the respondents decide it."""
    respondents: int | None = None
    """The number of different respondents. With `deliveries`, they answer again in new instances."""
    drop_out: float = 0.0
    """The share of respondents that leave before the completion."""
    languages: tuple[str, ...] = tuple(LANGUAGES)
    types: tuple[str, ...] = ()
    """The question types; empty for all."""
    duplicates: float = 0.0
    """The share of deliveries that are sent a second time, to the byte."""
    out_of_order: float = 0.0
    """The share of deliveries that swap places with the respondent's next one."""
    unsigned: float = 0.0
    wrong_secret: float = 0.0

    def __post_init__(self) -> None:
        """Raise UsageError for an impossible combination."""
        for what, number in (("deliveries", self.deliveries), ("respondents", self.respondents)):
            if number is not None and not 1 <= number <= MOST_DELIVERIES:
                raise UsageError(f"The number of {what} must be from 1 to {MOST_DELIVERIES:,}.")
        shares = (self.drop_out, self.duplicates, self.out_of_order, self.unsigned, self.wrong_secret)
        if not all(0 <= share <= 1 for share in shares):
            raise UsageError("A share must be from 0 to 1.")
        if self.unsigned + self.wrong_secret > 1:
            raise UsageError(
                "The shares of unsigned deliveries and of those with a wrong secret add up to more than 1."
                " Use smaller shares: a delivery is one or the other."
            )
        _check_known(self.languages, LANGUAGES, "language")
        _check_known(self.types, QUESTION_TYPES, "question type")
        if not self.languages:
            raise UsageError("Name at least one language.")

    @property
    def most_respondents(self) -> int | None:
        """The number of respondents, or None if only the number of deliveries is limited."""
        if self.deliveries is not None:
            return self.respondents
        return self.respondents or DEFAULT_RESPONDENTS


def _check_known(given: tuple[str, ...], known: Mapping[str, object], what: str) -> None:
    for word in given:
        if word not in known:
            guess = did_you_mean(word, known) or f" Use {', '.join(known)}."
            raise UsageError(f"There is no {what} “{word[:40]}”.{guess}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDelivery:
    """One delivery to send."""

    body: bytes
    user_id: str | None = None
    """None for a saved sample."""
    event: Literal["answer", "completion"] | None = None
    marks: tuple[SampleMark, ...] = ()
    """How it differs from an ordinary delivery."""

    @property
    def is_to_reject(self) -> bool:
        """Whether a correct receiver rejects it, because it has no valid signature."""
        return "unsigned" in self.marks or "wrong-secret" in self.marks


def survey_traffic(
    survey: bytes,
    languages: bytes,
    options: TrafficOptions,
    *,
    seed: int,
    started_ms: Callable[[int], int],
) -> Iterator[SampleDelivery]:
    """Yield the deliveries. `survey` and `languages` are the JSON files in `resources/samples/`.

    `started_ms` returns when the respondent with this number, from 0, begins the survey.
    """
    chance = Random(seed)  # noqa: S311 - no secret, and the same for the same seed
    template, texts = json.loads(survey), json.loads(languages)
    left, late = _Share(options.drop_out, chance), _Share(options.out_of_order, chance)
    most = options.most_respondents
    endless = options.deliveries is not None
    numbers = count() if endless or most is None else range(most)

    def events() -> Iterator[SampleDelivery]:
        for number in numbers:
            lap, user = (0, number) if most is None else divmod(number, most)
            ids = {
                "user_id": f"sample_{user + 1:06}",
                "app_key": template["app_key"],
                "survey_id": template["survey_id"],
                "group_id": f"{template['group_id']}-{seed:x}" + (f"-{lap + 1}" if lap else ""),
                **chance.choice(template["sources"]),
            }
            language = texts[options.languages[number % len(options.languages)]]
            items = list(
                _items(template, language, options.types, ids["user_id"], started_ms(number), chance)
            )
            made = [
                SampleDelivery(body=answer_body(ids, item), user_id=ids["user_id"], event="answer")
                for item in items
            ]
            if left.hits():
                made = made[: chance.randint(1, max(1, len(made) - 1))]
            else:
                body = completion_body(ids, template["survey_name"], items)
                made.append(SampleDelivery(body=body, user_id=ids["user_id"], event="completion"))
            yield from _swapped(made, late)

    return islice(_signed(events(), options, chance), options.deliveries)


def repeated_traffic(body: bytes, options: TrafficOptions, *, seed: int) -> Iterator[SampleDelivery]:
    """Yield deliveries with this body: one, or as many as `options.deliveries`."""
    chance = Random(seed)  # noqa: S311 - no secret
    one = SampleDelivery(body=body)
    return islice(_signed(repeat(one), options, chance), options.deliveries or 1)


class _Share:
    """Spreads a share evenly but irregularly, so that it is right for few deliveries too.

    The fractional parts of the multiples of the golden ratio fill the range from 0 to 1 evenly.
    """

    def __init__(self, share: float, chance: Random, step: float = _GOLDEN) -> None:
        self._share = share
        self._step = step
        self._place = chance.random()

    def place(self) -> float:
        self._place = (self._place + self._step) % 1
        return self._place

    def hits(self) -> bool:
        return self.place() < self._share


def _items(
    survey: dict[str, Any],
    language: dict[str, Any],
    types: tuple[str, ...],
    user: str,
    at_ms: int,
    chance: Random,
) -> Iterator[dict[str, Any]]:
    """Yield the questions with a respondent's answers. Times are whole seconds, at least 1 s apart."""
    order = 0
    for question, text in zip(survey["questions"], language["questions"], strict=True):
        kind = question["question_type"]
        if types and kind not in types:
            continue
        order += 1
        at_ms += chance.randrange(1_000, _LONGEST_MS)
        yield {
            "question_id": question["question_id"],
            "question_order": order,
            "response": _response(kind, language, user, chance),
            "question_text": text,
            "question_type": kind,
            "created": datetime.fromtimestamp(at_ms // 1000, UTC),
        }


def _response(kind: str, language: dict[str, Any], user: str, chance: Random) -> object:
    about = QUESTION_TYPES[kind]
    if about.response_form == "number":
        assert about.low is not None
        assert about.high is not None
        number = chance.randint(about.low, about.high)
        return str(number) if chance.random() < 0.3 else number  # the sender uses both forms
    if about.response_form == "several":
        chosen = chance.sample(range(len(language["issues"])), chance.randint(1, 3))
        return [language["issues"][index] for index in sorted(chosen)]
    if about.response_form == "one":
        return chance.choice(language["plans"])
    if kind == "data_collection":
        return f"{user}@example.com" if chance.random() < 0.6 else ""
    return "" if about.response_form == "click" else chance.choice(language["comments"])


def _swapped(made: list[SampleDelivery], late: _Share) -> Iterator[SampleDelivery]:
    place = 0
    while place < len(made):
        one = made[place]
        if place + 1 < len(made) and late.hits():
            yield made[place + 1]
            yield _marked(one, "out-of-order")
            place += 2
        else:
            yield one
            place += 1


def _signed(
    made: Iterator[SampleDelivery], options: TrafficOptions, chance: Random
) -> Iterator[SampleDelivery]:
    again, signature = _Share(options.duplicates, chance), _Share(0, chance, _SILVER)
    for one in made:
        place = signature.place()
        if place < options.unsigned:
            one = _marked(one, "unsigned")
        elif place < options.unsigned + options.wrong_secret:
            one = _marked(one, "wrong-secret")
        yield one
        if again.hits():
            yield _marked(one, "duplicate")


def _marked(one: SampleDelivery, mark: SampleMark) -> SampleDelivery:
    return SampleDelivery(body=one.body, user_id=one.user_id, event=one.event, marks=(*one.marks, mark))
