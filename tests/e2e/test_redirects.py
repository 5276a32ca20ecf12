"""A back end that moved: it is followed to where it went, if asked for, and gets no credential there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.builders import ANSWER, COMPLETION
from tests.e2e.program import deliver, finish, listening, records


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """An aiohttp server that gives every request to `handler`, and its URL."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_back_end_that_moved_is_followed_when_asked_and_gets_no_signature(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    took: list[tuple[str, str, bytes, bool]] = []

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=308, headers={"Location": f"{new}/in{request.raw_path}"})

    async def take(request: web.Request) -> web.Response:
        is_signed = "x-webhook-signature" in request.headers
        took.append((request.method, request.raw_path, await request.read(), is_signed))
        return web.Response(text="taken")

    with listening(database) as (program, url):
        await asyncio.to_thread(deliver, f"{url}hook?team=1", ANSWER, COMPLETION)
        program.record()
        program.record()
        assert program.end() == (0, "")
    async with serving(take) as new, serving(moved) as old:
        arguments = ("replay", "--to", old, "--database", str(database), "--format", "json")
        done = await asyncio.to_thread(finish, *arguments)
        assert (done.returncode, done.stderr, took) == (1, b"", [])
        done = await asyncio.to_thread(finish, *arguments, "--follow-redirects")
        assert (done.returncode, done.stderr) == (0, b"")
    way = [{"status": 308, "url": f"{new}/in/hook?team=1"}]
    *attempts, total = map(json.loads, done.stdout.splitlines())
    assert [(one["status"], one["redirects"]) for one in attempts] == [(200, way), (200, way)]
    assert total == {"sent": 2, "succeeded": 2, "failed": 0, "skipped": 0, "unexpected": 0}
    assert took == [("POST", "/in/hook?team=1", body, False) for body in (ANSWER, COMPLETION)]
    (shown,) = await asyncio.to_thread(records, "show", "2", "--database", str(database))
    assert [one.get("redirects") for one in shown["attempts"]] == [way, None]
