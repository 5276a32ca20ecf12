"""The tests of *Check my receiver*: good and bad events, and how the replies are read.

To add a test, write its events and a function that reads the replies, and add its entry to `TESTS`. The order
counts: later tests use the results of earlier ones.
"""

from __future__ import annotations

from inspector.domain.receiver import events, readings
from inspector.domain.receiver.receiver_test import FIRST, PRINTED, ReceiverTest

TESTS: tuple[ReceiverTest, ...] = (
    ReceiverTest(
        name=FIRST,
        group="accepts",
        title="Valid completion",
        sends=events.valid,
        reads=readings.accepts_first,
    ),
    ReceiverTest(
        name="valid-answer",
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
        name="tampered",
        group="rejects",
        title="Body changed after signing",
        sends=events.tampered,
        reads=readings.rejects("accepts an invalid signature: the body was changed"),
    ),
    ReceiverTest(
        name="wrong-secret",
        group="rejects",
        title="Signed with another secret",
        sends=events.wrong_secret,
        reads=readings.rejects("accepts an invalid signature, made with another secret"),
    ),
    ReceiverTest(
        name="last-digit",
        group="rejects",
        title="Another last digit",
        sends=events.last_digit,
        reads=readings.rejects(
            "accepts an invalid signature: its last digit is wrong",
            only=", so it compares only the beginning",
        ),
    ),
    ReceiverTest(
        name="upper-case",
        group="behaves",
        title="Signature in uppercase hex",
        sends=events.upper_case,
        reads=readings.either(
            "accepts uppercase hex, which the documented check would reject: harmless",
            "rejects uppercase hex, as the documented check does",
        ),
    ),
    ReceiverTest(
        name=PRINTED,
        group="behaves",
        title="Re-serialised JSON",
        sends=events.reserialised,
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
        reads=readings.accepts_text("an emoji"),
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
        reads=readings.not_canonical,
    ),
    ReceiverTest(
        name="repeated",
        group="behaves",
        area="idempotency",
        title="Same event twice",
        sends=events.repeated,
        reads=readings.same_twice,
    ),
    ReceiverTest(
        name="out-of-order",
        group="behaves",
        area="order",
        title="Answers after their completion",
        sends=events.out_of_order,
        reads=readings.accepts("rejects answers that arrive after their completion"),
    ),
    ReceiverTest(
        name="not-json",
        group="behaves",
        title="Signed, but not JSON",
        sends=events.not_json,
        reads=readings.either("accepts a body that is not JSON", "rejects it"),
    ),
    ReceiverTest(
        name="empty",
        group="rejects",
        title="Empty body, no signature",
        sends=events.empty,
        reads=readings.rejects("accepts an empty body without a signature"),
    ),
    ReceiverTest(
        name="time",
        group="behaves",
        area="speed",
        title="Time to respond",
        sends=events.nothing,
        reads=readings.slowness,
    ),
)
