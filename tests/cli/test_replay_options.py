"""`replay --follow-redirects`: told before, kept with plan and attempt, and nothing of it without it."""

from __future__ import annotations

import json
from pathlib import Path

from inspector.cli.verbs.replay import REPLAY
from inspector.cli.verbs.show import SHOW
from inspector.domain.replay.redirect import FOLLOWED
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.cli.verbs.test_replay import KEYS, numbered
from tests.client.receivers import OK, answers, receiving, redirect, routed
from tests.session.test_replays import OK as OK_ANSWER
from tests.session.test_replays import receiver

AWAY = "192.0.2.10"
"""Of a network that is for documents alone (RFC 5737); nothing is ever sent there."""


async def test_a_redirect_is_shown_and_not_followed_unless_asked(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    async with receiving(answers(redirect(307, "/new"), arrived)) as sink:
        url = f"{sink.target.url}hook"
        done = await use(REPLAY, "--to", url, "--database", database, "--format", "json")
    attempt, total = done.records()
    assert (attempt["outcome"], attempt["status"], attempt["error"]) == ("http-error", 307, None)
    assert set(attempt) == KEYS
    assert (total["failed"], done.status, len(arrived)) == (1, 1, 1)


async def test_the_way_to_the_answer_is_told_with_the_attempt(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    routes = {"/hook": redirect(308, "/next"), "/next": redirect(303, "/done?\x1b[31m")}
    async with receiving(routed(routes, arrived)) as sink:
        url = sink.target.url
        done = await use(
            REPLAY,
            *("--to", f"{url}hook", "--database", database, "--follow-redirects", "--format", "json"),
        )
    way = [{"status": 308, "url": f"{url}next"}, {"status": 303, "url": f"{url}done?%1B[31m"}]
    attempt, _ = done.records()
    assert (attempt["outcome"], attempt["status"], attempt["redirects"]) == ("ok", 200, way)
    assert [raw.split(b" ")[0] for raw in arrived] == [b"POST", b"POST", b"GET"]
    assert arrived[1].endswith(ANSWER)
    shown = await use(SHOW, "1", "--database", database, "--format", "json")
    assert shown.record()["attempts"][0]["redirects"] == way
    text = (await use(SHOW, "1", "--database", database)).text
    assert f"redirected: 308 to {url}next, 303 to {url}done?%1B[31m, at {sink.target.netloc}" in text


async def test_a_dry_run_says_how_redirects_are_followed(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 1)
    dry = ("--to", "http://127.0.0.1:9/", "--database", database, "--dry-run")
    assert FOLLOWED in (await use(REPLAY, *dry, "--follow-redirects")).text.splitlines()
    assert "edirect" not in (await use(REPLAY, *dry)).text


async def test_another_machine_has_to_be_allowed_for_a_redirect_too(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    async with receiving(answers(redirect(307, f"http://{AWAY}/"))) as sink:
        to = ("--to", sink.target.url, "--database", database, "--follow-redirects")
        done = await use(REPLAY, *to)
    line, total = done.text.splitlines()
    assert "✗ http-error" in line
    assert (
        f"It redirects to {AWAY}, which is not a loopback address and was not allowed: that is not followed."
        in line
    )
    assert total == "1 sent: 0 succeeded, 1 failed."
    assert done.status == 1


async def test_a_plan_that_goes_on_goes_on_to_follow(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 4)
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

    def answer(request: bytes) -> bytes:
        if request.startswith(b"POST /hook "):
            return redirect(307, "/new")
        return failing if b"<2>" in request else OK_ANSWER

    async with receiver(answer) as (url, received):
        to = ("--to", f"{url}hook", "--database", database)
        first = await use(REPLAY, *to, "--follow-redirects", "--stop-on-failure", "--format", "json")
        assert [one.get("status") for one in first.records()] == [200, 500, None]
        rest = await use(REPLAY, "--resume", "last", "--database", database, "--format", "json")
    *attempts, total = rest.records()
    assert [(one["capture"], one["status"]) for one in attempts] == [(3, 200), (4, 200)]
    assert all(one["redirects"] == [{"status": 307, "url": f"{url}new"}] for one in attempts)
    assert (total["succeeded"], rest.status) == (2, 0)
    assert [json.dumps(raw.decode()).count("/new") for raw in received] == [0, 1] * 4


async def test_another_host_gets_the_body_and_no_signature(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arrived: list[bytes] = []
    async with (
        receiving(answers(OK, arrived)) as other,
        receiving(answers(redirect(308, other.target.url))) as sink,
    ):
        done = await use(REPLAY, "--to", sink.target.url, "--database", database, "--follow-redirects")
    assert done.status == 0
    [raw] = arrived
    assert raw.endswith(ANSWER)
    assert b"ignature" not in raw
    assert b"Host: %b\r\n" % other.target.netloc.encode() in raw
