"""Correct receivers to copy, one for each language and framework."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from inspector.base.errors import UsageError, did_you_mean
from inspector.base.files import resource
from inspector.base.visible import shortened, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A small server that accepts only signed requests, as a receiver should."""

    key: str
    """The stable name in settings and the terminal."""
    label: str
    """The name in the window: the language, then the framework."""
    language: str
    file_name: str
    """The name in `resources/verifiers/`, and of a saved copy."""


VERIFIERS = {
    verifier.key: verifier
    for verifier in (
        Verifier(
            key="express", label="Node, Express", language="JavaScript", file_name="receiver_express.mjs"
        ),
        Verifier(
            key="fastify", label="Node, Fastify", language="JavaScript", file_name="receiver_fastify.mjs"
        ),
        Verifier(key="koa", label="Node, Koa", language="JavaScript", file_name="receiver_koa.mjs"),
        Verifier(key="next", label="Next.js", language="JavaScript", file_name="receiver_next.mjs"),
        Verifier(
            key="workers", label="Cloudflare Workers", language="JavaScript", file_name="receiver_workers.mjs"
        ),
        Verifier(
            key="lambda-node",
            label="AWS Lambda, Node",
            language="JavaScript",
            file_name="receiver_lambda.mjs",
        ),
        Verifier(key="aiohttp", label="Python, aiohttp", language="Python", file_name="receiver_aiohttp.py"),
        Verifier(key="flask", label="Python, Flask", language="Python", file_name="receiver_flask.py"),
        Verifier(key="fastapi", label="Python, FastAPI", language="Python", file_name="receiver_fastapi.py"),
        Verifier(key="django", label="Python, Django", language="Python", file_name="receiver_django.py"),
        Verifier(key="php", label="PHP", language="PHP", file_name="receiver.php"),
        Verifier(key="laravel", label="PHP, Laravel", language="PHP", file_name="receiver_laravel.php"),
        Verifier(key="symfony", label="PHP, Symfony", language="PHP", file_name="receiver_symfony.php"),
        Verifier(key="go", label="Go, net/http", language="Go", file_name="receiver.go"),
        Verifier(key="gin", label="Go, Gin", language="Go", file_name="receiver_gin.go"),
        Verifier(key="ruby", label="Ruby, Rack", language="Ruby", file_name="receiver.rb"),
        Verifier(key="rails", label="Ruby, Rails", language="Ruby", file_name="receiver_rails.rb"),
        Verifier(key="sinatra", label="Ruby, Sinatra", language="Ruby", file_name="receiver_sinatra.rb"),
        Verifier(key="spring", label="Java, Spring", language="Java", file_name="Receiver.java"),
        Verifier(key="csharp", label="C#, ASP.NET Core", language="C#", file_name="receiver.cs"),
    )
}


def find_verifier(word: str) -> Verifier:
    """Return the receiver of this key, language or framework; for a language, the first one in `VERIFIERS`.

    Raises UsageError, with the nearest word, if there is none.
    """
    known: dict[str, Verifier] = {}
    for verifier in VERIFIERS.values():
        parts = (verifier.label, *verifier.label.split(", "), *verifier.label.replace(",", "").split())
        names = (verifier.key, verifier.language, *parts)
        for name in names:
            known.setdefault(name.lower(), verifier)
    found = known.get(word.strip().lower())
    if found is None:
        guess = did_you_mean(word, known) or f" Use one of: {', '.join(VERIFIERS)}."
        raise UsageError(f"There is no receiver for {visible(shortened(word, 40))}.{guess}")
    return found


def verifier_text(verifier: Verifier) -> str:
    """Return the whole file, ready to be saved and run: a few kilobytes, read at each call."""
    return resource(f"verifiers/{verifier.file_name}").read_text(encoding="utf-8")


_INDENT = re.compile(r"\s*")
_LINE_COMMENT = re.compile(r"^\s*(?://|#) ")
_TRAILING_COMMENT = re.compile(r" +(?://|#) [^'\"]*$")
_FIRST, _DELIVERY, _LAST = "The sender signs", "The signature covers", "respond at once"
"""Sentences of every file: above the check, in the paragraph about redeliveries, and before the response."""


def verifier_snippet(verifier: Verifier) -> str:
    """Return the check and the route, without the rest of the program: 10 to 20 lines.

    To show next to a cause. The whole file, with its comments, is what is copied and saved.
    """
    lines = verifier_text(verifier).split("\n")
    first, last = _line_with(lines, _FIRST), _line_with(lines, _LAST)
    start = first
    while lines[start - 1]:
        start -= 1
    indent = _INDENT.match(lines[start])[0]  # type: ignore[index]
    # The route ends with an empty line, or with the class that it is in.
    end = last
    while lines[end] and lines[end].startswith(indent):
        end += 1
    return dedent("\n".join(_essential(lines[start:end]))).strip("\n") + "\n"


def _line_with(lines: list[str], sentence: str) -> int:
    return next(number for number, line in enumerate(lines) if sentence in line)


def _essential(lines: list[str]) -> Iterator[str]:
    """Yield the lines without comments and without the paragraph about redeliveries."""
    is_about_redelivery = False
    previous = ""
    for line in lines:
        if _DELIVERY in line:
            is_about_redelivery = True
        if _LAST in line:
            is_about_redelivery = False
            yield line.partition(":")[0] + "."  # the only comment: where the program of the user begins
        elif not is_about_redelivery and not _LINE_COMMENT.match(line) and (line or previous):
            previous = _TRAILING_COMMENT.sub("", line)
            yield previous
