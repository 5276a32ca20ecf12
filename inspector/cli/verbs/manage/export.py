"""`export`: write captures as JSON lines, for `import` and for scripts."""

from __future__ import annotations

from pathlib import Path

from inspector.base.quantity import counted
from inspector.cli import arguments
from inspector.cli.arguments import note_undiagnosed, selected_ids
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.mask.mask import PRESET_TITLES


def _add_arguments(parser: Parser) -> None:
    arguments.add_selection(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=arguments.file_path,
        help="new file, readable only by you (default: standard output)",
    )
    arguments.add_mask(parser, "the captures")


async def _run(call: Call) -> int:
    from inspector.base.files import NewFile

    chosen = call.arguments
    output: Path | None = chosen.output
    async with call.session(create=False) as session:
        ids = await selected_ids(session, chosen)
        mask = None if chosen.mask is None else session.preferences.fields_of(chosen.mask)
        count = 0
        if output is None:
            async for part in session.import_export.exported(ids, mask):
                call.out.lines(part.lines)
                if call.out.is_closed:
                    break
                count += part.captures
        else:
            with NewFile(output) as file:
                async for part in session.import_export.exported(ids, mask):
                    file.write("".join(f"{line}\n" for line in part.lines))
                    count += part.captures
        if not call.out.is_closed:
            where = "" if output is None else f" to {output}"
            warning = (
                "Nothing is masked: the captures contain people's answers, app_key and signatures."
                if chosen.mask is None
                else f"Masked: {PRESET_TITLES[chosen.mask].lower()}."
            )
            call.out.say(f"Exported {counted(count, 'capture')}{where}. {warning}")
        if output is not None and call.out.is_json:
            call.out.record({"exported": count})
        note_undiagnosed(session, chosen, call.out)
    return 0


EXPORT = Verb(
    name="export",
    help="write captures to a file",
    description="Write captures, oldest first: those with the given ids, else those that match --filter, else"
    " all. Each is one JSON object on one line, with the body in base64, followed by its attempts. Nothing is"
    " masked unless you use --mask. `import` reads the file. Masked captures cannot be verified.",
    examples=(
        "webhook-inspector export --output captures.ndjson",
        "webhook-inspector export --filter is:pinned > pinned.ndjson",
        "webhook-inspector export --mask people --output for-support.ndjson",
        "webhook-inspector export 17..20 | gzip > captures.ndjson.gz",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
