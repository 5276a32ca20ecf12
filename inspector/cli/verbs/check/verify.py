"""`verify`: check one body against a signature, and print why it does not match."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.tasks import in_own_thread
from inspector.cli import arguments
from inspector.cli.input import is_standard_input, read_input
from inspector.cli.output.signature_text import (
    digest_lines,
    finding_lines,
    secret_note,
    tried_lines,
    verdict_lines,
)
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.capture.capture import Capture
    from inspector.domain.signature.explanation import Explanation
    from inspector.session.signature.secrets import Secrets

_EXIT = {"valid": 0, "invalid": 1, "unsigned": 1, "unchecked": 3}
_NOTHING_CHECKED = _EXIT["unchecked"]
_NO_SIGNATURE = "Give the signature with --signature."
_NO_SECRET = "There is no secret to check with. Set BLITZ_WEBHOOK_SECRET, or use --secret-file FILE."  # noqa: S105
_NOT_BOTH = {
    "raw": "Only the raw bytes match, not JSON.stringify of the body. --strict requires both.",
    "stringify": "Only JSON.stringify of the body matches, not the raw bytes. --strict requires both.",
}
_UNREAD_HEADER = "This looks like a whole request. Use --http FILE to check its own signature."


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        type=arguments.file_path,
        help="file with the body; - for standard input (default: -)",
    )
    parser.add_argument("--signature", metavar="S", help="value of the header x-webhook-signature")
    parser.add_argument(
        "--capture",
        metavar="ID",
        type=arguments.single_id,
        help="stored capture to check instead of FILE; last is the newest",
    )
    parser.add_argument(
        "--http",
        metavar="FILE",
        type=arguments.file_path,
        help="request to check instead of FILE: headers, an empty line, the body",
    )
    parser.add_argument("--all", action="store_true", help="also print the result for each secret")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 unless both the raw bytes and JSON.stringify match"
    )


async def _run(call: Call) -> int:
    _check_usage(call)
    if call.arguments.capture is not None:
        explanation, secrets = await _of_stored(call)
    else:
        secrets = await _secrets(call)
        capture = await _given(call)
        if capture is None:
            return _NOTHING_CHECKED
        explanation = await _explained(capture, secrets)
        if explanation.received is None and _is_whole_request(capture.body):
            call.out.say(_UNREAD_HEADER)
        elif call.arguments.signature is None and call.arguments.http is None:
            call.out.say(_NO_SIGNATURE)
    if call.out.is_json:
        from inspector.session.records.captures import verification_record

        call.out.record(verification_record(explanation, has_tried=call.arguments.all))
    else:
        call.out.lines(_lines(call.out, explanation, has_tried=call.arguments.all))
    for row in secrets.names():
        if row.note is not None:
            call.out.error(secret_note(row.name, row.note))
    if explanation.verdict.reason == "no-secret" and not secrets.names():
        call.out.error(_NO_SECRET)
    if explanation.verdict.word == "valid" and len(explanation.verdict.matched) < 2 and call.arguments.strict:
        call.out.error(_NOT_BOTH[explanation.verdict.matched[0]])
        return 1
    return _EXIT[explanation.verdict.word]


def _check_usage(call: Call) -> None:
    given = call.arguments
    sources = [given.file is not None, given.capture is not None, given.http is not None]
    if sum(sources) > 1:
        raise UsageError(
            "There is more than one thing to check. Use one of FILE, --capture ID and --http FILE."
        )
    if given.capture is not None and given.signature is not None:
        raise UsageError("A stored capture has its own signature. Use --signature with FILE or --http FILE.")


async def _of_stored(call: Call) -> tuple[Explanation, Secrets]:
    async with call.session(create=False) as session:
        await session.load_secrets()
        wanted = arguments.known_id(session, call.arguments.capture)
        return await session.diagnoses.explain(wanted), session.secrets


async def _secrets(call: Call) -> Secrets:
    """Return the given secrets. Only a secret from the keyring needs the capture file that it belongs
    to."""
    from inspector.session.session import Session
    from inspector.session.signature.secrets import Secrets

    options = call.options()
    if options.secret_keyring:
        async with call.session(create=False) as session:
            await session.load_secrets()
            return session.secrets
    for sentence in Session(options).preferences.warnings:  # also refuses invalid settings
        call.out.say(sentence)
    secrets = Secrets(None)
    secrets.load_given(options)
    return secrets


async def _given(call: Call) -> Capture | None:
    """Return the content of FILE or --http as a newly arrived capture. None, with a message, if standard
    input is empty."""
    from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
    from inspector.domain.request_text.raw_request import RawRequest, read_request

    file: Path | None = call.arguments.file if call.arguments.http is None else call.arguments.http
    what = "the body" if call.arguments.http is None else "the request"
    data = await in_own_thread(lambda: read_input(file, what))
    if not data and is_standard_input(file):
        call.out.error(f"Standard input was empty. Name a file, or pipe {what} into this command.")
        return None
    request = RawRequest(body=data) if call.arguments.http is None else read_request(data)
    for remark in request.remarks:
        call.out.say(remark)
    headers = request.headers
    if call.arguments.signature is not None:
        others = tuple(pair for pair in headers if pair[0].lower() != SIGNATURE_HEADER)
        headers = (*others, (SIGNATURE_HEADER, os.fsencode(call.arguments.signature)))
    return Capture(
        kind="captured",
        received_ms=now_ms(),
        method=request.method,
        target=request.target,
        version=request.version,
        headers=headers,
        body=request.body,
        declared=request.declared,
    )


async def _explained(capture: Capture, secrets: Secrets) -> Explanation:
    """Explain a large body in the worker, so that Ctrl+C works immediately."""
    from inspector.base.worker import Worker
    from inspector.domain.signature.evaluation import is_evaluated_later
    from inspector.domain.signature.explanation import explain
    from inspector.session.signature.verification import explained

    if not is_evaluated_later(capture):
        return explain(capture, secrets.active, secrets.inactive)
    worker = Worker()
    try:
        return await explained(capture, secrets.active, secrets.inactive, worker, is_cause_sought=True)
    finally:
        worker.close()


def _is_whole_request(body: bytes) -> bool:
    return b"x-webhook-signature:" in body[:65536].lower()


def _lines(out: Output, explanation: Explanation, *, has_tried: bool) -> Iterator[str]:
    from inspector.domain.signature.explanation import NO_TIMESTAMP

    yield from verdict_lines(explanation, out)
    if explanation.received is not None or explanation.expected is not None:
        yield ""
    yield from digest_lines(explanation, out)
    if has_tried:
        yield from tried_lines(explanation, out)
    yield from finding_lines(explanation.findings, out)
    if explanation.verdict.word == "valid":
        yield ""
        yield NO_TIMESTAMP


VERIFY = Verb(
    name="verify",
    group="check",
    help="check the signature of a body, a capture or a pasted request",
    description="Check the signature of a body, of a stored capture (--capture) or of a pasted request"
    " with its"
    " headers (--http). If it is invalid, explain why.\n\nThe exit status is 0 for valid, 1 for invalid or"
    " unsigned, and 3 if nothing could be checked.",
    examples=(
        "webhook-inspector verify body.json --signature 473d9a02…",
        "webhook-inspector verify --capture 17",
        "pbpaste | webhook-inspector verify --http -",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
