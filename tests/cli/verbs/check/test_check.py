"""A receiver is checked, and what is wrong with it is said in words."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from aiohttp import web

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.output.alignment import display_width
from inspector.cli.output.streams import Output
from inspector.cli.verb import Call, Interruption
from inspector.cli.verbs.check.check import CHECK
from inspector.domain.json.value import NotJSON
from inspector.domain.stringify import restringify
from inspector.session.options import Options
from inspector.session.receiver.check import TITLES
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests import schemas
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

pytestmark = pytest.mark.usefixtures("busy_machine")

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def receiver(handle: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handle, handler_cancellation=True))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


def is_signed(body: bytes, signature: str) -> bool:
    expected = hmac.new(SECRET_TEXT.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


async def good(request: web.Request) -> web.Response:
    """A receiver that does everything right: it verifies the bytes as they came."""
    if request.method != "POST":
        return web.Response(status=405)
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
    *results, report = done.records()
    schemas.valid("check-report", report)
    for result in results:
        schemas.valid("check-result", result)
    return done.status, {result["test"]: result for result in results}


def wrong(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {test: result["says"] for test, result in results.items() if result["ok"] is False}


def named(results: dict[str, dict[str, Any]], result: str) -> list[str]:
    """The tests with this result."""
    return [test for test, one in results.items() if one["result"] == result]


async def test_a_receiver_that_does_everything_right_has_nothing_wrong(tmp_path: Path) -> None:
    status, results = await checked(good, tmp_path)
    assert (status, wrong(results)) == (0, {})
    assert list(results)[:4] == ["valid", "valid-answer", "unsigned", "empty-signature"]
    assert {one["result"] for one in results.values()} == {"passed"}
    assert results["valid"].keys() == {
        *("test", "ok", "status", "elapsed_ms", "says", "result", "title", "group", "area", "exchanges"),
    }
    assert (results["tampered"]["status"], results["tampered"]["says"]) == (401, "rejects it with 401")
    assert results["re-serialised"]["says"].startswith("rejects it: it verifies the received bytes")
    assert results["not-canonical"]["says"] == "accepts it"
    [large] = results["large"]["exchanges"]
    assert (large["sent"]["cut"], len(base64.b64decode(large["sent"]["body"]))) == (True, 48 * 1024)
    assert b"Content-Length: 1000000" in large["sent"]["head"].encode()
    assert results["valid"]["exchanges"][0]["sent"]["cut"] is False


async def test_one_that_takes_anything_is_told_so(tmp_path: Path) -> None:
    async def takes_anything(request: web.Request) -> web.Response:
        return web.Response()

    status, results = await checked(takes_anything, tmp_path)
    assert status == 1
    assert list(wrong(results)) == [
        *("unsigned", "empty-signature", "tampered", "other-event", "wrong-secret", "without-secret"),
        *("empty-digest", "last-digit", "truncated", "repeated-header", "empty"),
    ]
    assert wrong(results)["tampered"] == "accepts an invalid signature: the body was changed"
    assert wrong(results)["last-digit"] == "accepts an invalid signature: its last digit is wrong"
    assert named(results, "undecided") == [
        *("upper-case", "re-serialised", "methods", "not-json", "comparison-time"),
    ]
    assert results["re-serialised"]["says"] == "accepts it, but forged events are accepted, too"


async def test_only_a_failure_in_a_required_area_counts(tmp_path: Path) -> None:
    seen: set[bytes] = set()

    async def only_once(request: web.Request) -> web.Response:
        body = await request.read()
        answer = await good(request)
        if answer.status == 200 and body in seen:
            return web.Response(status=409)
        seen.add(body)
        return answer

    async def rejects(request: web.Request) -> web.Response:
        return web.Response(status=401)

    async def status(url: str, *options: str) -> int:
        return (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"), *options)).status

    async with receiver(only_once) as url:
        assert await status(url) == 1
        assert await status(url, "--require", "idempotency, signature") == 1
        assert await status(url, "--require", "signature,order") == 0
    async with receiver(rejects) as url:
        assert await status(url, "--require", "idempotency") == 1, "it was not tested"
    with pytest.raises(
        UsageError, match=r"Invalid value 'order,speeed' for --require\. Use signature, idempotency,"
    ):
        CHECK.parser().parse(["--to", "http://127.0.0.1:9/", "--require", "order,speeed"])


async def test_the_documented_check_is_warned_about_and_not_called_faultless(tmp_path: Path) -> None:
    """It verifies JSON.stringify(JSON.parse(body)), so it rejects valid bytes that differ from that."""

    async def documented(request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response(status=405)
        try:
            body = restringify(await request.read())
        except NotJSON:
            return web.Response(status=400)
        valid = is_signed(body, request.headers.get("x-webhook-signature", ""))
        return web.Response(status=200 if valid else 401)

    status, results = await checked(documented, tmp_path)
    assert (status, wrong(results), named(results, "warning")) == (0, {}, ["not-canonical"])
    assert results["not-canonical"]["ok"] is True
    assert results["not-canonical"]["says"] == (
        "rejects a valid event with 9.0, \\/, a duplicate key, 9007199254740993 or \\u00e9 (responds with"
        " 401): it verifies re-serialised text, as the documented check does, in which 9.0 becomes 9,"
        " \\/ becomes /, one of two equal keys is lost, 9007199254740993 becomes 9007199254740992 and"
        " \\u00e9 becomes é"
    )
    sent = [base64.b64decode(one["sent"]["body"]) for one in results["not-canonical"]["exchanges"]]
    parts = (b":9.0,", b"\\/", b'"platform":', b":9007199254740993,", b"caf\\u00e9")
    assert [part in body for part, body in zip(parts, sent, strict=True)] == [True] * 5
    assert sent[2].count(b'"platform":') == 2
    async with receiver(documented) as url:
        text = (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))).text
    assert (
        "Accepts what it must: 8 pass, 1 warning\n! JSON with 9.0 and \\/: rejects a valid event with 9.0"
        in text
    )
    assert (
        "Your receiver is correct, with 1 warning: it rejects a valid event with 9.0, \\/, a duplicate key,"
        " 9007199254740993 or \\u00e9 (responds with 401).\n"
    ) in text, "the test above has the reason"
    assert re.search(r"\n\nCode   `webhook-inspector verifier( \w+)?` prints a correct receiver\.\n$", text)
    assert f"\n1 of {len(TITLES)} tests has a warning. " in text


async def test_one_that_rejects_everything_proves_little_by_its_rejections(tmp_path: Path) -> None:
    async def rejects(request: web.Request) -> web.Response:
        return web.Response(status=401)

    status, results = await checked(rejects, tmp_path)
    assert status == 1
    assert len(wrong(results)) == 9
    assert named(results, "undecided") == [
        *("empty-digest", "upper-case", "re-serialised", "repeated", "out-of-order", "at-once", "methods"),
        *("not-json", "comparison-time", "time"),
    ]
    assert all(results[test]["ok"] is None for test in named(results, "undecided"))
    assert {results[test]["says"] for test in named(results, "undecided")} == {"needs a 2xx"}
    assert not any(results[test]["exchanges"] for test in named(results, "undecided")), "nothing was sent"
    assert results["unsigned"]["says"] == "rejects it with 401, like every valid event"
    async with receiver(rejects) as url:
        text = (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))).text
    assert "\nRejects what it must: 10 pass, 1 not tested (needs a 2xx)\nBehaves well: " in text
    assert "Signature in uppercase hex" not in text, "it was not tested, like the others"
    assert text.startswith("Accepts what it must: 9 of 9 fail\n✗ Valid completion: ")
    counts = f"9 of {len(TITLES)} tests fail, 10 could not run. "
    sentence = "Your receiver rejects valid deliveries. None of the known mistakes explains it."
    assert f"\n{sentence}\n{counts}" in text


async def test_one_that_fails_or_redirects_always_proves_nothing_by_that(tmp_path: Path) -> None:
    dates: list[str] = []

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=308, headers={"Location": "https://x.example/\u202ehook"})

    async def broken(request: web.Request) -> web.Response:
        dates.append(str(len(dates)))
        body = "TypeError: cannot read 'a'\n\x1b[31m at line 1"
        return web.Response(status=500, text=body, headers={"Date": dates[-1]})

    async with receiver(moved) as url:
        text = (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))).text
    assert "\nFix    Use the URL that the redirect leads to. " in text
    assert "verifier" not in text, "the URL is wrong, not the code"
    _, results = await checked(moved, tmp_path)
    assert wrong(results)["valid"] == (
        "fails on a valid event: redirects with 308 to https://x.example/\\u202ehook"
    )
    assert results["unsigned"]["result"] == "undecided"
    async with receiver(broken) as url:
        text = (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))).text
    assert (
        "\n✗ Valid completion: fails on a valid event: responds with 500\n    500 Internal Server Error\n"
    ) in text
    assert "\n    TypeError: cannot read 'a'\n    \\x1b[31m at line 1\n" in text
    assert text.count("TypeError") == 1, "the other tests got the same"
    assert (
        "\n✗ Valid answer: responds with 500, like every valid event\n  The same for 7 more: Emoji and"
        in text
    )
    assert "\nRejects what it must: 11 not tested (needs a 2xx)\n" in text


@pytest.mark.parametrize(
    ("headers", "signed", "fix"),
    [
        (
            {"X-Powered-By": "PHP/8.4.1", "Server": "nginx"},
            "[]",
            "In PHP, call file_get_contents('php://input').",
        ),
        ({"Server": "Werkzeug/3.1"}, "{}", "In Flask, call request.get_data()."),
        (
            {"X-Powered-By": "Express", "Server": "nginx"},
            "{}",
            "Mount express.json() before the route, or verify the raw body,",
        ),
    ],
)
async def test_a_fix_is_for_the_framework_of_the_receiver(
    headers: dict[str, str], signed: str, fix: str, tmp_path: Path
) -> None:
    async def not_parsed(request: web.Request) -> web.Response:
        is_right = is_signed(signed.encode(), request.headers.get("x-webhook-signature", ""))
        return web.Response(status=200 if is_right else 401, headers=headers)

    async with receiver(not_parsed) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"), "--format", "json")
    [cause] = done.records()[-1]["causes"]
    assert (cause["code"], cause["signed"], cause["proved"]) == ("body-empty", signed, True)
    assert fix in cause["fix"]
    assert ("express" in cause["fix"]) is ("Express" in headers.values())


async def test_a_new_cookie_per_response_does_not_print_the_response_again(tmp_path: Path) -> None:
    cookies: list[str] = []

    async def sets_cookie(request: web.Request) -> web.Response:
        cookies.append(f"session={len(cookies)}")
        if "webhook-inspector-check-unicode" in (await request.text()):
            return web.Response(status=500, text="emoji")
        return web.Response(status=403, text="no token", headers={"Set-Cookie": cookies[-1]})

    async with receiver(sets_cookie) as url:
        text = (await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))).text
    assert text.count("no token") == 1
    assert "\n✗ Emoji and other scripts: responds with 500\n" in text, "unlike the other events"


async def test_a_large_and_hostile_response_is_bounded_and_escaped(tmp_path: Path) -> None:
    async def talks(request: web.Request) -> web.Response:
        if (response := await good(request)).status == 200:
            return response
        headers = {f"x-{number}": "\u00e4" * 1_000 for number in range(20)}
        return web.Response(status=500, body=b"\x1b[2J\xff" * 20_000 + b"\n" * 5_000, headers=headers)

    async with receiver(talks) as url:
        options = ("--to", url, "--database", str(tmp_path / "c.db"))
        for width in (None, 80):
            text = (await use(CHECK, *options, width=width)).text
            assert all(
                display_width(line) <= (width or 240)
                for line in text.splitlines()
                if "The same for" not in line
            )
            assert "\x1b[2J" not in text
            assert len(text.splitlines()) < 80
            assert "… --format json prints more of it." in text
        *results, _ = (await use(CHECK, *options, "--format", "json")).records()
    [exchange] = next(one["exchanges"] for one in results if one["test"] == "unsigned")
    assert exchange["answer"]["cut"] is True
    assert len(base64.b64decode(exchange["answer"]["body"])) == 64 * 1024
    assert "sent" in exchange


async def test_the_values_of_a_targets_own_headers_are_in_no_result(tmp_path: Path) -> None:
    async def echoes(request: web.Request) -> web.Response:
        if (response := await good(request)).status == 200:
            return response
        token = request.headers["X-Token"]
        return web.Response(status=500, text=f"bad token {token}", headers={"X-Echo": token})

    file = tmp_path / "headers"
    file.write_text("X-Token: t0p-s3cr3t\n")
    async with receiver(echoes) as url:
        options = ("--to", url, "--database", str(tmp_path / "c.db"), "--header-file", str(file))
        for style in ("text", "json"):
            done = await use(CHECK, *options, "--format", style)
            assert "t0p-s3cr3t" not in done.text + done.said
            assert style == "json" or "bad token ••••••••" in done.text
    [exchange] = next(one["exchanges"] for one in done.records() if one.get("test") == "unsigned")
    assert base64.b64decode(exchange["answer"]["body"]) == "bad token ••••••••".encode()
    assert b"t0p" not in base64.b64decode(exchange["sent"]["body"])


async def test_a_hanging_receiver_is_waited_for_once(tmp_path: Path) -> None:
    seen: list[str] = []

    async def hangs(request: web.Request) -> web.Response:
        seen.append(request.method)
        await asyncio.Event().wait()
        raise AssertionError

    async with receiver(hangs) as url:
        options = ("--to", url, "--database", str(tmp_path / "c.db"), "--set", "answer_seconds=0.3")
        done = await use(CHECK, *options)
        assert (done.status, len(seen)) == (1, 1)
        lines = done.text.splitlines()
        assert lines[0] == "Accepts what it must: 1 of 1 fails"
        assert lines[1].startswith("✗ Valid completion: fails on a valid event: No response from 127.0.0.1:")
        assert lines[3] == "Your receiver fails on valid deliveries: it does not respond."
        assert lines[4].startswith(
            f"1 of {len(TITLES)} tests fails, {len(TITLES) - 1} could not run. 1 request in "
        )
        assert "\nSeen   No response from 127.0.0.1:" in done.text
        assert "[receiver-hangs]\nFix    Respond on every path" in done.text
        result, report = (await use(CHECK, *options, "--format", "json")).records()
    assert (result["test"], result["ok"], result["status"]) == ("valid", False, None)
    assert [(cause["code"], cause["proved"]) for cause in report["causes"]] == [("receiver-hangs", False)]


@pytest.mark.slow
async def test_one_that_hangs_only_on_forged_events_is_waited_for_at_full_length_once(tmp_path: Path) -> None:
    """A receiver that returns without a response is a common mistake."""

    async def forgets_to_respond(request: web.Request) -> web.Response:
        response = await good(request)
        if response.status == 401:
            await asyncio.Event().wait()
        return response

    async with receiver(forgets_to_respond) as url:
        options = ("--to", url, "--database", str(tmp_path / "c.db"), "--set", "answer_seconds=2")
        *found, _ = (await use(CHECK, *options, "--format", "json")).records()
        results = {one["test"]: one for one in found}
    assert wrong(results)["unsigned"].endswith(" within 2 s")
    assert wrong(results)["tampered"].endswith(" within 1 s")
    assert results["unicode"]["result"] == results["not-canonical"]["result"] == "passed"


async def test_two_responses_that_differ_are_a_remark(tmp_path: Path) -> None:
    async def numbers(request: web.Request) -> web.Response:
        response = await good(request)
        return web.Response(text=str(uuid4())) if response.status == 200 else response

    status, results = await checked(numbers, tmp_path)
    assert (status, wrong(results), named(results, "warning")) == (0, {}, [])
    assert results["repeated"]["says"] == "accepts both deliveries, with different responses"


async def test_the_secret_that_verifies_captures_signs(
    tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "of another project")
    database = await keep((ANSWER, signature(ANSWER)), (COMPLETION, b"0" * 64))
    secrets = ("--secret-env", "OTHER", "--secret-env", "BLITZ_WEBHOOK_SECRET")
    async with receiver(good) as url:
        done = await use(CHECK, "--to", url, "--database", database, *secrets)
        assert (done.status, done.said) == (0, "The events were signed with env:BLITZ_WEBHOOK_SECRET.\n")
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "new.db"), *secrets)
    assert (done.status, done.said) == (1, "The events were signed with env:OTHER.\n")


async def test_one_with_another_secret_is_not_blamed_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "of another project")
    _, results = await checked(good, tmp_path)
    assert wrong(results)["valid"] == "rejects a valid event (responds with 401)"
    assert wrong(results)["unicode"] == "responds with 401, like every valid event"


async def test_text_has_a_line_per_group_and_a_sentence_at_the_end(tmp_path: Path) -> None:
    async with receiver(good) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))
        everything = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"), "--all")
    *lines, counts = done.text.splitlines()
    assert lines == [
        "Accepts what it must: 9 of 9 pass",
        "Rejects what it must: 11 of 11 pass",
        f"Behaves well: {len(TITLES) - 20} of {len(TITLES) - 20} pass",
        "",
        f"Your receiver is correct: all {len(TITLES)} tests pass.",
    ]
    assert re.fullmatch(r"[0-9]+ requests in [0-9.]+ m?s\. Probably aiohttp \(server\)\.", counts)
    assert done.said == "The events were signed with env:BLITZ_WEBHOOK_SECRET.\n"
    lines = everything.text.splitlines()
    assert lines[:2] == ["Accepts what it must: 9 of 9 pass", "✓ Valid completion: accepts it"]
    assert "✓ No signature: rejects it with 401" in lines
    assert sum(line.startswith("✓ ") for line in lines) == len(TITLES)


async def test_json_ends_with_the_report_and_junit_has_a_case_per_test(tmp_path: Path) -> None:
    async def takes_anything(request: web.Request) -> web.Response:
        return web.Response()

    async with receiver(takes_anything) as url:
        options = ("--to", url, "--database", str(tmp_path / "c.db"))
        *results, report = (await use(CHECK, *options, "--format", "json")).records()
        done = await use(CHECK, *options, "--format", "junit")
        other = await use(CHECK, *options, "--format", "junit", "--require", "order")
    assert (report["verdict"], report["to"]) == ("accepts-forged", url)
    assert report["tests"]["total"] == len(results)
    assert report["tests"]["failed"] == sum(one["result"] == "failed" for one in results)
    suite = ElementTree.fromstring(done.text).find("testsuite")
    assert suite is not None
    assert len(suite.findall("testcase")) == len(results)
    assert len(suite.findall("testcase/failure")) == report["tests"]["failed"]
    assert suite.find("properties/property[@name='verdict']").get("value") == "accepts-forged"  # type: ignore[union-attr]
    assert (done.status, other.status) == (1, 0)
    assert "<failure" not in other.text


async def test_an_unreachable_receiver_is_a_report_for_scripts(tmp_path: Path) -> None:
    stream = io.BytesIO()
    arguments = ("--to", "http://127.0.0.1:9/", "--database", str(tmp_path / "c.db"), "--format")
    for style in ("json", "junit"):
        call = Call(
            arguments=CHECK.parser().parse((*arguments, style)),
            out=Output(stream, io.BytesIO(), is_json=style == "json"),
            interruption=Interruption(),
        )
        with pytest.raises(
            InspectorError,
            match=r"127\.0\.0\.1:9\. Start the receiver, or check the port\.",
        ):
            await CHECK.run(call)
    report, _, junit = stream.getvalue().decode().partition("\n")
    schemas.valid("check-report", json.loads(report))
    assert json.loads(report)["verdict"] == "unreachable"
    assert len(ElementTree.fromstring(junit).findall("testsuite/testcase/error")) == 1


async def test_a_check_that_the_receiver_does_not_let_end_is_no_success(tmp_path: Path) -> None:
    left = iter(range(6))

    async def limited(request: web.Request) -> web.Response:
        if next(left, None) is None:
            await request.read()
            return web.Response(status=429, headers={"Retry-After": "9999"})
        return await good(request)

    async with receiver(limited) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"))
    assert done.status == 3
    assert "\nStopped after " in done.text
    assert ": none failed.\n" in done.text


async def signs_nothing(request: web.Request) -> web.Response:
    """A receiver that computes the signature before the body was parsed."""
    await request.read()
    valid = is_signed(b"{}", request.headers.get("x-webhook-signature", ""))
    page = (
        "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Bad &amp; wrong</pre></body></html>"
    )
    return (
        web.Response(status=200) if valid else web.Response(status=401, text=page, content_type="text/html")
    )


async def test_the_cause_of_rejected_events_is_said_with_its_proof_and_fix(tmp_path: Path) -> None:
    async with receiver(signs_nothing) as url:
        done = await use(CHECK, "--to", url, "--database", str(tmp_path / "c.db"), width=80)
    assert done.status == 1
    assert all(display_width(line) <= 80 for line in done.text.splitlines())
    tests, _, verdict = done.text.partition("\nYour receiver rejects valid deliveries: ")
    assert "    401 Unauthorized\n" in tests
    assert "\n    Bad & wrong\n" in tests, "a page is shown as its text"
    lines = verdict.splitlines()
    assert lines[0] == "it verifies {} instead of the body."
    assert lines[lines.index("") + 1 :] == [
        "Cause  The route signs an empty object: no JSON parser ran, or a parser of forms",
        "       did.  [body-empty]",
        "Proof  It accepted an event signed over {}, and rejected the same event signed",
        "       over its body.",
        "Fix    Verify the raw body, the bytes as they arrived, before any parsing. In",
        "       aiohttp, call await request.read().",
        lines[-1],
    ]
    assert re.fullmatch(r"Code   `webhook-inspector verifier( \w+)?` prints a correct receiver\.", lines[-1])


async def test_a_capture_that_was_rejected_is_explained(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (COMPLETION, b"0" * 64))
    async with receiver(signs_nothing) as url:
        done = await use(CHECK, "--capture", "1", "--to", url, "--database", database)
        options = ("--to", url, "--database", database, "--format", "json")
        withheld = await use(CHECK, "--capture", "2", *options)
        forged = await use(CHECK, "--capture", "2", "--resign-unverified", *options)
    *_, report = withheld.records()
    schemas.valid("check-report", report)
    assert (withheld.status, report["requests"], report["withheld"]) == (0, 1, True)
    assert "Use --resign-unverified to sign it anyway" in withheld.said
    assert done.status == 1
    assert done.text.startswith("✗ Capture 1 as captured: responds with 401\n")
    assert "\nYour receiver rejects capture 1: it verifies {} instead of the body.\n" in done.text
    *_, report = forged.records()
    schemas.valid("check-report", report)
    assert (report["capture"], [cause["code"] for cause in report["causes"]]) == (2, ["body-empty"])
    assert report["note"] == "Capture 2 is invalid, so it was signed with env:BLITZ_WEBHOOK_SECRET."
    async with receiver(good) as url:
        options = ("--to", url, "--database", database, "--resign-unverified")
        done = await use(CHECK, "--capture", "last", *options)
    assert (done.status, done.said) == (0, "")
    with pytest.raises(UsageError, match="Use it with --capture"):
        await use(CHECK, "--resign-unverified", "--to", url, "--database", database)
    for wrong in (("--versus", url), ("--require", "order")):
        with pytest.raises(UsageError, match=r"Use it without --capture\."):
            await use(CHECK, "--capture", "1", "--to", url, *wrong, "--database", database)


async def test_two_receivers_are_compared(tmp_path: Path) -> None:
    async def only_once(request: web.Request, seen: set[bytes] = set()) -> web.Response:  # noqa: B006
        answer, body = await good(request), await request.read()
        is_again = answer.status == 200 and body in seen
        seen.add(body)
        return web.Response(status=409) if is_again else answer

    options = ("--database", str(tmp_path / "c.db"))
    async with receiver(good) as old, receiver(only_once) as new:
        done = await use(CHECK, "--to", old, "--versus", new, *options, width=80)
        equal = await use(CHECK, "--to", old, "--versus", new, *options, "--require", "signature,http")
        *pairs, last = (
            await use(CHECK, "--to", old, "--versus", new, *options, "--format", "json")
        ).records()
    assert (done.status, equal.status) == (1, 0)
    lines = done.text.splitlines()
    assert lines[0].split() == ["to", "versus"]
    assert lines[1:4] == [
        "Same event twice  ✓ 200  ✗ 409",
        "",
        f"The receivers differ in 1 of {len(TITLES)} tests.",
    ]
    assert f"to {old}" in lines
    assert f"versus {new}" in lines
    for pair in pairs:
        schemas.valid("compared-test", pair)
    schemas.valid("compared-receivers", last)
    assert (last["equal"], last["differing"], last["to"]["verdict"]) == (False, ["repeated"], "correct")
    assert [pair["test"] for pair in pairs if not pair["equal"]] == ["repeated"]


async def test_without_a_secret_or_a_receiver_it_cannot_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--to", "http://127.0.0.1:9/", "--database", str(tmp_path / "c.db"))
    with pytest.raises(InspectorError, match=r"Nothing listens at 127\.0\.0\.1:9\.") as raised:
        await use(CHECK, *arguments)
    assert raised.value.exit_status == 3
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    with pytest.raises(InspectorError, match="No secret for signing"):
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
