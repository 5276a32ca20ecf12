"""The file keeps within its limits, and what was deleted is gone once nobody can give it back."""

from __future__ import annotations

import asyncio
import base64
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.session.file import maintenance
from inspector.session.file.maintenance import Job, JobProgress
from inspector.session.session import Session
from inspector.store.store import Store
from tests.builders import ANSWER, a_capture, an_answer, signature
from tests.session.conftest import OtherProgram, Start, post
from tests.session.test_captures import ids
from tests.session.test_replays import put, receiver
from tests.store.conftest import followed
from tests.store.conftest import put as put_into
from tests.store.group.test_grouping import refold_all, stored
from tests.waiting import until

CLEARER = """
import asyncio, sys
from pathlib import Path
from inspector.session.options import Options
from inspector.session.session import Session

async def main():
    session = Session(Options(database=Path(sys.argv[1])))
    await session.open()
    await session.captures.clear(text="clear")
    print("cleared", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def _figures_are_right(session: Session) -> None:
    await followed(session.store)
    session.store.followed = lambda marked: None
    await session.store.write(lambda connection: None)
    store = session.store
    assert await store.write(_compared)


def _compared(connection: object) -> bool:
    connection.execute("COMMIT")  # type: ignore[attr-defined]
    is_right = stored(connection) == refold_all(connection)  # type: ignore[arg-type]
    connection.execute("BEGIN")  # type: ignore[attr-defined]
    return is_right


def _holding(database: Path, text: bytes) -> list[str]:
    """The files of the database's folder that hold a text.

    Another process reads them: a process that closes a file loses its POSIX locks on it, those of SQLite too.
    """
    found = subprocess.run(
        [sys.executable, "-c", _FIND, str(database.parent), text.hex()],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return found.stdout.split()


_FIND = """
import sys
from pathlib import Path
for file in Path(sys.argv[1]).iterdir():
    if bytes.fromhex(sys.argv[2]) in file.read_bytes():
        print(file.name)
"""


async def test_retention_takes_the_oldest_tells_of_it_and_spares_what_is_pinned(start: Start) -> None:
    session = await start(settings=(("keep_count", "3"),))
    told: list[str] = []
    session.maintenance.message_posted.connect(told.append)
    await put(session, *(an_answer(f"answer {n}", user=f"u-{n % 2}") for n in range(1, 8)))
    await session.captures.pin([2])
    await session.maintenance.retain()
    assert await ids(session) == [7, 6, 5, 2]
    assert told == ["Retention removed 3 captures beyond the newest 3."]
    assert _holding(session.database, b"answer 4") == []
    assert _holding(session.database, b"answer 5") != []
    await _figures_are_right(session)
    await session.maintenance.retain()
    assert len(told) == 1


async def test_retention_by_age_and_size_gives_each_its_reason(start: Start) -> None:
    size = len(an_answer("1"))
    settings = (("keep_days", "30"), ("keep_bytes", str(2 * size)))
    session = await start(settings=settings, listening=False)
    told: list[str] = []
    session.maintenance.message_posted.connect(told.append)
    new = {"received_ms": 4_000_000_000_000}
    await put(session, an_answer("1"))
    await put(session, an_answer("2"), an_answer("3"), an_answer("4"), **new)
    await put(session, an_answer("5"))  # imported: younger by its number than by its time
    removed = await session.maintenance.retain()
    assert (sorted(removed.ids), removed.size) == ([1, 2, 5], 3 * size)
    assert await ids(session) == [4, 3]
    assert told == [
        f"Retention removed 3 captures: 2 older than 30 days, 1 beyond {2 * size} bytes of bodies."
    ]


async def test_what_is_not_counted_yet_is_removed_all_the_same(start: Start) -> None:
    session = await start(settings=(("keep_count", "2"),), listening=False)  # nobody follows
    await put(session, *(an_answer(str(n)) for n in range(5)))
    await session.maintenance.retain()
    assert session.store.behind() > 0
    session.store.become_listener("test")
    await _figures_are_right(session)
    assert await ids(session) == [5, 4]


async def test_a_listener_keeps_within_its_limits_from_its_start(start: Start) -> None:
    first = await start(listening=False)
    await put(first, *(an_answer(str(n)) for n in range(5)))
    await first.close()
    second = await start(settings=(("keep_count", "1"),), listening=False)
    removed = asyncio.Event()
    second.maintenance.message_posted.connect(lambda sentence: removed.set())
    await second.listen()
    await removed.wait()
    assert await ids(second) == [5]


async def test_a_limit_that_is_set_while_it_listens_counts_without_a_restart(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "RETAIN_EVERY_S", 0.01)
    session = await start()
    await put(session, *(an_answer(str(n)) for n in range(5)))
    removed = asyncio.Event()
    session.maintenance.message_posted.connect(lambda sentence: removed.set())
    assert (await session.preferences.save("keep_count", 2)).in_force == 2
    await removed.wait()
    assert await ids(session) == [5, 4]


async def test_without_limits_nothing_is_ever_taken(start: Start) -> None:
    session = await start()
    await put(session, *(an_answer(str(n), at="2001-01-01T00:00:00Z") for n in range(5)))
    assert (await session.maintenance.retain()).count == 0
    assert len(await ids(session)) == 5


# ---- deleted for good


async def test_deleted_for_good_is_overwritten_at_once_though_the_file_is_open_elsewhere(
    start: Start,
) -> None:
    session = await start()
    onlooker = await start(listening=False)
    await put(session, an_answer("clear this"), an_answer("keep that"))
    assert await ids(onlooker) == [2, 1]
    deletion = await session.captures.clear(text="clear")
    assert _holding(session.database, b"clear this") != []
    assert await session.maintenance.delete_for_good() == 1
    assert _holding(session.database, b"clear this") == []
    await session.captures.undo(deletion)
    assert await ids(session) == [2]


@pytest.mark.parametrize("way", ["delete permanently", "prune", "end"])
async def test_the_names_and_values_of_a_body_go_for_good_with_the_last_capture_that_has_them(
    start: Start, way: str
) -> None:
    session = await start()
    url = session.ingest.url
    assert url is not None
    body = an_answer().replace(b"}", b',"Ada Lovelace":1,"user_id":{"Grace Hopper":2}}')
    both = body.replace(b"fine", b"again")
    for one in (body, both):
        assert await post(url, one, (b"x-webhook-signature", signature(one))) == 200
    unsigned = body.replace(b"Ada Lovelace", b"Alan Turing").replace(b"Grace Hopper", b"Alan Turing")
    assert await post(url, unsigned) == 200
    await followed(session.store)
    texts = (b"Ada Lovelace", b"Alan Turing")
    path = session.database
    await session.maintenance.remove([1])
    assert [bool(_holding(path, text)) for text in texts] == [True, True], "another capture has them"
    if way == "prune":
        await session.maintenance.remove([2, 3])
    else:
        await session.captures.clear()
    if way == "end":
        await session.close()
    else:
        await session.maintenance.delete_for_good()
        await session.store.empty_log()
    assert [_holding(path, text) for text in texts] == [[], []]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM shapes").fetchone() == (0,)


async def test_an_edited_body_goes_for_good_with_the_last_capture_that_it_stood_for(start: Start) -> None:
    session = await start(listening=False)
    await put(session, an_answer("first"), an_answer("second"))
    person = ((b"x-person", b"Ada"),)
    edit = Edit(body=b"what a person said " * 500, headers=person, put=((b"x-other", b"Eve"),))
    kept = [base64.b64encode(b"what a person said " * 3), b"what a person said what", b"x-person", b"x-other"]
    async with receiver() as (url, received):
        plan = await session.replays.plan(url, manner=RequestOptions(edit=edit))
        run = session.replays.start(plan)
        await run.wait()
    assert len(received) == 2
    assert run.plan_id is not None
    await session.maintenance.remove([1])
    assert (await session.replays.resume(run.plan_id)).manner.edit == edit, "it stands for the second, too"
    cleared = await session.captures.clear()
    assert (await session.replays.resume(run.plan_id)).manner.edit == edit, "this can be undone"
    await session.captures.undo(cleared)
    await session.captures.clear()
    assert [bool(_holding(session.store.path, text)) for text in kept] == [True] * 4
    await session.maintenance.delete_for_good()
    assert [_holding(session.store.path, text) for text in kept] == [[]] * 4
    assert (await session.replays.resume(run.plan_id)).manner.edit == Edit()


async def test_what_a_living_process_can_undo_is_final_for_nobody_else(start: Start) -> None:
    window = await start(listening=False)
    await put(window, an_answer("cleared"), an_answer("kept"))
    deletion = await window.captures.clear(text="cleared")
    listener = await start()
    assert await listener.store.purge() == 0
    assert await listener.maintenance.delete_for_good() == 0
    await listener.close()
    await window.captures.undo(deletion)
    assert await ids(window) == [2, 1]


async def test_what_a_process_cleared_is_final_with_its_end_though_another_listens(start: Start) -> None:
    await start()
    window = await start(listening=False)
    await put(window, an_answer("cleared"), an_answer("kept"))
    await window.captures.clear(text="cleared")
    await window.close()
    assert _holding(window.database, b"cleared") == []
    assert [file.name for file in window.database.parent.iterdir() if ".undo-" in file.name] == []


async def test_after_a_kill_the_next_listener_makes_final_what_was_cleared(start: Start) -> None:
    session = await start(listening=False)
    await put(session, an_answer("clear this"), an_answer("kept"))
    database = session.database
    await session.close()
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLEARER, str(database), stdout=subprocess.PIPE
    )
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"cleared\n"
    listener = await start(listening=False)
    assert await listener.store.purge() == 0
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    assert await ids(listener) == [2]
    assert await listener.store.purge() == 1
    assert _holding(database, b"clear this") == []


@pytest.mark.parametrize("owner", ["../../etc/passwd", "nobody", "", None])
async def test_a_deletion_of_nobody_known_is_final(tmp_path: Path, owner: str | None) -> None:
    store = Store(tmp_path / "captures.db")
    session_file = tmp_path / "captures.db"
    await store.write(
        lambda connection: connection.execute(
            "INSERT INTO deletions (id, made_ms, owner) VALUES (1, 0, ?)", (owner,)
        )
    )
    await put_into(store, a_capture(an_answer("a lost answer")))
    await store.write(lambda connection: connection.execute("UPDATE captures SET deletion = 1"))
    assert await store.purge() == 1
    assert _holding(session_file, b"a lost answer") == []
    await store.close(forget_deleted=False)


async def test_an_end_while_another_program_holds_the_file_leaves_deletions_to_the_next_start(
    other_program: OtherProgram, start: Start
) -> None:
    session = await start()
    await put(session, an_answer("of a person"))
    await session.captures.clear()
    other_program.lock()
    await session.close()
    other_program.free()
    await start()
    await until(lambda: not _holding(session.database, b"of a person"))


JOBS: tuple[Job, ...] = ("check", "recount", "compact")


async def filled(start: Start) -> Session:
    """A listener with some respondents, all of them counted."""
    session = await start()
    await put(session, *(an_answer(str(number), user=f"u-{number}") for number in range(60)))
    await followed(session.store)
    return session


@pytest.mark.parametrize("job", JOBS)
async def test_a_job_that_is_cancelled_has_ended_by_then_and_the_file_is_whole(
    start: Start, job: Job
) -> None:
    session = await filled(start)
    begun = asyncio.Event()
    session.maintenance_jobs.progressed.connect(lambda progress: begun.set())
    running = asyncio.create_task(session.maintenance_jobs.run(job))
    await begun.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert not session.maintenance_jobs.is_running
    assert len(await ids(session)) == 60
    for other in ("check", "recount"):
        assert (await session.maintenance_jobs.run(other)).is_well


@pytest.mark.parametrize("job", ["check", "recount"])
async def test_beside_a_check_or_a_recount_captures_are_stored(start: Start, job: Job) -> None:
    session = await filled(start)
    url = session.ingest.url
    assert url is not None
    running = asyncio.create_task(session.maintenance_jobs.run(job))
    statuses = [await post(url, ANSWER) for _ in range(5)]
    assert statuses == [200] * 5
    assert (await running).is_well
    await followed(session.store)
    assert (await session.maintenance_jobs.run("recount")).is_well


async def test_while_it_is_compacted_senders_are_told_to_come_back_and_then_it_goes_on(start: Start) -> None:
    session = await filled(start)
    url = session.ingest.url
    assert url is not None
    answered: list[asyncio.Task[int]] = []
    told: list[str | None] = []
    session.ingest.storage_limit.problem_changed.connect(told.append)

    def during(progress: JobProgress) -> None:
        assert session.ingest.storage_limit.problem is not None

    session.maintenance_jobs.progressed.connect(during)
    running = asyncio.create_task(session.maintenance_jobs.run("compact"))
    await asyncio.sleep(0)
    answered.append(asyncio.create_task(post(url, ANSWER)))
    assert (await running).is_well
    assert await answered[0] in (200, 503)
    assert "compacted" in str(told[0])
    assert told[-1] is None
    assert await post(url, ANSWER) == 200


async def test_one_job_at_a_time(start: Start) -> None:
    session = await filled(start)
    running = asyncio.create_task(session.maintenance_jobs.run("check"))
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await session.maintenance_jobs.run("recount")
    assert (await running).is_well


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


async def test_without_room_for_a_copy_nothing_is_begun(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await filled(start)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10**12, 10**12 - 50_000, 50_000))
    with pytest.raises(InspectorError, match="Compacting needs"):
        await session.maintenance_jobs.run("compact")
    monkeypatch.undo()
    # The listener may have looked at that disk, too.
    await until(lambda: session.ingest.storage_limit.problem is None)
    assert len(await ids(session)) == 60
