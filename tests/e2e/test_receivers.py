"""Samples are replayed to real receivers: each verifies there, and what misbehaves is told and bounded."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inspector.base.files import resource
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.session.options import Options
from inspector.session.receiver.verifiers import VERIFIERS
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, an_answer
from tests.client.receivers import OK, answers_and_closes, read_raw, receiving
from tests.session.test_replays import put
from tests.verifiers.launch import PREPARE, Command, Missing, running
from tests.waiting import evaluated

ROUTE = "/webhooks/blitz"
GIB = 1024**3
KEPT = 100_000


@pytest.fixture
async def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """A session with the samples' secret that waits a second for an answer and keeps 100,000 bytes."""
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)
    settings = (("answer_seconds", "1"), ("answer_bytes", str(KEPT)))
    session = Session(Options(database=tmp_path / "captures.db", port=0, settings=settings))
    await session.open()
    await session.load_secrets()
    yield session
    await session.close()


def _verifier(key: str, tmp_path: Path) -> Command:
    # An installation is kept for the next run.
    kept = Path(tempfile.gettempdir()) / "webhook-inspector-verifiers" / key
    kept.mkdir(parents=True, exist_ok=True)
    source = resource(f"verifiers/{VERIFIERS[key].file_name}")
    try:
        return PREPARE[key](source, kept, tmp_path)
    except Missing as missing:
        pytest.skip(f"no {VERIFIERS[key].label} receiver was replayed to: {missing}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", ["express", "aiohttp"])
async def test_every_replayed_sample_verifies_with_the_documented_check(
    session: Session, tmp_path: Path, key: str
) -> None:
    command = await asyncio.to_thread(_verifier, key, tmp_path)
    await session.listen()
    sent = await session.samples.send(respondents=3)
    await evaluated(session)
    with running(command, tmp_path, secret=SECRET_TEXT) as receiver:
        assert not receiver.has_ended, receiver.said()
        url = f"http://127.0.0.1:{receiver.port}{ROUTE}"
        progress = await session.replays.start(await session.replays.plan(url)).wait()
        assert (progress.succeeded, progress.failed) == (sent.sent, 0), receiver.said()
        # Signed again it verifies as well; with a stale secret nothing does.
        again = RequestOptions(sign_with="env:BLITZ_WEBHOOK_SECRET")
        progress = await session.replays.start(await session.replays.plan(url, manner=again)).wait()
        assert (progress.succeeded, progress.failed) == (sent.sent, 0), receiver.said()


async def test_whatever_a_receiver_does_is_told_and_the_rest_of_the_plan_goes_on(session: Session) -> None:
    numbers = await put(session, *[an_answer(f"<{number}>") for number in range(12)])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            raw = await read_raw(reader)
            number = int(raw.partition(b"<")[2].partition(b">")[0])
            await _misbehave(number % 6, reader, writer)

    async with receiving(talk) as receiver:
        plan = await session.replays.plan(receiver.target.url, course=PlanOptions(at_once=4))
        progress = await asyncio.wait_for(session.replays.start(plan).wait(), 20)
    assert (progress.succeeded, progress.failed) == (4, 8)
    kept = [(await session.captures.detail(number)).attempts for number in numbers]
    assert Counter(attempt.outcome for [attempt] in kept) == {
        "ok": 4,
        "http-error": 2,
        "timeout": 2,
        "reset": 2,
        "cut": 2,
    }
    huge = await session.captures.attempt(kept[3][0].id)
    assert (len(huge.response_body), huge.is_response_cut) == (KEPT, True)
    cut = await session.captures.attempt(kept[4][0].id)
    assert (cut.response_body, cut.is_response_cut) == (b"half", True)
    assert kept[1][0].elapsed_ms is not None
    assert kept[1][0].elapsed_ms > 900


async def _misbehave(kind: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if kind == 0:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno")
    elif kind == 1:  # hangs
        await reader.read()
    elif kind == 2:
        writer.transport.abort()
        raise ConnectionResetError
    elif kind == 3:  # a gibibyte, as long as somebody takes it
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIB)
        for _ in range(GIB // 65_536):
            writer.write(b"-" * 65_536)
            await writer.drain()
    elif kind == 4:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        await writer.drain()
        raise ConnectionResetError
    else:  # slow, and whole
        for byte in OK:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.002)


async def test_a_receiver_that_closes_after_every_answer_gets_each_once(session: Session) -> None:
    numbers = await put(session, *[an_answer(f"<{number}>") for number in range(10)])
    async with receiving(answers_and_closes(OK)) as receiver:
        progress = await session.replays.start(await session.replays.plan(receiver.target.url)).wait()
    assert (progress.succeeded, receiver.connections) == (len(numbers), len(numbers))
