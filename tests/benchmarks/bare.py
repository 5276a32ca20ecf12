"""Baselines, each a process of its own that prints its port: `python -m tests.benchmarks.bare KIND`.

`asyncio` and `qasync` are a bare aiohttp catch-all that reads the body and stores nothing, on either
loop; `sink` answers replayed requests as cheaply as aiohttp can.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


async def serve() -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
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
        asyncio.run(serve())


if __name__ == "__main__":
    main()
