"""The same listener in the window's own loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.builders import COMPLETION
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


def test_it_serves_refuses_and_cuts_in_qts_loop(qapp: Any) -> None:
    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner:
        runner.run(_use_it())
