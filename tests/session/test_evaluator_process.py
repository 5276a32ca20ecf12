"""The evaluator dies, hangs behind a file that cannot be used, or gets other secrets: nothing is lost."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.domain.signature.signature import SKIPPED
from inspector.session import ingest
from inspector.session.evaluator import Evaluator
from inspector.session.session import Session
from inspector.store import journal
from tests.builders import ANSWER, SECRET_TEXT, an_answer, signature
from tests.session import failing_evaluators as evaluators
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, send
from tests.session.test_forwards import BAD, FAST, a_target, until_forward
from tests.session.test_replays import put
from tests.waiting import evaluated, until


@pytest.fixture(autouse=True)
def expected_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """Tests fail on records of warnings, which these tests read themselves."""
    caplog.set_level(logging.INFO)


def use(run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process of the evaluator do this."""
    monkeypatch.setattr(ingest, "Evaluator", partial(Evaluator, run=run))


def process() -> BaseProcess | None:
    found = [one for one in multiprocessing.active_children() if one.name == "evaluator"]
    return found[0] if found else None


async def kill(session: Session) -> None:
    found = await until(process)
    assert found is not None
    found.kill()
    await asyncio.to_thread(found.join)


async def arrive(session: Session, *bodies: bytes) -> None:
    assert session.ingest.url is not None
    for body in bodies:
        assert await send(session.ingest.url, body, (b"x-webhook-signature", signature(body))) == 200


async def words(session: Session, count: int) -> list[str]:
    """The verdicts of the first captures, once they are stored."""
    ids = list(range(1, count + 1))
    rows = await until(lambda: session.captures.rows(ids), lambda rows: len(rows) == count)
    return [rows[one].verdict.word for one in ids]


async def is_empty(session: Session) -> bool:
    return await session.store.read_journal(journal.last_waiting) == 0


async def test_an_evaluator_that_is_killed_is_replaced_and_announces_the_rest(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    seen = Seen(session)
    for number in range(3):
        await arrive(session, an_answer(f"before {number}"))
        await kill(session)
        await arrive(session, an_answer(f"after {number}"))
        await until(lambda: len(seen.captured), (2 * number + 2).__eq__)
    assert seen.captured == list(range(1, 7))
    assert await words(session, 6) == ["valid"] * 6
    await until(partial(is_empty, session))
    await until(lambda: not session.groups.behind)
    assert session.ingest.storage_limit.problem is None
    assert caplog.text.count("the evaluator died") == 3
    caplog.clear()


@pytest.mark.parametrize("fate", [evaluators.dies_of_poison, evaluators.hangs_at_poison])
async def test_a_capture_that_kills_the_evaluator_or_makes_it_hang_is_skipped_and_marked(
    fate: Callable[..., None],
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if fate is evaluators.hangs_at_poison and not hasattr(signal, "setitimer"):
        pytest.skip("this system has no timer of processor time")
    use(fate, monkeypatch)
    session = await start()
    await arrive(session, ANSWER, an_answer("poison"), an_answer("b"), an_answer("c"))
    assert await words(session, 4) == ["valid"] * 4
    rows = session.captures.rows([1, 2, 3, 4])
    assert [row.problem for row in rows.values()] == [None, SKIPPED, None, None]
    assert rows[2].event == "unknown", "its body was not read"
    assert "the evaluator died while it evaluated capture 2, which is skipped" in caplog.text
    assert session.ingest.storage_limit.problem is None
    caplog.clear()


async def test_an_evaluator_that_is_only_slow_is_not_ended(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use(evaluators.is_slow_at_poison, monkeypatch)
    session = await start()
    await arrive(session, an_answer("poison"), ANSWER)
    assert await words(session, 2) == ["valid"] * 2
    assert [row.problem for row in session.captures.rows([1, 2]).values()] == [None, None]
    assert "died" not in caplog.text


async def test_a_capture_at_which_the_evaluation_fails_is_checked_by_its_bytes(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use(evaluators.fails_at_poison, monkeypatch)
    session = await start()
    await arrive(session, ANSWER, an_answer("poison"), an_answer("b"))
    assert await words(session, 3) == ["valid"] * 3
    rows = session.captures.rows([1, 2, 3])
    assert [row.problem is None for row in rows.values()] == [True, False, True]
    [record] = await until(lambda: [one for one in caplog.records if one.levelno >= logging.WARNING])
    assert "cannot evaluate capture 2\nTraceback" in record.getMessage()
    assert "ZeroDivisionError" in record.getMessage()
    caplog.clear()


async def test_an_evaluator_that_dies_again_and_again_is_reported_until_it_works(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use(evaluators.dies_while_told, monkeypatch)
    flag = tmp_path / "die"
    flag.touch()
    session = await start()
    problems: list[str | None] = []
    session.ingest.storage_limit.problem_changed.connect(problems.append)
    await until(lambda: session.ingest.storage_limit.problem)
    [sentence] = problems
    assert sentence is not None
    assert sentence.startswith("Evaluation stopped; captures are safe and waiting. ")
    await arrive(session, ANSWER)
    assert await session.store.read_journal(journal.last_waiting) == 1
    assert session.captures.rows([1]) == {}
    await session.stop_listening()
    flag.unlink()
    await session.listen()
    assert await words(session, 1) == ["valid"]
    await until(lambda: session.ingest.storage_limit.problem is None)
    assert problems == [sentence, None]
    caplog.clear()


async def test_what_a_sender_waits_for_is_not_waited_for_while_nothing_is_evaluated(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use(evaluators.dies_while_told, monkeypatch)
    session = await start()
    await session.responses.add("503 for survey:nps")
    await evaluated(session)
    (tmp_path / "die").touch()
    await kill(session)
    await until(lambda: session.ingest.storage_limit.problem)
    await arrive(session, ANSWER)  # as usual: 200
    assert session.ingest.url is not None
    by_path = await send(session.ingest.url, ANSWER, target=b"/hook/418")
    assert by_path == 418, "its path needs no evaluation"
    for rule in ("429 first 1", "502 header 'Retry-After: 1'"):
        await session.responses.add(rule)
    assert await send(session.ingest.url, ANSWER) == 200, "the first rule needs the evaluation"
    await session.responses.move(1, 2)
    without_query = [await send(session.ingest.url, ANSWER) for _ in range(3)]
    assert without_query == [429, 502, 502]
    (tmp_path / "die").unlink()
    session.ingest.evaluator.retry()
    assert (await words(session, 6))[0] == "valid"

    def responses() -> list[int | None]:
        return [row.answered for row in session.captures.rows(range(1, 7)).values()]

    await until(responses, [200, 418, 200, 429, 502, 502].__eq__)
    assert [session.responses.asked(rule.id) for rule in session.responses.rules] == [3, 2, 0]
    caplog.clear()


async def test_a_capture_is_not_sent_before_it_is_known_that_its_sender_waits(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its sender and the forward would both repeat a delivery that fails."""
    use(evaluators.announces_late, monkeypatch)
    session = await start(settings=FAST)
    async with a_target() as target:
        target.answer = failing
        await session.forwards.add(target.url, relays=True)
        await evaluated(session)
        (tmp_path / "wait").touch()
        assert session.ingest.url is not None
        header = (b"x-webhook-signature", signature(ANSWER))
        sender = asyncio.create_task(send(session.ingest.url, ANSWER, header))
        await until(lambda: session.captures.rows([1]))
        await put(session, an_answer("other"), kind="imported")  # the forward reads the file again
        await until_forward(session, lambda row: row.waiting == 1)
        for _ in range(10):  # the claim of the delivery would be written meanwhile
            await session.store.sync()
        assert target.bodies == []
        (tmp_path / "wait").unlink()
        assert await sender == 500
        await until_forward(session, lambda row: row.failed == 1)
        assert target.bodies == [ANSWER]


async def failing(_: bytes) -> bytes:
    return BAD


async def test_captures_wait_while_another_program_has_locked_the_file(
    other_program: OtherProgram, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    await evaluated(session)
    other_program.lock()
    await arrive(session, ANSWER)
    limit = session.ingest.storage_limit
    sentence = await until(lambda: limit.problem)
    assert sentence is not None
    assert f"Another program has locked {session.database}" in sentence
    assert limit.is_storing
    other_program.free()
    assert await words(session, 1) == ["valid"]
    await until(lambda: limit.problem is None)
    await until(partial(is_empty, session))


async def test_captures_wait_while_the_file_is_elsewhere(start: Start, tmp_path: Path) -> None:
    session = await start()
    await arrive(session, an_answer("a"))
    await evaluated(session)
    elsewhere = tmp_path / "elsewhere.db"
    session.database.rename(elsewhere)
    await arrive(session, an_answer("b"))
    sentence = await until(lambda: session.ingest.storage_limit.problem)
    assert sentence is not None
    assert "was moved or deleted" in sentence
    assert not await is_empty(session), "what is not in the file stays in the journal"
    elsewhere.rename(session.database)
    assert await words(session, 2) == ["valid"] * 2
    await until(lambda: session.ingest.storage_limit.problem is None)
    await until(partial(is_empty, session))


async def test_captures_are_stored_again_after_the_log_of_the_file_was_deleted(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    await arrive(session, an_answer("a"))
    await evaluated(session)
    session.database.with_name(f"{session.database.name}-wal").unlink()
    await arrive(session, an_answer("b"), an_answer("c"))
    assert await words(session, 3) == ["valid"] * 3
    await until(partial(is_empty, session))
    await session.close()
    again = await start()
    assert await words(again, 3) == ["valid"] * 3
    caplog.clear()


async def test_a_new_secret_counts_for_what_is_evaluated_while_it_is_saved(
    start: Start, wallet: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verification of stored captures begins after the evaluator has the secret: it would miss one that
    is stored a moment later with the verdict of the old one."""
    use(evaluators.waits_at_poison, monkeypatch)
    session = await start(secret="another secret")
    await arrive(session, an_answer("poison"))
    await until((tmp_path / "wait").exists)
    await session.secrets.add("production", SECRET_TEXT, save=True)
    for _ in range(10):  # it would write where it begins
        await session.store.sync()
    assert session.verification.progress is None
    (tmp_path / "wait").unlink()
    await until(lambda: session.verification.progress and session.verification.progress.is_done)
    assert await words(session, 1) == ["valid"]


def shown_of(found: BaseProcess) -> bytes:
    """What any process of this user can read of another one."""
    return b"".join(Path(f"/proc/{found.pid}/{part}").read_bytes() for part in ("cmdline", "environ"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows them")
async def test_a_secret_reaches_the_evaluator_through_its_pipe_only(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start(secret=None)
    secret = "known to this test only"  # the environment has that of other tests
    await session.secrets.add("production", secret, save=False)
    assert session.ingest.url is not None
    await send(session.ingest.url, ANSWER, (b"x-webhook-signature", signature(ANSWER, secret)))
    await until(partial(words, session, 1), ["valid"].__eq__)
    found = process()
    assert found is not None
    assert secret.encode() not in shown_of(found)
    assert secret not in caplog.text


async def test_the_program_ends_at_once_while_the_evaluator_hangs(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(evaluators.waits_at_poison, monkeypatch)
    session = await start()
    await arrive(session, an_answer("poison"))
    await until((tmp_path / "wait").exists)
    await session.close()
    assert process() is None
    (tmp_path / "wait").unlink()
    monkeypatch.undo()
    again = await start()
    assert await words(again, 1) == ["valid"]


async def test_an_owner_is_not_blocked_by_a_stopped_evaluator(start: Start) -> None:
    """A pipe that is full would block the loop."""
    session = await start()
    await session.responses.add("503 for survey:nps")
    await evaluated(session)
    found = await until(process)
    assert found is not None
    assert found.pid is not None
    os.kill(found.pid, signal.SIGSTOP)
    try:
        posts = [asyncio.create_task(arrive(session, an_answer(f"{number}"))) for number in range(200)]
        await until(lambda: session.store.read_journal(journal.last_waiting), (200).__eq__)
    finally:
        os.kill(found.pid, signal.SIGCONT)
    await asyncio.gather(*posts)
    assert await words(session, 200) == ["valid"] * 200


async def test_a_journal_whose_creation_was_interrupted_is_completed(start: Start, tmp_path: Path) -> None:
    """A kill may leave an empty file."""
    (tmp_path / "captures.db.journal").touch(mode=0o600)
    for number in range(2):
        session = await start()
        await arrive(session, an_answer(f"{number}"))
        assert await words(session, number + 1) == ["valid"] * (number + 1)
        await session.close()


def a_text(path: Path) -> None:
    path.with_name("text").write_text("not a journal")
    path.with_name("text").replace(path)


def a_database(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE other (value)")
    other.replace(path)


def a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


@pytest.mark.parametrize("put_in_place", [a_text, a_database, a_folder])
@pytest.mark.parametrize("is_in_use", [True, False])
async def test_capturing_resumes_once_what_took_the_place_of_the_journal_is_moved_away(
    put_in_place: Callable[[Path], None], is_in_use: bool, start: Start
) -> None:
    session = await start(listening=is_in_use)
    path = journal.path_of(session.database)
    if is_in_use:
        await arrive(session, an_answer("before"))
        await evaluated(session)
    put_in_place(path)
    url = await session.listen()
    assert await send(url, ANSWER) == 503
    sentence = await until(lambda: session.ingest.storage_limit.problem)
    assert sentence is not None
    assert str(path) in sentence
    assert "Move it away, and capturing resumes automatically." in sentence
    path.rename(path.with_name("elsewhere"))
    await until(lambda: session.ingest.storage_limit.problem is None)
    await arrive(session, an_answer("after"))
    assert set(await words(session, 1 + is_in_use)) == {"valid"}


async def test_an_evaluator_starts_once_the_system_has_room_for_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    resource = pytest.importorskip("resource")
    session = await start()
    await evaluated(session)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        await kill(session)
        await until(lambda: session.ingest.evaluator.has_stopped)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    await arrive(session, ANSWER)
    session.ingest.evaluator.retry()
    assert await words(session, 1) == ["valid"]
    await until(lambda: session.ingest.evaluator.problem is None)
    caplog.clear()


async def test_listening_starts_again_while_it_still_stops(start: Start) -> None:
    session = await start()
    for number in range(5):
        stopping = asyncio.create_task(session.stop_listening())
        await asyncio.sleep(0)  # it has begun
        await session.listen()
        await stopping
        await arrive(session, an_answer(f"again {number}"))
    assert set(await words(session, 5)) == {"valid"}


async def test_groups_are_kept_up_to_date_although_the_port_is_taken(start: Start) -> None:
    """Its file has a listener then, which starts to listen once the port is free."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        session = await start(listening=False)
        with pytest.raises(InspectorError):
            await session.listen(taken.getsockname()[1])
        await put(session, ANSWER, kind="imported")
        await until(session.store.behind, lambda behind: behind == 0)
    await session.listen()
    await arrive(session, an_answer("new"))
    assert await words(session, 2) == ["valid"] * 2
