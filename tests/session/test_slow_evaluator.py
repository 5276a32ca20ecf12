"""Captures that wait for a slow evaluator: what their senders get, what counts, and what follows later."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from inspector.domain.query.scope import EVERYTHING
from inspector.session.session import Session
from tests.builders import ANSWER, SECRET_TEXT, a_completion, an_answer, signature
from tests.session.conftest import Seen, Start, send, stopped_evaluator
from tests.session.test_forwards import a_target, until_forward
from tests.session.test_ingest import size_of
from tests.session.test_replays import put, receiver
from tests.waiting import evaluated, until

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")


async def deliver(session: Session, body: bytes, secret: str | None = SECRET_TEXT) -> int:
    """Deliver a body, signed unless `secret` is None. Return the status of the response."""
    assert session.ingest.url is not None
    headers = [] if secret is None else [(b"x-webhook-signature", signature(body, secret))]
    return await send(session.ingest.url, body, *headers)


async def test_waiting_captures_count_in_the_quota_until_they_prove_trusted(start: Start) -> None:
    session = await start(settings=(("untrusted_bytes", "200000"),))
    await evaluated(session)
    with stopped_evaluator():
        assert [await deliver(session, an_answer(str(number))) for number in range(20)] == [200] * 20
        assert await deliver(session, ANSWER, "wrong") == 503
        assert "untrusted captures is full" in str(session.ingest.storage_limit.problem)
        assert await deliver(session, ANSWER) == 200, "a trusted one has room"
    await evaluated(session)
    await until(lambda: session.ingest.storage_limit.problem is None)
    assert await deliver(session, ANSWER, "wrong") == 200
    await evaluated(session)
    figures = session.captures.figures()
    assert (figures.valid, figures.invalid) == (21, 1)


async def test_waiting_captures_of_strangers_take_no_more_than_their_quota(start: Start) -> None:
    quota = 400_000
    session = await start(settings=(("untrusted_bytes", str(quota)),))
    await evaluated(session)
    empty = size_of(session)
    # All of what the file adds to them: wide headers, long ids, and facts.
    forged = a_completion(*["é" * 500] * 10).replace(b"user_123", b"u" * 200)
    headers = (b"x-webhook-signature", b"0" * 64), (b"x-fill", b"\xff" * 2_000)
    assert session.ingest.url is not None
    with stopped_evaluator():
        stored = 0
        while await send(session.ingest.url, forged, *headers) == 200:
            stored += 1
    assert stored
    await evaluated(session)
    assert session.captures.figures().total == stored
    assert size_of(session) - empty < quota
    await until(lambda: session.ingest.storage_limit.problem is None)
    assert await send(session.ingest.url, forged, *headers) == 200, "they took less than they could have"


async def test_a_nonce_is_good_once_even_if_its_sample_waits(start: Start) -> None:
    session = await start()
    async with receiver() as (url, received):
        await session.samples.send(url, respondents=1)
    nonce = received[0].lower().partition(b"x-webhook-inspector-sample: ")[2][:32]
    await evaluated(session)

    async def replay() -> int:
        assert session.ingest.url is not None
        return await send(session.ingest.url, ANSWER, (b"X-Webhook-Inspector-Sample", nonce))

    with stopped_evaluator():
        assert [await replay(), await replay()] == [200, 200]
        await session.close()
        session = await start()
        assert await replay() == 200
    await evaluated(session)
    kinds = [row.kind for row in session.captures.rows([1, 2, 3]).values()]
    assert kinds == ["sample", "captured", "captured"]


async def test_samples_stay_valid_without_a_secret_if_an_import_stores_them_first(start: Start) -> None:
    """Their secret is known only to the file, and only until they are evaluated."""
    session = await start(secret=None)
    importer = await start(secret=None, listening=False)
    await evaluated(session)
    assert session.ingest.url is not None
    with stopped_evaluator():
        await session.samples.send(session.ingest.url, respondents=1)
        [imported] = await put(importer, ANSWER, kind="imported")
    await evaluated(session)
    rows = session.captures.rows(list(range(1, imported))).values()
    assert {(row.kind, row.verdict.word) for row in rows} == {("sample", "valid")}


async def test_a_nonce_stays_good_if_its_sample_gets_503(start: Start) -> None:
    session = await start(settings=(("untrusted_bytes", "200000"),))
    async with receiver() as (url, received):
        await session.samples.send(url, respondents=1)
    nonce = received[0].lower().partition(b"x-webhook-inspector-sample: ")[2][:32]
    await evaluated(session)
    assert session.ingest.url is not None
    forged = b"x" * 10_000
    sample = forged, (b"X-Webhook-Inspector-Sample", nonce)
    with stopped_evaluator():
        while await send(session.ingest.url, forged) == 200:
            pass
        assert await send(session.ingest.url, *sample) == 503
    await evaluated(session)
    await until(lambda: session.ingest.storage_limit.problem is None)
    assert await send(session.ingest.url, *sample) == 200
    await evaluated(session)
    assert session.captures.figures().samples == 1


async def test_a_rule_waits_for_the_verdict_of_its_own_capture(start: Start) -> None:
    session = await start()
    await evaluated(session)
    with stopped_evaluator():
        before = [await deliver(session, an_answer(str(number)), "wrong") for number in range(300)]
        assert before == [200] * 300
        await session.responses.add("418 for verdict:invalid")
        secrets = (SECRET_TEXT, "wrong", None)
        late = [asyncio.create_task(deliver(session, ANSWER, secret)) for secret in secrets]
        await until(lambda: len(session.ingest.responder.undecided) == 3)
        assert not any(one.done() for one in late)
    assert await asyncio.gather(*late) == [200, 418, 200]
    await evaluated(session)
    rows = session.captures.rows([301, 302, 303])
    assert sorted((row.verdict.word, row.answered) for row in rows.values()) == [
        ("invalid", 418),
        ("unsigned", 200),
        ("valid", 200),
    ]


async def test_a_relay_waits_for_the_verdict_and_gets_only_trusted_captures(start: Start) -> None:
    session = await start()
    async with a_target() as target:
        target.answer = _teapot
        await session.forwards.add(target.url, relays=True)
        await evaluated(session)
        with stopped_evaluator():
            bodies = [an_answer("", user=f"u-{number}") for number in range(20)]
            late = [asyncio.create_task(deliver(session, body)) for body in bodies]
            late.append(asyncio.create_task(deliver(session, ANSWER, "wrong")))
            await until(lambda: len(session.ingest.responder.undecided) == 21)
        assert await asyncio.gather(*late) == [418] * 20 + [200]
        assert sorted(target.bodies) == sorted(bodies), "each is sent once: its sender knows of the failure"


async def _teapot(_: bytes) -> bytes:
    return b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n"


async def test_captures_that_waited_at_the_end_are_announced_and_forwarded_once(start: Start) -> None:
    bodies = [an_answer(f"U{number}") for number in range(3)]
    async with a_target() as target:
        session = await start()
        await session.forwards.add(target.url)
        await deliver(session, ANSWER)
        await target.got(1)
        await evaluated(session)
        with stopped_evaluator():
            assert [await deliver(session, body) for body in bodies] == [200] * 3
            assert await deliver(session, ANSWER, "wrong") == 200
            await session.close()
        session = await start(listening=False)
        assert session.captures.newest(EVERYTHING) == [1]
        seen = Seen(session)
        session.follow()
        await session.listen()
        await evaluated(session)
        await until_forward(session, lambda row: row.delivered == 3)
        await deliver(session, an_answer("last"))
        await until_forward(session, lambda row: row.delivered == 4)
        assert sorted(target.bodies[1:]) == sorted([*bodies, an_answer("last")])
        assert seen.captured == [2, 3, 4, 5, 6]
    figures = session.captures.figures()
    assert (figures.valid, figures.invalid) == (5, 1)


async def test_what_another_process_imports_meanwhile_hides_no_capture_that_waits(start: Start) -> None:
    """Rows, announcements, alerts and the counts of filters have all of them, and only once."""
    session = await start()
    importer = await start(listening=False)
    onlooker = await start(listening=False)
    seen, seen_elsewhere = Seen(session), Seen(onlooker)
    for one in (session, onlooker):
        one.follow()
    await session.preferences.save("saved_filters", ["beep on user:ann"])
    alerts: list[int | None] = []
    session.alerts.raised.connect(lambda alert: alerts.append(alert.capture_id))
    session.alerts.start()
    session.filter_counts.start()
    await evaluated(session)
    with stopped_evaluator():
        await deliver(session, an_answer("1", user="bob"))
        await deliver(session, an_answer("2", user="ann"))
        [imported] = await put(importer, an_answer("3", user="ann"), kind="imported")
        await until(lambda: imported in seen.captured)
        await until(lambda: imported in seen_elsewhere.captured)
    await until(lambda: alerts)
    await deliver(session, an_answer("4", user="ann"))
    await until(lambda: 4 in seen.captured and 4 in seen_elsewhere.captured)
    [rule] = session.filters.all()
    await until(lambda: session.filter_counts.of(rule), lambda count: count == 3)
    assert alerts == [2]
    assert sorted(seen.captured) == sorted(seen_elsewhere.captured) == [1, 2, 3, 4]
    await until(lambda: session.captures.figures().valid, lambda valid: valid == 4)


async def test_a_new_forward_takes_nothing_that_waited_before_it(start: Start) -> None:
    session = await start()
    await evaluated(session)
    async with a_target() as target:
        with stopped_evaluator():
            await deliver(session, an_answer("before"))
            await session.forwards.add(target.url)
            await deliver(session, an_answer("after"))
        await until_forward(session, lambda row: row.delivered == 1)
        await evaluated(session)
        assert target.bodies == [an_answer("after")]
        [row] = session.forwards.rows()
        assert row.waiting == 0


async def test_captures_that_an_import_stored_are_evaluated_even_if_the_evaluator_dies(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    importer = await start(listening=False)
    seen = Seen(session)
    session.follow()
    await evaluated(session)
    async with a_target() as target:
        await session.forwards.add(target.url)
        with stopped_evaluator() as evaluator:
            bodies = [an_answer(f"U{number}") for number in range(3)]
            assert [await deliver(session, body) for body in bodies] == [200] * 3
            await put(importer, ANSWER, kind="imported")
            os.kill(evaluator, signal.SIGKILL)
        await until(lambda: sorted(seen.captured), lambda found: found == [1, 2, 3, 4])
        await until(lambda: session.captures.figures().valid, lambda valid: valid == 4)
        await until_forward(session, lambda row: row.delivered == 3)
        await deliver(session, an_answer("last"))
        await until_forward(session, lambda row: row.delivered == 4)
        assert sorted(target.bodies) == sorted([*bodies, an_answer("last")])
    assert sorted(seen.captured) == [1, 2, 3, 4, 5]
    assert "the evaluator died" in caplog.text
    caplog.clear()
