"""`check`: send good and bad events to a receiver and say what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.allowance import check_host
from inspector.cli.edit import add_destination, destination_of
from inspector.cli.output import Output
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.receiver_check import CheckResult


def _add_arguments(parser: Parser) -> None:
    arguments.add_target(
        parser, to="URL of your receiver, or the name of a target; without a path, the events go to /"
    )
    add_destination(parser)


async def _run(call: Call) -> int:
    from inspector.session.check_words import conclusion

    results: list[CheckResult] = []
    async with call.session(create=True) as session:
        await session.load_secrets()
        destination = await destination_of(session, call.arguments)
        check_host(await session.replays.plan(destination, ids=()), what="events")
        async for result in session.receiver_check.run(destination):
            results.append(result)
            _print(call.out, result)
    if not call.out.is_json:
        call.out.line(conclusion(results))
    return 0 if all(result.ok for result in results) else 1


def _print(out: Output, result: CheckResult) -> None:
    if out.is_json:
        out.record(
            {
                "test": result.test,
                "ok": result.ok,
                "status": result.status,
                "elapsed_ms": round(result.elapsed_ms, 3),
                "says": result.says,
            }
        )
        return
    mark = out.paint("✓", "valid") if result.ok else out.paint("✗", "invalid")
    out.line(f"{mark} {result.test:<14} {visible(result.says)}")


CHECK = Verb(
    name="check",
    help="send good and bad events to your receiver and say what is wrong",
    description="Send signed, unsigned, tampered, repeated and unusual events to a receiver, and report what"
    " is wrong with it. They are signed with the first secret, which must be the receiver's secret.\n\nTheir"
    " user ids begin with webhook-inspector-check, so that you can find them in your data.",
    examples=(
        "webhook-inspector check --to http://localhost:3000/hook",
        "webhook-inspector check --to http://localhost:3000/ --secret-file secret.txt",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
