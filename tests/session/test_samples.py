"""Samples: signed, marked, and counted in no figure."""

from __future__ import annotations

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample import SAMPLES
from inspector.domain.event.sample_traffic import TrafficOptions
from inspector.domain.json.json_path import path_steps
from inspector.domain.query.scope import Scope
from tests.builders import ANSWER
from tests.session.conftest import Seen, Start, post
from tests.session.test_replays import receiver
from tests.waiting import evaluated, until


@pytest.mark.parametrize("secret", ["blitz_test_secret", None])
async def test_samples_arrive_valid_and_marked_and_count_in_no_figure(
    start: Start, secret: str | None
) -> None:
    session = await start(secret=secret)
    seen = Seen(session)
    result = await session.samples.send()
    assert (result.sent, result.failed, result.error) == (SAMPLES, 0, None)
    await until(lambda: len(seen.captured) == result.sent)
    rows = session.captures.rows(seen.captured).values()
    assert {(row.kind, row.verdict.word) for row in rows} == {("sample", "valid")}
    assert {row.event for row in rows} == {"answer", "response_group"}
    await until(lambda: not session.groups.behind)
    figures = session.captures.figures()
    assert (figures.total, figures.samples, figures.valid) == (result.sent, result.sent, 0)
    assert session.groups.surveys().rows == ()
    [survey] = session.groups.surveys(samples=True).rows
    assert survey.name == "Sample survey"


async def test_a_saved_sample_is_sent_with_its_exact_body_under_its_name(start: Start) -> None:
    session = await start()
    body = b'{ "a" : 1e400 }'
    assert await session.samples.save("  two\nwords ", body) == "two words"
    assert await session.samples.save("other", b"{}") == "other"
    assert session.samples.names() == ("other", "two words")
    seen = Seen(session)
    result = await session.samples.send(name="two words")
    assert (result.sent, result.failed) == (1, 0)
    [number] = await until(lambda: seen.captured)
    detail = await session.captures.detail(number)
    assert (detail.capture.body, detail.row.kind, detail.row.verdict.word) == (body, "sample", "valid")
    await session.samples.remove("two words")
    with pytest.raises(NotFound, match=r"There is no sample “two words”\. Saved samples: other\."):
        await session.samples.send(name="two words")


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [(" ", b"{}", "name of 1 to 60"), ("x" * 61, b"{}", "name of 1 to 60"), ("a", b"x" * 262_145, "262,144")],
)
async def test_an_unsuitable_sample_is_not_saved(start: Start, name: str, body: bytes, why: str) -> None:
    session = await start()
    with pytest.raises(UsageError, match=why):
        await session.samples.save(name, body)
    assert session.samples.names() == ()


async def test_every_question_type_is_shown(start: Start) -> None:
    session = await start()
    await session.samples.send()
    await evaluated(session)
    ids = await session.captures.ids(Scope(part="samples"), "")
    assert ids is not None
    bodies = [(await session.captures.detail(one)).capture.body for one in ids]
    for kind in QUESTION_TYPES:
        assert any(kind.encode() in body for body in bodies), kind


async def test_a_nonce_is_good_once_and_an_unknown_one_makes_an_ordinary_capture(start: Start) -> None:
    session = await start(secret=None)
    assert session.ingest.url is not None
    async with receiver() as (url, received):
        await session.samples.send(url, respondents=1)
    nonce = received[0].lower().partition(b"x-webhook-inspector-sample: ")[2][:32]
    for value in (nonce, nonce, b"f" * 32):
        assert await post(session.ingest.url, ANSWER, (b"X-Webhook-Inspector-Sample", value)) == 200
    kinds = [row.kind for row in session.captures.rows([1, 2, 3]).values()]
    assert kinds == ["sample", "captured", "captured"]


async def test_with_nobody_to_take_them_it_is_told(start: Start) -> None:
    session = await start(listening=False)
    with pytest.raises(InspectorError, match="Nothing is listening"):
        await session.samples.send()
    result = await session.samples.send("http://127.0.0.1:1/")
    assert (result.sent, result.failed) == (0, 1)
    assert "Nothing listens at" in str(result.error)


async def test_many_samples_are_verified_and_marked_but_count_in_no_figure(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    options = TrafficOptions(deliveries=300, unsigned=0.2, wrong_secret=0.1, duplicates=0.2)
    run = await session.samples.prepare_traffic(options=options, at_once=4, rate=5_000)
    result = await run.work()
    assert (result.deliveries, result.sent, result.failed) == (300, 300, 0)
    assert result.statuses == (("200", 300),)
    assert result.times is not None
    assert 0 < result.times.median_ms <= result.times.p99_ms <= result.times.slowest_ms
    await until(lambda: len(seen.captured) == 300)
    rows = session.captures.rows(seen.captured).values()
    assert {row.kind for row in rows} == {"sample"}
    words = [row.verdict.word for row in rows]
    assert words.count("unsigned") == pytest.approx(60, abs=4)
    assert words.count("invalid") == pytest.approx(30, abs=4)
    assert result.accepted == words.count("unsigned") + words.count("invalid")
    await until(lambda: not session.groups.behind)
    figures = session.captures.figures()
    assert (figures.total, figures.samples, figures.valid, figures.invalid) == (300, 300, 0, 0)
    assert session.groups.surveys().rows == ()


async def test_the_same_seed_sends_the_same_bodies(start: Start) -> None:
    session = await start()
    sent = []
    async with receiver() as (url, received):
        for _ in range(2):
            options = TrafficOptions(respondents=3, out_of_order=0.2)
            await (await session.samples.prepare_traffic(url, options=options, seed=5)).work()
            sent.append([request.partition(b"\r\n\r\n")[2] for request in received])
            received.clear()
    assert sent[0] == sent[1]
    assert len(sent[0]) == 30


async def test_an_edit_applies_wherever_a_body_has_its_path(start: Start) -> None:
    session = await start()
    edits = [(path_steps("$.platform"), "web"), (path_steps("$.response"), '"x"')]
    options = TrafficOptions(respondents=1)
    async with receiver() as (url, received):
        result = await (await session.samples.prepare_traffic(url, options=options, edits=edits)).work()
    assert result.failed == 0
    assert sum(b'"platform":"web"' in request for request in received) == 10
    assert sum(b'"response":"x"' in request for request in received) == 9
    with pytest.raises(UsageError, match=r"no value at \$\.nothing\. Use a path of the samples"):
        await session.samples.prepare_traffic(
            url, options=options, edits=[(path_steps("$.nothing"), "x"), edits[0]]
        )


async def test_a_run_ends_when_it_is_stopped_and_when_the_receiver_is_gone(start: Start) -> None:
    session = await start()
    options = TrafficOptions(deliveries=1_000_000)
    run = await session.samples.prepare_traffic(options=options)
    run.delivered = lambda number, *_: run.stop() if number == 5 else None
    result = await run.work()
    assert (result.deliveries, run.is_stopped, result.is_gone) == (5, True, False)
    gone = await (await session.samples.prepare_traffic("http://127.0.0.1:1/", options=options)).work()
    assert (gone.deliveries, gone.is_gone, gone.statuses) == (10, True, (("refused", 10),))
