from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.value import parse
from inspector.domain.mask.mask import (
    DOTS,
    hidden_header,
    identifying,
    masked_digest,
    masked_header,
    masked_value,
    scrubbed,
)
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature

DIGEST = signature(ANSWER).decode()
BASE64 = "R5Cq9zJcUQp1Rr8m0yQd3m1pXvJ8k2n7h4b6t5w9xyz="


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (DIGEST, f"{DIGEST[:4]}…{DIGEST[-4:]}"),
        (DIGEST.upper(), f"{DIGEST[:4].upper()}…{DIGEST[-4:].upper()}"),
        (f"sha256={DIGEST}", f"sha256={DIGEST[:4]}…{DIGEST[-4:]}"),
        (BASE64, "R5Cq…9xyz"),
        (f"sha256={BASE64}", "sha256=R5Cq…9xyz"),
        (SECRET_TEXT, DOTS),
        (f"{DIGEST} ", DOTS),
        ("short", DOTS),
        ("", ""),
    ],
)
def test_of_a_digest_the_ends_stay_and_of_anything_else_nothing(text: str, masked: str) -> None:
    assert masked_digest(text) == masked


@given(st.text())
def test_no_more_than_eight_characters_of_a_signature_stay(text: str) -> None:
    masked = masked_digest(text)
    assert masked in ("", DOTS) or len(masked.rpartition("=")[2]) == 9


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "cookie",
        "X-Api-Key",
        "X-Webhook-Secret",
        "X-Auth-Token",
        "Proxy-Authorization",
        "X-User",
    ],
)
def test_headers_that_bear_credentials_are_hidden(name: str) -> None:
    assert masked_header(name.encode(), "value") == DOTS


def test_other_headers_stay_and_each_copy_of_the_signature_is_masked() -> None:
    assert masked_header(b"Content-Type", "application/json") == "application/json"
    assert masked_header(b"Keep-Alive", "5") == "5"
    ends = f"{DIGEST[:4]}…{DIGEST[-4:]}"
    assert masked_header(b"X-Webhook-Signature", f"{DIGEST}, {DIGEST}") == f"{ends}, {ends}"


@pytest.mark.parametrize("name", [b"x-hub-signature-256", b"X-Sig", b"Stripe-Signature"])
def test_a_signature_under_another_name_is_hidden_on_a_masked_screen(name: bytes) -> None:
    assert hidden_header(name, b"sha256=" + b"ab" * 32) == DOTS.encode()
    assert hidden_header(b"X-Sig", b"words") == b"words"


def test_of_a_documented_body_the_person_is_hidden_and_the_survey_stays() -> None:
    masked = masked_value(parse(COMPLETION))
    assert (masked["user_id"], masked["app_key"]) == (DOTS, DOTS)
    assert masked["survey_name"] == "Continuous NPS survey"
    assert [one["response"] for one in masked["responses"]] == [DOTS, [DOTS, DOTS]]
    assert masked["responses"][0]["question_text"] == "What do you think of our app?"
    assert [*masked] == [*json.loads(COMPLETION)]


def test_what_tells_nothing_stays() -> None:
    body: dict[str, object] = {"response": "", "user_id": None, "responses": []}
    assert masked_value(parse(json.dumps(body).encode())) == body


_LEAVES = st.one_of(
    st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.just("private words")
)
_NAMES = st.sampled_from(["response", "user_id", "app_key", "answer", "e mail", "private words", "data"])


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner)))
def test_of_a_body_of_any_shape_no_value_is_shown_that_is_not_known_to_be_public(value: object) -> None:
    masked = masked_value(parse(json.dumps(value).encode()))
    text = json.dumps(masked, ensure_ascii=False)
    for name in ("response", "user_id", "app_key", "answer", "data", DOTS):
        text = text.replace(f'"{name}"', "")
    assert not any(sign.isalnum() for sign in text)


def test_keys_and_user_ids_are_found_wherever_they_are_told_and_replaced_anywhere() -> None:
    found = identifying(
        parse(b'{"data":[{"user_id":"user_1"},{"user_id":12345678901234567890}],"app_key":"ab"}')
    )
    assert found == ("12345678901234567890", "user_1")
    assert scrubbed("/hook/user_1/x", found) == f"/hook/{DOTS}/x"
