"""What another process does to the file is told as if this one had done it."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from typing import Any

import pytest

from inspector.base.tasks import Tasks
from inspector.domain.signature.evaluation import evaluate
from inspector.session.file.watcher import IN_SIGHT, IN_TURN, CommitPoll, FileWatcher
from inspector.session.session import Session
from inspector.store.query import file_snapshot
from inspector.store.write import attempts
from inspector.store.write.columns import new_capture
from tests.builders import ANSWER, a_capture, a_completion, a_delivered_attempt, an_answer, signature
from tests.session.conftest import Seen, Start, post
from tests.waiting import until

# Each session has connections of its own to the file, as a process would.


async def deliver(url: str, body: bytes) -> None:
    """Signed, and so trusted."""
    assert await post(url, body, (b"x-webhook-signature", signature(body))) == 200


async def two(start: Start) -> tuple[Session, str, Session, Seen]:
    """One that captures, and one that looks on."""
    listener = await start()
    url = listener.ingest.url
    assert url is not None
    onlooker = await start(listening=False)
    seen = Seen(onlooker)
    onlooker.follow()
    await post(url, b"first")
    await until(lambda: seen.captured == [1])
    return listener, url, onlooker, seen


async def test_what_is_captured_elsewhere_appears(start: Start) -> None:
    _, url, onlooker, seen = await two(start)
    for _ in range(3):
        await post(url, ANSWER)
    await until(lambda: len(seen.captured) == 4)
    assert seen.captured == [1, 2, 3, 4]
    assert onlooker.captures.rows([4])[4].event == "answer"


async def test_what_is_judged_or_grouped_elsewhere_changes(start: Start) -> None:
    _, url, onlooker, seen = await two(start)
    await deliver(url, an_answer())
    await until(lambda: 2 in seen.captured)
    before = onlooker.captures.rows([1, 2])
    await deliver(url, a_completion())  # which names the survey
    await until(lambda: 2 in seen.judged)
    assert 1 not in seen.judged
    assert onlooker.captures.rows([2]) != before


async def test_a_row_that_was_looked_at_long_ago_changes_too(start: Start) -> None:
    _, url, onlooker, seen = await two(start)
    for _ in range(IN_SIGHT + 2 * IN_TURN):
        await deliver(url, an_answer())
    await until(lambda: len(seen.captured) == 1 + IN_SIGHT + 2 * IN_TURN)
    onlooker.captures.rows(seen.captured)
    await deliver(url, a_completion())
    await until(lambda: set(seen.judged) >= set(range(2, 2 + IN_SIGHT + 2 * IN_TURN)))


async def test_groups_are_told_of(start: Start) -> None:
    _, url, onlooker, seen = await two(start)
    changed: list[None] = []
    onlooker.groups.changed.connect(changed.append)
    changed.clear()
    await post(url, a_completion())
    await until(lambda: 2 in seen.captured)
    told = asyncio.Event()
    onlooker.groups.changed.connect(lambda _: told.set())
    if not changed:
        await told.wait()


async def test_what_is_cleared_elsewhere_goes_and_comes_back(start: Start) -> None:
    listener, _, onlooker, _ = await two(start)
    told: list[str] = []
    onlooker.captures.removed.connect(lambda _: told.append("removed"))
    onlooker.captures.restored.connect(lambda _: told.append("restored"))
    deletion = await listener.captures.clear()
    await until(lambda: told == ["removed"])
    await listener.captures.undo(deletion)
    await until(lambda: told == ["removed", "restored"])


async def test_what_it_clears_itself_is_told_once(start: Start) -> None:
    listener, url, _, _ = await two(start)
    told: list[None] = []
    seen = Seen(listener)
    listener.follow()
    await listener.captures.clear()
    listener.captures.removed.connect(told.append)
    await post(url, ANSWER)
    await until(lambda: 2 in seen.captured)
    assert told == []


async def test_attempts_pins_and_notes_show_in_the_process_that_captures(start: Start) -> None:
    listener, _, onlooker, _ = await two(start)
    seen = Seen(listener)
    listener.follow()
    await onlooker.store.write(lambda connection: attempts.insert(connection, [a_delivered_attempt(1)]))
    await until(lambda: 1 in seen.judged)
    seen.judged.clear()
    await onlooker.captures.pin([1])
    await until(lambda: 1 in seen.judged)
    seen.judged.clear()
    await onlooker.captures.put_note(1, "look here")
    await until(lambda: 1 in seen.judged)
    assert (await listener.captures.detail(1)).row.note == "look here"


async def test_one_that_captures_tells_of_each_of_its_own_once(start: Start) -> None:
    listener, url, _, _ = await two(start)
    seen = Seen(listener)
    listener.follow()
    for _ in range(20):
        await post(url, ANSWER)
    await listener.captures.pin([1])
    await until(lambda: 1 in seen.judged)
    assert seen.captured == list(range(2, 22))


async def test_what_is_captured_while_the_file_is_looked_at_is_told_of_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start()
    url = session.ingest.url
    assert url is not None
    seen = Seen(session)
    session.follow()
    look, looked, may_end = file_snapshot.look, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def look_for_long(*arguments: Any) -> file_snapshot.FileSnapshot:
        found = look(*arguments)
        loop.call_soon_threadsafe(looked.set)
        assert may_end.wait(30)
        return found

    monkeypatch.setattr(file_snapshot, "look", look_for_long)
    await post(url, b"first")
    await looked.wait()
    await post(url, b"second")
    may_end.set()
    for is_pinned in (True, False, True):  # two looks later what was unsure has been told of
        looked.clear()
        await session.captures.pin([1], is_pinned=is_pinned)
        await looked.wait()
    assert seen.captured == [1, 2]


async def test_nothing_is_remembered_of_captures_where_nobody_follows_the_file(start: Start) -> None:
    session = await start(listening=False)
    tracemalloc.start()
    try:
        for first in range(1, 100_001, 100):
            session.captures.announce(range(first, first + 100))
            await asyncio.sleep(0)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


async def test_one_that_captures_tells_of_what_another_imports(start: Start) -> None:
    listener, url, onlooker, _ = await two(start)
    seen = Seen(listener)
    listener.follow()
    await post(url, ANSWER)
    capture = a_capture(kind="imported")
    evaluation = evaluate(capture, (), is_secret_on_file=False)
    foreign = await onlooker.store.append(new_capture(capture, evaluation))
    await until(lambda: foreign in seen.captured)
    assert seen.captured == [2, foreign]


@pytest.mark.parametrize("is_listening", [True, False])
async def test_an_end_while_it_follows_is_silent(start: Start, is_listening: bool) -> None:
    session = await start(listening=is_listening)
    session.follow()
    await session.close()


class CommitsAtOnce(CommitPoll):
    """Commits that a test announces."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.store)
        self.is_awaited = asyncio.Event()
        self.gate = asyncio.Event()

    async def next_version(self, seen: int) -> int:
        self.is_awaited.set()
        await self.gate.wait()
        self.gate.clear()
        return seen


async def test_following_ends_even_if_a_commit_comes_at_the_same_moment(start: Start) -> None:
    session = await start(listening=False)
    commits, tasks = CommitsAtOnce(session), Tasks()
    FileWatcher(session.store, commits, session.captures, session.groups).start(tasks)
    await commits.is_awaited.wait()
    commits.gate.set()
    await asyncio.sleep(0)  # the commit has been noticed, and following has not gone on yet
    async with asyncio.timeout(10):
        await tasks.cancel_all()


async def test_a_bug_at_one_commit_does_not_end_the_following_of_others(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    seen: list[int] = []

    async def look() -> None:
        seen.append(session.captures.figures().total)
        if len(seen) == 1:
            raise TypeError("a bug")

    session.tasks.spawn(session.commits.watch(look, "a test"), "follow a test")
    session.follow()
    await until(lambda: len(seen) == 1)
    await post(session.ingest.url, b"x")
    await until(lambda: 1 in seen)
    assert "following a test of the file failed" in caplog.text
    caplog.clear()
