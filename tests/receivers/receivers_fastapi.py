"""Receivers for FastAPI, one per route, each wrong in the way of its route."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

SECRET = os.environ["BLITZ_WEBHOOK_SECRET"]
app = FastAPI()
Signature = Annotated[str, Header(alias="x-webhook-signature")]


def sign(body: bytes, key: bytes = SECRET.encode()) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def answer(expected: str, received: str | None) -> dict[str, bool]:
    if received is None or not hmac.compare_digest(expected.encode(), received.encode()):
        raise HTTPException(401, "Invalid signature")
    return {"ok": True}


# ---- correct


@app.post("/correct")
async def correct(request: Request) -> dict[str, bool]:
    return answer(sign(await request.body()), request.headers.get("x-webhook-signature"))


# ---- the body


@app.post("/dumps")
async def dumps(request: Request, signature: Signature = "") -> dict[str, bool]:
    return answer(sign(json.dumps(await request.json()).encode()), signature)


@app.post("/body-argument")
async def body_argument(payload: Annotated[dict[str, Any], Body()], signature: Signature) -> dict[str, bool]:
    return answer(sign(json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()), signature)


@app.post("/str-of-body")
async def str_of_body(request: Request, signature: Signature = "") -> dict[str, bool]:
    return answer(sign(str(await request.body()).encode()), signature)


class Event(BaseModel):
    """Only what this receiver needs."""

    survey_id: str
    user_id: str
    responses: list[dict[str, Any]] | None = None


# What nobody would guess: the unknown members are gone, and the rest is in another order.
@app.post("/model")
async def model(event: Event, signature: Signature) -> dict[str, bool]:
    return answer(sign(event.model_dump_json().encode()), signature)


# ---- two at once


@app.post("/dumps-prefix")
async def dumps_prefix(request: Request, signature: Signature = "") -> dict[str, bool]:
    return answer("sha256=" + sign(json.dumps(await request.json()).encode()), signature)


# ---- not the signature


class Delivery(BaseModel):
    """As another vendor sends it."""

    event: str
    data: dict[str, Any]


@app.post("/validated")
async def validated(request: Request, delivery: Delivery, signature: Signature = "") -> dict[str, bool]:
    return answer(sign(await request.body()), signature)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
