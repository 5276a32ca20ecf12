"""`help`: print a page of the handbook, one finding, or the help page of a command."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from inspector.base.errors import NotFound, did_you_mean
from inspector.cli.output.streams import Output, is_terminal_input
from inspector.cli.parser import PROGRAM, Parser, quoted
from inspector.cli.verb import Call, Interruption, Verb

if TYPE_CHECKING:
    from inspector.session.handbook import Handbook


_CANNOT_RUN = (126, 127)
"""Exit statuses of a shell that cannot start the pager. It has printed why."""


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("topic", metavar="TOPIC", nargs="?", help="topic, finding code or command")


async def _run(call: Call) -> int:
    from inspector.session.handbook import TOPICS, Handbook

    handbook = Handbook()
    word: str | None = call.arguments.topic
    if word is None:
        _list_topics(handbook, call.out)
    elif word in TOPICS:
        page = handbook.page(word)
        if call.out.is_json:
            call.out.record({"topic": word, "title": page.title, "text": page.text})
        else:
            _show(page.text, word, call.out, call.interruption)
    elif (finding := handbook.finding(word)) is not None:
        if call.out.is_json:
            call.out.record({"finding": word, "text": finding})
        else:
            _show(finding, "findings", call.out, call.interruption)
    elif verb := next((verb for verb in call.verbs if verb.name == word), None):
        text = verb.parser().format_help()
        if call.out.is_json:
            call.out.record({"command": word, "text": text})
        else:
            call.out.lines(text.splitlines())
    else:
        known = (*TOPICS, *(verb.name for verb in call.verbs), *handbook.codes)
        guess = did_you_mean(word, known) or f" See `{PROGRAM} help`."
        raise NotFound(f"There is no help on {quoted(word)}.{guess}")
    return 0


def _list_topics(handbook: Handbook, out: Output) -> None:
    pages = handbook.pages()
    if out.is_json:
        for page in pages:
            out.record({"topic": page.topic, "title": page.title})
        return
    room = max(len(page.topic) for page in pages) + 2
    out.lines(
        (
            f"Usage: {PROGRAM} help TOPIC|CODE|COMMAND",
            "",
            "topics:",
            *(f"  {page.topic:<{room}}{page.title}" for page in pages),
            "",
            "A CODE is that of a finding, such as secret-whitespace.",
            f"`{PROGRAM} --help` lists the commands.",
        )
    )


def _show(text: str, topic: str, out: Output, interruption: Interruption) -> None:
    """Print plain Markdown into a pipe or file; on a terminal, show it at its width and in a pager."""
    if out.width is None:
        out.lines(text.rstrip("\n").split("\n"))
        return
    from inspector.cli.output.markdown import rendered

    pager = _pager()
    # Without R, less shows control sequences as text. F ends it if the page fits on the screen.
    shows_colour = not pager or "r" in os.environ.setdefault("LESS", "-FRX").lower()
    lines = rendered(text, topic, width=out.width, has_colour=out.has_colour and shows_colour)
    if not pager:
        out.lines(lines)
        return
    # Neither pydoc.pager (MANPAGER wins, which may format manual pages) nor click's (a dependency for this).
    with interruption.left_to_child():
        done = subprocess.run(pager, shell=True, input="\n".join((*lines, "")).encode())  # noqa: S602 - as git
    if done.returncode in _CANNOT_RUN:
        out.lines(lines)


def _pager() -> str | None:
    """Return the command of the pager, or None if the page must be printed without one."""
    if os.environ.get("TERM") == "dumb" or os.name == "nt" or not is_terminal_input():
        return None
    return os.environ.get("PAGER") or shutil.which("less") or shutil.which("more")


HELP = Verb(
    name="help",
    group="help",
    help="print a page of the handbook",
    description="Print a page of the handbook, the section on one finding, or the help page of a command."
    " Without an argument, list the topics.\n\n"
    "On a terminal the page is shown in a pager: PAGER, or less. Into a pipe or a file it is Markdown.",
    examples=(
        "webhook-inspector help",
        "webhook-inspector help secret-whitespace",
        "webhook-inspector help filters > filters.md",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
