"""Samples: signed, marked, and counted in no figure."""

from __future__ import annotations

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample import SAMPLES
from inspector.domain.query.scope import Scope
from tests.builders import ANSWER
from tests.session.conftest import Seen, Start, post
from tests.session.test_replays import receiver
from tests.waiting import until


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
