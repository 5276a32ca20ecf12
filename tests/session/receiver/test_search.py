"""The search for a cause over the network: what it sends, how it ends, and what the report says."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.client.wire import NotReplayable
from inspector.session.receiver import check, check_run
from inspector.session.receiver.check import (
    MOST_REPORTS,
    CauseProbe,
    CheckReport,
    CheckResult,
    CheckStep,
    CheckStop,
    VersusReport,
    VersusStep,
)
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import ANSWER, SECRET_TEXT, an_answer, signature
from tests.client.receivers import own_address
from tests.session.conftest import Start
from tests.session.receiver.test_bad_receivers import BUSY, report_of, steps_of
from tests.session.receiver.test_check import NO, verifying
from tests.session.test_replays import OK, Answer, put, receiver
from tests.waiting import until


def verifies(message: Callable[[bytes], bytes], key: str = SECRET_TEXT) -> Answer:
    """The answer of a receiver that signs something else, or with another key."""

    def answer(request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        expected = hmac.new(key.encode(), message(body), hashlib.sha256).hexdigest()
        return OK if f"\r\nx-webhook-signature: {expected}".encode() in head else NO

    return answer


def of_python(body: bytes) -> bytes:
    """The body as Python prints it."""
    return json.dumps(json.loads(body)).encode()


async def explained(session: Session, capture_id: int, to: str, **options: Any) -> list[CheckStep]:
    async with aclosing(session.receiver_check.why(capture_id, to, **options)) as steps:
        return [step async for step in steps]


async def compared(session: Session, a: str, b: str, **options: Any) -> VersusReport:
    async with aclosing(session.receiver_check.versus(a, b, **options)) as steps:
        *before, report = [step async for step in steps]
    assert all(isinstance(step, VersusStep) for step in before)
    assert isinstance(report, VersusReport)
    return report


def last(steps: list[CheckStep]) -> CheckReport:
    report = steps[-1]
    assert isinstance(report, CheckReport)
    return report


async def test_a_failure_on_one_event_does_not_hide_the_cause_of_rejections(start: Start) -> None:
    def printed_again(body: bytes) -> bytes:
        return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()

    def fails_on_half_an_emoji(request: bytes) -> bytes:
        if b"\\ud83d" in request:
            return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        try:
            return verifies(printed_again)(request)
        except ValueError:
            return NO

    session = await start(listening=False)
    async with receiver(fails_on_half_an_emoji) as (url, _):
        report = await report_of(session, url)
    says = {result.test: result.says for result in report.results}
    assert says["unicode"] == "fails on a valid event with half an emoji, \\ud83d: responds with 500"
    assert says["numbers"].startswith("rejects a valid event with unusual numbers: ")
    [cause] = report.causes
    assert (cause.code, cause.is_proved) == ("body-reserialised", True)


async def test_the_cause_is_proved_and_is_the_end_of_the_sentence(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifies(lambda _: b"{}")) as (url, received):
        steps = await steps_of(session, url)
    report, probes = last(steps), [step for step in steps if isinstance(step, CauseProbe)]
    assert report.sentence == "Your receiver rejects valid deliveries: it verifies {} instead of the body."
    [cause] = report.causes
    assert (cause.code, cause.is_proved) == ("body-empty", True)
    assert report.probes == tuple(probes)
    assert cause.probe is not None
    assert probes[cause.probe].is_accepted
    assert [probe.sent for probe in probes] == list(range(1, len(probes) + 1))
    assert report.requests == len(received)
    head = received[-1].partition(b"\r\n\r\n")[0]
    assert head.count(b"webhook-inspector-check: ") == 1, "each request of the search is marked, too"


async def test_a_second_check_sends_other_events_because_receivers_store_them(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifies(lambda _: b"{}")) as (url, received):
        reports = [await report_of(session, url) for _ in range(2)]
    users = [re.findall(rb'"user_id":"(webhook-inspector-check-cause[^"]*)"', one) for one in received]
    first, second = (report.requests for report in reports)
    assert len(users) == first + second
    of_first, of_second = (
        {user for found in part for user in found} for part in (users[:first], users[first:])
    )
    assert of_first
    assert of_second
    assert not of_first & of_second


async def test_one_that_locks_senders_out_after_many_wrong_signatures_rules_nothing_out(start: Start) -> None:
    session = await start(listening=False)
    wrong: list[bytes] = []

    def locks(request: bytes) -> bytes:
        if len(wrong) >= 60:
            return NO.replace(b"401", b"403")
        if (response := verifies(lambda body: body[::-1])(request)) == NO:
            wrong.append(request)
        return response

    async with receiver(locks) as (url, _):
        report = await report_of(session, url)
    assert [cause.code for cause in report.causes] == ["receiver-unsteady"]
    assert report.sentence == "Your receiver is unsteady: 2 events of the same kind got 401 and 403."
    assert (report.ruled_out, report.is_searched) == ((), False)


async def test_one_that_is_corrected_during_the_search_is_unsteady_and_not_unexplained(start: Start) -> None:
    session = await start(listening=False)
    probes: list[bytes] = []

    def corrected(request: bytes) -> bytes:
        if b"webhook-inspector-check-cause" in request:
            probes.append(request)
        return verifying(request) if len(probes) > 8 else NO

    async with receiver(corrected) as (url, _):
        report = await report_of(session, url)
    assert [cause.code for cause in report.causes] == ["receiver-unsteady"]
    assert not report.is_searched


async def test_another_saved_secret_is_found_if_its_text_is_available(start: Start) -> None:
    session = await start(listening=False)
    await session.secrets.add("staging", "of staging, long enough", save=False)
    await session.secrets.set_active("staging", False)
    async with receiver(verifies(lambda body: body, "of staging, long enough")) as (url, _):
        report = await report_of(session, url)
    assert [(cause.code, cause.is_proved) for cause in report.causes] == [("secret-other", True)]
    assert "of staging" not in str(report.causes)


async def test_a_receiver_that_is_wrong_in_an_unknown_way_is_not_explained(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifies(lambda body: body[::-1])) as (url, _):
        report = await report_of(session, url)
    assert report.sentence == (
        "Your receiver rejects valid deliveries. None of the known mistakes explains it."
    )
    assert (report.causes, report.is_searched) == ((), True)
    assert "body-empty" in report.ruled_out
    assert len(report.probes) <= 120


async def test_one_group_alone_does_not_make_a_receiver_correct_that_rejects_valid_events(
    start: Start,
) -> None:
    session = await start(listening=False)
    async with receiver(verifies(lambda _: b"{}")) as (url, _):
        report = await report_of(session, url, groups=("rejects",))
    assert report.verdict == "rejects-valid"
    assert report.sentence == "Your receiver rejects valid deliveries: it verifies {} instead of the body."
    assert report.results[0].test == "valid"


async def test_nothing_is_searched_if_that_is_off(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(lambda _: NO) as (url, _):
        report = await report_of(session, url, is_searching=False)
    assert (report.probes, report.causes, report.is_searched) == ((), (), False)
    assert report.sentence == "Your receiver rejects valid deliveries."


async def test_a_search_that_is_stopped_keeps_what_was_sent(start: Start) -> None:
    session = await start(listening=False)
    stop, seen = CheckStop(), list[CauseProbe]()
    async with (
        receiver(lambda _: NO) as (url, _),
        aclosing(session.receiver_check.run(url, stop=stop)) as steps,
    ):
        async for step in steps:
            if isinstance(step, CauseProbe):
                seen.append(step)
                if len(seen) == 3:
                    stop.set()
    assert isinstance(step, CheckReport)
    assert step.probes == tuple(seen)
    assert len(seen) == 3
    assert (step.ended, step.is_searched) == ("The search for the cause was stopped.", False)
    assert step.sentence == "Your receiver rejects valid deliveries."


async def test_a_search_that_is_stopped_before_the_proof_says_what_was_accepted(start: Start) -> None:
    session = await start(listening=False)
    stop = CheckStop()
    async with (
        receiver(verifies(lambda _: b"{}")) as (url, _),
        aclosing(session.receiver_check.run(url, stop=stop)) as steps,
    ):
        async for step in steps:
            if isinstance(step, CauseProbe) and step.is_accepted and "signed over {}" in step.words:
                stop.set()
    assert isinstance(step, CheckReport)
    [cause] = step.causes
    assert (cause.code, cause.is_proved) == ("body-empty", False)
    assert cause.proof == "The search ended before this was proved."
    assert step.sentence.startswith(
        "Your receiver rejects valid deliveries. Possible cause: Your receiver accepted "
    )


async def test_a_check_that_is_cancelled_ends_at_once(start: Start) -> None:
    session = await start(listening=False)
    gate = asyncio.Event()
    async with receiver(verifying, gate) as (url, received):
        task = asyncio.create_task(report_of(session, url))
        await until(lambda: received)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
    assert len(received) == 1
    assert session.receiver_check.reports == ()


async def test_large_reports_are_kept_for_less_long(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await start(listening=False)
    monkeypatch.setattr(check, "MOST_REPORT_BYTES", 60_000)
    page = b"HTTP/1.1 401 No\r\nContent-Length: 4000\r\n\r\n" + b"x" * 4_000
    async with receiver(lambda _: page) as (url, _):
        for _ in range(3):
            newest = await report_of(session, url, groups=("rejects",), is_searching=False)
    assert session.receiver_check.reports == (newest,)


async def test_a_search_that_takes_too_long_ends_with_the_results_so_far(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(listening=False)
    monkeypatch.setattr(check_run, "_STEP_S", 0.001)
    async with receiver(lambda _: NO) as (url, _):
        report = await report_of(session, url)
    assert report.ended == "The search for the cause ended early: it took longer than 0.001 s."
    assert report.sentence == "Your receiver rejects valid deliveries."
    assert len(report.results) > 20


async def test_a_search_goes_on_in_a_new_worker_process(start: Start) -> None:
    """Another call in the worker may have been cancelled, which replaces its process."""
    session = await start(listening=False)
    async with receiver(verifies(lambda _: b"{}")) as (url, _):
        count = 0
        async with aclosing(session.receiver_check.run(url)) as steps:
            async for step in steps:
                if isinstance(step, CauseProbe):
                    count += 1
                    if count == 4:
                        other = asyncio.create_task(session.worker.run(sorted, range(3)))
                        await asyncio.sleep(0)
                        other.cancel()
                        await asyncio.gather(other, return_exceptions=True)
    assert isinstance(step, CheckReport)
    assert [cause.code for cause in step.causes] == ["body-empty"]


# ---- from a capture


async def test_a_capture_is_sent_as_it_was_and_then_the_cause_is_searched_with_it(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER)
    async with receiver(verifies(of_python)) as (url, received):
        steps = await explained(session, capture, f"{url}hook")
    report = last(steps)
    assert report.sentence.startswith(
        "Your receiver rejects capture 1: it verifies the body as printed by Python"
    )
    assert (report.capture_id, report.note) == (1, "")
    assert [result.title for result in report.results] == ["Capture 1 as captured"]
    assert received[0].endswith(ANSWER)
    assert b"webhook-inspector-check" not in received[0], "it is exactly the capture"
    assert any(ANSWER in request for request in received[3:]), "variants have its body"
    assert (await session.captures.detail(capture)).attempts == (), "nothing is stored"


async def test_a_capture_that_anyone_may_have_sent_is_not_signed_unasked(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER, signed=False)
    async with receiver(verifying) as (url, received):
        report = last(await explained(session, capture, url))
    assert (report.verdict, report.is_withheld, report.probes) == ("correct", True, ())
    assert report.sentence == "Your receiver rejects capture 1, whose signature is not valid."
    assert report.note == "It was not signed again, because anyone may have sent it."
    [request] = received
    assert b"x-webhook-signature" not in request


async def test_a_capture_without_a_valid_signature_is_signed_first_if_the_user_asks(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER, signed=False)
    async with receiver(verifying) as (url, received):
        report = last(await explained(session, capture, url, is_resigning_unverified=True))
    assert [result.title for result in report.results] == [
        "Capture 1 as captured",
        "Capture 1 signed with env:BLITZ_WEBHOOK_SECRET",
    ]
    assert report.note == "Capture 1 is unsigned, so it was signed with env:BLITZ_WEBHOOK_SECRET."
    assert report.verdict == "correct"
    assert report.sentence == (
        "Your receiver rejects capture 1 as captured, and accepts it signed with env:BLITZ_WEBHOOK_SECRET."
    )
    assert (report.probes, len(received)) == ((), 2)
    assert signature(ANSWER) in received[1]


async def test_a_capture_without_a_valid_signature_that_is_accepted_is_a_fault(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER, signed=False)
    async with receiver() as (url, received):
        report = last(await explained(session, capture, url))
    assert report.verdict == "accepts-forged"
    assert report.sentence == "Your receiver accepts capture 1, whose signature is not valid."
    assert len(received) == 1


async def test_a_capture_without_a_valid_signature_is_not_called_accepted_if_no_response_says_so(
    start: Start,
) -> None:
    session = await start(listening=False, settings=(("answer_seconds", "0.2"),))
    [capture] = await put(session, ANSWER, signed=False)
    gate = asyncio.Event()
    async with receiver(gate=gate) as (url, _):
        report = last(await explained(session, capture, url))
        gate.set()
    assert report.sentence == "Your receiver rejects capture 1: it does not respond."
    assert report.verdict == "rejects-valid"

    async with receiver(lambda _: BUSY % 9999) as (url, _):
        report = last(await explained(session, capture, url, is_resigning_unverified=True))
    assert report.sentence == "Your receiver rejects capture 1."
    assert report.ended == "The receiver responds with 429 and asks to wait at least 15 min."
    assert report.verdict == "unreachable"


async def test_a_capture_that_is_accepted_now_needs_no_search(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER)
    async with receiver(verifying) as (url, received):
        report = last(await explained(session, capture, url))
    assert (report.verdict, report.sentence) == ("correct", "Your receiver accepts capture 1.")
    assert len(received) == 1


@pytest.mark.parametrize("body", [b"not JSON", b"[1]", b"", b'{"a":"' + b"x" * 40_000 + b'"}'])
async def test_a_capture_that_is_no_short_event_is_explained_by_other_events(
    start: Start, body: bytes
) -> None:
    session = await start(listening=False)
    [capture] = await put(session, body)
    async with receiver(verifies(lambda text: text, f"{SECRET_TEXT}\n")) as (url, _):
        report = last(await explained(session, capture, url))
    assert [(cause.code, cause.is_proved) for cause in report.causes] == [("secret-whitespace", True)]


async def test_what_cannot_be_sent_or_is_unknown_is_refused(start: Start) -> None:
    session = await start(listening=False)
    [cut] = await put(session, b"half", kind="cut")
    [whole] = await put(session, ANSWER)
    with pytest.raises(NotReplayable, match="the end of its body is missing"):
        await explained(session, cut, "http://127.0.0.1:9/")
    with pytest.raises(NotFound):
        await explained(session, 99, "http://127.0.0.1:9/")
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is not localhost"):
        await explained(session, whole, "http://192.0.2.1:9/")
    report = last(await explained(session, whole, "http://127.0.0.1:9/"))
    assert (report.verdict, report.sentence) == (
        "unreachable",
        "Nothing listens at 127.0.0.1:9. Start the receiver, or check the port.",
    )


async def test_only_the_selected_secret_signs_for_a_receiver_on_another_machine(start: Start) -> None:
    session = await start(listening=False)
    await session.secrets.add("production", "of production", save=False)
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    await session.hosts.allow(own)
    answer = verifies(lambda body: body, "of production")
    async with receiver(answer, host=own) as (url, received):
        report = last(await steps_of(session, url, sign_with="env:BLITZ_WEBHOOK_SECRET"))
        assert len(received) > len(report.probes) > 60
        assert OK not in map(answer, received)
        assert (report.causes, report.is_searched) == ((), True)
        assert report.note.startswith(
            "Other secrets were not tried, because the receiver is not on this machine."
        )
        report = last(await steps_of(session, url, sign_with="production"))
        assert report.verdict == "correct"
    async with receiver(answer) as (url, _):
        report = last(await steps_of(session, url, sign_with="env:BLITZ_WEBHOOK_SECRET"))
    assert [(cause.code, cause.is_proved) for cause in report.causes] == [("secret-other", True)]
    assert report.note == ""


@pytest.mark.parametrize("part", [CheckResult, CauseProbe])
async def test_nothing_is_sent_after_a_host_has_lost_its_permission(start: Start, part: type) -> None:
    session, own = await start(listening=False), own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    await session.hosts.allow(own)
    sent: list[int] = []

    async def check(url: str) -> None:
        async with aclosing(session.receiver_check.run(url)) as steps:
            async for step in steps:
                if isinstance(step, part) and not sent:
                    await session.hosts.revoke(own)
                    sent.append(len(received))

    async with receiver(verifies(lambda body: body[::-1]), host=own) as (url, received):
        with pytest.raises(UsageError, match="is not localhost"):
            await check(url)
    assert sent == [len(received)]


# ---- two receivers


async def test_two_receivers_are_checked_in_turn_and_differ_where_they_do(start: Start) -> None:
    session = await start(listening=False)
    order: list[str] = []

    def noted(name: str, answer: Answer) -> Answer:
        def respond(request: bytes) -> bytes:
            order.append(name)
            return answer(request)

        return respond

    def careless(request: bytes) -> bytes:
        return OK if b"x-webhook-signature" not in request else verifying(request)

    async with receiver(noted("a", verifying)) as (a, _), receiver(noted("b", careless)) as (b, _):
        report = await compared(session, a, b)
    assert (report.to.verdict, report.versus.verdict) == ("correct", "accepts-forged")
    assert not report.is_same_verdict
    assert "unsigned" in [pair.test for pair in report.differing]
    assert "valid" not in [pair.test for pair in report.differing]
    assert report.sentence == (
        f"The receivers differ in {len(report.differing)} of {len(report.pairs)} tests."
    )
    assert "".join(order[:12]).count("ab") + "".join(order[:12]).count("ba") > 2, "in turn"


async def test_equal_receivers_do_not_differ(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifying) as (a, _), receiver(verifying) as (b, _):
        report = await compared(session, a, b, groups=("rejects",))
    assert report.is_equal
    assert report.sentence == f"The receivers do not differ: {len(report.pairs)} tests have the same result."


async def test_one_of_two_that_is_unreachable_is_one_sentence(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifying) as (url, _):
        report = await compared(session, url, "http://127.0.0.1:9/")
    assert report.sentence == "Nothing listens at 127.0.0.1:9. Start the receiver, or check the port."
    assert not report.is_equal


# ---- reports that are kept


async def test_the_latest_reports_are_kept_and_compared_by_target(start: Start) -> None:
    session = await start(listening=False)
    check = session.receiver_check
    async with receiver(verifying) as (a, _), receiver(lambda _: OK) as (b, _):
        first = await report_of(session, a, groups=("rejects",))
        other = await report_of(session, b, groups=("rejects",))
        second = await report_of(session, a, groups=("rejects",))
        assert check.reports == (second, other, first)
        assert (check.previous(second), check.previous(first)) == (first, None)
        for _ in range(MOST_REPORTS):
            newest = await report_of(session, a, groups=("rejects",))
    assert len(check.reports) == MOST_REPORTS
    assert check.reports[0] is newest
    await report_of(session, "http://127.0.0.1:9/")
    assert check.reports[0] is newest, "an unreachable receiver has nothing to open again"


async def test_a_result_is_sent_again_byte_for_byte_with_the_headers_of_the_target(start: Start) -> None:
    session = await start(listening=False)
    is_fixed = False

    def mended(request: bytes) -> bytes:
        return verifying(request) if is_fixed or b"x-webhook-signature" in request else OK

    async with receiver(mended) as (url, received):
        token = (b"Authorization", b"Bearer t0p-s3cr3t")
        await session.targets.save(NamedTarget(name="local", url=f"{url}hook", headers=(token,)))
        report = await report_of(session, "local")
        wrong = next(result for result in report.results if result.test == "unsigned")
        assert wrong.result == "failed"
        before = [request for request in received if b"x-webhook-signature" not in request]
        received.clear()
        is_fixed = True
        again = await session.receiver_check.repeat(report, wrong)
    assert isinstance(again, CheckResult)
    assert (again.result, again.status) == ("passed", 401)
    assert received == before[:1]
    assert b"Bearer t0p-s3cr3t" in received[0]
    assert b"t0p-s3cr3t" not in again.exchanges[0].sent_head


async def test_a_capture_that_must_be_rejected_is_still_right_if_it_is_rejected_again(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, ANSWER, signed=False)
    async with receiver(verifying) as (url, _):
        report = last(await explained(session, capture, url))
        [first] = report.results
        again = await session.receiver_check.repeat(report, first)
    assert (first.result, again.result, again.says) == ("undecided", "undecided", first.says)


async def test_a_capture_and_events_at_once_can_be_sent_again(start: Start) -> None:
    session = await start(listening=False)
    [capture] = await put(session, an_answer("again"))
    async with receiver(lambda _: NO) as (url, received):
        report = last(await explained(session, capture, url))
        first = received[0]
        received.clear()
        again = await session.receiver_check.repeat(report, report.results[0])
        assert (again.result, again.says, received) == ("failed", "responds with 401", [first])
    async with receiver(verifying) as (url, received):
        report = await report_of(session, url)
        at_once = next(result for result in report.results if result.test == "at-once")
        received.clear()
        again = await session.receiver_check.repeat(report, at_once)
    assert (again.result, len(received)) == ("passed", len(at_once.exchanges))
