"""Each verifier is started as its own first lines say, and is sent what a receiver has to tell apart."""

from __future__ import annotations

import hashlib
import http.client
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inspector.base.files import resource
from inspector.session.receiver.verifiers import VERIFIERS, Verifier, verifier_snippet, verifier_text
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature
from tests.receivers.checked import a_session, report_of
from tests.verifiers.launch import PREPARE, Command, Receiver, running

ROUTE = "/webhooks/blitz"
NAME = b"x-webhook-signature"
JSON = (b"Content-Type", b"application/json")

# Computed elsewhere: what the sender's two samples are signed with under `blitz_test_secret`.
COMPLETION_DIGEST = b"473d9a028ce7cf5a67dbf0620c392780cc9ad1ddccdd8304c134e7725e21701f"
ANSWER_DIGEST = b"65bd3c4146e7b136c3361edaa667bc8db5161758f0a544181704701c7e44c5f1"

EMOJI = '{"response":"Très bien 🎉 \u2028 </b>","user_id":"zoë"}'.encode()
NUMBERS = b'{"response":1.0,"score":1e2,"url":"https:\\/\\/a.example","10":-0,"2":"\\u00e9"}'
NUMBERS_AS_STRINGIFIED = b'{"2":"\xc3\xa9","10":0,"response":1,"score":100,"url":"https://a.example"}'
LONG = (
    b'{"response":"' + b"long " * 400_000 + b'"}'
)  # 2 MB; Express stops at 100 kB unless told, aiohttp at 1 MiB
TOO_LONG = b'{"response":"' + b"long " * 1_200_000 + b'"}'  # 6 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is posted, and the status it deserves."""

    body: bytes = ANSWER
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)
    status: int


def signed(body: bytes, *headers: tuple[bytes, bytes], name: bytes = NAME) -> Delivery:
    return Delivery(body=body, headers=((name, signature(body)), *(headers or (JSON,))), status=200)


def refused(value: bytes, body: bytes = ANSWER) -> Delivery:
    return Delivery(body=body, headers=((NAME, value), JSON), status=401)


DELIVERIES = {
    "the completion of the documents": Delivery(
        body=COMPLETION, headers=((NAME, COMPLETION_DIGEST), JSON), status=200
    ),
    "the answer of the documents": Delivery(body=ANSWER, headers=((NAME, ANSWER_DIGEST), JSON), status=200),
    "an exact copy": Delivery(body=ANSWER, headers=((NAME, ANSWER_DIGEST), JSON), status=200),
    "emoji": signed(EMOJI),
    "numbers and escapes that JSON.stringify would print otherwise": signed(NUMBERS),
    "the same, signed as JSON.stringify prints it": refused(signature(NUMBERS_AS_STRINGIFIED), NUMBERS),
    "bytes that are no text": signed(b"\xff\x00\xfe{"),
    "a long body": signed(LONG),
    "an empty body": signed(b""),
    "no Content-Type": signed(ANSWER, (b"Accept", b"*/*")),
    "called a form": signed(ANSWER, (b"Content-Type", b"application/x-www-form-urlencoded")),
    "the header in capitals": signed(ANSWER, name=b"X-WEBHOOK-SIGNATURE"),
    "no signature": Delivery(status=401),
    "no signature and no body": Delivery(body=b"", status=401),
    "an empty signature": refused(b""),
    "another body's signature": refused(COMPLETION_DIGEST),
    "another secret's signature": refused(signature(ANSWER, "other")),
    "one byte changed on the way": refused(ANSWER_DIGEST, ANSWER.replace(b"image", b"Image")),
    "a line break added on the way": refused(ANSWER_DIGEST, ANSWER + b"\n"),
    "upper case": refused(ANSWER_DIGEST.upper()),
    "cut short": refused(ANSWER_DIGEST[:-1]),
    "too long": refused(ANSWER_DIGEST + b"0"),
    "a prefix": refused(b"sha256=" + ANSWER_DIGEST),
    "64 bytes that are not ASCII": refused(b"\xe9" * 64),
    "32 letters that are two bytes each": refused("é".encode() * 32),
    "a body over the limit": replace(signed(TOO_LONG), status=413),
    "after all that, a genuine one": signed(ANSWER),
}


def post(receiver: Receiver, delivery: Delivery, *, method: str = "POST", route: str = ROUTE) -> int | str:
    """The status, or what became of the connection."""
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=15)
    try:
        connection.putrequest(method, route)
        for name, value in delivery.headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(delivery.body)))
        connection.endheaders()
        with suppress(ConnectionError):  # it may respond before it has read a long body
            connection.send(delivery.body)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


@pytest.mark.timeout(240)
def test_accepts_only_genuine_deliveries_on_its_route(command: Command, tmp_path: Path) -> None:
    with running(command, tmp_path, secret=SECRET_TEXT) as receiver:
        assert not receiver.has_ended, receiver.said()
        elsewhere = post(receiver, signed(ANSWER), route="/")
        fetched = post(receiver, signed(b""), method="GET")
        answered = {name: post(receiver, delivery) for name, delivery in DELIVERIES.items()}

    assert (elsewhere, fetched in (404, 405)) == (404, True), receiver.said()
    assert answered == {name: delivery.status for name, delivery in DELIVERIES.items()}, receiver.said()
    assert f"{len(COMPLETION)} bytes, {hashlib.sha256(COMPLETION).hexdigest()}" in receiver.said()
    assert receiver.said().count("genuine: ") == list(answered.values()).count(200)


# What a check guesses where the framework has another name than its verifier.
FRAMEWORKS = {"lambda-node": "lambda", "ruby": "rack", "spring": "tomcat", "csharp": "aspnet"}
SILENT = {"next", "workers", "lambda-node", "ruby"}
"""Handlers in a server of ours, and Rack, which adds nothing of its own to a response."""


@pytest.mark.timeout(240)
async def test_passes_every_test_of_the_check(key: str, command: Command, tmp_path: Path) -> None:
    with running(command, tmp_path, secret=SECRET_TEXT) as receiver:
        async with a_session(tmp_path, secret=SECRET_TEXT) as session:
            report = await report_of(session, f"http://127.0.0.1:{receiver.port}{ROUTE}")
    assert {one.test: one.says for one in report.results if one.result != "passed"} == {}
    assert report.sentence == f"Your receiver is correct: all {len(report.results)} tests pass."
    guessed = report.framework
    if guessed is None:
        assert key in SILENT
    else:
        assert (guessed.key, guessed.verifier) == (FRAMEWORKS.get(key, key), key)


@pytest.mark.timeout(240)
def test_never_checks_with_an_empty_secret(command: Command, tmp_path: Path) -> None:
    forged = Delivery(headers=((NAME, signature(ANSWER, "")), JSON), status=500)
    with running(command, tmp_path, secret="") as receiver:
        # PHP and a mere handler have no start of their own to refuse: they say so in each answer.
        status = None if receiver.has_ended else post(receiver, forged)

    assert (status, receiver.process.returncode) != (None, 0)
    assert status in (None, 500)
    assert "Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard." in receiver.said()


def test_each_file_stands_in_the_table_and_can_be_started() -> None:
    files = {path.name for path in resource("verifiers").iterdir() if path.is_file()}
    assert files == {verifier.file_name for verifier in VERIFIERS.values()}
    assert PREPARE.keys() == VERIFIERS.keys()
    assert len({verifier.label for verifier in VERIFIERS.values()}) == len(VERIFIERS)


# For C# this is the only check wherever there is no dotnet.
@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
def test_every_language_says_and_takes_the_same(verifier: Verifier) -> None:
    text = verifier_text(verifier)
    unwrapped = " ".join(text.replace("//", " ").replace("#", " ").split())
    # A function of AWS has no port.
    for part in (
        ROUTE.removeprefix("/"),
        "BLITZ_WEBHOOK_SECRET",
        *(("PORT", "3000", "127.0.0.1") if verifier.key != "lambda-node" else ()),
        "Install:",
        "Run:",
        "The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because",
        "The signature covers no timestamp, so an exact copy always stays valid.",
        "There is no delivery id either: use the body's hash, and skip bodies that you have already stored.",
        "respond at once",
    ):
        assert part in unwrapped
    # PHP and Rack know a header by its CGI name.
    assert "x-webhook-signature" in text or "HTTP_X_WEBHOOK_SIGNATURE" in text
    assert 20 <= text.count("\n") <= 82
    assert text.endswith("\n")
    assert not any(line != line.rstrip() or len(line) > 110 for line in text.splitlines())


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
def test_a_snippet_is_the_check_and_the_route(verifier: Verifier) -> None:
    snippet = verifier_snippet(verifier)
    lines = snippet.splitlines()
    assert 10 <= len(lines) <= 24, snippet
    assert lines[0]
    assert not lines[0].startswith((" ", "\t"))
    assert lines[-1]
    assert max(map(len, lines)) <= 96
    assert "x-webhook-signature" in snippet or "HTTP_X_WEBHOOK_SIGNATURE" in snippet
    assert [line for line in lines if line.lstrip().startswith(("//", "#"))] == [
        line for line in lines if line.endswith("Queue the body, respond at once, and parse it later.")
    ]
    assert "genuine: " not in snippet
    assert "3000" not in snippet
