"""The search for the cause of an invalid signature: bodies of 1 KB and 1 MB, in a fresh process, warm.

The targets are absolute, so the machine is told by the time of `json.loads` and `json.dumps` beside them. The
search runs in one thread of its own process, so its processor time is what a user waits on an idle machine.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Any

from inspector.domain.signature.diagnosis import Evidence, diagnose
from tests.benchmarks.figure import Figure
from tests.builders import COMPLETION, SECRET_TEXT, a_capture, a_secret

_ROUNDS = 5
_WARM_UP = 2


def measure() -> Iterator[Figure]:
    spawn = multiprocessing.get_context("spawn")
    for size, length, target in (("1 KB", 1_000, 100), ("1 MB", 1_000_000, 2_000)):
        for case, (make, header) in _CASES.items():
            body = make(length)
            with ProcessPoolExecutor(1, mp_context=spawn) as process:
                took_ms, baseline_ms, said = process.submit(_measured, body, header(body)).result()
            yield Figure(
                work=f"diagnosis, {size}, {case}",
                measured=took_ms,
                unit="ms",
                target=target,
                better="less",
                details=f"{said}; {len(body):,} bytes; json.loads + json.dumps: {baseline_ms:.3g} ms",
            )


def _measured(body: bytes, header: bytes) -> tuple[float, float, str]:
    """Medians of the search and of the baseline in ms, and what the search found."""
    capture = a_capture(body, signed=False, headers=((b"x-webhook-signature", header),))
    secrets = (a_secret(), a_secret("the one before", "before"))  # as while a secret is being changed
    evidence = Evidence(capture=capture, secrets=secrets, other_secrets=(a_secret("staging", "staging"),))
    for _ in range(_WARM_UP):
        findings = diagnose(evidence)
    took = [_ms(lambda: diagnose(evidence)) for _ in range(_ROUNDS)]
    baseline = [_ms(lambda: json.dumps(json.loads(body))) for _ in range(_ROUNDS)]
    said = " + ".join(finding.code for finding in findings)
    return median(took), median(baseline), said


def _ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _survey(length: int) -> bytes:
    """A completion of about so many bytes, with texts beyond ASCII as people answer."""
    one: Any = json.loads(COMPLETION)
    answers = one["responses"]
    while len(_compact(one)) < length:
        answers += [
            {**answer, "question_order": len(answers) + place, "response": f"größer <b>& “{len(answers)}”"}
            for place, answer in enumerate(answers[:64])
        ]
    while len(_compact(one)) > length:
        answers.pop()
    return _compact(one)


def _numbers(length: int) -> bytes:
    """Numbers as JavaScript sends them: most are the same in every dialect."""
    chance = random.Random(1)
    kinds = (lambda: chance.randrange(1000), lambda: chance.random() * 1e6, lambda: chance.random())
    return _compact([chance.choice(kinds)() for _ in range(length // 13)])


def _long_numbers(length: int) -> bytes:
    """The slowest to print in other dialects, which all write these in their own way."""
    chance = random.Random(1)
    texts = (f"{chance.random() * 1e6:.9f}0" for _ in range(length // 18))
    return f"[{','.join(texts)}]".encode()


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _unexplained(body: bytes) -> bytes:
    return b"ab" * 32


def _two_faults(body: bytes) -> bytes:
    """A secret's file that ends in a newline, and Python's json.dumps."""
    return _signed(body, f"{SECRET_TEXT}\n").hex().encode()


def _three_faults(body: bytes) -> bytes:
    """The same, and the digest in upper-case hex."""
    return _two_faults(body).upper()


def _signed(body: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), json.dumps(json.loads(body)).encode(), hashlib.sha256)


_CASES: Mapping[str, tuple[Callable[[int], bytes], Callable[[bytes], bytes]]] = {
    "unexplained, of numbers with more digits than needed (the worst case)": (_long_numbers, _unexplained),
    "unexplained, of numbers": (_numbers, _unexplained),
    "unexplained": (_survey, _unexplained),
    "two faults": (_survey, _two_faults),
    "three faults": (_survey, _three_faults),
}
