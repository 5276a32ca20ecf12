"""`sample`: send signed sample events to a URL."""

from __future__ import annotations

from argparse import ArgumentParser

from inspector.cli import arguments
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_target(parser)
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    async with call.session(create=True) as session:
        await session.load_secrets()
        result = await session.samples.send(call.arguments.to)
    if call.out.is_json:
        call.out.record({"sent": result.sent, "failed": result.failed, "error": result.error})
    elif result.sent or not result.failed:
        signed = "a secret made for this run" if result.secret is None else result.secret
        call.out.line(f"{result.sent} samples were sent and answered, signed with {signed}.")
    if result.failed and not call.out.is_json:
        call.out.say(f"{result.failed} failed. {result.error}" if result.sent else str(result.error))
    return 1 if result.failed else 0


SAMPLE = Verb(
    name="sample",
    help="send signed sample events to a URL",
    description="Send signed samples of both events, covering all question types: whole respondents, an\n"
    "answer for each question and then the completion. A listener on the same --database file\n"
    "marks them as samples.",
    add_arguments=_add_arguments,
    run=_run,
)
