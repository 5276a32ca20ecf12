from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.report import code, fenced, prose, report
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.event.shape import new_shape
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.explanation import explain
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.verdict import Verdict
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_capture, a_secret, an_answer, signature

PRIVATE = (SECRET_TEXT, "user_123", "blitzllama_api_key", "image upload", "crash issues")


def a_detail(capture: Capture, *findings: Finding, **changes: Any) -> CaptureDetail:
    values: dict[str, Any] = {
        "id": 17,
        "kind": capture.kind,
        "received_ms": capture.received_ms,
        "method": capture.method,
        "target": capture.target,
        "size": len(capture.body),
        "declared": capture.declared,
        "answered": capture.answered,
        "event": "answer",
        "survey_id": "s-1",
        "survey_name": "NPS",
        "group_id": "g-1",
        "user_id": "user_123",
        "platform": None,
        "question_order": 1,
        "summary": "“fine”",
        "verdict": Verdict(word="invalid"),
        "is_json": True,
        "is_trusted": False,
    }
    return CaptureDetail(row=CaptureRow(**(values | changes)), capture=capture, findings=findings)


def a_page(
    capture: Capture, *findings: Finding, secrets: tuple[Secret, ...] | None = None, **row: Any
) -> str:
    used = (a_secret(),) if secrets is None else secrets
    return report(a_detail(capture, *findings, **row), explain(capture, used))


def signed(body: bytes, value: bytes, *headers: tuple[bytes, bytes], **changes: Any) -> Capture:
    return a_capture(body, signed=False, headers=((b"X-Webhook-Signature", value), *headers), **changes)


def test_an_invalid_delivery_is_told_with_cause_proof_fix_and_questions() -> None:
    page = a_page(signed(ANSWER, signature(ANSWER, SECRET_TEXT + "\n")))
    assert page.startswith("# Webhook delivery 17: invalid\n")
    for text in (
        "### `secret-whitespace`",
        "- Cause: The signature was computed with the secret “production” with a newline at its end",
        "- Proof: recomputed this way, the digest equals the received one",
        "- Fix: Enter the secret without the whitespace on the side that has it",
        "## What to ask the sender",
        "- Does your stored secret contain whitespace, a quote or a prefix?",
        "| responded with | 200 |",
        '"survey_id": "s-xxxxxx-id"',
    ):
        assert text in page
    assert "Which bytes were signed" not in page


def test_without_a_cause_it_says_what_to_check_and_what_was_ruled_out() -> None:
    page = a_page(signed(ANSWER, b"ab" * 32))
    assert "### `unexplained`" in page
    assert page.count("- Check: ") >= 3
    assert "- Ruled out, each separately: body-reserialised, " in page


def test_without_a_secret_the_stored_verdict_and_cause_are_told() -> None:
    capture = signed(ANSWER, signature(ANSWER, SECRET_TEXT + "\n"))
    stored = explain(capture, (a_secret(),))
    page = a_page(capture, *stored.findings, secrets=(), verdict=stored.verdict)
    assert page.startswith("# Webhook delivery 17: invalid\n")
    assert "Verdict when last verified: **invalid**." in page
    assert "### `secret-whitespace`" in page
    assert "unchecked" not in page


def test_a_verdict_that_was_another_when_last_verified_is_told() -> None:
    page = a_page(a_capture(), verdict=Verdict(word="unchecked", reason="no-secret"))
    assert "Verdict: **valid, matched by raw and stringify**." in page
    assert "| verdict when last verified | unchecked (no-secret) |" in page
    assert "verdict when last verified" not in a_page(signed(ANSWER, b"ab" * 32))


def test_what_was_found_beside_other_deliveries_is_told() -> None:
    found = Finding(code="redelivery", summary="The same body already arrived as capture 3.", fix="")
    assert "- The same body already arrived as capture 3." in a_page(a_capture(), found)


HEADERS = st.sampled_from(
    [
        signature(ANSWER),
        signature(ANSWER).upper(),
        b"sha256=" + signature(ANSWER),
        signature(ANSWER) + b" ",
        signature(ANSWER) + b", " + signature(COMPLETION),
        b" ".join([signature(ANSWER)[:32], signature(ANSWER)[32:]]),
        SECRET_TEXT.encode(),
        b"user_123",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([COMPLETION, ANSWER, ANSWER + b"\n", ANSWER[:-9], b"[" + ANSWER + b"]"]), HEADERS)
def test_nothing_private_is_on_the_page(body: bytes, header: bytes) -> None:
    capture = signed(
        body,
        header,
        (b"X-Trace", b"for user_123"),
        (b"Authorization", b"Bearer " + SECRET_TEXT.encode()),
        (b"X-Webhook-Inspector-Sample", SECRET_TEXT.encode()),
        target=b"/hook/user_123?key=blitzllama_api_key",
    )
    page = a_page(capture, secrets=(a_secret(), a_secret("blitzllama_api_key", "other")))
    for private in PRIVATE:
        assert private not in page
    for digest in (signature(ANSWER), signature(COMPLETION)):
        assert not any(digest[start : start + 9].decode() in page.lower() for start in range(56))
    assert f"POST /{DOTS}?{DOTS} " in page


def test_what_stands_in_a_header_that_nobody_knows_is_hidden_but_a_digest_keeps_its_ends() -> None:
    capture = signed(
        ANSWER,
        b"ab" * 32,
        (b"X-Answer", b"private words"),
        (b"X-Hub-Signature-256", b"sha256=" + signature(ANSWER)),
        (b"From", b"ada@example.org"),
        (b"Accept", b"application/json"),
    )
    page = a_page(capture)
    assert f"X-Answer: {DOTS}\n" in page
    digest = signature(ANSWER).decode()
    assert f"X-Hub-Signature-256: sha256={digest[:4]}…{digest[-4:]}\n" in page
    assert f"From: {DOTS}\n" in page
    assert "Accept: application/json\n" in page


def test_a_new_name_that_may_be_somebodys_words_is_hidden() -> None:
    found = new_shape(("field user_123", "field my private words", "field a b", "field score"))
    page = a_page(a_capture(), found)
    assert f"not documented: field {DOTS}, {DOTS}, {DOTS}, field score." in page


def test_answers_in_fields_that_nobody_knows_and_in_texts_of_json_are_hidden_too() -> None:
    body = b'{"note":"private words","data":{"private words":[1]},"again":"{\\"response\\":\\"no\\"}"}'
    page = a_page(a_capture(body))
    assert "private words" not in page
    assert '\\"' not in page
    assert '"note"' in page
    assert "private" not in a_page(a_capture(b'"private words"'))


@pytest.mark.parametrize(
    ("capture", "says"),
    [
        (a_capture(b"not json of user_123"), "20 bytes that are not JSON. It is not shown"),
        (a_capture(b"[" * 200 + b"]" * 200), "nested too deeply"),
        (a_capture(b'"' + b"x" * 70_000 + b'"'), "too large to print here"),
        (a_capture(b"GET /?token=1", kind="refused", trouble="It had no Host."), "its bytes are not shown"),
    ],
)
def test_what_cannot_be_masked_is_left_out_with_the_reason(capture: Capture, says: str) -> None:
    page = a_page(capture)
    assert says in page.split("## Body")[1]
    assert "user_123" not in page
    assert "token" not in page


HOSTILE = st.text(st.sampled_from("`|\\*_[]()<>#!&@~ \n\r\t\x1b\u202e\u2028:/w.a-'\""), max_size=30)


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_markup_in_any_field_breaks_out_of_nothing(text: str) -> None:
    raw = text.encode()
    capture = signed(
        an_answer(text, survey=text, group=text, user=f"u-1{text}"),
        raw,
        (b"X-A" + raw, raw),
        method=text or "GET",
        target=b"/" + raw,
        version=text,
        trouble=text,
    )
    found = Finding(code="redelivery", summary=text, fix=text)
    other = (a_secret("another", f"a{text}"),)
    page = a_page(capture, found, secrets=other, survey_id=text, group_id=text)
    plain = a_page(
        signed(an_answer(), b"a", (b"X-A", b""), method="GET", target=b"/", version="1.1", trouble="a"),
        Finding(code="redelivery", summary="a", fix="a"),
        secrets=other,
    )
    assert _blocks(page) == _blocks(plain)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028]", page)


def _blocks(page: str) -> list[str]:
    """What a reader of Markdown makes of the page: its headings but for findings', fences and tables."""
    found: list[str] = []
    is_fenced = False
    for line in page.split("\n"):
        if line.startswith("```"):
            is_fenced = not is_fenced
            found.append(line)
        elif is_fenced:
            continue
        elif line.startswith("## "):
            found.append(line)
        elif line.startswith("|"):
            cells = re.sub(r"`[^`]*`", "span", line)
            assert cells.count("|") == 3, line
            found.append(cells.split("|")[1])
        else:
            assert not re.search(r"(?<!\\)(?:\\\\)*<", line)
    assert not is_fenced
    return [one for one in found if "problem" not in one]


HOSTILE_MARKUP = st.text(st.sampled_from("`|\\*_[]()<>#!&@~ \n\r\t\x1b\u202e\u2028:/w.a'\"-+="))


@given(HOSTILE_MARKUP)
def test_a_code_span_ends_where_it_should_in_a_table_too(text: str) -> None:
    span = code(text)
    assert span == "" or re.fullmatch(r"`[^`|\n\r\u2028]+`", span)


@given(HOSTILE_MARKUP)
def test_prose_is_one_line_with_every_mark_escaped(text: str) -> None:
    shown = prose(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_~\[\]<>|!]", shown.replace("&#", ""))


@given(HOSTILE_MARKUP)
def test_no_line_ends_its_fence(text: str) -> None:
    line = fenced(text)
    assert "```" not in line
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize("text", ["@everyone", "https://a.example/", "WWW.a.example", "&lt;b&gt;"])
def test_prose_becomes_no_mention_link_or_other_character(text: str) -> None:
    shown = prose(text)
    assert text not in shown
    assert not re.search(r"@|://|www\.|&lt;", shown, re.IGNORECASE)


def test_there_is_no_empty_span() -> None:
    assert code("") == code("  ") == ""
