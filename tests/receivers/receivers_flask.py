"""Receivers for Flask, one per route, each wrong in the way of its route."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

SECRET = os.environ["BLITZ_WEBHOOK_SECRET"]
app = Flask(__name__)


def sign(body: bytes, key: bytes = SECRET.encode()) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def answer(expected: str, header: str = "X-Webhook-Signature") -> Response:
    if not hmac.compare_digest(expected.encode(), request.headers.get(header, "").encode()):
        abort(401)
    return jsonify(status="ok")


# ---- correct


@app.post("/correct")
def correct() -> Response:
    return answer(sign(request.get_data()))


# ---- the body


@app.post("/dumps")
def dumps() -> Response:
    return answer(sign(json.dumps(request.json).encode()))


@app.post("/dumps-compact")
def dumps_compact() -> Response:
    return answer(sign(json.dumps(request.json, separators=(",", ":")).encode()))


@app.post("/dumps-sorted")
def dumps_sorted() -> Response:
    return answer(sign(json.dumps(request.json, sort_keys=True, separators=(",", ":")).encode()))


@app.post("/dumps-indented")
def dumps_indented() -> Response:
    return answer(sign(json.dumps(request.get_json(), indent=4).encode()))


@app.post("/str-of-dict")
def str_of_dict() -> Response:
    return answer(sign(str(request.json).encode()))


@app.post("/str-of-bytes")
def str_of_bytes() -> Response:
    return answer(sign(str(request.data).encode()))


@app.post("/form")
def form() -> Response:
    return answer(sign(json.dumps(request.form).encode()))


@app.post("/urlsafe")
def urlsafe() -> Response:
    mac = hmac.new(SECRET.encode(), request.data, hashlib.sha256)
    return answer(base64.urlsafe_b64encode(mac.digest()).decode())


# ---- the secret


@app.post("/secret-newline")
def secret_newline() -> Response:
    return answer(sign(request.data, Path("secret.txt").read_bytes()))


@app.post("/secret-none")
def secret_none() -> Response:
    secret = str(os.environ.get("BLITZ_SECRET"))
    return answer(sign(request.data, secret.encode()))


@app.post("/secret-prefixed")
def secret_prefixed() -> Response:
    return answer(sign(request.data, b"whsec_" + SECRET.encode()))


# ---- the digest and its header


@app.post("/md5")
def md5() -> Response:
    return answer(hmac.new(SECRET.encode(), request.data, "md5").hexdigest())


@app.post("/bearer")
def bearer() -> Response:
    return answer("Bearer " + sign(request.data), "Authorization")


# ---- one fault, and code around the check


@app.post("/dumps-typed")
def dumps_typed() -> Response:
    event = request.json
    answered = answer(sign(json.dumps(event).encode()))
    print("stored", [one["response"] for one in event["responses"]])  # an answer has none
    return answered


@app.post("/validated-prefix")
def validated_prefix() -> Response:
    event = request.get_json()
    if not isinstance(event.get("responses"), list) or "survey_id" not in event:
        abort(422)
    return answer("sha256=" + sign(request.data))


# ---- two at once


@app.post("/dumps-newline")
def dumps_newline() -> Response:
    return answer(sign(json.dumps(request.json).encode(), Path("secret.txt").read_bytes()))


@app.post("/dict-base64")
def dict_base64() -> Response:
    mac = hmac.new(SECRET.encode(), str(request.json).encode(), hashlib.sha256)
    return answer(base64.b64encode(mac.digest()).decode())


# ---- what nobody would guess


@app.post("/salted")
def salted() -> Response:
    return answer(sign(b"my-salt:" + request.data))


# ---- not the signature


@app.post("/slash/")
def slash() -> Response:
    return answer(sign(request.data))


@app.post("/crashes")
def crashes() -> Response:
    event = request.json or {}
    if event["type"] == "survey.completed":
        return answer(sign(request.data))
    return jsonify(status="ignored")


# ---- accepts too much


@app.post("/present")
def present() -> Response:
    if not request.headers.get("X-Webhook-Signature"):
        abort(401)
    return jsonify(status="ok")


@app.post("/zip")
def zipped() -> Response:
    theirs = request.headers.get("X-Webhook-Signature", "")
    if not theirs or any(one != other for one, other in zip(sign(request.data)[:16], theirs, strict=False)):
        abort(403)
    return jsonify(status="ok")


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ["PORT"]), threaded=True)
