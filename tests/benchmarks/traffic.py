"""What a busy account sends: deliveries of many surveys, mixed as they arrive, the same at every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import evaluate
from inspector.store.write.columns import NewCapture, new_capture
from tests.builders import ANSWER, COMPLETION, a_capture, a_secret, signature

SURVEYS = 120
GROUPS_PER_SURVEY = 3
AT_ONCE = 200
"""Respondents who answer at the same time, so that one's captures lie apart."""
RARE_WORD = "rarebird"
"""In what one respondent of 500 says."""
CHUNK = 10_000
"""Captures that are made by themselves: chunk n is the same wherever and whenever it is made."""
FIRST_MS = 1_760_000_000_000
_EVERY_MS = 100
_ANSWERS = 4
_WORDS = (
    b"image upload glitches", b"I love how fast it is", b"too many steps for me", b"crash in dark mode :(",
)  # fmt: skip
_RARE = b"a rarebird in the app"
assert {len(word) for word in (*_WORDS, _RARE)} == {21}
_PLATFORMS = (b"android", b"flutter")


def arrivals(chunk: int) -> list[NewCapture]:
    """A chunk of captures, judged as the listener does it."""
    secrets = (a_secret(),)
    return [
        new_capture(capture, evaluate(capture, secrets, is_secret_on_file=False))
        for capture in captures(chunk)
    ]


def captures(chunk: int) -> Iterator[Capture]:
    """Four answers (359 bytes) and a completion (645) a respondent; 5 % invalid, 2 % unsigned."""
    chance = random.Random(chunk)
    made: list[bytes] = []
    for first in range(0, CHUNK // (_ANSWERS + 1), AT_ONCE):
        people = [_respondent(chance, chunk, first + number) for number in range(AT_ONCE)]
        for turn in range(_ANSWERS + 1):
            chance.shuffle(people)
            made += [person[turn] for person in people]
    for number, body in enumerate(made[:CHUNK]):
        if number and chance.random() < 0.01:  # sent twice
            body = made[number - 1]
        luck = chance.random()
        header = b"0" * 64 if luck < 0.05 else signature(body)
        yield a_capture(
            body,
            signed=False,
            headers=() if luck > 0.98 else ((b"x-webhook-signature", header),),
            received_ms=FIRST_MS + (chunk * CHUNK + number) * _EVERY_MS,
            target=b"/hook",
        )


def _respondent(chance: random.Random, chunk: int, number: int) -> Sequence[bytes]:
    """The bodies of one respondent; half of all belong to a tenth of the surveys."""
    survey = int(SURVEYS * chance.random() ** 3)
    ids = {
        b"user_123": b"u%07d" % (chunk * CHUNK + number),
        b"s-xxxxxx-id": b"s-%06d-id" % survey,
        b"g-xxxxxx-id": b"g-%06d-id" % (survey * GROUPS_PER_SURVEY + chance.randrange(GROUPS_PER_SURVEY)),
        b"Continuous NPS survey": b"Survey %03d of the app" % survey,
    }
    ids[b"image upload glitches"] = _RARE if chance.random() < 1 / 500 else chance.choice(_WORDS)
    ids[b'"android"'] = b'"%b"' % chance.choice(_PLATFORMS)
    answer, completion = ANSWER, COMPLETION
    for old, new in ids.items():
        answer, completion = answer.replace(old, new), completion.replace(old, new)
    answers = [
        answer.replace(b"q-xxxxxx-id", b"q-%06d-id" % order).replace(b'order":1', b'order":%d' % order)
        for order in range(1, _ANSWERS + 1)
    ]
    return [*answers, completion]
