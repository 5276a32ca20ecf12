"""Learning the sender's retries: what fails, what belongs to it, when it ends, and what it shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.response.retry_study import RetryStudy, StudiedDelivery
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, an_answer, signature
from tests.capture.wire import a_request
from tests.session.conftest import Start
from tests.session.test_responding import _close_connections, connected, got, waiting
from tests.waiting import until

__all__ = ["_close_connections"]

BODY = an_answer()


def signed(body: bytes = BODY, *fields: bytes, target: bytes = b"/") -> bytes:
    own = b"x-webhook-signature: " + signature(body, SECRET_TEXT)
    lines = b"".join(field + b"\r\n" for field in (own, *fields))
    return a_request(body, fields=lines, target=target)


async def test_a_delivery_fails_three_times_and_its_retries_are_compared(start: Start) -> None:
    session = await start()
    study = await session.responses.learn()
    assert study.sentence == "Waiting for the next delivery. It gets 503."
    assert await got(session, 1, a_request(b"{}")) == [200], "an untrusted one does not begin it"
    assert await got(session, 1, signed(BODY, b"X-Try: 1")) == [503]
    assert await got(session, 1, signed(an_answer(user="someone else"))) == [200]
    assert await got(session, 1, a_request(BODY)) == [200], "nor is one with the same bytes a retry"
    assert await got(session, 1, signed(BODY, b"X-Try: 2")) == [503]
    assert await got(session, 1, signed(an_answer(response="changed"), b"Traceparent: 1")) == [503]
    assert await got(session, 2, signed(BODY, b"X-Try: 4")) == [200, 200]
    learning = await until(
        lambda: session.responses.learning, lambda found: found is not None and len(found.deliveries) == 5
    )
    assert learning is not None
    assert [one.response for one in learning.deliveries] == ["503", "503", "503", "200", "200"]
    assert [learning.note(place) for place in range(5)] == [
        *("first delivery", "same bytes", "other body", "same bytes", "same bytes")
    ]
    assert learning.sentence == "4 retries so far, 3 of 4 with the same bytes and signature."
    ended = await session.responses.stop_learning()
    text = " ".join(ended.conclusions)
    assert "4 retries, 3 of 4 with the same bytes and signature: after " in text
    assert "Differences from the first delivery: other x-try (3)," in text
    assert all(f"{what} (1)" in text for what in ("without x-try", "new traceparent", "other signature"))
    assert "other body (1)" in text
    assert "It came again after a 2xx once." in text
    assert session.responses.learning is None
    assert session.responses.report == ended
    assert await got(session, 1, signed()) == [200]
    said = {None, "learning retries: 503 Service Unavailable", "learning retries: 200 OK"}
    assert await reasons(session) == said


async def reasons(session: Session) -> set[str | None]:
    ids = session.captures.newest(EVERYTHING, limit=100)
    return {(await session.captures.detail(id_)).capture.answered_by for id_ in ids}


async def test_a_sender_that_gives_up_waiting_shows_its_timeout(start: Start) -> None:
    session = await start()
    await session.responses.learn("wait 60s first 1")
    sender = await connected(session)
    await sender.send(signed())
    await waiting(session, 1)
    sender.drop()
    learning = await until(
        lambda: session.responses.learning,
        lambda found: bool(found and found.deliveries and found.deliveries[0].left_after_ms is not None),
    )
    assert learning is not None
    assert learning.deliveries[0].is_failure
    assert await got(session, 1, signed()) == [200]
    ended = await session.responses.stop_learning()
    assert re.fullmatch(r"The sender stopped waiting after \d{1,2}(\.\d+)? s\.", ended.conclusions[0])


async def test_it_ends_after_a_quiet_time_and_after_so_many_successes(start: Start) -> None:
    session = await start()
    await session.responses.learn("503 first 1", quiet_s=1)
    await until(lambda: session.responses.report, lambda found: found is not None)
    assert session.responses.report is not None
    assert session.responses.report.conclusions == ("No delivery came.",)
    await session.responses.learn("close first 1", successes=1)
    sender = await connected(session)
    await sender.send(signed())
    assert await sender.reader.read() == b""
    assert await got(session, 1, signed()) == [200]
    report = await until(lambda: session.responses.report, lambda found: bool(found and found.deliveries))
    assert report is not None
    assert [one.response for one in report.deliveries] == ["close", "200"]


async def test_another_process_begins_and_stops_it(start: Start) -> None:
    session = await start()
    other = await start(listening=False)
    other.follow()
    await other.responses.add("429 for path:/b")
    await other.responses.learn("500 for path:/a")
    await until(lambda: session.responses.learning is not None)
    assert await got(session, 1, signed(target=b"/b")) == [429], "it is about another path"
    assert await got(session, 1, signed(target=b"/a")) == [500]
    assert await got(session, 1, signed(target=b"/b/404")) == [404], "the path precedes it, and is noted too"
    await until(
        lambda: other.responses.learning, lambda found: found is not None and len(found.deliveries) == 2
    )
    with pytest.raises(UsageError, match="A study of retries is running"):
        await session.responses.learn()
    ended = await other.responses.stop_learning()
    assert [one.response for one in ended.deliveries] == ["500", "404"]
    by = "learning retries: 500 Internal Server Error"
    assert await reasons(session) == {"rule 1: 429 Too Many Requests (path:/b)", by, "path: /404"}
    assert ended.deliveries[1].differences == ("other path",)
    await until(lambda: session.responses.learning is None)
    with pytest.raises(NotFound, match="No study of retries is running"):
        await session.responses.stop_learning()


async def test_untrusted_deliveries_belong_to_it_on_request(start: Start) -> None:
    session = await start()
    await session.responses.learn(takes_untrusted=True)
    assert await got(session, 2, a_request(b"{}")) == [503, 503]


async def test_headers_that_anyone_can_add_to_a_signed_delivery_do_not_fill_a_study(start: Start) -> None:
    session = await start()
    await session.responses.learn()
    assert await got(session, 1, signed()) == [503]
    for number in range(3):
        fields = [b"X-%d-%d-%s: 1" % (number, place, b"a" * 500) for place in range(80)]
        assert await got(session, 1, signed(BODY, *fields)) in ([503], [200])
    learning = await until(
        lambda: session.responses.learning, lambda found: found is not None and len(found.deliveries) == 4
    )
    assert learning is not None
    last = learning.deliveries[-1].differences
    assert last[-1] == "more headers"
    assert (len(last), max(map(len, last))) == (17, len("new ") + 60)
    assert RetryStudy.load(learning.stored) == learning


async def test_a_study_survives_a_restart(start: Start) -> None:
    session = await start()
    await session.responses.learn("503 first 2")
    assert await got(session, 1, signed()) == [503]
    await session.close()
    again = await start()
    assert await got(again, 2, signed()) == [503, 200]
    assert len((await again.responses.stop_learning()).deliveries) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("relay", "needs a response that fails"),
        ("503 every 3", "about one delivery"),
        ("503 first 201", "at most 200 deliveries"),
        ("wait", "“wait”, character 1: “wait” needs a value"),
        ("wait soon", "“wait soon”, character 6: "),
        ("wait 31s after 3s", "“after” is given twice"),
        ("wait 700s", "at most 600 seconds"),
    ],
)
def test_an_impossible_study_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        RetryStudy.parse(text, begun_ms=0)


def test_the_report_is_in_sentences() -> None:
    study = RetryStudy.parse("503", begun_ms=0)
    times = (0, 30_000, 90_000, 210_000)
    made = [
        StudiedDelivery(capture_id=place, received_ms=ms, response="200" if place == 3 else "503")
        for place, ms in enumerate(times)
    ]
    whole = RetryStudy.load(study.stored)
    assert whole == study
    study = replace(study, deliveries=tuple(made))
    assert RetryStudy.load(study.stored) == study
    assert study.sentence == "3 retries so far, all with the same bytes and signature."
    assert study.conclusions == (
        "3 retries, all with the same bytes and signature: after 30 s, 1 min and 2 min.",
        "After the 200, nothing came for 10 min.",
    )
    assert not study.is_running(810_000)
    assert study.left_s(270_000) == 540, "it ends 10 min after the last delivery"
    first = replace(study, deliveries=tuple(made[:1]))
    assert first.conclusions == ("After the 503, no retry came for 10 min.",)
    late = RetryStudy.parse("wait 31s first 1", begun_ms=0, successes=1)
    late = replace(late, deliveries=(replace(made[0], response="200"),))
    assert late.is_running(30_999), "the sender may leave before its late 200"
    assert not late.is_running(31_000)
    gone = replace(late, deliveries=(replace(late.deliveries[0], left_after_ms=3_000),))
    assert gone.is_running(31_000)
    ended = replace(study, successes=1)
    assert ended.conclusions == study.conclusions[:1], "the 200 ended it, so nothing could come"
