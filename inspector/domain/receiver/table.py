"""The tests of *Check my receiver*: good and bad events, and how the replies are read.

To add a test, write its events and a function that reads the replies, and add its entry to `TESTS`. The order
counts: later tests use the results of earlier ones.
"""

from __future__ import annotations

from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.receiver import events, readings
from inspector.domain.receiver.comparison_time import compares_in_constant_time
from inspector.domain.receiver.receiver_test import ANSWER, FIRST, PRINTED, ReceiverTest

_COMPARES_BEGINNING = "it compares only the beginning"

TESTS: tuple[ReceiverTest, ...] = (
    ReceiverTest(
        name=FIRST,
        group="accepts",
        title="Valid completion",
        sends=events.valid,
        reads=readings.accepts_first,
    ),
    ReceiverTest(
        name=ANSWER,
        group="accepts",
        title="Valid answer",
        sends=events.valid_answer,
        reads=readings.accepts("rejects a valid answer"),
    ),
    ReceiverTest(
        name="unsigned",
        group="rejects",
        title="No signature",
        sends=events.unsigned,
        reads=readings.rejects(
            "accepts an event without a signature: anyone who finds the URL can send events"
        ),
    ),
    ReceiverTest(
        name="empty-signature",
        group="rejects",
        title="Empty signature",
        sends=events.empty_signature,
        reads=readings.rejects("accepts an event with an empty signature: anyone can send events"),
    ),
    ReceiverTest(
        name="tampered",
        group="rejects",
        title="Body changed after signing",
        sends=events.tampered,
        reads=readings.rejects(
            "accepts an invalid signature: the body was changed",
            "accepts an invalid signature: the body was changed to another of the same length",
        ),
    ),
    ReceiverTest(
        name="other-event",
        group="rejects",
        title="Signature of another event",
        sends=events.other_event,
        reads=readings.rejects("accepts the signature of another event, which anyone may have seen"),
    ),
    ReceiverTest(
        name="wrong-secret",
        group="rejects",
        title="Signed with another secret",
        sends=events.wrong_secret,
        reads=readings.rejects("accepts an invalid signature, made with another secret"),
    ),
    ReceiverTest(
        name="without-secret",
        group="rejects",
        title="Signed without the secret",
        sends=events.without_secret,
        reads=readings.rejects(
            "accepts a signature made with an empty secret: anyone can sign events",
            "accepts a signature made with the app_key, which is in every event",
            "accepts a plain SHA-256 hash of the body: anyone can compute it",
        ),
    ),
    ReceiverTest(
        name="empty-digest",
        group="rejects",
        title="Signature of an empty body",
        sends=events.empty_digest,
        needs_accepted=True,
        reads=readings.rejects(
            "accepts the signature of an empty body with any body",
            "accepts the signature of null with any body",
        ),
    ),
    ReceiverTest(
        name="last-digit",
        group="rejects",
        title="Another last digit",
        sends=events.last_digit,
        reads=readings.rejects(
            "accepts an invalid signature: its last digit is wrong", only=f", so {_COMPARES_BEGINNING}"
        ),
    ),
    ReceiverTest(
        name="truncated",
        group="rejects",
        title="Only the first digits right",
        sends=events.truncated,
        reads=readings.rejects(
            f"accepts an invalid signature with 16 right digits: {_COMPARES_BEGINNING}",
            "accepts the first 32 digits of a signature: it compares only as many digits as arrive",
            "accepts the first digit of a signature, which anyone can guess",
        ),
    ),
    ReceiverTest(
        name="repeated-header",
        group="rejects",
        title="Two signatures",
        sends=events.repeated_header,
        reads=readings.rejects_repeated,
    ),
    ReceiverTest(
        name="empty",
        group="rejects",
        title="Empty body, no signature",
        sends=events.empty,
        reads=readings.rejects("accepts an empty body without a signature"),
    ),
    ReceiverTest(
        name="upper-case",
        group="behaves",
        title="Signature in uppercase hex",
        sends=events.upper_case,
        needs_accepted=True,
        reads=readings.either(
            "accepts uppercase hex, which is harmless, although the documented check rejects it",
            "rejects uppercase hex, as the documented check does",
        ),
    ),
    ReceiverTest(
        name=PRINTED,
        group="behaves",
        title="Re-serialised JSON",
        sends=events.reserialised,
        needs_accepted=True,
        reads=readings.either(
            "accepts it: it verifies re-serialised text, as the documented check does",
            "rejects it: it verifies the received bytes, so a proxy that re-serialises JSON would break it",
        ),
    ),
    ReceiverTest(
        name="unicode",
        group="accepts",
        title="Emoji and other scripts",
        sends=events.unicode,
        reads=readings.accepts_text("{}", names=list(events.SCRIPTS), every="an emoji"),
    ),
    ReceiverTest(
        name="languages",
        group="accepts",
        title="Every language",
        sends=events.languages,
        reads=readings.accepts_text(
            "{}", names=list(events.LANGUAGES), of="a text in {}", every="a text in any language"
        ),
    ),
    ReceiverTest(
        name="numbers",
        group="accepts",
        title="Unusual numbers",
        sends=events.numbers,
        reads=readings.accepts_text("unusual numbers"),
    ),
    ReceiverTest(
        name="not-canonical",
        group="accepts",
        title="JSON with 9.0 and \\/",
        sends=events.not_canonical,
        reads=readings.accepts_forms,
    ),
    ReceiverTest(
        name="empty-responses",
        group="accepts",
        title="Empty responses",
        sends=events.empty_responses,
        reads=readings.accepts("rejects a valid event with {}", names=events.EMPTY_RESPONSES),
    ),
    ReceiverTest(
        name="question-types",
        group="accepts",
        title="Every question type",
        sends=events.question_types,
        reads=readings.accepts(
            "rejects a valid event with {}",
            names=(*QUESTION_TYPES, "all in one completion"),
            of="the question type {}",
            every="any question type",
        ),
    ),
    ReceiverTest(
        name="large",
        group="accepts",
        area="http",
        title="1 MB body",
        sends=events.large,
        reads=readings.accepts_large,
    ),
    ReceiverTest(
        name="repeated",
        group="behaves",
        area="idempotency",
        title="Same event twice",
        sends=events.repeated,
        needs_accepted=True,
        reads=readings.same_twice,
    ),
    ReceiverTest(
        name="out-of-order",
        group="behaves",
        area="order",
        title="Answers after their completion",
        sends=events.out_of_order,
        needs_accepted=True,
        reads=readings.accepts("rejects answers that arrive after their completion"),
    ),
    ReceiverTest(
        name="at-once",
        group="behaves",
        area="order",
        title="Ten answers at once",
        sends=events.at_once,
        is_at_once=True,
        needs_accepted=True,
        reads=readings.accepts_at_once,
    ),
    ReceiverTest(
        name="http-forms",
        group="behaves",
        area="http",
        title="Keep-alive and HTTP/1.0",
        sends=events.http_forms,
        reads=readings.same_http,
    ),
    ReceiverTest(
        name="methods",
        group="behaves",
        area="http",
        title="GET and PUT",
        sends=events.methods,
        # A server that does not read the body of a GET would take it for the next request.
        is_at_once=True,
        needs_accepted=True,
        reads=readings.only_post,
    ),
    ReceiverTest(
        name="not-json",
        group="behaves",
        area="http",
        title="Signed, but not JSON",
        sends=events.not_json,
        needs_accepted=True,
        reads=readings.either("accepts a body that is not JSON", "rejects it"),
    ),
    ReceiverTest(
        name="leak",
        group="behaves",
        title="Signature in a response",
        talks=readings.leaks,
    ),
    ReceiverTest(
        name="comparison-time",
        group="behaves",
        title="Time of the comparison",
        is_patient=False,
        needs_accepted=True,
        talks=compares_in_constant_time,
    ),
    ReceiverTest(
        name="time",
        group="behaves",
        area="speed",
        title="Time to respond",
        reads=readings.slowness,
    ),
)
