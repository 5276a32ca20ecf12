"""Each test of a receiver finds the fault that it is for, and no other: real receivers with one fault
each."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from contextlib import aclosing
from dataclasses import dataclass

import pytest
from aiohttp import web

from inspector.domain.receiver import readings
from inspector.domain.receiver.events import APP_KEY, EventRequest
from inspector.domain.receiver.readings import slowness
from inspector.domain.receiver.receiver_test import Conclusion, Known, Result
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.table import TESTS
from inspector.domain.stringify import restringify
from inspector.session.receiver.check import CheckReport
from tests.builders import SECRET_TEXT
from tests.session.conftest import Start
from tests.session.receiver.faulty import (
    ACCEPTED,
    NAME,
    Fault,
    accepts_if,
    accepts_once,
    closes_after_completion,
    compares_digit_by_digit,
    correct,
    digest,
    is_slow,
    limits_requests,
    one_per_respondent,
    receiving,
    rejects_if,
    remembers_signatures,
    responds_if_rejected,
    signs,
    text,
    throws_if_lengths_differ,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A receiver, the tests that do not pass, and a part of what one of them says."""

    fault: Fault
    says: str = ""
    failed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def expected(self) -> dict[str, Result]:
        return {
            **dict.fromkeys(self.failed, "failed"),
            **dict.fromkeys(self.warned, "warning"),
            **dict.fromkeys(self.undecided, "undecided"),
        }


# A test whose event is accepted shows nothing if forged events are accepted, too.
CASES = {
    "nothing": Case(fault=lambda call: None),
    "answers are refused": Case(
        fault=rejects_if(lambda call: "responses" not in call.event),
        failed=("valid-answer",),
        says="rejects a valid answer (responds with 400)",
    ),
    "completions are refused": Case(
        fault=rejects_if(lambda call: "responses" in call.event),
        failed=("valid", "empty-responses", "question-types", "out-of-order"),
        says="rejects a valid event (responds with 400)",
    ),
    "upper case is accepted": Case(fault=accepts_if(lambda call: call.sent.lower() == digest(call.body))),
    "the header can be missing": Case(
        fault=accepts_if(lambda call: not call.has_header),
        failed=("unsigned", "empty"),
        says="accepts an event without a signature: anyone who finds the URL can send events",
    ),
    "the header can be empty": Case(
        fault=accepts_if(lambda call: call.has_header and not call.sent),
        failed=("empty-signature",),
        says="accepts an event with an empty signature",
    ),
    "an empty body is a ping": Case(
        fault=accepts_if(lambda call: not call.body), failed=("empty",), says="accepts an empty body without"
    ),
    "only the length of the body counts": Case(
        fault=accepts_if(lambda call: call.is_signed(call.body.replace(b"was forged", b"was signed"))),
        failed=("tampered",),
        says="the body was changed to another of the same length",
    ),
    "signatures are remembered": Case(
        fault=remembers_signatures,
        failed=("other-event",),
        says="accepts the signature of another event, which anyone may have seen",
    ),
    "an old secret is accepted": Case(
        fault=accepts_if(lambda call: call.is_signed(key=f"{SECRET_TEXT}x")),
        failed=("wrong-secret", "repeated-header"),
        says="accepts an invalid signature, made with another secret",
    ),
    "an empty secret is accepted": Case(
        fault=accepts_if(lambda call: call.is_signed(key="")),
        failed=("without-secret",),
        says="accepts a signature made with an empty secret",
    ),
    "the app_key signs": Case(
        fault=accepts_if(lambda call: call.is_signed(key=APP_KEY)),
        failed=("without-secret",),
        says="accepts a signature made with the app_key",
    ),
    "a hash signs": Case(
        fault=accepts_if(lambda call: call.sent == hashlib.sha256(call.body).hexdigest()),
        failed=("without-secret",),
        says="accepts a plain SHA-256 hash of the body",
    ),
    "the digest of an empty body": Case(
        fault=accepts_if(lambda call: call.is_signed(b"")),
        failed=("empty-digest",),
        says="accepts the signature of an empty body with any body",
    ),
    "the digest of null": Case(
        fault=accepts_if(lambda call: call.is_signed(b"null")),
        failed=("empty-digest",),
        says="accepts the signature of null with any body",
    ),
    "the last digit is not compared": Case(
        fault=accepts_if(lambda call: len(call.sent) == 64 and call.sent[:63] == digest(call.body)[:63]),
        failed=("last-digit",),
        undecided=("comparison-time",),
        says="its last digit is wrong, so it compares only the beginning",
    ),
    "sixteen digits are compared": Case(
        fault=accepts_if(lambda call: call.sent[:16] == digest(call.body)[:16]),
        failed=("last-digit", "truncated"),
        undecided=("comparison-time",),
        says="accepts an invalid signature with 16 right digits: it compares only the beginning",
    ),
    "as many digits are compared as arrive": Case(
        fault=accepts_if(lambda call: bool(call.sent) and digest(call.body).startswith(call.sent)),
        failed=("truncated",),
        says="accepts the first 32 digits of a signature: it compares only as many digits as arrive",
    ),
    "any of two headers counts": Case(
        fault=accepts_if(lambda call: digest(call.body) in call.request.headers.getall(NAME, [])),
        warned=("repeated-header",),
        says="accepts an event if either of two signatures is right: require exactly one",
    ),
    "the last of two headers counts": Case(
        fault=lambda call: (
            405
            if not call.is_post
            else 401
            if [digest(call.body)] != call.request.headers.getall(NAME, [])[-1:]
            else 400
            if not call.body.endswith(b"}")
            else ACCEPTED
        )
    ),
    "two headers are too much": Case(
        fault=lambda call: 500 if len(call.request.headers.getall(NAME, [])) > 1 else None,
        failed=("repeated-header",),
        says="fails instead of rejecting it: responds with 500",
    ),
    "a comparison throws": Case(
        fault=throws_if_lengths_differ,
        failed=("unsigned", "empty-signature", "truncated", "empty"),
        says="fails instead of rejecting it: responds with 500",
    ),
    "emoji are read as Latin": Case(
        fault=signs(lambda body: body.decode("latin-1").encode()),
        failed=("unicode", "languages"),
        undecided=(),
        says="rejects a valid event with an emoji: it does not verify the received bytes",
    ),
    "JSON is printed in ASCII": Case(
        fault=signs(lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode()),
        failed=("unicode", "languages", "numbers"),
        warned=("not-canonical",),
        says="rejects a valid event with an emoji: it verifies re-serialised text that JSON.stringify would"
        " print differently (responds with 401)",
    ),
    "accents are composed": Case(
        fault=signs(text(lambda text: unicodedata.normalize("NFC", text))),
        failed=("languages",),
        says="rejects a valid event with a text in Vietnamese: it does not verify the received bytes",
    ),
    "the documented check": Case(
        fault=signs(restringify),
        warned=("not-canonical",),
        says="rejects a valid event with 9.0, \\/, a duplicate key, 9007199254740993 or \\u00e9 (responds"
        " with 401): it verifies re-serialised text, as the documented check does, in which 9.0 becomes 9",
    ),
    "a slash is unescaped": Case(
        fault=signs(lambda body: body.replace(b"\\/", b"/")),
        warned=("not-canonical",),
        says="rejects a valid event with \\/ (responds with 401): it does not verify the received bytes",
    ),
    "a duplicate key is refused": Case(
        fault=rejects_if(lambda call: call.body.count(b'"platform"') > 1),
        warned=("not-canonical",),
        says="rejects a valid event with a duplicate key (responds with 400): in a parser, one of two equal"
        " keys is lost",
    ),
    "a number is too large": Case(
        fault=rejects_if(lambda call: b"1e+21" in call.body),
        failed=("numbers",),
        says="rejects a valid event with unusual numbers",
    ),
    "an unknown question type is refused": Case(
        fault=rejects_if(lambda call: call.event.get("question_type") == "star_feedback"),
        failed=("question-types",),
        says="rejects a valid event with the question type star_feedback (responds with 400)",
    ),
    "a completion needs responses": Case(
        fault=rejects_if(lambda call: call.event.get("responses") == []),
        failed=("empty-responses",),
        says="rejects a valid event with no responses (responds with 400)",
    ),
    "an empty list fails": Case(
        fault=rejects_if(lambda call: call.event.get("response") == [], 500),
        failed=("empty-responses",),
        says="fails on a valid event with an empty list: responds with 500",
    ),
    "a body is limited": Case(
        fault=lambda call: 413 if len(call.body) > 100_000 else None,
        failed=("large",),
        says="rejects a valid event of 1 MB (responds with 413): raise its limit on the size of bodies",
    ),
    "an event counts once": Case(
        fault=accepts_once,
        failed=("repeated",),
        says="does not accept the second delivery (responds with 409): respond with 2xx to a repeated event",
    ),
    "nothing comes after a completion": Case(
        fault=closes_after_completion,
        failed=("out-of-order",),
        says="rejects answers that arrive after their completion (responds with 409)",
    ),
    "one answer at a time": Case(
        fault=one_per_respondent,
        failed=("at-once",),
        says="of 10 answers of one respondent that arrive at once (responds with 409)",
    ),
    "HTTP/1.0 is refused": Case(
        fault=lambda call: 505 if call.request.version == (1, 0) else None,
        warned=("http-forms",),
        says="responds differently over HTTP/1.0, which some proxies use: responds with 505",
    ),
    "keep-alive is refused": Case(
        fault=lambda call: 400 if call.request.headers.get("Connection") == "keep-alive" else None,
        failed=("http-forms",),
        says="responds differently on a connection that stays open: responds with 400",
    ),
    "GET is an event": Case(
        fault=lambda call: ACCEPTED if call.request.method == "GET" and call.is_signed() else None,
        warned=("methods",),
        says="accepts an event with GET, which the sender never uses: allow only POST",
    ),
    "GET is not verified": Case(
        fault=lambda call: ACCEPTED if call.request.method == "GET" else None,
        warned=("methods",),
        says="responds to GET as to a valid event, without verifying it",
    ),
    "GET is a page": Case(
        fault=lambda call: web.Response(text="It works") if call.request.method == "GET" else None
    ),
    "PUT fails": Case(
        fault=lambda call: 500 if call.request.method == "PUT" else None,
        failed=("methods",),
        says="fails on a request with PUT: responds with 500",
    ),
    "what is not JSON fails": Case(
        fault=lambda call: 500 if correct(call) == 400 else None,
        failed=("not-json",),
        says="fails: responds with 500",
    ),
    "the expected signature is printed": Case(
        fault=responds_if_rejected(lambda call: f"expected {digest(call.body)}, got {call.sent}"),
        failed=("leak",),
        says="its response contains the expected signature (responds with 401): anyone can read it",
    ),
    "it is printed as base64": Case(
        fault=responds_if_rejected(
            lambda call: base64.b64encode(bytes.fromhex(digest(call.body))).decode()
        ),
        failed=("leak",),
    ),
    "the secret is printed": Case(
        fault=responds_if_rejected(lambda call: f"hmac({SECRET_TEXT!r})"),
        failed=("leak",),
        says="its response contains the secret",
    ),
    "what arrives is echoed, and its hash": Case(
        fault=lambda call: (
            web.Response(text=f"{call.sent} {hashlib.sha256(call.body).hexdigest()}")
            if correct(call) == ACCEPTED
            else None
        )
    ),
    "digits are compared one by one": Case(
        fault=compares_digit_by_digit,
        warned=("comparison-time",),
        says=" longer to reject 63 right digits (",
    ),
    "requests are limited": Case(fault=limits_requests, undecided=("comparison-time",)),
    "an event takes long": Case(fault=is_slow, warned=("time",), says="slow: SLOWEST s; respond first"),
}  # fmt: skip


async def checked(start: Start, fault: Fault, *, per_second: float | None = None) -> CheckReport:
    session = await start(listening=False)
    with pytest.MonkeyPatch.context() as patch:
        if fault is not is_slow:  # a busy machine can take a second
            patch.setattr(readings, "SLOW_MS", readings.TOO_SLOW_MS)
        async with (
            receiving(fault) as url,
            aclosing(session.receiver_check.run(url, per_second=per_second)) as steps,
        ):
            report = [step async for step in steps][-1]
    assert isinstance(report, CheckReport)
    return report


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_fault_is_found_by_its_test_and_by_no_other(start: Start, case: Case) -> None:
    report = await checked(start, case.fault)
    found = {one.test: one for one in report.results if one.result != "passed"}
    assert {name: one.result for name, one in found.items()} == case.expected
    if case.says:
        slowest_ms = max(sent.row.elapsed_ms or 0 for one in report.results for sent in one.exchanges)
        says = case.says.replace("SLOWEST", f"{slowest_ms / 1000:.1f}")
        assert says in "\n".join(found[name].says for name in (*case.failed, *case.warned))
    for one in found.values():
        if "(responds with" in one.says:
            assert f"(responds with {one.status})" in one.says, "the response that decided it"
        if one.group == "rejects" and one.says.startswith("accepts "):
            assert one.status == one.exchanges[one.decisive].row.status == ACCEPTED
    if "leak" in found:
        assert report.verdict == "accepts-forged"
        assert report.sentence == f"Your receiver accepts forged deliveries: {found['leak'].says}."
    assert [one.test for one in report.results] == [test.name for test in TESTS]
    sent = {one.test: len(one.exchanges) for one in report.results}
    del sent["comparison-time"]
    assert sum(sent.values()) < 100


async def test_forged_events_are_of_a_kind_that_the_receiver_accepts(start: Start) -> None:
    """This one refuses answers before it would verify them, and verifies nothing."""
    report = await checked(start, lambda call: ACCEPTED if b'"responses"' in call.body else 400)
    failed = [one.test for one in report.results if one.group == "rejects" and one.result != "passed"]
    assert failed == [test.name for test in TESTS if test.group == "rejects" and test.name != "empty"]


async def test_no_test_exceeds_the_pace(start: Start) -> None:
    report = await checked(start, CASES["nothing"].fault, per_second=500)
    undecided = {one.test: one.says for one in report.results if one.result != "passed"}
    assert undecided == dict.fromkeys(
        ("at-once", "methods", "comparison-time"), "needs a check without a pace"
    )


def took(first_ms: float, then_ms: float) -> Conclusion:
    """The conclusion about a receiver that takes so long for its first event, and for the others."""
    known, test = Known(), TESTS[0]
    for elapsed_ms in (first_ms, then_ms):
        sent = (EventRequest(body=b"", signature=None), Reply(status=200, elapsed_ms=elapsed_ms))
        known = known.after(test, Conclusion(result="passed", says=""), [sent])
    return slowness((), known)


def test_ten_seconds_fail_and_only_a_slow_start_is_allowed() -> None:
    assert took(5, 10_001).result == took(10_001, 5).result == "failed"
    assert took(5, 1_001).result == "warning"
    assert took(1_400, 12).says == "the slowest response took 12 ms, after 1.4 s for the first event"
