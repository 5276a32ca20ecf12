"""What is concluded at once, and what later."""

from __future__ import annotations

import pytest

from inspector.domain.signature.evaluation import (
    INLINE_BYTES,
    INLINE_DEPTH,
    INLINE_VALUES,
    evaluate,
    is_evaluated_later,
    is_large,
)
from inspector.domain.signature.explanation import explain
from tests.builders import ANSWER, a_capture, a_completion, a_secret

LARGE = a_completion(*["a long answer"] * 1000)
NUMBERS = b"[" + b"1.5," * INLINE_VALUES + b"1]"  # 20 times the work of a text of this size
DEEP = b"[" * (INLINE_DEPTH + 1) + b"]" * (INLINE_DEPTH + 1)


@pytest.mark.parametrize("body", [LARGE, DEEP, DEEP[: INLINE_DEPTH + 1], b"x" * (INLINE_BYTES + 1), NUMBERS])
def test_a_large_or_deep_body_is_judged_after_the_answer(body: bytes) -> None:
    assert is_evaluated_later(a_capture(body))


@pytest.mark.parametrize("body", [b"", ANSWER, DEEP[1:-1], b'"' + b"[" * 1000 + b'"', b"x" * INLINE_BYTES])
def test_any_other_is_judged_at_once(body: bytes) -> None:
    assert not is_evaluated_later(a_capture(body))


@pytest.mark.parametrize("kind", ["cut", "refused"])
@pytest.mark.parametrize("body", [LARGE, LARGE[:-1], DEEP, b"[" * 100_000, b"\xff" * 100_000])
def test_what_has_its_verdict_without_its_body_is_judged_at_once_and_unread(kind: str, body: bytes) -> None:
    capture = a_capture(body, kind=kind)
    assert is_large(capture)
    assert not is_evaluated_later(capture)
    found = evaluate(capture, [a_secret()], is_secret_on_file=False)
    assert (found.verdict.word, found.verdict.reason) == ("unchecked", kind)
    assert (found.is_trusted, found.is_json, found.findings) == (False, None, ())
    assert len(found.summary) <= 120
    assert explain(capture, [a_secret()]).verdict == found.verdict


def test_a_small_body_that_was_cut_is_read_as_far_as_it_goes() -> None:
    found = evaluate(a_capture(ANSWER, kind="cut"), [a_secret()], is_secret_on_file=False)
    assert (found.is_json, found.event.word, found.is_trusted) == (True, "answer", False)
