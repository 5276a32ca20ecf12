from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.domain.json.json_path import path_steps
from inspector.domain.json.value import parse
from inspector.domain.mask.mask import (
    APP_KEY,
    DOTS,
    EMAILS,
    LARGEST,
    PRESETS,
    MaskedField,
    MaskPreset,
    hidden_header,
    identifying_values,
    is_hidden_path,
    masked_body,
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
    found = identifying_values(
        parse(b'{"data":[{"user_id":"user_1"},{"user_id":12345678901234567890}],"app_key":"ab"}')
    )
    assert found == ("12345678901234567890", "user_1")
    assert scrubbed("/hook/user_1/x", found) == f"/hook/{DOTS}/x"


HIDDEN = f'"{DOTS}"'.encode()


def masked(body: bytes, *fields: str) -> bytes:
    return masked_body(body, [APP_KEY, *map(MaskedField.parse, fields)])


def test_every_other_character_stays() -> None:
    body = b'{ "app_key" : "k-1",\n "n": 1.50, "d": {"app_key": 7, "x": "\\u00e9"} }'
    assert masked(body) == (
        b'{ "app_key" : ' + HIDDEN + b',\n "n": 1.50, "d": {"app_key": ' + HIDDEN + b', "x": "\\u00e9"} }'
    )


def test_a_value_of_any_kind_is_hidden_whole() -> None:
    body = b'{"a":{"b":[1,{"c":2}]},"d":[3],"a":null,"e":"a"}'
    assert masked(body, "a", "d") == b'{"a":%b,"d":%b,"a":%b,"e":"a"}' % (HIDDEN, HIDDEN, HIDDEN)


def test_a_path_hides_at_its_place_alone() -> None:
    body = b'{"r":[{"x":1,"y":2},{"x":3}],"x":4}'
    assert masked(body, "$.r[*].x") == b'{"r":[{"x":%b,"y":2},{"x":%b}],"x":4}' % (HIDDEN, HIDDEN)
    assert masked(body, "$.r[1]") == b'{"r":[{"x":1,"y":2},%b],"x":4}' % HIDDEN
    assert masked(body, "$.r[0].y") == b'{"r":[{"x":1,"y":%b},{"x":3}],"x":4}' % HIDDEN


def test_a_name_that_is_written_with_escapes_is_that_name() -> None:
    assert b"k-1" not in masked(b'{"app\\u005fkey": "k-1"}')


@pytest.mark.parametrize(
    "body",
    [
        b'{"app_key": "k-12345"',
        b'{"app_key": "k-12345", oops',
        b'oops {"app_key": "k-12345"}',
        b'{"app_key" "k-1", "app_key": "k-12345',
        b"app_key=k-12345&x=1",
        b"x=1&app%5Fkey=k-12345",
        b"x=1&%61pp%5fke%79=k-12345",
        b"event=%7B%22app_key%22%3A%22k-12345%22%7D&x=1",
        b"event=%7B%22app%5Fkey%22%20%3a+%22k-12345%22%7D&x=1",
        b'{"payload": "{\\"app_key\\": \\"k-12345\\"}"}',
        b"{'app_key': 'k-12345'}",
        b'"{\\"app_key\\": \\"k-12345\\"}"',
        b'\xff{"app_key": "k-12345"}',
    ],
)
def test_what_is_no_json_hides_it_too(body: bytes) -> None:
    assert b"k-12345" not in masked(body)


def test_what_is_cut_within_a_hidden_value_shows_nothing_of_it() -> None:
    assert masked(b'{"a": {"secret": [1, 2', "a") == b'{"a": ' + HIDDEN


def test_a_path_hides_behind_a_byte_order_mark_too() -> None:
    body = b'\xef\xbb\xbf{"a":{"b":"x"},"b":"y"}'
    assert masked(body, "$.a.b") == b'\xef\xbb\xbf{"a":{"b":' + HIDDEN + b'},"b":"y"}'


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":1,"n":NaN,"b":{"c":"secret"}}', b'{"a":1,"n":'),
        (b"a=1&c=secret", b""),
        (b'{"a":1} {"b":{"c":"secret"}}', b'{"a":1}'),
    ],
)
def test_where_json_stops_nobody_knows_where_a_path_leads(body: bytes, shown: bytes) -> None:
    assert masked(body, "$.b.c") == shown + DOTS.encode()


def test_a_list_behind_a_name_in_what_is_no_json_is_hidden_whole() -> None:
    assert masked(b'x {"response": ["one", "two"], "n": 1', "response") == b'x {"response": ' + DOTS.encode()


@pytest.mark.parametrize(
    ("path", "field", "is_hidden"),
    [
        ("$.responses[0].response", "$.responses[*]", True),
        ("$.responses[*].response", "$.responses[0]", True),
        ("$.responses[0].response", "responses", True),
        ("$.a.b.c", "$.a.b", True),
        ("$.a.b.c", "b", True),
        ("$.a.b", "$.a.b", True),
        ("$.x.app_key.y", "other", True),
        ("$.a.c", "$.a.b", False),
        ("$.a[1].c", "$.a[0]", False),
        ("$.a.x", "$.a[*]", False),
    ],
)
def test_what_stands_within_what_is_hidden_is_hidden(path: str, field: str, is_hidden: bool) -> None:
    assert is_hidden_path((APP_KEY, MaskedField.parse(field)), path_steps(path)) is is_hidden


def test_a_body_that_is_too_large_is_hidden_whole() -> None:
    body = b'{"x":"' + b"y" * LARGEST + b'"}'
    assert masked(body).decode().startswith(f"{DOTS} 4,194,312 bytes")


@given(
    st.recursive(
        st.one_of(st.integers(), st.text(max_size=5), st.none(), st.booleans()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(("app_key", "a", "b")), inner, max_size=3),
        ),
        max_leaves=20,
    )
)
def test_json_stays_json_and_holds_no_app_key(value: object) -> None:
    def hide(inner: object) -> object:
        if isinstance(inner, dict):
            return {name: DOTS if name == "app_key" else hide(one) for name, one in inner.items()}
        return [hide(one) for one in inner] if isinstance(inner, list) else inner

    shown = json.loads(masked(json.dumps(value).encode()))
    if isinstance(value, str) and "app_key" in value:
        assert shown == DOTS
    else:
        assert shown == hide(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_taken(body: bytes) -> None:
    masked(body, "a", "$.b")


def test_without_the_fields_bytes_stay_as_they_are() -> None:
    body = bytes(range(256))
    assert masked(body) == body


@pytest.mark.parametrize("text", ["", "$", "$.a:b", "$.a[", "two words", "$.a b", "a.b"])
def test_what_is_no_field_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match=r"user_id|path"):
        MaskedField.parse(text)


PERSONAL = json.dumps(
    {
        "user_id": "u-1", "survey_id": "s-1", "group_id": "g-1", "platform": "ios",
        "email": "a.b+c@example.co.jp", "meta": {"city": "Kyoto"},
        "question_text": "Ask someone@example.com?",
        "responses": [{"question_id": "q-1", "response": "fine", "created_at": "2026-11-24T12:00:00.000Z"}],
    }
).encode()  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "hidden", "visible"),
    [
        ("secrets", (), ("u-1", "example.co.jp", "fine", "Kyoto", "g-1", "ios")),
        (
            "people",
            ("u-1", "example.co.jp", "someone@", "fine"),
            ("Kyoto", "g-1", "ios", "2026-11-24", "Ask"),
        ),
        (
            "everything",
            ("u-1", "example.co.jp", "someone@", "fine", "Kyoto", "g-1", "ios", "2026-11-24"),
            ("s-1", "q-1", "Ask"),
        ),
    ],
)
def test_a_preset_hides_what_it_says(
    preset: MaskPreset, hidden: tuple[str, ...], visible: tuple[str, ...]
) -> None:
    text = masked_body(PERSONAL, PRESETS[preset]).decode()

    assert [word for word in hidden if word in text] == []
    assert [word for word in visible if word not in text] == []
    assert json.loads(text)["responses"][0]["question_id"] == "q-1"


def test_a_text_is_hidden_wherever_it_is() -> None:
    fields = (MaskedField(name="quiet-river.example.com", kind="text"),)

    assert masked_body(b'{"url": "https://Quiet-River.example.com/in"}', fields).decode() == (
        f'{{"url": "https://{DOTS}/in"}}'
    )
    assert masked_body(b"host=quiet-river.example.com&a=1", fields).decode() == f"host={DOTS}&a=1"


@given(st.text('a@.b"{}[]:,\\ %40', max_size=40), st.text('a@.b"{}[]:,\\ %40', max_size=40))
def test_no_address_stays(before: str, after: str) -> None:
    assert (
        "xyz@example.org" not in masked_body(f"{before} xyz@example.org {after}".encode(), (EMAILS,)).decode()
    )
