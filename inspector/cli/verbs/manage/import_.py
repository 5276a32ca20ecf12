"""`import`: read captures that `export` wrote."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections import deque
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.cli import arguments
from inspector.cli.input import announce_input
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.file.import_export import ImportProgress


_TOLD = 3
"""Maximum invalid lines that are reported one by one. Further ones are counted."""
_GZIP = b"\x1f\x8b"


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=arguments.file_path,
        help="file that `export` wrote; - for standard input",
    )


async def _run(call: Call) -> int:
    path: Path = call.arguments.file
    name = "standard input" if str(path) == "-" else str(path)
    stored: deque[ImportProgress] = deque(maxlen=1)
    try:
        with _opened(path) as file:
            async with call.session(create=True) as session:
                await session.load_secrets()
                session.import_export.progressed.connect(stored.append)
                try:
                    progress, bad, _ = await session.import_export.take(file)
                except asyncio.CancelledError:
                    so_far = stored[-1].imported if stored else 0
                    done = f"{counted(so_far, 'capture')} imported" if so_far else "nothing was imported"
                    call.out.error(f"Interrupted: {done}.")
                    raise
    except OSError as error:
        raise InspectorError(f"Cannot read {name}: {error.strerror}.") from error
    for _, said in bad.reported[:_TOLD]:
        call.out.error(said)
    if (untold := bad.count - _TOLD) > 0:
        call.out.error(f"{untold:,} more lines are not valid.")
    if bad.count and not progress.imported and not progress.duplicates:
        call.out.error(f"{name} is not an export of this program.{_compression_hint(path)}")
    if call.out.is_json:
        call.out.record(
            {
                "imported": progress.imported,
                "refused": progress.refused,
                "duplicates": progress.duplicates,
                "attempts": progress.attempts,
            }
        )
    else:
        call.out.line(f"Imported {_in_words(progress)}.")
    return 1 if bad.count else 0


def _in_words(progress: ImportProgress) -> str:
    """Return `3 captures with 2 attempts, 1 duplicate skipped, 2 invalid lines skipped`."""
    said = counted(progress.imported, "capture")
    if progress.attempts:
        said += f" with {counted(progress.attempts, 'attempt')}"
    if progress.duplicates:
        said += f", {counted(progress.duplicates, 'duplicate')} skipped"
    if progress.refused:
        said += f", {counted(progress.refused, 'invalid line')} skipped"
    return said


def _compression_hint(path: Path) -> str:
    if str(path) == "-":
        return ""
    with suppress(OSError), path.open("rb") as file:
        if file.read(2) == _GZIP:
            return f" It is compressed. Use `gunzip -c {shlex.quote(str(path))} | {PROGRAM} import -`."
    return ""


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) != "-":
        return path.open("rb")
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed. Name a file instead.")
    announce_input("an export")
    # A separate descriptor, because Python's own buffer is locked while a thread waits for more.
    stream: Any = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - never closed: a thread may wait
    return nullcontext(stream)


IMPORT = Verb(
    name="import",
    help="read captures that `export` wrote",
    description="Read captures that `export` wrote, with their attempts. They get new ids, are marked as"
    " imported, and are verified with the given secrets. Without a secret they are unchecked.\n\nCaptures"
    " that the file already has are skipped as duplicates. Invalid lines are reported and skipped.",
    examples=(
        "webhook-inspector import captures.ndjson",
        "webhook-inspector import captures.ndjson --database copy.db",
        "gunzip -c captures.ndjson.gz | webhook-inspector import -",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
