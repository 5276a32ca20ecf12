"""Baselines, each a process of its own that prints its port: `python -m tests.benchmarks.bare KIND`.

`asyncio` and `qasync` are a bare aiohttp catch-all that reads the body and stores nothing, on either
loop; `lines` prints a line after each response.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

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


def main() -> None:
    if sys.argv[1] == "qasync":
        from PySide6.QtWidgets import QApplication
        from qasync import QEventLoop

        app = QApplication([])
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            runner.run(serve())
    else:
        asyncio.run(serve(prints_lines=sys.argv[1] == "lines"))


if __name__ == "__main__":
    main()
