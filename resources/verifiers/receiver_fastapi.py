"""Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.

Install:  pip install fastapi uvicorn
Run:      set BLITZ_WEBHOOK_SECRET, then: python receiver_fastapi.py
"""

import hashlib
import hmac
import logging
import os

import uvicorn
from fastapi import FastAPI, Request, Response

SECRET = os.environ.get("BLITZ_WEBHOOK_SECRET", "").encode()
if not SECRET:
    raise SystemExit("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.")

app = FastAPI()


def is_genuine(body: bytes, signature: str) -> bool:
    # The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes,
    # because json.dumps(await request.json()) prints other spaces, escapes and numbers.
    expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    # As bytes: compare_digest raises TypeError for text that is not ASCII.
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


@app.post("/webhooks/blitz")
async def receive(request: Request) -> Response:
    # Not a model as parameter: that has been parsed already.
    body = b""
    async for chunk in request.stream():  # request.body() has no limit
        body += chunk
        if len(body) > 5 * 1024 * 1024:
            return Response(status_code=413)
    if not is_genuine(body, request.headers.get("x-webhook-signature", "")):
        return Response(status_code=401)

    # The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    # either: use the body's hash, and skip bodies that you have already stored.
    delivery_id = hashlib.sha256(body).hexdigest()
    logging.info("genuine: %d bytes, %s", len(body), delivery_id)

    # Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    return Response(status_code=200)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT") or 3000))
