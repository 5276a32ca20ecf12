"""The man page, from the same parsers as the help pages: `python -m inspector.cli.manual` prints it.

The wheel has it as share/man/man1/webhook-inspector.1 (`.ci/hatch_build.py`), so no copy can become stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from inspector import __version__
from inspector.base.files import default_database
from inspector.cli.arguments import as_typed
from inspector.cli.parser import PROGRAM, OptionSection, Parser
from inspector.cli.verb import GROUPS, Verb, program_parser

_COMMON = ("common options", "secrets")
"""Sections that are the same for every command, so that the page has them once."""
EXIT_STATUSES = (
    ("0", "success"),
    ("1", "the result is negative, or some deliveries failed; for verify: invalid or unsigned"),
    ("2", "wrong usage: an unknown option, setting or filter, or a host that is not allowed"),
    ("3", "not possible: a port in use, an unreadable file, no secret to check with"),
    ("130", "interrupted; listen and the window exit with 0"),
)
"""Exit statuses with their meanings."""
ENVIRONMENT = (
    ("BLITZ_WEBHOOK_SECRET", "secret for checking and signing, unless a secret option is given"),
    ("NO_COLOR", "no colours, if it is not empty"),
    ("FORCE_COLOR", "colours even into a pipe, if it is not empty; NO_COLOR wins"),
    ("COLUMNS", "width of help pages"),
    ("PAGER", "program that shows pages of the handbook on a terminal"),
)
"""Environment variables with their effects."""


def man_page(verbs: Sequence[Verb]) -> str:
    """Return the page as roff, in UTF-8."""
    program = program_parser(verbs)
    summary, *more = (program.description or "").split("\n\n")
    lines = [
        f'.TH "{_text(PROGRAM.upper())}" 1 "" "{_text(PROGRAM)} {_text(__version__)}" "User commands"',
        *(".SH NAME", f"{_text(PROGRAM)} \\- {_text(summary[0].lower() + summary[1:].rstrip('.'))}"),
        *(".SH SYNOPSIS", _usage(program)),
        *(".SH DESCRIPTION", *_paragraphs(more)),
    ]
    for group, title in GROUPS.items():
        members = [verb for verb in verbs if verb.group == group]
        if members:
            lines.append(f".SH {_text(title.upper())}")
            lines += [line for verb in members for line in _command(verb)]
    lines.append(".SH OPTIONS")
    for section in program.visible_sections():
        if section.title not in _COMMON:
            lines += _section(section, has_title=False)
    lines.append(".SH COMMON OPTIONS")
    for section in _common(verbs):
        lines += _section(section, has_title=section.title != _COMMON[0])
    lines += [".SH EXIT STATUS", *_rows(EXIT_STATUSES), ".SH ENVIRONMENT", *_rows(ENVIRONMENT)]
    lines += [".SH EXAMPLES", *_block(program.examples)]
    lines += [".SH SEE ALSO", f"{_bold(f'{PROGRAM} help')} prints the handbook, page by page."]
    return "\n".join(lines) + "\n"


def _common(verbs: Sequence[Verb]) -> Iterator[OptionSection]:
    """Yield the sections of a command that uses secrets."""
    parser = next(verb.parser() for verb in verbs if verb.uses_secrets)
    yield from (section for section in parser.visible_sections() if section.title in _COMMON)


def _command(verb: Verb) -> Iterator[str]:
    parser = verb.parser()
    yield f".SS {_text(verb.name)}"
    yield _usage(parser)
    yield ".PP"
    yield from _paragraphs((parser.description or "").split("\n\n"))
    for section in parser.visible_sections():
        if section.title not in _COMMON:
            yield from _section(section, has_title=section.title not in ("arguments", "options"))
    for title, rows in parser.tables:
        yield from _section(OptionSection(title, None, rows), has_title=True)
    yield ".PP"
    yield "Examples:"
    yield from _block(verb.examples)


def _section(section: OptionSection, *, has_title: bool) -> Iterator[str]:
    if has_title:
        yield ".PP"
        yield f"{_text(section.title[0].upper() + section.title[1:])}:"
        if section.description:
            yield _text(section.description)
    yield from _rows(section.rows)


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    # The folder depends on the machine that builds the page.
    database = as_typed(default_database())
    for name, text in rows:
        yield ".TP"
        yield _bold(name)
        yield _text(text.replace(database, "captures.db in the data folder of the user"))


def _usage(parser: Parser) -> str:
    return _bold(parser.format_usage())


def _paragraphs(paragraphs: Iterable[str]) -> Iterator[str]:
    for place, paragraph in enumerate(paragraphs):
        if place:
            yield ".PP"
        yield _text(paragraph)


def _block(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that are not filled."""
    yield from (".PP", ".nf", ".RS 4")
    yield from map(_text, lines)
    yield from (".RE", ".fi")


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """Return text that roff prints as it is: hyphens that can be copied, and no requests."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return re.sub(r"^([.'])", r"\\&\1", escaped)


if __name__ == "__main__":
    from inspector.cli.main import VERBS
    from inspector.cli.output.streams import standard_output

    standard_output(is_json=False).lines(man_page(VERBS).splitlines())
