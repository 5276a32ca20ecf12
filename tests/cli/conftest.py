from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import SECRET_TEXT
from tests.session.conftest import Seen, post
from tests.waiting import until

Keep = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples' secret is in the environment, as a user has it."""
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Capture deliveries (each a body, its signature and more headers) and return the path of the file."""

    async def take(*deliveries: tuple[Any, ...], target: bytes = b"/") -> str:
        database = tmp_path / "captures.db"
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
