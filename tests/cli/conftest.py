from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.session.options import Options
from inspector.session.session import Session
from inspector.store import journal
from inspector.store.file.database import connect
from inspector.store.write import inboxes
from tests.builders import SECRET_TEXT, a_capture
from tests.new_file import a_new_file
from tests.session.conftest import Seen, post
from tests.waiting import until

Keep = Callable[..., Awaitable[str]]


async def keep_of_inbox(database: str, edge: str, *bodies: bytes) -> None:
    """Add captures of a shared inbox, as if its reader had ended before they were evaluated."""
    path = Path(database)
    with closing(connect(path)) as connection:
        inbox = inboxes.open_inbox(connection, stream="HOOKS", created="now", member="me", address="")
    with closing(connect(journal.path_of(path))) as opened:
        opened.execute("BEGIN IMMEDIATE")
        for sequence, body in enumerate(bodies, max(inbox.position, 0) + 1):
            origin = inboxes.Origin(inbox.id, sequence, edge)
            journal.append(opened, [journal.new_entry(a_capture(body), origin=origin)])
        opened.execute("COMMIT")
    session = Session(Options(database=path, port=0))
    await session.open()
    try:
        seen = Seen(session)
        await session.ingest.start("test")
        await until(lambda: len(seen.captured) == len(bodies) and not session.groups.behind)
    finally:
        await session.close()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples' secret is in the environment, as a user has it."""
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Capture deliveries (each a body, its signature and more headers) and return the path of the file."""

    async def take(*deliveries: tuple[Any, ...], target: bytes = b"/") -> str:
        database = a_new_file(tmp_path / "captures.db")
        session = Session(Options(database=database, port=0))
        await session.open()
        try:
            url = await session.ingest.start("test")  # not `listen`: what is invalid is left unexamined
            seen = Seen(session)
            for body, signature, *more in deliveries:
                headers = () if signature is None else ((b"x-webhook-signature", signature),)
                assert await post(url, body, *headers, *more, target=target) == 200
            await until(lambda: len(seen.captured) == len(deliveries) and not session.groups.behind)
        finally:
            await session.close()
        return str(database)

    return take
