"""Options that verbs share, readers for their values, and the selection of captures and hosts."""

from __future__ import annotations

import argparse
import os
import re
from argparse import Namespace
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, UsageError
from inspector.base.files import default_database
from inspector.base.visible import visible
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, ExpectedValue, Parser, quoted
from inspector.domain.mask.mask import PRESETS
from inspector.domain.query import QueryError, field_names, parse
from inspector.domain.query.fields import DIAGNOSED_FIELDS, FIELDS
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.query.times import Clock, moment_ms, read_when

if TYPE_CHECKING:
    from inspector.session.replays import Plan
    from inspector.session.session import Session

MAX_ID = 2**63 - 1
_CHECKED_AT_ONCE = 500
_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)?", re.ASCII)
_SECONDS = {"ms": 0.001, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

TARGET = "sending"
"""Title of the options for the destination of deliveries."""
SELECTION = "selection of captures"
"""Title of the options that select captures."""
IdRange = tuple[int, int]
"""First and last id, inclusive."""
LAST = 0
"""The newest capture, `last` on the command line."""
_MORE_FORMATS = {"csv": ", or a CSV table", "junit": ", or a JUnit report"}


def add_common(
    parser: Parser, *, uses_secrets: bool = True, formats: Sequence[str] = ("text", "json")
) -> None:
    """Add the options of every verb, from `--database` to `--help`, and the secrets.

    A verb that does not use secrets still accepts their options, which may come before any verb, but its help
    page omits them.
    """
    group = parser.section("common options")
    group.add_argument(
        "--database",
        metavar="FILE",
        type=_database,
        help=f"file with the captures (default: {_default_database()})",
    )
    if formats:
        more = "".join(text for name, text in _MORE_FORMATS.items() if name in formats)
        group.add_argument(
            "--format",
            metavar="|".join(formats),
            choices=tuple(formats),
            default="text",
            help=f"text, or one JSON object per line{more} (default: text)",
        )
    group.add_argument(
        "--color",
        metavar="WHEN",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours: auto, always or never (default: auto)",
    )
    group.add_argument("--quiet", action="store_true", help="print only results and errors")
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        type=_assignment,
        action="append",
        help="setting for this run only; repeatable",
    )
    group.add_argument("-h", "--help", action="help", help="print this page")
    _add_secrets(parser, is_shown=uses_secrets)


def _add_secrets(parser: Parser, *, is_shown: bool) -> None:
    """Add the sources of secrets. A secret itself is never an argument, because other users could read it."""
    options = (
        (
            *("--secret-env", "NAME", _name),
            "environment variable with the secret (default: BLITZ_WEBHOOK_SECRET)",
        ),
        ("--secret-file", "FILE", file_path, "file with the secret; one final newline is ignored"),
        ("--secret-keyring", "LABEL", _name, "saved secret in the system keyring"),
    )
    group: argparse._ActionsContainer = parser
    if is_shown:
        group = parser.section(
            "secrets",
            "Repeatable. Any of these options replaces the default. If none is given and the variable is"
            " not set, the active saved secrets are used.",
        )
    for name, metavar, read, text in options:
        group.add_argument(
            name,
            metavar=metavar,
            type=read,
            action="append",
            help=text if is_shown else argparse.SUPPRESS,
        )


def add_address(parser: Parser) -> None:
    """Add the options for the listening address."""
    parser.add_argument(
        "--host", metavar="ADDRESS", type=_name, help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port",
        metavar="PORT",
        type=whole("a port", 0, 65535),
        help="port to listen on; 0 selects a free port (default: 8787)",
    )
    parser.add_argument(
        "--tls", action="store_true", help="accept HTTPS only, with a certificate generated for this machine"
    )
    parser.add_argument(
        "--tls-cert",
        metavar="FILE",
        type=file_path,
        help="accept HTTPS only, with this certificate and its chain (PEM)",
    )
    parser.add_argument(
        "--tls-key", metavar="FILE", type=file_path, help="key of the certificate, if its file has none (PEM)"
    )


def tls_settings(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the settings that the options for HTTPS stand for."""
    for name in ("tls_cert", "tls_key"):
        if (file := given.get(name)) is not None:
            yield name, os.path.abspath(file)
    if any(given.get(name) for name in ("tls", "tls_cert", "tls_key")):
        yield "tls", "true"


def add_filter(parser: Parser, *, has_fields: bool = False, if_blank: str | None = None) -> None:
    """Add `--filter`; `has_fields` lists the fields on the help page.

    `if_blank` refuses a filter without a condition, such as one from an unset variable. It is the advice of
    that error. The filter of a verb that sends or removes must not select everything by accident.
    """
    where = "see the fields below" if has_fields else f"`{PROGRAM} list --help` lists the fields"
    parser.section(SELECTION).add_argument(
        "--filter",
        metavar="QUERY",
        type=query if if_blank is None else partial(_condition, if_blank=if_blank),
        help=f"only captures that match, or @NAME for a saved filter; {where}",
    )
    if has_fields:
        rows = [(f"{field.name}:", f"{_lowered(field.help)} ({field.example})") for field in FIELDS.values()]
        title = (
            "fields of a filter, combined with AND, OR, NOT or -, and parentheses; other words are searched"
        )
        parser.tables.append((title, rows))


def _lowered(text: str) -> str:
    """Return a sentence as the help pages begin it: in lowercase, except for an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def add_ids(parser: Parser, *, nargs: str) -> None:
    """Add the ids and id ranges of captures."""
    parser.add_argument(
        "ids",
        metavar="ID",
        nargs=nargs,
        type=id_ranges,
        help="capture id, a range such as 17..20 or 17.., several with commas, or last",
    )


def add_selection(parser: Parser, *, has_fields: bool = False, if_blank: str | None = None) -> None:
    """Add the selection of captures: ids, a filter (see `add_filter`), or all of them by default."""
    add_ids(parser, nargs="*")
    add_filter(parser, has_fields=has_fields, if_blank=if_blank)
    parser.section(SELECTION).add_argument(
        "--limit", metavar="N", type=whole("a number", 1, MAX_ID), help="only the newest N captures"
    )


def add_target(parser: Parser, *, to: str, is_required: bool = True) -> None:
    """Add the target. `to` is the help text."""
    parser.section(TARGET).add_argument("--to", metavar="URL", required=is_required, help=to)
    add_allowed_hosts(parser.section(TARGET))


def add_allowed_hosts(parser: argparse._ActionsContainer) -> None:
    """Add `--allow-host`."""
    parser.add_argument(
        "--allow-host",
        metavar="HOST",
        type=_name,
        action="append",
        help="allow sending to this remote host; repeatable",
    )


def as_typed(path: Path) -> str:
    """Return the path as a user would type it."""
    home = os.path.expanduser("~")
    return "~" + str(path).removeprefix(home) if str(path).startswith(home + os.sep) else str(path)


def _default_database() -> str:
    """Return the default path as a user would type it, with `%` doubled for argparse."""
    return as_typed(default_database()).replace("%", "%%")


def id_ranges(text: str) -> tuple[IdRange, ...]:
    """Read `17`, `17..20`, `17..`, `last`, or several of these with commas."""
    return tuple(map(_id_range, text.split(",")))


def _id_range(word: str) -> IdRange:
    if word == "last":
        return LAST, LAST
    match = re.fullmatch(r"([0-9]{1,19})(?:(\.\.)([0-9]{1,19})?)?", word, re.ASCII)
    first = int(match[1]) if match else 0
    last = int(match[3]) if match and match[3] else MAX_ID if match and match[2] else first
    if not 1 <= first <= last <= MAX_ID:
        raise ExpectedValue("a number, a range such as 17..20 or 17.., or last")
    return first, last


def file_path(text: str) -> Path:
    """Read a file name. Refuse an empty one, for example from an unset variable: it would mean the current
    folder."""
    return Path(_name(text))


def at_once(text: str) -> int:
    """Read the number of concurrent deliveries."""
    return whole("a number", 1, 256)(text)


def single_id(text: str) -> int:
    """Read one id, or `last` as 0; see `known_id`."""
    if text == "last":
        return LAST
    if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) and 1 <= int(text) <= MAX_ID:
        return int(text)
    raise ExpectedValue("an id, or last")


def query(text: str) -> str:
    """Read a filter, or the name of a saved one after `@`.

    Raises UsageError with the position of the mistake, NotFound for an unknown name.
    """
    if text.strip().startswith("@"):
        from inspector.session.filters import stored_filters

        text = stored_filters().resolved(text)
    try:
        parse(text)
    except QueryError as error:
        wrong = text[error.position : error.position + min(error.length, 40)]
        where = f"at {quoted(wrong)}, character {error.position + 1}" if wrong else "at its end"
        raise UsageError(f"Invalid filter {where}: {error}") from error
    return text


def _condition(text: str, *, if_blank: str) -> str:
    if not query(text).strip():
        raise UsageError(f"--filter is empty, so it would select every capture. {if_blank}")
    return text


def whole(what: str, low: int, high: int) -> Callable[[str], int]:
    """Return a reader for integers in a range. `what` names them in its error."""
    span = f"of at least {low}" if high == MAX_ID else f"from {low} to {high}"

    def read(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        raise ExpectedValue(f"{what} {span}")

    return read


def moment(text: str) -> int:
    """Read a time as in `since:` of a filter, and return milliseconds since 1970."""
    when = read_when(text)
    if when is None:
        raise ExpectedValue("a time such as 2h, 7d, 2026-11-01 or 11:49")
    return moment_ms(when, Clock(now_ms=now_ms()))


def seconds(text: str) -> float | None:
    """Return the seconds of `30s`, `500ms`, `2m`, `1h`, `7d` or `30`, or None if the text is not a time."""
    match = _TIME.fullmatch(text)
    return float(match[1]) * _SECONDS[match[2]] if match else None


def _database(text: str) -> Path:
    path = file_path(text)
    if os.path.exists(path) and not os.path.isfile(path):
        what = "a folder" if os.path.isdir(path) else "a device"
        raise InspectorError(f"{visible(text)} is {what}. Name a file for --database.")
    return path


def _name(text: str) -> str:
    if not text:
        raise ExpectedValue("a name")
    return text


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ExpectedValue("NAME=VALUE, such as port=9000")
    return name, value


def check_host(plan: Plan, *, what: str) -> None:
    """Raise UsageError if the host of the plan must be allowed first. The error names the option."""
    if plan.asks_host is not None:
        raise not_allowed(plan.asks_host, what=what)


def not_allowed(host: str, *, what: str) -> UsageError:
    """Return the error for a host that must be allowed first."""
    return UsageError(f"{host} is not localhost. If {what} may be sent there, use --allow-host {host}.")


class UnknownIdError(InspectorError):
    """Raised if no capture has this id."""

    exit_status = 1


def no_capture(id_: int) -> str:
    """Return the error for an id without a capture."""
    return f"There is no capture {id_}. `{PROGRAM} list` prints the ids."


def known_id(session: Session, id_: int) -> int:
    """Return an id from `single_id`, for `last` that of the newest capture. Raises UnknownIdError."""
    if id_ != LAST:
        return id_
    newest = session.captures.newest(EVERYTHING, 1)
    if not newest:
        raise UnknownIdError("There are no captures yet.")
    return newest[0]


async def selected_ids(session: Session, chosen: Namespace) -> array[int]:
    """Return the selected ids in order of arrival. Raises UnknownIdError or QueryError."""
    if not chosen.ids:
        ids = await session.captures.ids(
            EVERYTHING, chosen.filter or "", newest_first=False, limit=chosen.limit
        )
        return array("q") if ids is None else ids
    if chosen.filter:
        raise UsageError("Ids cannot be used with --filter. Use one of them.")
    given: list[IdRange] = [span for word in chosen.ids for span in word]
    wanted = {first for first, last in given if first == last and first}
    _check_all_exist(session, sorted(wanted))
    if (LAST, LAST) in given:
        wanted.add(known_id(session, LAST))
    spans = [span for span in given if span[0] != span[1]]
    if spans:
        # only existing ids, so that a range is never expanded
        everything = await session.captures.ids(EVERYTHING, "", newest_first=False) or ()
        for first, last in spans:
            within = [id_ for id_ in everything if first <= id_ <= last]
            if not within:
                end = "" if last == MAX_ID else last
                raise UnknownIdError(
                    f"There is no capture in {first}..{end}. `{PROGRAM} list` prints the ids."
                )
            wanted.update(within)
    ids = array("q", sorted(wanted))
    return ids if chosen.limit is None else ids[-chosen.limit :]


def note_undiagnosed(session: Session, chosen: Namespace, out: Output) -> None:
    """Report that a filter by findings may match more captures once all invalid ones are diagnosed."""
    if not chosen.filter or DIAGNOSED_FIELDS.isdisjoint(field_names(parse(chosen.filter))):
        return
    if left := session.diagnoses.left:
        out.say(
            f"Invalid captures that are not diagnosed yet, and may be missing here: {left:,}."
            " `show ID` diagnoses one, *Diagnose all* in the window all of them."
        )


def _check_all_exist(session: Session, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _CHECKED_AT_ONCE):
        part = ids[start : start + _CHECKED_AT_ONCE]
        known = session.captures.rows(part)
        for id_ in part:
            if id_ not in known:
                raise UnknownIdError(no_capture(id_))


def add_mask(parser: argparse._ActionsContainer, what: str) -> None:
    """Add the option that hides data in an output."""
    parser.add_argument(
        "--mask",
        metavar="PRESET",
        choices=tuple(PRESETS),
        help=f"hide in {what}: secrets, people (also ids, e-mail addresses, answers, notes), or everything"
        " personal",
    )
