"""The same listener in the window's own loop."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from inspector.capture.tls import ServerCertificate, generated
from tests.builders import COMPLETION
from tests.capture.test_tls import a_client
from tests.capture.wire import a_desk, a_request, statuses

pytestmark = pytest.mark.gui


async def _use_it() -> None:
    async with a_desk(head_seconds=0.2, idle_seconds=0.2, stop_seconds=0.2) as desk:
        await asyncio.gather(*(desk.exchange(a_request(COMPLETION) * 20) for _ in range(10)))
        assert [capture.body for capture in desk.taken] == [COMPLETION] * 200
        assert statuses(await desk.exchange(b"nonsense\r\n\r\n", ends=False)) == [400]
        assert statuses(await desk.exchange(a_request(b"x" * 3_000_000))) == [200]
        sender = await desk.sender()
        await sender.send(a_request(fields=b"Content-Length: 9\r\n") + b"part")
        assert (await sender.answer())[0] == 408
        assert desk.kinds()[200:] == ["refused", "captured", "cut"]
        dropped = await desk.sender()
        await dropped.send(b"POST / HT")
        dropped.drop()
        await desk.first(204)


async def _use_tls(certificate: ServerCertificate) -> None:
    client = ssl.create_default_context(cafile=certificate.authority)
    async with a_desk(tls=certificate.server_context(), head_seconds=0.2, stop_seconds=0.2) as desk:
        senders = [await a_client(desk, client) for _ in range(10)]
        for sender in senders:
            await sender.send(a_request(COMPLETION) * 20)
        for sender in senders:
            for _ in range(20):
                assert await sender.answer() == (200, b"")
        await senders[0].send(a_request(b"x" * 3_000_000))
        assert (await senders[0].answer())[0] == 200
        slow = await desk.sender()
        await slow.send(b"\x16")
        assert await slow.all() == b""
        assert await desk.exchange(a_request(b"x")) == b""
        await desk.first(202)
        assert desk.kinds() == ["captured"] * 201 + ["refused"]


def test_it_serves_tls_in_qts_loop(qapp: Any, tmp_path: Path) -> None:
    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner:
        runner.run(_use_tls(generated(tmp_path, "127.0.0.1")))


def test_it_serves_refuses_and_cuts_in_qts_loop(qapp: Any) -> None:
    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner:
        runner.run(_use_it())
