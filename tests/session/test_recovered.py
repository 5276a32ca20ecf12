"""What a session finds in a file that was damaged: nobody is allowed, and no id begins again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import ANSWER
from tests.session.conftest import Start
from tests.session.test_forwards import send, until_forward
from tests.session.test_plans import put_numbered
from tests.session.test_replays import receiver

PAGE = 4096


def spoil_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * 100)


def spoil_last_ids(path: Path) -> None:
    """As the header too is lost, each page is read for its own sake."""
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_sequence'"
        ).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    spoil_header(path)


async def damaged(start: Start, session: Session, path: Path, spoil: Callable[[Path], None]) -> Session:
    """The next session on the file, once that one has ended and the file was spoilt."""
    await session.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    spoil(path)
    again = await start()
    assert "recovered" in again.notices[0]
    return again


async def test_only_hosts_that_were_allowed_are_allowed_after_a_recovery(
    start: Start, tmp_path: Path
) -> None:
    """Targets, plans and forwards are counted in a table of a name and a number, as the hosts are kept."""
    session = await start()
    await put_numbered(session, 3)
    async with receiver() as (url, _):
        await session.replays.start(await session.replays.plan(url)).wait()
        await session.targets.save(NamedTarget(name="staging", url=url))
        await session.forwards.add(url)
    allowed = ("192.0.2.1", "captures", "plans")  # some, as a machine at hand may be, have names of tables
    for host in allowed:
        await session.hosts.allow(host)
    again = await damaged(start, session, tmp_path / "captures.db", spoil_header)
    assert again.hosts.names == allowed
    assert len(again.captures.rows([1, 2, 3])) == 3


@pytest.mark.parametrize("spoil", [spoil_header, spoil_last_ids])
async def test_a_plan_or_a_forward_after_a_recovery_is_no_earlier_one(
    start: Start, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """The attempts of the earlier ones are kept, and name them."""
    session = await start()
    await put_numbered(session, 3)
    async with receiver() as (url, _):
        for _ in range(2):
            await session.replays.start(await session.replays.plan(url)).wait()
        await session.forwards.add(url)
        await send(session, ANSWER)
        await until_forward(session, lambda row: row.delivered == 1)
        again = await damaged(start, session, tmp_path / "captures.db", spoil)
        run = again.replays.start(await again.replays.plan(url, ids=[1]))
        await run.wait()
        await again.forwards.add(url)
    assert [row.id for row in again.forwards.rows()] == [2]
    assert run.plan_id is not None
    assert (await again.replays.summary(run.plan_id)).attempts == 1
    assert [row.plan_id for row in (await again.captures.detail(1)).attempts] == [3, 2, 1]
