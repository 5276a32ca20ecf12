"""The event is found inside a form, a multipart body or a JSON document, whatever else these have."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.value import NotJSON, parse
from inspector.domain.signature.diagnosis.context import MAX_TEXTS, Wrapped, wrapped
from tests.builders import ANSWER

TEXT = ANSWER.decode()
CRLF = b"\r\n"


def found(body: bytes) -> tuple[Wrapped, ...]:
    try:
        return wrapped(body, (parse(body),))
    except NotJSON:
        return wrapped(body, None)


def in_json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"payload={quote_plus(TEXT)}".encode(), "inside the form field “payload”"),
        (f"a=1&my+field={quote_plus(TEXT)}&b=2".encode(), "inside the form field “my field”"),
        (b"payload=" + ANSWER, "inside the form field “payload”"),
        (b"payload=" + ANSWER[:-1] + b',"x":"a&b=c%41"}', "inside the form field “payload”"),
        (in_json({"body": TEXT}), "as a string in the member “body”"),
        (in_json([{"id": 7}, {"detail": {"data": TEXT}}]), "as a string in the member “[1].detail.data”"),
        (in_json({"x": base64.b64encode(ANSWER).decode()}), "in the member “x”, in base64"),
        (in_json({"x": base64.encodebytes(ANSWER).decode()}), "in the member “x”, in base64"),
        (in_json({"x": base64.urlsafe_b64encode(ANSWER).decode().rstrip("=")}), "“x”, in base64"),
        (
            CRLF.join((b"--b", b'Content-Disposition: form-data; name="event"', b"", ANSWER, b"--b--", b"")),
            "inside the form field “event”",
        ),
        (
            b'--b\nContent-Disposition: form-data; name="a"\n\n1\n--b\nX: y\n\n' + ANSWER + b"\n--b--\n",
            "inside the form field “”",
        ),
    ],
)
def test_the_event_is_found_with_its_place(body: bytes, words: str) -> None:
    texts = [one.text for one in found(body) if one.words.endswith(words)]
    assert any(text.startswith(ANSWER[:-1]) for text in texts)


def test_wrappers_within_wrappers_are_opened_from_outside_to_inside() -> None:
    body = in_json({"Records": [{"body": json.dumps({"Message": TEXT})}]})
    outer, inner = found(body)
    assert (outer.field, inner.field) == ("Records[0].body", "Records[0].body.Message")
    assert inner.text == ANSWER


@pytest.mark.parametrize("body", [ANSWER, b"", b"--", b"&&==", b'"{}"', b"[]", b"a=1", b"plain"])
def test_what_wraps_nothing_has_no_texts(body: bytes) -> None:
    assert found(body) == ()


JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["{", "[1]", TEXT, "e30=" * 5, "\ud800{", "{\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=30,
)
PIECES = st.sampled_from(
    [b"--b", b"=", b"&", b"%7B", b"%", b"+", b"{", b"}", b"\r\n", b"\n\n", b'name="', b"a"]
)


@given(st.one_of(JSON.map(in_json), st.binary(max_size=60), st.lists(PIECES).map(b"".join)))
def test_any_body_has_a_few_texts_and_no_more(body: bytes) -> None:
    texts = found(body)
    assert len(texts) <= MAX_TEXTS
    for one in texts:
        assert one.text.lstrip()[:1] in (b"{", b"[")
        assert len(one.field) < 500


def test_a_large_or_deep_document_is_not_walked_to_its_end() -> None:
    assert found(in_json([{"a": 1}] * 200_000 + [TEXT])) == ()
    assert found(b"[" * 50_000 + b"]" * 50_000) == ()
    text = TEXT
    for _ in range(10):
        text = json.dumps({"a": text})
    assert len(found(text.encode())) <= MAX_TEXTS
