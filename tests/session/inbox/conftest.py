"""A server with an empty stream, for tests that read a shared inbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.inbox.publishing import Stream, stream_on
from tests.inbox.servers import NatsServer, nats_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path, sync=None) as server:
        yield server


@pytest.fixture
async def stream(server: NatsServer) -> AsyncIterator[Stream]:
    async with stream_on(server) as stream:
        await stream.create()
        yield stream
