"""A receiver is checked, and what is wrong with it is said in words."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.check import CHECK
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import SECRET_TEXT
from tests.cli.calls import use

PRINTS = "it compares re-serialised text, printed otherwise than by JSON.stringify"
Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def receiver(handle: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handle, handler_cancellation=True))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"  # type: ignore[union-attr]
    await runner.cleanup()


def is_signed(body: bytes, signature: str) -> bool:
    expected = hmac.new(SECRET_TEXT.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


async def good(request: web.Request) -> web.Response:
    """A receiver that does everything right: it verifies the bytes as they came."""
    body = await request.read()
    if not is_signed(body, request.headers.get("x-webhook-signature", "")):
        return web.Response(status=401)
    try:
        json.loads(body)
    except ValueError:
        return web.Response(status=400)
    return web.Response(text="ok")


async def checked(handle: Handler, tmp_path: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    async with receiver(handle) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"), "--format", "json")
    return done.status, {result["test"]: result for result in done.records()}


def wrong(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {test: result["says"] for test, result in results.items() if not result["ok"]}


async def test_a_receiver_that_does_everything_right_has_nothing_wrong(tmp_path: Path) -> None:
    status, results = await checked(good, tmp_path)
    assert (status, wrong(results)) == (0, {})
    assert list(results)[:4] == ["valid", "valid-answer", "unsigned", "tampered"]
    assert results["valid"].keys() == {"test", "ok", "status", "elapsed_ms", "says"}
    assert (results["tampered"]["status"], results["tampered"]["says"]) == (401, "rejects it with 401")
    assert results["re-serialised"]["says"].startswith("rejects it, as whoever verifies the bytes does")


async def test_one_that_takes_anything_is_told_so(tmp_path: Path) -> None:
    async def takes_anything(request: web.Request) -> web.Response:
        return web.Response()

    status, results = await checked(takes_anything, tmp_path)
    assert status == 1
    assert list(wrong(results)) == ["unsigned", "tampered", "wrong-secret", "last-digit", "empty"]
    assert wrong(results)["tampered"] == "accepts a bad signature: the body was changed"
    assert wrong(results)["last-digit"] == "accepts a bad signature: its last digit is another one"
    assert results["re-serialised"]["says"] == "accepts it, as it accepts forgeries", "and how is not known"


async def test_one_that_compares_the_beginning_alone_is_told_so(tmp_path: Path) -> None:
    async def compares_eight_digits(request: web.Request) -> web.Response:
        body, given = await request.read(), request.headers.get("x-webhook-signature", "")
        expected = hmac.new(SECRET_TEXT.encode(), body, hashlib.sha256).hexdigest()
        return web.Response(status=200 if given[:8] == expected[:8] else 401)

    _, results = await checked(compares_eight_digits, tmp_path)
    assert wrong(results) == {
        "last-digit": "accepts a bad signature: its last digit is another one, so it compares the beginning"
        " alone"
    }


async def test_one_that_prints_json_in_ascii_rejects_an_emoji(tmp_path: Path) -> None:
    async def prints_again(request: web.Request) -> web.Response:
        try:
            value = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400)
        body = json.dumps(value, separators=(",", ":")).encode()
        valid = is_signed(body, request.headers.get("x-webhook-signature", ""))
        return web.Response(status=200 if valid else 401)

    _, results = await checked(prints_again, tmp_path)
    assert wrong(results) == {
        "unicode": f"rejects a valid one with an emoji: {PRINTS} (answers 401)",
        "numbers": f"rejects a valid one with unusual numbers: {PRINTS} (answers 401)",
    }
    assert results["re-serialised"]["says"].startswith("verifies text that it prints again")


async def test_one_that_reads_the_body_in_another_charset_is_not_said_to_print_it(tmp_path: Path) -> None:
    async def reads_latin(request: web.Request) -> web.Response:
        body = (await request.read()).decode("latin-1").encode()
        valid = is_signed(body, request.headers.get("x-webhook-signature", ""))
        return web.Response(status=200 if valid else 401)

    _, results = await checked(reads_latin, tmp_path)
    assert wrong(results) == {
        "unicode": "rejects a valid one with an emoji: it does not verify the bytes as they came (answers"
        " 401)"
    }


async def test_one_that_is_not_idempotent_is_told_so(tmp_path: Path) -> None:
    seen: set[bytes] = set()

    async def only_once(request: web.Request) -> web.Response:
        body = await request.read()
        answer = await good(request)
        if answer.status == 200 and body in seen:
            return web.Response(status=409)
        seen.add(body)
        return answer

    _, results = await checked(only_once, tmp_path)
    assert wrong(results) == {"repeated": "not idempotent: the second delivery is not accepted (answers 409)"}


async def test_one_that_falls_over_is_not_said_to_reject(tmp_path: Path) -> None:
    async def falls_over(request: web.Request) -> web.Response:
        answer = await good(request)
        return web.Response(status=500) if answer.status == 401 else answer

    _, results = await checked(falls_over, tmp_path)
    assert wrong(results)["tampered"] == "fails instead of rejecting it: answers 500"


async def test_one_with_another_secret_is_not_blamed_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "of another project")
    _, results = await checked(good, tmp_path)
    assert wrong(results)["valid"] == "rejects a valid event (answers 401)"
    assert wrong(results)["unicode"] == "answers 401, as for every valid event"


async def test_text_has_a_line_a_test_and_a_sentence_at_the_end(tmp_path: Path) -> None:
    async with receiver(good) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))
    lines = done.text.splitlines()
    assert lines[0] == "✓ valid          accepts it"
    assert lines[-1] == "Nothing is wrong with this receiver: it passed all 15 tests."


async def test_without_a_secret_or_a_receiver_it_cannot_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--to", "http://127.0.0.1:9/", "--database", str(tmp_path / "c.db"))
    with pytest.raises(InspectorError, match=r"cannot be checked: .*127.0.0.1:9") as raised:
        await use(CHECK, *arguments)
    assert raised.value.exit_status == 3
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    with pytest.raises(InspectorError, match="no secret to sign with"):
        await use(CHECK, *arguments)
    with pytest.raises(UsageError, match=r"--allow-host 192\.0\.2\.1"):
        await use(CHECK, "--to", "http://192.0.2.1/", "--database", str(tmp_path / "c.db"))


async def test_a_target_is_checked_by_its_name(tmp_path: Path) -> None:
    database = tmp_path / "c.db"
    async with receiver(good) as url:
        session = Session(Options(database=database))
        await session.open()
        await session.targets.save(NamedTarget(name="local", url=url))
        await session.close()
        done = await use(CHECK, "--to", "local", "--database", str(database))
    assert done.status == 0
