"""What is worth an interruption: a saved filter with a bell that matches, silence."""

from __future__ import annotations

import asyncio
import time

import pytest

from inspector.domain.query.alert import Alert
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.query.scope import EVERYTHING
from inspector.session import alerts
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, an_answer, signature
from tests.session.conftest import Start
from tests.waiting import evaluated, until


@pytest.fixture
async def session(start: Start) -> Session:
    """One that listens."""
    return await start()


@pytest.fixture
async def raised(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[Alert]:
    """The alerts of a session that watches; it looks at once."""
    monkeypatch.setattr(alerts, "WAIT_S", 0.0)
    told: list[Alert] = []
    session.alerts.raised.connect(told.append)
    session.alerts.start()
    return told


async def post(session: Session, body: bytes, secret: str | None = SECRET_TEXT) -> None:
    """Deliver a body, and wait until alerts have looked at it."""
    url = session.ingest.url
    assert url is not None
    told = asyncio.Event()

    def tell(_: tuple[int, ...]) -> None:
        told.set()

    session.captures.captured.connect(tell)
    port = int(url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    signed = b"" if secret is None else b"x-webhook-signature: %b\r\n" % signature(body, secret)
    writer.write(
        b"POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: %d\r\n%b\r\n%b"
        % (len(body), signed, body)
    )
    await reader.read()
    writer.close()
    await told.wait()
    session.captures.captured.disconnect(tell)
    await until(lambda: session.alerts.is_idle)


async def test_an_invalid_signature_alerts_at_first_and_once_a_minute(
    session: Session, raised: list[Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    await post(session, an_answer(user="ann"))
    await post(session, an_answer(user="ann"), None)
    assert raised == []
    await post(session, an_answer(user="bob"), "wrong")
    await post(session, an_answer(user="eve"), "wrong")
    assert [(alert.title, alert.capture_id) for alert in raised] == [("Invalid today: a new capture", 3)]
    monkeypatch.setattr(alerts, "BETWEEN_S", 0.0)
    await post(session, an_answer(user="bob"), "wrong")
    assert [alert.capture_id for alert in raised] == [3, 5]


async def test_a_muted_bell_and_a_removed_filter_are_silent_at_once(
    session: Session, raised: list[Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BETWEEN_S", 0.0)
    await session.filters.toggle_bell("invalid today")
    await post(session, an_answer(), "wrong")
    assert raised == []
    await session.filters.toggle_bell("Invalid today")
    await post(session, an_answer(), "wrong")
    assert len(raised) == 1
    await session.filters.remove("Invalid today")
    await post(session, an_answer(), "wrong")
    assert len(raised) == 1


async def test_a_rule_alerts_of_what_its_filter_chooses(session: Session, raised: list[Alert]) -> None:
    await session.preferences.save("saved_filters", ["beep on user:ann"])
    await post(session, an_answer(user="bob"))
    assert raised == []
    await post(session, an_answer(user="ann"))
    assert [(alert.title, alert.capture_id, alert.has_beep) for alert in raised] == [
        ("user ann: a new capture", 2, True)
    ]
    await post(session, an_answer(user="ann"))
    assert len(raised) == 1, "at most one a minute"


async def test_samples_interrupt_nobody(session: Session, raised: list[Alert]) -> None:
    await session.preferences.save("saved_filters", ["on since:1h"])
    await session.samples.send()
    await evaluated(session)
    await until(lambda: session.alerts.is_idle)
    assert raised == []


async def test_what_is_judged_again_is_no_news(
    session: Session, raised: list[Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BETWEEN_S", 0.0)
    await session.preferences.save("saved_filters", ["on user:ann"])
    await post(session, an_answer(user="ann"))
    session.captures.judged.emit((1, 2, 3))
    await until(lambda: session.alerts.is_idle)
    assert len(raised) == 1


async def test_a_diagnosis_of_an_old_capture_is_no_news(
    session: Session, raised: list[Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BETWEEN_S", 0.0)
    await post(session, an_answer(user="ann"), "wrong")
    await post(session, an_answer(user="bob"))
    await session.preferences.save("saved_filters", ["on user:ann"])
    await session.diagnoses.explain(1)
    await until(lambda: session.alerts.is_idle)
    assert [alert.capture_id for alert in raised] == [1]


async def test_a_capture_that_is_evaluated_after_its_answer_alerts_then(
    session: Session, raised: list[Alert]
) -> None:
    large = b'{"user_id":"ann","fill":"' + b"x" * 100_000 + b'"}'
    await post(session, large, "wrong")
    await until(lambda: [alert.capture_id for alert in raised] == [1])


async def test_a_rule_about_findings_across_captures_alerts_when_they_are_found(
    session: Session, raised: list[Alert]
) -> None:
    await session.preferences.save("saved_filters", ["on is:duplicate"])
    await post(session, an_answer())
    await post(session, an_answer())
    await until(lambda: [alert.capture_id for alert in raised] == [2])


async def test_silence_alerts_once_and_again_after_something_came(
    session: Session, raised: list[Alert]
) -> None:
    await session.preferences.save("saved_filters", ["after 1s of silence"])
    await until(lambda: raised)
    assert raised[0].title == "No delivery for 1 second"
    assert raised[0].capture_id is None
    await asyncio.sleep(0.2)
    assert len(raised) == 1
    await post(session, an_answer())
    await until(lambda: len(raised) >= 2)
    assert "The last delivery arrived at" in raised[1].said


async def test_large_bodies_are_searched_beside_the_loop(session: Session, raised: list[Alert]) -> None:
    await session.filters.add(SavedFilter(name="Needle", query="needle", bell="on"))
    turns = [0.0]
    """The processor time of this thread in each turn, which does not depend on what else is running."""

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            turns.append(time.thread_time() - before)

    session.alerts.stop()
    for _ in range(6):
        await post(session, b'{"text":"%b needle"}' % (b"x" * 8_000_000))
    session.alerts.start()
    watching = asyncio.create_task(watch())
    session.captures.captured.emit(tuple(range(1, 7)))
    await until(lambda: raised)
    last = len(turns)
    await until(lambda: len(turns) > last)
    watching.cancel()

    before = time.thread_time()
    session.captures.matching([1, 2, 3, 4, 5, 6], EVERYTHING, "needle")
    on_the_loop = time.thread_time() - before
    assert max(turns) < on_the_loop / 2
