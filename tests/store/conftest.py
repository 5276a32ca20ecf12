from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import evaluate
from inspector.domain.signature.secret import Secret
from inspector.store.store import Store
from inspector.store.write.columns import new_capture
from tests.builders import a_secret
from tests.new_file import a_new_file


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(a_new_file(tmp_path / "captures.db"))
    yield store
    await store.close(forget_deleted=False)


async def put(store: Store, *received: Capture, secrets: Sequence[Secret] = (a_secret(),)) -> list[int]:
    """Judge and store captures as the listener does, and give their ids."""
    ids = []
    for capture in received:
        judgement = evaluate(capture, secrets, is_secret_on_file=False)
        ids.append(await store.append(new_capture(capture, judgement)))
    return ids


async def followed(store: Store) -> None:
    """Until every capture is in groups and figures."""
    stepped = asyncio.Event()
    store.followed = lambda marked: stepped.set()
    while store.behind():
        await stepped.wait()
        stepped.clear()
