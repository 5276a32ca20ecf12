"""`verify`: check one body against a signature, and say why it does not match."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError
from inspector.base.visible import visible, visible_bytes
from inspector.cli import arguments
from inspector.cli.output import Output
from inspector.cli.own_thread import in_own_thread, standard_input
from inspector.cli.signature import digest_lines, finding_lines, tried_lines, verdict_sentence
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.explanation import Explanation
    from inspector.domain.signature import Expected
    from inspector.session.secrets import Secrets

_EXIT = {"valid": 0, "invalid": 1, "unsigned": 1, "unchecked": 3}


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="the body, byte for byte (default, and -: standard input)"
    )
    parser.add_argument("--signature", metavar="S", help="what came in the header x-webhook-signature")
    parser.add_argument("--all", action="store_true", help="also print what each secret would have given")
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    from inspector.domain.capture import SIGNATURE_HEADER, Capture
    from inspector.domain.explanation import explain

    secrets = await _secrets(call)
    body = await in_own_thread(lambda: _read_body(call.arguments.file))
    signature = call.arguments.signature
    headers = () if signature is None else ((SIGNATURE_HEADER, os.fsencode(signature)),)
    capture = Capture(
        kind="captured", received_ms=now_ms(), method="POST", target=b"/", headers=headers, body=body
    )
    explanation = explain(capture, secrets.active, secrets.inactive)
    if call.out.is_json:
        call.out.record(_record(explanation, has_tried=call.arguments.all))
    else:
        call.out.lines(_lines(call.out, explanation, has_tried=call.arguments.all))
    for row in secrets.names():
        if row.note is not None:
            call.out.say(f"The secret {row.name} is not used. {row.note}")
    if explanation.verdict.reason == "no-secret":
        call.out.say("There is nothing to check with: set BLITZ_WEBHOOK_SECRET or give --secret-file.")
    return _EXIT[explanation.verdict.word]


async def _secrets(call: Call) -> Secrets:
    """The given secrets. Only one from the keyring needs the file of captures, as it belongs to it."""
    from inspector.session.secrets import Secrets
    from inspector.session.session import Session

    options = call.options()
    if options.secret_keyring:
        async with call.session(create=False) as session:
            await session.load_secrets()
            return session.secrets
    Session(options)  # refuses settings that make no sense
    secrets = Secrets(None)
    secrets.load_given(options)
    return secrets


def _read_body(file: str | None) -> bytes:
    if file is None or file == "-":
        return standard_input()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InspectorError(f"Cannot read {visible(file)}: {error.strerror}.") from error


def _lines(out: Output, explanation: Explanation, *, has_tried: bool) -> Iterator[str]:
    yield verdict_sentence(explanation, out)
    yield from digest_lines(explanation, out)
    if has_tried:
        yield from tried_lines(explanation, out)
    yield from finding_lines(explanation.findings, out)


def _record(explanation: Explanation, *, has_tried: bool) -> dict[str, Any]:
    verdict = explanation.verdict
    received = explanation.received
    whole: dict[str, Any] = {
        "verdict": verdict.word,
        "reason": verdict.reason,
        "matched": list(verdict.matched),
        "secret": verdict.secret,
        "received": None if received is None else visible_bytes(received),
        "expected": _expected(explanation.expected),
        "findings": [finding.as_json() for finding in explanation.findings],
    }
    if has_tried:
        whole["tried"] = [
            {"secret": one.secret, "matched": list(one.matched), "expected": _expected(one.expected)}
            for one in explanation.tried
        ]
    return whole


def _expected(expected: Expected | None) -> dict[str, str | None] | None:
    return None if expected is None else {"raw": expected.raw, "stringify": expected.stringify}


VERIFY = Verb(
    name="verify",
    help="check one body against its signature",
    description="Check the body in FILE, or on standard input, against --signature, and say why it does\n"
    "not match. Exit status: 0 valid, 1 invalid or unsigned, 3 not checked.",
    add_arguments=_add_arguments,
    run=_run,
)
