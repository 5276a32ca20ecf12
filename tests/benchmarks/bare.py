"""Baselines, each a process of its own that prints its port: `python -m tests.benchmarks.bare KIND [FILE]`.

`asyncio` and `qasync` are a bare aiohttp catch-all that reads the body and stores nothing, on either
loop; `lines` prints a line after each response. `journal` is our own listener, which writes the journal of
a capture file and does nothing else: the most that a process of its own for the listener could reach.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web


async def serve(*, prints_lines: bool = False) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        if prints_lines:
            asyncio.get_running_loop().call_later(0, partial(print, request.path, flush=True))
        return web.Response()

    app = web.Application(client_max_size=50 * 2**20)
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


async def serve_journal(path: Path) -> None:
    from inspector.capture.bound_port import BoundPort
    from inspector.capture.limits import Limits
    from inspector.capture.listener import Listener
    from inspector.capture.request_handler import AfterCommit
    from inspector.domain.capture.capture import Capture
    from inspector.store.journal import new_entry
    from inspector.store.store import Store

    store = Store(path)
    await store.recorder.open()

    def take_directly(capture: Capture, after_commit: AfterCommit) -> bool:
        store.recorder.queue(new_entry(capture), lambda _, error: after_commit(error))
        return True

    async def take(capture: Capture) -> None:
        raise AssertionError(capture)

    port = BoundPort("127.0.0.1", 0)
    listener = Listener(port=port, limits=Limits(), take=take, take_directly=take_directly, take_refused=take)
    print(urlsplit(await listener.start()).port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await listener.stop()
    await store.close(forget_deleted=False)


def main() -> None:
    if sys.argv[1] == "journal":
        asyncio.run(serve_journal(Path(sys.argv[2])))
    elif sys.argv[1] == "qasync":
        from PySide6.QtWidgets import QApplication
        from qasync import QEventLoop

        app = QApplication([])
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            runner.run(serve())
    else:
        asyncio.run(serve(prints_lines=sys.argv[1] == "lines"))


if __name__ == "__main__":
    main()
