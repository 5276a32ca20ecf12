"""The word beside the last attempt, and two answers side by side."""

from __future__ import annotations

import pytest

from inspector.domain.capture.rows import AttemptDetail, AttemptOutcome, AttemptRow, SignatureState
from inspector.domain.replay.attempt import (
    Since,
    Standing,
    compare_responses,
    is_expected,
    path_hint,
    since_each,
    since_last,
)

SIGNED, FORGED = Standing("valid", True), Standing("invalid", False)


def an_attempt(status: int | None = 200, **changes: object) -> AttemptRow:
    outcome = "reset" if status is None else "ok" if 200 <= status < 300 else "http-error"
    row = AttemptRow(
        id=1,
        capture_id=1,
        target="http://127.0.0.1:3000/",
        started_ms=0,
        status=status,
        elapsed_ms=1.0,
        outcome=outcome,
        error=None,
        signature="original",
        edited=False,
        path="/",
        is_expected=outcome == "ok",
    )
    return row._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        (None, 200, "first"),
        (None, 500, "first"),
        (500, 200, "fixed"),
        (None, None, "first"),
        (200, 500, "regressed"),
        (422, 422, "still-failing"),
        (200, 204, "still-passing"),
        (301, 200, "fixed"),
    ],
)
def test_the_word_compares_with_the_last_attempt(before: int | None, now: int | None, word: Since) -> None:
    last = None if before is None else an_attempt(before)
    assert since_last(an_attempt(now), last) == word


@pytest.mark.parametrize(
    ("signature", "standing", "accepts"),
    [
        ("original", SIGNED, True),
        ("resigned", SIGNED, True),
        ("stale", SIGNED, False),
        ("broken", SIGNED, False),
        ("none", SIGNED, False),
        ("original", FORGED, False),
        ("resigned", FORGED, True),
        ("none", Standing("unsigned", False), False),
        ("none", Standing("unsigned", True), True),
        ("original", Standing("unchecked", True), True),
    ],
)
def test_a_correct_receiver_accepts_a_signature_that_fits_and_rejects_any_other(
    signature: SignatureState, standing: Standing, accepts: bool
) -> None:
    def expected(outcome: AttemptOutcome, status: int | None) -> bool:
        return is_expected(outcome, status, signature=signature, standing=standing)

    assert expected("ok", 200) == accepts
    assert expected("http-error", 401) == (not accepts)
    assert not expected("http-error", 500)
    assert not expected("http-error", 302)
    assert not expected("timeout", None)
    assert not expected("unknown", None)


def test_a_request_that_was_cut_short_may_be_rejected_or_its_connection_closed() -> None:
    def expected(outcome: AttemptOutcome, status: int | None) -> bool:
        return is_expected(outcome, status, signature="original", standing=SIGNED, is_cut_short=True)

    assert (expected("http-error", 400), expected("reset", None)) == (True, True)
    assert (expected("ok", 200), expected("http-error", 500), expected("unknown", None)) == (False,) * 3


def test_an_expected_rejection_passes() -> None:
    rejected = an_attempt(401, is_expected=True)
    assert since_each([an_attempt(200, is_expected=False), rejected, an_attempt(500)]) == (
        "regressed",
        "fixed",
        "first",
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"target": "http://127.0.0.1:9/"},
        {"target": "https://127.0.0.1:3000/"},
        {"target": "http://localhost:3000/"},
        {"path": "/other"},
    ],
)
def test_another_scheme_host_port_or_path_is_compared_with_itself_alone(elsewhere: dict[str, str]) -> None:
    newest_first = [
        an_attempt(500),
        an_attempt(500, **elsewhere),
        an_attempt(200, **elsewhere),
        an_attempt(200),
    ]
    assert since_each(newest_first) == ("regressed", "regressed", "first", "first")


def test_a_path_in_the_target_and_the_same_captured_path_are_one_place() -> None:
    captured = an_attempt(500, target="http://127.0.0.1:3000/", path="/hook")
    given = an_attempt(200, target="http://127.0.0.1:3000/hook?key=1", path="/hook")
    assert since_each([given, captured]) == ("fixed", "first")
    assert (captured.sent_to, given.sent_to) == ("http://127.0.0.1:3000/hook",) * 2


def test_an_attempt_that_was_stopped_has_no_word_and_is_compared_with_by_none() -> None:
    stopped = an_attempt(None, outcome="unknown")
    assert since_last(stopped, an_attempt(200)) is None
    newest_first = [an_attempt(200), stopped, an_attempt(500), an_attempt(200)]
    assert since_each(newest_first) == ("fixed", None, "regressed", "first")


def an_answer(status: int | None, body: bytes = b"", *headers: tuple[bytes, bytes]) -> AttemptDetail:
    return AttemptDetail(
        row=an_attempt(status), response_headers=headers, response_body=body, is_response_cut=False
    )


def test_answers_stand_beside_each_other_line_by_line() -> None:
    kind = (b"content-type", b"application/json")
    found = compare_responses(
        an_answer(200, b'{"ok":true,"id":1}', kind), an_answer(500, b'{"ok":false,"id":1}', kind)
    )
    assert [(line.before, line.after, line.is_same) for line in found.lines] == [
        ("status: 200 OK", "status: 500 Internal Server Error", False),
        ("content-type: application/json", "content-type: application/json", True),
        ("", "", True),
        ("{", "{", True),
        ('  "ok": true,', '  "ok": false,', False),
        ('  "id": 1', '  "id": 1', True),
        ("}", "}", True),
    ]
    assert not found.is_same


def test_where_no_answer_came_its_outcome_stands_there() -> None:
    row = an_attempt(None, error="127.0.0.1:3000 closed \x1b[31m")
    nothing = AttemptDetail(row=row, response_headers=(), response_body=b"", is_response_cut=False)
    found = compare_responses(nothing, an_answer(200))
    assert [line.before for line in found.lines] == ["outcome: reset", "127.0.0.1:3000 closed \\x1b[31m"]


def test_a_path_of_a_public_address_that_a_target_does_not_know_has_a_hint() -> None:
    attempt = an_attempt(404, path="/in/8f3c0d1qv5k7m/x")
    hint = path_hint(attempt)
    assert hint is not None
    assert hint.endswith("Add the path of your endpoint, as in 127.0.0.1:3000/webhooks/blitz.")
    others = [{"status": 405}, {"path": "/in/hook"}, {"path": None}, {"target": "http://127.0.0.1:3000/in"}]
    assert [path_hint(attempt._replace(**other)) for other in others] == [None] * 4  # type: ignore[arg-type]
