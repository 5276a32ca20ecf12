"""`verifier`: print a receiver that accepts only signed webhooks."""

from __future__ import annotations

from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "language", metavar="LANGUAGE", nargs="?", help="language or framework, such as node, flask or go"
    )
    parser.add_argument("--list", action="store_true", help="list the languages and frameworks")


async def _run(call: Call) -> int:
    from inspector.session.receiver.verifiers import VERIFIERS, find_verifier, verifier_text
    from inspector.session.records.machine import verifier_record

    out, word = call.out, call.arguments.language
    if word is not None and not call.arguments.list:
        verifier = find_verifier(word)
        text = verifier_text(verifier)
        if out.is_json:
            out.record({**verifier_record(verifier), "text": text})
        else:
            out.lines(text.removesuffix("\n").split("\n"))
        return 0
    if out.is_json:
        out.records(map(verifier_record, VERIFIERS.values()))
        return 0
    out.lines(aligned([(one.key, one.label, one.file_name) for one in VERIFIERS.values()], out.width))
    return 0


VERIFIER = Verb(
    name="verifier",
    group="check",
    help="print a receiver that verifies signatures",
    description="Print a small server that accepts only signed webhooks, ready to save and run. Without"
    " LANGUAGE, list the languages and frameworks. To test your own receiver, use `check`.",
    examples=(
        "webhook-inspector verifier",
        "webhook-inspector verifier node > receiver.mjs",
        "webhook-inspector verifier flask --format json",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
