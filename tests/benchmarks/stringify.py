"""`restringify` of 1 MB, against the standard library's own way there and back."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from inspector.domain.stringify import restringify
from tests.benchmarks.figure import Figure
from tests.builders import COMPLETION

MEGABYTE = 1_000_000


def measure() -> Iterator[Figure]:
    for name, value, target in (
        ("of survey texts", _texts(), 3),
        ("of numbers", _numbers(), 4),
        ("of index-like keys", _keys(), 12),
    ):
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        pairs = [(_ms(restringify, body), _ms(_there_and_back, body)) for _ in range(7)]
        yield Figure(
            work=f"`restringify`, 1 MB {name}",
            measured=median(ours / theirs for ours, theirs in pairs),
            unit="× json.loads + json.dumps",
            target=target,
            better="less",
            details=f"{median(ours for ours, _ in pairs):.1f} ms, {len(body):,} bytes",
        )
    small = median(_ms(restringify, COMPLETION) for _ in range(200))
    yield Figure(
        work="`restringify`, the documented completion",
        measured=small * 1000,
        unit="µs",
        better="less",
        details=f"{len(COMPLETION)} bytes",
    )


def _there_and_back(body: bytes) -> bytes:
    return json.dumps(json.loads(body)).encode()


def _ms(function: Callable[[bytes], bytes], body: bytes) -> float:
    started = time.perf_counter()
    function(body)
    return (time.perf_counter() - started) * 1000


def _texts() -> Any:
    one = json.loads(COMPLETION)
    one["responses"] *= MEGABYTE // 500
    return one


def _numbers() -> Any:
    chance = random.Random(1)
    return [
        chance.choice(
            [chance.randrange(1000), chance.random() * 1e6, chance.random(), chance.randrange(10**9)]
        )
        for _ in range(MEGABYTE // 12)
    ]


def _keys() -> Any:
    chance = random.Random(1)
    return [{str(chance.randrange(10_000)): n for n in range(8)} for _ in range(MEGABYTE // 75)]
