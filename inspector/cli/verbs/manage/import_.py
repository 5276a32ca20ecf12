"""`import`: add captures from exports, requests, curl commands, HAR files and bodies."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import tempfile
from argparse import Namespace
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from inspector.base.errors import InspectorError, UsageError
from inspector.base.files import default_database
from inspector.base.quantity import counted, size_text
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.input import announce_input
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.file.import_export import BadLines, ImportProgress
    from inspector.session.file.preview import AddPreview, AddSource
    from inspector.session.session import Session


_TOLD = 3
"""Maximum invalid lines that are reported one by one. Further ones are counted."""
_GZIP = b"\x1f\x8b"
_IMPOSSIBLE = 3


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=arguments.file_path,
        help="file to read; - for standard input",
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what each file would become")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="read a text as its note suggests, for example without its last newline",
    )
    parser.add_argument("--sign", metavar="SECRET", help="name of the secret that signs JSON bodies")


async def _run(call: Call) -> int:
    files: list[Path] = call.arguments.files
    if sum(str(path) == "-" for path in files) > 1:
        raise UsageError("Standard input can be read only once. Use - once.")
    for path in files:
        _check(path)
    async with _session(call) as session:
        await session.load_secrets()
        if call.arguments.dry_run:
            return await _preview(call, session)
        return await _import(call, session)


async def _import(call: Call, session: Session) -> int:
    total = _Total()
    now: deque[ImportProgress] = deque(maxlen=1)
    session.import_export.progressed.connect(now.append)
    try:
        for path in call.arguments.files:
            now.clear()
            preview, result = await session.additions.take_unseen(
                _source(path), is_cured=call.arguments.fix, sign_with=call.arguments.sign
            )
            if result is None:
                call.out.error(f"{_name(path)}: {preview.reason}{_compression_hint(path)}")
                total.unread += 1
                continue
            for sentence in _remarks(preview):
                call.out.say(sentence if len(call.arguments.files) == 1 else f"{_name(path)}: {sentence}")
            total.add(result.progress)
            _report(call, result.bad)
    except asyncio.CancelledError:
        so_far = total.imported + (now[-1].imported if now else 0)
        done = f"{counted(so_far, 'capture')} imported" if so_far else "nothing was imported"
        call.out.error(f"Interrupted: {done}.")
        raise
    if call.out.is_json:
        call.out.record(total.record())
    elif total.unread < len(call.arguments.files):
        call.out.line(f"Imported {total.in_words()}.")
    if total.unread == len(call.arguments.files):
        return _IMPOSSIBLE
    return 1 if total.unread or total.refused else 0


async def _preview(call: Call, session: Session) -> int:
    """Print what each file would become. Nothing is stored."""
    from inspector.session.records.captures import import_preview_record

    unread = invalid = 0
    for path in call.arguments.files:
        preview = await session.additions.preview(
            _source(path), is_cured=call.arguments.fix, sign_with=call.arguments.sign
        )
        if call.out.is_json:
            call.out.record(import_preview_record(preview, str(path)))
        else:
            call.out.lines(_lines(preview, path))
        unread += bool(preview.reason)
        invalid += preview.invalid
    if unread == len(call.arguments.files):
        return _IMPOSSIBLE
    return 1 if unread or invalid else 0


def _lines(preview: AddPreview, path: Path) -> Iterator[str]:
    about = [part for part in (preview.title, size_text(preview.size) if preview.size else "") if part]
    yield f"{visible(_name(path))}: {', '.join(about)}" if about else visible(_name(path))
    totals = ", ".join(f"{count:,} {word}" for word, count in preview.totals.items())
    if totals:
        yield f"  {totals}"
    for sentence in (*preview.sentences(), *((_cure(preview),) if preview.cure else ())):
        yield f"  {visible(sentence)}"


def _remarks(preview: AddPreview) -> Iterator[str]:
    yield from preview.notes
    if preview.cure is not None:
        yield _cure(preview)


def _cure(preview: AddPreview) -> str:
    assert preview.cure is not None
    return f"{preview.cure.note} Use --fix to read it that way."


def _report(call: Call, bad: BadLines) -> None:
    for _, said in bad.reported[:_TOLD]:
        call.out.error(said)
    if (untold := bad.count - _TOLD) > 0:
        call.out.error(f"{untold:,} more lines are not valid.")


class _Total:
    """The sum of the files."""

    def __init__(self) -> None:
        self.imported = self.attempts = self.duplicates = self.refused = 0
        self.unread = 0
        """The number of files without captures."""

    def add(self, progress: ImportProgress) -> None:
        self.imported += progress.imported
        self.attempts += progress.attempts
        self.duplicates += progress.duplicates
        self.refused += progress.refused

    def record(self) -> dict[str, Any]:
        return {
            "imported": self.imported,
            "refused": self.refused,
            "duplicates": self.duplicates,
            "attempts": self.attempts,
            "unread": self.unread,
        }

    def in_words(self) -> str:
        """Return `3 captures with 2 attempts, 1 duplicate skipped, 2 invalid lines skipped`."""
        said = counted(self.imported, "capture")
        if self.attempts:
            said += f" with {counted(self.attempts, 'attempt')}"
        if self.duplicates:
            said += f", {counted(self.duplicates, 'duplicate')} skipped"
        if self.refused:
            said += f", {counted(self.refused, 'invalid line')} skipped"
        return said


# ---- files


def _name(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _check(path: Path) -> None:
    """Raise InspectorError if a file cannot be read, before a database is created for its captures."""
    if str(path) == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise InspectorError("Standard input is closed. Name a file instead.")
        return
    try:
        if path.is_file():  # opening a pipe would use it up
            path.open("rb").close()
        else:
            path.stat()
    except OSError as error:
        raise InspectorError(f"Cannot read {path}: {error.strerror}.") from error


def _source(path: Path) -> AddSource:
    from inspector.session.file.preview import AddSource

    if str(path) != "-":
        return AddSource(path=path)
    announce_input("captures")
    # A separate descriptor, because Python's own buffer is locked while a thread waits for more.
    stream: BinaryIO = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - a thread may wait
    return AddSource(stream=stream)


@asynccontextmanager
async def _session(call: Call) -> AsyncIterator[Session]:
    """Yield the session. A preview creates no file: without one, it uses an empty one that is removed."""
    database: Path = call.arguments.database or default_database()
    if not call.arguments.dry_run or _is_there(database):
        async with call.session(create=not call.arguments.dry_run) as session:
            yield session
        return
    with tempfile.TemporaryDirectory(prefix="webhook-inspector-") as folder:
        values = {**vars(call.arguments), "database": Path(folder) / "empty.db"}
        async with replace(call, arguments=Namespace(**values)).session(create=True) as session:
            yield session


def _is_there(database: Path) -> bool:
    return os.path.lexists(database)


def _compression_hint(path: Path) -> str:
    if str(path) == "-":
        return ""
    with suppress(OSError), path.open("rb") as file:
        if file.read(2) == _GZIP:
            return f" Use `gunzip -c {shlex.quote(str(path))} | {PROGRAM} import -`."
    return ""


IMPORT = Verb(
    name="import",
    help="add captures from exports, requests, curl commands or bodies",
    description="Add captures from files: an export with its attempts, raw HTTP requests, `curl` commands,"
    " the log of `curl -v` with the body, HAR files, and JSON bodies. Commands are not run, and files that"
    " they name are not opened. Captures get new ids, are marked as imported and never forwarded, and are"
    " verified with the given secrets. Without a secret they are unchecked.\n\nCaptures that the file already"
    " has are skipped as duplicates. Invalid lines are reported and skipped.",
    examples=(
        "webhook-inspector import captures.ndjson",
        "webhook-inspector import captures.ndjson --database copy.db",
        "webhook-inspector import request.http curl.txt --dry-run",
        "gunzip -c captures.ndjson.gz | webhook-inspector import -",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
