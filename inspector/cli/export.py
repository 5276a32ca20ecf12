"""`export`: captures as lines that lose nothing, for `import` and for scripts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from inspector.cli import arguments
from inspector.cli.selection import chosen_ids, tell_of_unexamined
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_selection(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=arguments.file_path,
        help="a new file, readable by you alone (default: standard output)",
    )
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    from inspector.base.new_file import NewFile

    chosen = call.arguments
    output: Path | None = chosen.output
    async with call.session(create=False) as session:
        ids = await chosen_ids(session, chosen)
        count = -1  # the head is no capture
        if output is None:
            async for lines in session.transfer.exported(ids):
                call.out.lines(lines)
                if call.out.is_closed:
                    break
                count += len(lines)
        else:
            with NewFile(output) as file:
                async for lines in session.transfer.exported(ids):
                    file.write("".join(f"{line}\n" for line in lines))
                    count += len(lines)
        if not call.out.is_closed:
            where = "" if output is None else f" to {output}"
            number = f"{count:,} capture{'' if count == 1 else 's'}"
            call.out.say(
                f"Exported {number}{where}, not masked: people's answers, app_key and signatures stand in it."
            )
        if output is not None and call.out.is_json:
            call.out.record({"exported": count})
        tell_of_unexamined(session, chosen, call.out)
    return 0


EXPORT = Verb(
    name="export",
    help="write captures to a file that loses nothing",
    description="Write captures, oldest first, one JSON object a line, with the body in base64: those named,"
    " else\nthose that match --filter, else all. Nothing is lost and nothing is masked; `import` reads it.",
    add_arguments=_add_arguments,
    run=_run,
)
