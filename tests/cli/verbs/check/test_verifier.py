"""`verifier` prints the receivers of `resources/verifiers/`, which the receiver tests run, byte for byte."""

from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.base.files import resource
from inspector.cli.verbs.check.verifier import VERIFIER
from inspector.session.receiver.verifiers import VERIFIERS
from tests import schemas
from tests.cli.calls import use


@pytest.mark.parametrize("key", VERIFIERS)
async def test_each_is_printed_as_it_is(key: str) -> None:
    verifier = VERIFIERS[key]
    whole = resource(f"verifiers/{verifier.file_name}").read_text("utf-8")
    assert (await use(VERIFIER, key)).text == whole
    record = (await use(VERIFIER, key, "--format", "json")).record()
    schemas.valid("verifier", record)
    assert (record["text"], record["language"]) == (whole, verifier.language)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        *(("Node", "express"), ("javascript", "express"), ("python", "aiohttp"), ("FastAPI", "fastapi")),
        *(("PHP", "php"), ("Go", "go"), ("Ruby", "ruby"), ("C#", "csharp"), ("rack", "ruby")),
        *(("Next.js", "next"), ("cloudflare workers", "workers"), ("lambda", "lambda-node")),
        *(("django", "django"), ("Java", "spring"), ("asp.net core", "csharp"), ("gin", "gin")),
    ],
)
async def test_languages_and_frameworks_are_found(word: str, key: str) -> None:
    assert (await use(VERIFIER, word)).text == (await use(VERIFIER, key)).text


async def test_without_a_language_they_are_listed() -> None:
    text = (await use(VERIFIER)).text
    assert [line.split()[0] for line in text.splitlines()] == list(VERIFIERS)
    assert (await use(VERIFIER, "--list")).text == text
    records = (await use(VERIFIER, "--list", "--format", "json")).records()
    assert [record["key"] for record in records] == list(VERIFIERS)
    for record in records:
        schemas.valid("verifier", record)


@pytest.mark.parametrize(("word", "said"), [("flasc", "Did you mean '?flask"), ("\x1b", r"\\x1b.* express")])
async def test_an_unknown_language_is_wrong_usage(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        await use(VERIFIER, word)
