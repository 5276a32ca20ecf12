"""Receivers for aiohttp, one per route, each wrong in the way of its route."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path

from aiohttp import web

SECRET = os.environ["BLITZ_WEBHOOK_SECRET"]
QUOTED = Path(".env").read_text(encoding="utf-8").partition("=")[2].strip()
routes = web.RouteTableDef()


def sign(body: bytes, key: bytes = SECRET.encode()) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def answer(request: web.Request, expected: str, header: str = "X-Webhook-Signature") -> web.Response:
    if not hmac.compare_digest(expected.encode(), request.headers.get(header, "").encode()):
        raise web.HTTPUnauthorized
    return web.json_response({"ok": True})


@routes.post("/correct")
async def correct(request: web.Request) -> web.Response:
    return answer(request, sign(await request.read()))


@routes.post("/dumps-unicode")
async def dumps_unicode(request: web.Request) -> web.Response:
    return answer(request, sign(json.dumps(await request.json(), ensure_ascii=False).encode()))


@routes.post("/post-data")
async def post_data(request: web.Request) -> web.Response:
    return answer(request, sign(json.dumps(dict(await request.post())).encode()))


@routes.post("/dumped-text")
async def dumped_text(request: web.Request) -> web.Response:
    return answer(request, sign(json.dumps(await request.text()).encode()))


@routes.post("/secret-encoded")
async def secret_encoded(request: web.Request) -> web.Response:
    return answer(request, sign(await request.read(), base64.b64encode(SECRET.encode())))


# ---- two at once


@routes.post("/unset-dumps")
async def unset_dumps(request: web.Request) -> web.Response:
    secret = os.environ.get("BLITZ_SECRET", "")
    return answer(request, sign(json.dumps(await request.json()).encode(), secret.encode()))


@routes.post("/quoted-base64")
async def quoted_base64(request: web.Request) -> web.Response:
    mac = hmac.new(QUOTED.encode(), await request.read(), hashlib.sha256)
    return answer(request, base64.b64encode(mac.digest()).decode())


if __name__ == "__main__":
    app = web.Application(client_max_size=5_000_000)
    app.add_routes(routes)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
