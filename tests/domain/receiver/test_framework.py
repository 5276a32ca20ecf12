"""The framework is guessed from real responses, which small applications of each framework gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.receiver.framework import FRAMEWORKS, FrameworkGuess, guess
from inspector.domain.receiver.reply import Reply
from inspector.session.receiver.verifiers import VERIFIERS

RECORDINGS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[2] / "data" / "frameworks").glob("*.json"))
}
FROM_PROXIES = ("server", "x-powered-by", "keep-alive", "connection")
"""The headers that a proxy removes or replaces."""
RESEMBLES = {"laravel": {"symfony", "php"}, "symfony": {"php"}, "sinatra": set(), "next": set()}
"""Laravel and Symfony run on PHP, and Laravel has Symfony's page for a status without one of its own."""


def reply(status: int = 404, body: bytes = b"", **headers: str) -> Reply:
    pairs = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Reply(status=status, elapsed_ms=1.0, headers=pairs, body=body)


def replies(recording: dict[str, Any], *, without: tuple[str, ...] = ()) -> list[Reply]:
    return [
        Reply(
            status=one["status"],
            elapsed_ms=1.0,
            headers=tuple(
                (name.encode(), value.encode())
                for name, value in one["headers"]
                if name.lower() not in without
            ),
            body=one["body"].encode(),
        )
        for one in recording["responses"]
    ]


def key(guessed: FrameworkGuess | None) -> str | None:
    return None if guessed is None else guessed.key


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_framework_is_guessed_from_its_responses(name: str) -> None:
    recording = RECORDINGS[name]
    expected = recording["guess"]
    assert key(guess(replies(recording))) == expected
    assert key(guess(reversed(replies(recording)))) == expected
    # One response may not suffice, but it never names another framework.
    for one in replies(recording):
        assert key(guess([one])) in {None, expected, *RESEMBLES.get(expected, ())}, one


@pytest.mark.parametrize(
    "name",
    [
        *("django", "express", "fastapi", "fastify", "flask", "gin"),
        *("go", "laravel", "rails", "sinatra", "symfony"),
    ],
)
def test_a_proxy_that_removes_headers_does_not_hide_it(name: str) -> None:
    recording = RECORDINGS[name]
    assert key(guess(replies(recording, without=FROM_PROXIES))) == recording["guess"]


def test_every_framework_has_a_recording_and_every_verifier_a_framework() -> None:
    assert {one["guess"] for one in RECORDINGS.values()} - {None} == FRAMEWORKS.keys()
    assert {one.verifier for one in FRAMEWORKS.values()} == VERIFIERS.keys()


def test_the_evidence_is_named() -> None:
    assert guess(replies(RECORDINGS["express"])) == FrameworkGuess(
        key="express", label="Express", because="x-powered-by", verifier="express"
    )
    assert guess(replies(RECORDINGS["tomcat"])) == FrameworkGuess(
        key="tomcat", label="Tomcat", because="error page", verifier="spring"
    )


@pytest.mark.parametrize(
    "headers",
    [
        *({"server": server} for server in ("nginx", "Apache", "uvicorn", "gunicorn", "cloudflare")),
        {"content_type": "application/json"},
        {"x_powered_by": "Expressive"},
        {"x_request_id": "b0a5fd3e-1f6b-4f64-9b0a-0e9f7a6f2a11"},
    ],
)
def test_a_lone_weak_hint_says_nothing(headers: dict[str, str]) -> None:
    assert guess([reply(401, b'{"error":"invalid signature"}', **headers)]) is None
    assert guess([reply(200, b"ok", **headers)] * 30) is None


def test_the_strongest_evidence_wins() -> None:
    express, gateway = reply(x_powered_by="Express"), reply(apigw_requestid="JKJaXmPLvHcESHA=")
    assert key(guess([gateway] * 5 + [express])) == "express"
    # A proxy's own page comes from another framework than the receiver's.
    plain = {"content_type": "text/plain; charset=utf-8", "x_content_type_options": "nosniff"}
    traefik = reply(404, b"404 page not found\n", **plain)
    assert key(guess([traefik, reply(401, server="Werkzeug/3.1.9 Python/3.11.7")])) == "flask"


def test_equal_evidence_for_two_frameworks_says_nothing() -> None:
    assert guess([reply(x_powered_by="Express"), reply(x_powered_by="Next.js")]) is None


def test_the_text_of_an_accepted_event_is_no_evidence() -> None:
    body = b"<pre>Cannot POST /hook</pre> Illuminate\\ Whitelabel Error Page"
    assert guess([reply(200, body)]) is None
    assert key(guess([reply(500, body)])) == "spring"


def test_only_the_beginning_of_a_response_is_read() -> None:
    padding = b"The route " * 5_000_000
    assert guess([reply(404, padding + b"Whitelabel Error Page")]) is None
    many = {f"x_{number}": "1" for number in range(1000)}
    assert guess([reply(404, **many, x_powered_by="Express")]) is None
    express = reply(404, x_powered_by="Express")
    assert key(guess([*[reply(404)] * 1000, express])) == "express"
    assert guess([*(reply(404, b"%d" % number) for number in range(1000)), express]) is None
    assert guess([]) is None
    assert guess([Reply(status=None, elapsed_ms=1.0, error="No response.")]) is None


HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b'{"detail":[{"type":"' + b"a." * 2000, b'{"timestamp":"' + b"1" * 4000, b"\n" * 4000]),
)


@given(
    st.lists(
        st.builds(
            Reply,
            status=st.none() | st.integers(min_value=-1, max_value=999),
            elapsed_ms=st.just(1.0),
            headers=st.lists(st.tuples(HOSTILE, HOSTILE), max_size=5).map(tuple),
            body=HOSTILE,
        ),
        max_size=5,
    )
)
def test_hostile_responses_do_no_harm(hostile: list[Reply]) -> None:
    assert key(guess(hostile)) in {None, *FRAMEWORKS}
